"""What an explanation looks like: shares per row and column, their table and their figures.

`helpers.interpret` makes these results and `helpers.faithful` questions them; both know this
shape and not each other. pandas makes the tables, matplotlib draws.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from helpers import _check, show


@dataclass(frozen=True, eq=False, repr=False)
class Explained:
    """What `explain` found: `base + values[i].sum() == predicted[i]`, up to `gap`.

    values (n, f): share of each column, in units of `output`; base: mean output over the
    background; predicted (n,): f(X); gap: largest |predicted - base - sum of values|; method;
    output: "probability", "margin" (log-odds for most classifiers) or "value"; stderr (n, f):
    standard error over parts of the background and seeds, or `show.NotMeasured`; columns; data:
    the rows explained; background: the rows compared with; note: how many, and whose choice;
    f: the very function explained, from rows to (n,) numbers.
    """

    values: np.ndarray
    base: float
    gap: float
    method: str
    output: str
    stderr: np.ndarray | show.NotMeasured
    columns: tuple[str, ...]
    predicted: np.ndarray
    data: pd.DataFrame
    background: pd.DataFrame | None
    note: str
    f: Callable = field(default=None)

    def to_frame(self, row: int | None = None) -> pd.DataFrame:
        """Global table (mean |value| with a 95 % interval, mean), or one row's reasons.

        The interval counts the rows as a sample and adds the standard error of the values.
        """
        if row is not None:
            row = _check.number(row, "row", low=0, high=len(self.values) - 1, whole=True)
            cells = {"at": self.data.iloc[row].to_list(), "value": self.values[row]}
            if not isinstance(self.stderr, show.NotMeasured):
                cells["stderr"] = self.stderr[row]
            out = pd.DataFrame({"column": self.columns, **cells})
            return out.sort_values("value", key=np.abs, ascending=False, ignore_index=True)
        size, n = np.abs(self.values), len(self.values)
        measured = not isinstance(self.stderr, show.NotMeasured)
        spread = size.var(axis=0, ddof=min(1, n - 1)) / n
        spread = spread + (self.stderr.mean(axis=0) ** 2 if measured else 0.0)
        spread = spread if measured or n > 1 else np.full(len(spread), np.nan)
        mean, half = size.mean(axis=0), 1.96 * np.sqrt(spread)
        out = pd.DataFrame({
            "column": self.columns, "mean_abs": mean, "low": np.maximum(mean - half, 0),
            "high": mean + half, "mean": self.values.mean(axis=0)})  # fmt: skip
        return out.sort_values("mean_abs", ascending=False, kind="stable", ignore_index=True)

    def _summary(self) -> tuple[str, pd.DataFrame]:
        n, f = self.values.shape
        head = (f"Explained: {n:,} row{'s' * (n > 1)} x {f} columns, output {self.output}, "
                f"method {self.method}; base {show.value(self.base)} over {self.note}; largest "
                f"gap {show.machine(self.gap, digits=1)}")  # fmt: skip
        top = self.to_frame().head(8).round(3)
        numbers = top.columns[1:]
        return head, show.table(top.assign(**{c: top[c] + 0.0 for c in numbers}))  # no "-0.000"

    def __repr__(self) -> str:
        head, table = self._summary()
        return f"{head}\n{table.to_string(index=False)}"

    def _repr_html_(self) -> str:
        head, table = self._summary()
        return f"<p>{html.escape(head)}</p>{table.to_html(index=False)}"

    def plot(self, ax: Any = None, top: int = 10) -> Any:
        """Mean |value| of the `top` columns with 95 % intervals; returns the Axes."""
        ax = _axes(ax)
        table = self.to_frame().head(_check.number(top, "top", low=1, whole=True))[::-1]
        at = np.arange(len(table))
        ax.barh(at, table.mean_abs, color=show.PALETTE["sky"], height=0.65)
        if table.notna().all(axis=None):
            show.intervals(ax, at, table.mean_abs, table.low, table.high, colour="blue",
                           horizontal=True)  # fmt: skip
        ax.set(yticks=at, yticklabels=table.column, xlabel=f"mean |value|, {self.output}")
        return ax

    def waterfall(self, row: int, ax: Any = None, top: int = 8) -> Any:
        """One prediction from the base to f(x), largest share first; returns the Axes."""
        table = self.to_frame(row)
        keep = table.head(_check.number(top, "top", low=1, whole=True))
        names = [f"{c} = {_text(a)}" for c, a in zip(keep["column"], keep["at"], strict=True)]
        values, rest = keep["value"].tolist(), table["value"].iloc[len(keep):]  # fmt: skip
        if len(rest):
            names, values = [*names, f"{len(rest)} others"], [*values, rest.sum()]
        ax, end = _axes(ax), float(self.predicted[row])
        starts = self.base + np.cumsum([0.0, *values[:-1]])
        for i, (start, v) in enumerate(zip(starts, values, strict=True)):
            ax.barh(i, v, left=start, height=0.65, hatch="" if v >= 0 else "//", edgecolor="white",
                    color=show.PALETTE["blue" if v >= 0 else "vermilion"])  # fmt: skip
            ax.annotate(f"{v:+.3f}", (max(start, start + v), i), (4, 0), va="center", fontsize=8,
                        textcoords="offset points")  # fmt: skip
        ax.axvline(self.base, color=show.PALETTE["grey"], linestyle="--", linewidth=1, zorder=0)
        ax.axvline(end, color=show.PALETTE["black"], linewidth=1, zorder=0)
        ax.set(yticks=range(len(names)), yticklabels=names, title=f"from {self.base:.3f} (dashed) "
               f"to {end:.3f}", xlabel=self.output)  # fmt: skip
        ax.invert_yaxis()
        ax.use_sticky_edges = False  # room for the labels, and for the base on the left
        ax.margins(x=0.12)
        return ax


def _axes(ax: Any) -> Any:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots()[1]


def _text(cell: Any) -> str:
    return show.value(cell) if hasattr(cell, "__float__") else str(cell)
