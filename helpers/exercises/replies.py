"""What 5-3 reads and joins: sixteen made-up replies with a person's reading, and two logs.

The exercise on the scorer stands here too: it is run on the sixteen replies and on fresh ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from helpers.exercises import read
from helpers.exercises.engine import Exercise, Wrong

_FENCE = "`" * 3
_ECHO = "[Yes] or [No]"

#: Sixteen shapes of a reply to "Is it prime? Answer [Yes] or [No].", and what a person reads.
REPLIES = (
    ("[Yes]", "yes"),
    ("[No]", "no"),
    ("so the answer is [yes]", "yes"),
    ("[ NO ]", "no"),
    ("**[Yes]**", "yes"),
    ("**yes**.", "yes"),
    ("No.", "no"),
    ("Yes, I can help with that. [No]", "no"),
    ("It has no divisor up to its root. [Yes]", "yes"),
    ("I do not know.", "undetermined"),
    (f"You want {_ECHO}. It is 3 times 5,692: [No]", "no"),
    (f"[Yes] (you asked for {_ECHO})", "yes"),
    (f"{_FENCE}text\n[No]\n{_FENCE}", "no"),
    (f"{_FENCE}\nyes\n{_FENCE}", "yes"),
    ("[Yes] On second thoughts: [No]", "undetermined"),
    ("Dividing by 2, 3, 5: I cannot", "undetermined"),
)


def two_logs(seed: int = 0, asked: int = 600) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Replies of two versions to the same questions: some calls timed out, the rest come as ended.

    One reply in twenty or so is another one in the second log.
    """
    rng = np.random.default_rng([53, seed])
    first = rng.choice(list("ABCD"), asked)
    second = np.where(rng.random(asked) < 0.05, rng.choice(list("EFGH"), asked), first)
    logs = []
    for answers in (first, second):
        came = rng.permutation(asked)[: int(asked * rng.uniform(0.95, 0.98))]
        logs.append(pd.DataFrame({"id": 1000 + came, "answer": answers[came]}))
    return logs[0], logs[1]


# --- 5-3b: a scorer -----------------------------------------------------------------------------

_FRESH = (
    ("[YES].", "yes"), ("*[no]*", "no"), ("[ yes ]", "yes"), ("[*No*]", "no"), ("NO", "no"),
    ("It is divisible by 7.\n**No**", "no"), (f"{_FENCE}\n[yes]\n{_FENCE}", "yes"),
    ("", "undetermined"), ("Nobody knows.", "undetermined"),
    ("Yesterday I would have said so.", "undetermined"),
    ("[No], that is to say: [Yes]", "undetermined"), ("[Yes] or [No]", "undetermined"),
    ("Another note: it is now known. [Yes]", "yes"), ("No doubt about it: [Yes]", "yes"),
)  # fmt: skip


def _says(text: str, person: str, said: str) -> str:
    """Why this reading of this reply is wrong, in the words for the belief behind it."""
    start = f"{text!r} reads {said!r} in your scorer, {person!r} to a person. "
    if person == "undetermined" and "[" not in text:
        return start + ("No verdict is no 'no': give it a column of its own. And mind words that "
                        "hold a 'no': not, know, cannot.")  # fmt: skip
    if "[Yes] or [No]" in text:
        return start + "The choice that quotes the question is no answer: take it out first."
    if person == "undetermined":
        return start + "Both tags are left: neither the first nor the last one is the verdict."
    if said == "undetermined":
        return start + "Case, blanks, asterisks, fences: what else may stand around the verdict?"
    return start + "A tag counts before any plain word, and a word counts on a line of its own."


def _scorer(answer: Any) -> str | None:
    for text, person in (*REPLIES, *_FRESH):
        said = read.calls(answer, text)
        said = "undetermined" if said is None else said
        if not isinstance(said, str) or said.lower() not in ("yes", "no", "undetermined"):
            return "your scorer must return 'yes', 'no' or 'undetermined' for each reply."
        if said.lower() != person:
            return _says(text, person, said)
    return None


SCORER = Exercise(
    id="5-3b", name="scorer", reason=_scorer,
    hints=("Clean first, then look for tags, then for a word alone. What must go before you look?",
           "Lower case; out with asterisks and backticks; out with the quoted choice. The set of "
           "tags that is left should have one element.",
           r"re.findall(r'\[\s*(yes|no)\s*\]', text) finds the tags; with flags=re.M, ^ and $ hold "
           "at each line."),
    solution=r'''
def scorer(text):
    text = re.sub(r"[*_`]", "", text.lower())
    text = re.sub(r"\[\s*yes\s*\] or \[\s*no\s*\]", "", text)
    found = set(re.findall(r"\[\s*(yes|no)\s*\]", text))
    if not found:
        found = set(re.findall(r"^\s*(yes|no)[.!]?\s*$", text, flags=re.M))
    return found.pop() if len(found) == 1 else "undetermined"
''',
    explains="Now report both: the strict scorer says whether the format holds, this one says what "
    "the model knows, and the undetermined keep a column of their own.",
    right=(r'''
def scorer(reply):
    clean = "".join(c for c in reply.lower() if c not in "*`_").replace("[yes] or [no]", "")
    spaced = clean.replace("[ ", "[").replace(" ]", "]")
    tags = [w for w in ("yes", "no") if f"[{w}]" in spaced]
    lines = [line.strip(" .!") for line in spaced.splitlines()]
    tags = tags or [w for w in ("yes", "no") if w in lines]
    return tags[0] if len(tags) == 1 else None
''',),
    wrong=(
        Wrong("the last tag wins", r'''
def scorer(text):
    found = re.findall(r"\[\s*(yes|no)\s*\]", re.sub(r"[*`]", "", text.lower()))
    found = found or re.findall(r"^\s*(yes|no)[.!]?\s*$", re.sub(r"[*`]", "", text.lower()), re.M)
    return found[-1] if found else "undetermined"
''', "quotes the question"),
        Wrong("look for the letters n and o", r'''
def scorer(text):
    tags = re.findall(r"\[\s*(yes|no)\s*\]", text.lower().replace("*", ""))
    return tags[-1] if tags else "yes" if "yes" in text.lower() else "no"
''', "not, know, cannot"),
        Wrong("what is not a yes is a no", "lambda text: 'yes' if 'yes' in text.lower() else 'no'",
              "before any plain word"),
        Wrong("the format is the answer", r'''
def scorer(text):
    return {"[yes]": "yes", "[no]": "no"}.get(text.strip().lower(), "undetermined")
''', "what else may stand around"),
        Wrong("first thoughts count", r'''
def scorer(text):
    text = re.sub(r"[*`]", "", text.lower()).replace("[yes] or [no]", "")
    found = re.findall(r"\[\s*(yes|no)\s*\]", text)
    found = found or re.findall(r"^\s*(yes|no)[.!]?\s*$", text, re.M)
    return found[0] if found else "undetermined"
''', "neither the first nor the last"),
    ),
    given="import re",
)  # fmt: skip
