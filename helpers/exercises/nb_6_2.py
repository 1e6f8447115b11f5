"""The exercises and the quiz of notebook 6-2: a bound, five boxes, a p99, a load generator, a memo.

Functions are judged on fresh input: the load generator gets arrivals and service times of its own,
and the latencies of one worker are recomputed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers.exercises import read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric

# --- 6-2a: the speed-up of a product ------------------------------------------------------------


def _bound(answer: Any) -> str | None:
    part, faster, x = 0.35, 20, read.number(answer, "the speed-up")
    slips = (
        (1 / (1 - part + part / faster), None),
        (faster, "that is the network's own speed-up. The other .65 of the time stays."),
        (part * faster, "a share times a factor is no time. Add up the new time, part by part."),
        (1 - part + part / faster, "that is the new time as a share of the old; how many times as "
         "fast is that? Divide the old by the new."),
        (1 / (1 - part), "that is the ceiling, for a network that costs nothing. It still costs a "
         "twentieth of its time."),
        (1 / part, "that would be so if the network stayed and all the rest cost nothing."),
        (1 + part * (1 - 1 / faster), "you added the time saved to 1. Divide the old time by the "
         "new one instead."),
    )  # fmt: skip
    for value, reason in slips:
        if read.near(x, value):
            return reason
    return "new time = the part that stays + the network's part / 20; then old time / new time."


SPEED_UP = Exercise(
    id="6-2a", name="times_as_fast", reason=_bound,
    hints=("Take the old time as 1. Which part of it stays as it is?",
           "The other part shrinks to a twentieth. Add both parts, then divide 1 by the sum."),
    solution='times_as_fast = 1 / (1 - 0.35 + 0.35 / 20)',
    explains="About one and a half times, and never more than 1 / .65 whatever the network does. A "
    "factor of 20 on a third of the time is worth less than a factor of 2 on all of it.",
    right=("round(times_as_fast, 2)", "Fraction(400, 267)", "np.float32(1.498)",
           "speed_up({'network': 0.35, 'rest': 0.65}, {'network': 20})"),
    wrong=(Wrong("the product gets what the network gets", "20", "network's own speed-up"),
           Wrong("a share of the factor", "0.35 * 20", "no time"),
           Wrong("the new time instead of the speed-up", "1 - 0.35 + 0.35 / 20", "Divide the old"),
           Wrong("the ceiling", "1 / 0.65", "costs nothing"),
           Wrong("the gain added to 1", "1 + 0.35 * 0.95", "added the time saved")),
    given="import numpy as np\nfrom fractions import Fraction\n"
    "def speed_up(shares, faster):\n"
    "    return 1 / sum(p / faster.get(n, 1) for n, p in shares.items())\n",
)  # fmt: skip

# --- 6-2b: five boxes ---------------------------------------------------------------------------

KEPT = {0, 1, 3, 4}


def _indices(answer: Any) -> set[int]:
    """The indices of an answer; a mask of five truth values counts as well."""
    values = read.sequence(sorted(answer) if isinstance(answer, (set, frozenset)) else answer)
    if len(values) == 5 and all(isinstance(v, (bool, np.bool_)) for v in values):
        return {k for k, v in enumerate(values) if v}
    numbers = [read.number(v, "each index") for v in values]
    if not numbers or any(n != int(n) or not 0 <= n <= 4 for n in numbers):
        raise read.Unreadable("the answer must hold indices from 0 to 4, at least one of them.")
    if len(set(numbers)) < len(numbers):
        raise read.Unreadable("an index stands in the answer twice; a box is kept once or not.")
    return {int(n) for n in numbers}


def _five(answer: Any) -> str | None:
    kept = _indices(answer)
    if kept == KEPT:
        return None
    if 0 not in kept:
        return ("box 0 has the best score of all: nothing can drop it. Sort by score, not by the "
                "size of the boxes.")  # fmt: skip
    if kept == {0, 1, 2, 3, 4}:
        return "box 2 covers box 0 nearly whole and is a shirt as well, with a lower score."
    if 2 in kept:
        return "box 2 overlaps box 0 by 100 / 110, far above the limit, and both are shirts."
    if 4 not in kept:
        return "box 4 touches no other box: a low score alone drops nothing in NMS."
    if 3 not in kept:
        return "box 3 is a shoe. It hides a shirt's picture, not its label: each label by itself."
    return ("box 1 shares 50 of 100 pixels with box 0: exactly the limit, not above it. Pixels "
            "counted with one more on each side give .545.")  # fmt: skip


FIVE = Exercise(
    id="6-2b", name="kept", reason=_five,
    hints=("Sort by score. Which box of each label is safe from the start?",
           "The overlap of boxes 0 and 1 is 50 / 100. Is that above the limit of .5?",
           "The shoe has no other shoe beside it, and box 4 touches nothing."),
    solution="kept = []\n"
    "for label in sorted(set(five_labels.tolist())):\n"
    "    own = np.flatnonzero(five_labels == label)\n"
    "    kept += own[nms(five[own], five_scores[own], limit=0.5)].tolist()\n",
    explains="Only box 2 goes: it overlaps a better shirt by 100 / 110. The flat shirt sits "
    "exactly on the limit, and the shoe is cleaned among shoes. Where pixels are counted with "
    "one more on each side, the flat one goes too: such a detail moves published scores.",
    right=("{4, 3, 1, 0}", "np.array([4, 0, 1, 3])", "(0.0, 1.0, 3.0, 4.0)",
           "[True, True, False, True, True]"),
    wrong=(Wrong("one pixel more on each side", "[0, 3, 4]", "one more on each side"),
           Wrong("NMS across labels", "[0, 1, 4]", "each label by itself"),
           Wrong("the largest box is kept", "[1, 2, 3, 4]", "not by the size"),
           Wrong("a low score is dropped", "[0, 1, 3]", "touches no other box"),
           Wrong("nothing is dropped", "[0, 1, 2, 3, 4]", "nearly whole")),
    given='''import numpy as np
def iou(one, many):
    low, high = np.maximum(one[:2], many[:, :2]), np.minimum(one[2:], many[:, 2:])
    shared = (high - low).clip(0).prod(axis=1)
    return shared / ((one[2:] - one[:2]).prod() + (many[:, 2:] - many[:, :2]).prod(1) - shared)
def nms(boxes, scores, limit=0.3):
    order, kept = np.argsort(-scores, kind="stable"), []
    while len(order):
        kept.append(int(order[0]))
        order = order[iou(boxes[order[0]], boxes[order]) <= limit]
    return kept
five = np.array([[0, 0, 10, 10], [0, 0, 10, 5], [0, 0, 11, 10], [0, 0, 10, 9], [30, 30, 50, 50]])
five_labels = np.array(["shirt", "shirt", "shirt", "shoe", "shirt"])
five_scores = np.array([0.9, 0.85, 0.8, 0.7, 0.3])
''',
)  # fmt: skip

# --- 6-2c: may you claim it? --------------------------------------------------------------------


def _may_claim(answer: Any) -> str | None:
    first, second = read.sequence(answer, 2)
    says = read.option(first, ("yes", "no"))
    upper = read.number(second, "the upper end")
    if upper >= 0.1:
        return "give the upper end as a share: 1 % is .01. Of 1,000 requests 7 were slow."
    if says == "yes" and upper > 0.01:
        return ("your interval reaches above 1 %, so a service that breaks the promise would look "
                "like this one: with that interval the answer cannot be yes.")  # fmt: skip
    if upper <= 0.0071:
        return (".7 % is what these 1,000 showed; another 1,000 would show another number. How "
                "large may the true share be?")  # fmt: skip
    if upper < 0.0127:
        return ("7 are too few for the symmetrical interval p + 1.96 s: its upper end is too low. "
                "Take Wilson's (rates.wilson) or the exact one.")  # fmt: skip
    if upper > 0.0163:
        return "that is further than 95 % asks for; the exact interval ends before 1.5 %."
    return None if says == "no" else "1 % lies inside your interval, so it is not ruled out."


MAY_CLAIM = Exercise(
    id="6-2c", name="answer", reason=_may_claim,
    hints=("p99 is below 50 ms if the true share of slow requests is below 1 %. What do 7 of "
           "1,000 say about the true share?",
           "`rates.wilson(slow, requests)` gives both ends of a 95 % interval for a share.",
           "If the upper end lies above .01, a broken promise has not been ruled out."),
    solution="from helpers import rates\n\n"
    "low, high = rates.wilson(7, 1000)\n"
    'answer = ("no" if high > 0.01 else "yes", float(high))',
    explains="No. The true share of slow requests may be as high as 1.4 %, and the promise "
    "says 1 %. Three slow ones of 1,000 would do, or more requests with the same share.",
    right=("['NO', 0.0144]", "('no', np.float32(0.01437))", "('no', 0.0131)"),
    wrong=(Wrong("7 of 1,000 are fewer than 10", "('yes', 0.007)", "another 1,000"),
           Wrong("the interval is not used", "('yes', 0.0144)", "cannot be yes"),
           Wrong("the symmetrical interval", "('no', 0.0122)", "symmetrical"),
           Wrong("a percentage", "('no', 1.44)", "as a share")),
    given="import numpy as np",
)  # fmt: skip

# --- 6-2d: the closed loop ----------------------------------------------------------------------


def _truth(arrivals: np.ndarray, service: np.ndarray) -> np.ndarray:
    """Latencies of one worker that serves in order (Lindley's recursion)."""
    free, out = 0.0, []
    for arrived, needed in zip(arrivals, service, strict=True):
        free = max(free, arrived) + needed
        out.append(free - arrived)
    return np.array(out)


def _generator(answer: Any) -> str | None:
    rng = np.random.default_rng(626)
    for load in (0.5, 0.9):
        arrivals = np.cumsum(rng.exponential(1 / load, 200))
        service = rng.uniform(0.5, 1.5, 200)
        given = read.calls(answer, arrivals.copy(), service.copy())
        out = read.sequence(given)
        if len(out) != 200:
            return (f"200 customers came and your list has {len(out)} latencies. More requests, or "
                    "a warm-up set aside, leave the fault where it is.")  # fmt: skip
        got, truth = np.array([read.number(v, "each latency") for v in out]), 0
        truth = _truth(arrivals, service)
        if np.allclose(got, truth, rtol=1e-6, atol=1e-9):
            continue
        if np.allclose(got, service):
            return ("every latency equals its service time: still nobody waits in your queue. The "
                    "clock of a customer starts when the customer arrives.")  # fmt: skip
        if np.allclose(got, truth - service):
            return "that is the wait in the queue alone; the customer waits for the answer too."
        if (got < -1e-9).any():
            return ("a latency is negative: your worker began before the customer had come. It "
                    "begins at the later of two moments.")  # fmt: skip
        if np.allclose(got, np.cumsum(service)):
            return "that is the moment at which each is done if all had come at 0."
        return "work begins at max(arrival, worker is free); latency is the end minus the arrival."
    return None


GENERATOR = Exercise(
    id="6-2d", name="open_loop", reason=_generator,
    hints=("What do the arrivals do in the colleague's function? Nothing reads them.",
           "Keep the moment at which the worker is free. Work begins at the later of that moment "
           "and the arrival.",
           "The latency is the end of the work minus the arrival, not minus the start."),
    solution='''def open_loop(arrivals, service):
    free, latencies = 0.0, []
    for arrived, needed in zip(arrivals, service, strict=True):
        free = max(free, arrived) + needed
        latencies.append(free - arrived)
    return latencies
''',
    explains="A loop that sends after the last answer slows down with the service it measures, so "
    "it never sees a queue: coordinated omission. Draw the arrivals first, and start "
    "each clock at its own arrival.",
    right=("lambda a, s: np.array(open_loop(a, s))",
           "lambda a, s: np.maximum.accumulate(a - np.cumsum(s) + s) + np.cumsum(s) - a"),
    wrong=(Wrong("the arrivals are not read", "lambda a, s: list(s)", "nobody waits"),
           Wrong("more requests", "lambda a, s: list(s) * 10", "More requests"),
           Wrong("more warm-up", "lambda a, s: list(s)[20:]", "leave the fault"),
           Wrong("the worker never stands idle", "lambda a, s: np.cumsum(s) - a", "negative"),
           Wrong("the wait without the work", "lambda a, s: np.array(open_loop(a, s)) - s",
                 "in the queue alone")),
    given="import numpy as np",
)  # fmt: skip

# --- 6-2e: buy, or rewrite? ---------------------------------------------------------------------

MEMO = Exercise(
    id="6-2e", name="memo", reason=rubric(
        Point("the bound", r"bound|ceiling|at most|no more than|amdahl|for free|infinite|never",
              "What is the most that any accelerator could give this product?"),
        Point("the interval", r"interval|from \S+ to|between|margin|spread|uncertain|repeat|±",
              "How sure are you of the measured gain, and over how many runs?"),
        Point("cost for what is gained", r"(\$|dollar|cost|price|euro).{0,80}(ms|millisecond|saved"
              r"|gain|faster)|(ms|millisecond|saved|gain).{0,80}(\$|dollar|cost|price)",
              "What does one saved millisecond cost, bought and rewritten?"),
        Point("what would change your mind", r"unless|if |until|when |would change|as soon as",
              "Which measurement or change of the product would turn the decision?")),
    hints=("Four things: the most that can be gained, how sure that is, what a saved millisecond "
           "costs either way, and what would turn the decision.",
           "Take the bound with its interval from section 2. After the swap the network's share "
           "is larger: say what follows."),
    solution='memo = ("We let the engineer swap the lines. No accelerator can make the product '
    "much faster: with the network for free we measured a gain of about a fifth, and its "
    "interval is far from ten. The swap costs $3,000 once for more milliseconds saved "
    "than $60,000 a year would buy. After it the network is a larger share, so we profile again. "
    'We would buy if the network then took most of the time, or a larger one replaced it.")',
    explains="The cheap change first, then a new profile: a bottleneck removed makes the next "
    "one, and the network may be it. The offer is not bad, it is early.",
    right=("memo.upper()",
           "'At most a fifth is gained by any chip, measured between 15 and 25 percent; the cost "
           "of a millisecond saved is a hundred times lower with the rewrite, unless the network "
           "grows.'"),
    wrong=(Wrong("ten times is ten times",
                 "'We buy, because an accelerator that runs the network ten times as fast gives "
                 "our customers an answer ten times as fast as today.'", "the bound"),
           Wrong("one number is enough",
                 "'The ceiling is low, so we rewrite the clean-up, which costs three thousand "
                 "dollars for the milliseconds saved, and we do not look back.'", "the interval"),
           Wrong("the money is left out",
                 "'The ceiling of the gain is low and its interval is narrow, so we rewrite the "
                 "clean-up and leave the vendor alone for this year.'", "cost for what is gained")),
)  # fmt: skip

EXERCISES = (SPEED_UP, FIVE, MAY_CLAIM, GENERATOR, MEMO)

QUIZ = (
    Question(
        "The network takes 20 % of the time and becomes infinitely fast. The product is",
        "1.25 times as fast",
        "1 / (1 - .2): the other four fifths stay, whatever the network does.",
        (("5 times as fast", "1 / .2 would be right if all the rest had become free instead."),
         ("20 times as fast", "20 % is a share of the time, not a factor."),
         ("1.2 times as fast", "A fifth of the time saved is 1 / .8 in speed, more than 1.2.")),
    ),
    Question(
        "A system's Offline rate is above its Server rate because",
        "it may batch, and nobody has a deadline",
        "All requests are there at the start, so the device is full, and no p99 has to hold.",
        (("it runs on other hardware", "Both rows are of one system; only the arrivals differ."),
         ("the Server run was set up badly",
          "Even a perfect server must stand idle sometimes, or the p99 grows without end."),
         ("the figures are rounded", "A tenth or more is far beyond any rounding.")),
    ),
    Question(
        "Two published rows may be compared if",
        "benchmark, division, scenario and version agree",
        "Then the same work was asked for under the same rules; the rest is what you compare.",
        (("they name the same chip",
          "Same chip, other scenario: two different questions. And software makes factors of 4."),
         ("they are of the same year", "A year holds several versions, and all four scenarios."),
         ("the same submitter ran them", "One submitter runs many benchmarks and scenarios.")),
    ),
    Question(
        "A worker of its own for each stage lowers",
        "the cost of an item, not the wait of one",
        "More photos leave per second, and each of them still passes through every stage.",
        (("both the cost of an item and the wait of one",
          "The wait is the sum of the stages, and no stage became faster."),
         ("neither of the two", "Throughput rises up to the pace of the slowest stage."),
         ("the p99 only", "The slow ones pass through every stage too; no one gets faster.")),
    ),
)  # fmt: skip
