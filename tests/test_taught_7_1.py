"""What notebook 7-1 teaches, loaded out of it, and the clinic that it sends its learners to."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import taught
from scipy.stats import false_discovery_control, kstest
from sklearn.metrics import log_loss

from helpers import dossier, rates
from helpers.dossier import Dossier, Need
from helpers.exercises import engine, nb_7_1, read, rounds
from helpers.exercises.clinic import LABELS, clinic


@pytest.fixture(scope="module")
def f() -> dict:
    return taught.load("7-1", "seal", "WRITTEN", "dollars", "judged", "refusals", "digest",
                       "benjamini_hochberg", "errors", "PRICES",
                       acs=None, train=TRAIN)  # fmt: skip


rng = np.random.default_rng(0)
TRAIN = pd.DataFrame({"x": rng.normal(size=4000)})
TRAIN["employed"] = (rng.random(4000) < 1 / (1 + np.exp(-TRAIN["x"]))).astype(int)


# --- limits -------------------------------------------------------------------------------------


def test_a_seal_changes_with_any_part_of_any_limit_and_with_nothing_else(f):
    seal, need = f["seal"], Need(">=", 0.8, "why", "who", "2027-01-01")
    limits = {"accuracy": need, "cost": Need("<=", 9.0)}
    assert seal(limits) == seal(dict(reversed(list(limits.items())))) and len(seal(limits)) == 12
    others = [Need("<=", 0.8, "why", "who", "2027-01-01"), Need(">=", 0.81, "why", "who"),
              Need(">=", 0.8, "Why", "who", "2027-01-01"), Need(">=", 0.8, "why", "I"),
              Need(">=", 0.8, "why", "who", "2027-01-02")]  # fmt: skip
    seals = {seal(limits | {"accuracy": other}) for other in others}
    assert len(seals | {seal(limits)}) == 6
    assert seal(limits) == nb_7_1._seal(limits), "the exercise seals as the notebook does"


def test_the_notebook_has_a_limit_reason_and_owner_for_every_quality(f):
    rows = {row: (why, owner) for row, _, _, why, owner in f["WRITTEN"]}
    assert {"share right", *dossier.AXES[1:]} <= set(rows)
    assert all(len(why.split()) > 3 and owner for why, owner in rows.values())


# --- money and metrics --------------------------------------------------------------------------


def test_dollars_are_the_price_of_each_mistake(f):
    score, truth = np.array([0.9, 0.75, 0.74, 0.1]), np.array([0, 1, 1, 0])
    assert f["dollars"](score, truth, 0.75).tolist() == [60, 0, 20, 0]
    cells = rates.counts(truth, score >= 0.75).iloc[0]
    assert f["dollars"](score, truth, 0.75).sum() == 60 * cells["fp"] + 20 * cells["fn"]


def test_skill_is_nothing_for_a_base_rate_and_one_for_the_truth(f):
    late = np.array([1, 0, 0, 0, 1, 0, 0, 0])
    idle = f["judged"]({"late": late, "score": np.full(8, 0.25)})
    assert abs(idle["skill"]) < 1e-12 and idle["AUC"] == 0.5
    sure = f["judged"]({"late": late, "score": np.clip(late, 1e-9, 1 - 1e-9)})
    assert sure["skill"] > 0.9999999 and sure["accuracy"] == 1
    score = np.array([0.6, 0.2, 0.1, 0.4, 0.5, 0.3, 0.2, 0.2])
    loss = -np.mean(np.log(np.where(late == 1, score, 1 - score)))
    entropy = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    found = f["judged"]({"late": late, "score": score})
    assert found["log loss"] == pytest.approx(loss)
    assert found["skill"] == pytest.approx(1 - loss / entropy)


# --- protocol and peers -------------------------------------------------------------------------

RULE = json.dumps({"data": "abc", "expires": "2027-06-30", "toy must stay below": 0.95,
                   "answered at least": 0.9})  # fmt: skip


@pytest.mark.parametrize(("change", "says"), [
    ({"fingerprint": "abd"}, "not the data"), ({"today": "2027-07-01"}, "expired"),
    ({"toy": 0.95}, "saturated"), ({"answered": 0.89}, "answered"),
])  # fmt: skip
def test_a_protocol_refuses_for_one_reason_at_a_time(f, change, says):
    fine = {"fingerprint": "abc", "toy": 0.94, "answered": 0.9, "today": "2027-06-30"}
    assert f["refusals"](RULE, **fine) == []
    told = f["refusals"](RULE, **(fine | change))
    assert len(told) == 1 and says in told[0]


def test_a_digest_is_reproduced_from_rows_in_any_order_and_betrays_one_changed_row(f):
    score = np.random.default_rng(1).random(999)
    rows = pd.DataFrame({"score": score, "truth": (score > 0.4).astype(int)})
    assert f["digest"](rows) == f["digest"](rows.sample(frac=1, random_state=0))
    other = rows.copy()
    other.loc[0, "truth"] = 1 - other.loc[0, "truth"]
    assert f["digest"](other) != f["digest"](rows) and f["digest"](rows)["items"] == "999"


# --- thirty ideas -------------------------------------------------------------------------------


def test_benjamini_hochberg_is_scipys_in_any_order(f):
    bh, generator = f["benjamini_hochberg"], np.random.default_rng(3)
    for _ in range(300):
        p = generator.random(generator.integers(1, 40)) ** generator.integers(1, 6)
        for share in (0.05, 0.2):
            assert (bh(p, share) == (false_discovery_control(p) <= share)).all()


def test_benjamini_hochberg_on_the_published_example(f):
    """Benjamini and Hochberg 1995, section 3.2: fifteen p values, four of them accepted."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
         0.5719, 0.6528, 0.7590, 1.0000]  # fmt: skip
    assert f["benjamini_hochberg"](p).sum() == 4 and f["benjamini_hochberg"](p)[:4].all()


def test_of_accepted_ideas_no_more_than_the_share_is_false(f):
    """2,000 logs of 27 empty and 3 real ideas: the mean false share is under .05 x 27/30."""
    generator, false = np.random.default_rng(4), []
    for _ in range(2000):
        p = np.concatenate([generator.random(27), generator.random(3) ** 12])
        said = f["benjamini_hochberg"](p)
        false.append(said[:27].sum() / max(1, said.sum()))
    assert 0.035 < np.mean(false) < 0.055


def test_errors_are_those_of_the_logistic_model(f):
    """On data from a logistic curve the squared error is p (1 - p), as little as there can be."""
    X = TRAIN[["x"]].to_numpy()
    found = f["errors"](X, X, TRAIN["employed"].to_numpy())
    p = 1 / (1 + np.exp(-X[:, 0]))
    assert found.mean() == pytest.approx((p * (1 - p)).mean(), abs=0.006)
    assert log_loss(TRAIN["employed"], p) < np.log(2)


# --- the clinic and its grader ------------------------------------------------------------------

MISSED = {"A": "overfitting", "B": "too little data", "C": "covariate drift",
          "D": "covariate drift", "E": "hardware", "F": "unfair base rates"}  # fmt: skip


def test_a_ward_with_all_six_failures_undetected_is_refused_six_times():
    numbers = {name: rounds.number(name) for name in rounds.TRUTH}
    told = rounds.grade({name: (MISSED[name], numbers[name]) for name in MISSED})
    assert [t[0] for t in told] == list("ABCDEF") and len(set(told)) == 6
    assert rounds.grade({n: (label, numbers[n]) for n, label in rounds.TRUTH.items()}) == []


def test_a_dashboards_number_typed_in_is_refused():
    """Who names the illness and copies what the dashboard says has measured nothing."""
    boards = {name: float(clinic(name).dashboard.iloc[-1, 0]) for name in "ABCDEF"}
    told = rounds.grade({name: (rounds.TRUTH[name], boards[name]) for name in "ABCDEF"})
    assert len(told) == 6 and all("the diagnosis is right" in t for t in told)


def test_a_dossier_refuses_a_typed_number():
    page = Dossier("The desk")
    with pytest.raises(ValueError, match="carries no interval"):
        page.add("accuracy", "share right", 0.79, Need(">=", 0.78))
    page.add("accuracy", "share right", rates.interval([1] * 79 + [0] * 21), Need(">=", 0.6))
    assert [e.verdict for e in page.entries] == ["pass"]


def test_six_labels_are_decoys_and_no_patient_tells_its_own():
    assert len(LABELS) == 12 and len(set(LABELS) - set(rounds.TRUTH.values())) == 6
    assert set(MISSED.values()) | set(rounds.TRUTH.values()) <= set(LABELS)
    for name, truth in rounds.TRUTH.items():
        assert truth not in repr(clinic(name)).lower()


@pytest.mark.parametrize("seed", [1])
def test_the_illnesses_do_not_hang_on_one_draw(seed):
    number = {name: rounds.number(name, seed) for name in rounds.TRUTH}
    a, b, f = (clinic(name, seed) for name in "ABF")
    assert a.dashboard.iloc[0, 1] - number["A"] > 0.08
    assert b.dashboard.iloc[0, 0] < number["B"]
    assert 1.6 < number["C"] < 2.2 and number["D"] > 0.05 and number["E"] > 0.08
    files = f.dashboard["AUC"]
    assert files.iloc[-1] - files.iloc[0] > 0.03 and number["F"] < files.iloc[-1] - 0.08


def test_the_generated_queue_obeys_lindley():
    calls = clinic("E").data
    wait = calls["took"] - calls["service"]
    gap = calls["arrived"].diff().to_numpy()[1:]
    again = np.maximum(0, (wait + calls["service"]).to_numpy()[:-1] - gap)
    assert np.allclose(wait.to_numpy()[1:], again, atol=1e-6)
    assert kstest(gap, "expon", args=(0, 10)).pvalue > 0.001


def test_garbage_for_the_grader_is_a_sentence():
    for bad in (None, [], {"A": ("leakage", 1)}, 3):
        with pytest.raises(read.Unreadable):
            rounds.grade(bad)
    assert engine.judge("7-1b", {n: ("gout", 1) for n in "ABCDEF"}).state == "wrong"
