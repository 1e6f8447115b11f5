"""Exercises of 2-1, is the winner's table fair: luck, a bug hunt, capacity, a weight, a page.

All four numbers have a closed form, so the checks compute it from the figures in the task.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers import rates
from helpers.exercises import read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric

SPREAD, SEEDS = 0.011, 10  # 2-1a
GUILTY = {1, 7}  # 2-1b: lines of the listing
POINTS = ((10_000, 424e6), (40_000, 496e6))  # 2-1c: rows, bytes
A, B = (1.0, 0.25), (0.6, 0.75)  # 2-1d: accuracy and speed


# --- 2-1a: the best of ten seeds ----------------------------------------------------------------


def _gain(answer: Any) -> str | None:
    x = read.number(answer, "the gain")
    factor = rates.best_of(SEEDS)
    slips = (
        (SPREAD * factor, None),
        (100 * SPREAD * factor, "that is in points; give it as a share, like the .011."),
        (SPREAD * SEEDS, "ten seeds do not make the best ten times as lucky: the largest of ten "
         "normal numbers lies one and a half standard deviations up."),
        (0.0, "a single seed is right on average. The team kept the largest of ten, and "
         "a maximum is not."),
        (SPREAD / SEEDS**0.5, "that is the error of the mean of ten seeds. The team did not "
         "average: it kept the maximum."),
        (SPREAD, "that is one standard deviation, the spread of a single seed. How far up is the "
         "largest of ten?"),
        (factor, "that is in standard deviations. How large is one of them here?"),
    )  # fmt: skip
    for value, reason in slips:
        if read.near(x, value) if value else abs(x) < 1e-6:
            return reason
    return "multiply the spread over seeds by what rates.best_of says for ten."


GAIN = Exercise(
    id="2-1a", name="gain", reason=_gain,
    hints=("If seeds differ by luck alone, scores are like draws of normal numbers. What does the "
           "largest of ten exceed the mean by?",
           "The function counts in standard deviations; yours has .011 to the unit."),
    solution="spread = 0.011\ngain = spread * rates.best_of(10)",
    explains="About 1.7 points, from a drawer of ten random starts. Whoever reports the best of "
    "ten should report this number too: it is known before the first run.",
    right=("0.011 * 1.5388", "round(gain, 4)", "np.float32(gain)",
           "0.011 * np.random.default_rng(1).normal(size=(1_000_000, 10)).max(axis=1).mean()"),
    wrong=(
        Wrong("ten seeds, ten times the luck", "0.011 * 10", "ten times as lucky"),
        Wrong("luck averages out", "0", "a single seed is right on average"),
        Wrong("the error of the mean", "0.011 / 10**0.5", "error of the mean"),
        Wrong("forgot the unit", "rates.best_of(10)", "in standard deviations"),
    ),
    given="import numpy as np\nfrom helpers import rates",
)  # fmt: skip


# --- 2-1b: a bug hunt ---------------------------------------------------------------------------


def _lines(answer: Any) -> str | None:
    found = read.sequence(list(answer) if isinstance(answer, (set, frozenset)) else answer)
    lines = {int(read.number(v, "a line's number")) for v in found}
    if lines == GUILTY:
        return None
    if not lines or min(lines) < 1 or max(lines) > 7:
        return "the listing has the lines 1 to 7; give two of their numbers."
    if 2 in lines:
        return ("line 2 splits anew each time, and 200 people are few: both true, and harmless to "
                "honesty. They make the number wide, and not too good.")  # fmt: skip
    if 6 in lines:
        return ("line 6 looks at the test, which is what it is there for. One look a seed may be "
                "averaged; which line turns the looks into a choice?")  # fmt: skip
    if lines & {3, 4, 5}:
        return ("several seeds are good practice, and line 5 trains on the training people alone. "
                "Look for what knew the test people too early, and for what was kept.")  # fmt: skip
    if lines == {1}:
        return "line 1 is one of them. The other one reports: is that an average seed?"
    if lines == {7}:
        return "line 7 is one of them. For the other, ask what had seen the test people before."
    return "exactly two lines are at fault: one lets the test leak, the other picks by it."


LINES = Exercise(
    id="2-1b", name="bad_lines", reason=_lines,
    hints=("One fault is a leak, the other a picked seed. Go through the lines with these words.",
           "Which step used all rows before there was a test? Which step chose by the test score?",
           "The leak comes first of all, the pick comes last."),
    solution="leak, pick = 1, 7\nbad_lines = {leak, pick}",
    explains="Line 1 lets the scaler see the test people: put it into a pipeline that is fitted "
    "after the split. The last line reports the luckiest of 20 seeds on the very people who "
    "chose it: report the mean and the spread.",
    right=("[7, 1]", "(1.0, 7.0)", "np.array([1, 7])", "frozenset({1, 7})"),
    wrong=(
        Wrong("random_state is missing", "{1, 2}", "harmless"),
        Wrong("the test set is too small", "{2, 7}", "wide, and not too good"),
        Wrong("never score on the test", "{1, 6}", "what it is there for"),
        Wrong("many seeds are cheating", "{1, 4}", "good practice"),
        Wrong("only the leak", "{1}", "average seed"),
    ),
    given="import numpy as np",
)  # fmt: skip


# --- 2-1c: data capacity ------------------------------------------------------------------------


def _capacity(answer: Any) -> str | None:
    (few, small), (many, large) = POINTS
    each = (large - small) / (many - few)
    fixed = small - few * each
    named = isinstance(answer, Mapping)
    if named and not any(k in answer for k in ("GB", "GiB")):
        return "name the unit in the dict: GB for a billion bytes, or GiB for 2**30."
    binary = named and "GiB" in answer
    x = read.number(answer["GiB" if binary else "GB"] if named else answer, "the number of rows")
    memory = 8 * 2**30 if binary else 8e9
    if read.near(x, (memory - fixed) / each):
        return None
    slips = (
        (memory / each, "an empty table is not free: take off what the library needs for itself, "
         "before the first row."),
        (memory / (large / many), "that spreads the fixed part over the rows of one measurement. "
         "Two points tell it apart: their difference is rows alone."),
        (memory / (small / few), "that spreads the fixed part over the rows of one measurement. "
         "Two points tell it apart: their difference is rows alone."),
        ((8 * 2**30 - fixed) / each, 'that takes a GB as 2**30 bytes. It may be: say so, with '
         'capacity = {"GiB": ...}.'),
        ((memory - fixed) / each / 1e6, "that is in millions of rows; give the rows."),
    )  # fmt: skip
    for value, reason in slips:
        if read.near(x, value):
            return reason
    return "first the bytes a row, from the difference of the two points; then the fixed part."


CAPACITY = Exercise(
    id="2-1c", name="capacity", reason=_capacity,
    hints=("Two points make a line. What is its slope, and what do zero rows cost?",
           "30,000 more rows cost 72 million bytes more.",
           "Take the cost of zero rows off the 8 GB, and divide the rest by the slope."),
    solution="""
each = (496e6 - 424e6) / (40_000 - 10_000)
fixed = 424e6 - 10_000 * each
capacity = (8e9 - fixed) / each
""",
    explains="2,400 bytes a row and 400 million before the first: about 3.17 million rows. An "
    "extrapolation by a factor of 80 is a forecast, so test it under a cap that you can reach.",
    right=("int(capacity)", "3.17e6", '{"GiB": (8 * 2**30 - fixed) / each}', '{"GB": 3_166_000}'),
    wrong=(
        Wrong("an empty model is free", "8e9 / 2_400", "not free"),
        Wrong("one measurement is enough", "8e9 / (496e6 / 40_000)", "one measurement"),
        Wrong("a GB is 2**30, and everybody knows", "(8 * 2**30 - 400e6) / 2_400", "say so"),
    ),
)  # fmt: skip


# --- 2-1d: the weight that turns the scorecard --------------------------------------------------


def _tipping(answer: Any) -> str | None:
    x = read.number(answer, "the weight")
    lost, won = A[0] - B[0], B[1] - A[1]
    truth = lost / (lost + won)
    if x > 1 or x < 0:
        return "weights lie between 0 and 1, and the two of them add up to 1."
    slips = (
        (truth, None),
        (1 - truth, "that is the weight on accuracy at the same point; the question is speed."),
        (0.5, "at equal weights B is ahead already: compute both sums. The turn came before."),
        (lost / won, "that is the weight of speed as a multiple of accuracy's. The two must add "
         "up to 1."),
        (B[0] / A[0], "a ratio of two scores has no weights in it. Write both weighted sums and "
         "set them equal."),
        (A[1] / B[1], "a ratio of two scores has no weights in it. Write both weighted sums and "
         "set them equal."),
    )  # fmt: skip
    for value, reason in slips:
        if read.near(x, value):
            return reason
    return "write the weighted sum of A and of B with weight w on speed; where are they equal?"


TIPPING = Exercise(
    id="2-1d", name="tipping_weight", reason=_tipping,
    hints=("With weight w on speed, A scores (1 - w) x 1 + w x .25. And B?",
           "At the turn, what B loses in accuracy, times 1 - w, equals what it gains in speed, "
           "times w."),
    solution="lost, won = 1.0 - 0.6, 0.75 - 0.25\ntipping_weight = lost / (lost + won)",
    explains="At 4/9 of the weight on speed the winner changes. A scorecard with half and half "
    "sits a hair's breadth from the turn: report the turn along with the winner.",
    right=("4 / 9", "0.444", "np.float32(4 / 9)", "__import__('fractions').Fraction(4, 9)", """
low, high = 0.0, 1.0
while high - low > 1e-6:
    w = (low + high) / 2
    low, high = (low, w) if (1 - w) * 0.6 + w * 0.75 > (1 - w) + w * 0.25 else (w, high)
tipping_weight = high
"""),
    wrong=(
        Wrong("equal weight is the fair point", "0.5", "ahead already"),
        Wrong("the ratio of the scores", "0.6 / 1.0", "no weights in it"),
        Wrong("weights need not add up", "0.4 / 0.5", "add up to 1"),
        Wrong("the other criterion", "5 / 9", "weight on accuracy"),
    ),
    given="import numpy as np",
)  # fmt: skip


# --- 2-1e: decide and defend --------------------------------------------------------------------


PAGE = Exercise(
    id="2-1e", name="page",
    reason=rubric(
        Point("a tool",
              r"logistic|network|torch|boost|forest|neighbou?r|tree",
              "Which of the tools do you take? No choice is a choice for the supplier."),
        Point("weightings that justify it",
              r"weight|priorit|matters? (most|more)|criteri",
              "For which weights is it first, and why are those the desk's?"),
        Point("what was dropped",
              r"drop|domin|exclud|rul(ed|e) out|never (first|wins)|beaten|discard|leave out|"
              r"out of the race",
              "Which tools can go without a quarrel, and what beats them?"),
        Point("what the slide was worth",
              r"slide|supplier|unequal|tun(ed|ing)|default|budget|settings",
              "What does the supplier's table show once both tools get the same effort?"),
        Point("what is run again",
              r"re-?run|repeat|again|next year|in a year|yearly|re-?check|re-?test|each year",
              "What do you run again in a year, under which protocol, to see if it still holds?"),
        least=50,
    ),
    hints=("Five things belong on the page: a tool, the weights behind it, the tools dropped, the "
           "slide, and the next run.",
           "Accuracy decides the desk's dollars, and a refit once a year may take minutes. Which "
           "columns does that make light?"),
    solution='''
page = """We take boosting. The desk refits once a year and answers one applicant at a time, so a
tenth of a second of training and half a millisecond a row cost nothing, while a point of accuracy
is paid for with every applicant: wherever accuracy carries most of the weight, boosting is first.
Neighbours are dropped, because there is a tool that is more accurate and answers faster, and so is
the forest: boosting is about as accurate, and faster in every column. The supplier's slide set 20
settings against a default; with equal tuning his tool loses to a plain tree. In a year we run the
same protocol again, with new people, before we extend."""
''',
    explains="A model answer to compare yours with. Logistic regression is as good a choice if "
    "you can say why a point or more of accuracy weighs less than speed at this desk.",
    right=('"""Logistic regression: our clerks look at every refusal, so accuracy matters less '
           "and we want something light. It comes first in most of the weightings we can defend. "
           "The forest is ruled out by boosting. The slide shows tuning against a default and is "
           "worth nothing. Next year we repeat the whole comparison with the same number of "
           'settings each and fresh test people."""',),
    wrong=(
        Wrong("the winner is the winner",
              '"The scorecard has a winner, and it is logistic regression, so we take it. It is '
              "the fastest in nearly all of the columns, it is free of charge, our people know it "
              "well, and everybody in the department can explain what it does. We see no reason "
              'to think about it any longer than this and we sign on Friday, all of us."',
              "weightings that justify it"),
        Wrong("one table settles it for good",
              '"We take boosting, because accuracy has the largest weight for us and boosting is '
              "first wherever it has. The forest is dominated and dropped. The slide of the "
              "supplier compared a tuned tool with a default, so we do not count it. With this "
              'the question is settled once and for all, and the file may be closed for good."',
              "what is run again"),
        Wrong("nobody looks at the losers",
              '"We take boosting, as accuracy has most of the weight at a desk that pays for each '
              "wrong answer. The supplier's slide compared a tuned tool with a default, and so it "
              "tells us nothing that we could use. We will see in a year how well it did, when "
              'the model must be fitted once more in any case, and then we think about it."',
              "what was dropped"),
    ),
)  # fmt: skip

EXERCISES = (GAIN, LINES, CAPACITY, TIPPING, PAGE)

QUIZ = (
    Question(
        "Two tools are compared with the defaults of their libraries. Is that the same effort?",
        "No: a default is whatever its authors put there",
        "One default is a finished tool, the other a frame. Equal effort is an equal budget.",
        (("Yes: nobody touched either", "Untouched is not equal: the tree's default lost, and the "
          "tuned tree won."),
         ("Yes, if the data are the same", "The data were the same on all four slides. The effort "
          "was not.")),
    ),
    Question(
        "HC2 has the best mean over 112 problems. What does that say about your problem?",
        "Little: another classifier may win on it",
        "It lost dozens of the 112. An average describes the archive; run your own problem.",
        (("HC2 will win on it", "It is the likeliest winner, and loses on dozens of the 112."),
         ("It will be about as accurate as the mean", "Accuracy differs far more between problems "
          "than between classifiers.")),
    ),
    Question(
        "Two classifiers are compared on 112 problems, p = .77. What follows?",
        "No difference was shown",
        "A test that finds nothing has not found equality: look at the interval or the wins.",
        (("They are equally good", "Each wins over 50 problems, some by far. Not shown is not "
          "equal."),
         ("With 77 % probability they are equal", "p is about data, given equality. It is no "
          "probability of equality.")),
    ),
    Question(
        "The supplier fixes the seed of every tool at 42. Is the table fair now?",
        "It can be repeated, and luck is still in it",
        "A fixed seed fixes the luck. Fair is: all seeds promised beforehand, all reported.",
        (("Yes: everybody has the same seed", "The same number is other luck for each tool, and "
          "somebody chose 42."),
         ("Yes: chance is now excluded", "It is frozen, not excluded: seed 43 gives another "
          "table.")),
    ),
)  # fmt: skip
