"""The exercises and the quiz of notebook 7-1: limits, a clinic, an old metric, a bug, a signature.

What the patients have stands in `rounds`, with the checks of the two functions asked for; the
last exercise, in words, stands in `signature`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from helpers.dossier import AXES
from helpers.exercises import read, rounds
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.signature import SIGN

SEAL = """
import hashlib
import numpy as np
import pandas as pd
from helpers.dossier import Need


def seal(limits):
    lines = [f"{row}: {limit!r}" for row, limit in sorted(limits.items())]
    return hashlib.sha256("\\n".join(lines).encode()).hexdigest()[:12]
"""


# --- 7-1a: limits before numbers ----------------------------------------------------------------


def _seal(limits: Mapping) -> str:
    lines = [f"{row}: {limit!r}" for row, limit in sorted(limits.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def _limit(row: str, entry: Any) -> str | None:
    """What one row lacks: a need, a reason, an owner, a date, the right kind of measure."""
    what, need = read.sequence(entry, 2)
    if not isinstance(what, str) or not what.strip() or not hasattr(need, "relation"):
        return f"{row}: give a pair, what is measured in words and a Need."
    if len(need.why.split()) < 2:
        return f"{row}: why this limit? A number without a reason is the first to be moved."
    if not need.owner.strip():
        return f"{row}: who acts when it is missed? A limit without an owner is a wish."
    if not re.fullmatch(r"20\d\d-[01]\d-[0-3]\d", need.due.strip()):
        return f"{row}: until when? Write the date as in 2027-03-31."
    if row == "fairness" and not re.search(r"worst|gap|lowest|largest|smallest|each|every|between|"
                                           r"difference|ratio|any group", what, re.I):  # fmt: skip
        return ("fairness: that is an average over everybody, in which a small group disappears. "
                "Set a limit for the group that is worst off, or for the gap.")  # fmt: skip
    if row == "latency" and not re.search(r"percentile|quantile|p9\d|9\d|tail|slowest|worst|max",
                                          what, re.I):  # fmt: skip
        return ("latency: a mean or median hides the slow calls, and people wait for those. Limit "
                "a percentile.")  # fmt: skip
    if row in ("latency", "memory", "cost") and need.relation != "<=":
        return f"{row}: as written, a system passes by being worse. Turn the relation round."
    return None


def _limits(answer: Any) -> str | None:
    if not isinstance(answer, Mapping) or not {"limits", "seal"} <= set(answer):
        raise read.Unreadable("give a dict with your limits and their seal.")
    limits, mark = answer["limits"], answer["seal"]
    if not isinstance(limits, Mapping):
        raise read.Unreadable("the limits must be a dict: a pair for each of the nine rows.")
    lacking = [row for row in AXES if row not in limits]
    if lacking:
        return f"there is no limit for {lacking[0]}: a dossier checks what it has a row for."
    for row in AXES:
        if told := _limit(row, limits[row]):
            return told
    if not isinstance(mark, str) or mark.strip() != _seal(limits):
        return ("the seal is older than your limits: they were changed after it was made. Whoever "
                "moves a limit makes a new seal, and says so.")  # fmt: skip
    return None


NINE = """
WORDS = {
    "accuracy": ("share right", ">=", 0.78), "calibration": ("expected error", "<=", 0.05),
    "robustness": ("accuracy lost, 5 % of cells swapped", "<=", 0.03),
    "fairness": ("TPR, worst group", ">=", 0.75), "interpretability": ("five columns", ">=", 0.5),
    "latency": ("95th percentile, seconds", "<=", 0.5), "memory": ("megabytes, peak", "<=", 200),
    "cost": ("dollars a decision", "<=", 9.08), "drift readiness": ("largest PSI", "<=", 0.1),
}
my_limits = {row: (what, Need(way, x, "it was agreed so", "desk lead", "2027-03-31"))
             for row, (what, way, x) in WORDS.items()}
"""


LIMITS = Exercise(
    id="7-1a", name="my_page", reason=_limits,
    hints=("Go through the rows: which result would make you stop the system? That is the limit.",
           "Fairness: name the gap, or the group that is worst off. Latency: a percentile.",
           'my_page = {"limits": my_limits, "seal": "..."} with the characters that seal gave.'),
    solution=NINE + 'my_page = {"limits": my_limits, "seal": seal(my_limits)}',
    explains="Any numbers are right that you can defend. What counts is that they stand there with "
    "a reason, an owner and a date before the first result, and that a seal can show it.",
    right=('{"seal": seal(dict(reversed(list(my_limits.items())))), "limits": my_limits}',
           '(lambda m: {"limits": m, "seal": seal(m)})({r: list(v) for r, v in my_limits.items()})',
           '(lambda m: {"limits": m, "seal": seal(m)})(my_limits | {"fairness": ("largest gap in '
           'refusals", Need("<=", np.float64(0.2), "the law says so", "legal", "2027-01-01"))})'),
    wrong=(
        Wrong("a limit may follow its number", '{"seal": seal(my_limits), "limits": my_limits | '
              '{"cost": ("dollars", Need("<=", 11, "as measured now", "me", "2027-03-31"))}}',
              "older than your limits"),
        Wrong("fairness is fine on average", '(lambda m: {"limits": m, "seal": seal(m)})(my_limits '
              '| {"fairness": ("mean true positive rate", Need(">=", 0.8, "it is enough", "me", '
              '"2027-03-31"))})', "an average over everybody"),
        Wrong("latency is a mean", '(lambda m: {"limits": m, "seal": seal(m)})(my_limits | '
              '{"latency": ("mean time of a call", Need("<=", 0.1, "users wait", "me", '
              '"2027-03-31"))})', "hides the slow calls"),
        Wrong("everybody owns it", '(lambda m: {"limits": m, "seal": seal(m)})(my_limits | '
              '{"memory": ("peak", Need("<=", 100, "it is small", "", "2027-03-31"))})',
              "without an owner"),
        Wrong("more cost is more", '(lambda m: {"limits": m, "seal": seal(m)})(my_limits | '
              '{"cost": ("dollars", Need(">=", 9, "as agreed", "me", "2027-03-31"))})',
              "by being worse"),
    ),
    given=SEAL,
)  # fmt: skip


# --- 7-1b: the clinic ---------------------------------------------------------------------------


def _diagnoses(answer: Any) -> str | None:
    told = rounds.grade(answer)
    if not told:
        return None
    more = f" ({6 - len(told)} of 6 patients are right.)"
    return told[0] + more


CLINIC = """
import numpy as np
from helpers import rates
from helpers.exercises.clinic import clinic
patients = {name: clinic(name) for name in "ABCDEF"}
"""

SIX = """
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import roc_auc_score
from sklearn.svm import LinearSVC
a, b, c, d, e, f = (patients[name].data for name in "ABCDEF")
Z, found = TfidfVectorizer(ngram_range=(1, 2)).fit_transform(a["text"]), []
for seed in range(5):  # each template on one side only
    names = np.random.default_rng(seed).permutation(a["template"].unique())
    new = a["template"].isin(names[: int(0.3 * len(names))]).to_numpy()
    reader = LinearSVC(random_state=0).fit(Z[~new], a["intent"][~new])
    found.append((reader.predict(Z[new]) == a["intent"][new]).mean())
abroad = d[(d["NATIVITY"] == 2) & (d["employed"] == 1)]
passed = (abroad["score"] >= 0.5).groupby(abroad["month"]).mean()
last = f[f["round"] == 6]
diagnoses = {
    "A": ("leakage", np.mean(found)),
    "B": ("wrong metric", 1 - b["cancelled"].mean()),
    "C": ("calibration", c["probability"].mean() / c["defaulted"].mean()),
    "D": ("fault in one group's data", passed["May"] - passed["June"]),
    "E": ("waiting in line", (e["took"] > 100).mean()),
    "F": ("feedback", roc_auc_score(last["bureau"], last["score"])),
}
"""


def _instead(name: str, label: str) -> str:
    return f'diagnoses | {{"{name}": ("{label}", diagnoses["{name}"][1])}}'


SIX_PATIENTS = Exercise(
    id="7-1b", name="diagnoses", reason=_diagnoses,
    hints=("For each: what does the dashboard average over, and who is in that average?",
           "A: which templates stand on both sides? B: what scores a rule that never warns? "
           "C: rates.calibration. D: drift.table, then by group.",
           "E: percentiles, and who came before a slow call. F: compare the two kinds of label."),
    solution=SIX,
    explains="No dashboard lied. Each showed a number that was true of something else: of known "
    "templates, of days without events, of an order, of everybody, of the middle, of own files.",
    right=("{k.lower(): list(v) for k, v in diagnoses.items()}",
           "{k: (v[0].upper(), np.float32(v[1])) for k, v in reversed(diagnoses.items())}",
           "{k: (v[0], round(float(v[1]), 3)) for k, v in diagnoses.items()}"),
    wrong=(
        Wrong("good in the lab, bad outside: it overfits", _instead("A", "overfitting"),
              "what do the two share"),
        Wrong("rare events need more data", _instead("B", "too little data"), "doing nothing"),
        Wrong("wrong amounts come from a changed world", _instead("C", "covariate drift"),
              "predicted against observed"),
        Wrong("a column moved, so it drifts", _instead("D", "covariate drift"), "whose schooling"),
        Wrong("what hangs is slow", _instead("E", "hardware"), "waits behind whom"),
        Wrong("the refused are worse risks", _instead("F", "unfair base rates"),
              "wrote the labels"),
        Wrong("the dashboard's number is the number",
              'diagnoses | {"B": ("wrong metric", 0.9779)}', "never warns"),
        Wrong("a hold-out is a hold-out", 'diagnoses | {"A": ("leakage", 0.9725)}', "fit again"),
    ),
    given=CLINIC,
)  # fmt: skip


# --- 7-1c: a metric that has aged ---------------------------------------------------------------


def _review(answer: Any) -> str | None:
    if not isinstance(answer, Mapping) or not {"retire", "successor", "log"} <= set(answer):
        raise read.Unreadable("give a dict with 'retire', 'successor' and 'log'.")
    retired = answer["retire"]
    if not isinstance(retired, str) or not re.search(r"log.?loss|cross.?entropy", retired, re.I):
        return ("which number was the team looking at while September improved without the model? "
                "That one goes: its log loss.")  # fmt: skip
    if told := rounds.successor_reason(answer["successor"]):
        return told
    text = read.words(answer["log"], 10)
    if not re.search(r"base|easy|late|month|skill|share|season", text, re.I):
        return "the log's sentence must say why: what made the old number better without a merit?"
    if not re.search(r"20\d\d|since|from|as of|starting", text, re.I):
        return "the log's sentence must say since when, or two numbers will be compared across it."
    return None


WHY = ('"Since 2013-10-01 skill replaces raw log loss, because the loss falls with the share of '
       'late flights, whatever the model does."')  # fmt: skip


def _with(function: str) -> str:
    return f'{{"retire": "log loss", "successor": {function}, "log": review["log"]}}'


OLD_METRIC = Exercise(
    id="7-1c", name="review", reason=_review,
    hints=("What would a score earn that says the week's share of late flights to everybody?",
           "The successor must give such a score the same value in every week, easy or hard.",
           "1 minus loss divided by idle loss, or loss minus idle loss: the cell above has both."),
    solution=f'''
from sklearn.metrics import log_loss


def skill(late, score):
    idle = log_loss(late, np.full(len(late), np.mean(late)))
    return 1 - log_loss(late, score) / idle


review = {{"retire": "log loss", "successor": skill, "log": {WHY}}}
''',
    explains="Skill, the loss minus the idle loss, or the same with Brier's score: each says 0 of "
    "a model that knows no more than the season, and each sees wrong chances.",
    right=(_with("lambda y, s: log_loss(y, s) - log_loss(y, np.full(len(y), y.mean()))"),
           _with("lambda y, s: 1 - np.mean((y - s) ** 2) / np.var(y)"),
           '{"retire": "Log-loss, raw", "successor": skill, "log": "From October on we report '
           'skill: in an easy month the raw loss improves by itself."}'),
    wrong=(
        Wrong("accuracy is what users feel", _with("lambda y, s: ((s >= 0.5) == y).mean()"),
              "that is accuracy"),
        Wrong("AUC does not depend on the base rate",
              _with("lambda y, s: __import__('sklearn.metrics').metrics.roc_auc_score(y, s)"),
              "order only"),
        Wrong("another loss will do", _with("lambda y, s: np.mean((y - s) ** 2)"),
              "fewer flights are late"),
        Wrong("skill is to be retired, for it is low",
              '{"retire": "skill", "successor": skill, "log": review["log"]}', "improved without"),
        Wrong("a log needs no reason", '{"retire": "log loss", "successor": skill, "log": "We have '
              'decided in the meeting to use another number and everybody agreed to it."}',
              "must say why"),
    ),
    given="import numpy as np",
)  # fmt: skip


# --- 7-1d: a bug hunt ---------------------------------------------------------------------------

BUG_HUNT = Exercise(
    id="7-1d", name="repaired_bh", reason=rounds.bh_reason,
    hints=("Give it the same p values in another order. What should happen, what does?",
           "p(i) is the i-th *smallest*, not the i-th logged. Sort first, and undo it at the end.",
           "Find the largest i under the line; everything up to it is accepted."),
    solution='''
def repaired_bh(p, share=0.05):
    p = np.asarray(p, dtype=float)
    order, places = np.argsort(p), np.arange(1, len(p) + 1)
    under = np.flatnonzero(p[order] <= share * places / len(p))
    return np.isin(np.arange(len(p)), order[: under.max() + 1 if len(under) else 0])
''',
    explains="The step i belongs to the i-th smallest value. In logged order late ideas are judged "
    "at nearly .05 and early ones at nearly nothing, so the winner depends on the calendar.",
    right=("lambda p: rates.bh(p)", "lambda p: (rates.bh(p) <= 0.05).tolist()",
           "lambda p: (rates.bh(p) <= 0.05).astype(int)"),
    wrong=(
        Wrong("only the step is wrong",
              "lambda p: np.asarray(p) <= 0.05 * np.arange(1, len(p) + 1) / len(p)",
              "first one logged"),
        Wrong("sorting is all", "lambda p: np.asarray(p) <= 0.05 * (np.argsort(np.argsort(p)) + 1) "
              "/ len(p)", "largest"),
        Wrong("stricter is safer", "lambda p: np.asarray(p) <= 0.05 / len(p)", "lose power"),
        Wrong("each idea stands for itself", "lambda p: np.asarray(p) <= 0.05", "corrects nothing"),
    ),
    given="import numpy as np\nfrom helpers import rates",
)  # fmt: skip


EXERCISES: tuple[Exercise, ...] = (LIMITS, SIX_PATIENTS, OLD_METRIC, BUG_HUNT, SIGN)

QUIZ: tuple[Question, ...] = (
    Question(
        "A dossier passes all of its rows. What do you do first?",
        "Ask what it has no row for",
        "A page can only fail what it asks. Six patients passed every row that their teams had.",
        (("Sign: every row passes", "Every row that somebody thought of. Patient D passed too."),
         ("Add weights and take the sum", "Weights choose among candidates; they find no gap."),
         ("Average the rows into one score", "An average hides exactly what a row shows.")),
    ),
    Question(
        "The AUC by a lender's files rises from round to round, and the business shrinks. Why?",
        "The model wrote some of the labels it is judged by",
        "Refused cases were filed as bad: the model agrees with itself more and more.",
        (("The customers have changed",
          "The bureau sees all applicants, and by its labels the AUC hardly moved."),
         ("The threshold is wrong", "It stood still. What moved were the stored labels."),
         ("It is luck", "Six rounds in the same direction, with thousands of cases each.")),
    ),
    Question(
        "Why are limits written before the numbers?",
        "Because a number that is known pulls the limit towards it",
        "And a seal shows that nobody gave way, at least after it was made.",
        (("Because the law asks for it", "Some laws do; that is not why it works."),
         ("Because it is faster", "It takes longer: you must think without a number to lean on."),
         ("Because readers expect that order", "The page can be printed in any order.")),
    ),
    Question(
        "A team logs thirty ideas, of which 27 are empty. One or two empty ones win at p < .05.",
        "That is what chance does, about one in twenty",
        "So correct for the number of ideas, and log them all, the failed ones too.",
        (("Somebody cheated", "Nobody has to: count the tests, not only the wins."),
         ("It was bad luck, try again", "Trying again adds tests, and more such wins."),
         ("There is a leak in the data", "Noise columns know nothing. Chance is enough.")),
    ),
)  # fmt: skip
