"""What the checks of notebook 5-4 compute with: Bluefin once more, and the slips people make.

The update is written from its equations, apart from the notebook's own class. Each slip is one
line of it done in a way that learners really do it; whose steps equal a slip's made that slip.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.exercises import read

LIMIT = 60  # milliseconds at the 95th percentile, the limit of the notebook's service


class Knobs:
    """A centre w in the unit cube, a radius delta, a direction u; eta is the size of a step."""

    def __init__(
        self, low: Any, high: Any, begin: Any, rng: Any,
        eta: float = 0.01, delta: float = 0.1, decay: float = 0,
    ) -> None:  # fmt: skip
        self.low, self.high = np.array(low, dtype=float), np.array(high, dtype=float)
        self.rng, self.eta, self.first_eta = rng, eta, eta
        self.delta, self.decay, self.updates = delta, decay, 0
        self.w = np.clip((np.array(begin) - self.low) / (self.high - self.low), delta, 1 - delta)
        self.draw()

    def draw(self) -> None:
        """A new direction: a Gaussian draw brought to length 1."""
        u = self.rng.normal(size=len(self.w))
        self.u = u / np.sqrt(u @ u)

    def ask(self, sign: int) -> np.ndarray:
        """The setting to play: +1 and -1 are the two plays of a round, 0 is the centre."""
        return self.low + (self.w + sign * self.delta * self.u) * (self.high - self.low)


def update(knobs: Any, plus: float, minus: float, slip: str = "") -> None:
    """One update of Bluefin; `slip` names the mistake to make in it."""
    if slip in ("redrawn", "drawn first"):
        knobs.draw()
    larger = max(abs(plus), abs(minus))
    change = (plus - minus) / larger if larger and slip != "larger" else plus - minus
    change = -change if slip == "sign" else change
    slope = (1 if slip == "dimension" else len(knobs.w)) * change * knobs.u / knobs.delta
    slope = slope if slip == "radius" else slope / 2
    edge = 0 if slip == "box" else knobs.delta
    knobs.w = np.clip(knobs.w + knobs.eta * slope, edge, 1 - edge)
    _decay(knobs, slip)
    if slip not in ("kept", "drawn first"):
        knobs.draw()


def _decay(knobs: Any, slip: str) -> None:
    knobs.updates += 1
    if not knobs.decay or slip == "no decay":
        return
    times = knobs.updates * 2 if slip == "plays" else knobs.updates - (slip == "late")
    knobs.eta = knobs.first_eta / (1 + knobs.decay * times)
    if slip != "radius stays":
        knobs.delta = np.sqrt(knobs.eta)


class Bluefin(Knobs):
    """The tuner, for solutions that run alone."""

    tell = update


SLIPS = {
    "dimension": "your step is d times too small: g begins with d, the number of knobs.",
    "redrawn": "both plays must share one direction: use the u that was played, and draw the next "
               "one only when the step is done.",
    "drawn first": "both plays must share one direction, and the step goes along it: draw the "
                   "next u after the step, not before.",
    "plays": "you count decay per play; t is the number of updates, and an update is two plays.",
    "late": "your first decay comes one update late: after the first update t is already 1.",
    "no decay": "eta and delta must shrink after each update if decay isn't 0.",
    "radius stays": "eta decays in yours, but delta doesn't: after each update it is sqrt(eta).",
    "box": "w + delta u would leave the box: the centre must stay delta away from each wall, so "
           "clip to delta and 1 - delta.",
    "larger": "your step depends on the unit of the reward: divide the difference by the larger of "
              "|r+| and |r-|.",
    "sign": "your centre walks to the smaller reward: it is r+ minus r-.",
    "radius": "your step is twice too long: the two plays are 2 delta apart, not delta.",
    "kept": "you never draw a new direction: the centre can then move along one line only.",
}  # fmt: skip


# Three cases: the vendor's own, one that walks into a corner, one with rewards of 0.
def _near(target: tuple, scale: float) -> Callable:
    return lambda x: -float(np.abs(x - np.array(target)).sum()) / scale


CASES: tuple[tuple[dict, Callable, int], ...] = (
    ({"low": (1, 1), "high": (1000, 1000), "begin": (400, 400), "eta": 0.0025, "delta": 0.05,
      "decay": 0.03}, _near((200, 800), 1000), 500),
    ({"low": (0, 0, 0), "high": (1, 2, 3), "begin": (0.5, 1, 1), "eta": 0.2, "delta": 0.1},
     lambda x: float(x.sum()) + 2, 60),
    ({"low": (0,) * 4, "high": (9,) * 4, "begin": (4,) * 4, "eta": 0.03, "delta": 0.05,
      "decay": 0.1}, lambda x: float(x[0] > 5) * 7, 40),
)  # fmt: skip


def walk(tell: Callable, case: int) -> tuple[np.ndarray, np.ndarray]:
    """The centres after each update of a case, and the rewards that were met."""
    settings, reward, rounds = CASES[case]
    knobs, centres, rewards = Knobs(rng=np.random.default_rng(2), **settings), [], []
    for _ in range(rounds):
        pair = [reward(knobs.ask(sign)) for sign in (1, -1)]
        tell(knobs, *pair)
        centres.append(np.array(knobs.w, dtype=float))
        rewards += pair
    return np.array(centres), np.array(rewards)


def six(rewards: Any) -> tuple[float, ...]:
    """The vendor's six statistics of the rewards: mean, min, median, p95, p99, max."""
    percentiles = np.percentile(rewards, [0, 50, 95, 99, 100])
    return (float(np.mean(rewards)), *percentiles.tolist())


# --- what is wrong with a learner's update, or reward


def _walks(answer: Any, slip: str | None = None) -> list[np.ndarray]:
    def tell(knobs: Any, plus: float, minus: float) -> None:
        if slip is None:
            read.calls(answer, knobs, plus, minus)
        else:
            update(knobs, plus, minus, slip)
        w = np.asarray(knobs.w)
        if w.dtype.kind not in "fiu" or w.shape != knobs.low.shape or not np.isfinite(w).all():
            raise read.Unreadable(f"after your update knobs.w is {str(knobs.w)[:40]}; it must be "
                                  f"{len(knobs.low)} finite numbers.")  # fmt: skip

    with np.errstate(all="ignore"):
        return [walk(tell, case)[0] for case in range(len(CASES))]


def _same(found: list, want: list) -> bool:
    return all(np.allclose(a, b, rtol=1e-7, atol=1e-9) for a, b in zip(found, want, strict=True))


def update_reason(answer: Any) -> str | None:
    """Why a learner's update is wrong: its centres beside those of every slip."""
    if not callable(answer):
        raise read.Unreadable("pass a function of (knobs, plus, minus) that moves knobs.w.")
    found, want = _walks(answer), _walks(None, "")
    if _same(found, want):
        return None
    for slip, reason in SLIPS.items():
        if _same(found, _walks(None, slip)):
            return reason
    first = found[0][0]
    if np.allclose(first, (400 - 1) / 999, atol=1e-12):
        return "your function left the centre where it was: set knobs.w to the new one."
    if np.allclose(first, want[0][0], rtol=1e-7):
        return ("the first step is right, a later one isn't: look at what changes after an update: "
                "eta, delta, u, and the walls.")  # fmt: skip
    shown = ", ".join(f"{x:.5f}" for x in want[0][0])
    return (f"in the vendor's test the centre should stand at ({shown}) after the first update; "
            f"yours stands at ({', '.join(f'{x:.5f}' for x in first)}).")  # fmt: skip


def _cost(device: float, p95: float) -> float:
    return device / 5 + min(3, 5 * max(0, p95 / LIMIT - 1))


def reward_reason(answer: Any) -> str | None:
    """Why a repaired reward is wrong: which of two fresh plays does it prefer?"""
    if isinstance(answer, type):
        return _class(answer)
    if not callable(answer):
        return _no_function(answer)

    def value(device: float, p95: float) -> float:
        return read.number(read.calls(answer, device, p95), "what your reward returns")

    rng = np.random.default_rng(54)
    cheap = [value(d, 50) - value(d + 1, 50) for d in rng.uniform(1, 7, 20)]
    early = [value(2, p) - value(2, p + 5) for p in rng.uniform(60, 85, 20)]
    if max(cheap) < 0 and max(early) < 0:
        return "that is still a cost: the worse the play, the larger. A tuner climbs."
    if max(cheap) < 0:
        return "device time is still rewarded: the dearer play gets the larger number."
    if max(early) < 0:
        return "lateness is still rewarded: the later play gets the larger number."
    if min(cheap) <= 0 or min(early) <= 0:
        return ("one of the two no longer counts: a cheaper play must earn more, and above the "
                "limit an earlier one too.")  # fmt: skip
    for _ in range(200):
        a, b = zip(rng.uniform(1, 7, 2), rng.uniform(40, 110, 2), strict=True)
        gap = _cost(*b) - _cost(*a)
        if abs(gap) > 0.02 and (value(*a) > value(*b)) != (gap > 0):
            return "you changed the trade-off between cost and lateness; change the sign only."
    return None


def _no_function(answer: Any) -> str | None:
    if isinstance(answer, (tuple, list, np.ndarray)) and len(answer):
        return ("a smaller box has walls too, and it walks to those. What does it climb? Pass "
                "a repaired reward.")  # fmt: skip
    read.number(answer, "the repair")
    return ("with another eta it walks to the same wall, sooner or later. What does it climb? "
            "Pass a repaired reward.")  # fmt: skip


def _class(answer: type) -> str | None:
    """A repaired tuner must go down where it is told a cost."""
    rng, target = np.random.default_rng(3), np.array([0.3, 0.7])
    knobs = read.calls(answer, (0, 0), (1, 1), (0.5, 0.5), rng, 0.02, 0.1)
    if not hasattr(knobs, "ask") or not hasattr(knobs, "tell"):
        return "that class is no tuner: it needs ask and tell. Or pass a repaired reward."
    at = [float(np.abs(knobs.ask(0) - target).sum())]
    for _ in range(150):
        costs = [1 + float(np.abs(knobs.ask(sign) - target).sum()) for sign in (1, -1)]
        read.calls(knobs.tell, *costs)
        at.append(float(np.abs(knobs.ask(0) - target).sum()))
    if min(at[-1], np.mean(at[-20:])) < 0.1:
        return None
    if at[-1] < at[0]:
        return "yours goes down, but it doesn't arrive; change the sign only."
    if abs(at[-1] - at[0]) < 0.1:
        return "that only slows it down: it still walks to the dear side, later. Which sign?"
    return "yours still walks to the dear side of its box. What does it climb?"
