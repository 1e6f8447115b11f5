"""What notebook 3-3 teaches, loaded out of it and held against sums done another way."""

from __future__ import annotations

import itertools

import numpy as np
import optuna
import pytest
import taught
from scipy.integrate import quad
from scipy.stats import norm

from helpers import data, rates
from helpers.exercises import searches as twin


@pytest.fixture(scope="module")
def functions() -> dict:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return taught.load("3-3", "expected_improvement", "grid_search", "random_search",
                       "bayesian_search", "tpe_search", "searches", optuna=optuna)  # fmt: skip


# ---------------------------------------------------------------- the four searches


@pytest.mark.parametrize("mean, sd, best", [(0.5, 0.2, 0.3), (-1, 2, 4), (3, 0.1, 2.9)])
def test_expected_improvement_is_the_integral(functions, mean, sd, best):
    ei = functions["expected_improvement"]
    whole, _ = quad(lambda x: (best - x) * norm.pdf(x, mean, sd), mean - 12 * sd, best,
                    epsabs=1e-13)  # fmt: skip
    assert ei(mean, sd, best) == pytest.approx(whole, abs=1e-10)
    assert ei(np.array([mean, mean]), np.array([sd, sd]), best) == pytest.approx([whole] * 2)


def test_expected_improvement_at_its_ends(functions):
    ei = functions["expected_improvement"]
    assert ei(0, 1, 0) == pytest.approx(1 / np.sqrt(2 * np.pi))  # half a normal's mean deviation
    assert ei(1, 1e-6, 3) == pytest.approx(2) and ei(3, 1e-6, 1) == pytest.approx(0)
    assert np.all(np.diff(ei(1.0, np.linspace(0.1, 2, 50), 0.5)) > 0)  # not knowing is worth it


@pytest.mark.parametrize("seed", range(5))
def test_a_grid_is_every_combination_of_even_levels(functions, seed):
    tried = functions["grid_search"]((8, 8, 4, 4), (3, 3, 2, 2), np.random.default_rng(seed))
    levels = np.array(np.unravel_index(tried, (8, 8, 4, 4)))
    each = [sorted(set(row)) for row in levels.tolist()]
    assert [len(row) for row in each] == [3, 3, 2, 2]
    assert set(map(tuple, levels.T.tolist())) == set(itertools.product(*each))
    for row, n, k in zip(each, (8, 8, 4, 4), (3, 3, 2, 2), strict=True):
        assert set(np.diff(row)) <= {n // k, -(-n // k)} and 0 <= row[0] and row[-1] < n


def test_the_start_of_a_grid_is_drawn(functions):
    grid = functions["grid_search"]
    starts = [np.unravel_index(grid((8, 8, 4, 4), (3, 3, 2, 2), np.random.default_rng(s)).min(),
                               (8, 8, 4, 4)) for s in range(40)]  # fmt: skip
    assert [len(set(axis)) for axis in np.transpose(starts).tolist()] == [3, 3, 2, 2]


def test_blind_draws_differ_and_hit_the_best_as_often_as_they_should(functions):
    draw, rng = functions["random_search"], np.random.default_rng(0)
    found = np.array([draw((8, 8, 4, 4), 60, rng) for _ in range(4_000)])
    assert all(len(set(row)) == 60 for row in found.tolist())
    assert found.min() == 0 and found.max() == 1023
    hits = (found < 51).any(axis=1).mean()
    missed = np.prod([(973 - i) / (1024 - i) for i in range(60)])  # without replacement
    assert hits == pytest.approx(1 - missed, abs=0.012)


def _posterior(points, tried, y, length, noise=1e-3):
    """A Gaussian process written out: Matern 5/2, unit variance; sd of a noisy result."""

    def kernel(a, b):
        r = np.sqrt(5) * np.linalg.norm(a[:, None] - b[None], axis=2) / length
        return (1 + r + r**2 / 3) * np.exp(-r)

    seen, cross = points[tried], kernel(points, points[tried])
    inverse = np.linalg.inv(kernel(seen, seen) + noise * np.eye(len(tried)))
    variance = 1 + noise - np.einsum("ij,jk,ik->i", cross, inverse, cross)
    like = -0.5 * y @ inverse @ y + 0.5 * np.linalg.slogdet(inverse)[1]
    return like, cross @ inverse @ y, np.sqrt(variance)


@pytest.mark.parametrize("seed", range(3))
def test_the_bayesian_step_is_the_largest_expected_improvement(functions, seed):
    loss = np.random.default_rng(seed).normal(size=(9, 9)).cumsum(0).cumsum(1).ravel()
    tried = functions["bayesian_search"]((9, 9), loss, 9, np.random.default_rng(seed)).tolist()
    points = np.indices((9, 9)).reshape(2, -1).T / 8
    first = tried[:8]
    y = (loss[first] - loss[first].mean()) / loss[first].std()
    fits = [_posterior(points, first, y, length) for length in (0.1, 0.2, 0.4, 0.8)]
    _, mean, sd = max(fits, key=lambda fit: fit[0])
    gain = (y.min() - mean) * norm.cdf((y.min() - mean) / sd) + sd * norm.pdf(
        (y.min() - mean) / sd)  # fmt: skip
    gain[first] = -1
    assert gain[tried[8]] == pytest.approx(gain.max(), abs=1e-8)


def test_bayesian_search_finds_the_bottom_of_a_bowl(functions):
    at = np.indices((21, 21)).reshape(2, -1)
    bowl = ((at[0] - 13) ** 2 + 2 * (at[1] - 6) ** 2).astype(float)
    for seed in range(4):
        tried = functions["bayesian_search"]((21, 21), bowl, 25, np.random.default_rng(seed))
        assert len(set(tried.tolist())) == 25 and bowl[tried].min() == 0


def test_tpe_search_reports_what_optuna_tried(functions):
    seen, loss = [], np.random.default_rng(1).random(8 * 8 * 4 * 4)

    class Watched:
        def __getitem__(self, at):
            seen.append(int(at))
            return loss[at]

    tried = functions["tpe_search"]((8, 8, 4, 4), Watched(), 20, seed=3)
    assert tried.tolist() == seen
    assert functions["tpe_search"]((8, 8, 4, 4), loss, 20, seed=3).tolist() == seen


def test_the_four_have_the_same_number_of_trials(functions):
    loss = np.random.default_rng(2).random(1_024)
    four = functions["searches"]((8, 8, 4, 4), (3, 3, 2, 2), trials=12)
    lengths = {name: len(search(loss, 5)) for name, search in four.items()}
    assert lengths == {"grid": 36, "random": 12, "expected improvement": 12, "TPE": 12}


# ---------------------------------------------------------------- regret, luck, halving


def test_the_table_stands_in_the_order_in_which_the_searches_number_it():
    table = data.load("tuning")
    losses = taught.load("3-3", "read", tuning=table)["read"]("log_loss_test")
    ranks = table.iloc[::6, :4].rank(method="dense").astype(int) - 1
    assert (np.ravel_multi_index(ranks.to_numpy().T, (8, 8, 4, 4)) == np.arange(1_024)).all()
    for k, iterations in enumerate(twin.ITERATIONS):
        assert (losses[k] == table.loc[table.iterations == iterations, "log_loss_test"]).all()


def test_regret_is_the_truth_about_the_best_looking_so_far():
    rng = np.random.default_rng(3)
    truth, loss, tried = rng.random(50), rng.random(50), rng.permutation(50)
    found = taught.load("3-3", "regret", truth=truth)["regret"](tried, loss)
    for k in range(50):
        best = min(tried[: k + 1], key=lambda s: loss[s])
        assert found[k] == pytest.approx(truth[best] - truth.min())


def test_leads_by_hand_and_by_the_formula_for_equal_settings():
    rng = np.random.default_rng(4)
    sd, accuracy = 0.01, 0.75 + 0.01 * rng.normal(size=(8, 1_024))
    given = {"accuracy": accuracy, "true_accuracy": np.full(1_024, 0.75),
             "default_on": np.full(8, 0.74), "default_true": 0.735}  # fmt: skip
    leads = taught.load("3-3", "leads", **given)["leads"]
    whole = leads(1_024, rng, repeats=1)
    assert whole[:, 0] == pytest.approx(accuracy.max(axis=1) - 0.74)
    assert whole[:, 1] == pytest.approx(0.015)
    for k in (5, 36):  # equal settings, independent noise: all luck, sd times the expected maximum
        luck = leads(k, rng, repeats=400)[:, 0].mean() - 0.01
        assert luck == pytest.approx(sd * rates.best_of(k), rel=0.04)


@pytest.fixture(scope="module")
def halve() -> dict:
    losses, true = twin.table()
    return taught.load("3-3", "reader", "halving", "race", losses=losses, truth=true[-1],
                       ITERATIONS=list(twin.ITERATIONS))  # fmt: skip


@pytest.mark.parametrize("start, first, cost", [(64, 8, 7), (7, 256, 7), (14, 64, 6.75)])
def test_halving_costs_what_is_said_and_is_the_one_of_the_check(halve, start, first, cost):
    for seed in range(16):
        loss_of, bill = halve["reader"](seed % 8)
        chosen = halve["halving"](loss_of, np.random.default_rng(seed), start, first)
        assert sum(bill.values()) / 256 == cost and len(bill) == start
        other, _ = twin.reader(seed % 8)
        assert chosen == twin.halving(other, np.random.default_rng(seed), start, first)


def test_halving_keeps_the_best_where_early_ranks_are_final_ones(halve):
    def loss_of(setting, iterations):
        return setting + 1 / iterations

    rng = np.random.default_rng(6)
    drawn = np.random.default_rng(6).choice(1_024, 64, replace=False)
    assert halve["halving"](loss_of, rng) == drawn.min()


def test_race_averages_regret_over_the_sets(halve):
    true = twin.table()[1][-1]
    means, cost = halve["race"](lambda loss_of, rng: (loss_of(3, 64), 3)[1], repeats=16)
    assert means == pytest.approx([true[3] - true.min()] * 8) and cost == 0.25


def test_a_row_of_the_table_is_fitted_again():
    table = data.load("tuning")
    acs = data.load("acs").query("year == 2015")
    acs = acs.iloc[np.random.default_rng(0).permutation(len(acs))]
    given = {"X": acs[acs.columns[:16]].to_numpy(float), "employed": acs["employed"].to_numpy(),
             "KNOBS": list(table.columns[:4])}  # fmt: skip
    refit = taught.load("3-3", "refit", **given)["refit"]
    row = table[(table.max_leaf_nodes == 5) & (table.iterations == 64)].iloc[40]
    assert refit(row) == pytest.approx(row["log_loss_test"], abs=0.01)


# ---------------------------------------------------------------- the ordinary software


def test_three_programs_for_one_encoding():
    names = ("encode_loop", "encode_array", "encode_table")
    programs = taught.load("3-3", *names)
    rows = np.random.default_rng(7).integers(-3, 95, size=(200, 16))
    low = rows.min(axis=0)
    expected = [[row[0] // 5, *(row[1:] - low[1:])] for row in rows]
    for name in names:
        assert programs[name](rows, low).tolist() == np.array(expected).tolist(), name


@pytest.mark.parametrize("values", [[], [3.0], [2, 1, 2, 0, -1, 2], list(range(9, 0, -1))])
def test_the_old_sort_sorts(values):
    assert taught.load("3-3", "sort_of_2019")["sort_of_2019"](list(values)) == sorted(values)


@pytest.mark.parametrize("share, sure, draws", [(0.05, 0.95, 59), (0.02, 0.99, 228)])
def test_blind_draws_as_in_exercise_3_3a(share, sure, draws):
    assert 1 - (1 - share) ** draws >= sure > 1 - (1 - share) ** (draws - 1)
