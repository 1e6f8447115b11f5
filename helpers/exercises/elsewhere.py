"""Synthetic files without names, and what the exercises of notebook 6-3 take from it.

The halves are those of the notebook's first draw. Five files are made from the members' half; one
of them gives its members away. The ways to make them are the notebook's, written once more.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from helpers.exercises import read

COLUMNS = 10  # size and shape of the cells in a breast tumour's image; the last column is benign


def table() -> np.ndarray:
    """569 tumours: ten measurements, and 1 where the tumour is benign."""
    from sklearn.datasets import load_breast_cancer

    cells = load_breast_cancer()
    return np.column_stack([cells.data[:, :COLUMNS], cells.target])


def halves(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Members, whose rows a synthesiser sees, and fresh people, whose rows it never sees."""
    rows = np.random.default_rng(seed).permutation(table())
    return rows[:285], rows[285:]


def correlated(rows: np.ndarray, rng: Any, n: int) -> np.ndarray:
    """A Gaussian copula: each column's own values, joined by the correlations of their ranks."""
    from scipy.stats import norm, rankdata

    normal = norm.ppf((rankdata(rows, axis=0) - 0.5) / len(rows))
    drawn = norm.cdf(rng.multivariate_normal(np.zeros(rows.shape[1]), np.corrcoef(normal.T), n))
    out = np.column_stack([np.quantile(c, u) for c, u in zip(rows.T, drawn.T, strict=True)])
    out[:, -1] = out[:, -1] > 0.5
    return out


def grown(rows: np.ndarray, rng: Any, leaf: int = 10) -> np.ndarray:
    """Column by column: a tree on the columns so far, and a real value out of the right leaf."""
    from sklearn.tree import DecisionTreeRegressor

    out = np.empty_like(rows)
    out[:, -1], known = rng.choice(rows[:, -1], len(rows)), [-1]
    for j in range(rows.shape[1] - 1):
        tree = DecisionTreeRegressor(min_samples_leaf=leaf, random_state=0)
        home = tree.fit(rows[:, known], rows[:, j]).apply(rows[:, known])
        out[:, j] = [rng.choice(rows[home == at, j]) for at in tree.apply(out[:, known])]
        known.append(j)
    return out


def between(rows: np.ndarray, rng: Any) -> np.ndarray:
    """SMOTE: points on the line between a row and one of its five neighbours of the same class."""
    from sklearn.neighbors import NearestNeighbors
    from sklearn.preprocessing import StandardScaler

    out = []
    for kind in (0, 1):
        own = rows[rows[:, -1] == kind]
        scaled = StandardScaler().fit_transform(own[:, :-1])
        near = NearestNeighbors(n_neighbors=6).fit(scaled).kneighbors(scaled)[1][:, 1:]
        first = rng.integers(0, len(own), len(own))
        second = near[first, rng.integers(0, 5, len(own))]
        out.append(own[first] + rng.random((len(own), 1)) * (own[second] - own[first]))
    return np.vstack(out)


def unnamed_files(members: np.ndarray) -> dict[str, np.ndarray]:
    """Five synthetic files; which way made which is for the reader to find out."""
    rng = np.random.default_rng(63)
    shuffled = np.column_stack([rng.permutation(column) for column in members.T])
    return {"A": grown(members, rng), "B": shuffled, "C": correlated(members, rng, 2000),
            "D": between(members, rng), "E": correlated(members, rng, len(members))}  # fmt: skip


def forest_auc(train: np.ndarray, test: np.ndarray) -> float:
    """AUC on the test rows of a forest grown on the training rows; the last column is the label."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score

    forest = RandomForestClassifier(40, random_state=0).fit(train[:, :-1], train[:, -1])
    return float(roc_auc_score(test[:, -1], forest.predict_proba(test[:, :-1])[:, 1]))


# --- judging a repaired report ------------------------------------------------------------------


@cache
def _worlds() -> tuple[np.ndarray, np.ndarray]:
    """A table without any signal, and one whose label is the sign of its first column."""
    rng = np.random.default_rng(8)
    noise, signal = rng.normal(size=(2, 160, 7))
    noise[:, -1], signal[:, -1] = rng.random(160) < 0.5, signal[:, 0] > 0
    return noise, signal


def _auc(answer: Any, synthesise: Any, rows: np.ndarray, seed: int) -> float:
    return read.number(read.calls(answer, synthesise, rows.copy(), np.random.default_rng(seed)),
                       "what your function returns")  # fmt: skip


def report_reason(answer: Any) -> str | None:
    """Reads what a repaired report does from synthesisers that are spies; None if it is honest."""
    noise, signal = _worlds()
    seen = []

    def copying(rows: Any, rng: Any) -> Any:
        seen.append(len(rows))
        return np.array(rows)

    def inverted(rows: Any, rng: Any) -> Any:
        rows = np.array(rows)
        rows[:, -1] = 1 - rows[:, -1]
        return rows

    on_noise = float(np.mean([_auc(answer, copying, noise, seed) for seed in range(4)]))
    if not seen:
        return "your function never calls synthesise: it must be handed the training rows."
    if max(seen) >= len(noise):
        return ("test rows were in the synthesiser's input: a copying one scores "
                f"{on_noise:.2f} on labels that are pure chance. Split first.")  # fmt: skip
    if _auc(answer, inverted, signal, 0) > 0.5:
        return ("a synthesiser that turns every label round still scores well: you test on its own "
                "rows. The test rows must be real.")  # fmt: skip
    if on_noise > 0.7:
        return ("the synthesiser sees fewer rows, but some of them are tested on: a copying one "
                f"scores {on_noise:.2f} on pure chance. No row may be on both sides.")  # fmt: skip
    if _auc(answer, copying, signal, 1) < 0.8:
        return "with a copying synthesiser a plain signal is lost: train on the synthetic rows."
    return None
