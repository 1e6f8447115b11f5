"""Is the explanation true of the model, and would it come out the same again?

Four questions for any explanation that gives a share to each column of each row: does replacing
the columns it names move the prediction (`deletion`, `insertion`), is it the same under another
seed, background or a little noise (`stability`), do two methods agree (`agreement`), and does it
change when the model has learnt nothing (`sanity`)? numpy and scipy do the work. The explainer is
passed in as a function or by its result, so that any other can be judged by the same rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers import _check, _models, rates, show

__all__ = ["Agreement", "Curve", "Repeats", "agreement", "deletion", "insertion", "sanity",
           "stability"]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Curve:
    """Distance from the prediction while columns are replaced, in three orders.

    `table`: removed (or kept) columns, and the mean |f(x) - answer| for the order of each row's
    own explanation, for one global order, and for random orders (with their range). `advantage`:
    how much better than random, as the area between the curves, over a width of 1; per row,
    positive is better, for deletion and insertion alike. `over_global`: the same against the
    global order. The figures keep the unit of the explained output.
    """

    kind: str
    table: pd.DataFrame
    advantage: rates.Estimate
    over_global: rates.Estimate
    draws: int

    def to_frame(self) -> pd.DataFrame:
        """One row per number of columns replaced or kept."""
        return self.table.copy()

    def __repr__(self) -> str:
        return (f"{self.kind.capitalize()} curve, {self.draws} background rows per answer\n"
                f"area better than random order: {self.advantage}\n"
                f"area better than one global order: {self.over_global}")  # fmt: skip

    def plot(self, ax: Any = None) -> Any:
        """Three lines, told apart by colour, dash and marker; returns the Axes."""
        import matplotlib.pyplot as plt

        ax, t = plt.subplots()[1] if ax is None else ax, self.table
        ax.fill_between(t.columns_moved, t.random_low, t.random_high, color="#DDDDDD")
        for name, ink, line, mark in zip(("explained", "global", "random"),
                                         ("blue", "orange", "grey"), show.LINES, show.MARKERS,
                                         strict=False):  # fmt: skip
            ax.plot(t.columns_moved, t[name], color=show.PALETTE[ink], linestyle=line, marker=mark,
                    markersize=4, label=f"{name} order")  # fmt: skip
        done = "replaced" if self.kind == "deletion" else "kept"
        ax.set(xlabel=f"columns {done}", ylabel="mean distance from the prediction")
        ax.legend()
        return ax


@dataclass(frozen=True)
class Agreement:
    """Two explanations of the same rows: mean rank correlation of sizes, share of same first.

    Both are estimates over rows; undefined: rows left out because all their shares are equal.
    """

    rank: rates.Estimate
    first: rates.Estimate
    undefined: int = 0

    def to_frame(self) -> pd.DataFrame:
        """One row per measure: value, low, high, n."""
        rows = {"rank correlation": self.rank, "same first column": self.first}
        return pd.concat([e.to_frame().assign(measure=k) for k, e in rows.items()]).set_index(
            "measure")  # fmt: skip

    def __repr__(self) -> str:
        return f"Agreement\nrank correlation: {self.rank}\nsame first column: {self.first}"


@dataclass(frozen=True, eq=False, repr=False)
class Repeats:
    """An explanation of n rows made again and again; `table` has one row per repeat.

    After `stability`: rank and first as in `agreement` with the first explanation, change (mean
    |difference| as a share of the mean |value|). After `sanity`: rank (of the columns' mean sizes
    with the real model's) and size (of all shares, as a share of the real model's).
    """

    kind: str
    table: pd.DataFrame
    n: int

    @property
    def summary(self) -> dict[str, rates.Estimate]:
        """Mean of each measure over repeats for the same rows, with a 95 % t interval."""
        return {name: _mean(self.table[name].to_numpy()) for name in self.table}

    def to_frame(self) -> pd.DataFrame:
        """One row per repeat."""
        return self.table.copy()

    def __repr__(self) -> str:
        lines = [f"{name}: {e}" for name, e in self.summary.items()]
        return "\n".join([f"{self.kind}, {self.n:,} rows, {len(self.table)} repeats", *lines])


def deletion(
    explained: Any, background: Any = None, *, draws: int = 20, orders: int = 5, steps: int = 20,
    seed: int = 0,
) -> Curve:  # fmt: skip
    """Replace the columns with the largest |share| first and watch the prediction go.

    Each replaced cell comes from `draws` background rows in turn (all, if there are fewer), whose
    answers are averaged (Samek et al., 2017, for pictures; here for tables). A faithful order
    moves the prediction sooner than `orders` random ones. At most `steps` points are computed.

    Parameters
    ----------
    explained : from `interpret.explain`, or anything with f, data, values and background
    background : rows to replace from, if not those of the explanation

    >>> from helpers.interpret import explain
    >>> Z = np.random.default_rng(0).normal(size=(50, 3))
    >>> curve = deletion(explain(lambda Z: Z @ np.array([3., 1., 0.]), Z))
    >>> curve.advantage.low > 0
    True
    """
    return _curve("deletion", explained, background, draws, orders, steps, seed)


def insertion(
    explained: Any, background: Any = None, *, draws: int = 20, orders: int = 5, steps: int = 20,
    seed: int = 0,
) -> Curve:  # fmt: skip
    """Start from background rows and put in the columns with the largest |share| first.

    The mirror of `deletion`, with the same arguments: a faithful order comes near the prediction
    sooner than random ones do.

    >>> from helpers.interpret import explain
    >>> Z = np.random.default_rng(0).normal(size=(50, 3))
    >>> insertion(explain(lambda Z: Z @ np.array([3., 1., 0.]), Z)).table.columns_moved.tolist()
    [0, 1, 2, 3]
    """
    return _curve("insertion", explained, background, draws, orders, steps, seed)


def _curve(
    kind: str, e: Any, background: Any, draws: int, orders: int, steps: int, seed: int
) -> Curve:  # fmt: skip
    for value, name in ((draws, "draws"), (orders, "orders"), (steps, "steps")):
        _check.number(value, name, low=1, whole=True)
    if not all(hasattr(e, part) for part in ("f", "data", "values", "background")):
        _check.refuse("explained", f"found a {type(e).__name__}", "pass what explain returns")
    rng = _check.seed(seed)
    behind = e.background if background is None else background
    if behind is None:
        _check.refuse("background", f"found none, and the method {e.method!r} has none",
                      "pass rows to replace from")  # fmt: skip
    behind = _models.rows(behind, "background")
    _models.same_columns(behind, list(e.data.columns), "background")
    behind = behind.iloc[rng.permutation(len(behind))[:draws]]
    size = np.abs(e.values)
    orderings = [size, np.broadcast_to(size.mean(axis=0), size.shape),
                 *rng.random((orders, *size.shape))]  # fmt: skip
    moved = np.unique(np.linspace(0, size.shape[1], min(steps, size.shape[1]) + 1).astype(int))
    swap = _models.coded(e.data, behind, True)
    ways = np.stack([_distances(kind, e, swap, o, moved) for o in orderings])
    lines, chance = ways.mean(axis=2), ways[2:].mean(axis=2)
    table = pd.DataFrame({
        "columns_moved": moved, "explained": lines[0], "global": lines[1],
        "random": chance.mean(axis=0), "random_low": chance.min(axis=0),
        "random_high": chance.max(axis=0)})  # fmt: skip
    area = np.trapezoid(ways, moved / moved[-1], axis=1) * (1 if kind == "deletion" else -1)
    return Curve(kind, table.round(12), _mean(area[0] - area[2:].mean(axis=0)),
                 _mean(area[0] - area[1]), len(behind))  # fmt: skip


def _mean(x: np.ndarray) -> rates.Estimate:
    """Mean with Student's t interval; NaN limits for one value, never a rate's interval."""
    from scipy.stats import t

    n, mean = len(x), float(np.mean(x))
    half = float(t.ppf(0.975, n - 1) * np.std(x, ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    return rates.Estimate(mean, mean - half, mean + half, n, 0.95, "Student's t")


def _distances(
    kind: str, e: Any, swap: tuple, size: np.ndarray, moved: np.ndarray
) -> np.ndarray:  # fmt: skip
    """|f(x) - mean answer| for each number of columns moved and each row."""
    codes, pool, back = swap
    place = np.argsort(np.argsort(-size, axis=1, kind="stable"), axis=1)
    real, out = np.asarray(e.f(e.data), dtype=float), []
    for k in moved:
        keep = (place >= k) if kind == "deletion" else (place < k)
        mixed = np.where(keep[:, None, :], codes[:, None, :], pool[None, :, :])
        answers = np.asarray(e.f(back(mixed.reshape(-1, codes.shape[1]))), dtype=float)
        out.append(np.abs(answers.reshape(len(codes), -1).mean(axis=1) - real))
    return np.stack(out)


def agreement(a: Any, b: Any) -> Agreement:
    """Whether two explanations of the same rows say the same: order of sizes, first reason.

    a, b: from `interpret.explain`, or arrays (n, f) with n of at least 2. Spearman's rank
    correlation of |share| within each row, averaged; and the share of rows with the same largest.

    >>> v = np.array([[3., 1., 0.], [0., 2., 1.], [1., 0., 5.]])
    >>> agreement(v, -2 * v).first.value
    1.0
    """
    a, b = _shares(a, "a"), _shares(b, "b")
    if a.shape != b.shape:
        _check.refuse("a and b", f"found shapes {a.shape} and {b.shape}", "explain the same rows")
    rank = _rank(a, b)
    known = np.isfinite(rank)
    if known.sum() < 2:
        _check.refuse("a and b", f"found {known.sum()} rows with shares of different sizes",
                      "pass at least 2")  # fmt: skip
    first = np.abs(a).argmax(axis=1) == np.abs(b).argmax(axis=1)
    return Agreement(_mean(rank[known]), rates.interval(first[known]),
                     int((~known).sum()))  # fmt: skip


def _shares(e: Any, name: str) -> np.ndarray:
    values = np.asarray(_check.matrix(getattr(e, "values", e), name), dtype=float)
    if not np.isfinite(values).all():
        _check.refuse(name, "found NaN or infinite shares", "explain those rows again")
    return values


def _rank(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Spearman's correlation of |a| and |b| along the last axis; NaN where one is all equal."""
    from scipy.stats import rankdata

    # Rounded, so that shares that are equal but for the last bits keep one rank.
    ranks = [rankdata(np.round(np.abs(v), 12), axis=-1) for v in (a, b)]
    x, y = (r - r.mean(axis=-1, keepdims=True) for r in ranks)
    below = np.sqrt((x**2).sum(axis=-1) * (y**2).sum(axis=-1))
    return np.where(below > 0, (x * y).sum(axis=-1) / np.where(below > 0, below, 1), np.nan)


def stability(
    explain: Callable, X: Any, background: Any, *, over: str = "background", repeats: int = 5,
    noise: float = 0.05, seed: int = 0,
) -> Repeats:  # fmt: skip
    """Explain again under another seed, background or a little noise, and compare.

    Parameters
    ----------
    explain : called as explain(X, background, seed=s); for instance
        `functools.partial(interpret.explain, model)`
    X, background : DataFrames or arrays of one kind
    over : "seed", "background" (its rows drawn again with replacement), or "noise" (`noise`
        standard deviations of each numeric column of X are added to it)

    >>> from functools import partial
    >>> from helpers.interpret import explain
    >>> Z = np.random.default_rng(0).normal(size=(30, 3))
    >>> tool = partial(explain, lambda Z: Z @ np.array([3., 1., 0.]))
    >>> stability(tool, Z, Z, over="noise", repeats=3).summary["rank"].value > 0.8
    True
    """
    _check.function(explain, "explain")
    _check.choice(over, "over", ("seed", "background", "noise"))
    repeats = _check.number(repeats, "repeats", low=2, whole=True)
    _check.number(noise, "noise", low=0)
    seed = _check.number(seed, "seed", low=0, whole=True)
    _check.matrix(X, "X"), _check.matrix(background, "background")
    first = _shares(explain(X, background, seed=seed), "explain's answer")
    rng, table = np.random.default_rng(seed), []
    for r in range(1, repeats + 1):
        rows, behind = X, background
        if over == "background":
            pick = rng.integers(0, len(behind), len(behind))
            behind = behind.iloc[pick] if hasattr(behind, "iloc") else behind[pick]
        if over == "noise":
            rows = _shaken(X, noise, rng)
        again = _shares(explain(rows, behind, seed=seed + r * (over == "seed")), "explain's answer")
        same = agreement(first, again)
        change = np.abs(again - first).mean() / np.abs(first).mean()
        table.append({"rank": same.rank.value, "first": same.first.value,
                      "change": round(float(change), 12)})  # fmt: skip
    return Repeats(f"Stability over {over}", pd.DataFrame(table), len(first))


def _shaken(X: Any, noise: float, rng: np.random.Generator) -> Any:
    frame = pd.DataFrame(X).copy()
    for name in frame:
        if _models.is_number(frame[name]):
            column = frame[name].astype(float)
            frame[name] = column + rng.normal(size=len(frame)) * noise * column.std(ddof=0)
    return frame if hasattr(X, "iloc") else frame.to_numpy()


def sanity(
    fit: Callable, X: Any, y: Any, explain: Callable, rows: Any = None, *, repeats: int = 5,
    seed: int = 0,
) -> Repeats:  # fmt: skip
    """Fit the same kind of model on shuffled labels: does its explanation give itself away?

    After Adebayo et al. (2018), who shuffled labels under picture models. A rank near 1 says that
    the order of columns tells little about what was learnt; a size well below 1, that the size of
    the shares does.

    Parameters
    ----------
    fit : called as fit(X, y), returns a fitted model;  explain : called as explain(model, rows)
    rows : the rows to explain; 300 rows of X drawn by seed if left out (all, if fewer)

    >>> from sklearn.linear_model import LinearRegression
    >>> from helpers.interpret import explain
    >>> Z = np.random.default_rng(0).normal(size=(200, 3))
    >>> found = sanity(lambda Z, y: LinearRegression().fit(Z, y), Z, Z[:, 0] * 3, explain)
    >>> found.summary["size"].high < 0.5
    True
    """
    _check.function(fit, "fit"), _check.function(explain, "explain"), _check.matrix(X, "X")
    (y,) = _check.aligned(y=y)
    if len(y) != len(X):
        _check.refuse("X and y", f"found {len(X):,} and {len(y):,} rows", "pass the same rows")
    if len(set(y.tolist())) == 1:
        _check.refuse("y", "found one value only, which shuffling can't change", "pass real labels")
    repeats = _check.number(repeats, "repeats", low=2, whole=True)
    rng = _check.seed(seed)
    if rows is None:
        pick = np.sort(rng.permutation(len(X))[:300])
        rows = X.iloc[pick] if hasattr(X, "iloc") else X[pick]
    real = np.abs(_shares(explain(fit(X, y), rows), "explain's answer")).mean(axis=0)
    if not real.any():
        _check.refuse("explain", "found only zero shares for the real model", "fit another model")
    table = []
    for _ in range(repeats):
        fake = np.abs(_shares(explain(fit(X, rng.permutation(y)), rows), "explain's answer"))
        fake = fake.mean(axis=0)
        table.append({"rank": float(_rank(real, fake)), "size": fake.sum() / real.sum()})
    return Repeats("Shuffled labels", pd.DataFrame(table), len(rows))
