"""How much memory and energy does a call take? Rulers that exist, or `NotMeasured` and why.

tracemalloc counts what Python and NumPy hand out, the operating system knows the process, torch
knows the accelerator; NVIDIA's and Intel's own counters know the energy, where they may be read.
`resources` hands these on.
"""

from __future__ import annotations

import contextlib
import math
import threading
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers import _check, _clock, show

RAPL = Path("/sys/class/powercap")


@dataclass(frozen=True)
class Memory:
    """Extra bytes at the worst moment of a call, by three rulers that see different things.

    `python`: what Python's and NumPy's allocators handed out; exact, the same every time.
    `process`: growth of the resident set, everything included (torch, C libraries), in pages;
    memory that was free inside the process already does not show. `device`: torch's allocator
    on the accelerator.
    """

    python: int
    process: int | show.NotMeasured
    device: int | show.NotMeasured
    method: str

    def to_frame(self) -> Any:
        """One row per ruler: bytes, or NaN where it was not measured, and the note."""
        import pandas as pd

        rows = [self.python, self.process, self.device]
        off = [isinstance(r, show.NotMeasured) for r in rows]
        return pd.DataFrame({
            "bytes": [math.nan if o else float(r) for r, o in zip(rows, off, strict=True)],
            "note": [r.reason if o else "" for r, o in zip(rows, off, strict=True)],
        }, index=["python", "process", "device"])  # fmt: skip

    def __repr__(self) -> str:
        parts = [f"{name} {_megabytes(getattr(self, name))}" for name in ("python", "process",
                                                                         "device")]  # fmt: skip
        return f"extra memory at the peak: {', '.join(parts)}"


def _megabytes(size: Any) -> str:
    return repr(size) if isinstance(size, show.NotMeasured) else show.machine(size / 1e6, "MB")


def peak_memory(fn: Callable) -> Memory:
    """How much memory does one call of `fn` need at its worst moment, beyond what was in use?

    `fn` is run once, and slower than usual: every Python allocation is traced, and the tracing
    itself takes room in the process. An exception in `fn` is passed on as it is. Does not see:
    memory of child processes, and what `fn` needs only on its first run if it has run before.

    >>> import numpy as np
    >>> 8e6 <= peak_memory(lambda: np.ones(1_000_000)).python < 9e6
    True
    """
    _check.function(fn, "fn")
    on_device = _OnDevice()
    ours = not tracemalloc.is_tracing()
    if ours:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        with _Resident() as resident, on_device:
            fn()
        python = tracemalloc.get_traced_memory()[1] - before
    finally:
        if ours:
            tracemalloc.stop()
    return Memory(max(0, python), resident.growth, on_device.growth, resident.method)


class _Resident:
    """The process's resident memory at its highest between entry and exit, less that at entry."""

    growth: Any = show.NotMeasured("no reading of the process's memory here without psutil")
    method = "none"

    def __enter__(self) -> _Resident:
        self._before = self._kernel_mark("VmRSS") if self._reset() else None
        if self._before is not None:
            self.method = "the kernel's own high-water mark"
            return self
        with contextlib.suppress(ImportError):
            import psutil

            self._process, self._stop = psutil.Process(), threading.Event()
            self._before = self._peak = self._process.memory_info().rss
            self._thread = threading.Thread(target=self._watch, daemon=True)
            self._thread.start()
            self.method = "sampled every 2 ms: shorter peaks are missed"
        return self

    def _watch(self) -> None:
        while not self._stop.wait(0.002):
            self._peak = max(self._peak, self._process.memory_info().rss)

    def __exit__(self, *error: Any) -> None:
        if self.method.startswith("the kernel"):
            self.growth = max(0, self._kernel_mark("VmHWM") - self._before)
        elif self._before is not None:
            self._stop.set()
            self._thread.join()
            last = self._process.memory_info().rss
            self.growth = max(0, self._peak - self._before, last - self._before)

    @staticmethod
    def _reset() -> bool:
        """Linux lets a process put its own high-water mark back to what it uses now."""
        try:
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        except OSError:
            return False
        return True

    @staticmethod
    def _kernel_mark(field: str) -> int:
        text = Path("/proc/self/status").read_text(encoding="ascii")
        line = next(line for line in text.splitlines() if line.startswith(field))
        return int(line.split()[1]) * 1024


class _OnDevice:
    """The peak of torch's allocator on the current accelerator, less what was in use before."""

    def __init__(self) -> None:
        self.growth: Any = show.NotMeasured("torch sees no accelerator here")
        self._where, self._stats = _clock.loaded_accelerator(), None

    def __enter__(self) -> None:
        if self._where is None:
            return
        import torch

        module = torch.get_device_module(self._where)
        if not hasattr(module, "reset_peak_memory_stats"):
            self.growth = show.NotMeasured(f"torch keeps no peak for {self._where.type}")
            return
        module.synchronize(self._where)
        module.reset_peak_memory_stats(self._where)
        self._stats, self._before = module, module.memory_allocated(self._where)

    def __exit__(self, *error: Any) -> None:
        if self._stats is not None and error[0] is None:
            self._stats.synchronize(self._where)
            self.growth = self._stats.max_memory_allocated(self._where) - self._before


@dataclass(frozen=True)
class Energy:
    """Energy of a call as a counter saw it, everything else on that chip (and idling) included."""

    joules: float  # a call
    watts: float  # on average
    calls: int
    seconds: float  # that the counter was watched
    source: str

    def to_frame(self) -> Any:
        """One row."""
        import pandas as pd

        return pd.DataFrame([vars(self)])

    def __repr__(self) -> str:
        joules, watts = show.machine(self.joules, "J"), show.machine(self.watts, "W")
        return f"{joules} a call at {watts} by ⟨{self.source}; {self.calls:,} calls⟩"


def energy(fn: Callable, *, budget: float = 2.0) -> Energy | show.NotMeasured:
    """Joules a call, from a counter in the hardware; never from a table of watts.

    Parameters
    ----------
    fn : called without arguments, again and again
    budget : seconds to watch; the counters move in steps of up to a tenth of a second

    Reads NVIDIA's counter of the accelerator in use (nvidia-ml-py), else Intel's and AMD's RAPL
    counters of the processors (Linux, where they may be read). Whatever else runs on the same
    chip is counted too, and so is idling. Without a counter the answer is `NotMeasured`.
    """
    _check.function(fn, "fn")
    if _check.number(budget, "budget", low=0) < 0.5:
        _check.refuse("budget", f"found {budget:g}", "watch for at least 0.5 seconds")
    read, source = _counter()
    if read is None:
        return show.NotMeasured(source)
    clock, calls = _clock.of("auto"), 0
    _clock.once(clock, fn)  # loading and compiling don't count
    begun, before = clock.now(), read()
    while clock.now() < begun + budget:
        _clock.once(clock, fn)
        calls += 1
    seconds, used = clock.now() - begun, read() - before
    if used <= 0:
        return show.NotMeasured(f"{source} did not move, or began again from 0")
    return Energy(used / calls, used / seconds, calls, seconds, source)


def _counter() -> tuple[Callable | None, str]:
    """A function that reads joules since some past moment, and its name; or None and why."""
    where = _clock.loaded_accelerator()
    if where is not None:
        return _nvidia(where)
    packages = [p for p in RAPL.glob("*-rapl:*") if p.name.count(":") == 1]
    files = [p / "energy_uj" for p in packages]
    if not files:
        return None, "no energy counter of the processor on this system"
    try:
        for file in files:
            file.read_text(encoding="ascii")
    except OSError:
        return None, "the processor's energy counter may be read by the administrator only"
    return lambda: sum(int(f.read_text(encoding="ascii")) for f in files) / 1e6, "RAPL"


def _nvidia(where: Any) -> tuple[Callable | None, str]:
    try:
        import pynvml
        import torch

        pynvml.nvmlInit()
        # by its identity: the driver's numbering need not be torch's
        identity = torch.get_device_module(where).get_device_properties(where).uuid
        card = pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{identity}")
        pynvml.nvmlDeviceGetTotalEnergyConsumption(card)
    except ImportError:
        return None, "nvidia-ml-py is not installed"
    except Exception as reason:  # no NVIDIA card, an old one, or no right to ask
        return None, f"no energy counter for {where} ({reason})"
    return lambda: pynvml.nvmlDeviceGetTotalEnergyConsumption(card) / 1e3, f"NVML, {where}"
