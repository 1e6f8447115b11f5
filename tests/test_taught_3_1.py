"""What notebook 3-1 teaches, loaded out of it and held against sums done another way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import taught
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from helpers import rates
from helpers.exercises import desk

NAMES = (
    "bands", "hand_rules", "fuzzy", "cases", "picture", "scorecard", "logistic", "values",
    "one_hot", "dollars", "climb", "out_of_fold", "listed", "accuracy_of", "lowest_loss", "duel",
    "found", "split_scores",
)  # fmt: skip


@pytest.fixture(scope="module")
def nb() -> dict:
    columns, train, test, pool = desk.people()
    pool = pool.reset_index(drop=True)
    given = {
        "columns": columns, "train": train, "test": test, "pool": pool,
        "employed": desk.truth(test), "y_pool": desk.truth(pool),
        "Z_test": desk.one_hot(test), "Z_pool": desk.one_hot(pool),
        "X_test": test[columns].to_numpy(dtype=float),
        "X_pool": pool[columns].to_numpy(dtype=float), "APPLICANTS": 5_000,
        "PRICE": {name: 600 for name in "ABCDE"}, "hit": {}, "cost": {},
    }  # fmt: skip
    return given | taught.load("3-1", *NAMES, **given)


@pytest.fixture
def few(nb) -> pd.DataFrame:
    return nb["pool"].sample(90, random_state=3).reset_index(drop=True)


def test_the_rules_and_the_fuzzy_rules_on_people_made_by_hand(nb):
    rows = [(40, 22, 2, 0), (40, 22, 1, 0), (40, 14, 1, 0), (16, 22, 2, 0), (80, 22, 2, 0),
            (40, 22, 2, 16)]  # fmt: skip
    people = pd.DataFrame(rows, columns=["AGEP", "SCHL", "DIS", "RELP"])
    rules = nb["hand_rules"](None, None)(people)
    assert rules.tolist() == [True, False, False, False, False, False]
    # with a disability, .8 says no: schooling 22 says yes by 1.0, schooling 14 by .6 only
    assert nb["fuzzy"](None, None)(people).tolist() == [True, True, False, False, False, False]


def test_cases_are_the_nearest_with_all_who_tie(nb, few):
    train, new = few[:60], few[60:]
    y = desk.truth(train)
    says = nb["cases"](train, y, k=7)(new)

    def answers(row):
        codes = [row[c] // 5 if c == "AGEP" else row[c] for c in nb["columns"]]
        return codes, [row["AGEP"] >= a for a in range(20, 95, 5)]

    kept = [answers(row) for _, row in train.iterrows()]
    for (_, row), said in zip(new.iterrows(), says, strict=True):
        codes, older = answers(row)
        # an answer that differs costs 2 (one column too many, one too few), unless nobody in
        # training gave it: then it has no column, and costs 1 for every case alike
        far = [sum(2 * (a != b) for a, b in zip(codes, c, strict=True))
               + sum(a != b for a, b in zip(older, o, strict=True)) for c, o in kept]  # fmt: skip
        near = [vote for d, vote in zip(far, y, strict=True) if d <= sorted(far)[6]]
        assert said == (sum(near) > len(near) / 2)


def test_the_map_is_a_vote_of_the_neighbourhood(nb, few):
    y = desk.truth(few)
    says = nb["picture"](few, y)(few)
    age, school = few["AGEP"].to_numpy() // 5, few["SCHL"].to_numpy()
    for i in range(len(few)):
        near = (abs(age - age[i]) <= 1) & (abs(school - school[i]) <= 1)
        assert says[i] == (2 * y[near].sum() > near.sum())


def test_the_search_learns_what_a_scorecard_can_say(nb, few):
    many = nb["pool"][:1500]
    y = (many["AGEP"] < 62).astype(int).to_numpy()
    assert (nb["scorecard"](many, y)(many) == y).mean() > 0.97


def test_one_hot_is_the_librarys_and_unknown_answers_are_blank(nb):
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    encoder.fit(nb["bands"](nb["train"]))
    odd = nb["pool"][:300].assign(SCHL=99)
    for people in (nb["pool"][:3000], odd):
        assert np.array_equal(nb["one_hot"](people), encoder.transform(nb["bands"](people)))
        assert np.array_equal(nb["one_hot"](people), desk.one_hot(people))


def test_dollars_by_counting(nb):
    rng = np.random.default_rng(0)
    p, y = rng.random(500).round(2), rng.integers(0, 2, 500)
    want = [60 if a >= 0.75 and not b else 20 if a < 0.75 and b else 0
            for a, b in zip(p, y, strict=True)]  # fmt: skip
    assert nb["dollars"](p, y).tolist() == want == desk.dollars(p, y).tolist()


def _ladder(nb, saves: dict[str, float]) -> tuple[list[str], list[list]]:
    """Climb a ladder in which each rung saves so many dollars against the start."""
    noise = np.random.default_rng(1).normal(0, 1, (6, 4000))
    cost, hit = nb["climb"].__globals__["cost"], nb["climb"].__globals__["hit"]
    for k, (name, less) in enumerate({"start": 0.0, **saves}.items()):
        cost[name], hit[name] = 10 - less + noise[k], (noise[k] > 0).astype(int)
    return nb["climb"](["start", *saves])


def test_the_stop_rule_keeps_what_pays_and_stops_after_two_that_do_not(nb):
    # $600 over 5,000 applicants is 12 cents each; the interval reaches about 4 cents either way
    assert _ladder(nb, {"A": 0.3, "B": 0.6})[0] == ["start", "A", "B"]
    assert _ladder(nb, {"A": 0.13, "B": 0.3})[0] == ["start", "B"]  # on average A would have paid
    kept, rows = _ladder(nb, {"A": 0.3, "B": 0.3, "C": 0.1, "D": 9.0})
    assert kept == ["start", "A"] and [row[0] for row in rows] == ["A", "B", "C"]
    assert _ladder(nb, {"A": 0.1, "B": 0.3, "C": 0.3, "D": 0.6})[0] == ["start", "B", "D"]


def test_a_rung_is_compared_with_the_last_one_kept(nb):
    kept, rows = _ladder(nb, {"A": 0.5, "B": -0.5, "C": 0.5})
    assert kept == ["start", "A"]  # C repairs what B spoilt, and gains nothing on A
    assert [row[1] for row in rows] == ["start", "A", "A"]
    cost, hit = nb["climb"].__globals__["cost"], nb["climb"].__globals__["hit"]
    year = rates.paired(5_000 * cost["A"], 5_000 * cost["C"])
    assert rows[2][5:7] == [round(year.value), round(year.low)]
    points = rates.paired(hit["C"], hit["A"])
    assert rows[2][2:5] == pytest.approx([100 * points.value, 100 * points.low, 100 * points.high])


def test_out_of_fold_is_the_librarys_and_never_sees_its_own_label(nb):
    X, y = nb["Z_pool"][:400], nb["y_pool"][:400]
    found = nb["out_of_fold"](X, y, C=0.5, folds=4)
    model = LogisticRegression(C=0.5, solver="lbfgs", tol=1e-10, max_iter=5000)
    want = cross_val_predict(model, X, y, cv=PredefinedSplit(np.arange(400) % 4),
                             method="predict_proba")[:, 1]  # fmt: skip
    assert np.allclose(found, want, atol=1e-5)
    flipped = y.copy()
    flipped[7] = 1 - y[7]
    again = nb["out_of_fold"](X, flipped, C=0.5, folds=4)
    assert abs(again[7] - found[7]) < 1e-12 and not np.allclose(again, found, atol=1e-6)


def test_the_lists_take_what_they_say(nb):
    rng = np.random.default_rng(2)
    p, labels = rng.random(1000), rng.integers(0, 2, 1000)
    lists = nb["listed"](p, labels, np.random.default_rng(5), n=40)
    assert {name: len(set(rows.tolist())) for name, rows in lists.items()} == dict.fromkeys(
        ("suspicious", "random", "unsure"), 40)  # fmt: skip
    for name, key in (("suspicious", -abs(p - labels)), ("unsure", abs(p - 0.5))):
        inside = np.isin(np.arange(1000), lists[name])
        assert key[inside].max() <= key[~inside].min() + 1e-9
    assert set(lists["random"]) != set(nb["listed"](p, labels, rng, n=40)["random"])
    assert nb["listed"](np.full(9, 0.5), np.ones(9), rng, n=3)["unsure"].tolist() == [0, 1, 2]


def test_lowest_loss_is_the_librarys_loss(nb):
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 200)
    judged = {C: rng.uniform(0.05, 0.95, 200) for C in (0.1, 1.0, 10.0)}
    want = min(judged, key=lambda C: log_loss(y, judged[C]))
    assert nb["lowest_loss"](judged, y) == want


def test_found_counts_errors_and_what_was_known(nb):
    row = {"lists": {"x": np.array([0, 2, 3])}, "wrong": np.array([1, 1, 0, 1, 1]) == 1,
           "knew": np.array([1, 0, 1, 0, 0]) == 1}  # fmt: skip
    assert nb["found"](row, "x") == (2, 0.5)


@pytest.mark.parametrize(("noise", "repeat"), [(0.1, 0), (0.2, 7), (0.3, 11)])
def test_the_exercises_price_the_same_duel(nb, noise, repeat):
    row = nb["duel"](noise, repeat)
    twin = desk.duels()
    same = twin[twin["noise"] == noise].iloc[repeat]
    assert (row["base"], row["new rows"]) == pytest.approx((same["base"], same["new rows"]))
    assert row["wrong"].sum() == pytest.approx(1000 * noise, abs=60)
    labels_right = ~row["wrong"]
    assert set(row["lists"]) == {"suspicious", "random", "unsure"} and labels_right.any()


def test_a_clean_table_gains_nothing_from_re_checks(nb):
    row = nb["duel"](0, 1)
    assert row["suspicious"] == row["random"] == row["unsure"] == row["base"]


def test_the_exercises_price_the_same_ladder(nb):
    columns, train, test = nb["columns"], nb["train"], nb["test"]
    scaler, y = StandardScaler().fit(train[columns]), desk.truth(train)
    raw = nb["logistic"](scaler.transform(train[columns]), y)
    featured = nb["logistic"](nb["one_hot"](train), y)
    cost = {"raw": nb["dollars"](raw.predict_proba(scaler.transform(test[columns]))[:, 1],
                                 nb["employed"]),
            "features": nb["dollars"](featured.predict_proba(nb["Z_test"])[:, 1],
                                      nb["employed"])}  # fmt: skip
    for name, dollars in desk.costs().items():
        assert np.array_equal(dollars, cost[name])
    saved = rates.paired(cost["raw"], cost["features"])
    assert desk.needed()["right"] == pytest.approx(600 / saved.low)


def test_the_leak_counts_people_who_answer_alike(nb):
    out = nb["split_scores"](0)
    pool, rng = nb["pool"], np.random.default_rng([0, 7])
    drawn = pool.iloc[rng.permutation(len(pool))[:4000]]
    answers = {tuple(row) for row in drawn[[*nb["columns"], "employed"]].to_numpy().tolist()}
    assert out["no copies"] == 4000 - len(answers)
    assert out["forest, as delivered"] > out["forest, one row a person"]
