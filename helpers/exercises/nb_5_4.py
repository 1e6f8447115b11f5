"""The exercises and the quiz of notebook 5-4: an update, a radius, a count, a bug, a page.

A learner's update and a repaired reward are judged in `tuner`, beside every slip named there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers.exercises import read, tuner
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric

TUNER = """
import numpy as np
from helpers.exercises.tuner import LIMIT, Bluefin, Knobs
"""


# --- 5-4a: the update ---------------------------------------------------------------------------


BODY = """
def tell(knobs, plus, minus):
    {before}change = {change}
    slope = {d} * change * knobs.u / (2 * knobs.delta)
    knobs.w = np.clip(knobs.w + knobs.eta * slope, {edge}, 1 - {edge})
    knobs.updates += 1
    if knobs.decay:
        knobs.eta = knobs.first_eta / (1 + knobs.decay * {t})
        knobs.delta = np.sqrt(knobs.eta)
    {after}
"""


def _body(**other: str) -> str:
    usual = {"before": "larger = max(abs(plus), abs(minus))\n    ",
             "change": "(plus - minus) / larger if larger else 0", "d": "len(knobs.w)",
             "edge": "knobs.delta", "t": "knobs.updates", "after": "knobs.draw()"}  # fmt: skip
    return BODY.format(**(usual | other))


TELL = Exercise(
    id="5-4a", name="tell", reason=tuner.update_reason,
    hints=("Six lines, in the order of the equations: slope, step, clip, count, decay, next u.",
           "knobs.w, knobs.u, knobs.eta, knobs.first_eta, knobs.delta, knobs.decay, knobs.updates "
           "hold all you need; for the next u there is draw().",
           "Mind a round with two rewards of 0: there is nothing to divide by, and no slope."),
    solution=_body(),
    explains="A tuner is a dozen lines. What takes a team is the rest: the reward, the box, the "
    "limits, and somebody who may stop it.",
    right=("Bluefin.tell", """
def tell(knobs, plus, minus):
    scale = np.abs([plus, minus]).max() or 1.0
    step = knobs.eta * knobs.w.size * (plus - minus) / scale / (2 * knobs.delta) * knobs.u
    knobs.w = np.minimum(np.maximum(knobs.w + step, knobs.delta), 1 - knobs.delta)
    knobs.updates = knobs.updates + 1
    if knobs.decay > 0:
        knobs.eta = knobs.first_eta / (1 + knobs.decay * knobs.updates)
        knobs.delta = knobs.eta ** 0.5
    knobs.draw()
    return knobs.w.copy()
"""),
    wrong=(
        Wrong("the slope along u is the slope", _body(d="1"), "d times too small"),
        Wrong("draw first, then step",
              _body(before="knobs.draw()\n    larger = max(abs(plus), abs(minus))\n    ",
                    after="pass"), "share one direction"),
        Wrong("every play counts for decay", _body(t="knobs.updates / 0.5"), "decay per play"),
        Wrong("the cube is the box of the centre", _body(edge="0"), "would leave the box"),
        Wrong("the textbook's estimator", _body(change="plus - minus"), "unit of the reward"),
        Wrong("a tuner goes downhill",
              _body(change="(minus - plus) / larger if larger else 0"), "smaller reward"),
        Wrong("the direction is drawn once", _body(after="pass"), "never draw"),
        Wrong("the new centre is what is returned",
              "lambda knobs, plus, minus: knobs.w + knobs.eta * (plus - minus) * knobs.u",
              "left the centre"),
    ),
    given=TUNER,
)  # fmt: skip


# --- 5-4b: a smaller radius ---------------------------------------------------------------------


def _factors(answer: Any) -> str | None:
    found = read.numbers(answer, ("signal", "noise"))
    pair = found["signal"], found["noise"]
    slips = (
        ((1, 10), None),
        ((10, 10), "that divides both by the smaller delta. But near the centre r+ - r- is itself "
         "proportional to delta: what is left of the signal?"),
        ((1, 1), "the noise of a reward doesn't know how far apart the plays are, but it is "
         "divided by 2 delta all the same."),
        ((0.1, 1), "r+ - r- falls to a tenth, but g divides it by 2 delta, and so does it with "
         "the noise."),
        ((1, 100), "100 is the factor of the variance. The question is about the size."),
        ((10, 1), "the other way round: which part of r+ - r- shrinks along with delta?"),
        ((1, 0.1), "dividing by a smaller number makes it larger."),
    )  # fmt: skip
    for value, reason in slips:
        if np.allclose(pair, value, rtol=0.005):
            return reason
    return ("write r+ - r- as slope x 2 delta + noise, and divide by 2 delta: what becomes of "
            "either part when delta falls to a tenth?")  # fmt: skip


RADIUS = Exercise(
    id="5-4b", name="factors", reason=_factors,
    hints=("Near a smooth place r+ - r- is slope x 2 delta + noise.",
           "Divide that by 2 delta, term by term, for delta = .1 and for delta = .01.",
           "One of the two terms no longer has a delta in it."),
    solution="""
signal = (0.01 / 0.1) / (0.01 / 0.1)
factors = (signal, 0.1 / 0.01)
""",
    explains="The noise of a reward is divided by 2 delta, the signal is not. So the centre of a "
    "cautious-looking tiny radius is the one that wanders. Smaller eta or more requests a play "
    "would calm it; delta pays for it with plays that are further out.",
    right=("[1, 10.0]", "np.array([1.0, 10.0])", "{'signal': 1, 'noise': 10}",
           "(np.float32(1), np.int64(10))"),
    wrong=(
        Wrong("both are divided by delta", "(10, 10)", "proportional to delta"),
        Wrong("the difference shrinks, so the signal does", "(0.1, 1)", "falls to a tenth"),
        Wrong("noise is variance", "(1, 100)", "of the variance"),
        Wrong("small radius, small steps", "(1, 0.1)", "makes it larger"),
    ),
    given="import numpy as np",
)  # fmt: skip


# --- 5-4c: count the plays ----------------------------------------------------------------------


def _plays(answer: Any) -> str | None:
    found = read.numbers(answer, ("grid", "tuner"))
    grid, bluefin = found["grid"], found["tuner"]
    settings, repeats, rounds = 13 * 21, 3, 30
    if abs(grid - settings) < 0.5:
        return ("one noisy play a setting picks a lucky one; each of the settings is played three "
                "times.")  # fmt: skip
    if abs(bluefin - rounds) < 0.5:
        return "a round is two plays: w + delta u and w - delta u."
    if abs(bluefin - settings * repeats) < 0.5 and abs(grid - 2 * rounds) < 0.5:
        return "the other way round: the grid first, then the tuner."
    if abs(bluefin - 4 * rounds) < 0.5:
        return "the number of knobs doesn't matter: a round is two plays however many there are."
    if abs(grid - (13 + 21) * repeats) < 0.5:
        return ("that tries each knob alone. The best wait depends on the batch, so the grid plays "
                "every pair.")  # fmt: skip
    if abs(grid - settings * repeats) > 0.5:
        return "the grid plays every pair of its values, each three times."
    if abs(bluefin - 2 * rounds) > 0.5:
        return "the tuner plays twice a round."
    return None


PLAYS = Exercise(
    id="5-4c", name="plays", reason=_plays,
    hints=("A grid plays every pair of values.", "How many plays has a round of Bluefin?",
           "13 x 21 pairs, three plays each; two plays for each of 30 rounds."),
    solution="""
grid, tuner = 13 * 21 * 3, 30 * 2
plays = (grid, tuner)
""",
    explains="And the grid pays again at each change, in plays of which most are bad ones. A third "
    "knob with ten values would make it ten times as dear; a round stays two plays.",
    right=("[819.0, 60.0]", "{'grid': 819, 'tuner': 60}", "np.array(plays)"),
    wrong=(
        Wrong("a setting is played once", "(273, 60)", "picks a lucky one"),
        Wrong("a round is a play", "(819, 30)", "two plays"),
        Wrong("two plays for each knob", "(819, 120)", "number of knobs"),
        Wrong("one knob after the other", "(102, 60)", "each knob alone"),
    ),
    given="import numpy as np",
)  # fmt: skip


# --- 5-4d: a bug hunt ---------------------------------------------------------------------------


SLOW = """
class repaired(Bluefin):
    def __init__(self, low, high, begin, rng, eta=0.02, delta=0.1, decay=0):
        super().__init__(low, high, begin, rng, eta / 50, delta, decay)
"""
BUG_HUNT = Exercise(
    id="5-4d", name="repaired", reason=tuner.reward_reason,
    hints=("Look at where it ends: is that the worst place or the best one?",
           "What does Bluefin do with the play whose number is larger?",
           "The colleague's function adds up what is bad. Bluefin wants what is good."),
    solution="""
def repaired(device, p95):
    return -device / 5 - min(3, 5 * max(0, p95 / LIMIT - 1))
""",
    explains="It was a cost, and a tuner climbs. It did its work perfectly, for the wrong goal: "
    "nothing in its log looks like a fault but the goal. So log the reward with its parts.",
    right=("lambda device, p95: -(device / 5 + min(3, 5 * max(0, p95 / LIMIT - 1)))",
           "lambda device, p95: 1 / (device / 5 + min(3, 5 * max(0, p95 / LIMIT - 1)))", """
class repaired(Bluefin):
    def tell(self, plus, minus):
        super().tell(-plus, -minus)
"""),
    wrong=(
        Wrong("it goes too fast", "0.001", "another eta"),
        Wrong("it needs a smaller box", "((1, 10), (4, 40))", "has walls too"),
        Wrong("a slower tuner is a safe one", SLOW, "slows it down"),
        Wrong("only lateness is bad",
              "lambda device, p95: device / 5 - min(3, 5 * max(0, p95 / LIMIT - 1))",
              "device time is still rewarded"),
        Wrong("only the price is bad",
              "lambda device, p95: -device / 5 + min(3, 5 * max(0, p95 / LIMIT - 1))",
              "lateness is still rewarded"),
        Wrong("a larger penalty cures it",
              "lambda device, p95: device / 5 + min(30, 50 * max(0, p95 / LIMIT - 1))",
              "still a cost"),
    ),
    given=TUNER,
)  # fmt: skip


# --- 5-4e: decide and defend --------------------------------------------------------------------


PAGE = Exercise(
    id="5-4e", name="page",
    reason=rubric(
        Point("reversible", r"revers|undo|undone|roll(ed)? back|take(n)? back|go back|restor",
              "Can a play be taken back, and what about those who were hit by it?"),
        Point("bounded harm", r"bound|worst|at most|harm|cap\b|capped|inside (the|a) box|limit",
              "What is the worst that one play may do inside the box?"),
        Point("observable within a round",
              r"observ|measur|within (a|one) round|see(n)? (it )?(at once|in)|weeks|months|delay|"
              r"too late|feedback",
              "Does the reward show the harm within a round, or only weeks later?"),
        Point("an owner who may stop it",
              r"owner|sign|page(d)?\b|on.call|who (stops|may)|responsib|approve|human|person",
              "Who owns the knob, and who is called when the stop rule fires?"),
        least=40,
    ),
    hints=("Name one knob of a service you know, and ask four questions of it: can it be taken "
           "back, what is the worst, when do you see it, whose is it?",
           "Think of a knob whose effect shows in the reward weeks later, or not at all."),
    solution='''
page = """Never the threshold that decides who is refused. A refusal can't be taken back by the next
play, so it isn't reversible. Its harm has no bound that we could set as a box: somebody loses a
contract. And it isn't observable within a round: labels arrive weeks later, while the reward looks
fine. That threshold has an owner, who signs each change. Batch and wait may be tuned: each play
lasts seconds, the box bounds the worst of it, p95 shows it at once, and the person on call is paged
when the stop rule fires, with the old model ready to be put back."""
''',
    explains="A model answer to compare yours with. Another knob can be as good a choice, if the "
    "page says what can't be undone, what bounds it, when it is seen, and whose it is.",
    right=('"""Not the retention period of logs. Deleting can not be undone, so a wrong play is '
           'not reversible; the worst case is an audit we fail; nobody would observe it within a '
           'round, since audits come once a year. The owner is the data officer, and only that '
           'person may change it, by hand and with a signature."""',),
    wrong=(
        Wrong("what matters is that it works", 'page = "Every knob may be tuned as long as the '
              'reward keeps going up, because the tuner has shown in the notebook that it reaches '
              'the optimum of the grid and follows a change of the model, and it does so with far '
              'fewer plays than a grid or a random search needs for it."', "taken back"),
        Wrong("reversible is enough", 'page = "The model version should never be tuned live. All '
              'knobs that we can roll back with one command are fine, since a bad play lasts ten '
              'seconds and then the old value comes back, and so the customers will hardly notice '
              'that anything was going on while we try out what is good for us."', "the worst"),
        Wrong("the reward sees everything", 'page = "Never the memory of the process: a crash '
              'can not be rolled back. The harm of all the others has a bound, because the box is '
              'ours. The tuner reads the reward, and the reward is the goal, so nothing else has '
              'to be looked at. The owner signs the box and is paged."', "weeks later"),
        Wrong("it runs by itself, so nobody is needed", 'page = "Never the refusal threshold: it '
              'is not reversible, its harm has no bound, and we would observe it weeks later. '
              'Everything else runs by itself from now on, and the team that did the tuning by '
              'hand can at last do other things, which is what automation was bought for."',
              "owns the knob"),
    ),
)  # fmt: skip

EXERCISES: tuple[Exercise, ...] = (TELL, RADIUS, PLAYS, BUG_HUNT, PAGE)

QUIZ: tuple[Question, ...] = (
    Question(
        "Why does the second play of a round pay?",
        "The level that both rewards share cancels",
        "One-point feedback multiplies the whole reward by a random direction; with two plays only "
        "their difference is left.",
        (("The tuner sees twice the data",
          "Twice the data would narrow the spread by 1.4, not by several times."),
         ("Only two plays give the right mean",
          "The mean of one-point estimates is right too. It is their spread that differs."),
         ("With two plays no delta is needed",
          "Both divide by delta, and both play at a distance of delta.")),
    ),
    Question(
        "A tuner must follow a world that moves. What does it need?",
        "A delta and an eta that do not vanish",
        "What has shrunk to nothing can't see a change and can't walk.",
        (("Decay, so that it settles", "Settled is what it must not be when the world moves."),
         ("A fresh grid at each change",
          "Hundreds of plays, most of them bad, and who tells it that there was a change?"),
         ("A restart at noon", "Changes don't come at noon; a restart throws away what it knows.")),
    ),
    Question(
        "You keep the best of 160 random plays. The score that it showed is",
        "optimistic: here by little, as a play is long",
        "The best of many is partly lucky; long plays leave little luck.",
        (("exact: it was measured", "It was measured once, and chosen because it came out high."),
         ("pessimistic: it was early days", "Choosing the highest can only flatter."),
         ("unbiased: each play is", "Each play is; the highest of them is not.")),
    ),
    Question(
        "Above the limit the reward falls, below it nothing is said about lateness. Where does a "
        "tuner that saves device time end?",
        "On the limit, with some plays over it",
        "Waiting saves device time until the limit bites, so it leans on the limit. Set the inner "
        "target lower than what you promise.",
        (("Well below the limit, to be safe", "Safety earns it nothing in this reward."),
         ("At no cost at all", "The device still works for every request."),
         ("Nowhere: a kink makes it unstable", "It settled at the kink, in every run.")),
    ),
)  # fmt: skip
