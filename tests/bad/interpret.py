"""Bad calls of `helpers.interpret`, each with the sentence it must meet."""

import numpy as np
import pandas as pd

from helpers import interpret

X = np.arange(12.0).reshape(4, 3) % 5


def f(Z):
    return np.asarray(Z)[:, 0]


def _fitted(classes=2):
    from sklearn.linear_model import LogisticRegression

    frame = pd.DataFrame(X, columns=list("abc"))
    return LogisticRegression().fit(frame, np.arange(4) % classes), frame


def _explain(**options):
    model, frame = _fitted()
    return interpret.explain(model, frame, **options)


def _unfitted():
    from sklearn.linear_model import LogisticRegression

    return interpret.explain(LogisticRegression(), X)


def _three():
    model, frame = _fitted(3)
    return interpret.explain(model, frame)


def _order():
    model, frame = _fitted()
    return interpret.explain(model, frame[["b", "a", "c"]])


def _missing():
    model, frame = _fitted()
    return interpret.explain(model, frame[["a", "b"]])


def _gradients(x=None, **options):
    import torch

    x = torch.ones(2, 3) if x is None else x
    return interpret.integrated_gradients(torch.nn.Linear(3, 2), x, **{"target": 0} | options)


def _row(**call):
    e = interpret.explain(f, X)
    return e.to_frame(**call)


CASES = [
    ("interpret.explain", "empty X", lambda: interpret.explain(f, X[:0]), r"X.*empty"),
    ("interpret.explain", "one dimension", lambda: interpret.explain(f, X[0]), r"X.*shape"),
    ("interpret.explain", "a list", lambda: interpret.explain(f, [[1.0]]), r"X.*list"),
    ("interpret.explain", "no model", lambda: interpret.explain(3, X), r"model.*int"),
    ("interpret.explain", "not fitted", _unfitted, r"model.*not fitted"),
    ("interpret.explain", "method misspelt", lambda: _explain(method="trees"),
     r"method.*did you mean 'tree'"),
    ("interpret.explain", "output misspelt", lambda: _explain(output="proba"), r"output.*proba"),
    ("interpret.explain", "tree for a linear model", lambda: _explain(method="tree"),
     r"method.*'tree'.*permutation"),
    ("interpret.explain", "linear and probability",
     lambda: _explain(method="linear", output="probability"), r"method.*probability"),
    ("interpret.explain", "unknown class", lambda: _explain(target=7), r"target.*7"),
    ("interpret.explain", "three classes", _three, r"target.*3 classes"),
    ("interpret.explain", "another order", _order, r"X.*order"),
    ("interpret.explain", "a column too few", _missing, r"X.*no column 'c'"),
    ("interpret.explain", "empty background", lambda: interpret.explain(f, X, X[:0]),
     r"background.*empty"),
    ("interpret.explain", "background of another kind", lambda: _explain(background=X),
     r"background.*ndarray"),
    ("interpret.explain", "one row and no background", lambda: interpret.explain(f, X[:1]),
     r"background.*one row"),
    ("interpret.explain", "negative seed", lambda: interpret.explain(f, X, seed=-1), r"seed"),
    ("interpret.explain", "NaN tolerance", lambda: interpret.explain(f, X, tolerance=np.nan),
     r"tolerance"),
    ("interpret.explain", "no permutation", lambda: interpret.explain(f, X, permutations=0),
     r"permutations"),
    ("interpret.explain", "an answer per cell", lambda: interpret.explain(lambda Z: Z, X),
     r"model.*shape.*one number per row"),
    ("interpret.explain", "NaN answers", lambda: interpret.explain(lambda Z: Z[:, 0] * np.nan, X),
     r"model's answer.*missing"),
    ("interpret.explain", "function with a class", lambda: interpret.explain(f, X, target=1),
     r"target.*plain function"),
    ("interpret.explain", "exact with 13 columns",
     lambda: interpret.explain(f, np.ones((3, 13)), method="exact"), r"columns.*12"),
    ("interpret.explain", "twice one name",
     lambda: interpret.explain(f, pd.DataFrame(X, columns=list("aab"))), r"X.*two columns"),
    ("interpret.Explained.to_frame", "row out of range", lambda: _row(row=4), r"row.*4"),
    ("interpret.Explained.to_frame", "row no number", lambda: _row(row="a"), r"row"),
    ("interpret.shapley", "no function", lambda: interpret.shapley(X, X, X), r"f.*called"),
    ("interpret.shapley", "widths differ", lambda: interpret.shapley(f, X, X[:, :2]),
     r"background.*no column"),
    ("interpret.shapley", "13 columns", lambda: interpret.shapley(f, *[np.ones((2, 13))] * 2),
     r"columns.*12"),
    ("interpret.integrated_gradients", "no module",
     lambda: interpret.integrated_gradients(f, X), r"module.*function"),
    ("interpret.integrated_gradients", "one row without rows", lambda: _gradients(X[0]),
     r"x.*rows first"),
    ("interpret.integrated_gradients", "no steps", lambda: _gradients(steps=0), r"steps"),
    ("interpret.integrated_gradients", "baseline of another size",
     lambda: _gradients(baseline=np.zeros(5)), r"baseline.*shape"),
    ("interpret.integrated_gradients", "target out of range", lambda: _gradients(target=2),
     r"target.*2"),
    ("interpret.integrated_gradients", "no target", lambda: _gradients(target=None), r"target"),
]  # fmt: skip
