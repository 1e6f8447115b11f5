"""Who gets what at which threshold, and at what price? The private half of `fairness` for that.

One pass over the scores fills a histogram for each group and class; its running sums are the
counts at every threshold. The intervals come from `rates`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers import _check, _gaps, _stats, rates, show


@dataclass(frozen=True, eq=False, repr=False)
class Frontier(_gaps.Shown):
    """Error rates by group and cost per row over thresholds, in `table`; `cheapest` threshold."""

    table: pd.DataFrame
    cheapest: float
    level: float

    def _table(self) -> pd.DataFrame:
        return self.table

    def _title(self) -> str:
        return f"{len(self.table.index.unique(0))} thresholds; cheapest at {self.cheapest:g}"

    def plot(self, ax: Any = None, metric: str = "false_negative_rate") -> Any:
        """A rate against the threshold, one line with its band for each group."""
        ax = _gaps.axes(ax)
        _check.choice(metric, "metric", rates.RATES)
        _check.columns(self.table, [metric], "metric")
        for i, g in enumerate(k for k in self.table.index.unique("group") if k != "all"):
            t = self.table.xs(g, level="group")
            ink = show.PALETTE[_gaps.look(i)["colour"]]
            ax.plot(t.index, t[metric], show.LINES[i % len(show.LINES)], color=ink, label=str(g))
            ax.fill_between(t.index, t[f"{metric}_low"], t[f"{metric}_high"], color=ink, alpha=0.2)
        ax.set(xlabel="threshold", ylabel=metric.replace("_", " "))
        ax.legend(title="group")
        return ax


def frontier(
    y: Any, score: Any, groups: Any, metrics: Iterable = (
        "false_negative_rate", "false_positive_rate", "selection_rate"), *,
    price_fp: float = 1.0, price_fn: float = 1.0, thresholds: Any = None, positive: Any = None,
    level: float = 0.95,
) -> Frontier:  # fmt: skip
    """What each group gets, and what it costs, when `score >= threshold` decides.

    Parameters
    ----------
    y, score, groups : (n,) labels, probabilities, groups (or (n, 2) columns, as in `audit`)
    metrics : shares from `rates.RATES` (those with Wilson intervals)
    price_fp, price_fn : money lost by one wrong yes and by one wrong no
    thresholds : rising numbers from 0 to 1; default 0, .01, ..., 1

    Returns a table with index (threshold, group; "all" pools the groups) and columns metric,
    metric_low, metric_high for each metric, then cost, cost_low, cost_high (money per row, with
    the normal interval of a mean) and n.

    >>> front = frontier([1, 0, 1, 0] * 20, [.9, .6, .4, .1] * 20, ["a", "a", "b", "b"] * 20)
    >>> front.table.loc[(0.5, "b"), ["false_negative_rate", "cost"]].tolist()
    [1.0, 0.5]
    """
    y, score, groups = _check.aligned(y=y, score=score, groups=_gaps.crossed(groups))
    level = _stats.level_of(level)
    y, score = _check.binary(y, "y", positive), _check.scores(score)
    code, labels = _check.groups(groups)
    if "all" in labels:
        _check.refuse(
            "groups", "found a group called 'all'", "rename it; the pooled rows are 'all'"
        )
    at = np.linspace(0, 1, 101).round(2) if thresholds is None else _check.scores(
        thresholds, "thresholds")  # fmt: skip
    if (np.diff(at) <= 0).any():
        _check.refuse("thresholds", "found numbers that do not rise", "sort them, each one once")
    fp, fn = _check.number(price_fp, "price_fp", low=0), _check.number(price_fn, "price_fn", low=0)
    chosen = rates.rates_of(metrics)
    if not all(r.share for r in chosen):
        _check.refuse("metrics", "found one that is no share of rows", "pass shares, such as FNR")
    table = _swept(y, score, code, at, labels)
    out = {}
    for rate in chosen:
        k, n = rate.parts(*table.to_numpy().T)
        low, high = rates.wilson(k, n, level)
        out |= {rate.name: rate(table), f"{rate.name}_low": low, f"{rate.name}_high": high}
    frame = pd.DataFrame(out, index=table.index).join(_cost(table, fp, fn, level))
    everyone = frame.cost.xs("all", level="group")
    return Frontier(frame, float(everyone.idxmin()), level)


def _swept(y: np.ndarray, score: np.ndarray, code: np.ndarray, at: np.ndarray, labels: list) -> Any:
    """Counts at every threshold for each group and, last, for all."""
    passed = np.searchsorted(at, score, side="right")  # how many thresholds a score reaches
    size = len(at) + 1
    bars = np.bincount((2 * code + y) * size + passed, minlength=2 * len(labels) * size)
    bars = bars.reshape(len(labels), 2, size)
    bars = np.concatenate([bars, bars.sum(axis=0, keepdims=True)])
    said = bars[..., ::-1].cumsum(axis=-1)[..., ::-1][..., 1:]
    denied = bars.sum(axis=-1, keepdims=True) - said
    cells = np.stack([denied[:, 0], said[:, 0], denied[:, 1], said[:, 1]], axis=-1)
    index = pd.MultiIndex.from_product([at, [*labels, "all"]], names=["threshold", "group"])
    return pd.DataFrame(cells.swapaxes(0, 1).reshape(-1, 4), index, list(rates.CELLS))


def _cost(table: pd.DataFrame, price_fp: float, price_fn: float, level: float) -> pd.DataFrame:
    from scipy.special import ndtri

    n = table.sum(axis=1)
    cost = (price_fp * table.fp + price_fn * table.fn) / n
    spread = (price_fp**2 * table.fp + price_fn**2 * table.fn) / n - cost**2
    half = ndtri((1 + level) / 2) * np.sqrt(spread.clip(lower=0) / n)
    return pd.DataFrame({"cost": cost, "cost_low": cost - half, "cost_high": cost + half, "n": n})
