"""refresh.py stores what a fresh kernel gives, in one form, and nothing that should not be."""

import nbformat
import pytest
import refresh
import specimen
from specimen import code, text


@pytest.fixture
def stored(tmp_path):
    """Write a notebook as a tool would leave it, and give its path."""

    def write(*cells, name="0_x.ipynb"):
        nb = nbformat.v4.new_notebook(cells=list(cells), metadata={"toc": {}, "accelerator": "GPU"})
        path = tmp_path / name
        nbformat.write(nb, path)
        return path

    return write


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory):
    """A notebook refreshed once: its path, what was said, and what is stored."""
    path = tmp_path_factory.mktemp("refresh") / "0_x.ipynb"
    time = "import uuid\nfrom helpers import show\nprint(show.machine(uuid.uuid4().hex))"
    cells = [text("# Is it?"), code("print(1)\nprint(2)"), code(time), code("6 * 7"), code("6 * 7")]
    cells[1].metadata.collapsed = True
    nb = nbformat.v4.new_notebook(cells=cells, metadata={"toc": {}, "accelerator": "GPU"})
    nbformat.write(nb, path)
    return path, refresh.refresh(path, check=False, force=False)[0], path.read_text("utf-8")


def test_it_runs_and_brings_into_one_form(refreshed):
    path, done, _ = refreshed
    nb = nbformat.read(path, as_version=4)
    assert done == "written"
    assert set(nb.metadata) == {"kernelspec", "language_info", "accelerator"}
    cells = [c for c in nb.cells if c.cell_type == "code"]
    assert [c.execution_count for c in cells] == [1, 2, 3, 4]
    assert [o.text for o in cells[0].outputs] == ["1\n2\n"]
    assert cells[2].outputs[0].data["text/plain"] == "42"
    assert all(not c.metadata for c in nb.cells)
    assert len({c.id for c in nb.cells}) == 5 and cells[3].id == f"{cells[2].id}-2"
    nbformat.validate(nb)


def test_a_second_run_changes_nothing_but_can_be_made_to(refreshed):
    path, _, before = refreshed
    assert refresh.refresh(path, check=True, force=False)[0] == "unchanged"
    assert path.read_text("utf-8") == before
    assert refresh.refresh(path, check=False, force=True)[0] == "written"
    assert path.read_text("utf-8") != before


@pytest.mark.parametrize(
    ("source", "said"),
    [("x = 1\n1 / 0", "ZeroDivisionError"), ("import warnings\nwarnings.warn('hm')", "warns")],
)
def test_what_stops_or_warns_is_not_stored(stored, source, said):
    path = stored(code("x = 1"), code(source))
    before = path.read_text("utf-8")
    with pytest.raises(refresh.NotStored, match=said) as caught:
        refresh.refresh(path, check=False, force=False)
    assert source.splitlines()[-1] in str(caught.value)
    assert path.read_text("utf-8") == before


def essence(*outputs, source="x"):
    return refresh.essence(nbformat.v4.new_notebook(cells=[code(source, *outputs)]))


def test_two_runs_agree_when_only_brackets_differ():
    said = specimen.said
    assert essence(said("⟨1 ms⟩ 7")) == essence(said("⟨22 ms⟩ 7"))
    assert essence(said("⟨1 ms⟩ 7")) != essence(said("⟨1 ms⟩ 8"))
    assert essence(said("7")) != essence(said("7"), source="y")
    assert essence(specimen.picture()) == essence(specimen.picture())
    other = specimen.picture()
    other.data["image/png"] = "AAAA"
    assert essence(specimen.picture()) != essence(other)


def test_ids_follow_from_the_text_and_not_from_the_place():
    first = refresh.normalise(nbformat.v4.new_notebook(cells=[code("a"), code("b"), text("b")]))
    then = refresh.normalise(nbformat.v4.new_notebook(cells=[text("new"), code("a"), code("b")]))
    assert first.cells[0].id == then.cells[1].id and first.cells[1].id == then.cells[2].id
    assert len({c.id for c in first.cells}) == 3


def test_a_notebook_that_is_not_there_is_named(capsys):
    with pytest.raises(SystemExit, match="No notebook '9-9'"):
        refresh.main(["9-9"])
