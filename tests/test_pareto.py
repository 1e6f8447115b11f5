"""Fronts, covered volume and acceptability, held against counting and against known values."""

import itertools

import hypothesis.strategies as st
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from helpers import pareto

POINTS = st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1, max_size=12)


@given(POINTS)
@settings(max_examples=60, deadline=None)
def test_the_front_is_what_pairwise_comparison_leaves(points):
    def beats(a, b):
        return all(x <= y for x, y in zip(a, b, strict=True)) and a != b

    expected = [not any(beats(other, p) for other in points) for p in points]
    assert pareto.front(points).tolist() == expected
    turned = [tuple(-x for x in p) for p in points]
    assert pareto.front(turned, better="higher").tolist() == expected


def test_equal_options_stay_together_and_directions_can_differ():
    table = pd.DataFrame({"ms": [5, 5, 9, 2], "right": [0.8, 0.8, 0.9, 0.5]}, index=list("abcd"))
    mixed = pareto.front(table, better={"ms": "lower", "right": "higher"})
    assert mixed.tolist() == [True] * 4 and mixed.index.tolist() == list("abcd")
    assert pareto.front(table, better=["lower", "lower"]).tolist() == [False, False, False, True]


@given(POINTS)
@settings(max_examples=60, deadline=None)
def test_hypervolume_is_the_number_of_unit_cubes(points):
    cubes = sum(
        any(all(p[i] <= c[i] for i in range(3)) for p in points)
        for c in itertools.product(range(6), repeat=3)
    )
    assert pareto.hypervolume(points, [6, 6, 6]) == cubes


def test_hypervolume_of_the_zdt1_front():
    """ZDT1's front is y = 1 - sqrt(x): it covers 2/3 up to (1, 1) (Zitzler, Deb, Thiele 2000)."""
    x = np.linspace(0, 1, 20_001)
    front = np.column_stack([x, 1 - np.sqrt(x)])
    assert pareto.hypervolume(front, [1, 1]) == pytest.approx(2 / 3, abs=2e-4)
    assert pareto.hypervolume(front, [1.1, 1.1]) == pytest.approx(2 / 3 + 0.21, abs=2e-4)


def test_hypervolume_counts_only_what_beats_the_reference():
    assert pareto.hypervolume([[5, 1], [1, 5]], [4, 4]) == 0
    assert pareto.hypervolume([[1, 1]], [1, 1]) == 0
    assert pareto.hypervolume([[3, 3], [3, 3]], [1, 1], better="higher") == 4


def test_acceptability_of_two_criteria_has_a_closed_form():
    """Units (1, 0), (0, 1), (.6, .6): the third wins while its .6 beats both weights."""
    table = pd.DataFrame([[1, 0], [0, 1], [0.6, 0.6]], index=list("abc"), columns=["x", "y"])
    found = pareto.acceptability(table, n=40_000)
    assert found["first"].to_numpy() == pytest.approx([0.4, 0.4, 0.2], abs=0.01)
    assert ((found["low"] < found["first"]) & (found["first"] < found["high"])).all()
    assert found.loc["a", ["x", "y"]].tolist() == pytest.approx([0.8, 0.2], abs=0.01)


def test_a_dominated_option_never_wins_and_a_dominating_one_always_does():
    table = pd.DataFrame({"x": [3, 1, 2], "y": [5, 1, 4]})
    found = pareto.acceptability(table, n=500)
    assert found["first"].tolist() == [1, 0, 0] and np.isnan(found.loc[1, "x"])
    turned = pareto.acceptability(-table, n=500, better="lower")
    assert turned["first"].equals(found["first"])


def test_a_tie_is_shared_and_a_constant_criterion_decides_nothing():
    table = pd.DataFrame({"x": [1, 1, 0], "y": [7, 7, 7]})
    assert pareto.acceptability(table, n=200)["first"].tolist() == [0.5, 0.5, 0]


def test_units_do_not_matter_and_the_seed_does():
    table = pd.DataFrame({"x": [1.0, 0.0, 0.6], "y": [0.0, 1.0, 0.6]})
    found = pareto.acceptability(table, seed=3)
    pd.testing.assert_frame_equal(found, pareto.acceptability(table * 1000 - 7, seed=3))
    assert not found.equals(pareto.acceptability(table, seed=4))


def test_plot_draws_the_front_apart():
    table = pd.DataFrame({"ms": [1, 2, 3], "right": [0.5, 0.4, 0.9]}, index=list("abc"))
    ax = pareto.plot(table, "ms", "right", better={"ms": "lower", "right": "higher"})
    step, beaten, on = ax.lines
    assert on.get_xydata().tolist() == [[1, 0.5], [3, 0.9]] and len(step.get_xydata()) == 2
    assert beaten.get_xydata().tolist() == [[2, 0.4]]
    assert [t.get_text() for t in ax.texts] == ["a", "c"]
    assert step.get_drawstyle() == "steps-post", "more milliseconds still reach what fewer did"
    assert pareto.plot(table, "ms", "right", ax=ax, labels=False) is ax
    both = pareto.plot(table, "ms", "right", better="higher").lines[0]
    assert both.get_drawstyle() == "steps-pre", "less in x is reached by what has more"
    plt.close("all")
