"""What notebook 2-4 teaches, loaded out of it and held against counts done another way."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
import taught
from scipy.stats import binomtest, norm
from sklearn.metrics import accuracy_score, matthews_corrcoef

from helpers import data, rates
from helpers.exercises import instances, nb_2_4


@pytest.fixture(scope="module")
def mix() -> dict:
    answers = data.load("published/llm_drift_prime_confusion")
    answers = answers.set_index(["model", "version", "truth"]).sort_index()
    return taught.load("2-4", "VERSIONS", "rights", "accuracy", "mcc", answers=answers)


@pytest.fixture(scope="module")
def garments() -> dict:
    return taught.load("2-4", "pictures", "pixels", "garment", "GARMENTS", "BAGS", "rank",
                       "slice_of", "update", "losses", "flagged")  # fmt: skip


@pytest.fixture(scope="module")
def board() -> dict:
    return taught.load("2-4", "ladder", "climb")


def _cell(marker: str, **given) -> dict:
    """The names after the one cell of the notebook that holds this text."""
    (source,) = [s for s in taught.sources("2-4") if marker in s]
    space = {"np": np, "pd": pd, "predict": lambda *a, **k: None, **given}
    exec(source, space)
    return space


def test_the_counts_are_those_of_the_exercises(mix):
    for model, counts in (("GPT-4", nb_2_4.GPT4), ("GPT-3.5", nb_2_4.GPT35)):
        for month, right in counts.items():
            assert mix["rights"](model, month) == pytest.approx([k / 500 for k in right])


@pytest.mark.parametrize("primes", [0, 1, 37, 500])
def test_accuracy_at_a_mix_is_the_accuracy_of_a_test_with_that_mix(mix, primes):
    rng = np.random.default_rng(primes)
    truth = np.arange(500) < primes
    said = np.where(rng.random(500) < 0.7, truth, ~truth)
    hit = said == truth
    parts = [hit[truth == t].mean() if (truth == t).any() else 0.0 for t in (True, False)]
    found = mix["accuracy"](primes / 500, *parts)
    assert found == pytest.approx(accuracy_score(truth, said))


def test_the_share_of_primes_agrees_with_the_published_counts_of_primes():
    found = taught.load("2-4", "numbers", "as_they_come")
    below_20000, below_1019 = 2_262, 170  # pi(20,000), and pi(1,000) = 168 with 1,009 and 1,013
    assert len(found["numbers"]) == 18_979
    assert found["as_they_come"] == pytest.approx((below_20000 - below_1019) / 18_979)


def test_the_crossing_is_where_bisection_finds_it(mix):
    for model, truth in (("GPT-4", 147 / 623), ("GPT-3.5", 94 / 454)):
        low, high = 0.0, 1.0
        march, june = (mix["rights"](model, month) for month in ("March", "June"))
        sign = np.sign(mix["accuracy"](0, *march) - mix["accuracy"](0, *june))
        for _ in range(60):
            x = (low + high) / 2
            gap = mix["accuracy"](x, *march) - mix["accuracy"](x, *june)
            low, high = (x, high) if np.sign(gap) == sign else (low, x)
        assert low == pytest.approx(truth)


@pytest.mark.parametrize("seed", range(5))
def test_mcc_is_the_library_s_and_the_correlation_of_two_columns(mix, seed):
    rng = np.random.default_rng(seed)
    truth, said = rng.random((2, 60)) < rng.random((2, 1)) * 0.6 + 0.2
    cells = [(truth & said).sum(), (truth & ~said).sum(), (~truth & said).sum(),
             (~truth & ~said).sum()]  # fmt: skip
    found = mix["mcc"](*cells)
    assert found == pytest.approx(matthews_corrcoef(truth, said))
    assert found == pytest.approx(np.corrcoef(truth, said)[0, 1])


def test_a_verdict_that_ignores_the_truth_has_no_mcc_at_any_mix(mix):
    for primes in (10, 300, 900):
        assert mix["mcc"](0.2 * primes, 0.8 * primes, 0.2 * 500, 0.8 * 500) == pytest.approx(0)


@pytest.fixture(scope="module")
def sentences() -> dict:
    return _cell("def by_clue", data=data)


def test_the_exercises_judge_the_same_sentences_in_the_same_folds(sentences):
    home, fold = instances.sentences()
    assert home.equals(sentences["home"]) and np.array_equal(fold, sentences["fold"])
    assert sentences["by_clue"](len).mean() == pytest.approx(instances.scored(len))
    assert instances.chances()[0] == home["intent"].value_counts().max() / len(home)


def test_no_template_stands_in_two_folds_and_each_intent_is_spread(sentences):
    home, fold = sentences["home"], sentences["fold"]
    assert len(set(zip(home["template"], fold, strict=True))) == home["template"].nunique()
    assert set(fold) == {0, 1, 2, 3, 4}
    templates = home.groupby("intent")["template"].nunique()
    assert (fold.groupby(home["intent"]).nunique() == templates.clip(upper=5)).all()


def test_a_clue_is_scored_by_counting_in_the_other_folds(sentences):
    home, fold = sentences["home"], sentences["fold"].to_numpy()
    texts, intents = home["text"].tolist(), home["intent"].tolist()
    found = sentences["by_clue"](lambda text: text.split()[0])
    for k in range(5):
        known: dict = {}
        for text, intent, where in zip(texts, intents, fold, strict=True):
            if where != k:
                known.setdefault(text.split()[0], Counter())[intent] += 1
        for i in np.flatnonzero(fold == k):
            counts = known.get(texts[i].split()[0], Counter())
            best = min((c for c in counts if counts[c] == max(counts.values())), default=None)
            assert found[i] == (best == intents[i])


def test_a_leak_scores_higher_than_unseen_templates():
    def shape(text):
        return [len(word) for word in text.split()]

    assert instances.scored(shape, known_templates=True) > instances.scored(shape) + 0.05


def test_sixty_slices_of_equal_size_by_garment_and_brightness(garments):
    where, kind = garments["slice_of"], garments["garment"]
    assert np.array_equal(np.bincount(where), np.full(60, 250))
    assert np.array_equal(where // 6, kind)
    bright = garments["pixels"].sum(axis=1, dtype=int)
    for k in range(60):
        if k % 6:
            assert bright[where == k].min() >= bright[where == k - 1].max()
    assert garments["GARMENTS"][garments["BAGS"]] == "bag"


def test_losses_and_flags_by_counting(garments):
    rng = np.random.default_rng(3)
    where = np.concatenate([np.arange(60), rng.integers(0, 60, 940)])
    change = rng.choice([-1, 0, 0, 0, 1], 1_000)
    change[where == 7] = 1  # one slice is lost as a whole
    p = []
    found = garments["losses"](change, where)
    for k in range(60):
        lost, won = ((change[where == k] == sign).sum() for sign in (1, -1))
        assert found[k] == pytest.approx((lost - won) / (where == k).sum())
        p.append(binomtest(lost, lost + won).pvalue if lost + won else 1.0)
    assert found.argmax() == 7 and min(p) == p[7]
    expected = [k for k in range(60) if rates.holm(p)[k] < 0.05]
    assert garments["flagged"](change, where).tolist() == expected == [7]


def test_an_update_is_judged_on_pictures_that_neither_model_saw(garments):
    change, where, fresh, fresh_where = garments["update"](11)
    assert len(change) == len(where) == 1_000 and len(fresh) == len(fresh_where) == 8_000
    assert set(change.tolist()) | set(fresh.tolist()) == {-1, 0, 1}
    assert abs(change.mean()) < 0.06
    spoilt, same, *_ = garments["update"](11, forget=garments["BAGS"])
    assert np.array_equal(same, where)
    bags = where // 6 == garments["BAGS"]
    assert spoilt[bags].min() == 0 and spoilt[bags].mean() > 0.8  # nobody can win what is forgotten


def test_the_ladder_is_algorithm_1_of_its_paper(board):
    """In losses: report [R]_step if R < R_before - step, else R_before (Blum and Hardt 2015)."""
    rng = np.random.default_rng(0)
    for step in (0.02, 0.05):
        told, loss = 0.5, 0.5
        for score in rng.uniform(0.3, 0.95, 300):
            before = told
            told = board["ladder"](score, told, step)
            loss = round((1 - score) / step) * step if 1 - score < loss - step else loss
            assert told == pytest.approx(1 - loss)
            assert told >= before and (told == before or score > before + step)


def test_a_plain_board_is_climbed_as_the_formula_says_and_the_ladder_is_not(board):
    plain = np.array([board["climb"](300, seed) for seed in range(200, 230)])
    assert plain[:, 0].mean() == pytest.approx(norm.cdf(np.sqrt(300 / (1_000 * np.pi))), abs=0.01)
    assert plain[:, 1].mean() == pytest.approx(0.5, abs=0.012)  # four standard errors
    guarded = np.array([board["climb"](300, seed, True) for seed in range(200, 230)])
    assert guarded[:, 0].max() < 0.59 and guarded[:, 0].mean() < plain[:, 0].mean() - 0.05
    assert board["climb"](20, 5) == board["climb"](20, 5)


def test_the_runner_of_the_exercise_fails_june_for_its_fences():
    space = _cell("def compiles", VERSIONS={"March": "", "June": ""})
    passed = [(v, space["compiles"](answer, v)) for v, answer in space["LOG"]]
    assert [told for v, told in passed if v == "March"] == [True, True, False]
    assert not any(told for v, told in passed if v == "June")
    bare = ["\n".join(x for x in a.splitlines() if "`" not in x) for v, a in space["LOG"]
            if v == "June"]  # fmt: skip
    assert sum(space["compiles"](a, "June") for a in bare) == 3
