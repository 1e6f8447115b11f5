"""Three places to act on a gap: before, in and after training. The private half of `fairness`.

fairlearn does the work (reductions and ThresholdOptimizer); reweighing is four lines of our own.
All three return the same object, whose decisions repeat with a seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from helpers import _check, _gaps

CONSTRAINTS = {"equalized_odds": "EqualizedOdds", "demographic_parity": "DemographicParity",
               "true_positive_rate_parity": "TruePositiveRateParity",
               "false_positive_rate_parity": "FalsePositiveRateParity"}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Mitigated:
    """A fitted model with a mitigation; `predict(X, groups)` returns decisions (n,) of 0 and 1."""

    method: str
    model: Any = field(repr=False)
    labels: tuple
    seed: int

    def predict(self, X: Any, groups: Any = None, *, seed: int | None = None) -> np.ndarray:
        """Decide; `groups` is needed by "threshold". Randomised decisions repeat with a seed."""
        _check.matrix(X)
        seed = self.seed if seed is None else _check.number(seed, "seed", low=0, whole=True)
        if self.method == "reweigh":
            return np.asarray(self.model.predict(X)).astype(np.int64)
        if self.method == "exponentiated_gradient":
            return np.asarray(self.model.predict(X, random_state=seed)).astype(np.int64)
        if groups is None:
            _check.refuse("groups", "found None", "pass the group of each row")
        _, groups = _check.aligned(X=_row_labels(X), groups=_gaps.crossed(groups))
        code = {label: i for i, label in enumerate(self.labels)}
        for g in set(groups.tolist()) - set(code):
            _check.refuse("groups", f"found {g!r}, unknown when fitted", f"use {list(self.labels)}")
        known = np.array([code[g] for g in groups.tolist()])
        return np.asarray(self.model.predict(
            X, sensitive_features=known, random_state=seed)).astype(np.int64)  # fmt: skip


def _row_labels(X: Any) -> Any:
    index = X.index if isinstance(X, pd.DataFrame) else None
    return np.arange(len(X)) if index is None else pd.Series(np.arange(len(X)), index=index)


def mitigate(
    estimator: Any, X: Any, y: Any, groups: Any, method: str = "reweigh", *,
    constraint: str = "equalized_odds", bound: float = 0.01, rounds: int = 50,
    positive: Any = None, seed: int = 0,
) -> Mitigated:  # fmt: skip
    """Fit a copy of the estimator so that the groups are treated more alike.

    Parameters
    ----------
    estimator : scikit-learn classifier; a clone is fitted, yours stays as it is
    X, y, groups : (n, f) columns, (n,) labels, (n,) or (n, 2) groups
    method : before training, "reweigh": rows get the weight P(group) P(y) / P(group, y) (Kamiran
        & Calders 2012); in training, "exponentiated_gradient" (Agarwal et al. 2018); after
        training, "threshold": one threshold or two for each group (Hardt et al. 2016). The last
        two are fairlearn's, and their decisions are partly drawn by lot: hence the seed.
    constraint : what shall be equal (not used by "reweigh"); "equalized_odds",
        "demographic_parity", "true_positive_rate_parity" or "false_positive_rate_parity"
    bound, rounds : largest difference allowed and number of fits ("exponentiated_gradient")

    >>> from sklearn.linear_model import LogisticRegression
    >>> X = np.arange(40.0).reshape(-1, 1)
    >>> fair = mitigate(LogisticRegression(), X, [0, 1] * 20, ["a"] * 20 + ["b"] * 20)
    >>> fair.predict(X).shape
    (40,)
    """
    from sklearn.base import clone

    _check.matrix(X)
    _check.choice(method, "method", ("reweigh", "exponentiated_gradient", "threshold"))
    _check.choice(constraint, "constraint", CONSTRAINTS)
    if not hasattr(estimator, "fit") or isinstance(estimator, type):
        _check.refuse("estimator", f"found a {type(estimator).__name__}", "pass a classifier")
    _, y, groups = _check.aligned(X=_row_labels(X), y=y, groups=_gaps.crossed(groups))
    y = _check.binary(y, "y", positive, both=True)
    code, labels = _check.groups(groups)
    seed = _check.number(seed, "seed", low=0, whole=True)
    fit = {"reweigh": _reweighed, "threshold": _thresholds}.get(method, _constrained)
    limits = (_check.number(bound, "bound", low=0), _check.number(rounds, "rounds", 1, whole=True))
    model = fit(clone(estimator), X, y, code, labels, constraint, *limits)
    return Mitigated(method, model, tuple(labels), seed)


def _reweighed(model: Any, X: Any, y: Any, code: Any, labels: list, *_: Any) -> Any:
    from sklearn.utils.validation import has_fit_parameter

    if not has_fit_parameter(model, "sample_weight"):
        _check.refuse("estimator", f"{type(model).__name__}.fit takes no sample_weight",
                      "pass one that does, or another method")  # fmt: skip
    cells = np.bincount(2 * code + y, minlength=2 * len(labels)).reshape(-1, 2)
    fair = cells.sum(axis=1, keepdims=True) * cells.sum(axis=0, keepdims=True) / len(y)
    return model.fit(X, y, sample_weight=(fair / np.maximum(cells, 1))[code, y])


def _constrained(model: Any, X: Any, y: Any, code: Any, labels: list, constraint: str,
                 bound: float, rounds: int) -> Any:  # fmt: skip
    from fairlearn import reductions

    moment = getattr(reductions, CONSTRAINTS[constraint])(difference_bound=bound)
    search = reductions.ExponentiatedGradient(model, moment, max_iter=rounds)
    return search.fit(X, y, sensitive_features=code)


def _thresholds(model: Any, X: Any, y: Any, code: Any, labels: list, constraint: str,
                *_: Any) -> Any:  # fmt: skip
    from fairlearn.postprocessing import ThresholdOptimizer

    for i, label in enumerate(labels):
        if len(set(y[code == i].tolist())) < 2:
            _check.refuse("y", f"found one class only in group {label!r}",
                          "join it with another group, or use another method")  # fmt: skip
    return ThresholdOptimizer(estimator=model, constraints=constraint, predict_method="auto").fit(
        X, y, sensitive_features=code)  # fmt: skip
