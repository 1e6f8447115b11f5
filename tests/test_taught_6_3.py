"""What notebook 6-3 teaches, held against other sums, another library and brute force."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import taught
from scipy.stats import ks_2samp, spearmanr
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from helpers.exercises import elsewhere as twin

NAMES = ("misplaced", "corrected", "rate_without_labels", "boosted", "compared", "adjusted",
         "jittered", "independent", "copula", "trees", "smote", "usefulness", "membership",
         "pmse_ratio", "time_taken")  # fmt: skip


@pytest.fixture(scope="module")
def nb() -> SimpleNamespace:
    return SimpleNamespace(**taught.load("6-3", *NAMES))


@pytest.fixture(scope="module")
def people() -> tuple[np.ndarray, np.ndarray]:
    return twin.halves(3)


# --- loop 1 -------------------------------------------------------------------------------------


def test_misplaced_is_how_many_must_move(nb):
    """Half the absolute difference is one less the overlap: the people who need not move."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        profile, days = rng.dirichlet(np.ones(24)), rng.dirichlet(np.ones(24), 5)
        overlap = np.minimum(profile, days.mean(axis=0)).sum()
        assert nb.misplaced(profile, days) == pytest.approx(1 - overlap)
    apart = np.eye(24)
    assert nb.misplaced(apart[3], apart[[4, 4]]) == 1 and nb.misplaced(apart[3], apart[[3]]) == 0


def test_strangers_are_others_and_days_are_spread_evenly(nb):
    """Cameras that each have one hour: the error tells how many of which were learned from."""
    shares = {f"camera {k}": np.tile(np.eye(24)[k], (30, 1)) for k in range(12)}
    found = taught.load("6-3", "misplaced", "error_from_strangers", "error_from_own",
                        shares=shares)  # fmt: skip
    rng = np.random.default_rng(1)
    for cameras in (1, 10):
        assert found["error_from_strangers"]("camera 3", 20, cameras, rng) == pytest.approx(1)
    shares["camera 3"] = np.tile(np.full(24, 1 / 24), (30, 1))  # equal hours: overlap tells
    assert found["error_from_strangers"]("camera 3", 20, 10, rng) == pytest.approx(14 / 24)
    assert found["error_from_strangers"]("camera 3", 20, 1, rng) == pytest.approx(23 / 24)
    assert found["error_from_own"]("camera 3", 2, rng) == pytest.approx(0)


# --- loops 2 and 3 ------------------------------------------------------------------------------


def _two_classes(rng, n, share):
    y = rng.random(n) < share
    return rng.normal(size=(n, 1)) + 1.5 * y[:, None], y.astype(int)


@pytest.mark.parametrize(("then", "now"), [(0.5, 0.1), (0.3, 0.6), (0.2, 0.2)])
def test_the_correction_is_bayes_rule(nb, then, now):
    X, y = _two_classes(np.random.default_rng(1), 500, 0.4)
    old, new = (GaussianNB(priors=[1 - p, p]).fit(X, y).predict_proba(X)[:, 1] for p in (then, now))
    assert np.allclose(nb.corrected(old, then, now), new)
    assert np.allclose(nb.corrected(nb.corrected(old, then, now), now, then), old)


def test_exercise_6_3b_by_counting_people(nb):
    """Of 100 people at score .7 in a place of halves, 70 are positive; reweigh them one by one."""
    positive, negative = 70 * (0.1 / 0.5), 30 * (0.9 / 0.5)
    assert nb.corrected(0.7, 0.5, 0.1) == pytest.approx(positive / (positive + negative))


@pytest.mark.parametrize("share", [0.1, 0.3, 0.8])
def test_the_share_is_found_without_labels_where_the_assumption_holds(nb, share):
    rng = np.random.default_rng(2)
    X, y = _two_classes(rng, 40_000, 0.5)
    model = LogisticRegression(C=1e6).fit(X, y)
    there, labels = _two_classes(rng, 40_000, share)
    found = nb.rate_without_labels(model.predict_proba(there)[:, 1], y.mean())
    assert found == pytest.approx(labels.mean(), abs=0.015)


def test_the_share_without_labels_is_the_most_likely_one(nb):
    """EM climbs the likelihood of a mixture: no share on a grid does better."""
    rng = np.random.default_rng(3)
    score, then = rng.beta(2, 3, 3000), 0.4
    grid = np.linspace(0.001, 0.999, 999)
    ratio = np.log(grid * score[:, None] / then + (1 - grid) * (1 - score[:, None]) / (1 - then))
    assert nb.rate_without_labels(score, then) == pytest.approx(
        grid[ratio.sum(axis=0).argmax()], abs=0.002)  # fmt: skip


def test_adjusted_meets_the_local_share_by_one_intercept(nb):
    rng = np.random.default_rng(4)
    score, y, other = rng.beta(2, 3, 500), rng.random(500) < 0.2, rng.beta(2, 2, 300)
    assert nb.adjusted(score, y, score).mean() == pytest.approx(y.mean(), abs=1e-6)
    out = nb.adjusted(score, y, other)
    moved = np.log(out / (1 - out)) - np.log(other / (1 - other))
    assert np.ptp(moved) < 1e-9 and moved[0] < 0  # fewer positives than the scores said
    odds = np.log(score / (1 - score)) + moved[0]
    assert (1 / (1 + np.exp(-odds))).sum() == pytest.approx(y.sum(), abs=1e-3)  # as a logistic fit


# --- loop 4 -------------------------------------------------------------------------------------


def test_the_jittered_copy_is_the_rows_and_a_little_noise(nb, people):
    members, _ = people
    out = nb.jittered(members, np.random.default_rng(0))
    noise = (out - members)[:, :-1] / members[:, :-1].std(axis=0)
    assert (out[:, -1] == members[:, -1]).all() and noise.std() == pytest.approx(0.02, rel=0.05)


@pytest.mark.parametrize("way", ["independent", "copula"])
def test_every_column_keeps_its_own_values(nb, people, way):
    members, _ = people
    out = getattr(nb, way)(members, np.random.default_rng(1))
    for real, made in zip(members.T, out.T, strict=True):
        assert made.min() >= real.min() and made.max() <= real.max()
        assert ks_2samp(real, made).pvalue > 1e-3
    assert set(out[:, -1]) == {0, 1}


def test_only_the_copula_keeps_what_holds_columns_together(nb, people):
    members, _ = people
    real = spearmanr(members[:, :-1]).statistic
    far = {way: np.abs(spearmanr(getattr(nb, way)(members, np.random.default_rng(2))[:, :-1])
                       .statistic - real).max() for way in ("independent", "copula")}  # fmt: skip
    assert far["copula"] < 0.25 < 0.8 < far["independent"]


def test_trees_draw_from_the_leaf(nb):
    """Two clusters that no leaf mixes: each made value belongs to its label's cluster."""
    rng = np.random.default_rng(5)
    label = np.repeat([0.0, 1.0], 60)
    rows = np.column_stack([100 * label + rng.random(120), -50 * label + rng.random(120), label])
    out = nb.trees(rows, rng)
    assert (out[:, 0] > 50).tolist() == (out[:, 2] == 1).tolist()
    assert (out[:, 1] < -20).tolist() == (out[:, 2] == 1).tolist()
    for j in range(3):
        assert set(out[:, j]) <= set(rows[:, j])


def test_smote_lies_between_neighbours_of_one_class(nb, people):
    members, _ = people
    out = nb.smote(members, np.random.default_rng(6))
    assert np.bincount(out[:, -1].astype(int)).tolist() == np.bincount(
        members[:, -1].astype(int)).tolist()  # fmt: skip
    for row in out[::40]:
        own = members[members[:, -1] == row[-1]][:, :-1]
        on_a_line = False
        for a in range(len(own)):
            way, step = own - own[a], row[:-1] - own[a]
            t = (way @ step) / np.maximum((way * way).sum(axis=1), 1e-12)
            off = np.abs(step - t[:, None] * way).max(axis=1)
            on_a_line |= bool(((off < 1e-9) & (t >= 0) & (t <= 1)).any())
        assert on_a_line


@pytest.mark.parametrize("way", ["trees", "smote", "copula"])
def test_the_exercises_files_are_made_the_same_way(nb, people, way):
    members, _ = people
    here = getattr(nb, way)(members, np.random.default_rng(9))
    rng = np.random.default_rng(9)
    there = {"trees": lambda: twin.grown(members, rng), "smote": lambda: twin.between(members, rng),
             "copula": lambda: twin.correlated(members, rng, len(members))}[way]()  # fmt: skip
    assert np.allclose(here, there)


def test_membership_by_every_pair(nb, people):
    members, fresh = (half[:80] for half in people)
    made = nb.copula(members, np.random.default_rng(7))
    told, same = nb.membership(made, members, fresh)
    middle, spread = members[:, :-1].mean(axis=0), members[:, :-1].std(axis=0)
    unit = [(x[:, :-1] - middle) / spread for x in (made, members, fresh)]
    near, far = (np.sqrt(((p[:, None] - unit[0]) ** 2).sum(axis=2)).min(axis=1) for p in unit[1:])
    wins = (near[:, None] < far).mean() + (near[:, None] == far).mean() / 2
    assert told == pytest.approx(wins) and same == 0
    assert nb.membership(members, members, fresh) == (1, 1)


def test_usefulness_of_the_rows_themselves_and_of_turned_labels(nb, people):
    members, fresh = people
    turned = members.copy()
    turned[:, -1] = 1 - turned[:, -1]
    good = nb.usefulness(members, fresh)
    assert good > 0.97 and nb.usefulness(turned, fresh) == pytest.approx(1 - good, abs=1e-3)
    near = KNeighborsClassifier(15).fit(members[:, [0]], members[:, -1])  # another, weaker model
    assert good > near.score(fresh[:, [0]], fresh[:, -1])


def test_pmse_of_a_copy_is_nothing_and_of_other_rows_is_counted(nb, people):
    members, _ = people
    assert nb.pmse_ratio(members[:, :4], members[:, :4]) == pytest.approx(0, abs=1e-9)
    apart = members[:60, :3] + 100 * members[:, :3].std(axis=0)
    k, c, n = 4, 0.5, 120  # told apart at once: every p is 0 or 1, so pMSE is c(1 - c)
    assert nb.pmse_ratio(apart, members[:60, :3]) == pytest.approx(
        0.25 / ((k - 1) * (1 - c) ** 2 * c / n), rel=0.01)  # fmt: skip


# --- loop 5 -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("load", "servers"), [(0.3, 1), (0.8, 1), (1.2, 2)])
def test_the_queue_agrees_with_erlang(nb, load, servers):
    """Erlang's C by its sum, where the notebook has closed forms for one and two servers."""
    terms = np.cumprod([1.0, *(load / k for k in range(1, servers + 1))])
    last = terms[-1] / (1 - load / servers)
    waits = last / (terms[:-1].sum() + last)
    exact = 1 + waits / (servers - load)
    assert exact == pytest.approx(1 / (1 - (load / servers) ** servers))
    assert nb.time_taken(load, servers, seed=3) == pytest.approx(exact, rel=0.08)
