"""The bug hunt of notebook 3-1: a ladder whose rungs are graded on the rows that picked them.

A repaired function is judged on fresh tables: on coins it must report one half, and on a pattern
that can be learnt the score of its winner.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers.exercises import read
from helpers.exercises.engine import Exercise, Wrong


def _scores(function: Any, learnable: bool) -> float:
    """The mean score that a function reports on fresh tables, of coins or of a real pattern."""
    found = []
    for seed in range(4 if learnable else 16):
        rng = np.random.default_rng([seed, 6])
        X, coins = rng.integers(0, 9, (400, 16)), rng.integers(0, 2, 400)
        y = np.where(rng.random(400) < 0.9, X[:, seed] > 4, coins).astype(int)
        out = read.calls(function, X, y if learnable else coins)
        found.append(read.number(out, "what your function returns"))
    return float(np.mean(found))


def _ladder(answer: Any) -> str | None:
    if not callable(answer):
        return _ladder_value(read.number(answer, "the score"))
    if isinstance(answer, type):
        return "the answer is a class; pass a function that takes X and y and returns a score."
    coins, pattern = _scores(answer, learnable=False), _scores(answer, learnable=True)
    if not (0 <= coins <= 1 and 0 <= pattern <= 1):
        return "your function must return a share of right answers, between 0 and 1."
    if coins > 0.53:
        return (f"on 16 tables of coins it still reports {coins:.2f}. The rows that pick the best "
                "rung grade it, too: neither shuffling nor folds part the two jobs.")  # fmt: skip
    if coins < 0.45:
        return f"on coins it reports {coins:.2f}: below one half is no more honest than above."
    if pattern < 0.75:
        return (f"coins get one half, but a pattern that a tree learns to .9 gets {pattern:.2f}. "
                "Report the winner's score, on rows that it was not picked by.")  # fmt: skip
    return None


def _ladder_value(x: float) -> str | None:
    x = x / 100 if x > 1 else x
    if abs(x - 0.5) < 0.05:
        return None
    if x > 0.5:
        return "labels made by coins cannot be foreseen. What does an honest score come to?"
    return "below one half on coins is luck, or a mirror. What does an honest score come to?"


LADDER = Exercise(
    id="3-1d", name="repaired", reason=_ladder,
    hints=("The labels are coins. Which score can no model deserve?",
           "The best of forty is picked by its score on some rows. On which rows is it reported?",
           "Cut three parts: one to fit, one to pick the rung, one that only the winner sees."),
    solution="""
def repaired(X, y, rungs=40):
    fit, pick, report = np.array_split(np.arange(len(y)), 3)
    best, winner = -1, None
    for rung in range(rungs):
        some = np.random.default_rng(rung).permutation(X.shape[1])[:3]
        tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X[fit][:, some], y[fit])
        score = tree.score(X[pick][:, some], y[pick])
        if score > best:
            best, winner = score, (tree, some)
    tree, some = winner
    return tree.score(X[report][:, some], y[report])
""",
    explains="Forty rungs are forty tickets. The winner's score is luck plus merit, and only rows "
    "that took no part in the picking show the merit alone.",
    right=("repaired(X, coins)", "0.5", "lambda X, y: repaired(X[::-1], y[::-1], rungs=60)"),
    wrong=(
        Wrong("the split was unlucky: shuffle", """
def repaired(X, y):
    order = np.random.default_rng(1).permutation(len(y))
    return colleagues_score(X[order], y[order])
""", "neither shuffling"),
        Wrong("folds make it honest", """
def repaired(X, y):
    def folded(rung):
        some = np.random.default_rng(rung).permutation(X.shape[1])[:3]
        tree = DecisionTreeClassifier(max_depth=3, random_state=0)
        return cross_val_score(tree, X[:, some], y, cv=4).mean()
    return max(map(folded, range(40)))
""", "nor folds"),
        Wrong("coins must give one half", "lambda X, y: 0.5", "pattern that a tree learns"),
        Wrong("take the mean of all rungs", """
def repaired(X, y):
    half, found = len(y) // 2, []
    for rung in range(40):
        some = np.random.default_rng(rung).permutation(X.shape[1])[:3]
        tree = DecisionTreeClassifier(max_depth=3).fit(X[:half][:, some], y[:half])
        found.append(tree.score(X[half:][:, some], y[half:]))
    return np.mean(found)
""", "the winner's score"),
        Wrong("the best of forty is what the model can do", "colleagues_score(X, coins)",
              "cannot be foreseen"),
    ),
    given="""
import numpy as np
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier
rng = np.random.default_rng(5)
X, coins = rng.integers(0, 9, (400, 16)), rng.integers(0, 2, 400)
def colleagues_score(X, y, rungs=40):
    half, best = len(y) // 2, 0
    for rung in range(rungs):
        some = np.random.default_rng(rung).permutation(X.shape[1])[:3]
        tree = DecisionTreeClassifier(max_depth=3, random_state=0)
        tree.fit(X[:half][:, some], y[:half])
        best = max(best, tree.score(X[half:][:, some], y[half:]))
    return best
""",
)  # fmt: skip
