"""What the notebooks teach, loaded out of them and held against published values.

Notebook 0 has a file of its own, `test_taught_0.py`. Here: the loader itself, and other notebooks.
"""

import numpy as np
import pytest
import taught

from helpers import data

CELLS = [
    "import math\nfrom math import pi as PI\nprint('never run')",
    "RATE = 0.5\ntable = never_defined",
    "def area(r):\n    return math.pi * r**2 * RATE * scale",
    "class Ring:\n    width = PI",
    "def area(r):\n    return 0",
]


def test_only_what_is_asked_for_is_run(capsys):
    got = taught.load("9-9", "area", "RATE", "Ring", cells=CELLS[:4], scale=2)
    assert got["area"](2) == pytest.approx(12.566370614359172) and got["RATE"] == 0.5
    assert got["Ring"].width == pytest.approx(3.141592653589793)
    assert set(got) == {"area", "RATE", "Ring"} and capsys.readouterr().out == ""


@pytest.mark.parametrize(("name", "times"), [("volume", 0), ("area", 2)])
def test_a_name_that_is_not_defined_once_is_refused(name, times):
    with pytest.raises(LookupError, match=f"{name!r} {times} times"):
        taught.load("9-9", name, cells=CELLS)


def test_cells_come_from_the_notebook_itself():
    assert any("course.start(" in source for source in taught.sources("0"))


def test_the_false_positive_rate_that_follows_is_the_published_one():
    """1-4: base rate, precision and misses fix the fourth number (ProPublica, 2016)."""
    implied_fpr = taught.load("1-4", "implied_fpr")["implied_fpr"]
    counts = data.load("published/compas").set_index("group")
    for group, fpr in {"African-American": 0.4485, "Caucasian": 0.2345}.items():
        fp, tp, fn, tn = (counts.loc[group, f"{x}_{y}"] for x, y in (
            ("false", "positive"), ("true", "positive"), ("false", "negative"),
            ("true", "negative")))  # fmt: skip
        got = implied_fpr((tp + fn) / (tp + fn + fp + tn), tp / (tp + fp), fn / (tp + fn))
        assert got == pytest.approx(fp / (fp + tn), abs=1e-12)
        assert got == pytest.approx(fpr, abs=5e-5)
    assert implied_fpr(0.3, 0.6, 0.2) == pytest.approx(8 / 35)


def test_the_colleagues_rate_cannot_be_anything_but_one():
    """1-4: what is computed on right decisions only is perfect for any decisions at all."""
    colleagues_tpr = taught.load("1-4", "colleagues_tpr")["colleagues_tpr"]
    rng = np.random.default_rng(0)
    for _ in range(20):
        assert colleagues_tpr(rng.integers(0, 2, 200), rng.integers(0, 2, 200)) == 1


def test_gpt2_has_the_parameters_that_were_published():
    """2-2: the four released models, counted by their authors' layout (Radford et al., 2019)."""
    parameters_of = taught.load("2-2", "parameters_of")["parameters_of"]
    released = {(768, 12): 124_439_808, (1024, 24): 354_823_168, (1280, 36): 774_030_080,
                (1600, 48): 1_557_611_200}  # fmt: skip
    for (h, layers), count in released.items():
        assert parameters_of(vocabulary=50257, positions=1024, h=h, layers=layers) == count


@pytest.mark.parametrize(("b", "s", "h"), [(1, 128, 64), (4, 1024, 768), (2, 7, 12)])
def test_the_flops_of_a_block_are_those_of_megatron(b, s, h):
    """2-2: 24 b s h^2 (1 + s / 6h) a block, forward (Narayanan et al., 2021)."""
    forward_flops = taught.load("2-2", "forward_flops")["forward_flops"]
    assert forward_flops(b, s, h) == pytest.approx(24 * b * s * h**2 * (1 + s / (6 * h)))


def test_accumulated_gradients_are_equal_unless_a_layer_looks_at_the_batch():
    """2-2: the mean over chunks is the mean over rows, and BatchNorm breaks it."""
    names = taught.load("2-2", "gradient", "distance")
    gradient, distance = names["gradient"], names["distance"]
    assert distance(gradient(1), gradient(8)) < 1e-12
    assert distance(gradient(1, batch_norm=True), gradient(8, batch_norm=True)) > 0.01
    assert distance(gradient(1), 2 * gradient(1)) == pytest.approx(1)
