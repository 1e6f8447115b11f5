"""An arrow may only point down: the package and the notebooks keep to the layers, and to sizes."""

import ast

import kernel
import layers
import pytest
from book import Book, parse

MODULES = layers.package(kernel.ROOT / "helpers")
DOC = '"""One question, answered by a library, in words enough."""\n'


def test_the_package_keeps_to_its_layers():
    assert layers.violations(MODULES) == []


def test_modules_and_functions_are_short_and_open_with_a_paragraph():
    assert layers.sizes(MODULES) == []


def test_every_public_module_is_named_in_the_package():
    import helpers

    public = {n for n in MODULES if not n.startswith("_") and "." not in n}
    assert public == set(helpers.__all__)


@pytest.mark.parametrize("path", kernel.notebooks(), ids=kernel.id_of)
def test_a_notebook_imports_helpers_and_libraries_only(path):
    told = []
    for cell in Book.read(path).code:
        told += layers.strangers(parse(cell.source))
    assert told == []


@pytest.mark.parametrize("line", ["import evidently", "from helpers import _check", "import nb_1"])
def test_a_notebook_that_imports_something_else_is_seen(line):
    assert layers.strangers(ast.parse(f"import torch, helpers\n{line}")) != []


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("timing", "from helpers import fairness", "may not import fairness"),
        ("timing", "def f():\n    import helpers.fairness", "may not import fairness"),
        ("show", "from helpers import timing", "may not import timing"),
        ("show", "from helpers.exercises import check", "may not import exercises"),
        ("timing", "from helpers.exercises.engine import find", "may not import exercises.engine"),
        ("__init__", "from helpers import show", "may not import show"),
        ("_check", "from helpers import show", "in a circle"),
        ("timing", "import torch", "at its top"),
        ("timing", "from sklearn.metrics import accuracy_score", "at its top"),
        ("timing", "try:\n    import shap\nexcept ImportError:\n    shap = None", "at its top"),
        ("timing", "class A:\n    import torch", "at its top"),
        ("timing", "def f():\n    import pynvml", "may be missing"),
        ("timing", "def f():\n    with a.b:\n        import psutil", "may be missing"),
        ("timing", "import evidently", "none of the course's libraries"),
        ("timing", "from . import show", "by dots"),
        ("timing", "from helpers import shwo", "which there isn't"),
        ("exercises.nb_1_1", "from helpers import _part", "exercises may not use it"),
        ("_lonely", "import numpy", "used by no module"),
    ],
)
def test_an_arrow_that_points_elsewhere_is_seen(name, source, said):
    plain = {"__init__": "", "_check": "", "show": "from helpers import _check", "data": "",
             "timing": "from helpers import _part, show", "fairness": "", "_part": "",
             "exercises": "", "exercises.engine": "from helpers import _check"}  # fmt: skip
    assert layers.violations(plain) == []
    told = layers.violations(plain | {name: source} if name != "timing" else
                             plain | {name: f"from helpers import _part\n{source}"})  # fmt: skip
    assert any(said in t for t in told), told


def test_what_is_allowed_is_let_through():
    plain = {"__init__": DOC, "_check": "import numpy", "rates": "def f():\n    import shap",
             "timing": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch",
             "fairness": "try:\n    import pynvml\nexcept ImportError:\n    pynvml = None",
             "dossier": "from helpers import timing, fairness"}  # fmt: skip
    assert layers.violations(plain) == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (DOC + "x = 1\n" * 350, "351 lines"),
        ("x = 1\n", "no opening paragraph"),
        (DOC + "def f():\n" + "    x = 1\n" * 30, "30 lines of code"),
    ],
)
def test_a_module_that_is_too_long_is_seen(source, said):
    assert any(said in t for t in layers.sizes({"m": source}))


def test_docstrings_comments_and_empty_lines_do_not_count():
    source = DOC + 'def f():\n    """' + "A.\n" * 40 + '    """\n' + "    x = 1\n\n    # y\n" * 29
    assert layers.sizes({"m": source}) == []
    assert layers.body_lines(ast.parse(source).body[1], source.splitlines()) == 29
