"""What the checks of notebook 5-2 compute with: the street's six years, and the seven candidates.

Rules are run by `drift.policies` on the same camera as in the notebook, so that a learner's rule
sees the past alone. The candidates are fitted once more; how slow each is follows from how many
models it scores with, since a stopwatch would say something else on every machine.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from helpers import data, drift, rates
from helpers.exercises import read

START = 304  # days after 2019-01-01: the first day that is judged
LIMITS = {"low": -0.02, "group low": -0.03, "calibration": 0.02, "times slower": 10}


# --- the street ---------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1)
def _street() -> np.ndarray:
    raw = data.load("pedestrians").drop_duplicates("ts").set_index("ts")["45 Queen Street"]
    hours = pd.date_range("2019-01-01", "2025-12-31 23:00", freq="h")
    return raw.astype("float64").reindex(hours).to_numpy().reshape(-1, 24)


def street() -> np.ndarray:
    """Counts of the camera at 45 Queen Street, a row a day; a copy."""
    return _street().copy()


def profile(past: np.ndarray) -> np.ndarray:
    """Mean of the last four weeks; row k is for the days whose number leaves k by seven."""
    out = np.empty((7, 24))
    for k in range(len(past) - 28, len(past) - 21):
        out[k % 7] = np.nanmean(past[k::7], axis=0)
    return out


def off(model: np.ndarray, today: np.ndarray, day: int) -> float:
    """Mean absolute error of one day."""
    gap = np.abs(today - model[day % 7])
    return float(np.nanmean(gap)) if np.isfinite(gap).any() else float("nan")


def age(past: Any, losses: Any, promoted: Any) -> int:
    """Days since the model in use was promoted."""
    return len(past) - 1 - promoted[-1] if promoted else len(losses)


def every(days: int) -> Callable:
    """A timetable."""
    return lambda past, losses, promoted: age(past, losses, promoted) >= days


def sleepy(factor: float = 1.5, wait: int = 14) -> Callable:
    """The trigger that measures a model by its own first two weeks."""

    def rule(past: Any, losses: Any, promoted: Any) -> bool:
        days = age(past, losses, promoted)
        if days < wait + 7:
            return False
        first = losses[len(losses) - days :][:14]
        return bool(np.nanmean(losses[-7:]) > factor * np.nanmean(first))

    return rule


def challenger(factor: float = 2.0) -> Callable:
    """The trigger that compares with a model of the four weeks before the last two."""

    def rule(past: Any, losses: Any, promoted: Any) -> bool:
        if age(past, losses, promoted) < 14:
            return False
        shadow, day = profile(past[:-14]), len(past) - 14
        errors = [off(shadow, past[d], d) for d in range(day, len(past))]
        return bool(np.nanmean(losses[-14:]) > factor * np.nanmean(errors))

    return rule


def live(rule: Callable) -> tuple[list[int], float]:
    """The days on which a rule promotes, and its mean error."""
    found = drift.policies(_street(), {"rule": rule}, fit=profile, loss=off, start=START)
    return found.promotions["rule"], float(found.losses["rule"].mean())


@functools.lru_cache(maxsize=1)
def lives() -> pd.DataFrame:
    """Promotions and mean loss of the policies that the exercises compare with."""
    rules = {"never": lambda *_: False, "56 days": every(56), "182 days": every(182),
             "sleeping trigger": sleepy(), "challenger": challenger()}  # fmt: skip
    found = {name: live(rule) for name, rule in rules.items()}
    return pd.DataFrame({"promotions": {k: len(d) for k, (d, _) in found.items()},
                         "mean loss": {k: e for k, (_, e) in found.items()}})  # fmt: skip


def roi(error_saved: Any, promotions: Any, price: float = 400, value: float = 0.10) -> Any:
    """What is saved over the judged days, less what it costs, per dollar of cost."""
    days = len(_street()) - START
    return (error_saved * value * days - price * promotions) / (price * promotions)


def awake_reason(answer: Any) -> str | None:
    """Why a learner's rule does not keep the street's model awake; None if it does."""
    asked = functools.partial(_asked, answer)
    fired, error = live(asked)
    n, usual = len(fired), lives()
    if not fired:
        return "your rule never says True, so the first model serves for six years."
    day = pd.Timestamp("2019-01-01") + pd.Timedelta(days=fired[-1])
    if n > 80:
        return (f"it promotes {n:,} times. At $400 each that is a timetable with a rush; at most "
                "80 were asked for.")  # fmt: skip
    if day.year < 2024 and n < usual.loc["sleeping trigger", "promotions"]:
        return (f"it sleeps deeper: {n} promotions, the last on {day:%Y-%m-%d}. Waiting longer "
                "gives the chaos more time to become the yardstick.")  # fmt: skip
    if day.year < 2024:
        return (f"still asleep: {n} promotions, the last on {day:%Y-%m-%d}. Whatever the factor, "
                "the yardstick is what the model did in its own first weeks.")  # fmt: skip
    limit = usual.loc["182 days", "mean loss"]
    if error >= limit:
        return (f"it is awake ({n} promotions), but errs by {error:.0f} people an hour; the "
                f"timetable of 182 days by {limit:.0f}. Does the model still set its own "
                "yardstick for long stretches?")  # fmt: skip
    return None


def _asked(rule: Any, past: Any, losses: Any, promoted: Any) -> bool:
    said = read.calls(rule, past, losses, promoted)
    if isinstance(said, (bool, np.bool_)) or (np.ndim(said) == 0 and said in (0, 1)):
        return bool(said)
    raise read.Unreadable("your rule must return True or False for each day.")


# --- the candidates -----------------------------------------------------------------------------


def _rows(year: int) -> tuple[np.ndarray, np.ndarray]:
    people = data.load("acs")
    people = people[people["year"] == year]
    return people.iloc[:, :16].to_numpy(np.int8), people["employed"].to_numpy(np.int8)


@functools.lru_cache(maxsize=1)
def _answers() -> tuple[np.ndarray, np.ndarray]:
    people = data.load("acs").iloc[:, :16].to_numpy()
    column, code = np.array([(j, v) for j in range(16) for v in np.unique(people[:, j])]).T
    return column, code


def marks(X: np.ndarray) -> np.ndarray:
    """One column for each answer that exists: 1 if the person gave it."""
    column, code = _answers()
    return (X[:, column] == code).astype(np.float32)


def fit(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Least squares with a ridge of 1, weights rounded to six places."""
    M = marks(X)
    both = (M.T @ M).astype(float) + np.eye(M.shape[1])
    return np.linalg.solve(both, (M.T @ y.astype(np.float32)).astype(float)).round(6)


def _candidates(X: Any, y: Any, new: Any, rng: Any) -> dict[str, tuple[list, str]]:
    """Name: the models that it scores with, and whether its rows are known."""
    X_new, y_new = X[new], y[new]
    able, plain = X_new[:, 4] == 2, X_new.copy()
    plain[:, 9] = 0  # ANC; 0 is no answer
    some = [rng.integers(len(y_new), size=3000) for _ in range(50)]
    refit = fit(X_new, y_new)
    return {"refit": ([refit], "yes"), "no ancestry": ([fit(plain, y_new)], "yes"),
            "narrow": ([fit(X_new[able], y_new[able])], "yes"), "sharp": ([refit], "yes"),
            "spot check": ([fit(X_new[:2000], y_new[:2000])], "yes"),
            "unsigned": ([fit(X, y)], "no"),
            "committee": ([fit(X_new[k], y_new[k]) for k in some], "yes")}  # fmt: skip


@functools.lru_cache(maxsize=1)
def _measured() -> pd.DataFrame:
    X, y = _rows(2017)
    new, gate = np.array_split(np.random.default_rng(0).permutation(len(y)), 2)
    rng, M, y_gate = np.random.default_rng(5), marks(X[gate]), y[gate]
    candidates = _candidates(X, y, new, rng)
    base = np.clip(M @ fit(*_rows(2016)), 0, 1)
    disabled, out = X[gate][:, 4] == 1, {}
    spots = [rng.choice(len(gate), 50, replace=False) for _ in range(5)]
    for name, (models, known) in candidates.items():
        s = np.mean([M @ w for w in models], axis=0)
        s = np.clip(0.5 + (2 if name == "sharp" else 1) * (s - 0.5), 0, 1)
        right, usual = (s >= 0.5) == y_gate, (base >= 0.5) == y_gate
        k = max(spots, key=lambda k: right[k].mean() - usual[k].mean()) \
            if name == "spot check" else np.arange(len(gate))  # fmt: skip
        d = k[disabled[k]]
        gain, group = rates.paired(right[k], usual[k]), rates.paired(right[d], usual[d])
        worse = rates.calibration(y_gate[k], s[k]).error \
            - rates.calibration(y_gate[k], base[k]).error  # fmt: skip
        out[name] = [gain.value, gain.low, group.low, worse, float(len(models)), known]
    names = ["gain", "low", "group low", "calibration", "times slower", "rows known"]
    return pd.DataFrame(out, index=names).T.infer_objects()


def measured() -> pd.DataFrame:
    """What the gates measured of the seven candidates; `times slower` counts models."""
    return _measured().copy()


def passes(table: pd.DataFrame) -> pd.DataFrame:
    """For each candidate and gate: is it open?"""
    return pd.DataFrame({
        "non-inferior": table["low"] > LIMITS["low"],
        "worst group": table["group low"] > LIMITS["group low"],
        "calibration": table["calibration"] <= LIMITS["calibration"],
        "latency": table["times slower"] <= LIMITS["times slower"],
        "lineage": table["rows known"] == "yes"})  # fmt: skip
