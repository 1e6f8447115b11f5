"""The exercises and the quiz of notebook 1-3: attacks, a masked gradient, silence, threats.

Nothing here depends on a trained torch network: the linear model and the boosting are fitted
again. The two exercises whose answer is an attack stand in `attacks`.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from helpers.exercises import read
from helpers.exercises.attacks import CLOSED, HUNT
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric

# --- 1-3b: the smallest budget that breaks it ---------------------------------------------------

GRID = (0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
LINEAR = f"""
import numpy as np
from sklearn.linear_model import LogisticRegression
from helpers import data
fashion = data.load("fashion")
def pair(part):
    keep = np.isin(fashion[f"y_{{part}}"], (2, 4))
    rows = fashion[f"x_{{part}}"][keep].reshape(keep.sum(), -1) / 255
    return rows, (fashion[f"y_{{part}}"][keep] == 4).astype(int)
linear = LogisticRegression(max_iter=2000).fit(*pair("train"))
pair_x, pair_y = pair("test")
w, b = linear.coef_[0], linear.intercept_[0]
side = 2 * pair_y - 1
margin = side * (pair_x @ w + b)
grid = np.array({list(GRID)})
"""


@functools.cache
def _broken() -> float:
    """The smallest budget of the grid with less than half of the margins above 0."""
    names: dict = {}
    exec(LINEAR, names)
    lost = np.asarray(GRID) * np.abs(names["w"]).sum()
    share = (names["margin"][:, None] > lost).mean(axis=0)
    return GRID[int(np.argmax(share < 0.5))]


def _budget(answer: Any) -> str | None:
    x, truth = read.number(answer), _broken()
    place = GRID.index(truth)
    if abs(x - truth) < 1e-9:
        return None
    if x == place:
        return f"that is the place in the grid, not the budget: take grid[{place}]."
    if abs(x) < 1e-9:
        return ("a budget of 0 changes nothing. argmax gives 0 where no entry is below 50 %: did "
                "you move the pixels by chance instead of attacking?")  # fmt: skip
    if abs(x - GRID[-1]) < 1e-9:
        return ("random noise of that size would not break it, and an attack breaks it far "
                "earlier: use margin and the sum of |w|.")  # fmt: skip
    if x not in GRID:
        return "choose one of the budgets in the grid."
    if x > truth:
        return "it is broken there, but it is broken at a smaller budget of the grid already."
    return "with this budget more than half of the images are still right: margins above 0 count."


BUDGET = Exercise(
    id="1-3b", name="broken_at", reason=_budget,
    hints=(
        "An attacked image is still right when its margin is above 0 after the drop.",
        "By how much does a budget of eps lower each margin? See the identity above.",
        "(margin > eps * np.abs(w).sum()).mean() is the accuracy under attack, for one eps.",
    ),
    solution="""
under_attack = np.array([(margin > eps * np.abs(w).sum()).mean() for eps in grid])
broken_at = grid[np.argmax(under_attack < 0.5)]
""",
    explains="A few brightness steps of 255 break it. Random signs do not, even at the largest "
    "budget of the grid. A linear model needs no run of an attack: its margins tell.",
    right=("float(broken_at)", "grid[under_attack < 0.5].min()", "round(float(broken_at), 4)",
           "np.float32(broken_at).item().__round__(6)"),
    wrong=(
        Wrong("the index is the answer", """
under_attack = np.array([(margin > eps * np.abs(w).sum()).mean() for eps in grid])
broken_at = np.argmax(under_attack < 0.5)
""", "place in the grid"),
        Wrong("noise is the attack", """
signs = np.random.default_rng(0).choice([-1, 1], pair_x.shape)
by_chance = np.array([(side * (np.clip(pair_x + e * signs, 0, 1) @ w + b) > 0).mean()
                      for e in grid])
broken_at = grid[np.argmax(by_chance < 0.5)]
""", "by chance"),
        Wrong("broken means no image is right", """
under_attack = np.array([(margin > eps * np.abs(w).sum()).mean() for eps in grid])
broken_at = grid[np.argmax(under_attack < 0.05)]
""", "smaller budget"),
        Wrong("a weight is the drop", "broken_at = grid[np.argmax([(margin > e * np.abs(w).max())"
              ".mean() < 0.5 for e in grid])]", "by chance"),
    ),
    given=LINEAR,
)  # fmt: skip

# --- 1-3d: which column may not fall silent -----------------------------------------------------

DESK = """
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from helpers import data
acs = data.load("acs")
columns = list(acs.columns[:16])
fitted_on = acs[acs["year"] == 2015].sample(20_000, random_state=0)
people = acs[acs["year"] == 2018].sample(5_000, random_state=1)
employed = people["employed"].to_numpy()
desk = HistGradientBoostingClassifier(max_iter=60, random_state=0)
desk.fit(fitted_on[columns].to_numpy(), fitted_on["employed"])
def right(answers):
    return ((desk.predict_proba(answers[columns].to_numpy())[:, 1] >= 0.5) == employed).mean()
"""
BLANK = """
import pandas as pd
blank = pd.DataFrame({"points lost": [100 * (right(people) - right(people.assign(**{c: 0})))
                                      for c in columns]}, index=columns)
"""


@functools.cache
def _points() -> dict[str, float]:
    """Points of accuracy lost when a column is blank, by column."""
    names: dict = {}
    exec(DESK + BLANK, names)
    return {str(c): float(v) for c, v in names["blank"]["points lost"].items()}


def _columns(answer: Any) -> str | None:
    points, found = _points(), {name.upper() for name in read.names(answer)}
    truth = {c for c, lost in points.items() if lost > 10}
    if found == truth:
        return None
    strange = sorted(found - set(points))
    if strange or not found:
        return f"there is no column {strange[0][:20]!r}." if strange else "no column is named."
    if found == {"AGEP", "RELP", "DIS"}:
        return ("those are the top three by importance. Importance is about shuffling, not about "
                "silence: read the other axis.")  # fmt: skip
    extra = sorted(found - truth, key=lambda c: points[c])
    if extra:
        return f"{extra[0]} stays within the limit when blank: read its height in the figure."
    return "at least one more column costs over 10 points when blank: look at the height alone."


SILENCE = Exercise(
    id="1-3d", name="guarded", reason=_columns,
    hints=(
        "The table `blank` has a column `points lost`, and so has the figure: its height.",
        'Select the rows of `blank` whose "points lost" exceeds 10; their names are the index.',
    ),
    solution="""
guarded = set(blank.index[blank["points lost"] > 10])
""",
    explains="One of them is near zero in importance. A guard that counts blanks costs nothing in "
    "accuracy, and it would have stopped all three.",
    right=("sorted(guarded)", "', '.join(guarded)", 'blank.index[blank["points lost"] > 10]',
           "tuple(c.lower() for c in guarded)"),
    wrong=(
        Wrong("the important columns are the dangerous ones",
              'guarded = {"AGEP", "RELP", "DIS"}', "not about silence"),
        Wrong("the worst column is enough", 'guarded = "MIL"', "one more column"),
        Wrong("every loss counts", 'guarded = set(blank.index[blank["points lost"] > 2])',
              "within the limit"),
    ),
    given=DESK + BLANK,
)  # fmt: skip

# --- 1-3e: decide and defend --------------------------------------------------------------------

THREATS = Exercise(
    id="1-3e", name="threats",
    reason=rubric(
        Point("who attacks", r"applicant|vendor|insider|clerk|labell?er|employee|competitor|"
              r"supplier|outsider|data provider|engineer",
              "Who sits at the other end: somebody who applies, who labels, who supplies?"),
        Point("what they can change", r"answer|label|record|column|blank|schooling|form\b|field|"
              r"training data|code",
              "What can this person touch: an answer, a label, a column?"),
        Point("what they gain", r"gain|pass\b|money|\$|dollar|free|profit|advantage|approv|grudge|"
              r"benefit",
              "What does the attacker get out of it, or the accident cost?"),
        Point("what they see", r"\bsees?\b|seen|know|reply|learns? (the|whether|if)|observ|watch|"
              r"outcome|repeat|again|score is shown|blind",
              "What does the attacker see: the decision, the score, nothing? How often?"),
        Point("one control for each", r"check|document|paper|guard|monitor|audit|limit|second pair|"
              r"alarm|sample|verif|review|refuse to predict|leaf|prun",
              "Which control answers each threat?"),
        Point("its price", r"point|accuracy|cost|price|per cent|%",
              "What do the controls cost, in points of accuracy or in dollars?"),
        Point("signed or not", r"\bsign|approve the form|go.?live|not yet|release",
              "Do you sign the form?"),
        least=45,
    ),
    hints=(
        "One sentence for each of evade, poison, reveal, and one for the accident without anybody.",
        "Which answers can be checked on paper? Who may write labels? Who reads the scores?",
        "A guard for blanks and a monitor cost no accuracy; larger leaves cost a little.",
    ),
    solution='''
threats = """Applicants can change any unchecked answer, gain a pass, and see the decision, so they
may try again: ask for a document on schooling, and limit repeats. A labeller with a grudge can
flip the records of one group and sees nothing of the effect: audit accuracy by group against a
second pair of eyes. Whoever may query the model learns whether somebody was a member: larger
leaves, no scores shown. Nobody attacks when military service arrives blank: refuse to predict,
and monitor the share approved each day. All this costs under 3 points of accuracy, mostly clerk
time. I sign with the guard in place, and not before."""
''',
    explains="A model answer to compare yours with. The cheapest controls here touch the process, "
    "not the network.",
    right=('"Insiders who label could flip records to gain favours for friends; they know the '
           'group but not the model. Audit a sample of labels each week. Suppliers may send a '
           'column without values: an alarm stops the desk. Applicants lie about schooling and '
           'see the outcome: verify papers. Together one point of accuracy. I do not sign yet."',),
    wrong=(
        Wrong("a better network is the only control", 'threats = "Applicants may change answers '
              'to get a pass, and they see the outcome. We buy the adversarially trained network '
              'because it won under attack in the table above, and because its supplier says that '
              'nothing can break it, so that the form can be trusted from now on by everybody."',
              "Which control"),
        Wrong("no price", 'threats = "Applicants may change an answer to gain a pass, and they '
              'see the decision. Labellers may change labels of one group, and they see nothing. '
              'We ask for a document for schooling, we audit the labels of each group every week, '
              'we have an alarm for blank fields, and so I am ready to sign the form today."',
              "What do the controls cost"),
    ),
)  # fmt: skip

EXERCISES: tuple[Exercise, ...] = (CLOSED, BUDGET, HUNT, SILENCE, THREATS)

QUIZ: tuple[Question, ...] = (
    Question(
        "A network does not mind noise of .05 on every pixel. What about an attack of .05?",
        "It may still fail on most images",
        "Same size, other direction: chosen signs add up over the pixels, random ones cancel.",
        (("It is safe as well: the change is no larger",
          "Loop 1 used the same budget for both. Only one of them hurt."),
         ("It fails only if it was never trained with noise",
          "Training with noise helped a little under attack, no more: read its row in the table.")),
    ),
    Question(
        "A report says: accuracy 80 % under PGD. What is that number?",
        "An upper bound of the accuracy under attack",
        "A better attack can only lower it. Above all, try one that does not need this gradient.",
        (("The robustness of the model",
          "It is as much about the attack. A scaled model looked fine until attacked by transfer."),
         ("A guarantee for this budget",
          "Only a certificate is. No attack that fails proves that none succeeds.")),
    ),
    Question(
        "A column has hardly any permutation importance. May it go unmonitored?",
        "No: arriving blank it can do the most damage",
        "Shuffling keeps real answers in the column. A blank is an answer the model misreads.",
        (("Yes: the model hardly uses it",
          "It hardly uses its content as it is. Military service was such a column."),
         ("Only if it correlates with no important column",
          "Correlation is beside the point: watch what the pipeline writes when it is missing.")),
    ),
    Question(
        "Which spoilt labels are worse for a group: many at random, or few on purpose?",
        "Few on purpose",
        "Random ones pull both ways and average out. Chosen ones all pull one way.",
        (("Many at random: there are more of them",
          "More than three times as many flips cost next to nothing in loop 4."),
         ("Neither: the model sees only totals",
          "A model sees rows: it learns the rule that the attacker wrote into one group.")),
    ),
)  # fmt: skip
