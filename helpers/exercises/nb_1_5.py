"""The exercises and the quiz of notebook 1-5: fair shares, a linear score, twins, a gap, a letter.

The checks enumerate the game and fit the course's model on the same people as the notebook.
"""

from __future__ import annotations

import functools
import re
from itertools import permutations
from typing import Any

import numpy as np

from helpers.exercises import read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric

DESK = """
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from helpers import data
from helpers.interpret import explain
acs = data.load("acs")
COLUMNS = list(acs.columns[:16])
past = acs[acs["year"] == 2015].sample(15_000, random_state=0).reset_index(drop=True)
people = acs[acs["year"] == 2018].sample(4_000, random_state=1).reset_index(drop=True)
everybody = past[COLUMNS].sample(100, random_state=0)
def fit(X, y, **settings):
    kind = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=15, random_state=0)
    return kind.set_params(**settings).fit(X, y)
model = fit(past[COLUMNS], past["employed"])
"""


@functools.cache
def _desk() -> dict:
    names: dict = {}
    exec(DESK, names)
    return names


# --- 1-5a: three columns share 27 points ---------------------------------------------------------

PLAYERS = ("age", "schooling", "parent")
POINTS = {frozenset(s.split()): v for s, v in (
    ("", 0), ("age", 12), ("schooling", 6), ("parent", 0), ("age schooling", 20),
    ("age parent", 15), ("schooling parent", 6), ("age schooling parent", 27))}  # fmt: skip


def _added(order: tuple) -> dict[str, float]:
    return {p: POINTS[frozenset(order[: i + 1])] - POINTS[frozenset(order[:i])]
            for i, p in enumerate(order)}  # fmt: skip


def _same(found: dict, expected: dict, tolerance: float = 0.051) -> bool:
    return all(abs(found[p] - expected[p]) < tolerance for p in expected)


def _fair(answer: Any) -> str | None:
    found, total = read.numbers(answer, PLAYERS), POINTS[frozenset(PLAYERS)]
    orders = [_added(order) for order in permutations(PLAYERS)]
    if _same(found, {p: float(np.mean([o[p] for o in orders])) for p in PLAYERS}):
        return None
    if _same(found, {p: total - POINTS[frozenset(PLAYERS) - {p}] for p in PLAYERS}):
        return "that is what each adds when it comes last. Do they add up to 27?"
    if _same(found, {p: POINTS[frozenset({p})] for p in PLAYERS}):
        return "that is what each brings alone. Do they add up to 27? Let them come second too."
    if _same(found, dict.fromkeys(PLAYERS, total / 3)):
        return "equal shares add up, but it was no equal work: parent alone brings nothing."
    if any(_same(found, order) for order in orders):
        return "that is one order of arrival only. There are six: take the mean over all of them."
    return f"you share {sum(found.values()):.3g} of 27 points: what does each add, in six orders?"


FAIR = Exercise(
    id="1-5a", name="fair", reason=_fair,
    hints=(
        "Write down the six orders. In the first, age adds 12; what does schooling add to age?",
        "Age: 12 twice (first), 20 - 6 and 15 - 0 once each (second), 27 - 6 twice (last).",
        "shares_by_orders wants a function of a set of players; a dictionary has one: .get",
    ),
    solution="""
from itertools import permutations
fair = {player: 0.0 for player in ("age", "schooling", "parent")}
for order in permutations(fair):
    for place, player in enumerate(order):
        before = frozenset(order[:place])
        fair[player] += (points[before | {player}] - points[before]) / 6
""",
    explains="95/6, 50/6 and 17/6 add up to 27. Parent earns something though it brings nothing "
    "alone: beside age it does. In the notebook, shares_by_orders(points.get, fair) is the same.",
    right=("[95 / 6, 50 / 6, 17 / 6]", "pd.Series({k: round(v, 2) for k, v in fair.items()})"),
    wrong=(
        Wrong("the loss without it is its share", "[21, 12, 7]", "comes last"),
        Wrong("alone is enough", "[12, 6, 0]", "brings alone"),
        Wrong("fair is equal", "[9, 9, 9]", "equal work"),
        Wrong("the order of the table", "{'age': 12, 'schooling': 8, 'parent': 7}", "one order"),
    ),
    given=f"import pandas as pd\npoints = {POINTS!r}",
)  # fmt: skip

# --- 1-5b: a linear score ------------------------------------------------------------------------

WEIGHTS = {"age": 0.03, "schooling": 0.10, "disability": -0.60}
PERSON = {"age": 40.0, "schooling": 20.0, "disability": 1.0}
MEANS = {"age": 50.0, "schooling": 18.0, "disability": 0.15}


def _linear(answer: Any) -> str | None:
    found = read.numbers(answer, WEIGHTS)
    truth = {k: w * (PERSON[k] - MEANS[k]) for k, w in WEIGHTS.items()}
    slips = (
        (truth, None),
        ({k: -v for k, v in truth.items()}, "every sign is turned round: value minus mean."),
        ({k: w * PERSON[k] for k, w in WEIGHTS.items()}, "weight times value: compared with whom?"),
        ({k: abs(v) for k, v in truth.items()}, "the sizes are right, the signs are lost."),
    )  # fmt: skip
    for expected, reason in slips:
        if _same(found, expected, 0.0006):
            return reason
    return "look again: weight x (value - mean of the background), each with its sign."


LINEAR = Exercise(
    id="1-5b", name="linear_shares", reason=_linear,
    hints=("The applicant is 10 years younger than the background's mean. What is that worth?",
           "weight x (value - mean), column by column. Mind the sign of the third weight."),
    solution="""
weight = {"age": 0.03, "schooling": 0.10, "disability": -0.60}
value = {"age": 40, "schooling": 20, "disability": 1}
mean = {"age": 50, "schooling": 18, "disability": 0.15}
linear_shares = {name: weight[name] * (value[name] - mean[name]) for name in weight}
""",
    explains="-.30, +.20 and -.51. Age has a positive weight and a negative share: the applicant "
    "is younger than those compared with. Another background turns the sign round.",
    right=("[-0.3, 0.2, -0.51]", "list(linear_shares.values())"),
    wrong=(
        Wrong("weight times value", "[weight[k] * value[k] for k in weight]", "with whom?"),
        Wrong("the mean minus the value", "[-v for v in linear_shares.values()]", "turned round"),
        Wrong("a share is a size", "[.3, .2, .51]", "signs are lost"),
    ),
)  # fmt: skip

# --- 1-5c: twins ---------------------------------------------------------------------------------


@functools.cache
def _auc(*gone: str) -> float:
    """AUC of the course's model, fitted without these columns."""
    d = _desk()
    keep = [c for c in d["COLUMNS"] if c not in gone]
    model = d["fit"](d["past"][keep], d["past"]["employed"])
    return d["roc_auc_score"](d["people"]["employed"], model.decision_function(d["people"][keep]))


def _twins(answer: Any) -> str | None:
    if isinstance(answer, (list, tuple)) and len(answer) == 2:
        answer = dict(zip(("importance", "auc_lost"), answer, strict=True))
    if not hasattr(answer, "get") or answer.get("importance") is None:
        raise read.Unreadable('give {"importance": "...", "auc_lost": a number}.')
    kind = str(answer["importance"]).lower()
    if "shap" in kind:
        return "not SHAP: add its two bars. Age and its twin share what age had alone."
    if "perm" in kind:
        return "not permutation: it falls, and age keeps a good part. Which row is almost empty?"
    if not re.search(r"loco|leav|left out|without", kind):
        raise read.Unreadable('the importance must be "SHAP", "permutation" or "LOCO".')
    lost, left = read.number(answer.get("auc_lost"), "auc_lost"), _auc("AGEP")
    if abs(lost - (_auc() - left)) < 0.003:  # as near as a table with the twin may come
        return None
    if abs(lost) < 0.006:
        return "LOCO it is, but that is the loss when one of the two goes. Fit without both."
    if abs(lost - left) < 0.002:
        return "LOCO it is, but that is the AUC that is left. How much was there before?"
    return "LOCO it is. For the loss: AUC with age, minus AUC of a fit without age and twin."


TWINS = Exercise(
    id="1-5c", name="twins", reason=_twins,
    hints=("Which of the three rows of the table is almost empty for age and for the twin alike?",
           "Without both, the table is the old one without AGEP: fit there, compare two AUCs."),
    solution="""
score = []
for columns in (COLUMNS, [name for name in COLUMNS if name != "AGEP"]):
    fitted = fit(past[columns], past["employed"])
    score.append(roc_auc_score(people["employed"], fitted.decision_function(people[columns])))
twins = {"importance": "LOCO", "auc_lost": score[0] - score[1]}
""",
    explains="LOCO asks about one column at a time: either twin can go, and both cannot. What both "
    "cost together is the LOCO importance that age had alone.",
    right=('("leave one column out", round(twins["auc_lost"], 3))', 'pd.Series(twins)'),
    wrong=(
        Wrong("SHAP halves, so it vanishes", "('SHAP', 0.08)", "add its two"),
        Wrong("permutation sees through copies", "('permutation', 0.08)", "not permutation"),
        Wrong("two nothings make nothing", "('LOCO', 0.001)", "one of the two goes"),
        Wrong("the AUC is the loss", "('LOCO', score[1])", "AUC that is left"),
    ),
    given=DESK,
)  # fmt: skip

# --- 1-5d: a bug hunt ----------------------------------------------------------------------------


def _gap_told(gap: float, X: Any) -> str | None:
    if 0 <= gap < 1e-4:
        return None
    margin = _desk()["model"].decision_function(X)
    p = 1 / (1 + np.exp(-margin))
    if abs(gap - np.abs(p - margin).max()) < 0.006:
        return "the gap is as it was. Approximation is not it. In which unit is found.output?"
    if abs(gap - np.abs(p - np.clip(margin, 0, 1)).max()) < 0.006:
        return "clipping hides it: it makes the gap smaller, and makes no probability of the sums."
    return f"a gap of {gap:.3g} is left, and rounding leaves less than a millionth: which unit?"


def _repaired(answer: Any) -> str | None:
    X, others = _desk()["people"][_desk()["COLUMNS"]], _desk()["everybody"].head(20)
    if not callable(answer):
        return _gap_told(read.number(answer, "the gap"), X.head(30))
    X = X.head(12)
    gap = read.calls(answer, _desk()["model"], X.copy(), others.copy())
    told = _gap_told(read.number(gap, "what your function returns"), X)
    if told:
        return told
    try:
        answer(object(), X.copy(), others.copy())
    except Exception:  # this model has no answer, so whoever asks it stops here
        return None
    return "your function returns a small number without asking the model: it can't fail."


GAP = Exercise(
    id="1-5d", name="repaired", reason=_repaired,
    hints=(
        "Print found.output and the extremes of total. Can a probability be there?",
        "For boosting, explain's output='auto' is the margin, log-odds. Line 2 is a probability.",
        "Ask explain for output='probability' in line 1, or take the margin in line 2.",
    ),
    solution="""
def repaired(model, rows, background):
    found = explain(model, rows, background, output="probability")
    predicted = model.predict_proba(rows)[:, 1]
    total = found.base + found.values.sum(axis=1)
    return np.abs(predicted - total).max()
""",
    explains="The shares were log-odds, the prediction a probability. A gap is the first question "
    "to an explanation, and its unit is the first question to a gap.",
    right=("repaired(model, people[COLUMNS].head(30), everybody)", "lambda m, X, b: np.abs((e := "
           "explain(m, X, b)).base + e.values.sum(axis=1) - m.decision_function(X)).max()"),
    wrong=(
        Wrong("shap is approximate, allow more", "lambda m, X, b: np.abs((e := explain(m, X, b, "
              "tolerance=9)).base + e.values.sum(axis=1) - m.predict_proba(X)[:, 1]).max()",
              "Approximation is not it"),
        Wrong("clip what is no probability", "lambda m, X, b: np.abs(np.clip((e := explain("
              "m, X, b)).base + e.values.sum(axis=1), 0, 1) - m.predict_proba(X)[:, 1]).max()",
              "clipping hides it"),
        Wrong("a check that cannot fail", "lambda m, X, b: 0.0", "without asking the model"),
    ),
    given=DESK,
)  # fmt: skip

# --- 1-5e: the letter ----------------------------------------------------------------------------

CAUSE = re.compile(r"(?<!not )\b(caused?|due to|owing to|led to|because(?= of| you (are|have)|"
                   r"[^.;]*(disab|\bage\b|school|old\b)))\b", re.I)  # fmt: skip
COVERED = rubric(
    Point("with whom the applicant is compared",
          r"compar|relative to|background|than (other|most|people|the|an? )|against (\w+ )?people|"
          r"average (of|for|answer|applicant)", "A share is a difference: from which group?"),
    Point("which reason can be changed and which cannot",
          r"chang|fixed|alter\b|(power|reach|control)\b|nothing (that )?you (can|could)|correct",
          "Which of the reasons could the applicant change, and which not?"),
    Point("what the applicant may do now",
          r"papers|appeal|object|review|clerk|document|payslip|proof|prove|evidence|bring|send|"
          r"re-?apply|apply again|contact|look again", "What may the applicant do next?"),
    least=25,
)  # fmt: skip


def _letter(answer: Any) -> str | None:
    told = COVERED(answer)
    if told is None and (cause := CAUSE.search(" ".join(answer.split()))):
        told = f"all is there, but '{cause.group(1)}' turns a share into a cause: say 'lowers'."
    return told


LETTER = Exercise(
    id="1-5e", name="letter", reason=_letter,
    hints=("Begin with the comparison: who are the others of your waterfall?",
           "What could anybody change by next month? Then name a step, and no cause."),
    solution='''
letter = """Compared with 100 people drawn from everybody in the survey, the answers on disability
lower your score most, and your age raises it. You cannot change either, and neither shows whether
you have a job: the score comes from other people's answers. You may send a payslip to the desk,
where a clerk decides without the score; and we ask why it counts against people who work."""
''',
    explains="A model answer to compare yours with. A letter whose reasons nobody can change is a "
    "finding for the board as well: the rule, not the applicant, has to move (1-4, 1-6).",
    right=("THEM + FIXED + NEXT",
           "FIXED + 'We set you against people of 30 to 50. Please appeal; bring proof of work, '"
           "+ 'and somebody who is no model will decide within the month.'"),
    wrong=(
        Wrong("a reason needs no comparison", "THEM[36:] + FIXED + NEXT + NEXT", "which group"),
        Wrong("naming the columns is enough", "THEM + NEXT", "which not?"),
        Wrong("an explanation is an answer", "THEM + FIXED + 'The sum is right.'", "do next"),
        Wrong("a share is a cause", "THEM + FIXED + NEXT + 'It is because of the disability.'",
              "into a cause"),
    ),
    given="""
THEM = "Compared with everybody in the survey, the answers on disability lower your score most. "
FIXED = "You cannot change them, and they say nothing about whether you have a job. "
NEXT = "Send a payslip to the desk, where a clerk decides without the score. "
""",
)  # fmt: skip

EXERCISES: tuple[Exercise, ...] = (FAIR, LINEAR, TWINS, GAP, LETTER)

QUIZ: tuple[Question, ...] = (
    Question(
        "A column has the largest SHAP value for one person. What do you know?",
        "Which column moved this model's answer most, compared with that background",
        "It is an account of the model and of a comparison, and of nothing else.",
        (("What would happen if the value changed", "SHAP knows the model, and not the world."),
         ("What causes the outcome", "A model may use what causes nothing, and uses it well.")),
    ),
    Question(
        "The columns come out in a sensible order. What does that say about the model?",
        "Little: look at the size of the shares and at the error",
        "Models of shuffled labels ordered the columns much like the real one.",
        (("It has learnt something real", "So did, by their order, ten models of noise."),
         ("It can go to the board", "Not before its explanation adds up and is faithful.")),
    ),
    Question(
        "A twin joins, and both columns now have about half of the SHAP importance. What now?",
        "Add the two up, and drop one at most",
        "Together they carry what one carried. One of them can go, not both.",
        (("Drop both: each matters half as much", "Then all of it is gone: the sum matters."),
         ("Nothing: importance belongs to the column", "It belongs to model and columns alike.")),
    ),
    Question(
        "Which background should an explanation take?",
        "The people that the question compares with, named in the answer",
        "The background is half of the question: compared with whom?",
        (("100 rows: it is a technical setting", "Others of 100 rows gave other first reasons."),
         ("The training rows, always", "Somebody refused may ask about those approved, not all.")),
    ),
)  # fmt: skip
