"""The last exercise of notebook 7-1: to sign, to refuse, or to sign with conditions, in words.

The rubric asks for seven points; the wrong answers are the three signatures that cause most harm.
"""

from __future__ import annotations

from helpers.exercises.engine import Exercise, Wrong
from helpers.exercises.rubric import Point, rubric

SIGN = Exercise(
    id="7-1e", name="decision",
    reason=rubric(
        Point("a decision", r"\bsign|refus|no.?go|\bgo\b|approve|reject",
              "Do you sign, refuse, or sign with conditions? Say it first."),
        Point("the rows that failed", r"fair|gap|true positive|not shown|not measured|row",
              "Which rows failed, or have no number?"),
        Point("who is harmed", r"disab|people who|workers|employed|group|harm",
              "Who stands behind the failed row, and what happens to them?"),
        Point("a condition with owner and date", r"20\d\d-\d\d|within \d+|in \d+ (days|weeks|month)"
              r"|by (the )?(end|january|february|march|april|may|june|july|august|september|"
              r"october|november|december|\d)|until", "By when, and who owns it?"),
        Point("an owner", r"owner|owns|lead|architect|legal|platform|finance|\bI\b|head of|team",
              "Who acts? A condition without a name is a wish."),
        Point("the monitor and the gate", r"monitor|drift|alarm|watch|gate|roll ?back|canary",
              "What watches it in use, and what stops the next version?"),
        Point("what would change your mind", r"change my mind|unless|would sign|if the|reconsider|"
              r"as soon as|should .* (fall|pass|reach)|when ",
              "Which result would turn your decision round?"),
        least=60,
    ),
    hints=("Seven things: the decision, failed rows, who is harmed, a condition, owner and date, "
           "monitor and gate, and what would change your mind.",
           "A machine can check: gap in true positive rate at most .10, on last month's rows.",
           "You may refuse automatic use and allow another use: a ranking that a clerk reads."),
    solution='''
decision = """I refuse all three for automatic use. Fairness fails in each: of employed people with
a disability most are refused, and four rows of the vendor are not measured. I sign the boosting
model for ranking, with a separate path: a clerk sees every refusal of a person with a disability.
Condition: gap in true positive rate at most .10 after the clerk, computed each night, owner desk
lead, by 2027-03-31, else it is switched off. The monitor of notebook 5-1 watches early truth, and
the gate of 5-2 stops a new version that fails a row. I would change my mind if the gap alone
reached .10 for two months, or if the vendor let us run the model."""
''',
    explains="A model answer to compare yours with. Another decision can be as good, if it names "
    "the row, the people, a check that a machine can do, who acts until when, and its own end.",
    right=('"""No-go today. The fairness row fails for every system: employed people with a '
           'disability are refused two times in three, and nobody measured the vendor on four '
           'rows. Within 90 days the data lead brings rows that explain the gap; each week the '
           'drift monitor reports, and the release gate blocks any version that fails a row. I '
           'would sign as soon as the gap, interval and all, is below the limit, and I own the '
           'telephone until then."""',),
    wrong=(
        Wrong("the best accuracy wins", 'decision = "I sign for the boosting model because it has '
              'the best accuracy of the three and the lowest price for each decision that it '
              'takes. Everything that we measured is good enough, as the average over all rows of '
              'the page shows, and the budget of this year is nearly spent. We can have a look '
              'at the rest later on, after the release, once somebody complains about it."',
              "Who stands"),
        Wrong("a condition needs no owner or date", 'decision = "I sign for boosting with the '
              'condition that fairness improves. The fairness row fails, and employed people with '
              'a disability are harmed by it, because most of them are refused. The model must '
              'become better for them in the future. We monitor the drift of all columns, a gate '
              'stops what is worse, and I would refuse it later unless it becomes better for '
              'everybody."', "By when"),
        Wrong("a signature ends the work", 'decision = "I sign for boosting with one condition. '
              'The fairness row fails: employed people with a disability are harmed, so the desk '
              'lead lets a clerk see each of their refusals, by 2027-03-31. That settles the '
              'matter for good, and the page goes to the archive with the seal on it. I would have '
              'refused if the price had been higher than that of a clerk who works alone."',
              "watches it in use"),
    ),
)  # fmt: skip
