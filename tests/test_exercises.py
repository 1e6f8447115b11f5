"""Every exercise four ways: not attempted, solved, right in other ways, wrong in real ways.

And a fifth: garbage gets a sentence. Quizzes too: one right option, an answer to each wrong one.
"""

import functools
import importlib
import math
import re

import kernel
import numpy as np
import pandas as pd
import pytest

from helpers.exercises import engine, quiz

MODULES = {
    file.stem: importlib.import_module(f"helpers.exercises.{file.stem}")
    for file in sorted((kernel.ROOT / "helpers" / "exercises").glob("nb_*.py"))
}
EXERCISES = [e for m in MODULES.values() for e in m.EXERCISES]
QUIZZES = {name[3:].replace("_", "-"): m.QUIZ for name, m in MODULES.items()}
QUESTIONS = [(book, k, q) for book, quiz_ in QUIZZES.items() for k, q in enumerate(quiz_, 1)]

exercise = pytest.mark.parametrize("e", EXERCISES, ids=lambda e: e.id)


def _raises(*_args, **_kwargs):
    raise RuntimeError("a function that stops")


GARBAGE = {
    "None": None, "NaN": math.nan, "text": "text", "empty text": "", "bytes": b"x", "list": [],
    "dict": {}, "set": set(), "object": object(), "stops": _raises, "infinite": 1e400,
    "shape": np.zeros((2, 3, 4)), "names": ["a", None], "table": pd.DataFrame(),
    "gaps": pd.Series([None, math.nan]), "class": dict, "complex": 1j, "nested": [[[]]],
    "column": pd.DataFrame({"x": [math.nan]}), "returns nothing": lambda *a, **k: None,
}  # fmt: skip


@functools.cache
def _solved(id: str) -> dict:
    """The names after what the notebook gives and the solution, run on their own."""
    names: dict = {}
    e = engine.find(id)
    exec(e.given, names)
    exec(e.solution, names)
    return names


def value(e: engine.Exercise, source: str):
    """An answer from its source: an expression, or lines that define the exercise's name."""
    names = dict(_solved(e.id))
    try:
        return eval(source, names)
    except SyntaxError:
        exec(source, names)
        return names[e.name]


@exercise
def test_not_attempted(e):
    for untouched in (..., [..., 1], {"a": ...}, (1, ...)):
        verdict = engine.judge(e.id, untouched)
        assert verdict.state == "not attempted" and "..." in verdict.message


@exercise
def test_the_solution_is_accepted(e):
    verdict = engine.judge(e.id, _solved(e.id)[e.name])
    assert verdict.state == "right", verdict.message
    assert verdict.message == e.explains and len(e.explains.split()) >= 8


@exercise
def test_other_right_answers_are_accepted(e):
    assert e.right, "name at least one right answer that is different"
    for source in e.right:
        verdict = engine.judge(e.id, value(e, source))
        assert verdict.state == "right", f"{source}: {verdict.message}"


@exercise
def test_wrong_answers_get_the_message_for_their_belief(e):
    assert len(e.wrong) >= 2, "name at least two misconceptions"
    said = []
    for wrong in e.wrong:
        verdict = engine.judge(e.id, value(e, wrong.source))
        assert verdict.state == "wrong", f"accepted: {wrong.belief}"
        assert wrong.says and wrong.says in verdict.message, f"{wrong.belief}: {verdict.message}"
        assert len(wrong.says) >= 6 and len(wrong.belief) >= 5
        said.append(verdict.message)
    assert len(set(said)) > 1, "every misconception gets the same message"


@exercise
@pytest.mark.parametrize("what", GARBAGE)
def test_garbage_gets_a_sentence(e, what):
    verdict = engine.judge(e.id, GARBAGE[what])
    assert verdict.state == "wrong", f"accepted: {what}"
    assert 10 <= len(verdict.message) <= 300 and "\n" not in verdict.message
    assert "Traceback" not in verdict.message


@exercise
def test_judging_twice_gives_the_same(e):
    answer = _solved(e.id)[e.name]
    assert engine.judge(e.id, answer) == engine.judge(e.id, answer)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@exercise
def test_hints_help_and_do_not_give_it_away(e):
    assert 2 <= len(e.hints) <= 3 and len(set(e.hints)) == len(e.hints)
    lines = [x for x in e.solution.strip().splitlines() if x.strip()]
    last = lines[-1].partition("=")[2] or lines[-1]
    for hint in e.hints:
        assert len(hint.split()) >= 3
        assert _squeezed(e.solution) not in _squeezed(hint)
        assert len(_squeezed(last)) < 10 or _squeezed(last) not in _squeezed(hint), hint


@exercise
def test_an_exercise_is_filed_where_it_belongs(e):
    assert e.name.isidentifier() and e.name in _solved(e.id)
    assert engine.find(e.id) is e


def test_each_notebook_has_a_module_and_each_module_a_notebook():
    books = {kernel.id_of(p) for p in kernel.notebooks()}
    assert set(QUIZZES) == books
    for book, module in zip(QUIZZES, MODULES.values(), strict=True):
        assert [e.id for e in module.EXERCISES] == [
            f"{book}{x}" for x in "abcdefgh"[: len(module.EXERCISES)]]  # fmt: skip


@pytest.mark.parametrize(("book", "k", "q"), QUESTIONS, ids=[f"{b}: {k}" for b, k, _ in QUESTIONS])
def test_a_question_is_whole(book, k, q):
    assert len(q.wrong) >= 2 and len(set(q.options())) == len(q.wrong) + 1 <= 6
    assert q.right not in dict(q.wrong)
    said = [q.because, *(told for _, told in q.wrong)]
    assert all(len(s.split()) >= 4 for s in said) and len(set(said)) == len(said)
    assert len(q.asks.split()) >= 3


@pytest.mark.parametrize("book", QUIZZES)
def test_each_option_of_a_quiz_gets_its_own_answer(book, capsys):
    questions = QUIZZES[book]
    assert 3 <= len(questions) <= 5
    right = "".join("abcdef"[q.options().index(q.right)] for q in questions)
    assert len(set(right)) > 1, "the right letter is the same everywhere"
    quiz(book, right)
    said = capsys.readouterr().out
    assert said.count("✔") == len(questions) and "✘" not in said
    for k, q in enumerate(questions):
        for option, told in q.wrong:
            letters = list(right)
            letters[k] = "abcdef"[q.options().index(option)]
            quiz(book, letters)
            said = capsys.readouterr().out
            assert f"✘ {told}" in said and said.count("✔") == len(questions) - 1
