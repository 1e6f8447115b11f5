"""The gates for text: length, filler, and results that were typed instead of computed."""

from __future__ import annotations

import ast
import re
from typing import Any

from book import HEADER, Book, start, texts

SEEN = "⟨[^⟩]*⟩"  # what show.machine prints

def words(book: Book) -> int:
    """Words of prose: markdown without tables, code and links' addresses."""
    count = 0
    for cell in book.prose:
        text = re.sub(r"^```.*?^```", "", cell.source, flags=re.M | re.S)
        text = re.sub(r"^\|.*$", "", text, flags=re.M)
        text = re.sub(r"\]\([^)]*\)", "]", text)
        count += sum(1 for w in text.split() if re.search(r"\w", w))
    return count


def paragraphs(book: Book) -> list[str]:
    """No paragraph over five lines (90 words), no filler, no price that turns into a formula."""
    told = []
    for cell in book.prose:
        for block in re.split(r"\n\s*\n|\n(?=[-*\d|#])", cell.source):
            if len(block.split()) > 90 and not block.lstrip().startswith("|"):
                told.append(f"a paragraph of {len(block.split())} words in {start(cell)}: cut it")
        for word in re.findall(r"\b(simply|just|obviously|basically)\b", cell.source, re.I):
            told.append(f"{word!r} in {start(cell)}: leave it out")
        if re.search(r"(?<![\\$])\$\d[^$\n]*(?:\n[^$\n]+)*(?<!\\)\$", cell.source):
            told.append(f"two dollar signs in {start(cell)} make a formula: write \\$")
    return told


# A number with a unit of time or size; seconds need a space ("the over-70s" are people).
UNITS = r"(?: s| ?(?:ns|µs|us|ms|sec|seconds?|kB|KB|MB|GB|TB|KiB|MiB|GiB|MHz|GHz|it/s))"
MEASURED = re.compile(rf"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?{UNITS}(?![\w/])")


def machine(book: Book) -> list[str]:
    """A time or a size in an output stands in ⟨ ⟩, unless the code or the exercise says it."""
    told = []
    for cell in book.code:
        for text in texts(cell):
            for found in MEASURED.findall(re.sub(SEEN, " ", text)):
                if found not in cell.source and found not in book.module_text:
                    told.append(f"{found!r} in the output of {start(cell)}: use show.machine")
    return sorted(set(told))


# In prose: a decimal number or a percentage.
NUMBER = re.compile(
    r"(?<![\w.,])(?P<n>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.\d+|\d+)"
    r"(?P<pc>\s?%|\s(?:percent|per cent|percentage points)\b)?x?(?!\w|\.\d)"
)
# Names with numbers in them are no results: versions, sections, exercises, notebooks.
NAMES = re.compile(
    r"\b(?:Python|torch|PyTorch|pandas|numpy|NumPy|scikit-learn|shap|fairlearn|IPython|JupyterLab|"
    r"versions?|CC BY|CC BY-SA|Apache|MIT|MLPerf|arXiv|section|table|figure|chapter|notebook|GPT|"
    r"ResNet|Exercise)[ :-]?v?\d+(?:[.\-]\d+)*[a-z]?\b(?!\s?%)"
    r"|\b\d-\d(?:[a-z]|\.\d+)?\b(?!\s?%)", re.I
)  # fmt: skip
# A source in the same paragraph: a year within brackets, or a link.
SOURCED = re.compile(r"\([^()]*\b(?:18|19|20)\d\d[^()]*\)|\]\(https://")
LEVEL = re.compile(r"^\W*\w*\W*(interval|confidence|quantile|percentile|level|sure|certain)", re.I)


def _spelt(trees: list[ast.AST]) -> set[float]:
    """Every number that code spells out; a fraction such as .95 also as a percentage."""
    out = {0.0, 100.0}
    for tree in trees:
        for node in ast.walk(tree):
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                out.add(round(float(value), 9))
            if isinstance(value, float):
                out.add(round(value * 100, 9))
    return out


def prose(book: Book) -> list[str]:
    """No result typed into the prose: it would stay when the result moves.

    A decimal or a percentage may stand in markdown if the notebook's code spells the same number
    out (a threshold, a price, what a claim demands), if its paragraph names the source of a
    published figure, or if it is the level of an interval.
    """
    spelt = _spelt([book.tree(c) for c in book.code])
    tasks = _spelt([ast.parse(book.module_text)])
    told = []
    for k, cell in enumerate(book.nb.cells):
        if cell.cell_type != "markdown" or k == 1:
            continue
        known = spelt | (tasks if HEADER.search(cell.source) else set())
        near = " ".join(t for c in book.nb.cells[max(0, k - 4): k + 5] for t in texts(c))
        for paragraph in re.split(r"\n\s*\n", _bare(cell.source)):
            told += [_typed(n, near, cell) for n in _results(paragraph, known)]
    return told


def _bare(text: str) -> str:
    """Markdown without code, addresses and names that carry a number."""
    text = re.sub(r"^```.*?^```", " ", text, flags=re.M | re.S)
    text = re.sub(r"`([^`]*)`", lambda m: m.group(1) if _is_number(m.group(1)) else " x ", text)
    text = re.sub(r"(?m)^#+ +\d+\. ", "", text)
    return NAMES.sub(" x ", text)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[\s\d.,%=<>]*\d[\s\d.,%]*", text) is not None


def _results(paragraph: str, known: set[float]) -> list[str]:
    """The numbers of a paragraph that look like results."""
    if SOURCED.search(paragraph):
        return []
    paragraph = re.sub(r"https?://[^\s)]+|\]\([^)]*\)", " ", paragraph)
    found = []
    for match in NUMBER.finditer(paragraph):
        digits, percent = match["n"].replace(",", ""), match["pc"]
        if not percent and "." not in digits:
            continue
        if percent and LEVEL.search(paragraph[match.end():]):
            continue
        if round(float(digits), 9) not in known:
            found.append(match.group(0).strip())
    return found


def _typed(number: str, near: str, cell: Any) -> str:
    digits = re.sub(r"[^\d.]", "", number).lstrip("0")
    beside = ", and an output beside it prints it" if digits and digits in near else ""
    return (f"{number!r} is typed into the prose of {start(cell)}{beside}: say it in words beside "
            "a claim, or name its source")  # fmt: skip
