"""`rates`: against scikit-learn and SciPy, published values, exact enumeration and simulation."""

import time
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sk

from helpers import rates
from helpers.rates import RATES

quick = settings(max_examples=30, deadline=None, derandomize=True)
cells = st.tuples(*[st.integers(0, 40)] * 4).filter(lambda c: sum(c) > 0)

ORACLES = {
    "accuracy": sk.accuracy_score,
    "selection_rate": lambda y, h: np.mean(h),
    "base_rate": lambda y, h: np.mean(y),
    "true_positive_rate": sk.recall_score,
    "false_negative_rate": lambda y, h: 1 - sk.recall_score(y, h),
    "false_positive_rate": lambda y, h: 1 - sk.recall_score(y, h, pos_label=0),
    "true_negative_rate": lambda y, h: sk.recall_score(y, h, pos_label=0),
    "precision": sk.precision_score,
    "negative_predictive_value": lambda y, h: sk.precision_score(y, h, pos_label=0),
    "f1": sk.f1_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "matthews_corrcoef": sk.matthews_corrcoef,
}


def rows(c):
    """The rows (y, yhat) that a table of counts came from."""
    return np.repeat([0, 0, 1, 1], c), np.repeat([0, 1, 0, 1], c)


@quick
@given(cells)
def test_every_rate_is_scikit_learns_and_nan_exactly_where_that_has_no_answer(c):
    y, h = rows(c)
    assert set(ORACLES) == set(RATES)
    table = rates.counts(y, h)
    assert table.to_numpy().tolist() == [list(c)]
    tn, fp, fn, tp = c
    undefined = {
        "true_positive_rate": fn + tp, "false_negative_rate": fn + tp,
        "false_positive_rate": tn + fp, "true_negative_rate": tn + fp, "precision": fp + tp,
        "negative_predictive_value": tn + fn, "f1": fp + fn + tp,
        "balanced_accuracy": (tn + fp) * (fn + tp),
        "matthews_corrcoef": (tn + fp) * (fn + tp) * (tn + fn) * (fp + tp),
    }  # fmt: skip
    for name, oracle in ORACLES.items():
        value = RATES[name](list(c))
        assert RATES[name](table).iloc[0] == pytest.approx(value, nan_ok=True)
        if undefined.get(name, 1) == 0:
            assert np.isnan(value) and RATES[name].reason(list(c))
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                assert value == pytest.approx(oracle(y, h), abs=1e-12), name
            assert RATES[name].reason(list(c)) == ""


@quick
@given(cells, cells)
def test_counts_by_group_pool_to_the_counts_of_all(a, b):
    (y1, h1), (y2, h2) = rows(a), rows(b)
    y, h = np.r_[y1, y2], np.r_[h1, h2]
    by_group = rates.counts(y, h, ["a"] * len(y1) + ["b"] * len(y2))
    assert by_group.loc["a"].tolist() == list(a) and by_group.loc["b"].tolist() == list(b)
    assert by_group.sum().tolist() == rates.counts(y, h).loc["all"].tolist()


@pytest.mark.parametrize("make", [
    lambda v: pd.Series(v, dtype="Int64"), lambda v: pd.Series(v, dtype="boolean"),
    lambda v: np.array(v, bool), lambda v: [float(x) for x in v], tuple,
])  # fmt: skip
def test_counts_takes_labels_as_people_have_them(make):
    y, h = [1, 0, 1, 1], [1, 1, 0, 1]
    assert rates.counts(make(y), make(h)).loc["all"].tolist() == [0, 1, 1, 2]


def test_counts_with_other_labels_and_a_model_that_never_says_yes():
    assert rates.counts(["y", "n"], ["n", "n"], positive="y").loc["all"].tolist() == [1, 0, 1, 0]
    assert rates.counts([1, 2, 2], [2, 2, 2], positive=2).loc["all"].tolist() == [0, 1, 0, 2]
    used = pd.Categorical(["b", "a"], categories=["a", "b", "never"])
    assert rates.counts([1, 0], [1, 0], used).index.tolist() == ["a", "b"]
    assert rates.counts([1, 0], [1, 0], [True, False]).index.tolist() == [False, True]


def test_a_million_rows_are_counted_quickly():
    rng = np.random.default_rng(0)
    y, h, g = rng.integers(0, 2, (3, 1_000_000))
    start = time.perf_counter()
    assert rates.counts(y, h, g).to_numpy().sum() == 1_000_000
    assert time.perf_counter() - start < 10


def test_the_cell_bootstrap_has_the_distribution_of_the_row_bootstrap():
    table = pd.DataFrame([[9, 3, 4, 8], [12, 5, 6, 3]], ["a", "b"], list(rates.CELLS))
    rng = np.random.default_rng(1)
    y = np.concatenate([rows(c)[0] for c in table.to_numpy()])
    h = np.concatenate([rows(c)[1] for c in table.to_numpy()])
    code = np.repeat([0, 1], table.sum(axis=1))
    pick = rng.integers(0, len(y), (4000, len(y)))
    label = 4 * code[pick] + 2 * y[pick] + h[pick]
    by_rows = np.stack([(label == k).sum(axis=1) for k in range(8)], axis=1).reshape(-1, 2, 4)
    by_cells = rates.bootstrap(table, 4000, seed=2)

    def gap(draws):
        return np.subtract(*RATES["true_positive_rate"](draws).T)

    for statistic in (gap, lambda d: d[:, 0].sum(axis=1), lambda d: RATES["f1"](d)[:, 1]):
        assert stats.ks_2samp(statistic(by_rows), statistic(by_cells)).pvalue > 1e-4
    fixed_sizes = np.stack([rates.bootstrap(table.iloc[i], 4000, seed=i) for i in (0, 1)], axis=1)
    sizes = [d[:, 0].sum(axis=1) for d in (by_rows, fixed_sizes)]
    assert stats.ks_2samp(*sizes).pvalue < 1e-4  # the test notices another distribution


def test_bootstrap_repeats_with_a_seed_and_leaves_the_global_generator_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    one, two, other = (rates.bootstrap([5, 5, 5, 5], 50, seed=s) for s in (1, 1, 2))
    assert (one == two).all() and (one != other).any() and (one.sum(axis=1) == 20).all()
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


@quick
@given(st.integers(0, 60), st.integers(1, 60), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_is_scipys(k, more, level):
    n = k + more
    low, high = rates.wilson(k, n, level)
    limits = stats.binomtest(k, n).proportion_ci(level, method="wilson")
    assert (low, high) == pytest.approx((limits.low, limits.high), abs=1e-12)


def test_wilson_published_and_at_the_edges():
    assert rates.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)  # Newcombe 1998
    assert np.isnan(rates.wilson(0, 0)).all()
    low, high = rates.wilson([0, 10, 0], [10, 10, 0])
    assert low[0] == 0 and high[1] == 1 and np.isnan(low[2])


@pytest.mark.parametrize("n", [10, 30, 100])
def test_wilson_covers_its_level_on_average_by_enumeration(n):
    p, k = np.linspace(0.005, 0.995, 199), np.arange(n + 1)
    low, high = (x[:, None] for x in rates.wilson(k, np.full(n + 1, n)))
    cover = (stats.binom.pmf(k[:, None], n, p) * ((low <= p) & (p <= high))).sum(axis=0)
    assert 0.93 < cover.mean() < 0.97
    assert cover.min() > 0.83  # the dip that the docstring admits


def cover(draw, truth, of, repeats):
    found = [of(draw()) for _ in range(repeats)]
    return np.mean([e.low <= truth <= e.high for e in found])


@pytest.mark.parametrize("n", [4, 40])
def test_interval_of_a_mean_covers(n):
    rng = np.random.default_rng(3)
    share = cover(lambda: rng.normal(2, 1, n), 2, rates.interval, 4000)
    assert 0.93 < share < 0.97
    x = rng.normal(size=n)
    limits = stats.ttest_1samp(x, 0).confidence_interval()
    assert (rates.interval(x).low, rates.interval(x).high) == pytest.approx(tuple(limits))


@pytest.mark.parametrize("n", [8, 50])
def test_interval_of_a_median_covers_at_least_its_level(n):
    rng = np.random.default_rng(4)
    assert cover(lambda: rng.exponential(size=n), np.log(2), lambda x: rates.interval(x, "median"),
                 3000) > 0.95  # fmt: skip


def test_interval_other_kinds_and_repeatable():
    rate = rates.interval([True, False, True, True])
    assert rate.method == "Wilson" and (rate.low, rate.high) == rates.wilson(3, 4)
    x = np.random.default_rng(5).normal(size=200)
    one, two = (rates.interval(x, np.std, n_boot=300, seed=7) for _ in range(2))
    assert one == two and one.low < 1 < one.high and one.value == np.std(x)
    assert rates.interval([1, 1, 1]).low == rates.wilson(3, 3)[0] < 0.5  # all right, yet unsure


def test_percentile_leaves_out_nan_and_keeps_shape():
    draws = np.tile(np.arange(101.0)[:, None], 3)
    draws[:, 2] = np.nan
    draws[0, 1] = np.nan
    low, high = rates.percentile(draws, 0.9)
    assert low[0] == pytest.approx(5) and high[0] == pytest.approx(95) and low[1] > 5.01
    assert np.isnan([low[2], high[2]]).all()


@pytest.mark.parametrize("n, p, q", [(30, 0.2, 0.15), (100, 0.1, 0.1), (300, 0.15, 0.05)])
def test_paired_rates_cover(n, p, q):
    from helpers._stats import discordant

    draws = np.random.default_rng(6).multinomial(n, [p, q, 1 - p - q], size=20_000)
    low, high = discordant(draws[:, 0], draws[:, 1], n, 0.95)
    assert 0.94 < ((low <= p - q + 1e-12) & (p - q <= high + 1e-12)).mean() < 0.975


def test_paired_by_hand():
    a, b = [1] * 9 + [0] * 3 + [1] * 8, [0] * 9 + [1] * 3 + [1] * 8
    p, q, n = 10 / 22, 4 / 22, 22
    half = 1.959964 * ((p + q - (p - q) ** 2) / n) ** 0.5
    e = rates.paired(a, b)
    assert (e.value, e.low, e.high) == pytest.approx((0.3, p - q - half, p - q + half), abs=1e-6)
    x, y = np.random.default_rng(0).normal(size=(2, 12))
    limits = stats.ttest_rel(x, y).confidence_interval()
    e = rates.paired(x, y)
    assert (e.low, e.high) == pytest.approx(tuple(limits))
    mirrored = rates.paired(b, a)
    assert (mirrored.low, mirrored.high) == pytest.approx((-p + q - half, -p + q + half), abs=1e-6)


def test_tests_published_and_against_scipy():
    assert rates.mcnemar(2, 11) == pytest.approx(0.0225, abs=5e-5)
    assert rates.mcnemar(0, 0) == 1 and rates.mcnemar(0, 147) == pytest.approx(2 * 0.5**147)
    assert rates.wilcoxon([1, 2, 3], [1, 2, 3]) == 1
    a, b = np.random.default_rng(8).normal(size=(2, 20))
    assert rates.wilcoxon(a, b) == stats.wilcoxon(a, b).pvalue
    # All 2^4 changes of place: only the observed one and its mirror are so extreme.
    assert rates.permutation([5, 6, 7, 8], [1, 2, 3, 3], same_cases=True) == pytest.approx(2 / 16)
    assert rates.permutation([4, 5, 6], [1, 2, 3]) == pytest.approx(2 / 20)
    one, two = (rates.permutation(a, b, n=199, seed=1) for _ in range(2))
    assert one == two == pytest.approx(stats.ttest_ind(a, b).pvalue, abs=0.15)


def test_permutation_rejects_at_its_level():
    rng = np.random.default_rng(9)
    p = [rates.permutation(*rng.exponential(size=(2, 9)), n=99, seed=i) for i in range(400)]
    assert np.mean(np.array(p) <= 0.05) < 0.093  # 3.9 standard errors above .05
    assert rates.permutation(rng.normal(size=30), rng.normal(2, 1, 30), n=999) < 0.01


@quick
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_and_bh_adjust_upwards_and_keep_order(p):
    holm, bh = rates.holm(p), rates.bh(p)
    assert (holm >= np.array(p) - 1e-12).all() and (bh <= holm + 1e-12).all()
    assert (np.diff(holm[np.argsort(p)]) >= -1e-12).all() and holm.max() <= 1
    assert holm.min() == pytest.approx(min(1, len(p) * min(p)))
    assert bh == pytest.approx(stats.false_discovery_control(p))


def test_holm_by_hand_and_its_promise():
    # Holm 1979: multiply by 4, 3, 2, 1 in rising order, never falling.
    assert rates.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    p = np.random.default_rng(10).uniform(size=(3000, 5))
    assert np.mean([rates.holm(row).min() <= 0.05 for row in p]) < 0.066


def test_best_of_published():
    published = {2: 0.5642, 3: 0.8463, 4: 1.0294, 5: 1.1630, 10: 1.5388, 20: 1.8675}
    assert {k: round(rates.best_of(k), 4) for k in published} == published
    assert rates.best_of(1) == pytest.approx(0, abs=1e-9)
    assert rates.best_of(3) == pytest.approx(1.5 / np.pi**0.5)
    draws = np.random.default_rng(11).normal(size=(20_000, 60)).max(axis=1)
    assert rates.best_of(60) == pytest.approx(draws.mean(), abs=0.015)


def test_estimates_of_a_group_without_rows_for_a_rate():
    table = rates.estimates(rates.counts([1, 1, 0, 0], [1, 0, 0, 1], ["a", "a", "b", "b"]),
                            ["true_positive_rate", "f1"], n_boot=99)  # fmt: skip
    empty = table.loc[("true_positive_rate", "b")]
    assert np.isnan([empty.estimate, empty.low, empty.high]).all() and empty.n == 0
    assert empty.note == "no rows with y = 1"
    assert table.loc[("f1", "a"), "method"] == "bootstrap"
    assert (table.low.dropna() <= table.estimate.dropna()).all()


@pytest.mark.parametrize("name", ["f1", "balanced_accuracy", "matthews_corrcoef"])
def test_bootstrap_intervals_cover(name):
    rng, p = np.random.default_rng(12), [0.35, 0.15, 0.1, 0.4]
    truth, hits = RATES[name](np.array(p)), 0
    for i in range(1200):
        low, high = rates.percentile(RATES[name](rates.bootstrap(rng.multinomial(200, p), 400, i)))
        hits += low <= truth <= high
    assert 0.92 < hits / 1200 < 0.975


def test_a_rate_of_ones_own_is_money():
    cost = rates.Rate("dollars", lambda tn, fp, fn, tp: (60 * fp + 20 * fn, tn + fp + fn + tp))
    row = rates.estimates([50, 10, 20, 20], [cost], n_boot=4000).iloc[0]
    assert row.estimate == 10 and row.n == 100
    se = ((60**2 * 10 + 20**2 * 20) / 100 - 10**2) ** 0.5 / 10
    assert (row.low, row.high) == pytest.approx((10 - 1.96 * se, 10 + 1.96 * se), abs=0.6)


def test_classification_is_scikit_learns():
    rng = np.random.default_rng(13)
    y = rng.integers(0, 2, 400)
    score = np.clip(rng.normal(0.3 + 0.4 * y, 0.25), 0, 1).round(2)  # with ties and with 0 and 1
    score[y == 1] = np.clip(score[y == 1], 0.01, 1)
    score[y == 0] = np.clip(score[y == 0], 0, 0.99)
    table = rates.classification(y, score, 0.5)
    assert table.loc["roc_auc", "estimate"] == pytest.approx(sk.roc_auc_score(y, score))
    assert table.loc["brier", "estimate"] == pytest.approx(sk.brier_score_loss(y, score))
    assert table.loc["log_loss", "estimate"] == pytest.approx(sk.log_loss(y, score))
    assert table.loc["f1", "estimate"] == pytest.approx(sk.f1_score(y, score >= 0.5))
    assert (table.low <= table.estimate).all() and (table.estimate <= table.high).all()
    assert table.note.eq("").all() and (table.n <= 400).all()


@pytest.mark.parametrize("n, apart", [(24, 0.0), (60, 1.0), (60, 2.0)])
def test_auc_interval_covers(n, apart):
    from helpers.rates import _auc

    rng, y = np.random.default_rng(14), np.arange(n) % 2
    truth = stats.norm.cdf(apart / 2**0.5)
    share = cover(lambda: rng.normal(apart * y, 1), truth, lambda s: _auc(y, s, 0.95), 1500)
    assert 0.925 < share < 0.99


def test_auc_of_a_perfect_score_keeps_a_doubt():
    row = rates.classification([0, 0, 0, 1, 1, 1], [0, 0.1, 0.2, 0.7, 0.8, 0.9]).loc["roc_auc"]
    assert row.estimate == 1 and row.low < 0.6 and row.high == 1
    one = rates.classification([0, 0, 1], [0.1, 0.2, 0.9]).loc["roc_auc"]
    assert one.low < 0.3


def test_calibration_is_scikit_learns():
    from sklearn.calibration import calibration_curve

    rng = np.random.default_rng(15)
    score = rng.uniform(size=3000)
    y = (rng.uniform(size=3000) < score**2).astype(int)
    for equal, strategy in (("width", "uniform"), ("size", "quantile")):
        result = rates.calibration(y, score, 8, equal=equal)
        rate, mean = calibration_curve(y, score, n_bins=8, strategy=strategy)
        assert result.table.rate.to_numpy() == pytest.approx(rate)
        assert result.table.mean_score.to_numpy() == pytest.approx(mean)
        assert result.table.n.sum() == result.n == 3000
    by_hand = (result.table.n * (result.table.rate - result.table.mean_score).abs()).sum() / 3000
    assert result.error == pytest.approx(by_hand) and result.error > 5 * result.floor


def test_calibration_floor_is_what_perfect_scores_show():
    rng = np.random.default_rng(16)
    found = []
    for _ in range(300):
        score = rng.uniform(size=400)
        result = rates.calibration((rng.uniform(size=400) < score).astype(int), score)
        found.append(result.error)
    assert np.mean(found) == pytest.approx(result.floor, rel=0.08)


def test_calibration_hard_cases_and_shows():
    result = rates.calibration([0, 1], [0.0, 1.0], bins=[0, 0.5, 1])
    assert result.error == 0 and result.table.n.tolist() == [1, 1]
    edge = rates.calibration([0, 1, 1], [0.2, 0.5, 0.5], bins=2)  # a bin owns its lower edge
    assert edge.table.n.tolist() == [1, 2]
    same = rates.calibration([0, 1, 1], [0.4, 0.4, 0.4], 5, equal="size")
    assert len(same.table) == 1 and same.to_frame().equals(same.table)
    assert f"{same.error:.4f}" in repr(same) and f"{same.error:.4f}" in same._repr_html_()
    ax = same.plot()
    assert ax.get_xlabel() == "mean score"


def test_estimate_shows_itself():
    e = rates.interval([2.0, 3.0, 4.0])
    assert repr(e).startswith("3.00 [0.516, 5.48]") and "n = 3" in repr(e)
    assert e.to_frame().loc[0, "method"] == "Student's t"
