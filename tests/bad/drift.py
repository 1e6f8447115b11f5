"""Bad calls of `helpers.drift`, each with the sentence it must meet."""

import numpy as np
import pandas as pd

from helpers import drift

A = pd.DataFrame({"x": np.arange(30.0), "s": np.linspace(0, 1, 30), "y": [0, 1] * 15})
GAP = A.assign(x=[np.nan, *range(29)])


def run(**changed):
    given = dict(series=np.arange(9.0), rules={"never": lambda *_: False}, fit=np.mean,
                 loss=lambda m, y, d: 0.0, start=3)  # fmt: skip
    return drift.policies(**(given | changed))


CASES = [
    ("drift.table", "nothing", lambda: drift.table(None, A), r"reference.*NoneType"),
    ("drift.table", "no rows", lambda: drift.table(A, A.iloc[:0]), r"current.*empty"),
    ("drift.table", "a column lost", lambda: drift.table(A, A[["x"]]), r"current.*'s'"),
    ("drift.table", "a column more", lambda: drift.table(A[["x"]], A), r"reference.*'s'"),
    ("drift.table", "a name twice", lambda: drift.table(A[["x", "x"]], A[["x"]]), r"name twice"),
    ("drift.table", "one bin", lambda: drift.table(A, A, bins=1), r"bins.*1"),
    ("drift.table", "level", lambda: drift.table(A, A, level=95), r"level.*95"),
    ("drift.table", "adjust", lambda: drift.table(A, A, adjust="bhh"), r"adjust.*'bh'"),
    ("drift.table", "categories", lambda: drift.table(A, A, categorical=["z"]), r"no column 'z'"),
    ("drift.two_sample", "few rows", lambda: drift.two_sample(A.iloc[:5], A), r"reference.*5 rows"),
    ("drift.two_sample", "one fold", lambda: drift.two_sample(A, A, folds=1), r"folds.*1"),
    ("drift.mmd", "a gap", lambda: drift.mmd(A, GAP), r"current, column 'x'.*missing"),
    ("drift.mmd", "words", lambda: drift.mmd(A.assign(x="a"), A), r"reference, column 'x'"),
    ("drift.mmd", "width", lambda: drift.mmd(A, A, width=-1), r"width.*-1"),
    ("drift.mmd", "too few", lambda: drift.mmd(A.iloc[:2], A), r"reference.*2 rows"),
    ("drift.estimate_performance", "margins as scores",
     lambda: drift.estimate_performance(A.assign(s=A.s * 5), A, "s", "y"), r"score.*5.*probabil"),
    ("drift.estimate_performance", "no such column",
     lambda: drift.estimate_performance(A, A, "scroe", "y"), r"'scroe'"),
    ("drift.estimate_performance", "one class",
     lambda: drift.estimate_performance(A.assign(y=1), A, "s", "y"), r"y.*"),
    ("drift.estimate_performance", "metric",
     lambda: drift.estimate_performance(A, A, "s", "y", metrics=["acuracy"]), r"'accuracy'"),
    ("drift.Adwin", "delta", lambda: drift.Adwin(delta=2), r"delta.*2"),
    ("drift.Adwin", "clock", lambda: drift.Adwin(clock=0.5), r"clock.*0.5"),
    ("drift.Adwin.update", "text", lambda: drift.Adwin().update("high"), r"x: .*'high'"),
    ("drift.Adwin.update", "infinite", lambda: drift.Adwin().update(np.inf), r"x: .*infinite"),
    ("drift.PageHinkley", "slack", lambda: drift.PageHinkley(slack=-1), r"slack.*-1"),
    ("drift.PageHinkley", "limit", lambda: drift.PageHinkley(limit=None), r"limit.*None"),
    ("drift.PageHinkley.update", "a list", lambda: drift.PageHinkley().update([1, 2]), r"x: .*one"),
    ("drift.detector_report", "no detector", lambda: drift.detector_report(5, [1], []),
     r"detector.*update"),
    ("drift.detector_report", "no stream", lambda: drift.detector_report(drift.Adwin(), [], []),
     r"stream.*empty"),
    ("drift.detector_report", "a late change",
     lambda: drift.detector_report(drift.Adwin(), [1, 2], [7]), r"changes.*7"),
    ("drift.policies", "no rules", lambda: run(rules={}), r"rules.*without rules"),
    ("drift.policies", "a result", lambda: run(rules={"a": True}), r"rules\['a'\].*without"),
    ("drift.policies", "fit called", lambda: run(fit=3), r"fit.*without"),
    ("drift.policies", "one day", lambda: run(series=[1]), r"series.*two days"),
    ("drift.policies", "starts too late", lambda: run(start=9), r"start.*9"),
]  # fmt: skip
