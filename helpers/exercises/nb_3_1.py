"""The exercises and the quiz of notebook 3-1: rivals, two prices, a bug hunt, a page.

Functions are judged on fresh tables. Prices are recomputed from the notebook's own split and duel,
which `desk.py` makes once more; the bug hunt stands in `selfjudged.py`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from helpers.exercises import read
from helpers.exercises.desk import BUDGET, PRICE_OF_FEATURES, duels, needed
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric
from helpers.exercises.selfjudged import LADDER

# --- 3-1a: who can be told from the best --------------------------------------------------------


def _against(best: np.ndarray, loses: int, wins: int) -> np.ndarray:
    """A column that is wrong in `loses` cases where `best` is right, and right in `wins` others."""
    out = best.copy()
    out[np.flatnonzero(best)[:loses]] = False
    out[np.flatnonzero(~best)[:wins]] = True
    return out


def _tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """One table where pairing decides, one where the number of comparisons does."""
    best = np.random.default_rng(4).permutation(np.arange(2000) < 1600)
    first = pd.DataFrame({"twin": _against(best, 24, 6), "far": _against(best, 300, 100),
                          "top": best, "other": _against(best, 330, 300)})  # fmt: skip
    second = pd.DataFrame({f"f{k}": _against(best, 18 + k % 2, 6) for k in range(9)})
    return first, second.assign(top=best)


def _rivals(answer: Any) -> str | None:
    if not callable(answer):
        kind = type(answer).__name__
        return f"the answer is a {kind}; pass the function itself: it is judged on fresh tables."
    first, second = _tables()
    found = read.names(read.calls(answer, first.copy())) - {"top"}
    if found & {"twin", "far"} == {"twin", "far"}:
        return "you return the families that differ from the best; the question is which do not."
    if "far" in found:
        return "one of these is ten points behind on the same people, beyond any doubt."
    if "twin" in found and "other" not in found:
        return ("a point is not an interval: a family .9 points behind can be surely worse, one "
                "1.5 points behind may not. Count who is right where the other errs.")  # fmt: skip
    if "twin" in found:
        return ("their intervals overlap, but both judged the same people: pair them. Only the "
                "cases on which the two disagree say which is better.")  # fmt: skip
    if found != {"other"}:
        return "one family differs from the best in 630 cases, 330 one way and 300 the other: luck."
    again = read.names(read.calls(answer, second.copy())) - {"top"}
    if again != set(second) - {"top"}:
        return ("nine comparisons at once: with p = .02 each, some would arise by luck. Correct "
                "all p values together, with rates.holm.")  # fmt: skip
    return None


RIVALS = Exercise(
    id="3-1a", name="rivals", reason=_rivals,
    hints=("Find the best column first. For each other one, count two things: only the best is "
           "right; only the other is.",
           "rates.mcnemar takes these two counts and returns a p value; collect them all.",
           "Adjust the list of p values with rates.holm, and keep the names at .05 or above."),
    solution="""
def rivals(right):
    best = right.mean().idxmax()
    others = [name for name in right if name != best]
    p = [rates.mcnemar((right[best] & ~right[name]).sum(), (~right[best] & right[name]).sum())
         for name in others]
    return [best] + [name for name, q in zip(others, rates.holm(p)) if q >= 0.05]
""",
    explains="Not to be told apart is not equal: it says that these 10,000 people do not decide. "
    "Choose among the rivals by price, speed, or who can read them.",
    right=("lambda right: set(rivals(right))",
           "lambda right: sorted(rivals(right)[1:])",
           """
def rivals(right):
    best = right.mean().idxmax()
    off = (right.astype(int).sub(right[best].astype(int), axis=0)).drop(columns=best)
    z = off.mean() / (off.std() / len(off) ** 0.5)
    p = 2 * norm.sf(np.abs(z))
    return off.columns[rates.holm(p) > 0.05]
"""),
    wrong=(
        Wrong("within one point is equal",
              "lambda right: right.columns[right.mean() > right.mean().max() - 0.01]",
              "a point is not an interval"),
        Wrong("intervals that overlap mean no difference", """
def rivals(right):
    low, high = rates.wilson(right.sum().to_numpy(), np.full(right.shape[1], len(right)))
    return list(right.columns[high >= low[right.mean().to_numpy().argmax()]])
""", "pair them"),
        Wrong("each comparison stands alone", """
def rivals(right):
    best = right.mean().idxmax()
    return [name for name in right if rates.mcnemar((right[best] & ~right[name]).sum(),
            (~right[best] & right[name]).sum()) >= 0.05]
""", "rates.holm"),
        Wrong("the losers were asked for",
              "lambda right: set(right.columns) - set(rivals(right))", "which do not"),
    ),
    given="import numpy as np\nfrom scipy.stats import norm\nfrom helpers import rates",
)  # fmt: skip


# --- 3-1b: the price of a rung ------------------------------------------------------------------


def _needed(answer: Any) -> str | None:
    x, ways = read.number(answer, "the number of applicants"), needed()
    if x < 0:
        return "a number of applicants is positive: subtract the cheaper model's cost."
    if read.near(x, ways["right"]) or x == math.ceil(ways["right"]):
        return None
    slips = (
        (ways["mean"], "that uses the mean saving, and the truth is as likely below it. To be "
         "sure, take the low end of the interval."),
        (ways["hope"], "that is the high end of the interval: the hope, not what you are sure of."),
        (ways["unpaired"], "that sets one model's low end against the other's high end. Both "
         "judged the same people: pair the two costs, applicant by applicant."),
        (ways["spent"], "that divides by what an applicant still costs. What do the features "
         "save, against the raw model?"),
        (ways["right"] / 4, "that is the price of one hour; the features took four."),
        (ways["right"] * BUDGET / PRICE_OF_FEATURES, "that is the price of the whole day; the "
         "features took half of it."),
    )  # fmt: skip
    for value, reason in slips:
        if read.near(x, value):
            return reason
    return "divide the price by what is saved, surely, for each applicant: rates.paired(...).low."


NEEDED = Exercise(
    id="3-1b", name="applicants_needed", reason=_needed,
    hints=("What does the featured model save for one applicant? It differs from person to person.",
           "rates.paired takes the two costs, person by person, and returns value, low and high.",
           "You must be sure: which of the three do you divide the price by?"),
    solution="""
saved = rates.paired(cost["raw"], cost["features"])
applicants_needed = PRICE["features"] / saved.low
""",
    explains="A few hundred applicants. With 5,000 a year the rung pays within weeks; an office "
    "with fifty a year would wait for many years.",
    right=("__import__('math').ceil(applicants_needed)", "np.float32(applicants_needed)",
           "pd.Series([applicants_needed])"),
    wrong=(
        Wrong("the mean is what you get",
              "PRICE['features'] / (cost['raw'] - cost['features']).mean()", "the mean saving"),
        Wrong("two intervals, one subtraction", "PRICE['features'] / (rates.interval(cost['raw'])"
              ".low - rates.interval(cost['features']).high)", "pair the two costs"),
        Wrong("the best case counts",
              "PRICE['features'] / rates.paired(cost['raw'], cost['features']).high", "the hope"),
        Wrong("an hour is the price", "150 / saved.low", "one hour"),
        Wrong("cost instead of saving", "PRICE['features'] / cost['features'].mean()",
              "still costs"),
    ),
    given="import numpy as np\nimport pandas as pd\nfrom helpers import rates\n"
    "from helpers.exercises.desk import costs\ncost, PRICE = costs(), {'features': 600}",
)  # fmt: skip


# --- 3-1c: the price of a point -----------------------------------------------------------------


def _point(answer: Any) -> str | None:
    if all(hasattr(answer, name) for name in ("value", "low", "high")):  # an Estimate
        answer = (answer.value, answer.low, answer.high)
    if isinstance(answer, (tuple, list, np.ndarray)) and np.shape(answer) == (3,):
        x, *ends = (read.number(v, "a price") for v in answer)
        if not min(ends) < x < max(ends):
            return "of three numbers the first is the price, and it lies between the other two."
        answer = x
    x = abs(read.number(answer, "the price"))
    mean = duels().groupby("noise").mean()
    accuracy, mean = mean.loc[0.2, "new rows"], mean["new rows"] - mean["base"]
    want = BUDGET / (100 * mean[0.2])
    if read.near(x, want):
        return None
    if read.near(x, 100 * want):
        return "that is the price of 100 points: a gain of .01 is one point."
    if read.near(x, BUDGET / (100 * accuracy)):
        return "that divides by the accuracy reached. What was gained, over the base?"
    if x <= 150:
        return ("that is the price of a label, or of an error found. Errors found are not points "
                "gained: divide by what accuracy gained, in points.")  # fmt: skip
    if any(read.near(x, BUDGET / (100 * mean[noise])) for noise in (0.1, 0.3)):
        return "that is the price at another share of wrong labels; one in five is .2."
    if read.near(x, BUDGET * 100 * mean[0.2]):
        return "that multiplies. Dollars per point: dollars divided by points."
    return "divide $1,200 by the mean gain of the option 'new rows' at noise .2, in points."


POINT = Exercise(
    id="3-1c", name="dollars_per_point", reason=_point,
    hints=("Which rows of duels are about one wrong label in five, and which two columns count?",
           "The gains are shares: .01 is one point of accuracy.",
           "Dollars spent, divided by points gained. Both are for all 150 rows."),
    solution="""
at = duels[duels["noise"] == 0.2]
gained = 100 * (at["new rows"] - at["base"]).mean()
dollars_per_point = 1200 / gained
""",
    explains="A price with an interval: the gain is a mean of twelve repeats. Here a day of "
    "boosting sells points for less; with two labels in five wrong it is the other way round.",
    right=("round(dollars_per_point)",
           "[1200 / (100 * x) for e in [rates.paired(at['new rows'], at['base'])] "
           "for x in (e.value, e.high, e.low)]",
           "np.float64(dollars_per_point)"),
    wrong=(
        Wrong("a share is a point", "100 * dollars_per_point", "100 points"),
        Wrong("a label's price is a point's price", "1200 / 150", "price of a label"),
        Wrong("errors are points", "1200 / (0.2 * 150)", "Errors found are not points"),
        Wrong("any share of wrong labels will do",
              "12 / (duels['new rows'] - duels['base'])[duels['noise'] == 0.3].mean()",
              "another share"),
        Wrong("accuracy is what was bought", "1200 / (100 * at['new rows'].mean())",
              "over the base"),
        Wrong("more gain, more dollars", "1200 * gained", "multiplies"),
    ),
    given="import numpy as np\nfrom helpers import rates\n"
    "from helpers.exercises.desk import duels as again\nduels = again()",
)  # fmt: skip


# --- 3-1e: decide and defend --------------------------------------------------------------------


ADVICE = Exercise(
    id="3-1e", name="advice",
    reason=rubric(
        Point("the share of wrong labels",
              r"(share|rate|percent\w*|%|fraction|number) (of )?(the )?(wrong|bad|label)|nois|"
              r"label error|wrong labels|how many labels|error rate",
              "Which unknown quantity decides, and how do you estimate it first?"),
        Point("where the two options cross",
              r"cross|overtak|break.?even|tip|below (about )?\d|above (about )?\d|up to \d|"
              r"more than (about )?\d+ ?%|one in (three|four|five|ten)|between \d",
              "From which share of wrong labels on do labels beat the better model?"),
        Point("dollars per point",
              r"(\$|dollars?)[^.]{0,60}point|points?[^.]{0,60}(\$|dollars?)|price of a point|"
              r"(cost|price) per point",
              "What does a point of accuracy cost with either, in dollars?"),
        Point("what would change your mind",
              r"change (my|our|your) mind|unless|if (the|it|we|they|a|more|fewer)|otherwise|"
              r"would reverse|instead if",
              "Which finding would reverse your decision?"),
        least=40,
    ),
    hints=("Read the figure of loop 3 from left to right: what must the desk lead know first?",
           "A random sample of re-checked labels measures it; put its size and its price down.",
           "Say where the lines cross, what a point costs on either side, and what would make you "
           "choose the other option."),
    solution='''
advice = """First find out how many labels are wrong: a clerk re-checks 25 drawn at random, $200,
and what is found wrong is repaired. Below about one in five, take the modelling day: boosting gains
more than a point, so a point costs under $1,200, while 150 new rows gain half as much. Above about
one in three, buy labels: new rows, or a re-check at random or where the model is unsure, never by
suspicion. In between the two options cross, and other reasons decide. I would change my mind if the
errors sat in one office, because then they are not random, or if the interval of the 25 reached
across the crossing: then I would check 25 more."""
''',
    explains="A model answer to compare yours with. Another decision can be as good, if it "
    "measures the share of wrong labels before it spends the rest.",
    right=('"""We estimate the noise from a random re-check of thirty labels. The lines cross near '
           '30 % wrong labels. Under that the modelling day is cheaper: about 700 dollars a point '
           'against two thousand for new rows. Over it the labels win. If the re-check finds that '
           'the errors are not random, the picture is another one and we ask again."""',),
    wrong=(
        Wrong("models are where progress is", 'advice = "Take the modelling day, because boosting '
              'wins most competitions on tables and our engineer knows it well. A day is a day, '
              'the result can be shown at once, and the desk will have a modern model that '
              'everybody in the field respects and that needs no clerk."', "unknown quantity"),
        Wrong("data always beat models", 'advice = "Buy the labels. Data quality comes first, as '
              'everybody says, and wrong labels are poison for every model that is trained on '
              'them. The clerks are good and quick, and clean data stay clean for all later '
              'models, which is worth more than a day of work on one of them."', "labels beat"),
        Wrong("accuracy needs no price", 'advice = "Estimate the share of wrong labels with a '
              'small random sample first. Below about 30 % the better model gains more, above it '
              'the new labels do, so act accordingly. The engineer and the clerks are both ready '
              'to begin, and whoever is not chosen gets the money next year."', "accuracy cost"),
        Wrong("the answer is final", 'advice = "Estimate the share of wrong labels with a small '
              'random sample first. Below about 30 % the better model gains more and a point '
              'costs about 900 dollars; above it the labels do. We found one label in ten to be '
              'wrong. So the modelling day it is, and the matter is closed."', "reverse your"),
    ),
)  # fmt: skip

EXERCISES: tuple[Exercise, ...] = (RIVALS, NEEDED, POINT, LADDER, ADVICE)

QUIZ: tuple[Question, ...] = (
    Question(
        "One-hot codes beat the same codes as numbers in the logistic model. Why?",
        "A code's order means nothing, and a line must obey it",
        "The model could not say what the picture showed: young no, middle yes, old no.",
        (("More columns always help", "Columns that mean nothing hurt. These say something new."),
         ("A logistic model needs many columns",
          "It needs columns in which its sum of effects makes sense; two can be enough."),
         ("The numbers were not scaled", "They were: the raw model standardises every column.")),
    ),
    Question(
        "Boosting came after the features and gained nothing. What follows?",
        "The features had already bought what it sells",
        "First on the ladder, it gained nearly as much as they did.",
        (("Boosting is useless on this table", "Put first, it gains almost all that they gain."),
         ("Features matter and models don't",
          "That is the order speaking. Swap the two rungs and the sentence turns round.")),
    ),
    Question(
        "The suspicious list found more wrong labels and gained less. Why?",
        "It finds errors where the model already decides rightly",
        "Suspicion needs a sure model, and there a repair changes no decision.",
        (("The detector is broken", "It found far more errors than chance: it detects well."),
         ("150 labels are too few", "The random 150 were no more, and they gained."),
         ("It was bad luck", "Twelve paired repeats, and an interval far from zero.")),
    ),
    Question(
        "You blend two models half and half. What is sure about the squared error?",
        "It is not above the mean of the two errors",
        "It is that mean less a quarter of the mean squared distance between the models.",
        (("It is below the better model's error",
          "Not if one of them is much worse, or if both say the same."),
         ("It falls only if both are independent",
          "The identity asks for no independence: any distance lowers it.")),
    ),
)  # fmt: skip
