"""Every notebook passes every gate, and ruff finds nothing in notebooks, helpers and tests."""

import subprocess
import sys

import gates
import kernel
import pytest
from book import Book

NOTEBOOKS = kernel.notebooks()


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=kernel.id_of)
def book(request):
    return Book.read(request.param)


@pytest.mark.parametrize("gate", gates.GATES, ids=lambda g: g.__name__)
def test_notebook(book, gate):
    told = gate(book)
    assert not told, "\n".join([f"{book.path.name}, {gate.__doc__.splitlines()[0]}", *told])


def test_there_are_notebooks_with_different_numbers():
    ids = [kernel.id_of(p) for p in NOTEBOOKS]
    assert ids and len(set(ids)) == len(ids)
    for path in NOTEBOOKS:
        chapter = kernel.id_of(path).partition("-")[0]
        home = path.parent.name.partition("_")[0] if path.parent != kernel.NOTEBOOKS else "0"
        assert chapter == home, f"{path.name} stands in the folder of another chapter"


def test_ruff_finds_nothing():
    done = subprocess.run([sys.executable, "-m", "ruff", "check", "--no-cache", "."],
                          cwd=kernel.ROOT, capture_output=True, text=True, timeout=60)  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
