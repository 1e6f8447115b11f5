"""Which options are worth considering, and how far does the choice depend on what you value?

Several qualities at once (accuracy, speed, memory) put no option on top by themselves. `front`
keeps the options that nothing else beats in every respect, `hypervolume` says in one number how
good such a front is, `acceptability` draws thousands of weightings and counts who wins. NumPy
does the work; SciPy knows the Dirichlet distribution, but nobody's library counts the firsts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from helpers import _check, rates, show

__all__ = ["acceptability", "front", "hypervolume", "plot"]

WAYS = ("higher", "lower")
Ways = str | Iterable | Mapping


def _table(table: Any, name: str) -> pd.DataFrame:
    """Options in rows, criteria in columns, finite numbers only."""
    if hasattr(table, "detach"):
        table = table.detach().cpu().numpy()
    if isinstance(table, (list, tuple)):
        try:
            table = np.asarray(table)
        except ValueError:
            _check.refuse(name, "found rows of different lengths", "pass one row per option")
    frame = pd.DataFrame(_check.matrix(table, name))
    for column in frame.columns:
        _check.finite(frame[column], f"{name}, column {str(column)!r}")
    return frame.astype(float)


def _signs(better: Ways, frame: pd.DataFrame) -> np.ndarray:
    """+1 where more is better, -1 where less is: one word for all columns, or one for each."""
    if isinstance(better, str):
        words = [better] * frame.shape[1]
    elif isinstance(better, Mapping):
        lacking = [c for c in frame.columns if c not in better]
        if lacking:
            _check.refuse("better", f"says nothing about {str(lacking[0])!r}",
                          "name every column, as 'higher' or 'lower'")  # fmt: skip
        words = [better[c] for c in frame.columns]
    else:
        words = _check.vector(better, "better").tolist()
    if len(words) != frame.shape[1]:
        _check.refuse("better", f"found {len(words)} words for {frame.shape[1]} columns",
                      "pass one word for all, or one for each")  # fmt: skip
    return np.array([1.0 if _check.choice(w, "better", WAYS) == "higher" else -1.0 for w in words])


def front(table: Any, *, better: Ways = "lower") -> pd.Series:
    """Tell which options nothing else beats: True where an option is on the Pareto front.

    One option beats another if it is at least as good in every column and better in one; equal
    options do not beat each other.

    Parameters
    ----------
    table : (options, criteria) numbers, a DataFrame or anything like an array
    better : "lower" or "higher", for all columns or one word for each (list, or dict by column)

    >>> front([[1, 9], [2, 5], [3, 6], [4, 1]]).tolist()
    [True, True, False, True]
    """
    frame = _table(table, "table")
    worth = frame.to_numpy() * _signs(better, frame)  # more is better from here on
    beaten = [((worth >= row).all(axis=1) & (worth > row).any(axis=1)).any() for row in worth]
    return pd.Series(~np.array(beaten), index=frame.index, name="front")


def hypervolume(table: Any, reference: Any, *, better: Ways = "lower") -> float:
    """How much of the space between the options and a reference point do the options cover?

    Zitzler and Thiele's measure (1998), exact, by slices of the last criterion. Options that are
    worse than the reference in any column cover nothing. Units: those of the columns, multiplied.

    Parameters
    ----------
    table : (options, criteria) numbers
    reference : one number per criterion, the worst that you would still look at
    better : as for `front`

    >>> hypervolume([[1, 3], [2, 2], [3, 1]], reference=[4, 4])
    6.0
    """
    frame = _table(table, "table")
    corner = _check.finite(reference, "reference")
    if len(corner) != frame.shape[1]:
        _check.refuse("reference", f"found {len(corner)} numbers for {frame.shape[1]} columns",
                      "pass one for each column")  # fmt: skip
    gain = (frame.to_numpy() - corner) * _signs(better, frame)  # how far each option beats it
    return _covered(gain[(gain > 0).all(axis=1)])


def _covered(gain: np.ndarray) -> float:
    """Volume of the union of boxes from the origin to each row of `gain`."""
    if len(gain) == 0:
        return 0.0
    if gain.shape[1] == 1:
        return float(gain.max())
    gain = gain[np.argsort(-gain[:, -1], kind="stable")]
    thick = gain[:, -1] - np.append(gain[1:, -1], 0)  # a slice down to the next option's height
    slices = (thick[k] * _covered(gain[: k + 1, :-1]) for k in range(len(gain)) if thick[k] > 0)
    return float(sum(slices))


def acceptability(
    table: Any, n: int = 10_000, seed: Any = 0, *, better: Ways = "higher"
) -> pd.DataFrame:
    """How often does each option come first, if nobody says what matters how much?

    Weights are drawn evenly from all that add up to 1 (Dirichlet's distribution with every
    parameter 1); every criterion is stretched to run from 0 (the worst option) to 1 (the best);
    the weighted sum decides, and a tie is shared. This is the rank-1 acceptability index of
    Lahdelma, Hokkanen and Salminen (1998). A criterion on which all options agree decides nothing.

    Parameters
    ----------
    table : (options, criteria) numbers, at least two of each
    n : how many weightings are drawn
    seed : a whole number or a numpy Generator
    better : as for `front`; take logarithms of times and sizes first if ratios matter to you

    Returns
    -------
    DataFrame, one row per option: `first` (share of weightings in which it comes first), `low`
    and `high` (Wilson's interval for that share at 95 %), then the mean weight of each criterion
    over the weightings that it wins (NaN if it never does).

    >>> tools = pd.DataFrame({"right": [.8, .7], "fast": [1, 9]}, index=["careful", "quick"])
    >>> acceptability(tools, n=2000)["first"].round(1).tolist()
    [0.5, 0.5]
    """
    frame = _table(table, "table")
    if min(frame.shape) < 2:
        _check.refuse("table", f"found shape {frame.shape}", "pass two options and two criteria")
    n, rng = _check.number(n, "n", low=100, whole=True), _check.seed(seed)
    worth = frame.to_numpy() * _signs(better, frame)
    reach = np.ptp(worth, axis=0)
    unit = (worth - worth.min(axis=0)) / np.where(reach > 0, reach, 1)
    weights = rng.dirichlet(np.ones(frame.shape[1]), size=n)
    total = weights @ unit.T
    best = total >= total.max(axis=1, keepdims=True) - 1e-12
    won = best / best.sum(axis=1, keepdims=True)
    wins = won.sum(axis=0)
    low, high = rates.wilson(wins, np.full(len(wins), n))
    out = pd.DataFrame({"first": wins / n, "low": low, "high": high}, index=frame.index)
    central = np.divide(won.T @ weights, wins[:, None], where=wins[:, None] > 0,
                        out=np.full(frame.shape, np.nan))  # fmt: skip
    return out.join(pd.DataFrame(central, index=frame.index, columns=frame.columns))


def plot(
    table: Any, x: str, y: str, *, better: Ways = "lower", ax: Any = None, labels: bool = True
) -> Any:
    """Draw options in the plane of two criteria, the front as full dots on a stepped line.

    Parameters
    ----------
    table : DataFrame with the columns `x` and `y`, one row per option; its index names them
    better : as for `front`, for x and y
    ax : matplotlib Axes, a new one if None;  labels : write the names of the front's options

    Returns the Axes.
    """
    _check.columns(table, (x, y), "table")
    frame = _table(table[[x, y]], "table")
    on = front(frame, better=better).to_numpy()
    signs = _signs(better, frame)
    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.subplots()[1]
    at, best = frame.to_numpy(), frame[on].sort_values(x).to_numpy()
    # Between two options the front offers the worse one in y: it is reached without more of x.
    where = "post" if signs[0] < 0 else "pre"
    ax.step(*best.T, where=where, color=show.PALETTE["blue"], linewidth=1.2)
    ax.plot(*at[~on].T, "o", color=show.PALETTE["grey"], markerfacecolor="white", label="beaten")
    ax.plot(*at[on].T, "o", color=show.PALETTE["blue"], label="front")
    for name, point in zip(frame.index[on], at[on], strict=True) if labels else ():
        ax.annotate(str(name), point, xytext=(5, 5), textcoords="offset points")
    ax.set(xlabel=x, ylabel=y)
    return ax
