"""Is the gap between groups real? The private half of `fairness` that compares groups.

Pairs of groups are compared by MOVER, which builds the interval of a difference from the
intervals of its two parts, and all pairs together by Tukey's range. The permutation test draws
tables with fixed margins (`scipy.stats.random_table`) instead of moving rows: the same
distribution, in milliseconds.
"""

from __future__ import annotations

import functools
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers import _check, rates, show

BETWEEN = {"difference": "highest minus lowest", "ratio": "lowest over highest",
           "odds": "odds ratio, lowest over highest"}  # fmt: skip


class Shown:
    """A result that is a title and a table: text, HTML and a DataFrame of the same figures."""

    def to_frame(self) -> pd.DataFrame:
        """The table with its labels as ordinary columns."""
        return self._table().reset_index()

    def __repr__(self) -> str:
        return f"{self._title()}\n{show.table(self._table()).to_string()}"

    def _repr_html_(self) -> str:
        return f"<p>{self._title()}</p>{show.table(self._table()).to_html()}"


def axes(ax: Any) -> Any:
    import matplotlib.pyplot as plt

    return plt.subplots()[1] if ax is None else ax


def look(i: int) -> dict:
    inks = [name for name in show.PALETTE if name != "yellow"]
    return {"colour": inks[i % len(inks)], "marker": show.MARKERS[i % len(show.MARKERS)]}


@dataclass(frozen=True)
class Gap:
    """How far apart the groups are in one metric.

    `estimate` is the highest group's rate minus the lowest's (how="difference"), or the lowest
    over the highest, as rates ("ratio") or as odds ("odds"). The interval holds for all pairs of
    groups together; one that holds 0 (a ratio: 1) says that no gap has been shown. `p` is from the
    permutation test of no gap. `note` says why a number is NaN and which groups were left out.
    """

    metric: str
    how: str
    estimate: float
    low: float
    high: float
    p: float
    highest: Any
    lowest: Any
    n: int
    level: float
    note: str = ""

    @property
    def shown(self) -> bool:
        """True when the interval leaves out "no gap"."""
        return bool(self.low > 0 if self.how == "difference" else self.high < 1)

    def to_frame(self) -> pd.DataFrame:
        """One row with a column for each field."""
        return pd.DataFrame([asdict(self)])

    def __repr__(self) -> str:
        name = f"{self.metric} ({BETWEEN[self.how]})"
        if np.isnan(self.estimate):
            return f"{name}: no gap to report, {self.note}"
        value, low, high, p = (show.value(x) for x in (self.estimate, self.low, self.high, self.p))
        verdict = "" if self.shown else "; no gap has been shown"
        return (f"{name}: {value} [{low}, {high}] ({self.level:.0%}), p = {p}, highest "
                f"{self.highest!r}, lowest {self.lowest!r}, n = {self.n:,}{verdict}"
                + (f"; {self.note}" if self.note else ""))  # fmt: skip


def crossed(groups: Any) -> Any:
    """Two or more columns become one: "DIS=1, SEX=2" for a DataFrame, "1, 2" for an array."""
    if isinstance(groups, pd.DataFrame):
        names = [f"{c}=" for c in groups.columns]
        columns, index = [groups[c] for c in groups.columns], groups.index
    elif getattr(groups, "ndim", 1) == 2:
        columns, index = list(np.asarray(groups).T), None
        names = [""] * len(columns)
    else:
        return groups
    for i, column in enumerate(columns):
        _check.groups(column, f"groups[{i}]")
    labels = [", ".join(n + str(v) for n, v in zip(names, row, strict=True))
              for row in zip(*columns, strict=True)]  # fmt: skip
    return labels if index is None else pd.Series(labels, index=index)


def measure(
    counts: pd.DataFrame, chosen: list, how: str, name: str, note: str, *, level: float,
    n_boot: int, seed: int,
) -> Gap:  # fmt: skip
    """The gap of two or more groups in one rate, or the larger of the gaps in two."""
    share = 1 - (1 - level) / len(chosen)  # equalised odds: two gaps at once
    each = pair_level(share, len(counts))
    tables = [rates.estimates(counts, [rate], level=each, n_boot=n_boot, seed=seed)
              for rate in chosen]  # fmt: skip
    found = [widest_pair(*e[["estimate", "low", "high"]].to_numpy().T, how) for e in tables]
    estimate, _, _, i, j = max(found, key=lambda f: f[0])
    low, high = max(f[1] for f in found), max(f[2] for f in found)
    if how != "difference":
        estimate, low, high = np.exp(-estimate), np.exp(-high), np.exp(-low)
    n = int(sum(rate.n(counts).sum() for rate in chosen))
    labels, p = counts.index.tolist(), permuted_p(counts, chosen, n_boot, seed)
    return Gap(name, how, float(estimate), float(low), float(high), p, labels[i], labels[j], n,
               level, note)  # fmt: skip


def _scaled(x: Any, how: str) -> np.ndarray:
    """The scale on which two groups are subtracted: the rate, its logarithm, or its log odds."""
    x = np.asarray(x, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return x if how == "difference" else np.log(x) if how == "ratio" else np.log(x / (1 - x))


@functools.lru_cache(maxsize=256)
def pair_level(level: float, groups: int) -> float:
    """Level for one pair that makes all pairs of so many groups hold together (Tukey's range)."""
    from scipy import special, stats

    z = stats.studentized_range.ppf(level, groups, np.inf) / 2**0.5
    return float(2 * special.ndtr(z) - 1)


def widest_pair(estimate: Any, low: Any, high: Any, how: str) -> tuple:
    """Largest gap, largest lower and upper limit of all pairs, and the pair that is farthest apart.

    Takes arrays of shape (..., groups), so that many simulated audits can be compared at once.
    """
    t, low, high = (_scaled(x, how)[..., :, None] for x in (estimate, low, high))
    t2, low2, high2 = (np.swapaxes(x, -1, -2) for x in (t, low, high))
    with np.errstate(invalid="ignore"):
        gap = t - t2
        below = gap - np.hypot(t - low, high2 - t2)
        above = gap + np.hypot(high - t, t2 - low2)
        # A rate of 0 or 1 has no finite logarithm: there the outer limits stand in.
        below = np.where(np.isnan(below), low - high2, below)
        above = np.where(np.isnan(above), high - low2, above)
    gap = np.where(np.isnan(gap), 0.0, gap)  # both without a finite logarithm: equal
    groups = gap.shape[-1]
    same = np.eye(groups, dtype=bool)
    gap, below, above = (np.where(same, -np.inf, x).reshape(*x.shape[:-2], -1)
                         for x in (gap, below, above))  # fmt: skip
    i, j = np.divmod(gap.argmax(axis=-1), groups)
    return gap.max(axis=-1), below.max(axis=-1), above.max(axis=-1), i, j


def permuted_p(counts: pd.DataFrame, chosen: list, n: int, seed: int) -> float:
    """Share of tables with shuffled groups that look at least as unequal (Phipson & Smyth 2010).

    Only rows that the rate is about change groups: for a true positive rate those with y = 1. To
    shuffle all rows would test equal base rates too, and reject for the wrong reason. The tables
    are compared by their largest standardised difference, so that one small group cannot drown
    the others.
    """
    from scipy.stats import random_table

    rng, cells = _check.seed(seed), counts.to_numpy()
    shuffled = np.repeat(cells[None], n, axis=0)
    for part in dict.fromkeys(part for rate in chosen for part in rate.within):
        some = cells[:, part]
        if some.sum():
            shuffled[:, :, part] = random_table.rvs(
                some.sum(axis=1), some.sum(axis=0), size=n, random_state=rng)  # fmt: skip
    weights = [_weight(counts, rate) for rate in chosen]
    seen = _unequal(cells[None], chosen, weights)[0]
    return float((1 + (_unequal(shuffled, chosen, weights) >= seen - 1e-9).sum()) / (1 + n))


def _weight(counts: pd.DataFrame, rate: Any) -> np.ndarray:
    """One over the standard error of each pair's difference if all groups had the same rate."""
    n = rate.n(counts)
    pooled = rate(counts.sum()) if rate.share else 0.5
    spread = pooled * (1 - pooled) or 1.0
    return np.sqrt(1 / (spread * (1 / n[:, None] + 1 / n[None, :])))


def _unequal(tables: np.ndarray, chosen: list, weights: list) -> np.ndarray:
    largest = []
    for rate, weight in zip(chosen, weights, strict=True):
        t = rate(tables)
        apart = np.abs(t[:, :, None] - t[:, None, :]) * weight
        largest.append(np.nan_to_num(apart, nan=0.0).max(axis=(1, 2)))
    return np.max(largest, axis=0)
