"""The exercise engine, its readers and the rubric, on an exercise made up for the purpose."""

import types
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch

from helpers.exercises import check, engine, forget, hint, quiz, read, solution
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric


def _reason(answer):
    value = read.number(answer)
    if value == 13:
        raise KeyError("a check that nobody tried with 13")
    return None if value == 4 else "two and two make another number"


FAKE = types.SimpleNamespace(
    EXERCISES=(Exercise(
        id="9-9a", name="total", reason=_reason, hints=("Count.", "Count on.", "It is even."),
        solution="total = 2 + 2\n", explains="Two and two make four.", right=("4.0",),
        wrong=(Wrong("five", "5", "another"), Wrong("twenty-two", "22", "another")),
    ),),
    QUIZ=(
        Question("Two and two?", "four", "That is what four means.",
                 (("five", "That is one more."), ("22", "That is text."))),
        Question("Three and three?", "six", "That is what six means.",
                 (("33", "Text again."), ("nine", "That is the product."))),
    ),
)  # fmt: skip


@pytest.fixture(autouse=True)
def fake(monkeypatch):
    real = engine.module_of
    monkeypatch.setattr(engine, "module_of", lambda nb: FAKE if nb == "9-9" else real(nb))
    forget("9-9a")


def said(capsys, call, *args, **kwargs):
    call(*args, **kwargs)
    return capsys.readouterr().out


def test_nothing_opens_before_a_try(capsys):
    assert "3 hints wait here" in said(capsys, hint, "9-9a")
    assert "opens after your first try" in said(capsys, solution, "9-9a")
    assert said(capsys, check, "9-9a", ...).startswith("▢ 9-9a: not attempted yet")
    assert "3 hints wait here" in said(capsys, hint, "9-9a")
    assert "total = 2 + 2" in said(capsys, solution, "9-9a", now=True)


def test_a_try_opens_hints_one_by_one_and_the_solution(capsys):
    assert said(capsys, check, "9-9a", 5) == "✘ 9-9a: two and two make another number\n"
    assert said(capsys, hint, "9-9a") == "Hint 1 of 3: Count.\n"
    assert said(capsys, hint, "9-9a").splitlines()[-1] == "Hint 2 of 3: Count on."
    said(capsys, hint, "9-9a")
    assert len(said(capsys, hint, "9-9a").splitlines()) == 3
    shown = said(capsys, solution, "9-9a")
    assert "total = 2 + 2" in shown and "Two and two make four." in shown
    forget("9-9a")
    assert "3 hints wait here" in said(capsys, hint, "9-9a")


@pytest.mark.parametrize(
    "answer",
    [4, 4.0, Fraction(4), Decimal(4), np.int64(4), np.array([4.0]), torch.tensor(4),
     pd.Series([4]), torch.tensor([4.0], requires_grad=True)],
)  # fmt: skip
def test_a_right_answer_of_any_type(capsys, answer):
    assert said(capsys, check, "9-9a", answer) == "✔ 9-9a: Two and two make four.\n"


def test_a_check_that_fails_itself_says_so_and_accepts_nothing():
    verdict = engine.judge("9-9a", 13)
    assert verdict.state == "wrong" and "cannot be judged (KeyError)" in verdict.message


def test_judging_prints_nothing_and_keeps_nothing(capsys):
    engine.judge("9-9a", 5)
    assert capsys.readouterr().out == ""
    assert "hints wait" in said(capsys, hint, "9-9a")


def test_the_quiz_asks_and_answers(capsys):
    asked = said(capsys, quiz, "9-9")
    assert asked == said(capsys, quiz, "9-9", ...)
    assert "1. Two and two?" in asked and 'quiz("9-9", "ab")' in asked and "✔" not in asked
    picked = zip(FAKE.QUIZ, ("four", "nine"), strict=True)
    letters = ["abc"[q.options().index(option)] for q, option in picked]
    for answers in ("".join(letters), letters, tuple(letters), ", ".join(letters).upper()):
        told = said(capsys, quiz, "9-9", answers)
        assert "four\n   ✔ That is what four means." in told
        assert "nine\n   ✘ That is the product." in told


def test_the_order_of_options_is_fixed_and_gives_nothing_away():
    assert FAKE.QUIZ[0].options() == FAKE.QUIZ[0].options()
    places = [Question("q", f"right {k}", "b", ((f"one {k}", "x"), (f"two {k}", "y"))).options()
              .index(f"right {k}") for k in range(60)]  # fmt: skip
    assert all(8 <= places.count(i) <= 35 for i in range(3))


@pytest.mark.parametrize(
    ("reader", "answer", "said"),
    [
        (read.number, None, "is None"), (read.number, True, "is True"), (read.number, "4", "text"),
        (read.number, [1, 2], "several values"), (read.number, np.zeros(3), "several values"),
        (read.number, float("nan"), "finite"), (read.number, float("-inf"), "finite"),
        (read.number, object(), "give a number"), (read.number, len, "is a function"),
        (read.number, 1j, "give a number"), (read.number, 10**400, "give a number"),
        (read.number, np.bool_(True), "is True"), (read.sequence, None, "give a list"),
        (read.sequence, 3, "give a list"), (read.sequence, "abc", "give a list"),
        (lambda a: read.sequence(a, 3), [1], "3 are needed"), (read.words, 4, "as text"),
        (read.words, "too short", "2 words"), (lambda a: read.option(a, ["up"]), "down", "'up'"),
        (lambda a: read.numbers(a, ["x", "y"]), {"x": 1}, "no entry 'y'"),
        (lambda a: read.numbers(a, ["x", "y"]), {"x": 1, "y": "2"}, "y is text"),
        (lambda a: read.calls(a, 1), 5, "without ()"),
        (lambda a: read.calls(a, 1), lambda x: 1 / 0, "ZeroDivisionError"),
        (lambda a: read.calls(a, 1), lambda: 1, "TypeError"),
    ],
    ids=lambda x: str(x)[:20] if isinstance(x, str) else "",
)  # fmt: skip
def test_what_cannot_be_read_gets_a_sentence(reader, answer, said):
    with pytest.raises(read.Unreadable) as caught:
        reader(answer)
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [{"x": 1, "y": 2}, [1, 2], (1.0, 2), np.array([1, 2]), pd.Series({"y": 2, "x": 1}),
     pd.DataFrame({"x": [1], "y": [2], "z": [3]}), torch.tensor([1, 2])],
)  # fmt: skip
def test_numbers_come_in_any_container(answer):
    assert read.numbers(answer, ["x", "y"]) == {"x": 1.0, "y": 2.0}


def test_names_options_and_rounding():
    assert read.names("a, b") == read.names(["b", "a"]) == read.names(np.array(["a", "b"]))
    assert read.option(" UP ", ["up", "down"]) == "up"
    assert read.near(0.571, 0.5714) and read.near(0.571428, 0.5714286)
    assert not read.near(0.57, 0.5714) and read.near(0.57, 0.5714, digits=2)
    assert read.near(4_608.4, 4_608) and not read.near(4_620, 4_608)
    assert not read.near(0.56, 0.5714) and not read.near(-0.5714, 0.5714)
    assert read.near(0.0, 0.0) and not read.near(1e-9, 0.0)


def test_a_rubric_names_the_point_that_is_missing():
    reason = rubric(Point("the price", r"\bcosts?\b|\$", "Who pays?"),
                    Point("the group", r"\bgroup", "For whom?"), least=5)  # fmt: skip
    assert reason("It costs more for one group than for others.") is None
    told = reason("It costs a great deal of money.")
    assert "1 of 2 points" in told and "Not found: the group. For whom?" in told
    assert "judge for yourself" in told
    with pytest.raises(read.Unreadable, match="at least 5"):
        reason("It costs.")
