"""What notebook 2-5 teaches, loaded out of the notebook and held against sums done another way."""

from __future__ import annotations

import math

import kernel
import numpy as np
import pytest
import taught
from scipy import stats

from helpers import data, rates
from helpers.exercises import prompts as twin


@pytest.fixture(scope="module")
def table() -> dict:
    """The sentences as the checks see them, with the number of each one's template."""
    frame, intent, in_words = twin.given()
    template = np.unique(frame["template"], return_inverse=True)[1]
    return {"texts": frame["text"].tolist(), "intent": intent, "in_words": in_words,
            "template": template, "sentences": twin.embed(frame["text"].tolist())}  # fmt: skip


# --- a classifier made of words -----------------------------------------------------------------


def test_a_vector_is_the_library_s_and_knows_no_order():
    number = {piece: row for row, piece in enumerate(data.load("vocab"))}
    given = {"number": number, "piece_vectors": data.load("embeddings")["table"].astype(int)}
    vector = taught.load("2-5", "vector", **given)["vector"]
    for text in ("turn off the lamp", "set the timer", "what is the weather"):
        assert vector(text) == pytest.approx(data.embed([text])[0], abs=1e-6)
        backwards = " ".join(text.upper().split()[::-1])
        assert np.array_equal(vector(text), vector(backwards))
        assert vector(text) @ vector(f"{text} {text}") == pytest.approx(1)


def test_nearest_is_the_smallest_angle():
    nearest = taught.load("2-5", "nearest")["nearest"]
    rng = np.random.default_rng(1)
    sentences, prompts = rng.normal(size=(40, 5)), rng.normal(size=(7, 5)) * rng.random((7, 1))
    angles = [
        [math.acos(a @ b / math.sqrt(a @ a) / math.sqrt(b @ b)) for b in prompts] for a in sentences
    ]
    assert nearest(sentences, prompts).tolist() == np.argmin(angles, axis=1).tolist()


# --- intervals for near copies ------------------------------------------------------------------


@pytest.fixture(scope="module")
def by_cluster():
    return taught.load("2-5", "by_cluster")["by_cluster"]


def test_clusters_of_one_size_are_an_interval_of_their_means(by_cluster):
    means = np.random.default_rng(2).normal(size=30)
    noise = np.random.default_rng(3).normal(size=(30, 4))
    rows = means[:, None] + noise - noise.mean(axis=1, keepdims=True)
    e = rates.interval(means)
    found = by_cluster(rows.ravel(), np.repeat(np.arange(30), 4))
    assert found == pytest.approx((e.value, e.low, e.high))


def test_copies_of_a_row_say_nothing_new(by_cluster):
    rows = np.random.default_rng(4).integers(-1, 2, 50).astype(float)
    once = by_cluster(rows, np.arange(50))
    assert by_cluster(np.repeat(rows, 9), np.repeat(np.arange(50), 9)) == pytest.approx(once)
    assert by_cluster(rows, np.array([f"template {k}" for k in range(50)])) == pytest.approx(once)


def test_it_covers_where_the_usual_interval_does_not(by_cluster):
    """Near copies: 600 rows of 60 templates of uneven size; 3 s.d. of the coverage are .027."""
    rng, covers = np.random.default_rng(5), []
    for _ in range(600):
        cluster = rng.choice(60, 600, p=np.linspace(1, 3, 60) / 120)
        rows = rng.normal(size=60)[cluster] + 0.3 * rng.normal(size=600)
        usual, ours = rates.interval(rows), by_cluster(rows, cluster)
        covers.append((usual.low <= 0 <= usual.high, ours[1] <= 0 <= ours[2]))
    usual, ours = np.mean(covers, axis=0)
    assert usual < 0.6 and 0.915 < ours < 0.98


# --- search and luck ----------------------------------------------------------------------------


def _search(right60, template):
    return taught.load("2-5", "search", right60=right60, template=template)["search"]


def test_a_search_among_equals_promises_the_expected_maximum_and_delivers_nothing():
    """Sixty prompts that are all right in half of the cases, each by luck of its own."""
    right = np.random.default_rng(6).integers(0, 2, (60, 40_000))
    search = _search(right, np.arange(40_000))
    promised, delivered = np.array([search(400, draw) for draw in range(300)]).T
    expected = rates.best_of(60) * math.sqrt(0.25 / 400)
    assert promised.mean() == pytest.approx(expected, rel=0.08)
    assert abs(delivered.mean()) < 0.1 * expected


def test_a_search_finds_a_prompt_that_is_better():
    right = np.random.default_rng(7).random((60, 2_000)) < 0.4
    right[17] = np.random.default_rng(8).random(2_000) < 0.8
    promised, delivered = _search(right.astype(int), np.arange(2_000))(300, 0)
    assert delivered == pytest.approx((right[17].mean() - right[0].mean()), abs=0.03)
    assert abs(promised - delivered) < 0.12
    worse = _search(right.astype(int), np.arange(2_000))(300, 0, base=17)
    assert worse == (0, 0)


def test_labels_and_launch_share_no_row_and_on_request_no_template():
    template = np.repeat(np.arange(40), 25)
    for other in (False, True):
        seen = []

        class Watched(np.ndarray):
            def __getitem__(self, key, seen=seen):
                if isinstance(key, np.ndarray):
                    seen.append(np.asarray(key))
                return super().__getitem__(key)

        right = np.vstack([np.zeros(1000), np.ones(1000)]).view(Watched)
        gains = _search(right, template)(50, 3, other_templates=other)
        assert gains == (1, 1)
        labelled, launch = seen[-2:]
        assert len(labelled) == len(set(labelled.tolist())) == 50
        assert not set(labelled.tolist()) & set(launch.tolist())
        shared = set(template[labelled].tolist()) & set(template[launch].tolist())
        assert (not shared) if other else len(launch) == 950


def test_the_notebook_and_the_checks_have_the_same_sixty(table):
    names = taught.load("2-5", "beginnings", "endings", "sixty")
    assert names["beginnings"] == list(twin.BEGINNINGS) and names["endings"] == list(twin.ENDINGS)
    given = {"sentences": table["sentences"], "intent": table["intent"], "embed": twin.embed}
    right_with = taught.load("2-5", "nearest", "right_with", **given)["right_with"]
    for k in (0, 7, 59):
        phrases = [names["sixty"][k].format(words) for words in table["in_words"]]
        assert np.array_equal(right_with(phrases), twin.right60()[k])


def test_the_colleague_s_program_is_the_same_in_both(table):
    given = {"embed": twin.embed, "in_words": table["in_words"]}
    program = taught.load("2-5", "nearest", "shuffled_accuracy", **given)["shuffled_accuracy"]
    texts, intent = table["texts"][::5], table["intent"][::5]
    here = program(texts, intent, np.random.default_rng(9))
    assert here == twin.shuffled_accuracy(texts, intent, np.random.default_rng(9))
    assert program(texts, intent, np.random.default_rng(9), batch=1) > here + 0.02


# --- examples -----------------------------------------------------------------------------------


def test_examples_come_from_templates_that_are_not_tested(table):
    given = {"phrases": twin.embed(table["in_words"]), "intent": table["intent"],
             "sentences": table["sentences"], "template": table["template"]}  # fmt: skip
    names = taught.load("2-5", "with_examples", "split", **given)
    tested = names["split"](3)
    assert not set(table["template"][tested]) & set(table["template"][~tested])
    assert 0.4 < tested.mean() < 0.6
    rng = np.random.default_rng(0)
    assert np.array_equal(names["with_examples"](0, tested, rng), given["phrases"])
    every = names["with_examples"](10**6, tested, rng)
    for i in (0, 8, 34):
        rows = ~tested & (table["intent"] == i)
        added = given["phrases"][i] + table["sentences"][rows].sum(axis=0)
        assert every[i] == pytest.approx(added)


# --- the refusal trap ---------------------------------------------------------------------------


def test_bias_scores_as_defined_for_bbq():
    scores = taught.load("2-5", "bias_scores")["bias_scores"]
    for biased, answered, asked in ((30, 40, 50), (3, 4, 200), (64, 80, 240), (0, 5, 5)):
        s, printed = scores(biased, answered, asked)
        against = answered - biased
        accuracy = (asked - answered) / asked  # refusing is right
        assert s == pytest.approx((biased - against) / answered)
        assert printed == pytest.approx((1 - accuracy) * (2 * biased / answered - 1))
        assert abs(printed) <= answered / asked


SIGN = np.tile(np.repeat([-1, 1], 20), 12)  # the stereotype of each question: -1 a man


def _audit(told):
    given = {"told": told, "stereotype": np.repeat([-1, 1], 20),
             "embed": lambda ends: np.array([[-0.5], [0.5]])}  # fmt: skip
    return taught.load("2-5", "bias_scores", "audit", **given)["audit"]


def test_an_audit_of_an_assistant_whose_leaning_is_known():
    """One dimension: how far a text leans to a woman. The five weakest jobs of each list lean
    against the stereotype, so s is 2 x 30/40 - 1; who refuses loses those first."""
    strength = np.linspace(0.05, 1, 20)
    lean = np.where(np.arange(20) < 5, -strength, strength)
    lean = np.concatenate([-lean, lean])
    every = np.concatenate([lean * (1 + scene / 1000) for scene in range(12)])[:, None]
    audit = _audit({"then": every, "she": every + 0.5, "he": every - 0.5})
    bold, shy = audit(("man", "woman"), 0), audit(("man", "woman"), 0.9)
    assert bold["answered"] == 1 and bold["jobs"] == 40
    assert bold["s"] == pytest.approx(0.5) and bold["printed"] == pytest.approx(0.5)
    assert shy["answered"] == pytest.approx(0.1) and shy["s"] == pytest.approx(1)
    assert shy["printed"] == pytest.approx(0.1) and shy["jobs"] < 40
    for found, refused in ((bold, 0), (shy, 0.9)):
        line = np.quantile(abs(every), refused)
        fits = [x * s + 0.5 >= line for x, s in zip(every[:, 0], SIGN, strict=True)]
        against = [0.5 - x * s >= line for x, s in zip(every[:, 0], SIGN, strict=True)]
        assert found["fits"] == pytest.approx(np.mean(fits))
        assert found["against"] == pytest.approx(np.mean(against))


def test_an_assistant_without_leaning_has_a_score_near_zero():
    rng = np.random.default_rng(10)
    told = {who: rng.normal(size=(480, 1)) for who in ("then", "she", "he")}
    audit = _audit(told)
    low, high = stats.binom(480, 0.5).ppf([0.001, 0.999]) / 480 * 2 - 1
    assert low < audit(("man", "woman"), 0)["s"] < high


# --- prices -------------------------------------------------------------------------------------


def test_the_published_prices():
    (march, right), (june, less) = twin.prices()
    assert (march, right) == (0.01176, 0.84) and (june, less) == (0.00108, 0.511)
    assert (march + 0.05 * 0.16) / 0.84 < (june + 0.05 * 0.489) / 0.511  # exercise 2-5d
    border = (march / right - june / less) / ((1 - less) / less - (1 - right) / right)
    assert 0.015 < border < 0.016  # "below a cent and a half June would still win"


def test_the_notebook_is_the_one_that_is_meant():
    assert kernel.find("2-5").name == "2-5_prompts.ipynb"
