"""Generated answers of two model versions to 1,506 questions, for the bug hunt of notebook 2-3.

Only the row counts are published ones: 1,506 questions, and 1,566 rows where the id alone joins
them. Three ids stand for five questions each; some of the five share their wave, some their topic,
so that wave, topic and id together name a question. The second table is in another order.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pandas as pd

QUESTIONS, JOINED = 1506, 1566
TOPICS = ("work", "privacy", "climate", "family", "trust", "health")
SHARED = ((3, "work"), (3, "trust"), (8, "work"), (8, "family"), (12, "trust"))  # wave, topic


@functools.cache
def _tables(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    wave, topic = rng.integers(1, 16, QUESTIONS), rng.choice(TOPICS, QUESTIONS)
    ids = np.array([f"Q{n:04d}" for n in rng.permutation(9000)[:QUESTIONS]])
    places = rng.permutation(QUESTIONS)[:15].reshape(3, 5)
    for name, rows in zip(("Q9001", "Q9002", "Q9003"), places, strict=True):
        ids[rows] = name
        wave[rows], topic[rows] = ([pair[i] for pair in SHARED] for i in (0, 1))
    first = pd.DataFrame({"wave": wave, "topic": topic, "id": ids,
                          "answer": rng.choice(list("ABCD"), QUESTIONS)})  # fmt: skip
    second = first.copy()
    other = rng.random(QUESTIONS) < 0.2
    second.loc[other, "answer"] = rng.choice(list("ABCD"), int(other.sum()))
    return first, second.sample(frac=1, random_state=seed).reset_index(drop=True)


def two_versions(seed: int = 0) -> tuple[Any, Any]:
    """The answers of two versions, with the columns wave, topic, id and answer."""
    first, second = _tables(seed)
    return first.copy(), second.copy()
