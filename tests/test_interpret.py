"""Explanations add up, treat twins and idle columns fairly, and refuse where the peer is wrong."""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import data, show
from helpers.interpret import explain, integrated_gradients, shapley

WEIGHTS = np.array([3.0, -1.0, 0.5])


@cache
def acs():
    table = data.load("acs")
    columns = list(table.columns[:16])
    past = table[table.year == 2015].sample(4000, random_state=0)
    now = table[table.year == 2018].sample(60, random_state=1)
    return past[columns], past.employed, now[columns]


@cache
def boosting():
    from sklearn.ensemble import HistGradientBoostingClassifier

    X, y, _ = acs()
    return HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=15, random_state=0).fit(X, y)


@cache
def odds():
    """Fifteen real columns, and the log-odds of the bought score: float64, many values."""
    table = data.load("acs").query("year == 2015").sample(6000, random_state=0)
    p = table.vendor_score.astype(float).clip(1e-4, 1 - 1e-4)
    X = table[list(table.columns[:15])].assign(odds=np.log(p / (1 - p))).astype(float)
    return X, table.employed


def by_orders(f, X, background):
    """Shapley values as the mean over all orders of arrival: the definition, slowly."""
    from itertools import permutations

    n, width = X.shape

    def worth(inside):
        mixed = np.repeat(background[None], n, axis=0)
        for j in inside:
            mixed[:, :, j] = X[:, [j]]
        return f(mixed.reshape(-1, width)).reshape(n, -1).mean(axis=1)

    orders = list(permutations(range(width)))
    total = np.zeros((n, width))
    for order in orders:
        for i, j in enumerate(order):
            total[:, j] += worth(order[: i + 1]) - worth(order[:i])
    return total / len(orders)


def wavy(X):
    return np.sin(X[:, 0]) * X[:, 1] + X[:, 2] ** 2 + X[:, 0] * X[:, 1] * X[:, 2]


# The oracle


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_shapley_is_the_mean_over_orders_efficient_and_linear(seed):
    rng = np.random.default_rng(seed)
    X, B = rng.normal(size=(4, 3)), rng.normal(size=(5, 3))
    values = shapley(wavy, X, B)
    np.testing.assert_allclose(values, by_orders(wavy, X, B), atol=1e-12)
    np.testing.assert_allclose(values.sum(axis=1), wavy(X) - wavy(B).mean(), atol=1e-12)
    np.testing.assert_allclose(shapley(lambda Z: 2 * wavy(Z) + Z @ WEIGHTS, X, B),
                               2 * values + WEIGHTS * (X - B.mean(axis=0)), atol=1e-12)  # fmt: skip


def test_shapley_is_symmetric_and_gives_idle_columns_exactly_nothing():
    rng = np.random.default_rng(1)
    X, B = rng.normal(size=(6, 4)), rng.normal(size=(7, 4))
    X[:, 1], B[:, 1] = X[:, 0], B[:, 0]  # twins
    values = shapley(lambda Z: (Z[:, 0] + Z[:, 1]) * Z[:, 2], X, B)
    np.testing.assert_allclose(values[:, 0], values[:, 1], atol=1e-12)
    assert (values[:, 3] == 0).all()
    glove = np.array([[1.0, 1.0, 1.0]])
    pairs = shapley(lambda Z: Z[:, 0] * np.maximum(Z[:, 1], Z[:, 2]), glove, 0 * glove)
    np.testing.assert_allclose(pairs, [[2 / 3, 1 / 6, 1 / 6]])


# Against the library and against enumeration


@pytest.mark.parametrize("method", ["exact", "permutation"])
def test_any_function_agrees_with_enumeration(method):
    rng = np.random.default_rng(2)
    X, B = rng.normal(size=(4, 3)), rng.normal(size=(20, 3))
    e = explain(wavy, X, B, method=method, permutations=3)
    far = np.abs(e.values - shapley(wavy, X, B))
    assert e.method == method and e.gap < 1e-9 and e.values.shape == e.stderr.shape == (4, 3)
    if method == "exact":
        assert far.max() < 1e-12
    else:  # drawn orders: wrong by less than half of the largest share, and by no more than noise
        assert far.max() < 0.5 * np.abs(e.values).max() and (far < 5 * e.stderr + 1e-9).all()
    # An additive function has no order to draw: both are exact.
    e = explain(lambda Z: Z @ WEIGHTS, X, B, method=method)
    np.testing.assert_allclose(e.values, WEIGHTS * (X - B.mean(axis=0)), atol=1e-10)


def test_stderr_tells_how_far_the_values_are_from_those_of_an_endless_background():
    # x0 * x1 with background means 0: the true share of each is x0 * x1 / 2.
    X, found = np.array([[1.0, 2.0]]), []
    for seed in range(100):
        B = np.random.default_rng(seed).normal(size=(60, 2))
        e = explain(lambda Z: Z[:, 0] * Z[:, 1], X, B, method="exact", seed=seed)
        found.append((e.values[0, 0], e.stderr[0, 0]))
    values, stderr = np.transpose(found)
    assert 0.7 < stderr.mean() / values.std(ddof=1) < 1.4  # four standard errors either way
    # Student's t with 10 parts: 5 of 100 outside; 17 or more by chance in 1 of 100,000.
    assert (np.abs(values - 1.0) / stderr > 2.262).sum() < 17


def test_tree_equals_enumeration_on_real_people():
    from sklearn.ensemble import HistGradientBoostingClassifier

    X, y, now = acs()
    few = ["AGEP", "SCHL", "DIS", "SEX"]
    m = HistGradientBoostingClassifier(max_iter=15, random_state=0).fit(X[few], y)
    e = explain(m, now[few].head(8), X[few].head(25))
    assert e.method == "tree" and e.output == "margin" and e.gap < 1e-5
    oracle = shapley(m.decision_function, now[few].head(8), X[few].head(25))
    np.testing.assert_allclose(e.values, oracle, atol=1e-5)


def test_linear_is_weight_times_distance_from_the_mean():
    from sklearn.linear_model import LinearRegression, LogisticRegression

    rng = np.random.default_rng(3)
    X, B = rng.normal(size=(20, 3)), rng.normal(size=(150, 3)) + 1  # more than shap's cut of 100
    m = LinearRegression().fit(X, X @ WEIGHTS + 2)
    e = explain(m, X, B)
    np.testing.assert_allclose(e.values, m.coef_ * (X - B.mean(axis=0)), atol=1e-10)
    assert e.method == "linear" and e.output == "value" and np.isclose(e.base, m.predict(B).mean())
    m = LogisticRegression().fit(X, X[:, 0] > 0)
    yes, no = explain(m, X, B), explain(m, X, B, target=False)
    np.testing.assert_allclose(yes.values, m.coef_ * (X - B.mean(axis=0)), atol=1e-10)
    np.testing.assert_allclose(no.values, -yes.values, atol=1e-12)
    assert explain(m, X, B, output="probability").method == "exact"


def test_one_shape_for_every_model():
    from sklearn.ensemble import (
        ExtraTreesRegressor,
        GradientBoostingClassifier,
        HistGradientBoostingRegressor,
        RandomForestClassifier,
    )
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.tree import DecisionTreeClassifier

    X, y, now = acs()
    X, y, now = X.iloc[:400, :5], y.head(400), now.iloc[:6, :5]
    kinds = [(RandomForestClassifier(10, random_state=0), "tree", "probability"),
             (DecisionTreeClassifier(max_depth=4), "tree", "probability"),
             (GradientBoostingClassifier(n_estimators=10), "tree", "margin"),
             (ExtraTreesRegressor(10, random_state=0), "tree", "value"),
             (HistGradientBoostingRegressor(max_iter=10), "tree", "value"),
             (KNeighborsClassifier(), "exact", "probability")]  # fmt: skip
    for model, method, output in kinds:
        e = explain(model.fit(X, y), now, X.head(12))
        assert e.values.shape == (6, 5) and (e.method, e.output) == (method, output), model
        assert e.gap < 1e-5
        np.testing.assert_allclose(e.base + e.values.sum(axis=1), e.predicted, atol=1e-5)


def test_three_classes_need_a_target_and_their_margins_cancel_out():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(4)
    X = rng.normal(size=(90, 3))
    m = LogisticRegression().fit(X, np.digitize(X[:, 0], [-0.5, 0.5]))
    with pytest.raises(ValueError, match="target.*3 classes"):
        explain(m, X)
    parts = [explain(m, X[:5], X, target=k, output="probability").values for k in (0, 1, 2)]
    np.testing.assert_allclose(sum(parts), 0, atol=1e-9)  # the probabilities sum to one


# Where the peer is wrong


def breast_cancer():
    from sklearn.datasets import load_breast_cancer

    return load_breast_cancer(return_X_y=True)


def between_two_singles():
    """A column whose 64-bit threshold lies between its values, and its 32-bit form below both."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    seen = np.where(rng.random(300) < 0.1, 1 - y, y)
    X = np.column_stack([1 + np.where(seen == 1, 5e-8, 3e-8), rng.normal(size=300).round(1)])
    assert len(set(X[:, 0].astype("float32"))) == 1
    return X, y


def shaps_gap(model, rows, behind):
    """How far shap's shares are from the probabilities; its own check is on, and says nothing."""
    import shap

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = shap.TreeExplainer(model, np.asarray(behind), model_output="probability")
        values = peer.shap_values(np.asarray(rows), check_additivity=True)
        truth = model.predict_proba(rows)[:, 1]
    return np.abs(truth - peer.expected_value - values.sum(axis=1)).max()


def test_shap_is_silently_wrong_on_float64_boosting_and_ours_refuses():
    from sklearn.ensemble import HistGradientBoostingClassifier

    X, y = between_two_singles()
    m = HistGradientBoostingClassifier(max_iter=40, random_state=0).fit(X, y)
    assert shaps_gap(m, X[:100], X[100:160]) > 0.1
    for output in ("probability", "margin"):
        with pytest.raises(ValueError, match="method.*miss the prediction.*float32"):
            explain(m, X[:100], X[100:160], output=output)
    assert explain(m, X[:20], method="path").gap < 1e-9
    assert explain(m, X[:1], X[100:110], method="permutation").gap < 1e-9


@pytest.mark.parametrize("table", [breast_cancer, odds])
def test_on_real_measurements_ours_refuses_where_shap_misses_and_only_there(table):
    from sklearn.ensemble import HistGradientBoostingClassifier

    X, y = table()  # how large the gap is depends on scikit-learn's version: see tests/bench
    m = HistGradientBoostingClassifier(max_iter=40, random_state=0).fit(X, y)
    missed = shaps_gap(m, X[:100], X[100:160])
    if missed > 1e-4:
        with pytest.raises(ValueError, match="method.*miss the prediction.*float32"):
            explain(m, X[:100], X[100:160], output="probability")
    else:
        e = explain(m, X[:100], X[100:160], output="probability")
        assert e.gap == pytest.approx(missed, abs=1e-6)
    short = X.astype("float16").astype("float32")
    cured = HistGradientBoostingClassifier(max_iter=40, random_state=0).fit(short, y)
    assert explain(cured, short[:100], short[100:160], output="probability").gap < 1e-5


def test_backgrounds_are_used_whole_and_counted():
    import shap

    X, _, now = acs()
    m = boosting()
    e = explain(m, now.head(5), X.head(300))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = shap.TreeExplainer(m, X.head(300).to_numpy())
    assert len(peer.data) == 100  # cut, without a word
    assert len(e.background) == 300 and "300 rows of the background given" in e.note
    np.testing.assert_allclose(e.base, m.decision_function(X.head(300)).mean())
    parts = [explain(m, now.head(5), X[i : i + 100]).values for i in (0, 100, 200)]
    np.testing.assert_allclose(e.values, np.mean(parts, axis=0), atol=1e-6)
    default = explain(m, X.head(250))
    assert "100 of the 250 rows of X" in default.note and len(default.background) == 100
    assert explain(m, X.head(30)).note == "all 30 rows of X"


def test_columns_and_types_are_those_of_the_fit():
    X, _, now = acs()
    m = boosting()
    with pytest.raises(ValueError, match="X: has its columns in another order"):
        explain(m, now[now.columns[::-1]], X)
    with pytest.raises(ValueError, match="background: has its columns in another order"):
        explain(m, now, X[X.columns[::-1]])
    with pytest.raises(ValueError, match="X: found an array.*DataFrame"):
        explain(m, now.to_numpy(), X.to_numpy())
    with pytest.raises(ValueError, match="background: column 'SEX' is"):
        explain(m, now, X.head(9).assign(SEX=[str(v) for v in X.head(9).SEX]))
    bare = type(m)(max_iter=3).fit(X.to_numpy(), acs()[1])
    assert explain(bare, now, X.head(9)).columns == tuple(X.columns)  # and no warning
    with pytest.raises(ValueError, match="X: found 15 columns"):
        explain(bare, now.iloc[:, :15].to_numpy())


# Pipelines and text columns


def people():
    X, y, _ = acs()
    X = X[["AGEP", "SCHL", "RAC1P"]].assign(
        race=X.RAC1P.map("r{}".format), married=pd.Categorical(X.MAR.map("m{}".format)),
        still=1.1)  # fmt: skip
    return X.drop(columns="RAC1P"), y


def encoding(*more):
    from sklearn.compose import make_column_transformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    onehot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = make_column_transformer((onehot, ["race", "married"]), (StandardScaler(), ["SCHL"]),
                                      remainder="passthrough")  # fmt: skip
    return make_pipeline(columns, *more)


def test_text_columns_are_folded_back_and_agree_with_enumeration():
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression

    X, y = people()
    linear = encoding(LogisticRegression(max_iter=1000)).fit(X, y)
    fast = explain(linear, X.head(6), X.tail(3))
    slow = explain(linear, X.head(6), X.tail(3), method="exact")
    assert fast.method == "linear" and fast.columns == tuple(X.columns)
    np.testing.assert_allclose(fast.values, slow.values, atol=1e-6)
    assert (fast.values[:, 4] == 0).all() and (slow.values[:, 4] == 0).all()  # constant: exactly 0
    forest = encoding(RandomForestClassifier(10, max_depth=4, random_state=0)).fit(X, y)
    e = explain(forest, X.head(6), X.tail(30))
    assert e.method == "tree" and e.values.shape == (6, 5) and e.gap < 1e-6


def test_columns_mixed_by_the_pipeline_are_explained_whole():
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression

    X, y = people()
    m = encoding(PCA(4), LogisticRegression(max_iter=1000)).fit(X, y)
    e = explain(m, X.head(4), X.tail(3))
    assert e.method == "exact" and e.gap < 1e-9
    with pytest.raises(ValueError, match="method.*mixed by the pipeline.*permutation"):
        explain(m, X.head(4), X.tail(20), method="linear")


# Hard cases


@pytest.mark.parametrize("method", ["exact", "permutation"])
def test_twins_share_equally(method):
    rng = np.random.default_rng(5)
    X, B = rng.normal(size=(5, 4)), rng.normal(size=(50, 4))
    X[:, 1], B[:, 1] = X[:, 0], B[:, 0]

    def f(Z):
        return (Z[:, 0] + Z[:, 1]) * Z[:, 2] * Z[:, 3]

    e = explain(f, X, B, method=method, permutations=10)
    apart = np.abs(e.values[:, 0] - e.values[:, 1])
    if method == "exact":
        assert apart.max() < 1e-12
    else:  # drawn orders: equal within what stderr says
        assert (apart < 5 * np.hypot(e.stderr[:, 0], e.stderr[:, 1])).all() and apart.max() < 0.5


def test_a_background_of_one_row_and_a_row_that_equals_it():
    X = np.array([[1.0, 2.0, 3.0], [0.0, 5.0, 0.0]])
    for method in ("exact", "permutation"):
        e = explain(wavy, X, X[:1], method=method)
        assert isinstance(e.stderr, show.NotMeasured) and e.gap < 1e-12
        assert (e.values[0] == 0).all() and e.base == e.predicted[0]
    e = explain(boosting(), acs()[2].head(3), acs()[0].head(1))
    assert e.note == "1 row of the background given" and "1 row of" in repr(e)


def test_column_constant_in_both_tables_gets_exactly_nothing():
    from sklearn.linear_model import LinearRegression

    rng = np.random.default_rng(6)
    X = np.column_stack([rng.normal(size=(30, 2)), np.full(30, 0.1)])
    m = LinearRegression().fit(X, X[:, 0])
    m.coef_ = np.array([1.0, 2.0, 1e6])  # rounding in the mean of 0.1 would show
    for method in ("linear", "permutation", "exact"):
        assert (explain(m, X[:9], X, method=method).values[:, 2] == 0).all()


def test_same_seed_same_values_and_no_global_state():
    rng = np.random.default_rng(7)
    X = rng.normal(size=(6, 9))

    def f(Z):
        return Z[:, 0] * Z[:, 1] * Z[:, 2] + Z[:, 3:].prod(axis=1)

    before = np.random.get_state()[1].copy()  # noqa: NPY002
    a, b, c = (explain(f, X, X, method="permutation", seed=s).values for s in (1, 1, 2))
    assert (before == np.random.get_state()[1]).all()  # noqa: NPY002
    assert (a == b).all() and (a != c).any()


def test_missing_cells_pass_through():
    from sklearn.ensemble import HistGradientBoostingClassifier

    X, y, now = acs()
    X, now = X.astype("float32"), now.astype("float32")
    X.iloc[::7, 0], now.iloc[::3, 0] = np.nan, np.nan
    m = HistGradientBoostingClassifier(max_iter=10, random_state=0).fit(X, y)
    assert explain(m, now, X.head(30)).gap < 1e-5
    assert explain(m, now.head(2), X.head(20), method="permutation").gap < 1e-9


def test_nothing_is_printed_and_no_warning_leaks(capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        explain(boosting(), acs()[2], acs()[0].head(20))
        explain(boosting(), acs()[2].head(2), acs()[0].head(10), method="permutation")
    assert capfd.readouterr() == ("", "")


# Networks


def network():
    import torch

    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Dropout(0.5),
                               torch.nn.Linear(8, 3))  # fmt: skip


def test_a_network_is_explained_like_any_model_and_left_as_it_was():
    import torch

    net, X = network(), np.random.default_rng(8).normal(size=(5, 4)).astype("float32")
    net[2].eval()  # one part rests already; the others are in training
    e = explain(net, torch.tensor(X), target=2, output="probability")
    assert [part.training for part in net] == [True, True, False, True]
    with torch.no_grad():
        net.eval()
        truth = net(torch.tensor(X)).softmax(dim=1)[:, 2].numpy()
    np.testing.assert_allclose(e.predicted, truth, atol=1e-6)
    assert e.method == "exact" and e.gap < 1e-5 and e.values.shape == (5, 4)
    with pytest.raises(ValueError, match="target"):
        explain(net, X)


def test_integrated_gradients_add_up_and_are_exact_for_a_linear_net():
    import torch

    net, x = network(), torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    coarse = integrated_gradients(net, x, steps=4, target=1, tolerance=1.0)
    fine = integrated_gradients(net, x, steps=128, target=1)
    assert fine.gap < 1e-4 and fine.gap < coarse.gap and fine.values.shape == (6, 4)
    assert net.training and all(p.grad is None for p in net.parameters())
    linear, start = torch.nn.Linear(4, 1), torch.full((4,), 0.5)
    e = integrated_gradients(linear, x, start, steps=1)
    weight = linear.weight.detach().numpy()
    np.testing.assert_allclose(e.values, weight * (x.numpy() - 0.5), atol=1e-6)
    with pytest.raises(ValueError, match="more steps"):
        integrated_gradients(net, 20 * x, steps=1, target=1, tolerance=1e-4)


def test_integrated_gradients_of_pictures():
    import torch

    net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Flatten(), torch.nn.Linear(32, 1))
    e = integrated_gradients(net, torch.rand(3, 1, 6, 6))
    assert e.values.shape == (3, 36) and np.allclose(e.f(e.data), e.predicted)


@pytest.mark.gpu
def test_networks_on_an_accelerator():
    import torch

    device = torch.accelerator.current_accelerator()
    net, X = network().eval(), np.random.default_rng(8).normal(size=(5, 4)).astype("float32")
    cpu, ig = explain(net, X, target=0), integrated_gradients(net, X, target=0)
    net = net.to(device)
    np.testing.assert_allclose(explain(net, X, target=0).values, cpu.values, atol=1e-4)
    np.testing.assert_allclose(integrated_gradients(net, X, target=0).values, ig.values, atol=1e-4)


# The result


def test_tables_figures_and_texts():
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    e = explain(boosting(), acs()[2], acs()[0].head(50))
    table = e.to_frame()
    assert table.mean_abs.is_monotonic_decreasing and (table.low <= table.mean_abs).all()
    one = e.to_frame(3)
    assert np.isclose(one.value.sum() + e.base, e.predicted[3], atol=1e-5)
    assert set(one.columns) == {"column", "at", "value", "stderr"}
    head = repr(e).split("\n")[0]
    assert "60 rows x 16 columns" in head and "largest gap ⟨" in head and head in e._repr_html_()
    assert "-0.000" not in repr(e)
    fig, (left, right) = plt.subplots(2)
    assert e.plot(left, top=5) is left and len(left.get_yticklabels()) == 5
    assert e.waterfall(3, right, top=4) is right
    bars = [p for p in right.patches]
    assert len(bars) == 5  # four columns and the others
    assert np.isclose(bars[0].get_x(), e.base)
    assert np.isclose(bars[-1].get_x() + bars[-1].get_width(), e.predicted[3], atol=1e-5)
    plt.close(fig)
    with pytest.raises(AttributeError):
        e.base = 0


def test_import_brings_no_heavy_library():
    import subprocess
    import sys

    heavy = "[m for m in ('shap', 'torch', 'sklearn', 'numba') if m in sys.modules]"
    code = f"import sys, helpers.interpret, helpers.faithful; print({heavy})"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
