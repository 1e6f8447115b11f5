"""The exercises and the quiz of notebook 3-2: five curves, a trace, a peak, a map, a memo.

Functions are judged on fresh tables: a trace against the matrix itself, a map of rows by what any
map must do (equal rows to equal places, whoever else is in the table).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from helpers.exercises import one_map, read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric

ACTIONS = ("rows", "bigger", "smaller", "features", "stop")
TEAMS = dict(zip("ABCDE", ACTIONS[:1] + ("bigger", "smaller", "features", "stop"), strict=True))


# --- 3-2a: five learning curves -----------------------------------------------------------------


def _actions(answer: Any) -> str | None:
    if hasattr(answer, "to_dict"):
        answer = answer.to_dict()
    if isinstance(answer, Mapping):
        found = {str(k).strip().upper(): v for k, v in answer.items()}
        if set(found) != set(TEAMS):
            return "give one action for each of A, B, C, D and E, and for nobody else."
    else:
        found = dict(zip(TEAMS, read.sequence(answer, len(TEAMS)), strict=True))
    said = {team: read.option(found[team], ACTIONS) for team in TEAMS}
    off = [team for team in TEAMS if said[team] != TEAMS[team]]
    if not off:
        return None
    team = off[0]
    return f"{len(TEAMS) - len(off)} of 5 fit. {team}: {_why(team, said[team])}"


def _why(team: str, said: str) -> str:
    """What the figures of a team say against an action."""
    flat = "training and test error have met, so there is no variance to cure"
    told = {
        ("A", "smaller"): "there is a gap, and the test error falls as rows come in. Both a "
        "smaller and a larger model do worse today: what closes the gap?",
        ("B", "rows"): f"{flat}. A quarter of the rows did nearly as well.",
        ("B", "smaller"): "a high error is not overfitting by itself: training error is as high. "
        "Which neighbour, smaller or larger, does better?",
        ("B", "features"): "perhaps later; the larger model already finds more in these columns.",
        ("C", "rows"): "rows would help, and none are on sale. What else takes variance away?",
        ("C", "bigger"): "it repeats its training labels already. Compare the smaller model.",
        ("D", "rows"): f"{flat}. A quarter of the rows did nearly as well.",
        ("D", "smaller"): "a high error is not overfitting by itself: training error is as high.",
        ("D", "bigger"): "the larger model does no better here: bias is not the limit either. "
        "What do all these models have in common?",
        ("D", "stop"): "there is room: noise is .15. Rows and size do not reach it.",
    }  # fmt: skip
    if team == "E":
        return "the noise is .15. How much is left for any action to gain?"
    return told.get((team, said), "look at the gap first, then at the slope, then at the "
                    "smaller and the larger model.")  # fmt: skip


# --- 3-2b: degrees of freedom -------------------------------------------------------------------


def _degrees(answer: Any) -> str | None:
    if callable(answer):
        rng = np.random.default_rng(32)
        for penalty in (4, 0.7):
            table = rng.normal(size=(12, 5)) @ np.diag([3, 2, 1, 0.6, 0.3])
            inner = np.linalg.solve(table.T @ table + penalty * np.eye(5), table.T)
            d = np.linalg.svd(table, compute_uv=False)
            got = read.number(read.calls(answer, d.copy(), penalty), "what it returns")
            if abs(got - np.trace(table @ inner)) > 1e-6:
                return _slip(got, d, penalty)
        return None
    d, got = np.array([4, 2, 1, 0.5]), read.number(answer, "the trace")
    return None if read.near(got, float((d**2 / (d**2 + 4)).sum())) else _slip(got, d, 4)


def _slip(got: float, d: np.ndarray, penalty: float) -> str:
    part = d**2 / (d**2 + penalty)
    slips = (
        (len(d), "that counts the columns. A penalty holds each direction back: by how much?"),
        (d.sum(), "that is the sum of the singular values. The penalty must appear, and a "
         "direction counts at most 1."),
        ((d / (d + penalty)).sum(), "the squares are missing: M'M has d squared inside."),
        ((d / (d**2 + penalty)).sum(), "those are the factors of the weights. The fits are M "
         "times the weights: one more d."),
        ((part**2).sum(), "that is the trace of the hat matrix times itself. Once is enough."),
        (1 + part.sum(), "you added the intercept's 1; leave it out here."),
    )  # fmt: skip
    for value, reason in slips:
        if abs(got - value) < 0.002 * abs(value):
            return reason
    return "put U diag(d) V' in for M: U and V drop out of the trace. One factor a direction stays."


# --- 3-2c: make it fail -------------------------------------------------------------------------


def _worst(answer: Any) -> str | None:
    n = read.number(answer, "the number of images")
    if not 20 <= n <= 1000:
        return "the rival may give you 20 to 1,000 images; choose a number in between."
    if abs(n - 200) <= 10:
        return None
    if n < 40:
        return ("few images are bad, but with far fewer images than features the smallest weights "
                "are gentle. Try more of them.")  # fmt: skip
    if abs(n - 64) <= 4:
        return "64 is the number of pixels. The model sees 200 features made of them."
    if abs(n - 300) <= 10:
        return "300 was the worst place for 300 features. Yours are 200."
    if n >= 380:
        return "with twice as many images as features, or more, least squares is calm. Go down."
    return "not yet the worst: compare error_with at numbers on either side, and climb."


# --- 3-2e: decide and defend --------------------------------------------------------------------

MEMO = """
memo = '''At 1,000 rows both trees err alike. Halving the last fourfold gain foresees about two
hundredths of Brier score for the tree of depth 6 from 3,000 more rows, about $3,000 a hundredth,
and hardly anything for depth 2. Boosting stopped after 40 rounds gets more than that out of the
rows we own. So the two weeks go to the larger model, held back by stopping early, chosen by
cross-validation, not on the test set. The intervals over eight samples are far narrower than that
difference. I would change my mind, and buy rows, if a pilot of 500 rows showed boosting still
falling steeply.'''
"""

EXERCISES = (
    Exercise(
        id="3-2a", name="actions", reason=_actions,
        hints=("First the gap: is training error far below test error? If not, rows cannot help.",
               "Then the neighbours: does a smaller or a larger model do better today?",
               "If neither size nor rows move an error above the noise, the columns are left."),
        solution='actions = {"A": "rows", "B": "bigger", "C": "smaller", "D": "features", '
                 '"E": "stop"}',
        explains="Gap, slope, neighbours, noise: four looks, five actions. Only one of the five "
                 "teams should buy rows, although four could.",
        right=('["rows", "bigger", "smaller", "features", "stop"]', "pd.Series(actions)",
               "{k.lower(): v.upper() for k, v in actions.items()}"),
        wrong=(Wrong("a gap means that the model is too large", 'actions | {"A": "smaller"}',
                     "what closes the gap"),
               Wrong("a high error is overfitting", 'actions | {"B": "smaller", "D": "smaller"}',
                     "not overfitting by itself"),
               Wrong("more rows never hurt", 'dict.fromkeys("ABCDE", "rows")',
                     "no variance to cure"),
               Wrong("bigger is better", 'actions | {"D": "bigger"}', "bias is not the limit"),
               Wrong("there is always something to gain", 'actions | {"E": "bigger"}',
                     "left for any action")),
        given="import pandas as pd",
    ),
    Exercise(
        id="3-2b", name="degrees", reason=_degrees,
        hints=("M'M = V diag(d squared) V'. What is its inverse with the penalty added?",
               "The product is U diag(something) U'. The trace of U diag(s) U' is the sum of s.",
               "Each direction keeps the share d squared / (d squared + penalty) of itself."),
        solution="def degrees(d, penalty):\n    kept = d**2 / (d**2 + penalty)\n"
                 "    return kept.sum()",
        explains="A direction with a large singular value counts as nearly 1, one with a small "
                 "value as nearly 0. The penalty says where large begins: at its square root.",
        right=("1.5588", "16 / 20 + 4 / 8 + 1 / 5 + 0.25 / 4.25", "np.float32(1.56)",
               "lambda d, penalty: np.trace(np.diag(d**2) @ np.diag(1 / (d**2 + penalty)))"),
        wrong=(Wrong("a weight is a weight", "lambda d, penalty: len(d)", "counts the columns"),
               Wrong("the singular values add up", "7.5", "sum of the singular values"),
               Wrong("no squares", "lambda d, penalty: (d / (d + penalty)).sum()",
                     "squares are missing"),
               Wrong("the weights' factors", "lambda d, penalty: (d / (d**2 + penalty)).sum()",
                     "factors of the weights")),
        given="import numpy as np",
    ),
    Exercise(
        id="3-2c", name="worst_n", reason=_worst,
        hints=("In the figure n was fixed and p moved. What matters is how the two compare.",
               "Where does exactly one fit repeat every label?"),
        solution="worst_n = 200",
        explains="More training images made this model worse, from about 60 to 200, and only then "
                 "better. At n = p a fit without ridge is at its most brittle: add ridge, and "
                 "check that your own n and p are not close.",
        right=("195", "205.0", "np.int64(200)"),
        wrong=(Wrong("the fewer rows, the worse", "20", "few images are bad"),
               Wrong("p = 2n is overfitting at its worst", "100", "either side"),
               Wrong("n = 2p", "400", "least squares is calm"),
               Wrong("the number of inputs decides", "64", "number of pixels"),
               Wrong("the figure's number", "300", "Yours are 200")),
        given="import numpy as np",
    ),
    Exercise(
        id="3-2d", name="repaired", reason=one_map.reason,
        hints=("Call it with the same rows twice, as train and as test. What should come out?",
               "fit_transform fits. How many times is PCA fitted, and on what?",
               "Fit on the training rows; then only transform the test rows."),
        solution="def repaired(train, test):\n    pca = PCA(20).fit(train)\n"
                 "    return pca.transform(train), pca.transform(test)",
        explains="Each fit chooses its own directions, signs and all: the two tables were in two "
                 "coordinate systems. Fit once, on the training rows, and only transform the "
                 "rest; a pipeline does this for you.",
        right=("by_hand", "lambda a, b: [make_pipeline(PCA(20, random_state=0)).fit(a)"
               ".transform(t) for t in (a, b)]", "exact", "round(100 * exact, 1)"),
        wrong=(Wrong("more directions will do it",
                     "lambda a, b: (PCA(40).fit_transform(a), PCA(40).fit_transform(b))",
                     "not in how many"),
               Wrong("the signs differ, that is all",
                     "lambda a, b: (abs(PCA(20).fit_transform(a)), abs(PCA(20).fit_transform(b)))",
                     "two coordinate systems"),
               Wrong("fit on everything, then split", "stacked", "test rows must not teach"),
               Wrong("any twenty columns", "lambda a, b: (a[:, :20], b[:, :20])",
                     "largest variance"),
               Wrong("the accuracy as printed", "0.418", "two fits reach"),
               Wrong("29 directions are better", "0.9866", "how many directions does it keep")),
        given="import numpy as np\nfrom sklearn.decomposition import PCA\n"
              "from sklearn.pipeline import make_pipeline\n"
              "from helpers.exercises.one_map import reached\nexact = reached()\n"
              "def by_hand(train, test):\n    mean = train.mean(axis=0)\n"
              "    v = np.linalg.svd(train - mean, full_matrices=False)[2][:20].T\n"
              "    return [(train - mean) @ v, (test - mean) @ v]\n"
              "def stacked(train, test):\n"
              "    z = PCA(20, svd_solver='full').fit_transform(np.vstack([train, test]))\n"
              "    return z[:len(train)], z[len(train):]\n",
    ),
    Exercise(
        id="3-2e", name="memo",
        reason=rubric(
            Point("both curves", r"(depth 2|small|flat).*(depth 6|larg|deep|falling|boosting)|"
                  r"(depth 6|larg|deep|falling|boosting).*(depth 2|small|flat)",
                  "What does each of the two learning curves say about 3,000 more rows?"),
            Point("a figure for the money", r"\$\s?\d|\d\s?dollars|hundredth|per point|a point",
                  "What does the $6,000 buy, in Brier score or dollars for a hundredth of it?"),
            Point("what was foreseen, and how surely", r"interval|±|uncertain|\bsure|foresee|"
                  r"foresaw|forecast|extrapolat|rule of thumb|halv",
                  "You own 1,000 rows: how do you know what 4,000 will do, and how surely?"),
            Point("how a larger model is held back", r"held back|hold(ing)? (it )?back|stop|early|"
                  r"ridge|penal|regulari|rounds|rows in a leaf|degrees of freedom",
                  "A larger model as it is did harm. What holds it back, and who chooses that?"),
            Point("what would change your mind", r"change (my|our) mind|unless|\bif\b|pilot|"
                  r"would (buy|switch|revise)",
                  "Which finding would turn your decision round, and how do you get it cheaply?"),
            least=40),
        hints=("Five things: both curves, a figure for the money, a forecast with its uncertainty, "
               "what holds the larger model back, what would change your mind.",
               "Look at the dollars printed in loop 2 and at the table that closes loop 3."),
        solution=MEMO.strip(),
        explains="A model answer to compare yours with. Buying rows can be defended as well, for "
                 "the larger tree or for boosting, if the figures and the doubt stand in the memo.",
        right=("'''We buy the rows. The curve of depth 2 is flat, that of depth 6 falls by about "
               "two hundredths for $6,000 if the halving rule holds, and boosting with more rounds "
               "falls too. We hold it back by a penalty that cross-validation picks. A pilot of "
               "500 rows comes first: unless it shows a third of that gain, we stop there.'''",),
        wrong=(Wrong("more data always wins",
                     "'We spend all of the money on rows, because more data always beats a better "
                     "model; everybody in the field knows that, and the four times larger table "
                     "will also be useful for other projects that our group may start next year "
                     "or later on.'", "both curves"),
               Wrong("the larger model is the better one",
                     "'The curve of depth 2 is flat, so the small tree is done. The larger model "
                     "is clearly the way to go: with two weeks of work we make it as large as the "
                     "machine allows, and the training error falls to zero, which we could "
                     "never reach with the small tree that we have.'", "figure for the money"),
               Wrong("a forecast needs no doubt",
                     "'The curve of depth 2 is flat and that of depth 6 falls, so the money buys "
                     "two hundredths of Brier score, which is $3,000 a hundredth. We take the "
                     "offer for the larger tree, and we sign today, since the price is only valid "
                     "until the end of this week for us.'", "how surely")),
    ),
)  # fmt: skip

QUIZ = (
    Question(
        "A model's training error is 0. Then",
        "nothing follows yet: look at its error on fresh rows",
        "4,000 features repeated every label, and erred far less than 300, which did the same.",
        (("it has overfitted, and a smaller one is better",
          "At p = n that was true, at 4,000 features it was not: both have training error 0."),
         ("it has learnt the true rule",
          "It repeated the labels that were drawn anew as well; those hold no rule.")),
    ),
    Question(
        "You average 30 deep trees, each from its own sample. What falls?",
        "variance",
        "The average of many wobbles less. This is what bagging does.",
        (("bias", "The average of all those trees is what bias is about: averaging keeps it."),
         ("noise", "Noise lies between people with equal answers; no model removes it."),
         ("all three", "Only what differs from tree to tree can cancel out.")),
    ),
    Question(
        "What does PCA keep?",
        "the directions along which the columns vary most",
        "It keeps variance. Whether that is signal, only labels or knowledge can say.",
        (("what predicts the label", "It never sees a label: loud noise is kept first."),
         ("each row's nearest neighbours", "Two directions lost many of them: see the map."),
         ("the columns that matter", "It keeps mixtures of all columns, and it depends on units.")),
    ),
    Question(
        "The curves of training and test error have met, high above the noise. What now?",
        "another model or other columns; rows are wasted",
        "No gap, no variance: what is left is bias, or columns that know no more.",
        (("more rows, as the error is high", "Rows cure variance, and there is none left here."),
         ("a smaller model, since it overfits",
          "An overfitted model has a gap: it does better on its training rows.")),
    ),
)  # fmt: skip
