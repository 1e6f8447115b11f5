"""The course's own voice: what a notebook says at its start, what it claims, what you predicted.

A `claim` is a sentence that is computed: it stops the notebook when it does not hold. A prediction
is yours: it is logged with how sure you are, settled by the data, and drawn at the end of each
chapter as your own reliability diagram. The log is a small JSON file beside the notebooks.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
from typing import Any

import numpy as np

from helpers import _check, show

__all__ = [
    "ClaimFailed", "calibration_of_predictions", "claim", "predict", "predictions", "settle",
    "start",
]  # fmt: skip

NOTEBOOK = re.compile(r"\d(-\d)?")
QUESTION = re.compile(r"\d(-\d)?\.\d+")
ENOUGH = 8  # predictions before a reliability diagram says anything at all


class ClaimFailed(AssertionError):
    """A sentence of the course that does not hold on this run's data."""

    def _render_traceback_(self) -> list[str]:
        """IPython shows this instead of a traceback: the sentence is the message."""
        return [f"ClaimFailed: {self}"]


def start(notebook: str) -> None:
    """Begin a notebook: seed every generator, set the figure style, print device and versions.

    Parameters
    ----------
    notebook : its number, such as "1-4" (chapter 1, notebook 4) or "0"
    """
    _notebook(notebook)
    # Idle threads that wait by spinning make small work many times slower on a busy machine. Those
    # that sleep at once make many small fits slower on a quiet one: notebooks that need these limit
    # them to one thread. Read when a library that computes in parallel is loaded, torch first.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import random

    import pandas as pd
    import torch

    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 (for libraries that use the global generator)
    torch.manual_seed(0)
    show.style()
    pd.set_option("display.width", 200, "display.max_columns", 40, "display.max_colwidth", None)
    from importlib.metadata import version

    names = ("numpy", "pandas", "scikit-learn", "torch")
    versions = ", ".join(f"{n} {version(n)}" for n in names)
    print(f"Rough Seas {notebook}, running on {show.machine(_device(torch))}")
    print(show.machine(versions))


def _device(torch: Any) -> str:
    accelerator = getattr(torch, "accelerator", None)  # new in torch 2.6
    if accelerator is not None and accelerator.is_available():
        return f"{accelerator.current_accelerator().type} and {os.cpu_count()} CPU cores"
    return f"CPU, {os.cpu_count()} cores"


def _notebook(notebook: Any) -> str:
    if not isinstance(notebook, str) or not NOTEBOOK.fullmatch(notebook):
        _check.refuse("notebook", f"found {notebook!r}", "pass its number, such as '1-4'")
    return notebook


def claim(
    text: str, holds: Any, value: Any, source: str | None = None, machine: bool = False,
    digits: int = 3,
) -> None:  # fmt: skip
    """State a result in a sentence that this run's data must bear out.

    Parameters
    ----------
    text : the sentence, without the measured number
    holds : the comparison, computed in the call (`gain > .15`)
    value : what was measured, shown behind the sentence; a tuple shows several
    source : where it was published, if it is a published result that is reproduced here
    machine : the value depends on the machine: it is shown in ⟨ ⟩, and a claim that does not
        hold is printed as such instead of stopping the notebook (the test suite still sees it)
    digits : how many significant digits of a value are shown

    Raises
    ------
    ClaimFailed : the sentence does not hold

    >>> claim("Two and two make less than five.", 2 + 2 < 5, 2 + 2)
    ✔ Two and two make less than five. (measured: 4)
    """
    if not isinstance(text, str) or len(text.split()) < 4:
        _check.refuse("text", f"found {text!r}", "state the result in a sentence")
    if not isinstance(holds, (bool, np.bool_)):
        _check.refuse("holds", f"found {holds!r} ({type(holds).__name__})",
                      "pass a comparison that is True or False, such as gain > .15")  # fmt: skip
    if value is None or value is holds:
        _check.refuse("value", f"found {value!r}", "pass what was measured")
    if source is not None and (not isinstance(source, str) or not source.strip()):
        _check.refuse("source", f"found {source!r}", "name the publication, or leave it out")
    values = value if isinstance(value, tuple) else (value,)
    shown = ", ".join(
        show.machine(v, digits=digits) if machine else show.value(v, digits) for v in values
    )
    tail = f"(published: {source}; here: {shown})" if source else f"(measured: {shown})"
    if not holds and not machine:
        raise ClaimFailed(f"this does not hold here: {text} {tail}")
    print(f"{'✔' if holds else '✘ NOT on this machine:'} {text} {tail}")


def _log_file() -> pathlib.Path:
    """The prediction log: named by ROUGH_SEAS_LOG, else beside the notebooks."""
    named = os.environ.get("ROUGH_SEAS_LOG")
    if named:
        return pathlib.Path(named)
    here = pathlib.Path.cwd()
    home = next((p for p in (here, *here.parents) if p.name == "notebooks"), here)
    return home / "my_predictions.json"


def _read_log() -> dict[str, dict]:
    file = _log_file()
    if not file.exists():
        return {}
    try:
        log = json.loads(file.read_text("utf-8"))
        assert all({"says", "sure", "truth"} <= set(entry) for entry in log.values())
    except (ValueError, AssertionError, AttributeError, TypeError):
        raise ValueError(
            f"Your prediction log {file.name} cannot be read; rename or delete it to begin anew."
        ) from None
    return log


def _write_log(log: dict[str, dict]) -> None:
    file = _log_file()
    part = file.with_suffix(".part")  # never half a log, should the computer stop here
    part.write_text(json.dumps(log, indent=1, ensure_ascii=False) + "\n", "utf-8")
    os.replace(part, file)


def _question(id: Any) -> str:
    if not isinstance(id, str) or not QUESTION.fullmatch(id):
        _check.refuse("id", f"found {id!r}", "pass notebook and question, such as '1-4.1'")
    return id


def predict(id: str, says: Any, sure: Any = ...) -> None:
    """Log what you expect before you look. Predicting again replaces the earlier answer.

    Parameters
    ----------
    id : notebook and number of the question, such as "1-4.1"
    says : your answer, one of those the question offers
    sure : how sure you are, from .5 (a coin) to 1 (certain); .7 means that 7 of 10 such
        predictions should come true
    """
    _question(id)
    if says is ... or sure is ...:
        print(f"▢ {id}: no prediction yet. Put your answer and how sure you are in place of the "
              "..., and run this cell again.")  # fmt: skip
        return
    if not isinstance(says, str) or not says.strip():
        _check.refuse("says", f"found {says!r}", "pass one of the answers as text")
    _sure(sure)
    log = _read_log()
    log[id] = {"says": says.strip(), "sure": float(sure), "truth": None}
    _write_log(log)
    print(f"✎ {id}: you say {says.strip()!r}, and you are {float(sure):.0%} sure.")


def _sure(sure: Any) -> None:
    number = _check.number(sure, "sure", low=0)
    if number > 1:
        _check.refuse("sure", f"found {sure:g}", f"pass a number between .5 and 1; {sure:g} % is "
                      f"{number / 100:g}" if number <= 100 else "between .5 and 1")  # fmt: skip
    if number < 0.5:
        _check.refuse("sure", f"found {sure:g}, so you believe the other answer",
                      f"choose that one with sure={1 - number:g}")  # fmt: skip


def settle(id: str, truth: str) -> None:
    """Say what came out, and whether the prediction with this id came true."""
    _question(id)
    if not isinstance(truth, str) or not truth.strip():
        _check.refuse("truth", f"found {truth!r}", "pass the right answer as text")
    log = _read_log()
    print(f"{id}: the answer is {truth!r}.")
    if id not in log:
        return
    log[id]["truth"] = truth
    _write_log(log)
    right = _same(log[id]["says"], truth)
    print(f"You said {log[id]['says']!r}: {'it came true' if right else 'not this time'}.")


def _same(says: str, truth: str) -> bool:
    return " ".join(says.lower().split()) == " ".join(truth.lower().split())


def predictions() -> Any:
    """Your log as a table: id, what you said, how sure, what came out, whether it came true."""
    import pandas as pd

    rows = [
        (id, e["says"], e["sure"], e["truth"] or "not settled yet",
         "-" if e["truth"] is None else "yes" if _same(e["says"], e["truth"]) else "no")
        for id, e in sorted(_read_log().items())
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["question", "you said", "sure", "answer", "came true"])


def calibration_of_predictions() -> Any:
    """Your reliability diagram and Brier score, from the settled predictions in the log.

    Returns a table (sure, n, came true) by degree of confidence, or says how many settled
    predictions are missing. Everything about you is shown in ⟨ ⟩. Brier score: mean of
    (sure - came true)^2, 0 is perfect, .25 is what "50 % sure" always earns.
    """
    settled = predictions()
    settled = settled[settled["came true"] != "-"]
    if len(settled) < ENOUGH:
        have, lack = show.machine(len(settled)), show.machine(ENOUGH - len(settled))
        print(f"You have {have} settled predictions; {lack} more and your curve can be drawn.")
        return None
    hit, sure = (settled["came true"] == "yes").astype(float), settled["sure"].astype(float)
    band = ((sure * 10).round() / 10).rename("about")
    by = hit.groupby(band).agg(["size", "sum"])
    print(f"Brier score of your predictions: {show.machine(float(((sure - hit) ** 2).mean()))}")
    _draw_calibration(by)
    by.columns = ["predictions", "came true"]
    return show.table(by.reset_index(), machine=("about", "predictions", "came true"))


def _draw_calibration(by: Any) -> None:
    import matplotlib.pyplot as plt

    from helpers import rates

    low, high = rates.wilson(by["sum"].to_numpy(), by["size"].to_numpy())
    fig, ax = plt.subplots()
    ax.plot([0.5, 1], [0.5, 1], color=show.PALETTE["grey"], linestyle="--")
    ax.annotate("as sure as right", (0.85, 0.87), color=show.PALETTE["grey"], ha="right")
    show.intervals(ax, by.index, by["sum"] / by["size"], low, high)
    ax.set(xlabel="how sure you were", ylabel="share that came true", ylim=(-0.02, 1.02))
    total, hits = int(by["size"].sum()), int(by["sum"].sum())
    show.figure(fig, alt="Your own reliability diagram with 95 % intervals: of "
                f"{show.machine(total)} settled predictions {show.machine(hits)} came true; dots "
                "below the dashed line mean more sure than right.")  # fmt: skip
