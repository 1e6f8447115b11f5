"""What notebook 3-2 teaches, loaded out of the notebook and held against sums done another way."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import taught
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.feature_selection import f_classif
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.manifold import trustworthiness
from sklearn.random_projection import johnson_lindenstrauss_min_dim
from sklearn.tree import DecisionTreeRegressor

NAMES = ("brier", "parts_of", "curve", "followed", "tree_of", "boosting", "KNOBS", "all_settings",
         "draw", "weights", "wrong", "principal", "separates", "trust")  # fmt: skip


@pytest.fixture(scope="module")
def of():
    images, digit = load_digits(return_X_y=True)
    rng = np.random.default_rng(9)
    X = rng.normal(size=(3_000, 3))
    y = X[:, 0] + rng.normal(size=3_000)
    return taught.load("3-2", *NAMES, images=images, digit=digit, X_pool=X[:2_000],
                       y_pool=y[:2_000], X_test=X[2_000:], y_test=y[2_000:])  # fmt: skip


# --- three parts of an error --------------------------------------------------------------------


@pytest.mark.parametrize("samples", [2, 5, 30])
def test_variance_and_the_rest_are_the_error(of, samples):
    rng = np.random.default_rng(samples)
    says, truth = rng.random((samples, 40)), rng.integers(0, 2, 40)
    variance, rest = of["parts_of"](says, truth)
    each = [((s - truth) ** 2).mean() for s in says]
    assert variance + rest == pytest.approx(np.mean(each), abs=1e-12)


def test_parts_are_unbiased_where_bias_and_variance_are_known(of):
    """Normal predictions, bias .3 and variance .04, from 5 samples each: means over 4,000 tries."""
    rng = np.random.default_rng(1)
    truth = rng.random(3)
    found = np.array([of["parts_of"](truth + 0.3 + rng.normal(0, 0.2, (5, 3)), truth)
                      for _ in range(4_000)])  # fmt: skip
    assert np.abs(found.mean(axis=0) - [0.04, 0.09]).max() < 0.004


def test_noise_is_what_the_true_probability_leaves(of):
    rng = np.random.default_rng(2)
    p = rng.random(200_000)
    y = rng.random(len(p)) < p
    assert of["brier"](p, y) == pytest.approx((p * (1 - p)).mean(), abs=0.003)


def test_a_learning_curve_of_least_squares_follows_the_textbook(of):
    """Four weights, noise 1: test error (1 + 4 / (n - 5)), training error 1 - 4 / n, about."""
    table = of["curve"](LinearRegression, (12, 1_500), repeats=300)
    means = table.groupby("rows")[["training", "test"]].mean()
    noise = means.loc[1_500].mean()
    assert means.loc[12, "test"] / noise == pytest.approx(1 + 4 / 7, abs=0.25)
    assert means.loc[12, "training"] / noise == pytest.approx(1 - 4 / 12, abs=0.08)
    assert table.groupby("rows").size().tolist() == [300, 300]


# --- degrees of freedom -------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 4, 12])
def test_least_squares_with_k_weights_follows_as_k(of, k):
    rng = np.random.default_rng(k)
    X, y = rng.normal(size=(60, k)), rng.normal(size=60)
    model = LinearRegression(fit_intercept=False)
    found = of["followed"](lambda v: model.fit(X, v).predict(X)[None], y, rng, nudges=600)
    assert found[0] == pytest.approx(k, abs=0.6)


def test_a_copy_follows_as_n_and_a_constant_as_nothing(of):
    rng, y = np.random.default_rng(3), np.zeros(50)
    found = of["followed"](lambda v: np.array([v, np.full(50, 0.4), v.mean() + 0 * v]), y, rng, 800)
    assert np.abs(found - [50, 0, 1]).max() < 1.2
    assert found[1] == 0


def test_each_setting_is_fitted_by_itself(of):
    own, where = slice(0, 200), of["all_settings"].__globals__["X_test"]
    y = of["all_settings"].__globals__["y_pool"][own]
    X = of["all_settings"].__globals__["X_pool"][own]
    found = of["all_settings"]("depth", y, own, where)
    for row, depth in zip(found, of["KNOBS"]["depth"][0], strict=True):
        tree = DecisionTreeRegressor(max_depth=depth, random_state=0).fit(X, y)
        assert (row == tree.predict(where)).all()
    assert isinstance(of["boosting"](), HistGradientBoostingRegressor)
    assert isinstance(of["tree_of"], partial) and "ridge" in of["KNOBS"]


# --- double descent -----------------------------------------------------------------------------


@pytest.mark.parametrize("p", [5, 29, 31, 80])
def test_weights_are_the_smallest_of_the_best(of, p):
    rng = np.random.default_rng(p)
    F, labels = rng.normal(size=(30, p)), np.arange(30) % 10
    Y, (w, *held) = np.eye(10)[labels], of["weights"](F, labels, 0, 0.1, 3.0)
    assert np.allclose(w, np.linalg.pinv(F) @ Y)
    for penalty, shrunk in zip((0.1, 3.0), held, strict=True):
        solved = Ridge(alpha=penalty, fit_intercept=False).fit(F, Y).coef_.T
        assert np.allclose(shrunk, solved)
    if p > 30:
        assert of["wrong"](F, w, labels) == 0
        inside = np.linalg.svd(F)[2][:30]
        assert np.allclose(w, inside.T @ (inside @ w))  # nothing where F sees nothing


def test_draws_hold_out_the_rest_and_renew_about_15_percent(of):
    F, labels, G, truth = of["draw"](0, n=400, p=50)
    assert F.shape == (400, 50) and G.shape == (1_397, 50) and len(truth) == 1_397
    again = of["draw"](0, n=400, p=50)
    assert all(np.array_equal(a, b) for a, b in zip((F, labels, G, truth), again, strict=True))
    digit = of["draw"].__globals__["digit"]
    train = np.random.default_rng(0).permutation(len(digit))[:400]
    assert (labels != digit[train]).mean() == pytest.approx(0.15 * 0.9, abs=0.06)
    assert min(F.min(), G.min()) == 0 and np.linalg.matrix_rank(F) == 50


@pytest.mark.parametrize(("n", "p"), [(60, 60), (100, 100), (150, 150)])
def test_the_peak_is_where_features_equal_images(of, n, p):
    def error(k):
        F, labels, G, truth = of["draw"](5, n, k)
        return of["wrong"](G, of["weights"](F, labels, 0)[0], truth)

    assert error(p) > 1.5 * max(error(p // 3), error(4 * p))


# --- fewer columns ------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 3, 6])
def test_principal_directions_are_scikit_learns(of, k):
    rows = np.random.default_rng(k).normal(size=(40, 6)) @ np.diag([4, 3, 2, 1, 0.5, 0.2]) + 7
    mean, directions, along = of["principal"](rows, k)
    library = PCA(svd_solver="full").fit(rows)
    assert np.allclose(mean, library.mean_) and np.allclose(along, library.explained_variance_)
    assert np.allclose(np.abs(directions @ library.components_[:k].T), np.eye(k), atol=1e-9)


def test_columns_are_ranked_as_by_the_f_test(of):
    rng = np.random.default_rng(4)
    labels = np.repeat(np.arange(10), 30)
    rows = rng.normal(size=(300, 12)) + labels[:, None] * np.linspace(0, 0.6, 12)
    found, library = of["separates"](rows, labels), f_classif(rows, labels)[0]
    assert np.allclose(found * 290 / 9, library, rtol=1e-6)


@pytest.mark.parametrize("k", [1, 5, 12])
def test_trust_is_scikit_learns(of, k):
    rng = np.random.default_rng(k)
    high = rng.normal(size=(80, 6))
    for low in (high[:, :2], rng.normal(size=(80, 2)), high * 3 + 1):
        assert of["trust"](high, low, k) == pytest.approx(trustworthiness(high, low, n_neighbors=k))
    assert of["trust"](high, high) == 1


def test_random_directions_by_the_formula():
    """Johnson and Lindenstrauss: 4 log n / (eps^2 / 2 - eps^3 / 3)."""
    for eps, k in ((0.5, 663), (0.1, 11_841), (0.01, 1_112_658)):
        assert int(4 * np.log(1_000_000) / (eps**2 / 2 - eps**3 / 3)) == k
        assert int(johnson_lindenstrauss_min_dim(1_000_000, eps=eps)) == k
