"""The data of the course: which files are there, what are they, and are they still the same?

`load` reads a file of the `datasets` folder after checking its sha256 against the file's card, so
that nobody computes on data that were altered without noticing. `card` shows the card, `names`
lists what there is, and `embed` turns short English texts into vectors. pandas and pyarrow read
the tables; numpy reads the arrays. Nothing is ever downloaded.

The cards live in one place, `datasets/DATASETS.md`. It is written for people, and this module
reads the file name and the sha256 from the same lines that people read.
"""

from __future__ import annotations

import difflib
import functools
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from helpers import _check

__all__ = ["card", "embed", "load", "names"]

# Columns that must not become numbers: the certified values carry more digits than people
# should lose by reading a table.
_AS_TEXT = {"published/longley_certified": {"certified_value": str}}


@dataclass(frozen=True)
class Card:
    """The card of one file: what a row is, where it comes from, what it must not be used for.

    Returned by `card`. A notebook shows it as formatted text, a terminal as plain text; `file`
    is the file's name inside the folder and `sha256` its fingerprint.
    """

    name: str
    file: str
    sha256: str
    text: str

    def __repr__(self) -> str:
        return re.sub(r"\*\*|`", "", f"{self.name}\n\n{self.text}")

    def _repr_markdown_(self) -> str:
        return f"#### {self.name}\n\n{self.text}"


def names() -> list[str]:
    """List the names that `load` and `card` know, in the order of the cards.

    >>> "acs" in names(), "published/longley" in names()
    (True, True)
    """
    return list(_cards(_folder()))


def card(name: str) -> Card:
    """Return the card of a dataset, ready to be shown as the last line of a cell.

    Raises a ValueError with one sentence when no dataset has that name.

    >>> card("water_flow").file
    'water_flow.parquet'
    """
    cards = _cards(_folder())
    if not isinstance(name, str):
        _check.refuse("name", f"found a {type(name).__name__}", "pass text such as 'acs'")
    if name not in cards:
        # A file name, or a published table without its folder, is a near miss as well.
        near = [k for k, c in cards.items() if name in (c.file, k.removeprefix("published/"))]
        near = near or difflib.get_close_matches(name, cards, n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        _check.refuse(
            "name", f"there is no dataset {_short(name)}{hint}", "data.names() lists them all"
        )
    return cards[name]


def load(name: str) -> pd.DataFrame | dict[str, np.ndarray] | list[str]:
    """Load a dataset after checking that its file is the one that its card describes.

    Tables come as a DataFrame, arrays (`fashion`, `embeddings`) as a dict of numpy arrays,
    `vocab` as a list of words. Every call hands out a copy of its own: what you change does not
    come back at the next call.

    Raises a ValueError with one sentence when the name is unknown or the file was altered, and a
    FileNotFoundError with one sentence when the file is gone.

    >>> load("acs").shape
    (233408, 19)
    >>> load("published/longley").columns[:3].tolist()
    ['y', 'x1', 'x2']
    """
    wanted = card(name)
    path = _folder() / wanted.file
    if not path.is_file():
        raise FileNotFoundError(f"datasets/{wanted.file} is missing; {_get_back(wanted.file)}.")
    stat = path.stat()
    found = _read(wanted, path, stat.st_mtime_ns, stat.st_size)
    if isinstance(found, dict):
        return {key: array.copy() for key, array in found.items()}
    return found.copy()


# A new time stamp or size means a new check; otherwise a file is hashed and parsed once.
@functools.lru_cache(maxsize=64)
def _read(wanted: Card, path: Path, mtime_ns: int, size: int):
    raw = path.read_bytes()
    if hashlib.sha256(raw).hexdigest() != wanted.sha256:
        _check.refuse(
            f"datasets/{wanted.file}",
            "was altered (its sha256 is not the one on its card)",
            _get_back(wanted.file),
        )
    # The bytes that were hashed are the bytes that are parsed.
    if path.suffix == ".parquet":
        return pd.read_parquet(io.BytesIO(raw))
    if path.suffix == ".csv":
        return pd.read_csv(io.BytesIO(raw), dtype=_AS_TEXT.get(wanted.name))
    if path.suffix == ".npz":
        with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
            return {key: arrays[key] for key in arrays.files}
    return raw.decode("utf-8").rstrip("\n").split("\n")


def _folder() -> Path:
    """Find the folder of the data: inside the installed package, or beside it in the repository."""
    here = Path(__file__).resolve().parent
    for folder in (here / "_datasets", here.parent / "datasets"):
        if (folder / "DATASETS.md").is_file():
            return folder
    raise FileNotFoundError(f"datasets/DATASETS.md is missing; {_get_back('DATASETS.md')}.")


def _get_back(file: str) -> str:
    return f"get it back with `git checkout -- datasets/{file}`, or install the course again"


@functools.lru_cache(maxsize=8)
def _cards(folder: Path) -> dict[str, Card]:
    """Read the cards: a `## name` line, then text that names the file and its sha256."""
    parts = re.split(r"^## (.+)$", (folder / "DATASETS.md").read_text("utf-8"), flags=re.MULTILINE)
    cards = {}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        text = text.split("\n# ")[0]  # a card ends where a new part of the page begins
        file = re.search(r"\*\*File:\*\* `([^`]+)`", text)
        digest = re.search(r"\*\*sha256:\*\* `([0-9a-f]{64})`", text)
        if file and digest:
            cards[name.strip()] = Card(name.strip(), file[1], digest[1], text.strip())
    return cards


def _short(value: object, most: int = 40) -> str:
    text = repr(value)
    return text if len(text) <= most else text[: most - 3] + "..."


def embed(texts: Iterable[str]) -> np.ndarray:
    """Turn n short English texts into n unit vectors of length 128, float32, shape (n, 128).

    A text is lower-cased and cut into word pieces, the longest known piece first (greedy
    WordPiece, as in BERT). Its vector is the sum of the rows that `embeddings` holds for its
    pieces, divided by its length. Word order plays no part, and words that the vocabulary cannot
    spell are left out. The sums are whole numbers, so every machine gets the same vectors.

    Raises a ValueError with one sentence when `texts` is not a list of texts, is empty, or holds
    a text in which no piece is known: it has no direction, and would be NaN.

    Source of the idea: static embeddings distilled from a sentence transformer (model2vec).

    >>> play, jazz, lamp = embed(["play some music", "put on a song", "is the lamp off?"])
    >>> bool(play @ jazz > play @ lamp)
    True
    """
    texts = _texts(texts)
    pieces, table = _pieces(), _table()
    ids = [[i for word in _words(text) for i in pieces(word)] for text in texts]
    sums = np.array([table[row].sum(axis=0, dtype=np.int64) for row in ids])
    lengths = np.sqrt((sums * sums).sum(axis=1))
    lost = np.flatnonzero(lengths == 0)
    if lost.size:
        first = f"the first is number {lost[0]}, {_short(texts[lost[0]])}"
        _check.refuse(
            "texts",
            f"found no known word piece in {lost.size:,} of {len(texts):,} ({first})",
            "leave such texts out or fill them in",
        )
    return (sums / lengths[:, None]).astype(np.float32)


def _texts(texts: object) -> list[str]:
    if isinstance(texts, str):
        _check.refuse("texts", "found a single text", "put it into a list: embed([text])")
    if not isinstance(texts, Iterable) or isinstance(texts, (bytes, dict, set, pd.DataFrame)):
        _check.refuse("texts", f"found a {type(texts).__name__}", "pass a list of texts")
    texts = list(texts)
    if not texts:
        _check.refuse("texts", "is empty", "pass at least one text")
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            found = f"found a {type(text).__name__} ({_short(text)}) at position {position}"
            _check.refuse("texts", found, "pass texts only: leave it out or fill it in")
    return texts


@functools.lru_cache(maxsize=1)
def _table() -> np.ndarray:
    return load("embeddings")["table"]


def _words(text: str) -> list[str]:
    """Lower-case, take accents off, and part words from punctuation, as BERT uncased does."""
    plain = unicodedata.normalize("NFD", text.lower())
    spaced = []
    for letter in plain:
        kind = unicodedata.category(letter)
        if kind == "Mn" or (kind in ("Cc", "Cf") and not letter.isspace()):
            continue  # an accent or an invisible character
        spaced.append(f" {letter} " if _stands_alone(letter, kind) else letter)
    return "".join(spaced).split()


def _stands_alone(letter: str, kind: str) -> bool:
    ascii_sign = letter.isascii() and letter.isprintable() and not letter.isalnum()
    chinese = "\u4e00" <= letter <= "\u9fff" or "\u3400" <= letter <= "\u4dbf"
    return kind.startswith("P") or chinese or (ascii_sign and letter != " ")


@functools.lru_cache(maxsize=1)
def _pieces():
    """Return the function that cuts one word into the numbers of its pieces."""
    number = {piece: i for i, piece in enumerate(load("vocab"))}

    @functools.lru_cache(maxsize=100_000)
    def cut(word: str) -> tuple[int, ...]:
        found, start = [], 0
        while start < len(word):
            mark = "##" if start else ""
            ends = range(len(word), start, -1)
            end = next((end for end in ends if mark + word[start:end] in number), None)
            if end is None or len(word) > 100:
                return ()  # the vocabulary cannot spell this word
            found.append(number[mark + word[start:end]])
            start = end
        return tuple(found)

    return cut
