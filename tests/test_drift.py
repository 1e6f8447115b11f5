"""Drift between samples: known values, hard cases, and promises held by simulation."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, ks_2samp
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from helpers import data, drift, rates


def one(old, new, **settings):
    """The row of a table for a single column."""
    return drift.table(pd.Series(old), pd.Series(new), **settings).to_frame().iloc[0]


# ---- the table


def test_psi_is_the_two_kullback_leibler_divergences():
    a, b = np.array([30, 50, 20, 0]), np.array([50, 40, 5, 5])
    old, new = "a" * 30 + "b" * 50 + "c" * 20, "a" * 50 + "b" * 40 + "c" * 5 + "d" * 5
    found = one(list(old), list(new))
    p, q = ((x + 0.5) / (x.sum() + 2) for x in (a, b))
    assert found["psi"] == pytest.approx((p * np.log(p / q)).sum() + (q * np.log(q / p)).sum())
    assert found["p"] == pytest.approx(chi2_contingency([a, b], correction=False).pvalue)
    assert found["note"] == "1 values not seen before" and found["kind"] == "categories"


def test_numeric_columns_get_the_two_sample_test_of_scipy():
    rng = np.random.default_rng(0)
    old, new = rng.normal(size=3000), rng.normal(0.1, 1, size=2500)
    found, scipy = one(old, new), ks_2samp(old, new, method="asymp")
    assert (found["ks"], found["p"]) == pytest.approx((scipy.statistic, scipy.pvalue))
    assert found["kind"] == "numeric" and found["note"] == ""


def test_the_harmless_drift_of_the_census_is_found():
    acs = data.load("acs")
    old, new = (acs[acs.year == year][["ANC", "SEX"]] for year in (2015, 2018))
    found = drift.table(old, new)
    row = found.to_frame().loc["ANC"]
    assert row["p"] < 1e-60 and row["psi"] < 0.05 and found.to_frame().index[0] == "ANC"


def test_the_floor_is_passed_in_one_of_twenty_cases_without_drift():
    """2,000 tables without drift; the folklore limit of .1 is passed at 20 bins by many."""
    rng = np.random.default_rng(1)
    old, new = rng.normal(size=(500, 1000)), rng.normal(size=(500, 1000))
    found = drift.table(old, new, bins=20, adjust="none").to_frame()
    above = (found["psi"] > found["floor"]).mean()
    folklore, small = (found["psi"] > 0.1).mean(), (found["p"] < 0.05).mean()
    assert 0.02 < above < 0.08 and 0.03 < small < 0.08
    assert 0.05 < folklore < 0.25


def test_many_columns_are_corrected_together():
    rng = np.random.default_rng(2)
    old, new = rng.normal(size=(300, 40)), rng.normal(size=(300, 40))
    raw, bh, holm = (drift.table(old, new, adjust=a).to_frame() for a in ("none", "bh", "holm"))
    assert raw["p_adjusted"].equals(raw["p"]) and raw["drifts"].sum() >= 1
    for table, adjusted in ((bh, rates.bh), (holm, rates.holm)):
        in_order = table.sort_index()
        expected = adjusted(in_order["p"].to_numpy())
        assert in_order["p_adjusted"].to_numpy() == pytest.approx(expected)
        assert table["drifts"].sum() == 0
    assert list(bh["p_adjusted"]) == sorted(bh["p_adjusted"])


def test_missing_values_are_a_bin_and_a_test_of_their_own():
    rng = np.random.default_rng(3)
    old, new = rng.normal(size=1000), rng.normal(size=1000)
    new[:100] = np.nan
    found = one(old, new)
    assert found["p"] < 1e-10 and found["psi"] > 0.2 and found["note"] == "missing: 0.0% then 10.0%"
    words = one(["a", "b"] * 50, ["a", None] * 50)
    assert words["p"] < 1e-10 and "missing: 0.0% then 50.0%" in words["note"]


@pytest.mark.parametrize("column", [
    [np.nan] * 30, [5.0] * 30, ["a"] * 30, [True, False] * 15, list(range(30)),
    [np.inf, -np.inf, *range(28)], pd.Series([1, None] * 15, dtype="Int64"),
    pd.Series(list("ab") * 15, dtype="category"), pd.date_range("2020", periods=30),
], ids=str)  # fmt: skip
def test_the_same_column_twice_does_not_drift(column):
    found = one(column, column)
    assert found["psi"] == 0 and found["p"] == 1 and not found["drifts"]


@pytest.mark.parametrize(("old", "new", "drifts"), [
    ([np.nan] * 50, [1.0] * 50, True), ([1.0] * 50, [2.0] * 50, True),
    ([np.inf] + [*range(99)], [*range(100)], False), ([0.0] * 50, [*np.linspace(0, 1, 50)], True),
    (["1"] * 50, [1] * 50, True),
])  # fmt: skip
def test_hard_columns(old, new, drifts):
    assert one(old, new)["drifts"] == drifts


def test_an_identifier_is_named_as_one():
    names = [f"user {i}" for i in range(100)]
    assert "identifier" in one(names[:50], names[50:])["note"]


def test_codes_are_categories_and_may_be_named():
    rng = np.random.default_rng(4)
    codes, many = rng.integers(0, 9, 500), rng.integers(0, 60, 500)
    assert one(codes, codes)["kind"] == "categories" and one(many, many)["kind"] == "numeric"
    frame = pd.DataFrame({"many": many})
    named = drift.table(frame, frame, categorical=["many"]).to_frame()
    assert named.loc["many", "kind"] == "categories"


def test_a_million_rows_take_seconds():
    import time

    rng = np.random.default_rng(5)
    old, new = rng.normal(size=(1_000_000, 3)), rng.normal(size=(1_000_000, 3))
    begin = time.perf_counter()
    assert not drift.table(old, new).to_frame()["drifts"].any()
    assert time.perf_counter() - begin < 30


def test_a_table_prints_and_draws_itself():
    import matplotlib.pyplot as plt

    rng = np.random.default_rng(6)
    found = drift.table(rng.normal(size=(200, 2)), rng.normal([0, 2], 1, size=(200, 2)))
    assert repr(found).startswith("1 of 2 columns drift (Benjamini-Hochberg, level 0.95)")
    assert found._repr_html_().startswith("<p>1 of 2") and "<table" in found._repr_html_()
    ax = found.plot()
    assert [t.get_text() for t in ax.get_yticklabels()] == ["1", "0"]
    drifting, calm = ax.lines
    assert drifting.get_ydata().tolist() == [1] and calm.get_ydata().tolist() == [0]
    plt.close("all")


# ---- whole rows


def test_two_sample_is_the_out_of_fold_auc():
    rng = np.random.default_rng(7)
    old, new = rng.normal(size=(400, 3)), rng.normal([0.5, 0, 0], 1, size=(400, 3))
    found = drift.two_sample(old, new, model=LogisticRegression())
    y = np.repeat([0, 1], 400)
    whole = LogisticRegression().fit(np.vstack([old, new]), y)
    inside = roc_auc_score(y, whole.decision_function(np.vstack([old, new])))
    assert found.low < found.value < inside + 0.01 and found.low > 0.5 and found.n == 800


def test_two_sample_reads_text_and_gaps():
    old = pd.DataFrame({"word": ["a", "b", None] * 40, "x": [1.0, np.nan, 2.0] * 40})
    new = pd.DataFrame({"word": ["c", "b", None] * 40, "x": [1.0, np.nan, 2.0] * 40})
    assert drift.two_sample(old, new).value > 0.6
    assert drift.two_sample(old, old.copy()).high < 0.62


def test_two_sample_holds_its_level_without_drift():
    """An interval at 95 %: over 60 pairs, .5 lies outside in a few."""
    rng, out = np.random.default_rng(8), 0
    for k in range(60):
        old, new = rng.normal(size=(150, 2)), rng.normal(size=(150, 2))
        found = drift.two_sample(old, new, model=LogisticRegression(), seed=k)
        out += found.low > 0.5
    assert out <= 5


def test_mmd_by_its_definition():
    rng = np.random.default_rng(9)
    a, b = rng.normal(size=(30, 2)), rng.normal(0.3, 1, size=(40, 2))
    found = drift.mmd(a, b, width=0.7, n_perm=50)
    a, b = a / a.std(axis=0), b / a.std(axis=0)

    def kernel(u, v):
        return np.exp(-((u[:, None] - v[None]) ** 2).sum(axis=2) / (2 * 0.7**2))

    aa, bb, ab = kernel(a, a), kernel(b, b), kernel(a, b)
    by_hand = ((aa.sum() - 30) / (30 * 29) + (bb.sum() - 40) / (40 * 39) - 2 * ab.mean())
    assert found.value == pytest.approx(by_hand) and found.n == (30, 40)
    assert repr(found).startswith("MMD²")


def test_mmd_holds_its_level_and_sees_what_means_do_not():
    rng = np.random.default_rng(10)
    p = [drift.mmd(rng.normal(size=(60, 2)), rng.normal(size=(60, 2)), n_perm=99, seed=k).p
         for k in range(200)]  # fmt: skip
    assert 0.01 < np.mean(np.array(p) <= 0.05) < 0.1
    ring = rng.normal(size=(300, 2))
    ring *= (np.sqrt(2) / np.linalg.norm(ring, axis=1))[:, None]  # same mean and spread
    assert drift.mmd(rng.normal(size=(300, 2)), ring, width=0.5).p < 0.01


def test_mmd_of_equal_rows_and_of_a_constant_column():
    same = np.ones((10, 2))
    assert drift.mmd(same, same).p == 1 and drift.mmd(same, same).width == 1


# ---- performance without labels


def _scored(rng, n, power=1.0):
    score = rng.random(n)
    return pd.DataFrame({"s": score, "y": (rng.random(n) < score**power).astype(int)})


@pytest.mark.parametrize("seed", range(3))
def test_rates_without_labels_are_right_while_scores_keep_their_meaning(seed):
    rng = np.random.default_rng(seed)
    known, new = _scored(rng, 8000, 2), _scored(rng, 60_000, 2)
    new = new[new["s"] ** 0.5 > rng.random(len(new))]  # covariate drift: other scores, same meaning
    found = drift.estimate_performance(known, new, "s", "y", metrics=list(rates.RATES)[:6])
    truth = rates.RATES
    counts = rates.counts(new["y"], new["s"] >= 0.5)
    for name, row in found.iterrows():
        assert row["estimate"] == pytest.approx(truth[name](counts).iloc[0], abs=0.02), name
        assert row["low"] - 0.01 < truth[name](counts).iloc[0] < row["high"] + 0.01


def test_the_interval_covers():
    """Twenty pairs of sets: the accuracy of the current one lies inside in about nineteen."""
    inside = 0
    for seed in range(20):
        rng = np.random.default_rng(100 + seed)
        known, new = _scored(rng, 1500), _scored(rng, 1500)
        row = drift.estimate_performance(known, new, "s", "y", seed=seed).loc["accuracy"]
        inside += row["low"] < ((new["s"] >= 0.5) == new["y"]).mean() < row["high"]
    assert inside >= 17


def test_it_lies_when_the_meaning_moves_and_does_not_notice():
    rng = np.random.default_rng(11)
    known, new = _scored(rng, 5000), _scored(rng, 5000).assign(y=lambda d: 1 - d["y"])
    row = drift.estimate_performance(known, new, "s", "y").loc["accuracy"]
    assert ((new["s"] >= 0.5) == new["y"]).mean() < 0.3 < 0.7 < row["low"]


def test_labels_of_the_current_rows_are_not_looked_at():
    rng = np.random.default_rng(12)
    known, new = _scored(rng, 500), _scored(rng, 500)
    blind = drift.estimate_performance(known, new[["s"]], "s", "y")
    pd.testing.assert_frame_equal(blind, drift.estimate_performance(known, new, "s", "y"))
