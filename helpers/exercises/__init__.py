"""Exercises and quizzes: was the answer right, and if not, which misunderstanding was it?

`check` says whether an answer holds and, if not, why; `hint` and `solution` open step by step once
you have tried; `quiz` answers every wrong option with its own sentence. The exercises stand in one
module a notebook (`nb_1_4.py` for 1-4); the engine is in `engine.py`, the readers of answers,
which turn garbage into a sentence, in `read.py`.
"""

from helpers.exercises.engine import check, forget, hint, quiz, solution

__all__ = ["check", "forget", "hint", "quiz", "solution"]
