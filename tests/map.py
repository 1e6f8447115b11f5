"""The map of the course: one table in README.md and one for each chapter, from the notebooks.

Each row stands for a notebook: its file, its question (the H1), minutes to learn (from its card),
seconds to run (as last measured), and the references it is home to. The tables stand between
`<!-- map -->` and `<!-- /map -->`; nothing outside these two lines is touched.
"""

from __future__ import annotations

import json
import pathlib
import re

import kernel
import nbformat

BEGIN, END = "<!-- map -->", "<!-- /map -->"
HEAD = ("Notebook", "Question", "Minutes to learn", "Seconds to run", "Home of")


def card_of(book: nbformat.NotebookNode) -> dict[str, str]:
    """The card of a notebook, its second cell, as a dict."""
    if len(book.cells) < 2:
        return {}
    rows = re.findall(r"^\|(.+?)\|(.+)\|\s*$", book.cells[1].source, re.M)
    return {key.strip(" *"): value.strip() for key, value in rows if not set(key) <= set(" -:")}


def question_of(book: nbformat.NotebookNode) -> str:
    """The question that a notebook asks: its H1."""
    first = re.search(r"^# +(.+)$", book.cells[0].source if book.cells else "", re.M)
    return first.group(1).strip() if first else ""


def measured() -> dict[str, float]:
    """Seconds by notebook from pytest's cache, where the suite and refresh.py leave them."""
    file = kernel.ROOT / ".pytest_cache" / "v" / "rough_seas" / "seconds"
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def _shown_before(text: str) -> dict[str, str]:
    """Seconds that a table shows now, by the file name of the notebook."""
    rows = re.findall(r"^\| *\[.*?\]\((?:[^)]*/)?([^)/]+\.ipynb)\) *\|(.+)\|\s*$", text, re.M)
    return {name: rest.split("|")[2].strip() for name, rest in rows if rest.count("|") >= 3}


def _seconds(path: pathlib.Path, before: dict[str, str], times: dict[str, float]) -> str:
    """The last measurement; the number shown stays while it is within a quarter of it."""
    old, new = before.get(path.name, ""), times.get(path.relative_to(kernel.ROOT).as_posix())
    if new is None:
        return old or "not measured"
    if old.isdigit() and abs(int(old) - new) <= max(0.25 * new, 2):
        return old
    return str(max(1, round(new)))


def table(paths: list[pathlib.Path], folder: pathlib.Path, text: str, times: dict) -> str:
    """The table for these notebooks, with links as seen from a folder."""
    before = _shown_before(text)
    rows = [HEAD, tuple("---" for _ in HEAD)]
    for path in paths:
        book = nbformat.read(path, as_version=4)
        card = card_of(book)
        link = f"[{kernel.id_of(path)}]({path.relative_to(folder).as_posix()})"
        ids = re.findall(r"\b(?:R\d\d|T\d|K\d[ab])\b", card.get("Home of", ""))
        home = ", ".join(dict.fromkeys(ids)) or "-"
        minutes, seconds = card.get("Minutes", "?"), _seconds(path, before, times)
        rows.append((link, question_of(book), minutes, seconds, home))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def places() -> list[tuple[pathlib.Path, list[pathlib.Path]]]:
    """Each README that carries a map, and the notebooks that belong in it."""
    books = kernel.notebooks()
    chapters = sorted({p.parent for p in books} - {kernel.NOTEBOOKS})
    own = [(c / "README.md", [p for p in books if p.parent == c]) for c in chapters]
    return [(kernel.ROOT / "README.md", books), *own]


def renewed(readme: pathlib.Path, paths: list[pathlib.Path], times: dict) -> str | None:
    """The text of a README with its map made anew, or None where it has no place for one."""
    text = readme.read_text("utf-8") if readme.exists() else ""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        return None
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{table(paths, readme.parent, text, times)}\n{END}{tail}"


INDEX_HEAD = """# Index: where each idea runs

The course turns a reading list of 50 references, a table of 9 rows and 3 take-aways (two actions
each) into notebooks that run. Each idea has one home: the section in which it is executed, and
the one in which the result is checked. The titles are those of the reading list; where the source
has another one, it stands beside it. This page is made from the notebooks and from
`references.csv` by `python start.py refresh --map`.

"""


def places_of(path: pathlib.Path) -> dict[str, str]:
    """The heading under which each tagged cell of a notebook stands."""
    heading, found = "", {}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            heads = re.findall(r"^#{1,2} +(.+)$", cell.source, re.M)
            heading = heads[-1].strip() if heads else heading
        for tag in cell.metadata.get("tags", []):
            found.setdefault(tag, heading)
    return found


def index() -> str:
    """The index page: one row for each of the 65 ideas, with a link to its home."""
    from book import references

    homes = {kernel.id_of(p): (p, places_of(p)) for p in kernel.notebooks()}
    rows = [("Id", "Idea", "Home", "Runs in", "Is checked in"), ("---",) * 5]
    for row in references().values():
        idea = f"[{row['given_title']}]({row['link']})" if row["link"] else row["given_title"]
        if row["real_title"] not in ("", row["given_title"]):
            idea += f"; {row['real_title']}"
        idea += f" ({row['authors_year']})" if row["authors_year"] else ""
        path, places = homes.get(row["home"], (None, {}))
        link = row["home"] + " (planned)" if path is None else (
            f"[{row['home']}]({path.relative_to(kernel.NOTEBOOKS).as_posix()})")  # fmt: skip
        where = [places.get(row[tag], "-") for tag in ("run_tag", "check_tag")]
        rows.append((row["id"], idea, link, *where))
    cells = ("| " + " | ".join(c.replace("|", "/") for c in row) + " |" for row in rows)
    return INDEX_HEAD + "\n".join(cells) + "\n"


def write_index(check: bool) -> list[str]:
    """Write the index page anew, or say that it is out of date."""
    page, text = kernel.NOTEBOOKS / "INDEX.md", index()
    if page.exists() and page.read_text("utf-8") == text:
        return []
    if check:
        return ["notebooks/INDEX.md is out of date: python tests/refresh.py --map"]
    page.write_text(text, encoding="utf-8", newline="\n")
    return []


def write(check: bool = False) -> list[str]:
    """Write every map anew; return sentences about what could not or (checked) should be done."""
    told, times = write_index(check), {} if check else measured()
    for readme, paths in places():
        name = readme.relative_to(kernel.ROOT).as_posix()
        text = renewed(readme, paths, times)
        if text is None:
            told.append(f"{name} has no lines {BEGIN} and {END}, so it gets no map.")
        elif text != readme.read_text("utf-8"):
            if check:
                told.append(f"The map in {name} is out of date: python tests/refresh.py --map")
            else:
                readme.write_text(text, encoding="utf-8", newline="\n")
    return told
