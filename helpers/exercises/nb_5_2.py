"""The exercises and the quiz of notebook 5-2: a rule, a return, an interval, a gate, a page.

A learner's rule is run on the street's six years, and the seven candidates are judged once more
(both in `maintained`); returns are computed at the learner's own price.
"""

from __future__ import annotations

from typing import Any

from helpers.exercises import maintained, read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric

# What the exercises take from the notebook, under the notebook's names.
STREET = """
import numpy as np
import pandas as pd
from helpers.exercises.maintained import START, age, every, lives, roi, sleepy
rows = lives()
error = rows["mean loss"]
"""
GATES = """
import numpy as np
import pandas as pd
from helpers.exercises.maintained import measured as _measured
measured = _measured()
"""


# --- 5-2a: a bug hunt ---------------------------------------------------------------------------


def _awake(answer: Any) -> str | None:
    if not callable(answer):
        raise read.Unreadable("pass the rule itself: a function of past, losses and promoted.")
    return maintained.awake_reason(answer)


BUG_HUNT = Exercise(
    id="5-2a", name="awake", reason=_awake,
    hints=("What the model does must not move the yardstick. Which yardsticks stand outside it?",
           "A level of service that you promised; the error of a rule that nobody fits, such as "
           "'as four weeks ago'; a date on which every model expires.",
           "For a fixed level: at least 14 days old, and the mean of losses[-7:] above so many "
           "people an hour. Try 150 to 250."),
    solution="""
def awake(past, losses, promoted):
    return age(past, losses, promoted) >= 14 and np.nanmean(losses[-7:]) > 200
""",
    explains="Any yardstick does that the champion can't spoil: a promised level, a frozen rule, "
    "an expiry date. A fixed level must be chosen street by street; the challenger's need not.",
    right=("""
def awake(past, losses, promoted):
    as_before = np.nanmean(np.abs(past[-14:] - past[-42:-28]))
    return age(past, losses, promoted) >= 14 and np.nanmean(losses[-14:]) > 1.25 * as_before
""", "lambda past, losses, promoted: sleepy()(past, losses, promoted) or "
           "age(past, losses, promoted) >= 91", """
def awake(past, losses, promoted):
    old_enough = age(past, losses, promoted) >= 21
    return int(old_enough and np.nanmean(losses[-7:]) > 1.5 * np.nanmean(losses[:14]))
"""),
    wrong=(
        Wrong("a lower factor is more awake", "sleepy(factor=1.1)", "still asleep"),
        Wrong("give the model time to settle", "sleepy(wait=56)", "sleeps deeper"),
        Wrong("some factor will do", "sleepy(factor=1.25)", "set its own yardstick"),
        Wrong("who never sleeps can't oversleep", "lambda *_: True", "timetable with a rush"),
    ),
    given=STREET,
)  # fmt: skip


# --- 5-2b: the return at your price -------------------------------------------------------------


def _returns(answer: Any) -> str | None:
    found = read.numbers(answer, ("price", "56 days", "challenger"))
    price, said = found["price"], (found["56 days"], found["challenger"])
    if not 50 <= price <= 5000:
        return "choose a price of a promotion from $50 to $5,000."
    table = maintained.lives().loc[["never", "56 days", "challenger"]]
    (worst, *mean), (_, *n) = table["mean loss"], table["promotions"]
    days = len(maintained.street()) - maintained.START
    truth = [maintained.roi(worst - e, k, price) for e, k in zip(mean, n, strict=True)]
    fits = [truth[0], maintained.roi(worst - mean[1], days, price)]
    slips = (
        (truth, None),
        ([t + 1 for t in truth], "that is what comes back per dollar. The dollar itself was "
         "spent: subtract the cost before you divide by it."),
        (fits, "the shadow model is fitted every day, and fitting is free. Only promotions cost."),
        ([maintained.roi(worst, k, price) for k in n], "that compares with a perfect model. The "
         "policy saves what never promoting errs, less what it errs itself."),
        ([maintained.roi(e, k, price) for e, k in zip(mean, n, strict=True)],
         "that counts the error which the policy makes. Saved is what it no longer makes: "
         "error['never'] less its own."),
        ([100 * t for t in truth], "that is a percentage; give the ratio, as roi does."),
        ([maintained.roi(worst - e, k) for e, k in zip(mean, n, strict=True)],
         "that is the return at $400; pass your own price to roi."),
    )  # fmt: skip
    for values, reason in slips:
        if all(read.near(x, v) for x, v in zip(said, values, strict=True)):
            return reason
    return ("roi(error saved against never, promotions, price=your price), for the row '56 days' "
            "and for the row 'challenger'.")  # fmt: skip


RETURNS = Exercise(
    id="5-2b", name="answer", reason=_returns,
    hints=("What is saved is counted against never promoting, what is paid for is promotions.",
           "rows.loc['challenger', 'mean loss'] and ['promotions'] are the two numbers of a rule.",
           "roi takes the error saved, the promotions, and price=... by name."),
    solution="""
price = 1000
answer = {"price": price}
for name in ("56 days", "challenger"):
    saved = error["never"] - rows.loc[name, "mean loss"]
    answer[name] = roi(saved, rows.loc[name, "promotions"], price=price)
""",
    explains="At every price the challenger rule returns more: it saves nearly the same with a "
    "quarter of the promotions. The dearer a promotion, the more it pays to wait for need.",
    right=("(price, answer['56 days'], answer['challenger'])", "pd.Series(answer)",
           """
answer = [50]
for name in ("56 days", "challenger"):
    cost = 50 * rows.loc[name, "promotions"]
    answer.append((0.1 * 2253 * (error["never"] - rows.loc[name, "mean loss"]) - cost) / cost)
""", "{k: round(float(v), 3) for k, v in answer.items()}"),
    wrong=(
        Wrong("the shadow's fits cost too", "{'price': price, '56 days': answer['56 days'], "
              "'challenger': roi(error['never'] - error['challenger'], 2253, price=price)}",
              "fitting is free"),
        Wrong("what comes back is the return", "(price, answer['56 days'] + 1, "
              "answer['challenger'] + 1)", "subtract the cost"),
        Wrong("the ideal is no error", "(price, *(roi(error['never'], rows.loc[k, 'promotions'], "
              "price=price) for k in ('56 days', 'challenger')))", "perfect model"),
        Wrong("the price is in the formula already", "(price, *(roi(error['never'] - error[k], "
              "rows.loc[k, 'promotions']) for k in ('56 days', 'challenger')))", "at $400"),
    ),
    given=STREET,
)  # fmt: skip


# --- 5-2c: how often ----------------------------------------------------------------------------


def _interval(answer: Any) -> str | None:
    if hasattr(answer, "total_seconds"):  # a length of time, whatever its unit
        answer = answer.total_seconds() / 86_400
    price, slope, days = 400, 0.002, read.number(answer, "the interval")
    slips = (
        ((2 * price / slope) ** 0.5, None),
        ((price / slope) ** 0.5, "the model is tau / 2 old on average, so age costs a tau / 2 a "
         "day. Where does the 2 go when you set the derivative to 0?"),
        (2 * price / slope, "take the root: the derivative of C / tau + a tau / 2 is "
         "a / 2 - C / tau^2."),
        (price / slope, "on day C / a the error of a day costs as much as a promotion. But you "
         "pay for all the days before it too."),
        ((2 * price * slope) ** 0.5, "that is what a day costs at the best interval, in dollars."),
        ((2 * price / slope) ** 0.5 / 7, "that looks like weeks. Give days, or a pd.Timedelta."),
    )  # fmt: skip
    for value, reason in slips:
        if read.near(days, value):
            return reason
    return "put C = 400 and a = .002 x 1 into C / tau + a tau / 2, and find where it is least."


INTERVAL = Exercise(
    id="5-2c", name="days_between", reason=_interval,
    hints=("a is .002 units a day, at $1 a unit and day. So how many dollars a day, per day?",
           "At the best interval promotions cost as much a day as age does: C / tau = a tau / 2.",
           "Multiply both sides by 2 tau / a, and take the root."),
    solution="days_between = (2 * 400 / 0.002) ** 0.5",
    explains="About 21 months. At $1,600 it would be twice that, not four times.",
    right=("632", "np.float32(632.46)", "pd.Timedelta(weeks=90.351)", "round(days_between, 1)"),
    wrong=(
        Wrong("the model is always tau old", "(400 / 0.002) ** 0.5", "tau / 2 old"),
        Wrong("no root", "2 * 400 / 0.002", "take the root"),
        Wrong("promote when a day's error costs a promotion", "400 / 0.002", "all the days"),
        Wrong("the cost is the interval", "(2 * 400 * 0.002) ** 0.5", "in dollars"),
        Wrong("the unit doesn't matter", "days_between / 7", "looks like weeks"),
    ),
    given="import numpy as np\nimport pandas as pd",
)  # fmt: skip


# --- 5-2d: the gates ----------------------------------------------------------------------------


GATE_SAYS = {
    "non-inferior": "{} has a fine gain on 50 people. How low may it be?",
    "lineage": "{} has no known rows. It looks so good because half of them are the gate's own: "
               "the hash would have told.",
    "worst group": "{} is not inferior on average. Look at people with a disability.",
    "calibration": "{} decides as well as the refit, but its scores no longer mean what they say.",
    "latency": "{} is accurate, and far more than 10 times as slow.",
}  # fmt: skip


def _may_go(answer: Any) -> str | None:
    said = read.names(answer)
    table = maintained.measured()
    gates = maintained.passes(table)
    unknown = said - set(table.index)
    if unknown:
        return f"{sorted(unknown)[0]!r} is no candidate; there are {', '.join(table.index)}."
    passed = set(gates.index[gates.all(axis=1)])
    wrong = sorted(said - passed, key=lambda name: -table.loc[name, "gain"])
    if wrong:
        shut = [gate for gate in GATE_SAYS if not gates.loc[wrong[0], gate]]
        return f"{len(wrong)} of yours may not go. " + GATE_SAYS[shut[0]].format(repr(wrong[0]))
    if not said:
        return "somebody may go: no gate asks for a gain that is proven."
    if said != passed:
        return (f"{len(passed - said)} more may go. A gate asks whether a candidate is much worse; "
                "whether the gain is proven is another question.")  # fmt: skip
    return None


MAY_GO = Exercise(
    id="5-2d", name="may_go", reason=_may_go,
    hints=("Go column by column, and strike out whoever breaks a limit.",
           "The interval's low end decides, not the gain; and the group's low end has a limit of "
           "its own.",
           "Five conditions joined by &: low, group low, calibration, times slower, rows known."),
    solution="""
open_gates = (measured["low"] > -0.02) & (measured["group low"] > -0.03)
open_gates &= (measured["calibration"] <= 0.02) & (measured["times slower"] <= 10)
may_go = set(measured.index[open_gates & (measured["rows known"] == "yes")])
""",
    explains="Two may go, and neither has the largest gain. Four of the other five are stopped by "
    "one gate each: leave that gate out, and they pass.",
    right=("sorted(may_go)", "['no ancestry', 'refit']",
           "pd.Index(['refit', 'no ancestry'])", "np.array(['refit', 'no ancestry'])"),
    wrong=(
        Wrong("the largest gain wins", "{measured['gain'].astype(float).idxmax()}",
              "How low may it be"),
        Wrong("the best that was judged on many wins", "{'unsigned'}", "no known rows"),
        Wrong("the average is enough", "{'refit', 'no ancestry', 'narrow'}", "with a disability"),
        Wrong("same decisions, same model", "{'refit', 'no ancestry', 'sharp'}", "mean what they"),
        Wrong("accuracy is worth any wait", "{'refit', 'no ancestry', 'committee'}", "as slow"),
        Wrong("only a proven gain may go", "{'refit'}", "another question"),
    ),
    given=GATES,
)  # fmt: skip


# --- 5-2e: decide and defend --------------------------------------------------------------------


PAGE = Exercise(
    id="5-2e", name="page",
    reason=rubric(
        Point("can it be taken back", r"revers|roll(ed|s)? ?back|roll it back|put back|undo|undone|"
              r"take(n)? (it )?back|old (model|champion)|registry",
              "How is a bad promotion taken back, and from where?"),
        Point("whom a bad model reaches", r"blast|how many|at most|reach|share of|per cent|%|"
              r"requests|people|streets?|cameras?",
              "How many people meet a bad model before it is stopped?"),
        Point("gates and a canary", r"canary|gates?\b|check",
              "Which gates stand before it, and what watches the first requests?"),
        Point("an owner", r"owner|owns|on call|signs?\b|signature|responsib|paged?\b|person",
              "Who owns the decision, and who is paged?"),
        Point("what would change your mind", r"change (my|our) mind|unless|would stop|until|"
              r"as soon as|if (it|the|we|one|two|a|labels)|review after|reconsider",
              "What would you have to see to decide the other way?"),
        least=40,
    ),
    hints=("Five things: taken back how, reaching whom, behind which gates, owned by whom, and "
           "what would change your mind.",
           "Compare a forecast for street cleaners with a decision about a person: what can be "
           "taken back in the morning?"),
    solution='''
page = """Yes, for the street. A bad night sends cleaners to the wrong corner, which is over by
morning and can be taken back: the old champion waits in the registry, named by its hash. The
candidate passes the data checks, non-inferiority, the worst street, latency and lineage; then a
canary at one camera of eighteen runs for a week, so at most that street meets a bad model. I own
the decision and am paged when the canary stops. For decisions about people, no: there labels come
late, and nothing undoes a refusal. Two rollbacks in a quarter would change my mind here too."""
''',
    explains="A model answer to compare yours with. No is as good an answer as yes, if it says "
    "what can be taken back, whom it reaches, what stands before it, whose it is, and what would "
    "turn it round.",
    right=('"""No. Promotion at night reaches all people in the queue before anybody looks, and a '
           'refusal is not reversible, so gates alone are not enough for us. By day the same gates '
           'and a canary on one per cent of requests are fine, the owner signs, and we would '
           'reconsider after a year without a single bad candidate that slipped through."""',),
    wrong=(
        Wrong("gates make rollback needless", 'page = "Yes. Every candidate passes the checks, '
              'the gates and a canary before it is promoted, and the owner of the forecast is '
              'paged if one of them is shut, so nothing bad can ever come through, and nobody has '
              'to think about what happens afterwards. Labels in doubt would stop it."',
              "taken back"),
        Wrong("rollback makes gates needless", 'page = "Yes, since the champion waits in the '
              'registry and can be put in place again with one command within minutes whenever '
              'the owner sees in the morning that something went wrong. At most one night of '
              'cleaning is lost, which nobody will notice. A lost week would change my mind."',
              "Which gates"),
        Wrong("the machine decides, so nobody does", 'page = "Yes. The gates and the canary are '
              'automatic, the rollback is automatic, at most one street in eighteen is touched, '
              'and everything is logged, so that no human being needs to be bothered with it by '
              'day or by night; two rollbacks in a month would change my mind about it."',
              "Who owns"),
        Wrong("decided is decided", 'page = "Yes. Behind all five gates and a canary at one '
              'camera, with the champion ready to be rolled back by its hash. The owner is on '
              'call for it and signs once a month. This has been settled by the board, it is the '
              'state of the art everywhere, and so there is nothing more to be said about it."',
              "other way"),
    ),
)  # fmt: skip

EXERCISES: tuple[Exercise, ...] = (BUG_HUNT, RETURNS, INTERVAL, MAY_GO, PAGE)

QUIZ: tuple[Question, ...] = (
    Question(
        "A trigger compares a model with its own first weeks. Why does it fail?",
        "Its baseline gets worse with the model",
        "Fitted in chaos, it takes chaos for normal; nothing is bad enough after that.",
        (("Its threshold is too low", "A lower factor slept as well. The yardstick is the fault."),
         ("It needs labels", "So does every rule here, the challenger too."),
         ("Retraining does not help", "It helped a lot, whenever it took place.")),
    ),
    Question(
        "A promotion becomes four times as dear. The economic interval",
        "doubles",
        "It grows with the root of the price.",
        (("is four times as long", "Then age would cost four times as much as before; the best "
          "interval shares the pain."),
         ("halves", "Dearer promotions call for fewer of them."),
         ("stays: the model ages as before",
          "It ages as before, but the other side of the bill has moved.")),
    ),
    Question(
        "The code is unchanged, all tests are green, and the output has changed. What happened?",
        "Data or parameters changed without a version",
        "Hash all three, and the hash says which.",
        (("Nothing: that is impossible", "It happened in loop 5, with one age in twenty."),
         ("A seed, which nobody can control", "A seed is a parameter; record it like the others."),
         ("It must be the GPU", "There was none, and the same bytes gave the same bits.")),
    ),
    Question(
        "Ten independent checks at .05 look at clean data. Some alarm comes with probability",
        ".40",
        "1 - .95 to the tenth power. Share the .05 among the checks.",
        ((".05", "That is each one's. All ten must stay quiet."),
         (".50", "That adds the ten up, and counts days with two alarms twice."),
         ("0: clean data set nothing off", "A limit at .05 is broken by 1 clean file in 20.")),
    ),
)  # fmt: skip
