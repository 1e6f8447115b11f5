"""NSGA-II's choice of survivors once more, for the checks of notebook 4-3 and for its tests."""

from __future__ import annotations

import numpy as np

SEVEN = np.array([[3, 8], [0, 7], [9, 1], [2, 5], [8, 3], [7, 4], [6, 9]])


def ranks(values: np.ndarray) -> np.ndarray:
    """0 for the rows that nothing dominates, 1 for those of the rest, and so on; less is better."""
    rank, r = np.full(len(values), -1), 0
    while (rank < 0).any():
        left = np.flatnonzero(rank < 0)
        rest = values[left]
        beaten = [((rest <= v).all(axis=1) & (rest < v).any(axis=1)).any() for v in rest]
        rank[left[~np.array(beaten)]] = r
        r += 1
    return rank


def crowding(values: np.ndarray) -> np.ndarray:
    """The gap between the two neighbours of each row, summed over columns; infinite at the ends."""
    room = np.zeros(len(values))
    for column in np.asarray(values, dtype=float).T:
        order = np.argsort(column, kind="stable")
        step = column[order]
        room[order[1:-1]] += (step[2:] - step[:-2]) / (np.ptp(step) or 1)
        room[order[[0, -1]]] = np.inf
    return room


def room_within(values: np.ndarray) -> np.ndarray:
    """Crowding among the rows of the same rank."""
    rank, room = ranks(values), np.zeros(len(values))
    for r in range(rank.max() + 1):
        room[rank == r] = crowding(values[rank == r])
    return room


def keep(values: np.ndarray, n: int) -> np.ndarray:
    """The n best rows, best first: by rank, and within a rank by room."""
    return np.lexsort((-room_within(values), ranks(values)))[:n]


def colleagues_keep(values: np.ndarray, n: int) -> np.ndarray:
    """The faulty function of exercise 4-3d: room among all rows."""
    return np.lexsort((-crowding(values), ranks(values)))[:n]
