"""Exercises of 2-3, what is a point worth: a value, a threshold, a pass, a join, a memo.

The join is judged by what it joins: a list of columns is tried on two generated tables, a table
or a function by the pairs of answers that it makes.
"""

from __future__ import annotations

from typing import Any

from helpers.exercises import read
from helpers.exercises.engine import Exercise, Question, Wrong
from helpers.exercises.panel import JOINED, QUESTIONS, two_versions
from helpers.exercises.rubric import Point, rubric

COUNTS = {"lights": (420, 30, 50), "timers": (270, 6, 24), "vacuum": (60, 20, 120)}


# --- 2-3a: the value of a table -------------------------------------------------------------------


def _value(answer: Any) -> str | None:
    x = read.number(answer, "the value")
    right, wrong, handed = (sum(row[i] for row in COUNTS.values()) for i in range(3))
    total = right + wrong + handed
    each = [(4 * r - 20 * w) / (r + w + h) for r, w, h in COUNTS.values()]
    slips = (
        ((4 * right - 20 * wrong) / total, None),
        (4 * right / total, "that is what the right answers earn. The wrong ones cost $20 each: "
         "take them off."),
        ((4 * right - 20 * (wrong + handed)) / total, "you charge a hand-over like a wrong answer. "
         "It saves nothing, and it costs nothing."),
        ((4 * right - 20 * wrong) / (right + wrong), "that is for each request that was answered. "
         "All that come in were asked for: hand-overs are requests too."),
        (sum(each) / 3, "that is the mean over three intents, each counting alike. Here the "
         "volumes are known: weigh by requests."),
        (4 * right - 20 * wrong, "that is what all requests earn together; divide by their "
         "number."),
    )  # fmt: skip
    for value, reason in slips:
        if read.near(x, value):
            return reason
    return "add 4 dollars for each right answer, take off 20 for each wrong one, divide by 1,000."


VALUE = Exercise(
    id="2-3a", name="value", reason=_value,
    hints=("Three kinds of outcome: what does one of each earn?",
           "Add up each column of the table first: right, wrong, handed over.",
           "The three columns sum to 750, 56 and 194; hand-overs earn 0 but are requests."),
    solution="value = (4 * (420 + 270 + 60) - 20 * (30 + 6 + 20)) / 1000",
    explains="$1.88 a request. Three in four are answered rightly, and more than a third of what "
    "they earn is lost to 56 wrong answers; the vacuum loses money.",
    right=("__import__('fractions').Fraction(188, 100)", "np.float32(1.88)",
           "pd.Series([value]).iloc[0]"),
    wrong=(
        Wrong("accuracy times price", "0.75 * 4", "wrong ones cost"),
        Wrong("a hand-over is a failure", "(4 * 750 - 20 * 250) / 1000", "like a wrong answer"),
        Wrong("only answered requests count", "(4 * 750 - 20 * 56) / 806", "requests too"),
        Wrong("every intent alike", "(1080 / 500 + 960 / 300 - 160 / 200) / 3",
              "weigh by requests"),
        Wrong("the total", "4 * 750 - 20 * 56", "divide by their"),
    ),
    given="import numpy as np\nimport pandas as pd",
)  # fmt: skip


# --- 2-3b: a threshold from prices ----------------------------------------------------------------


def _confidence(answer: Any) -> str | None:
    x = read.number(answer, "the confidence")
    if 1 < x <= 100:
        return "that looks like a percentage; give a confidence between 0 and 1."
    slips = (
        (17 / 24, None),
        (20 / 24, "that is the threshold of free hand-overs. Now the other way costs $3 as well: "
         "compare with -3, not with 0."),
        (23 / 24, "the sign is turned: if handing over costs money, the bot should answer more "
         "often, not less."),
        (1 / 2, "one half treats right and wrong answers alike; here a wrong one costs five times "
         "what a right one saves."),
        (3 / 24, "that compares $3 with the 24 between right and wrong. Write down what answering "
         "is expected to earn."),
        (3 / 20, "that compares $3 with the cost of a wrong answer alone; a right one saves $4."),
        (1 / 7, "a hand-over is not one of the two outcomes of answering: compare answering with "
         "handing over."),
    )  # fmt: skip
    for value, reason in slips:
        if read.near(x, value):
            return reason
    return "answering is expected to earn 4c - 20(1 - c), handing over -3. Where are they equal?"


CONFIDENCE = Exercise(
    id="2-3b", name="confidence", reason=_confidence,
    hints=("Compare two gambles: answering, and handing over. What does each earn on average?",
           "With confidence c, answering earns 4c - 20(1 - c). Handing over earns -3 for sure.",
           "Solve 24c - 20 = -3."),
    solution="right, wrong, handed = 4, -20, -3\nconfidence = (handed - wrong) / (right - wrong)",
    explains="From 17/24 on, about .71. The dearer the person, the bolder the bot may be: the "
    "threshold belongs to the prices, not to the bot.",
    right=("__import__('fractions').Fraction(17, 24)", "0.708", "np.float64(0.70833)"),
    wrong=(
        Wrong("hand-overs are free", "20 / 24", "free hand-overs"),
        Wrong("costly hand-overs call for caution", "23 / 24", "sign is turned"),
        Wrong("more likely right than wrong", "0.5", "treats right and wrong"),
        Wrong("a share of the price range", "3 / 24", "expected to earn"),
    ),
    given="import numpy as np",
)  # fmt: skip


# --- 2-3c: a pass probability ---------------------------------------------------------------------


def _chance(answer: Any) -> str | None:
    from scipy.stats import binom, norm

    n, mark, p = 25, 15, 0.658
    x = read.number(answer, "the chance")
    x = x / 100 if 1 < x <= 100 else x
    truth = float(binom.sf(mark - 1, n, p))
    normal = float(norm.sf((mark - n * p) / (n * p * (1 - p)) ** 0.5))
    slips = (
        (binom.sf(mark, n, p), "that is the chance of more than 15. The mark itself passes: sf(k) "
         "leaves k out."),
        (binom.pmf(mark, n, p), "that is the chance of exactly 15. All scores from 15 to 25 pass."),
        (binom.cdf(mark - 1, n, p), "that is the chance to fail: it adds up the scores below 15."),
        (binom.cdf(mark, n, p), "that adds up the scores up to 15. To pass is the other end."),
        (p, "that is the chance for one item. A score on 25 items spreads around its mean."),
        (normal, "that is the normal curve from 15 on. Scores are whole: half a step is missing, "
         "and three points of the answer with it."),
    )  # fmt: skip
    for value, reason in slips:
        if abs(x - float(value)) < 0.0015:
            return reason
    if abs(x - truth) <= 0.01:
        return None
    return "add the binomial chances of 15, 16, ... up to 25 right, or use passes(25, 15, .658)."


CHANCE = Exercise(
    id="2-3c", name="chance", reason=_chance,
    hints=("Which scores pass? How likely is each of them?",
           "The function passes above takes items, mark and the chance for one item.",
           "With SciPy: binom.sf gives the chance of more than its first argument."),
    solution="chance = sum(binom.pmf(k, 25, 0.658) for k in range(15, 26))",
    explains="About .80: the mark lies a little below the model's mean score, so a few points of "
    "accuracy would move this chance a lot.",
    right=("float(binom.sf(14, 25, 0.658))", "1 - binom.cdf(14, 25, 0.658)", "round(100 * chance)",
           "(np.random.default_rng(1).binomial(25, 0.658, 200_000) >= 15).mean()"),
    wrong=(
        Wrong("sf includes its argument", "binom.sf(15, 25, 0.658)", "more than 15"),
        Wrong("the chance of the mark", "binom.pmf(15, 25, 0.658)", "exactly 15"),
        Wrong("the lower tail", "binom.cdf(14, 25, 0.658)", "chance to fail"),
        Wrong("P(pass) is the accuracy", "0.658", "for one item"),
        Wrong("a smooth curve will do",
              "norm.sf((15 - 25 * 0.658) / (25 * 0.658 * 0.342) ** 0.5)", "half a step"),
    ),
    given="import numpy as np\nfrom scipy.stats import binom, norm",
)  # fmt: skip


# --- 2-3d: a bug hunt -----------------------------------------------------------------------------


def _join(answer: Any) -> str | None:
    first, second = two_versions()
    if callable(answer):
        first, second = two_versions(seed=7)  # fresh tables
        return _table(read.calls(answer, first.copy(), second.copy()), first, second)
    if hasattr(answer, "columns"):
        return _table(answer, first, second)
    key = read.names(answer)
    unknown = sorted(key - set(first.columns))
    if unknown or not key:
        raise read.Unreadable(f"there is no column {unknown[0]!r}; the columns are "
                              f"{', '.join(first.columns)}." if unknown
                              else "the list is empty; name the columns of the key.")  # fmt: skip
    if "answer" in key:
        return ("with the answer in the key only equal answers meet: every question that changed "
                "is lost, and the mismatch is 0 by construction.")  # fmt: skip
    rows = len(first.merge(second, on=sorted(key)))
    if rows == QUESTIONS:
        return None
    if key == {"id"}:
        return (f"that is the colleague's key: {rows:,} rows. Some ids stand for several "
                "questions; what else tells those apart?")  # fmt: skip
    if key in ({"id", "wave"}, {"id", "topic"}):
        return (f"closer: {rows:,} rows for {QUESTIONS:,} questions. Some questions of one id "
                "share that column as well; add what tells those apart.")  # fmt: skip
    shown = ", ".join(sorted(key))
    return f"joined on {shown} there are {rows:,} rows for {QUESTIONS:,} questions."


def _table(table: Any, first: Any, second: Any) -> str | None:
    if not hasattr(table, "columns") or "id" not in table.columns:
        return "your function must return the joined table, with the column id."
    if len(table) == JOINED:
        return ("still 1,566 rows. Inner or left makes no difference: the id repeats on both "
                "sides, so the pairs are made either way.")  # fmt: skip
    if len(table) < QUESTIONS:
        return (f"{len(table):,} rows: questions were dropped, and the order of rows decided which "
                "answers survived. Repair the key, not the result.")  # fmt: skip
    answers = [c for c in table.columns if str(c).startswith("answer")]
    truth = first.merge(second, on=["wave", "topic", "id"], suffixes=("", "_2"))
    want = sorted(zip(truth["answer"], truth["answer_2"], strict=True))
    if len(table) != QUESTIONS or len(answers) != 2:
        return f"there are {len(table):,} rows; {QUESTIONS:,} with both answers are needed."
    found = zip(*(table[c].astype(str) for c in answers), strict=True)
    if sorted(found) in (want, sorted((b, a) for a, b in want)):
        return None
    return "there are 1,506 rows, but some pair the answers to different questions."


BUG_HUNT = Exercise(
    id="2-3d", name="key", reason=_join,
    hints=("Which ids occur more than once in first? Look at their rows.",
           "Two rows of one id may share the wave, two others the topic. Do any share both?",
           "A key is right if first.duplicated(key).any() is False. Add columns until it is."),
    solution='key = ["wave", "topic", "id"]\n'
    "joined = first.merge(second, on=key, validate='one_to_one')",
    explains="An id was unique within a wave and a topic only. Write validate='one_to_one' into "
    "every merge that means it: the join then stops instead of inventing rows.",
    right=("('id', 'topic', 'wave')", "{'wave', 'topic', 'id'}", "'wave, id, topic'", "joined",
           "lambda a, b: a.merge(b, on=['id', 'wave', 'topic'], suffixes=('', '_2'))"),
    wrong=(
        Wrong("drop the duplicates afterwards",
              "first.merge(second, on='id').drop_duplicates('id')", "which answers survived"),
        Wrong("an inner join has no extra rows", "lambda a, b: a.merge(b, on='id', how='inner')",
              "Inner or left"),
        Wrong("an id is a key", "['id']", "colleague's key"),
        Wrong("a topic tells them apart", "['id', 'topic']", "share that column"),
        Wrong("a wave tells them apart", "['wave', 'id']", "share that column"),
        Wrong("the more columns the better", "['wave', 'topic', 'id', 'answer']",
              "0 by construction"),
        Wrong("put side by side by position",
              "pd.concat([first, second['answer'].rename('answer_2')], axis=1)",
              "different questions"),
    ),
    given="import pandas as pd\nfrom helpers.exercises.panel import two_versions\n"
    "first, second = two_versions()",
)  # fmt: skip


# --- 2-3e: decide and defend ----------------------------------------------------------------------


MEMO = Exercise(
    id="2-3e", name="memo",
    reason=rubric(
        Point("silence", r"silen|non.?respon|response rate|refus|unanswered|did not answer|"
              r"does not answer|without an answer",
              "What do you do with the questions that the model did not answer?"),
        Point("the version", r"version|snapshot|update|frozen|pinned|\bMarch\b|\bJune\b",
              "Which version is printed, and what happens when the supplier changes it?"),
        Point("reliability", r"reliab|agree|repeat|twice|re-?ask|re-?test|consisten|same answer",
              "Would the same question get the same answer tomorrow? How do you test that?"),
        Point("whom the answers stand for",
              r"represent|stand for|stands for|sample of|public|population|whose|real people|"
              r"actual people",
              "A steady answer is whose opinion? What would you have to compare it with?"),
        least=40,
    ),
    hints=("Four questions: who is silent, which version, would it say so again, for whom does it "
           "speak.",
           "Read the bars of loop 4 and the gate's table again. Then ask what is in neither of "
           "them: a person."),
    solution='''
memo = """No. The June version left more than three questions in four unanswered, so its results
describe the ones it cared to answer, and we would print the response rate beside every figure.
A result is that of one version: the supplier replaces it, and within three months the answers
differed on most questions. Before any use we pin a version, ask everything twice in another order,
and demand 95 % agreement; none of the four passed that gate. And even a perfectly steady answer is
nobody's opinion until it is compared with a sample of real people, group by group. We may use
the model to test the wording of questions, and we keep the fieldwork."""
''',
    explains="A model answer to compare yours with. Reliability is a gate, not a proof: an "
    "instrument that repeats itself may still measure something else.",
    right=('"""Not as public opinion. We would report non-response first, name the snapshot that '
           'was asked and ask it again each week, and give up when it does not agree with itself. '
           'What is missing altogether is a comparison with people: we do not know whose views '
           'the answers are."""', "memo.upper()"),
    wrong=(
        Wrong("a high response is enough",
              "'Yes, for the version of March: it answered nearly all of the questions, it costs "
              "a fraction of a cent for each of them, and our readers like fresh numbers in the "
              "morning, so we print what it says today.'", "silence"),
        Wrong("one version is the model",
              "'Yes: the response rate is high, it costs a fraction of a cent for each question, "
              "and nobody has to telephone anybody. We print the numbers with their response rate "
              "and a short note on how the answers were made.'", "the version"),
        Wrong("steady answers are valid answers",
              "'Yes, if it passes a test: we pin the version, look at the response rate, ask "
              "everything twice, and print only if the answers agree in at least 95 % of the "
              "questions, because what repeats itself that well can be trusted.'",
              "whom the answers stand for"),
    ),
)  # fmt: skip


EXERCISES = (VALUE, CONFIDENCE, CHANCE, BUG_HUNT, MEMO)

QUIZ = (
    Question(
        "Two bots are equally accurate. Both may hand over. Which one earns more?",
        "The one whose confidence tells right answers from wrong ones",
        "Hand-over is paid by confidence: the discriminant never doubted and gained next to "
        "nothing.",
        (("Neither: accuracy decides",
          "Only where everything is answered. Two equally accurate bots stood far apart above."),
         ("The one that hands over most",
          "Handing over earns nothing: the bot with C = 1 handed over nearly all, and lost by it."),
         ),
    ),
    Question(
        "Fixing one intent that is always wrong, or three points everywhere: which pays more?",
        "It depends on the intent's share of requests",
        "An intent is worth 24 dollars times its share, three points 24 dollars times .03.",
        (("Three points everywhere: it helps all customers",
          "A fixed intent that 5 % of the customers ask for is worth five points."),
         ("The intent: zero is the worst score",
          "If hardly anybody asks for it, hardly anything is won. Look at its share."),
         ),
    ),
    Question(
        "A model is right in .60 of the items, and the pass mark is 60 %. It passes",
        "more or less often than that, by the length and make-up of the exam",
        "About half the time if items are drawn at random; with fixed kinds of item it may be "
        "never or always.",
        (("in 60 % of the exams", "A share of items is not a chance to pass: see the last column "
          "of the exam table."),
         ("always: it reaches the mark", "Only on average. A score on 20 items spreads around "
          "its mean."),
         ),
    ),
    Question(
        "Two versions of a model agree on 98 % of the opinion questions. Then its answers are",
        "reliable, and whether they are people's opinions is open",
        "Agreement is a gate. What lies behind it needs people to compare with.",
        (("valid opinions", "A clock that stands still agrees with itself as well."),
         ("no use: real opinions change", "People keep most of theirs for months. Steadiness is "
          "needed, and not enough."),
         ),
    ),
)  # fmt: skip
