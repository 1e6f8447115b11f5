"""The exercises and the quiz of notebook 6-1: a knapsack, a curse, a promise, a review, a pilot.

Each check recomputes from the task's own numbers; a repaired rule is judged on fresh projects.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from helpers import rates
from helpers.exercises import read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric

# --- 6-1a: a set that fits ----------------------------------------------------------------------

COST = dict(zip("ABCDEF", (6, 5, 5, 4, 3, 2), strict=True))
VALUE = dict(zip("ABCDEF", (13, 10, 10, 6, 5, 3), strict=True))
BUDGET = 10


def _greedy() -> set[str]:
    left, taken = BUDGET, set()
    for p in sorted(COST, key=lambda p: -VALUE[p] / COST[p]):
        if COST[p] <= left:
            left, taken = left - COST[p], taken | {p}
    return taken


def _best() -> int:
    sets = [s for k in range(7) for s in combinations(COST, k)]
    return max(sum(VALUE[p] for p in s) for s in sets if sum(COST[p] for p in s) <= BUDGET)


def _letters(answer: Any) -> list[str]:
    if isinstance(answer, str):
        answer = [a for a in answer if a.isalnum()]
    return [str(v).strip().upper() for v in read.sequence(answer)]


def _set(answer: Any) -> str | None:
    named = _letters(answer)
    unknown = [n for n in named if n not in COST]
    if unknown or not named:
        return "name the projects by their letters, A to F, such as {'A', 'F'}."
    if len(set(named)) < len(named):
        return "each project exists once: it cannot be carried out twice."
    cost, value = sum(COST[p] for p in named), sum(VALUE[p] for p in named)
    if cost > BUDGET:
        return f"that costs {cost}, and the budget is {BUDGET}."
    if value == _best():
        return None
    if set(named) == _greedy():
        return (f"that is greedy, worth {value}. Sorted by ratio you leave a gap of "
                f"{BUDGET - cost} that nothing fills. Try without the best ratio.")  # fmt: skip
    return f"that fits and is worth {value}; another set that fits is worth more."


SET = Exercise(
    id="6-1a", name="best_set", reason=_set,
    hints=("What does greedy take first, and how much room is left over at its end?",
           "Which projects together cost exactly 10?",
           "Leave A out: its ratio is the best, and it blocks two others."),
    solution='best_set = {"B", "C"}',
    explains="Two projects of the second-best ratio fill the budget to the last unit; the best "
    "ratio leaves a gap. With few large projects the gap decides.",
    right=('["C", "B"]', '"b, c"', 'np.array(["B", "C"])', '("B", "C")'),
    wrong=(
        Wrong("the best ratio must be in", '{"A", "E"}', "leave a gap"),
        Wrong("the most valuable two", '{"A", "B"}', "the budget is 10"),
        Wrong("the best one again", '["B", "B"]', "exists once"),
    ),
    given="import numpy as np",
)  # fmt: skip


# --- 6-1b: the best of three --------------------------------------------------------------------


def _months(answer: Any) -> str | None:
    x, one = read.number(answer, "the number of months"), rates.best_of(3)
    slips = (
        (2 * one, None),
        (0, "each forecast is unbiased before you choose. You keep the one that looks best: which "
         "error does it carry?"),
        (one, "that is in standard deviations. One standard deviation is 2 months here."),
        (2, "that is one standard deviation, the size of a usual error. You need the mean of the "
         "largest of three errors."),
        (2 * one / 3, "the disappointment is not shared among the three: you carry out one, the "
         "one with the largest error."),
    )  # fmt: skip
    for value, reason in slips:
        if abs(abs(x) - value) < 0.006:  # less than promised: either sign names it
            return reason
    return "all three are equal, so the promise exceeds the truth by the largest of three errors."


CURSE = Exercise(
    id="6-1b", name="months_less", reason=_months,
    hints=("The three are equal in truth. What makes one look best?",
           "You need the expected largest of three standard normal errors: simulate it, or ask "
           "rates.best_of.",
           "Then turn standard deviations into months."),
    solution="months_less = 2 * rates.best_of(3)",
    explains="Over four fifths of a standard deviation, with three honest forecasts. Nobody lied; "
    "the largest error was chosen.",
    right=("3 / np.sqrt(np.pi)", "round(months_less, 2)", "np.float32(1.693)", "-months_less",
           "2 * np.random.default_rng(0).standard_normal((10**6, 3)).max(axis=1).mean()"),
    wrong=(
        Wrong("unbiased before choosing is unbiased after", "0", "unbiased before you choose"),
        Wrong("forgets the unit", "rates.best_of(3)", "in standard deviations"),
        Wrong("the three share it", "2 * rates.best_of(3) / 3", "not shared"),
    ),
    given="import numpy as np\nfrom helpers import rates",
)  # fmt: skip


# --- 6-1c: shrink a promise ---------------------------------------------------------------------

RECORD = """
forecast = np.array([3, 5, 6, 8, 10, 12, 15, 21])
actual = np.array([6, 6, 9, 7, 12, 9, 14, 17])
"""
SAID = np.array([3.0, 5, 6, 8, 10, 12, 15, 21])
TOOK = np.array([6.0, 6, 9, 7, 12, 9, 14, 17])


def _promise(answer: Any) -> str | None:
    x, new = read.number(answer, "the promise"), 4
    slope, start = np.polyfit(SAID, TOOK, 1)
    few = np.polyfit(SAID[:4], TOOK[:4], 1)
    back = np.polyfit(TOOK, SAID, 1)
    slips = (
        (start + slope * new, None),
        (slope * new, "that shrinks towards 0. Shrink towards the mean of the projects: a small "
         "forecast must grow."),
        (np.polyval(few, new), "that fits the slope on the small forecasts only. They are the "
         "biased ones: fit on all past projects."),
        ((new - back[1]) / back[0], "that fits forecast on actual and turns it around. You know "
         "the forecast and want the actual: fit actual on forecast."),
        (new, "that is the forecast as it stands. On average it is right; among small ones it "
         "is not."),
        (TOOK.mean(), "that is the mean of all projects: slope 0, as if the forecast knew "
         "nothing."),
    )  # fmt: skip
    for value, reason in slips:
        if abs(x - value) < 0.011:
            return reason
    return "the promise is mean + slope x (4 - mean of the forecasts), both from all eight."


PROMISE = Exercise(
    id="6-1c", name="promise", reason=_promise,
    hints=("Plot actual against forecast. Does the line through the dots have slope 1?",
           "np.polyfit with degree 1 gives slope and intercept; which of the two is x?",
           "Take all eight projects, and read the line off at 4."),
    solution=RECORD.strip() + """
slope, intercept = np.polyfit(forecast, actual, 1)
promise = intercept + slope * 4
""",
    explains="Of each month by which a forecast differs from the mean, somewhat over half comes "
    "true. The order of the projects stays; the promise is one that you can keep.",
    right=("actual.mean() + slope * (4 - forecast.mean())", "round(promise, 2)",
           "__import__('fractions').Fraction(promise)", "np.float32(promise)"),
    wrong=(
        Wrong("shrinks towards nothing", "slope * 4", "towards 0"),
        Wrong("the chosen are the biased ones, so fit there",
              "np.polyval(np.polyfit(forecast[:4], actual[:4], 1), 4)", "fit on all past"),
        Wrong("a regression can be read both ways",
              "(4 - np.polyfit(actual, forecast, 1)[1]) / np.polyfit(actual, forecast, 1)[0]",
              "fit actual on forecast"),
        Wrong("right on average is right here", "4", "among small ones"),
    ),
    given="import numpy as np",
)  # fmt: skip


# --- 6-1d: a bug hunt ---------------------------------------------------------------------------


def _decides(answer: Any, cases: list[tuple]) -> np.ndarray:
    said = [read.calls(answer, *case) for case in cases]
    if any(v is None or isinstance(v, (str, bytes)) or np.size(v) != 1 for v in said):
        raise read.Unreadable("your function must say True to go on, or False to stop.")
    return np.array([bool(np.asarray(v).reshape(-1)[0]) for v in said])


def _rule(answer: Any) -> str | None:
    rng = np.random.default_rng(8)
    estimate = rng.lognormal(1.8, 0.5, 300)
    value, spent = estimate * rng.lognormal(0.7, 0.6, 300), estimate * rng.uniform(0.3, 0.7, 300)
    rest, bar = estimate * rng.lognormal(-0.4, 0.9, 300), rng.uniform(1.2, 3, 300)
    clear = abs(np.log(value / rest / bar)) > 0.01
    said = _decides(answer, list(zip(value, spent, rest, estimate, bar, strict=True)))
    other = _decides(answer, list(zip(value, spent, rest, 2 * estimate, bar, strict=True)))
    late = _decides(answer, list(zip(value, 3 * spent, rest, estimate, bar, strict=True)))
    if (said == (value / rest >= bar))[clear].all() and (said == other).all():
        return None
    if said.all() or not said.any():
        return f"it {'never stops' if said.all() else 'stops'} anything: then no review is needed."
    if (said != other).any():
        return ("it still looks at the estimate. That number is history: a project over its "
                "estimate can have a rest that is well worth its cost.")  # fmt: skip
    if (said != late).any():
        return ("it counts what is spent. Stopping does not bring that back: compare the value "
                "with the cost still to come.")  # fmt: skip
    if (said == (value >= rest))[clear].all():
        return ("the rest must not only pay for itself. The money could go to the best project "
                "that was left out: compare with bar.")  # fmt: skip
    return "go on if the value, per unit of cost still to come, is at least bar."


RULE = Exercise(
    id="6-1d", name="repaired", reason=_rule,
    hints=("Two projects are equally valuable, and both need one more month. One is over its "
           "estimate. Should they be judged differently?",
           "What can a decision still change: what is spent, or what is to come?",
           "The rest must earn, per unit of its cost, what the first project left out would earn."),
    solution="""
def repaired(value, spent, rest, estimate, bar):
    return value >= bar * rest
""",
    explains="The estimate and the money spent are history: sunk cost. Only the value and the cost "
    "still to come differ between going on and stopping; bar is what the money earns elsewhere.",
    right=("lambda value, spent, rest, estimate, bar: value / rest > bar",
           "lambda v, s, r, e, b: np.bool_(v - b * r >= 0)",
           "lambda v, s, r, e, b: int(r <= v / b)"),
    wrong=(
        Wrong("a little patience: a higher cap",
              "lambda value, spent, rest, estimate, bar: spent + rest <= 1.5 * estimate",
              "looks at the estimate"),
        Wrong("the whole project must be worth its whole cost",
              "lambda value, spent, rest, estimate, bar: value / (spent + rest) >= bar",
              "counts what is spent"),
        Wrong("half is done, so finish", "lambda *five: True", "never stops"),
        Wrong("what pays for itself goes on",
              "lambda value, spent, rest, estimate, bar: value >= rest", "compare with bar"),
    ),
    given="import numpy as np",
)  # fmt: skip


# --- 6-1e: decide and defend --------------------------------------------------------------------


DECISION = Exercise(
    id="6-1e", name="decision",
    reason=rubric(
        Point("what you believe beforehand",
              r"prior|believ|chance|probab|odds|likely|as if|we (think|expect)|one in|percent|%",
              "How likely do you hold each to work, before any pilot? Say it as a number or odds."),
        Point("the result that would stop it",
              r"\bstop|\bkill|cancel|abandon|give (it )?up|fewer than|less than|below|criterion|"
              r"threshold|unless",
              "Which result of the pilot ends the project? Set it before the pilot begins."),
        Point("the state of the data",
              r"no data|data (are|is|ready|exist|do not)|clean|labell?ed|collect|two years|record",
              "Which of the three could begin on Monday, and which has no data yet?"),
        Point("what waiting costs",
              r"wait|delay|rival|compet|postpone|too late|lose (the|a) (year|month|market)|"
              r"each month|per month|a month later",
              "What is lost if the answer comes three months later?"),
        Point("upkeep",
              r"upkeep|maint|retrain|person-month|after (the )?(launch|go)|running cost|"
              r"keep(ing)? (it|them|a model|each)|each year|every year",
              "Who keeps the winner alive, and how many months a year does that take?"),
        least=40,
    ),
    hints=("Five things must be in it: belief, stopping result, data, waiting, upkeep.",
           "A pilot pays where a result could change the decision. For which of the three is that "
           "so?",
           "Say: odds for each; a number of cases and the count that stops it; whose data exist; "
           "what a month costs; person-months a year."),
    solution='''
decision = """Rollout: the churn model. Its data are clean, I hold it nine in ten likely to pay, and
no pilot would change that. Pilot: the invoice reader, even odds, on 100 labelled invoices; if fewer
than 70 are read rightly we stop, and that is agreed today. Waiting costs most there, since a rival
may be first. The assistant has no data: we begin to collect and decide next year. Upkeep: one
person-month a year for each model that goes live; we have room for two."""
''',
    explains="A model answer to compare yours with. Another choice can be as good, if belief and "
    "stopping result stand there before the pilot begins, and upkeep is counted.",
    right=('"""Prior: churn is likely to work, invoices are a coin, the assistant unlikely this '
           'year because its data do not exist. We pilot invoices for six weeks, and cancel below '
           'a hit rate set now. Delay costs us the market if the competitor is first. Whatever '
           'goes live needs maintenance, about a month of one person every year, and that is in '
           'the plan."""',),
    wrong=(
        Wrong("a pilot cannot fail", 'decision = "I believe that the invoice reader works with a '
              'chance of one half. We pilot it for three months, learn what we can, and then '
              'improve it until it works. The churn model goes live at once, its data are clean. '
              'We do not wait for the assistant. Upkeep is one month a year."',
              "Which result of the pilot ends"),
        Wrong("data will come", 'decision = "My odds are even for the assistant and for the '
              'invoice reader, and better for churn. We pilot the assistant, and stop if under '
              'half of its users come back. A delay would cost us goodwill. We set aside one '
              'person-month every year for upkeep of whatever goes live in the end."',
              "begin on Monday"),
        Wrong("time is free", 'decision = "I hold churn nine in ten likely, invoices one in two, '
              'the assistant one in five. Churn is rolled out, its data are clean. Invoices are '
              'piloted on 100 cases, and stopped with fewer than 70 right. For the assistant we '
              'collect data. Upkeep is one person-month a year for each."', "three months later"),
        Wrong("done when live", 'decision = "I hold churn nine in ten likely, invoices one in two. '
              'Churn is rolled out, its data are clean. Invoices are piloted on 100 cases, and '
              'stopped with fewer than 70 right. Waiting costs most there, as a rival may be '
              'first. Once both are live the team is free for the assistant."', "Who keeps"),
    ),
)  # fmt: skip

EXERCISES: tuple[Exercise, ...] = (SET, CURSE, PROMISE, RULE, DECISION)

QUIZ: tuple[Question, ...] = (
    Question(
        "All forecasts are right on average. What is the forecast of the best-looking project?",
        "Too good on average",
        "The best-looking one is partly good, and partly lucky in its error.",
        (("Right on average as well", "That holds before choosing. Choosing picks errors too."),
         ("Too bad on average: forecasters are careful",
          "Nobody was careful here, and the error of the winner points the other way."),
         ("That depends on the honesty of the forecaster",
          "Everybody in this notebook was honest, and the chosen jobs still ran over.")),
    ),
    Question(
        "You correct all forecasts by one rising curve. What changes?",
        "The promise, not the choice",
        "A rising curve turns no pair of projects around: the same ones stay smallest.",
        (("The choice, not the promise", "The order stays, so the same projects are chosen."),
         ("Both: promise and choice", "For another choice you need more information."),
         ("Neither: it is arithmetic", "The board hears another number, and one that is kept.")),
    ),
    Question(
        "When is a pilot worth nothing, whatever it costs?",
        "If none of its results would change the decision",
        "Then you know beforehand what you will do after it.",
        (("If it has few cases", "A few cases can be the best buy, if the prior is open."),
         ("If the tool fails in it", "Then it has saved you the rollout: that is its worth."),
         ("If the rollout is expensive", "Then a result that prevents it is worth all the more.")),
    ),
    Question(
        "Ten people keep ten models and have no hour left. What moves the wall?",
        "Less upkeep for each model (lower m)",
        "The wall stands at T / m: half of m, twice as many models.",
        (("Faster building (lower b)", "Nobody builds any more; b is not in T / m."),
         ("Better forecasts of the projects", "They help to choose. Upkeep takes what it takes."),
         ("Larger models that do more", "Perhaps fewer are needed, but none was retired yet.")),
    ),
)  # fmt: skip
