"""Exercises and quiz of 2-5, is the prompt better or lucky: a fault, a winner, a score, a plan.

The checks recompute from the notebook's sentences and prompts (`prompts.py` makes them again).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers.exercises import prompts, read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric

# What the exercises take from the notebook, under the notebook's names.
GIVEN = """
import numpy as np
from helpers.exercises.prompts import embed, given, nearest, right60, shuffled_accuracy
table, intent, in_words = given()
texts = table["text"].tolist()
right60 = right60()
labelled = np.random.default_rng(7).permutation(len(table))[:100]
winner = right60[:, labelled].sum(axis=1).argmax()
"""


# --- 2-5a: a bug hunt ---------------------------------------------------------------------------


def _share(answer: Any, what: str) -> float:
    """A share of right answers, given as a share or as a percentage."""
    x = read.number(answer, what)
    return x / 100 if abs(x) > 1 else x


def _order(answer: Any) -> str | None:
    table, intent, phrases = prompts.given()
    if not callable(answer):
        return _order_value(_share(answer, "the accuracy"))
    fixed = prompts.embed(phrases)
    for step, begin in ((3, 0), (7, 2)):
        texts, truth = table["text"].tolist()[begin::step], intent[begin::step]
        right = (prompts.nearest(prompts.embed(texts), fixed) == truth).mean()
        rng = np.random.default_rng(step)
        untouched = rng.bit_generator.state
        got = _share(read.calls(answer, list(texts), truth.copy(), rng), "what it returns")
        if rng.bit_generator.state == untouched:
            return ("your function no longer draws from rng, so it shuffles nothing that was "
                    "asked for. Keep the words moving.")  # fmt: skip
        if abs(got - right) < 1e-6:
            continue
        if got < 0.1:
            return ("now nearly every sentence is held against another one's intent. That is the "
                    "same fault, only larger: what else is shuffled?")  # fmt: skip
        return (f"on {len(texts)} other sentences it says {got:.3f}; in order {right:.3f} are "
                "right, and a sum knows no order. Which line meets which intent?")  # fmt: skip
    return None


def _order_value(x: float) -> str | None:
    table, intent, phrases = prompts.given()
    right = (prompts.nearest(prompts.embed(table["text"].tolist()), prompts.embed(phrases))
             == intent).mean()  # fmt: skip
    if read.near(x, right):
        return None
    if abs(x) < 0.001:
        return "the difference is 0, yes. Give the accuracy that the program should report."
    if right - 0.15 < x < right - 0.01:
        return ("that is still below the accuracy in order. Order matters to a chat model, but a "
                "sum of vectors is the same in any order: the program has a fault.")  # fmt: skip
    return "compare with the accuracy in order: not one vector changes, so no answer may."


ORDER = Exercise(
    id="2-5a", name="repaired", reason=_order,
    hints=("Shuffle one sentence by hand and look at its vector. What has changed?",
           "The program shuffles twice. What is in `line`, and what is in `lines`?",
           "After the second shuffle, which sentence is compared with the first intent of the "
           "batch?"),
    solution="""
def repaired(texts, intents, rng):
    shuffled = [" ".join(rng.permutation(text.split())) for text in texts]
    return (nearest(embed(shuffled), embed(in_words)) == intents).mean()
""",
    explains="The second shuffle moved whole sentences; the intents stayed. The table is sorted "
    "by intent, so only batches across a border suffered: a fault small enough to be believed.",
    right=("(nearest(embed(texts), embed(in_words)) == intent).mean()", "48.9",
           "lambda texts, intents, rng: shuffled_accuracy(texts, intents, rng, batch=1)",
           "lambda texts, intents, rng: np.float32(repaired(texts, intents, rng))"),
    wrong=(
        Wrong("order matters to language models",
              "shuffled_accuracy(texts, intent, np.random.default_rng(0))", "same in any order"),
        Wrong("an unlucky shuffle: average over ten", "lambda texts, intents, rng: np.mean("
              "[shuffled_accuracy(texts, intents, rng) for _ in range(10)])", "other sentences"),
        Wrong("the batch is too small", "lambda texts, intents, rng: "
              "shuffled_accuracy(texts, intents, rng, batch=len(texts))", "only larger"),
        Wrong("no shuffle, no harm", "lambda texts, intents, rng: "
              "(nearest(embed(texts), embed(in_words)) == intents).mean()", "no longer draws"),
    ),
    given=GIVEN,
)  # fmt: skip


# --- 2-5b: an honest estimate -------------------------------------------------------------------


def _honest(answer: Any) -> str | None:
    x, values = _share(answer, "the accuracy"), prompts.one_search()
    slips = (
        ("slide", "that is the slide: the hundred sentences that chose the winner. Its luck is in "
         "there too."),
        ("all", "close, for a hundred are few beside the rest. But the hundred that chose it are "
         "still among them: leave them out."),
        ("typical", "that is the average of all sixty. Too modest: you did choose, and the winner "
         "need not be an average prompt."),
        ("chosen again", "that is the best of sixty on the other sentences: you let them choose "
         "as well. The winner is fixed; only judge it."),
    )  # fmt: skip
    for name, reason in slips:
        if abs(x - values[name]) < 0.0006:
            return reason
    if abs(x - values["honest"]) < 0.012:
        return None
    if abs(x) < 0.1:
        return "give the share of right answers, not the gain over the plain phrase."
    return "take the row of the winner, and the sentences that had no part in choosing it."


HONEST = Exercise(
    id="2-5b", name="honest", reason=_honest,
    hints=("Which sentences had a say in who wins?",
           "Every sentence that isn't in labelled is fresh. np.delete leaves rows out.",
           "One row of right60, the fresh columns, and a mean."),
    solution="""
fresh = np.delete(np.arange(len(table)), labelled)
honest = right60[winner, fresh].mean()
""",
    explains="The winner drops by several points, back to where the plain phrase stands. If you "
    "have only a hundred labels, halve them: one half chooses, the other judges.",
    right=("100 * honest", "round(honest, 3)", "right60[winner, fresh[::2]].mean()",
           "np.float32(honest)"),
    wrong=(
        Wrong("the development score is the score", "right60[winner, labelled].mean()",
              "that is the slide"),
        Wrong("more data is better data", "right60[winner].mean()", "still among them"),
        Wrong("nothing was learnt, so take the average", "right60[:, fresh].mean()", "did choose"),
        Wrong("choose once more on the test", "right60[:, fresh].mean(axis=1).max()",
              "choose as well"),
    ),
    given=GIVEN,
)  # fmt: skip


# --- 2-5c: behind a printed score ---------------------------------------------------------------


def _behind(answer: Any) -> str | None:
    found = read.numbers(answer, ("s", "followed"))
    s, followed, asked, answered, printed = found["s"], found["followed"], 240, 80, 0.2
    want = printed * asked / answered
    if read.near(s, want) and read.near(followed, (want + 1) / 2 * answered):
        return None
    if abs(s) > 1:
        return "s lies between -1 and 1: 2 x (a share) - 1."
    if read.near(s, printed):
        return ".2 is what is printed. Refusals have shrunk it; s looks at the 80 answers only."
    if read.near(s, printed * asked / (asked - answered)):
        return "you divided by the accuracy; the formula has 1 - accuracy: refusing is accurate."
    if not read.near(s, want):
        return "printed = (1 - accuracy) x s, and the accuracy is the share refused. Solve for s."
    if read.near(followed, want * answered):
        return "s is right. But s is no share: an s of 0 means that half of the answers follow."
    if read.near(followed, (want + 1) / 2 * asked):
        return "s is right. You counted 160 refusals as answers; only 80 were given."
    return "s is right. Solve s = 2 x followed / 80 - 1 for the answers that follow."


BEHIND = Exercise(
    id="2-5c", name="behind_it", reason=_behind,
    hints=("What is the right answer to an unknown, and how often was it given?",
           "The printed score is 1 - 160/240 times s.",
           "With s known, turn 2 x followed / answered - 1 around."),
    solution="""
s = 0.2 / (1 - 160 / 240)
behind_it = (s, (s + 1) / 2 * 80)
""",
    explains="Four of five answers follow the stereotype. The printed score falls with every "
    "refusal, whatever the answers are; s does not.",
    right=("[0.6, 64]", "{'s': 3 / 5, 'followed': 64.0}", "np.array([0.6, 64])",
           "pd.Series({'s': 0.6000001, 'followed': 64})"),
    wrong=(
        Wrong("the printed score is s", "(0.2, 48)", "shrunk it"),
        Wrong("divide by the accuracy", "(0.3, 52)", "1 - accuracy"),
        Wrong("s is a share", "(0.6, 48)", "no share"),
        Wrong("a refusal is an answer without bias", "(0.6, 192)", "only 80"),
    ),
    given="import numpy as np\nimport pandas as pd",
)  # fmt: skip


# --- 2-5d: what a right answer costs ------------------------------------------------------------

EXTRA = 0.05  # dollars that a wrong answer costs


def _mistakes(answer: Any) -> str | None:
    found = list(read.numbers(answer, ("March", "June")).values())
    ways = {
        None: lambda price, right: (price + (1 - right) * EXTRA) / right,
        "that is the price without the mistakes: add $.05 for each wrong answer.":
            lambda price, right: price / right,
        "price x share right is no price of a right answer: divide by the share.":
            lambda price, right: (price + (1 - right) * EXTRA) * right,
        "that is the cost of a question, mistakes included. How many right answers does it buy?":
            lambda price, right: price + (1 - right) * EXTRA,
        "a right answer must also pay for the wrong ones: add the mistakes first, then divide.":
            lambda price, right: price / right + (1 - right) * EXTRA,
    }  # fmt: skip
    for reason, way in ways.items():
        want = [way(price, right) for price, right in prompts.prices()]
        if all(read.near(x, w) for x, w in zip(found, want, strict=True)):
            return reason
        if reason is None and all(read.near(x, w) for x, w in zip(found[::-1], want, strict=True)):
            return "both figures are right, and in the wrong order: March comes first."
    return "for 1,000 questions: all they cost, plus $.05 a wrong answer; divide by right answers."


MISTAKES = Exercise(
    id="2-5d", name="with_mistakes", reason=_mistakes,
    hints=("Take 1,000 questions. What do they cost, how many answers are wrong, how many right?",
           "All dollars, mistakes included, go onto the right answers.",
           "Per question: usd_median + .05 x share wrong. Then divide by the share right."),
    solution="""
share_right = both["correct"] / both["n"]
with_mistakes = tuple((both["usd_median"] + 0.05 * (1 - share_right)) / share_right)
""",
    explains="The order turns round: with mistakes at five cents March is cheaper, by a factor of "
    "two. Below a cent and a half June would still win: it hangs on what being wrong costs.",
    right=("dict(zip(('March', 'June'), with_mistakes))", "np.round(with_mistakes, 5)",
           "[0.0235, 0.0500]", "pd.Series(with_mistakes, index=['March', 'June'])"),
    wrong=(
        Wrong("price over accuracy is all", "tuple(both['usd_median'] / share_right)",
              "without the mistakes"),
        Wrong("price times accuracy",
              "tuple((both['usd_median'] + 0.05 * (1 - share_right)) * share_right)",
              "divide by the share"),
        Wrong("the cost of a question is the cost of a right answer",
              "tuple(both['usd_median'] + 0.05 * (1 - share_right))", "How many right answers"),
        Wrong("mistakes are added afterwards",
              "tuple(both['usd_median'] / share_right + 0.05 * (1 - share_right))",
              "must also pay"),
    ),
    given="import numpy as np\nimport pandas as pd\n"
    "from helpers.exercises.prompts import primes\nboth = primes()",
)  # fmt: skip


# --- 2-5e: decide and defend --------------------------------------------------------------------

ADVICE = Exercise(
    id="2-5e", name="advice",
    reason=rubric(
        Point("promised against delivered",
              r"promis|deliver|winner.?s curse|luck|optimis|fresh|held.?out|not chosen",
              "What does a search promise on its own labels, and what is left elsewhere?"),
        Point("how the interval is counted",
              r"interval|paired|template|cluster|near.?cop|independent|uncertain",
              "How sure is a gain, if the test sentences are near copies of each other?"),
        Point("what the money buys",
              r"\$|dollar|label|point.{0,12} per|cost|budget|spend",
              "What do the $8,000 buy either way?"),
        Point("what runs on after launch",
              r"running|each (request|call)|every (request|call)|run.?time|per (request|call)|"
              r"month|token|longer prompt|new (kinds|template)|monitor|re.?test|after launch",
              "What costs money, or must be watched, once the prompt is live?"),
        least=40,
    ),
    hints=("Promised and delivered; how an interval is counted; what money buys; what runs on.",
           "Look at the right panel of loop 3, the table of loop 4, and the forest of loop 2."),
    solution='''
advice = """Do not buy the search. On a hundred labels the best of sixty prompts promises a few
points and delivers none, and on new templates even a thousand labels deliver none. Buy about a
thousand labels instead, from as many different templates as we can find: part of them as examples,
which bring more than ten points on templates never shown, and part held out, to judge. Count the
interval paired and by template, since near copies are one question. One day of search is fine, to
keep away from a bad prompt. The examples make every request longer in a chat model, so we put the
monthly token bill beside the gain, and test again when new kinds of sentences appear."""
''',
    explains="A model answer to compare yours with. To search can be right as well: where the "
    "present prompt is bad, where the judge is fresh, and where the labels are of many kinds.",
    right=('"""We search for two days, not two weeks, because our present prompt was never '
           'compared. A fresh half of the labels judges the winner, with a paired interval over '
           'templates. The rest of the budget buys labels. We note what the longer prompt costs '
           'with every request, and test it again each month."""',),
    wrong=(
        Wrong("the slide is the gain", "'We should buy the search for eight thousand dollars, "
              "since the new prompt is three points better in the test, the interval is tight, "
              "and three points are worth more than the salaries of two weeks. The owner of the "
              "product can plan with three points from the first month on.'", "is left elsewhere"),
        Wrong("five thousand sentences are proof enough", "'The search promises three points and "
              "delivers none, so we keep the plain phrase and buy labels and examples. With five "
              "thousand sentences the result is beyond all doubt. The examples make every request "
              "longer, and the bill for that comes every month.'", "near copies"),
        Wrong("a prompt costs nothing once it is written", "'The search promises three points and "
              "delivers none on fresh sentences. So we spend the dollars on a thousand labels and "
              "show sixteen of each as examples, judged by a paired interval over templates. That "
              "is paid once, and then the matter is settled for good.'", "must be watched"),
    ),
)  # fmt: skip

EXERCISES: tuple[Exercise, ...] = (ORDER, HONEST, BEHIND, MISTAKES, ADVICE)

QUIZ: tuple[Question, ...] = (
    Question(
        "An assistant has a bias score of 0. What do you ask first?",
        "How many questions it answers where an answer exists",
        "Coverage first: refusing everything prints 0 as well, and serves nobody.",
        (("Nothing: it is unbiased", "Or silent. R21 tells of models that did not answer at all."),
         ("Which groups the score was averaged over",
          "A good second question. The first is whether it answered.")),
    ),
    Question(
        "The best of sixty prompts disappoints at launch. What would have helped?",
        "Judging the winner on sentences of other kinds that did not choose it",
        "It would have told you before the launch, and for the price of some labels.",
        (("Trying six hundred prompts", "More tries, more luck: the promise grows faster than the "
          "delivery."),
         ("A tighter interval on the sentences that chose it",
          "It would be tighter around a figure that is too high.")),
    ),
    Question(
        "A format gains one point on 5,000 sentences from 700 templates. Is that real?",
        "Count by template before you say so",
        "Near copies change sides together, so the interval by sentence is too short.",
        (("Yes: with 5,000 sentences one point is never noise",
          "They are far fewer independent questions than sentences."),
         ("No: one point is always noise",
          "A paired interval can be tight enough. Compute it, by template.")),
    ),
    Question(
        "Capital letters changed nothing here. What follows for your chat model?",
        "Nothing in size: measure it there",
        "A sum of vectors can't see capitals. A chat model can.",
        (("They change nothing there either",
          "That was an identity of this stand-in, and of nothing else."),
         ("It is robust to format", "Other formats moved this very stand-in by points.")),
    ),
)  # fmt: skip
