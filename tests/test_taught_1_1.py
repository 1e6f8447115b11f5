"""What notebook 1-1 teaches, loaded out of it and held against libraries and paper sums."""

from __future__ import annotations

import numpy as np
import pytest
import taught
from sklearn import metrics

PRICES = {"WRONG_APPROVAL": 60, "WRONG_REFUSAL": 20}
GRID = np.arange(2, 99) / 100


@pytest.fixture(scope="module")
def notebook() -> dict:
    return taught.load(
        "1-1", "twelve_numbers", "share_of_pairs_in_order", "errors_at", "redrawn_errors",
        "dollars_each", "hindsight", "average_precision", "rmse", "mae", "grid", **PRICES,
    )  # fmt: skip


def sample(seed: int, n: int = 400, digits: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Labels and informative scores; few digits make many ties."""
    rng = np.random.default_rng(seed)
    truth = (rng.random(n) < 0.3).astype(int)
    score = np.clip(0.3 + 0.3 * truth + rng.normal(0, 0.2, n), 0, 1).round(digits)
    return truth, score


def test_the_prices_are_those_of_notebook_0():
    found = taught.load("1-1", *PRICES)
    assert found == PRICES
    prices = taught.load("0", "PRICES")["PRICES"]
    assert prices["wrong approval"] == 60 and prices["wrong refusal"] == 20


@pytest.mark.parametrize("counts", [(12, 8, 4, 176), (30491, 7119, 4931, 16588), (1, 1, 1, 1)])
def test_twelve_numbers_are_scikit_learn_s(notebook, counts):
    tp, fp, fn, tn = counts
    truth = np.repeat([1, 0, 1, 0], counts)
    said = np.repeat([1, 1, 0, 0], counts)
    got = notebook["twelve_numbers"](tp, fp, fn, tn)
    expected = {
        "base rate": truth.mean(), "accuracy": metrics.accuracy_score(truth, said),
        "balanced accuracy": metrics.balanced_accuracy_score(truth, said),
        "precision": metrics.precision_score(truth, said),
        "negative predictive value": metrics.precision_score(truth, said, pos_label=0),
        "recall": metrics.recall_score(truth, said), "miss rate": fn / (fn + tp),
        "specificity": metrics.recall_score(truth, said, pos_label=0),
        "false positive rate": fp / (fp + tn), "F1": metrics.f1_score(truth, said),
        "MCC": metrics.matthews_corrcoef(truth, said),
        "lift": metrics.precision_score(truth, said) / truth.mean(),
    }  # fmt: skip
    assert set(got) == set(expected) and len(got) == 12
    for name, value in expected.items():
        assert got[name] == pytest.approx(value, abs=1e-12), name


def test_twelve_numbers_take_many_tables_at_once(notebook):
    many = np.array([[12, 8, 4, 176], [5, 5, 5, 5]])
    got = notebook["twelve_numbers"](*many.T)
    for row, counts in enumerate(many):
        one = notebook["twelve_numbers"](*counts)
        assert all(got[name][row] == pytest.approx(one[name]) for name in one)


def test_pairs_in_order_on_paper(notebook):
    # Of the pairs (.35, .1), (.35, .4), (.8, .1), (.8, .4) three are in order; a tie counts half.
    pairs = notebook["share_of_pairs_in_order"]
    assert pairs(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])) == 0.75
    assert pairs(np.array([0, 1]), np.array([0.5, 0.5])) == 0.5


@pytest.mark.parametrize("digits", [1, 2, 8])
def test_pairs_in_order_are_auc(notebook, digits):
    truth, score = sample(1, digits=digits)
    got = notebook["share_of_pairs_in_order"](truth, score)
    assert got == pytest.approx(metrics.roc_auc_score(truth, score), abs=1e-12)


@pytest.mark.parametrize("digits", [1, 2, 8])
def test_average_precision_is_scikit_learn_s_with_ties_and_weights(notebook, digits):
    truth, score = sample(2, digits=digits)
    weight = np.random.default_rng(3).integers(0, 4, len(truth))
    for w in (np.ones(len(truth)), weight):
        expected = metrics.average_precision_score(truth, score, sample_weight=w)
        assert notebook["average_precision"](truth, score, w) == pytest.approx(expected, abs=1e-12)


def test_average_precision_on_paper(notebook):
    # Hits on places 1 and 3 of the list: (1/1 + 2/3) / 2.
    truth, score = np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.7, 0.1])
    assert notebook["average_precision"](truth, score, np.ones(4)) == pytest.approx(5 / 6)


def test_errors_at_each_threshold(notebook):
    truth, score = sample(4)
    assert np.array_equal(notebook["grid"], GRID)
    fp, fn, tp = notebook["errors_at"](GRID, truth, score)
    for k, t in enumerate(GRID):
        table = metrics.confusion_matrix(truth, score >= t, labels=[0, 1]) / len(truth)
        assert [fp[k], fn[k], tp[k]] == pytest.approx([table[0, 1], table[1, 0], table[1, 1]])


def test_redrawn_errors_are_samples_of_the_people(notebook):
    truth, score = sample(5)
    exact = notebook["errors_at"](GRID, truth, score)
    redrawn = notebook["redrawn_errors"](truth, score, people=400, draws=3000, seed=0)
    for whole, draws in zip(exact, redrawn, strict=True):
        assert draws.shape == (3000, 97)
        spread = np.sqrt(whole * (1 - whole) / 400)  # of one sample of 400
        assert np.abs(draws.mean(axis=0) - whole).max() < 5 * 0.5 / np.sqrt(400 * 3000)
        assert np.allclose(draws.std(axis=0), spread, atol=0.0025)
    again = notebook["redrawn_errors"](truth, score, people=400, draws=3000, seed=0)
    assert np.array_equal(redrawn[0], again[0])


def test_dollars_are_counts_times_prices(notebook):
    truth, score = sample(6)
    table = metrics.confusion_matrix(truth, score >= 0.5)
    each = notebook["dollars_each"](0.5, truth, score)
    assert set(each.tolist()) <= {0, 20, 60}
    assert each.sum() == 60 * table[0, 1] + 20 * table[1, 0]


@pytest.mark.parametrize("flip", [False, True])
def test_hindsight_tries_every_threshold(notebook, flip):
    truth, score = sample(7)
    score = 1 - score if flip else score  # upside down: refusing everybody is cheapest
    every = [*np.unique(score), 2.0]
    expected = min(notebook["dollars_each"](t, truth, score).mean() for t in every)
    assert notebook["hindsight"](truth, score) == pytest.approx(expected)


def test_rmse_and_mae(notebook):
    errors = np.array([3.0, -4.0])
    assert notebook["rmse"](errors) == pytest.approx(np.sqrt(12.5))
    assert notebook["mae"](errors) == 3.5
