"""What notebook 0 teaches, loaded out of the notebook and held against libraries and paper sums."""

from __future__ import annotations

import ast

import kernel
import nbformat
import numpy as np
import pytest
from book import parse
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, confusion_matrix

TAUGHT = ("do_nothing_accuracy", "dollars_per_applicant", "accuracy_by_loop", "accuracy_by_numpy")


@pytest.fixture(scope="module")
def taught() -> dict:
    """The functions and the price list, as the notebook writes them; nothing else is run."""
    names = {"np": np}
    for cell in nbformat.read(kernel.find("0"), as_version=4).cells:
        for node in parse(cell.source).body if cell.cell_type == "code" else ():
            prices = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PRICES"
            if prices or (isinstance(node, ast.FunctionDef) and node.name in TAUGHT):
                exec(compile(ast.Module([node], []), "0", "exec"), names)
    assert set(TAUGHT) | {"PRICES"} <= set(names)
    return names


@pytest.mark.parametrize("labels", [[1], [0, 0, 0], [1, 0], [1, 1, 0], [0, 0, 1, 1, 0]])
def test_do_nothing_is_the_dummy_classifier(taught, labels):
    rule = DummyClassifier(strategy="most_frequent").fit(np.zeros((len(labels), 1)), labels)
    expected = rule.score(np.zeros((len(labels), 1)), labels)
    assert taught["do_nothing_accuracy"](np.array(labels)) == pytest.approx(expected)


def test_dollars_are_counts_times_prices(taught):
    rng = np.random.default_rng(0)
    truth, decision = rng.integers(0, 2, 500), rng.integers(0, 2, 500)
    _, wrong_approval, wrong_refusal, _ = confusion_matrix(truth, decision).ravel()
    expected = (60 * wrong_approval + 20 * wrong_refusal) / 500
    assert taught["dollars_per_applicant"](decision, truth) == pytest.approx(expected)
    assert taught["dollars_per_applicant"](truth, truth) == 0


def test_the_price_list_is_the_course_s(taught):
    assert taught["PRICES"] == {"wrong approval": 60, "wrong refusal": 20, "clerk": 8}


def test_both_ways_to_score_agree_with_scikit_learn(taught):
    rng = np.random.default_rng(1)
    score, labels = rng.random(400), rng.integers(0, 2, 400)
    score[:3] = 0.5  # the threshold itself approves
    expected = accuracy_score(labels, score >= 0.5)
    assert taught["accuracy_by_loop"](score.tolist(), labels.tolist()) == pytest.approx(expected)
    assert taught["accuracy_by_numpy"](score, labels) == pytest.approx(expected)


def test_the_sign_that_exercise_0a_announces():
    """Its solution says that the gain at 70 to 74 has a surprising sign."""
    from helpers.exercises import nb_0

    accuracy, _, nothing = nb_0._facts(70, 74)
    assert accuracy < nothing
