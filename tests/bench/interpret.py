"""Measured side by side: shap called directly, and `interpret.explain`, where shap is wrong.

Run by hand: python tests/bench/interpret.py. Gap: largest |f(x) - base - sum of values|. The
first three tables are deterministic; times are those of the machine named at the top.
"""

from __future__ import annotations

import platform
import sys
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import pandas as pd
import shap
import sklearn
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier

from helpers import data
from helpers.interpret import explain

ROWS, BEHIND = slice(0, 200), slice(200, 300)


def tables():
    """Real columns: acs (whole numbers), acs with float64 log-odds, breast cancer."""
    acs = data.load("acs").query("year == 2015").sample(15_000, random_state=0)
    X, y = acs[list(acs.columns[:16])], acs.employed
    p = acs.vendor_score.astype(float).clip(1e-4, 1 - 1e-4)
    cancer, z = load_breast_cancer(return_X_y=True, as_frame=True)
    yield "acs, 16 whole-number columns", X, y
    yield "acs and log-odds, float64", X.assign(odds=np.log(p / (1 - p))).astype(float), y
    yield "breast cancer, float64", cancer, z
    yield "breast cancer, float32", cancer.astype("float32"), z


def peer(model, rows, behind, output):
    """shap's gap, and what its own check said."""
    f = model.decision_function if output == "margin" else lambda Z: model.predict_proba(Z)[:, 1]
    tool = shap.TreeExplainer(model, behind.to_numpy(),
                              model_output="raw" if output == "margin" else output)  # fmt: skip
    said = "silent"
    try:
        values = tool.shap_values(rows.to_numpy())
    except Exception:
        said, values = "raises", tool.shap_values(rows.to_numpy(), check_additivity=False)
    return np.abs(f(rows) - tool.expected_value - values.sum(axis=1)).max(), said


def ours(*args, **options):
    """Our gap, or the refusal."""
    try:
        return f"gap {explain(*args, **options).gap:.1e}"
    except ValueError as no:
        return f"refuses ({str(no).split(':')[0]})"


def gaps():
    out = []
    for name, X, y in tables():
        model = HistGradientBoostingClassifier(max_iter=60, random_state=0).fit(X, y)
        for output in ("margin", "probability"):
            gap, said = peer(model, X[ROWS], X[BEHIND], output)
            mine = ours(model, X[ROWS], X[BEHIND], output=output)
            out.append([name, output, f"{gap:.1e}", said, mine])
    return pd.DataFrame(out, columns=["data", "output", "shap gap", "shap's check", "ours"])


def columns_and_background():
    _, X, y = next(tables())
    model = HistGradientBoostingClassifier(max_iter=60, random_state=0).fit(X, y)
    wrong = X[X.columns[::-1]]
    tool = shap.TreeExplainer(model, X[BEHIND].to_numpy())
    right = tool.shap_values(X[ROWS].to_numpy())
    off = np.abs(tool.shap_values(wrong[ROWS])[:, ::-1] - right).max()
    behind = X[200:1200]
    tool = shap.TreeExplainer(model, behind.to_numpy())
    used = len(tool.data)
    e = explain(model, X[ROWS], behind)
    off_cut = np.abs(tool.shap_values(X[ROWS].to_numpy()) - e.values).max()
    return pd.DataFrame([
        ["columns in reverse order", f"no word, values off by up to {off:.1f}",
         ours(model, wrong[ROWS], X[BEHIND])],
        ["background of 1,000 rows", f"uses {used} without a word, values off by up to "
         f"{off_cut:.2f}", f"uses {len(e.background):,}, says '{e.note}'"],
    ], columns=["fault", "shap", "ours"])  # fmt: skip


def seconds(call, repeats=5):
    out = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        out.append(time.perf_counter() - start)
    return f"{np.median(out):.2f} s"


def times():
    _, X, y = next(tables())
    model = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=15, random_state=0).fit(X, y)
    rows, behind, few = X[ROWS], X[BEHIND], X[:10]
    explain(model, few[:1], behind, method="permutation")  # numba compiles here

    def slow():
        tool = shap.PermutationExplainer(lambda Z: model.decision_function(pd.DataFrame(
            Z, columns=X.columns)), behind.to_numpy(), seed=0)  # fmt: skip
        tool(few.to_numpy(), max_evals=10 * 33, silent=True)

    table = [
        ["tree, 200 rows, 100 background", lambda: shap.TreeExplainer(
            model, behind.to_numpy()).shap_values(rows.to_numpy()),
         lambda: explain(model, rows, behind)],
        ["permutation, 10 rows, 10 orders", slow,
         lambda: explain(model, few, behind, method="permutation")],
    ]  # fmt: skip
    return pd.DataFrame([[name, seconds(a, 3), seconds(b, 3)] for name, a, b in table],
                        columns=["median of 3", "shap", "ours (with stderr)"])  # fmt: skip


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(f"Python {platform.python_version()}, shap {shap.__version__}, numpy {np.__version__}, "
          f"scikit-learn {sklearn.__version__}, {platform.machine()}")  # fmt: skip
    for table in (gaps(), columns_and_background(), times()):
        print(table.to_string(index=False), end="\n\n")
