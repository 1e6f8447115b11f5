"""The exercise engine: judge an answer, open hints one by one, show a solution after a try.

An exercise is data: a check that returns the *reason* an answer is wrong (or None), hints, a
solution in source text, other right answers and named wrong ones. The test suite runs them all.
The engine knows three states: not attempted (a `...` is left), wrong, right.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from helpers import _check
from helpers.exercises.read import Unreadable

ID = re.compile(r"(\d(?:-\d)?)([a-z])")


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that people really give: its source, and words its message must contain."""

    belief: str
    source: str
    says: str


@dataclass(frozen=True)
class Exercise:
    """One exercise of a notebook.

    Attributes
    ----------
    id : notebook and letter, such as "1-4a"
    name : the name that the starter cell gives the answer
    reason : the check: takes the answer, returns None if it is right, else the reason it is not
    hints : from a nudge to almost the answer, two or three
    solution : source text that takes the place of the starter (the lines before `check`)
    explains : what to take away, shown with the solution and after a right answer
    right : other right answers, each an expression (it may use what the solution defined)
    wrong : at least two real misconceptions
    given : source that defines what the solution takes from the notebook, for the tests
    """

    id: str
    name: str
    reason: Callable[[Any], str | None]
    hints: tuple[str, ...]
    solution: str
    explains: str
    right: tuple[str, ...]
    wrong: tuple[Wrong, ...]
    given: str = ""


@dataclass(frozen=True)
class Question:
    """A quiz question: the right option, and each wrong option with its own answer."""

    asks: str
    right: str
    because: str
    wrong: tuple[tuple[str, str], ...]

    def options(self) -> list[str]:
        """All options in a fixed order that does not give the right one away."""
        return sorted([self.right, *(w for w, _ in self.wrong)], key=_shuffle)


@dataclass(frozen=True)
class Verdict:
    """What the engine thinks of an answer: `state` is 'not attempted', 'wrong' or 'right'."""

    state: str
    message: str


def _shuffle(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


_tries: dict[str, Verdict] = {}  # the last verdict of each exercise in this kernel
_opened: dict[str, int] = {}  # how many hints were opened


def module_of(notebook: str) -> Any:
    """The module with the exercises of a notebook, such as `nb_1_4` for "1-4"."""
    name = f"helpers.exercises.nb_{notebook.replace('-', '_')}"
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        _check.refuse("id", f"found {notebook!r}", "there are no exercises for such a notebook")


def find(id: Any) -> Exercise:
    """The exercise with this id, or one sentence that says which there are."""
    match = ID.fullmatch(id) if isinstance(id, str) else None
    if not match:
        _check.refuse("id", f"found {id!r}", "pass notebook and letter, such as '1-4a'")
    known = {e.id: e for e in module_of(match.group(1)).EXERCISES}
    return known[_check.choice(id, "id", known)]


def _untouched(answer: Any) -> bool:
    if answer is ...:
        return True
    if isinstance(answer, dict):
        return any(_untouched(v) for v in answer.values())
    return isinstance(answer, (list, tuple, set)) and any(_untouched(v) for v in answer)


def judge(id: str, answer: Any) -> Verdict:
    """The verdict on an answer; nothing is printed and no state is kept."""
    exercise = find(id)
    if _untouched(answer):
        return Verdict("not attempted", "put your answer in place of the ... and run it again.")
    try:
        reason = exercise.reason(answer)
    except Unreadable as error:
        reason = str(error)
    except Exception as error:  # an answer nobody thought of: a sentence, never a traceback
        kind = type(answer).__name__
        reason = f"this {kind} cannot be judged ({type(error).__name__}); see the exercise's text."
    if reason is None:
        return Verdict("right", exercise.explains)
    return Verdict("wrong", reason)


def check(id: str, answer: Any) -> None:
    """Check an answer: says that it is right, why it is wrong, or that it is still to be tried.

    Parameters
    ----------
    id : the exercise, such as "1-4a"
    answer : of whatever kind the exercise asks for; `...` means not attempted
    """
    verdict = judge(id, answer)
    if verdict.state == "not attempted":
        print(f"▢ {id}: not attempted yet; {verdict.message}")
        return
    _tries[id] = verdict
    print(f"{'✔' if verdict.state == 'right' else '✘'} {id}: {verdict.message}")


def hint(id: str) -> None:
    """The next hint, once you have tried; each call opens one more."""
    exercise = find(id)
    if id not in _tries:
        print(f"{id}: {len(exercise.hints)} hints wait here. Try first, then run this cell again.")
        return
    _opened[id] = min(_opened.get(id, 0) + 1, len(exercise.hints))
    for i in range(_opened[id]):
        print(f"Hint {i + 1} of {len(exercise.hints)}: {exercise.hints[i]}")


def solution(id: str, now: bool = False) -> None:
    """The solution, once you have tried (or at once with `now=True`)."""
    exercise = find(id)
    if id not in _tries and now is not True:
        print(f"{id}: the solution opens after your first try (or with now=True).")
        return
    print(f"# Solution of {id}\n{exercise.solution.strip()}\n\n{exercise.explains}")


def forget(id: str) -> None:
    """Put an exercise back to *not attempted*, with its hints closed."""
    find(id)
    _tries.pop(id, None)
    _opened.pop(id, None)


def quiz(notebook: str, answers: Any = ...) -> None:
    """Ask the questions of a notebook, or answer your answers.

    Parameters
    ----------
    notebook : its number, such as "1-4"
    answers : letters in order, such as "bacb"; `...` shows the questions
    """
    if not isinstance(notebook, str) or not re.fullmatch(r"\d(-\d)?", notebook):
        _check.refuse("notebook", f"found {notebook!r}", "pass its number, such as '1-4'")
    questions = module_of(notebook).QUIZ
    if _untouched(answers):
        for i, q in enumerate(questions, 1):
            options = "\n".join(f"   {'abcdef'[j]}) {o}" for j, o in enumerate(q.options()))
            print(f"{i}. {q.asks}\n{options}")
        print('Answer with letters in order, such as quiz("'
              f'{notebook}", "{"abcdef"[: len(questions)]}").')  # fmt: skip
        return
    for i, (q, letter) in enumerate(zip(questions, _letters(answers, questions), strict=True), 1):
        picked = q.options()["abcdef".index(letter)]
        told = dict(q.wrong).get(picked, q.because)
        print(f"{i}. {letter}) {picked}\n   {'✔' if picked == q.right else '✘'} {told}")


def _letters(answers: Any, questions: tuple[Question, ...]) -> list[str]:
    joined = "".join(map(str, answers)) if isinstance(answers, (list, tuple)) else answers
    if not isinstance(joined, str):
        _check.refuse("answers", f"found a {type(answers).__name__}", "pass letters such as 'bac'")
    letters = re.sub(r"[\s,.]+", "", joined).lower()
    if len(letters) != len(questions):
        _check.refuse("answers", f"found {len(letters)} letters",
                      f"pass one for each of the {len(questions)} questions")  # fmt: skip
    for i, (letter, q) in enumerate(zip(letters, questions, strict=True), 1):
        if letter not in "abcdef"[: len(q.options())]:
            _check.refuse("answers", f"found {letter!r} for question {i}",
                          f"it has the options a to {'abcdef'[len(q.options()) - 1]}")  # fmt: skip
    return list(letters)
