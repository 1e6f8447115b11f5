"""What notebook 6-1 teaches, loaded out of the notebook and held against sums done another way."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import taught
from scipy import integrate
from scipy.optimize import LinearConstraint, milp
from scipy.stats import beta, binom
from sklearn.isotonic import IsotonicRegression

from helpers import data, rates

SACKS = ("greedy", "best_value", "random_projects", "share_lost")
FOLIO = ("facts", "make_portfolio", "carry_out", "worth_the_rest", "delivered_by", "over_estimate")


@pytest.fixture(scope="module")
def sacks() -> dict:
    return taught.load("6-1", *SACKS)


@pytest.fixture(scope="module")
def folio() -> dict:
    return taught.load("6-1", *FOLIO)


@pytest.mark.parametrize("name", ["P06", "P07", "P08"])
def test_the_published_knapsacks(sacks, name):
    item = data.load("published/knapsacks").query("instance == @name")
    known = data.load("published/knapsacks_optima").set_index("instance").loc[name]
    task = item["weight"].to_numpy(), item["profit"].to_numpy(), known["capacity"]
    assert sacks["best_value"](*task) == known["optimum"]
    assert sacks["greedy"](*task) == known["greedy_by_ratio"]


@pytest.mark.parametrize("seed", range(8))
def test_the_best_set_by_all_subsets_and_by_a_solver(sacks, seed):
    rng = np.random.default_rng(seed)
    cost, value, budget = sacks["random_projects"](rng, 9)
    sets = np.array(list(itertools.product([0, 1], repeat=9)))
    best = (sets @ value)[sets @ cost <= budget].max()
    assert sacks["best_value"](cost, value, budget) == best >= sacks["greedy"](cost, value, budget)
    cost, value, budget = sacks["random_projects"](rng, 30)
    found = milp(-value, integrality=np.ones(30), bounds=(0, 1), options={"mip_rel_gap": 0},
                 constraints=LinearConstraint(cost, ub=budget))  # fmt: skip
    assert sacks["best_value"](cost, value, budget) == round(-found.fun)


def test_an_empty_sack_and_one_that_holds_all(sacks):
    cost, value = np.array([3, 4]), np.array([5, 6])
    assert sacks["best_value"](cost, value, 2) == sacks["greedy"](cost, value, 2) == 0
    assert sacks["best_value"](cost, value, 7) == sacks["greedy"](cost, value, 7) == 11


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_greedy_loses_with_few_projects(sacks, seed):
    few, many = (sacks["share_lost"](n, portfolios=150, seed=seed) for n in (5, 40))
    assert few.min() >= 0 and many.min() >= 0
    assert few.mean() > 0.02 > 0.005 > many.mean()


def test_the_largest_of_three_errors_as_in_exercise_6_1b():
    draws = np.random.default_rng(11).standard_normal((400_000, 3)).max(axis=1)
    assert rates.best_of(3) == pytest.approx(1.5 / np.sqrt(np.pi))
    assert draws.mean() == pytest.approx(rates.best_of(3), abs=0.006)


def test_promises_and_deliveries_by_a_plain_loop():
    rng = np.random.default_rng(6)
    took, forecast, promise = rng.lognormal(4, 1, (3, 100))
    lists = [rng.choice(100, 30, replace=False) for _ in range(5)]
    count = taught.load("6-1", "promised_and_delivered", took_fresh=took)["promised_and_delivered"]
    found = count(forecast, promise, lists, keep=4)
    for (promised, delivered), candidates in zip(found, lists, strict=True):
        four = sorted(candidates, key=lambda job: forecast[job])[:4]
        assert promised == pytest.approx(sum(promise[j] for j in four))
        assert delivered == pytest.approx(sum(took[j] for j in four))


@pytest.mark.parametrize("seed", range(5))
def test_the_never_falling_curve_is_isotonic_regression(seed):
    never_falling = taught.load("6-1", "never_falling")["never_falling"]
    values = np.random.default_rng(seed).lognormal(0, 1, 200)
    found = never_falling(values)
    assert np.allclose(found, IsotonicRegression().fit_transform(np.arange(200), values))
    assert np.diff(found).min() >= 0 and found.sum() == pytest.approx(values.sum())
    assert np.allclose(never_falling(np.sort(values)), np.sort(values))


def test_the_generator_has_the_published_errors(folio):
    rng = np.random.default_rng(1)
    made = [folio["make_portfolio"](rng) for _ in range(400)]
    error = np.concatenate([m[1] for m in made])
    assert error.mean() == pytest.approx(folio["facts"]["log_ratio_mean"], abs=0.02)
    assert error.std() == pytest.approx(folio["facts"]["log_ratio_sd"], abs=0.02)


def _by_hand(estimate, cost, value, blur, keep_on, budget):
    """The same year told step by step, with a purse."""
    order = sorted(range(len(cost)), key=lambda i: -value[i] / estimate[i])
    planned, room = [], budget
    for i in order:
        if estimate[i] > room:
            break
        planned.append(i)
        room -= estimate[i]
    bar = value[order[len(planned)]] / estimate[order[len(planned)]]
    purse, delivered = budget, 0.0
    for i in order:
        half = estimate[i] / 2
        rest = cost[i] - half
        if keep_on and rest > 0 and not keep_on(value[i], half, rest * blur[i], estimate[i], bar):
            purse -= half
            continue
        purse -= cost[i]
        if purse < 0:
            break
        delivered += value[i]
    return sum(value[i] for i in planned), delivered


@pytest.mark.parametrize("rule", [None, "worth_the_rest", "over_estimate"])
def test_a_portfolio_step_by_step(folio, rule):
    rng, keep_on = np.random.default_rng(2), folio[rule] if rule else None
    for _ in range(60):
        estimate, error, value, blur = folio["make_portfolio"](rng)
        year = estimate, estimate * np.exp(error), value, blur
        assert folio["carry_out"](*year, keep_on) == pytest.approx(_by_hand(*year, keep_on, 120))


@pytest.mark.parametrize("seed", [21, 22, 23])
def test_one_look_helps_and_the_offices_rule_harms_on_fresh_portfolios(folio, seed):
    run = folio["delivered_by"]
    plain = run(seed=seed)[1].mean()
    assert run(folio["worth_the_rest"], seed=seed)[1].mean() > 1.1 * plain
    assert run(folio["over_estimate"], seed=seed)[1].mean() < plain
    assert run(less_error=1.0, seed=seed)[1].mean() > run(less_error=0.5, seed=seed)[1].mean()


@pytest.mark.parametrize("prior", [(2, 3), (1, 9), (5, 4)])
@pytest.mark.parametrize("n", [0, 1, 6])
def test_a_pilot_by_integrals(prior, n):
    worth = taught.load("6-1", "worth_of_pilot")["worth_of_pilot"]
    total = 0.0
    for k in range(n + 1):
        gain, _ = integrate.quad(
            lambda p, k=k: (1e6 * p - 5e5) * binom.pmf(k, n, p) * beta.pdf(p, *prior), 0, 1
        )
        total += max(0, gain)
    at_once = max(0, 1e6 * prior[0] / sum(prior) - 5e5)
    assert worth(*prior, n) == pytest.approx(total - at_once, abs=1e-3)


def test_the_best_pilot_and_what_perfect_knowledge_is_worth():
    worth = taught.load("6-1", "worth_of_pilot")["worth_of_pilot"]
    net = [worth(2, 3, n) - 500 * n for n in range(200)]
    assert int(np.argmax(net)) == 14 and max(net) == pytest.approx(26_591, abs=1)
    knowing = 1e6 * 0.5**10 / 10  # E max(0, p - 1/2) of Beta(1, 9)
    assert worth(1, 9, 3000) == pytest.approx(knowing, rel=0.03) and knowing < 500


def test_the_wall_and_the_year_of_the_broken_promise():
    team = taught.load("6-1", "models_over_time", "years_until_broken")
    live = team["models_over_time"]
    assert [round(live()[12 * y], 1) for y in (1, 2, 5, 10)] == [9.3, 17.1, 34.1, 48.8]
    for b, m, wall in ((6, 1, 60), (3, 1, 60), (6, 0.5, 120), (6, 2, 30)):
        assert live(years=200, b=b, m=m)[-1] == pytest.approx(wall, rel=1e-3)
    for c, b, m in ((5, 6, 1), (5, 3, 1), (8, 6, 0.5)):
        years, day = team["years_until_broken"](c, b=b, m=m), 0
        while c * b + m * c * day / 365 <= 60:  # building, and upkeep of what is live
            day += 1
        assert years == pytest.approx(day / 365, abs=1 / 365 + 1e-9)
