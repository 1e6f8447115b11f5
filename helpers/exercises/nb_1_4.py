"""The exercises and the quiz of notebook 1-4: rates by group, a bug, a gap, weights, a signature.

The checks recompute everything from the same people as the notebook (`acs`, year 2018). Weights
are judged by what they do to the table, a repaired function on fresh people.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from helpers.exercises import read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric

PEOPLE = """
import numpy as np
import pandas as pd
from helpers import data, fairness, rates
people = data.load("acs").query("year == 2018")
employed = people["employed"].to_numpy()
score = people["vendor_score"].to_numpy(dtype=float)
disability = np.where(people["DIS"] == 1, "with", "without")
decision = (score >= 0.5).astype(int)
"""


@functools.cache
def _gap(column: str, threshold: float) -> dict[str, float]:
    """Gaps at a threshold between code 2 and code 1 of a column, and the standard error of TPR's.

    For DIS that is without minus with a disability, for SEX women minus men.
    """
    from helpers import data

    people = data.load("acs").query("year == 2018")
    y, code = people["employed"].to_numpy() == 1, people[column].to_numpy()
    said = people["vendor_score"].to_numpy(dtype=float) >= threshold
    found = []
    for group in (1, 2):
        t, d = y[code == group], said[code == group]
        tpr = d[t].mean()
        found.append({"TPR": tpr, "FPR": d[~t].mean(), "accuracy": (t == d).mean(),
                      "selection": d.mean(), "precision": t[d].mean(),
                      "variance": tpr * (1 - tpr) / t.sum()})  # fmt: skip
    one, two = found
    out = {name: float(two[name] - one[name]) for name in one if name != "variance"}
    return out | {"se": float(np.sqrt(one["variance"] + two["variance"]))}


def _slip(x: float, slips: tuple, otherwise: str) -> str | None:
    """The reason that goes with the first value equal to x to three decimals."""
    if abs(x) > 1:
        return "that looks like a percentage or a count; give a share between 0 and 1."
    return next((reason for value, reason in slips if abs(x - value) < 0.0006), otherwise)

P, PPV, FNR = 0.3, 0.6, 0.2


def _fpr(answer: Any) -> str | None:
    odds, wrong_per_right = P / (1 - P), (1 - PPV) / PPV
    truth = odds * wrong_per_right * (1 - FNR)
    return _slip(read.number(answer, "the false positive rate"), (
        (truth, None),
        (1 - PPV, "that is about those flagged: the share of flags that are wrong. FPR is about "
         "those without a new offence: how many of them are flagged?"),
        (wrong_per_right * (1 - FNR), "you left out the base rate: the wrong flags fall on the "
         "other 700 people, not on the 300. Multiply by p/(1 - p)."),
        (odds * wrong_per_right * FNR, "you used FNR where 1 - FNR belongs: 80 % of the 300 are "
         "flagged, not 20 %."),
        (P * wrong_per_right * (1 - FNR), "that is the number of wrong flags over all 1,000 "
         "people. Divide by those who can be flagged wrongly."),
    ), "count with 1,000 people: how many offend again, how many of those are flagged, how many "
       "wrong flags come with the right ones, and on how many people do they fall?")  # fmt: skip


TOWN = Exercise(
    id="1-4a", name="fpr_in_town", reason=_fpr,
    hints=("Of 1,000 people 300 offend again. With FNR .2, how many of those are flagged?",
           "PPV .6: 4 wrong flags come with 6 right ones. On how many people do they fall?",
           "There are 240 right flags, so 160 wrong ones, on 700 people."),
    solution="fpr_in_town = 0.3 / (1 - 0.3) * (1 - 0.6) / 0.6 * (1 - 0.2)",
    explains="160 wrong flags on 700 people. Three of the four rates fix the fourth: whoever "
    "promises all of them equal promises equal base rates too.",
    right=("160 / 700", "round(fpr_in_town, 3)", "__import__('fractions').Fraction(8, 35)"),
    wrong=(
        Wrong("wrong flags are those among the flagged", "1 - 0.6", "about those flagged"),
        Wrong("the base rate plays no part", "0.4 / 0.6 * 0.8", "left out the base rate"),
        Wrong("FNR are those flagged", "0.3 / 0.7 * 0.4 / 0.6 * 0.2", "1 - FNR belongs"),
        Wrong("a rate is a share of everybody", "0.16", "over all 1,000"),
    ),
)  # fmt: skip

def _repaired(answer: Any) -> str | None:
    if not callable(answer):
        return _repaired_gap(read.number(answer, "the gap"))
    rng = np.random.default_rng(1)
    truth = (rng.random(400) < 0.6).astype(int)
    said = (rng.random(400) < np.where(truth == 1, 0.7, 0.35)).astype(int)
    x = read.number(read.calls(answer, truth.copy(), said.copy()), "what your function returns")
    return _slip(x, (
        (said[truth == 1].mean(), None),
        (1.0, "your function still returns 1 for everybody: rows that were judged wrongly are "
         "left out, and those are the refusals."),
        (truth[said == 1].mean(), "that is the share employed among the approved, which is "
         "precision. TPR starts from the employed."),
        ((truth == said).mean(), "that is accuracy. Of all people, or of the employed?"),
    ), "your function returns something else than the share approved among the employed; try it "
       "on five people.")  # fmt: skip


def _repaired_gap(x: float) -> str | None:
    gap = _gap("DIS", 0.5)
    return _slip(x, (
        (gap["TPR"], None),
        (-gap["TPR"], "the size is right, the sign is turned round: without minus with."),
        (0.0, "that is the colleague's own result: leaving out wrong judgements leaves none."),
        (abs(gap["accuracy"]), ACCURACY), (-abs(gap["accuracy"]), ACCURACY),
        (gap["precision"], PRECISION), (-gap["precision"], PRECISION),
    ), "take all employed people of each group: which share of them is approved?")  # fmt: skip


ACCURACY = "that is the gap in accuracy. Of all people, or of the employed?"
PRECISION = "that is the gap among the approved (precision). TPR starts from the employed."

HUNT = Exercise(
    id="1-4b", name="repaired", reason=_repaired,
    hints=("Print what colleagues_tpr returns for each group. Is it credible?",
           "kept holds the rows where decision and truth agree. Which employed people are in it?",
           "Which rows belong to a true positive rate, whatever was decided about them?"),
    solution="def repaired(truth, said):\n    return said[truth == 1].mean()\n",
    explains="Among rows judged rightly every employed person is approved, so the rate is 1 in any "
    "group. A filter that looks at the decision removes what you wanted to count.",
    right=("fairness.audit(employed, decision, disability).gap('true_positive_rate').estimate",
           "lambda truth, said: sum(s for t, s in zip(truth, said) if t == 1) / sum(truth)"),
    wrong=(
        Wrong("the code is fine", "0.0", "colleague's own result"),
        Wrong("accuracy shows it", "lambda truth, said: (truth == said).mean()", "Of all people"),
        Wrong("the approved are the base", "lambda truth, said: truth[said == 1].mean()",
              "which is precision"),
        Wrong("keep the filter", "lambda truth, said: said[truth & said == 1].mean()", "returns 1"),
        Wrong("the gap in accuracy", "0.0403", "Of all people, or of the employed?"),
    ),
    given=PEOPLE,
)  # fmt: skip

ORDERS = {"men minus women": 1, "women minus men": -1}


def _three(answer: Any) -> tuple[float, float, float]:
    """Gap, low and high, as men minus women, from any of the forms that people pass."""
    sign = 1
    if isinstance(answer, Mapping) and len(answer) == 1:
        label, answer = next(iter(answer.items()))
        sign = ORDERS[read.option(label, ORDERS)]
    if all(hasattr(answer, a) for a in ("estimate", "low", "high")):  # a Gap, or a row of its table
        answer = [answer.estimate, answer.low, answer.high]
    elif isinstance(answer, (int, float)) and not isinstance(answer, bool):
        read.number(answer)
        raise read.Unreadable("that is one number; an estimate needs its interval: gap, low, high.")
    gap, low, high = (sign * x for x in read.numbers(answer, ("gap", "low", "high")).values())
    return (gap, low, high) if sign == 1 else (gap, high, low)


def _by_sex(answer: Any) -> str | None:
    gap, low, high = _three(answer)
    at = {name: -value for name, value in _gap("SEX", 0.75).items()}  # men minus women
    return _width(gap, low, high, -at["se"]) if abs(gap - at["TPR"]) < 0.0006 else _slip(gap, (
        (-at["TPR"], "the sign is turned round: men minus women. If you mean the other order, say "
         'so: {"women minus men": (gap, low, high)}.'),
        (at["selection"], "that is the gap in approvals: of all people, or of those employed?"),
        (at["FPR"], "that is the gap among those who are not employed: the false positive rate."),
        (-_gap("SEX", 0.5)["TPR"], "that is the gap at .5, and the threshold is .75 now."),
        (at["accuracy"], ACCURACY),
    ), "the gap: which share of the employed is approved at .75, men minus women?")  # fmt: skip


def _width(gap: float, low: float, high: float, se: float) -> str | None:
    if not low < gap < high:
        return "the gap is right, but your interval does not hold it: give gap, low, high."
    ratio = (high - low) / (2 * 1.96 * se)
    if 1.25 < ratio < 1.6:
        return "the interval is too wide: don't subtract ends; independent errors add as squares."
    kind = "narrow" if ratio < 1 else "wide"
    return None if 0.85 < ratio < 1.15 else (
        f"the gap is right, the interval too {kind}: 1.96 standard errors to each side, from both "
        "groups; n counts the employed people.")  # fmt: skip


SEX = Exercise(
    id="1-4c", name="gap_by_sex", reason=_by_sex,
    hints=("decision is still the one at .5. Which decisions follow from .75?",
           'fairness.audit(employed, ..., people["SEX"].to_numpy()) holds the rates; which gap is '
           "asked for: of all people, or of the employed?",
           "A gap has estimate, low and high. By hand: the variance of a rate is r(1 - r)/n with n "
           "employed people; add the two variances."),
    solution="""
sex = np.where(people["SEX"] == 1, "men", "women")
gap_at_75 = fairness.audit(employed, score >= 0.75, sex).gap("true_positive_rate")
gap_by_sex = (gap_at_75.estimate, gap_at_75.low, gap_at_75.high)
""",
    explains="At .5 there was next to no gap by sex; the cheaper threshold made one. A threshold "
    "is not neutral between groups whose scores lie differently.",
    right=("gap_at_75", "[round(x, 3) for x in gap_by_sex]",
           '{"women minus men": (-gap_by_sex[0], -gap_by_sex[2], -gap_by_sex[1])}',
           '{"high": gap_by_sex[2], "low": gap_by_sex[1], "gap": gap_by_sex[0]}'),
    wrong=(
        Wrong("approvals", "fairness.audit(employed, score >= 0.75, sex).gap('selection_rate')",
              "of all people, or of those employed?"),
        Wrong("the old decision", "fairness.audit(employed, decision, sex)"
              ".gap('true_positive_rate')", "gap at .5"),
        Wrong("the false positive rate is meant", "(-0.0138, -0.022, -0.005)", "not employed"),
        Wrong("subtract end from end", "(0.0999, 0.0870, 0.1128)", "add as squares"),
        Wrong("one number will do", "0.0999", "needs its interval"),
        Wrong("one group's error is enough", "(0.0999, 0.094, 0.106)", "too narrow"),
    ),
    given=PEOPLE,
)  # fmt: skip

CELLS = {"A employed": 45, "A not": 15, "B employed": 10, "B not": 30}


def _weights(answer: Any) -> str | None:
    w = read.numbers(answer, CELLS)
    if min(w.values()) <= 0:
        return "a weight of 0 or below drops people from the training; all four are positive."
    n = {cell: w[cell] * size for cell, size in CELLS.items()}  # how much each cell weighs
    a, b = n["A employed"] + n["A not"], n["B employed"] + n["B not"]
    share_a, share_b = n["A employed"] / a, n["B employed"] / b
    share, share_of_a = (n["A employed"] + n["B employed"]) / (a + b), a / (a + b)
    if share_b < 0.2 and share_a > 0.8:
        return "upside down: divide what a cell would hold by what it holds."
    if abs(share_a - share_b) > 0.006:
        return (f"weighted, {share_a:.0%} of A and {share_b:.0%} of B are employed; group and "
                "label are independent when the two shares are equal.")  # fmt: skip
    if abs(share - 0.55) > 0.006:
        return (f"both groups are alike now, but {share:.0%} of all weighted people are employed "
                "instead of 55 %: that changes how many people are employed.")  # fmt: skip
    if abs(share_of_a - 0.6) > 0.006:
        return f"group A weighs {share_of_a:.0%} of everybody now; it holds 60 of 100 people."
    return None


WEIGHTS = Exercise(
    id="1-4d", name="weights", reason=_weights,
    hints=("60 of 100 people are in A, and 55 of 100 are employed. If the two had nothing to do "
           "with each other, how many employed people would be in A?",
           "A would hold 33 employed people, and it holds 45: each of them weighs 33/45.",
           "In general: P(group) P(label) / P(group, label)."),
    solution="""
weights = {"A employed": 0.60 * 0.55 / 0.45, "A not": 0.60 * 0.45 / 0.15,
           "B employed": 0.40 * 0.55 / 0.10, "B not": 0.40 * 0.45 / 0.30}
""",
    explains="With these weights 55 % of both groups are employed, and A and B weigh what they "
    "did. People who are rare in their group, employed in B, not employed in A, weigh most.",
    right=("{cell: round(w, 2) for cell, w in weights.items()}", "list(weights.values())",
           "pd.Series(weights)", "{cell: 10 * w for cell, w in weights.items()}"),
    wrong=(
        Wrong("all cells shall weigh the same", "[1 / 0.45, 1 / 0.15, 1 / 0.10, 1 / 0.30]",
              "changes how many people are employed"),
        Wrong("held over would hold", "[1 / w for w in weights.values()]", "upside down"),
        Wrong("only labels count", "[1 / 0.55, 1 / 0.45] * 2", "when the two shares are equal"),
        Wrong("each group weighs half", "[0.55 / 0.45, 0.45 / 0.15, 0.55 / 0.10, 0.45 / 0.30]",
              "group A weighs"),
    ),
    given="import pandas as pd\n",
)  # fmt: skip

SIGN = Exercise(
    id="1-4e", name="my_decision",
    reason=rubric(
        Point("which error falls on whom",
              r"(?=.*(refus|turned? (away|down)|false negative|wrong|error))(?=.*(disab|group))",
              "Who is refused or approved wrongly, and who carries that?"),
        Point("one metric, and why not another",
              r"(?=.*(true.positive|TPR|false.negative|FNR|false.positive|FPR|refus\w+ rate|"
              r"share of|equali[sz]ed|precision|PPV|calibrat|accuracy))"
              r"(?=.*(because|since|rather than|instead|hides|whereas|while|\bnot\b|n't))",
              "Which rate do you watch, and what would another one, such as accuracy, hide?"),
        Point("the price", r"\$|dollar|cents|USD|per (applicant|person)",
              "What does it cost, in dollars per applicant or per case?"),
        Point("who is asked", r"\bask|consult|\bheard?\b|talk|involv|invite|council|union|"
              r"organi[sz]ation|advis|lawyer|legal|ombud|represent",
              "Whom do you ask before you sign?"),
        least=30,
    ),
    hints=("Begin with the people: who is refused at .75 although employed, who pays at .5?",
           "Four sentences will do: error and people, metric and why, dollars, whom you ask."),
    solution='''
my_decision = """I do not sign .75. It refuses nearly all employed people with a disability, who
then bring papers or give up; the wrong approvals at .5 fall on the budget instead. I watch the
true positive rate by group, with its interval, because accuracy is highest for the group that is
refused most. Keeping .5 gives up more than a dollar per applicant; a clerk at $8 for refusals of
this group may cost less, and 1-6 will price it. Before I sign I ask the riders' disability
council and our lawyers, since a rule that treats groups differently may not be lawful."""
''',
    explains="A model answer to compare yours with. Signing .5, or .75 with a clerk, can be "
    "defended as well, if people, metric, price and those asked are named.",
    right=('"I sign .5 for now. The harm is refusing employed people with a disability, so FNR is '
           "my number rather than accuracy, which looks fine. We forgo about a dollar per "
           'applicant, and I consult the disability organisations first."',),
    wrong=(
        Wrong("the optimum needs no defence", 'my_decision = "I sign .75: it has been shown that '
              "it is the cheapest of all thresholds on tens of thousands of applicants, prices are "
              'prices, and anything else would waste money."', "approved wrongly"),
        Wrong("fairness has no price", 'my_decision = "I do not sign .75. It refuses nearly all '
              "employed people with a disability, as the true positive rate shows and accuracy "
              'does not. I would ask the disability council before we go on."', "does it cost"),
        Wrong("an expert decides alone", 'my_decision = "I sign .5. At .75 too many people with a '
              "disability are refused, as the true positive rate shows and accuracy does not. That "
              'costs a dollar or more per applicant. It is worth it."', "Whom do you ask"),
    ),
)  # fmt: skip

EXERCISES: tuple[Exercise, ...] = (TOWN, HUNT, SEX, WEIGHTS, SIGN)

QUIZ: tuple[Question, ...] = (
    Question("A score is calibrated in each of two groups. What follows for their error rates?",
        "Nothing: with different base rates they can lie far apart",
        "Our desk's score is calibrated, and it refuses one group far more often (loop 2).",
        (("They are equal: the score means the same for both",
          "The score does, the rates don't: more people of one group lie above the threshold."),
         ("They would be equal with more data",
          "More data narrow the intervals; loop 1's identity holds for any number of people."))),
    Question("Accuracy is higher for group A than for group B. Is A treated better?",
        "That can't be told: accuracy mostly follows the group's base rate",
        "Where few are employed, refusing everybody is accurate. Look at TPR and FPR by group.",
        (("Yes: fewer of its people are judged wrongly",
          "Fewer errors, but which ones? At our desk most of that group's errors are refusals."),
         ("Yes, if the intervals do not overlap",
          "The interval says that the difference is real, not that it means better treatment."))),
    Question("The disability columns are dropped before training. What does the model know?",
        "Part of it: other columns tell with some certainty who reports a disability",
        "We measured it: the gap shrank and did not vanish, and the group could be guessed.",
        (("Nothing about the group: it is blind to it",
          "Other columns tell part of it; the claim beside the fit measures how well."),
         ("As much as before: dropping columns does nothing",
          "Here most of the gap went with the columns. Measure it; don't assume it."))),
    Question("Odds are equalised, on labels that miss many working people of one group. So?",
        "The odds are equal on the records; the people that they miss are in nobody's TPR",
        "Rates can be no better than their labels: somebody must ask how the records were made.",
        (("Then the decisions are fair: that is what equalised odds means",
          "It means equal rates among those recorded as employed, and among those who are not."),
         ("The audit would show the missing people as a wide interval",
          "An interval shows how few rows there are, not which labels are wrong."))),
)  # fmt: skip
