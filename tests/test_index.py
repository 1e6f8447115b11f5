"""The index is complete: each of the 65 ideas has one home, and its cells exist and have run."""

import re
from collections import Counter

import kernel
import pytest
from book import Book, references

IDS = [f"R{n:02d}" for n in range(1, 51)] + [f"T{n}" for n in range(1, 10)] + [
    f"K{n}{x}" for n in (1, 2, 3) for x in "ab"]  # fmt: skip
COLUMNS = ["id", "given_title", "real_title", "authors_year", "link", "home", "run_tag",
           "check_tag"]  # fmt: skip


def rows():
    import csv

    with open(kernel.NOTEBOOKS / "references.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_idea_stands_there_once_and_in_order():
    assert len(IDS) == 65
    assert [row["id"] for row in rows()] == IDS
    assert list(rows()[0]) == COLUMNS


def test_each_row_is_whole():
    for row in rows():
        assert row["given_title"] and re.fullmatch(r"[1-7]-[1-7]", row["home"]), row
        assert row["run_tag"] == f"ref:{row['id']}", row
        assert row["check_tag"] == f"check:{row['id']}", row
        if row["link"]:
            assert row["real_title"] and row["authors_year"], row
            assert re.fullmatch(r"https?://\S+", row["link"]), row
        elif row["id"].startswith("R"):
            assert row["real_title"] == "(no source is given)", row


def test_each_home_is_a_notebook():
    there = {kernel.id_of(path) for path in kernel.notebooks()}
    assert not [row["id"] for row in rows() if row["home"] not in there]


def test_no_title_and_no_link_stands_twice():
    for column in ("given_title", "link"):
        twice = [k for k, n in Counter(r[column] for r in rows() if r[column]).items() if n > 1]
        assert not twice


@pytest.mark.parametrize("path", kernel.notebooks(), ids=kernel.id_of)
def test_the_cells_of_a_home_exist_and_have_run(path):
    book, missing, judge = Book.read(path), [], re.compile(r"\b(claim|check|assert)\b")
    for row in (r for r in references().values() if r["home"] == book.id):
        for column in ("run_tag", "check_tag"):
            cells = [c for c in book.code if row[column] in c.metadata.get("tags", [])]
            if not cells:
                missing.append(f"no cell is tagged {row[column]}")
            for cell in cells:
                if not cell.execution_count:
                    missing.append(f"the cell tagged {row[column]} has not run")
                if column == "check_tag" and not (judge.search(cell.source) and cell.outputs):
                    missing.append(f"the cell tagged {row[column]} checks nothing")
    assert not missing
