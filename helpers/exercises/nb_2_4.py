"""Exercises of 2-4, what one number hides: two mixes, a runner, a clue without words, a memo.

Mixes are computed from the published counts, the runner is judged on answers that it has not
seen, and a clue is scored once more on templates that it has not seen (`instances.py`).
"""

from __future__ import annotations

from typing import Any

from helpers.exercises import read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.instances import judge_report, judge_runner
from helpers.exercises.rubric import Point, rubric

GPT4 = {"March": (488, 352), "June": (12, 499)}  # right of 500 primes, of 500 composites
GPT35 = {"March": (74, 422), "June": (434, 328)}


# --- 2-4a: another mix --------------------------------------------------------------------------


def _mixed(share: float) -> tuple[float, float]:
    return tuple((share * p + (1 - share) * q) / 500 for p, q in GPT4.values())


def _thirty(answer: Any) -> str | None:
    found = tuple(read.numbers(answer, ("March", "June")).values())
    found = tuple(x / 100 for x in found) if max(found) > 1 else found
    march, june = _mixed(0.3)
    slips = (
        ((march, june), None),
        ((june, march), "the two are the other way round: March comes first."),
        (_mixed(0.5), "that is the plain mean of the two shares, so half primes. Here three "
         "numbers in ten are prime: weigh the shares."),
        (_mixed(0.7), "you gave the primes the weight of the composites: 30 % are prime."),
        (_mixed(1.0), "that is the headline, primes only. Seven numbers in ten are composite."),
        ((0.3 * 488 / 497 + 0.7 * 352 / 499, june), "you left out the four answers without a "
         "verdict. A customer who gets none is not served: divide by 500."),
    )  # fmt: skip
    for values, reason in slips:
        if all(read.near(x, truth) for x, truth in zip(found, values, strict=True)):
            return reason
    near = [read.near(x, truth) for x, truth in zip(found, (march, june), strict=True)]
    if any(near):
        return f"{'March' if near[0] else 'June'} is right. Now the other version, the same way."
    return "for each version: .3 times its share right of primes, plus .7 times that of composites."


THIRTY = Exercise(
    id="2-4a", name="at_thirty", reason=_thirty,
    hints=("Accuracy is a weighted mean of two shares. Which weights does this customer bring?",
           "rights(\"GPT-4\", \"March\") gives the two shares; an answer without verdict is wrong.",
           "accuracy takes the share of primes first, then the two shares, as *rights(...)."),
    solution='at_thirty = tuple(accuracy(0.3, *rights("GPT-4", month)) for month in VERSIONS)',
    explains="At 30 % primes March is ahead, by less than the half-and-half headline says. Four "
    "counts are enough for every mix there is, so publish the counts.",
    right=("[0.3 * 0.976 + 0.7 * 0.704, 0.3 * 0.024 + 0.7 * 0.998]",
           "{'June': 0.706, 'March': 0.786}", "np.array([78.56, 70.58])",
           "pd.Series(dict(zip(('March', 'June'), at_thirty)))",
           "(__import__('fractions').Fraction(982, 1250), 0.7058)"),
    wrong=(
        Wrong("the two classes always weigh the same", "(0.84, 0.511)", "plain mean"),
        Wrong("the share belongs to the composites",
              "tuple(accuracy(0.7, *rights('GPT-4', month)) for month in VERSIONS)",
              "weight of the composites"),
        Wrong("no verdict does not count", "(0.3 * 488 / 497 + 0.7 * 352 / 499, 0.7058)",
              "without a verdict"),
        Wrong("accuracy is the share right of primes", "(0.976, 0.024)", "the headline"),
        Wrong("order does not matter", "at_thirty[::-1]", "other way round"),
    ),
    given="""
import numpy as np
import pandas as pd
VERSIONS = ("March", "June")
def rights(model, month):
    return {"March": (0.976, 0.704), "June": (0.024, 0.998)}[month]
def accuracy(share, on_primes, on_composites):
    return share * on_primes + (1 - share) * on_composites
""",
)  # fmt: skip


# --- 2-4b: break-even ---------------------------------------------------------------------------


def _even(answer: Any) -> str | None:
    x = read.number(answer, "the share")
    x = x / 100 if 1 < x <= 100 else x
    gain, loss = GPT35["June"][0] - GPT35["March"][0], GPT35["March"][1] - GPT35["June"][1]
    slips = (
        (loss / (loss + gain), None),
        (gain / (loss + gain), "that is the share of composites where they are equal. What is "
         "left for the primes?"),
        (0.5, "at one half June is right on 266 more of 1,000. Their gain on primes and their "
         "loss on composites differ in size, so the balance lies elsewhere."),
        (loss / gain, "that is primes for each composite, the odds. Turn them into a share."),
        (loss / 500, "that is how much June lost on composites. Weigh it against its gain."),
        (147 / 623, "that is GPT-4's. GPT-3.5 gains on primes and loses on composites."),
    )  # fmt: skip
    for value, reason in slips:
        if read.near(x, value):
            return reason
    if not 0 <= x <= 1:
        return "a share of primes lies between 0 and 1."
    return "at share x, June gains 360x on primes and loses 94(1 - x) on composites. When equal?"


EVEN = Exercise(
    id="2-4b", name="break_even", reason=_even,
    hints=("From March to June: how many more primes are right, and how many fewer composites?",
           "With a share x of primes the gain weighs x, and the loss weighs 1 - x.",
           "Set 360x equal to 94(1 - x), and solve for x."),
    solution="""
gain, loss = 434 - 74, 422 - 328
break_even = loss / (gain + loss)
""",
    explains="Left of about a fifth March is better, right of it June. As numbers come, a ninth "
    "are prime: GPT-3.5 got worse there while half and half says that it got better.",
    right=("__import__('fractions').Fraction(94, 454)", "round(break_even, 3)",
           "np.float32(20.705)", "47 / 227"),
    wrong=(
        Wrong("the share of the other class", "360 / 454", "share of composites"),
        Wrong("balance means one half", "0.5", "balance lies elsewhere"),
        Wrong("odds are a share", "94 / 360", "the odds"),
        Wrong("one crossing fits all models", "147 / 623", "that is GPT-4's"),
        Wrong("only the loss counts", "94 / 500", "Weigh it against"),
    ),
    given="import numpy as np",
)  # fmt: skip


# --- 2-4c: a bug hunt ---------------------------------------------------------------------------


RUNNER = Exercise(
    id="2-4c", name="repaired", reason=judge_runner,
    hints=("Print one of June's answers as the compiler gets it, line by line.",
           "The compiler stops at the first line. Is that line Python?",
           "Leave out the lines that begin with three backticks, whatever the version, and hand "
           "the others to compiles."),
    solution="""
def repaired(answer, version):
    lines = [line for line in answer.splitlines() if not line.lstrip().startswith(FENCE)]
    return compiles("\\n".join(lines), version)
""",
    explains="One scorer for all versions, and one that judges the code. Broken code still fails: "
    "a scorer that is repaired in one's favour only is the next fault.",
    right=("lambda answer, version: compiles(answer.replace(FENCE + 'python', '')"
           ".replace(FENCE + 'py', '').replace(FENCE, ''), version)",
           "sum(repaired(answer, version) for version, answer in LOG if version == 'June')",
           "np.float64(3)", "3 / 4"),
    wrong=(
        Wrong("it needs more time, or another try",
              "lambda answer, version: any(compiles(answer, version) for _ in range(10))",
              "ran out of time"),
        Wrong("only June needs the repair", "lambda answer, version: repaired(answer, version) "
              "if version == 'June' else compiles(answer, version)", "same scorer"),
        Wrong("a fence means good code", "lambda answer, version: FENCE in answer or "
              "compiles(answer, version)", "fenced code that does not compile"),
        Wrong("first and last line are always a fence", "lambda answer, version: compiles("
              "'\\n'.join(answer.strip().splitlines()[1:-1]), version)", "without a fence now"),
        Wrong("the scorer should be kind", "lambda answer, version: True", "does not compile"),
        Wrong("without fences all of June's run", "4", "broken under its fence"),
    ),
    given='''
import numpy as np
FENCE = "`" * 3
GOOD, BAD = "def add(a, b):\\n    return a + b", "def odd(n):\\n    return n % 2 = 1"
LOG = [("June", f"{FENCE}python\\n{code}\\n{FENCE}") for code in (GOOD, GOOD, BAD, GOOD)]
def compiles(answer, version):
    try:
        compile(answer, version, "exec")
    except SyntaxError:
        return False
    return True
''',
)  # fmt: skip


# --- 2-4d: a clue without words -----------------------------------------------------------------


CLUE = Exercise(
    id="2-4d", name="report", reason=judge_report,
    hints=("Write the clue first: a function of a sentence that returns something to look up.",
           "by_clue(clue).mean() is its score on templates that it has not seen.",
           "For chance: home[\"intent\"].value_counts(normalize=True) has it on top."),
    solution="""
def clue(text):
    return [len(word) for word in text.split()]

chance = home["intent"].value_counts(normalize=True).iloc[0]
report = {"clue": clue, "score": by_clue(clue).mean(), "chance": chance}
""",
    explains="The lengths of the words give away a little more than chance, and the number of "
    "words nothing: not every clue is a shortcut. Without a baseline nobody could tell.",
    right=("{'clue': len, 'score': by_clue(len).mean(), 'chance': 1 / 35}",
           "{'clue': clue, 'score': 100 * by_clue(clue).mean(), 'chance': 2.94}",
           "{'clue': lambda t: ''.join(c for c in t if not c.isalnum()), 'chance': chance, 'score':"
           " by_clue(lambda t: ''.join(c for c in t if not c.isalnum())).mean()}"),
    wrong=(
        Wrong("anything above zero is a find",
              "{'clue': len, 'score': by_clue(len).mean(), 'chance': 0}", "nobody scores 0"),
        Wrong("chance is one half",
              "{'clue': len, 'score': by_clue(len).mean(), 'chance': 0.5}", "two classes"),
        Wrong("a random split is a fair test",
              "{'clue': clue, 'score': leaking(clue), 'chance': chance}", "sentence's twin"),
        Wrong("the first word reads no words",
              "{'clue': lambda t: t.split()[0], 'score': 0.5, 'chance': chance}", "reads words"),
    ),
    given="""
from functools import partial
from types import SimpleNamespace
from helpers.exercises.instances import scored, sentences
home = sentences()[0]
leaking = partial(scored, known_templates=True)
def by_clue(clue):
    return SimpleNamespace(mean=lambda: scored(clue))
""",
)  # fmt: skip


# --- 2-4e: decide and defend --------------------------------------------------------------------


MEMO = Exercise(
    id="2-4e", name="memo",
    reason=rubric(
        Point("the share of primes in your own traffic",
              r"prevalence|share of (the )?primes|as (they|numbers) come|our (own )?(mix|share|log|"
              r"numbers|traffic|customers)|how many (of .{0,20})?(are )?prime",
              "On which share of primes does your decision rest, and where do you know it from?"),
        Point("prices", r"\$|dollar|cost|price|pays? for|expensive|money|earn",
              "What does a wrong verdict cost, what the release, and do the two kinds of error "
              "cost you the same?"),
        Point("what June can do",
              r"always|constant|never says|nearly never|hardly ever|do-?nothing|program that|"
              r"not (an )?abilit|no abilit|cannot tell|can't tell|no longer tells|MCC",
              "June is right on composites. Is that ability, and what else would score the same?"),
        Point("evidence by tomorrow",
              r"tomorrow|over ?night|tonight|by (the )?morning|sample|label|check \w+ hundred|"
              r"trial division|interval",
              "What will you have measured by tomorrow, on which numbers, and how many?"),
        least=40,
    ),
    hints=("Four things must be in the memo: your share of primes, your prices, what June can do, "
           "and what you will measure by tomorrow.",
           "Read the table of three mixes again, with the dotted line and the MCC beside it.",
           "Say: the share from our log; both prices; a constant answer is no ability; a sample of "
           "our own numbers, both versions, with an interval."),
    solution='''
memo = """I do not pull June today. Our log says that numbers come as they are, about one in nine
prime: there June makes fewer wrong verdicts than March, and pulling would cost a release and then
money each month. I don't call June better: it nearly never says prime, and a program that always
says composite scores the same. If a missed prime costs us far more than a false alarm, the decision
turns. By tomorrow: 500 numbers from our own log, asked of both versions, checked by trial division,
with a paired interval. And if we need primality, we should compute it."""
''',
    explains="A model answer to compare yours with. Pulling can be right too, if your primes are "
    "many or dear. What can't be right is to decide by either headline alone.",
    right=('"""Pull it. In our traffic most numbers are prime, so the share of primes lies right '
           'of the crossing, and a missed prime costs ten times a false alarm. June has no ability '
           'here: it cannot tell primes from others. Tomorrow we label a sample of 300 of the log '
           'and look at the interval before the release goes out."""',),
    wrong=(
        Wrong("the headline decides", 'memo = "Pull it today. The paper says that accuracy fell '
              'from almost everything right to almost nothing, and a company that checks numbers '
              'cannot defend such a model in front of anybody, whatever the release may be. Every '
              'day that we wait makes it worse."', "On which share"),
        Wrong("accuracy is all that counts", 'memo = "Keep it. As numbers come June is right more '
              'often than March, so June is the better model for the share of primes that our '
              'customers send us. There is nothing to decide here and nothing to look at: the '
              'higher accuracy wins, as it should in all cases."', "What does a wrong verdict"),
        Wrong("right on composites is skill", 'memo = "Keep it. As numbers come June makes fewer '
              'wrong verdicts, so it saves dollars each month and pulling costs a release. It can '
              'see composites better than March ever did, and this skill is what our customers '
              'need most of all from us in this product."', "Is that ability"),
        Wrong("published counts are evidence enough", 'memo = "Keep it. As numbers come June makes '
              'fewer wrong verdicts and pulling costs a release. It nearly never says prime, so a '
              'constant answer scores the same, and we know that. The paper has settled the matter '
              'for good, and no more work is needed on our side."', "have measured by"),
    ),
)  # fmt: skip

EXERCISES: tuple[Exercise, ...] = (THIRTY, EVEN, RUNNER, CLUE, MEMO)

QUIZ: tuple[Question, ...] = (
    Question(
        "A test is to be built for a task with two classes. Which mix is the neutral one?",
        "None: take the mix of your own cases, and publish the counts",
        "From the counts of each class everybody can compute the accuracy at their own mix.",
        (("Half and half: it favours nobody",
          "It favours whoever is strong where your cases are rare. It is a choice like any other."),
         ("The rare class only: that is where models fail",
          "Then a program that always names the rare class is perfect.")),
    ),
    Question(
        "June is right in 89 % where 11 % are prime. Can it test primality?",
        "That does not follow: always saying 'composite' scores the same",
        "The number to beat is the constant answer's. The MCC has it built in.",
        (("Yes: 89 % is far above one half",
          "One half is not what doing nothing earns here."),
         ("Yes: it is right on nearly all composites",
          "So is a program that never looks at the number.")),
    ),
    Question(
        "A model scores high through a shortcut. What must have happened?",
        "A clue in the test went with the right answers, and the fit took it",
        "Nobody needs to mean it. Take away what the task should need, and look at the score.",
        (("Somebody cheated", "A fit uses whatever helps. Nobody has to want it."),
         ("The test cases were in the training data",
          "That is a leak. The first word worked on templates that had never been seen.")),
    ),
    Question(
        "A board shows its private half at the end only. Can that half be over-fitted?",
        "Yes, slowly: each season's winners become the next season's start",
        "Every look that changes what is done next leaks. Fewer looks leak less, not nothing.",
        (("No: nobody sees it", "Its ranking is published, and the next round builds on it."),
         ("No: it is as large as the public half",
          "Size slows the climb down. It does not stop it.")),
    ),
    Question(
        "One of 60 slices lost 25 points after an update. What do you do first?",
        "Correct for 60 looks, and try that slice on fresh cases",
        "After shuffling, the worst slice looked as bad. A real fault passes both tests.",
        (("Block the release: a slice in ruins is a fault",
          "Among 60 small slices one looks like that when nothing has changed."),
         ("Ignore it: slices are noise",
          "With bags forgotten the correction found them each time. Test, do not look away.")),
    ),
)  # fmt: skip
