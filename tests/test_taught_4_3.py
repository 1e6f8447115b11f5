"""What notebook 4-3 teaches, held against another library, brute force and published values."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import kernel
import numpy as np
import pandas as pd
import pytest
import taught
from scipy.spatial import ConvexHull

from helpers import data, pareto
from helpers.exercises import survivors

NAMES = ("slot", "surprise", "FAULTS", "with_faults", "features", "fit", "forecast", "front",
         "CORNER", "hypervolume", "found_by_weights", "ranks", "crowding", "keep", "nsga2", "zdt1",
         "mix", "shares", "by_part", "noticed")  # fmt: skip


@pytest.fixture(scope="module")
def nb() -> SimpleNamespace:
    return SimpleNamespace(**taught.load("4-3", *NAMES))


@pytest.fixture(scope="module")
def builder():
    """The script that made the shipped table of detectors."""
    sys.path.insert(0, str(kernel.ROOT / "datasets"))
    try:
        import build_edge_models
    finally:
        sys.path.pop(0)
    return build_edge_models


def _clouds():
    for seed in range(8):
        rng = np.random.default_rng(seed)
        yield rng.random((30, 2))
        yield rng.integers(0, 5, (25, 2)).astype(float)  # many ties, and equal rows


def test_the_front_is_what_no_pair_of_rows_contradicts(nb):
    for values in _clouds():
        brute = [not any((w <= v).all() and (w < v).any() for w in values) for v in values]
        assert nb.front(values).tolist() == brute


def test_three_goals_too(nb):
    values = np.random.default_rng(3).random((40, 3))
    assert np.array_equal(nb.front(values), pareto.front(values))


def test_hypervolume_is_the_share_of_a_grid(nb):
    grid = np.stack(np.meshgrid(*2 * [np.arange(0.0025, 1, 0.005)]), axis=-1).reshape(-1, 2)
    for values in _clouds():
        inside = (values[:, None] <= grid).all(axis=2).any(axis=0).mean()
        assert nb.hypervolume(values, (1, 1)) == pytest.approx(inside, abs=0.011)
        assert nb.hypervolume(values, (1, 1)) == pytest.approx(pareto.hypervolume(values, (1, 1)))


def test_rows_beyond_the_corner_cover_nothing(nb):
    assert nb.hypervolume([(2, 0.1), (0.1, 2), (1, 1)], (1, 1)) == 0
    assert nb.hypervolume([(1, 5), (2, 3), (4, 2)], (6, 6)) == 15  # exercise 4-3b


def test_zdt1_and_its_true_front(nb):
    x = np.zeros((1001, 10))
    x[:, 0] = np.linspace(0, 1, 1001)
    values = nb.zdt1(x)
    assert np.allclose(values[:, 1], 1 - np.sqrt(x[:, 0]))
    assert nb.hypervolume(values, (1, 1)) == pytest.approx(2 / 3, abs=0.002)
    assert nb.zdt1(np.ones((1, 10))).tolist() == [[1, pytest.approx(10 * (1 - np.sqrt(0.1)))]]


def test_what_weights_find_is_on_the_hull(nb):
    for seed in range(8):
        values = np.random.default_rng(seed).random((60, 2))
        unit = (values - values.min(axis=0)) / np.ptp(values, axis=0)
        hull = ConvexHull(unit)
        facing = hull.simplices[(hull.equations[:, :2] <= 1e-12).all(axis=1)]  # towards (0, 0)
        ends = {int(unit[:, k].argmin()) for k in (0, 1)}
        expected = set(facing.ravel().tolist()) | ends
        found = set(np.flatnonzero(nb.found_by_weights(values, 200_001)).tolist())
        assert found == expected


def test_weights_on_the_shipped_detectors_miss_none_by_their_number(nb):
    for _, part in data.load("edge_models").groupby("camera"):
        values = np.column_stack([np.log10(part["bytes"]), 1 - part["auc"]])
        few, many = nb.found_by_weights(values), nb.found_by_weights(values, 40_001)
        assert np.array_equal(few, many)


def test_ranks_are_fronts_peeled_off(nb):
    for values in _clouds():
        left, rank = np.arange(len(values)), np.full(len(values), -1)
        step = 0
        while len(left):
            on = pareto.front(values[left]).to_numpy()
            rank[left[on]] = step
            left, step = left[~on], step + 1
        assert np.array_equal(nb.ranks(values), rank)


def test_crowding_by_hand(nb):
    found = nb.crowding(np.array([[0, 4], [1, 2], [3, 1], [4, 0]]))
    assert found.tolist() == [np.inf, 3 / 4 + 3 / 4, 3 / 4 + 2 / 4, np.inf]
    assert np.isfinite(nb.crowding(np.array([[0, 1], [0, 1], [0, 1.0]]))[1])


@pytest.mark.parametrize("seed", range(4))
def test_the_exercises_judge_by_the_same_survivors(nb, seed):
    values = np.random.default_rng(seed).random((30, 2))
    for name, args in (("ranks", ()), ("crowding", ()), ("keep", (11,))):
        ours, twin = getattr(nb, name)(values, *args), getattr(survivors, name)(values, *args)
        assert np.array_equal(ours, twin)
    assert set(nb.ranks(values)[nb.keep(values, 8)]) <= set(range(nb.ranks(values).max() + 1))


def test_the_colleague_really_errs():
    right, wrong = survivors.keep(survivors.SEVEN, 4), survivors.colleagues_keep(survivors.SEVEN, 4)
    assert set(right.tolist()) != set(wrong.tolist())


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_nsga2_nears_the_front_of_zdt1(nb, seed):
    rng = np.random.default_rng(seed)
    people, values = nb.nsga2(rng.random((40, 10)), nb.zdt1, nb.mix, 49, rng)
    assert people.shape == (80, 10) and people.min() >= 0 and people.max() <= 1
    assert np.allclose(values, nb.zdt1(people))
    assert 0.8 < nb.hypervolume(values, (1.1, 1.1)) < 0.8767


def test_nsga2_never_loses_an_end(nb):
    """The smallest value of each goal stays, whatever comes: ends have infinite room."""
    rng = np.random.default_rng(0)
    seen = []

    def evaluate(people):
        seen.append(nb.zdt1(people))
        return seen[-1]

    values = nb.nsga2(rng.random((20, 5)), evaluate, nb.mix, 15, rng)[1]
    assert np.array_equal(values.min(axis=0), np.vstack(seen).min(axis=0))


def test_shares_rise_to_one(nb):
    values = np.column_stack([np.linspace(0, 5, 120), 0.49 * np.random.default_rng(0).random(120)])
    found = nb.shares(values, [*range(120), 3, 3])
    assert len(found) == 100 and (np.diff(found) >= 0).all()
    best = pareto.hypervolume(values, nb.CORNER)
    assert found[-1] == pytest.approx(pareto.hypervolume(values[:100], nb.CORNER) / best)
    again = nb.shares(values, [7, 7, 7, *range(120)])  # seen twice costs nothing
    assert again[1] == pytest.approx(pareto.hypervolume(values[[7, 0]], nb.CORNER) / best)


def test_hours_of_the_week(nb):
    week = pd.date_range("2019-01-07", periods=168, freq="h")  # a Monday
    assert nb.slot(week).tolist() == list(range(168))


@pytest.mark.parametrize("seed", [0, 7])
def test_faults_are_those_of_the_shipped_table(nb, builder, seed):
    _, late = builder.counts(builder.CAMERAS[0])
    seen, kinds = nb.with_faults(late, np.random.default_rng(seed))
    theirs, faulty = builder.with_faults(late, np.random.default_rng(seed))
    assert np.array_equal(seen, theirs) and np.array_equal(kinds != "none", faulty)
    assert np.array_equal(seen[kinds == "none"], late[kinds == "none"])
    assert (seen[kinds == "zero"] == 0).all()
    assert (seen[kinds == "halved"] == late[kinds == "halved"] / 2).all()


@pytest.mark.parametrize(("lags", "name"), [((), "none"), ((1,), "1")])
def test_features_are_those_of_the_shipped_table(nb, builder, lags, name):
    train, _ = builder.counts(builder.CAMERAS[1])
    ours, theirs = nb.features(train, lags, 900.0), builder.features(train, name, "hour+day", 900.0)
    assert np.array_equal(ours, theirs, equal_nan=True)


def test_surprise_counts_in_units_of_noise(nb):
    found = nb.surprise(np.array([110, 0, 5]), np.array([100, 100, 0]), 200)
    assert found == pytest.approx([1, 10, 5 / 2])  # the floor of the noise is 2 % of 200


def test_a_table_of_168_is_a_forecast(nb):
    seen = pd.Series(0.0, pd.date_range("2019-01-08 05:00", periods=3, freq="h"))
    assert nb.forecast(np.arange(168), seen, 1.0).tolist() == [29, 30, 31]


def test_first_hours_and_later_ones(nb):
    kinds = np.array(["none", "zero", "zero", "none", "stuck", "stuck", "none", "halved", "halved",
                      "none", "spike", "none"])  # fmt: skip
    first = np.array([0, 9, 0, 0, 9, 0, 0, 9, 0, 0, 9, 0.0])
    each = pd.DataFrame({"table": first, "forest": np.where(kinds == "none", 1.0, 0.0)})
    found = nb.by_part(each, kinds)
    assert found.loc["zero, first hour", "table"] == 1 and found.loc["zero, later", "table"] == 0.5
    assert (found["forest"] == 0).all() and found.loc["spike", "table"] == 1


def test_noticed_lets_one_healthy_hour_a_week_through(nb):
    rng = np.random.default_rng(1)
    kinds = np.repeat(["none", *nb.FAULTS], [16800, 10, 10, 10, 10])
    score = rng.random(len(kinds))
    score[kinds == "zero"] = 2
    limit = np.sort(score[kinds == "none"])[-101]
    found = nb.noticed(pd.Series(score), kinds)
    assert found["zero"] == 1
    assert found["stuck"] == pytest.approx((score[kinds == "stuck"] > limit).mean())
