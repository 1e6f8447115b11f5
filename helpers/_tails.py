"""How slow is slow? Percentiles that say how sure they are, and a queue that makes them.

An order statistic needs no assumption about the shape of a distribution: the number of samples
below the true quantile is binomial. From that come intervals, bounds, and the number of samples
below which a percentile says nothing. scipy has the binomial; the queue is a heap of a few lines.
`timing` hands all of this on; read it there as `timing.serve`, `timing.latency_bound`.
"""

from __future__ import annotations

import bisect
import functools
import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from helpers import _check, show

SCENARIOS = ("single-stream", "multi-stream", "server", "offline")
BATCHES = 20  # a queue's latencies hang together: intervals come from the means of 20 stretches


@dataclass(frozen=True, repr=False)
class Measured:
    """A figure of this machine with its interval and the number of samples behind it.

    `low` or `high` is NaN where too few samples give no bound.
    """

    value: float
    low: float
    high: float
    n: int
    unit: str = ""

    @property
    def interval(self) -> tuple[float, float]:
        """(low, high)"""
        return self.low, self.high

    def to_frame(self) -> Any:
        """One row with a column for each field."""
        import pandas as pd

        return pd.DataFrame([vars(self)])

    def __repr__(self) -> str:
        value, low, high = (
            "no bound" if math.isnan(x) else show.machine(x, self.unit)[1:-1]
            for x in (self.value, self.low, self.high)
        )
        return f"⟨{value}, from {low} to {high}⟩"


def quantile_ranks(n: int, q: float, confidence: float = 0.95) -> tuple[int, int]:
    """Between which of the sorted samples does the true quantile lie? Ranks count from 1.

    Rank 0 or n + 1 means that there is no bound on that side. Holds for any continuous
    distribution of independent samples, with at least the confidence asked for.

    >>> quantile_ranks(1000, .99)
    (983, 997)
    """
    from scipy.special import bdtr  # the binomial's distribution function; scipy.stats is slow

    n, q = _check.number(n, "n", low=1, whole=True), share(q, "q")
    tail = (1 - share(confidence, "confidence")) / 2

    def first_to_reach(p: float) -> int:
        return bisect.bisect_left(range(n + 1), p, key=lambda k: bdtr(k, n, q))

    return first_to_reach(tail), first_to_reach(1 - tail) + 1


def fewest_samples(q: float, confidence: float = 0.99) -> int:
    """The fewest samples from which the quantile can be bounded by something else than the worst.

    The second most extreme sample must lie beyond the true quantile with that confidence, so at
    most 1 sample beyond it may have a chance of at most `1 - confidence`. MLPerf's early stopping
    asks for the same numbers.

    >>> fewest_samples(.9), fewest_samples(.99), fewest_samples(.5)
    (64, 662, 11)
    """
    side = max(share(q, "q"), 1 - q)
    wrong = 1 - share(confidence, "confidence")
    log_side, n = math.log(side), 2
    # P(at most one of n beyond) = side^n + n (1 - side) side^(n-1), falling in n: bisect.
    while _at_most_one(n, side, log_side) > wrong:
        n *= 2
    low, high = n // 2, n
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _at_most_one(middle, side, log_side) <= wrong else (
            middle, high)  # fmt: skip
    return high


def _at_most_one(n: int, side: float, log_side: float) -> float:
    return math.exp((n - 1) * log_side) * (side + n * (1 - side))


def mlperf_queries(q: float, confidence: float = 0.99, multiple: int = 1) -> int:
    """How many queries MLPerf Inference asks for before it believes a tail latency.

    The margin is a twentieth of the tail, (1 - q) / 20, and n = z^2 q (1 - q) / margin^2; rounded
    up to a `multiple` (MLPerf: 2**13).

    >>> [mlperf_queries(q) for q in (.9, .95, .97, .99)], mlperf_queries(.99, multiple=2**13)
    ([23886, 50425, 85811, 262742], 270336)
    """
    q, confidence = share(q, "q"), share(confidence, "confidence")
    multiple = _check.number(multiple, "multiple", low=1, whole=True)
    margin = (1 - q) / 20
    n = round(NormalDist().inv_cdf((1 + confidence) / 2) ** 2 * q * (1 - q) / margin**2)
    return -(-n // multiple) * multiple


def latency_bound(samples: Any, q: float = 0.99, confidence: float = 0.99) -> Measured:
    """Below what does the q-quantile of the latency lie, with that confidence?

    Parameters
    ----------
    samples : latencies in seconds, (n,), independent requests
    q : the quantile, such as .99
    confidence : of each bound on its own (one-sided)

    Returns an `Measured`: the sample's quantile, with a lower and an upper bound. Claim only what
    `.high` allows. Refused with fewer samples than `fewest_samples(q, confidence)`.

    >>> latency_bound(np.arange(1, 1001) / 1000)
    ⟨990 ms, from 982 ms to 998 ms⟩
    """
    values = np.sort(_check.finite(samples, "samples"))
    if values[0] < 0:
        _check.refuse("samples", f"found {values[0]:g}", "pass latencies of at least 0 seconds")
    # one-sided at c is one side of the two-sided interval at 2c - 1
    return quantile(values, q, 2 * share(confidence, "confidence", 0.5) - 1, confidence)


def quantile(values: np.ndarray, q: float, confidence: float, sure: float = 0.99) -> Measured:
    """The quantile of sorted seconds with its interval; refuses what so few samples can't say."""
    n, need = len(values), fewest_samples(q, sure)
    if n < need:
        _check.refuse("samples", f"found {n}, and the quantile {q:g} needs {need} to be bounded "
                      "by more than the worst of them", "take more samples, or ask for a quantile "
                      "nearer the middle")  # fmt: skip
    low, high = quantile_ranks(n, q, confidence)
    middle = values[max(0, math.ceil(n * q) - 1)] if q != 0.5 else np.median(values)
    return Measured(float(middle), at_rank(values, low), at_rank(values, high), n, "s")


def at_rank(values: np.ndarray, rank: int) -> float:
    """The sorted value of that rank (from 1), NaN where there is none."""
    return float(values[rank - 1]) if 1 <= rank <= len(values) else math.nan


def share(x: float, name: str, low: float = 0.0) -> float:
    x = _check.number(x, name)
    if not low < x < 1:
        _check.refuse(name, f"found {x:g}", f"pass a number between {low:g} and 1 (99 % is .99)")
    return x


@dataclass(frozen=True, eq=False, repr=False)
class Serving:
    """What `serve` saw: one entry per query, in seconds since the first arrival."""

    scenario: str
    servers: int
    arrival: np.ndarray
    start: np.ndarray
    finish: np.ndarray
    warnings: tuple[str, ...]

    @property
    def latency(self) -> np.ndarray:
        """Seconds from arrival to answer, one per query."""
        return self.finish - self.arrival

    @property
    def settled(self) -> slice:
        """The queries after the first tenth, when the queue has forgotten that it began empty."""
        return slice(len(self.arrival) // 10, None)

    @property
    def throughput(self) -> float:
        """Queries answered per second, over the whole run."""
        return float(len(self.finish) / (self.finish.max() - self.arrival[0]))

    @property
    def waiting(self) -> Measured:
        """Share of the queries that found no free server, with a 95 % interval."""
        return _stretches((self.start > self.arrival)[self.settled].astype(float), np.mean, "")

    @property
    def in_system(self) -> float:
        """Queries waiting or being served, averaged over time by walking through the events."""
        times = np.concatenate([self.arrival, self.finish])
        change = np.repeat([1, -1], len(self.arrival))
        order = np.lexsort((-change, times))
        gaps = np.diff(times[order])
        return float((np.cumsum(change[order])[:-1] * gaps).sum() / np.ptp(times))

    def quantile(self, q: float) -> Measured:
        """A latency quantile after the start, with a 95 % interval from 20 stretches of the run.

        Latencies in a queue come in waves: the interval for independent samples would be too
        narrow. Refused where a stretch has too few queries for the quantile.
        """
        latency = self.latency[self.settled]
        need = BATCHES * math.ceil(10 / (1 - share(q, "q")))
        if len(latency) < need:
            _check.refuse("q", f"found {q:g} for {len(latency):,} queries after the start",
                          f"serve at least {math.ceil(need / 0.9):,} queries")  # fmt: skip
        return _stretches(latency, lambda x: np.quantile(x, q), "s")

    def to_frame(self) -> Any:
        """One row per query: arrival, start, finish, latency, in seconds."""
        import pandas as pd

        return pd.DataFrame({"arrival": self.arrival, "start": self.start,
                             "finish": self.finish, "latency": self.latency})  # fmt: skip

    def __repr__(self) -> str:
        median = show.machine(np.median(self.latency), "s")
        notes = "; ".join(self.warnings) or "none"
        return (f"{self.scenario}, {len(self.latency):,} queries, {self.servers} servers (a "
                f"simulated queue): {show.machine(self.throughput, 'a second')}, median latency "
                f"{median}; warnings ⟨{notes}⟩")  # fmt: skip


def _stretches(x: np.ndarray, statistic: Callable, unit: str) -> Measured:
    """The statistic of the whole, with an interval from its values on 20 stretches in a row."""
    parts = np.array([statistic(part) for part in np.array_split(x, BATCHES)])
    half = 2.093 * parts.std(ddof=1) / math.sqrt(BATCHES)  # Student's t, 19 degrees of freedom
    value = float(statistic(x))
    return Measured(value, value - half, value + half, len(x), unit)


def serve(
    service_times: Any, rate: float | None = None, servers: int = 1, *, scenario: str = "server",
    queries: int = 20_000, per_query: int = 8, seed: int = 0,
) -> Serving:  # fmt: skip
    """MLPerf's four scenarios in miniature: a simulated queue fed with measured service times.

    Parameters
    ----------
    service_times : seconds, (n,), drawn from with replacement; or a function (rng, n) -> seconds
    rate : arrivals a second, as a Poisson stream (scenario "server" only)
    servers : how many work side by side; first come, first served
    scenario : "single-stream" (the next query is sent when the last is answered), "multi-stream"
        (the same with `per_query` items a query), "server" (queries come when they come),
        "offline" (all are there at the start)
    queries : how many to send

    The closed loops of the stream scenarios never queue: a server under load needs "server".

    >>> run = serve([0.010], rate=50, seed=1)
    >>> run.quantile(.5).value > 0.010, run.warnings
    (True, ())
    """
    draw, mean = _service(service_times)
    scenario = _check.choice(scenario, "scenario", SCENARIOS)
    servers = _check.number(servers, "servers", low=1, whole=True)
    queries = _check.number(queries, "queries", low=2 * BATCHES, whole=True)
    rng = _check.seed(seed)
    if scenario.endswith("stream"):
        size = _check.number(per_query, "per_query", low=1, whole=True)
        return _closed(draw, rng, servers, queries, size if scenario[0] == "m" else 1, scenario)
    if scenario == "offline":
        arrival, notes = np.zeros(queries), ()
    else:
        rate = _positive(rate)
        arrival = np.cumsum(rng.exponential(1 / rate, queries))
        load = rate * mean(rng) / servers
        notes = () if load < 1 else (
            f"arrivals ask for {load:.2f} times what the servers can do: the queue grows as long "
            "as you watch, and its latencies with it",)  # fmt: skip
    start, finish = _queue(arrival, draw(rng, queries), servers)
    return Serving(scenario, servers, arrival, start, finish, notes)


def _positive(rate: Any) -> float:
    rate = _check.number(rate, "rate", low=0)
    if rate == 0:
        _check.refuse("rate", "found 0", "pass arrivals a second, more than 0")
    return rate


def _service(times: Any) -> tuple[Callable, Callable]:
    """How to draw service times, and their mean (of 10,000 draws where a function is given)."""
    if callable(times):
        draw = functools.partial(_drawn, times)
        return draw, lambda rng: float(draw(np.random.default_rng(0), 10_000).mean())
    values = _check.finite(times, "service_times")
    if values.min() < 0 or values.max() == 0:
        _check.refuse("service_times", f"found {values.min():g}", "pass seconds above 0")
    return (lambda rng, n: rng.choice(values, n)), (lambda rng: float(values.mean()))


def _drawn(times: Callable, rng: Any, n: int) -> np.ndarray:
    """What the reader's function gave, once it has been looked at."""
    values = _check.finite(times(rng, n), "service_times")
    if len(values) != n:
        _check.refuse("service_times", f"gave {len(values):,} seconds when asked for {n:,}",
                      "pass a function (rng, n) that gives n of them")  # fmt: skip
    if values.min() < 0:
        _check.refuse("service_times", f"gave {values.min():g}", "pass seconds of at least 0")
    return values


def _queue(arrival: np.ndarray, service: np.ndarray, servers: int) -> tuple:
    """First come, first served: each query goes to the server that is free first."""
    free = [0.0] * servers
    start = np.empty(len(arrival))
    for i, (arrived, needed) in enumerate(zip(arrival.tolist(), service.tolist(), strict=True)):
        start[i] = begin = max(arrived, free[0])
        heapq.heapreplace(free, begin + needed)
    return start, start + service


def _closed(draw: Callable, rng: Any, servers: int, queries: int, size: int, name: str) -> Serving:
    """Each query is sent when the one before is answered; its items share the servers."""
    service = np.asarray(draw(rng, queries * size)).reshape(queries, size)
    if size == 1:
        length = service[:, 0]
    else:
        length = np.array([_queue(np.zeros(size), items, servers)[1].max() for items in service])
    finish = np.cumsum(length)
    start = np.concatenate([[0.0], finish[:-1]])
    return Serving(name, servers, start, start, finish, ())
