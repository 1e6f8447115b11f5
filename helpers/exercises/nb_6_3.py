"""The exercises and the quiz of notebook 6-3: days, odds, a leak, a bug, a plan.

A file's letter is judged from the files themselves (`elsewhere` makes them once more); a repaired
report is judged by synthesisers that spy on it.
"""

from __future__ import annotations

from typing import Any

from helpers.exercises import elsewhere, read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric

# --- 6-3a: how many days of a stranger ----------------------------------------------------------

NEVER = ("never", "none", "no number", "no number of days", "not at all")


def _days(answer: Any) -> str | None:
    if isinstance(answer, str):
        if answer.strip().lower().rstrip(".!") in NEVER:
            return None
        return 'give a number of days, or "never" if the curve does not get there.'
    days = read.number(answer, "the number of days")
    if days < 10:
        return "the stranger's curve begins at 10 days. How high is it there, and one own day?"
    if days > 261:
        return ("that is a straight line drawn on, and such a line would reach zero as well. A "
                "year has 261 weekdays, and the curve is flat long before its end.")  # fmt: skip
    if days >= 200:
        return ("at 200 days the stranger still puts about a third more people into the wrong hour "
                "than one own day does.")  # fmt: skip
    return "read the stranger's curve at that number: it lies above one own day there."


DAYS = Exercise(
    id="6-3a", name="stranger_days", reason=_days,
    hints=("Find the height of one own day on the left, and follow it to the right.",
           "From 20 days on, how much does the stranger's curve still fall?",
           "What is left at 200 days is no noise: more of the same can't remove it."),
    solution='stranger_days = "never"',
    explains="A stranger's days remove the stranger's noise. What stays is how the two places "
    "differ, and no day of the stranger's knows that.",
    right=('"Never."', '"none"', '"no number of days"'),
    wrong=(
        Wrong("the curve goes on as a straight line", "2700", "straight line"),
        Wrong("the largest number on the axis must do", "200", "a third more people"),
        Wrong("noise is all that keeps it up", "50", "above one own day"),
        Wrong("a day is a day", "1", "begins at 10"),
    ),
)  # fmt: skip


# --- 6-3b: prior correction ---------------------------------------------------------------------


def _score(answer: Any) -> str | None:
    x = read.number(answer, "the score")
    if 1 < abs(x) <= 100:
        return "that looks like a percentage or like odds; give a probability between 0 and 1."
    slips = (
        (7 / 34, None),
        (0.14, "you scaled the probability. Bayes' rule scales odds: then 1 - p follows by itself, "
         "and no score can pass 1."),
        (0.3, "you took the difference of the shares off. From a score of .3 you would fall below "
         "zero; odds are multiplied, nothing is taken off."),
        (21 / 22, "that is the way round: there are fewer positives in the new place, so the score "
         "must fall."),
        (7 / 27, "those are the corrected odds. Turn them into a probability: odds / (1 + odds)."),
        (0.7, "unchanged? The share of positives fell from one half to a tenth."),
        (0.1, "that is the share itself, for somebody of whom nothing is known. This case is known "
         "to look more positive than most."),
    )  # fmt: skip
    for value, reason in slips:
        if read.near(x, value):
            return reason
    return "turn .7 into odds, multiply by the new odds of the share over the old ones, turn back."


SCORE = Exercise(
    id="6-3b", name="score_there", reason=_score,
    hints=("Odds are p / (1 - p). What are the odds of .7, of the old share, of the new share?",
           "The old share's odds are 1, the new share's one ninth. Multiply.",
           "At the end turn odds into a probability: odds / (1 + odds)."),
    solution="score_there = corrected(0.7, 0.5, 0.1)",
    explains="A confident yes becomes a probable no, and the model is none the worse. A threshold "
    "set in the old place would now be passed by hardly anybody.",
    right=("7 / 34", "round(score_there, 3)", "__import__('fractions').Fraction(7, 34)",
           "np.float32(0.2059)"),
    wrong=(
        Wrong("probabilities scale with the share", "0.7 * 0.1 / 0.5", "scales odds"),
        Wrong("take off what the share lost", "0.7 - 0.4", "nothing is taken off"),
        Wrong("corrected towards the old place", "corrected(0.7, 0.1, 0.5)", "the way round"),
        Wrong("odds are the answer", "0.7 / 0.3 / 9", "corrected odds"),
    ),
    given="""
import numpy as np


def corrected(score, rate_then, rate_now):
    odds = score / (1 - score) * (rate_now / (1 - rate_now)) / (rate_then / (1 - rate_then))
    return odds / (1 + odds)
""",
)  # fmt: skip


# --- 6-3c: which file leaks ---------------------------------------------------------------------


def _leak(answer: Any) -> str | None:
    if callable(answer):
        raise read.Unreadable("the answer is a function; give the letter of one file.")
    found = {letter.upper() for letter in read.names(answer)}
    if not found or not found <= set("ABCDE"):
        raise read.Unreadable("give the letter of one of the files, from A to E.")
    if len(found) > 1:
        return "one of the five stands out; name that one."
    (letter,) = found
    reasons = {
        "B": "that file has the lowest pMSE, and the members' own means: it is each column, "
             "shuffled. Nobody's row is in it. How near are its rows to members, and to others?",
        "C": "fresh people are nearest to that file because it has the most rows. Members are no "
             "nearer than they: compare the two, member against fresh.",
        "A": "that file is as useful as the real rows, and that is no leak. Its leaves hold ten.",
        "E": "members are no nearer to that file than fresh people are. Compare all five.",
    }  # fmt: skip
    return reasons.get(letter)


LEAK = Exercise(
    id="6-3c", name="leaking", reason=_leak,
    hints=("A leak is a difference: between members and people whom no synthesiser saw.",
           "membership(rows, members, fresh)[0] for each file; .5 is private.",
           "Take the file with the highest membership AUC."),
    solution="""
members_told = {name: membership(rows, members, fresh)[0] for name, rows in files.items()}
leaking = max(members_told, key=members_told.get)
""",
    explains="Its rows lie on lines between neighbours: SMOTE, sold as synthetic. Means, pMSE and "
    "usefulness can't see that; only members held against fresh people can.",
    right=('leaking.lower()', '[leaking]', '{leaking}', '("D",)'),
    wrong=(
        Wrong("the lowest pMSE is the copy", "min(files, key=lambda k: abs(files[k].mean(axis=0) "
              "/ members.mean(axis=0) - 1).max())", "lowest pMSE"),
        Wrong("near to fresh people is a leak", "min(files, key=lambda k: to_nearest(files[k]))",
              "has the most rows"),
        Wrong("useful rows must be real", '"A"', "no leak"),
        Wrong("all synthetic files leak", '["A", "B", "C", "D", "E"]', "stands out"),
    ),
    given="""
import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler
from helpers.exercises.elsewhere import halves, unnamed_files
members, fresh = halves()
files = unnamed_files(members)
scale = StandardScaler().fit(members[:, :-1])


def distances(rows, people):
    search = NearestNeighbors(n_neighbors=1).fit(scale.transform(rows[:, :-1]))
    return search.kneighbors(scale.transform(people[:, :-1]))[0][:, 0]


def to_nearest(rows):
    return np.median(distances(rows, fresh))


def membership(rows, members, fresh):
    near, far = distances(rows, members), distances(rows, fresh)
    was_member = np.arange(len(near) + len(far)) < len(near)
    return roc_auc_score(was_member, -np.concatenate([near, far])), (near < 1e-9).mean()
""",
)  # fmt: skip


# --- 6-3d: a bug hunt ---------------------------------------------------------------------------


BUG_HUNT = Exercise(
    id="6-3d", name="repaired", reason=elsewhere.report_reason,
    hints=("Whose rows did the synthesiser see, and who is tested?",
           "jittered is nearly a copy. What does a forest do with people whom it has met?",
           "Two lines change places, and the synthesiser gets half of the rows."),
    solution="""
def repaired(synthesise, table, rng):
    mixed = rng.permutation(table)
    train, test = np.split(mixed, [len(table) // 2])
    return forest_auc(synthesise(train, rng), test)
""",
    explains="Split first, then synthesise. A report that does not say which rows the synthesiser "
    "saw says nothing about new people.",
    right=("""
def repaired(synthesise, table, rng):
    is_test = rng.random(len(table)) < 0.4
    return forest_auc(synthesise(table[~is_test], rng), table[is_test])
""", "lambda make, rows, rng: forest_auc(make(rows[::2], rng), rows[1::2])"),
    wrong=(
        Wrong("it is a great synthesiser", """
def repaired(synthesise, table, rng):
    synthetic = synthesise(table, rng)
    return forest_auc(synthetic, rng.permutation(table)[len(table) // 2 :])
""", "in the synthesiser's input"),
        Wrong("fewer columns make it harder", """
def repaired(synthesise, table, rng):
    few = table[:, -4:]
    return forest_auc(synthesise(few, rng), rng.permutation(few)[len(few) // 2 :])
""", "in the synthesiser's input"),
        Wrong("test on synthetic rows of their own", """
def repaired(synthesise, table, rng):
    train, test = np.split(rng.permutation(table), 2)
    return forest_auc(synthesise(train, rng), synthesise(test, rng))
""", "must be real"),
        Wrong("two random draws are a split", """
def repaired(synthesise, table, rng):
    train = rng.permutation(table)[: 3 * len(table) // 4]
    test = rng.permutation(table)[: len(table) // 2]
    return forest_auc(synthesise(train, rng), test)
""", "No row may be on both sides"),
    ),
    given="import numpy as np\nfrom helpers.exercises.elsewhere import forest_auc",
)  # fmt: skip


# --- 6-3e: decide and defend --------------------------------------------------------------------


PLAN = Exercise(
    id="6-3e", name="plan",
    reason=rubric(
        Point("local labels come first",
              r"first|begin|start|week (1|one)|before (any|every)thing|at once",
              "What do you do in the first week, before you know whether anything holds there?"),
        Point("adjusting before retraining",
              r"adjust|correct|intercept|retrain|recalibrat|shift",
              "What do the first rows pay for: one number, or a new model? When do you change?"),
        Point("a gate",
              r"gate|threshold|unless|only if|must (be|reach|stay|pass)|below|above|at least",
              "Which number, from which rows, must be reached before the place opens?"),
        Point("who is served worst",
              r"worst|young|old|group|night|district|women|disab|minorit|whose|churn",
              "An average can pass while somebody's answers get worse. Whose do you look at?"),
        Point("the synthetic file",
              r"synthe|vendor|member|privacy|private|leak",
              "What happens to the vendor's file? Which two numbers do you ask for?"),
        Point("a rule to stop",
              r"stop|roll.?back|fall.?back|delay|postpone|do not open|don't open|put back|give up",
              "What makes you stop, or not open at all?"),
        least=40,
    ),
    hints=("Six things must be in it: the first week, adjust or retrain, a gate, who is served "
           "worst, the vendor's file, a rule to stop.",
           "Two own days beat 200 of a stranger; a hundred rows adjust, a thousand retrain.",
           "Name numbers: how many days, which error, for whom, by when."),
    solution='''
plan = """Week one goes to labels there: 100 days, spread over hours and districts, because two own
days beat a year of the old street. They first test the old model: if the mean score hits the local
share, correct it; else adjust one number now and retrain when the rows allow it, about week four.
Gate: on days kept apart, error at most a tenth above the old city's, with its interval, and in no
district twice the average, nights included. We compare answers before and after and ask whose
changed. The vendor's file stays out until membership against fresh customers is near .5 and a model
trained on it passes on our own test days. Stop: if the gate is missed in week six we open with the
old city's staffing table and people on call."""
''',
    explains="A model answer to compare yours with. Another plan can be as good, if labels from "
    "there decide, a number gates, somebody looks at the worst served, and there is a way back.",
    right=('"""Start with 100 local days. Correct the old scores if only the share moved, or else '
           'retrain once a thousand rows are in. We open only if the error on kept local days '
           'stays below ten per cent in every district, not only on average for the largest group. '
           'No synthetic rows without a membership check. If week five fails, we postpone."""',),
    wrong=(
        Wrong("more of the old data first", 'plan = "We buy 200 more days of the street that we '
              'know, because they are cheap, train a larger model on them and on the synthetic '
              'file of the vendor, and open on time in the new city with the accuracy that we '
              'have always had in the old one, which is known and very good."', "local labels"),
        Wrong("an average is a gate", 'plan = "First we label 100 days in the new city. Then we '
              'retrain the model with them. The gate is that the mean error is below the one we '
              'have at home. When that is the case we open, and when it is not the case we label '
              'another 100 days and try once more until it is."', "who is served worst"),
    ),
)  # fmt: skip


EXERCISES = (DAYS, SCORE, LEAK, BUG_HUNT, PLAN)

QUIZ = (
    Question(
        "The error in a new place stops falling with more rows of the old place. Why?",
        "What is left is how the two places differ",
        "Yes: rows of the old place remove its noise, and know nothing of the difference.",
        (("The model is too small", "A larger model learns the old place better still."),
         ("What is left is noise", "Noise is what more rows do remove."),
         ("There is a bug in the training", "A flat curve is what theory expects here.")),
    ),
    Question(
        "What must be true for the correction of scores by shares to be right?",
        "Within each class, people are alike in both places",
        "Yes: p(x | y) is the same, and only p(y) moves. The mean corrected score tests it.",
        (("The features look the same in both places",
          "If shares differ, features must look different: classes differ in their features."),
         ("There are labels from the new place",
          "Not needed: even the share can be found without one, while the assumption holds."),
         ("The share of positives is the same in both", "Then there is nothing to correct.")),
    ),
    Question(
        "A synthetic file has a pMSE ratio of .04. What do you suspect?",
        "A copy of the real rows",
        "Yes: no fitted model comes that close by itself. Look at membership.",
        (("An excellent synthesiser", "The best possible one has a ratio of 1 on average."),
         ("Too few rows", "N stands in the expected value: fewer rows don't lower the ratio."),
         ("A linear propensity model", "That hides lost correlations; it doesn't make .04.")),
    ),
    Question(
        "After an update accuracy is the same, and 3 % of answers changed. What is that?",
        "A change for those people, which accuracy cannot see",
        "Yes: ask who they are, and what a changed answer costs them.",
        (("No change: accuracy is equal", "Three in a hundred people got another answer."),
         ("Data leakage", "Leakage raises a score; here no score moved."),
         ("Drift", "The people are the same; the model moved.")),
    ),
)  # fmt: skip
