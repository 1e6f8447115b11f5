"""Bad input for `helpers.exercises`: what is bad, the call, and what the refusal must say."""

from helpers import exercises

CASES = [
    ("exercises.check", "no letter", lambda: exercises.check("0", 1), "id.*'1-4a'"),
    ("exercises.check", "no such notebook", lambda: exercises.check("9-9a", 1), "no exercises for"),
    ("exercises.check", "no such letter", lambda: exercises.check("0z", 1), "id.*'0z'.*'0a'"),
    ("exercises.check", "arguments swapped", lambda: exercises.check(0.7, "0a"), "id.*0.7"),
    ("exercises.hint", "a notebook", lambda: exercises.hint("1-4"), "id.*notebook and letter"),
    ("exercises.hint", "no such letter", lambda: exercises.hint("0y"), "id.*'0y'"),
    ("exercises.solution", "None", lambda: exercises.solution(None), "id.*None"),
    ("exercises.solution", "no such notebook", lambda: exercises.solution("8-8a"), "no exercises"),
    ("exercises.forget", "a number", lambda: exercises.forget(14), "id.*14"),
    ("exercises.forget", "no such letter", lambda: exercises.forget("0x"), "id.*'0x'"),
    ("exercises.quiz", "an exercise", lambda: exercises.quiz("0a"), "notebook.*'0a'"),
    ("exercises.quiz", "no such notebook", lambda: exercises.quiz("9-9"), "no exercises"),
    ("exercises.quiz", "too few letters", lambda: exercises.quiz("0", "a"), "answers.*1 letter"),
    ("exercises.quiz", "no letters", lambda: exercises.quiz("0", 3), "answers.*int.*letters"),
    ("exercises.quiz", "a letter too far", lambda: exercises.quiz("0", "zzzz"), "answers.*'z'"),
    ("exercises.quiz", "None", lambda: exercises.quiz("0", None), "answers.*NoneType"),
]  # fmt: skip
