"""How far have two samples drifted apart, column by column or as whole rows?

Users reach these functions through `drift`: the numbers behind one row of `drift.table`, and the
maximum mean discrepancy. SciPy does the tests and the distances.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers import _check, show

FEW = 20  # a numeric column with at most so many values counts as categories (codes)


def pair(reference: Any, current: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two tables with the same columns, in the same order."""
    frames = []
    for frame, name in ((reference, "reference"), (current, "current")):
        if isinstance(frame, pd.Series):
            frame = frame.to_frame(frame.name if frame.name is not None else "value")
        frames.append(pd.DataFrame(_check.matrix(frame, name)))
    first, second = frames
    for name in first.columns:
        if name not in second.columns:
            _check.refuse("current", f"has no column {str(name)!r}", "pass the same columns")
    extra = [str(c) for c in second.columns if c not in first.columns]
    if extra:
        _check.refuse("reference", f"has no column {extra[0]!r}", "pass the same columns")
    if not (first.columns.is_unique and second.columns.is_unique):
        _check.refuse("reference", "has a column name twice", "rename the columns")
    return first, second[first.columns]


def column(old: pd.Series, new: pd.Series, bins: int, named: bool) -> dict:
    """One row of the table."""
    from scipy.stats import chi2

    numeric = not named and all(
        pd.api.types.is_numeric_dtype(s) and not pd.api.types.is_bool_dtype(s) for s in (old, new))
    if numeric:
        old, new = (s.to_numpy(float, na_value=np.nan) for s in (old, new))
        few = np.concatenate([old[:1000], new[:1000]])  # enough to settle it for most columns
        numeric = len(np.unique(few)) > FEW or len(np.unique(np.concatenate([old, new]))) > FEW
    binned = _by_quantile if numeric else _by_value
    a, b, note = binned(old, new, bins)
    used = int(((a + b) > 0).sum())
    floor = float(chi2.ppf(0.95, used - 1) * (1 / a.sum() + 1 / b.sum())) if used > 1 else 0.0
    ks, p = _distance(old, new) if numeric else (np.nan, _chi2(a, b))
    if numeric and (a[-1] or b[-1]):
        gone = _chi2(np.array([a[:-1].sum(), a[-1]]), np.array([b[:-1].sum(), b[-1]]))
        p = min(1.0, 2 * min(p, gone))
    return {"kind": "numeric" if numeric else "categories", "psi": _psi(a, b), "floor": floor,
            "ks": ks, "p": p, "note": note}  # fmt: skip


def _by_quantile(old: np.ndarray, new: np.ndarray, bins: int) -> tuple:
    """Counts in the bins of the reference's quantiles; the last bin holds what is missing."""
    known = old[np.isfinite(old)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1])) if len(known) else []
    out = []
    for x in (old, new):
        gone = np.isnan(x)
        place = np.searchsorted(edges, x[~gone], side="left")
        out.append(np.append(np.bincount(place, minlength=len(edges) + 1), gone.sum()))
    shares = [x[-1] / x.sum() for x in out]
    note = f"missing: {shares[0]:.1%} then {shares[1]:.1%}" if any(shares) else ""
    return *out, note


def _by_value(old: Any, new: Any, _bins: int) -> tuple:
    """Counts of each value; missing ones and values not seen before are values too."""
    codes, values = pd.factorize(pd.concat([pd.Series(old).astype(object),
                                            pd.Series(new).astype(object)]))  # fmt: skip
    codes = np.where(codes < 0, len(values), codes)
    a, b = (np.bincount(part, minlength=len(values) + 1) for part in np.split(codes, [len(old)]))
    fresh = int(((a[:-1] == 0) & (b[:-1] > 0)).sum())
    notes = [f"{fresh} values not seen before"] * (fresh > 0)
    if a[-1] or b[-1]:
        notes.append(f"missing: {a[-1] / len(old):.1%} then {b[-1] / len(new):.1%}")
    if len(values) > 0.5 * len(codes) and len(codes) > 40:
        notes.append("nearly every row has a value of its own: an identifier?")
    return a, b, "; ".join(notes)


def _psi(a: np.ndarray, b: np.ndarray) -> float:
    """Sum of (share - share) x log ratio over the bins in use, half a row added to each."""
    used = (a + b) > 0
    if np.array_equal(a, b):
        return 0.0
    shares = [(x[used] + 0.5) / (x.sum() + 0.5 * used.sum()) for x in (a, b)]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def _chi2(a: np.ndarray, b: np.ndarray) -> float:
    from scipy.stats import chi2_contingency

    used = (a + b) > 0
    if used.sum() < 2 or not (a.sum() and b.sum()):
        return 1.0
    return float(chi2_contingency(np.array([a[used], b[used]]), correction=False).pvalue)


def _distance(old: np.ndarray, new: np.ndarray) -> tuple[float, float]:
    """Kolmogorov and Smirnov's distance of the values that are there, and its p."""
    from scipy.stats import ks_2samp

    a, b = old[~np.isnan(old)], new[~np.isnan(new)]
    if not len(a) or not len(b):
        return np.nan, 1.0
    found = ks_2samp(a, b, method="auto" if max(len(a), len(b)) < 2000 else "asymp")
    return float(found.statistic), float(found.pvalue)


@dataclass(frozen=True)
class MMD:
    """Maximum mean discrepancy: `value` (unbiased, squared), its `p`, and the kernel's `width`."""

    value: float
    p: float
    width: float
    n: tuple[int, int]

    def __repr__(self) -> str:
        return (f"MMD² {show.value(self.value)} (p = {self.p:.3g}, kernel width "
                f"{show.value(self.width)}, n = {self.n[0]:,} and {self.n[1]:,})")  # fmt: skip


def mmd(
    reference: Any, current: Any, *, width: float | None = None, n_perm: int = 500,
    most: int = 2000, seed: Any = 0,
) -> MMD:  # fmt: skip
    """Do two samples of numbers differ in any way that a smooth function can see?

    Gretton and others' unbiased estimate (2012) with a Gaussian kernel on columns standardised by
    the reference; p by permutation, all permutations in one matrix product.

    Parameters
    ----------
    reference, current : (n, columns) and (m, columns), numbers without gaps, 4 rows or more each
    width : of the kernel, in standard deviations; None: the median distance of all pairs
    most : rows used of each sample, drawn at random (memory grows with their square)

    >>> rng = np.random.default_rng(0)
    >>> mmd(rng.normal(size=(200, 3)), rng.normal(size=(200, 3)) + .5).p < .01
    True
    """
    frames, rng = pair(reference, current), _check.seed(seed)
    n_perm = _check.number(n_perm, "n_perm", low=20, whole=True)
    most = _check.number(most, "most", low=4, whole=True)
    samples = []
    for frame, name in zip(frames, ("reference", "current"), strict=True):
        for column in frame.columns:
            _check.finite(frame[column], f"{name}, column {str(column)!r}")
        if len(frame) < 4:
            _check.refuse(name, f"found {len(frame)} rows", "pass at least 4")
        x = frame.to_numpy(float)
        samples.append(x[rng.permutation(len(x))[:most]])
    a, b = samples
    scale = frames[0].to_numpy(float).std(axis=0)
    z = np.vstack([a, b]) / np.where(scale > 0, scale, 1)
    kernel, width = _kernel(z, width)
    value, draws = _permuted(kernel, len(a), n_perm, rng)
    p = (1 + int((draws >= value).sum())) / (n_perm + 1)
    return MMD(value, p, width, (len(a), len(b)))


def _kernel(z: np.ndarray, width: float | None) -> tuple[np.ndarray, float]:
    """Gaussian kernel of all pairs, its diagonal 0."""
    from scipy.spatial.distance import pdist, squareform

    squared = pdist(z, "sqeuclidean")
    if width is None:
        width = float(np.sqrt(np.median(squared))) or 1.0
    width = _check.number(width, "width", low=1e-12)
    return squareform(np.exp(-squared / (2 * width**2))), width


def _permuted(kernel: np.ndarray, n: int, n_perm: int, rng: np.random.Generator) -> tuple:
    """The statistic for the samples as they are, and for `n_perm` random divisions."""
    total, m = len(kernel), len(kernel) - n
    inside = np.zeros((total, n_perm + 1))
    inside[:n, 0] = 1
    for k in range(1, n_perm + 1):
        inside[rng.permutation(total)[:n], k] = 1
    row, everything = kernel.sum(axis=1), kernel.sum()
    within = np.einsum("ik,ik->k", inside, kernel @ inside)  # both of a pair in the first sample
    touching = row @ inside  # first of a pair in the first sample
    other = everything - 2 * touching + within
    across = touching - within
    found = within / (n * (n - 1)) + other / (m * (m - 1)) - 2 * across / (n * m)
    return float(found[0]), found[1:]
