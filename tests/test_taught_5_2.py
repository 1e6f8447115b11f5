"""What notebook 5-2 teaches, loaded out of it: against pandas, brute force and known distributions.

Rules are also run on series whose future is missing: what they decide may not depend on it.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest
import taught

from helpers import data, drift, rates
from helpers.exercises import maintained

RULES = ("profile", "off", "age", "every", "sleepy", "challenger")
DAYS = pd.date_range("2019-01-01", "2025-12-31", freq="D")


@pytest.fixture(scope="module")
def book() -> dict:
    return taught.load("5-2", *RULES)


@pytest.fixture(scope="module")
def street() -> np.ndarray:
    return maintained.street()


# --- the street ---------------------------------------------------------------------------------


def test_the_street_is_in_order_of_time(street):
    assert street.shape == (len(DAYS), 24)
    assert np.isnan(street).sum() < 12
    raw = data.load("pedestrians").sample(200, random_state=1)
    for ts, count in zip(raw["ts"], raw["45 Queen Street"], strict=True):
        assert street[(ts - DAYS[0]).days, ts.hour] == count


@pytest.mark.parametrize(("until", "weeks"), [(304, 4), (450, 4), (1001, 13), (2557, 1)])
def test_a_profile_is_pandas_mean_of_the_hour_of_the_week(book, street, until, weeks):
    past = street[:until]
    recent = past[-7 * weeks :]
    day, hour = np.indices(recent.shape)
    long = pd.DataFrame({"day": (day.ravel() + until - 7 * weeks) % 7, "hour": hour.ravel(),
                         "y": recent.ravel()})  # fmt: skip
    want = long.pivot_table(index="day", columns="hour", values="y").to_numpy()
    assert np.allclose(book["profile"](past, weeks), want)


def test_an_error_of_one_day_counts_what_was_counted(book):
    model, today = np.zeros((7, 24)), np.full(24, np.nan)
    assert np.isnan(book["off"](model, today, 5))
    today[[3, 4]] = 10, -20
    assert book["off"](model, today, 5) == 15


# --- the rules ----------------------------------------------------------------------------------


def _promotions(book, series, rule, start=304):
    found = drift.policies(series, {"rule": rule}, fit=book["profile"], loss=book["off"],
                           start=start)  # fmt: skip
    return found.promotions["rule"], found.losses["rule"]


def _rules(book):
    return {"every": book["every"](56), "sleepy": book["sleepy"](), "1.1": book["sleepy"](1.1),
            "challenger": book["challenger"](), "1.25": book["challenger"](1.25)}  # fmt: skip


@pytest.mark.parametrize("name", ["every", "sleepy", "1.1", "challenger", "1.25"])
@pytest.mark.parametrize("today", [500, 900])
def test_no_rule_knows_the_future(book, street, name, today):
    rule = _rules(book)[name]
    blind = street.copy()
    blind[today + 1 :] = np.nan
    known, _ = _promotions(book, street[: today + 60], rule)
    asked = []

    def until_today(past, losses, promoted):
        if len(past) > today + 1:
            return False
        asked.append(len(past))
        return rule(past, losses, promoted)

    found, _ = _promotions(book, blind[: today + 3], until_today)
    assert found == [d for d in known if d <= today] and len(asked) == today - 303


def test_a_timetable_keeps_its_days(book, street):
    days, _ = _promotions(book, street[:500], book["every"](28))
    assert days == list(range(304 + 27, 500, 28))


def test_the_sleepy_trigger_by_brute_force(book, street):
    days, losses = _promotions(book, street, book["sleepy"]())
    want, last = [], 303
    for day in range(304, len(street)):
        since = losses.loc[last + 1 : day].to_numpy()
        if len(since) >= 21 and since[-7:].mean() > 1.5 * since[:14].mean():
            want, last = [*want, day], day
    assert days == want and len(days) < 5


def test_the_challenger_by_brute_force(book, street):
    days, losses = _promotions(book, street[:1200], book["challenger"](1.5))
    want, last = [], 303
    for day in range(304, 1200):
        shadow = {k: np.nanmean(street[day - 41 : day - 13][[(d % 7) == k for d in
                  range(day - 41, day - 13)]], axis=0) for k in range(7)}  # fmt: skip
        errors = np.concatenate([abs(street[d] - shadow[d % 7]) for d in range(day - 13, day + 1)])
        if day - last >= 14 and losses.loc[day - 13 : day].mean() > 1.5 * np.nanmean(errors):
            want, last = [*want, day], day
    assert days == want and len(days) > 3


def test_a_world_that_stands_still_needs_no_challenger(book):
    rng = np.random.default_rng(3)
    week = rng.uniform(50, 500, (7, 24))
    still = week[np.arange(900) % 7] + rng.normal(0, 20, (900, 24))
    assert _promotions(book, still, book["challenger"]())[0] == []
    moved = still.copy()
    moved[600:] += 300
    days, _ = _promotions(book, moved, book["challenger"]())
    assert days and 600 < days[0] < 620 + 14


@pytest.mark.parametrize("name", ["every", "sleepy", "challenger"])
def test_the_exercises_run_the_same_rules(book, street, name):
    given = {"every": (56,), "sleepy": (), "challenger": ()}[name]
    days, losses = _promotions(book, street, book[name](*given))
    again, error = maintained.live(getattr(maintained, name)(*given))
    assert days == again and losses.mean() == pytest.approx(error)


# --- money --------------------------------------------------------------------------------------


def test_a_return_is_what_comes_back_less_what_was_paid():
    roi = taught.load("5-2", "roi", PRICE=400, VALUE=0.1, LIFE=2253)["roi"]
    assert roi(4, 1, price=100, value=1, days=50) == 1  # 200 saved for 100
    assert roi(4, 2, price=100, value=1, days=50) == 0
    assert roi(0, 3) == -1
    assert roi(300, 11) == pytest.approx(maintained.roi(300, 11))


@pytest.mark.parametrize(("price", "slope"), [(400, 0.002), (90, 0.5), (10_000, 0.0001)])
def test_the_economic_interval_is_the_least_of_the_curve(price, slope):
    tau = taught.load("5-2", "best_interval")["best_interval"](price, slope)
    grid = np.linspace(tau / 3, tau * 3, 200_001)
    cost = price / grid + slope * grid / 2
    assert grid[cost.argmin()] == pytest.approx(tau, rel=1e-4)
    assert cost.min() == pytest.approx(np.sqrt(2 * slope * price))
    double = price / (2 * tau) + slope * 2 * tau / 2
    assert double / cost.min() == pytest.approx(1.25)


def test_costs_of_intervals_on_a_world_that_ages_by_the_day():
    """If a model of age k costs k, an interval of t costs (t - 1) / 2 and a promotion each t."""
    f = taught.load("5-2", "cost_of", "ageing",
                    lived=lambda at, until: np.arange(until - at, dtype=float))  # fmt: skip
    assert f["cost_of"](10, 50, 0, 100) == pytest.approx(50 * 10 / 100 + 4.5)
    assert f["cost_of"](40, 50, 0, 100) == pytest.approx(50 * 3 / 100 + (39 * 40 + 190) / 100)
    ages, costs = f["ageing"](0, 2000)
    assert np.allclose(costs, ages) and len(ages) == 15


def test_the_rides_model_is_least_squares_on_the_year_before():
    names = taught.load("5-2", "rides", "season", "weekday", "waves", "calendar", "DOLLARS",
                        "dates", "boardings", "lived")  # fmt: skip
    rides = names["rides"]
    assert names["calendar"].shape == (len(rides), 11)
    y = rides["ridership"].to_numpy(float)
    from sklearn.linear_model import LinearRegression

    X, at = names["calendar"], 1000
    model = LinearRegression(fit_intercept=False).fit(X[at - 365 : at], y[at - 365 : at])
    want = 40 * abs(y[at : at + 30] - model.predict(X[at : at + 30]))
    assert np.allclose(names["lived"](at, at + 30), want)


# --- identities, checks, gates ------------------------------------------------------------------


@pytest.fixture(scope="module")
def people() -> dict:
    return taught.load("5-2", "people", "COLUMNS", "AT", "answers", "rows_of", "marks", "fit",
                       COLUMN=maintained._answers()[0], CODE=maintained._answers()[1])  # fmt: skip


def test_an_identity_moves_with_each_part_and_only_with_it():
    identity = taught.load("5-2", "identity")["identity"]
    a = np.arange(6, dtype=np.int8).reshape(2, 3)
    base = identity((a,), "code", {"x": 1, "seed": 2})
    assert base == identity((a.copy(),), "code", {"seed": 2, "x": 1})
    assert base == identity((np.asfortranarray(a),), "code", {"x": 1, "seed": 2})
    assert base["data"] == hashlib.sha256(a.tobytes()).hexdigest()[:8]
    b = a.copy()
    b[1, 1] += 1
    for part, other in (("data", identity((b,), "code", {"x": 1, "seed": 2})),
                        ("code", identity((a,), "code ", {"x": 1, "seed": 2})),
                        ("parameters", identity((a,), "code", {"x": 1, "seed": 3}))):  # fmt: skip
        assert {k for k in base if base[k] != other[k]} == {part, "all"}


def test_the_weights_are_ridge_regression(people):
    from sklearn.linear_model import Ridge

    X, y = (part[:4000] for part in people["rows_of"](2016))
    marks = people["marks"](X)
    assert (marks.sum(axis=1) == 16).all()
    want = Ridge(alpha=1.0, fit_intercept=False, solver="cholesky").fit(marks.astype(float), y)
    assert np.allclose(people["fit"](X, y), want.coef_, atol=1e-5)
    assert np.array_equal(people["fit"](X, y), maintained.fit(X, y))


def test_psi_is_its_definition_column_by_column(people):
    column = maintained._answers()[0]
    f = taught.load("5-2", "psi", "count", marks=people["marks"], COLUMN=column)
    X, _ = people["rows_of"](2016)
    now, before = X[:500], X[500:3000]
    found = f["psi"](now, f["count"](before))
    for j in range(16):
        codes = np.unique(people["answers"][:, j])
        a, b = (np.array([(Z[:, j] == c).sum() + 0.5 for c in codes]) for Z in (now, before))
        a, b = a / a.sum(), b / b.sum()
        assert found[j] == pytest.approx(((a - b) * np.log(a / b)).sum(), rel=1e-4)


def test_follows_is_a_correlation(people):
    follows = taught.load("5-2", "follows")["follows"]
    X, y = (part[:900] for part in people["rows_of"](2017))
    want = [np.corrcoef(X[:, j].astype(float), y)[0, 1] for j in range(16)]
    assert np.allclose(follows(X, y), want, atol=1e-4)


def test_the_leak_moves_no_marginal(people):
    f = taught.load("5-2", "put", "leak", AT=people["AT"])
    X, y = (part[:2000].copy() for part in people["rows_of"](2017))
    leaked, labels = f["leak"](X.copy(), y, np.random.default_rng(0))
    j = people["AT"]["SCHL"]
    assert np.array_equal(np.sort(leaked[:, j]), np.sort(X[:, j])) and labels is y
    others = np.delete(np.arange(16), j)
    assert np.array_equal(leaked[:, others], X[:, others])
    assert np.corrcoef(leaked[:, j], y)[0, 1] > np.corrcoef(X[:, j], y)[0, 1] + 0.2


def test_gates_of_the_exercise_stop_five_for_reasons_of_their_own():
    shut = ~maintained.passes(maintained.measured())
    assert set(shut.index[~shut.any(axis=1)]) == {"refit", "no ancestry"}
    alone = {"narrow": "worst group", "sharp": "calibration", "committee": "latency",
             "unsigned": "lineage"}  # fmt: skip
    for name, gate in alone.items():
        assert set(shut.columns[shut.loc[name]]) == {gate}
    assert shut.loc["spot check", "non-inferior"]
    assert rates.paired([1, 1, 0], [1, 0, 0]).value == pytest.approx(1 / 3)


# --- the canary ---------------------------------------------------------------------------------


def test_walds_test_by_hand():
    sequential = taught.load("5-2", "sequential")["sequential"]
    assert sequential(np.array([0, -1, 0, -1]), bad=0.6, bound=1.4) == 4  # 1.2 x 1.2
    assert sequential(np.array([1, -1, -1]), bad=0.6, bound=1.2) is None  # .8 x 1.2 x 1.2 = 1.152
    assert sequential(np.full(40, -1)) == int(np.ceil(np.log(100) / np.log(1.2)))
    assert sequential(np.zeros(100, int)) is None


def test_a_harmless_twin_is_stopped_as_rarely_as_wald_says_and_the_looks_stop_many():
    f = taught.load("5-2", "sequential", "looking")
    rng = np.random.default_rng(8)
    twins = rng.choice([-1, 0, 0, 0, 0, 1], (1000, 5000))
    stopped = sum(f["sequential"](d) is not None for d in twins)
    assert rates.wilson(stopped, 1000)[0] < 0.01
    assert sum(map(f["looking"], twins[:300])) > 0.12 * 300
    bad = rng.choice([-1, -1, 0, 0, 0, 1], (100, 5000))
    assert all(f["sequential"](d) for d in bad)


def test_looking_is_a_one_sided_test_at_each_look():
    looking = taught.load("5-2", "looking")["looking"]
    d = np.zeros(400, int)
    d[:60], d[60:100] = -1, 1  # z = 20 / 10 = 2 at the first look
    assert looking(d)
    d[:60], d[60:100] = 1, -1
    assert not looking(d)
    d[:], d[:58], d[58:100] = 0, -1, 1  # z = 1.6
    assert not looking(d)
