"""What does an accelerator do to a stopwatch? A device to find out with, where there is none.

A `SimulatedGPU` queues work as a GPU does: a kernel's call returns after the launch, and the
work goes on behind your back. Its clock is virtual, so that every answer is exact, costs no time,
and is the same on every machine. It is a simulation and says so wherever it is printed; it has no
caches, no clocks that throttle, and one queue. There is no library to lean on: this is the
whole of it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from helpers import _check

__all__ = ["SimulatedGPU"]


@dataclass(frozen=True)
class Stamp:
    """A stamp in the device's queue: the moment (seconds) at which the device gets to it."""

    owner: Any
    at: float


class SimulatedGPU:
    """A device that works while the host goes on; a clock for `timing.measure(device=...)`.

    Parameters
    ----------
    launch : seconds that the host spends on handing over one kernel
    clock : "virtual" (exact, costs no time) or "real" (the same waits on the real stopwatch)
    start_up : extra seconds that the host spends on the very first kernel (loading, compiling)

    A kernel starts when its launch begins and the kernels before it are done, so launch and
    work overlap.

    >>> gpu = SimulatedGPU(launch=5e-6)
    >>> begun = gpu.now(); gpu.kernel(2e-3); naive = gpu.now() - begun
    >>> gpu.synchronize(); honest = gpu.now() - begun
    >>> f"{naive:.6f} s without waiting, {honest:.6f} s with"
    '0.000005 s without waiting, 0.002000 s with'
    """

    asynchronous, simulated = True, True
    tick = 0.0
    caveat = "simulated: a model of a queue, not a measurement"

    def __init__(
        self, launch: float = 5e-6, clock: str = "virtual", start_up: float = 0.0
    ) -> None:
        self.launch = _check.number(launch, "launch", low=0)
        self.clock = _check.choice(clock, "clock", ("virtual", "real"))
        self._start_up = _check.number(start_up, "start_up", low=0)
        self._origin = time.perf_counter()
        self._host = 0.0  # the virtual host's stopwatch, in seconds
        self._free = 0.0  # when the device will have done all it was given
        self.kernels = 0
        self.busy = 0.0

    @property
    def name(self) -> str:
        return f"simulated GPU, {self.clock} clock"

    def kernel(self, duration: float) -> None:
        """Queue `duration` seconds of work on the device; the host pays the launch only."""
        duration = _check.number(duration, "duration", low=0)
        self._free = max(self._free, self.now()) + duration
        self.work(self.launch + (0.0 if self.kernels else self._start_up))
        self.kernels += 1
        self.busy += duration

    def work(self, duration: float) -> None:
        """Keep the host busy for that many seconds (Python code, data loading)."""
        self._wait_until(self.now() + _check.number(duration, "duration", low=0))

    def now(self) -> float:
        """Seconds on the host's stopwatch since the device was made."""
        return self._host if self.clock == "virtual" else time.perf_counter() - self._origin

    def synchronize(self) -> None:
        """Let the host wait until the device has done all it was given."""
        self._wait_until(self._free)

    def mark(self) -> Stamp:
        """Stamp the queue here, as an event does."""
        return Stamp(self, max(self._free, self.now()))

    def elapsed(self, start: Stamp, end: Stamp) -> float:
        """Seconds between two stamps; like torch's events it needs the work to be done."""
        if not (isinstance(start, Stamp) and isinstance(end, Stamp)):
            _check.refuse("start and end", f"found a {type(start).__name__} and a "
                          f"{type(end).__name__}", "pass two stamps made by mark()")  # fmt: skip
        if start.owner is not self or end.owner is not self:
            _check.refuse("start and end", "found a stamp of another device",
                          "pass two stamps of this one")  # fmt: skip
        if max(start.at, end.at) > self.now():
            raise RuntimeError("the device has not got to this stamp yet: synchronize() first")
        return end.at - start.at

    def flush(self) -> None:
        """Refused: there is no cache in this model."""
        _check.refuse("flush_cache", "the simulated device has no cache", "pass flush_cache=False")

    def _wait_until(self, moment: float) -> None:
        if self.clock == "virtual":
            self._host = max(self._host, moment)
            return
        while (left := moment - self.now()) > 0:
            time.sleep(left - 1e-3 if left > 2e-3 else 0)  # sleep overshoots: finish awake

    def __repr__(self) -> str:
        return f"SimulatedGPU(launch={self.launch:g} s, {self.clock} clock; a simulation)"
