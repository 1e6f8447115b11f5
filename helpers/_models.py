"""One way to ask any model: which rows may it see, and which single number does it answer?

A scikit-learn estimator, a Pipeline, a torch network and a plain function all become the same
thing, a function from a table of rows to one number per row. scikit-learn and torch do the
predicting; this module checks that the columns are those of the fit, picks the class, and writes
tables as whole numbers and back, so that explainers can swap cells of any type.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from helpers import _check

OUTPUTS = ("auto", "probability", "margin", "value")


def rows(X: Any, name: str, model: Any = None) -> pd.DataFrame:
    """X as a frame, after checking its columns against those that the model was fitted on."""
    if hasattr(X, "detach"):
        X = X.detach().cpu().numpy()
    _check.matrix(X, name)
    framed = isinstance(X, pd.DataFrame)
    frame = X if framed else pd.DataFrame(np.asarray(X)).add_prefix("x")
    if frame.columns.has_duplicates:
        _check.refuse(name, "found two columns of one name", "give each column its own name")
    fitted = getattr(model, "feature_names_in_", None)
    if fitted is not None:
        if not framed:
            _check.refuse(name, "found an array, but the model was fitted on named columns, whose "
                          "order an array can't show", "pass a DataFrame")  # fmt: skip
        same_columns(frame, list(fitted), name)
    width = getattr(model, "n_features_in_", frame.shape[1])
    if width != frame.shape[1]:
        _check.refuse(name, f"found {frame.shape[1]} columns, but the model was fitted on {width}",
                      "pass the columns of the fit")  # fmt: skip
    return frame


def same_columns(frame: pd.DataFrame, wanted: list, name: str) -> None:
    """Refuse columns that are missing, extra or in another order than `wanted`."""
    have = list(frame.columns)
    if have == wanted:
        return
    _check.columns(frame, [c for c in wanted if c not in have], name)
    extra = [c for c in have if c not in wanted]
    if extra:
        _check.refuse(name, f"has the extra column {extra[0]!r}", "drop what was not there before")
    i = next(i for i, (a, b) in enumerate(zip(have, wanted, strict=True)) if a != b)
    _check.refuse(name, f"has its columns in another order (column {i} is {have[i]!r}, expected "
                  f"{wanted[i]!r})", "reorder them with X[list(names)]")  # fmt: skip


def numbers(answers: Any, n: int) -> np.ndarray:
    """What a model answered, as n finite numbers."""
    if hasattr(answers, "detach"):
        answers = answers.detach().cpu().numpy()
    array = np.asarray(answers)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape != (n,):
        _check.refuse("model", f"answered with shape {array.shape} for {n:,} rows",
                      "wrap it in a function that returns one number per row")  # fmt: skip
    return _check.finite(array, "model's answer")


def function(
    model: Any, framed: bool, output: str, target: Any, shape: tuple = ()
) -> tuple[Callable, str, int]:
    """The function from rows to one number each, what that number is, and the class's place.

    framed: whether the caller holds DataFrames; shape: of one row of a network's input. The
    place is 1 for a regressor, a function and a network with one output.
    """
    _check.choice(output, "output", OUTPUTS)
    if hasattr(model, "named_parameters") and hasattr(model, "eval"):
        return _network(model, output, target, shape)
    if not hasattr(model, "predict"):
        _check.function(model, "model")
        if output not in ("auto", "value") or target is not None:
            _check.refuse("output and target", "found a plain function as the model",
                          "leave them out and let the function return what you mean")  # fmt: skip
        return (lambda Z: model(_as(Z, framed))), "value", 1
    _fitted(model)
    # A model fitted on an array warns when it is shown names.
    named = framed and (hasattr(model, "feature_names_in_") or not hasattr(model, "n_features_in_"))
    if not hasattr(model, "classes_"):
        if output not in ("auto", "value") or target is not None:
            _check.refuse("output and target", f"found a regressor ({type(model).__name__})",
                          "leave them out: its output is the value")  # fmt: skip
        return (lambda Z: model.predict(_as(Z, named))), "value", 1
    return _classifier(model, named, output, target)


def _classifier(model: Any, named: bool, output: str, target: Any) -> tuple[Callable, str, int]:
    classes = np.asarray(model.classes_).tolist()
    if target is None and len(classes) != 2:
        _check.refuse("target", f"found none, and the model has {len(classes)} classes",
                      "name the class to explain")  # fmt: skip
    if target is not None and target not in classes:
        _check.refuse("target", f"found {target!r}, not among the classes {classes[:6]}",
                      "name one of model.classes_")  # fmt: skip
    place = 1 if target is None else classes.index(target)
    if output == "auto":
        output = "margin" if hasattr(model, "decision_function") else "probability"
    way = {"margin": "decision_function", "probability": "predict_proba"}.get(output)
    if way is None or not hasattr(model, way):
        _check.refuse("output", f"found {output!r}, which a {type(model).__name__} can't give",
                      "pass 'probability' or 'margin', whichever the model has")  # fmt: skip

    def f(Z: Any) -> np.ndarray:
        answers = getattr(model, way)(_as(Z, named))
        if answers.ndim == 2:
            return answers[:, place]
        return answers if place else -answers

    return f, output, place


def _network(module: Any, output: str, target: Any, shape: tuple) -> tuple[Callable, str, int]:
    import torch

    if output == "value":
        _check.refuse("output", "found 'value'", "a network gives its 'margin' or 'probability'")
    like = next(module.parameters(), torch.zeros(1))

    def f(Z: Any) -> np.ndarray:
        rows = torch.tensor(
            np.ascontiguousarray(_as(Z, False)), device=like.device, dtype=like.dtype
        )
        with at_rest(module), torch.no_grad():
            answers = module(rows.reshape(-1, *shape) if shape else rows)
            if output == "probability":
                single = answers.ndim == 1 or answers.shape[1] == 1
                answers = answers.sigmoid() if single else answers.softmax(dim=1)
            return one_output(answers, target).double().cpu().numpy()

    return f, "margin" if output == "auto" else output, 1


def one_output(answers: Any, target: int | None) -> Any:
    """One number per row of a network's output; the tensor keeps its graph."""
    if answers.ndim == 1:
        return answers
    wide = answers.shape[1]
    if answers.ndim != 2 or (wide > 1 and target is None):
        _check.refuse("target", f"found none for a network whose output has the shape "
                      f"{tuple(answers.shape)}", "pass the position of the class")  # fmt: skip
    place = 0 if target is None else target
    return answers[:, _check.number(place, "target", low=0, high=wide - 1, whole=True)]


@contextlib.contextmanager
def at_rest(module: Any) -> Iterator[None]:
    """Dropout and batch norm as in use, and every part's own mode put back afterwards."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """A library's warnings kept from the reader, and numpy's global generator put back."""
    state = np.random.get_state()  # noqa: NPY002
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)  # noqa: NPY002


def is_number(column: pd.Series) -> bool:
    """Whether a column holds numbers (booleans count)."""
    return pd.api.types.is_numeric_dtype(column)


def coded(X: pd.DataFrame, other: pd.DataFrame, framed: bool) -> tuple:
    """Both tables as whole numbers, and the function back: cells of any type can be swapped."""
    levels, codes = [], []
    for name in X:
        try:
            code, level = pd.factorize(pd.concat([X[name], other[name]]), use_na_sentinel=False)
        except TypeError:
            _check.refuse("X", f"column {name!r} holds lists", "pass one value per cell")
        codes.append(code)
        levels.append(level)
    table = np.column_stack(codes).astype(float)

    def back(Z: np.ndarray) -> Any:
        cells = [level.take(Z[:, j].astype(np.int64)) for j, level in enumerate(levels)]
        return pd.DataFrame(dict(zip(X, cells, strict=True))) if framed else np.column_stack(cells)

    return table[: len(X)], table[len(X):], back  # fmt: skip


def encoded(model: Any, X: pd.DataFrame, other: pd.DataFrame) -> tuple | None:
    """What a Pipeline's last step sees, and which column each encoded one comes from.

    Found by trying: each column is shifted by one row, and the encoded columns that move are its
    own. None if an encoded column draws on two columns (components, products).
    """
    steps, both = model[:-1], pd.concat([X, other], ignore_index=True)
    named = hasattr(model, "feature_names_in_")

    def run(frame: pd.DataFrame) -> np.ndarray:
        out = steps.transform(_as(frame, named))
        return np.asarray(out.toarray() if hasattr(out, "toarray") else out)

    plain = run(both)
    owner = np.full(plain.shape[1], -1)
    for j, name in enumerate(both):
        shifted = both[name].iloc[np.roll(np.arange(len(both)), 1)].array
        moved = run(both.assign(**{name: shifted}))
        mine = ~((moved == plain) | (pd.isna(moved) & pd.isna(plain))).all(axis=0)
        if (owner[mine] >= 0).any():
            return None
        owner[mine] = j
    return plain[: len(X)], plain[len(X):], owner  # fmt: skip


def _as(Z: Any, framed: bool) -> Any:
    return Z.to_numpy() if isinstance(Z, pd.DataFrame) and not framed else Z


def _fitted(model: Any) -> None:
    from sklearn.base import BaseEstimator
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    if isinstance(model, BaseEstimator):
        try:
            check_is_fitted(model)
        except NotFittedError:
            _check.refuse("model", f"found a {type(model).__name__} that is not fitted",
                          "call its fit first")  # fmt: skip
