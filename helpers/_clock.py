"""Whose clock is it? One way to time work on the processor, on an accelerator, or on a simulation.

An accelerator works behind your back: a call returns as soon as the work is queued, so a
stopwatch around it times the queueing. The cure is to let the device stamp the start and the end
itself (an event), and to wait before reading the stamps. torch does the work, through
`torch.accelerator` and `torch.Event`; nothing here names a vendor.

Anything with these members is a clock, and can be passed to `timing` as `device=`:

    name          text for the reader
    asynchronous  True if work may go on after the call has returned
    simulated     True if it is a model and not this machine
    tick          seconds: the smallest step that the clock can show
    caveat        a sentence for the reader, or ""
    now()         seconds on the host's stopwatch
    mark()        stamp the device's queue here; returns the stamp
    elapsed(a,b)  seconds between two stamps on the device's own clock, once it has got there
    synchronize() wait until the device has done all it was given
    flush()       push earlier data out of the caches
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from helpers import _check

MEMBERS = ("name", "asynchronous", "simulated", "tick", "caveat", "now", "mark", "elapsed",
           "synchronize", "flush")  # fmt: skip
FLUSH_BYTES = 64 * 2**20  # larger than the last-level cache of most laptops


def once(clock: Any, fn: Callable, batch: int = 1, flush: bool = False) -> tuple[float, float]:
    """Call `fn` `batch` times between two stamps: seconds a call for (host, device).

    The host's time ends when `fn` has returned, the device's when the work is done. If `fn`
    raises, the device is waited for, so that the next measurement starts clean, and the
    exception goes on as it is.
    """
    clock.synchronize()  # nothing left over from before
    if flush:
        clock.flush()
    try:
        start, begun = clock.mark(), clock.now()
        for _ in range(batch):
            fn()
        returned, end = clock.now(), clock.mark()
    except BaseException:
        with contextlib.suppress(Exception):
            clock.synchronize()
        raise
    clock.synchronize()  # without this line the end's stamp may not be there yet
    return (returned - begun) / batch, clock.elapsed(start, end) / batch


class Host:
    """The processor: work is done when the call returns, so one stopwatch is enough."""

    name, asynchronous, simulated, caveat = "CPU", False, False, ""
    _tick: float | None = None
    _junk: np.ndarray | None = None

    def __init__(self, caveat: str = "") -> None:
        self.caveat = caveat

    @property
    def tick(self) -> float:
        """The smallest step seen between two looks at the stopwatch (median of 101)."""
        if Host._tick is None:
            steps = []
            while len(steps) < 101:
                before = now = time.perf_counter()
                while now == before:
                    now = time.perf_counter()
                steps.append(now - before)
            Host._tick = float(np.median(steps))
        return Host._tick

    def now(self) -> float:
        return time.perf_counter()

    def mark(self) -> float:
        return time.perf_counter()

    def elapsed(self, start: float, end: float) -> float:
        return end - start

    def synchronize(self) -> None:
        pass

    def flush(self) -> None:
        if self._junk is None:
            self._junk = np.zeros(FLUSH_BYTES, dtype=np.uint8)
        self._junk += 1


class Accelerator:
    """A device that torch knows as an accelerator; it need not be the current one.

    Stamps go into the current stream *of that device*. A stamp in the stream of the current
    device would time the wrong card: it comes back after microseconds, whatever the work.
    """

    asynchronous, simulated = True, False
    tick = 1e-6  # a stamp resolves about half a microsecond
    _junk: Any = None

    def __init__(self, device: Any) -> None:
        import torch

        self._torch, device = torch, torch.device(device)
        index = device.index
        if index is None:
            index = torch.accelerator.current_device_index()
        self.device = torch.device(device.type, index)
        self.name = str(self.device)
        self.caveat = self._try_stamps()

    def _try_stamps(self) -> str:
        """Some back ends have no timed events: then wait and use the host's clock, and say so."""
        self.stamps = True
        try:
            start, end = self.mark(), self.mark()
            self.synchronize()
            self.elapsed(start, end)
        except (RuntimeError, NotImplementedError) as reason:
            self.stamps = False
            why = str(reason).splitlines()[0][:80]
            return f"no timed events on this device ({why}): host clock around a wait instead"
        return ""

    def now(self) -> float:
        return time.perf_counter()

    def mark(self) -> Any:
        if not self.stamps:
            self.synchronize()
            return self.now()
        event = self._torch.Event(device=self.device, enable_timing=True)
        event.record(self._torch.accelerator.current_stream(self.device))
        return event

    def elapsed(self, start: Any, end: Any) -> float:
        return start.elapsed_time(end) / 1e3 if self.stamps else end - start

    def synchronize(self) -> None:
        self._torch.accelerator.synchronize(self.device)

    def flush(self) -> None:
        if self._junk is None:
            self._junk = self._torch.empty(
                4 * FLUSH_BYTES, dtype=self._torch.uint8, device=self.device
            )
        self._junk.zero_()


def accelerator() -> Any:
    """torch's current accelerator as a `torch.device` with its index, or None.

    None as well for a torch older than 2.6, which has no `torch.accelerator`.
    """
    import torch

    if not hasattr(torch, "accelerator") or not torch.accelerator.is_available():
        return None
    kind = torch.accelerator.current_accelerator().type
    return torch.device(kind, torch.accelerator.current_device_index())


def loaded_accelerator() -> Any:
    """The same, without importing torch: where torch isn't loaded, nothing of yours is on it."""
    return accelerator() if "torch" in sys.modules else None


def of(device: Any = "auto", name: str = "device") -> Any:
    """The clock for a device: "auto", "cpu", a torch device or its name, or a clock object.

    "auto" is torch's current accelerator, or the host. Where torch has not been imported, no
    work of yours can be on an accelerator of torch's: then it is the host, and torch stays out.
    """
    if all(hasattr(device, member) for member in MEMBERS):
        return device
    if isinstance(device, str) and device == "auto":
        return _automatic()
    kind = getattr(device, "type", device)
    if not isinstance(kind, str):
        _check.refuse(name, f"found a {type(device).__name__}",
                      'pass "auto", "cpu", a torch device or a simulated one')  # fmt: skip
    if kind == "cpu":
        return Host()
    present = accelerator()
    if present is None or kind.split(":")[0] != present.type:
        have = "cpu" if present is None else f"cpu and {present.type}"
        _check.refuse(name, f"found {str(device)!r}, but torch sees only {have} here",
                      'pass "auto" or one of those')  # fmt: skip
    return _numbered(device, name)


def _automatic() -> Any:
    torch = sys.modules.get("torch")
    if torch is None:
        return Host()
    present = accelerator()
    if present is not None:
        return Accelerator(present)
    if not hasattr(torch, "accelerator") and torch.cuda.is_available():
        return Host("this torch is older than 2.6: work on an accelerator would be timed wrongly")
    return Host()


def _numbered(device: Any, name: str) -> Accelerator:
    import torch

    try:
        wanted = torch.device(device)
    except RuntimeError:
        _check.refuse(name, f"found {device!r}", 'pass a name such as "cpu" or "cuda:1"')
    count = torch.accelerator.device_count()
    if wanted.index is not None and wanted.index >= count:
        _check.refuse(name, f"found {str(wanted)!r}, but there are {count} of that kind",
                      f"count from 0 to {count - 1}")  # fmt: skip
    return Accelerator(wanted)
