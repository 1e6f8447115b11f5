"""What did the runs say? The results of `timing.measure` and `timing.compare`.

They keep every run, in order, and answer with intervals that assume no shape of the noise. numpy
and the binomial of `_tails` do the work. Every figure of a machine is printed in ⟨ ⟩.
"""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from helpers import _check, _tails, show
from helpers._tails import Measured


def median(samples: np.ndarray, unit: str = "s") -> Measured:
    """The median with its 95 % interval from order statistics; NaN where samples are too few."""
    low, high = _tails.quantile_ranks(len(samples), 0.5)
    values, at = np.sort(samples), _tails.at_rank
    return Measured(float(np.median(values)), at(values, low), at(values, high), len(values), unit)


def half_width(samples: np.ndarray) -> float:
    """Half the interval of the median as a share of the median; infinite with too few samples."""
    middle = median(samples)
    if math.isnan(middle.low) or math.isnan(middle.high):
        return math.inf
    return (middle.high - middle.low) / 2 / middle.value if middle.value else 0.0


@dataclass(frozen=True, eq=False, repr=False)
class Timing:
    """The runs of one function, in seconds a call, in the order in which they were made."""

    name: str
    device: str
    host_seconds: np.ndarray  # until the call returned
    device_seconds: Any  # between two stamps on the device, or NotMeasured
    warmup: np.ndarray  # the runs set aside
    batch: int  # calls per sample
    simulated: bool
    warnings: tuple[str, ...] = ()

    @property
    def samples(self) -> np.ndarray:
        """Seconds a call: the device's time where there is a device, else the host's."""
        on_host = isinstance(self.device_seconds, show.NotMeasured)
        return self.host_seconds if on_host else self.device_seconds

    @property
    def first(self) -> float:
        """Seconds of the very first run."""
        return float(self.warmup[0] if len(self.warmup) else self.samples[0])

    @property
    def median(self) -> float:
        """Median of the samples, seconds a call."""
        return float(np.median(self.samples))

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the median, from order statistics; NaN with fewer than 6 samples.

        It speaks of this spell of this machine. For a difference between two functions use
        `timing.compare`, which does not trust two spells to be alike.
        """
        return median(self.samples).interval

    @property
    def verdict(self) -> str:
        """What sets the pace: "on the host", "device-bound", "launch-bound", or "mixed"."""
        if isinstance(self.device_seconds, show.NotMeasured):
            return "on the host"
        share = np.median(self.host_seconds) / np.median(self.device_seconds)
        return "launch-bound" if share > 0.9 else "device-bound" if share < 0.5 else "mixed"

    def quantile(self, q: float, confidence: float = 0.95) -> Measured:
        """A quantile of the runs in seconds, with its distribution-free interval.

        Refused with fewer than `fewest_samples(q)` samples (64 for .9, 662 for .99), and in the
        tails where a sample is the mean of several calls: a mean hides the slow ones.
        """
        if self.batch > 1 and q != 0.5:
            _check.refuse("q", f"found {q!r}, but each sample is the mean of {self.batch} calls",
                          "measure again with batch=1")  # fmt: skip
        confidence = _tails.share(confidence, "confidence")
        return _tails.quantile(np.sort(self.samples), q, confidence, max(confidence, 0.99))

    def rate(self, n: float = 1) -> Measured:
        """Units of work a second, when a call does `n` of them (rows, tokens, FLOPs)."""
        n, middle = _check.number(n, "n", low=0), median(self.samples)
        return Measured(n / middle.value, n / middle.high, n / middle.low, middle.n, "a second")

    def to_frame(self) -> Any:
        """One row per run, in order: the warm-up runs, then the samples. Seconds a call."""
        import pandas as pd

        warm, runs = len(self.warmup), len(self.samples)
        return pd.DataFrame({
            "phase": ["warm-up"] * warm + ["measured"] * runs,
            "seconds": np.concatenate([self.warmup, self.samples]),
            "host_seconds": np.concatenate([np.full(warm, np.nan), self.host_seconds]),
        })  # fmt: skip

    def plot(self, ax: Any = None) -> Any:
        """The runs in order, warm-up hollow, with the median and its interval."""
        ax, blue = _axes(ax), show.PALETTE["blue"]
        runs, warm = np.arange(1, len(self.warmup) + len(self.samples) + 1), len(self.warmup)
        ax.plot(runs[:warm], self.warmup * 1e3, "o", mfc="white", color=blue, label="warm-up")
        ax.plot(runs[warm:], self.samples * 1e3, "o", color=blue, label="measured")
        ax.axhline(self.median * 1e3, color=show.PALETTE["vermilion"], label="median")
        if not math.isnan(self.interval[0]):
            ax.axhspan(*(x * 1e3 for x in self.interval), color=show.PALETTE["sky"], alpha=0.4)
        ax.set(xlabel="run", ylabel="milliseconds a call", yscale="log", title=self.name)
        ax.legend()
        return ax

    def __repr__(self) -> str:
        where = "a simulated device" if self.simulated else f"⟨{self.device}⟩"
        notes = "; ".join(self.warnings) or "no warnings"
        return (f"{self.name}: median {median(self.samples)!r} on {where}; ⟨{self.verdict}, "
                f"{len(self.samples)} samples, first run {self.first / self.median:.1f} times the "
                f"median; {notes}⟩")  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Seconds a call of several functions: one row per round, one column per name."""

    names: tuple[str, ...]
    baseline: str
    device: str
    seconds: np.ndarray  # (rounds, names)
    again: np.ndarray  # (rounds,): the baseline's second turn in each round

    def _column(self, name: str) -> np.ndarray:
        return self.seconds[:, self.names.index(_check.choice(name, "name", self.names))]

    def median(self, name: str) -> Measured:
        """Median seconds a call, with its interval."""
        return median(self._column(name))

    def ratio(self, name: str) -> Measured:
        """Its time as a multiple of the baseline's: the median over the rounds, with interval."""
        return median(self._column(name) / self._column(self.baseline), "")

    def speedup(self, name: str) -> Measured:
        """How many times as fast as the baseline: the ratio turned over."""
        return median(self._column(self.baseline) / self._column(name), "")

    @property
    def noise(self) -> Measured:
        """The self-test: the baseline against itself. Whatever this shows, it is noise."""
        return median(self.again / self._column(self.baseline), "")

    @property
    def floor(self) -> float:
        """The largest factor, as |log|, that the self-test's interval leaves room for."""
        return float(np.nanmax(np.abs(np.log([self.noise.value, *self.noise.interval]))))

    def verdict(self, name: str) -> str:
        """"faster", "slower" or "not told apart" (from the baseline, beyond the noise)."""
        if name == self.baseline:
            return "baseline"
        ratio = self.ratio(name)
        apart = ratio.high < 1 or ratio.low > 1
        if not apart or abs(math.log(ratio.value)) <= self.floor:
            return "not told apart"
        return "faster" if ratio.value < 1 else "slower"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader should know before believing the ratios."""
        notes = []
        if self.noise.low > 1 or self.noise.high < 1:
            notes.append("the self-test told the baseline from itself: its runs influence others")
        if self.floor > 0.05:
            notes.append(f"noisy: differences under {math.expm1(self.floor):.0%} drown")
        return tuple(notes)

    def to_frame(self) -> Any:
        """One row per name: median seconds, times as fast as the baseline, interval, verdict."""
        import pandas as pd

        speed = {n: self.speedup(n) for n in self.names}
        rows = {n: (self.median(n).value, s.value, *s.interval, self.verdict(n))
                for n, s in speed.items()}  # fmt: skip
        return pd.DataFrame.from_dict(
            rows, orient="index", columns=["seconds", "times_as_fast", "low", "high", "verdict"]
        ).rename_axis("function")

    def _foot(self) -> str:
        notes = "; ".join(self.warnings) or "no warnings"
        return (f"in turns, on ⟨{self.device}, {len(self.again)} rounds⟩; {self.baseline} against "
                f"itself {self.noise!r}; ⟨{notes}⟩")  # fmt: skip

    def plot(self, ax: Any = None) -> Any:
        """Times as fast as the baseline, with intervals, and the self-test's noise as a band."""
        ax, at = _axes(ax), np.arange(len(self.names))
        speed = [self.speedup(n) for n in self.names]
        value, low, high = np.array([(s.value, *s.interval) for s in speed]).T
        ax.axvspan(math.exp(-self.floor), math.exp(self.floor), color=show.PALETTE["grey"],
                   alpha=0.25, label="noise: the baseline against itself")  # fmt: skip
        show.intervals(ax, at, value, low, high, horizontal=True)
        ax.set(xlabel=f"times as fast as {self.baseline}", xscale="log")
        ax.set_yticks(at, self.names)
        ax.legend()
        return ax

    def __repr__(self) -> str:
        # No padding: the width of a machine's figure must not move the text around it.
        lines = [f"{n}: {self.median(n)!r}, {self.speedup(n)!r} times as fast as {self.baseline}, "
                 f"⟨{self.verdict(n)}⟩" for n in self.names]  # fmt: skip
        return "\n".join([*lines, self._foot()])

    def _repr_html_(self) -> str:
        rows = [(n, self.median(n), self.speedup(n), f"⟨{self.verdict(n)}⟩") for n in self.names]
        head = ("function", "median", f"times as fast as {self.baseline}", "verdict")
        cells = ["".join(f"<td>{html.escape(str(c))}</td>" for c in row) for row in (head, *rows)]
        table = "".join(f"<tr>{row}</tr>" for row in cells)
        return f"<table>{table}</table><p>{html.escape(self._foot())}</p>"


def _axes(ax: Any) -> Any:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots()[1]
