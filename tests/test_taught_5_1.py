"""What notebook 5-1 teaches, loaded out of the notebook and held against sums done another way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import taught
from scipy.stats import chi2_contingency, entropy, ks_2samp

from helpers.exercises.watched import RULES, five_files, reports_of_a_shop

# fmt: off
NAMES = ("psi", "ks", "alarm_share", "skill", "moved", "make_stream",
         "features", "reports", "board", "four_boards", "arrived", "early_truth")
# fmt: on


@pytest.fixture(scope="module")
def book() -> dict:
    world = {"CARDS": 200, "DAYS": 330, "LIVE": 180, "CHANGE": 210, "threshold": 0.5,
             "edges": np.array([0.2, 0.4, 0.6]), "delays": np.array([3, 5, 5, 9]),
             "WEEKS": range(187, 330, 7), "BOARDS": ["payments off", "psi", "estimate", "mature"],
             "calibrated": Calibrated()}  # fmt: skip
    return taught.load("5-1", *NAMES, **world)


class Calibrated:
    """Scores that are chances already."""

    def predict(self, score):
        return np.asarray(score)


def test_psi_is_both_divergences_and_ks_is_scipys(book):
    rng = np.random.default_rng(0)
    for _ in range(20):
        a, b = rng.dirichlet(np.ones(6), 2)
        assert book["psi"](a, b) == pytest.approx(entropy(a, b) + entropy(b, a))
        x, y = rng.integers(0, 9, 40), rng.integers(1, 12, 70)
        assert book["ks"](x, y) == pytest.approx(ks_2samp(x, y).statistic)


def test_alarm_share_counts_scipys_tests(book):
    p, q, n = np.array([0.5, 0.3, 0.2]), np.array([0.45, 0.33, 0.22]), 400
    share = book["alarm_share"](n, p, q, np.random.default_rng(3), runs=200)
    rng = np.random.default_rng(3)
    a, b = rng.multinomial(n, p, 200), rng.multinomial(n, q, 200)
    expected = np.mean([chi2_contingency(np.array(two))[1] < 0.05
                        for two in zip(a, b, strict=True)])  # fmt: skip
    assert share == expected and 0.05 < share < 0.6


def test_skill_is_one_nought_or_less(book):
    assert book["skill"](0, 2) == 1 and book["skill"](2, 2) == 0 and book["skill"](3, 2) < 0


def _rows(table: dict) -> pd.DataFrame:
    return pd.DataFrame([cell for cell, n in table.items() for _ in range(n)], columns=["x", "y"])


def test_moved_on_tables_known_by_hand(book):
    old = _rows({("a", 0): 30, ("a", 1): 10, ("b", 0): 20, ("b", 1): 40})
    covariate = _rows({("a", 0): 60, ("a", 1): 20, ("b", 0): 20, ("b", 1): 40})
    label = _rows({("a", 0): 30, ("a", 1): 20, ("b", 0): 20, ("b", 1): 80})
    concept = _rows({("a", 0): 20, ("a", 1): 20, ("b", 0): 30, ("b", 1): 30})
    found = [book["moved"](old, f, "x", "y") for f in (old, covariate, label, concept)]
    assert list(found[0].values()) == pytest.approx([0, 0, 0, 0])
    assert found[1]["p(y|x)"] == pytest.approx(0) and found[1]["p(x)"] == pytest.approx(6 / 35)
    assert found[2]["p(x|y)"] == pytest.approx(0) and found[2]["p(y)"] == pytest.approx(1 / 6)
    assert found[3]["p(x)"] == found[3]["p(y)"] == pytest.approx(0)
    assert found[3]["p(y|x)"] == pytest.approx(0.4 * 0.25 + 0.6 / 6)


def test_moved_names_the_five_files(book):
    """What the exercise asks a learner to read can be read off: one kind for each pattern."""
    for seed in (0, 1, 2):
        reference, files = five_files(seed)
        for name, rule in RULES.items():
            m = book["moved"](reference, files[name], "age", "works")
            still = {k: v < 0.012 for k, v in m.items()}
            assert any(v > 0.03 for v in m.values()) == (rule != "none")
            assert still["p(y|x)"] == (rule in ("covariate", "none")), (seed, name, m)
            assert still["p(x|y)"] == (rule in ("label", "none")), (seed, name, m)


def test_the_stream_changes_only_from_the_change_on(book):
    changed = book["make_stream"](210, np.random.default_rng(5))
    assert changed["delay"].between(3, 90).all() and (changed["amount"] >= 0).all()
    assert changed.loc[changed["amount"] > 220, "fraud"].all()
    small = changed["fraud"] & (changed["amount"] < 120)
    before, after = (small[k].mean() for k in (changed["day"] < 210, changed["day"] > 224))
    assert after > 4 * before
    pairs = changed[["card", "day"]].drop_duplicates()
    assert pairs["card"].max() < 200 and pairs["day"].max() < 330


def test_features_know_the_past_alone(book):
    rng = np.random.default_rng(1)
    stream = pd.DataFrame({"card": [0, 1, 0, 0, 1], "amount": [10.0, 4, 20, 60, 8]})
    assert book["features"](stream)["times usual"].tolist() == [1, 1, 2, 4, 2]
    longer = pd.concat([stream, stream.assign(amount=rng.random(5) * 900)], ignore_index=True)
    assert book["features"](longer).head(5).equals(book["features"](stream))


@pytest.fixture(scope="module")
def watched(book) -> pd.DataFrame:
    stream = book["make_stream"](210, np.random.default_rng(2))
    rng = np.random.default_rng(3)
    stream["score"] = np.where(stream["fraud"], rng.random(len(stream)),
                               0.6 * rng.random(len(stream)))  # fmt: skip
    return stream.assign(missed=stream["fraud"] & (stream["score"] < 0.5))


def test_reports_are_counted_one_by_one(book, watched):
    for today, youngest, oldest in ((187, 0, 27), (250, 60, 66)):
        count, n = 0, 0
        for row in watched.itertuples():
            age = today - row.day
            if youngest <= age <= oldest:
                n += 1
                count += row.missed and row.delay <= age
        found, ages = book["reports"](watched, today, youngest, oldest)
        assert (found, len(ages)) == (count, n)


def test_arrived_is_the_share_of_old_reports(book):
    assert book["arrived"](np.array([2, 3, 5, 8, 9])).tolist() == [0, 0.25, 0.75, 0.75, 1]


@pytest.mark.filterwarnings("ignore:invalid value")  # weeks that were blanked
def test_no_monitor_knows_the_future(book, watched):
    """Whatever a week has not seen may be blank: payments to come, and frauds not reported yet."""
    today = 222
    blind = watched.copy()
    later = blind["day"] > today
    blind.loc[later, ["amount", "score", "delay"]] = np.nan
    blind.loc[later, "missed"] = False
    unknown = (blind["day"] >= 90) & (blind["delay"] > today - blind["day"])
    blind.loc[unknown, "missed"] = False
    whole, part = book["four_boards"](watched), book["four_boards"](blind.dropna())
    assert np.allclose(whole.loc[:today], part.loc[:today])
    early = [book["early_truth"](s).loc[:today] for s in (watched, blind.dropna())]
    assert np.allclose(*early)


def test_boards_on_a_week_by_hand(book, watched):
    week = watched[watched["day"].between(181, 187)]
    n, shares, money = book["board"](week)
    passed = week[week["score"] < 0.5]
    assert n == len(week) and shares.sum() == pytest.approx(1) and len(shares) == 4
    assert money == pytest.approx((passed["score"] * passed["amount"]).sum())


def test_early_truth_is_near_one_where_nothing_changes(book):
    shop, usual, arrived = reports_of_a_shop(7)
    ratios = []
    for today in range(100, 140, 7):
        count, ages = book["reports"](shop, today, 0, 27)
        ratios.append(count / (usual * arrived(ages).sum()))
    assert np.mean(ratios) == pytest.approx(1, abs=0.15)
