"""Bad calls of `helpers.rates`, each with the sentence it must meet."""

import numpy as np
import pandas as pd

from helpers import rates

NAN = float("nan")
TABLE = [10, 5, 5, 10]
COST = rates.Rate("cost", lambda tn, fp, fn, tp: (fp, tn + fp + fn + tp))

CASES = [
    ("rates.counts", "empty", lambda: rates.counts([], []), r"y: is empty"),
    ("rates.counts", "scores as decisions", lambda: rates.counts([1, 0], [0.9, 0.2]),
     r"yhat.*scores"),
    ("rates.counts", "NaN decision", lambda: rates.counts([1, 0], [1, NAN]), r"yhat.*missing"),
    ("rates.counts", "labels 1 and 2", lambda: rates.counts([1, 2], [1, 2]), r"y.*positive="),
    ("rates.counts", "three labels", lambda: rates.counts([1, 2, 3], [1, 2, 1], positive=1),
     r"3 diff"),
    ("rates.counts", "different lengths", lambda: rates.counts([1, 0], [1]), r"different lengths"),
    ("rates.counts", "other index", lambda: rates.counts(
        pd.Series([1, 0]), pd.Series([1, 0], index=[1, 0])), r"y and yhat.*index"),
    ("rates.counts", "continuous groups", lambda: rates.counts([1, 0], [1, 0], [0.5, 1.5]),
     r"groups"),
    ("rates.bootstrap", "no cells", lambda: rates.bootstrap([1, 2, 3]), r"counts.*shape"),
    ("rates.bootstrap", "no rows", lambda: rates.bootstrap([0, 0, 0, 0]), r"counts.*no rows"),
    ("rates.bootstrap", "half a draw", lambda: rates.bootstrap(TABLE, 0.5), r"n: found 0.5"),
    ("rates.bootstrap", "negative cell", lambda: rates.bootstrap([1, -2, 3, 4]), r"below 0"),
    ("rates.bootstrap", "other columns", lambda: rates.bootstrap(
        pd.DataFrame({"a": [1]})), r"counts.*cells"),
    ("rates.bootstrap", "bad seed", lambda: rates.bootstrap(TABLE, seed="x"), r"seed"),
    ("rates.estimates", "unknown metric", lambda: rates.estimates(TABLE, ["acuracy"]),
     r"did you mean"),
    ("rates.estimates", "no metric", lambda: rates.estimates(TABLE, []), r"metrics: is empty"),
    ("rates.estimates", "level in percent", lambda: rates.estimates(TABLE, level=95), r"level.*95"),
    ("rates.estimates", "too few draws", lambda: rates.estimates(TABLE, [COST], n_boot=5),
     r"draws"),
    ("rates.classification", "one class", lambda: rates.classification([1, 1], [0.2, 0.9]),
     r"one class"),
    ("rates.classification", "margins", lambda: rates.classification([1, 0], [3.0, -2.0]),
     r"score"),
    ("rates.classification", "threshold in percent", lambda: rates.classification(
        [1, 0], [0.9, 0.1], 50), r"threshold"),
    ("rates.calibration", "percentages", lambda: rates.calibration([1, 0], [90, 10]), r"score"),
    ("rates.calibration", "no bins", lambda: rates.calibration([1, 0], [0.9, 0.1], 0), r"bins"),
    ("rates.calibration", "edges", lambda: rates.calibration([1, 0], [0.9, 0.1], [0, 0.5]),
     r"bins"),
    ("rates.calibration", "kind of bins", lambda: rates.calibration(
        [1, 0], [0.9, 0.1], equal="widht"), r"equal.*did you mean 'width'"),
    ("rates.wilson", "k above n", lambda: rates.wilson(5, 4), r"k: "),
    ("rates.wilson", "missing", lambda: rates.wilson(NAN, 4), r"k and n"),
    ("rates.wilson", "text", lambda: rates.wilson("many", 4), r"k: found str"),
    ("rates.wilson", "other shapes", lambda: rates.wilson([1, 2], [3, 4, 5]), r"k and n.*shape"),
    ("rates.percentile", "few draws", lambda: rates.percentile([1, 2, 3]), r"draws.*20"),
    ("rates.percentile", "level", lambda: rates.percentile(range(99), 95), r"level"),
    ("rates.percentile", "text", lambda: rates.percentile(["a"] * 30), r"draws"),
    ("rates.interval", "one value", lambda: rates.interval([3.0]), r"sample"),
    ("rates.interval", "unknown statistic", lambda: rates.interval([1, 2], "meen"),
     r"did you mean"),
    ("rates.interval", "median of few", lambda: rates.interval([1, 2, 3], "median"),
     r"median needs 6"),
    ("rates.interval", "median, high level", lambda: rates.interval(
        range(6), "median", level=0.99), r"too few"),
    ("rates.interval", "no spread", lambda: rates.interval([2.0, 2.0], np.std),
     r"different values"),
    ("rates.interval", "infinite", lambda: rates.interval([1, float("inf")]), r"infinite"),
    ("rates.paired", "different lengths", lambda: rates.paired([1, 0], [1]), r"lengths"),
    ("rates.paired", "one case", lambda: rates.paired([1], [0]), r"1 case"),
    ("rates.mcnemar", "negative", lambda: rates.mcnemar(-1, 3), r"only_a"),
    ("rates.mcnemar", "outcomes instead", lambda: rates.mcnemar([1, 0], [0, 1]), r"only_a"),
    ("rates.permutation", "one value", lambda: rates.permutation([1], [2, 3]), r"a and b"),
    ("rates.permutation", "same cases, not as many", lambda: rates.permutation(
        [1, 2], [2, 3, 4], same_cases=True), r"lengths"),
    ("rates.permutation", "few", lambda: rates.permutation([1, 2], [2, 3], n=5), r"n: found 5"),
    ("rates.wilcoxon", "NaN", lambda: rates.wilcoxon([1, NAN], [2, 3]), r"a: .*missing"),
    ("rates.wilcoxon", "text", lambda: rates.wilcoxon(["x", "y"], [2, 3]), r"a: "),
    ("rates.holm", "no p", lambda: rates.holm([0.1, 1.2]), r"p: .*0 to 1"),
    ("rates.holm", "empty", lambda: rates.holm([]), r"p: is empty"),
    ("rates.bh", "negative", lambda: rates.bh([-0.1, 0.2]), r"p: .*0 to 1"),
    ("rates.bh", "one number", lambda: rates.bh(0.2), r"p: "),
    ("rates.best_of", "none", lambda: rates.best_of(0), r"k: found 0"),
    ("rates.best_of", "half", lambda: rates.best_of(2.5), r"k: found 2.5"),
]  # fmt: skip
