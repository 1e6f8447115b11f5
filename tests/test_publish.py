"""`start.py publish` and the set-up cell: what it writes, and what the cell does for a learner."""

import copy
import importlib.util
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).resolve().parent.parent
README = "# Rough Seas\n\nThree ways in. “Ünïcode”, too.\n"
TITLE = '# Is 92 % "good"? ½ ✔\n\nThis notebook shows when it is.\n\n- a list\n'


def load(path):
    spec = importlib.util.spec_from_file_location("start_copy", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


START = load(ROOT / "start.py")


def notebook(setup, title=TITLE):
    """A notebook with everything that must survive: outputs, metadata, odd characters."""
    code = nbformat.v4.new_code_cell
    output = nbformat.v4.new_output(
        "display_data",
        {"text/plain": "⟨1.87 ms⟩ </script>", "image/png": "iVBORw0KGgo=\n"},
        metadata={"image/png": {"alt": "ein Bild: größer"}, "a": 0.1, "b": 1e-07},
    )
    cells = [
        nbformat.v4.new_markdown_cell(title, id="title"),
        code(setup, id="setup", execution_count=1),
        code('text = "[![Open in Colab](x)"\n%matplotlib inline', id="c", outputs=[output]),
        nbformat.v4.new_markdown_cell("", id="empty"),
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=kernel)


@pytest.fixture
def course(tmp_path):
    """A small copy of the course; `course.text()` gives every file's bytes."""
    for name in ("start.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    blank = (tmp_path / "pyproject.toml").read_text("utf-8")
    blank = START.re.sub(r"(?m)^(# )?Repository = .*$", "# Repository = not published yet", blank)
    (tmp_path / "pyproject.toml").write_bytes(blank.encode("utf-8"))
    (tmp_path / "README.md").write_bytes(README.encode("utf-8"))
    chapter = tmp_path / "notebooks" / "1_metrics"
    (chapter / ".ipynb_checkpoints").mkdir(parents=True)
    for path, name in ((chapter / "1-4_whom.ipynb", "1-4"), (chapter.parent / "0.ipynb", "0")):
        nbformat.write(notebook(START.setup_cell(name)), path)
    shutil.copy(chapter / "1-4_whom.ipynb", chapter / ".ipynb_checkpoints" / "1-4_whom.ipynb")
    course = load(tmp_path / "start.py")
    course.text = lambda: {
        p.relative_to(tmp_path).as_posix(): p.read_bytes()
        for p in sorted(tmp_path.rglob("*"))
        if p.is_file() and "__pycache__" not in p.parts
    }
    return course


NAMES = ["notebooks/0.ipynb", "notebooks/1_metrics/1-4_whom.ipynb"]


def test_only_the_intended_cells_change_and_nbformat_would_write_the_same(course):
    before = course.text()
    course.publish("sea-school/rough.seas", "v1.0")
    after = course.text()
    changed = [name for name in before if before[name] != after[name]]
    assert changed == sorted([*NAMES, "README.md", "pyproject.toml"])
    for name in NAMES:
        old, new = (nbformat.reads(t[name].decode("utf-8"), 4) for t in (before, after))
        nbformat.validate(new)
        assert nbformat.writes(new) + "\n" == after[name].decode("utf-8")
        assert new.cells[0].source != old.cells[0].source
        assert new.cells[1].source != old.cells[1].source
        for i in (0, 1):
            new.cells[i].source = old.cells[i].source
        assert nbformat.writes(new) + "\n" == before[name].decode("utf-8")


def test_badge_set_up_line_readme_and_project(course):
    course.publish("sea-school/rough.seas", "v1.0")
    text = course.text()
    page = json.loads(text[NAMES[1]])
    lines = "".join(page["cells"][0]["source"]).split("\n")
    link = "github.com/github/sea-school/rough.seas/blob/v1.0/" + NAMES[1]
    assert lines[0] == TITLE.split("\n")[0] and lines[1] == ""
    assert lines[2].startswith("[![Open in Colab](") and lines[2].endswith(
        f"(https://colab.research.google.com/{link.split('/', 1)[1]})"
    )
    assert lines[3:] == TITLE.rstrip("\n").split("\n")[1:]
    cell = "".join(page["cells"][1]["source"])
    assert cell == course.setup_cell("1-4", "sea-school/rough.seas", "v1.0")
    here = course.SETUP_CELL.replace("NOTEBOOK", "1-4").split("\n")
    different = [i for i, line in enumerate(cell.split("\n")) if line != here[i]]
    assert different == [2] and len(cell.split("\n")) == len(here) <= 6
    assert '"rough-seas @ git+https://github.com/sea-school/rough.seas@v1.0"' in cell
    urls = tomllib.loads(text["pyproject.toml"].decode("utf-8"))["project"]["urls"]
    assert urls == {"Repository": "https://github.com/sea-school/rough.seas"}
    readme = text["README.md"].decode("utf-8")
    assert "git clone https://github.com/sea-school/rough.seas.git" in readme
    assert f"[1-4](https://colab.research.google.com/{link.split('/', 1)[1]})" in readme
    assert readme.startswith("# Rough Seas\n\n") and readme.endswith(README.split("\n\n", 1)[1])


def test_twice_is_once_and_another_address_replaces_the_first(course):
    course.publish("sea-school/rough.seas", "v1.0")
    once = course.text()
    course.publish("sea-school/rough.seas", "v1.0")
    assert course.text() == once
    course.publish("Harbour2/course")
    other = course.text()
    del other["start.py"]
    assert not any(b"sea-school" in text or b"v1.0" in text for text in other.values())
    assert b"Harbour2/course@main" in other[NAMES[0]]
    course.publish("sea-school/rough.seas", "v1.0")
    assert course.text() == once


def test_a_readme_with_the_place_marked_is_filled_there(course):
    readme = course.ROOT / "README.md"
    readme.write_text("# T\n\nA\n\n<!-- colab -->\nNo.\n<!-- /colab -->\n\nB\n", "utf-8")
    course.publish("a/b")
    text = readme.read_text("utf-8")
    assert text.startswith("# T\n\nA\n\n<!-- colab -->\n") and "No." not in text
    assert text.endswith("\n<!-- /colab -->\n\nB\n") and text.count("<!-- colab -->") == 1


def test_a_title_alone_gets_its_badge(course):
    path = course.ROOT / NAMES[0]
    nbformat.write(notebook(course.setup_cell("0"), "# Alone"), path)
    course.publish("a/b")
    first = "".join(json.loads(path.read_text("utf-8"))["cells"][0]["source"])
    assert first == "# Alone\n\n" + course.badge(NAMES[0], "a/b")


GOOD = ["a/b", "A1-b2/x.y_z-1", "a" * 39 + "/" + "r" * 100, "o/.github"]
BAD = [
    "", "a", "a/", "/b", "a/b/c", "a b/c", "-a/b", "a-/b", "a--b/c", "a_b/c", "a" * 40 + "/b",
    "a/" + "r" * 101, "a/.", "a/..", "a/b.git", "a/b?", "ä/b", "a/b\n", "a/b;c", "OWNER", "a/$(b)",
]  # fmt: skip
URLS = ["https://github.com/a/b", "git@github.com:a/b", "github.com/a/b", "www.github.com/a"]


@pytest.mark.parametrize("address", GOOD)
def test_addresses_that_github_has(address):
    START.check_address(address, None)


@pytest.mark.parametrize("address", BAD)
def test_no_address_changes_nothing(course, address):
    before = course.text()
    with pytest.raises(course.Stop, match="is no OWNER/REPO"):
        course.publish(address)
    assert course.text() == before


@pytest.mark.parametrize("address", URLS)
def test_a_whole_address_gets_a_hint(address):
    with pytest.raises(START.Stop, match="Give OWNER/REPO alone"):
        START.check_address(address, None)


@pytest.mark.parametrize("tag", ["v1.0", "2026-11", "release/1", "1.0+b"])
def test_tags(tag):
    START.check_address("a/b", tag)


@pytest.mark.parametrize("tag", ["", "-x", "a..b", "a b", "a~1", "x.lock", "a/", "a.", '"', "a//b"])
def test_bad_tags(tag):
    with pytest.raises(START.Stop, match="git tag"):
        START.check_address("a/b", tag)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda cells: cells.pop(1), "set-up cell"),
        (lambda cells: cells[0].update(source="No title"), "title"),
        (lambda cells: cells.clear(), "title"),
        (lambda cells: cells[1].pop("source"), "can be read"),
    ],
)
def test_an_odd_notebook_is_named_and_nothing_is_half_done(course, change, words):
    path = course.ROOT / NAMES[1]
    odd = json.loads(path.read_text("utf-8"))
    change(odd["cells"])
    path.write_text(json.dumps(odd), "utf-8")
    before = course.text()
    with pytest.raises(course.Stop, match="1-4_whom.ipynb.*nothing was changed") as stop:
        course.publish("a/b")
    assert words in str(stop.value) and course.text() == before


def test_from_the_command_line(course):
    command = [sys.executable, str(course.ROOT / "start.py"), "publish"]
    done = subprocess.run([*command, "a/b", "--tag", "v2"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Published as a/b (v2): 4 of 4 files changed.\n"
    done = subprocess.run([*command, "a"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


# ---- The set-up cell, as a learner meets it


class Shell:
    """Stands for IPython; on Colab its name gives it away."""

    def __init__(self, where):
        self.where, self.magics = where, []

    def __repr__(self):
        return f"<{self.where} object>"

    def run_line_magic(self, name, line):
        self.magics.append((name, line))


def execute(monkeypatch, folder, source, where, sentinel="ROUGH_SEAS = True"):
    """Run the cell with a `helpers` that has this sentinel (None: no helpers); return the shell."""
    for name in [n for n in sys.modules if n.split(".")[0] == "helpers"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    monkeypatch.chdir(folder)
    if sentinel is None:
        real = importlib.util.find_spec
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda n, *a: None if n == "helpers" else real(n, *a)
        )
    else:
        package = folder / "helpers"
        package.mkdir()
        (package / "__init__.py").write_text(f"{sentinel}\nfrom helpers import course\n", "utf-8")
        (package / "course.py").write_text("ids = []\nstart = ids.append\n", "utf-8")
    shell = Shell(where)
    code = TransformerManager().transform_cell(source)
    space = {"get_ipython": lambda: shell}
    try:
        exec(compile(code, "cell", "exec"), space)  # as a kernel would
    finally:  # the stand-in must not serve later tests; monkeypatch puts the real one back
        for name in [n for n in sys.modules if n.split(".")[0] == "helpers"]:
            del sys.modules[name]
    shell.ids = space["helpers"].course.ids
    return shell


HERE, COLAB = "ipykernel.zmqshell", "google.colab._shell.Shell"


@pytest.mark.parametrize("where", [HERE, COLAB])
@pytest.mark.parametrize("address", [None, "a/b"])
def test_where_the_course_is_the_cell_only_starts_it(monkeypatch, tmp_path, capsys, where, address):
    shell = execute(monkeypatch, tmp_path, START.setup_cell("1-4", address), where)
    assert shell.ids == ["1-4"] and shell.magics == []
    assert capsys.readouterr() == ("", "")


def test_an_unpublished_copy_on_colab_says_what_to_do(monkeypatch, tmp_path):
    with pytest.raises(SystemExit, match="upload helpers and datasets too, or publish"):
        execute(monkeypatch, tmp_path, START.setup_cell("1-4"), COLAB, sentinel=None)


def test_a_published_copy_on_colab_installs_itself(monkeypatch, tmp_path):
    shell = Shell(COLAB)
    code = TransformerManager().transform_cell(START.setup_cell("1-4", "a/b", "v1"))
    install = "\n".join(code.split("\n")[:3])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    exec(install, {"get_ipython": lambda: shell})
    assert shell.magics == [("pip", 'install -q "rough-seas @ git+https://github.com/a/b@v1"')]


def test_outside_colab_a_published_copy_installs_nothing(monkeypatch):
    shell = Shell(HERE)
    code = TransformerManager().transform_cell(START.setup_cell("1-4", "a/b", "v1"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    exec("\n".join(code.split("\n")[:3]), {"get_ipython": lambda: shell})
    assert shell.magics == []


@pytest.mark.parametrize("address", [None, "a/b"])
def test_another_package_named_helpers_is_noticed(monkeypatch, tmp_path, address):
    with pytest.raises(AssertionError, match="%pip uninstall -y helpers, then restart"):
        source = START.setup_cell("1-4", address)
        execute(monkeypatch, tmp_path, source, HERE, sentinel="other = 1")


def test_ruff_accepts_the_cell_in_both_forms(tmp_path):
    if importlib.util.find_spec("ruff") is None:
        pytest.skip("ruff is not installed")
    forms = [START.setup_cell("1-4"), START.setup_cell("1-4", "o" * 39 + "/" + "r" * 60, "v1.0")]
    for i, source in enumerate(forms):
        cells = [nbformat.v4.new_code_cell(copy.copy(source), id="setup")]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / f"{i}.ipynb")
    config = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", *config, str(tmp_path)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_the_projects_own_loose_floors_match_what_colab_must_keep():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = project["dependencies"] + sum(project["optional-dependencies"].values(), [])
    capped = [line for line in wanted if "<" in line or "==" in line or "~" in line]
    # Newer onnx would replace Colab's protobuf; the extra is not part of the base install.
    assert capped == ["onnx>=1.18,<1.21"] and capped[0] in project["optional-dependencies"]["edge"]
