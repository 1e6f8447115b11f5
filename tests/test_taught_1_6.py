"""What notebook 1-6 teaches, loaded out of the notebook and held against sums done another way."""

from __future__ import annotations

import ast
import itertools

import kernel
import nbformat
import numpy as np
import pandas as pd
import pytest
from book import parse
from scipy.stats import binom, hypergeom

from helpers import data
from helpers.exercises import crowd as twin

TAUGHT = ("make_crowd", "share_right", "vote_of", "dawid_skene", "with_machine", "hand_over",
          "dollars_of", "refused", "summary")  # fmt: skip
SET = {"facts", "busy", "BUSY_SHEETS", "WEIGHT"}


@pytest.fixture(scope="module")
def taught() -> dict:
    """The functions, and the settings of the generator, as the notebook writes them."""
    names = {"np": np, "pd": pd, "data": data, "hypergeom": hypergeom}
    for cell in nbformat.read(kernel.find("1-6"), as_version=4).cells:
        for node in parse(cell.source).body if cell.cell_type == "code" else ():
            given = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in SET
            if given or (isinstance(node, ast.FunctionDef) and node.name in TAUGHT):
                exec(compile(ast.Module([node], []), "1-6", "exec"), names)
    assert set(TAUGHT) | SET <= set(names)
    return names


@pytest.mark.parametrize("seed", [0, 1, 77])
def test_the_crowd_has_the_published_counts(taught, seed):
    labels, key = taught["make_crowd"](np.random.default_rng(seed))
    facts, given = taught["facts"], ~np.isnan(labels)
    asked = np.sort(given.sum(axis=1))
    assert labels.shape == (int(facts["workers"]), int(facts["items"]))
    assert given.sum() == facts["labels"] and set(given.sum(axis=0)) == {10}
    assert asked[::-1][:4].tolist() == [facts[f"busiest_{i}_labels"] for i in (1, 2, 3, 4)]
    assert np.median(asked) == facts["labels_per_worker_median"]
    assert set(labels[given]) == {0, 1} and key.shape == (800,)


def test_the_busiest_are_as_good_as_published(taught):
    """Over thirty crowds: the mean of 30 x 540 labels and more has a standard error below .004."""
    found = []
    for seed in range(30):
        labels, key = taught["make_crowd"](np.random.default_rng(seed))
        asked = (~np.isnan(labels)).sum(axis=1)
        top = np.argsort(-asked, kind="stable")[:4]
        found.append((labels == key).sum(axis=1)[top] / asked[top])
    skill = taught["facts"][taught["busy"]].to_numpy()
    expected = 0.5 + (0.9 - 0.1 * 0.2) * (skill - 0.5)  # one item in ten misleads
    assert np.abs(np.mean(found, axis=0) - expected).max() < 0.016


@pytest.mark.parametrize("seed", [0, 5])
def test_the_exercises_judge_the_same_crowd(taught, seed):
    labels, key = taught["make_crowd"](np.random.default_rng(seed))
    again, same = twin.crowd(seed)
    assert np.array_equal(labels, again, equal_nan=True) and np.array_equal(key, same)
    here, there = taught["dawid_skene"](labels), twin.dawid_skene(again)
    for ours, theirs in zip(here, there, strict=True):
        assert np.allclose(ours, theirs, atol=1e-9)
    assert taught["share_right"](here[0], key) == twin.share_right(there[0], key)


def _small(rng, workers=4, items=6):
    labels = rng.integers(0, 2, (workers, items)).astype(float)
    labels[1:][rng.random((workers - 1, items)) < 0.3] = np.nan
    return labels


def _evidence(labels, says_yes, says_no, share):
    """Posterior of each item and log likelihood (with the half label), over all keys."""
    total, yes = 0.0, np.zeros(labels.shape[1])
    for key in itertools.product([0, 1], repeat=labels.shape[1]):
        chance = 1.0
        for i, truth in enumerate(key):
            chance *= share if truth else 1 - share
            for w in range(len(labels)):
                if not np.isnan(labels[w, i]):
                    right = says_yes[w] if truth else says_no[w]
                    chance *= right if labels[w, i] == truth else 1 - right
        total += chance
        yes += chance * np.array(key)
    prior = 0.5 * np.log(says_yes * (1 - says_yes) * says_no * (1 - says_no)).sum()
    return yes / total, np.log(total) + prior


@pytest.mark.parametrize("seed", range(4))
def test_em_agrees_with_every_key_enumerated(taught, seed):
    labels = _small(np.random.default_rng(seed))
    p, *rates = taught["dawid_skene"](labels, rounds=3)
    assert np.allclose(_evidence(labels, *rates)[0], p, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_no_round_of_em_makes_the_labels_less_likely(taught, seed):
    labels = _small(np.random.default_rng(seed))
    each = [_evidence(labels, *taught["dawid_skene"](labels, rounds=r)[1:])[1]
            for r in (1, 2, 4, 8, 16)]  # fmt: skip
    assert np.diff(each).min() > -1e-9 and each[-1] > each[0]


def test_the_mirror_of_a_start_is_the_mirror_of_the_answer(taught):
    labels, _ = taught["make_crowd"](np.random.default_rng(3))
    yes = np.nanmean(labels, axis=0)
    p, a, b, _ = taught["dawid_skene"](labels, start=yes)
    q, c, d, _ = taught["dawid_skene"](labels, start=1 - yes)
    assert np.allclose(p, 1 - q) and np.allclose(a, 1 - d) and np.allclose(b, 1 - c)


def test_share_right_counts_ties_half(taught):
    found = taught["share_right"](
        np.array([0.5, 0.5, 0.9, 0.2]), np.array([True, False, True, True])
    )
    assert found == pytest.approx(2 / 4)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 9, 10])
def test_a_vote_of_k_is_every_draw_counted(taught, k):
    for right in range(11):
        labels = [1] * right + [0] * (10 - right)
        wins = [
            np.sign(2 * sum(drawn) - k) / 2 + 0.5 for drawn in itertools.combinations(labels, k)
        ]
        assert taught["vote_of"](right, k) == pytest.approx(np.mean(wins))


@pytest.mark.parametrize("k", [3, 9, 10])
@pytest.mark.parametrize("skill", [0.0, 0.5, 0.8])
def test_a_machine_is_one_more_vote(taught, k, skill):
    for right in (0, 3, 5, 6, 10):
        labels = [1] * right + [0] * (10 - right)
        wins = 0.0
        for machine, chance in ((1, skill), (0, 1 - skill)):
            each = [np.sign(2 * (sum(d) + machine) - k - 1) / 2 + 0.5
                    for d in itertools.combinations(labels, k)]  # fmt: skip
            wins += chance * np.mean(each)
        assert taught["with_machine"](right, k, skill) == pytest.approx(wins)


def test_three_voters_as_in_exercise_1_6a(taught):
    assert binom.sf(1, 3, 0.75) == pytest.approx(27 / 32)


def test_hand_over_is_the_cheaper_of_two_gambles(taught):
    rng = np.random.default_rng(2)
    for p, wage, right in zip(
        rng.random(200), rng.uniform(0, 15, 200), rng.random(200), strict=True
    ):
        approves, refuses = 60 * (1 - p), 20 * p
        clerk = wage + (1 - right) * (60 * (1 - p) + 20 * p)
        assert taught["hand_over"](p, wage, right) == (min(approves, refuses) > clerk)
    band = np.linspace(0, 1, 100_001)
    band = band[taught["hand_over"](band, wage=5, right=1)]
    assert band[[0, -1]] == pytest.approx([5 / 20, 1 - 5 / 60], abs=1e-4)  # exercise 1-6d


def test_dollars_and_refusals_by_counting(taught):
    rng = np.random.default_rng(4)
    employed, approve, to_clerk, group = rng.random((4, 300)) < 0.5
    taught.update(employed=employed, approve=approve)
    found = taught["dollars_of"](approve, to_clerk, wage=6, right=0.9)
    expected = [
        6 + 0.1 * (20 if e else 60) if c else 60 if a and not e else 20 if e and not a else 0
        for e, a, c in zip(employed, approve, to_clerk, strict=True)
    ]
    assert found == pytest.approx(expected)
    lost, of = taught["refused"](to_clerk, group)
    alone = sum(e and g and not c and not a for e, g, c, a
                in zip(employed, group, to_clerk, approve, strict=True))  # fmt: skip
    assert of == (employed & group).sum()
    assert lost == pytest.approx(alone + 0.03 * (employed & group & to_clerk).sum())
