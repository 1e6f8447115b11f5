"""A small notebook that every gate accepts, and a way to break it for each thing a gate refuses.

The broken notebooks are made here from the good one, each by the one change that its name says, so
that what is wrong with each can be read in one line. `test_gates.py` holds the gates against them.
"""

from __future__ import annotations

import base64
import copy
import types
from collections.abc import Callable

import kernel
import nbformat
from book import Book, references
from gates import CARD
from nbformat import v4

from start import setup_cell

ID, HOME = "2-2", "R15"
ALT = "Two dots with intervals that do not touch; the left one is the higher one of the two."
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n of a specimen").decode()
FILLER = "You look at what the table shows and ask what would change your mind about it. " * 5
MODULE = types.SimpleNamespace(
    EXERCISES=tuple(types.SimpleNamespace(id=f"{ID}{x}", name="answer") for x in "abc"),
    QUIZ=(1, 2, 3),
)


def text(source: str):
    return v4.new_markdown_cell(source)


def code(source: str, *outputs, tags: tuple[str, ...] = ()):
    cell = v4.new_code_cell(source, outputs=list(outputs))
    cell.metadata = nbformat.NotebookNode(tags=list(tags)) if tags else nbformat.NotebookNode()
    return cell


def said(line: str):
    return v4.new_output("stream", name="stdout", text=line + "\n")


def picture(alt: str = ALT):
    return v4.new_output("display_data", {"image/png": PNG, "text/plain": f"Figure: {alt}"},
                         metadata={"image/png": {"alt": alt}})  # fmt: skip


def _card() -> str:
    values = ("*time* a function", "[the start](../references.csv)", "60", "CPU, 2 cores",
              "none", f"{HOME}")  # fmt: skip
    rows = [f"| {key} | {value} |" for key, value in zip(CARD, values, strict=True)]
    return "\n".join([rows[0], "|---|---|", *rows[1:]])


def _loop(n: int) -> list:
    tags = {1: ("fault",), 2: (f"ref:{HOME}",), 3: (f"check:{HOME}",)}
    return [
        text(f"## {n}. One thing at a time\n\n{FILLER}"),
        code(f'predict("{ID}.{n}", ..., sure=...)'),
        code(f"seconds = measure(work_{n})\nprint(show.machine(seconds))", said("⟨1.87 ms⟩"),
             tags=tags[n]),
        code("show.figure(fig, alt=alt)", picture(), said(f"Figure: {ALT}")),
        text(f"**Notice.** The first run is the slow one.\n\n{FILLER}\n\n{FILLER}"),
        code("claim('The first run is the slow one of all.', gain > .15, gain)"),
        code(f'settle("{ID}.{n}", "higher" if gain > 0 else "lower")'),
    ]  # fmt: skip


def _exercise(letter: str, kind: str) -> list:
    i = f"{ID}{letter}"
    return [
        text(f"### Exercise {i} · ●●○ · 8 min{kind}\n\n{FILLER}"),
        code(f'answer = ...\ncheck("{i}", answer)', said(f"▢ {i}: not attempted yet"),
             tags=(f"exercise:{i}",)),
        code(f'hint("{i}")', said("wait")),
        code(f'solution("{i}")', said("wait")),
    ]  # fmt: skip


def good() -> Book:
    """A notebook that every gate accepts."""
    row = references()[HOME]
    cells = [
        text("# How fast is it?\n\nYou learn to say it in one sentence that holds."), text(_card()),
        code(setup_cell(ID)), code("from helpers import show"),
        text(f"## The stake\n\n{FILLER}"), *_loop(1), *_loop(2), *_loop(3),
        *_exercise("a", ""), *_exercise("b", " · bug hunt"),
        *_exercise("c", " · decide and defend"),
        text(f"## Recap\n\n{FILLER}"), text("## Quiz"), code(f'quiz("{ID}", ...)'),
        text(f"## Limits\n\n{FILLER}"),
        text(f"## Further reading\n\n- {row['real_title']}: [read]({row['link']})"),
    ]  # fmt: skip
    nb = v4.new_notebook(cells=cells, metadata={
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"}})  # fmt: skip
    for n, cell in enumerate((c for c in cells if c.cell_type == "code"), 1):
        cell.execution_count = n
    path = kernel.NOTEBOOKS / "2_benchmarking" / f"{ID}_specimen.ipynb"
    return Book(path, nb, size=90_000, module=MODULE)


def broken(change: Callable[[Book], object]) -> Book:
    """The good notebook after one change."""
    book = copy.deepcopy(good())
    change(book)
    return book


def where(book: Book, words: str):
    """The first cell whose source contains these words."""
    return next(c for c in book.nb.cells if words in c.source)


def replace(old: str, new: str) -> Callable[[Book], None]:
    """A change: other words in the first cell that contains these."""
    def change(book: Book) -> None:
        cell = where(book, old)
        cell.source = cell.source.replace(old, new, 1)
    return change  # fmt: skip


def drop(words: str) -> Callable[[Book], None]:
    return lambda book: book.nb.cells.remove(where(book, words))


def put(words: str, cell) -> Callable[[Book], None]:
    """A change: another cell after the one that contains these words."""
    return lambda book: book.nb.cells.insert(book.nb.cells.index(where(book, words)) + 1, cell)


def emit(output) -> Callable[[Book], None]:
    """A change: one more output in the cell that measures."""
    return lambda book: where(book, "measure(").outputs.append(output)


def tag(words: str, *new: str) -> Callable[[Book], None]:
    def change(book: Book) -> None:
        where(book, words).metadata = nbformat.NotebookNode(tags=list(new))
    return change  # fmt: skip


def _result(data: dict, count: int = 1):
    return v4.new_output("execute_result", data, execution_count=count)


def _no_caption(book: Book) -> None:
    where(book, "show.figure").outputs.pop()


def _repeat_id(book: Book) -> None:
    book.nb.cells[3]["id"] = book.nb.cells[2]["id"]


def _swap(book: Book) -> None:
    a, b = (book.nb.cells.index(where(book, w)) for w in ("## Recap", "## Limits"))
    book.nb.cells[a], book.nb.cells[b] = book.nb.cells[b], book.nb.cells[a]


CLAIM = "claim('The first run is the slow one of all.', gain > .15, gain)"
NOTICE = "The first run is the slow one."

# The gate that must refuse, what is wrong, the change that makes it so.
BROKEN: list[tuple[str, str, Callable[[Book], object]]] = [
    ("opening", "no question", replace("# How fast is it?", "# Speed")),
    ("opening", "no promise", replace("You learn to say it in one sentence that holds.", "")),
    ("opening", "two H1", replace("## Recap", "# Recap")),
    ("opening", "no markdown first", lambda b: b.nb.cells.insert(0, code("1"))),
    ("card", "a key is missing", replace("| Runs on | CPU, 2 cores |\n", "")),
    ("card", "another order", replace("| You need |", "| Minutes |")),
    ("card", "minutes in words", replace("| 60 |", "| an hour |")),
    ("card", "an empty row", replace("| CPU, 2 cores |", "| |")),
    ("setup", "changed", replace("import helpers ", "import helpers as h ")),
    ("setup", "another notebook's", replace(f'start("{ID}")', 'start("1-1")')),
    ("setup", "published, and more", lambda b: setattr(
        b.code[0], "source", setup_cell(ID, "ada/seas") + "\nx = 1")),
    ("setup", "not the first code cell", lambda b: b.nb.cells.insert(2, code("import os"))),
    ("sections", "no limits", drop("## Limits")),
    ("sections", "wrong order", _swap),
    ("sections", "loops not in order", replace("## 2. ", "## 4. ")),
    ("sizes", "too few cells", lambda b: b.nb.cells.__delitem__(slice(6, 18))),
    ("sizes", "too many words", replace(NOTICE, "It is so. " * 500)),
    ("sizes", "too few figures", lambda b: where(b, "show.figure").outputs.clear()),
    ("sizes", "too few exercises", lambda b: tag("check(", "fault")(b)),
    ("sizes", "a long cell", replace("from helpers import show", "a = 1\n" * 21)),
    ("sizes", "a large file", lambda b: setattr(b, "size", 501_000)),
    ("paragraphs", "a long paragraph", replace(NOTICE, "It is what you see there now. " * 13)),
    ("paragraphs", "filler", replace(NOTICE, "You simply run it.")),
    ("paragraphs", "a formula by mistake", replace(NOTICE, "It costs $60, and the other $20.")),
    ("figures", "no alternative text", lambda b: where(b, "show.fig").outputs[0].metadata.clear()),
    ("figures", "another text", lambda b: where(b, "show.fig").outputs[0].data.update(
        {"text/plain": "<Figure size 640x480>"})),
    ("figures", "no caption", _no_caption),
    ("figures", "SVG", emit(_result({"image/svg+xml": "<svg/>"}))),
    ("figures", "a picture in HTML", emit(_result({"text/html": "<img src='data:'>"}))),
    ("outputs", "an error", emit(v4.new_output("error", ename="KeyError", evalue="'x'"))),
    ("outputs", "stderr", emit(v4.new_output("stream", name="stderr", text="hm\n"))),
    ("outputs", "a warning", emit(said("x.py:3: FutureWarning: soon gone"))),
    ("outputs", "a widget", emit(_result({"application/vnd.jupyter.widget-view+json": "{}"}))),
    ("outputs", "an estimator", emit(_result({"text/html": "<div class='sk-estimator'></div>"}))),
    ("paths", "in an output", emit(said("saved to /home/ada/course/x.csv"))),
    ("paths", "in the code", replace("from helpers import show", "open('/tmp/x.csv')")),
    ("paths", "on Windows", emit(said("C:\\Users\\Ada\\x.csv"))),
    ("paths", "in the text", replace(NOTICE, "See /Users/ada/notes.txt.")),
    ("order", "not executed", lambda b: setattr(b.code[3], "execution_count", None)),
    ("order", "out of order", lambda b: setattr(b.code[3], "execution_count", 7)),
    ("order", "an output of another run", emit(_result({"text/plain": "1"}, count=99))),
    ("metadata", "more than needed", lambda b: b.nb.metadata.update(toc={})),
    ("metadata", "another kernel", lambda b: b.nb.metadata.kernelspec.update(name="venv")),
    ("metadata", "a version of Python", lambda b: b.nb.metadata.language_info.update(version="3")),
    ("metadata", "a repeated id", _repeat_id),
    ("metadata", "a folded cell", lambda b: b.nb.cells[4].metadata.update(collapsed=True)),
    ("metadata", "an unknown tag", tag("from helpers", "hide-input")),
    ("metadata", "no comparison", tag("from helpers", "nbval-ignore-output")),
    ("metadata", "an old format", lambda b: setattr(b.nb, "nbformat_minor", 4)),
    ("links", "a file that isn't there", replace(NOTICE, "See [it](../nowhere.md).")),
    ("links", "not https", replace(NOTICE, "See [it](http://example.org).")),
    ("homes", "not on the card", replace(f"| {HOME} |", "| no reference |")),
    ("homes", "another's on the card", replace(f"| {HOME} |", f"| {HOME}, R01 |")),
    ("homes", "another link", replace(references()[HOME]["link"], "https://example.org")),
    ("homes", "another title", replace(references()[HOME]["real_title"], "A study")),
    ("homes", "runs nowhere", lambda b: tag("measure(work_2)")(b)),
    ("homes", "checked nowhere", lambda b: tag("measure(work_3)")(b)),
    ("homes", "another's tag", tag("from helpers", "ref:R01")),
    ("exercises", "no header", replace(f"### Exercise {ID}a · ●●○ · 8 min", "### Try it")),
    ("exercises", "no minutes", replace("· ●●○ · 8 min", "· ●●○")),
    ("exercises", "no difficulty", replace("●●○", "○○○")),
    ("exercises", "no hint", drop(f'hint("{ID}b")')),
    ("exercises", "no solution", drop(f'solution("{ID}c")')),
    ("exercises", "no starter", replace("answer = ...", "answer = 1")),
    ("exercises", "another name", replace("a\", answer)", "a\", reply)")),
    ("exercises", "no entry", lambda b: setattr(b, "module", types.SimpleNamespace(
        EXERCISES=MODULE.EXERCISES[:2], QUIZ=MODULE.QUIZ))),
    ("exercises", "no cell", lambda b: tag(f'check("{ID}c"')(b)),
    ("kinds", "no bug hunt", replace(" · bug hunt", "")),
    ("kinds", "nothing to defend", replace(" · decide and defend", "")),
    ("quiz", "no quiz", drop("quiz(")),
    ("quiz", "answered", replace(f'quiz("{ID}", ...)', f'quiz("{ID}", "bac")')),
    ("quiz", "two questions", lambda b: setattr(b, "module", types.SimpleNamespace(
        EXERCISES=MODULE.EXERCISES, QUIZ=(1, 2)))),
    ("claims", "a section without", drop(CLAIM)),
    ("claims", "holds by decree", replace(CLAIM, "claim('It is so and no other.', True, gain)")),
    ("claims", "holds by disguise", replace(CLAIM, "claim('It is so.', bool(1 < 2), gain)")),
    ("claims", "a typed value", replace(CLAIM, "claim('It is so and no other.', gain > 0, .83)")),
    ("claims", "published without a tag", replace("gain > .15, gain)",
        "gain > .15, gain, source='Chen, 2023')")),
    ("claims", "no fault", lambda b: tag("measure(work_1)")(b)),
    ("predictions", "none", lambda b: [drop("predict(")(b) for _ in range(3)]),
    ("predictions", "answered", replace("..., sure=...", "'higher', sure=.7")),
    ("predictions", "of another notebook", replace(f'predict("{ID}.1"', 'predict("1-1.1"')),
    ("predictions", "never settled", drop("settle(")),
    ("predictions", "settled by decree", replace('"higher" if gain > 0 else "lower"', '"lower"')),
    ("code", "one maker's GPU", replace("from helpers import show", "model.cuda()")),
    ("code", "a pause", replace("from helpers import show", "time.sleep(3)")),
    ("code", "the global generator", replace("from helpers import show", "np.random.seed(1)")),
    ("code", "an installer", replace("from helpers import show", "%pip install shap")),
    ("code", "warnings hidden", replace("from helpers", "warnings.filterwarnings('ignore')\nx")),
    ("code", "no comparison", replace("from helpers", "# NBVAL_IGNORE_OUTPUT\nx")),
    ("code", "no linting", replace("from helpers import show", "import os  # noqa: F401")),
    ("machine", "a time", emit(said("median 1.87 ms"))),
    ("machine", "a size in a table", emit(_result({"text/html": "<td>2.1 GB</td>"}))),
    ("prose", "a typed result", replace(NOTICE, "The accuracy is 0.83.")),
    ("prose", "a typed percentage", replace(NOTICE, "It is right for 83 % of them.")),
]  # fmt: skip
