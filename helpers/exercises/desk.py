"""The pass desk of notebook 3-1, made once more: what its exercises recompute their answers from.

The split, the features, the dollars and the duel follow the notebook line by line, and
`test_taught_3_1.py` holds the two against each other.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pandas as pd

from helpers import data, rates

PRICE_OF_FEATURES, BUDGET = 600, 1200  # dollars: four hours at $150; one day, or 150 labels


@functools.cache
def people() -> tuple[list[str], pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The 16 columns; 4,000 people to train, 10,000 to test, and the rest."""
    acs = data.load("acs").query("year == 2015")
    acs = acs.iloc[np.random.default_rng(0).permutation(len(acs))].reset_index(drop=True)
    return list(acs.columns[:16]), acs[:4000], acs[4000:14_000], acs[14_000:]


def coded(table: pd.DataFrame) -> pd.DataFrame:
    """The answers as codes, age in five-year bands."""
    return table[people()[0]].assign(AGEP=table["AGEP"] // 5)


def one_hot(table: pd.DataFrame) -> np.ndarray:
    """A column of zeros and ones for each answer that occurs in training."""
    codes, train = coded(table), coded(people()[1])
    return np.column_stack([codes[name].to_numpy()[:, None] == np.unique(train[name])
                            for name in train]).astype(float)  # fmt: skip


def truth(table: pd.DataFrame) -> np.ndarray:
    """1 where the person is employed."""
    return table["employed"].to_numpy(dtype=int)


def logistic(X: np.ndarray, y: np.ndarray, C: float = 1.0) -> Any:
    """The notebook's logistic regression."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=C, solver="newton-cholesky", tol=1e-8).fit(X, y)


def dollars(probability: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What each applicant costs: $60 a wrong approval, $20 a wrong refusal."""
    approve = probability >= 0.75
    return 60.0 * (approve & (y == 0)) + 20.0 * (~approve & (y == 1))


@functools.cache
def costs() -> dict[str, np.ndarray]:
    """Dollars for each of the 10,000 under the raw and under the featured logistic model."""
    from sklearn.preprocessing import StandardScaler

    columns, train, test, _ = people()
    scaler = StandardScaler().fit(train[columns])
    raw = logistic(scaler.transform(train[columns]), truth(train))
    featured = logistic(one_hot(train), truth(train))
    return {
        "raw": dollars(raw.predict_proba(scaler.transform(test[columns]))[:, 1], truth(test)),
        "features": dollars(featured.predict_proba(one_hot(test))[:, 1], truth(test)),
    }


@functools.cache
def needed() -> dict[str, float]:
    """Applicants a year from which the features pay, read in several ways."""
    cost = costs()
    saved = rates.paired(cost["raw"], cost["features"])
    before, after = (rates.interval(cost[name]) for name in ("raw", "features"))
    per_applicant = {"right": saved.low, "mean": saved.value, "hope": saved.high,
                     "unpaired": before.low - after.high, "spent": after.value}  # fmt: skip
    return {name: PRICE_OF_FEATURES / x for name, x in per_applicant.items()}


@functools.cache
def duels() -> pd.DataFrame:
    """Accuracies of the notebook's duel, for the base and `new rows`, at 10, 20 and 30 % wrong."""
    _, _, test, pool = people()
    Z_pool, y_pool, Z_test, y_test = one_hot(pool), truth(pool), one_hot(test), truth(test)
    rows = []
    for noise in (0.1, 0.2, 0.3):
        for repeat in range(12):
            rng = np.random.default_rng([repeat, 31])
            old, new = np.split(rng.permutation(len(pool))[:1150], [1000])
            labels = np.where(rng.random(1000) < noise, 1 - y_pool[old], y_pool[old])
            base = logistic(Z_pool[old], labels, 0.3)
            both = np.concatenate([old, new])
            more = logistic(Z_pool[both], np.append(labels, y_pool[new]), 0.3)
            right = [(model.predict(Z_test) == y_test).mean() for model in (base, more)]
            rows.append([noise, *right])
    return pd.DataFrame(rows, columns=["noise", "base", "new rows"])
