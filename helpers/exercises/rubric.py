"""Decide and defend: how far does a written judgement cover what it must?

A rubric is a list of points. Each is looked for by words, which is all that a machine can honestly
do here, and the message says so: it names the point that was not found and sends the reader to
the model answer. Whether the argument is good is for the learner, a partner or a teacher to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from helpers.exercises import read


@dataclass(frozen=True)
class Point:
    """One point of a rubric: its name, words that show it (a regular expression), the question."""

    name: str
    words: str
    asks: str


def rubric(*points: Point, least: int = 15) -> Callable[[Any], str | None]:
    """A check for a written answer: the reason names the first point that was not found."""

    def reason(answer: Any) -> str | None:
        text = read.words(answer, least)
        found = [bool(re.search(p.words, text, re.IGNORECASE)) for p in points]
        if all(found):
            return None
        lacking = points[found.index(False)]
        return (f"{sum(found)} of {len(points)} points found (by their words: judge for yourself). "
                f"Not found: {lacking.name}. {lacking.asks}")  # fmt: skip

    return reason
