"""The maps in the READMEs are those that the notebooks give; seconds are measured, not compared."""

import kernel
import map as course_map
import pytest
import specimen


def test_every_map_is_up_to_date():
    assert course_map.write(check=True) == []


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of one notebook in one chapter, with a README."""
    import nbformat

    books = tmp_path / "notebooks"
    ideas = (kernel.NOTEBOOKS / "references.csv").read_text("utf-8")
    monkeypatch.setattr(kernel, "ROOT", tmp_path)
    monkeypatch.setattr(kernel, "NOTEBOOKS", books)
    path = books / "2_benchmarking" / "2-2_fast.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(specimen.good().nb, path)
    (books / "references.csv").write_text(ideas, "utf-8")
    for folder in (tmp_path, path.parent):
        (folder / "README.md").write_text("A\n\n<!-- map -->\nold\n<!-- /map -->\n\nB\n", "utf-8")
    return tmp_path


def test_a_row_says_what_the_notebook_says(course):
    assert course_map.write() == []
    text = (course / "README.md").read_text("utf-8")
    row = "| [2-2](notebooks/2_benchmarking/2-2_fast.ipynb) | How fast is it? | 60 | not measured |"
    assert f"{row} R15 |" in text
    assert text.startswith("A\n\n") and text.endswith("\n\nB\n") and "old" not in text
    chapter = (course / "notebooks" / "2_benchmarking" / "README.md").read_text("utf-8")
    assert "| [2-2](2-2_fast.ipynb) |" in chapter
    assert course_map.write(check=True) == []


def test_a_map_that_is_out_of_date_is_seen(course):
    told = course_map.write(check=True)
    assert len(told) == 3 and all("out of date" in t for t in told)
    assert "old" in (course / "README.md").read_text("utf-8")


def test_the_index_says_under_which_heading_an_idea_runs(course):
    course_map.write()
    rows = (course / "notebooks" / "INDEX.md").read_text("utf-8").splitlines()
    rows = [r for r in rows if r.startswith("| ")][2:]
    assert len(rows) == 65
    own = next(r for r in rows if r.startswith("| R15 "))
    heads = course_map.places_of(kernel.notebooks()[0])
    link = "[2-2](2_benchmarking/2-2_fast.ipynb)"
    assert own.endswith(f"| {link} | {heads['ref:R15']} | {heads['check:R15']} |")
    assert next(r for r in rows if r.startswith("| R01 ")).endswith("| 1-1 (planned) | - | - |")


@pytest.mark.parametrize("text", ["no map here", "<!-- map -->", "<!-- /map --> <!-- map -->"])
def test_a_readme_without_a_place_for_the_map_is_left_alone(course, text):
    (course / "README.md").write_text(text, "utf-8")
    told = course_map.write()
    assert len(told) == 1 and "README.md has no lines" in told[0]
    assert (course / "README.md").read_text("utf-8") == text


@pytest.mark.parametrize(
    ("before", "measured", "shown"),
    [(None, None, "not measured"), (None, 12.4, "12"), (None, 0.2, "1"), ("12", 13.9, "12"),
     ("12", 30.0, "30"), ("12", None, "12"), ("not measured", 7.0, "7"), ("3", 4.9, "3")],
)  # fmt: skip
def test_seconds_move_only_when_they_differ(course, before, measured, shown):
    path = kernel.notebooks()[0]
    times = {} if measured is None else {path.relative_to(course).as_posix(): measured}
    old = {} if before is None else {path.name: before}
    assert course_map._seconds(path, old, times) == shown


def test_the_seconds_of_a_table_are_read_back(course):
    file = course / ".pytest_cache" / "v" / "rough_seas" / "seconds"
    file.parent.mkdir(parents=True)
    file.write_text('{"notebooks/2_benchmarking/2-2_fast.ipynb": 17.2}', "utf-8")
    course_map.write()
    text = (course / "README.md").read_text("utf-8")
    assert course_map._shown_before(text) == {"2-2_fast.ipynb": "17"}
    file.unlink()
    assert course_map.write(check=True) == []
