"""Measured: `timing` beside the usual ways, on the machine that runs this script.

    python tests/bench/timing.py [repeats]

1. An A/A test: the same function timed twice should come out equal. How far off is it when the
   two are timed one after the other, and how far when they take turns? Both ways get the same
   number of seconds. Median and 90th percentile of the error over the repeats.
2. `torch.utils.benchmark.Timer` and `timing.measure` on the same functions, by turns.
"""

import os
import sys
import time

import numpy as np

from helpers import resources, timing

SECONDS = 0.4  # for each side of an A/A pair
ROWS = (5_000, 59_129)


def error_one_after_other(fn):
    """Each side gets its seconds in one piece, as two separate measurements would."""
    sides = [timing.measure(fn, device="cpu", budget=SECONDS, precision=0) for _ in range(2)]
    return abs(sides[1].median / sides[0].median - 1)


def error_in_turns(fn, seed):
    pair = timing.compare({"a": fn, "b": fn}, device="cpu", budget=2 * SECONDS, precision=0,
                          seed=seed)  # fmt: skip
    return abs(pair.ratio("b").value - 1), pair.verdict("b") == "not told apart"


def a_a(rows, repeats):
    scores = np.random.default_rng(0).random(rows)

    def fn():
        np.sort(scores)

    after, turns, quiet = [], [], 0
    for repeat in range(repeats):
        after.append(error_one_after_other(fn))
        error, agrees = error_in_turns(fn, repeat)
        turns.append(error)
        quiet += agrees
    print(f"A/A, sorting {rows:,} numbers, {repeats} repeats, {2 * SECONDS:g} s a pair")
    for name, errors in (("one after the other", after), ("in turns", turns)):
        middle, p90 = np.quantile(errors, [0.5, 0.9])
        print(f"  {name:20} median error {middle:8.3%}   p90 {p90:8.3%}")
    print(f"  ratio of the medians {np.median(after) / np.median(turns):.1f}; "
          f"compare said 'not told apart' {quiet} times of {repeats}")  # fmt: skip


def beside_torch(repeats=5):
    import torch
    from torch.utils.benchmark import Timer

    torch.set_num_threads(1)
    x, wide = torch.randn(64, 1024), torch.nn.Linear(1024, 1024)
    functions = {
        "empty": lambda: None,
        "add 10 numbers": lambda: x[0, :10] + 1,
        "linear, batch 64": lambda: wide(x),
    }
    print(f"median seconds a call, {repeats} turns each (lowest to highest of the turns)")
    for name, fn in functions.items():
        theirs, ours = [], []
        for _ in range(repeats):
            theirs.append(Timer("fn()", globals={"fn": fn}).blocked_autorange(
                min_run_time=0.3).median)  # fmt: skip
            ours.append(timing.measure(fn, device="cpu", budget=0.3, precision=0).median)
        print(f"  {name:18} Timer {np.median(theirs):.3e} ({min(theirs):.2e} to "
              f"{max(theirs):.2e})   measure {np.median(ours):.3e} ({min(ours):.2e} to "
              f"{max(ours):.2e})   ratio {np.median(ours) / np.median(theirs):.3f}")  # fmt: skip


if __name__ == "__main__":
    begun = time.perf_counter()
    print(resources.environment())
    if hasattr(os, "getloadavg"):
        print("load (1, 5, 15 minutes):", *(f"{x:.2f}" for x in os.getloadavg()))
    for rows in ROWS:
        a_a(rows, int(sys.argv[1]) if len(sys.argv) > 1 else 30)
    beside_torch()
    print(f"{time.perf_counter() - begun:.0f} s")
