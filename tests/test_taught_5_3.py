"""What notebook 5-3 teaches, loaded out of the notebook and held against sums done another way."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import taught
from scipy.integrate import quad
from scipy.stats import binom, binomtest, multinomial, norm

from helpers import data
from helpers.exercises.replies import REPLIES

# fmt: off
NAMES = ("lost_and_won", "bracket_rule", "in_text", "VOCAB", "pieces", "unit", "separate",
         "same_questions", "sign_test", "money", "first_alarm")
# fmt: on


@pytest.fixture(scope="module")
def book() -> dict:
    given = {"z": norm.ppf(0.975), "z_power": norm.ppf(0.8), "DAYS": 90, "ITEMS": 20}
    return taught.load("5-3", *NAMES, **given)


@pytest.mark.parametrize("one_right", [True, False])
def test_bounds_are_every_table_enumerated(book, one_right):
    """Right twice (alike or not), lost, won, wrong twice (alike or not): every way to fill them."""
    n, seen = 6, {}
    for cut in itertools.combinations(range(n + 5), 5):
        edges = (-1, *cut, n + 5)
        alike, unlike, lost, won, _, other = (b - a - 1 for a, b in itertools.pairwise(edges))
        if not (one_right and unlike):
            both = alike + unlike
            key = both + lost, both + won, unlike + lost + won + other
            seen.setdefault(key, []).append((lost, won))
    for (before, after, differ), tables in seen.items():
        bounds = book["lost_and_won"](before / n, after / n, differ / n, one_right)
        for (low, high), counted in zip(bounds, np.array(tables).T / n, strict=True):
            assert low == pytest.approx(counted.min(), abs=1e-9)
            assert counted.max() - 1e-9 <= high < counted.max() + 1 / n - 1e-9  # whole questions
    assert len(seen) > 100


def test_exercise_5_3a(book):
    (_, lost), (_, won) = book["lost_and_won"](0.80, 0.78, 0.12)
    assert (lost, won) == pytest.approx((0.07, 0.05))


def test_two_rules_on_the_sixteen_replies(book):
    person = [reading for _, reading in REPLIES]
    for rule, right in (("bracket_rule", 10), ("in_text", 11)):
        said = [book[rule](text) for text, _ in REPLIES]
        assert sum(a == b for a, b in zip(said, person, strict=True)) == right
    assert book["bracket_rule"]("[No] or [YES]") == "yes" and book["in_text"]("?") == "undetermined"


def test_pieces_give_the_vectors_of_the_library(book):
    texts = data.load("intents")["text"].sample(300, random_state=1).tolist()
    table = data.load("embeddings")["table"].astype(float)
    sums = np.array([table[book["pieces"](text)].sum(axis=0) for text in texts])
    assert np.allclose(book["unit"](sums), data.embed(texts), atol=1e-6)


def test_the_longest_piece_comes_first(book):
    names = {number: piece for piece, number in book["VOCAB"].items()}
    for word in ("thermostat", "unpausing", "lawnmowers"):
        left = [names[k] for k in book["pieces"](word)]
        assert "".join(p.removeprefix("##") for p in left) == word
        longer = range(len(left[0]) + 1, len(word) + 1)
        assert not any(word[:end] in book["VOCAB"] for end in longer)


def test_sign_test_is_scipys(book):
    pairs = [(0, 0), (0, 6), (2, 11), (11, 2), (50, 50), (23, 2), (476, 147)]
    lost, won = np.array(pairs).T
    expected = [binomtest(a, a + b).pvalue if a + b else 1.0 for a, b in pairs]
    assert book["sign_test"](lost, won) == pytest.approx(expected)


@pytest.mark.parametrize(("lost", "won"), [(0.07, 0.02), (0.03, 0.01), (0.2, 0.1)])
def test_the_paired_size_has_the_power_by_enumeration(book, lost, won):
    n = int(np.ceil(book["same_questions"](lost, won)))
    top = int(n * (lost + won) * 2.5)
    a, b = (grid.ravel() for grid in np.mgrid[0:top, 0:top])
    chance = multinomial.pmf(np.c_[a, b, n - a - b], n, [lost, won, 1 - lost - won])
    seen = np.abs(a - b) > norm.ppf(0.975) * np.sqrt(a + b)  # McNemar's large-sample test
    assert chance.sum() == pytest.approx(1, abs=1e-4)
    assert chance[seen].sum() == pytest.approx(0.8, abs=0.045)  # whole questions: in steps


def test_exercise_5_3c(book):
    assert np.ceil(book["same_questions"](0.07, 0.02)) == 281


@pytest.mark.parametrize(("p", "n"), [(0.84, 943), (0.5, 1562)])
def test_the_separate_size_has_the_power_by_enumeration(book, p, n):
    assert round(book["separate"](p, p - 0.05)) == n
    k = np.arange(n + 1)
    old, new = np.meshgrid(k / n, k / n, indexing="ij")
    error = np.sqrt((old * (1 - old) + new * (1 - new)) / n)
    chance = np.outer(binom.pmf(k, n, p), binom.pmf(k, n, p - 0.05))
    seen = np.abs(old - new) > norm.ppf(0.975) * error
    assert chance[seen].sum() == pytest.approx(0.8, abs=0.015)


@pytest.mark.parametrize(("lost", "won"), [(0, 0), (3, 0), (2, 5), (30, 12)])
def test_money_is_the_mean_over_coins(book, lost, won):
    mean, _ = quad(lambda c: (2 * c) ** lost * (2 - 2 * c) ** won, 0, 1)
    assert book["money"](lost, won) == pytest.approx(mean)


def test_a_fair_coin_earns_nothing_and_rarely_looks_rich(book):
    for n in (1, 7, 60):
        lost = np.arange(n + 1)
        assert binom.pmf(lost, n, 0.5) @ book["money"](lost, n - lost) == pytest.approx(1)
    days = book["first_alarm"](0.05, 0.05, np.random.default_rng(8), runs=2_000)
    assert days["bet"].notna().mean() < 0.05 and days["alpha budget"].notna().mean() < 0.05
    assert days["daily test"].notna().mean() > 0.15


def test_alarms_know_nothing_of_the_future(book):
    """The alarms of 20 days are those of 90 that come by day 20."""
    short = taught.load("5-3", "money", "sign_test", "first_alarm", DAYS=20, ITEMS=20)
    rng = [np.random.default_rng(3) for _ in range(2)]
    whole = book["first_alarm"](0.07, 0.02, rng[0], runs=1)
    part = short["first_alarm"](0.07, 0.02, rng[1], runs=1)
    for rule in ("daily test", "bet"):  # the budget depends on the number of looks planned
        late = whole[rule][0] > 20
        assert np.isnan(part[rule][0]) if late else part[rule][0] == whole[rule][0]
