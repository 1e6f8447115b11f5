"""When did it change, and who would have known? Detectors on a stream, and rules that retrain.

Users reach these through `drift`. The detectors are those of the literature; they are ours
because one missing value poisons the ones that can be installed. `detector_report` scores any
detector against one that always fires. `policies` lets rules decide day by day when a model is
replaced, and shows each rule the past alone.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers import _check

BUCKETS = 5  # buckets of one size that Adwin keeps before it merges two


class Adwin:
    """Adaptive windowing (Bifet and Gavalda 2007): keeps the longest window without a change.

    After every `clock` values each cut of the window is tried; where the means of the two parts
    differ by more than chance allows at `delta`, the old part is dropped and `update` returns
    True. The window is kept in buckets that double in size, so memory grows with its logarithm.
    Missing values are skipped and counted (`skipped`).

    Parameters
    ----------
    delta : how readily chance may fire; smaller is calmer
    clock : how many values pass between two tries
    least : values that either part of a cut must have

    >>> detector = Adwin()
    >>> fired = [i for i, x in enumerate([0] * 200 + [1] * 60) if detector.update(x)]
    >>> 200 < fired[0] < 240, detector.width < 100
    (True, True)
    """

    def __init__(self, delta: float = 0.002, clock: int = 32, least: int = 5) -> None:
        self.delta = _check.number(delta, "delta", low=1e-300, high=1)
        self.clock = _check.number(clock, "clock", low=1, whole=True)
        self.least = _check.number(least, "least", low=1, whole=True)
        self.skipped = self.seen = 0
        self._rows: list[list[tuple[float, float]]] = [[]]  # row i: (sum, spread) of 2**i values
        self._n, self._sum, self._spread = 0, 0.0, 0.0

    @property
    def width(self) -> int:
        """How many values the window holds."""
        return self._n

    @property
    def mean(self) -> float:
        """Mean of the window; NaN while it is empty."""
        return self._sum / self._n if self._n else math.nan

    def update(self, x: Any) -> bool:
        """Take the next value; True if a change was found."""
        value = _value(x)
        if value is None:
            self.skipped += 1
            return False
        self.seen += 1
        if self._n:
            self._spread += (value - self.mean) ** 2 * self._n / (self._n + 1)
        self._n, self._sum = self._n + 1, self._sum + value
        self._rows[0].insert(0, (value, 0.0))
        self._merge()
        return self.seen % self.clock == 0 and self._shrink()

    def _merge(self) -> None:
        """Join the two oldest buckets of each row that is too full into one of the next row."""
        for i, row in enumerate(self._rows):
            if len(row) <= BUCKETS:
                return
            (new, spread), (old, spread_old) = row[-2:]
            del row[-2:]
            half = 2**i
            joint = spread + spread_old + (new - old) ** 2 / (2 * half)
            if i + 1 == len(self._rows):
                self._rows.append([])
            self._rows[i + 1].insert(0, (new + old, joint))

    def _shrink(self) -> bool:
        """Drop old buckets while some cut of the window shows a change."""
        changed = False
        while self._n > 2 * self.least and self._cut():
            changed = True
            row = self._rows[-1]
            total, spread = row.pop()
            size = 2 ** (len(self._rows) - 1)
            rest = self._n - size
            apart = (total / size - (self._sum - total) / rest) ** 2
            self._spread = max(self._spread - spread - apart * size * rest / self._n, 0.0)
            self._n, self._sum = rest, self._sum - total
            while len(self._rows) > 1 and not self._rows[-1]:
                self._rows.pop()
        return changed

    def _cut(self) -> bool:
        """Is there a place where the means before and after differ by more than chance?"""
        old_n, old_sum = 0, 0.0
        chance = math.log(2 * math.log(self._n) / self.delta)
        variance = self._spread / self._n
        for i in reversed(range(len(self._rows))):
            for total, _ in reversed(self._rows[i]):
                old_n, old_sum = old_n + 2**i, old_sum + total
                new_n = self._n - old_n
                if old_n < self.least:
                    continue
                if new_n < self.least:
                    return False
                m = 1 / (1 / old_n + 1 / new_n)
                bound = math.sqrt(2 / m * variance * chance) + 2 / (3 * m) * chance
                if abs(old_sum / old_n - (self._sum - old_sum) / new_n) > bound:
                    return True
        return False


class PageHinkley:
    """Page and Hinkley's test (1954, 1970): has the mean risen by more than `slack`?

    Sums (x - mean so far - slack) and fires when the sum stands more than `limit` above its lowest
    point; then it starts anew. For a fall pass -x. Missing values are skipped and counted.

    >>> detector = PageHinkley(slack=.1, limit=10)
    >>> [i for i, x in enumerate([0] * 50 + [1] * 20) if detector.update(x)][0]
    62
    """

    def __init__(self, slack: float = 0.005, limit: float = 50, least: int = 30) -> None:
        self.slack = _check.number(slack, "slack", low=0)
        self.limit = _check.number(limit, "limit", low=0)
        self.least = _check.number(least, "least", low=1, whole=True)
        self.skipped = 0
        self._reset()

    def _reset(self) -> None:
        self._n, self._mean, self._total, self._lowest = 0, 0.0, 0.0, 0.0

    def update(self, x: Any) -> bool:
        """Take the next value; True if the mean has risen."""
        value = _value(x)
        if value is None:
            self.skipped += 1
            return False
        self._n += 1
        self._mean += (value - self._mean) / self._n
        self._total += value - self._mean - self.slack
        self._lowest = min(self._lowest, self._total)
        if self._n < self.least or self._total - self._lowest <= self.limit:
            return False
        self._reset()
        return True


def _value(x: Any) -> float | None:
    """A number, or None for what is missing; infinite values and text are refused."""
    if x is None:
        return None
    try:
        value = float(x)
    except (TypeError, ValueError):
        _check.refuse("x", f"found {x!r:.40}", "pass one number at a time")
    if math.isinf(value):
        _check.refuse("x", "found an infinite value", "pass finite numbers, or NaN to skip one")
    return None if math.isnan(value) else value


def detector_report(
    detector: Any, stream: Iterable, changes: Iterable, *, within: int | None = None, seed: Any = 0
) -> pd.DataFrame:
    """Score a detector by its two numbers, delay and false alarms, beside two that know nothing.

    An alarm belongs to a change if it comes at or after it, and no later than `within` steps (by
    default: before the next change). The first is the detection, the others of that change are
    repeats; all other alarms are false. *Always fire* finds everything at once; *as often, at
    random* fires as often as the detector, at random steps (mean of 200 draws). A detector is
    worth what it adds to these.

    Parameters
    ----------
    detector : has `update(x) -> bool`; a copy is run, yours stays as it is
    stream : the values, in order
    changes : steps (counted from 0) at which something changed; none: all alarms are false

    Returns
    -------
    DataFrame with found, missed, mean delay (steps, NaN if nothing was found), false alarms, and
    false alarms in 1,000 steps

    >>> report = detector_report(Adwin(), [0] * 300 + [1] * 300, [300])
    >>> report.loc[["detector", "always fire"], "false alarms"].tolist()
    [0.0, 300.0]
    """
    if not callable(getattr(detector, "update", None)):
        _check.refuse("detector", f"found a {type(detector).__name__} without update(x)",
                      "pass a detector such as Adwin()")  # fmt: skip
    values, rng = _check_stream(stream), _check.seed(seed)
    at = sorted(_check.number(c, "changes", low=0, high=len(values) - 1, whole=True)
                for c in changes)  # fmt: skip
    within = len(values) if within is None else _check.number(within, "within", low=1, whole=True)
    ends = [min(c + within + 1, n) for c, n in zip(at, (at + [len(values)])[1:], strict=True)]
    mine = copy.deepcopy(detector)
    fired = np.array([bool(mine.update(x)) for x in values])
    luck = [_scored(np.isin(np.arange(len(values)), rng.choice(len(values), fired.sum(), False)),
                    at, ends) for _ in range(200)]  # fmt: skip
    out = pd.DataFrame({"detector": _scored(fired, at, ends),
                        "always fire": _scored(np.ones(len(values), bool), at, ends),
                        "as often, at random": pd.DataFrame(luck).mean()}).T  # fmt: skip
    out["per 1,000 steps"] = 1000 * out["false alarms"] / len(values)
    return out


def _check_stream(stream: Any) -> list:
    if stream is None or isinstance(stream, (str, bytes)) or not isinstance(stream, Iterable):
        _check.refuse("stream", f"found a {type(stream).__name__}", "pass the values in order")
    values = list(stream)
    if not values:
        _check.refuse("stream", "is empty", "pass at least one value")
    return values


def _scored(fired: np.ndarray, at: list[int], ends: list[int]) -> dict[str, float]:
    own, delays = np.zeros(len(fired), bool), []
    for begin, end in zip(at, ends, strict=True):
        own[begin:end] = True
        hits = np.flatnonzero(fired[begin:end])
        delays += [float(hits[0])] if len(hits) else []
    return {"found": float(len(delays)), "missed": float(len(at) - len(delays)),
            "mean delay": float(np.mean(delays)) if delays else math.nan,
            "false alarms": float((fired & ~own).sum())}  # fmt: skip


@dataclass(frozen=True)
class Policies:
    """What `policies` found: `losses` (day x rule) and `promotions` (rule: the days)."""

    losses: pd.DataFrame
    promotions: dict[str, list[int]]

    def to_frame(self) -> pd.DataFrame:
        """One row per rule: promotions, mean loss."""
        return pd.DataFrame({"promotions": {k: len(v) for k, v in self.promotions.items()},
                             "mean loss": self.losses.mean()})  # fmt: skip

    def __repr__(self) -> str:
        return f"Policies over {len(self.losses):,} days\n{self.to_frame()}"


def policies(
    series: Any, rules: Mapping[str, Callable], *, fit: Callable, loss: Callable, start: int
) -> Policies:
    """Let rules decide, day by day, when the model in use is replaced; none can see the future.

    On day d the model in use is judged on day d; then the rule may look at everything up to and
    including d, and if it says so, a model fitted to the past is in use from day d + 1. What a
    rule and `fit` get are copies that end on day d.

    Parameters
    ----------
    series : one entry per day along the first axis (an array, or a DataFrame with one row a day)
    rules : by name, functions `rule(past, losses, promoted) -> bool`: the series up to today, the
        losses since `start`, the days of earlier promotions
    fit : `fit(past) -> model`, also used for the first model, on the days before `start`
    loss : `loss(model, today, day) -> float`; NaN for a day without truth
    start : the first day that is judged

    >>> level = np.repeat([0.0, 5.0], 20)
    >>> weekly = lambda past, losses, promoted: len(losses) % 7 == 0
    >>> found = policies(level, {"never": lambda *_: False, "weekly": weekly}, start=10,
    ...                  fit=lambda past: past[-5:].mean(), loss=lambda m, y, day: abs(y - m))
    >>> found.to_frame()["promotions"].tolist()
    [0, 4]
    """
    if not isinstance(rules, Mapping) or not rules:
        _check.refuse("rules", f"found a {type(rules).__name__} without rules",
                      "pass a dict such as {'never': rule}")  # fmt: skip
    for name, rule in rules.items():
        _check.function(rule, f"rules[{name!r}]")
    _check.function(fit, "fit"), _check.function(loss, "loss")
    whole = series if hasattr(series, "iloc") else np.asarray(series)
    if getattr(whole, "ndim", 0) == 0 or len(whole) < 2:
        _check.refuse("series", "found fewer than two days", "pass one entry per day")
    start = _check.number(start, "start", low=1, high=len(whole) - 1, whole=True)
    first = fit(_upto(whole, start - 1))
    found = {name: _lived(whole, rule, fit, loss, start, first) for name, rule in rules.items()}
    losses = pd.DataFrame({name: lost for name, (lost, _) in found.items()},
                          index=pd.RangeIndex(start, len(whole), name="day"))  # fmt: skip
    return Policies(losses, {name: days for name, (_, days) in found.items()})


def _upto(whole: Any, day: int) -> Any:
    """A copy of the days up to and including `day`."""
    return (whole.iloc if hasattr(whole, "iloc") else whole)[: day + 1].copy()


def _lived(
    whole: Any, rule: Callable, fit: Callable, loss: Callable, start: int, model: Any
) -> tuple[list[float], list[int]]:
    """One rule's losses and promotions."""
    losses, promoted = [], []
    for day in range(start, len(whole)):
        today = (whole.iloc if hasattr(whole, "iloc") else whole)[day]
        losses.append(float(loss(model, today, day)))
        past = _upto(whole, day)
        if rule(past, np.array(losses), list(promoted)):
            model = fit(past)
            promoted.append(day)
    return losses, promoted
