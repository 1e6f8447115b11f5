"""Judges two exercises of 2-4 on instances: a clue on sentences in folds, a runner on answers.

The sentences and their folds are those of the notebook, made once more; the answers in code are
made up for the checks, and none of them stands in the notebook.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from helpers import data
from helpers.exercises import read

FENCE = "`" * 3


@functools.cache
def sentences() -> tuple[pd.DataFrame, pd.Series]:
    """Sentences of the 35 intents that have 60 or more, and the fold of each by its template."""
    home = data.load("intents")
    home = home[home.groupby("intent")["text"].transform("size") >= 60].reset_index(drop=True)
    order = np.random.default_rng(0).permutation(home["template"].nunique())
    templates = home[["intent", "template"]].drop_duplicates().iloc[order]
    dealt = templates.groupby("intent").cumcount() % 5
    return home, home["template"].map(dict(zip(templates["template"], dealt, strict=True)))


def scored(clue: Callable[[str], Any], known_templates: bool = False) -> float:
    """Share of intents that a clue gives away, on unseen templates or, leaking, on known ones."""
    home, fold = sentences()
    if known_templates:
        fold = pd.Series(np.random.default_rng(1).permutation(len(home)) % 5)
    seen = home["text"].map(lambda text: str(clue(text)))
    guess = pd.Series(index=home.index, dtype=object)
    for k in range(5):
        counts = pd.crosstab(seen[fold != k], home["intent"][fold != k])
        guess[fold == k] = seen[fold == k].map(counts.idxmax(axis=1))
    return float((guess == home["intent"]).mean())


def chances() -> tuple[float, float]:
    """What guessing gives: the most frequent intent, and one of 35 at random."""
    home = sentences()[0]
    return float(home["intent"].value_counts(normalize=True).max()), 1 / home["intent"].nunique()


def hidden(text: str) -> str:
    """The sentence with every letter replaced by x: length and punctuation stay, words go."""
    return re.sub(r"[^\W\d_]", "x", text)


def log() -> list[tuple[str, str, bool, str]]:
    """Made-up answers: version, answer, whether its code compiles, what kind of case it is."""
    good = "def f(x):\n    if x:\n        return 1\n    return 0"
    other = "for k in range(3):\n    y = k\n    print(y)\nz = y"
    bad = "def g(:\n    pass"
    fenced = {name: f"{FENCE}{name}\n{{}}\n{FENCE}" for name in ("python", "", "py")}
    return [
        ("March", good, True, "plain"), ("June", other, True, "plain"),
        ("March", bad, False, "plain broken"), ("June", bad, False, "plain broken"),
        ("June", fenced["python"].format(good), True, "fenced"),
        ("June", fenced[""].format(other), True, "fenced"),
        ("June", "\n" + fenced["py"].format(good) + "\n\n", True, "fenced"),
        ("June", fenced["python"].format(bad), False, "fenced broken"),
        ("March", fenced["python"].format(other), True, "fenced in March"),
        ("March", fenced[""].format(bad), False, "fenced broken"),
    ]  # fmt: skip


SAID = {  # what to say to a runner that is wrong about such a case
    "plain": "an answer without a fence now fails: take off the fence only where there is one.",
    "plain broken": "your runner passes code that does not compile, fence or no fence.",
    "fenced broken": "your runner passes fenced code that does not compile: take the fence off, "
    "then compile what is left.",
    "fenced in March": "a fenced answer from March still fails. The same scorer for every version: "
    "more than half of GPT-3.5's March answers had fences too.",
}


def judge_runner(answer: Any) -> str | None:
    if not callable(answer):
        return _count(read.number(answer, "the number of answers"))
    passed = [(bool(read.calls(answer, text, version)), fits, kind)
              for version, text, fits, kind in log()]  # fmt: skip
    fenced = [told for told, _, kind in passed if kind == "fenced"]
    if not any(fenced):
        return ("June's fenced answers still fail. None ran out of time and none needs another "
                "try: look at the first line that the compiler is given.")  # fmt: skip
    if not all(fenced):
        return "some fences are still in the way: 'python' may follow the backticks, or nothing."
    for kind, reason in SAID.items():
        if any(told != fits for told, fits, case in passed if case == kind):
            return reason
    return None


def _count(x: float) -> str | None:
    slips = ((3, None), (0.75, None), (75, None),
             (4, "one of June's four is broken under its fence as well."),
             (0, "that is the report before the repair. Print the answer that the compiler gets."),
             (5, "that counts March's too; the question is about June's four."))  # fmt: skip
    for value, reason in slips:
        if abs(x - value) < 1e-9:
            return reason
    return "June has four answers in the log. Take their fences off and count what compiles."


def judge_report(answer: Any) -> str | None:
    if not isinstance(answer, Mapping):
        raise read.Unreadable("give a dict with the entries clue, score and chance.")
    found = read.numbers(answer, ("score", "chance"))
    if found["score"] > 1:  # both in per cent
        found = {name: value / 100 for name, value in found.items()}
    if "clue" not in answer:
        raise read.Unreadable("the report has no entry 'clue'; give the function itself.")
    clue = answer["clue"]
    for text in sentences()[0]["text"].iloc[::97]:
        if str(read.calls(clue, text)) != str(read.calls(clue, hidden(text))):
            return ("your clue reads words: it changes when every letter becomes an x. Use what "
                    "is left then: lengths, punctuation, digits.")  # fmt: skip
    score, leaky = scored(clue), scored(clue, known_templates=True)
    if abs(found["score"] - score) > 0.015:
        if abs(found["score"] - leaky) < 0.015 or found["score"] > score:
            return ("that score is too high for unseen templates: the clue has met each "
                    "sentence's twin. Use by_clue, which keeps templates apart.")  # fmt: skip
        return "by_clue gives another score for this clue; take the mean of what it returns."
    if any(abs(found["chance"] - c) < 0.0006 for c in chances()):
        return None
    if found["chance"] < 1e-6:
        return ("nobody scores 0 by guessing. Compare with somebody who always names the most "
                "frequent intent.")  # fmt: skip
    if abs(found["chance"] - 0.5) < 1e-6:
        return "one half is chance between two classes. How many intents are there here?"
    return "chance is the share of the most frequent intent, or one in as many as there are."
