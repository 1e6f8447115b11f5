"""The rules of hygiene for a notebook: each gate returns a sentence for each thing it refuses.

The rules are those of a Rough Seas notebook: its order and size, figures that say what they show,
exercises that are whole, claims that are computed, no result typed into the prose, nothing of the
author's machine. There is no list of exemptions. `test_gates.py` shows that each gate bites.
"""

from __future__ import annotations

import ast
import pathlib
import re
from typing import Any

import map as course_map
from book import HEADER, Book, argument, headings, literal, references, start, tags, text_of, texts
from prose import machine, paragraphs, prose, words

CARD = ("You will be able to", "You need", "Minutes", "Runs on", "Data and licence", "Home of")
SECTIONS = ("The stake", "Recap", "Quiz", "Limits", "Further reading")
TAGS = re.compile(r"(exercise:\d(-\d)?[a-z]|(ref|check):(R\d\d|T\d|K\d[ab])|fault|gpu|published)")
MIMES = {"text/plain", "text/html", "text/markdown", "image/png"}


def opening(book: Book) -> list[str]:
    """It opens with a question as its only H1, and one sentence that promises the answer."""
    first = book.nb.cells[0] if book.nb.cells else None
    if first is None or first.cell_type != "markdown" or not first.source.startswith("# "):
        return ["the first cell must be markdown that begins with '# ' and the question"]
    told = []
    title, _, rest = first.source.partition("\n")
    if not title.rstrip().endswith("?"):
        told.append(f"the H1 must be a question and end in '?': {title!r}")
    if len(rest.split()) < 6:
        told.append("under the H1 one sentence must promise the answer")
    ones = [line for c in book.prose for line in headings(c, 1)]
    if len(ones) != 1:
        told.append(f"there must be one H1; found {len(ones)}")
    return told


def card(book: Book) -> list[str]:
    """The second cell is the card, with its six keys in order; Minutes is a positive number."""
    found = course_map.card_of(book.nb)
    keys = tuple(found)[-len(CARD):]
    if keys != CARD or book.nb.cells[1].cell_type != "markdown":
        return [f"the card (second cell) must have the keys {', '.join(CARD)}; found "
                f"{', '.join(found) or 'no table'}"]  # fmt: skip
    told = [f"the card says nothing under {key!r}" for key in CARD if not found[key]]
    if not re.fullmatch(r"[1-9]\d*", found["Minutes"]):
        told.append(f"Minutes must be a number; found {found['Minutes']!r}")
    return told


def setup(book: Book) -> list[str]:
    """The first code cell is the set-up cell of start.py, with this notebook's number."""
    from start import setup_cell

    found = book.code[0].source if book.code else ""
    published = re.search(r'git\+https://github\.com/([^@"]+)@([^"]+)"', found)
    if found != setup_cell(book.id, *(published.groups() if published else ())):
        return ["the first code cell must be the set-up cell of start.py, word by word, with "
                f'"{book.id}" in it']  # fmt: skip
    return []


def sections(book: Book) -> list[str]:
    """The stake, three to six numbered loops, then recap, quiz, limits and further reading."""
    twos = [h for c in book.prose for h in headings(c, 2)]
    told = [f"there is no section '## {s}'" for s in SECTIONS if s not in twos]
    have = [h for h in twos if h in SECTIONS]
    if not told and have != list(SECTIONS):
        told.append(f"the sections must stand in the order {', '.join(SECTIONS)}")
    loops = [int(n) for h in twos for n in re.findall(r"^(\d+)\. ", h)]
    if loops != list(range(1, len(loops) + 1)) or not 3 <= len(loops) <= 6:
        told.append(f"there must be 3 to 6 sections '## 1. ...', numbered in order; found {loops}")
    return told


def sizes(book: Book) -> list[str]:
    """35-60 cells, 1,200-2,000 words, 3-6 figures, 3-5 exercises, 20 lines a cell, 500 KB."""
    figures = sum("image/png" in o.get("data", {}) for c in book.code for o in c.outputs)
    exercises = sum(t.startswith("exercise:") for c in book.code for t in tags(c))
    limits = (("cells", len(book.nb.cells), 35, 60), ("words of prose", words(book), 1200, 2000),
              ("figures", figures, 3, 6), ("exercises", exercises, 3, 5),
              ("KB on disk", book.size // 1000, 0, 500))  # fmt: skip
    told = [f"{n:,} {what}: it must be {low:,} to {high:,}" for what, n, low, high in limits
            if not low <= n <= high]  # fmt: skip
    for cell in book.code:
        lines = len([x for x in cell.source.splitlines() if x.strip()])
        if lines > 20:
            told.append(f"the cell {start(cell)} has {lines} lines of code; 20 is the limit")
    return told


def figures(book: Book) -> list[str]:
    """Every picture is a PNG whose sentence stands in its metadata, its text and under it."""
    told = []
    for cell in book.code:
        printed = "\n".join(o.text for o in cell.outputs if o.get("name") == "stdout")
        for output in cell.outputs:
            data = output.get("data", {})
            if any(m.startswith("image/") and m != "image/png" for m in data):
                told.append(f"a picture that is no PNG in {start(cell)}")
            if re.search(r"<(img|svg)\b", data.get("text/html", "")):
                told.append(f"a picture inside HTML in {start(cell)}: use show.figure")
            if "image/png" not in data:
                continue
            alt = output.metadata.get("image/png", {}).get("alt", "")
            if len(alt) < 40:
                told.append(f"a figure in {start(cell)} has no alternative text: use show.figure")
            elif data.get("text/plain") != f"Figure: {alt}":
                told.append(f"a figure in {start(cell)} has a text/plain that isn't its sentence")
            elif f"Figure: {alt}\n" not in printed + "\n":
                told.append(f"a figure in {start(cell)} has no caption printed under it")
    return told


def outputs(book: Book) -> list[str]:
    """No error, no warning, nothing on stderr, nothing that only one front end can show."""
    told = []
    for cell in book.code:
        for output in cell.outputs:
            if output.output_type == "error":
                told.append(f"an error is stored in {start(cell)}: {output.get('ename')}")
            if output.get("name") == "stderr":
                told.append(f"stderr is stored in {start(cell)}: {output.text.strip()[:60]!r}")
            for mime in set(output.get("data", {})) - MIMES:
                told.append(f"an output of the kind {mime} in {start(cell)}")
            if "sk-estimator" in str(output.get("data", {}).get("text/html", "")):
                told.append(f"scikit-learn's HTML estimator in {start(cell)}: show text instead")
        for text in texts(cell):
            if re.search(r"\b\w*Warning:|Traceback \(most recent", text):
                told.append(f"a warning or traceback in the output of {start(cell)}")
    return told


# Folders of people and machines: where homes, temporary files and installed packages stand.
PLACES = re.compile(
    r"(?<![\w.:/])/(?:home|Users|root|tmp|mnt|var|opt|usr|private|content|work|data)/\w"
    r"|\b[A-Za-z]:\\+\w|site-packages|\bfile://|~/"
)


def paths(book: Book) -> list[str]:
    """No absolute path and no user's name, in text, code or outputs."""
    home = str(pathlib.Path.home())
    told = []
    for cell in book.nb.cells:
        for text in [cell.source, *texts(cell)]:
            text = re.sub(r"https?://\S+", "", text)
            found = PLACES.search(text)
            if found or (len(home) > 5 and home in text):
                shown = found.group(0) if found else home
                told.append(f"a path of somebody's machine ({shown}...) in {start(cell)}")
                break
    return told


def order(book: Book) -> list[str]:
    """Every code cell has been executed, 1 to n, from top to bottom."""
    counts = [c.execution_count for c in book.code]
    if counts != list(range(1, len(counts) + 1)):
        return ["the cells weren't executed 1..n in order: run tests/refresh.py"]
    return [
        f"an output of {start(cell)} has another execution count"
        for cell in book.code for output in cell.outputs
        if output.get("execution_count", cell.execution_count) != cell.execution_count
    ]  # fmt: skip


def metadata(book: Book) -> list[str]:
    """Nothing in the metadata but the kernel, the language, a GPU and known tags; ids unique."""
    told = []
    extra = set(book.nb.metadata) - {"kernelspec", "language_info", "accelerator"}
    if extra:
        told.append(f"the notebook's metadata has {', '.join(sorted(extra))}: run tests/refresh.py")
    if book.nb.metadata.get("kernelspec", {}).get("name") != "python3":
        told.append("the kernel must be named python3: run tests/refresh.py")
    if set(book.nb.metadata.get("language_info", {})) != {"name"}:
        told.append("language_info may hold the name only: run tests/refresh.py")
    if book.nb.metadata.get("accelerator", "GPU") != "GPU":
        told.append("the accelerator, if named, is GPU")
    if (book.nb.nbformat, book.nb.nbformat_minor) != (4, 5):
        told.append("the format must be 4.5: run tests/refresh.py")
    ids = [c.get("id") for c in book.nb.cells]
    if None in ids or len(set(ids)) < len(ids):
        told.append("cell ids are missing or not unique: run tests/refresh.py")
    for cell in book.nb.cells:
        if set(cell.metadata) - {"tags"}:
            told.append(f"metadata besides tags in {start(cell)}: run tests/refresh.py")
        told += [f"an unknown tag {t!r} on {start(cell)}" for t in tags(cell)
                 if not TAGS.fullmatch(t)]  # fmt: skip
    return told


def links(book: Book) -> list[str]:
    """Relative links lead to files of the course; absolute ones begin with https."""
    told = []
    given = {row["link"] for row in references().values()}
    for cell in book.prose:
        for target in re.findall(r"\]\(<?([^)\s>]+)", cell.source):
            if target.startswith(("https://", "#", "mailto:")) or target in given:
                continue
            if re.match(r"[a-z]+:", target):
                told.append(f"the link {target} must begin with https")
            elif not (book.path.parent / target.partition("#")[0]).exists():
                told.append(f"the link {target} leads nowhere")
    return told


def homes(book: Book) -> list[str]:
    """It is home to what references.csv says: on its card, in its reading list, on its cells."""
    own = {i: row for i, row in references().items() if row["home"] == book.id}
    said = set(re.findall(r"\b(?:R\d\d|T\d|K\d[ab])\b",
                          course_map.card_of(book.nb).get("Home of", "")))  # fmt: skip
    told = [f"the card's 'Home of' lacks {i}" for i in own if i not in said]
    told += [f"the card names {i}, whose home is another notebook" for i in sorted(said - set(own))]
    listed = [c.source for c in book.prose]
    at = next((k for k, t in enumerate(listed) if "## Further reading" in t), len(listed))
    reading = " ".join(" ".join(listed[at:]).split())
    for i, row in own.items():
        if row["link"] and row["link"] not in reading:
            told.append(f"Further reading lacks {i} with its link as given, {row['link']}")
        if row["link"] and _plain(row["real_title"].split(" (")[0]) not in _plain(reading):
            told.append(f"Further reading lacks the title of {i}, {row['real_title']!r}")
        told += [f"no code cell is tagged {kind}:{i}" for kind in ("ref", "check")
                 if not any(f"{kind}:{i}" in tags(c) for c in book.code)]  # fmt: skip
    for cell in book.nb.cells:
        for tag in tags(cell):
            if tag.startswith(("ref:", "check:")) and tag.partition(":")[2] not in own:
                told.append(f"the tag {tag} belongs to another notebook")
    return told


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower().replace("&amp;", "&")).strip()


def exercises(book: Book) -> list[str]:
    """Each exercise has a header, a starter, a check, a hint, a solution and an entry; no more."""
    module = book.exercises()
    if module is None:
        return [f"there is no module helpers/exercises/nb_{book.id.replace('-', '_')}.py"]
    entries = {e.id: e for e in module.EXERCISES}
    tagged = [(t[9:], c) for c in book.code for t in tags(c) if t.startswith("exercise:")]
    ids = [i for i, _ in tagged]
    told = []
    if ids != [f"{book.id}{letter}" for letter in "abcdefgh"[: len(ids)]]:
        told.append(f"the exercises must be lettered a, b, c... in order; found {ids}")
    told += [f"{i} is in the module but no cell is tagged exercise:{i}" for i in entries
             if i not in ids]  # fmt: skip
    for i, cell in tagged:
        if i in entries:
            told += _exercise(book, i, cell, entries[i].name)
        else:
            told.append(f"the cell tagged exercise:{i} has no entry in the module")
    return told


def _exercise(book: Book, i: str, cell: Any, name: str) -> list[str]:
    """The cells of one exercise: header before, `...` and check in it, hint and solution after."""
    told, at = [], book.nb.cells.index(cell)
    before = book.nb.cells[at - 1]
    header = HEADER.search(before.source) if before.cell_type == "markdown" else None
    if header is None or header.group(1) != i:
        told.append(f"before {i} stands no header '### Exercise {i} · ●○○ · 6 min'")
    elif not re.fullmatch("●{1,3}○{0,2}", header.group(2)):
        told.append(f"the difficulty of {i} must be ●○○, ●●○ or ●●●")
    last = cell.source.strip().splitlines()[-1]
    if "..." not in cell.source:
        told.append(f"the starter of {i} has no ... to fill in")
    if not re.match(rf'check\("{re.escape(i)}", *{re.escape(name)}\)', last):
        told.append(f'the last line of {i} must be check("{i}", {name}); found {last!r}')
    after = [c.source.strip() for c in book.nb.cells[at + 1: at + 3] if c.cell_type == "code"]
    for k, call in enumerate(("hint", "solution")):
        if len(after) <= k or not after[k].startswith(f'{call}("{i}"'):
            told.append(f'after {i} must come a cell {call}("{i}")')
    return told


def kinds(book: Book) -> list[str]:
    """At least one exercise is a bug hunt or a "make it fail", and one is decide and defend."""
    said = " ".join(c.source.lower() for c in book.prose if HEADER.search(c.source))
    told = []
    if "bug hunt" not in said and "make it fail" not in said:
        told.append("no exercise says 'bug hunt' or 'make it fail' in its header or text")
    if "decide and defend" not in said:
        told.append("no exercise says 'decide and defend' in its header or text")
    return told


def claims(book: Book) -> list[str]:
    """Each loop makes a claim; what holds and what was measured are computed, never typed."""
    told = []
    for cell, call in book.calls("claim"):
        if literal(argument(call, 1, "holds")):
            told.append(f"a claim in {start(cell)} has a literal for what holds")
        if literal(argument(call, 2, "value")):
            told.append(f"a claim in {start(cell)} has a literal for what was measured")
    for cell in book.code:
        sourced = any(argument(call, 3, "source") is not None
                      for c, call in book.calls("claim") if c is cell)  # fmt: skip
        if sourced != ("published" in tags(cell)):
            told.append(f"the tag 'published' and a claim with a source go together: {start(cell)}")
    loop, claimed = None, True
    claiming = [id(c) for c, _ in book.calls("claim")]
    for cell in book.nb.cells:
        for title in headings(cell, 2) if cell.cell_type == "markdown" else []:
            if not claimed:
                told.append(f"the section {loop!r} makes no claim")
            loop, claimed = title, not re.match(r"\d+\. ", title)
        claimed = claimed or id(cell) in claiming
    if not claimed:
        told.append(f"the section {loop!r} makes no claim")
    if not any("fault" in tags(c) for c in book.code):
        told.append("no cell is tagged 'fault': the measurement must be broken once on purpose")
    return told


def predictions(book: Book) -> list[str]:
    """Predictions stand open, belong to this notebook, and are settled by something computed."""
    asked = [(text_of(argument(call, 0, "id")), call) for _, call in book.calls("predict")]
    settled = [(text_of(argument(call, 0, "id")), call) for _, call in book.calls("settle")]
    told = [] if asked else ["there is no predict(...) before an experiment"]
    for i, _ in asked:
        if not re.fullmatch(rf"{re.escape(book.id)}\.[1-9]\d*", i or ""):
            told.append(f"predict({i!r}, ...) must be numbered {book.id}.1, {book.id}.2, ...")
    for cell, call in book.calls("predict"):
        for where, name in ((1, "says"), (2, "sure")):
            if not _open(argument(call, where, name), book.tree(cell)):
                told.append(f"a predict in {start(cell)} must leave {name} open as ...")
    for i in sorted({str(i) for i, _ in asked} ^ {str(i) for i, _ in settled}):
        told.append(f"{i} needs both a predict and a settle")
    told += [f"settle({i!r}, ...) must compute the answer" for i, call in settled
             if literal(argument(call, 1, "truth"))]  # fmt: skip
    return told


def _open(value: ast.AST | None, tree: ast.Module) -> bool:
    """True for `...`, or for a name that the same cell sets to `...`."""
    if isinstance(value, ast.Name):
        return any(
            isinstance(node, ast.Assign) and _open(node.value, tree)
            for node in ast.walk(tree)
            for target in getattr(node, "targets", []) if getattr(target, "id", "") == value.id
        )  # fmt: skip
    return isinstance(value, ast.Constant) and value.value is ...


def quiz(book: Book) -> list[str]:
    """The quiz is asked once, unanswered, and has three to five questions."""
    module, calls = book.exercises(), book.calls("quiz")
    told = []
    if len(calls) != 1 or text_of(argument(calls[0][1], 0, "notebook")) != book.id:
        told.append(f'there must be one cell quiz("{book.id}", ...)')
    elif not _open(argument(calls[0][1], 1, "answers") or ast.Constant(...), ast.Module([], [])):
        told.append("the quiz must be stored unanswered")
    if module is not None and not 3 <= len(module.QUIZ) <= 5:
        told.append(f"the quiz has {len(module.QUIZ)} questions: it must be 3 to 5")
    return told


BANNED = {
    r"\.cuda\(": "takes one maker's GPU; use resources.device()",
    r"\btime\.sleep\(": "makes people wait",
    r"\bnp\.random\.(seed|rand|randn|randint|choice|normal|uniform|shuffle|permutation)\(":
        "uses the global generator; pass rng = np.random.default_rng(seed)",
    r"^\s*[!%]": "is no Python; it may change the learner's machine",
    r"\bwarnings\.(filterwarnings|simplefilter|catch_warnings)\b": "hides warnings; cure them",
    r"NBVAL_|PYTEST_VALIDATE": "switches the comparison off",
    r"#\s*(noqa|type:\s*ignore|pragma)": "switches a check off",
    r"\burllib\b|\bimport requests\b|\bhttp\.client\b": "reaches for the network",
    r"\bget_ipython\(": "needs one front end",
    r"\bclear_output\b|\bipywidgets\b": "leaves nothing to compare",
    r"\bplt\.show\(": "shows a figure without its sentence; use show.figure",
    r"\bglobals\(\)|\bexec\(|\beval\((?=[\"'f])": "hides the code from the reader",
}  # fmt: skip


def code(book: Book) -> list[str]:
    """No call that ties a notebook to a machine, hides something or switches a check off."""
    return [
        f"{found.group(0).strip()!r} in {start(cell)} {why}"
        for cell in book.code[1:] for rule, why in BANNED.items()
        if (found := re.search(rule, cell.source, re.M))
    ]  # fmt: skip


GATES = (
    opening, card, setup, sections, sizes, paragraphs, figures, outputs, paths, order, metadata,
    links, homes, exercises, kinds, quiz, claims, predictions, code, machine, prose,
)  # fmt: skip


def refusals(book: Book) -> list[str]:
    """What all gates say about a notebook, each sentence with the name of its gate."""
    return [f"{gate.__name__}: {sentence}" for gate in GATES for sentence in gate(book)]
