"""One place that says no: is this input what the function can work with?

Every public function of the package passes its arguments through here before it does any work.
A refusal is a `ValueError` of one sentence: which argument, what was found, what to do about it.
NumPy and pandas do the work; nothing is printed and nothing is repaired behind the caller's back.
"""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np


def refuse(name: str, found: str, do: str) -> None:
    """Raise the sentence: the argument, what was found in it, what to do."""
    raise ValueError(f"{name}: {found}; {do}.")


def missing(values: np.ndarray) -> np.ndarray:
    """Boolean mask of None, NaN, NaT and pandas' NA in an array of any dtype."""
    if values.dtype.kind in "biuSU":
        return np.zeros(values.shape, dtype=bool)
    if values.dtype.kind in "fcmM":
        return np.isnat(values) if values.dtype.kind in "mM" else np.isnan(values)
    import pandas as pd

    return np.asarray(pd.isna(values))


def vector(values: Any, name: str) -> np.ndarray:
    """A one-dimensional array that has rows and no gaps; lists, Series and tensors are welcome."""
    if values is None:
        refuse(name, "found None", "pass one value per row")
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        refuse(name, f"found a single {type(values).__name__}", "pass one value per row")
    if hasattr(values, "detach"):  # a torch tensor, perhaps on a GPU or in a graph
        values = values.detach().cpu().numpy()
    if isinstance(values, (set, frozenset, dict)):
        refuse(name, f"found a {type(values).__name__}, which has no order", "pass a list or array")
    if not hasattr(values, "__array__"):
        values = list(values)
    try:
        array = np.asarray(values)
    except ValueError:
        refuse(name, "found rows of different lengths", "pass one value per row")
    if array.ndim == 0:
        refuse(name, "found a single value", "pass one value per row")
    if array.ndim > 1:
        if array.ndim == 2 and array.shape[1] == 1:
            array = array[:, 0]
        else:
            refuse(name, f"found shape {array.shape}", "pass one column (one value per row)")
    if len(array) == 0:
        refuse(name, "is empty", "pass at least one row")
    gaps = int(missing(array).sum())
    if gaps:
        rows = f"{len(array):,} row" + ("s" if len(array) > 1 else "")
        refuse(name, f"found {gaps:,} missing values (NaN or None) in {rows}", "drop or fill them")
    return array


def aligned(**arrays: Any) -> tuple:
    """Check that named columns belong together, and return them as arrays in the order given.

    `None` passes through as `None`. Refused: empty, two-dimensional, missing values, different
    lengths, and pandas objects whose row labels differ (they would be matched by position, and
    silently wrong).

    >>> aligned(y=[1, 0], score=[.9, .2])
    (array([1, 0]), array([0.9, 0.2]))
    """
    given = {name: values for name, values in arrays.items() if values is not None}
    out = {name: vector(values, name) for name, values in given.items()}
    lengths = {name: len(values) for name, values in out.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} has {n:,}" for name, n in lengths.items())
        refuse(" and ".join(lengths), f"found different lengths ({found})", "pass the same rows")
    labelled = [(name, v.index) for name, v in given.items() if _labelled(v)]
    for name, index in labelled[1:]:
        first, reference = labelled[0]
        if not reference.equals(index):
            refuse(f"{first} and {name}", "found different row labels (pandas index)",
                   "align them, or pass .to_numpy() if the order is known to agree")  # fmt: skip
    return tuple(out.get(name) for name in arrays)


def _labelled(values: Any) -> bool:
    return type(values).__module__.startswith("pandas") and hasattr(values, "iloc")


def binary(y: Any, name: str = "y", positive: Any = None, both: bool = False) -> np.ndarray:
    """Labels or decisions as an int64 array of 0 and 1.

    0/1, booleans and pandas' nullable types are taken as they are. Any other pair of labels
    ({1, 2}, strings) needs `positive`, the label that counts as 1. Scores are refused, because
    rounding them here would hide the choice of a threshold. `both=True` refuses a single class.

    >>> binary(["no", "yes"], positive="yes")
    array([0, 1])
    """
    array = vector(y, name)
    kinds = list(dict.fromkeys(array.tolist()))
    if len(kinds) > 2 or (positive is None and not set(kinds) <= {0, 1}):
        _refuse_labels(array, kinds, name)
    if positive is not None:
        if positive not in kinds:
            refuse("positive", f"found {positive!r}, which is not among the labels of {name} "
                   f"({_some(kinds)})", "name the label that counts as 1")  # fmt: skip
        out = np.array([k == positive for k in array.tolist()], dtype=np.int64)
    else:
        out = array.astype(np.int64)
    if both and len(set(out.tolist())) == 1:
        refuse(name, f"found one class only ({_some(kinds)})", "pass rows of both classes")
    return out


def _refuse_labels(array: np.ndarray, kinds: list, name: str) -> None:
    if array.dtype.kind == "f" and len(kinds) > 2 and 0 <= array.min() and array.max() <= 1:
        refuse(name, "looks like scores between 0 and 1", "apply a threshold first (score >= t)")
    if len(kinds) > 2:
        refuse(name, f"found {len(kinds)} different labels ({_some(kinds)})", "pass two classes")
    if array.dtype.kind == "f" and all(0 <= k <= 1 for k in kinds):
        refuse(name, f"looks like scores ({_some(kinds)})", "apply a threshold first (score >= t)")
    refuse(name, f"found the labels {_some(kinds)}", "pass positive=, the label that counts as 1")


def _some(values: list, most: int = 4) -> str:
    shown = ", ".join(repr(v) for v in values[:most])
    return shown + (", ..." if len(values) > most else "")


def finite(x: Any, name: str = "x") -> np.ndarray:
    """A one-dimensional float64 array without NaN or infinite values."""
    array = vector(x, name)
    try:
        out = array.astype(np.float64)
    except (TypeError, ValueError):
        refuse(name, f"found values that are no numbers ({_some(array.tolist(), 2)})",
               "pass numbers")  # fmt: skip
    if not np.isfinite(out).all():
        refuse(name, "found infinite values", "pass finite numbers")
    return out


def scores(score: Any, name: str = "score") -> np.ndarray:
    """Scores as float64 in [0, 1]; margins and percentages are refused."""
    out = finite(score, name)
    if out.min() < 0 or out.max() > 1:
        refuse(name, f"found values from {out.min():.3g} to {out.max():.3g}",
               "pass probabilities between 0 and 1")  # fmt: skip
    return out


def groups(g: Any, name: str = "groups", most: int = 50) -> tuple[np.ndarray, list]:
    """Group membership as integer codes and the list of labels, in sorted order.

    >>> groups(["b", "a", "b"])
    (array([1, 0, 1]), ['a', 'b'])
    """
    array = vector(g, name)
    values = array.tolist()
    if array.dtype.kind == "f" and any(v != int(v) for v in values if math.isfinite(v)):
        refuse(name, "looks continuous (it has fractional numbers)", "cut it into bands first")
    labels = list(dict.fromkeys(values))
    if len(labels) > most:
        refuse(name, f"found {len(labels):,} different groups", f"pass at most {most}")
    try:
        labels = sorted(labels)
    except TypeError:
        labels = sorted(labels, key=lambda v: (type(v).__name__, str(v)))
    code = {label: i for i, label in enumerate(labels)}
    return np.array([code[v] for v in values], dtype=np.int64), labels


def matrix(X: Any, name: str = "X") -> Any:
    """A table with rows and columns (DataFrame, 2-D array or tensor), returned as it came."""
    shape = getattr(X, "shape", None)
    if shape is None or isinstance(X, (str, bytes)):
        refuse(name, f"found a {type(X).__name__}", "pass a DataFrame or a two-dimensional array")
    if len(shape) != 2:
        refuse(name, f"found shape {tuple(shape)}", "pass two dimensions (rows, columns)")
    if shape[0] == 0 or shape[1] == 0:
        refuse(name, f"is empty (shape {tuple(shape)})", "pass at least one row and one column")
    return X


def columns(frame: Any, names: Iterable[str], name: str = "frame") -> None:
    """Refuse a frame that lacks one of the columns named."""
    if not hasattr(frame, "columns"):
        refuse(name, f"found a {type(frame).__name__}", "pass a DataFrame")
    have = [str(c) for c in frame.columns]
    for wanted in names:
        if wanted not in have:
            refuse(name, f"has no column {wanted!r}{_near(wanted, have)}",
                   f"its columns are {_some(have, 6)}")  # fmt: skip


def _near(word: str, options: Iterable[str]) -> str:
    close = difflib.get_close_matches(str(word), [str(o) for o in options], n=1, cutoff=0.5)
    return f" (did you mean {close[0]!r}?)" if close else ""


def choice(x: Any, name: str, options: Iterable[str]) -> str:
    """One of the options, spelt exactly."""
    known = list(options)
    if isinstance(x, str) and x in known:
        return x
    refuse(name, f"found {x!r}{_near(x, known)}", f"pass one of {_some(known, 12)}")


def number(
    x: Any, name: str, low: float | None = None, high: float | None = None, whole: bool = False
) -> float | int:
    """A finite number between `low` and `high` (both included), as a Python float or int."""
    real = isinstance(x, numbers.Real) and not isinstance(x, (bool, np.bool_))
    try:
        usable = real and math.isfinite(x)
    except OverflowError:  # a whole number beyond every float
        usable = False
    if not usable:
        refuse(name, f"found {x!r:.40}", f"pass a {'whole' if whole else 'finite'} number")
    if whole and x != int(x):
        refuse(name, f"found {x!r}", "pass a whole number")
    if (low is not None and x < low) or (high is not None and x > high):
        edges = [f"at {word} {edge:g}" for word, edge in (("least", low), ("most", high))
                 if edge is not None]  # fmt: skip
        refuse(name, f"found {x!r}", f"pass a number of {' and '.join(edges)}")
    return int(x) if whole else float(x)


def function(f: Any, name: str) -> Callable:
    """Something that can be called; a common slip is to pass the result of the call."""
    if not callable(f):
        refuse(name, f"found a {type(f).__name__}, which cannot be called",
               "pass the function itself, without ()")  # fmt: skip
    return f


def seed(x: Any, name: str = "seed") -> np.random.Generator:
    """A generator of its own for a whole number; a Generator passes through."""
    if isinstance(x, np.random.Generator):
        return x
    return np.random.default_rng(number(x, name, low=0, whole=True))
