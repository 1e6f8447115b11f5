"""What the exercises of 5-1 are about: five files with a hidden rule, and a shop's fraud reports.

The check of the bug hunt stands here too: it runs a repaired monitor on fresh shops.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from helpers import data
from helpers.exercises import read
from helpers.exercises.engine import Exercise, Wrong

#: What was done to each of the five files.
RULES = {"A": "label", "B": "concept", "C": "covariate", "D": "none", "E": "concept"}


def five_files(seed: int = 0) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """The census of 2015 (age in tens of years, works or not), and five files drawn from it."""
    rows = data.load("acs").query("year == 2015")
    age = (rows["AGEP"].astype(int) // 10 * 10).clip(10, 70)
    people = pd.DataFrame({"age": age, "works": rows["employed"].astype(int)})
    people = people.reset_index(drop=True)
    rng = np.random.default_rng(seed)
    weights = {"A": 1 + 2 * people["works"], "C": 100 - people["age"]}
    files = {}
    for name in RULES:
        p = weights.get(name, pd.Series(1.0, index=people.index)).to_numpy(float)
        files[name] = people.iloc[rng.choice(len(people), 60_000, p=p / p.sum())]
        files[name] = files[name].reset_index(drop=True)
    files["B"].loc[(files["B"]["age"] == 30) & (rng.random(60_000) < 0.3), "works"] = 0
    swap = files["E"]  # as many stop at 20-29 as begin at 60 and over: p(y) stays
    stop = rng.choice(np.flatnonzero((swap["age"] == 20) & (swap["works"] == 1)), 1_500, False)
    begin = rng.choice(np.flatnonzero((swap["age"] >= 60) & (swap["works"] == 0)), 1_500, False)
    swap.loc[stop, "works"], swap.loc[begin, "works"] = 0, 1
    return people, files


def reports_of_a_shop(seed: int = 0, median: float = 30, rise: float = 1) -> tuple:
    """A generated shop: a row for each payment, the usual share of missed frauds, report delays.

    `rise`: how many times as many frauds are missed from day 150 on.
    """
    rng = np.random.default_rng(seed)
    day, usual = np.repeat(np.arange(230), 600), 0.02
    missed = rng.random(len(day)) < usual * np.where(day < 150, 1, rise)
    delay = np.exp(rng.normal(np.log(median), 0.6, len(day))).round().clip(3, 90)
    known = np.sort(np.exp(rng.normal(np.log(median), 0.6, 20_000)).round().clip(3, 90))

    def arrived(age: Any) -> Any:
        return np.searchsorted(known, age, side="right") / len(known)

    return pd.DataFrame({"day": day, "missed": missed, "delay": delay}), usual, arrived


# --- 5-1d: a bug hunt ---------------------------------------------------------------------------


def _ratios(shop: pd.DataFrame, today: int, usual: float, arrived: Any) -> dict[str, float]:
    """The right ratio, and what each slip makes of the same shop."""
    age = (today - shop["day"]).to_numpy()
    missed, known = shop["missed"].to_numpy(), (shop["delay"] <= today - shop["day"]).to_numpy()
    young, old = (age >= 0) & (age < 28), (age >= 60) & (age < 67)
    count, n = (missed & known & young).sum(), young.sum()
    return {
        "right": count / (usual * arrived(age[young]).sum()),
        "colleague": count / (usual * n),
        "future": (missed & young).sum() / (usual * n),
        "mean age": count / (usual * n * arrived(13.5)),
        "oldest": count / (usual * n * arrived(27)),
        "mature": (missed & known & old).sum() / (usual * old.sum()),
        "mature, expected": (missed & known & old).sum() / (usual * arrived(age[old]).sum()),
    }  # fmt: skip


_MATURE = "that looks at old days only: the mature monitor again, with its weeks of delay."
_WHY = {
    "colleague": "that is the colleague's ratio. A payment of today can't have been reported yet, "
    "but it stands in the denominator: expect of each age only what can have arrived.",
    "future": "you count frauds that nobody has reported by `today`. Keep the condition on delay.",
    "mean age": "the share that arrived at the mean age isn't the mean share that arrived: take "
    "arrived(age) for each payment, then sum.",
    "oldest": "you expect of every payment what only the oldest can have: sum arrived(age) over "
    "all ages.",
    "mature": _MATURE, "mature, expected": _MATURE,
}  # fmt: skip


def _ratio(answer: Any) -> str | None:
    found, truths = [], []
    for seed, median, rise, today in ((1, 30, 1, 149), (2, 20, 1, 140), (3, 30, 6, 190)):
        shop, usual, arrived = reports_of_a_shop(seed, median, rise)
        value = read.calls(answer, shop.copy(), today, usual, arrived)
        found.append(read.number(value, "the ratio"))
        truths.append(_ratios(shop, today, usual, arrived))
    for name in truths[0]:
        if all(abs(f - t[name]) < 1e-6 * (1 + t[name]) for f, t in zip(found, truths, strict=True)):
            return _WHY.get(name)
    times = [f / t["colleague"] for f, t in zip(found, truths, strict=True)]
    if max(times) < 1.001 * min(times):
        return (f"that is the colleague's ratio times {times[0]:.2g}: a lower limit by another "
                "name. With other delays it pages on quiet weeks, or sleeps again.")  # fmt: skip
    if max(abs(f - t["right"]) for f, t in zip(found, truths, strict=True)) < 0.02:
        return "close, but the days are off: ages 0 to 27, both included."
    return "on fresh shops the ratio is off: reports so far over usual times what can have come."


HUNT = Exercise(
    id="5-1d", name="ratio", reason=_ratio,
    hints=("Which of the payments in the denominator can already have been reported?",
           "One that is 3 days old has a small chance, one that is 27 days old a larger one. "
           "`arrived` knows both.",
           "Keep the count. Replace the number of payments by the sum of arrived over their ages, "
           "today minus their day."),
    solution="""
def ratio(stream, today, usual, arrived):
    young = stream[(stream["day"] > today - 28) & (stream["day"] <= today)]
    age = today - young["day"]
    reported = (young["missed"] & (young["delay"] <= age)).sum()
    return reported / (usual * arrived(age.to_numpy()).sum())
""",
    explains="Compare what has arrived with what can have arrived. The youngest days are not "
    "thrown away and not trusted too much: each counts for its share.",
    right=("""
def ratio(stream, today, usual, arrived):
    count = expected = 0.0
    for age in range(28):
        of_day = stream[stream["day"] == today - age]
        count += (of_day["missed"] & (of_day["delay"] <= age)).sum()
        expected += usual * len(of_day) * float(arrived(age))
    return count / expected
""",),
    wrong=(
        Wrong("the limit is too high", """
def ratio(stream, today, usual, arrived):
    return 6 * colleague(stream, today, usual, arrived)
""", "a lower limit by another name"),
        Wrong("young days can't be used", """
def ratio(stream, today, usual, arrived):
    old = stream[stream["day"].between(today - 66, today - 60)]
    known = old["missed"] & (old["day"] + old["delay"] <= today)
    return known.sum() / (usual * len(old))
""", "the mature monitor again"),
        Wrong("the mean age will do", """
def ratio(stream, today, usual, arrived):
    return colleague(stream, today, usual, arrived) / arrived(13.5)
""", "isn't the mean share"),
        Wrong("count every missed fraud", """
def ratio(stream, today, usual, arrived):
    young = stream[(stream["day"] > today - 28) & (stream["day"] <= today)]
    return young["missed"].sum() / (usual * len(young))
""", "nobody has reported"),
        Wrong("nothing is wrong", "colleague", "stands in the denominator"),
    ),
    given="""
def colleague(stream, today, usual, arrived):
    young = stream[(stream["day"] > today - 28) & (stream["day"] <= today)]
    reported = (young["missed"] & (young["day"] + young["delay"] <= today)).sum()
    return reported / (usual * len(young))
""",
)  # fmt: skip
