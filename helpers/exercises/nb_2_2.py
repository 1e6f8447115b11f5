"""Exercises of 2-2, how fast is it, really: counting, timing, accumulating, reading a table.

Functions are judged by property: the stopwatch is run on a made-up clock whose slow first call is
known, the accumulation on random gradients with chunks of uneven size.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers.exercises import read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric

WIDTH = 768  # GPT-2's smallest model
TOKENS_PER_S, SAMPLES_PER_S = 24524.9, 84.4792  # one log: 8 H100, MLPerf Inference v4.1, Offline


def _half(answer: Any) -> str | None:
    length = read.number(answer, "the sequence length")
    truth = 6 * WIDTH  # 4 b s^2 h = 24 b s h^2
    if read.near(length, truth):
        return None
    if read.near(length, WIDTH):
        return "at s = h attention is one part in seven: 4 against 24. When are the two equal?"
    if read.near(length, 12 * WIDTH):
        return "that counts one of attention's two products; the scores and the mix make 4 b s s h."
    if read.near(length, 3 * WIDTH):
        return "that counts attention's two products twice: 4 b s s h already holds both of them."
    if length < 1:
        return "that is below one token; you solved for the other quotient. Solve for s, not 1/s."
    return "set the two terms equal: 4 b s s h = 24 b s h h, and solve for s."


class FakeClock:
    """A clock moved by the function under test alone: slow first calls, then steady, one stall."""

    def __init__(self, first: tuple[float, ...], steady: float) -> None:
        self.now, self.calls, self.first, self.steady = 0.0, 0, first, steady

    def __call__(self) -> float:
        return self.now

    def work(self) -> None:
        """One call of the function that is timed."""
        k, self.calls = self.calls, self.calls + 1
        spent = self.first[k] if k < len(self.first) else self.steady * (1 + 0.01 * (k % 3 - 1))
        self.now += spent * (20 if k == len(self.first) + 4 else 1)


def _stopwatch(answer: Any) -> str | None:
    for first in ((5.0,), (9.0, 3.0)):
        clock = FakeClock(first, steady=0.1)
        out = read.numbers(read.calls(answer, clock.work, clock), ("median", "warm_ups"))
        if clock.calls < 5:
            return f"your function called fn {clock.calls} times; an estimate needs more runs."
        if out["warm_ups"] < len(first):
            return ("at least two warm-up calls are needed here: the first call, and sometimes the "
                    "second, pay for what later ones find ready.")  # fmt: skip
        typical = out["median"]
        if typical > 0.5:
            return "the slow first call is in your figure: run fn without the clock first."
        if typical > 0.11:
            return "one stalled run pulls your figure up: take the median, not the mean."
        if typical < 0.0995:
            return "that is the fastest run, not the typical one: the vendor's slide does the same."
    return None


STOPWATCH = '''\
import statistics


def time_it(fn, clock, warm_ups=3, runs=21):
    for _ in range(warm_ups):
        fn()
    seconds = []
    for _ in range(runs):
        start = clock()
        fn()
        seconds.append(clock() - start)
    return statistics.median(seconds), warm_ups
'''


def _accumulated(answer: Any) -> str | None:
    rng = np.random.default_rng(22)
    for sizes in ([8] * 8, [10] * 6 + [4]):
        rows = rng.normal(size=(sum(sizes), 5))
        chunks = [c.mean(axis=0) for c in np.split(rows, np.cumsum(sizes)[:-1])]
        truth = rows.mean(axis=0)
        got = read.sequence(read.calls(answer, [c.copy() for c in chunks], list(sizes)), 5)
        got = np.array([read.number(v, "each entry") for v in got])
        if np.allclose(got, truth, rtol=1e-6, atol=1e-9):
            continue
        ratio = float(got @ truth / (truth @ truth))
        straight = np.allclose(got, ratio * truth, rtol=1e-6, atol=1e-9)
        if len(set(sizes)) == 1 and straight:
            if np.isclose(ratio, len(sizes)):
                return ("still eight times too large: the sum of eight means is not their mean. A "
                        "smaller learning rate hides it; repair the sum.")  # fmt: skip
            return (f"with 8 equal chunks you are off by a factor of {ratio:.3g}: count the chunks "
                    "by the list you are given, not by a constant.")  # fmt: skip
        if len(set(sizes)) > 1:
            return ("right for equal chunks, wrong when the last one is smaller: a chunk of 4 rows "
                    "may not weigh as much as one of 10. Use the sizes.")  # fmt: skip
        return "for equal chunks the answer is the mean of the gradients; yours points elsewhere."
    return None


ACCUMULATED = '''\
def accumulated(gradients, sizes):
    total = 0
    for gradient, size in zip(gradients, sizes, strict=True):
        total = total + gradient * size
    return total / sum(sizes)
'''


def _tokens(answer: Any) -> str | None:
    value = read.number(answer, "tokens per second")
    per_sample = TOKENS_PER_S / SAMPLES_PER_S
    truth = 84.2 * per_sample
    if abs(value - truth) / truth < 0.01:
        return None
    if read.near(value, 84.2):
        return "samples and tokens are different nouns: how many tokens has a sample in the log?"
    if abs(value - per_sample) / per_sample < 0.01:
        return "that is tokens a sample, a property of the data set; times samples a second."
    if abs(value - 84.2 / per_sample) < 0.01:
        return "you divided: a sample holds many tokens, so tokens a second must be more than 84.2."
    return "tokens a sample = tokens a second / samples a second, from one log; now times 84.2."


EXERCISES = (
    Exercise(
        id="2-2a", name="time_it", reason=_stopwatch,
        hints=("Call fn a few times before you look at the clock at all.",
               "Keep every duration in a list; the clock is read before and after each call.",
               "Return statistics.median(seconds) and the number of warm-up calls."),
        solution=STOPWATCH,
        explains="Warm up, then keep all runs, then report the median: the first call measures the "
                 "machine waking up, the mean measures its interruptions, the minimum its luck.",
        right=("lambda fn, clock: dict(zip(('median', 'warm_ups'), time_it(fn, clock, 5, 31)))",
               "lambda fn, clock: np.array(time_it(fn, clock, warm_ups=2))"),
        wrong=(Wrong("the mean", "lambda fn, clock: (statistics.mean(once(fn, clock, 3)), 3)",
                     "median, not the mean"),
               Wrong("the minimum", "lambda fn, clock: (min(once(fn, clock, 3)), 3)",
                     "fastest run"),
               Wrong("no warm-up", "lambda fn, clock: (statistics.median(once(fn, clock, 0)), 0)",
                     "warm-up calls are needed"),
               Wrong("a single run", "lambda fn, clock: (once(fn, clock, 2, 1)[0], 2)",
                     "needs more runs")),
        given="import statistics\nimport numpy as np\n"
              "def once(fn, clock, warm_ups, runs=21):\n    out = []\n"
              "    for _ in range(warm_ups):\n        fn()\n"
              "    for _ in range(runs):\n        start = clock()\n        fn()\n"
              "        out.append(clock() - start)\n    return out\n",
    ),
    Exercise(
        id="2-2b", name="length", reason=_half,
        hints=("Write the two terms of the FLOP count: 24 b s h h for the linear layers, "
               "4 b s s h for attention.",
               "Attention is half of the total when both terms are equal. Divide them by 4 b s h."),
        solution="h = 768\nlength = 24 * h // 4",
        explains="Attention costs as much as all the rest at s = 6 h: 4,608 tokens for a width of "
                 "768. Below that, a faster attention kernel cannot even halve the work.",
        right=("4608.0", "np.int64(4608)", "6 * 768", "Fraction(4608)"),
        wrong=(Wrong("attention equals the rest at s = h", "768", "one part in seven"),
               Wrong("the products counted twice", "3 * 768", "already holds both"),
               Wrong("one product instead of two", "12 * 768", "one of attention's two"),
               Wrong("solved for the inverse", "6 / 768", "below one token")),
        given="import numpy as np\nfrom fractions import Fraction",
    ),
    Exercise(
        id="2-2c", name="accumulated", reason=_accumulated,
        hints=("Try it on paper: two chunks with mean gradients 1 and 3. What should come out?",
               "Now let the first chunk have 3 rows and the second 1. What should come out now?",
               "Weigh each chunk's mean by its number of rows, and divide by all rows."),
        solution=ACCUMULATED,
        explains="The gradient of a mean over all rows is the mean of the chunks' gradients, each "
                 "weighed by its rows. Dividing by the number of chunks is right for equal chunks "
                 "only, and the last one is often short.",
        right=("lambda g, n: np.average(np.stack(g), axis=0, weights=n)",
               "lambda g, n: torch.stack([torch.as_tensor(a) * b for a, b in zip(g, n)]).sum(0)"
               " / sum(n)"),
        wrong=(Wrong("the learning rate will take care of it", "lambda g, n: sum(g)",
                     "hides it"),
               Wrong("divide by 7", "lambda g, n: sum(g) / 7", "count the chunks"),
               Wrong("divide by the number of chunks", "lambda g, n: sum(g) / len(g)",
                     "last one is smaller")),
        given="import numpy as np\nimport torch",
    ),
    Exercise(
        id="2-2d", name="tokens_per_s", reason=_tokens,
        hints=("The log of the 8 H100 gives both units for one run. Their quotient is a number of "
               "tokens per sample.",
               "84.2 samples a second, each of about 290 tokens."),
        solution="tokens_per_sample = 24524.9 / 84.4792\ntokens_per_s = 84.2 * tokens_per_sample",
        explains="84.2 samples a second are about 24,400 tokens a second: the card with 85 tokens "
                 "a second is some 290 times slower, not faster. Ask for the noun first.",
        right=("round(tokens_per_s)", "np.float32(tokens_per_s)", "84.2 * 290"),
        wrong=(Wrong("compare as printed", "84.2", "different nouns"),
               Wrong("290 is the speed", "24524.9 / 84.4792", "property of the data set"),
               Wrong("divided", "84.2 / 290.3", "you divided")),
        given="import numpy as np",
    ),
    Exercise(
        id="2-2e", name="memo", reason=rubric(
            Point("the scenario", r"offline|server|single.?stream|batch|interactive|latency",
                  "Under which scenario was the figure taken, and which one is yours?"),
            Point("the software", r"software|tensorrt|vllm|stack|driver|kernel|runtime|version",
                  "The same cards differ by a factor of almost four: which stack is quoted?"),
            Point("how it was timed", r"warm|median|interval|runs|repeat|percentile|fastest|p99",
                  "What do you ask about warm-up, number of runs and the interval?"),
            Point("your own workload", r"\b(our|my|own)\b.{0,40}(work|load|model|prompt|data"
                  r"|traffic|request|length)", "Whose sequence lengths and batch sizes count?")),
        hints=("Four things can each change the winner: scenario, software, how it was timed, and "
               "whose workload.",
               "Write what you would ask both vendors to run, and how you would read the answer."),
        solution='memo = ("We sign neither slide yet. Both quotes are Offline figures, and our '
                 "traffic is interactive, so we ask for the Server scenario with a p99 latency. We "
                 "ask for the software stack and its version, because the same cards differ almost "
                 "four times between two stacks. We ask for the median of at least thirty runs "
                 "after warm-up with its interval, not the fastest of five. And both vendors run "
                 'our own requests, with our prompt lengths, before we compare prices.")',
        explains="A quote is comparable when scenario, software, timing and workload are named and "
                 "equal. If only one question is allowed, ask for your own workload.",
        right=("memo.upper()",
               "'Ask both for the server scenario, the runtime version, thirty runs with interval, "
               "and a trial with our own prompts and their true length.'"),
        wrong=(Wrong("the higher number wins",
                     "'We take the first quote because its number of tokens per second is clearly "
                     "the higher of the two numbers that we were given today.'", "scenario"),
               Wrong("the cards are the same",
                     "'Both quotes are Offline figures for the same eight cards, so they must be "
                     "equally fast and we take the cheaper one of the two.'", "software"),
               Wrong("five runs are enough",
                     "'Both quotes are Offline figures on the same software, and each vendor has "
                     "measured it five times, so we sign the cheaper one.'",
                     "how it was timed")),
    ),
)  # fmt: skip

QUIZ = (
    Question(
        "The monitor says that the GPU is 100 % busy. Then",
        "something ran on it all the time; nothing is said about how fast",
        "Busy counts time with any kernel running. FLOP/s or bytes/s against the roof say more.",
        (("it works at its peak", "Busy is not fast: a kernel that waits for memory is busy too."),
         ("a faster card would not help", "It may help much: busy says nothing about the limit.")),
    ),
    Question(
        "At batch 1, a card with twice the FLOP/s and the same memory bandwidth is",
        "about as fast",
        "At batch 1 each weight is read once and used once: bandwidth sets the pace.",
        (("about twice as fast", "The arithmetic units wait for memory at batch 1: see the roof."),
         ("slower", "Nothing here makes it slower; it waits for memory as the other one does.")),
    ),
    Question(
        "Accumulating gradients over 8 equal chunks gives",
        "the same gradient, unless a layer looks at the whole batch",
        "The mean of equal means is the mean. Batch norm computes statistics of each chunk.",
        (("a different gradient, because the batch is smaller",
          "The weights do not move in between, so the chunks add up to the whole."),
         ("the same gradient, whatever the layers are",
          "Batch norm normalises each chunk by itself: the test in the notebook failed with it.")),
    ),
    Question(
        "The fastest of five runs is",
        "the luckiest of five runs",
        "A minimum falls with the number of tries. The median with its interval does not.",
        (("the true speed without noise",
          "On a machine with varying clocks the fastest run may never come back."),
         ("an honest summary if the vendor says so",
          "Said or not, it cannot be compared with a median, or with the best of fifty.")),
    ),
)  # fmt: skip
