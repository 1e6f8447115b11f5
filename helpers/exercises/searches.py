"""The table of notebook 3-3 and its searches with a bill, for the check of its bug hunt.

A search gets its losses from a function that counts the iterations it makes one fit, so that an
answer of any form is judged by what it costs and what it leaves, not by how it is written.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.exercises import read

ITERATIONS = (8, 16, 32, 64, 128, 256)
SETTINGS, SETS = 1024, 8


@functools.cache
def table() -> tuple[np.ndarray, np.ndarray]:
    """Log losses of the table: (8 sets, 6 readings, 1,024 settings), and the true ones (6, ...)."""
    from helpers import data

    found = data.load("tuning")

    def scores(name: str) -> np.ndarray:
        return found[name].to_numpy(float).reshape(SETTINGS, len(ITERATIONS)).T

    return np.stack([scores(f"log_loss_{k}") for k in range(1, SETS + 1)]), scores("log_loss_test")


def reader(k: int) -> tuple[Callable, dict[int, int]]:
    """A function that reads losses on one validation set, and its bill: iterations by setting."""
    losses, bill = table()[0][k], {}

    def loss_of(setting: Any, iterations: Any) -> float:
        row, at = int(setting), int(iterations)
        if at not in ITERATIONS or not 0 <= row < SETTINGS:
            raise ValueError(
                f"there is no reading of setting {setting} after {iterations} iterations"
            )
        bill[row] = max(bill.get(row, 0), at)
        return float(losses[ITERATIONS.index(at), row])

    return loss_of, bill


def halving(loss_of: Callable, rng: np.random.Generator, start: int = 64, first: int = 8) -> int:
    """Successive halving as the notebook has it: keep the better half at every reading."""
    alive = rng.choice(SETTINGS, start, replace=False)
    for iterations in ITERATIONS[ITERATIONS.index(first) :]:
        loss = [loss_of(setting, iterations) for setting in alive]
        alive = alive[np.argsort(loss, kind="stable")[: max(1, len(alive) // 2)]]
    return int(alive[0])


def regret(chosen: Any) -> float:
    """What a chosen setting (or a pair: setting, iterations) loses against the best of all."""
    true = table()[1]
    setting, iterations = chosen if np.ndim(chosen) else (chosen, ITERATIONS[-1])
    if float(setting) != int(setting) or int(iterations) not in ITERATIONS:
        raise read.Unreadable(f"there is no setting {setting} after {iterations} iterations.")
    if not 0 <= int(setting) < SETTINGS:
        raise read.Unreadable(f"there is no setting {setting}; they run from 0 to 1023.")
    return float(true[ITERATIONS.index(int(iterations)), int(setting)] - true[-1].min())


def race(search: Callable, runs: int = 2000, seed: int = 7) -> tuple[float, float]:
    """Mean regret of a search over fresh runs, and the most that one of them cost in full fits."""
    total = cost = 0.0
    for run in range(runs):
        loss_of, bill = reader(run % SETS)
        total += regret(search(loss_of, np.random.default_rng((seed, run))))
        cost = max(cost, sum(bill.values()) / ITERATIONS[-1])
        if cost > 7 * 1.001:
            break  # too dear already: the regret no longer matters
    return total / (run + 1), cost


@functools.cache
def blind() -> float:
    """Mean regret of random search at the same price: seven settings, fitted to the end."""
    return race(functools.partial(halving, start=7, first=256), runs=4000)[0]


def _plan(answer: Any) -> Any:
    """A pair (start, first) becomes the halving that it stands for."""
    start, first = (read.number(v, "each of the two numbers") for v in read.sequence(answer, 2))
    if first not in ITERATIONS:
        raise read.Unreadable("the second number is the first reading: 8, 16, 32, 64, 128 or 256.")
    if start != int(start) or not 2 <= start <= SETTINGS:
        raise read.Unreadable("the first number is how many settings start: from 2 to 1024.")
    if first == ITERATIONS[-1]:
        raise read.Unreadable("that reads nothing early: it is random search, and halves nothing.")
    return functools.partial(halving, start=int(start), first=int(first))


def repaired(answer: Any) -> str | None:
    """The check of the bug hunt: None, or why the search is too dear or leaves too much."""
    search = answer if callable(answer) else _plan(answer)
    told = functools.partial(read.calls, search)
    loss_of, bill = reader(0)
    chosen = told(loss_of, np.random.default_rng(0))
    if not bill:
        return "your search reads no loss at all. Ask with loss_of(setting, iterations)."
    if np.ndim(chosen) > 1 or np.size(chosen) not in (1, 2):
        return "return the number of a setting, or a pair (setting, iterations)."
    for part in np.ravel(np.asarray(chosen, dtype=object)):
        read.number(part, "what your search returns")
    left, cost = race(told)
    if cost > 7.001:
        return (f"a run costs {cost:.1f} full fits, and 7 are allowed. Keeping more, or starting "
                "more, buys what it buys with money: spend the same sum otherwise.")  # fmt: skip
    if left < 0.96 * blind():
        return None
    if left > 1.3 * blind():
        return (f"its regret is {left / blind():.1f} times that of random search. It "
                "still drops settings by their rank after a few iterations, or trains on past "
                "their best.")  # fmt: skip
    return ("it is no better than random search at the same price. From which reading on do early "
            "ranks say something about final ones? See the left panel.")  # fmt: skip
