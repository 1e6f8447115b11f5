"""What did the learner mean? Answers come as floats, fractions, tensors, sets, tables, functions.

Each reader takes whatever arrives and returns plain Python, or raises `Unreadable` with one kind
sentence. Checks are written with these, so that no garbage ever becomes a traceback.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np


class Unreadable(ValueError):
    """The answer is not of a kind that can be judged; the message says what was expected."""


def number(answer: Any, what: str = "the answer") -> float:
    """Any numeric type as a float: int, float, Fraction, Decimal, NumPy scalar, 0-d tensor."""
    if answer is None:
        raise Unreadable(f"{what} is None; give a number.")
    if isinstance(answer, (bool, np.bool_)):
        raise Unreadable(f"{what} is {bool(answer)}; give a number.")
    if isinstance(answer, (str, bytes)):
        raise Unreadable(f"{what} is text; give a number, without quotes.")
    if hasattr(answer, "detach"):
        answer = answer.detach().cpu().numpy()
    if callable(answer):
        raise Unreadable(f"{what} is a function; call it and pass what it returns.")
    shape = getattr(answer, "shape", ())
    if shape and int(np.prod(shape)) != 1 or isinstance(answer, (list, tuple, set, dict)):
        raise Unreadable(f"{what} is a {type(answer).__name__} of several values; give one number.")
    try:
        out = float(np.asarray(answer).reshape(-1)[0]) if shape else float(answer)
    except (TypeError, ValueError):
        raise Unreadable(f"{what} is a {type(answer).__name__}; give a number.") from None
    except OverflowError:
        raise Unreadable(f"{what} is too large; give a number that a float can hold.") from None
    if not math.isfinite(out):
        raise Unreadable(f"{what} is {out}; give a finite number.")
    return out


def near(answer: float, truth: float, digits: int = 3) -> bool:
    """Equal in that many digits, rounded or cut off: `near(.571, .5714)`, but not `.57`."""
    unit = 10.0 ** (math.floor(math.log10(abs(truth))) + 1 - digits) if truth else 1e-12
    return abs(answer - truth) < unit * (1 + 1e-9)


def numbers(answer: Any, names: Iterable[str]) -> dict[str, float]:
    """Several named numbers: a dict, a Series, a one-row table, or a sequence in that order."""
    wanted = list(names)
    if hasattr(answer, "columns") and len(answer) == 1:
        answer = answer.iloc[0]
    if hasattr(answer, "to_dict"):
        answer = answer.to_dict()
    if isinstance(answer, Mapping):
        found = {str(k): v for k, v in answer.items()}
        lacking = [n for n in wanted if n not in found]
        if lacking:
            raise Unreadable(f"the answer has no entry {lacking[0]!r}; it needs {wanted}.")
        return {n: number(found[n], n) for n in wanted}
    values = sequence(answer, len(wanted))
    return {n: number(v, n) for n, v in zip(wanted, values, strict=True)}


def sequence(answer: Any, length: int | None = None) -> list:
    """A list, tuple, array, tensor or Series as a list."""
    if hasattr(answer, "detach"):
        answer = answer.detach().cpu().numpy()
    if answer is None or isinstance(answer, (str, bytes, Mapping)) or callable(answer):
        raise Unreadable(f"the answer is {_kind(answer)}; give a list.")
    try:
        values = list(answer)
    except TypeError:
        raise Unreadable(f"the answer is {_kind(answer)}; give a list.") from None
    if length is not None and len(values) != length:
        raise Unreadable(f"the answer has {len(values)} values; {length} are needed.")
    return values


def names(answer: Any) -> set[str]:
    """A set of names in any container; a single name counts as a set of one."""
    if isinstance(answer, str):
        answer = [a for a in re.split(r"[,;\s]+", answer) if a]
    return {str(v).strip() for v in sequence(answer)}


def words(answer: Any, least: int = 15) -> str:
    """A written answer: text of some length."""
    if not isinstance(answer, str):
        raise Unreadable(f"the answer is {_kind(answer)}; write it as text in quotes.")
    text = " ".join(answer.split())
    if len(text.split()) < least:
        raise Unreadable(f"that is {len(text.split())} words; take at least {least} to defend it.")
    return text


def option(answer: Any, options: Iterable[str]) -> str:
    """One of the words offered, whatever its case."""
    known = list(options)
    if isinstance(answer, str):
        for o in known:
            if answer.strip().lower() == o.lower():
                return o
    raise Unreadable(f"the answer is {_kind(answer)}; choose one of {', '.join(map(repr, known))}.")


def calls(function: Any, *args: Any) -> Any:
    """Call the learner's function on a copy of fresh input; its errors become a sentence."""
    if not isinstance(function, Callable):
        raise Unreadable(f"the answer is {_kind(function)}; pass the function itself, without ().")
    try:
        return function(*args)
    except Exception as error:  # whatever a learner's function may raise
        told = f"{type(error).__name__}: {str(error)[:120]}"
        raise Unreadable(f"your function stopped with {told}") from None


def _kind(answer: Any) -> str:
    if answer is None:
        return "None"
    if isinstance(answer, (str, int, float, Fraction)) and len(str(answer)) < 30:
        return repr(answer)
    return f"a {type(answer).__name__}"
