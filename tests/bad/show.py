"""Bad input for `helpers.show`: what is bad, the call, and what the refusal must say."""

import matplotlib.pyplot as plt
import pandas as pd

from helpers import show

ALT = "One dot with an interval, at one, which says nothing at all about anything."
FRAME = pd.DataFrame({"rate": [0.5]})


def _intervals(*numbers, **options):
    """Draw on a figure that is closed again, refused or not."""

    def run():
        fig, ax = plt.subplots()
        try:
            show.intervals(ax, *numbers, **options)
        finally:
            plt.close(fig)

    return run


def _figure(alt):
    def run():
        fig = plt.figure()
        try:
            show.figure(fig, alt=alt)
        finally:
            plt.close(fig)

    return run


CASES = [
    ("show.NotMeasured", "no reason", lambda: show.NotMeasured(""), "reason"),
    ("show.NotMeasured", "a number", lambda: show.NotMeasured(3), "reason.*3"),
    ("show.value", "no digits", lambda: show.value(1.5, digits=0), "digits.*at least 1"),
    ("show.value", "half a digit", lambda: show.value(1.5, digits=1.5), "digits.*whole"),
    ("show.machine", "a unit that is no text", lambda: show.machine(1.5, 3), "unit.*3"),
    ("show.machine", "too many digits", lambda: show.machine(1.5, digits=40), "digits.*at most"),
    ("show.figure", "no figure", lambda: show.figure([1], alt=ALT), "fig.*list"),
    ("show.figure", "None", lambda: show.figure(None, alt=ALT), "fig.*NoneType"),
    ("show.figure", "no sentence", _figure("A figure."), "alt.*sentence"),
    ("show.figure", "no text", _figure(None), "alt.*None"),
    ("show.table", "no table", lambda: show.table([1, 2]), "frame.*list.*DataFrame"),
    ("show.table", "an unknown column", lambda: show.table(FRAME, machine=("rates",)),
     "no column 'rates'.*did you mean 'rate'"),
    ("show.intervals", "NaN", _intervals([1], [float("nan")], [0], [1]), "estimate.*missing"),
    ("show.intervals", "lengths", _intervals([1], [1], [0, 0], [1]), "different lengths"),
    ("show.intervals", "the wrong way round", _intervals([1], [1], [2], [0]), "low and high"),
    ("show.intervals", "a colour", _intervals([1], [1], [0], [2], colour="blau"),
     "colour.*did you mean 'blue'"),
    ("show.intervals", "nothing", _intervals([], [], [], []), "is empty"),
]  # fmt: skip
