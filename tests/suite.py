"""The suite around nbval, a pytest plugin: every notebook as committed, solved, timed, offline.

nbval runs each code cell and compares what comes out with what is stored. This plugin adds, in
the same run of the same kernel: each exercise once more with its solution in place of the
starter, a limit on the time of a notebook, and a table of what it all took. `pyproject.toml`
loads it (`-p suite`), whichever folder or notebook pytest is started on.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import runpy
import shutil
import tempfile
import time

import kernel
import nbformat
import pytest
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile

LIMIT = 60  # seconds for a notebook on two cores, as a learner runs it
ROWS = pytest.StashKey[list]()
OWN = pytest.StashKey[str]()


def _execute(self: RunningKernel, source: str, allow_stdin: bool | None = None) -> str:
    """Like nbval's, but with a history: without one a `;` no longer hides a value (nbval #194)."""
    return self.kc.execute(source, store_history=True, allow_stdin=allow_stdin, stop_on_error=False)


def pytest_configure(config: pytest.Config) -> None:
    RunningKernel.execute_cell_input = _execute
    config.stash[ROWS] = []
    config.stash[OWN] = tempfile.mkdtemp(prefix="rough-seas-")
    os.environ["ROUGH_SEAS_LOG"] = str(pathlib.Path(config.stash[OWN]) / "predictions.json")
    os.environ["MPLBACKEND"] = "agg"  # for tests in this process; kernels keep their own
    runpy.run_path(str(kernel.OFFLINE / "sitecustomize.py"))
    os.environ["PYTHONPATH"] = os.pathsep.join([str(kernel.OFFLINE), str(kernel.ROOT)])


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash.get(OWN, ""), ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: pathlib.Path, parent: pytest.Collector) -> list:
    """Put our own collector in the place of nbval's."""
    found = yield
    return [
        Notebook.from_parent(parent, path=file_path) if type(c) is IPyNbFile else c for c in found
    ]


@contextlib.contextmanager
def environment_of(folder: pathlib.Path):
    """nbval has no argument for a kernel's variables: it starts with those of this process."""
    before = dict(os.environ)
    fresh = kernel.environment(folder)
    os.environ.clear()
    os.environ.update(fresh)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class Notebook(IPyNbFile):
    """A notebook: its cells as nbval runs them, its exercises solved, its time."""

    folder: pathlib.Path | None = None
    seconds = 0.0  # the start of the kernel and the cells as committed: what a learner waits
    solved = 0
    ran = 0

    def setup(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rough-seas-"))
        began = time.perf_counter()
        with environment_of(self.folder):
            super().setup()
        self.seconds = time.perf_counter() - began

    def teardown(self) -> None:
        super().teardown()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def collect(self):
        if kernel.times(self.path):
            self.add_marker("timed")
        cells = list(super().collect())
        waiting = None  # an exercise whose own hint and solution cells come first
        for item in cells:
            if waiting and not _opens(item.cell.source, waiting.exercise):
                yield waiting
                waiting = None
            yield item
            ids = [t[9:] for t in item.cell.metadata.get("tags", []) if t.startswith("exercise:")]
            if ids:
                waiting = Solved.from_parent(
                    self, name=f"{item.name} solved", cell_num=item.cell_num, cell=item.cell,
                    options={"check": False, "skip": False, "check_exception": False},
                )  # fmt: skip
                waiting.exercise = ids[0]
        if waiting:
            yield waiting
        yield Budget.from_parent(self, name=f"At most {LIMIT} s", cells=len(cells))


def _opens(source: str, exercise: str) -> bool:
    return re.match(rf"(hint|solution)\(\s*[\"']{re.escape(exercise)}[\"']", source) is not None


def solved_source(exercise: str, source: str) -> str:
    """The source of an exercise cell with the solution in place of what precedes its check."""
    from helpers.exercises import engine

    solution = engine.find(exercise).solution
    check = re.search(rf"^check\(\s*[\"']{re.escape(exercise)}[\"'].*", source, re.M | re.S)
    if not check:
        raise ValueError(f'the cell tagged exercise:{exercise} has no line check("{exercise}", ...')
    return f"{solution.rstrip()}\n{check.group(0)}"


class Solved(IPyNbCell):
    """An exercise cell run a second time, with its solution; it must be accepted."""

    exercise = ""

    def reportinfo(self):
        return self.path, 0, _said_as(self)

    def runtest(self) -> None:
        source = solved_source(self.exercise, self.cell.source)
        self.cell = nbformat.v4.new_code_cell(source)  # never run, so nothing is compared
        try:
            super().runtest()
        finally:
            self._forget()
        said = "".join(o.get("text", "") for o in self.test_outputs if o.get("name") == "stdout")
        other = [o.get("text", "") for o in self.test_outputs if o.get("name") == "stderr"]
        if other:
            self.raise_cell_error("The solution warns", "".join(other))
        if not re.search(rf"^✔ {re.escape(self.exercise)}\b", said, re.M):
            self.raise_cell_error(f"The solution of {self.exercise} is not accepted", said)
        self.parent.solved += 1

    def _forget(self) -> None:
        """Put the exercise back to "not attempted" without a trace in the notebook's names."""
        running = self.parent.kernel
        if running.is_alive():
            quiet = f'__import__("helpers.exercises").exercises.forget("{self.exercise}")'
            sent = running.kc.execute(quiet, silent=True, store_history=False)
            running.await_reply(sent, timeout=60)


def _said_as(item: pytest.Item) -> str:
    """The way nbval names its items: the notebook's path, then the cell."""
    with contextlib.suppress(ValueError):
        return f"{item.path.relative_to(item.config.rootpath)}::{item.name}"
    return f"{item.path.name}::{item.name}"


class Budget(pytest.Item):
    """The time of a notebook. It stands at its end, as an item of its own."""

    def __init__(self, *, cells: int, **kwargs) -> None:
        super().__init__(**kwargs)
        self.cells = cells

    def runtest(self) -> None:
        book = self.parent
        if book.ran < self.cells:
            pytest.skip(f"only {book.ran} of {self.cells} cells were run")
        if book.seconds > LIMIT:
            pytest.fail(f"{self.path.name} took {book.seconds:.0f} s; {LIMIT} s is the limit on "
                        "two cores that do nothing else", pytrace=False)  # fmt: skip

    def reportinfo(self):
        return self.path, 0, _said_as(self)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out a test marked `gpu` where torch sees no accelerator."""
    if item.get_closest_marker("gpu"):
        import torch

        accelerator = getattr(torch, "accelerator", None)
        if accelerator is None or not accelerator.is_available():
            pytest.skip("torch sees no accelerator here")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    """Count and time the cells as committed; write a row when a notebook is through."""
    began = time.perf_counter()
    try:
        return (yield)
    finally:
        if type(item) is IPyNbCell:
            item.parent.seconds += time.perf_counter() - began
            item.parent.ran += 1
        if isinstance(item, Budget):
            book = item.parent
            name = item.path.relative_to(kernel.ROOT).as_posix() \
                if item.path.is_relative_to(kernel.ROOT) else item.path.name  # fmt: skip
            item.config.stash[ROWS].append((name, book.ran, item.cells, book.solved, book.seconds))


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    rows = config.stash[ROWS]
    if not rows:
        return
    wide = max(len(name) for name, *_ in rows)
    terminalreporter.section("notebooks")
    terminalreporter.line(f"{'notebook':<{wide}}  cells  solved  seconds")
    for name, ran, _cells, solved, seconds in rows:
        terminalreporter.line(f"{name:<{wide}}  {ran:5}  {solved:6}  {seconds:7.1f}")
    totals = (sum(r[i] for r in rows) for i in (1, 3, 4))
    terminalreporter.line("{:<{w}}  {:5}  {:6}  {:7.1f}".format("in all", *totals, w=wide))
    if cache := getattr(config, "cache", None):  # none with -p no:cacheprovider
        measured = cache.get("rough_seas/seconds", {})
        measured |= {name: round(s, 1) for name, ran, cells, _, s in rows if ran == cells}
        cache.set("rough_seas/seconds", measured)
