"""The exercises and the quiz of notebook 3-3: draws, an expected gain, luck, a repair, a page.

Functions are judged on fresh inputs; the repaired search is run on the notebook's table with a
bill (`searches.py`), so that any program that is cheap enough and good enough is accepted.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from helpers.exercises import read, searches
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.rubric import Point, rubric

# --- 3-3a: how many draws -----------------------------------------------------------------------


def _draws(answer: Any) -> str | None:
    n = read.number(answer, "the number of draws")
    exact = math.log(1 - 0.99) / math.log(0.98)
    slips = (
        (exact, 228, None),
        (50, 50, "that is 1 / .02: after so many draws you hold one with probability .64 only."),
        (149, 149, "that many make it .95. You want .99: how often may all draws miss?"),
        (90, 90, "that many find one of the best 5 %. You want the best 2 %."),
        (227, 227, "with 227 the probability is a little below .99: round up, not off."),
        (229, 230, "that is more than needed: check 228. Round up once, at the end."),
        (99, 100, "probabilities of different draws don't add up: two draws may both hit."),
    )
    for low, high, reason in slips:
        if low - 0.06 < n < high + 0.001:
            return reason
    if 0 < n <= 1:
        return "that is a probability; the answer is a number of draws."
    return "all n draws miss with probability .98 to the power n. For which n is that .01 or less?"


DRAWS = Exercise(
    id="3-3a", name="draws", reason=_draws,
    hints=("One draw misses the best 2 % with probability .98. And n draws, all of them?",
           ".98 to the power n must be at most 1 - .99.",
           "Take logarithms on both sides, divide, and round up."),
    solution="draws = int(np.ceil(np.log(1 - 0.99) / np.log(1 - 0.02)))",
    explains="The number of knobs, and of settings, is not in the formula: 228 blind draws do it "
    "in any table. They promise a good share, never the best.",
    right=("float(draws)", "np.log(0.01) / np.log(0.98)", "np.int64(228)",
           "__import__('fractions').Fraction(228)",
           "next(n for n in range(1_000) if 1 - 0.98**n >= 0.99)"),
    wrong=(
        Wrong("one in fifty takes fifty draws", "1 / 0.02", "1 / .02"),
        Wrong("round each step up", "230", "check 228"),
        Wrong("round down", "int(np.log(0.01) / np.log(0.98))", "round up"),
        Wrong("the usual 95 percent", "149", "You want .99"),
        Wrong("chances add up", "0.99 / 0.01", "don't add up"),
    ),
    given="import numpy as np",
)  # fmt: skip


# --- 3-3b: expected improvement upwards ---------------------------------------------------------


def _up(answer: Any) -> str | None:
    from scipy.stats import norm

    rng = np.random.default_rng(33)
    mean, sd, best = rng.normal(0.8, 0.05, 40), rng.uniform(0.005, 0.1, 40), 0.82
    found = read.calls(answer, mean.copy(), sd.copy(), best)
    found = np.asarray(read.sequence(found, 40), dtype=float)
    z = (mean - best) / sd
    up = (mean - best) * norm.cdf(z) + sd * norm.pdf(z)
    slips = (
        (up, None),
        (up - (mean - best), "that is how far it falls below best, on average. More is better now: "
         "turn the sign of the difference in both places."),
        (norm.cdf(z), "that is the probability of an improvement. Its size counts as well."),
        (np.maximum(mean - best, 0), "that is the improvement of the mean. A setting whose mean is "
         "below best can still turn out above it."),
        ((mean - best) * norm.cdf(z), "the part with the density is missing: sd times pdf(z)."),
        (mean - best, "a fall must count as 0: take the mean of max(result - best, 0)."),
    )  # fmt: skip
    for values, reason in slips:
        if np.allclose(found, values, rtol=0, atol=1e-9):
            if reason is None:  # and single numbers
                read.number(read.calls(answer, 0.8, 0.1, 0.75), "what it returns for numbers")
            return reason
    if np.isfinite(found).all() and np.allclose(found, up, rtol=0.03, atol=1e-4):
        return "close, but not to 1e-9: a sum over draws is noisy; there is a formula."
    return ("not equal to the mean of max(result - best, 0). Mirror it: a score that rises above "
            "best is a loss that falls below -best.")  # fmt: skip


UP = Exercise(
    id="3-3b", name="improvement_up", reason=_up,
    hints=("What does expected_improvement return if every sign is turned round?",
           "z is now (mean - best) / sd: how many deviations the mean lies above the best.",
           "The first part is (mean - best) times the probability of an improvement; the second, "
           "sd times the density at z, stays."),
    solution="""
def improvement_up(mean, sd, best):
    z = (mean - best) / sd
    return (mean - best) * norm.cdf(z) + sd * norm.pdf(z)
""",
    explains="Two parts: how much better it is expected to be, and how little is known about it. "
    "The second one pays a search for looking where it knows nothing.",
    right=("lambda mean, sd, best: -(best - mean) * norm.sf((best - mean) / sd)"
           " + sd * norm.pdf((best - mean) / sd)",
           "lambda m, s, b: s * ((m - b) / s * norm.cdf((m - b) / s) + norm.pdf((m - b) / s))"),
    wrong=(
        Wrong("the formula for losses, taken over", "lambda mean, sd, best: (best - mean) * "
              "norm.cdf((best - mean) / sd) + sd * norm.pdf((best - mean) / sd)", "turn the sign"),
        Wrong("the probability of improvement is enough",
              "lambda mean, sd, best: norm.cdf((mean - best) / sd)", "Its size counts"),
        Wrong("only settings with a better mean are worth a trial",
              "lambda mean, sd, best: np.maximum(mean - best, 0)", "still turn out above"),
        Wrong("gain times its probability",
              "lambda mean, sd, best: (mean - best) * norm.cdf((mean - best) / sd)", "density"),
    ),
    given="import numpy as np\nfrom scipy.stats import norm",
)  # fmt: skip


# --- 3-3c: a winner's luck from two sets --------------------------------------------------------


LUCK_SAYS = {
    "raw": "one set may be easier for all settings. Take each set's own mean off first.",
    "two winners": "you look for a new winner on the second set. Follow the one you chose.",
    "two raw winners": "you look for a new winner on the second set. Follow the one you "
    "chose, and take off each set's own mean.",
    "self": "that is always 0: the winner's score less itself. Report on the other set.",
    "sign": "the sign is turned: luck makes the first score the higher one.",
    "lead": "that is the winner's lead over the average setting, luck and skill together. "
    "What is left of it on the other set?",
}  # fmt: skip


def _optimism(answer: Any) -> str | None:
    if not callable(answer):
        read.number(answer, "the answer")
        return "that is a number; give the function, so that it works for any two sets."
    rng = np.random.default_rng(8)
    forms: dict[str, bool] = {}
    for _ in range(4):
        skill = rng.normal(0.77, 0.02, 200)
        here, there = (skill + rng.normal(shift, 0.008, 200) for shift in (0.03, -0.02))
        x = read.number(read.calls(answer, here.copy(), there.copy()), "what it returns")
        win, lose = here.argmax(), there.argmax()
        net = here - here.mean(), there - there.mean()
        values = {
            "right": net[0][win] - net[1][win], "raw": here[win] - there[win],
            "two winners": net[0][win] - net[1][lose], "two raw winners": here[win] - there[lose],
            "self": 0.0, "sign": net[1][win] - net[0][win], "lead": net[0][win],
        }  # fmt: skip
        for name, value in values.items():
            forms[name] = forms.get(name, True) and abs(x - value) < 1e-6
    if forms["right"]:
        return None
    told = next((LUCK_SAYS[name] for name in LUCK_SAYS if forms[name]), None)
    return told or ("choose by here, look the same setting up in there, and compare the two scores "
                    "after taking each set's mean off.")  # fmt: skip


OPTIMISM = Exercise(
    id="3-3c", name="optimism", reason=_optimism,
    hints=("Which setting wins on the first set? Look that one up on the other.",
           "Take the mean over all settings off each set first: what is left is not the set's "
           "own luck.",
           "winner = here.argmax(); then compare two net scores of this one setting."),
    solution="""
def optimism(here, there):
    winner = here.argmax()
    return (here[winner] - here.mean()) - (there[winner] - there.mean())
""",
    explains="No truth is needed: a second set that did not choose is honest about the winner. "
    "For one pair of sets the answer is noisy; average over pairs, or report on more rows.",
    right=("lambda here, there: (lambda gap: gap[here.argmax()] - gap.mean())(here - there)",
           "lambda a, b: np.float32((a - a.mean()).max() - (b - b.mean())[np.argmax(a)])"),
    wrong=(
        Wrong("both sets are equally hard", "lambda here, there: here.max() - there[here.argmax()]",
              "easier for all settings"),
        Wrong("compare the two best scores", "lambda here, there: here.max() - there.max()",
              "new winner"),
        Wrong("report on the set that chose",
              "lambda here, there: here.max() - here[here.argmax()]", "always 0"),
        Wrong("the lead is the luck", "lambda here, there: here.max() - here.mean()",
              "luck and skill together"),
    ),
    given="import numpy as np",
)  # fmt: skip


# --- 3-3d: a bug hunt ---------------------------------------------------------------------------

BUG_HUNT = Exercise(
    id="3-3d", name="repaired", reason=searches.repaired,
    hints=("At which number of iterations does the left panel rise well above 0?",
           "Start fewer settings and let each run longer before the first cut; count the bill.",
           "Halving with start=14 and first=64 costs 6.75. Or rank by each setting's best reading "
           "so far, and return that reading's iterations with it."),
    solution="""
def repaired(loss_of, rng):
    return halving(loss_of, rng, start=14, first=64)
""",
    explains="The halves were not the bug: the first reading was. Where early ranks mean little, "
    "wait; or stop each setting at its own best reading, and sprinters are welcome.",
    right=("(14, 64)", "{'start': 14, 'first': 64}.values()", """
def repaired(loss_of, rng):
    best = {}
    alive = rng.choice(1_024, 64, replace=False)
    for iterations in (8, 16, 32, 64, 128, 256):
        for setting in alive:
            now = loss_of(setting, iterations), iterations
            best[setting] = min(best.get(setting, now), now)
        alive = sorted(alive, key=best.get)[: max(1, len(alive) // 2)]
    return alive[0], best[alive[0]][1]
"""),
    wrong=(
        Wrong("the same plan once more", "(64, 8)", "after a few iterations"),
        Wrong("start more settings", "(128, 8)", "full fits"),
        Wrong("keep three quarters instead of half", """
def repaired(loss_of, rng):
    alive = rng.choice(1_024, 64, replace=False)
    for iterations in (8, 16, 32, 64, 128, 256):
        loss = [loss_of(setting, iterations) for setting in alive]
        alive = alive[np.argsort(loss)[: max(1, 3 * len(alive) // 4)]]
    return alive[0]
""", "Keeping more"),
        Wrong("rank by the best so far, and train on to the end all the same", """
def repaired(loss_of, rng):
    best, alive = {}, rng.choice(1_024, 64, replace=False)
    for iterations in (8, 16, 32, 64, 128, 256):
        for setting in alive:
            best[setting] = min(best.get(setting, 9), loss_of(setting, iterations))
        alive = sorted(alive, key=best.get)[: max(1, len(alive) // 2)]
    return alive[0]
""", "past their best"),
        Wrong("wait a little longer", "(20, 32)", "no better than random"),
    ),
    given="import numpy as np\nfrom helpers.exercises.searches import halving",
)  # fmt: skip


# --- 3-3e: decide and defend --------------------------------------------------------------------

PAGE = Exercise(
    id="3-3e", name="page",
    reason=rubric(
        Point("what the lead is worth", r"luck|real lead|apparent|fresh|optimis|half of the lead",
              "How much of the lead on the slide is real, and how do you know?"),
        Point("what stops the search", r"nois|validation (rows|set)|rows|people|recogni|regret",
              "What keeps the search from finding the best: trials, or rows to judge by?"),
        Point("money per step", r"\$|dollar|cost|price|a row|per row|\bcheap|\bdear",
              "What does a row cost, and how many do $400 buy?"),
        Point("what faster code buys", r"code|loop|faster|speed|latency|encod|engineer",
              "What does the engineer's hour on the slow Python buy?"),
        Point("what is measured next", r"measure|next week|next month|then we|second set|check "
              r"whether|test whether|re-?count|compare",
              "What do you measure next, and what would change your mind?"),
        least=40,
    ),
    hints=("Five things belong on the page: what the lead is worth, what stops the search, what a "
           "row costs, what code buys, what comes next.",
           "Read the figure of loop 3 at 36 trials, the one of loop 4, and the first row of the "
           "last table.",
           "At $8 a row, $400 are 50 rows a week. Saved up for a year, how far does the validation "
           "set grow?"),
    solution='''
page = """Of the lead on the slide about two fifths is luck; the real lead is about one point. More
trials would raise the slide and not the model: what stops the search is the noise of 1,000
validation rows. So no more trials. The $400 buy 50 checked rows a week at $8, which is little: we
save them up, and in a year the validation set is more than three times as large. The engineer's
hour goes to the slow encoding loop today: same results, many times faster, and that does not fade.
Next month we measure the winner on a second set that did not choose it, and retune if the gap is
above a point."""
''',
    explains="A model answer to compare yours with. Another split of the money can be as good, if "
    "it names the luck, the noise, the price of a row, the code, and the next measurement.",
    right=('"""Half of what we celebrate is luck, so I stop the weekly search: fresh people would '
           'confirm a point at most. Its limit is the noise of the validation set. $400 buy 50 '
           'rows, too few to matter soon, so this month the money is saved. The engineer makes the '
           'Python code faster. Then we compare old and new winner on a second set."""',),
    wrong=(
        Wrong("more trials find more", 'page = "We should go on with the weekly search and try ten '
              'times as many settings, because somewhere among them there must be one that is a '
              'great deal better than what we have now, and machine time is for using, so that in '
              'the end we shall own the best model."', "what the lead is worth"),
        Wrong("rows at any price", 'page = "The lead on the slide is mostly luck and the search is '
              'stopped by noise, so we must have many more validation rows, as many as we can get '
              'hold of, at once, from wherever they come, and everything else can wait until that '
              'has been done by the whole team."', "money per step"),
    ),
)  # fmt: skip


EXERCISES = (DRAWS, UP, OPTIMISM, BUG_HUNT, PAGE)

QUIZ = (
    Question(
        "Does Bayesian optimisation beat random search?",
        "It depends: where the score is exact yes, where its noise is the limit hardly",
        "On Branin's function it won by far; on 1,000 validation rows it was fed the same noise.",
        (("Yes: it learns from its trials", "It did on Branin's function. It learns from noisy "
          "scores too, and noise teaches little."),
         ("No: nothing beats random search", "On Branin's function, which has no noise, it came "
          "far nearer to the minimum."),
         ("Yes, if you give it more trials", "With more trials random search caught up with it: "
          "what was left was noise.")),
    ),
    Question(
        "The winner's score on the set that chose it is",
        "too good, and the more so the more settings were tried",
        "The best of many scores is lucky; more tries mean more luck, not more skill.",
        (("right on average: the set was never trained on", "It was not trained on, but it chose. "
          "Choosing by a score uses up its honesty."),
         ("too bad: real data are easier", "Luck pushes the winner's score up, not down."),
         ("right, if the set has 1,000 rows or more", "More rows make the luck smaller; at 1,000 "
          "it was a large share of the lead.")),
    ),
    Question(
        "Why did halving lose to random search?",
        "Ranks after a few iterations were not the ranks at the end",
        "Fast learners led early and had overfitted by the end; from 64 iterations on it worked.",
        (("It started too few settings", "With twice as many it would cost twice as much, and "
          "would still drop the slow learners first."),
         ("Keeping half is too strict", "Keeping more costs more fits. At the same price it does "
          "not help, for the early order stays wrong."),
         ("It had the smaller budget", "Both had 7 full fits: the bill was counted.")),
    ),
    Question(
        "Which preparation of the data is best?",
        "None, until the algorithm is named",
        "One-hot codes helped the logistic model and cost the tree: the pair decides.",
        (("One-hot codes: they assume least", "They cost the tree and the neighbours accuracy."),
         ("Scaling: it never harms", "It changed nothing for trees and little elsewhere: "
          "harmless is not best."),
         ("Raw: models should see the data", "The logistic model lost by it, for the codes are not "
          "quantities.")),
    ),
)  # fmt: skip
