"""The exercises and the quiz of notebook 1-2: labels, discordant pairs, a bootstrap, boxes, advice.

Counts come from the published table that the notebook names; a repaired bootstrap and a function
for boxes are judged by what they do with fresh people and fresh boxes.
"""

from __future__ import annotations

import functools
from statistics import NormalDist
from typing import Any

import numpy as np

from helpers.exercises import read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric


def _slip(x: float, slips: tuple, otherwise: str, digits: int = 2) -> str | None:
    """The reason of the first value that x equals; the right one (no reason) to three digits."""
    near = (why for value, why in slips if read.near(x, value, digits if why else 3))
    return next(near, otherwise)


def _n(share: float = 0.5, margin: float = 0.02, level: float = 0.95) -> float:
    """How many answers put a share within +-margin at this level."""
    return NormalDist().inv_cdf((1 + level) / 2) ** 2 * share * (1 - share) / margin**2


def _labels(answer: Any) -> str | None:
    return _slip(read.number(answer, "the number of labels"), (
        (_n(), None),
        (_n(margin=0.01), "that is for 1 point either way. Halving the error quadruples the price: "
         "what does doubling it do?"),
        (_n(margin=0.04), "that is for 4 points either way. The interval is 4 points wide in all, "
         "2 to either side."),
        (_n(level=0.9), "that is the number for 90 %: 1.645 standard errors. For 95 % take 1.96."),
        (_n(level=0.99), "that is the number for 99 %: 2.576 standard errors. For 95 % take 1.96."),
        (2500, "that is with 2 standard errors, a rule of thumb. With 1.96 it is a few less."),
        (_n() ** 0.5, "that is the square root of it: the error falls with the root of n, so n "
         "grows with the square."),
        (2 * _n(), "the variance of a share is p(1 - p), a fourth at worst. You used p, one half."),
        (_n(share=0.8), "that plans for 80 % right, and you know nothing yet. Which share has the "
         "largest p(1 - p)?"),
    ), "set 1.96 times the square root of p(1 - p)/n equal to .02, with the p that makes the "
       "error largest, and solve for n.")  # fmt: skip


LABELS = Exercise(
    id="1-2a", name="labels", reason=_labels,
    hints=("The standard error is the root of p(1 - p)/n. For which p is it largest?",
           "Half the interval is 1.96 standard errors, and it shall be 2 points, .02.",
           "n is 1.96 squared, times a fourth, divided by .02 squared."),
    solution="labels = 1.96**2 * 0.5 * (1 - 0.5) / 0.02**2",
    explains="2,401. One half is the worst case: at 80 % right about two thirds of them will do.",
    right=("2401", "int(labels)", "np.float64(2400.91)", "Fraction(2401)"),
    wrong=(
        Wrong("the number for 1 point will do", "9604", "quadruples the price"),
        Wrong("90 % is the usual level", "1692", "number for 90 %"),
        Wrong("the error falls with n", "1.96 * 0.5 / 0.02", "square root of it"),
        Wrong("the variance of a share is the share", "1.96**2 * 0.5 / 0.02**2", "You used p"),
        Wrong("the vendor's 80 % is known", "1.96**2 * 0.8 * 0.2 / 0.02**2", "know nothing yet"),
    ),
    given="import numpy as np\nfrom fractions import Fraction\n",
)  # fmt: skip


@functools.cache
def _tasks() -> tuple[int, int, int, int]:
    """Coding tasks: right in both months, only in March, only in June, in neither."""
    from helpers import data

    rows = data.load("published/llm_drift_pairs").query(
        "task == 'leetcode_easy' and scoring == 'fences removed' and model == 'GPT-4'")  # fmt: skip
    columns = ["right_right", "right_wrong", "wrong_right", "wrong_wrong"]
    return tuple(int(v) for v in rows[columns].iloc[0])


def _p_value(answer: Any) -> str | None:
    from helpers import rates

    both, march, june, neither = _tasks()
    exact, n, lead = rates.mcnemar(march, june), both + march + june + neither, june - march
    share = (2 * both + march + june) / (2 * n)
    two_shares, chi = (2 * NormalDist().cdf(-lead / variance**0.5)
                       for variance in (2 * n * share * (1 - share), march + june))  # fmt: skip
    return _slip(read.number(answer, "p"), (
        (exact, None), (exact, "right so far as it goes: give three digits."),
        (exact / 2, "that is one tail. Two-sided counts a lead of either month: both tails."),
        (two_shares, "that is a test of two separate shares. The tasks are the same: use only the "
         "pairs that disagree."),
        (chi, "that is the chi-square approximation. With so few discordant tasks count exactly."),
        (rates.mcnemar(both + march, both + june), "you compared the totals. The tasks solved in "
         "both months are in both totals: leave them out."),
    ), "if neither month were better, a coin would decide each task that only one month solved. "
       "How rarely is it as uneven as 2 to 11, or more?")  # fmt: skip


MCNEMAR = Exercise(
    id="1-2b", name="p_value", reason=_p_value,
    hints=("Which of the four numbers tell March from June?",
           "Thirteen tasks disagree. How probable are 0, 1 or 2 heads in 13 throws of a coin?",
           "Add that up, and double it: both tails. Or find the function in rates."),
    solution="""
from math import comb
tail = sum(comb(13, heads) for heads in range(3)) / 2**13
p_value = 2 * tail
""",
    explains="Only 13 of 50 tasks speak. As two separate shares 26 and 35 would not pass 5 %.",
    right=("rates.mcnemar(2, 11)", "round(p_value, 4)", "np.float32(p_value)"),
    wrong=(
        Wrong("one tail is enough", "p_value / 2", "one tail"),
        Wrong("two shares of 50", "2 * norm.cdf(-9 / 50 / (2 * 0.61 * 0.39 / 50) ** 0.5)",
              "pairs that disagree"),
        Wrong("chi-square will do", "2 * norm.cdf(-9 / 13**0.5)", "chi-square approximation"),
        Wrong("the totals are tested", "rates.mcnemar(26, 35)", "in both totals"),
    ),
    given="import numpy as np\nfrom scipy.stats import norm\nfrom helpers import rates\n",
)  # fmt: skip

PAIRED, FRESH = (780, 17, 5, 198), (300, 30, 12, 158)  # both right, only A, only B, neither


def _repaired(answer: Any) -> str | None:
    table = FRESH if callable(answer) else PAIRED
    order = np.random.default_rng(1).permutation(sum(table))
    a, b = np.repeat([1, 1, 0, 0], table)[order], np.repeat([1, 0, 1, 0], table)[order]
    ends = read.calls(answer, a.copy(), b.copy()) if callable(answer) else answer
    ends = [ends.low, ends.high] if hasattr(ends, "low") else read.sequence(ends, 2)
    low, high = sorted(read.number(end, "an end of the interval") for end in ends)
    difference, middle = (a - b).mean(), (low + high) / 2
    paired = 2 * 1.96 * (a - b).std() / len(a) ** 0.5
    apart = 2 * 1.96 * ((a.var() + b.var()) / len(a)) ** 0.5
    if abs(middle - difference) > paired / 4:
        if abs(middle + difference) < paired / 4:
            return "the sign is turned round: A minus B."
        return "its middle is not the difference: draw people, subtract B's mean from A's."
    for width, reason in (
        (paired, None),
        (apart, "as wide as before. More resamples don't help: the width settles, at the wrong "
         "place. Who is drawn for A, and who for B?"),
        (apart / 2**0.5, "a root of 2 is a factor for independent errors, and these move together. "
         "Draw each person once for both models."),
    ):  # fmt: skip
        if 0.85 < (high - low) / width < 1.15:
            return reason
    kind = "wide" if high - low > paired else "narrow"
    return (f"still too {kind}. Draw the numbers of the people once, and look up both models' "
            "answers for these same people.")  # fmt: skip


BOOTSTRAP = Exercise(
    id="1-2c", name="repaired", reason=_repaired,
    hints=("On how many people do the models disagree? Can their difference move by 7 points?",
           "again_a[0] and again_b[0]: do they belong to the same person?",
           "Draw positions instead of answers, with rng.integers, and use them for a and for b."),
    solution="""
def repaired(a, b, draws=2_000):
    rng, differences = np.random.default_rng(0), []
    for _ in range(draws):
        who = rng.integers(0, len(a), len(a))  # one draw of people for both models
        differences.append(a[who].mean() - b[who].mean())
    return np.quantile(differences, [0.025, 0.975])
""",
    explains="One draw of people for both models: then the luck that they share cancels.",
    right=("rates.paired", "repaired(a, b)", "lambda a, b: tuple(repaired(a, b, 500))"),
    wrong=(
        Wrong("more resamples cure it", "lambda a, b: colleagues_interval(a, b, 6_000)",
              "the width settles"),
        Wrong("two samples, so divide by the root of 2", """
def repaired(a, b):
    low, high = colleagues_interval(a, b)
    return [(a - b).mean() + (x - (low + high) / 2) / 2**0.5 for x in (low, high)]
""", "these move together"),
        Wrong("B minus A is the same", "lambda a, b: rates.paired(b, a)", "sign is turned"),
    ),
    given="""import numpy as np
from helpers import rates
a = np.repeat([1, 1, 0, 0], [780, 17, 5, 198])
b = np.repeat([1, 0, 1, 0], [780, 17, 5, 198])
def colleagues_interval(a, b, draws=2_000):
    rng = np.random.default_rng(0)
    return np.quantile([rng.choice(a, len(a)).mean() - rng.choice(b, len(b)).mean()
                        for _ in range(draws)], [0.025, 0.975])
""",
)  # fmt: skip

# Pairs of boxes (top, left, bottom, right): overlapping, nested, equal, touching, apart.
BOXES = (
    ((4, 0, 7, 4), (1, 3, 6, 5)), ((0, 0, 4, 4), (1, 1, 3, 2)), ((2, 1, 5, 9), (2, 1, 5, 9)),
    ((0, 0, 2, 2), (0, 2, 2, 4)), ((0, 0, 1, 1), (3, 3, 5, 6)), ((0, 4, 2, 5), (1, 0, 9, 3)),
)  # fmt: skip


def _areas(a: tuple, b: tuple, more: int = 0) -> tuple[int, int, int]:
    """Shared area and both areas, each side `more` longer than it is."""
    meet = (max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))
    return tuple(max(0, box[2] - box[0] + more) * max(0, box[3] - box[1] + more)
                 for box in (meet, a, b))  # fmt: skip


def _boxes(answer: Any) -> str | None:
    for a, b in BOXES:
        try:
            x = read.calls(answer, a, b)
        except read.Unreadable:  # a function that needs arrays
            x = read.calls(answer, np.array(a), np.array(b))
        x, (shared, one, two) = read.number(x, "what your function returns"), _areas(a, b)
        truth = shared / (one + two - shared)
        if not read.near(x, truth) and abs(x - truth) > 1e-6:
            return f"for {a} and {b}: " + _box_slip(x, a, b)
    return None


def _box_slip(x: float, a: tuple, b: tuple) -> str | None:
    shared, one, two = _areas(a, b)
    if shared == 0:
        return "they share nothing. Two negative sides have a positive product: clip each at 0."
    inner, outer, other = _areas(a, b, 1)
    return _slip(x, (
        (shared / (one + two), "you divide by the sum of the areas: the overlap is counted twice. "
         "Take it off once."),
        (2 * shared / (one + two), "that is the Dice score. IoU divides by the area that the two "
         "boxes cover together."),
        (inner / (outer + other - inner), "you count both ends. A side from 0 to 2 is 2 long, "
         "not 3."),
        (shared / min(one, two), "you divide by the smaller box. A huge box would always win."),
        (100 * shared / (one + two - shared), "that is a percentage; IoU lies between 0 and 1."),
    ), f"IoU is {shared}/{one + two - shared}, and you get {x:.3g}. Draw the boxes: their last two "
       "numbers are bottom and right, not height and width.", digits=3)  # fmt: skip


IOU = Exercise(
    id="1-2d", name="my_iou", reason=_boxes,
    hints=("The shared area is a box again. Where do its top and its bottom lie?",
           "Its top is the larger of the two tops, its bottom the smaller of the two bottoms; a "
           "side below 0 means that nothing is shared.",
           "Area covered together: both areas, less the shared one, which is in both."),
    solution="""
def my_iou(a, b):
    height = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    width = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    area_a, area_b = (a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])
    return height * width / (area_a + area_b - height * width)
""",
    explains="Clip each side at 0, not the product: two negative sides make a positive area.",
    right=("lambda a, b: np.float32(my_iou(a, b))", "lambda a, b: round(my_iou(b, a), 4)",
           "lambda a, b: my_iou(a[..., :], b[..., :])"),
    wrong=(
        Wrong("the union is the sum of the areas",
              "lambda a, b: my_iou(a, b) / (1 + my_iou(a, b))", "counted twice"),
        Wrong("apart takes care of itself", """
def my_iou(a, b):
    shared = (min(a[2], b[2]) - max(a[0], b[0])) * (min(a[3], b[3]) - max(a[1], b[1]))
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)
""", "clip each at 0"),
        Wrong("both ends of a side count",
              "lambda a, b: my_iou((*a[:2], a[2] + 1, a[3] + 1), (*b[:2], b[2] + 1, b[3] + 1))",
              "count both ends"),
        Wrong("height and width come last",
              "lambda a, b: my_iou((*a[:2], a[0] + a[2], a[1] + a[3]), "
              "(*b[:2], b[0] + b[2], b[1] + b[3]))", "not height and width"),
    ),
    given="import numpy as np\n",
)  # fmt: skip

ADVICE = Exercise(
    id="1-2e", name="my_advice",
    reason=rubric(
        Point("what a wrong pick costs",
              r"wrong|worse|mistake|error|loss|lose|lost|regret|short of|below the best",
              "Picking a model that is a little worse: what does that cost in three years?"),
        Point("what labels cost", r"40[,.]?\d{3}|40 ?k|label", "Set that price beside it."),
        Point("a paired comparison",
              r"pair|mcnemar|holm|same [\d,]*\s?(people|applicant|person)|discordant|disagree|"
              r"(person|applicant|case) (by|for) (person|applicant|case)",
              "How are two models compared that judge the same people?"),
        Point("what would change your mind",
              r"chang|unless|\bif\b|otherwise|reconsider|until|once (we|i|the)",
              "Which fact or price would make you decide otherwise?"),
        least=25,
    ),
    hints=("How far below the best is a board's leader on average, and how many wrong decisions a "
           "year is that? The cell of the 200 boards prints it.",
           "Three years of those, at $20 to $60 each: more than $40,000? And name the test."),
    solution='''
my_advice = """Take the cheapest licence among the models that McNemar's paired test, after Holm,
cannot tell from the leader. A leader is on average a quarter of a point below the best: some 140
more wrong decisions a year, 9,000 to 26,000 dollars in three years. Labels cost 40,000, more than
the mistake that they spare us; licences differ by up to 30,000. I would change my mind if a wrong
decision cost ten times as much, or if the cheapest model did clearly worse for one group."""
''',
    explains="A model answer. Where a wrong decision costs more, buying labels can be right too.",
    right=('"Buy the labels for 40,000 dollars. The leader may be worse than a rival by a point, '
           'which costs more than that in three years, and 1,000 people are too few for a paired '
           'interval that excludes it. If a pilot shows less harm, I sign at once."',),
    wrong=(
        Wrong("first place is first place", 'my_advice = "Sign with the leader. It came first with '
              'one thousand people, a large number, and the head of operations wants to see a '
              'decision this week and not next year."', "three years"),
        Wrong("intervals that overlap settle it", 'my_advice = "The intervals overlap, so there is '
              'no difference: a wrong pick costs nothing, and labels for 40,000 dollars are a '
              'waste of money. We take the cheapest one and go home."', "judge the same people"),
        Wrong("nothing could sway me", 'my_advice = "McNemar on the same people tells two from the '
              'leader. A wrong pick costs 26,000 dollars at most, the labels 40,000, so we sign '
              'for the cheapest of the others today, and that is my last word."', "otherwise"),
    ),
)  # fmt: skip

EXERCISES: tuple[Exercise, ...] = (LABELS, MCNEMAR, BOOTSTRAP, IOU, ADVICE)

QUIZ: tuple[Question, ...] = (
    Question(
        "Two models judge the same people, and their 95 % intervals overlap. What follows?",
        "Nothing yet: compare them person by person",
        "Shared luck cancels in the paired difference, so its interval can be far narrower.",
        (("There is no difference between them",
          "On the boards most of the pairs that really differed had intervals that overlap."),
         ("The test set is too small to tell them apart",
          "It may be large enough for the paired difference, which has a smaller error.")),
    ),
    Question(
        "You average 20 seeds on the same 500 people. What happens to the test sample's error?",
        "It stays as it is",
        "All 20 networks meet the same 500 people. Only the seed's part shrinks.",
        (("It shrinks by the square root of 20",
          "That is what happens to the seed's part. The people tested are still 500."),
         ("It is gone: 20 times 500 are 10,000 answers",
          "Each person is counted 20 times; that is the second fault of this notebook.")),
    ),
    Question(
        "float64 carries about 16 digits. How many correct ones does your result carry?",
        "That depends on the problem and on the algorithm",
        "Longley's problem took few digits from one program, and half of them from another.",
        (("15, give or take one",
          "Only where the problem does not magnify rounding: try the normal equations."),
         ("As many as the data had",
          "The data were exact in this notebook, and digits were lost all the same.")),
    ),
    Question(
        "With three options a question a model reaches 46.2 %, people 91.4 %. How good is that?",
        "About a fifth of the way from guessing to people",
        "Guessing reaches a third: (46.2 - 33.3)/(91.4 - 33.3).",
        (("Half as good as people",
          "That takes 0 for the bottom, and whoever guesses does not score 0."),
         ("It knows 46.2 % of the answers",
          "Some of its right answers are luck: guessing alone gets a third of them.")),
    ),
)  # fmt: skip
