"""What does it cost to run, and how near is that to the best that this machine can do?

torch counts the FLOPs, and its matrix product and copy are the yardsticks of the roofline; memory
and energy are read from the counters of `_meters`. What has no counter here is `NotMeasured` with
the reason, never an estimate in disguise. Figures of this machine are printed in ⟨ ⟩.
"""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from helpers import _check, _clock, show
from helpers._meters import Energy, Memory, energy, peak_memory

__all__ = [
    "Energy", "Environment", "Memory", "Roofline", "device", "energy", "environment", "flops",
    "peak_memory", "roofline",
]  # fmt: skip

PACKAGES = ("numpy", "pandas", "scipy", "scikit-learn", "torch")


def device() -> Any:
    """The accelerator that torch sees, as a `torch.device` with its index, or the CPU.

    A torch older than 2.6 has no `torch.accelerator`: then it is the CPU.

    >>> device().type in ("cpu", "cuda", "mps", "xpu")
    True
    """
    import torch

    return _clock.accelerator() or torch.device("cpu")


# --- the machine ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Environment:
    """What a measurement was made on. `memory` is in bytes; what could not be read is None."""

    python: str
    system: str
    processor: str
    cores: int  # that this process may use
    memory: int | None
    device: str
    threads: int | None  # of torch, where it is loaded
    load: float | None  # programs that wanted a core in the last minute
    packages: dict[str, str]

    def to_frame(self) -> Any:
        """One row per fact, as text."""
        import pandas as pd

        facts = {k: v for k, v in asdict(self).items() if k != "packages"} | self.packages
        return pd.DataFrame({"value": [str(v) for v in facts.values()]}, index=list(facts))

    def __repr__(self) -> str:
        memory = "unknown" if self.memory is None else f"{self.memory / 1e9:.1f} GB"
        packages = ", ".join(f"{name} {version}" for name, version in self.packages.items())
        load = "unknown" if self.load is None else f"{self.load:.2f}"
        lines = {
            "machine": f"{self.processor}, {self.cores} cores, {memory} memory, load {load}",
            "device": f"{self.device}, torch threads {self.threads}",
            "software": f"{self.system}, Python {self.python}, {packages}",
        }
        return "\n".join(f"{name}: ⟨{text}⟩" for name, text in lines.items())


def environment() -> Environment:
    """The facts that belong beside every measurement: machine, device, versions, load.

    >>> print(environment())
    machine: ⟨...⟩
    device: ⟨...⟩
    software: ⟨...⟩
    """
    torch = sys.modules.get("torch")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return Environment(
        platform.python_version(), f"{platform.system()} {platform.machine()}", _processor(),
        _cores(), _memory(), _accelerator_name(), torch.get_num_threads() if torch else None,
        load, dict(_versions()))  # fmt: skip


def _versions() -> Iterator[tuple[str, str]]:
    for name in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            yield name, metadata.version(name)


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # Linux: a container may have fewer than the machine
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> int | None:
    """Bytes of memory that this process may use: the machine's, or its container's limit."""
    found = []
    with contextlib.suppress(AttributeError, OSError, ValueError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with contextlib.suppress(OSError, ValueError):  # the file may say "max"
        found.append(int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    with contextlib.suppress(ImportError):
        import psutil  # comes with ipykernel; Windows needs it here

        found.append(psutil.virtual_memory().total)
    return min(found, default=None)


def _accelerator_name() -> str:
    where = _clock.loaded_accelerator()
    if where is None:
        return "no accelerator" if "torch" in sys.modules else "not asked (torch is not loaded)"
    import torch

    with contextlib.suppress(AttributeError, RuntimeError):
        return f"{where}, {torch.get_device_module(where).get_device_properties(where).name}"
    return str(where)


# --- arithmetic -------------------------------------------------------------------------------


def flops(fn: Callable) -> int | show.NotMeasured:
    """Floating-point operations of one call, by torch's own counter: 2 for a multiply-add.

    Counts products of matrices (not matrix by vector), convolutions and attention, forward and
    backward; nothing elementwise
    (activations, norms, softmax), nothing done outside torch. `fn` is run once. If the
    counter saw no operation it knows, the answer is `NotMeasured`, not 0.

    >>> import torch
    >>> flops(lambda: torch.ones(8, 4) @ torch.ones(4, 2))
    128
    """
    _check.function(fn, "fn")
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        fn()
    if not counter.get_flop_counts().get("Global"):
        return show.NotMeasured("torch's counter saw no matrix product, convolution or attention")
    return int(counter.get_total_flops())


@dataclass(frozen=True, eq=False)
class Roofline:
    """The two ceilings of this machine, and the runs that they were read from.

    `peak` in FLOP/s, `bandwidth` in bytes/s: the best of all runs, since a ceiling is a bound.
    """

    device: str
    peak: float
    bandwidth: float
    runs: Any  # DataFrame: kind, size, runs, best, median; in FLOP/s or bytes/s

    @property
    def ridge(self) -> float:
        """FLOPs a byte from which arithmetic, not memory, is the limit."""
        return self.peak / self.bandwidth

    def attainable(self, intensity: Any) -> Any:
        """The most FLOP/s at that many FLOPs a byte (a number or an array)."""
        found = np.minimum(self.peak, self.bandwidth * np.asarray(intensity, dtype=float))
        return found if found.ndim else float(found)

    def to_frame(self) -> Any:
        """One row per size tried: kind, size, runs, best and median."""
        return self.runs.copy()

    def plot(self, ax: Any = None, low: float = 0.1, high: float | None = None) -> Any:
        """The roof on log-log axes, FLOP/s over FLOPs a byte, with the ridge."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        x = np.geomspace(low, high or 20 * self.ridge, 200)
        ax.plot(x, self.attainable(x), color=show.PALETTE["blue"], label="roof")
        ax.plot(self.ridge, self.peak, "D", color=show.PALETTE["vermilion"], label="ridge")
        ax.set(xscale="log", yscale="log", xlabel="arithmetic intensity (FLOPs a byte)",
               ylabel="FLOP/s")  # fmt: skip
        ax.legend()
        return ax

    def __repr__(self) -> str:
        peak, speed = self.peak / 1e9, self.bandwidth / 1e9
        return (f"peak {show.machine(peak, 'GFLOP/s')}, bandwidth {show.machine(speed, 'GB/s')}, "
                f"ridge {show.machine(self.ridge, 'FLOPs a byte')} on ⟨{self.device}⟩")  # fmt: skip


def roofline(
    budget: float = 2.0, *, device: Any = "auto", dtype: Any = None, sizes: Any = None,
    copy_bytes: int | None = None,
) -> Roofline:  # fmt: skip
    """Measure this machine's peak arithmetic and its memory bandwidth.

    Parameters
    ----------
    budget : seconds for all of it, shared by the sizes; each size is run at least 3 times
    device : as in `timing.measure`
    dtype : of torch, float32 where none is given
    sizes : widths of the square matrix products, FLOPs 2 n^3; the best of all runs is the peak
    copy_bytes : size of the array copied (read and written, so twice that is moved); should be
        far beyond the caches; 128 MiB, or 1 GiB on an accelerator

    Run it when nothing else runs: a ceiling measured under load is too low, and then honest
    points lie above it.
    """
    _check.number(budget, "budget", low=0)
    import pandas as pd
    import torch

    clock = _clock.of(device)
    where = getattr(clock, "device", torch.device("cpu"))
    dtype = torch.float32 if dtype is None else dtype
    if not isinstance(dtype, torch.dtype):
        _check.refuse("dtype", "found no dtype of torch", "pass one such as torch.bfloat16")
    fast = where.type != "cpu"
    sizes = _sizes(sizes, (1024, 2048, 4096, 8192) if fast else (256, 512, 1024, 1536))
    size = _check.number(copy_bytes or 2 ** (30 if fast else 27), "copy_bytes", low=8, whole=True)
    share, rows = budget / (len(sizes) + 1), []
    for n in sizes:
        a, b = (torch.rand(n, n, device=where).to(dtype) for _ in range(2))
        out = torch.empty_like(a)
        rows.append(("product", n, *_speeds(
            clock, lambda a=a, b=b, out=out: torch.mm(a, b, out=out), 2 * n**3, share)))
    source = torch.zeros(size // 4, dtype=torch.float32, device=where)
    target = torch.empty_like(source)
    rows.append(("copy", size, *_speeds(clock, lambda: target.copy_(source), 2 * size, share)))
    runs = pd.DataFrame(rows, columns=["kind", "size", "runs", "best", "median"])
    best = runs.groupby("kind")["best"].max()
    return Roofline(clock.name, float(best["product"]), float(best["copy"]), runs)


def _sizes(sizes: Any, usual: tuple) -> list[int]:
    if sizes is None:
        return list(usual)
    given = _check.vector(sizes, "sizes").tolist()
    return [_check.number(n, "sizes", low=2, whole=True) for n in given]


def _speeds(clock: Any, fn: Callable, work: float, budget: float) -> tuple[int, float, float]:
    """How often it ran, and work a second at best and in the middle; the first run is left out."""
    _clock.once(clock, fn)
    seconds, until = [], clock.now() + budget
    while len(seconds) < 3 or clock.now() < until:
        host, on_device = _clock.once(clock, fn)
        seconds.append(on_device if clock.asynchronous else host)
    return len(seconds), work / min(seconds), work / float(np.median(seconds))
