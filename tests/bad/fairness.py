"""Bad calls of `helpers.fairness`, each with the sentence it must meet."""

import numpy as np
import pandas as pd

from helpers import fairness

Y, H, G = [0, 1] * 40, [0, 1, 1, 0] * 20, ["a", "a", "b", "b"] * 20
S = [0.2, 0.9, 0.4, 0.7] * 20
X = np.arange(160.0).reshape(80, 2)


def _audit(**options):
    return fairness.audit(**({"y": Y, "yhat": H, "groups": G, "n_boot": 99} | options))


def _fit(**options):
    from sklearn.linear_model import LogisticRegression

    given = {"estimator": LogisticRegression(), "X": X, "y": Y, "groups": G} | options
    return fairness.mitigate(**given)


def _neighbours():
    from sklearn.neighbors import KNeighborsClassifier

    return _fit(estimator=KNeighborsClassifier())


CASES = [
    ("fairness.audit", "empty", lambda: fairness.audit([], [], []), r"y.*empty"),
    ("fairness.audit", "NaN predictions", lambda: _audit(yhat=[np.nan, 1] * 40), r"yhat.*missing"),
    ("fairness.audit", "scores as decisions", lambda: _audit(yhat=S), r"yhat.*scores"),
    ("fairness.audit", "other index", lambda: _audit(
        y=pd.Series(Y), groups=pd.Series(G, index=range(80, 0, -1))), r"y and groups.*index"),
    ("fairness.audit", "one group", lambda: _audit(groups=["a"] * 80), r"groups.*one group only"),
    ("fairness.audit", "continuous groups", lambda: _audit(groups=np.linspace(0, 1, 80)),
     r"groups"),
    ("fairness.audit", "missing group", lambda: _audit(groups=[None, "a"] * 40),
     r"groups.*missing"),
    ("fairness.audit", "missing in a column of groups", lambda: _audit(
        groups=pd.DataFrame({"a": [None, 1.0] * 40, "b": G})), r"groups\[.*missing"),
    ("fairness.audit", "labels 1 and 2", lambda: _audit(y=[1, 2] * 40), r"y.*positive="),
    ("fairness.audit", "unknown metric", lambda: _audit(metrics=["precison"]), r"did you mean"),
    ("fairness.audit", "no metric", lambda: _audit(metrics=[]), r"metrics: is empty"),
    ("fairness.audit", "level", lambda: _audit(level=95), r"level"),
    ("fairness.audit", "too few draws", lambda: _audit(n_boot=10), r"n_boot"),
    ("fairness.audit", "not a number", lambda: _audit(widest="wide"), r"widest"),
    ("fairness.Audit.gap", "unknown how", lambda: _audit().gap("accuracy", "ration"),
     r"how.*ratio"),
    ("fairness.Audit.gap", "unknown metric", lambda: _audit().gap("acuracy"), r"did you mean"),
    ("fairness.Audit.gap", "unknown group", lambda: _audit().gap(
        "accuracy", groups=["a", "z"]), r"groups.*'z'"),
    ("fairness.Audit.gap", "one group", lambda: _audit().gap("accuracy", groups=["a"]),
     r"fewer than"),
    ("fairness.frontier", "margins", lambda: fairness.frontier(Y, [-1, 3] * 40, G), r"score"),
    ("fairness.frontier", "falling thresholds", lambda: fairness.frontier(
        Y, S, G, thresholds=[0.5, 0.2]), r"thresholds"),
    ("fairness.frontier", "negative price", lambda: fairness.frontier(
        Y, S, G, price_fp=-1), r"price_fp"),
    ("fairness.frontier", "no share", lambda: fairness.frontier(Y, S, G, ["f1"]), r"metrics"),
    ("fairness.frontier", "reserved group", lambda: fairness.frontier(
        Y, S, ["all", "b"] * 40), r"groups.*'all'"),
    ("fairness.mitigate", "unknown method", lambda: _fit(method="reweight"), r"did you mean"),
    ("fairness.mitigate", "unknown constraint", lambda: _fit(constraint="equal"), r"constraint"),
    ("fairness.mitigate", "class instead of estimator", lambda: _fit(estimator=dict), r"estimator"),
    ("fairness.mitigate", "no weights", _neighbours, r"estimator.*sample_weight"),
    ("fairness.mitigate", "one class", lambda: _fit(y=[1] * 80), r"y.*one class"),
    ("fairness.mitigate", "one class in a group", lambda: _fit(
        groups=["a", "b"] * 40, method="threshold"), r"y.*group 'a'"),
    ("fairness.mitigate", "other lengths", lambda: _fit(X=X[:10]), r"different lengths"),
    ("fairness.mitigate", "other index", lambda: _fit(
        X=pd.DataFrame(X, index=range(1, 81)), y=pd.Series(Y)), r"X and y.*index"),
    ("fairness.Mitigated.predict", "no groups", lambda: _fit(
        method="threshold").predict(X), r"groups: found None"),
    ("fairness.Mitigated.predict", "unknown group", lambda: _fit(
        method="threshold").predict(X, ["z"] * 80), r"groups.*'z'"),
    ("fairness.who_paid", "no audit", lambda: fairness.who_paid(H, _audit()), r"before"),
    ("fairness.who_paid", "other people", lambda: fairness.who_paid(
        _audit(), _audit(y=Y[::-1])), r"before and after"),
    ("fairness.who_paid", "other groups", lambda: fairness.who_paid(
        _audit(), _audit(groups=G[::-1])), r"before and after"),
    ("fairness.who_paid", "precision", lambda: fairness.who_paid(
        _audit(), _audit(), ["precision"]), r"precision.*same people"),
    ("fairness.who_paid", "no metric", lambda: fairness.who_paid(_audit(), _audit(), []),
     r"metrics"),
]  # fmt: skip
