"""Detectors held against their windows and levels; retraining rules that cannot see the future."""

import numpy as np
import pandas as pd
import pytest

from helpers import drift


@pytest.mark.parametrize("seed", range(4))
def test_the_window_of_adwin_is_the_last_values_it_took(seed):
    """Its mean and spread, kept in merged buckets, are those of the last `width` values."""
    rng = np.random.default_rng(seed)
    stream = np.concatenate([rng.normal(m, 1, 300) for m in (0, 2, 2, -1)])
    detector, fired = drift.Adwin(), []
    for i, x in enumerate(stream):
        if detector.update(x):
            fired.append(i)
        window = stream[i + 1 - detector.width : i + 1]
        assert detector.mean == pytest.approx(window.mean(), abs=1e-9)
        assert detector._spread / detector.width == pytest.approx(window.var(), abs=1e-9)
    held = sum(len(row) * 2**k for k, row in enumerate(detector._rows))
    assert held == detector.width and all(len(row) <= 5 for row in detector._rows)
    assert any(300 <= i < 400 for i in fired) and any(900 <= i < 1000 for i in fired)


def test_adwin_tries_every_cut_between_its_buckets():
    """Its answer is that of every cut at a bucket's edge, worked out from the values alone."""
    rng, stream = np.random.default_rng(5), []
    detector = drift.Adwin(delta=0.3, clock=1)
    for i in range(400):
        stream.append(float(rng.normal(0.4 * (i > 200), 1)))
        before = detector.width
        fired = detector.update(stream[-1])
        window, n = np.array(stream[-(before + 1):]), before + 1
        if n <= 10:
            assert not fired
            continue
        sizes = []  # of the buckets before anything is dropped: rebuilt from the count alone
        probe = drift.Adwin(delta=1e-300, clock=10**9)
        for x in window:
            probe.update(x)
        sizes = [2**k for k in reversed(range(len(probe._rows))) for _ in probe._rows[k]]
        if before == i:  # nothing was dropped so far: the buckets are those of the probe
            assert fired == _some_cut(window, np.cumsum(sizes), 0.3)
    assert detector.width < 400


def _some_cut(window, edges, delta):
    n, chance = len(window), np.log(2 * np.log(len(window)) / delta)
    for cut in edges[:-1]:
        if cut < 5 or n - cut < 5:
            continue
        m = 1 / (1 / cut + 1 / (n - cut))
        bound = np.sqrt(2 / m * window.var() * chance) + 2 / (3 * m) * chance
        if abs(window[:cut].mean() - window[cut:].mean()) > bound:
            return True
    return False


def test_adwin_is_calm_without_a_change():
    rng, alarms = np.random.default_rng(6), 0
    for _ in range(100):
        detector = drift.Adwin()
        alarms += any([detector.update(x) for x in rng.random(1000) < 0.2])
    assert alarms <= 2


def test_adwin_grows_with_the_logarithm_and_skips_what_is_missing():
    detector = drift.Adwin()
    for x in [0.5] * 5000:
        assert not detector.update(x)
    assert detector.width == 5000 and sum(map(len, detector._rows)) < 60
    assert not detector.update(float("nan")) and not detector.update(None)
    assert (detector.skipped, detector.width, detector.mean) == (2, 5000, 0.5)
    assert any([detector.update(1.5) for _ in range(64)]), "one gap must not poison the rest"


def test_page_hinkley_by_its_sum():
    rng = np.random.default_rng(7)
    stream = np.concatenate([rng.normal(0, 1, 200), rng.normal(1, 1, 100)])
    detector, fired = drift.PageHinkley(slack=0.2, limit=15), []
    for i, x in enumerate(stream):
        if detector.update(x):
            fired.append(i)
    means = np.cumsum(stream) / np.arange(1, 301)
    total = np.cumsum(stream - means - 0.2)
    above = total - np.minimum.accumulate(np.minimum(total, 0))
    assert fired[0] == np.flatnonzero((above > 15) & (np.arange(300) >= 29))[0] > 200


def test_page_hinkley_does_not_fire_early_nor_on_a_fall_and_skips_gaps():
    detector = drift.PageHinkley(slack=0, limit=1, least=30)
    assert not any([detector.update(x) for x in [0, 9, 0, 9] * 5])
    falling = drift.PageHinkley(limit=5)
    assert not any([falling.update(x) for x in [1.0] * 100 + [0.0] * 100])
    assert not falling.update(None) and falling.skipped == 1


# ---- the report


class Listed:
    """A detector that fires at the steps it was given."""

    def __init__(self, *steps):
        self.steps, self.at = steps, -1

    def update(self, _):
        self.at += 1
        return self.at in self.steps


def test_a_report_counts_delays_and_false_alarms():
    found = drift.detector_report(Listed(5, 12, 13, 40, 99), range(100), [10, 30], within=8)
    mine = found.loc["detector"]
    assert mine[["found", "missed", "mean delay", "false alarms"]].tolist() == [1, 1, 2, 3]
    always = found.loc["always fire"]
    assert always[["found", "missed", "mean delay", "false alarms"]].tolist() == [2, 0, 0, 82]
    assert found["per 1,000 steps"].tolist()[:2] == [30, 820]


def test_an_alarm_belongs_to_the_last_change_only():
    found = drift.detector_report(Listed(35), range(50), [10, 30]).loc["detector"]
    assert found[["found", "mean delay", "false alarms"]].tolist() == [1, 5, 0]


def test_a_detector_that_knows_nothing_is_no_better_than_chance():
    rng = np.random.default_rng(8)
    steps = rng.choice(2000, 40, replace=False)
    found = drift.detector_report(Listed(*steps), range(2000), [500, 1000, 1500], within=25)
    mine, luck = found.loc["detector"], found.loc["as often, at random"]
    assert luck["found"] == pytest.approx(3 * (1 - (1 - 26 / 2000) ** 40), abs=0.15)
    assert abs(mine["false alarms"] - luck["false alarms"]) < 5


def test_without_changes_all_alarms_are_false_and_yours_stays_fresh():
    detector = drift.Adwin()
    found = drift.detector_report(detector, [0] * 300 + [1] * 300, [])
    assert found.loc["detector", "false alarms"] >= 1
    assert np.isnan(found.loc["detector", "mean delay"])
    assert detector.width == 0


# ---- rules that retrain


def _mean(past):
    return past[-7:].mean()


def _gap(model, today, _day):
    return abs(today - model)


RULES = {
    "never": lambda past, losses, promoted: False,
    "weekly": lambda past, losses, promoted: len(losses) % 7 == 0,
    "worse": lambda past, losses, promoted: len(losses) > 3 and losses[-1] > 2 * losses.mean(),
    "high": lambda past, losses, promoted: past[-1] > past.mean(),
    "apart": lambda past, losses, promoted: not promoted or len(past) - promoted[-1] > 20,
}


def test_no_rule_can_see_the_future():
    """A series whose future is missing gives the same decisions and losses until then."""
    series = np.random.default_rng(9).normal(size=120) + np.repeat([0, 4, 1], 40)
    whole = drift.policies(series, RULES, fit=_mean, loss=_gap, start=14)
    for until in (15, 40, 41, 42, 77, 78, 79):
        cut = np.where(np.arange(120) <= until, series, np.nan)
        blind = drift.policies(cut, RULES, fit=_mean, loss=_gap, start=14)
        pd.testing.assert_frame_equal(whole.losses.loc[:until], blind.losses.loc[:until])
        for name, days in whole.promotions.items():
            same = [d for d in blind.promotions[name] if d <= until]
            assert [d for d in days if d <= until] == same


def test_a_rule_that_writes_into_the_past_changes_nothing():
    def vandal(past, losses, promoted):
        past[:], losses[:] = 0, 0
        promoted.append(0)
        return False

    series = np.arange(30.0)
    found = drift.policies(series, {"vandal": vandal, **RULES}, fit=_mean, loss=_gap, start=5)
    assert found.promotions["vandal"] == [] and series.tolist() == list(range(30))
    assert found.losses["vandal"].equals(found.losses["never"].rename("vandal"))


def test_a_promotion_counts_from_the_next_day():
    seen = []
    drift.policies(np.arange(6.0), {"daily": lambda *_: True}, start=2, fit=lambda past: past[-1],
                   loss=lambda m, y, day: seen.append((day, m, y)) or 0.0)  # fmt: skip
    assert seen == [(2, 1, 2), (3, 2, 3), (4, 3, 4), (5, 4, 5)]


def test_tables_and_missing_truth_are_welcome():
    frame = pd.DataFrame({"y": [1.0, 2.0, np.nan, 4.0]})
    found = drift.policies(frame, {"never": RULES["never"]}, start=2,
                           fit=lambda past: past["y"].mean(),
                           loss=lambda m, today, _: abs(today["y"] - m))  # fmt: skip
    assert found.losses["never"].isna().tolist() == [True, False]
    assert found.to_frame().loc["never"].tolist() == [0, 2.5]
    assert repr(found).startswith("Policies over 2 days")
