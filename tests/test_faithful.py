"""The judges of explanations tell good orders from bad ones, and say so with intervals."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from helpers import faithful
from helpers.interpret import explain

WEIGHTS = np.array([4.0, 2.0, 1.0, 0.0])


def linear(Z):
    return np.asarray(Z) @ WEIGHTS


def normal(n=60, seed=0):
    return np.random.default_rng(seed).normal(size=(n, 4))


def explained(values, background=None, f=linear):
    """An explanation made by hand, of rows of ones against zeros."""
    values = np.asarray(values, dtype=float)
    rows = pd.DataFrame(np.ones_like(values)).add_prefix("x")
    behind = 0 * rows.head(1) if background is None else background
    return SimpleNamespace(f=f, data=rows, values=values, background=behind, method="by hand")


def test_deletion_and_insertion_curves_by_hand():
    e = explained([[4, 2, 1, 0]] * 3)
    out = faithful.deletion(e, orders=50)
    assert out.table.explained.tolist() == [0, 4, 6, 7, 7]  # the weights, added up
    assert out.table["global"].tolist() == [0, 4, 6, 7, 7]
    np.testing.assert_allclose(out.table.random.iloc[[0, -1]], [0, 7])
    assert out.advantage.low > 0 and out.over_global.value == 0 and out.draws == 1
    back = faithful.insertion(e, orders=50)
    assert back.table.explained.tolist() == [7, 3, 1, 0, 0] and back.advantage.low > 0
    # The area of a random order in this game is 7 * (1/2): each column moves after half the way.
    np.testing.assert_allclose(out.advantage.value, (4 + 6 + 7 + 3.5) / 4 - 3.5, atol=0.35)


def test_a_wrong_order_is_worse_than_chance():
    upside_down = explained([[0, 1, 2, 4]] * 3)
    assert faithful.deletion(upside_down, orders=30).advantage.high < 0
    assert faithful.insertion(upside_down, orders=30).advantage.high < 0


def test_own_order_beats_the_global_one_where_reasons_differ():
    def switch(Z):  # one half is decided by column 0, the other by column 1
        Z = np.asarray(Z)
        return np.where(Z[:, 3] > 0, Z[:, 0], Z[:, 1])

    out = faithful.deletion(explain(switch, normal(), normal(seed=1)))
    assert out.over_global.low > 0 and out.advantage.low > 0


def test_shares_of_no_use_are_no_better_than_random():
    misses = 0
    for seed in range(20):
        noise = np.random.default_rng(seed).normal(size=(30, 4))
        a = faithful.deletion(explained(noise), orders=20, seed=seed).advantage
        misses += not a.low <= 0 <= a.high
    assert misses <= 7  # 1 of 20 expected; 8 or more by chance in 1 of 30,000


def test_steps_and_another_background():
    X = normal(20)
    e = explain(linear, X, X)
    assert faithful.deletion(e, steps=2).table.columns_moved.tolist() == [0, 2, 4]
    same = faithful.deletion(e, pd.DataFrame(X).add_prefix("x"), draws=50)
    assert same.draws == 20
    assert (same.table == faithful.deletion(e, draws=50).table).all(axis=None)
    e = explained([[1, 2, 3, 4]] * 2, background=None)
    e.background = None
    with pytest.raises(ValueError, match="background: found none"):
        faithful.deletion(e)


def test_text_columns_can_be_deleted():
    frame = pd.DataFrame({"a": list("xyxyxy"), "b": [1.0, 2, 3, 4, 5, 6]})
    e = explain(lambda Z: (Z["a"] == "x") * 3.0 + Z["b"], frame, frame)
    assert faithful.deletion(e).table.explained.iloc[-1] > 0


def test_curve_draws_on_the_axes_given():
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    out = faithful.deletion(explained([[4, 2, 1, 0]] * 3))
    assert out.plot(ax) is ax and len(ax.lines) == 3
    assert "better than random order" in repr(out) and "n = 3" in repr(out)
    plt.close(fig)


def test_agreement_is_spearmans_correlation_and_the_share_of_same_first():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(40, 6)), rng.normal(size=(40, 6))
    out = faithful.agreement(a, b)
    by_row = [spearmanr(np.abs(x), np.abs(y))[0] for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(out.rank.value, np.mean(by_row))
    np.testing.assert_allclose(
        out.first.value, np.mean(np.abs(a).argmax(axis=1) == np.abs(b).argmax(axis=1)))  # fmt: skip
    assert out.rank.low < 0 < out.rank.high  # two strangers: no correlation
    flat = a.copy()
    flat[0] = 1.0
    assert faithful.agreement(flat, b).undefined == 1
    assert faithful.agreement(a, a).rank.value == 1 and list(out.to_frame().columns)


def test_stability_sees_what_matters():
    X, B = normal(25), normal(40, seed=1)
    tool = partial(explain, linear)
    seeds = faithful.stability(tool, X, B, over="seed", repeats=3)
    assert seeds.summary["rank"].value == 1 and seeds.summary["change"].value == 0
    backgrounds = faithful.stability(tool, X, B, over="background", repeats=6)
    small = faithful.stability(tool, X, B, over="noise", noise=0.01, repeats=3)
    large = faithful.stability(tool, X, B, over="noise", noise=1.0, repeats=3)
    assert 0 < small.summary["change"].high < large.summary["change"].low
    assert backgrounds.summary["change"].low > 0
    quiet = faithful.stability(tool, X, B, over="noise", noise=0, repeats=2)
    assert (quiet.table["change"] == 0).all()
    named = faithful.stability(
        tool, pd.DataFrame(X), pd.DataFrame(B), over="background", repeats=6)  # fmt: skip
    assert (named.table == backgrounds.table).all(axis=None) and len(named.to_frame()) == 6


def test_sanity_finds_that_shuffled_labels_shrink_the_shares():
    from sklearn.linear_model import LinearRegression

    X = normal(400)

    def fit(X, y):
        return LinearRegression().fit(X, y)

    out = faithful.sanity(fit, X, linear(X), explain, repeats=6)
    assert out.n == 300 and len(out.table) == 6 and out.summary["size"].high < 0.3
    # An explainer that never looks at the model is caught: same order, same size.
    blind = faithful.sanity(fit, X, linear(X), lambda model, rows: np.asarray(rows))
    assert (blind.table == 1.0).all(axis=None)
    framed = faithful.sanity(
        fit, pd.DataFrame(X).add_prefix("x"), pd.Series(linear(X)), explain, repeats=6)  # fmt: skip
    np.testing.assert_allclose(framed.table, out.table, atol=1e-9)
    assert "Shuffled labels, 300 rows, 6 repeats" in repr(out)
