"""What notebook 6-2 teaches, loaded out of the notebook and held against sums done another way."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import taught
from scipy.stats import binom

from helpers import timing

F = taught.load("6-2", "speed_up", "iou", "nms", "conveyor", "chance_to_pass", "ranks",
                "queries_for", "erlang_c", "scene", "decode", "resize", "normalise",
                fashion={"x_train": np.full((20, 28, 28), 200, np.uint8),
                         "y_train": np.arange(20) % 10})  # fmt: skip


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def some_boxes(rng, n=12, side=14):
    corner = rng.integers(0, side, (n, 2))
    return np.hstack([corner, corner + rng.integers(1, side, (n, 2))])


def test_a_speed_up_is_the_old_time_over_the_new(rng):
    seconds = rng.uniform(1, 5, 4)
    share = dict(zip("abcd", seconds / seconds.sum(), strict=True))
    new = seconds[0] / 3 + seconds[1] + seconds[2] / 7 + seconds[3]
    assert math.isclose(F["speed_up"](share, {"a": 3, "c": 7}), seconds.sum() / new)
    assert math.isclose(F["speed_up"](share, {}), 1)
    assert math.isclose(F["speed_up"](share, dict.fromkeys("abcd", 10)), 10)


def test_iou_is_a_count_of_pixels(rng):
    for one, other in itertools.product(some_boxes(rng), repeat=2):
        a, b = ({(x, y) for x in range(p[0], p[2]) for y in range(p[1], p[3])}
                for p in (one, other))  # fmt: skip
        assert math.isclose(F["iou"](one, other[None])[0], len(a & b) / len(a | b))


def slow_nms(boxes, scores, limit):
    """Box by box, best first: kept if no kept box overlaps it by more than the limit."""
    kept = []
    for k in sorted(range(len(boxes)), key=lambda k: -scores[k]):
        if all(F["iou"](boxes[j], boxes[[k]])[0] <= limit for j in kept):
            kept.append(k)
    return kept


@pytest.mark.parametrize("limit", [0.1, 0.3, 0.5])
def test_nms_keeps_what_a_loop_over_boxes_keeps(rng, limit):
    sizes = set()
    for _ in range(30):
        boxes, scores = some_boxes(rng), rng.random(12)
        kept = F["nms"](boxes, scores, limit)
        assert kept == slow_nms(boxes, scores, limit)
        sure = scores >= 0.5  # the swap: dropping the unsure first leaves the same sure ones
        first = np.flatnonzero(sure)[F["nms"](boxes[sure], scores[sure], limit)].tolist()
        assert first == [k for k in kept if scores[k] >= 0.5]
        sizes.add(len(kept))
    assert len(sizes) > 1


def test_the_belt_lets_each_stage_do_one_thing_at_a_time(rng):
    rows, pace = rng.uniform(0.5, 1.5, (40, 3)), 1.1
    end = np.zeros((41, 4))
    for k, s in itertools.product(range(40), range(3)):
        came = k * pace if s == 0 else end[k + 1, s]
        end[k + 1, s + 1] = max(came, end[k, s + 1]) + rows[k, s]
    latencies, done = F["conveyor"](rows, pace)
    assert np.allclose(latencies, end[1:, 3] - np.arange(40) * pace)
    assert math.isclose(done, end[-1, 3])
    alone, _ = F["conveyor"](rows, pace=100)
    assert np.allclose(alone, rows.sum(axis=1))  # with nobody in front, the sum of the stages


def test_the_chance_to_pass_is_what_happens(rng):
    slow = rng.binomial(500, 0.012, 200_000)
    assert abs(F["chance_to_pass"](500, 0.012) - np.mean(slow <= 5)) < 0.005


@pytest.mark.parametrize(("n", "q"), [(1000, 0.99), (300, 0.9), (50, 0.5)])
def test_ranks_are_the_courses_and_hold_the_quantile(n, q):
    low, high = F["ranks"](n, q)
    assert (low, high) == timing.quantile_ranks(n, q)
    assert binom.cdf(high - 1, n, q) - binom.cdf(low - 1, n, q) >= 0.95


def test_queries_are_the_published_counts():
    counts = [F["queries_for"](q) for q in (0.9, 0.95, 0.97, 0.99)]
    assert counts == [24_576, 57_344, 90_112, 270_336]


@pytest.mark.parametrize(("load", "servers"), [(0.7, 1), (2, 3), (5, 7)])
def test_erlangs_formula_is_the_balance_of_the_queue(load, servers):
    p = [1.0]  # states of the queue: into k as often as out of it
    for k in range(1, 3000):
        p.append(p[-1] * load / min(k, servers))
    assert math.isclose(F["erlang_c"](load, servers), sum(p[servers:]) / sum(p), rel_tol=1e-9)


def test_a_scene_has_its_items_where_it_says(rng):
    jpeg, truth = F["scene"](rng, items=3)
    grey = F["decode"](jpeg).astype(float)
    assert jpeg[:2] == b"\xff\xd8" and grey.shape == (448, 448) and truth.shape == (3, 5)
    mask = np.zeros((448, 448), bool)
    for x1, y1, x2, y2, _ in truth:
        mask[y1:y2, x1:x2] = True
    assert np.abs(grey[mask] - 200).mean() < 5 and grey[~mask].mean() < 5
    small = F["resize"](F["decode"](jpeg))
    x = F["normalise"](small)
    assert small.shape == (224, 224) and tuple(x.shape) == (1, 1, 224, 224)
    assert np.allclose(x.numpy()[0, 0] * 0.25 + 0.1, small / 255, atol=1e-6)
