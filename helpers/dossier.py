"""Would you sign for this system? One page: every quality, its interval, its limit, its owner.

A `Dossier` collects measured results; each is held against a `Need`, and the verdict uses the
interval: *pass* and *fail* only where all of it lies on one side of the limit, *not shown* where
it straddles the limit, *not measured* where there is no number. `assess` fills nine rows for any
fitted classifier with the course's own modules. `_page` makes the page and reads it back.
"""

from __future__ import annotations

import hashlib
import math
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from helpers import _check, _page, drift, fairness, interpret, rates, resources, show, timing
from helpers._page import Entry, Need

__all__ = ["AXES", "Dossier", "Entry", "Need", "assess", "fingerprint"]

AXES = ("accuracy", "calibration", "robustness", "fairness", "interpretability", "latency",
        "memory", "cost", "drift readiness")  # fmt: skip
SAMPLES = 130  # calls that bound a 95th percentile on both sides at 95 % confidence
# What `assess` measures, by the names of the rows.
ROWS = ("share right", "area under the ROC curve", "expected calibration error",
        "accuracy lost, 5 % of cells swapped", "gap in true positive rate",
        "decisions told by five columns", "95th percentile, one row",
        "peak while scoring all rows", "stored model", "dollars a decision",
        "largest PSI since training")  # fmt: skip


@dataclass
class Dossier:
    """The page: a title, rows, and what a reader needs to find the same numbers again.

    >>> page = Dossier("The desk's model")
    >>> page.add("accuracy", "right answers", rates.interval([1] * 95 + [0] * 5), Need(">=", .8))
    >>> page.add("fairness", "gap", show.NotMeasured("groups not recorded"), Need("<=", .05))
    >>> [e.verdict for e in page.entries]
    ['pass', 'not measured']
    """

    title: str
    data_hash: str = ""
    model_hash: str = ""
    seed: int = 0
    made: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not isinstance(self.title, str) or not self.title.strip():
            _check.refuse("title", f"found {self.title!r}", "name the system")

    def add(
        self, axis: str, name: str, result: Any, need: Need | None = None, *, unit: str = "",
        method: str = "", machine: bool = False,
    ) -> None:  # fmt: skip
        """Add a measured result; a bare number is refused, since nobody could check it.

        Parameters
        ----------
        axis : one of `AXES`;  name : what was measured, in words
        result : anything that carries its interval (value, low, high and n: `rates.Estimate`, a
            timing's quantile, a gap), or `show.NotMeasured(reason)`
        machine : the number depends on the machine
        """
        axis = _check.choice(axis, "axis", AXES)
        if need is not None and not isinstance(need, Need):
            _check.refuse("need", f"found a {type(need).__name__}", "pass dossier.Need('>=', .9)")
        if isinstance(result, show.NotMeasured):
            gone = [math.nan] * 3
            entry = Entry(axis, name, *gone, 0, unit, method, result.reason, machine, need)
        elif all(hasattr(result, a) for a in ("low", "high", "n")):
            value = getattr(result, "value", getattr(result, "estimate", math.nan))
            parts = [float(v) for v in (value, result.low, result.high)]
            entry = Entry(axis, name, *parts, int(result.n), unit or getattr(result, "unit", ""),
                          method or getattr(result, "method", ""), "", machine, need)  # fmt: skip
        else:
            _check.refuse("result", f"found a {type(result).__name__}, which carries no interval",
                          "pass a measured result, such as rates.interval(right)")  # fmt: skip
        self.entries.append(entry)

    def judge(self, needs: Mapping[str, Need]) -> Dossier:
        """A copy whose rows are held against other needs, by name of the row or of its axis."""
        for name in needs:
            _check.choice(name, "needs", [*AXES, *(e.name for e in self.entries)])
        rows = [replace(e, need=needs.get(e.name, needs.get(e.axis, e.need))) for e in self.entries]
        return replace(self, entries=rows)

    def open_points(self) -> list[str]:
        """A sentence for each row without a limit, and for each that nobody will close."""
        told = []
        for e in self.entries:
            if e.need is None:
                told.append(f"{e.axis}: {e.name} has no limit")
            elif e.verdict in ("not shown", "not measured") and not (e.need.owner and e.need.due):
                told.append(f"{e.axis}: {e.name} is {e.verdict}; it needs an owner and a date")
        missing = [axis for axis in AXES if all(e.axis != axis for e in self.entries)]
        return told + [f"{axis}: there is no row" for axis in missing]

    def to_frame(self) -> pd.DataFrame:
        """One row per entry: axis, name, value, low, high, n, unit, need, verdict, owner, due."""
        return pd.DataFrame([{
            "axis": e.axis, "name": e.name, "value": e.value, "low": e.low, "high": e.high,
            "n": e.n, "unit": e.unit, "need": "" if e.need is None else str(e.need),
            "verdict": e.verdict, "owner": getattr(e.need, "owner", ""),
            "due": getattr(e.need, "due", "")} for e in self.entries])  # fmt: skip

    def to_json(self) -> str:
        """Everything on the page as JSON; `from_json` gives an equal dossier."""
        return _page.to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Dossier:
        """The dossier that `to_json` wrote."""
        return _page.from_json(text, cls)

    def to_html(self) -> str:
        """One page, under 100 kB, that opens without a server and prints on one sheet."""
        return _page.to_html(self)

    def __repr__(self) -> str:
        shown = [(e.axis, e.name, _page.number(e), "" if e.need is None else str(e.need), e.verdict)
                 for e in self.entries]  # fmt: skip
        columns = ["axis", "name", "measured", "need", "verdict"]
        return f"{self.title}\n{pd.DataFrame(shown, columns=columns).to_string(index=False)}"


def fingerprint(*parts: Any) -> str:
    """A short hash of tables, arrays or text: the same content gives the same 12 characters.

    >>> fingerprint([1, 2]) == fingerprint(np.array([1, 2])), fingerprint([1]) == fingerprint([2])
    (True, False)
    """
    digest = hashlib.sha256()
    for part in parts:
        if part is None:
            _check.refuse("parts", "found None", "pass tables, arrays or text")
        if isinstance(part, str):
            digest.update(part.encode())
            continue
        frame = pd.DataFrame(part.detach().cpu().numpy() if hasattr(part, "detach") else part)
        digest.update("|".join(map(str, frame.columns)).encode())
        digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return digest.hexdigest()[:12]


def assess(
    model: Any, X: Any, y: Any, groups: Any = None, *, title: str = "A fitted classifier",
    needs: Mapping[str, Need] | None = None, threshold: float = 0.5, train: Any = None,
    prices: Mapping[str, float] | None = None, positive: Any = None, rows: int = 200,
    budget: float = 2.0, seed: int = 0,
) -> Dossier:  # fmt: skip
    """Measure nine qualities of a fitted yes/no classifier on rows it has not seen.

    What cannot be measured with what is passed says so on its row. Rows: accuracy (share right)
    and AUC; calibration (expected error, 10 bins); robustness (accuracy lost when 5 % of all
    cells are swapped with other rows'); fairness (largest gap in true positive rate);
    interpretability (share of decisions of which five columns carry 80 %); latency (95th
    percentile of one row); memory (peak of scoring all rows, and bytes of the model); cost
    (dollars a decision); drift readiness (largest PSI of a column since training).

    Parameters
    ----------
    model : with `predict_proba`, a torch module (one logit, or two), or a function of X that
        returns the probability of yes
    X, y : rows and labels, 0/1 or with `positive`;  groups : (n,) group of each row
    needs : a `Need` by axis, or by name of a row
    train : the rows of the fit, for drift
    prices : {"fp": 60, "fn": 20}, dollars for each wrong yes and wrong no
    rows : how many are explained;  budget : seconds for the latency
    """
    X = _check.matrix(X, "X")
    score = _scores(model, X)
    y, score, groups = _check.aligned(y=y, score=score, groups=groups)
    for name in needs or ():
        _check.choice(name, "needs", (*AXES, *ROWS))
    for name in ("fp", "fn") if prices is not None else ():
        if name not in prices:
            _check.refuse("prices", f"has no {name!r}", "pass {'fp': dollars, 'fn': dollars}")
        _check.number(prices[name], f"prices[{name!r}]")
    y = _check.binary(y, "y", positive, both=True)
    cut = _check.number(threshold, "threshold", low=0, high=1)
    page = Dossier(title, fingerprint(X, y), fingerprint(np.round(score, 6)), seed,
                   environment=_environment())  # fmt: skip
    rng, said = np.random.default_rng(seed), score >= cut
    table = rates.classification(y, score, cut, metrics=["accuracy"])
    page.add("accuracy", "share right", rates.interval(said == y))
    page.add("accuracy", "area under the ROC curve", _row(table, "roc_auc"))
    page.add("calibration", "expected calibration error", _calibration(y, score, rng))
    page.add("robustness", "accuracy lost, 5 % of cells swapped",
             _swapped(model, X, y, said, cut, rng))  # fmt: skip
    page.add("fairness", "gap in true positive rate", _gap(y, said, groups))
    page.add("interpretability", "decisions told by five columns", _short(model, X, rows, seed))
    _machine(page, model, X, budget)
    page.add("cost", "dollars a decision", _cost(y, said, prices), unit="$")
    page.add("drift readiness", "largest PSI since training", _shift(train, X))
    return page if needs is None else page.judge(needs)


def _environment() -> dict[str, str]:
    facts = resources.environment()
    return {"python": facts.python, "system": facts.system} | facts.packages


def _scores(model: Any, X: Any) -> np.ndarray:
    """The probability of yes for each row, from whatever the model is."""
    if hasattr(model, "predict_proba"):
        out = np.asarray(model.predict_proba(X))
        if out.ndim != 2 or out.shape[1] != 2:
            _check.refuse("model", f"gives {out.shape[-1]} probabilities a row",
                          "pass a classifier of two classes")  # fmt: skip
        return out[:, 1]
    if hasattr(model, "parameters") and hasattr(model, "eval"):
        return _torch_scores(model, X)
    return _check.scores(_check.function(model, "model")(X), "what model returns")


def _torch_scores(model: Any, X: Any) -> np.ndarray:
    import torch

    first = next(model.parameters(), torch.zeros(0))
    rows = torch.as_tensor(np.array(X), dtype=first.dtype, device=first.device)
    training = model.training
    try:
        with torch.no_grad():
            out = model.eval()(rows)
    finally:
        model.train(training)
    out = out.squeeze(-1) if out.ndim == 2 and out.shape[1] == 1 else out
    p = torch.sigmoid(out) if out.ndim == 1 else torch.softmax(out, 1)[:, 1]
    return p.double().cpu().numpy()


def _row(table: pd.DataFrame, name: str) -> rates.Estimate:
    e = table.loc[name]
    value, low, high = (float(e[k]) for k in ("estimate", "low", "high"))
    return rates.Estimate(value, low, high, int(e["n"]), 0.95, e["method"])


def _calibration(y: np.ndarray, score: np.ndarray, rng: np.random.Generator) -> rates.Estimate:
    """Basic bootstrap, so that the error which noise alone adds is taken off the bounds."""
    found = rates.calibration(y, score).error
    draws = []
    for _ in range(200):
        rows = rng.integers(len(y), size=len(y))
        draws.append(rates.calibration(y[rows], score[rows]).error)
    low, high = rates.percentile(draws)
    return rates.Estimate(found, max(0.0, 2 * found - high), max(found, 2 * found - low), len(y),
                          0.95, "basic bootstrap")  # fmt: skip


def _swapped(model: Any, X: Any, y: Any, said: Any, cut: float, rng: Any) -> rates.Estimate:
    """Each cell is replaced, with probability .05, by the same column's value of another row."""
    frame = pd.DataFrame(X).copy()
    for k in range(frame.shape[1]):
        hit = np.flatnonzero(rng.random(len(frame)) < 0.05)
        frame.iloc[hit, k] = frame.iloc[rng.integers(len(frame), size=len(hit)), k].to_numpy()
    worse = _scores(model, frame if isinstance(X, pd.DataFrame) else frame.to_numpy()) >= cut
    return rates.paired(said == y, worse == y)


def _gap(y: np.ndarray, said: np.ndarray, groups: Any) -> Any:
    if groups is None:
        return show.NotMeasured("no groups were passed")
    gap = fairness.audit(y, said, groups, ["true_positive_rate"]).gap("true_positive_rate")
    if math.isnan(gap.estimate):
        return show.NotMeasured(gap.note or "too few rows")
    return rates.Estimate(gap.estimate, gap.low, gap.high, gap.n, gap.level,
                          f"highest {gap.highest}, lowest {gap.lowest}")  # fmt: skip


def _short(model: Any, X: Any, rows: int, seed: int) -> Any:
    n, width = X.shape
    if width <= 5:
        return show.NotMeasured(f"there are only {width} columns")
    chosen = np.sort(np.random.default_rng(seed).permutation(n)[: max(2, rows)])
    some = X.iloc[chosen] if hasattr(X, "iloc") else X[chosen]
    try:
        found = interpret.explain(model, some, some.iloc[:50] if hasattr(X, "iloc") else some[:50])
    except ValueError as refusal:
        return show.NotMeasured(f"explain refused: {refusal}")
    size = np.sort(np.abs(found.values), axis=1)[:, ::-1]
    whole = size.sum(axis=1)
    return rates.interval((size[:, :5].sum(axis=1) >= 0.8 * whole)[whole > 0])


def _machine(page: Dossier, model: Any, X: Any, budget: float) -> None:
    """Latency and memory: what belongs to the machine it was measured on."""
    one = X.iloc[:1] if hasattr(X, "iloc") else X[:1]
    page.add("latency", "95th percentile, one row", _tail(model, one, budget), machine=True)
    peak = resources.peak_memory(lambda: _scores(model, X)).python
    page.add("memory", "peak while scoring all rows", _counted(peak / 1e6), unit="MB", machine=True)
    try:
        size = _counted(len(pickle.dumps(model)) / 1e6)
    except Exception as refusal:  # lambdas and open files cannot be stored
        size = show.NotMeasured(f"the model cannot be stored ({type(refusal).__name__})")
    page.add("memory", "stored model", size, unit="MB", machine=True)


def _tail(model: Any, one: Any, budget: float) -> Any:
    """The 95th percentile, unless the samples that it needs would take too long."""
    few = timing.measure(lambda: _scores(model, one), budget=budget / 4, min_samples=6, batch=1)
    if few.median * SAMPLES > 20 * budget:
        return show.NotMeasured(f"{SAMPLES} calls would take {few.median * SAMPLES:.0f} seconds")
    took = timing.measure(lambda: _scores(model, one), budget=budget, min_samples=SAMPLES, batch=1)
    return took.quantile(0.95)


def _counted(value: float) -> rates.Estimate:
    return rates.Estimate(value, value, value, 1, 1.0, "counted")


def _cost(y: np.ndarray, said: np.ndarray, prices: Any) -> Any:
    if prices is None:
        return show.NotMeasured("no prices were passed")
    wrong_yes, wrong_no = said & (y == 0), ~said & (y == 1)
    return rates.interval(prices["fp"] * wrong_yes + prices["fn"] * wrong_no)


def _shift(train: Any, X: Any) -> Any:
    """PSI give or take what chance alone would show."""
    if train is None:
        return show.NotMeasured("the rows of the fit were not passed")
    worst = drift.table(train, X).to_frame().sort_values("psi").iloc[-1]
    return rates.Estimate(worst["psi"], max(0.0, worst["psi"] - worst["floor"]),
                          worst["psi"] + worst["floor"], len(X), 0.95,
                          f"column {worst.name}, noise floor")  # fmt: skip
