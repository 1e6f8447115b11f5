"""What notebook 4-2 teaches, loaded out of the notebook and held against sums done another way."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
import taught
from scipy.integrate import solve_ivp
from scipy.stats import multinomial
from sklearn.datasets import load_digits
from sklearn.tree import DecisionTreeClassifier

from helpers import data
from helpers.exercises import colony as twin

RATES = {name: getattr(twin, name) for name in ("MU", "LAMBDA", "PHI", "ANTS", "QUORUM")}
PUBLISHED = data.load("published/ants").set_index(["model", "case", "name"])["value"]


# --- the colony ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def colony():
    return taught.load("4-2", "colony", "Move", **RATES)["colony"]


def test_the_rates_are_the_published_ones():
    meant = {"mu1": "MU", "mu2": "MU", "lambda1": "LAMBDA", "lambda2": "LAMBDA", "phi1": "PHI",
             "phi2": "PHI", "T": "QUORUM"}  # fmt: skip
    for name, value in ((name, getattr(twin, ours)) for name, ours in meant.items()):
        assert float(PUBLISHED["pratt_ode", "all", name]) == value
    for case, rates in (("8a", twin.CLEAR), ("8b", twin.CLOSE)):
        assert rates == tuple(float(PUBLISHED["pratt_ode", case, n]) for n in ("k1", "k2", "rho12"))
    start = float(PUBLISHED["pratt_ode", "all", "X0"])
    assert start + float(PUBLISHED["pratt_ode", "all", "B00"]) == twin.ANTS


def _solved(k1, k2, rho12, rho21=0.0, quorum=10, start=50):
    """SciPy's integrator in short pieces, with the recruiters' behaviour fixed within a piece."""
    state, minutes, piece = np.array([start, 0, 0, 0, 0, 0, 0], float), 0.0, 0.05
    while state[5] + state[6] < twin.ANTS - start:
        carry = state[3:5] >= quorum
        lead = ~carry & (state[0] > 1e-9)

        def change(_, s, carry=carry, lead=lead):
            found, led = twin.MU * max(s[0], 0), twin.LAMBDA * s[3:5] * lead
            over, back = rho12 * s[[1, 3]], rho21 * s[[2, 4]]
            z = found + led - np.array([k1, k2]) * s[1:3] + (back[0] - over[0]) * np.array([1, -1])
            y = np.array([k1, k2]) * s[1:3] + (back[1] - over[1]) * np.array([1, -1])
            return [-2 * found - led.sum(), *z, *y, *(twin.PHI * s[3:5] * carry)]

        state = solve_ivp(change, (0, piece), state, rtol=1e-8, atol=1e-10).y[:, -1]
        minutes += piece
    return minutes, state[5], state[6]


@pytest.mark.parametrize(
    ("rates", "settings"),
    [(twin.CLEAR, {}), (twin.CLOSE, {}), (twin.CLEAR, {"quorum": 6}), (twin.CLOSE, {"start": 40}),
     ((0.016, 0.02, 0.042, 0.018), {})],
)  # fmt: skip
def test_the_colony_moves_as_an_integrator_of_another_kind_says(colony, rates, settings):
    move = colony(*rates, **settings)
    minutes, worse, better = _solved(*rates, **settings)
    assert move.minutes == pytest.approx(minutes, abs=0.25)
    assert move.worse == pytest.approx(worse, abs=0.6)
    assert move.better == pytest.approx(better, abs=0.6)


def test_nobody_is_lost_or_made(colony):
    for rates, start in itertools.product((twin.CLEAR, twin.CLOSE), (38, 50, 60)):
        move = colony(*rates, start=start)
        assert np.allclose(move.path[:, 1:6].sum(axis=1), start)
        assert 0 <= move.worse + move.better - (twin.ANTS - start) < 0.1
        assert move.path[-1, 6:].tolist() == [move.worse, move.better]


@pytest.mark.parametrize("rates", [twin.CLEAR, twin.CLOSE, (0.01, 0.03, 0.002, 0.001)])
def test_the_exercises_judge_the_same_colony(colony, rates):
    for settings in ({}, {"quorum": 6}, {"start": 41}):
        here, there = colony(*rates, **settings), twin.colony(*rates, **settings)
        assert np.allclose(here.path, there.path, atol=1e-9)
        assert here[:3] == pytest.approx(there[:3])


def test_the_colleague_s_program_is_right_until_the_old_nest_is_empty():
    moved = taught.load("4-2", "moved", **RATES)["moved"]
    for minutes in (60, 100):
        assert moved(minutes, *twin.CLOSE) == pytest.approx(twin.after(minutes, twin.CLOSE))
    assert moved(180, *twin.CLOSE) == pytest.approx(twin.after(180, twin.CLOSE, ends=False))
    assert sum(moved(180, *twin.CLOSE)) > 2 * 158


def test_the_contrast_holds_from_38_to_50_scouts(colony):
    holds = [start for start in range(34, 56) if colony(*twin.CLEAR, start=start).worse < 1
             and colony(*twin.CLOSE, start=start).worse > 30]  # fmt: skip
    assert holds == list(range(38, 51))


# --- the group that chooses by chance -----------------------------------------------------------


def _choose(n, r=0.02):
    given = {"N": n, "r": r, "a": 0.1, "m": 0.9, "P": np.array([1, 0.5])}
    return taught.load("4-2", "choose", **given)["choose"]


def _exact(n, r, k, T):
    """Mean number at the better option and mean steps, over all states of a small group."""
    share, steps = {}, {}
    for x, y in sorted(itertools.product(range(n + 1), repeat=2), key=sum, reverse=True):
        free = n - x - y
        if free < 0:
            continue
        if free == 0:
            share[x, y], steps[x, y] = x, 0.0
            continue
        px, py = (r * p * (0.1 + 0.8 * c**k / (T**k + c**k)) for p, c in ((1, x), (0.5, y)))
        moves = {(i, j): multinomial.pmf([i, j, free - i - j], free, [px, py, 1 - px - py])
                 for i in range(free + 1) for j in range(free + 1 - i)}  # fmt: skip
        stay = moves.pop((0, 0))
        share[x, y] = sum(q * share[x + i, y + j] for (i, j), q in moves.items()) / (1 - stay)
        steps[x, y] = (1 + sum(q * steps[x + i, y + j] for (i, j), q in moves.items())) / (1 - stay)
    return share[0, 0], steps[0, 0]


@pytest.mark.parametrize(("n", "k", "T"), [(1, 9, 2), (3, 1, 2), (4, 9, 2), (5, 3, 1)])
def test_a_small_group_is_every_state_counted(n, k, T):
    better, steps = _choose(n, r=0.2)(k, T, np.random.default_rng(n), runs=20_000)
    mean, time = _exact(n, 0.2, k, T)
    assert better.mean() == pytest.approx(mean, abs=5 * better.std() / 141)
    assert steps.mean() == pytest.approx(time, abs=5 * steps.std() / 141)


@pytest.mark.parametrize("seed", range(3))
def test_the_published_percentages(seed):
    choose = _choose(40)
    for case, k, printed in (("k=1", 1, 0.755), ("k=9", 9, 0.833)):
        assert float(PUBLISHED["sumpter_pratt", case, "accuracy"]) == printed
        assert choose(k, 10, np.random.default_rng(seed))[0].mean() / 40 == pytest.approx(
            printed, abs=0.03
        )


# --- classifiers --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rules() -> dict:
    return taught.load("4-2", "ask", "poll", "stop_at", "outcomes")


def _asked(votes, quorum=None, lead=None):
    """From the definition, with a counter."""
    counted = Counter()
    for n, vote in enumerate(votes, 1):
        counted[vote] += 1
        (leader, first), (_, second) = [*counted.most_common(2), (None, 0)][:2]
        if (quorum and first >= quorum) or (lead and first - second >= lead):
            return n, leader
    return len(votes), min(v for v in counted if counted[v] == first)  # a tie: the smaller digit


@pytest.mark.parametrize("rule", [{"quorum": 3}, {"quorum": 8}, {"lead": 2}, {"lead": 4}])
def test_asking_one_by_one(rules, rule):
    rng = np.random.default_rng(3)
    answers = np.where(rng.random((60, 30)) < 0.4, 7, rng.integers(0, 10, (60, 30)))
    front, most, lead = rules["poll"](answers)
    (name, size), = rule.items()  # fmt: skip
    asked, said = rules["stop_at"]((most if name == "quorum" else lead) >= size, front)
    for post, votes in enumerate(answers):
        assert rules["ask"](votes, **rule) == (asked[post], said[post]) == _asked(votes, **rule)


def test_outcomes_hold_every_rule(rules):
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 10, 50)
    answers = np.where(rng.random((50, 100)) < 0.5, truth[:, None], rng.integers(0, 10, (50, 100)))
    out = rules["outcomes"](answers, truth)
    assert (out["fixed", 1][1] == (answers[:, 0] == truth)).all()
    assert all((out["fixed", n][0] == n).all() for n in (1, 50, 100))
    for rule in (("quorum", 4), ("lead", 3)):
        each = [_asked(votes, **dict([rule])) for votes in answers]
        assert out[rule][0].tolist() == [n for n, _ in each]
        assert out[rule][1].tolist() == [v == t for (_, v), t in zip(each, truth, strict=True)]


def test_opinions_come_from_trees_that_never_saw_the_image():
    images, digit = load_digits(return_X_y=True)
    opinions = taught.load("4-2", "opinions", images=images, digit=digit)["opinions"]
    answers, held_out = opinions(1)
    assert answers.shape == (len(held_out), 100) and len(set(held_out)) == 899
    train = np.setdiff1d(np.arange(len(digit)), held_out)
    tree = DecisionTreeClassifier(max_depth=7, random_state=0).fit(images[train], digit[train])
    better = (tree.predict(images[held_out]) == digit[held_out]).mean()
    single = (answers == digit[held_out][:, None]).mean(axis=0)
    assert 0.5 < single.mean() < better  # sixteen pixels tell less than all


@pytest.mark.parametrize(("p", "lead"), [(2 / 3, 4), (0.7, 3), (0.55, 2)])
def test_wald_in_twenty_thousand_races(p, lead):
    wald, walk = taught.load("4-2", "wald", "walk").values()
    steps = np.where(np.random.default_rng(5).random((20_000, 600)) < p, 1, -1).cumsum(axis=1)
    end = (abs(steps) >= lead).argmax(axis=1)
    right = (steps[np.arange(20_000), end] > 0).mean()
    assert wald(p, lead) == pytest.approx(walk(p, lead))
    assert wald(p, lead)[0] == pytest.approx(right, abs=0.01)
    assert wald(p, lead)[1] == pytest.approx((end + 1).mean(), rel=0.03)


def test_answers_dealt_anew_keep_each_voter_s_errors_and_no_company():
    dealt_anew = taught.load("4-2", "dealt_anew")["dealt_anew"]
    rng = np.random.default_rng(6)
    truth = rng.integers(0, 2, 4000)
    answers = np.where(rng.random(4000) < 0.3, 1 - truth, truth)[:, None].repeat(3, axis=1)
    dealt = dealt_anew(answers, truth, rng)
    for voter, label in itertools.product(range(3), (0, 1)):
        before, after = answers[truth == label, voter], dealt[truth == label, voter]
        assert sorted(before) == sorted(after)
    wrong = (dealt != truth[:, None]).astype(float)
    assert abs(np.corrcoef(wrong.T)[0, 1]) < 0.1  # copies of one another before
    assert (answers == answers[:, :1]).all()  # the given answers stay as they were


def test_the_cost_of_a_rule():
    tried = [{("lead", 2): (np.array([3, 5, 2, 4]), np.array([True, False, True, True]))}]
    even = [np.array([True, True, False, False])]
    cost = taught.load("4-2", "cost", tried=tried, even=even)["cost"]
    assert cost(("lead", 2), 20, True) == pytest.approx((4 + 20 / 2, 4, 0.5))
    assert cost(("lead", 2), 20, False) == pytest.approx((3, 3, 1))
