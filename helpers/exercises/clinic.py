"""The clinic of notebook 7-1: six systems with something wrong, and what their teams see of it.

`clinic(name)` hands out symptoms, dashboard and data of a patient. What is wrong is planted here:
whoever wants to find it out reads no further. Models are fitted on the course's data, so that a
learner's own test of the data shows the fault; one patient's queue is generated.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from helpers import _check, data, rates, show

LABELS = (
    "adversary", "calibration", "covariate drift", "fault in one group's data", "feedback",
    "hardware", "leakage", "overfitting", "too little data", "unfair base rates",
    "waiting in line", "wrong metric",
)  # fmt: skip


@dataclass(frozen=True)
class Patient:
    """What a team brings along: its complaint, its dashboard, its data, and the number wanted."""

    name: str
    symptoms: str
    dashboard: pd.DataFrame
    asks: str
    data: pd.DataFrame = field(repr=False)

    def __repr__(self) -> str:
        return (f"Patient {self.name}. {self.symptoms}\n{show.table(self.dashboard)}\n"
                f"Data: {len(self.data):,} rows of {', '.join(map(str, self.data.columns))}\n"
                f"Number: {self.asks}")  # fmt: skip


@functools.lru_cache(maxsize=12)
def clinic(name: str, seed: int = 0) -> Patient:
    """The patient of that letter, A to F, without the diagnosis.

    `seed` draws other rows for the same illness: for a second look, and for classes.
    """
    return ILLNESSES[_check.choice(name, "name", tuple(ILLNESSES))](seed)


def _row(**numbers: float) -> pd.DataFrame:
    return pd.DataFrame({k.replace("_", " "): [v] for k, v in numbers.items()}, index=["now"])


def intent_model(texts: pd.Series, intents: pd.Series, train: np.ndarray) -> np.ndarray:
    """What a linear classifier on words and pairs of words, fitted on `train`, says of all."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    X = TfidfVectorizer(ngram_range=(1, 2)).fit_transform(texts)
    return LinearSVC(random_state=0).fit(X[train], intents.iloc[train]).predict(X)


def _paraphrases(seed: int) -> Patient:
    rows = data.load("intents")
    counts = rows["intent"].value_counts()
    rows = rows[rows["intent"].isin(counts[counts >= 60].index)].reset_index(drop=True)
    hold = np.random.default_rng([71, seed]).random(len(rows)) < 0.3
    rows["part"] = np.where(hold, "hold-out", "train")
    rows["said"] = intent_model(rows["text"], rows["intent"], np.flatnonzero(~hold))
    right = rows["said"] == rows["intent"]
    return Patient("A", "A voice assistant sorts commands by intent.\nUsers have complained "
                   "since the first day that it misunderstands them.",
                   _row(accuracy_in_training=right[~hold].mean(),
                        accuracy_on_the_hold_out=right[hold].mean()),
                   "the accuracy to expect of users' own ways of saying things (within .08)",
                   rows)  # fmt: skip


def boosted(X: pd.DataFrame, y: pd.Series, **settings: object) -> Callable:
    """The score of a boosting classifier fitted on these rows."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(**({"max_iter": 80, "random_state": 0} | settings))
    model.fit(X, y)
    return lambda rows: model.predict_proba(rows)[:, 1]


def _coarse(X: pd.DataFrame) -> pd.DataFrame:
    """Two hundred steps a column: few enough that every version of the library cuts them alike."""
    return X.rank(pct=True).mul(200).round()


def _silent(seed: int) -> Patient:
    rows = data.load("flights").sample(100_000, random_state=seed)
    X = _coarse(rows[["sched_dep_time", "distance", "temp", "dewp", "humid", "wind_speed",
                      "precip", "pressure", "visib"]].astype(float))  # fmt: skip
    old, now = rows["month"] <= 6, rows[rows["month"] > 6].reset_index(drop=True)
    score = boosted(X[old], rows["cancelled"][old])(X[~old])
    now = now[["month", "sched_dep_time", "cancelled"]].assign(score=score)
    right = (score >= 0.5) == now["cancelled"]
    return Patient("B", "An airport's model warns of cancellations where its score is .5 or more."
                   "\nOperations say that they have never been warned in time.",
                   _row(accuracy=right.mean(), flights_judged=len(now)),
                   "the accuracy that costs no work at all (within .0005)", now)  # fmt: skip


def _provisions(seed: int) -> Patient:
    rows = data.load("credit")
    X, y = _coarse(rows.drop(columns="default_next_month")), rows["default_next_month"]
    hold = np.random.default_rng([72, seed]).random(len(rows)) < 0.3
    p = boosted(X[~hold], y[~hold], max_iter=60, class_weight="balanced")(X[hold])
    auc = rates.classification(y[hold], p, metrics=["accuracy"]).loc["roc_auc", "estimate"]
    highest = y[hold].to_numpy()[np.argsort(-p)[: len(p) // 10]].mean()
    found = pd.DataFrame({"limit": rows["LIMIT_BAL"][hold].to_numpy(), "probability": p,
                          "defaulted": y[hold].to_numpy()})  # fmt: skip
    return Patient("C", "A bank sets money aside by a model's probability of default.\nFinance: "
                   "twice as much lies there as the defaults of the month need.",
                   _row(AUC=auc, defaults_in_the_highest_tenth=highest),
                   "how many times too high the money set aside is (within .1)",
                   found)  # fmt: skip


def _slice(seed: int) -> Patient:
    acs = data.load("acs")
    columns = list(acs.columns[:16])
    train = acs[acs["year"] == 2015].sample(45_000, random_state=seed)
    rows = acs[acs["year"] == 2018].sample(40_000, random_state=seed).reset_index(drop=True)
    rows["month"] = np.where(np.arange(len(rows)) < 20_000, "May", "June")
    rows.loc[(rows["month"] == "June") & (rows["NATIVITY"] == 2), "SCHL"] = 0
    rows["score"] = boosted(train[columns], train["employed"])(rows[columns])
    by_month = {m: rows[rows["month"] == m] for m in ("May", "June")}
    board = pd.DataFrame([
        {"AUC": rates.classification(r["employed"], r["score"],
                                     metrics=["accuracy"]).loc["roc_auc", "estimate"],
         "accuracy": ((r["score"] >= 0.5) == r["employed"]).mean(),
         "passes": (r["score"] >= 0.5).mean()} for r in by_month.values()],
        index=list(by_month))  # fmt: skip
    keep = rows[[*columns, "employed", "month", "score"]]
    return Patient("D", "A pass desk's model, threshold .5. No alarm has rung.\nA charity says "
                   "that people who come to it get fewer passes since June.", board,
                   "by how much the true positive rate of the people hit fell (within .04)",
                   keep)  # fmt: skip


def _queue(seed: int) -> Patient:
    rng, n = np.random.default_rng([75, seed]), 20_000
    service = np.where(rng.random(n) < 0.02, 120.0, 4.0)  # two calls in a hundred are tried again
    arrived, free, took = np.cumsum(rng.exponential(10, n)), 0.0, np.empty(n)
    for k in range(n):
        free = max(arrived[k], free) + service[k]
        took[k] = free - arrived[k]
    calls = pd.DataFrame({"arrived": arrived, "service": service, "took": took})
    return Patient("E", "A service answers one call after the other; times in the data are "
                   "milliseconds.\nUsers say that it hangs. The team wants a faster machine.",
                   pd.DataFrame({"median, took": [np.median(took)],
                                 "mean, service": [service.mean()],
                                 "machine busy": [service.sum() / arrived[-1]]}, index=["now"]),
                   "the share of calls that took over 100 (within .02)", calls)  # fmt: skip


def _loop(seed: int) -> Patient:
    rows = data.load("credit")
    X = _coarse(rows.drop(columns="default_next_month"))
    y = rows["default_next_month"].to_numpy()
    order = np.random.default_rng([76, seed]).permutation(len(rows))
    have, stored, rounds = list(order[:3000]), list(y[order[:3000]]), []
    for k in range(6):
        score = boosted(X.iloc[have], np.array(stored), max_iter=40, max_leaf_nodes=15)
        new = order[3000 + 3500 * k : 6500 + 3500 * k]
        p = score(X.iloc[new])
        accepted = p < 0.3
        label = np.where(accepted, y[new], 1)  # a refused case is filed as a bad one
        rounds.append(pd.DataFrame({"round": k + 1, "score": p, "accepted": accepted,
                                    "stored": label, "bureau": y[new]}))  # fmt: skip
        have, stored = [*have, *new], [*stored, *label]
    log = pd.concat(rounds, ignore_index=True)
    board = pd.DataFrame([
        {"AUC": rates.classification(r["stored"], r["score"],
                                     metrics=["accuracy"]).loc["roc_auc", "estimate"],
         "accepted": r["accepted"].mean()} for r in rounds], index=range(1, 7))  # fmt: skip
    return Patient("F", "A lender accepts scores below .3 and trains on its files every round."
                   "\nThe model gets better and better, says the team. The business shrinks. A "
                   "credit bureau knows what all applicants did (`bureau`).", board.iloc[[0, -1]],
                   "the AUC of the sixth round that the bureau would report (within .02)",
                   log)  # fmt: skip


ILLNESSES: dict[str, Callable[[int], Patient]] = {
    "A": _paraphrases, "B": _silent, "C": _provisions, "D": _slice, "E": _queue, "F": _loop,
}  # fmt: skip
