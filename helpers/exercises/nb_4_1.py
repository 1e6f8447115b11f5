"""The exercises and the quiz of notebook 4-1: a benchmark, rounding, average precision, a choice.

The checks run the learner's functions on made-up machines and on fresh numbers, and compute the
average precision from the definition.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers.exercises import read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric

# --- 4-1a: a benchmark that flatters ------------------------------------------------------------


class Machine:
    """A clock that is moved by calls alone: it wakes up, and may get slower with every call."""

    def __init__(self, wakes: float, slower: float) -> None:
        self.now, self.calls, self.wakes, self.slower = 0.0, 0, wakes, slower

    def __call__(self) -> float:
        return self.now

    def work(self, cost: float) -> None:
        """One call of a function that costs so much."""
        extra = self.wakes * 0.1**self.calls if self.calls < 300 else 0.0
        self.now += cost * (1 + extra) * (1 + self.slower * self.calls)
        self.calls += 1


def _factor_on(answer: Any, wakes: float, slower: float, pruned: float) -> float:
    machine = Machine(wakes, slower)
    out = read.calls(answer, lambda: machine.work(1), lambda: machine.work(pruned), machine)
    return read.number(out, "the factor that your function returns")


def _fair(answer: Any) -> str | None:
    if not callable(answer):
        return _factor(read.number(answer, "the factor"))
    factor = _factor_on(answer, 4, 0, 1)
    if factor > 2:
        return "the dense model still pays for waking the machine up: run both before you time."
    if abs(factor - 1) > 0.02:
        return (f"two equal functions give {factor:.2f}. More repeats dilute the first slow calls; "
                "they do not remove them. Warm up, or take the median.")  # fmt: skip
    factor = _factor_on(answer, 4, 0, 0.5)
    if 0.47 < factor < 0.53:
        return "a pruned model that takes half the time is twice as fast: turn the ratio over."
    if abs(factor - 2) > 0.05:
        return f"where pruned takes half the time you report {factor:.2f}, not 2: use both times."
    factor = _factor_on(answer, 4, 0.01, 1)
    if abs(factor - 1) > 0.03:
        return (f"on a machine that gets slower all the time, equal functions give {factor:.2f}: "
                "one ran in good times, one in bad. Run them in turns.")  # fmt: skip
    return None


def _factor(value: float) -> str | None:
    if abs(value - 1) < 0.02:
        return None
    if abs(value - 5 / 1.4) < 0.01:
        return "that is what the colleague reports. Both functions are the same: what is fair?"
    if abs(value - 5) < 0.01:
        return "5 is what waking up does to the first call alone, whichever function it runs."
    return "both functions cost the same. What must a fair benchmark say about two equal things?"


FAIR = Exercise(
    id="4-1a", name="fair_factor", reason=_fair,
    hints=("The first call of all is slow, whatever it runs. Who makes it here?",
           "A machine that gets slower harms whoever comes last. Let them take turns.",
           "Time dense and pruned in pairs, many times, and take the median of the ratios."),
    solution="""
import statistics


def fair_factor(dense, pruned, clock):
    ratios = []
    for _ in range(31):
        start = clock()
        dense()
        between = clock()
        pruned()
        ratios.append((between - start) / (clock() - between))
    return statistics.median(ratios)
""",
    explains="Take turns, and take the median of the ratios within a turn: what slows the machine "
    "then slows both. timing.compare does this, in random order.",
    right=("1", "np.float32(1.0)", """
def fair_factor(dense, pruned, clock):
    for _ in range(5):
        dense(), pruned()
    spent = [0.0, 0.0]
    for k in range(20):
        for i in (0, 1) if k % 2 else (1, 0):
            start = clock()
            (dense, pruned)[i]()
            spent[i] += clock() - start
    return spent[0] / spent[1]
"""),
    wrong=(
        Wrong("the slide is right", "5 / 1.4", "what the colleague reports"),
        Wrong("more repeats make it fair", "lambda d, p, c: block(d, c, 50) / block(p, c, 50)",
              "More repeats dilute"),
        Wrong("warm up, then one after the other",
              "lambda d, p, c: (d(), d(), d(), block(d, c, 50) / block(p, c, 50))[-1]",
              "in turns"),
        Wrong("the ratio upside down", "lambda d, p, c: 1 / fair_factor(d, p, c)",
              "turn the ratio over"),
        Wrong("no change", "lambda d, p, c: block(d, c, 1) / block(p, c, 1)", "waking the machine"),
    ),
    given="import numpy as np\ndef block(f, clock, runs):\n    start = clock()\n"
          "    for _ in range(runs):\n        f()\n    return clock() - start\n",
)  # fmt: skip


# --- 4-1b: rounding by hand ---------------------------------------------------------------------


def _arrays() -> list[np.ndarray]:
    rng = np.random.default_rng(41)
    lopsided = np.append(rng.gamma(2, 1.7, 400) - 1.13, 0.0)
    return [np.append(rng.normal(size=500), 0.0), lopsided, rng.uniform(2, 5, 300),
            -rng.uniform(1, 9, 300)]  # fmt: skip


def _rounded(answer: Any) -> str | None:
    for x in _arrays():
        for bits in (8, 4, 2):
            got = read.sequence(read.calls(answer, x.copy(), bits), len(x))
            got = np.array([read.number(v, "each entry") for v in got])
            if told := _slip(x, got, bits):
                return told
    got = read.sequence(read.calls(answer, np.zeros(4), 4), 4)
    if any(read.number(v, "each entry of an array of zeros") for v in got):
        return "an array of zeros must stay zeros."
    return None


def _slip(x: np.ndarray, got: np.ndarray, bits: int) -> str | None:
    """What is wrong with these rounded numbers, if anything."""
    levels, error = len(np.unique(np.round(got, 9))), got - x
    widest = abs(x).max() / (2 ** (bits - 1) - 1)  # the step of the symmetric way
    if levels > 2**bits:
        return f"with {bits} bits there are {2**bits} values; yours takes {levels}."
    if abs(error).max() > 5 * widest and np.array_equal(got, np.round(got)):
        return "those are the codes. Restore the numbers: times the scale, after the zero point."
    if (x == 0).any() and got[x == 0].any():
        return ("zero does not come back as zero. Most activations are 0: choose a zero point, a "
                "whole number of steps away from the lowest level.")  # fmt: skip
    if abs(error).max() <= widest / 2 * (1 + 1e-6):
        return None
    biased = abs(error.mean()) > 0.6 * abs(error).mean() or (error * np.sign(x) <= 1e-12).all()
    if biased and abs(error).max() < 1.01 * widest:
        return "you cut off where you should round: errors reach a whole step, all on one side."
    return ("some numbers move by more than half a step: let the levels reach from the smallest "
            "number to the largest, zero included.")  # fmt: skip


ROUNDED = Exercise(
    id="4-1b", name="rounded", reason=_rounded,
    hints=("quantised and restored above do it for 8 bits. Where does the 255 come from?",
           "Levels are counted from 0 to 2**bits - 1. Include 0 in the range, and mind an array "
           "of zeros.",
           "Or symmetric: the largest absolute value over 2**(bits - 1) - 1 is the scale; round "
           "x / scale, and multiply again."),
    solution="""
def rounded(x, bits):
    top = 2 ** bits - 1
    low, high = min(x.min(), 0), max(x.max(), 0)
    scale = (high - low) / top or 1.0
    zero = np.round(-low / scale)
    return (np.clip(np.round(x / scale) + zero, 0, top) - zero) * scale
""",
    explains="The zero point costs one whole number and keeps every level in use when the numbers "
    "lie on one side, as they do after a ReLU. The symmetric way needs none: good for weights.",
    right=("""
def rounded(x, bits):
    scale = np.abs(x).max() / (2 ** (bits - 1) - 1) or 1.0
    return (np.round(x / scale) * scale).tolist()
""", """
def rounded(x, bits):
    import torch
    x = torch.as_tensor(x)
    scale = x.abs().max() / (2 ** (bits - 1) - 1)
    return torch.round(x / scale) * scale if scale else x
"""),
    wrong=(
        Wrong("cutting off is rounding", """
def rounded(x, bits):
    scale = np.abs(x).max() / (2 ** (bits - 1) - 1)
    return np.trunc(x / scale) * scale
""", "you cut off"),
        Wrong("zero needs no level of its own", """
def rounded(x, bits):
    scale = (x.max() - x.min()) / (2 ** bits - 1)
    return np.round((x - x.min()) / scale) * scale + x.min()
""", "zero does not come back"),
        Wrong("bits count the levels on each side", """
def rounded(x, bits):
    scale = np.abs(x).max() / (2 ** bits - 1)
    return np.round(x / scale) * scale
""", "there are"),
        Wrong("the codes are the numbers", """
def rounded(x, bits):
    scale = np.abs(x).max() / (2 ** (bits - 1) - 1)
    return np.round(x / scale) + 100
""", "those are the codes"),
    ),
    given="import numpy as np",
)  # fmt: skip


# --- 4-1c: average precision --------------------------------------------------------------------

HITS, TRUE_BOXES = (1, 0, 1, 0, 1), 4  # the second box of A is taken, the first of C too far off


def _ap(hits: tuple[int, ...], over: float) -> float:
    return sum(sum(hits[: k + 1]) / (k + 1) for k, hit in enumerate(hits) if hit) / over


def _average(answer: Any) -> str | None:
    value = read.number(answer, "AP50")
    if abs(value) > 1:
        return "average precision lies between 0 and 1."
    slips = (
        (_ap(HITS, TRUE_BOXES), None),
        (_ap((1, 1, 1, 0, 1), TRUE_BOXES), "a second hit on A is no hit: A is claimed already."),
        (_ap((1, 0, 1, 1, 1), TRUE_BOXES), "an IoU of .44 does not reach the limit of AP50."),
        (_ap((1, 1, 1, 1, 1), TRUE_BOXES), "not every found box is a hit: see A again, and .44."),
        (_ap(HITS, 3), "you divide by the boxes found. D was never found: that must cost."),
        (sum(sum(HITS[: k + 1]) / (k + 1) for k in range(5)) / 5,
         "that averages the precision over all ranks. Only the ranks of the hits count."),
        (3 / 5, "that is the precision of all five. Average it over the hits, from the top."),
        (3 / 4, "that is the recall of all five. Where does the order come in?"),
    )  # fmt: skip
    for truth, reason in slips:
        if read.near(value, truth):
            return reason
    return ("write 1 for a hit and 0 for none, from the surest down. At each hit take hits so far "
            "over boxes so far; add up; divide by the true boxes.")  # fmt: skip


AVERAGE = Exercise(
    id="4-1c", name="ap50", reason=_average,
    hints=("Which of the five are hits? A box can be claimed once, and .44 is under the limit.",
           "Hits stand at ranks 1, 3 and 5. What share of the boxes so far are hits at each?",
           "Four boxes are to be found; the one that nobody finds adds nothing to the sum."),
    solution="ap50 = (1 / 1 + 2 / 3 + 3 / 5) / 4",
    explains="Three of four boxes are found, and two false alarms stand above the last of them: "
    "AP50 is .567. The box that was never found costs a quarter.",
    right=("Fraction(17, 30)", "round(ap50, 3)", "np.float32(0.5666667)",
           "average_precision(np.array([1, 0, 1, 0, 1]), np.arange(5, 0, -1), 4)"),
    wrong=(
        Wrong("a second hit on the same box counts", "(1 + 1 + 1 + 4 / 5) / 4", "no hit: A is"),
        Wrong("precision is averaged over all ranks", "(1 + 1/2 + 2/3 + 1/2 + 3/5) / 5",
              "over all ranks"),
        Wrong("what was not found does not count", "(1 + 2/3 + 3/5) / 3", "never found"),
        Wrong("close is good enough", "(1 + 2/3 + 3/4 + 4/5) / 4", ".44 does not reach"),
    ),
    given="import numpy as np\nfrom fractions import Fraction\n"
          "def average_precision(hit, sure, n):\n    hit = hit[np.argsort(-sure)]\n"
          "    return (np.cumsum(hit) / np.arange(1, len(hit) + 1) * hit).sum() / n\n",
)  # fmt: skip


# --- 4-1d: decide and defend --------------------------------------------------------------------

DEFEND = Exercise(
    id="4-1d", name="memo", reason=rubric(
        Point("the price of an error", r"bin|dollar|\$|cost|AP ?(50|75)|IoU",
              "What does an error cost here, and which measure follows from that?"),
        Point("the interval", r"interval|paired|±|95|uncertain|from .{1,20} to",
              "By how much could the loss of accuracy be worse than the estimate?"),
        Point("measured, not counted", r"measur|timed|\bms\b|millisecond|latency|stopwatch|batch",
              "Was the speed measured, and at which batch? Parameters are no time."),
        Point("a way back", r"fall ?back|monitor|recheck|re-?measure|if .{0,60}(then|we)|alarm"
              r"|roll ?back|sample", "What will you watch, and what do you do if it goes wrong?")),
    hints=("Four things: what an error costs, how sure you are of the loss, where the speed was "
           "measured, and what you do if it fails.",
           "Name one row of your table, its size, its time at batch 1, and its paired interval."),
    solution='memo = ("We ship rank 24 in int8 under ONNX Runtime. It takes about 54 kB, far below '
             "250, and its latency at batch 1 was measured against today's network in turns. The "
             "paired interval of its loss stays below a point, and a point costs 360 dollars an "
             "hour in wrong bins. Boxes come from stride 7: the sorter blows garments off the "
             "belt, so AP50 is what counts. We re-measure on the camera, check a "
             'sample of bins by hand each week, and keep the old network as a fallback.")',
    explains="The numbers are yours; what counts is that the measure follows from the cost, that "
    "the loss has an interval, that speed was measured where it is used, and that there is a way "
    "back.",
    right=("memo.lower()",
           "'The half-wide network trained longer, in ONNX Runtime: 5 ms is kept as timed at batch "
           "1. A gripper needs AP75, so we read each frame. Its interval is from 0 to 1 point, and "
           "a monitor tells us when it drifts.'"),
    wrong=(Wrong("fewest parameters win",
                 "'We ship the student since it has thirty times fewer parameters than the base, "
                 "so it must also be the fastest of all.'", "the price of an error"),
           Wrong("an estimate is enough",
                 "'We ship rank 24 in int8 because it loses only two images in a thousand, so the "
                 "cost of wrong bins stays about where it is today.'", "the interval"),
           Wrong("size is speed",
                 "'We ship the pruned one: nine tenths zeros, within the paired interval of the "
                 "base, so bins cost the same and it must be ten times faster.'",
                 "measured, not counted")),
)  # fmt: skip

EXERCISES = (FAIR, ROUNDED, AVERAGE, DEFEND)

QUIZ = (
    Question(
        "Nine weights in ten are zero. The network is faster",
        "if the kernel skips zeros",
        "Skipping needs kernels and formats made for it; a dense kernel multiplies by zero.",
        (("always, since there is less to compute",
          "There is as much to compute: the zeros are multiplied like all others."),
         ("if there is more memory", "Memory isn't what it waits for; the zeros are multiplied.")),
    ),
    Question(
        "A freebie costs",
        "training time only",
        "Whoever uses the network pays nothing: same layers, same time, better weights.",
        (("nothing at all", "Three times the epochs cost three times the training."),
         ("a little time in use", "That is a special, such as a second pass over a mirror image.")),
    ),
    Question(
        "An int8 network takes a quarter of the bytes. Its speed is",
        "what the kernels of its runtime make of it",
        "At batch 64 it gained; at batch 1 turning numbers into bytes eats up much of it.",
        (("four times the speed", "Bytes are not time: see the two batch sizes in the table."),
         ("unchanged, because the multiplications are as many",
          "As many, but of small integers: kernels that use this do them faster.")),
    ),
    Question(
        "AP50 stays the same after a change. Then the boxes",
        "still overlap the true ones by half",
        "That is all AP50 asks. AP75 may have fallen, and at coarse strides it did.",
        (("are as good as before", "They may have moved: AP50 is blind to a third of a box."),
         ("overlap the true ones by half on average",
          "The limit holds for each box that counts as a hit, not for a mean.")),
    ),
)  # fmt: skip
