"""Bad calls of `helpers.timing`, each with the sentence it must meet."""

import numpy as np

from helpers import timing
from helpers.simulate import SimulatedGPU

GPU = SimulatedGPU()


def work():
    GPU.kernel(1e-3)


def idle():
    pass


def _measure(fn=work, **options):
    return timing.measure(fn, **{"device": GPU, **options})


def _compare(functions, **options):
    return timing.compare(functions, **{"device": GPU, **options})


def _timing():
    return _measure(work)


CASES = [
    ("timing.measure", "a result, not a function", lambda: _measure(3.0), r"fn.*float.*without"),
    ("timing.measure", "None", lambda: _measure(None), r"fn.*NoneType"),
    ("timing.measure", "negative budget", lambda: _measure(budget=-1), r"budget.*-1.*at least 0"),
    ("timing.measure", "infinite budget", lambda: _measure(budget=np.inf), r"budget.*inf"),
    ("timing.measure", "half a sample", lambda: _measure(min_samples=1.5), r"min_samples.*whole"),
    ("timing.measure", "no samples", lambda: _measure(min_samples=0), r"min_samples.*at least 1"),
    ("timing.measure", "precision in words", lambda: _measure(precision="2 %"), r"precision.*2 %"),
    ("timing.measure", "warmup misspelt", lambda: _measure(warmup="automatic"), r"warmup.*number"),
    ("timing.measure", "batch of 0", lambda: _measure(batch=0), r"batch.*at least 1"),
    ("timing.measure", "unknown device", lambda: _measure(device="abacus"), r"device.*'abacus'"),
    ("timing.measure", "device is a number", lambda: _measure(device=1), r"device.*int.*cpu"),
    ("timing.measure", "work elsewhere", lambda: _measure(idle), r"fn.*no time.*device"),
    ("timing.measure", "flush on a simulation", lambda: _measure(flush_cache=True),
     r"flush_cache.*no cache"),
    ("timing.Timing.quantile", "too few for p99", lambda: _timing().quantile(0.99),
     r"samples.*0.99 needs 662"),
    ("timing.Timing.quantile", "percent", lambda: _timing().quantile(99), r"q.*99.*\.99"),
    ("timing.Timing.quantile", "certainty", lambda: _timing().quantile(0.5, 1),
     r"confidence.*between 0 and 1"),
    ("timing.Timing.rate", "negative", lambda: _timing().rate(-1), r"n: .*at least 0"),
    ("timing.compare", "a list", lambda: _compare([work, work]), r"functions.*list.*dict"),
    ("timing.compare", "empty", lambda: _compare({}), r"functions.*dict"),
    ("timing.compare", "called already", lambda: _compare({"a": work, "b": 1}),
     r"functions\['b'\].*int"),
    ("timing.compare", "unknown baseline", lambda: _compare({"old": work}, baseline="olt"),
     r"baseline.*did you mean 'old'"),
    ("timing.compare", "seed", lambda: _compare({"a": work}, seed=-1), r"seed.*-1"),
    ("timing.compare", "rounds", lambda: _compare({"a": work}, min_rounds=0), r"min_rounds.*0"),
    ("timing.compare", "work elsewhere", lambda: _compare({"a": work, "b": idle}),
     r"functions\['b'\].*no time"),
    ("timing.Comparison.ratio", "unknown name", lambda: _compare({"old": work}).ratio("ol"),
     r"name.*did you mean 'old'"),
    ("timing.fewest_samples", "percent", lambda: timing.fewest_samples(90), r"q.*90"),
    ("timing.fewest_samples", "certainty", lambda: timing.fewest_samples(0.9, 1.0),
     r"confidence.*1"),
    ("timing.quantile_ranks", "no samples", lambda: timing.quantile_ranks(0, 0.5), r"n: .*0"),
    ("timing.quantile_ranks", "maximum", lambda: timing.quantile_ranks(10, 1.0), r"q.*between"),
    ("timing.latency_bound", "empty", lambda: timing.latency_bound([]), r"samples.*empty"),
    ("timing.latency_bound", "NaN", lambda: timing.latency_bound([1.0, np.nan]),
     r"samples.*missing"),
    ("timing.latency_bound", "negative", lambda: timing.latency_bound(np.full(900, -1.0)),
     r"samples.*-1"),
    ("timing.latency_bound", "too few", lambda: timing.latency_bound(np.ones(661)),
     r"samples.*661.*662"),
    ("timing.latency_bound", "low confidence",
     lambda: timing.latency_bound(np.ones(900), confidence=0.4), r"confidence.*0.5"),
    ("timing.mlperf_queries", "percent", lambda: timing.mlperf_queries(99), r"q.*99"),
    ("timing.mlperf_queries", "multiple", lambda: timing.mlperf_queries(0.9, multiple=0),
     r"multiple.*at least 1"),
    ("timing.serve", "no rate", lambda: timing.serve([0.1]), r"rate.*None"),
    ("timing.serve", "rate of 0", lambda: timing.serve([0.1], 0), r"rate.*more than 0"),
    ("timing.serve", "negative seconds", lambda: timing.serve([-0.1], 1), r"service_times.*-0.1"),
    ("timing.serve", "all zero", lambda: timing.serve([0.0], 1), r"service_times.*above 0"),
    ("timing.serve", "half a server", lambda: timing.serve([0.1], 1, 1.5), r"servers.*whole"),
    ("timing.serve", "scenario misspelt", lambda: timing.serve([0.1], 1, scenario="Server"),
     r"scenario.*did you mean 'server'"),
    ("timing.serve", "few queries", lambda: timing.serve([0.1], 1, queries=3), r"queries.*40"),
    ("timing.serve", "function of wrong size", lambda: timing.serve(lambda rng, n: [0.1], 1),
     r"service_times.*gave 1 .*asked"),
    ("timing.Serving.quantile", "too short a run",
     lambda: timing.serve([0.1], 1, queries=1000).quantile(0.99), r"q.*at least 22,2"),
]
