"""How long do bootstrap intervals of group rates take, in fairlearn and here? Run by hand.

    python tests/bench/fairness.py --boot 1000

Both do the same job in one run: four rates for two groups of 20,000 rows, with 95 % percentile
intervals of each group's rates and of the differences, from the same number of resamples. The
last line is the whole audit with the gaps, their intervals and permutation tests.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import platform
import sys
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(pathlib.Path(__file__).parents[2]))

import numpy as np

from helpers import fairness, rates

NAMES = ("accuracy", "selection_rate", "true_positive_rate", "false_positive_rate")


def people(n: int, seed: int = 0) -> tuple:
    rng = np.random.default_rng(seed)
    g, y = np.where(rng.uniform(size=n) < 0.15, "b", "a"), rng.integers(0, 2, n)
    right = rng.uniform(size=n) < np.where(g == "a", 0.8, 0.75)
    return y, np.where(right, y, 1 - y), g


def theirs(y, h, g, boot: int) -> dict:
    from fairlearn import metrics
    from sklearn.metrics import accuracy_score

    functions = {"accuracy": accuracy_score} | {n: getattr(metrics, n) for n in NAMES[1:]}
    frame = metrics.MetricFrame(
        metrics=functions, y_true=y, y_pred=h, sensitive_features=g, n_boot=boot,
        ci_quantiles=[0.025, 0.975], random_state=0,
    )  # fmt: skip
    low, high = frame.difference_ci()
    assert len(frame.by_group_ci) == 2  # the limits of each group's rates, computed above
    return {n: (float(low[n]), float(high[n])) for n in NAMES}


def ours(y, h, g, boot: int) -> dict:
    draws = rates.bootstrap(rates.counts(y, h, g), boot)
    out = {}
    for name in NAMES:
        values = rates.RATES[name](draws)
        assert len(rates.percentile(values)) == 2  # the limits of each group's rates
        out[name] = rates.percentile(np.abs(np.diff(values, axis=1))[:, 0])
    return out


def timed(function, *args, repeats: int = 1) -> tuple[float, object]:
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = function(*args)
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds)), result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--boot", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=20_000)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    data = people(options.rows)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
          f"{options.rows:,} rows")  # fmt: skip
    ours(*data, 100)  # imports are paid here, for both
    theirs(*data, 2)
    for boot in sorted({100, options.boot}):
        before, our_gaps = timed(ours, *data, boot, repeats=11)
        long, their_gaps = timed(theirs, *data, boot)
        after, _ = timed(ours, *data, boot, repeats=11)
        short = max(before, after)  # measured around the long run: take the slower
        print(f"{boot:5d} resamples: fairlearn {long:8.2f} s, rates.bootstrap {1e3 * short:7.2f} ms"
              f" ({long / short:,.0f} times), medians of 11 around it")  # fmt: skip
        for name in NAMES:
            low, high, low2, high2 = (*their_gaps[name], *our_gaps[name])
            print(f"      {name:20s} [{low:.4f}, {high:.4f}]  here [{low2:.4f}, {high2:.4f}]")
    whole, _ = timed(lambda: fairness.audit(*data, NAMES).gaps(), repeats=5)
    print(f"audit and gaps with tests, 2,000 draws: {1e3 * whole:.1f} ms")


if __name__ == "__main__":
    main()
