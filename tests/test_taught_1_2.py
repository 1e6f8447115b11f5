"""Notebook 1-2: the functions that it teaches, against libraries, simulation and hard cases."""

import numpy as np
import pytest
import taught
from scipy import stats

from helpers import rates

BOOK = taught.load(
    "1-2", "digits_kept", "by_qr", "variance_parts", "p_values", "labels_needed", "iou", "track",
    "scene", "way_up", "grid",
)  # fmt: skip


def test_digits_count_what_agrees():
    kept = BOOK["digits_kept"]([1.001, 100.0001, -2.0, 3.0], np.array([1.0, 100.0, -2.0, -3.0]))
    assert kept == pytest.approx([3, 6, 15, -np.log10(2)], abs=1e-3)


def test_qr_solves_least_squares():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 4)), rng.normal(size=30)
    assert BOOK["by_qr"](X, y) == pytest.approx(np.linalg.lstsq(X, y, rcond=None)[0])


def _scores(rng, sd, shape=(6, 5, 40)):
    """Scores with known standard deviations of test sample, training sample, seed and rest."""
    training, seed, test = shape
    return (0.8 + sd[1] * rng.normal(size=(training, 1, 1))
            + sd[2] * rng.normal(size=(training, seed, 1))
            + sd[0] * rng.normal(size=test) + sd[3] * rng.normal(size=shape))  # fmt: skip


def test_variance_parts_are_right_on_average():
    sd, rng = np.array([3.0, 1.5, 2.0, 2.5]), np.random.default_rng(0)
    names = ("test sample", "training sample", "seed", "the rest")
    found = []
    for _ in range(1_500):
        parts = BOOK["variance_parts"](_scores(rng, sd))
        assert tuple(parts) == names
        found.append(list(parts.values()))
    error = np.std(found, axis=0) / 1_500**0.5
    assert (np.abs(np.mean(found, axis=0) - sd**2) < 4.5 * error).all()


def test_variance_parts_of_one_cause_leave_the_others_at_zero():
    score = _scores(np.random.default_rng(1), (2.0, 0, 0, 0))
    parts = BOOK["variance_parts"](score)
    assert parts["test sample"] == pytest.approx(score[0, 0].var(ddof=1))
    assert [parts[k] for k in ("training sample", "seed", "the rest")] == pytest.approx([0, 0, 0])


def test_p_values_are_mcnemar_s_for_every_pair():
    rng = np.random.default_rng(0)
    answers = rng.random((60, 4)) < [0.5, 0.7, 0.9, 0.5]
    answers[:, 3] = answers[:, 0]  # two models that never disagree
    p = BOOK["p_values"](answers)
    assert p == pytest.approx(p.T) and np.diag(p) == pytest.approx(np.ones(4))
    for i, j in ((0, 1), (1, 2), (0, 2), (0, 3)):
        only = [int((answers[:, i] & ~answers[:, j]).sum()),
                int((answers[:, j] & ~answers[:, i]).sum())]  # fmt: skip
        assert p[i, j] == pytest.approx(rates.mcnemar(*only))
    assert p[0, 3] == 1


@pytest.mark.parametrize("share", [0.5, 0.8, 0.97])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_labels_needed_gives_an_interval_of_that_width(share, level):
    n = BOOK["labels_needed"](share, 0.02, level)
    half = stats.norm.ppf((1 + level) / 2) * (share * (1 - share) / n) ** 0.5
    assert half == pytest.approx(0.02)


def test_iou_of_boxes_is_the_share_of_their_pixels():
    rng = np.random.default_rng(0)
    for _ in range(50):
        a, b = (np.r_[corner, corner + rng.integers(1, 6, 2)] for corner in
                rng.integers(0, 6, (2, 2)))  # fmt: skip
        inside = np.zeros((2, 12, 12), dtype=bool)
        for mask, box in zip(inside, (a, b), strict=True):
            mask[box[0] : box[2], box[1] : box[3]] = True
        truth = inside.all(axis=0).sum() / inside.any(axis=0).sum()
        assert BOOK["iou"](a, b) == pytest.approx(truth) == BOOK["iou"](b, a)


def test_iou_takes_one_box_against_many():
    boxes = np.array([[0, 0, 2, 2], [0, 2, 2, 4], [5, 5, 6, 6], [1, 1, 3, 3]])
    assert BOOK["iou"](boxes[0], boxes) == pytest.approx([1, 0, 0, 1 / 7])


@pytest.mark.parametrize("pan", [0, 0.8])
def test_the_tracker_follows_where_nothing_hides_the_item(pan):
    """A bright item on the generated noise: its true boxes are found to within 2 pixels."""
    rng = np.random.default_rng(3)
    video, truth = BOOK["scene"](np.ones((14, 14)), pan, rng)
    assert video.shape == (30, 84, 84) and truth.shape == (30, 4)
    for image, (top, left, bottom, right) in zip(video, truth, strict=True):
        assert (image[top:bottom, left:right] == 1).all() and (image == 1).sum() == 14 * 14
    assert (np.abs(BOOK["track"](video, truth[0]) - truth) <= 2).all()


def test_a_scene_is_made_from_its_seed_alone():
    one, two = (BOOK["scene"](np.ones((14, 14)), 0.4, np.random.default_rng(5)) for _ in range(2))
    assert (one[0] == two[0]).all() and (one[1] == two[1]).all()


def test_anchors_are_0_and_1():
    assert [BOOK["way_up"](x, 20, 60) for x in (20, 60, 30, 10)] == [0, 1, 0.25, -0.25]


def test_a_grid_has_every_cell_with_its_interval():
    import pandas as pd

    table = pd.DataFrame({
        "age": pd.Categorical(["young", "young", "old"], ["young", "old"]),
        "schooling": pd.Categorical(["less", "less", "more"], ["less", "more"]),
        "right": [True, False, True],
    })  # fmt: skip
    cells = BOOK["grid"](table)
    assert len(cells) == 4 and cells["size"].tolist() == [2, 0, 0, 1]
    low, high = rates.wilson(1, 2)
    assert cells.iloc[0][["mean", "low", "high"]].tolist() == pytest.approx([0.5, low, high])
