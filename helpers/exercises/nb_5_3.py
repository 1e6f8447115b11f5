"""The exercises and the quiz of notebook 5-3: lost and won, a scorer, a canary, two logs, a page.

A repaired comparison is run on fresh logs whose replies change at a share known here by counting.
The scorer, with the sixteen replies that it must read, stands in `replies`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers.exercises import read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.replies import SCORER, two_logs
from helpers.exercises.rubric import Point, rubric

# --- 5-3a: two sums, two unknowns ---------------------------------------------------------------


BEFORE, AFTER, SIDES = 0.80, 0.78, 0.12  # right before, right after, changed sides


def _halves(answer: Any) -> str | None:
    found = list(read.numbers(answer, ("lost", "won")).values())
    if max(found) > 1:
        found = [x / 100 for x in found]
    lost, won = found
    if min(found) < 0:
        return "a share of questions cannot be below 0."
    slips = (
        (((SIDES + BEFORE - AFTER) / 2, (SIDES - BEFORE + AFTER) / 2), None),
        ((0.05, 0.07), "the two are swapped: if more were won than lost, the rate would rise."),
        ((0.02, 0.0), "that is the net change, as if nothing had been won. Then only 2 % of the "
         "questions would have changed sides, not 12 %."),
        ((0.06, 0.06), "half and half would leave the rate where it was. It fell."),
        ((0.12, 0.0), "if all 12 % were lost, the rate would fall by 12 points, not by 2."),
        ((0.14, 0.12), "that is not yet halved: add both equations and you have twice the lost."),
    )  # fmt: skip
    for (a, b), reason in slips:
        if abs(lost - a) < 0.0006 and abs(won - b) < 0.0006:
            return reason
    if abs(lost + won - 0.12) > 0.001:
        return "lost and won together must make the 12 % that changed sides."
    return "lost minus won must be what the rate fell by, 2 points."


HALVES = Exercise(
    id="5-3a", name="both_ways", reason=_halves,
    hints=("There are two unknowns. Which two sums of them do you know?",
           "Together they are what changed sides; their difference is what the rate fell by.",
           "Add the two equations: twice the share that was lost is .12 plus .02."),
    solution="""
changed, net = 0.12, 0.80 - 0.78
both_ways = ((changed + net) / 2, (changed - net) / 2)
""",
    explains="Two points down, and seven questions in a hundred were lost. Those users do not care "
    "that five other questions were won.",
    right=("{'lost': 0.07, 'won': 0.05}", "[7, 5]", "np.array([0.07, 0.05])",
           "pd.Series({'won': 0.05, 'lost': 0.07})"),
    wrong=(
        Wrong("the net change is the change", "(0.02, 0)", "the net change"),
        Wrong("half each way", "(0.06, 0.06)", "half and half"),
        Wrong("lost is the smaller one", "(0.05, 0.07)", "swapped"),
        Wrong("everything that changed was lost", "(0.12, 0)", "all 12 % were lost"),
    ),
    given="import numpy as np\nimport pandas as pd",
)  # fmt: skip


# --- 5-3c: how many questions -------------------------------------------------------------------


def _size(answer: Any) -> str | None:
    n = read.number(answer, "the number of questions")
    if n < 2:
        return "that is no number of questions: d is .05, and the formula divides by its square."
    slips = (
        (270, 290, None),
        (930, 1_300, "that is the size for separate questions. Here both versions get the same "
         "ones, and nine in ten say nothing: use s and d."),
        (80, 90, "d is the difference, .07 - .02. You put the sum in its place."),
        (215, 228, "that is one-sided (1.645). You also want to hear of a gain: 1.96."),
        (560, 562, "that counts both versions' replies; each question is put to both."),
        (136, 140, "that has a power of 50 %: without .8416 every second canary sleeps."),
        (13, 15, "d is squared in the denominator: divide by .05 twice."),
    )  # fmt: skip
    for low, high, reason in slips:
        if low <= n <= high:
            return reason
    return "put s = .09 and d = .05 into the paired formula, with 1.96 and .8416."


SIZE = Exercise(
    id="5-3c", name="canary_size", reason=_size,
    hints=("Which of the two formulas is for the same questions put to both versions?",
           "s is the share that changes sides, both ways together; d is what is left after the won "
           "are set against the lost.",
           "s is .09 and d is .05. Round up."),
    solution="""
s, d = 0.07 + 0.02, 0.07 - 0.02
n = (1.96 * s**0.5 + 0.8416 * (s - d**2) ** 0.5) ** 2 / d**2
canary_size = int(n) + 1
""",
    explains="Fewer than three hundred labelled sentences, where separate ones would take about a "
    "thousand for each version.",
    right=("n", "float(canary_size)", "np.int64(281)", "280"),
    wrong=(
        Wrong("each version its own questions",
              "(1.96 + 0.8416) ** 2 * (0.84 * 0.16 + 0.79 * 0.21) / 0.05**2", "separate questions"),
        Wrong("all that changes is the difference",
              "(1.96 * 0.09**0.5 + 0.8416 * (0.09 - 0.09**2) ** 0.5) ** 2 / 0.09**2",
              "You put the sum"),
        Wrong("one-sided is enough",
              "(1.6449 * 0.09**0.5 + 0.8416 * (0.09 - 0.05**2) ** 0.5) ** 2 / 0.05**2",
              "one-sided"),
        Wrong("a significant result is a sure one", "1.96**2 * 0.09 / 0.05**2", "power of 50 %"),
    ),
    given="import numpy as np",
)  # fmt: skip


# --- 5-3d: a bug hunt ---------------------------------------------------------------------------


def _shares(first: Any, second: Any) -> dict[str, float]:
    """The right share, and what each slip makes of the two logs, counted without a join."""
    a, b = (dict(zip(t["id"].tolist(), t["answer"].tolist(), strict=True)) for t in (first, second))
    both, either = a.keys() & b.keys(), a.keys() | b.keys()
    differ = sum(a[i] != b[i] for i in both)
    least = min(len(a), len(b))
    up = [[log[i] for i in sorted(log)][:least] for log in (a, b)]
    as_logged = zip(first["answer"][:least], second["answer"][:least], strict=True)
    return {
        "right": differ / len(both), "outer": 1 - (len(both) - differ) / len(either),
        "left": (differ + len(a) - len(both)) / len(a), "asked": differ / 600,
        "sorted": float(np.mean([x != y for x, y in zip(*up, strict=True)])),
        "side": float(np.mean([x != y for x, y in as_logged])),
    }  # fmt: skip


_WHY = {
    "outer": "a timeout is no changed reply: it is no reply. Count it in a column of its own, and "
    "compare what both versions answered.",
    "left": "a timeout is no changed reply: your join keeps questions that the second version did "
    "not answer.",
    "asked": "you divide by all 600 questions; only those that both versions answered can differ.",
    "sorted": "sorting is not enough: after the first timeout each row faces its neighbour.",
    "side": "that is the colleague's figure: row 1 of one log is another question in the other.",
}


def _changed(answer: Any) -> str | None:
    if not callable(answer):
        share = read.number(answer, "the share")
        shares = _shares(*two_logs())
        share = share / 100 if share > 1 else share
        for name, value in shares.items():
            if abs(share - value) < (0.006 if name == "side" else 0.0006):
                return _WHY.get(name)
        if abs(share - shares["right"]) < 0.005:
            return "close: give the share with three digits, from every question both answered."
        return "match the replies of one question: what do the two logs share that names it?"
    for seed in (3, 4):
        first, second = two_logs(seed)
        share = read.number(read.calls(answer, first.copy(), second.copy()), "the share")
        for name, value in _shares(first, second).items():
            if abs(share - value) < 1e-9 and name != "asked":
                if name != "right":
                    return _WHY[name]
                break
        else:
            return "on other logs your function is off: match by id, then compare the replies."
    return None


LOGS = Exercise(
    id="5-3d", name="changed", reason=_changed,
    hints=("Print the first rows of both logs. Are they about the same questions?",
           "Each row names its question. Bring rows together by that name.",
           "first.merge(second, on='id', validate='one_to_one') holds what both answered."),
    solution="""
def changed(first, second):
    both = first.merge(second, on="id", suffixes=("", "_2"), validate="one_to_one")
    return (both["answer"] != both["answer_2"]).mean()
""",
    explains="A pair is two replies to one question. Lose the pairing and every update looks like "
    "an earthquake; validate='one_to_one' also stops on a question that is there twice.",
    right=("changed(*two_logs())", "round(100 * changed(*two_logs()), 2)", """
def changed(first, second):
    a, b = first.set_index("id")["answer"], second.set_index("id")["answer"]
    both = a.index.intersection(b.index)
    return (a[both] != b[both]).mean()
"""),
    wrong=(
        Wrong("sorting aligns", """
def changed(first, second):
    a, b = (t.sort_values("id")["answer"].to_numpy() for t in (first, second))
    n = min(len(a), len(b))
    return (a[:n] != b[:n]).mean()
""", "faces its neighbour"),
        Wrong("keep everything with an outer join", """
def changed(first, second):
    both = first.merge(second, on="id", how="outer", suffixes=("", "_2"))
    return (both["answer"] != both["answer_2"]).mean()
""", "column of its own"),
        Wrong("a left join is safe", """
def changed(first, second):
    both = first.merge(second, on="id", how="left", suffixes=("", "_2"))
    return (both["answer"] != both["answer_2"]).mean()
""", "did not answer"),
        Wrong("the colleague is right", "0.74", "row 1 of one log"),
    ),
    given="import numpy as np\nfrom helpers.exercises.replies import two_logs\n"
    "first, second = two_logs()",
)  # fmt: skip


# --- 5-3e: decide and defend --------------------------------------------------------------------


PAGE = Exercise(
    id="5-3e", name="page",
    reason=rubric(
        Point("what your own traffic is made of",
              r"traffic|prevalence|share of|our (own )?(log|requests|sentences|users|mix)|use case",
              "What do your users send, and is the vendor's benchmark made of that?"),
        Point("the format you rely on",
              r"format|contract|fence|length 1|scale|normali|dimension|shape",
              "Which form of the reply does your client take for granted, and who promised it?"),
        Point("a canary with its power",
              r"(canary|paired|same (questions|sentences))(.|\n)*(power|\d{2,}|alpha|budget|bet)",
              "How many questions, put to both versions, and how sure are they to see a loss?"),
        Point("the day of the switch-off",
              r"switch|90 days|three months|exit|until|deadline|end of|date|roll ?back",
              "The old version ends in three months. What is done before, and what on that day?"),
        Point("what a right answer costs",
              r"cost|price|\$|dollar|cents|per right",
              "What does a right answer cost under each choice, a wrong one included?"),
        least=60,
    ),
    hints=("Five things must be on the page; the task names them in order.",
           "Look at the marks of each update in the figure of loop 4, and at the planned canary.",
           "Say which sentences you keep from both versions while you can, and who may say stop."),
    solution='''
page = """Adapt, then move. Our own traffic is short commands for the home; the vendor's benchmark
refits a model to other text, so it cannot clear our client. We rely on a format that the note does
not mention, 128 dimensions of length 1, and we scale to length 1 ourselves from today. This week we
store 300 sentences' vectors from both versions. A paired canary of 300 labelled sentences has 80 %
power for a loss of 5 points; 20 fresh ones a day run under an alpha budget. If it is clear, we move
before the switch-off, with pinning as the way back until then. Five points are $200 a day; a right
answer at the old price plus that loss is what each choice is compared by."""
''',
    explains="A model answer to compare yours with. Pinning can be right as well, if the page says "
    "until when, at which cost, and what is measured meanwhile.",
    right=('"""We pin for 60 days and test meanwhile. Our log says that a third of the sentences '
           'are about lights, which no benchmark of the vendor holds. The client takes vectors of '
           'length 1 for granted, and nobody promised that format. A canary of 281 sentences goes '
           'to both versions and has power 80 % for five points. At the switch-off we move with a '
           'refitted client. The price of the pin is set against the cost of a wrong reaction, '
           '10 cents each, for every right answer that we keep."""',),
    wrong=(
        Wrong("the vendor tested it", 'page = "The vendor tested the update on a public benchmark '
              'and found that quality improved, so we move to it today. " * 4',
              "what your own traffic"),
        Wrong("a test without a size", 'page = "Our own traffic is home commands, and we rely on '
              'the format of the vectors. We try a few sentences by hand, and if they look good '
              'we move before the old version ends. The cost is small. " * 2', "canary"),
        Wrong("wait and see", 'page = "Our own traffic is home commands and the format is known. '
              'A paired canary of 300 sentences has a power of 80 % for five points. We look at '
              'it and then see what we do about it, as there seems to be no hurry at all for '
              'anybody, and everything worked well up to now for all of our users, as far as '
              'anybody has told us in these weeks."', "switch-off"),
    ),
)  # fmt: skip


QUIZ = (
    Question(
        "GPT-4 fell from 97.6 to 2.4 % on primes and rose on composites. What do the pairs show?",
        "Its threshold for saying 'prime' moved",
        "Within each class all changes go one way: June says 'composite' to nearly everything.",
        (("It lost its arithmetic",
          "Then composites would be lost as well. None was, and many were won."),
         ("The paper has a bug", "The counts give each printed percentage. The answers changed."),
         ("Noise: a model answers differently each time",
          "Noise goes both ways. Here not one prime was won.")),
    ),
    Question(
        "Accuracy is the same after an update, and 6 % of the answers changed. What follows?",
        "Some users got worse answers and about as many better ones",
        "Or wrong answers became other wrong ones. The average cannot tell you: the pairs can.",
        (("Nothing happened", "Six answers in a hundred are other answers. Ask who got them."),
         ("The labels are wrong", "Labels did not change between the versions: the answers did."),
         ("The test is too small",
          "A larger test can show the same: lost and won cancel at any size.")),
    ),
    Question(
        "The vendor's benchmark is up, your client is down. How can both be true?",
        "Your client's model was fitted to the old vectors",
        "The benchmark fits a new model to the new vectors; yours still reads the old axes.",
        (("It is impossible", "You saw it: all similarities equal, and a frozen client at chance."),
         ("Your client overfits", "It did well on unseen templates, until the vectors changed."),
         ("Your users changed", "The same sentences were sent to both versions.")),
    ),
    Question(
        "When does it help most to put the same questions to both versions?",
        "When both versions agree on most questions",
        "Agreement drops out of the paired formula: only those that change sides cost questions.",
        (("When there are very many questions",
          "The saving is a factor, the same at any size."),
         ("When accuracy is near 50 %",
          "That makes separate tests dear, but pairing saves only if the two agree."),
         ("Never: separate questions are independent",
          "Independence is what makes them dear: the questions' difficulty counts twice.")),
    ),
)  # fmt: skip

EXERCISES = (HALVES, SCORER, SIZE, LOGS, PAGE)
