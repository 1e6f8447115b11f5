"""The exercises and the quiz of notebook 5-1: PSI, five files, a budget, a monitor, a choice.

The five files and the bug hunt, with the shops that it is judged on, stand in `watched`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from helpers.exercises import read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric
from helpers.exercises.watched import HUNT, RULES

# --- 5-1a: PSI of two histograms ----------------------------------------------------------------


_A, _B = (0.4, 0.3, 0.2, 0.1), (0.3, 0.3, 0.24, 0.16)
_KL = [sum(p * math.log(p / q) for p, q in zip(*two, strict=True)) for two in ((_A, _B), (_B, _A))]
_COUNTS = sum((a - b) * math.log(a / b)
              for a, b in zip((400, 300, 200, 100), (150, 150, 120, 80), strict=True))  # fmt: skip


def _psi(answer: Any) -> str | None:
    value, psi = read.number(answer, "the PSI"), sum(_KL)
    if read.near(value, psi):
        return None
    one = "that is one direction, a KL divergence. PSI is symmetric: add the other direction."
    slips = (
        (psi / math.log(10), "that is with a logarithm to base 10: PSI's limits assume the natural "
         "one."),
        (psi / math.log(2), "that is with a logarithm to base 2: PSI's limits assume the natural "
         "one."),
        (_KL[0], one), (_KL[1], one),
        (_COUNTS, "those are counts. Divide each list by its sum first: 1,000 customers against "
         "500 is no shift."),
        (-psi, "the sign is turned: both factors of a term have the same sign, so PSI is never "
         "below 0."),
        (psi / 2, "that is half of it, a mean of both directions. PSI is their sum."),
        (100 * psi, "that is 100 times too large: PSI is no percentage."),
    )  # fmt: skip
    for slip, reason in slips:
        if read.near(value, slip):
            return reason
    return "turn both lists into shares, then sum (a - b) ln(a / b) over the four bins."


PSI = Exercise(
    id="5-1a", name="stability", reason=_psi,
    hints=("PSI compares shares. What are the shares of each list?",
           "The shares are .4, .3, .2, .1 and .3, .3, .24, .16. The second bin adds nothing.",
           "psi from this section takes two NumPy arrays of shares."),
    solution="""
a = np.array(last_year) / sum(last_year)
b = np.array(this_week) / sum(this_week)
stability = np.sum((a - b) * np.log(a / b))
""",
    explains="About .06, under the folklore limit of .1, though the smallest bin grew by more "
    "than half. PSI does not know which bin matters to you.",
    right=("sum(p * np.log(p / q) + q * np.log(q / p) for p, q in zip(a, b, strict=True))",
           "float(stability)", "round(float(stability), 4)"),
    wrong=(
        Wrong("any logarithm will do", "np.sum((a - b) * np.log10(a / b))", "base 10"),
        Wrong("bits will do", "np.sum((a - b) * np.log2(a / b))", "base 2"),
        Wrong("one divergence is enough", "np.sum(a * np.log(a / b))", "one direction"),
        Wrong("counts are shares", "np.sum((np.array(last_year) - this_week) * "
              "np.log(np.array(last_year) / this_week))", "those are counts"),
    ),
    given="import numpy as np\n"
    "last_year, this_week = [400, 300, 200, 100], [150, 150, 120, 80]",
)  # fmt: skip


# --- 5-1b: name the drift -----------------------------------------------------------------------


_KINDS = ("covariate", "label", "concept", "none")
_TAKEN = {
    ("label", "covariate"): "p(x) moves there only because p(y) does: compare p(x|y).",
    ("label", "concept"): "p(y|x) moves there, but p(x|y) stays: workers look as before, there are "
    "more of them.",
    ("covariate", "label"): "p(y) moves there only because p(x) does: p(y|x) stays.",
    ("covariate", "concept"): "p(y|x) stays there, within chance: at each age as many work.",
    ("concept", "none"): "no test of p(x) can see it: look at p(y|x).",
    ("concept", "label"): "p(x|y) moves there as well: not the share of workers alone changed, but "
    "who works.",
    ("concept", "covariate"): "p(x) stays there, within chance, and p(y|x) moves.",
}


def _named(answer: Any) -> str | None:
    if hasattr(answer, "to_dict") and not hasattr(answer, "columns"):
        answer = answer.to_dict()
    if not isinstance(answer, Mapping):
        answer = dict(zip(RULES, read.sequence(answer, len(RULES)), strict=True))
    found = {str(k): v for k, v in answer.items()}
    lacking = [name for name in RULES if name not in found]
    if lacking:
        return f"there is no entry for file {lacking[0]}; name all five."
    for name, truth in RULES.items():
        said = read.option(found[name], _KINDS)
        if said != truth:
            moved = ("something moves there by more than chance." if said == "none" else
                     "all four stay within chance there.")  # fmt: skip
            return f"file {name}: {_TAKEN.get((truth, said), moved)}"
    return None


NAMES = Exercise(
    id="5-1b", name="named", reason=_named,
    hints=("Each kind has one share that stays. Which?",
           "First ask whether anything moves by more than chance, then which of p(y|x) and p(x|y) "
           "stays.",
           "Two files have the same kind. In one of them even p(y) stays."),
    solution="""
named = {"A": "label", "B": "concept", "C": "covariate", "D": "none", "E": "concept"}
""",
    explains="In E neither p(x) nor p(y) moved: no monitor of inputs, and none of the share of "
    "yes, sees it. Only inputs and truth together do.",
    right=("['label', 'concept', 'covariate', 'none', 'concept']",
           "{k: v.upper() for k, v in reversed(named.items())}", "pd.Series(named)"),
    wrong=(
        Wrong("inputs moved, so covariate", "{**named, 'A': 'covariate'}", "compare p(x|y)"),
        Wrong("neither x nor y moved, so none", "{**named, 'E': 'none'}", "no test of p(x)"),
        Wrong("fewer work, so label", "{**named, 'B': 'label'}", "who works"),
        Wrong("the label moved, so label", "{**named, 'C': 'label'}", "because p(x) does"),
        Wrong("something always drifts", "{**named, 'D': 'covariate'}", "within chance"),
    ),
    given="import pandas as pd",
)  # fmt: skip


# --- 5-1c: a budget for twelve columns ----------------------------------------------------------


def _budget(answer: Any) -> str | None:
    level = read.number(answer, "the level")
    if not 0 < level < 1:
        return "a level is a chance, between 0 and 1."
    exact = 1 - (1 - 1 / 30) ** (1 / 12)
    if read.near(level, exact) or read.near(level, 1 / 360):
        return None
    if abs(level - exact) < 0.00006:
        return "close: give three digits."
    slips = (
        (1 / 30, "that is the budget for all twelve together: each may have its part only."),
        (0.05, "at .05 twelve columns page on almost every second day, some 14 days in 30."),
        (0.05 / 12, "that spends .05 a day, three false pages in 60 days. Your budget is 1/30 a "
         "day."),
        (1 / 12 / 365, "that is one page in a year: the budget is one in 30 days."),
        (1 - 0.95 ** (1 / 12), "that spends .05 a day: your budget is 1/30 a day."),
        (12 / 30, "more tests need a lower level each, not a higher one: divide."),
    )  # fmt: skip
    for slip, reason in slips:
        if read.near(level, slip, 2):
            return reason
    return "first the chance of a false page on one day, then share it among twelve tests."


BUDGET = Exercise(
    id="5-1c", name="per_test", reason=_budget,
    hints=("One false page in 30 days: which chance is that for one day?",
           "A day is quiet if all twelve tests are quiet: (1 - level) to the power 12.",
           "Set (1 - level)^12 equal to 1 - 1/30 and solve; a twelfth of 1/30 is near enough."),
    solution="""
per_test = 1 - (1 - 1 / 30) ** (1 / 12)
""",
    explains="Under .003 for each column and day. A dashboard with a limit of .05 a column is a "
    "dashboard that people learn to ignore.",
    right=("1 / 360", "np.float64(0.00282)", "Fraction(1, 360)"),
    wrong=(
        Wrong("the budget is each test's level", "1 / 30", "all twelve together"),
        Wrong("the usual level", "0.05", "almost every second day"),
        Wrong("Bonferroni on .05", "0.05 / 12", "three false pages in 60 days"),
        Wrong("more tests, more budget", "12 / 30", "not a higher one"),
    ),
    given="from fractions import Fraction\n\nimport numpy as np",
)  # fmt: skip


# --- 5-1e: decide and defend --------------------------------------------------------------------


PAGE = Exercise(
    id="5-1e", name="page",
    reason=rubric(
        Point("a change that it sees", r"\bsees?\b|detects?|catch(es)?|notic|would (show|find)",
              "Name one change of the world that your monitor does show."),
        Point("a change that it can't see",
              r"(can(no|')t|cannot|never|not|blind)\W+(\w+\W+){0,4}(see|show|detect|find|to|spot)"
              r"|blind|misses",
              "Every monitor is blind to something. To what is yours?"),
        Point("a budget of false alarms",
              r"false|budget|page(s)? (a|in|per|every)|limit|on quiet",
              "How often may it page for nothing, and how was the limit set?"),
        Point("a price of delay",
              r"(\$|dollar|cost|lose|loss|price)(.|\n)*(day|week|delay)"
              r"|(day|week|delay)(.|\n)*(\$|dollar|cost|lose|loss|price)",
              "What does each day cost on which nobody knows?"),
        Point("who is paged", r"on.?call|paged?\b|analyst|engineer on|owner|lead|desk|team",
              "An alarm that reaches nobody is a log line. Who gets it, and what may they do?"),
        least=50,
    ),
    hints=("Five things must be on the page; the task names them in order.",
           "The table of loop 6 has two numbers for each monitor, and a price.",
           "Say what the monitor looks at: whatever does not move there, it can't see."),
    solution='''
page = """Early truth, with a random hold-back: one blocked payment in 500 is let through, so that
blocked traffic gets labels too. It sees any change that makes us miss more fraud, whatever the
fraud looks like. It cannot see a slowdown of the reports themselves, so I watch the share that
arrives in 10 days beside it. Limit 3, which on our quiet streams paged less than once in 30 days;
that is the budget. Each day of delay costs some 2,000 dollars, so three weeks against ten are worth
more than my week. The on-call analyst is paged and may lower the threshold that day; score drift
stays as a cheap smoke test, not as evidence."""
''',
    explains="A model answer to compare yours with. A cheap score monitor can be defended as well, "
    "if the page says what it will sleep through.",
    right=('"""Random labels: the fraud desk judges 200 random passed payments a week. This would '
           'show a rising share of missed fraud of any kind, without waiting for reports. It is '
           'blind to small changes: it finds a few frauds a week, so it takes weeks to be sure. '
           'We allow one false alarm in 30 days. A day that nobody knows costs us about 2,000 '
           'dollars. The team lead gets the call and may stop a merchant."""',),
    wrong=(
        Wrong("drift is enough", 'page = "We add a drift test on every input column at the level '
              '.05, because a model whose inputs stay the same works as before, and a model whose '
              'inputs move needs to be refitted on new data at once, by a job that runs each '
              'night, without any further questions to anybody in the company."',
              "Name one change"),
        Wrong("it sees everything", 'page = "Early truth sees every change there is. It pages the '
              'on-call analyst, with a budget of one false page in 30 days, and it costs us about '
              '2,000 dollars for each day of delay. I would take it because it has shown on eight '
              'streams that it is the best of all five monitors by far."', "blind to something"),
        Wrong("delay is free", 'page = "The mature truth sees any change in missed fraud, and it '
              'is blind to the last 60 days. Its false pages stay within the budget. It pages the '
              'on-call analyst, who looks at it when there is time for it. It is the most solid '
              'of all, and solid is what we want to be, now and later, as a serious firm."',
              "nobody knows"),
    ),
)  # fmt: skip


QUIZ = (
    Question(
        "p = 1e-80 on 58,000 rows a year. What does it say?",
        "The shift is real",
        "That, and nothing about its size or its harm: ask PSI for one, the truth for the other.",
        (("The shift is large", "The same shift is invisible on 200 rows: n made the p value."),
         ("The model is harmed", "Nothing was said about y. Here the AUC stayed."),
         ("The test is broken", "Without a shift it alarmed in about one case of twenty, as "
          "promised.")),
    ),
    Question(
        "What does an estimate of performance without labels (CBPE) need?",
        "Scores that still mean the same chance",
        "Calibrated scores and an unchanged p(y|x). On people it held, on payments it lied.",
        (("Some labels of this week", "It needs none; that is its charm and its danger."),
         ("Inputs that do not drift", "Drift in inputs alone is what it is made for."),
         ("As many positives as negatives", "It sums chances, whatever their mean.")),
    ),
    Question(
        "Alerts fall by a third within a month. What do you do first?",
        "Look at what is missed",
        "Sample passed payments, or count early reports. Fewer alerts fit good and bad news alike.",
        (("Celebrate: there is less fraud", "Perhaps. The board can't tell that from more that is "
          "missed."),
         ("Report that the model got better", "Nothing about the model changed; its alerts did."),
         ("Lower the threshold", "After you know. A lower threshold buys ordinary payments, too.")),
    ),
    Question(
        "1.4 % of passed payments are missed fraud. You label 200 random ones. You find",
        "about 3",
        "200 times .014. Few, but they bound the share, and nobody had to report them.",
        (("200", "That would be if all of them were fraud."),
         ("none worth having", "Even 0 of 200 says that the share is hardly above 2 %."),
         ("enough for a weekly trend", "3 give or take 2: a doubling drowns in that for weeks.")),
    ),
)  # fmt: skip

EXERCISES = (PSI, NAMES, BUDGET, HUNT, PAGE)
