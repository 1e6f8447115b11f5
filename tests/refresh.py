"""Run notebooks in a fresh kernel and store what comes out, in one normal form.

    python tests/refresh.py 1-4            run notebook 1-4 and store its outputs
    python tests/refresh.py --check        run every notebook; say what would change, write nothing
    python tests/refresh.py --gates 1-4    run nothing; print what the rules of hygiene refuse
    python tests/refresh.py --map          run nothing; write the maps in the READMEs anew

Nothing is stored when a cell stops or warns. Nothing is written either when only figures between
⟨ and ⟩ differ from what is stored: they differ on every run (`--force` writes them). nbclient runs
the cells; the kernel is the one of the suite (`kernel.py`).
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import kernel
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager
from nbval.plugin import coalesce_streams, get_sanitize_patterns

CELL_TIMEOUT = 300
SECONDS = kernel.ROOT / ".pytest_cache" / "v" / "rough_seas" / "seconds"  # pytest's own cache


class NotStored(Exception):
    """A notebook that must not be stored; the message says why."""


def execute(book: NotebookNode, path: pathlib.Path) -> tuple[NotebookNode, list[float]]:
    """A copy of the notebook with fresh outputs, and the seconds of the kernel and each cell."""
    from jupyter_client.manager import AsyncKernelManager

    fresh = copy.deepcopy(book)
    manager = AsyncKernelManager(
        kernel_name=CURRENT_ENV_KERNEL_NAME, kernel_spec_manager=NbvalKernelspecManager()
    )
    stamps = [time.perf_counter()]
    client = NotebookClient(
        fresh, km=manager, timeout=CELL_TIMEOUT, record_timing=False, allow_errors=False,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_executed=lambda **_: stamps.append(time.perf_counter()),
        on_cell_error=lambda **_: None,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="rough-seas-", ignore_cleanup_errors=True) as folder:
        try:
            client.execute(env=kernel.environment(pathlib.Path(folder)), stderr=subprocess.DEVNULL,
                           cleanup_kc=True)  # fmt: skip
        except (CellExecutionError, CellTimeoutError) as error:
            raise NotStored(_told(fresh, error)) from None
    return fresh, [b - a for a, b in zip(stamps, stamps[1:], strict=False)]


def _told(book: NotebookNode, error: Exception) -> str:
    """The cell that stopped and what it said, without colours."""
    stopped = [c for c in book.cells if any(o.output_type == "error" for o in c.get("outputs", []))]
    source = stopped[-1].source if stopped else "(the cell is in the message below)"
    said = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    return f"stopped at this cell:\n\n{source}\n\n{said}"


def normalise(book: NotebookNode) -> NotebookNode:
    """One form for all notebooks: nothing in the file that a reader doesn't see or need."""
    gpu = book.metadata.get("accelerator")
    book.metadata = NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
    )
    if gpu:
        book.metadata["accelerator"] = gpu
    book.nbformat, book.nbformat_minor = 4, 5
    count, taken = 0, set()
    for cell in book.cells:
        tags = cell.metadata.get("tags", [])
        cell.metadata = NotebookNode(tags=tags) if tags else NotebookNode()
        cell.source = cell.source.strip("\n")
        cell["id"] = _cell_id(cell, taken)
        cell.pop("attachments", None)
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            cell.outputs = coalesce_streams(cell.outputs)
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
    return book


def _cell_id(cell: NotebookNode, taken: set[str]) -> str:
    """An id that follows from the text, so that it stays when other cells come and go."""
    base = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
    name, n = base, 1
    while name in taken:
        n += 1
        name = f"{base}-{n}"
    taken.add(name)
    return name


def warnings_in(book: NotebookNode) -> list[str]:
    """What the cells wrote on stderr: none of it may be stored."""
    return [
        f"{cell.source}\n--> {output.text}"
        for cell in book.cells if cell.cell_type == "code"
        for output in cell.outputs if output.get("name") == "stderr"
    ]  # fmt: skip


def essence(book: NotebookNode) -> list:
    """What must agree between two runs: the suite's view, and pictures without ⟨ ⟩ to the byte."""
    rules = get_sanitize_patterns((kernel.ROOT / "tests" / "sanitize.cfg").read_text("utf-8"))
    seen = []
    for cell in book.cells:
        outputs = json.loads(json.dumps(cell.get("outputs", [])))
        whole = json.dumps(outputs, ensure_ascii=False)
        for output in outputs:
            picture = output.get("data", {}).pop("image/png", None)
            if picture and "⟨" not in whole:  # by its hash: the rules are slow on long texts
                output["data"]["image/png"] = hashlib.sha256(picture.encode()).hexdigest()
        text = json.dumps(outputs, ensure_ascii=False, sort_keys=True)
        for rule, put in rules:
            text = re.sub(rule, put, text)
        seen.append((cell.cell_type, cell.source, cell.metadata.get("tags", []), text))
    return seen


def stored(path: pathlib.Path) -> NotebookNode:
    """What is stored now: the file, or the committed one where the file has no outputs yet."""
    book = nbformat.read(path, as_version=4)
    if any(cell.get("outputs") for cell in book.cells):
        return book
    try:
        shown = subprocess.run(["git", "show", f"HEAD:./{path.name}"], cwd=path.parent,
                               capture_output=True, timeout=20, check=True)  # fmt: skip
        return nbformat.reads(shown.stdout.decode("utf-8"), as_version=4)
    except (OSError, subprocess.SubprocessError, ValueError):
        return book


def serialise(book: NotebookNode) -> str:
    return nbformat.writes(book, version=4).rstrip("\n") + "\n"


def write(path: pathlib.Path, text: str) -> None:
    part = path.with_suffix(".part")  # never half a notebook
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)


def refresh(path: pathlib.Path, check: bool, force: bool) -> tuple[str, list[float]]:
    """Run one notebook; say in a word what was done, and give the seconds."""
    given = nbformat.read(path, as_version=4)
    given.nbformat_minor = 5
    before = normalise(stored(path))
    fresh, seconds = execute(given, path)
    if said := warnings_in(fresh):
        raise NotStored("warns, so nothing is stored:\n\n" + "\n".join(said))
    fresh = normalise(fresh)
    same = essence(fresh) == essence(before)
    text = serialise(before if same and not force else fresh)
    if text == path.read_text("utf-8"):
        return "unchanged", seconds
    if not check:
        write(path, text)
    kept = " (figures in ⟨ ⟩ kept)" if same and not force else ""
    return ("WOULD CHANGE" if check else "written") + kept, seconds


def remember(path: pathlib.Path, seconds: float) -> None:
    """Keep the time where pytest keeps the times of its own runs."""
    known = json.loads(SECONDS.read_text("utf-8")) if SECONDS.exists() else {}
    known[path.relative_to(kernel.ROOT).as_posix()] = round(seconds, 1)
    SECONDS.parent.mkdir(parents=True, exist_ok=True)
    SECONDS.write_text(json.dumps(known, indent=1), "utf-8")


def _report(path: pathlib.Path, done: str, seconds: list[float]) -> None:
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    print(f"{kernel.id_of(path)}: {done}; {sum(seconds):.1f} s")
    slow = sorted(zip(seconds, cells, strict=False), key=lambda pair: -pair[0])[:3]
    for took, cell in slow:
        if took > 1:
            print(f"   {took:5.1f} s  {cell.source.splitlines()[0][:70] if cell.source else ''}")


def _gates(path: pathlib.Path) -> int:
    from book import Book
    from gates import refusals

    told = refusals(Book.read(path))
    for sentence in told:
        print(f"{kernel.id_of(path)}: {sentence}")
    print(f"{kernel.id_of(path)}: {len(told)} refusals")
    return len(told)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebook", nargs="*", help="numbers such as 1-4, or paths; all if none")
    parser.add_argument("--check", action="store_true", help="run, compare, write nothing")
    parser.add_argument("--force", action="store_true", help="store figures in ⟨ ⟩ anew as well")
    parser.add_argument("--gates", action="store_true", help="only print what the gates refuse")
    parser.add_argument("--map", action="store_true", help="only write the maps anew")
    asked = parser.parse_args(argv)
    sys.path.insert(0, str(kernel.ROOT))
    paths = [kernel.find(n) for n in asked.notebook] or kernel.notebooks()
    if asked.gates:
        return 1 if sum(_gates(p) for p in paths) else 0
    failed = 0
    for path in [] if asked.map else paths:
        try:
            done, seconds = refresh(path, asked.check, asked.force)
        except NotStored as error:
            print(f"{kernel.id_of(path)}: {error}")
            failed += 1
            continue
        _report(path, done, seconds)
        failed += done.startswith("WOULD")
        if path.is_relative_to(kernel.NOTEBOOKS):
            remember(path, sum(seconds))
    import map as course_map

    for sentence in course_map.write(check=asked.check):
        print(sentence)
        failed += asked.check
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
