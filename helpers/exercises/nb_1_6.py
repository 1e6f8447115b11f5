"""The exercises and the quiz of notebook 1-6: a vote, whom to train, a mirror, a band, a page.

The checks recompute from the notebook's generated crowd (`crowd.py` makes it once more) and from
the prices in each task; a repaired function is judged on fresh labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers.exercises import read
from helpers.exercises.crowd import four_by, reached
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric

# What the exercises take from the notebook, under the notebook's names.
CROWD = """
import numpy as np
from helpers.exercises.crowd import crowd, dawid_skene, share_right
labels, key = crowd()
asked = (~np.isnan(labels)).sum(axis=1)
p_yes, says_yes, says_no, _ = dawid_skene(labels)
quality = (says_yes + says_no) / 2
yes_share = np.nanmean(labels, axis=0)
"""


# --- 1-6a: a vote of three ----------------------------------------------------------------------


def _three(answer: Any) -> str | None:
    q, x = 0.75, read.number(answer, "the share")
    if abs(x) > 1:
        return "that looks like a percentage or a count; give a share between 0 and 1."
    slips = (
        (q**3 + 3 * q**2 * (1 - q), None),
        (q, "that is one person. Two of three are enough, so a slip can be outvoted."),
        (q**3, "all three need not agree: two are a majority too. In how many ways can exactly "
         "one of the three be wrong?"),
        (1 - (1 - q) ** 3, "that is the chance that at least one is right. A majority is two."),
        (q**3 + q**2 * (1 - q), "exactly one wrong can happen in three ways: it may be anybody."),
    )  # fmt: skip
    for value, reason in slips:
        if abs(x - value) < 0.0006:
            return reason
    return "add two cases: all three right, and exactly two right, which happens in three ways."


THREE = Exercise(
    id="1-6a", name="majority_of_three", reason=_three,
    hints=("Two right answers are a majority. Which cases have at least two?",
           "Exactly one wrong happens in three ways, each with chance .75 x .75 x .25.",
           "Add .75 to the third power."),
    solution="majority_of_three = 0.75**3 + 3 * 0.75**2 * 0.25",
    explains="Two more people buy about nine points, if their mistakes are independent. The next "
    "two would buy less.",
    right=("27 / 32", "round(majority_of_three, 3)", "__import__('fractions').Fraction(27, 32)",
           "np.float32(0.84375)"),
    wrong=(
        Wrong("a vote is as good as its members", "0.75", "that is one person"),
        Wrong("a majority must be of one mind", "0.75**3", "need not agree"),
        Wrong("one right answer is enough", "1 - 0.25**3", "at least one is right"),
        Wrong("one wrong is one case", "0.75**3 + 0.75**2 * 0.25", "three ways"),
    ),
    given="import numpy as np",
)  # fmt: skip


# --- 1-6b: whom to train ------------------------------------------------------------------------


def _train(answer: Any) -> str | None:
    found = read.sequence(sorted(answer) if isinstance(answer, (set, frozenset)) else answer)
    workers = frozenset(int(read.number(v, "a worker's number")) for v in found)
    sets = four_by()
    if workers == sets["train"]:
        return None
    if len(workers) != 4:
        return f"you name {len(workers)} different workers; there is money for four."
    if min(workers) < 0 or max(workers) > 163:
        return "the workers are the rows of labels, numbered from 0 to 163."
    both = len(workers & sets["train"])
    if workers == sets["vote"]:
        return (f"these agree least with the vote; {both} of them are right. The vote is partly "
                "the worker's own: the busy hide in it. Use quality, and asked.")  # fmt: skip
    if workers == sets["quality"]:
        return (f"these have the lowest quality, and {both} of them are right. Where few labels "
                "were given, training prevents few wrong ones.")  # fmt: skip
    if workers <= sets["few"]:
        return ("these gave the fewest labels. Who labels little does little harm, and nothing "
                "says that they are worse.")  # fmt: skip
    return (f"{both} of these four are right. Estimate for each worker how many labels are wrong: "
            "the labels given, times the estimated share of wrong ones.")  # fmt: skip


TRAIN = Exercise(
    id="1-6b", name="to_train", reason=_train,
    hints=("A bad worker who labels one sheet does little harm. What should the two arrays make "
           "together?",
           "1 - quality is the estimated share of wrong labels. Times what is it a number?",
           "Sort the workers by asked * (1 - quality), largest first, and take four."),
    solution="""
wrong_labels = asked * (1 - quality)
to_train = set(np.argsort(-wrong_labels)[:4].tolist())
""",
    explains="They are the four busiest: paid by volume, they earned most and erred most. No key "
    "was needed to find them, and no key was needed to see that the plan pays for volume.",
    right=("sorted(to_train, reverse=True)", "np.array(list(to_train))",
           "tuple(float(w) for w in to_train)"),
    wrong=(
        Wrong("disagreement with the vote is error", """
counted = ~np.isnan(labels) & (yes_share != 0.5)
agrees = np.where(counted, labels == (yes_share > 0.5), np.nan)
to_train = set(np.argsort(np.nanmean(agrees, axis=1), kind="stable")[:4].tolist())
""", "partly the worker's own"),
        Wrong("lowest quality means most harm",
              "set(np.argsort(quality, kind='stable')[:4].tolist())", "training prevents few"),
        Wrong("practice makes perfect, so the rare are worst",
              "set(np.argsort(asked, kind='stable')[:4].tolist())", "fewest labels"),
        Wrong("everybody below a line", "set(np.flatnonzero(quality < 0.6).tolist())",
              "money for four"),
    ),
    given=CROWD,
)  # fmt: skip


# --- 1-6c: a bug hunt ---------------------------------------------------------------------------


def _start(answer: Any) -> str | None:
    if not callable(answer):
        return _start_value(read.number(answer, "the accuracy"))
    rng = np.random.default_rng(5)
    labels = np.where(rng.random((15, 60)) < 0.6, (rng.random((15, 60)) < 0.5) * 1.0, np.nan)
    labels[0] = np.where(np.isnan(labels[0]), 1.0, labels[0])  # nobody's item stays empty
    share = np.nanmean(labels, axis=0)
    found = np.asarray(read.sequence(read.calls(answer, labels.copy()), 60), dtype=float)
    clear = abs(share - 0.5) > 0.1
    if not np.isfinite(found).all() or found.min() < 0 or found.max() > 1:
        return "your function must return a chance between 0 and 1 for each item."
    agrees = ((found > 0.5) == (share > 0.5))[clear].mean()
    if agrees > 0.99:
        return None
    if agrees < 0.01:
        return "your function still starts from the mirror: where most say yes, it says no."
    return ("a start must tell yes from no: for each item, the share of its labels that say yes. "
            "From a start that knows nothing, EM can go either way.")  # fmt: skip


def _start_value(x: float) -> str | None:
    values = reached()
    x = x / 100 if x > 1 else x
    slips = (
        ("right", None),
        ("mirror", "that is the mirror itself. More rounds do not leave it: the likelihood is the "
         "same in the mirror. Look at the start."),
        ("dropped", "without the workers whom it calls worst it is no better. In the mirror the "
         "best look worst: you dropped the best."),
        ("vote", "that is the vote. What does EM reach when it starts from there?"),
    )  # fmt: skip
    for name, reason in slips:
        if abs(x - values[name]) < 0.0006:
            return reason
    return "that is not what EM reaches from the vote. Repair the start, change nothing else."


BUG_HUNT = Exercise(
    id="1-6c", name="repaired", reason=_start,
    hints=("An answer that is nearly always wrong knows a lot. What would its opposite reach?",
           "EM never learns which of its two answers is called yes. Where does it get that from?",
           "Which labels does colleagues_start count?"),
    solution="""
def repaired(labels):
    return (labels == 1).sum(axis=0) / (~np.isnan(labels)).sum(axis=0)
""",
    explains="The start counted the noes. Swap yes and no, and swap every worker's rates: the data "
    "are exactly as likely. Only the start, the vote, says which of the two worlds is meant.",
    right=("lambda labels: np.nanmean(labels, axis=0)",
           "lambda labels: (np.nanmean(labels, axis=0) > 0.5).astype(float)",
           "share_right(dawid_skene(labels)[0], key)",
           "round(100 * share_right(dawid_skene(labels, start=yes_share)[0], key), 1)"),
    wrong=(
        Wrong("EM needs more rounds",
              "share_right(dawid_skene(labels, rounds=400, start=1 - yes_share)[0], key)",
              "More rounds"),
        Wrong("the worst workers spoil it", """
_, hit, no, _ = dawid_skene(labels, start=1 - yes_share)
kept = np.delete(labels, np.argsort(hit + no, kind="stable")[:20], axis=0)
repaired = share_right(dawid_skene(kept, start=1 - np.nanmean(kept, axis=0))[0], key)
""", "dropped the best"),
        Wrong("still counts the noes", "lambda labels: 1 - np.nanmean(labels, axis=0)",
              "from the mirror"),
        Wrong("a neutral start is fair", "lambda labels: np.full(labels.shape[1], 0.5)",
              "knows nothing"),
    ),
    given=CROWD,
)  # fmt: skip


# --- 1-6d: a band from prices -------------------------------------------------------------------


def _band(answer: Any) -> str | None:
    if hasattr(answer, "left") and hasattr(answer, "right"):  # a pandas Interval
        answer = (answer.left, answer.right)
    found = read.numbers(answer, ("from", "to"))
    low, high = sorted(found.values())  # either order names the band
    wage, approval, refusal = 5, 60, 20
    want = wage / refusal, 1 - wage / approval
    if max(low, high) > 1 or min(low, high) < 0:
        return "scores lie between 0 and 1, and so do both ends of the band."
    near = [read.near(x, truth) for x, truth in zip((low, high), want, strict=True)]
    if all(near):
        return None
    if abs(low + high - 1) < 0.002:
        return ("that is symmetric around .5, and the prices are not: a wrong approval costs "
                "three times a wrong refusal.")  # fmt: skip
    if abs(low + high - 1.5) < 0.002:
        return ("that is symmetric around .75. The threshold sits there, but the loss falls three "
                "times as fast on one side as it rises on the other.")  # fmt: skip
    if abs(low - wage / approval) < 0.001 or abs(high - (1 - wage / refusal)) < 0.001:
        return "the prices are swapped: at a low score the model refuses. What does that cost?"
    if near[0] or near[1]:
        return f"the {'lower' if near[0] else 'upper'} end is right. Now the other inequality."
    return "compare $5 with what the model expects to lose: 20p below, 60(1 - p) above."


BAND = Exercise(
    id="1-6d", name="band", reason=_band,
    hints=("This clerk costs $5, whatever the applicant. When does the model expect to lose more?",
           "If the model refuses, it expects to lose 20p. If it approves, 60(1 - p).",
           "Solve 20p > 5 for the lower end and 60(1 - p) > 5 for the upper one."),
    solution="""
lower = 5 / 20
band = (lower, 1 - 5 / 60)
""",
    explains="The band lies unevenly around .75, because the prices are uneven. It is wider than "
    "the desk's: a cheaper clerk who never slips sees more people.",
    right=("[0.25, 11 / 12]", "pd.Interval(*band, closed='left')", "np.array([0.25, 0.917])",
           '{"from": 0.25, "to": 0.9167}'),
    wrong=(
        Wrong("unsure means near one half", "(0.25, 0.75)", "symmetric around .5"),
        Wrong("a fixed distance from the threshold", "(0.65, 0.85)", "symmetric around .75"),
        Wrong("a low score risks a wrong approval", "(5 / 60, 0.7)", "prices are swapped"),
    ),
    given="import numpy as np\nimport pandas as pd",
)  # fmt: skip


# --- 1-6e: decide and defend --------------------------------------------------------------------


PAGE = Exercise(
    id="1-6e", name="page",
    reason=rubric(
        Point("volume is not quality",
              r"qualit|accura|not (by |for )?(volume|the number)|right labels|wrong labels|"
              r"error|\bEM\b|estimat",
              "What is the bonus paid for, if those who labelled most were near chance?"),
        Point("the case mix",
              r"case.?mix|standardi|easy|hard(er)? cases|kind of cases|comparable|same cases|"
              r"like with like|silent|difficult",
              "Who gets the easy cases, and how does your report allow for that?"),
        Point("who lacks a human",
              r"disab|refus|group|lack|left alone|without a (human|person|clerk)|appeal",
              "Whom does the cheapest rule leave alone with the machine, and what do you do?"),
        Point("what the workers are told and offered",
              r"train|told|tell|explain|announce|inform|ask(ed)? (them|the)|competen|"
              r"facilitat|support|feedback|transparen",
              "What do the workers hear, and which of the three supports do they get?"),
        least=40,
    ),
    hints=("Four things must be on the page: what the bonus pays for, who sees which case, how "
           "the month is reported, what the workers hear.",
           "Read the row of the busiest four, the bars of loop 4, and the last table again.",
           "Say: estimated quality; case mix; every refusal of a person with a disability; "
           "training, tools that people master, time to ask."),
    solution='''
page = """Bonus: for estimated quality times labels, from EM, never for volume alone, and nothing is
taken from anybody before training was offered. Hand-over: by prices, and a clerk also sees each
refusal of a person with a disability; it costs 90 cents an applicant and is worth it. Report: the
model and the clerks side by side on the same kinds of cases, standardised to one case mix, with
the model's silent decisions logged. The workers are told all of this beforehand. They get training
with the tool, tools that they master, and an environment in which they may overrule the machine
and say so without harm."""
''',
    explains="A model answer to compare yours with. Another rule can be as good, if it says what "
    "is paid for, how cases are compared, who lacks a human, and what the workers hear.",
    right=('"""We pay for accuracy as estimated without a key, not for volume. A clerk sees the '
           'unsure band and every appeal. We compare people and model on comparable cases only. '
           'Everybody is informed, gets training, and may ask to see the estimate and to object '
           'to it before it counts for money."""',),
    wrong=(
        Wrong("whoever works most deserves most", 'page = "The bonus goes to those with the most '
              'labels, because they work hardest, and the hand-over rule is the cheapest one that '
              'we have found. The report shows one number a month for each member of the team, '
              'and everybody can see it on the wall beside the door."', "near chance"),
        Wrong("one table ranks all", 'page = "The bonus is paid for estimated quality and not for '
              'volume. A clerk sees the unsure band. The report ranks the model and the clerks by '
              'their shares of right decisions last month, the best of them on top, and whoever '
              'stands last gets training first."', "gets the easy cases"),
        Wrong("the cheapest rule serves everybody", 'page = "The bonus is paid for estimated '
              'quality and not for volume. The hand-over rule follows the prices and nothing else, '
              'so that it is fair by construction. The report is standardised by case mix, month '
              'by month. The workers are told and trained."', "leave alone"),
        Wrong("workers need not know", 'page = "The bonus is paid for estimated quality and not '
              'for volume. A clerk sees the unsure band and all refusals of people with a '
              'disability. The report is standardised by case mix. It goes to the head of '
              'operations only, since numbers make people nervous."', "do the workers hear"),
    ),
)  # fmt: skip

EXERCISES: tuple[Exercise, ...] = (THREE, TRAIN, BUG_HUNT, BAND, PAGE)

QUIZ: tuple[Question, ...] = (
    Question(
        "An item has nine labels, and you can buy more. When does that help?",
        "If the new labels know something, and the vote is still close",
        "Each further label of a good worker helps less; one of a coin does not help at all.",
        (("Always: errors cancel out",
          "Errors of people who know something do. Four people near chance only add noise."),
         ("Never: nine is enough for any vote",
          "With hard items or weak workers nine can still be close; EM shows which items are.")),
    ),
    Question(
        "The model is surest about 40 % of the applicants. Do those need no human?",
        "Some do: it can be sure and wrong for a whole group",
        "Nearly all employed people with a disability among them were refused.",
        (("No: sure means right", "On average. Averages hide who the exceptions are."),
         ("All do: a score says nothing about certainty",
          "It says a lot: accuracy rises steadily as coverage falls.")),
    ),
    Question(
        "After clerks join, the model's accuracy on its cases is ten points higher. Why?",
        "Its case mix changed: it kept the easy ones",
        "Standardised to the old mix it stood exactly still.",
        (("It improved", "Not one of its decisions changed."),
         ("It learned from the clerks", "Nothing was fitted: same scores, same threshold.")),
    ),
    Question(
        "A machine is good at one type of item and a coin on all others. How do you use it?",
        "Route its type to it, and the others to people",
        "There it is better than one person, and it does no harm elsewhere.",
        (("Give it one vote among the people", "Its vote counts at ties only: drowned."),
         ("Leave it out: it is a coin on average",
          "The average is of two kinds of item. Look at each kind.")),
    ),
)  # fmt: skip
