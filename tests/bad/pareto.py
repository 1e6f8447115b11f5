"""Bad calls of `helpers.pareto`, each with the sentence it must meet."""

import pandas as pd

from helpers import pareto

GOOD = pd.DataFrame({"right": [0.8, 0.7], "fast": [1.0, 9.0]}, index=["careful", "quick"])
GAP = GOOD.assign(fast=[1.0, None])

CASES = [
    ("pareto.front", "nothing", lambda: pareto.front(None), r"table.*NoneType.*DataFrame"),
    ("pareto.front", "no options", lambda: pareto.front(GOOD.iloc[:0]), r"table.*empty"),
    ("pareto.front", "a gap", lambda: pareto.front(GAP), r"'fast'.*missing"),
    ("pareto.front", "words", lambda: pareto.front(GOOD.assign(fast="very")), r"'fast'.*numbers"),
    ("pareto.front", "infinite", lambda: pareto.front([[1, float("inf")]]), r"'1'.*infinite"),
    ("pareto.front", "ragged", lambda: pareto.front([[1, 2], [3]]), r"table.*different lengths"),
    ("pareto.front", "a direction misspelt", lambda: pareto.front(GOOD, better="lowr"),
     r"better.*did you mean 'lower'"),
    ("pareto.front", "too few directions", lambda: pareto.front(GOOD, better=["lower"]),
     r"better.*1 words for 2 columns"),
    ("pareto.front", "a column forgotten", lambda: pareto.front(GOOD, better={"right": "lower"}),
     r"better.*'fast'"),
    ("pareto.hypervolume", "a short corner", lambda: pareto.hypervolume(GOOD, [1]),
     r"reference.*1 numbers for 2 columns"),
    ("pareto.hypervolume", "no corner", lambda: pareto.hypervolume(GOOD, None), r"reference.*None"),
    ("pareto.acceptability", "one option", lambda: pareto.acceptability(GOOD.iloc[:1]),
     r"table.*two options"),
    ("pareto.acceptability", "one criterion", lambda: pareto.acceptability(GOOD[["fast"]]),
     r"table.*two criteria"),
    ("pareto.acceptability", "few draws", lambda: pareto.acceptability(GOOD, n=3), r"n: .*3"),
    ("pareto.acceptability", "not measured", lambda: pareto.acceptability(GAP), r"'fast'.*missing"),
    ("pareto.plot", "no such column", lambda: pareto.plot(GOOD, "right", "fats"),
     r"no column 'fats'.*did you mean 'fast'"),
    ("pareto.plot", "an array", lambda: pareto.plot([[1, 2]], "x", "y"), r"table.*DataFrame"),
]  # fmt: skip
