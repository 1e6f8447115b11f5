"""Why did the model say that, and does the explanation add up?

`explain` shares one prediction out among the columns: Shapley values, compared with a background
of other rows. shap does the work (its tree, linear and permutation explainers); this module gives
every model one shape of answer, keeps text columns whole, checks the columns, uses the whole
background, and never hands back values that do not sum to the prediction. `shapley` is the same
idea by enumeration, short enough to read, and `integrated_gradients` the one for networks.
Whether an explanation is *faithful* is the question of `helpers.faithful`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from helpers import _check, _models, show
from helpers._explained import Explained

__all__ = ["Explained", "explain", "integrated_gradients", "shapley"]

METHODS = ("auto", "tree", "linear", "permutation", "exact", "path")
BLOCKS = 10  # the background is explained in this many parts; their spread gives `stderr`
DEFAULT_BACKGROUND = 100


def explain(
    model: Any, X: Any, background: Any = None, *, output: str = "auto", method: str = "auto",
    target: Any = None, seed: int = 0, permutations: int = 1, tolerance: float = 1e-4,
) -> Explained:  # fmt: skip
    """Share each prediction out among the columns (Shapley values; Lundberg & Lee, 2017).

    Parameters
    ----------
    model : fitted scikit-learn estimator or Pipeline, torch module, or function of rows -> (n,)
    X : the rows to explain, (n, f), DataFrame or array, with the columns of the fit in their order
    background : rows to compare with, (b, f); all are used. Left out: 100 rows of X drawn with
        `seed` (all, if there are fewer); the result says so. It is part of the question.
    output : "margin" (decision function, or a network's raw output), "probability", "value"
        (regressors, functions); "auto" takes the margin where a classifier has one.
    method : "tree" and "linear" (fast), "permutation" (any model), "exact" (at most 12 columns),
        "path" (trees, no background: the counts of the training rows in each leaf; follows the
        model's own data, not a comparison). "auto": tree, linear, exact up to 8 columns, else
        permutation; `.method` says which. With "tree" a log-odds model's "probability" is shap's
        rescaling of the margin's values for each background row, not its exact Shapley value.
    target : the class explained (a label; for a network the output's position). Two classes: the
        second of `classes_` if left out. More than two: needed.
    permutations : orders tried per part of the background (ten parts), each forth and back.
    tolerance : largest gap accepted, as a share of the largest |f(x)| or |base|.

    A Pipeline's text columns are encoded, explained and folded back (one-hot shares are summed;
    exact for linear models, for trees each code was a player of its own). Where an encoded column
    mixes several, "auto" takes the original columns whole, by permutation.

    Raises
    ------
    ValueError : columns, kinds or order that differ from the fit; more than two classes without
        a target; a method that cannot explain the model; values that do not add up. shap's
        interventional trees round thresholds to float32 (its issue 5116), so a
        HistGradientBoosting fitted on float64 measurements is usually refused.

    >>> from sklearn.linear_model import LinearRegression
    >>> X = np.array([[0., 1.], [1., 0.], [2., 2.]])
    >>> e = explain(LinearRegression().fit(X, [1., 2., 6.]), X[2:], X[:2])
    >>> e.method, e.values.shape, bool(np.isclose(e.base + e.values.sum(), 6))
    ('linear', (1, 2), True)
    """
    _check.choice(method, "method", METHODS)
    _check.number(tolerance, "tolerance", low=0)
    permutations = _check.number(permutations, "permutations", low=1, whole=True)
    rng = np.random.default_rng(_check.number(seed, "seed", low=0, whole=True))
    rows = _models.rows(X, "X", model)
    behind, note = _background(model, rows, X, background, method, rng)
    framed = isinstance(X, pd.DataFrame)
    f, output, place = _models.function(model, framed, output, target)
    predicted = _models.numbers(f(rows), len(rows))
    method, ask = _plan(model, f, rows, behind, method, output, place, framed, permutations)
    if behind is None:
        values, base = ask(None, 0)
        stderr = show.NotMeasured("the path method has no background to draw again")
    else:
        base = float(_models.numbers(f(behind), len(behind)).mean())
        values, stderr = _in_blocks(ask, len(behind), rng)
    gap = _gap(model, predicted, base, values, method, tolerance)
    return Explained(values, base, gap, method, output, stderr, tuple(map(str, rows.columns)),
                     predicted, rows, behind, note, f)  # fmt: skip


def shapley(f: Callable, X: Any, background: Any) -> np.ndarray:
    """Shapley values by enumeration of all coalitions: the oracle, for at most 12 columns.

    A coalition's worth is the mean of f when its columns come from the row and the others from
    each background row in turn; a column's share is its mean contribution over all orders of
    arrival (Shapley, 1953). f takes rows like X and returns (n,); cost 2**columns calls.
    Returns (n, columns); the base is `f(background).mean()`.

    >>> shapley(lambda X: X[:, 0] * X[:, 1], np.array([[2., 3.]]), np.zeros((1, 2)))
    array([[3., 3.]])
    """
    _check.function(f, "f")
    rows, behind = _models.rows(X, "X"), _models.rows(background, "background")
    _models.same_columns(behind, list(rows.columns), "background")
    _check.number(rows.shape[1], "X's number of columns", low=1, high=12, whole=True)
    codes, pool, back = _models.coded(rows, behind, isinstance(X, pd.DataFrame))
    return _enumerated(lambda Z: _models.numbers(f(back(Z)), len(Z)), codes, pool)


def _enumerated(g: Callable, codes: np.ndarray, pool: np.ndarray) -> np.ndarray:
    n, width = codes.shape
    worth = np.empty((2**width, n))
    for coalition in range(2**width):
        inside = np.array([coalition >> j & 1 for j in range(width)], dtype=bool)
        mixed = np.where(inside, codes[:, None, :], pool[None, :, :])
        worth[coalition] = g(mixed.reshape(-1, width)).reshape(n, -1).mean(axis=1)
    shares = np.zeros((n, width))
    for coalition in range(2**width):
        size = coalition.bit_count()
        for j in range(width):
            if not coalition >> j & 1:
                orders = math.factorial(size) * math.factorial(width - size - 1)
                weight = orders / math.factorial(width)
                shares[:, j] += weight * (worth[coalition | 1 << j] - worth[coalition])
    return shares


def integrated_gradients(
    module: Any, x: Any, baseline: Any = None, *, steps: int = 64, target: int | None = None,
    tolerance: float = 0.05,
) -> Explained:  # fmt: skip
    """Shares of the raw output along the straight way from a baseline (Sundararajan et al., 2017).

    x is (n, ...), a tensor or array; baseline one row of the same shape (zeros if left out: for
    an image a black one). The work is done where the module's weights are, in `steps` midpoints.
    Values come as (n, f), f the size of one row: reshape them to x's shape for a picture. Refused
    if the gap exceeds `tolerance` times the largest |f(x)| or |base|.

    >>> import torch
    >>> net = torch.nn.Linear(2, 1, bias=False)
    >>> e = integrated_gradients(net, torch.ones(3, 2), steps=2)
    >>> bool(np.allclose(e.values, net.weight.detach().numpy(), atol=1e-6))
    True
    """
    import torch

    if not isinstance(module, torch.nn.Module):
        _check.refuse("module", f"found a {type(module).__name__}", "pass a torch.nn.Module")
    _check.number(steps, "steps", low=1, whole=True)
    like = next(module.parameters(), torch.zeros(1))
    x = torch.as_tensor(x).detach().to(like.device, like.dtype)
    if x.ndim < 2 or 0 in x.shape:
        _check.refuse("x", f"found shape {tuple(x.shape)}", "pass rows first: (n, ...)")
    start = torch.zeros_like(x[0]) if baseline is None else torch.as_tensor(baseline).to(x)
    if start.numel() != x[0].numel():
        _check.refuse("baseline", f"found shape {tuple(start.shape)}", "pass one row of x's shape")
    start = start.reshape(x[0].shape)
    total = torch.zeros_like(x)
    with _models.at_rest(module):
        for step in range(steps):
            at = (start + (step + 0.5) / steps * (x - start)).requires_grad_()
            total += torch.autograd.grad(_models.one_output(module(at), target).sum(), at)[0]
    flat = lambda t: pd.DataFrame(t.cpu().numpy().reshape(len(t), -1)).add_prefix("x")  # noqa: E731
    values = flat((x - start) * total / steps).to_numpy(dtype=float)
    f, _, _ = _models.function(module, False, "margin", target, tuple(x.shape[1:]))
    rows, behind = flat(x), flat(start[None])
    predicted, base = f(rows), float(f(behind)[0])
    gap = _gap(module, predicted, base, values, f"{steps} steps", tolerance)
    return Explained(values, base, gap, "integrated gradients", "margin",
                     show.NotMeasured("gradients are not sampled"), tuple(rows.columns), predicted,
                     rows, behind, "one baseline", f)  # fmt: skip


def _background(
    model: Any, rows: pd.DataFrame, X: Any, given: Any, method: str, rng: np.random.Generator
) -> tuple[pd.DataFrame | None, str]:
    """The rows to compare with, and the words that say how many and whose choice they were."""
    if method == "path":
        if given is not None:
            _check.refuse("background", "found one with method='path', which has none",
                          "leave it out or pass method='tree'")  # fmt: skip
        return None, "the training rows, as counted in the trees"
    if given is None:
        if len(rows) < 2:
            _check.refuse("background", "found none, and X has one row", "pass other rows")
        n = min(DEFAULT_BACKGROUND, len(rows))
        pick = np.sort(rng.choice(len(rows), n, replace=False))
        part = f"{n:,} of the {len(rows):,} rows of X, drawn by seed"
        return rows.iloc[pick], f"all {n:,} rows of X" if n == len(rows) else part
    if isinstance(X, pd.DataFrame) != isinstance(given, pd.DataFrame):
        _check.refuse("background", f"found a {type(given).__name__} beside X, a "
                      f"{type(X).__name__}", "pass both of one kind")  # fmt: skip
    behind = _models.rows(given, "background", model)
    _models.same_columns(behind, list(rows.columns), "background")
    for name in rows:
        if _models.is_number(rows[name]) != _models.is_number(behind[name]):
            _check.refuse("background", f"column {name!r} is {behind[name].dtype}, in X it is "
                          f"{rows[name].dtype}", "make the types agree")  # fmt: skip
    return behind, f"{len(behind):,} row{'s' * (len(behind) > 1)} of the background given"


def _plan(
    model: Any, f: Callable, rows: pd.DataFrame, behind: pd.DataFrame | None, method: str,
    output: str, place: int, framed: bool, permutations: int,
) -> tuple[str, Callable]:  # fmt: skip
    """The method, and the function that explains all rows against some of the background."""
    last, others = model, rows if behind is None else behind
    steps = hasattr(model, "named_steps")
    if steps:
        last = model[-1]
    kind = _kind(last, output)
    wanted = {"auto": kind, "path": "tree"}.get(method, method)
    if wanted in ("tree", "linear"):
        if wanted != kind or (method == "path" and output == "probability"
                              and hasattr(last, "decision_function")):  # fmt: skip
            _check.refuse("method", f"found {method!r}, which can't explain the {output} of a "
                          f"{type(last).__name__}", "pass method='permutation'")  # fmt: skip
        seen = _models.encoded(model, rows, others) if steps else _plain(rows, others)
        if seen is not None:
            method = wanted if method == "auto" else method
            return method, _fast(method, last, rows.shape[1], seen, output, place)
        if method != "auto":
            _check.refuse("method", f"found {method!r} with columns that are text or mixed by the "
                          "pipeline", "pass method='permutation'")  # fmt: skip
    if method == "auto":
        method = "exact" if rows.shape[1] <= 8 else "permutation"
    return method, _slow(method, f, rows, others, framed, permutations)


def _kind(model: Any, output: str) -> str:
    """Whether shap knows a short cut for the model: "tree", "linear" or none."""
    if not hasattr(model, "predict"):
        return ""
    if hasattr(model, "coef_") and hasattr(model, "intercept_"):
        return "linear" if output != "probability" else ""
    with _models.quiet():
        from shap import TreeExplainer

        return "tree" if TreeExplainer.supports_model_with_masker(model, None) else ""


def _plain(rows: pd.DataFrame, others: pd.DataFrame) -> tuple | None:
    if not all(map(_models.is_number, (rows[c] for c in rows))):
        return None
    return rows.to_numpy(), others.to_numpy(), np.arange(rows.shape[1])


def _fast(
    method: str, model: Any, width: int, seen: tuple, output: str, place: int
) -> Callable:  # fmt: skip
    """shap's tree and linear explainers, folded back to the columns of the caller."""
    Z, others, owner = seen
    fold = np.arange(width) == owner[:, None]  # (encoded, columns): whose share is it?

    def ask(part: np.ndarray | None, seed: int) -> Any:
        tool, values = _shap(method, model, Z, None if part is None else others[part], output)
        sign = 1 if place else -1
        values = values[..., place] if values.ndim == 3 else sign * values
        if part is None:
            base = np.ravel(tool.expected_value)
            return values @ fold, float(base[place] if len(base) > 1 else sign * base[0])
        # What never differs from the background has no share, not even by rounding.
        values[(Z == others[:1]) & (others == others[:1]).all(axis=0)] = 0.0
        return values @ fold

    return ask


def _shap(method: str, model: Any, Z: np.ndarray, pool: np.ndarray | None, output: str) -> tuple:
    with _models.quiet():
        import shap

        try:
            # A masker of its own size, because shap cuts a plain array to 100 rows.
            masker = None if pool is None else shap.maskers.Independent(pool, max_samples=len(pool))
            if method == "linear":
                tool = shap.LinearExplainer(model, masker)
                return tool, np.array(tool.shap_values(Z), dtype=float)
            of = "probability" if pool is not None and output == "probability" else "raw"
            tool = shap.TreeExplainer(model, masker, model_output=of)
            # shap's own check looks at raw output alone; `_gap` looks at every output.
            return tool, np.array(tool.shap_values(Z, check_additivity=False), dtype=float)
        except Exception as error:
            why = str(error).split(". ")[0].rstrip(".")[:120]
            raise ValueError(f"method: shap's {method} explainer refused a {type(model).__name__} "
                             f"({why}); pass method='permutation'.") from error  # fmt: skip


def _slow(
    method: str, f: Callable, rows: pd.DataFrame, others: pd.DataFrame, framed: bool,
    permutations: int,
) -> Callable:  # fmt: skip
    """Any function: whole cells are swapped, coded as numbers so that text needs no encoding."""
    codes, pool, back = _models.coded(rows, others, framed)
    width = codes.shape[1]
    if method == "exact":
        _check.number(width, "X's number of columns", low=1, high=12, whole=True)

    def g(Z: np.ndarray) -> np.ndarray:
        return _models.numbers(f(back(Z)), len(Z))

    def ask(part: np.ndarray, seed: int) -> np.ndarray:
        if method == "exact":
            return _enumerated(g, codes, pool[part])
        with _models.quiet():
            import shap

            masker = shap.maskers.Independent(pool[part], max_samples=len(part))
            tool = shap.PermutationExplainer(g, masker, seed=seed)
            most = permutations * (2 * width + 1)
            # Row by row: from a call's second row on, shap 0.51 also works out main effects that
            # nobody asked for, which doubles the time.
            answers = [tool(codes[i : i + 1], max_evals=most, silent=True).values
                       for i in range(len(codes))]  # fmt: skip
        return np.concatenate(answers)

    return ask


def _in_blocks(ask: Callable, n: int, rng: np.random.Generator) -> tuple:
    """Mean over parts of the background, each with its own seed, and its standard error."""
    parts = np.array_split(rng.permutation(n), min(BLOCKS, n))
    answers = np.stack([ask(part, int(rng.integers(2**31))) for part in parts])
    values = np.average(answers, axis=0, weights=[len(part) for part in parts])
    if len(parts) == 1:
        return values, show.NotMeasured("a background of one row has no spread")
    return values, answers.std(axis=0, ddof=1) / math.sqrt(len(parts))


def _gap(
    model: Any, predicted: np.ndarray, base: float, values: np.ndarray, method: str, most: float
) -> float:  # fmt: skip
    """Completeness: how far base and shares are from the prediction; too far is refused."""
    gap = float(np.abs(predicted - base - values.sum(axis=1)).max())
    if gap > most * max(np.abs(predicted).max(), abs(base)):
        last = model[-1] if hasattr(model, "named_steps") else model
        do = "pass method='permutation'"
        if "HistGradientBoosting" in type(last).__name__:
            do = ("fit it on X.astype('float16').astype('float32') if three digits are enough, or "
                  "pass method='permutation'")  # fmt: skip
        elif method.endswith("steps"):
            do = "pass more steps"
        _check.refuse("method", f"with {method} the shares of a {type(last).__name__} miss the "
                      f"prediction by up to {gap:.2g}", do)  # fmt: skip
    return gap
