"""How fast is it, really? Times that can be believed, and comparisons that survive a noisy box.

Four things make a stopwatch lie. The first run is special: `measure` warms up, and keeps it
apart. A device works on after the call has returned: the device stamps its own time, and the host
waits. One run says nothing: runs are repeated until the median is known to a precision, with an
interval that assumes no shape. And the machine changes while you watch: `compare` runs the
candidates in turns, in random order, and looks at the ratios within a turn.

torch's events keep a device's time (`_clock`); what the runs say is in `_runs`; percentiles,
their bounds, and the queue behind a server's latency are in `_tails`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from helpers import _check, _clock, show
from helpers._clock import once
from helpers._runs import Comparison, Timing, half_width
from helpers._tails import (
    Measured,
    Serving,
    fewest_samples,
    latency_bound,
    mlperf_queries,
    quantile_ranks,
    serve,
)

__all__ = [
    "Comparison", "Measured", "Serving", "Timing", "compare", "fewest_samples", "latency_bound",
    "measure", "mlperf_queries", "quantile_ranks", "serve",
]  # fmt: skip

TICKS = 200  # a sample lasts at least this many steps of the clock, so 0.5 % at worst
MOST_BATCH, MOST_SAMPLES = 2**20, 20_000


def measure(
    fn: Callable, *, device: Any = "auto", warmup: int | str = "auto", budget: float = 1.0,
    min_samples: int = 11, precision: float = 0.02, batch: int | str = "auto",
    flush_cache: bool = False, name: str | None = None,
) -> Timing:  # fmt: skip
    """Time a function of no arguments until its median is known, or the budget is spent.

    Parameters
    ----------
    fn : called without arguments; its result is thrown away
    device : where its work is done: "auto" (torch's current accelerator, else the processor),
        "cpu", a torch device such as "cuda:1", or a `simulate.SimulatedGPU`; say "cpu" where the
        work stays on the processor of a machine that has an accelerator too
    warmup : runs that are set aside; "auto" runs until three in a row bring no gain over 5 %
    budget : seconds for all of it, of which a quarter is always used; `min_samples` are taken
        even if they need longer
    precision : stop when the interval of the median reaches no further than this share of it
    batch : calls per sample; "auto" is 1 unless the warm-up finds fn too short for the clock
    flush_cache : push earlier data out of the caches before every sample
    name : for the printed result; the function's own where none is given

    An exception in `fn` is passed on as it is, after the device has finished.

    >>> from helpers.simulate import SimulatedGPU
    >>> gpu = SimulatedGPU(launch=5e-6)
    >>> timing = measure(lambda: gpu.kernel(2e-3), device=gpu)
    >>> round(timing.median, 9), timing.verdict
    (0.002, 'device-bound')
    """
    _check.function(fn, "fn")
    _limits(budget, min_samples, "min_samples", precision)
    _whole_or_auto(warmup, "warmup", 0)
    _whole_or_auto(batch, "batch", 1)
    half_width(np.ones(2))  # loads scipy now, and not under the stopwatch
    clock = _clock.of(device)
    begun = clock.now()

    def run(calls: int = 1) -> tuple[float, float]:
        return once(clock, fn, calls, flush_cache)

    warm = _warm_up(clock, run, warmup, begun + budget / 5)
    calls = _batch(clock, run, warm) if batch == "auto" else batch
    pairs, stopped = _collect(clock, lambda: run(calls), begun + budget, min_samples, precision)
    host, stamped = np.array(pairs).T
    on_device = stamped if clock.asynchronous else show.NotMeasured("the work is on the host")
    _took_time(clock, warm or pairs, "fn")
    first = np.array([_own(clock, pair) for pair in warm])
    timing = Timing(name or _name(fn), clock.name, host, on_device, first, calls, clock.simulated)
    return replace(timing, warnings=_warnings(timing, clock, stopped, precision))


def _own(clock: Any, pair: tuple[float, float]) -> float:
    """Of (host, device) seconds, the one that counts: the device's where there is a device."""
    return pair[1] if clock.asynchronous else pair[0]


def _took_time(clock: Any, pairs: list, name: str) -> None:
    if not any(_own(clock, pair) for pair in pairs):
        _check.refuse(name, f"took no time at all on the clock of the {clock.name}",
                      "pass the device that it works on")  # fmt: skip


def _warm_up(clock: Any, run: Callable, warmup: int | str, until: float) -> list:
    """Runs that don't count. The first may load, compile, allocate: it is kept to be shown."""
    if warmup != "auto":
        return [run() for _ in range(warmup)]
    pairs = [run()]
    while clock.now() < until:
        times = [_own(clock, pair) for pair in pairs]
        if len(times) > 3 and min(times[-3:]) >= 0.95 * min(times[:-3]):
            break
        pairs.append(run())
    return pairs


def _batch(clock: Any, run: Callable, warm: list) -> int:
    """Calls per sample: doubled until a sample is long beside the steps of the clock."""
    calls, lasts = 1, _own(clock, warm[-1]) if warm else math.inf
    while lasts < TICKS * clock.tick and calls < MOST_BATCH:
        calls *= 2
        lasts = calls * _own(clock, run(calls))
    return calls


def _collect(
    clock: Any, run: Callable, until: float, least: int, precision: float
) -> tuple[list, str]:
    """Take samples, and look at the interval whenever their number has doubled."""
    pairs, look, before, stuck = [], least, math.inf, 0
    spell = clock.now() + (until - clock.now()) / 4
    while len(pairs) < MOST_SAMPLES:
        pairs.append(run())
        if len(pairs) >= least and clock.now() >= until:
            return pairs, "the budget is spent"
        if len(pairs) < look:
            continue
        width = half_width(np.array([_own(clock, pair) for pair in pairs]))
        # Twice the samples should narrow the interval by 1.4. If not, twice running, give up.
        stuck = stuck + 1 if width > 0.95 * before < math.inf else 0
        look, before = 2 * look, width
        # A quarter of the budget is watched in any case: neighbours and heat come in spells.
        if clock.now() >= spell and (width <= precision or stuck >= 2):
            return pairs, "more runs stopped helping"
    return pairs, f"{MOST_SAMPLES:,} samples are the most"


def _warnings(timing: Timing, clock: Any, stopped: str, precision: float) -> tuple[str, ...]:
    """What a reader should know before believing the median. No run is thrown away for it."""
    x, notes = timing.samples, [clock.caveat]
    low, middle, high = np.quantile(x, [0.25, 0.5, 0.75])
    if high - low > 0.1 * middle:
        notes.append(f"noisy: the middle half of the runs spreads over {(high - low) / middle:.0%}")
    notes.append(_trend(x))
    if timing.verdict == "launch-bound":
        notes.append("launch-bound: the host needs as long as the device, so a faster device would "
                     "not help (or fn waits for the device itself)")  # fmt: skip
    width = half_width(x)
    if math.isinf(width):
        notes.append(f"too few: {len(x)} samples give no interval; 6 do")
    elif width > precision:
        notes.append(f"not precise: {stopped}, the median is known to {width:.1%}")
    if timing.batch > 1:
        notes.append(f"short: each sample is the mean of {timing.batch} calls")
    elif middle < TICKS * clock.tick:
        notes.append(f"short: a run lasts only {middle / clock.tick:.0f} steps of the clock")
    if not len(timing.warmup):
        notes.append("no warm-up: the first run is among the samples")
    return tuple(note for note in notes if note)


def _trend(x: np.ndarray) -> str:
    """Did the runs get slower (heat, another program) or faster (too short a warm-up)?"""
    third = len(x) // 3
    if third < 3:
        return ""
    change = np.median(x[-third:]) / np.median(x[:third]) - 1
    ranks = np.argsort(np.argsort(x, kind="stable"), kind="stable")
    # Spearman's correlation with the run's number; 3 standard errors keep chance out.
    sure = abs(np.corrcoef(ranks, np.arange(len(x)))[0, 1]) * math.sqrt(len(x) - 1) > 3
    if not sure or abs(change) < 0.05:
        return ""
    why = "slower: heat, or another program" if change > 0 else "faster: too short a warm-up"
    return f"trend: the last third of the runs was {abs(change):.0%} {why}?"


def compare(
    functions: Mapping[str, Callable], *, baseline: str | None = None, budget: float = 2.0,
    min_rounds: int = 11, precision: float = 0.01, device: Any = "auto",
    flush_cache: bool = False, seed: int = 0,
) -> Comparison:  # fmt: skip
    """Time functions against each other in turns, so that a drifting machine hits all alike.

    Parameters
    ----------
    functions : name -> function of no arguments
    baseline : the name that the others are compared with; the first where none is given
    budget : seconds for all rounds; `min_rounds` are run even if they need longer
    precision : stop earlier when every ratio's interval reaches no further than this share of it
    device, flush_cache : as in `measure`
    seed : for the order within a round, which is drawn afresh for each

    Every round runs each function once (a short one in a batch) and the baseline once more. The
    ratio of the baseline's two turns is the self-test: whatever it shows is noise, and no
    difference smaller than that is believed. Intervals are of 95 %, for each ratio on its own.

    >>> from helpers.simulate import SimulatedGPU
    >>> gpu = SimulatedGPU()
    >>> c = compare({"old": lambda: gpu.kernel(3e-3), "new": lambda: gpu.kernel(1e-3)}, device=gpu)
    >>> round(c.speedup("new").value, 6), c.verdict("new")
    (3.0, 'faster')
    """
    functions, baseline = _candidates(functions, baseline)
    _limits(budget, min_rounds, "min_rounds", precision)
    rng, clock = _check.seed(seed), _clock.of(device)
    half_width(np.ones(2))  # loads scipy now, and not under the stopwatch
    calls = {name: _ready(clock, fn, budget / 20, name) for name, fn in functions.items()}
    turns = [*functions, baseline]
    rounds, until, look = [], clock.now() + budget, min_rounds
    while len(rounds) < MOST_SAMPLES:
        row = np.zeros(len(turns))
        for turn in rng.permutation(len(turns)):
            name = turns[turn]
            row[turn] = _own(clock, once(clock, functions[name], calls[name], flush_cache))
        rounds.append(row)
        if len(rounds) >= min_rounds and clock.now() >= until:
            break
        if len(rounds) == look:
            look *= 2
            if _precise(np.array(rounds) / np.array(rounds)[:, [turns.index(baseline)]], precision):
                break
    times = np.array(rounds)
    return Comparison(tuple(functions), baseline, clock.name, times[:, :-1], times[:, -1])


def _ready(clock: Any, fn: Callable, budget: float, name: str) -> int:
    """Warm a function up, and say how many calls make one turn."""

    def run(calls: int = 1) -> tuple[float, float]:
        return once(clock, fn, calls)

    warm = _warm_up(clock, run, "auto", clock.now() + budget)
    _took_time(clock, warm, f"functions[{name!r}]")
    return _batch(clock, run, warm)


def _precise(ratios: np.ndarray, precision: float) -> bool:
    return all(half_width(column) <= precision for column in ratios.T)


def _candidates(functions: Any, baseline: str | None) -> tuple[dict, str]:
    if not isinstance(functions, Mapping) or not functions:
        _check.refuse("functions", f"found {type(functions).__name__} of length "
                      f"{len(functions) if hasattr(functions, '__len__') else 1}",
                      'pass a dict such as {"old": f, "new": g}')  # fmt: skip
    for name, fn in functions.items():
        _check.function(fn, f"functions[{name!r}]")
    first = next(iter(functions))
    return dict(functions), _check.choice(first if baseline is None else baseline, "baseline",
                                          functions)  # fmt: skip


def _limits(budget: Any, least: Any, name: str, precision: Any) -> None:
    _check.number(budget, "budget", low=0)
    _check.number(least, name, low=1, high=MOST_SAMPLES, whole=True)
    _check.number(precision, "precision", low=0)


def _whole_or_auto(x: Any, name: str, low: int) -> None:
    if not (isinstance(x, str) and x == "auto"):
        _check.number(x, name, low=low, high=MOST_BATCH, whole=True)


def _name(fn: Callable) -> str:
    name = getattr(fn, "__name__", type(fn).__name__)
    return "function" if name == "<lambda>" else name
