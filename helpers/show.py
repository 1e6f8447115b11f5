"""How does a result look, so that everybody can read it and a machine can check it?

Figures in one style with a sentence beside them, tables with fixed digits, and the brackets
⟨ ⟩ around every number that belongs to the machine it was measured on. matplotlib and seaborn
draw; this module adds what they lack: a visible alternative text that the test suite compares.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import Any

from helpers import _check

__all__ = [
    "PALETTE", "MARKERS", "LINES", "NotMeasured", "figure", "intervals", "machine", "style",
    "table", "value",
]  # fmt: skip

# Okabe and Ito's colours, told apart with every common kind of colour vision. By hex, because
# matplotlib knows the palette by name only in its newest versions.
PALETTE = {
    "blue": "#0072B2", "orange": "#E69F00", "green": "#009E73", "vermilion": "#D55E00",
    "purple": "#CC79A7", "sky": "#56B4E9", "black": "#000000", "grey": "#6E6E6E",
    "yellow": "#F0E442",
}  # fmt: skip
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LINES = ("-", "--", "-.", ":")
UNITS = {"s": (("s", 1.0), ("ms", 1e3), ("µs", 1e6), ("ns", 1e9))}


@dataclass(frozen=True)
class NotMeasured:
    """Stands where a number would, and says why there is none. It never turns into a number.

    >>> NotMeasured("no counter on this machine")
    ⟨not measured: no counter on this machine⟩
    """

    reason: str

    def __post_init__(self) -> None:
        if not isinstance(self.reason, str) or not self.reason.strip():
            _check.refuse("reason", f"found {self.reason!r}", "say in words why there is no number")

    def __repr__(self) -> str:
        return f"⟨not measured: {self.reason}⟩"

    def __float__(self) -> float:
        raise ValueError(f"This was not measured ({self.reason}); there is no number to work with.")


def value(x: Any, digits: int = 3) -> str:
    """A number with that many significant digits, without exponents where people read them.

    >>> value(0.123456), value(59129), value(12345.678), value(1.5e12)
    ('0.123', '59,129', '12,346', '1.50e+12')
    """
    _check.number(digits, "digits", low=1, high=15, whole=True)
    if isinstance(x, bool) or not hasattr(x, "__float__") or isinstance(x, NotMeasured):
        return str(x)
    number = float(x)
    if not math.isfinite(number):
        return str(number)
    if number == int(number) and abs(number) < 1e15 and not _is_float(x):
        return f"{int(number):,}"
    size = abs(number)
    if size and (size >= 1e9 or size < 1e-4):
        return f"{number:.{digits - 1}e}"
    before = max(1, math.floor(math.log10(size)) + 1) if size else 1
    leading = -math.floor(math.log10(size)) - 1 if 0 < size < 1 else 0
    return f"{number:,.{max(0, digits - before + leading + (size < 1))}f}"


def _is_float(x: Any) -> bool:
    kind = getattr(getattr(x, "dtype", None), "kind", "")
    return isinstance(x, float) or kind == "f"


def machine(x: Any, unit: str = "", digits: int = 3) -> str:
    """Text for a figure that depends on this machine: a time, a version, a device.

    Seconds are shown in the unit that reads best. The test suite compares every character of an
    output except what stands between ⟨ and ⟩.

    >>> machine(0.00187, "s"), machine(2, "cores"), machine("CPU")
    ('⟨1.87 ms⟩', '⟨2 cores⟩', '⟨CPU⟩')
    """
    if not isinstance(unit, str):
        _check.refuse("unit", f"found {unit!r}", "pass text such as 's', 'MB' or ''")
    if isinstance(x, NotMeasured):
        return repr(x)
    if unit in UNITS and hasattr(x, "__float__"):
        size = abs(float(x))
        name, scale = next(((n, k) for n, k in UNITS[unit] if size * k >= 1), UNITS[unit][-1])
        return f"⟨{value(float(x) * scale, digits)} {name}⟩"
    return f"⟨{value(x, digits)}{' ' + unit if unit else ''}⟩"


def style() -> None:
    """Set the course's figure style for matplotlib and seaborn; `course.start` calls it."""
    import matplotlib as mpl
    from cycler import cycler

    colours = [c for name, c in PALETTE.items() if name not in ("yellow", "grey")]
    mpl.rcParams.update({
        "figure.figsize": (7.2, 4.2), "figure.dpi": 100, "figure.constrained_layout.use": True,
        "axes.prop_cycle": cycler(color=colours), "axes.spines.top": False,
        "axes.spines.right": False, "axes.grid": True, "axes.axisbelow": True,
        "grid.color": "#DDDDDD", "grid.linewidth": 0.6, "axes.titlesize": 11,
        "axes.titlelocation": "left", "axes.labelsize": 10, "font.size": 10,
        "legend.frameon": False, "lines.linewidth": 1.8, "lines.markersize": 6,
        "image.cmap": "cividis", "savefig.bbox": None,
    })  # fmt: skip


def figure(fig: Any, *, alt: str) -> None:
    """Show a figure with the sentence that says what it shows.

    The picture is shown as a PNG of 100 dots an inch; `alt` is its alternative text in the
    output's metadata, its plain-text form, and a visible caption under it. Build the sentence
    from the data (an f-string), with machine-dependent figures in ⟨ ⟩.

    Parameters
    ----------
    fig : matplotlib Figure (or Axes: its figure is taken). It is closed afterwards.
    alt : what the picture shows, in one to three sentences, at least 40 characters.
    """
    fig = getattr(fig, "figure", fig)
    if not hasattr(fig, "savefig"):
        _check.refuse("fig", f"found a {type(fig).__name__}", "pass a matplotlib figure")
    if not isinstance(alt, str) or len(alt.strip()) < 40:
        _check.refuse("alt", f"found {alt!r}", "say in a full sentence what the figure shows")
    alt = " ".join(alt.split())
    import matplotlib.pyplot as plt
    from IPython.display import display

    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=100, metadata={"Software": None})
    plt.close(fig)
    display({"image/png": buffer.getvalue(), "text/plain": f"Figure: {alt}"}, raw=True,
            metadata={"image/png": {"alt": alt}})  # fmt: skip
    print(f"Figure: {alt}")


def table(frame: Any, *, digits: int = 3, machine: tuple[str, ...] = ()) -> Any:
    """A DataFrame made ready to be shown: numbers with fixed digits, machine columns in ⟨ ⟩.

    Returns a DataFrame of text, so that it looks the same in every version of pandas; whole
    numbers keep all their digits.

    >>> import pandas as pd
    >>> table(pd.DataFrame({"n": [1200], "rate": [0.12345], "ms": [1.5]}), machine=("ms",))
           n   rate       ms
    0  1,200  0.123  ⟨1.500⟩
    """
    if not hasattr(frame, "to_frame") and not hasattr(frame, "columns"):
        _check.refuse("frame", f"found a {type(frame).__name__}", "pass a DataFrame")
    frame = frame.to_frame() if not hasattr(frame, "columns") else frame
    names = (machine,) if isinstance(machine, str) else tuple(machine)
    _check.columns(frame, names)
    out = frame.copy()
    for column in frame.columns:
        cells = [_cell(v, digits) for v in frame[column].tolist()]
        out[column] = [f"⟨{c}⟩" if str(column) in names and c else c for c in cells]
    return out


def _cell(v: Any, digits: int) -> str:
    if v is None or (isinstance(v, float) and math.isnan(v)):
        return "-"
    if isinstance(v, float):
        return f"{v:,.{digits}f}" if abs(v) < 1e9 else value(v, max(1, digits))
    return value(v, max(1, digits))


def intervals(
    ax: Any, at: Any, estimate: Any, low: Any, high: Any, *, label: str | None = None,
    colour: str = "blue", marker: str = "o", horizontal: bool = False, hollow: bool = False,
) -> None:  # fmt: skip
    """Draw estimates as dots with their intervals as bars.

    Parameters
    ----------
    ax : matplotlib Axes
    at, estimate, low, high : one number per estimate, all of one length; low <= high
    label : name for the legend;  colour : a name of `PALETTE`;  marker : see `MARKERS`
    horizontal : estimates along x (a forest plot);  hollow : empty dots
    """
    at, estimate, low, high = (_check.finite(v, n) for v, n in (
        (at, "at"), (estimate, "estimate"), (low, "low"), (high, "high")))  # fmt: skip
    _check.aligned(at=at, estimate=estimate, low=low, high=high)
    if (low > high).any():
        _check.refuse("low and high", "found an interval that ends before it begins", "swap them")
    ink = PALETTE[_check.choice(colour, "colour", PALETTE)]
    fill = {"markerfacecolor": "white" if hollow else ink}
    bars = ax.hlines if horizontal else ax.vlines
    bars(at, low, high, color=ink, linewidth=1.6, alpha=0.75)
    dots = (estimate, at) if horizontal else (at, estimate)
    ax.plot(*dots, linestyle="none", marker=marker, color=ink, label=label, **fill)
