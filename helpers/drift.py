"""Has the world changed since the model was trained, and does it matter?

`table` compares two samples column by column and puts three numbers side by side that are often
confused: how large a shift is, how large it would look by chance alone, and how sure one can be
that there is one. `two_sample` and `mmd` compare whole rows. `estimate_performance` says what a
model's rates should be without labels, as long as scores still mean what they meant.
Detectors that watch a stream, and rules that retrain, stand in `_streams` and are offered here
under one name. SciPy does the tests, scikit-learn the classifier and the isotonic regression.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers import _check, rates, show
from helpers._shift import MMD, column, mmd, pair
from helpers._streams import Adwin, PageHinkley, Policies, detector_report, policies

__all__ = [
    "MMD", "Adwin", "Drift", "PageHinkley", "Policies", "detector_report", "estimate_performance",
    "mmd", "policies", "table", "two_sample",
]  # fmt: skip


@dataclass(frozen=True)
class Drift:
    """What `table` found: one row per column of the data, the strongest shift first.

    `psi`: population stability index, the size of the shift (0: none). `floor`: the PSI that two
    samples of these sizes show in 19 of 20 cases when nothing has changed. `ks`: largest distance
    of the two cumulative distributions (numeric columns). `p`, `p_adjusted`: how surprising, alone
    and as one of many columns. `drifts`: p_adjusted below 1 - level.
    """

    rows: pd.DataFrame
    n: tuple[int, int]
    level: float
    adjust: str

    def to_frame(self) -> pd.DataFrame:
        """The table: kind, psi, floor, ks, p, p_adjusted, drifts, note; index: the column."""
        return self.rows.copy()

    def _head(self) -> str:
        drifting = self.rows["drifts"].sum()
        return (f"{drifting} of {len(self.rows)} columns drift ({self.adjust}, level "
                f"{self.level:g}); n = {self.n[0]:,} and {self.n[1]:,}")  # fmt: skip

    def _shown(self) -> pd.DataFrame:
        shown = self.rows.copy()
        for name in ("p", "p_adjusted"):
            shown[name] = [show.value(v, 2) if v < 1e-3 else f"{v:.3f}" for v in shown[name]]
        return show.table(shown)

    def __repr__(self) -> str:
        return f"{self._head()}\n{self._shown()}"

    def _repr_html_(self) -> str:
        return f"<p>{self._head()}</p>{self._shown().to_html()}"

    def plot(self, ax: Any = None) -> Any:
        """The size of each shift (PSI, dots) beside what chance alone would show (bars)."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots(figsize=(7.2, 1 + 0.32 * len(self.rows)))[1]
        at = np.arange(len(self.rows))[::-1]
        ax.barh(at, self.rows["floor"], color=show.PALETTE["grey"], alpha=0.35, label="by chance")
        for drifts, colour, marker in ((True, "vermilion", "D"), (False, "blue", "o")):
            on = (self.rows["drifts"] == drifts).to_numpy()
            ax.plot(self.rows["psi"][on], at[on], marker, color=show.PALETTE[colour],
                    label="drifts" if drifts else "no drift shown")  # fmt: skip
        ax.set_yticks(at, [str(c) for c in self.rows.index])
        ax.set(xlabel="population stability index")
        ax.legend()
        return ax


def table(
    reference: Any, current: Any, *, categorical: Iterable | None = None, bins: int = 10,
    level: float = 0.95, adjust: str = "bh",
) -> Drift:  # fmt: skip
    """Compare each column of two samples: size of the shift, its noise floor, and p.

    Numeric columns are cut at the reference's quantiles for PSI and compared by Kolmogorov and
    Smirnov's test; text, truth values and codes (at most 20 different numbers) by chi-squared.
    Missing values are a bin of their own for PSI and a test of their own (the smaller p of the
    two, doubled). Half a row is added to each bin, so that an unseen value does not make PSI
    infinite. The floor is the 95 % point of PSI without a shift: chi-squared with bins - 1 degrees
    of freedom, times 1/n + 1/m (Yurdakul 2018).

    Parameters
    ----------
    reference, current : (n, columns) and (m, columns), the same columns; DataFrame or array
    categorical : columns to treat as categories, besides those found by themselves
    bins : how many quantile bins a numeric column gets
    adjust : over all columns, "bh" (Benjamini and Hochberg), "holm", or "none"

    >>> rng = np.random.default_rng(2)
    >>> old, new = rng.normal(size=(500, 2)), rng.normal([0, 1], 1, size=(500, 2))
    >>> table(old, new).to_frame()["drifts"].to_dict()
    {1: True, 0: False}
    """
    old, new = pair(reference, current)
    bins = _check.number(bins, "bins", low=2, high=1000, whole=True)
    level = _check.number(level, "level", low=0.5, high=0.9999999)
    adjusted = {"bh": rates.bh, "holm": rates.holm, "none": np.asarray}[
        _check.choice(adjust, "adjust", ("bh", "holm", "none"))]  # fmt: skip
    named = set() if categorical is None else set(categorical)
    _check.columns(old, map(str, named), "categorical's frame")
    rows = {c: column(old[c], new[c], bins, c in named) for c in old.columns}
    out = pd.DataFrame.from_dict(rows, orient="index")
    out.insert(5, "p_adjusted", adjusted(out["p"].to_numpy()))
    out.insert(6, "drifts", out["p_adjusted"] < 1 - level)
    out = out.sort_values(["p_adjusted", "psi"], ascending=[True, False], kind="stable")
    return Drift(out, (len(old), len(new)), level, {"bh": "Benjamini-Hochberg", "holm": "Holm",
                                                    "none": "unadjusted"}[adjust])  # fmt: skip


def _encoded(old: pd.DataFrame, new: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Numbers as they are, other columns as codes; missing values stay NaN."""
    out = {}
    for name in old.columns:
        both = pd.concat([old[name], new[name]], ignore_index=True)
        if pd.api.types.is_numeric_dtype(both):
            out[name] = both.to_numpy(float, na_value=np.nan)
        else:
            codes = pd.factorize(both.astype(object), sort=False)[0].astype(float)
            out[name] = np.where(codes < 0, np.nan, codes)
    both = np.column_stack(list(out.values()))
    return both[: len(old)], both[len(old) :]


def two_sample(
    reference: Any, current: Any, *, model: Any = None, folds: int = 5, level: float = 0.95,
    seed: Any = 0,
) -> rates.Estimate:  # fmt: skip
    """Can a classifier tell the two samples apart? Its out-of-fold AUC, with an interval.

    .5 means that nothing was found, 1 that every row gives its sample away (Lopez-Paz and Oquab
    2017). A difference that is found need not be a harmful one: leave out columns that only tell
    the date.

    Parameters
    ----------
    reference, current : (n, columns) and (m, columns), the same columns, at least 2 folds of rows
    model : a scikit-learn classifier with predict_proba; by default gradient boosting
    seed : of the folds and of the default model

    >>> rng = np.random.default_rng(0)
    >>> found = two_sample(rng.normal(size=(300, 2)), rng.normal(size=(300, 2)) + [0, 3])
    >>> found.low > .9
    True
    """
    old, new = pair(reference, current)
    folds = _check.number(folds, "folds", low=2, high=50, whole=True)
    for frame, name in ((old, "reference"), (new, "current")):
        if len(frame) < 2 * folds:
            _check.refuse(name, f"found {len(frame)} rows", f"pass at least {2 * folds}")
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    state = int(_check.seed(seed).integers(2**31))
    model = HistGradientBoostingClassifier(max_iter=60, random_state=state) if model is None else (
        model)  # fmt: skip
    X, y = np.vstack(_encoded(old, new)), np.repeat([0, 1], [len(old), len(new)])
    split = StratifiedKFold(folds, shuffle=True, random_state=state)
    score = cross_val_predict(model, X, y, cv=split, method="predict_proba")[:, 1]
    row = rates.classification(y, score, metrics=["accuracy"], level=level).loc["roc_auc"]
    return rates.Estimate(float(row["estimate"]), float(row["low"]), float(row["high"]), len(y),
                          level, f"AUC over {folds} folds, DeLong-Wilson")  # fmt: skip


def estimate_performance(
    reference: pd.DataFrame, current: pd.DataFrame, score: str, label: str, *,
    threshold: float = 0.5, metrics: Iterable = ("accuracy", "true_positive_rate", "precision"),
    n_boot: int = 100, level: float = 0.95, seed: Any = 0,
) -> pd.DataFrame:  # fmt: skip
    """What should a model's rates be on rows whose labels have not arrived?

    Confidence-based performance estimation: an isotonic regression on the reference turns a score
    into the share of positives, and summing these over the current rows gives the four counts to
    expect. It holds as long as a score means what it meant. **If p(y given x) moves, it lies**,
    and nothing in its output tells. The interval covers the sampling of both sets, not that.

    Parameters
    ----------
    reference : rows with scores and labels (0/1) that were not used to train the model
    current : rows with scores; labels, if any, are ignored
    score, label : names of the columns

    Returns
    -------
    DataFrame, one row per metric: estimate, low, high, n, method

    >>> rng = np.random.default_rng(0); p = rng.random(4000)
    >>> known = pd.DataFrame({"p": p, "y": rng.random(4000) < p})
    >>> float(estimate_performance(known, known, "p", "y").loc["accuracy", "estimate"].round(2))
    0.75
    """
    _check.columns(reference, (score, label), "reference")
    _check.columns(current, (score,), "current")
    s, y = _check.scores(reference[score], "score"), _check.binary(reference[label], label,
                                                                   both=True)  # fmt: skip
    new, rng = _check.scores(current[score], "score"), _check.seed(seed)
    cut = _check.number(threshold, "threshold", low=0, high=1)
    n_boot = _check.number(n_boot, "n_boot", low=20, whole=True)
    chosen = rates.rates_of(metrics)
    told = _expected(s, y, new, cut)
    draws = []
    for _ in range(n_boot):
        old, now = rng.integers(len(s), size=len(s)), rng.integers(len(new), size=len(new))
        counts = _expected(s[old], y[old], new[now], cut, rng)
        draws.append(counts)
    out = {}
    for rate in chosen:
        low, high = rates.percentile(rate(np.array(draws)), level)
        out[rate.name] = [rate(told), low, high, len(new), "estimated without labels"]
    return pd.DataFrame.from_dict(out, orient="index",
                                  columns=["estimate", "low", "high", "n", "method"])  # fmt: skip


def _expected(
    s: np.ndarray, y: np.ndarray, new: np.ndarray, cut: float, rng: Any = None
) -> np.ndarray:
    """Counts tn, fp, fn, tp to expect; with a generator, labels are drawn instead of summed."""
    from sklearn.isotonic import IsotonicRegression

    p = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(s, y).predict(new)
    yes = p if rng is None else (rng.random(len(p)) < p).astype(float)
    said = new >= cut
    return np.array([(1 - yes)[~said].sum(), (1 - yes)[said].sum(), yes[~said].sum(),
                     yes[said].sum()])  # fmt: skip
