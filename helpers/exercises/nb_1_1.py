"""The exercises and the quiz of notebook 1-1: nine numbers, a price, rare cases, a bug, a slide.

The checks recompute what they can: nine numbers from the counts in the text, the break-even rate
on fresh inputs, the AUC from the notebook's people or from fresh scores.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from helpers.exercises import read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric


def _close(answer: float, truth: float) -> bool:
    """Three correct digits, or three decimals: rounding is no mistake."""
    return read.near(answer, truth) or abs(answer - truth) <= 0.0006


# --- 1-1a ---
MEANS = {
    "accuracy": "all right answers, of 200",
    "balanced accuracy": "the mean of recall and specificity",
    "precision": "the forged ones among all that ring",
    "recall": "those that ring among all forged ones",
    "specificity": "the silent ones among all honest ones",
    "false positive rate": "those that ring among all honest ones",
    "F1": "2 x precision x recall / (precision + recall)",
    "MCC": "(TP x TN - FP x FN) over the root of the product of the table's four margins",
    "lift": "precision divided by the share of forged ones among all 200",
}


def _nine(tp: int, fp: int, fn: int, tn: int) -> dict[str, float]:
    n, precision, recall = tp + fp + fn + tn, tp / (tp + fp), tp / (tp + fn)
    specificity = tn / (tn + fp)
    margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return dict(zip(MEANS, (
        (tp + tn) / n, (recall + specificity) / 2, precision, recall, specificity, 1 - specificity,
        2 * tp / (2 * tp + fp + fn), (tp * tn - fp * fn) / margins**0.5, precision * n / (tp + fn),
    ), strict=True))  # fmt: skip


def _alarm(answer: Any) -> str | None:
    found, truth = read.numbers(answer, MEANS), _nine(12, 8, 4, 176)  # the counts in the text
    big = next((name for name in MEANS if name != "lift" and abs(found[name]) > 1), None)
    if big:
        return f"{big} is {found[big]:g}. Give shares, not percentages: 94 % is 0.94."
    wrong = [name for name in MEANS if not _close(found[name], truth[name])]
    if not wrong:
        return None
    mean = (truth["precision"] + truth["recall"]) / 2
    if _close(found["precision"], truth["recall"]) and _close(found["recall"], truth["precision"]):
        return "precision and recall have changed places: of those that ring, or of those forged?"
    if _close(found["specificity"], truth["false positive rate"]):
        return "you gave the share of honest ones that ring, which is the false positive rate."
    if _close(found["F1"], mean):
        return "F1 is no arithmetic mean: the mean of 1 and 0 would be .5. Should it be?"
    if _close(found["precision"], _nine(176, 4, 8, 12)["precision"]):
        return "positive means forged here; you counted the honest ones as positives."
    return f"{wrong[0]} is not {found[wrong[0]]:.4g}. It is {MEANS[wrong[0]]}."


ALARM = Exercise(
    id="1-1a", name="alarm", reason=_alarm,
    hints=(
        "Write the four counts into a 2 x 2 table with its sums: 20 ring, 16 are forged.",
        "Precision divides by those that ring, recall by those forged. The others follow.",
    ),
    solution="""
ringing, finding, silence = 12 / 20, 12 / 16, 176 / 184
alarm = {
    "accuracy": (12 + 176) / 200, "balanced accuracy": (finding + silence) / 2,
    "precision": ringing, "recall": finding, "specificity": silence,
    "false positive rate": 8 / 184, "F1": 2 * ringing * finding / (ringing + finding),
    "MCC": (12 * 176 - 8 * 4) / (20 * 16 * 184 * 180) ** 0.5, "lift": ringing / (16 / 200),
}
""",
    explains="Accuracy .94 sounds fine, but silence would reach .92. Lift shows the alarm's worth.",
    right=("{name: round(number, 3) for name, number in alarm.items()}", "list(alarm.values())",
           "pd.Series(alarm)", "{**alarm, 'accuracy': Fraction(188, 200), 'F1': Fraction(2, 3)}"),
    wrong=(
        Wrong("each is the other", "{**alarm, 'precision': 0.75, 'recall': 0.6}", "or of those"),
        Wrong("it is the false alarms", "{**alarm, 'specificity': 8 / 184}", "honest ones that"),
        Wrong("F1 is the mean", "{**alarm, 'F1': (0.6 + 0.75) / 2}", "1 and 0 would be .5"),
        Wrong("shares are percentages", "{**alarm, 'accuracy': 94}", "94 % is 0.94"),
        Wrong("honest is positive", "{**alarm, 'precision': 176 / 180}", "positive means forged"),
        Wrong("lift is over recall", "{**alarm, 'lift': 0.6 / 0.75}", "share of forged ones"),
    ),
    given="import pandas as pd\nfrom fractions import Fraction\n",
)  # fmt: skip


def _threshold(answer: Any) -> str | None:
    t, c_fp, c_fn = read.number(answer), 45, 5
    told = (
        (c_fn / (c_fp + c_fn), "the costs have changed places: a wrong approval is the dear one."),
        (0.5, "one half ignores the prices: it is right only where both errors cost the same."),
        (c_fp / c_fn, "these are odds, not a probability: 9 to 1. As a probability that is ...?"),
        (100 * c_fp / (c_fp + c_fn), "right as a percentage; a score lies between 0 and 1."),
        (1 - c_fn / c_fp, "divide by the sum of both prices, not by one of them."),
    )  # fmt: skip
    if _close(t, c_fp / (c_fp + c_fn)):
        return None
    other = f"at {t:g} the two expected losses differ: 45 (1 - p) by approving, 5 p by refusing."
    return next((says for number, says in told if _close(t, number)), other)


THRESHOLD = Exercise(
    id="1-1b", name="threshold", reason=_threshold,
    hints=(
        "What do you expect to lose by approving a person with chance p, and by refusing?",
        "45 (1 - p) against 5 p: for which p are they equal?",
    ),
    solution="threshold = 45 / (45 + 5)",
    explains="Approving pays only from nine in ten positives on: the dear error sets the bar.",
    right=("Fraction(9, 10)", "np.float32(threshold)", "np.array(threshold)", "1 / (1 + 5 / 45)"),
    wrong=(
        Wrong("the costs change places", "5 / (45 + 5)", "changed places"),
        Wrong("the best threshold is one half", "0.5", "ignores the prices"),
        Wrong("odds are a probability", "45 / 5", "odds, not a probability"),
        Wrong("one price is the whole", "1 - 5 / 45", "sum of both prices"),
        Wrong("a percentage is a score", "90", "between 0 and 1"),
    ),
    given="import numpy as np\nfrom fractions import Fraction\n",
)  # fmt: skip


FRESH = ((0.9, 0.95), (0.6, 0.99), (0.25, 0.7), (0.5, 0.8))  # pairs of tpr and tnr
BELIEFS = (
    (lambda tpr, tnr: 1 - tpr,
     "1 - tpr is the miss rate, whatever the base rate: where do the negatives come in?"),
    (lambda tpr, tnr: 1 - tnr,
     "1 - tnr is the false positive rate. The positives that are found must make up for those."),
    (lambda tpr, tnr: (1 - tpr) / (tnr + 1 - tpr),
     "positives and negatives have changed places: always no is right about the negatives."),
    (lambda tpr, tnr: tnr / (tnr + 1 - tpr),
     "that is the break-even with the rule that always says yes. Always no is right about 1 - p."),
)  # fmt: skip


def _break_even(answer: Any) -> str | None:
    got = [read.number(read.calls(answer, *pair), "what your function returns") for pair in FRESH]

    def is_like(rule: Any) -> bool:
        return all(abs(g - rule(*pair)) <= 1e-6 for g, pair in zip(got, FRESH, strict=True))

    if is_like(lambda tpr, tnr: (1 - tnr) / (tpr + 1 - tnr)):
        return None
    for rule, told in BELIEFS:
        if is_like(rule):
            return told
    (tpr, tnr), p = FRESH[0], got[0]
    model = p * tpr + (1 - p) * tnr
    return (f"for tpr {tpr} and tnr {tnr} it returns {p:.4g}. There the model's accuracy is "
            f"{model:.3f} and that of always no {1 - p:.3f}: make them equal.")  # fmt: skip


BREAK_EVEN = Exercise(
    id="1-1c", name="break_even", reason=_break_even,
    hints=(
        "Call the base rate p. Write both accuracies as sums over positives and negatives.",
        "p tpr + (1 - p) tnr = 1 - p. Bring everything with p to one side.",
    ),
    solution="""
def break_even(tpr, tnr):
    return (1 - tnr) / (tpr + 1 - tnr)
""",
    explains="Below this base rate silence is more accurate, however good the model's list.",
    right=("lambda tpr, tnr: 1 / (1 + tpr / (1 - tnr))",
           "lambda a, b: Fraction((1 - b) / (a + 1 - b))", "lambda a, b: np.array(1 / (1 + a / "
           "(1 - b)))", "lambda a, b: brentq(lambda p: p * a + (1 - p) * b - (1 - p), 0, 1)"),
    wrong=(
        Wrong("the miss rate decides", "lambda tpr, tnr: 1 - tpr", "miss rate"),
        Wrong("the false alarms decide", "lambda tpr, tnr: 1 - tnr", "must make up"),
        Wrong("no is about positives", "lambda a, b: (1 - a) / (b + 1 - a)", "changed places"),
        Wrong("doing nothing means yes", "lambda a, b: b / (b + 1 - a)", "always says yes"),
        Wrong("a number instead of a rule", "0.0526", "pass the function"),
        Wrong("the odds are the share", "lambda a, b: (1 - b) / a", "them equal"),
    ),
    given="import numpy as np\nfrom fractions import Fraction\nfrom scipy.optimize import brentq\n",
)  # fmt: skip


PEOPLE = """
import numpy as np
import pandas as pd
from scipy.stats import mannwhitneyu
from sklearn import metrics
from helpers import data
acs = data.load("acs")
people = acs[acs["year"] == 2018].reset_index(drop=True)
employed = people["employed"].to_numpy(dtype=int)
vendor = people["vendor_score"].to_numpy(dtype=float)
"""


@functools.cache
def _people() -> tuple[np.ndarray, np.ndarray]:
    names: dict = {}
    exec(PEOPLE, names)  # the people of the notebook, as the notebook loads them
    return names["employed"], names["vendor"]


@functools.cache
def _others() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    truth = (rng.random(500) < 0.3).astype(int)
    return truth, np.clip(0.35 + 0.3 * truth + rng.normal(0, 0.25, 500), 0, 1).round(2)


def _told(auc: float, truth: np.ndarray, score: np.ndarray) -> str | None:
    """What this AUC says about the repair; None if it is right."""
    from sklearn.metrics import roc_auc_score

    known, decided, alone = roc_auc_score(truth, score), score >= 0.5, np.sort(score)
    told = (
        (1 - known, "you mirrored it: that is 1 - AUC, but no sign is wrong in these lines."),
        ((decided == truth).mean(), "that is the accuracy. AUC needs scores, not decisions."),
        (roc_auc_score(truth, decided), "line 2 is repaired, but line 4 still passes decisions."),
        (roc_auc_score(truth, alone), "line 4 is repaired. But one line sorts a column alone."),
        (roc_auc_score(truth, alone >= 0.5), "that is still the colleague's number."),
    )  # fmt: skip
    if _close(auc, known):
        return None
    other = f"{auc:.4g} is not the share of pairs in order. Change only what is at fault."
    return next((says for number, says in told if _close(auc, number)), other)


def _auc(answer: Any) -> str | None:
    if callable(answer):
        given = read.calls(answer, *(column.copy() for column in _others()))
        return _told(read.number(given, "what your function returns"), *_others())
    return _told(read.number(answer), *_people())


BUG_HUNT = Exercise(
    id="1-1d", name="repaired_auc", reason=_auc,
    hints=(
        "Look at the table after each line. Whose score stands in the first row?",
        "Two lines need a change: one loses the person, one the order among the approved.",
        "Nothing needs sorting: roc_auc_score sorts by itself. And it wants the column score.",
    ),
    solution="""
def mended(truth, score):
    table = pd.DataFrame({"truth": truth, "score": score})
    return metrics.roc_auc_score(table["truth"], table["score"])


repaired_auc = mended(employed, vendor)
""",
    explains="Sorting one column tears it from its people; a decision has lost the score's order.",
    right=("round(float(repaired_auc), 3)", "mended", "np.array(repaired_auc)",
           "lambda truth, score: mannwhitneyu(score[truth == 1], score[truth == 0]).statistic "
           "/ (truth == 1).sum() / (truth == 0).sum()"),
    wrong=(
        Wrong("a poor AUC is upside down", "1 - repaired_auc", "mirrored"),
        Wrong("accuracy will do", "((vendor >= 0.5) == employed).mean()", "the accuracy"),
        Wrong("only line 2", "metrics.roc_auc_score(employed, vendor >= 0.5)", "passes decisions"),
        Wrong("only line 4", "metrics.roc_auc_score(employed, np.sort(vendor))", "column alone"),
        Wrong("one repair", "lambda y, s: metrics.roc_auc_score(y, s >= 0.5)", "line 4 still"),
        Wrong("no repair", "metrics.roc_auc_score(employed, np.sort(vendor) >= 0.5)", "league's"),
    ),
    given=PEOPLE,
)  # fmt: skip


SLIDE = Exercise(
    id="1-1e", name="slide",
    reason=rubric(
        Point("the decision and its prices",
              r"(?=.*(threshold|approv|refus|decision|\bsign\b|\bpass(es)?\b))"
              r"(?=.*(\$|dollar|pric|\bcosts?\b))",
              "Which decision does the number serve, and what does each error cost there?"),
        Point("the comparison",
              r"compar|instead of|against|today|clerk|do.?nothing|\bthan\b|versus|\bvs\b|beside|"
              r"every(body|one)|always|saves?\b|saving|at one half|at \.5",
              "A number alone says nothing: what would happen otherwise?"),
        Point("what it hides",
              r"\bhid|\bnot (say|show|tell|see|know|include)|n't (say|show|tell|see)|silent|"
              r"leaves? out|\bwho(m)? (is|are|it|bears?)\b|\bwhich (people|applicants|group)|"
              r"groups?\b|uncertain|interval|assum|depend|if (the|our) prices|survey",
              "Whom or what does the number not show? Say one thing that the board must ask."),
        least=25,
    ),
    hints=(
        "Begin with the decision: approved from which score on, and what does each error cost?",
        "Give the dollars per applicant beside those of another threshold, or of the clerk.",
        "Say what an average over all applicants cannot show: whom it hits, and how sure it is.",
    ),
    solution='''
slide = f"""{at_t:.2f} dollars per applicant: the cost of wrong decisions if we approve from a score
of .75 on, at 60 dollars for a wrong approval and 20 for a wrong refusal. At one half it would be
over a dollar more. It is as good as our two prices, and as the survey; it hides who is refused."""
''',
    explains="A model answer. Another number can do, if you name its decision, comparison, limits.",
    right=('"We approve passes from .75 on, because a wrong approval costs three times a wrong '
           'refusal. Against approving everybody this saves most of the losses. It does not say '
           'which applicants bear the refusals."',),
    wrong=(
        Wrong("one metric is neutral", 'slide = "AUC, because it does not depend on any threshold. '
              'The vendor reaches .86 and is better than all the other models that we tried on '
              'this data, so it should be bought at once."', "what does each error cost"),
        Wrong("a price needs no comparison", 'slide = "The desk loses 7.39 dollars per applicant '
              'at a threshold of .75 with these prices. This is a good value and the board can '
              'sign the contract for the coming year with confidence."', "happen otherwise"),
        Wrong("an average hides nothing", 'slide = "At a threshold of .75 wrong decisions cost us '
              '7.39 dollars per applicant, 1.50 less than at one half. This is the only number '
              'the board needs, and we can sign the contract for the year."', "what it hides"),
    ),
    given=PEOPLE + "wrong = 60 * (vendor >= 0.75) * (1 - employed)\n"
    "at_t = (wrong + 20 * (vendor < 0.75) * employed).mean()\n",
)  # fmt: skip

EXERCISES: tuple[Exercise, ...] = (ALARM, THRESHOLD, BREAK_EVEN, BUG_HUNT, SLIDE)

QUIZ: tuple[Question, ...] = (
    Question(
        "A score is a true chance. Where should the threshold stand?",
        "Where the prices of the two errors put it",
        "At the price of a false positive, divided by the sum of both prices.",
        (("At one half", "That minimises errors, and money only if both cost the same."),
         ("Where F1 is best", "F1 knows no price. In part 3 it was cheapest for nobody.")),
    ),
    Question(
        "Is F1 a neutral choice while nobody names the costs?",
        "No: it trades the errors at a rate that nobody chose",
        "Whoever maximises F1 has set prices without naming them.",
        (("Yes: it balances precision and recall", "The formula fixes a rate between the errors."),
         ("Yes: costs only matter to accuracy", "Costs matter, whichever number is shown.")),
    ),
    Question(
        "The AUC is .86. What does that mean?",
        "In 86 % of pairs, a positive and a negative, the positive scores higher",
        "Pairs in order, with ties counted half: no threshold and no price is in it.",
        (("86 % of decisions are right", "That is accuracy. AUC knows no decision."),
         ("86 % of positives are found", "That would be recall, at some threshold.")),
    ),
    Question(
        "Somebody multiplies all scores by .5. What happens?",
        "AUC stays as it is, log loss changes",
        "The order is the same, so AUC is; but the scores no longer mean what they say.",
        (("Both change", "AUC sees the order alone, and halving leaves the order as it was."),
         ("Neither changes", "The order stays, but log loss reads each score as a chance.")),
    ),
)  # fmt: skip
