"""What notebook 2-3 teaches, loaded out of the notebook and held against sums done another way."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
import taught
from scipy.stats import binom

from helpers import data
from helpers.exercises.panel import JOINED, QUESTIONS, two_versions

F = taught.load(
    "2-3", "N", "RIGHT", "WRONG", "RULE", "GRID", "accuracy", "dollars", "halves", "mixes",
    "by_answer", "passes", "exam", "changed", "scaled",
)  # fmt: skip


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    """Made-up answers of a bot to requests of 5 intents, from 4 templates each."""
    rng = np.random.default_rng(3)
    intent = rng.choice(list("abcde"), 400)
    says = np.where(rng.random(400) < 0.8, intent, rng.choice(list("abcde"), 400))
    return pd.DataFrame({
        "intent": intent, "template": [f"{i}{n}" for i, n in zip(intent, rng.integers(0, 4, 400),
                                                                 strict=True)],
        "says": says, "sure": rng.random(400), "right": says == intent})  # fmt: skip


def _by_hand(table: pd.DataFrame, threshold: float) -> dict[str, float]:
    """Dollars a request of each intent, one row after the other."""
    out = {}
    for name in sorted(set(table["intent"])):
        rows = table[table["intent"] == name]
        total = 0
        for sure, right in zip(rows["sure"], rows["right"], strict=True):
            total += 0 if sure < threshold else 4 if right else -20
        out[name] = total / len(rows)
    return out


@pytest.mark.parametrize("threshold", [0.0, 0.5, 20 / 24, 1.1])
def test_dollars_by_counting(answers, threshold):
    found = F["dollars"](answers, threshold)
    assert found.to_dict() == pytest.approx(_by_hand(answers, threshold))


def test_answering_everything_is_a_straight_line_in_accuracy(answers):
    for seed in range(5):
        some = answers.sample(150, random_state=seed).reset_index(drop=True)
        line = 24 * F["accuracy"](some) - 20
        assert F["dollars"](some).mean() == pytest.approx(line)
    assert (F["RIGHT"], F["WRONG"]) == (4, -20)


def test_the_rule_is_best_where_confidence_is_a_probability():
    """With calibrated confidences no threshold of the grid earns more than 20/24."""
    sure = np.linspace(0.005, 0.995, 100)
    expected = 4 * sure - 20 * (1 - sure)
    earned = [expected[sure >= t].sum() for t in F["GRID"]]
    assert expected[sure >= F["RULE"]].sum() >= max(earned) - 1e-9
    assert F["RULE"] == pytest.approx(20 / 24)


def test_halves_keep_templates_whole_and_lose_nothing(answers):
    both = F["halves"](answers, np.random.default_rng(1))
    assert both.shape == (2, len(F["GRID"]))
    names = np.array(sorted(set(answers["template"])))
    first = set(np.random.default_rng(1).permutation(names)[: len(names) // 2])
    for k, part in enumerate((answers["template"].isin(first), ~answers["template"].isin(first))):
        for j in (0, 10, 33):
            want = _by_hand(answers[part], F["GRID"][j])
            assert both[k, j] == pytest.approx(np.mean(list(want.values())))


def test_mixes_are_zipf_in_random_order():
    mix = F["mixes"](4000, np.random.default_rng(0))
    assert mix.shape == (4000, 34) and np.allclose(mix.sum(axis=1), 1)
    ordered = -np.sort(-mix, axis=1)
    assert np.allclose(ordered[:, 0] / ordered[:, 4], 5)
    # Averaged over orders every intent counts alike; s.d. of a share is about .042
    assert np.abs(mix.mean(axis=0) - 1 / 34).max() < 0.004


def test_what_each_answer_earns_adds_up_to_the_rule(answers):
    table = F["by_answer"](answers)
    assert table.shape == (5, 5)
    want = _by_hand(answers, F["RULE"])
    assert table.sum(axis=1) == pytest.approx([want[name] for name in "abcde"])
    assert (np.diag(table) >= 0).all() and (table - np.diag(np.diag(table)) <= 0).all()


@pytest.mark.parametrize("p", [0.0, 0.246, 0.511, 0.84, 1.0])
@pytest.mark.parametrize(("items", "mark"), [(20, 12), (25, 15), (5, 0), (5, 5), (7, 8)])
def test_the_chance_to_pass_is_scipys_tail(items, mark, p):
    assert F["passes"](items, mark, p) == pytest.approx(binom.sf(mark - 1, items, p), abs=1e-12)


@pytest.mark.parametrize("p", [0.246, 0.511, 0.84])
def test_one_point_more_is_the_slope_of_the_tail(p):
    rise = (F["passes"](20, 12, p + 1e-5) - F["passes"](20, 12, p - 1e-5)) / 2e-5
    assert 20 * binom.pmf(11, 19, p) == pytest.approx(rise, rel=1e-6)


def test_published_rates_pass_as_stated():
    found = [F["passes"](20, 12, p) for p in (0.84, 0.511, 0.836, 0.352)]
    assert found == pytest.approx([0.9979, 0.2845, 0.9975, 0.0205], abs=5e-5)
    counts = data.load("published/llm_drift_prime_confusion")
    right = {
        (r.version, r.truth): getattr(r, f"said_{r.truth}")
        for r in counts[counts["model"] == "GPT-4"].itertuples()
    }
    assert right == {("2023-03", "prime"): 488, ("2023-03", "composite"): 352,
                     ("2023-06", "prime"): 12, ("2023-06", "composite"): 499}  # fmt: skip


def test_an_exam_of_kinds_is_every_outcome_enumerated():
    parts = [(2, 0.3), (3, 0.9), (1, 0.5)]
    chances = [p for n, p in parts for _ in range(n)]
    for mark in range(7):
        total = 0.0
        for right in itertools.product([0, 1], repeat=6):
            if sum(right) >= mark:
                total += np.prod([p if r else 1 - p for p, r in zip(chances, right, strict=True)])
        assert F["exam"](parts, mark) == pytest.approx(total)
    assert F["exam"]([(8, 0.6), (12, 0.6)], 12) == pytest.approx(F["passes"](20, 12, 0.6))


def _enumerated(march: int, june: int, differ: int, n: int) -> tuple[int, int]:
    """Every way to place two sets of answers: how many are answered twice and differ?"""
    possible = []
    for both in range(max(0, march + june - n), min(march, june) + 1):
        one, none = march + june - 2 * both, n - march - june + both
        for counted in {0, none}:  # two silences may count as equal or as different
            if 0 <= differ - one - counted <= both:
                possible.append(differ - one - counted)
    return min(possible), max(possible)


def test_bounds_on_changed_opinions_hold_all_that_is_possible():
    tried = 0
    for march, june, differ in itertools.product(range(9), repeat=3):
        try:
            least, most = _enumerated(march, june, differ, 8)
        except ValueError:
            continue  # no answers have such counts
        low, high = F["changed"](march, june, differ, n=8)
        assert low <= least and most <= high, (march, june, differ)
        tried += 1
    assert tried > 100


def test_the_published_bounds():
    assert F["changed"](1470, 352, round(0.782 * 1506)) == (0, 60)
    assert F["changed"](1420, 1456, round(0.278 * 1506)) == (283, 383)


def test_best_of_eight_by_drawing():
    rng = np.random.default_rng(0)
    tries = rng.random((200_000, 2)) < 0.658
    assert tries.any(axis=1).mean() == pytest.approx(1 - 0.342**2, abs=0.004)
    assert 1 - 0.342**8 == pytest.approx(0.9998, abs=5e-5)
    assert 1 - (1 - 0.2118) ** 8 == pytest.approx(0.851, abs=5e-4)


def test_scaled_runs_from_worst_to_best():
    column = pd.Series([3.0, 1.0, 2.0])
    assert F["scaled"](column, True).tolist() == [1, 0, 0.5]
    assert F["scaled"](column, False).tolist() == [0, 1, 0.5]


@pytest.mark.parametrize("seed", [0, 7])
def test_the_generated_panel_has_the_published_row_counts(seed):
    first, second = two_versions(seed)
    assert len(first) == len(second) == QUESTIONS == 1506
    assert len(first.merge(second, on="id")) == JOINED == 1566
    assert first["id"].duplicated().sum() == 12
    key = ["wave", "topic", "id"]
    assert not first.duplicated(key).any() and not second.duplicated(key).any()
    for less in (["id", "wave"], ["id", "topic"], ["wave", "topic"]):
        assert first.duplicated(less).any()


def test_by_template_holds_out_whole_templates():
    """The split of loop 1 on made-up sentences: no template stands on both sides."""
    said = pd.DataFrame({"intent": list("aaaaaaaabbbbcc"),
                         "template": [f"a{i // 2}" for i in range(8)] + ["b0"] * 2 + ["b1"] * 2
                         + ["c0"] * 2})  # fmt: skip
    split = taught.load("2-3", "by_template", said=said)["by_template"]
    for seed in range(20):
        held = split(np.random.default_rng(seed))
        assert not set(said["template"][held]) & set(said["template"][~held])
        assert held[:8].sum() == 2 and held[8:12].sum() == 2  # one template of each
        assert not held[12:].any()  # the intent with one template can only be learnt
