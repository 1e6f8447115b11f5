"""Exercises of 3-4, which machine: a log, cards to rent, a battery, a copied table, a memo.

All checks recompute from the figures in the task; the table's rows are judged one by one, so that
a row that is odd but right gets the reason why it is right.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from helpers.exercises import read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric

XL = 1_557_611_200  # parameters of GPT-2 XL


def _told(x: float, slips: tuple, otherwise: str) -> str | None:
    """The reason that goes with the first value near x; None stands for the right one."""
    for value, reason in slips:
        if read.near(x, value):
            return reason
    return otherwise


# --- 3-4a: MFU from a log -----------------------------------------------------------------------


def _mfu(answer: Any) -> str | None:
    rate = 2 * 2_400e6 * 1000 / 40  # FLOP/s
    truth = rate / 200e9
    slips = (
        (truth, None),
        (0.98, "98 % is the share of time in which something ran. How much work was done?"),
        (truth / 2, "the sheet counts a multiply-add as two FLOPs, and you counted it as one."),
        (truth * 0.98, "leave the 98 % out: the 40 seconds hold the busy and the idle time."),
        (truth / 0.98, "leave the 98 % out: idle time is lost time, and MFU should show it."),
        (100 * truth, "give a share between 0 and 1, not a percentage."),
        (rate / 1e9, "that is the rate in GFLOP/s. Which share of the peak is it?"),
        (1 / truth, "you divided the peak by the rate; a share of the peak is the other way."),
    )
    return _told(read.number(answer, "the MFU"), slips,
                 "FLOPs of all steps, divided by the seconds, divided by the peak.")  # fmt: skip


# --- 3-4b: cards for GPT-2 XL -------------------------------------------------------------------


def _cards(answer: Any) -> str | None:
    if isinstance(answer, str):  # "at least 2" is an answer, and a good one
        found = re.findall(r"\d+(?:\.\d+)?|\bone\b|\btwo\b|\bthree\b", answer.lower())
        words = {"one": 1, "two": 2, "three": 3}
        if len(found) == 1:
            answer = words.get(found[0]) or float(found[0])
    cards = read.number(answer, "the number of cards")
    need, card = 16 * XL, 24e9
    if cards == math.ceil(need / card):
        return None
    if read.near(cards, need / card):
        return "a part of a card cannot be rented: round up."
    if cards == 1:
        return ("one card holds the weights, 4 bytes each, or everything in 16-bit numbers. The "
                "gradient and Adam's two means are held as well, 4 bytes each.")  # fmt: skip
    if cards == 3:
        return ("3 leaves room for activations. The question is the least before them, and 2 times "
                "24 GB hold the state.")  # fmt: skip
    if read.near(cards, need / 1e9):
        return "that is the number of gigabytes. How many cards of 24 hold them?"
    if cards == math.ceil(8 * need / card):
        return "those are bits: memory is counted in bytes, 4 for a 32-bit number."
    return "16 bytes a parameter, times the parameters, divided by 24 billion bytes, rounded up."


# --- 3-4c: battery hours ------------------------------------------------------------------------


def _hours(answer: Any) -> str | None:
    hours = read.number(answer, "the hours")
    watt_hours, rest, work = 5000 / 1000 * 3.8, 0.4, 20 * 0.03
    truth = watt_hours / (rest + work)
    slips = (
        (truth, None),
        (watt_hours / work, "the 0.4 W at rest are drawn all the time; you left them out."),
        (watt_hours / rest, "that is the device at rest. The predictions draw power too."),
        (1000 * truth / 3600, "mAh times volts are milliwatt-hours, not joules: an hour has 3,600 "
         "seconds."),
        (1000 * truth, "that is a thousand times too long: mAh are thousandths of an Ah."),
        (3600 * truth, "those are seconds. How many hours?"),
        (5.0 / (rest + work), "ampere-hours are no energy yet: multiply by the volts."),
        (watt_hours / (rest + 0.03), "that is one prediction a second; it makes 20."),
    )  # fmt: skip
    return _told(hours, slips, "watt-hours of the battery, divided by all the watts drawn.")


# --- 3-4d: two wrong rows -----------------------------------------------------------------------

RIGHT_ROWS = {
    "L40S": "948 is in the log: the same cards under another stack. Slow is not wrong.",
    "L4": "an L4 has less bandwidth than a T4, and that is why it is slower for one user.",
    "A100": "the A100's peak and bandwidth agree with gpus, and nothing else is claimed of it.",
    "MI300X": "the log has 23,515: below the H100 in spite of its bandwidth, and still right.",
}
CARDS = ("L4", "A100", "L40S", "H100", "H200", "MI300X")  # in the order of the table


def _named(answer: Any) -> set[str]:
    """The cards that an answer means: names, row numbers, rows of the table, keys of repairs."""
    if hasattr(answer, "columns"):
        answer = answer["card"] if "card" in answer.columns else list(answer.columns)
    if isinstance(answer, Mapping):
        answer = list(answer)
    if isinstance(answer, str):
        answer = re.sub(r"(?i)80 ?GB|\band\b", " ", answer)
    out = set()
    for name in read.names(answer):
        word = name.upper().removesuffix(".0").split()[0] if name.split() else ""
        out.add(CARDS[int(word)] if word in {"0", "1", "2", "3", "4", "5"} else word)
    return out


def _rows(answer: Any) -> str | None:
    named = _named(answer)
    strange = named - set(CARDS)
    if strange or not named:
        return f"name cards of the table, such as 'L4'; found {sorted(strange)[:1] or 'none'}."
    for card, reason in RIGHT_ROWS.items():
        if card in named:
            return f"{card}: {reason}"
    if named == {"H100", "H200"}:
        return None
    if named == {"H100"}:
        return "H100 is one: that is the rate of the vector units. Now the nouns: tokens, or what?"
    return "H200 is one: the log counts 107 samples a second. Now the peaks: whose ridge is odd?"


# --- the five -----------------------------------------------------------------------------------

MEMO = '''
memo = """Take the four small machines. Memory does not force the server: 7 billion weights of two
bytes are 14 GB and fit on one card of 80 GB. One request at a time is bound by bandwidth, so I
compare 4 x 2,039 with a fifth of 8 x 3,350 GB a second, and the four suffice. At a fifth of its
capacity the server idles for most of the money, while a small machine can be given back after a
month. Three years of commitment are worth it only when measured use says so; I would look again
then."""
'''

EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        id="3-4a", name="mfu_of_log", reason=_mfu,
        hints=("Two shares are on the table: of the time, and of the peak. Which one is the MFU?",
               "FLOPs of all steps first, in the units of the data sheet; then a second; then the "
               "peak."),
        solution="flop_per_s = 1_000 * 2 * 2.4e9 / 40\nmfu_of_log = flop_per_s / 200e9",
        explains="120 of 200 GFLOP/s: .6. The monitor's 98 % and an MFU of .6 describe the same 40 "
                 "seconds.",
        right=("Fraction(3, 5)", "np.float32(0.6)", "round(mfu_of_log, 3)"),
        wrong=(Wrong("busy is used", "0.98", "How much work"),
               Wrong("a multiply-add is one FLOP", "0.3", "as two FLOPs"),
               Wrong("only busy time counts", "0.6 / 0.98", "idle time is lost"),
               Wrong("the rate is the answer", "120", "share of the peak is it")),
        given="import numpy as np\nfrom fractions import Fraction",
    ),
    Exercise(
        id="3-4b", name="cards", reason=_cards,
        hints=("What does Adam keep for every parameter, besides the weight itself?",
               "Four numbers of 4 bytes each, times 1.56 billion.",
               "24.9 billion bytes; one card holds 24."),
        solution="import math\ncards = math.ceil(16 * 1_557_611_200 / 24e9)",
        explains="At least 2. The state alone misses one card by a little, and the activations "
                 "still come on top: with a large batch even two can be too few.",
        right=("2.0", "'at least 2, since activations come on top'", "np.int64(2)"),
        wrong=(Wrong("the weights are all there is", "1", "gradient and Adam's two means"),
               Wrong("cards can be split", "16 * 1_557_611_200 / 24e9", "round up"),
               Wrong("gigabytes are cards", "24.9", "number of gigabytes"),
               Wrong("activations are part of the state", "3", "room for activations")),
        given="import numpy as np",
    ),
    Exercise(
        id="3-4c", name="hours_of_reader", reason=_hours,
        hints=("Energy in the battery, divided by power drawn. Bring both to watts and hours.",
               "5 Ah times 3.8 V are watt-hours. The power has two parts.",
               "At rest 0.4 W, always; and 20 predictions a second of 0.03 J each."),
        solution="watt_hours = 5000 / 1000 * 3.8\nhours_of_reader = watt_hours / (0.4 + 20 * 0.03)",
        explains="19 hours: 19 watt-hours at one watt. More than half of the power is the model's, "
                 "so here a smaller model would be felt; at 2 predictions a second it would not.",
        right=("19", "np.float64(19)", "5 * 3.8 * 3600 / (0.4 + 0.6) / 3600"),
        wrong=(Wrong("mAh times volts are joules", "5000 * 3.8 / 1.0 / 3600", "not joules"),
               Wrong("a device at rest takes nothing", "19 / 0.6", "left them out"),
               Wrong("a model takes nothing", "19 / 0.4", "draw power too"),
               Wrong("ampere-hours are energy", "5 / 1.0", "multiply by the volts")),
        given="import numpy as np",
    ),
    Exercise(
        id="3-4d", name="wrong_rows", reason=_rows,
        hints=("Divide TFLOP/s by GB/s, row by row, and compare with the column ridge of gpus.",
               "H100 and H200 have the same arithmetic units and different memory. Compare these "
               "two rows in every column.",
               "In the log, eight cards of one kind have 107 of something a second. Of what?"),
        solution='wrong_rows = {"H100", "H200"}',
        explains="133 TFLOP/s is the H100's vector rate, 989 that of its matrix units: the copied "
                 "ridge is seven times too low. 107 are samples a second, some 290 tokens each.",
        right=('["H200", "H100"]', '"H100, H200"', '{"H100": 989.4, "H200": 31302.7}', "(3, 4)",
               "copied[copied['card'].isin(['H100', 'H200'])]"),
        wrong=(Wrong("the slowest must be wrong", '{"L40S", "H100"}', "Slow is not wrong"),
               Wrong("a newer card has more bandwidth", '{"L4", "H200"}', "less bandwidth"),
               Wrong("more bandwidth must mean more tokens", '{"MI300X", "H200"}', "in spite of"),
               Wrong("one is enough", '{"H100"}', "Now the nouns")),
        given="import pandas as pd\n"
              "copied = pd.DataFrame({'card': ['L4', 'A100 80GB', 'L40S', 'H100', 'H200', "
              "'MI300X']})",
    ),
    Exercise(
        id="3-4e", name="memo", reason=rubric(
            Point("whether memory forces it", r"memory|\bGB\b|gigabyte|\bfits?\b",
                  "How many bytes does the model need, and on how many cards do they fit?"),
            Point("what limits the work", r"bandwidth|compute.bound|memory.bound|ridge|intensity",
                  "One request at a time: is that bound by arithmetic, or by something else?"),
            Point("how much of it is used", r"utili[sz]|a fifth|20 ?%|\bidl|capacity",
                  "What does the server cost while it has nothing to do?"),
            Point("what leaving costs", r"year|month|exit|lock|cancel|commit|contract|given? back",
                  "What if the work changes after a year: who can leave, and how?")),
        hints=("Four things decide: bytes, the limit, use, and how you get out again.",
               "7 billion weights of two bytes. Compare 4 x 2,039 GB/s with a fifth of 8 x 3,350."),
        solution=MEMO,
        explains="A model answer to compare yours with. The opposite can be defended too, if use "
                 "is about to grow and somebody says by how much.",
        right=("memo.upper()",
               "'We fit on one card (14 GB), the limit is bandwidth, the server would idle four "
               "fifths of the day, and only the small ones can be cancelled monthly.'"),
        wrong=(Wrong("the dashboard said so",
                     "'The dashboard shows one hundred per cent on all our machines, so we should "
                     "take the server with eight H100 before somebody else gets it.'",
                     "whether memory forces it"),
               Wrong("peak decides",
                     "'The model has 14 GB and fits, and the server has by far the highest peak of "
                     "all the machines on the list, so it is the better choice for us.'",
                     "what limits the work"),
               Wrong("cheap per token when full",
                     "'The model fits on one card and is bound by bandwidth. Per token the server "
                     "is cheaper than the small machines, so that we take the server.'",
                     "how much of it is used"),
               Wrong("prices will stay",
                     "'It fits in memory, the limit is bandwidth, and at a fifth of its capacity "
                     "the server still costs less in total by the quotes that we have today.'",
                     "what leaving costs")),
    ),
)  # fmt: skip

QUIZ: tuple[Question, ...] = (
    Question(
        "A core is 100 % busy, and the network that it trains waits for data. How can that be?",
        "The loader keeps the core busy",
        "A monitor does not know which program's work is the work you want.",
        (("It cannot: busy means that nothing waits",
          "Busy means that somebody had the core. It was the loader."),
         ("Waiting is counted as busy",
          "A thread that waits for a store gives the core away: use falls, as you saw.")),
    ),
    Question(
        "One user at a time, 16-bit weights: what limits the tokens a second?",
        "Bandwidth: every weight is read for every token",
        "1 FLOP a byte lies far to the left of every ridge in the table.",
        (("Peak FLOP/s", "Then an L4 would beat a T4. It has less bandwidth, and loses."),
         ("The number of cores", "Cores wait for the weights to arrive, however many they are.")),
    ),
    Question(
        "Training with Adam in 32-bit numbers takes 16 bytes a parameter because",
        "weight, gradient and two means have 4 bytes each",
        "Four numbers of 4 bytes. Activations come on top, and grow with the batch.",
        (("4 bytes are the weight and 12 the activations",
          "Activations grow with the batch, not with the parameters; they are extra."),
         ("products need 128-bit numbers", "The numbers have 32 bits; there are four of them.")),
    ),
    Question(
        "Twice the cards give",
        "less than twice the work; another stack may give more",
        "Eight MI300X did 7.68 times the work of one, and a change of stack 3.92 times.",
        (("twice the work", "Cards share and wait for each other: eight gave less than eight."),
         ("nothing, as data always limit", "Data limit when they starve the cards: measure it.")),
    ),
)  # fmt: skip
