"""The dossier: verdicts use the interval, nothing is lost, and what is missing is said."""

import json
import math
import re

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from helpers import dossier, rates, show
from helpers.dossier import AXES, Dossier, Need

NUMBERS = st.floats(-1e6, 1e6)


@given(st.lists(NUMBERS, min_size=3, max_size=3), NUMBERS, st.sampled_from([">=", "<="]))
def test_a_verdict_needs_the_whole_interval(three, limit, relation):
    low, value, high = sorted(three)
    verdict = Need(relation, limit).verdict(value, low, high)
    good = (lambda x: x >= limit) if relation == ">=" else (lambda x: x <= limit)
    expected = "pass" if good(low) and good(high) else "not shown" if good(low) or good(high) else (
        "fail")  # fmt: skip
    assert verdict == expected
    other = Need("<=" if relation == ">=" else ">=", limit).verdict(value, low, high)
    assert {verdict, other} in ({"pass", "fail"}, {"not shown"}, {"pass"}, {"pass", "not shown"})


def test_a_bound_that_is_missing_shows_nothing_on_its_side():
    nan = math.nan
    assert Need("<=", 5).verdict(1, 1, nan) == "not shown"
    assert Need(">=", 5).verdict(9, 8, nan) == "pass"
    assert Need(">=", 5).verdict(nan, nan, nan) == "not measured"


@pytest.fixture(scope="module")
def fitted():
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    train, test = X.iloc[:350], X.iloc[350:]
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(train, y.iloc[:350])
    groups = np.where(test["mean area"] > test["mean area"].median(), "large", "small")
    return model, train, test, y.iloc[350:], groups


NEEDS = {
    "share right": Need(">=", 0.9, "today's rate", "lead", "2027-01-31"),
    "calibration": Need("<=", 0.1), "fairness": Need("<=", 1e-6, owner="lead", due="2027-01-31"),
    "cost": Need("<=", 1000.0), "drift readiness": Need("<=", 0.01), "robustness": Need("<=", 0.5),
    "interpretability": Need(">=", 0.01), "latency": Need("<=", 60.0), "memory": Need("<=", 1e4),
    "area under the ROC curve": Need(">=", 0.999999),
}  # fmt: skip


@pytest.fixture(scope="module")
def page(fitted):
    model, train, test, y, groups = fitted
    return dossier.assess(model, test, y, groups, title='Tumours <b>&"v2"</b>', needs=NEEDS,
                          train=train, prices={"fp": 60, "fn": 20}, rows=40)  # fmt: skip


def test_assess_fills_every_axis_with_what_the_modules_say(fitted, page):
    model, _, test, y, _ = fitted
    assert list(dict.fromkeys(e.axis for e in page.entries)) == list(AXES)
    by_name = {e.name: e for e in page.entries}
    p = model.predict_proba(test)[:, 1]
    assert by_name["share right"].value == pytest.approx(((p >= 0.5) == y).mean())
    cost = np.where((p >= 0.5) & (y == 0), 60, np.where((p < 0.5) & (y == 1), 20, 0)).mean()
    assert by_name["dollars a decision"].value == pytest.approx(cost)
    found = rates.calibration(y, p).error
    assert by_name["expected calibration error"].value == pytest.approx(found)
    assert all(e.low <= e.value <= e.high for e in page.entries if not e.reason)
    assert by_name["peak while scoring all rows"].machine and not by_name["share right"].machine


def test_the_verdicts_of_a_page(page):
    verdicts = page.to_frame().set_index("name")["verdict"]
    assert verdicts["share right"] == "pass" and verdicts["dollars a decision"] == "pass"
    assert verdicts["largest PSI since training"] == "fail"
    assert verdicts["area under the ROC curve"] in ("fail", "not shown")


def test_what_was_not_passed_is_not_measured_and_needs_an_owner(fitted):
    model, _, test, y, _ = fitted
    page = dossier.assess(model, test.iloc[:, :], y, rows=10, budget=0.2)
    gone = {e.axis for e in page.entries if e.verdict == "not measured"}
    assert gone == {"fairness", "cost", "drift readiness"}
    assert any("fairness" in p and "no limit" in p for p in page.open_points())
    owned = page.judge({"fairness": Need("<=", 0.1, owner="lead", due="2027-01-31")})
    assert not any("fairness" in p for p in owned.open_points())
    orphan = page.judge({"fairness": Need("<=", 0.1)})
    assert any("needs an owner and a date" in p for p in orphan.open_points())
    assert [e.need for e in page.entries if e.axis == "fairness"] == [None], "a copy is judged"


def test_an_empty_page_has_nine_open_points():
    assert len(Dossier("Nothing yet").open_points()) == len(AXES)


def test_the_same_system_has_the_same_hashes_and_another_has_not(fitted, page):
    model, _, test, y, _ = fitted
    again = dossier.assess(model, test, y, rows=5, budget=0.2)
    assert (again.data_hash, again.model_hash) == (page.data_hash, page.model_hash)
    changed = test.copy()
    changed.iloc[0, 0] += 1e-9
    assert dossier.fingerprint(changed, y.to_numpy()) != page.data_hash
    other = dossier.assess(lambda X: model.predict_proba(X)[:, 1] * 0.9, test, y, rows=5,
                           budget=0.2)  # fmt: skip
    assert other.data_hash == page.data_hash and other.model_hash != page.model_hash


def test_json_loses_nothing(page):
    again = Dossier.from_json(page.to_json())
    assert again.to_json() == page.to_json() and again.to_html() == page.to_html()
    assert again.to_frame().equals(page.to_frame())
    assert json.loads(page.to_json())["entries"][0]["axis"] == "accuracy"


def test_json_keeps_what_is_missing():
    page = Dossier("One row")
    page.add("cost", "dollars", show.NotMeasured("no prices"), Need("<=", 5, owner="me"))
    again = Dossier.from_json(page.to_json())
    assert again.entries[0].verdict == "not measured" and math.isnan(again.entries[0].value)
    assert again.entries[0].need == Need("<=", 5, owner="me")


def test_the_page_is_one_small_file_that_needs_nothing_else(page):
    text = page.to_html()
    assert len(text.encode()) < 100_000
    assert not re.search(r"<script|<link|<img|https?://|url\(", text)
    assert "<b>&" not in text and "&lt;b&gt;&amp;&quot;v2&quot;" in text
    assert text.count("<tr>") == len(page.entries) + 1 and 'name="viewport"' in text
    for e in page.entries:
        assert e.name in text and e.verdict in text
    assert page.data_hash in text and 'role="img"' in text


def test_a_torch_network_and_a_function_are_assessed_alike():
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 6)).astype(np.float32)
    y = (X[:, 0] + rng.normal(size=300) > 0).astype(int)
    net = torch.nn.Sequential(torch.nn.Linear(6, 2)).train()
    page = dossier.assess(net, X, y, rows=20, budget=0.2)
    assert net.training
    p = torch.softmax(net(torch.from_numpy(X)), 1)[:, 1].detach().double().numpy()
    same = dossier.assess(lambda r: _scores(net, r), X, y, rows=20, budget=0.2)
    one = {e.name: e.value for e in page.entries}["share right"]
    assert one == pytest.approx(((p >= 0.5) == y).mean())
    assert {e.name: e.value for e in same.entries}["share right"] == one
    single = torch.nn.Linear(6, 1)
    assert dossier.assess(single, X, y, rows=5, budget=0.2).entries[0].n == 300


def _scores(net, rows):
    with torch.no_grad():
        return torch.softmax(net(torch.as_tensor(np.array(rows))), 1)[:, 1].double().numpy()


def test_an_interval_on_the_calibration_error_knows_that_noise_adds_to_it():
    """Perfect scores: the error is all noise, and the interval reaches down to nothing."""
    rng = np.random.default_rng(1)
    score = rng.random(400)
    y = (rng.random(400) < score).astype(int)
    found = dossier._calibration(y, score, rng)
    assert found.low < 0.01 < found.value


def test_a_fingerprint_reads_content_not_containers():
    rows = [[1, 2], [3, 4]]
    same = {dossier.fingerprint(x) for x in (rows, np.array(rows), pd.DataFrame(rows),
                                             torch.tensor(rows))}  # fmt: skip
    assert len(same) == 1
    assert dossier.fingerprint(rows) != dossier.fingerprint(rows[::-1])
    assert dossier.fingerprint("a") != dossier.fingerprint("b")


def test_a_model_too_slow_for_its_tail_says_so():
    import time

    def slow(rows):
        time.sleep(0.002)
        return np.full(len(rows), 0.5)

    found = dossier._tail(slow, np.zeros((1, 2)), 0.01)
    assert isinstance(found, show.NotMeasured) and "130 calls" in repr(found)
    assert dossier._tail(lambda rows: np.full(len(rows), 0.5), np.zeros((1, 2)), 0.1).n >= 130
