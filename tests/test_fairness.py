"""`fairness`: against fairlearn, published values, simulation; and the peer's named faults."""

import time
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from helpers import _gaps, fairness, rates
from helpers.rates import RATES

quick = settings(max_examples=12, deadline=None, derandomize=True)
TPR, FPR = "true_positive_rate", "false_positive_rate"


def table(*groups):
    """Counts of groups a, b, ... from tuples (tn, fp, fn, tp)."""
    return pd.DataFrame(groups, list("abcdefgh")[: len(groups)], list(rates.CELLS))


def rows(counts):
    """Rows y, yhat and groups with those counts."""
    y = np.concatenate([np.repeat([0, 0, 1, 1], c) for c in counts.to_numpy()])
    h = np.concatenate([np.repeat([0, 1, 0, 1], c) for c in counts.to_numpy()])
    return y, h, np.repeat(counts.index.to_numpy(), counts.sum(axis=1))


def people(n=600, seed=0, groups=2):
    rng = np.random.default_rng(seed)
    g, y = rng.integers(0, groups, n), rng.integers(0, 2, n)
    return y, np.where(rng.uniform(size=n) < 0.6 + 0.2 * g / groups, y, 1 - y), g


def people_X(n=3000, seed=0):
    """A column that says much about y, a group that says something, and unequal base rates."""
    rng = np.random.default_rng(seed)
    g = np.where(rng.uniform(size=n) < 0.3, "b", "a")
    y = (rng.uniform(size=n) < np.where(g == "a", 0.6, 0.3)).astype(int)
    X = pd.DataFrame({"x": rng.normal(y, 1.2), "g": (g == "a").astype(float)})
    return X, y, g


@quick
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_rates_and_gaps_are_fairlearns(seed, groups):
    from fairlearn import metrics as fl
    from sklearn.metrics import accuracy_score, precision_score

    y, h, g = people(400, seed, groups)
    oracle = {"accuracy": accuracy_score, "selection_rate": fl.selection_rate, "precision":
              precision_score, TPR: fl.true_positive_rate, FPR: fl.false_positive_rate}  # fmt: skip
    frame = fl.MetricFrame(metrics=oracle, y_true=y, y_pred=h, sensitive_features=g)
    report = fairness.audit(y, h, g, list(oracle), n_boot=99, min_rows=0)
    for name in oracle:
        ours = report.by_group.loc[name, "estimate"]
        assert ours.to_numpy() == pytest.approx(frame.by_group[name].to_numpy(dtype=float))
        assert report.gap(name).estimate == pytest.approx(frame.difference()[name])
        assert report.gap(name, "ratio").estimate == pytest.approx(frame.ratio()[name])
        gap = report.gap(name)
        assert gap.low <= gap.estimate <= gap.high and 0 < gap.p <= 1
        assert ours[gap.highest] - ours[gap.lowest] == pytest.approx(gap.estimate)
    odds = fl.equalized_odds_difference(y, h, sensitive_features=g)
    assert report.gap("equalized_odds").estimate == pytest.approx(odds)
    odds = fl.equalized_odds_ratio(y, h, sensitive_features=g)
    assert report.gap("equalized_odds", "ratio").estimate == pytest.approx(odds)


def test_gap_interval_published():
    # Newcombe 1998, method 10, 56/70 against 48/80: .2, interval .0524 to .3339.
    y, h, g = rows(table((5, 5, 14, 56), (5, 5, 32, 48)))
    gap = fairness.audit(y, h, g, n_boot=99).gap(TPR)
    assert (gap.estimate, gap.low, gap.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    odds = fairness.audit(y, h, g, n_boot=99).gap(TPR, "odds")
    assert odds.estimate == pytest.approx((48 / 32) / (56 / 14)) and odds.high < 1


def test_equalized_odds_pays_for_looking_twice():
    y, h, g = people(900)
    both = fairness.audit(y, h, g, n_boot=99).gap("equalized_odds")
    careful = fairness.audit(y, h, g, n_boot=99, level=0.975)
    limits = [(gap.low, gap.high) for gap in (careful.gap(TPR), careful.gap(FPR))]
    assert (both.low, both.high) == pytest.approx(tuple(np.max(limits, axis=0)))


def test_permutation_p_is_fishers_for_two_groups():
    y, h, g = rows(table((9, 1, 6, 24), (9, 1, 14, 26)))
    gap = fairness.audit(y, h, g, n_boot=20_000).gap(TPR)
    exact = stats.fisher_exact([[6, 24], [14, 26]]).pvalue
    assert gap.p == pytest.approx(exact, abs=0.02)
    again = fairness.audit(y, h, g, n_boot=20_000).gap(TPR)
    assert again == gap and fairness.audit(y, h, g, n_boot=20_000, seed=5).gap(TPR).p != gap.p


@pytest.mark.parametrize("how", ["difference", "ratio", "odds"])
@pytest.mark.parametrize("n, p", [
    ((100, 100), (0.5, 0.5)), ((400, 60), (0.3, 0.3)), ((300, 60), (0.9, 0.6)),
    ((80, 50, 40), (0.4, 0.4, 0.4)),
])  # fmt: skip
def test_gap_intervals_cover_and_can_say_no_gap(how, n, p):
    n, p = np.array(n), np.array(p)
    k = np.random.default_rng(7).binomial(n, p, (6000, len(n)))
    low, high = rates.wilson(k, np.broadcast_to(n, k.shape), _gaps.pair_level(0.95, len(n)))
    _, low, high, _, _ = _gaps.widest_pair(k / n, low, high, how)
    scaled = {"difference": p, "ratio": np.log(p), "odds": np.log(p / (1 - p))}[how]
    truth = np.ptp(scaled)
    assert 0.93 < ((low <= truth + 1e-12) & (truth <= high)).mean() < 0.97
    if truth == 0:
        assert 0.03 < (low > 0).mean() < 0.07


@pytest.mark.parametrize("sizes, most", [((80, 40), 1), ((100, 60, 40, 30), 4)])
def test_permutation_rejects_at_its_level_though_base_rates_differ(sizes, most):
    rng, found = np.random.default_rng(8), []
    chosen = [RATES[TPR]]
    for i in range(400):
        yes = np.array([max(20, s // (1 + j)) for j, s in enumerate(sizes)])
        tp, fp = rng.binomial(yes, 0.7), rng.binomial(sizes, 0.3)
        counts = table(*zip(np.array(sizes) - fp, fp, yes - tp, tp, strict=True))
        found.append(_gaps.permuted_p(counts, chosen, 199, i))
    assert 0.01 < np.mean(np.array(found) <= 0.05) < 0.093
    real = table((80, 20, 20, 80), (80, 20, 50, 50))
    assert _gaps.permuted_p(real, chosen, 999, 0) < 0.005


def test_permutation_of_equalized_odds_and_of_f1_rejects_at_its_level():
    rng = np.random.default_rng(9)
    for chosen in ([RATES[TPR], RATES[FPR]], [RATES["f1"]]):
        p = []
        for i in range(300):
            counts = table(*rng.multinomial(120, [0.3, 0.2, 0.15, 0.35], size=2))
            p.append(_gaps.permuted_p(counts, chosen, 99, i))
        assert np.mean(np.array(p) <= 0.05) < 0.1


def test_fault_of_the_peer_its_interval_cannot_report_no_gap():
    from fairlearn.metrics import MetricFrame, selection_rate

    theirs, ours = [], []
    for seed in range(15):
        y, h, g = np.random.default_rng(seed).integers(0, 2, (3, 200))
        frame = MetricFrame(
            metrics={"s": selection_rate}, y_true=y, y_pred=h, sensitive_features=g, n_boot=40,
            ci_quantiles=[0.025, 0.975], random_state=seed,
        )  # fmt: skip
        theirs.append(frame.difference_ci()[0]["s"] > 0)
        ours.append(fairness.audit(y, h, g, n_boot=99).gap("selection_rate").shown)
    assert all(theirs), "the peer has learnt to report no gap: say so in the notebook"
    assert sum(ours) <= 4


def test_faults_of_the_peer_numbers_where_there_are_none():
    from fairlearn.metrics import MetricFrame, selection_rate, true_positive_rate

    def peer(metric, y, h, g):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return MetricFrame(metrics=metric, y_true=y, y_pred=h, sensitive_features=g).by_group

    y, h, g = rows(table((5, 5, 0, 0), (0, 0, 5, 5)))
    assert peer(true_positive_rate, y, h, g)["a"] == 0.0
    row = fairness.audit(y, h, g, n_boot=99).by_group.loc[(TPR, "a")]
    assert np.isnan(row.estimate) and row.note == "no rows with y = 1" and row.n == 0
    gaps = [np.nan, 1, 1, np.nan]
    assert peer(selection_rate, [0, 1, 0, 1], gaps, list("aabb"))["a"] == 0.5
    with pytest.raises(ValueError, match="yhat.*missing"):
        fairness.audit([0, 1, 0, 1], gaps, list("aabb"))
    scores = [0.2, 0.9, 0.4, 0.7]
    assert (peer(selection_rate, [0, 1, 0, 1], scores, list("aabb")) == 0).all()
    with pytest.raises(ValueError, match="yhat.*scores"):
        fairness.audit([0, 1, 0, 1], scores, list("aabb"))


def test_small_groups_get_no_verdict():
    y, h, g = rows(table((400, 100, 100, 400), (2, 1, 3, 4), (400, 100, 110, 390)))
    report = fairness.audit(y, h, g, [TPR], n_boot=99)
    assert report.by_group.note.tolist() == ["", fairness.FEW, ""]
    gap = report.gap(TPR)
    assert {gap.highest, gap.lowest} == {"a", "c"} and "'b' (too few" in gap.note
    assert not gap.shown and "no gap has been shown" in repr(gap)
    assert report.gap(TPR, few=True).lowest == "b"
    none = report.gap(TPR, groups=["a", "b"])
    assert np.isnan([none.estimate, none.low, none.high, none.p]).all()
    assert "no gap to report, left out: 'b'" in repr(none) and not none.shown
    kept = fairness.audit(y, h, g, [TPR], n_boot=99, min_rows=1, widest=1)
    assert kept.by_group.note.eq("").all() and kept.gap(TPR).lowest == "b"


def test_a_wide_interval_gets_no_verdict_but_may_show_a_gap():
    y, h, g = rows(table((200, 200, 25, 25), (200, 200, 180, 20)))
    report = fairness.audit(y, h, g, [TPR, FPR], n_boot=199)
    assert report.by_group.note.tolist() == [fairness.FEW, "", "", ""]
    assert report.gap(TPR).shown and report.gap(TPR).note == ""
    tight = fairness.audit(y, h, g, [TPR], n_boot=99, widest=0.3)
    assert tight.by_group.note.tolist() == ["", ""]


def test_perfect_parity_and_rates_of_one_and_zero():
    y, h, g = rows(table((50, 50, 50, 50), (50, 50, 50, 50)))
    report = fairness.audit(y, h, g, list(RATES), n_boot=199)
    for name in [*RATES, "equalized_odds"]:
        gap = report.gap(name)
        assert gap.estimate == 0 and gap.low < 0 < gap.high and gap.p == 1, name
        assert report.gap(name, "ratio").estimate == pytest.approx(1, nan_ok=name[0] == "m")
    y, h, g = rows(table((50, 0, 0, 50), (50, 0, 50, 0)))
    edge = fairness.audit(y, h, g, n_boot=199)
    for how, estimate in (("difference", 1), ("ratio", 0), ("odds", 0)):
        gap = edge.gap(TPR, how)
        assert gap.estimate == estimate and gap.shown and not np.isnan([gap.low, gap.high]).any()
    same = edge.gap(FPR, "ratio")
    assert same.estimate == 1 and same.low == 0 and same.high == np.inf and same.p == 1


def test_labels_and_groups_as_people_have_them():
    y, h, g = people(300)
    plain = fairness.audit(y, h, g, n_boot=99)
    same = [
        fairness.audit(pd.Series(y, dtype="Int64"), pd.Series(h, dtype="boolean"), g, n_boot=99),
        fairness.audit(y + 1, h + 1, pd.Series(g).astype("category"), positive=2, n_boot=99),
        fairness.audit(np.where(y, "yes", "no"), np.where(h, "yes", "no"),
                       pd.Categorical(g, categories=[0, 1, 2]), positive="yes", n_boot=99),
    ]  # fmt: skip
    for other in same:
        assert other.counts.equals(plain.counts) and other.by_group.equals(plain.by_group)
    two = pd.DataFrame({"sex": g, "old": y[::-1] == 1})
    crossed = fairness.audit(y, h, two, n_boot=99)
    assert crossed.counts.index.tolist() == [
        "sex=0, old=False", "sex=0, old=True", "sex=1, old=False", "sex=1, old=True"]  # fmt: skip
    assert fairness.audit(y, h, np.c_[g, g], n_boot=99).counts.index.tolist() == ["0, 0", "1, 1"]
    assert crossed.counts.to_numpy().sum() == 300


def test_a_million_rows():
    y, h, g = people(1_000_000)
    start = time.perf_counter()
    gap = fairness.audit(y, h, g).gap("equalized_odds")
    assert gap.shown and time.perf_counter() - start < 20


def test_audit_shows_itself_and_repeats():
    y, h, g = people()
    one, two = (fairness.audit(y, h, g, ["accuracy", "f1"], n_boot=199, seed=3) for _ in range(2))
    assert one.by_group.equals(two.by_group)
    text, html = repr(one), one._repr_html_()
    for number in one.by_group.estimate:
        assert f"{number:.3f}" in text and f"{number:.3f}" in html
    frame = one.to_frame()
    assert frame.columns[:5].tolist() == ["metric", "group", "estimate", "low", "high"]
    ax = one.plot()
    assert len(ax.get_lines()) == 2 and ax.get_legend_handles_labels()[1] == ["0", "1"]
    with pytest.raises(AttributeError):
        one.counts = None


def test_gaps_adjusts_by_holm():
    y, h, g = people(900, groups=3)
    report = fairness.audit(y, h, g, n_boot=199)
    each = report.gaps()
    assert each.p_holm.to_numpy() == pytest.approx(rates.holm(each.p))
    pairs = report.gaps([TPR, FPR], pairs=True)
    assert len(pairs) == 6 and (pairs.p_holm >= pairs.p).all()
    assert set(map(frozenset, zip(pairs.highest, pairs.lowest, strict=True))) == {
        frozenset(s) for s in ((0, 1), (0, 2), (1, 2))}  # fmt: skip


def test_a_rate_of_ones_own_in_an_audit():
    y, h, g = people(800)
    cost = rates.Rate("dollars", lambda tn, fp, fn, tp: (60 * fp + 20 * fn, tn + fp + fn + tp))
    report = fairness.audit(y, h, g, [cost], n_boot=499)
    by_hand = [(60 * ((h == 1) & (y == 0)) + 20 * ((h == 0) & (y == 1)))[g == k].mean()
               for k in (0, 1)]  # fmt: skip
    assert report.by_group.estimate.to_numpy() == pytest.approx(by_hand)
    gap = report.gap(cost)
    assert gap.metric == "dollars" and gap.estimate == pytest.approx(abs(np.subtract(*by_hand)))


def test_frontier_is_the_audit_at_every_threshold():
    rng = np.random.default_rng(11)
    y, g = rng.integers(0, 2, 500), rng.integers(0, 2, 500)
    score = np.clip(rng.normal(0.3 + 0.3 * y, 0.2), 0, 1).round(2)
    metrics = (TPR, "accuracy")
    front = fairness.frontier(y, score, g, metrics, price_fp=60, price_fn=20)
    for t in (0, 0.37, 0.5, 1):
        report = fairness.audit(y, score >= t, g, metrics, n_boot=99)
        for m in metrics:
            for k in (0, 1):
                row, ours = report.by_group.loc[(m, k)], front.table.loc[(t, k)]
                assert (ours[m], ours[f"{m}_low"], ours[f"{m}_high"]) == pytest.approx(
                    (row.estimate, row.low, row.high))  # fmt: skip
        lost = 60 * ((score >= t) & (y == 0)) + 20 * ((score < t) & (y == 1))
        ours = front.table.loc[(t, "all")]
        assert ours.cost == pytest.approx(lost.mean()) and ours.n == 500
        assert ours.cost_high - ours.cost == pytest.approx(1.96 * lost.std() / 500**0.5, rel=1e-3)
    everyone = front.table.xs("all", level="group").cost
    assert everyone.loc[front.cheapest] == everyone.min()
    assert "cheapest at" in repr(front) and "cheapest at" in front._repr_html_()
    assert len(front.plot(metric=TPR).get_lines()) == 2
    assert front.to_frame().columns[:2].tolist() == ["threshold", "group"]


def test_reweighing_makes_group_and_label_independent():
    X, y, g = people_X()

    class Spy(LogisticRegression):
        def fit(self, X, y, sample_weight=None):
            self.seen_ = sample_weight
            return super().fit(X, y, sample_weight)

    fair = fairness.mitigate(Spy(), X, y, g)
    w = fair.model.seen_
    assert w.sum() == pytest.approx(len(y))
    base = [np.average(y[g == k], weights=w[g == k]) for k in ("a", "b")]
    assert base == pytest.approx([y.mean()] * 2)
    assert [w[g == k].sum() for k in ("a", "b")] == pytest.approx([(g == k).sum() for k in "ab"])


@pytest.mark.parametrize("method", ["reweigh", "exponentiated_gradient", "threshold"])
def test_every_mitigation_closes_the_gap_and_repeats(method):
    X, y, g = people_X()
    fresh, y2, g2 = people_X(seed=1)
    base = LogisticRegression()
    before = fairness.audit(y2, LogisticRegression().fit(X, y).predict(fresh), g2, n_boot=99)
    fair = fairness.mitigate(base, X, y, g, method, rounds=12, bound=0.02)
    said = fair.predict(fresh, g2)
    after = fairness.audit(y2, said, g2, n_boot=99)
    gaps = [r.gap("equalized_odds").estimate for r in (before, after)]
    assert gaps[0] > 0.3 and gaps[1] < gaps[0] / 2
    assert (fair.predict(fresh, g2) == said).all() and set(said) == {0, 1}
    assert not hasattr(base, "coef_"), "the caller's estimator was fitted"
    if method != "reweigh":
        assert (fair.predict(fresh, g2, seed=9) != said).any()
    paid = fairness.who_paid(before, after)
    change = after.by_group.estimate - before.by_group.estimate
    for m in (TPR, FPR):
        assert paid.table.loc[m, "change"].to_numpy() == pytest.approx(change.loc[m].to_numpy())


def test_mitigate_takes_trees_arrays_strings_and_columns_of_groups():
    X, y, g = people_X(800)
    labels = np.where(y, "yes", "no")
    model = HistGradientBoostingClassifier(max_iter=5, random_state=0)
    fair = fairness.mitigate(model, X.to_numpy(), labels, np.c_[g, g], "threshold", positive="yes",
                             constraint="true_positive_rate_parity")  # fmt: skip
    assert fair.labels == ("a, a", "b, b")
    assert set(fair.predict(X.to_numpy(), np.c_[g, g])) == {0, 1}
    with pytest.raises(ValueError, match="unknown when fitted"):
        fair.predict(X.to_numpy(), np.full(800, "z"))


def test_who_paid_names_levelling_down():
    y, h, g = rows(table((100, 100, 50, 150), (100, 100, 150, 50)))
    lower = h.copy()
    lower[np.flatnonzero((y == 1) & (h == 1) & (g == "a"))[:100]] = 0
    paid = fairness.who_paid(*(fairness.audit(y, d, g, n_boot=99) for d in (h, lower)))
    assert paid.table.loc[TPR, "verdict"].tolist() == ["fell", "no change shown"]
    assert paid.table.loc[(TPR, "a"), "change"] == pytest.approx(-0.5)
    assert f"{TPR}: gap 0.500 to 0.000; fell for a (levelled down)." in paid.sentences
    assert "levelled down" in repr(paid) and "levelled down" in paid._repr_html_()
    row, pairs = paid.table.loc[(TPR, "a")], (y == 1) & (g == "a")
    e = rates.paired(lower[pairs], h[pairs])
    assert (row.change, row.low, row.high, row.n) == pytest.approx((e.value, e.low, e.high, e.n))


def test_who_paid_hard_cases():
    y, h, g = rows(table((100, 100, 0, 0), (4, 4, 4, 4), (100, 50, 50, 100)))
    raised = np.where(g == "c", 1, h)
    paid = fairness.who_paid(*(fairness.audit(y, d, g, n_boot=99) for d in (h, raised)),
                             metrics=[TPR])  # fmt: skip
    assert paid.table.verdict.tolist() == ["no rows with y = 1", fairness.FEW, "rose"]
    assert np.isnan(paid.table.change.iloc[0]) and paid.table.n.tolist() == [0, 8, 150]


def test_changes_cover():
    rng, hits = np.random.default_rng(12), []
    y, g = np.ones(120, int), np.repeat(["a", "b"], 60)
    for _ in range(300):
        old = (rng.uniform(size=120) < 0.6).astype(int)
        new = np.where(rng.uniform(size=120) < 0.3, 1, old)  # rises by .4 * .3
        t = fairness._changed(RATES[TPR], y, old, new, g, fairness.Rule(0.95, 99, 0, 0, 1))
        hits += ((t.low <= 0.12) & (0.12 <= t.high)).tolist()
    assert np.mean(hits) > 0.91
