"""What notebook 1-5 teaches, loaded out of the notebook and held against libraries and theorems."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import taught
from sklearn.inspection import partial_dependence
from sklearn.linear_model import LogisticRegression

from helpers.interpret import shapley

TAUGHT = ("completeness_gap", "dependence", "fit", "lime", "mixtures", "pairs_of_gloves",
          "shares_by_orders")  # fmt: skip


@pytest.fixture(scope="module")
def notebook() -> dict:
    return taught.load("1-5", *TAUGHT)


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, np.ndarray]:
    """Whole numbers in three columns, and labels that depend on two of them."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.integers(0, 9, (400, 3)).astype(float), columns=["a", "b", "c"])
    return X, (X["a"] * X["b"] + rng.normal(0, 6, 400) > 16).to_numpy().astype(int)


def test_gloves_are_shared_as_shapley_would(notebook):
    shares = notebook["shares_by_orders"](
        notebook["pairs_of_gloves"], ("left", "right", "other right")
    )
    assert shares == pytest.approx({"left": 2 / 3, "right": 1 / 6, "other right": 1 / 6})


def test_all_orders_give_what_all_coalitions_give(notebook):
    rng = np.random.default_rng(1)
    row, others = rng.normal(size=4), rng.normal(size=(7, 4))

    def f(X):
        return X[:, 0] * X[:, 1] + np.sin(X[:, 2])  # the fourth column plays no part

    def worth(known):
        return f(np.where(np.isin(np.arange(4), list(known)), row, others)).mean()

    shares = notebook["shares_by_orders"](worth, range(4))
    assert list(shares.values()) == pytest.approx(shapley(f, row[None], others)[0])
    assert shares[3] == pytest.approx(0, abs=1e-12)
    assert sum(shares.values()) == pytest.approx(worth({0, 1, 2, 3}) - worth(set()))


def test_dependence_is_scikit_learn_s(notebook, table):
    X, y = table
    model = LogisticRegression().fit(X, y)
    grid = np.unique(X["a"])
    mean, single = notebook["dependence"](model, X, "a", grid)
    library = partial_dependence(model, X, ["a"], kind="both", method="brute",
                                 response_method="predict_proba", percentiles=(0, 1))  # fmt: skip
    np.testing.assert_allclose(mean, library["average"][0], atol=1e-12)
    np.testing.assert_allclose(single, library["individual"][0], atol=1e-12)
    assert single.shape == (len(X), len(grid))


def test_lime_finds_the_shares_of_a_linear_answer(notebook):
    rng = np.random.default_rng(2)
    others, row, weight = rng.normal(size=(500, 3)), np.array([2.0, -1.0, 3.0]), [1.0, 2.0, 0.0]
    found = notebook["lime"](lambda X: X @ weight, row, others, rng, n=20_000)
    np.testing.assert_allclose(found, weight * (row - others.mean(axis=0)), atol=0.2)


def test_whole_numbers_leave_no_gap(notebook, table):
    X, y = table
    model = notebook["fit"](X, y)
    assert notebook["completeness_gap"](model, X.head(30), X.tail(20)) < 1e-6


def test_a_wrong_base_is_a_gap(notebook, table, monkeypatch):
    """The gap must be able to fail: with one share changed it is as large as the change."""
    import shap

    X, y = table
    model, honest = notebook["fit"](X, y), shap.TreeExplainer.shap_values
    monkeypatch.setattr(shap.TreeExplainer, "shap_values", lambda s, X: honest(s, X) + [0.3, 0, 0])
    gap = notebook["completeness_gap"](model, X.head(30), X.tail(20))
    assert gap == pytest.approx(0.3, abs=1e-6)


def test_mixtures_keep_every_cell_in_its_column(notebook):
    X = np.arange(30).reshape(10, 3)
    mixed = notebook["mixtures"](X, np.random.default_rng(0))
    assert mixed.shape == X.shape and (mixed != X).any()
    assert all(set(mixed[:, j]) <= set(X[:, j]) for j in range(3))


def test_the_course_s_settings_are_those_of_the_exercises(notebook, table):
    from helpers.exercises import nb_1_5

    X, y = table
    one, other = notebook["fit"](X, y), nb_1_5._desk()["fit"](X, y)
    assert one.get_params() == other.get_params()
    monotone = notebook["fit"](X, y, monotonic_cst={"a": 1})
    assert monotone.monotonic_cst == {"a": 1}
