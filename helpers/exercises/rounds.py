"""The round after the clinic of notebook 7-1: what each patient has, and its number, recomputed.

`grade` judges six diagnoses and says for each that is wrong what to look at. It stands apart from
the clinic, so that a learner can read how the patients were made without reading the answers.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from helpers import rates
from helpers.exercises import read
from helpers.exercises.clinic import LABELS, clinic, intent_model

TRUTH = {"A": "leakage", "B": "wrong metric", "C": "calibration",
         "D": "fault in one group's data", "E": "waiting in line", "F": "feedback"}  # fmt: skip
ROOM = {"A": 0.08, "B": 0.0005, "C": 0.1, "D": 0.04, "E": 0.02, "F": 0.02}
LOOK = {
    "A": "train and hold-out agree, so it is not the fit: what do the two share?",
    "B": "what does doing nothing score? More rows would not change that.",
    "C": "the ranking is right: plot predicted against observed.",
    "D": "one column moved for some people only: whose schooling?",
    "E": "the median is fine: who waits behind whom?",
    "F": "who wrote the labels of the refused?",
}  # what the misconception overlooks
NUMBER = {
    "A": "keep each template on one side of the split, and fit again.",
    "B": "it is the share right of a rule that never warns.",
    "C": "divide the mean probability by the share that defaulted.",
    "D": "the true positive rate of people born abroad, in May minus in June.",
    "E": "count the calls whose `took` is over 100.",
    "F": "rank `score` against `bureau`, in round 6 alone.",
}


def _unseen(rows: Any) -> float:
    """Accuracy on templates that were not learned from, over ten splits."""
    templates, found = rows["template"].unique(), []
    for seed in range(10):
        mixed = np.random.default_rng([77, seed]).permutation(templates)
        new = rows["template"].isin(mixed[: int(0.3 * len(mixed))]).to_numpy()
        said = intent_model(rows["text"], rows["intent"], np.flatnonzero(~new))
        found.append((said[new] == rows["intent"].to_numpy()[new]).mean())
    return float(np.mean(found))


def _fallen(rows: Any) -> float:
    hit = rows[(rows["NATIVITY"] == 2) & (rows["employed"] == 1)]
    share = (hit["score"] >= 0.5).groupby(hit["month"]).mean()
    return float(share["May"] - share["June"])


def _bureau(rows: Any) -> float:
    last = rows[rows["round"] == 6]
    table = rates.classification(last["bureau"], last["score"], metrics=["accuracy"])
    return float(table.loc["roc_auc", "estimate"])


MEASURES: dict[str, Callable[[Any], float]] = {
    "A": _unseen,
    "B": lambda rows: float(1 - rows["cancelled"].mean()),
    "C": lambda rows: float(rows["probability"].mean() / rows["defaulted"].mean()),
    "D": _fallen,
    "E": lambda rows: float((rows["took"] > 100).mean()),
    "F": _bureau,
}


@functools.lru_cache(maxsize=12)
def number(name: str, seed: int = 0) -> float:
    """The number of that patient, measured on its data."""
    return MEASURES[name](clinic(name, seed).data)


def read_diagnosis(name: str, answer: Any) -> tuple[str, float]:
    """A label and a number, from a pair in any container."""
    pair = read.sequence(answer, 2)
    return read.option(pair[0], LABELS), read.number(pair[1], f"the number of {name}")


def grade(diagnoses: Any) -> list[str]:
    """A sentence for each patient whose diagnosis or number is wrong; none if all are right."""
    if hasattr(diagnoses, "to_dict"):
        diagnoses = diagnoses.to_dict()
    if not isinstance(diagnoses, dict):
        raise read.Unreadable("give a dict of the patients A to F: a diagnosis and a number each.")
    found = {str(k).strip().upper(): v for k, v in diagnoses.items()}
    lacking = [name for name in TRUTH if name not in found]
    if lacking:
        raise read.Unreadable(f"patient {lacking[0]} is missing; the ward has A to F.")
    told = []
    for name, truth in TRUTH.items():
        label, x = read_diagnosis(name, found[name])
        if label != truth:
            told.append(f"{name}: not {label}: {LOOK[name]}")
        elif abs(x - number(name)) > ROOM[name]:
            told.append(f"{name}: the diagnosis is right, the number {x:g} is not: {NUMBER[name]}")
    return told


# --- the functions that 7-1c and 7-1d ask for, judged on fresh input ----------------------------


def _weeks() -> list[tuple[np.ndarray, np.ndarray]]:
    """Two made-up weeks, one with many late flights and one with few; and scores as good."""
    rng, out = np.random.default_rng(71), []
    for share in (0.4, 0.12):
        z = rng.normal(size=6000)
        p = 1 / (1 + np.exp(-(np.log(share / (1 - share)) + z)))
        out.append(((rng.random(6000) < p).astype(int), p))
    return out


def successor_reason(metric: Any) -> str | None:
    """Does it say nothing for a base rate in any week, and does it see wrong chances?"""
    (many, p_many), (few, p_few) = _weeks()

    def ask(late: np.ndarray, score: np.ndarray) -> float:
        return read.number(read.calls(metric, late.copy(), score.copy()), "what it returns")

    idle = [ask(late, np.full(len(late), late.mean())) for late in (many, few)]
    good = [ask(many, p_many), ask(few, p_few)]
    if abs(good[0] - ask(many, p_many / 2)) < 1e-9:
        return ("it can't see wrong chances: halve every score and it stays. AUC sees order only, "
                "and it moved less than skill.")  # fmt: skip
    said = [((p >= 0.5) == late).mean() for late, p in ((many, p_many), (few, p_few))]
    if np.allclose(good, said) or np.allclose(good, 1 - np.array(said)):
        return "that is accuracy: in an easy month saying no to everything has a lot of it."
    if abs(idle[0] - idle[1]) > 1e-6:
        return ("a score that says the week's base rate to everybody knows nothing, and your "
                "metric gives it another value when fewer flights are late.")  # fmt: skip
    if abs(good[0] - idle[0]) < 1e-3:
        return "it calls a useful week as good as one in which the score knows nothing."
    return None


BELIEFS: tuple[tuple[Callable[[np.ndarray], np.ndarray], str], ...] = (
    (lambda p: p <= 0.05,
     "that corrects nothing: with thirty ideas one in twenty of the empty ones wins."),
    (lambda p: p <= 0.05 / len(p),
     "that is Bonferroni: valid, but you lose power, and the bug is not mended."),
    (lambda p: p <= 0.05 * np.arange(1, len(p) + 1) / len(p),
     "it still compares the first one logged with the smallest step. Who is p(1)?"),
    (lambda p: p <= 0.05 * (np.argsort(np.argsort(p)) + 1) / len(p),
     "sorted, but each on its own. All up to the *largest* i under the line are accepted, also "
     "those that stand over it."),
)  # fmt: skip


def bh_reason(function: Any) -> str | None:
    """A repaired Benjamini-Hochberg on fresh p values, in any order."""
    rng = np.random.default_rng(72)
    lists = [np.array([0.03, 0.9, 0.001, 0.04, 0.02]), np.array([0.9, 0.8, 0.03, 0.02, 0.045]),
             *(rng.random(30) ** 4 for _ in range(30))]  # fmt: skip
    said = []
    for p in lists:
        found = np.asarray(read.sequence(read.calls(function, p.copy()), len(p)))
        if found.dtype.kind not in "bif":
            return "return True or False for each p value."
        said.append(found.astype(bool) if set(found.tolist()) <= {0, 1} else found <= 0.05)
    wrong = [p for p, s in zip(lists, said, strict=True) if (s != (rates.bh(p) <= 0.05)).any()]
    if not wrong:
        return None
    for belief, told in BELIEFS:
        if all((s == belief(p)).all() for p, s in zip(lists, said, strict=True)):
            return told
    return f"for p values {np.round(wrong[0][:5], 3).tolist()}... other ideas should be accepted."
