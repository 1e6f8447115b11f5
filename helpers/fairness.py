"""Right for whom? Rates by group, the gaps between groups, and what closing a gap costs whom.

The counts of each group carry everything: intervals come from `rates`, gaps and their tests from
`_gaps`, the mitigation from fairlearn. fairlearn's MetricFrame agrees on every rate; ours adds a
gap interval that can say "no gap", NaN with a reason where a rate has no rows, and a verdict
"too few to conclude".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from helpers import _check, _gaps, _stats, rates, show
from helpers._frontier import Frontier, frontier
from helpers._gaps import Gap
from helpers._mitigate import Mitigated, mitigate

__all__ = ["Audit", "Frontier", "Gap", "Mitigated", "Paid", "audit", "frontier", "mitigate",
           "who_paid"]  # fmt: skip

USUAL = ("accuracy", "selection_rate", "true_positive_rate", "false_positive_rate")
FEW = "too few to conclude"


@dataclass(frozen=True)
class Rule:
    """How sure an audit wants to be: see `audit` for the five numbers."""

    level: float
    n_boot: int
    seed: int
    min_rows: int
    widest: float


@dataclass(frozen=True, eq=False, repr=False)
class Audit(_gaps.Shown):
    """Rates by group: `by_group` (one row for each metric and group) and the `counts`."""

    by_group: pd.DataFrame
    counts: pd.DataFrame
    metrics: tuple
    rule: Rule
    rows: tuple = field(repr=False)

    def _table(self) -> pd.DataFrame:
        return self.by_group[["estimate", "low", "high", "n", "note"]]

    def _title(self) -> str:
        n = int(self.counts.to_numpy().sum())
        return f"Audit of {n:,} rows in {len(self.counts)} groups, {self.rule.level:.0%} intervals"

    def gap(self, metric: Any, how: str = "difference", *, groups: Iterable | None = None,
            few: bool = False) -> Gap:  # fmt: skip
        """The gap between groups in a metric of `rates.RATES`, or in "equalized_odds".

        "equalized_odds" is the larger of the gaps in true and false positive rate; how="odds" is
        an odds ratio. `groups` names those to compare (default: all). Groups with fewer rows than
        `min_rows` are left out and named in the note, unless `few` is True.

        Source: pairs by MOVER (Zou & Donner 2008; for rates it is Newcombe's method 10, 1998), all
        pairs together by Tukey's range, exact for two groups and careful for more.
        """
        _check.choice(how, "how", _gaps.BETWEEN)
        both = isinstance(metric, str) and metric == "equalized_odds"
        chosen = [rates.rate_of(m) for m in (
            ("true_positive_rate", "false_positive_rate") if both else (metric,))]  # fmt: skip
        table = self._chosen(groups)
        e = _judged(table, chosen, self.rule).reset_index("group")
        out = e.estimate.isna() | ((e.n < self.rule.min_rows) & (not few))
        notes = dict(zip(e.group[out], e.note[out], strict=True))
        note = "left out: " + ", ".join(f"{g!r} ({why})" for g, why in notes.items())
        kept = table.loc[[g not in notes for g in table.index]]
        name, rule = metric if isinstance(metric, str) else metric.name, self.rule
        if len(kept) < 2:
            return Gap(name, how, *[np.nan] * 4, None, None, 0, rule.level, note)
        return _gaps.measure(kept, chosen, how, name, note if notes else "", level=rule.level,
                             n_boot=rule.n_boot, seed=rule.seed)  # fmt: skip

    def _chosen(self, groups: Iterable | None) -> pd.DataFrame:
        have = self.counts.index.tolist()
        wanted = have if groups is None else list(groups)
        for g in wanted:
            if g not in have:
                _check.refuse("groups", f"found {g!r}, which is no group", f"use two of {have}")
        if len(set(wanted)) < 2:
            _check.refuse("groups", "found fewer than two groups", "name at least two")
        return self.counts.loc[[g in wanted for g in have]]

    def gaps(self, metrics: Iterable | None = None, how: str = "difference", *,
             pairs: bool = False) -> pd.DataFrame:  # fmt: skip
        """One gap for each metric (`pairs`: and pair of groups), p adjusted by Holm over all."""
        labels = self.counts.index.tolist()
        sets = [[a, b] for i, a in enumerate(labels) for b in labels[i + 1 :]] if pairs else [None]
        metrics = self.metrics if metrics is None else metrics
        each = [metrics] if isinstance(metrics, (str, rates.Rate)) else metrics
        found = [self.gap(m, how, groups=s) for m in each for s in sets]
        table = pd.concat([g.to_frame() for g in found], ignore_index=True)
        table.insert(6, "p_holm", np.nan)
        tested = table.p.notna()
        if tested.any():
            table.loc[tested, "p_holm"] = rates.holm(table.p[tested])
        return table

    def plot(self, ax: Any = None) -> Any:
        """Dots with intervals, one line for each metric, one colour for each group."""
        ax = _gaps.axes(ax)
        names = list(dict.fromkeys(self.by_group.index.get_level_values("metric")))
        for i, g in enumerate(self.counts.index):
            t = self.by_group.xs(g, level="group").reindex(names)
            at = np.arange(len(names)) + (i - (len(self.counts) - 1) / 2) * 0.6 / len(self.counts)
            ok = t.estimate.notna().to_numpy()
            if ok.any():
                show.intervals(ax, at[ok], *t.loc[ok, ["estimate", "low", "high"]].to_numpy().T,
                               label=str(g), horizontal=True, **_gaps.look(i))  # fmt: skip
        ax.set_yticks(range(len(names)), [n.replace("_", " ") for n in names])
        ax.invert_yaxis()
        ax.legend(title="group")
        return ax


def audit(
    y: Any, yhat: Any, groups: Any, metrics: Iterable = USUAL, *, positive: Any = None,
    level: float = 0.95, n_boot: int = 2000, seed: int = 0, min_rows: int = 30,
    widest: float = 0.2,
) -> Audit:  # fmt: skip
    """Rates of decisions by group, each with interval, n and, where needed, a note.

    Parameters
    ----------
    y, yhat : (n,) labels and decisions, 0/1 or bool; other labels need `positive`
    groups : (n,) group of each row, or (n, 2) columns whose combinations are the groups
    metrics : names from `rates.RATES`, or `rates.Rate` objects
    min_rows, widest : a rate about fewer rows, or with a wider interval, is noted as "too few to
        conclude" (not one error in 30 rows is still compatible with a rate of 11 %)
    n_boot, seed : bootstrap draws and permuted tables, and their seed

    >>> report = audit([1, 1, 0, 0] * 50, [1, 1, 0, 0, 1, 0, 0, 0] * 25, ["a", "b"] * 100)
    >>> report.gap("true_positive_rate")
    true_positive_rate (highest minus lowest): 0.500 [0.349, 0.634] (95%), p = 0.000500, highest
    'a', lowest 'b', n = 100
    """
    y, yhat, groups = _check.aligned(y=y, yhat=yhat, groups=_gaps.crossed(groups))
    y, yhat = rates.coded(y, yhat, positive)
    counts = rates.counts(y, yhat, groups)
    if len(counts) < 2:
        _check.refuse("groups", f"found one group only ({counts.index[0]!r})", "pass two or more")
    rule = Rule(_stats.level_of(level), _check.number(n_boot, "n_boot", low=99, whole=True),
                _check.number(seed, "seed", low=0, whole=True),
                _check.number(min_rows, "min_rows", low=0, whole=True),
                _check.number(widest, "widest", low=0))  # fmt: skip
    metrics = tuple(rates.rates_of(metrics))
    by_group = _judged(counts, metrics, rule).join(counts, on="group")
    return Audit(by_group, counts, metrics, rule, (y, yhat, groups))


def _judged(counts: pd.DataFrame, metrics: Iterable, rule: Rule) -> pd.DataFrame:
    """Rates with intervals; the note says why a rate is NaN, or that its rows are too few."""
    table = rates.estimates(counts, metrics, level=rule.level, n_boot=rule.n_boot, seed=rule.seed)
    known = table.index.get_level_values("metric").isin(list(rates.RATES))
    few = (table.n < rule.min_rows) | ((table.high - table.low > rule.widest) & known)
    table.loc[few & table.estimate.notna(), "note"] = FEW
    return table


@dataclass(frozen=True, eq=False, repr=False)
class Paid(_gaps.Shown):
    """What a change of model did to each group: `table`, and one sentence for each metric."""

    table: pd.DataFrame
    sentences: tuple

    def _table(self) -> pd.DataFrame:
        return self.table

    def _title(self) -> str:
        return " ".join(self.sentences)


def who_paid(before: Audit, after: Audit, metrics: Iterable = (
        "true_positive_rate", "false_positive_rate")) -> Paid:  # fmt: skip
    """Which group's rates rose and fell between two audits of the same rows.

    A gap can close by lifting the worse off or by lowering the better off ("levelling down").
    Changes are paired, person by person, with Bonett and Price's interval (`rates.paired`);
    metrics must be about the same people before and after, so precision is refused.

    >>> y, g = [1, 0] * 100, ["a", "a", "b", "b"] * 50
    >>> paid = who_paid(audit(y, y, g), audit(y, [0, 0, 1, 0] * 50, g))
    >>> paid.table.loc[("true_positive_rate", "a"), "verdict"]
    'fell'
    """
    for name, given in (("before", before), ("after", after)):
        if not isinstance(given, Audit):
            _check.refuse(name, f"found a {type(given).__name__}", "pass the result of audit")
    (y, old, groups), (y2, new, groups2) = before.rows, after.rows
    if len(y) != len(y2) or (y != y2).any() or (groups != groups2).any():
        _check.refuse("before and after", "found different labels or groups", "audit the same rows")
    parts = [_changed(rate, y, old, new, groups, before.rule) for rate in rates.rates_of(metrics)]
    table = pd.concat(parts).set_index(["metric", "group"])
    return Paid(table, tuple(_sentence(m, table.loc[m]) for m in table.index.unique("metric")))


def _changed(rate: Any, y: Any, old: Any, new: Any, groups: Any, rule: Rule) -> pd.DataFrame:
    top, bottom = (np.asarray(v) for v in rate.parts(*np.eye(4)))  # what each cell adds
    if not rate.share or bottom[0] != bottom[1] or bottom[2] != bottom[3]:
        _check.refuse("metrics", f"{rate.name} is not about the same people before and after",
                      "use rates of y, such as true_positive_rate")  # fmt: skip
    code, labels = _check.groups(groups)
    was, now = top[2 * y + old], top[2 * y + new]
    n, a, b, up, down = (np.bincount(code, w, len(labels)) for w in (
        bottom[2 * y + old], was, now, now > was, now < was))  # fmt: skip
    limits = _stats.discordant(up, down, n, rule.level)
    low, high = (np.where(n > 0, limit, np.nan) for limit in limits)
    a, b = (v / np.where(n > 0, n, np.nan) for v in (a, b))
    out = pd.DataFrame({"metric": rate.name, "group": labels, "before": a, "after": b,
                        "change": b - a, "low": low, "high": high, "n": n.astype(int)})  # fmt: skip
    out["verdict"] = np.select(
        [n == 0, (n < rule.min_rows) | (high - low > rule.widest), low > 0, high < 0],
        [rate.empty, FEW, "rose", "fell"], "no change shown")  # fmt: skip
    return out


def _sentence(metric: str, t: pd.DataFrame) -> str:
    gaps = [t[c].max() - t[c].min() for c in ("before", "after")]
    moved = {v: ", ".join(str(g) for g in t.index[t.verdict == v]) for v in ("rose", "fell")}
    said = (
        "; ".join(f"{verb} for {who}" for verb, who in moved.items() if who) or "nobody's changed"
    )
    down = " (levelled down)" if gaps[1] < gaps[0] and moved["fell"] and not moved["rose"] else ""
    return f"{metric}: gap {gaps[0]:.3f} to {gaps[1]:.3f}; {said}{down}."
