"""The ant colony of notebook 4-2 once more, for its checks: the same equations, the same steps.

A test holds this twin against the function that the notebook teaches.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

MU, LAMBDA, PHI, ANTS, QUORUM = 0.013, 0.033, 0.099, 208, 10
CLEAR, CLOSE = (0.016, 0.020, 0.008), (0.019, 0.020, 0.004)


class Move(NamedTuple):
    """How a colony moved: minutes, ants carried to the worse and to the better nest, the path."""

    minutes: float
    worse: float
    better: float
    path: np.ndarray


@functools.cache
def colony(
    k1: float, k2: float, rho12: float, rho21: float = 0.0, quorum: float = QUORUM,
    start: float = 50, step: float = 0.02, ends: bool = True, longest: float = 1000,
) -> Move:  # fmt: skip
    """Move a colony; `ends=False` goes on carrying when nobody is left, as the faulty cell does."""
    x, minutes, path = float(start), 0.0, []
    z1 = z2 = y1 = y2 = b1 = b2 = 0.0
    while minutes < longest - step / 2 and not (ends and b1 + b2 >= ANTS - start):
        found = MU * max(x, 0)
        led1, led2 = (LAMBDA * y if y < quorum and x > 0 else 0.0 for y in (y1, y2))
        gone1, gone2 = (PHI * y if y >= quorum else 0.0 for y in (y1, y2))
        x, z1, z2, y1, y2, b1, b2 = (
            x - step * (2 * found + led1 + led2),
            z1 + step * (found + led1 - (rho12 + k1) * z1 + rho21 * z2),
            z2 + step * (found + led2 + rho12 * z1 - (rho21 + k2) * z2),
            y1 + step * (k1 * z1 - rho12 * y1 + rho21 * y2),
            y2 + step * (k2 * z2 + rho12 * y1 - rho21 * y2),
            b1 + step * gone1, b2 + step * gone2,
        )  # fmt: skip
        minutes += step
        path.append((minutes, x, z1, z2, y1, y2, b1, b2))
    return Move(minutes, b1, b2, np.array(path))


def after(minutes: float, rates: tuple, ends: bool = True, **settings: float) -> tuple:
    """Ants carried to each nest after so many minutes; the faulty cell: `ends=False`."""
    move = colony(*rates, ends=ends, longest=minutes, **settings)
    return move.worse, move.better
