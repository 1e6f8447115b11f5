"""Bad calls of `helpers.faithful`, each with the sentence it must meet."""

import numpy as np

from helpers import faithful
from helpers.interpret import explain

X = np.random.default_rng(0).normal(size=(6, 3))
Y = X[:, 0]


def f(Z):
    return np.asarray(Z)[:, 0]


def tool(X, background, seed):
    return np.asarray(X)


def _curve(make, background=None, **options):
    return make(explain(f, X), background, **options)


CASES = [
    ("faithful.deletion", "an array", lambda: faithful.deletion(X), r"explained.*ndarray"),
    ("faithful.deletion", "no draws", lambda: _curve(faithful.deletion, draws=0), r"draws"),
    ("faithful.deletion", "half a step", lambda: _curve(faithful.deletion, steps=1.5), r"steps"),
    ("faithful.deletion", "background too narrow",
     lambda: _curve(faithful.deletion, X[:, :2]), r"background.*no column"),
    ("faithful.insertion", "None", lambda: faithful.insertion(None), r"explained.*NoneType"),
    ("faithful.insertion", "no orders", lambda: _curve(faithful.insertion, orders=0), r"orders"),
    ("faithful.insertion", "bad seed", lambda: _curve(faithful.insertion, seed="a"), r"seed"),
    ("faithful.agreement", "other rows", lambda: faithful.agreement(X, X[:3]), r"a and b.*shapes"),
    ("faithful.agreement", "NaN", lambda: faithful.agreement(X * np.nan, X), r"a.*NaN"),
    ("faithful.agreement", "one row", lambda: faithful.agreement(X[:1], X[:1]), r"at least 2"),
    ("faithful.agreement", "flat", lambda: faithful.agreement(X * 0, X), r"at least 2"),
    ("faithful.stability", "no function", lambda: faithful.stability(X, X, X), r"explain.*called"),
    ("faithful.stability", "over what", lambda: faithful.stability(tool, X, X, over="seeds"),
     r"over.*did you mean 'seed'"),
    ("faithful.stability", "one repeat", lambda: faithful.stability(tool, X, X, repeats=1),
     r"repeats"),
    ("faithful.stability", "negative noise",
     lambda: faithful.stability(tool, X, X, over="noise", noise=-1), r"noise"),
    ("faithful.sanity", "no fit", lambda: faithful.sanity(3, X, Y, explain), r"fit.*called"),
    ("faithful.sanity", "lengths", lambda: faithful.sanity(f, X, Y[:3], explain), r"X and y.*rows"),
    ("faithful.sanity", "one label", lambda: faithful.sanity(f, X, Y * 0, explain),
     r"y.*one value"),
    ("faithful.sanity", "one repeat", lambda: faithful.sanity(f, X, Y, explain, repeats=1),
     r"repeats"),
]  # fmt: skip
