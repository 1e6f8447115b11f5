"""Exercises and quiz of 4-2, when to stop asking: scouts, a cliff, a fault, a lead, a rule.

The checks run the colony themselves (`colony.py`), whatever the answer is.
"""

from __future__ import annotations

from typing import Any

from helpers.exercises import read
from helpers.exercises.colony import ANTS, CLEAR, CLOSE, after, colony
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric

# What the exercises take from the notebook, under the notebook's names.
GIVEN = """
import numpy as np
from helpers.exercises.colony import ANTS, CLEAR as clear, CLOSE as close, after, colony
"""


# --- 4-2a: for how many scouts the contrast holds -----------------------------------------------


def _breaks(start: int) -> str | None:
    """Why the published contrast is gone with so many scouts, or None if it holds."""
    whole, split = (colony(*rates, start=start).worse for rates in (CLEAR, CLOSE))
    if split <= 30:
        return (f"with {start} scouts the close call leaves {split:.1f} ants in the worse nest, "
                "not over 30: no contrast left.")  # fmt: skip
    if whole >= 1:
        return (f"with {start} scouts the clear choice leaves {whole:.1f} ants in the worse nest, "
                "not under 1: now both colonies split.")  # fmt: skip
    return None


def _scouts(answer: Any) -> str | None:
    if isinstance(answer, range) or hasattr(answer, "left") and hasattr(answer, "right"):
        ends = (answer.left, answer.right) if hasattr(answer, "left") else (answer[0], answer[-1])
    else:
        values = sorted(answer) if isinstance(answer, (set, frozenset)) else answer
        ends = [*read.numbers(values, ("from", "to")).values()]
    low, high = sorted(int(round(read.number(v, "an end"))) for v in ends)
    if low < 5 or high > 150:
        return "scouts are some of 208 ants: try numbers between 30 and 60."
    if low == high:
        return "that is one number. How far can you move from it, down and up?"
    for end in (low, high):
        if reason := _breaks(end):
            return reason
    for end, beyond in ((low, low - 1), (high, high + 1)):
        if _breaks(beyond) is None:
            return f"{end} holds, but so does {beyond}. Go on until the contrast breaks."
    return None


SCOUTS = Exercise(
    id="4-2a", name="scouts", reason=_scouts,
    hints=("Run both colonies with 45 scouts, then with fewer, then with more.",
           "colony(*clear, start=45).worse is the number of ants in the worse nest.",
           "Collect every start between 34 and 55 for which both conditions hold, and look at the "
           "smallest and the largest."),
    solution="""
holds = [start for start in range(34, 56)
         if colony(*clear, start=start).worse < 1 and colony(*close, start=start).worse > 30]
scouts = (min(holds), max(holds))
""",
    explains="From 38 to 50. With fewer scouts the worse nest of the close call stays below the "
    "quorum; with more, that of the clear choice reaches it too. The course's 50 is the last "
    "number that works: a result that hangs on a choice should say so.",
    right=("list(scouts)", "{'from': 38.0, 'to': 50.0}", "np.array([50, 38])", "range(38, 51)"),
    wrong=(
        Wrong("a setting is one number", "(50, 50)", "one number"),
        Wrong("only the clear choice counts", "(30, 50)", "no contrast left"),
        Wrong("only the close call counts", "(38, 60)", "both colonies split"),
        Wrong("what the notebook ran is all that there is", "(40, 50)", "so does 39"),
    ),
    given=GIVEN,
)  # fmt: skip


# --- 4-2b: the cliff of the other colony --------------------------------------------------------


def _cliff(answer: Any) -> str | None:
    quorum = read.number(answer, "the quorum")
    if quorum < 0 or quorum > 60:
        return "a quorum is a number of recruiters; more than 60 never gather here."
    if quorum != round(quorum):
        return "give a whole number of ants."
    left = colony(*CLOSE, quorum=quorum).worse
    if quorum < 2:
        return (f"that is the fastest, and {left:.0f} ants end in the worse nest. The question is "
                "accuracy: where do fewer than 1?")  # fmt: skip
    if left >= 1 and colony(*CLEAR, quorum=quorum).worse < 1:
        return (f"at {quorum:.0f} the clear choice is clean, but the close call still leaves "
                f"{left:.0f} ants in the worse nest. Sweep `close`.")  # fmt: skip
    if left >= 1:
        return f"at {quorum:.0f} it still leaves {left:.0f} ants in the worse nest. Go higher."
    if colony(*CLOSE, quorum=quorum - 1).worse < 1:
        return f"at {quorum:.0f} it is clean, but at {quorum - 1:.0f} already. Go lower."
    return None


CLIFF = Exercise(
    id="4-2b", name="first_quorum", reason=_cliff,
    hints=("A loop over whole quorums is enough; nothing needs to be solved.",
           "colony(*close, quorum=12).worse is not yet below 1.",
           "Take the first of the whole numbers for which the worse nest gets fewer than 1 ant."),
    solution="""
first_quorum = next(T for T in range(1, 40) if colony(*close, quorum=T).worse < 1)
""",
    explains="At 14. The closer the call, the more the wrong nest gathers before the right one is "
    "ahead, so the higher the quorum must be. A quorum that was right for one choice is not for "
    "another.",
    right=("14.0", "np.int64(14)", "min(T for T in (20, 14, 16) "
           "if colony(*close, quorum=T).worse < 1)"),
    wrong=(
        Wrong("best means fastest", "min(range(30), key=lambda T: "
              "colony(*close, quorum=T).minutes)", "that is the fastest"),
        Wrong("the cliff is where it was", "10", "clear choice is clean"),
        Wrong("a majority of the scouts is needed", "26", "Go lower"),
    ),
    given=GIVEN,
)  # fmt: skip


# --- 4-2c: a bug hunt ---------------------------------------------------------------------------

CASES = (  # minutes, rates, quorum
    (180, CLOSE, 10), (120, CLOSE, 10), (150, CLEAR, 10), (80, CLOSE, 6),
    (200, (0.01, 0.02, 0.0), 8),
)  # fmt: skip


def _two(answer: Any) -> tuple[float, float]:
    found = read.numbers(answer, ("nest 1", "nest 2"))
    return found["nest 1"], found["nest 2"]


def _moved(answer: Any) -> str | None:
    if not callable(answer):
        return _slip(_two(answer), 180, CLOSE, 10)
    for minutes, rates, quorum in CASES:
        pair = _two(read.calls(answer, minutes, *rates, quorum))
        if reason := _slip(pair, minutes, rates, quorum):
            return f"after {minutes} minutes with quorum {quorum}: {reason}"
    return None


def _slip(pair: tuple, minutes: float, rates: tuple, quorum: float) -> str | None:
    want = after(minutes, rates, quorum=quorum)
    raw = after(minutes, rates, ends=False, quorum=quorum)
    there, size = ANTS - 50, sum(raw)
    slips = (
        (want, None),
        (raw, f"{size:.0f} ants, of {there}. A finer step gives the same: it is not the step."),
        ([x * there / size for x in raw] if size else raw,
         "scaled back, the sum is right and the split is not: the ratio is that of ants who were "
         "never there. When must carrying stop?"),
        ([min(x, there) for x in raw],
         f"each nest is cut off at {there}, but it is the old nest that runs empty: what bounds "
         "the two together?"),
    )  # fmt: skip
    for value, reason in slips:
        if max(abs(a - b) for a, b in zip(pair, value, strict=True)) < 0.35:
            return reason
    if sum(pair) > there + 0.5:
        return f"that makes {sum(pair):.0f} ants; there are {there} to carry."
    if abs(pair[0] - want[1]) < 0.35 and abs(pair[1] - want[0]) < 0.35:
        return "the two nests are swapped: nest 1, the worse one, comes first."
    return "not these. Add up what has been carried, minute by minute: who is left in the old nest?"


BUG_HUNT = Exercise(
    id="4-2c", name="repaired", reason=_moved,
    hints=("Add the two numbers. How many ants wait in the old nest at the start?",
           "colony has a condition at its loop that moved has not.",
           "When B1 + B2 reaches 158, both carried1 and carried2 must be 0 from then on."),
    solution="""
def repaired(minutes, k1, k2, rho12, quorum=10):
    path = colony(k1, k2, rho12, quorum=quorum).path  # it stops when the old nest is empty
    return tuple(path[path[:, 0] <= minutes + 0.001][-1, 6:])
""",
    explains="Carriers went on fetching from an empty nest. An integrator does not know what its "
    "numbers mean: assert what must be conserved, here that nobody is moved twice.",
    right=("repaired(180, *close)", "[round(x, 1) for x in repaired(180, *close)]",
           "lambda *given: np.array(repaired(*given))",
           "lambda minutes, *rates: after(minutes, rates[:3], quorum=rates[3])"),
    wrong=(
        Wrong("the step is too coarse", "after(180, close, ends=False, step=0.01)",
              "not the step"),
        Wrong("shrink it to what there is", "[x * 158 / sum(after(180, close, ends=False)) "
              "for x in after(180, close, ends=False)]", "scaled back"),
        Wrong("cut each nest off", "lambda minutes, *rates: [min(158, x) for x in "
              "after(minutes, rates[:3], quorum=rates[3], ends=False)]", "runs empty"),
        Wrong("the better nest comes first", "repaired(180, *close)[::-1]", "swapped"),
    ),
    given=GIVEN,
)  # fmt: skip


# --- 4-2d: a lead of three ----------------------------------------------------------------------


def _lead(answer: Any) -> str | None:
    found = read.numbers(answer, ("right", "asked"))
    right, asked = found["right"], found["asked"]
    right = right / 100 if 1 < right <= 100 else right
    p, lead = 0.7, 3
    odds = (p / (1 - p)) ** lead
    want = odds / (1 + odds)
    calls = lead * (2 * want - 1) / (2 * p - 1)
    if right > 1 or right < 0:
        return "first the share that is right, between 0 and 1, then the mean number asked."
    if not read.near(right, want):
        slips = ((p**3 + 3 * p**2 * (1 - p), "that is a vote of three. With a lead of 3 a vote of "
                  "two to one goes on."),
                 (p**3, "that is three right votes in a row. A lead of 3 can also come later."),
                 (p, "that is one voter."))  # fmt: skip
        told = "the odds that the leader is right are (.7 / .3) to the power of the lead."
        return next((says for value, says in slips if abs(right - value) < 0.0006), told)
    if read.near(asked, calls):
        return None
    if abs(asked - lead) < 0.001:
        return "three is the least it can take. One vote against, and it takes at least five."
    if read.near(asked, lead / (2 * p - 1)):
        return ("that assumes that the race always ends on the right side. It ends on the wrong "
                "one too: use L(2A - 1) above.")  # fmt: skip
    return "the share is right. The mean number asked is L(2A - 1) / (2p - 1)."


LEAD = Exercise(
    id="4-2d", name="lead_of_three", reason=_lead,
    hints=("Both formulas stand above; wald computes them, walk does too.",
           "The odds are (.7 / .3) to the third. Which share has these odds?",
           "The mean lead at the end is 3 times (2A - 1); each vote adds .4 to it on average."),
    solution="""
odds = (0.7 / 0.3) ** 3
right = odds / (1 + odds)
lead_of_three = (right, 3 * (2 * right - 1) / (2 * 0.7 - 1))
""",
    explains="Right in .927, after 6.4 voters on average. A fixed vote needs 13 for as much: it "
    "asks on when everything is decided.",
    right=("[0.927, 6.41]", "{'right': 92.7, 'asked': 6.405}", "np.array(lead_of_three)"),
    wrong=(
        Wrong("a lead of 3 takes three votes", "(0.927, 3)", "least it can take"),
        Wrong("the race always ends rightly", "(0.927, 7.5)", "always ends on the right"),
        Wrong("it is a vote of three", "(0.784, 3)", "a vote of three"),
    ),
    given="import numpy as np",
)  # fmt: skip


# --- 4-2e: decide and defend --------------------------------------------------------------------

RULE = Exercise(
    id="4-2e", name="rule",
    reason=rubric(
        Point("when asking stops", r"\blead|quorum|ahead|sequential|stop",
              "By which rule, and at which number, does asking stop?"),
        Point("the mean and the tail",
              r"tail|95|99|percentile|slowest|worst|at most|cap\b|limit|longest|maximum",
              "What do the slowest posts cost, besides the average?"),
        Point("the price of a mistake",
              r"price|dollar|\$|calls? (a|per) (wrong|mistake)|wrong post|penalt|mistake costs",
              "What is a wrong post worth in calls, and what if it were ten times that?"),
        Point("models that err together",
              r"correlat|independen|together|cop(y|ies)|same (mistake|error|data|images)|divers|"
              r"similar|alike",
              "What is a second vote worth if the models make the same mistakes?"),
        least=40,
    ),
    hints=("Four things belong in it: the rule and its number, mean and tail, the price of a wrong "
           "post, how far the models err together.",
           "Read the row of 200 calls in the last table, and the claims about the 95th percentile "
           "and about independent voters.",
           "Say: a lead; asked on average and at the 95th percentile, with a cap; calls that a "
           "wrong post is worth; measured on held-out posts with all models present."),
    solution='''
rule = """We stop when one answer leads by 3, and at 30 calls in any case; what is undecided then
goes to a person. On held-out posts that is about eight calls on average and 25 at the 95th
percentile. It follows from a wrong post costing as much as 200 calls; at ten times that the lead
becomes 5 or more, and the table is computed again. Our models were trained on the same posts and
make the same mistakes, so none of this is planned from single accuracies: the rule was chosen on
old posts with all models present, and its cost was read on others. If a model is a copy of
another, it gets no vote."""
''',
    explains="A model answer to compare yours with. Another rule can be as good, if it says when "
    "it stops, what the tail costs, which price it follows, and how far the models are copies.",
    right=('"""Quorum of 5: simpler to explain than a lead, and its longest waits are shorter, 16 '
           'calls at the 95th percentile. That costs us about two points of accuracy against a '
           'lead of 3. With a wrong post at 200 calls this is dearer than the lead rule by a '
           'few calls, which we pay for the queue. The models err together, so we audit the '
           'posts on which all agree."""',),
    wrong=(
        Wrong("more voters are always safer", 'rule = "We ask all hundred models about each post, '
              'since nobody can blame us then. The answer that is given most often is the one that '
              'counts. The cost of this is known in advance, it is the same for all posts, and the '
              'price of a wrong post does not matter any more, whatever it may be in the end."',
              "does asking stop"),
        Wrong("the average is the cost", 'rule = "We use a lead of 3. It asks about eight models '
              'for a post on average, which is what finance needs to know and what we put into '
              'the budget. A wrong post costs 200 calls in our book. The models are not '
              'independent, so we measured this on posts that none of them has seen before."',
              "the slowest posts"),
        Wrong("votes are votes", 'rule = "We use a lead of 3 with a cap of 30 calls, because a '
              'wrong post costs as much as 200 calls, and at ten times that we take a lead of 5. '
              'Each model was right in two of three cases when it was tested on its own, and so '
              'the formula of the test gives us the accuracy that we promise to the customer."',
              "same mistakes"),
    ),
)  # fmt: skip

EXERCISES: tuple[Exercise, ...] = (SCOUTS, CLIFF, BUG_HUNT, LEAD, RULE)

QUIZ: tuple[Question, ...] = (
    Question(
        "What is a quorum?",
        "A number at which the behaviour changes",
        "Ten recruiters of fifty scouts are enough to begin to carry.",
        (("More than half of the group", "That is a majority. The colony carried at a fifth."),
         ("Everybody of one mind", "That is unanimity. A quorum acts long before.")),
    ),
    Question(
        "You raise a quorum that is already above the cliff. What do you get?",
        "More waiting for the same accuracy",
        "Above the cliff nobody was going to the worse nest any more.",
        (("More accuracy, for more waiting",
          "Below the cliff, yes. Above it there is none to gain."),
         ("Less waiting, because fewer errors must be undone",
          "Time only grew with the quorum, at each step of the sweep.")),
    ),
    Question(
        "Why does a lead rule beat a fixed vote that asks as many on average?",
        "It spends calls where the voters are divided",
        "Half of the posts were done in five calls; a few took over twenty.",
        (("It asks more", "On average it asks as many. It asks them elsewhere."),
         ("It listens to better voters", "It takes them in the same order, good and bad.")),
    ),
    Question(
        "Each model is right in two of three cases. May you promise Wald's accuracy for a lead?",
        "Only if they err independently; measure that",
        "Dealt anew, the same trees reached over .98; on the same image over .02 less.",
        (("Yes: it is a theorem",
          "Of independent voters. Models trained on the same data are not."),
         ("Yes, if there are enough models",
          "More copies of one opinion are still one opinion.")),
    ),
)  # fmt: skip
