"""How sure is that number, and is that difference real? Intervals, paired comparisons, tests.

Users reach these functions through `rates`. SciPy does the distributions, the bootstrap of samples
and the tests; our own are Wilson's and Bonett and Price's intervals, Holm's correction and the
expected best of k, a few lines each. Every interval says which method made it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers import _check, show

__all__ = [
    "Estimate", "best_of", "bh", "holm", "interval", "mcnemar", "paired", "percentile",
    "permutation", "wilcoxon", "wilson",
]  # fmt: skip


def level_of(level: Any) -> float:
    """The confidence level, refused when it is a percentage or too low to be of use."""
    return _check.number(level, "level", low=0.5, high=0.9999999)


def _floats(x: Any, name: str) -> np.ndarray:
    """Numbers of any shape; NaN may pass."""
    try:
        return np.asarray(x, dtype=float)
    except (TypeError, ValueError):
        _check.refuse(name, f"found {type(x).__name__} that are no numbers", "pass numbers")


@dataclass(frozen=True)
class Estimate:
    """A number with its interval: `value`, `low`, `high`, `n`, `level` and the `method` used."""

    value: float
    low: float
    high: float
    n: int
    level: float
    method: str

    def to_frame(self) -> pd.DataFrame:
        """One row with a column for each field."""
        return pd.DataFrame([asdict(self)])

    def __repr__(self) -> str:
        value, low, high = (show.value(x) for x in (self.value, self.low, self.high))
        return f"{value} [{low}, {high}] ({self.level:.0%}, {self.method}, n = {self.n:,})"


def wilson(k: Any, n: Any, level: float = 0.95) -> tuple:
    """Interval (low, high) for a rate of k cases out of n (Wilson 1927); NaN where n is 0.

    Takes numbers or arrays. Averaged over all rates it covers its level even for n = 10; for a
    single rate near 0 or 1 coverage dips (to .84 for n = 10, by enumeration).

    >>> [round(limit, 3) for limit in wilson(26, 50)]
    [0.385, 0.652]
    """
    from scipy.special import ndtri

    k, n = _floats(k, "k"), _floats(n, "n")
    if k.ndim and n.ndim and k.shape != n.shape:
        _check.refuse("k and n", f"found shapes {k.shape} and {n.shape}", "pass the same shape")
    if k.size == 0 or n.size == 0 or not (np.isfinite(k).all() and np.isfinite(n).all()):
        _check.refuse("k and n", "found no numbers, or missing ones", "pass counts")
    if (k < 0).any() or (k > n).any():
        _check.refuse("k", "found a count below 0 or above n", "pass k cases out of n")
    z2 = ndtri((1 + level_of(level)) / 2) ** 2
    n = np.where(n == 0, np.nan, n)
    middle, half = k + z2 / 2, np.sqrt(z2 * (k * (n - k) / n + z2 / 4))
    low = np.where(k == 0, 0 * n, (middle - half) / (n + z2))  # exact at the two ends
    high = np.where(k == n, 1 + 0 * n, (middle + half) / (n + z2))
    return (float(low), float(high)) if low.ndim == 0 else (low, high)


def percentile(draws: Any, level: float = 0.95) -> tuple:
    """Read (low, high) off bootstrap draws along their first axis, leaving out NaN.

    >>> percentile(range(1001), level=0.5)
    (250.0, 750.0)
    """
    draws = _floats(draws, "draws")
    if draws.ndim == 0 or len(draws) < 20:
        _check.refuse("draws", f"found {draws.size}", "pass at least 20 draws")
    dead = np.isnan(draws).all(axis=0)
    at = [(1 - level_of(level)) / 2, (1 + level) / 2]
    low, high = np.nanquantile(np.where(dead, 0.0, draws), at, axis=0)
    low, high = np.where(dead, np.nan, low), np.where(dead, np.nan, high)
    return (float(low), float(high)) if draws.ndim == 1 else (low, high)


def interval(
    sample: Any, statistic: str | Callable = "mean", *, level: float = 0.95, n_boot: int = 2000,
    seed: int = 0,
) -> Estimate:  # fmt: skip
    """The mean, the median or any other statistic of independent values, with its interval.

    Parameters
    ----------
    sample : (n,) numbers, at least 2 (a median: at least 6); 0/1 values or booleans are a rate, so
        measurements that happen to be all 0, or all 1, get a rate's interval as well
    statistic : "mean": Student's t, or Wilson for a rate; "median": order statistics, exact for
        any distribution; a function of an array: SciPy's BCa bootstrap with `n_boot` resamples
        (Efron 1987), which needs many values (a standard deviation, as measured: 30 normal values
        cover 89 %, 100 cover 93 %)

    >>> interval([2.1, 1.9, 2.4, 2.0])
    2.10 [1.76, 2.44] (95%, Student's t, n = 4)
    """
    x, level = _check.finite(sample, "sample"), level_of(level)
    least = {"mean": 1 if set(x.tolist()) <= {0, 1} else 2, "median": 6}
    if callable(statistic):
        return _bca(x, statistic, level, n_boot, seed)
    _check.choice(statistic, "statistic", least)
    if len(x) < least[statistic]:
        _check.refuse("sample", f"found {len(x)} values", f"a {statistic} needs {least[statistic]}")
    if statistic == "median":
        from scipy import stats

        step = int(stats.binom.ppf((1 - level) / 2, len(x), 0.5))
        if step == 0:
            _check.refuse("sample", f"found {len(x)} values, too few for level {level:g}",
                          "pass more values")  # fmt: skip
        low, high = np.sort(x)[[step - 1, len(x) - step]]
        return Estimate(float(np.median(x)), low, high, len(x), level, "order statistics")
    if set(x.tolist()) <= {0, 1}:
        return Estimate(float(x.mean()), *wilson(x.sum(), len(x), level), len(x), level, "Wilson")
    return student(x, level)


def student(x: np.ndarray, level: float) -> Estimate:
    """The mean of at least two numbers with Student's interval."""
    from scipy.special import stdtrit

    half = stdtrit(len(x) - 1, (1 + level) / 2) * x.std(ddof=1) / len(x) ** 0.5
    mean = float(x.mean())
    return Estimate(mean, float(mean - half), float(mean + half), len(x), level, "Student's t")


def _bca(x: np.ndarray, statistic: Callable, level: float, n_boot: int, seed: int) -> Estimate:
    from scipy import stats

    if len(x) < 2 or (x == x[0]).all():
        _check.refuse("sample", "found fewer than 2 different values", "pass values that vary")
    n_boot = _check.number(n_boot, "n_boot", low=100, whole=True)
    limits = stats.bootstrap(
        (x,), statistic, confidence_level=level, n_resamples=n_boot, vectorized=False,
        random_state=_check.seed(seed),
    ).confidence_interval  # fmt: skip
    value = float(statistic(x))
    return Estimate(value, float(limits.low), float(limits.high), len(x), level, "BCa bootstrap")


def paired(a: Any, b: Any, *, level: float = 0.95) -> Estimate:
    """Mean difference a - b between two outcomes of the same cases, with its interval.

    For right/wrong outcomes (0/1) the interval is Bonett and Price's (2012): one case is added to
    each kind of disagreement, so that it works for few cases; for other numbers Student's t.

    >>> paired([1, 1, 1, 0, 1, 1], [1, 0, 1, 0, 0, 1])
    0.333 [-0.208, 0.708] (95%, Bonett-Price, n = 6)
    """
    a, b = _check.aligned(a=a, b=b)
    a, b, level = _check.finite(a, "a"), _check.finite(b, "b"), level_of(level)
    if len(a) < 2:
        _check.refuse("a and b", "found 1 case", "pass at least 2")
    if not set(a.tolist()) | set(b.tolist()) <= {0, 1}:
        return student(a - b, level)
    low, high = discordant(((a > b).sum()), (a < b).sum(), len(a), level)
    return Estimate(float((a - b).mean()), float(low), float(high), len(a), level, "Bonett-Price")


def discordant(only_a: Any, only_b: Any, n: Any, level: float) -> tuple:
    """Bonett and Price's interval for a difference of paired rates, from counts of disagreement."""
    from scipy.special import ndtri

    p, q = (only_a + 1) / (n + 2), (only_b + 1) / (n + 2)
    half = ndtri((1 + level) / 2) * np.sqrt((p + q - (p - q) ** 2) / (n + 2))
    return np.maximum(p - q - half, -1), np.minimum(p - q + half, 1)


def mcnemar(only_a: int, only_b: int) -> float:
    """Exact two-sided p of McNemar's test from the two counts of cases that only one got right.

    >>> round(mcnemar(2, 11), 4)
    0.0225
    """
    from scipy.stats import binomtest

    a = _check.number(only_a, "only_a", low=0, whole=True)
    b = _check.number(only_b, "only_b", low=0, whole=True)
    return float(binomtest(a, a + b).pvalue) if a + b else 1.0


def permutation(a: Any, b: Any, *, same_cases: bool = False, n: int = 9999, seed: int = 0) -> float:
    """Two-sided p of a permutation test for equal means of two samples.

    `same_cases` says that a and b belong to the same cases: within each case the two values
    change places. Otherwise all values change samples. SciPy permutes; exact for small samples.

    >>> permutation([1, 2, 3], [4, 5, 6])
    0.1
    """
    from scipy import stats

    if same_cases:
        a, b = _check.aligned(a=a, b=b)
    a, b = _check.finite(a, "a"), _check.finite(b, "b")
    kind = "samples" if same_cases else "independent"
    if len(a) < 2 or len(b) < 2:
        _check.refuse("a and b", "found fewer than 2 values in one of them", "pass at least 2")
    return float(stats.permutation_test(
        (a, b), lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis), permutation_type=kind,
        vectorized=True, n_resamples=_check.number(n, "n", low=99, whole=True), batch=500,
        random_state=_check.seed(seed)).pvalue)  # fmt: skip


def wilcoxon(a: Any, b: Any) -> float:
    """Two-sided p of Wilcoxon's signed-rank test on paired values (SciPy); 1 if all are equal.

    >>> wilcoxon([3, 5, 2, 8, 7], [1, 2, 1, 3, 3])
    0.0625
    """
    from scipy import stats

    a, b = _check.aligned(a=a, b=b)
    a, b = _check.finite(a, "a"), _check.finite(b, "b")
    return 1.0 if (a == b).all() else float(stats.wilcoxon(a, b).pvalue)


def _p_values(p: Any) -> np.ndarray:
    values = _check.finite(p, "p")
    if values.min() < 0 or values.max() > 1:
        _check.refuse("p", "found values outside 0 to 1", "pass p values")
    return values


def holm(p: Any) -> np.ndarray:
    """Holm's (1979) adjusted p values: all claims below .05 hold together at 95 %.

    >>> holm([.01, .04, .03])
    array([0.03, 0.06, 0.06])
    """
    p = _p_values(p)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    out = np.empty(len(p))
    out[order] = np.minimum(stepped, 1)
    return out


def bh(p: Any) -> np.ndarray:
    """Benjamini and Hochberg's (1995) adjusted p values: of the claims below .05, 5 % are false.

    >>> bh([.01, .04, .03])
    array([0.03, 0.04, 0.04])
    """
    from scipy.stats import false_discovery_control

    return false_discovery_control(_p_values(p))


def best_of(k: int) -> float:
    """Expected maximum of k independent standard normal values: how lucky the best of k is.

    >>> [round(best_of(k), 4) for k in (2, 5, 20)]
    [0.5642, 1.163, 1.8675]
    """
    from scipy import integrate, special

    k = _check.number(k, "k", low=1, high=1e6, whole=True)

    def density(x: float) -> float:
        return x * k * np.exp(-x * x / 2 + (k - 1) * special.log_ndtr(x)) / (2 * np.pi) ** 0.5

    return float(integrate.quad(density, -9, 9, epsabs=1e-12, limit=200)[0])
