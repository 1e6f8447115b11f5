"""The exercises and the quiz of notebook 0: the first comparison, a bug, a slide, a prediction.

The checks recompute everything from the same people as the notebook (`acs`, year 2018), so that
they hold for whatever the data say.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from helpers.exercises import read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric

PEOPLE = """
import numpy as np
import pandas as pd
from helpers import data
from helpers.course import predict
acs = data.load("acs")
people = acs[acs["year"] == 2018].reset_index(drop=True)
employed = people["employed"]
decision = (people["vendor_score"] >= 0.5).astype(int)
right = decision == employed
"""


@functools.cache
def _people() -> Any:
    from helpers import data

    acs = data.load("acs")
    people = acs[acs["year"] == 2018]
    right = (people["vendor_score"] >= 0.5).astype(int) == people["employed"]
    return people.assign(right=right)


def _facts(low: int = 0, high: int = 200) -> tuple[float, float, float]:
    """Accuracy, share of employed people and do-nothing accuracy between two ages."""
    people = _people()
    people = people[people["AGEP"].between(low, high)]
    share = float(people["employed"].mean())
    return float(people["right"].mean()), share, max(share, 1 - share)


# --- 0a: the gain over doing nothing ------------------------------------------------------------


def _share(answer: Any) -> float:
    """A gain as a share; "2.1 points" and 2.1 are percentage points, for no gain is above 1."""
    if isinstance(answer, str):
        unit = r"\s*(?:percentage\s+)?(?:points?|pp|%)"
        match = re.fullmatch(rf"([-+]?\d*[.,]?\d+){unit}", answer.strip())
        if not match:
            raise read.Unreadable('the answer is text; give a number, or "3.4 points".')
        return float(match.group(1).replace(",", ".")) / 100
    number = read.number(answer)
    return number / 100 if abs(number) > 1 else number


def _close(x: float, truth: float) -> bool:
    return abs(x - truth) < 0.0006  # a tenth of a percentage point, rounded


def _gain(answer: Any) -> str | None:
    x = _share(answer)
    accuracy, share, nothing = _facts(65, 69)
    wider, _, wider_nothing = _facts(65, 74)
    everybody, _, everybody_nothing = _facts()
    slips = (
        (accuracy - nothing, None),
        (accuracy - share, "you subtracted the share of employed people. In this band most people "
         "are not employed: what would doing nothing say, and how often would that be right?"),
        (everybody, "that is everybody's accuracy. Take the band first: right[in_band]."),
        (everybody - everybody_nothing, "that is everybody's gain. Take the band first, for the "
         "accuracy and for the do-nothing rule."),
        (accuracy, "that is the accuracy in the band. A gain needs a comparison: subtract what "
         "the do-nothing rule reaches there."),
        (nothing - accuracy, "the sign is turned round: gain is the model minus the rule."),
        (accuracy / nothing - 1, "that is the gain as a share of the rule's accuracy. Subtract; "
         "do not divide."),
        (wider - wider_nothing,
         "that is the gain from 65 to 74, a row of the table. Stop at 69."),
        (accuracy - everybody_nothing, "you compare the band with everybody's do-nothing rule. "
         "In this band doing nothing means another answer."),
    )  # fmt: skip
    for value, reason in slips:
        if _close(x, value):
            return reason
    return (f"{answer} is not the gain. It is the model's accuracy in the band minus "
            "max(share, 1 - share), with the share of employed people in that band.")  # fmt: skip


GAIN = Exercise(
    id="0a", name="gain_65_69", reason=_gain,
    hints=(
        "You need two numbers, both from people of 65 to 69: the share of right decisions, and "
        "the accuracy of giving all of them one answer.",
        "right[in_band].mean() is the first. For the second, which answer is more frequent there?",
        "do_nothing_accuracy(employed[in_band]) is the second.",
    ),
    solution="""
in_band = people["AGEP"].between(65, 69)
share = employed[in_band].mean()
gain_65_69 = right[in_band].mean() - max(share, 1 - share)
""",
    explains="A few points: most of its accuracy there is the band's, not the model's. Try 70 to "
    "74 as well; the sign is no mistake of yours.",
    right=("round(float(gain_65_69), 3)", "'3.9 points'", "np.float32(gain_65_69)",
           "100 * gain_65_69"),
    wrong=(
        Wrong("doing nothing means approving", """
in_band = people["AGEP"].between(65, 69)
gain_65_69 = right[in_band].mean() - employed[in_band].mean()
""", "most people are not employed"),
        Wrong("the file's accuracy is the band's", "gain_65_69 = right.mean()",
              "everybody's accuracy"),
        Wrong("accuracy is the gain", """
in_band = people["AGEP"].between(65, 69)
gain_65_69 = right[in_band].mean()
""", "needs a comparison"),
        Wrong("the table has it already", """
in_band = people["AGEP"].between(65, 74)
gain_65_69 = right[in_band].mean() - (1 - employed[in_band].mean())
""", "Stop at 69"),
        Wrong("one do-nothing rule serves every band", """
in_band = people["AGEP"].between(65, 69)
gain_65_69 = right[in_band].mean() - max(employed.mean(), 1 - employed.mean())
""", "another answer"),
    ),
    given=PEOPLE,
)  # fmt: skip


# --- 0b: a bug hunt -----------------------------------------------------------------------------

BUG = 3  # the line that writes the decisions over the truth


def _bug(answer: Any) -> str | None:
    found = read.numbers(answer, ("line", "accuracy"))
    line, accuracy = found["line"], found["accuracy"]
    told = {
        1: "line 1 takes every person there is. Take half of them, people.head(30_000): does "
        "the 100 % move? If not, the number of rows is not it.",
        2: "the threshold changes who is approved. Try another threshold, .3 or .7: does the "
        "100 % move? If not, the threshold is not it.",
        4: "in line 4 the harm is done: by then the column no longer holds who is employed. "
        "Which line wrote over it?",
        5: "line 5 is where it shows: both sides are the same column. Which line lost the truth?",
    }
    if line != BUG:
        return told.get(int(line), f"there is no line {line:g}; they are numbered from 1 to 5.")
    truth = _facts()[0]
    accuracy = accuracy / 100 if accuracy > 1 else accuracy
    if abs(accuracy - truth) < 0.0006:
        return None
    if abs(accuracy - 1) < 0.0006:
        return "line 3 it is, but that is still 100 %: give the decisions a name of their own."
    if abs(accuracy - (1 - truth)) < 0.0006:
        return "line 3 it is, but that is the error rate: count where both columns agree."
    return (f"line 3 it is, but {accuracy:.3f} is not the repaired accuracy. Keep the threshold at "
            ".5 and all people; change nothing but the name of the new column.")  # fmt: skip


BUG_HUNT = Exercise(
    id="0b", name="found", reason=_bug,
    hints=(
        "A perfect score is a symptom. Change the threshold, then the number of people: what "
        "moves the 100 %, and what does not?",
        "Print review.head() after every line. Where does the column employed change?",
        "Line 3 needs another column name, and line 4 must read that one.",
    ),
    solution="""
review = people[["AGEP", "vendor_score", "employed"]].copy()
review["approved"] = (review["vendor_score"] >= 0.5).astype(int)
found = {"line": 3, "accuracy": (review["approved"] == review["employed"]).mean()}
""",
    explains="Line 3 writes the decisions over the truth, so line 5 compares a column with itself. "
    "A result that no change can move is not a result.",
    right=('{"accuracy": round(float(found["accuracy"]), 3), "line": 3.0}',
           '(3, float(found["accuracy"]))', 'pd.Series(found)',
           '{"line": 3, "accuracy": 79.6}'),
    wrong=(
        Wrong("the threshold is to blame", 'found = {"line": 2, "accuracy": 1.0}',
              "another threshold"),
        Wrong("there are too few rows", 'found = {"line": 1, "accuracy": 1.0}', "does the"),
        Wrong("the comparison itself is wrong", 'found = {"line": 5, "accuracy": 0.796}',
              "where it shows"),
        Wrong("naming the line is the repair", 'found = {"line": 3, "accuracy": 1.0}',
              "still 100 %"),
        Wrong("the share of disagreement", 'found = {"line": 3, "accuracy": (~right).mean()}',
              "error rate"),
    ),
    given=PEOPLE,
)  # fmt: skip


# --- 0c: decide and defend ----------------------------------------------------------------------

SLIDE = Exercise(
    id="0c", name="verdict",
    reason=rubric(
        Point("the do-nothing rule",
              r"do.?nothing|no model|without (a|any|the) model|every(body|one)|nobody|always|"
              r"refus\w+ (them )?all|majority|baseline|(one|same) answer|never looks?|dummy",
              "What would a rule that never looks at the person reach in this band?"),
        Point("the number that belongs beside it",
              r"gain|beside|next to|differen|compar|points?\b|per applicant|\$|dollar|approv|"
              r"alongside|\balso (show|print|say|give)|as well|together with|against",
              "Which number would you print beside the 92 %, so that a reader can judge it?"),
        Point("what follows for signing",
              r"\bsign|licen[cs]e|buy|contract|\bpay|clerk|reject|decline|pilot|negotiat",
              "What does the head of operations do differently once this is known?"),
        least=20,
    ),
    hints=(
        "Look at the row 75+ of the table: three columns of it belong together.",
        "A true sentence can still mislead. What does the reader of the slide take it to mean?",
        "Name the rule that never looks, name the number that you would print beside 92 %, and "
        "say what it changes about signing.",
    ),
    solution='''
verdict = """Not alone. The sentence is true, but the do-nothing rule, which refuses everybody over
75 without looking, is right equally often. The slide may keep the 92 % if the gain over that rule
stands beside it: zero points. For signing, the number counts for nothing: the licence must be
earned in the other bands, and in dollars against the clerk whom we have today."""
''',
    explains="A model answer to compare yours with. Another decision can be as good, if it names "
    "the comparison, the number and the consequence.",
    right=('"Yes, if the gain stands beside it. Refusing everybody there is exactly as '
           'accurate, so print a gain of 0 points too, and pay no licence for this band."',),
    wrong=(
        Wrong("true is enough", 'verdict = "Yes, the slide may say so, because we have checked the '
              'figure on thousands of people ourselves, the interval is narrow, and it is true."',
              "never looks at the person"),
        Wrong("a bad model, full stop", 'verdict = "No. A majority rule would reach the same here, '
              'so the model is useless and the vendor is lying to the whole agency and to its '
              'many honest customers."', "print beside the 92 %"),
        Wrong("statistics without a decision", 'verdict = "The do-nothing rule is just as accurate '
              'for these people, and a gain of zero points belongs beside the accuracy, as our '
              'table and our figure show very clearly."', "do differently"),
    ),
)  # fmt: skip


# --- 0d: log a prediction -----------------------------------------------------------------------


def _logged(id: str) -> bool:
    from helpers.course import predictions

    return id in set(predictions()["question"])


def _prediction(answer: Any) -> str | None:
    if isinstance(answer, dict):
        answer = list(answer.values())
    says, sure = read.sequence(answer, 2)
    if isinstance(sure, str) and not isinstance(says, str):
        return 'the two are in the wrong order: first "yes" or "no", then how sure you are.'
    read.option(says, ("yes", "no"))
    sure = read.number(sure, "how sure you are")
    if 1 < sure <= 100:
        return f"how sure you are lies between .5 and 1; {sure:g} % is {sure / 100:g}."
    if not 0 <= sure <= 1:
        return "how sure you are lies between .5 (a coin) and 1 (certain)."
    if sure < 0.5:
        return (f"with {sure:g} you believe the other answer: choose that one, and you are "
                f"{1 - sure:g} sure.")  # fmt: skip
    if not _logged("0.3"):
        return ('the pair is right, and it is not in your log yet: add predict("0.3", *prediction) '
                "above the check, and run the cell again.")  # fmt: skip
    return None


LOG = Exercise(
    id="0d", name="prediction", reason=_prediction,
    hints=(
        "Two things in parentheses: the answer in quotes, a comma, a number.",
        'Would you bet 3 to 1 that you get all four? Then it is ("yes", .75). Would you rather '
        'bet against it? Then it is "no", with a number from .5 up.',
    ),
    solution="""
prediction = ("no", 0.6)
predict("0.3", *prediction)
""",
    explains="It is in your log. Of all predictions with this number, that share should come true.",
    right=('["yes", 1]', '{"says": "No", "sure": 0.5}', '("yes", np.float64(0.9))'),
    wrong=(
        Wrong("sure is a percentage", 'prediction = ("yes", 90)', "90 % is 0.9"),
        Wrong("sure is the chance of yes", 'prediction = ("yes", 0.3)', "other answer"),
        Wrong("the number comes first", 'prediction = (0.8, "yes")', "wrong order"),
    ),
    given=PEOPLE,
)  # fmt: skip

EXERCISES: tuple[Exercise, ...] = (GAIN, BUG_HUNT, SLIDE, LOG)

QUIZ: tuple[Question, ...] = (
    Question(
        "Between ⟨ and ⟩ you see another number than your neighbour. What does that mean?",
        "It was to be expected",
        "What stands in the brackets depends on the machine. Everything else must agree.",
        (("The notebook is broken on one of the two machines",
          "Outputs need not be equal inside the brackets: times, devices, versions are yours."),
         ("Nobody tests that cell, so it may print anything",
          "The test compares every character of the cell but those between the brackets.")),
    ),
    Question(
        "A claim prints its ✔. What do you know?",
        "The sentence held on this run's data",
        "It was computed a moment ago, from what this kernel has loaded.",
        (("The sentence is true everywhere",
          "It held for these people and this year. Other data may say otherwise."),
         ("The sentence was true when the course was written",
          "A claim is not a stored text. It is computed anew in every run.")),
    ),
    Question(
        "A model's accuracy is .92, and the do-nothing rule's is .92. What follows?",
        "The model adds nothing to accuracy at this threshold",
        "That is all: at another threshold, or in dollars, it may still be worth its price.",
        (("The model is useless",
          "Too quick: it may rank people well, or save money at another threshold (1-1)."),
         ("The model is excellent",
          "A rule that never looks at anybody is just as accurate.")),
    ),
    Question(
        "You log a prediction with sure=.7. What have you said?",
        "7 of 10 such predictions should come true",
        "That is what the reliability diagram at the end of a chapter holds you to.",
        (("I am nearly certain",
          "Then expect 3 of 10 to fail. Nearly certain is .95 or more."),
         ("The effect is 70 %",
          "It says how sure you are, not how large the effect is.")),
    ),
)  # fmt: skip
