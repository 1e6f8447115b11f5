"""What notebook 4-1 teaches, held against brute force and the libraries."""

from __future__ import annotations

import ast
import itertools

import numpy as np
import pytest
import taught
import torch
from sklearn.metrics import average_precision_score
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from helpers.exercises import nb_4_1

NAMES = ("folded", "quantised", "restored", "iou", "suppressed", "hits", "average_precision", "ap",
         "scene", "WakingMachine", "colleagues_factor")  # fmt: skip


@pytest.fixture(scope="module")
def nb() -> dict:
    cells = [c for c in taught.sources("4-1") if any(f" {n}(" in c or f" {n}:" in c for n in NAMES)]
    space = {"np": np, "torch": torch, "SIDE": 112, "BOX": 28}
    space |= taught.load("4-1", *NAMES, cells=[_defs(c) for c in cells], **space)
    for name in NAMES:  # they call each other
        if hasattr(space[name], "__globals__"):
            space[name].__globals__.update({n: space[n] for n in NAMES})
    return space


def _defs(cell: str) -> str:
    """The definitions of a cell alone: no imports of what may be missing."""
    kept = [n for n in ast.parse(cell).body if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
    return "\n\n".join(ast.unparse(n) for n in kept)


def _cover(box, side=40):
    """The pixels of a box, counted one by one."""
    cells = range(side)
    return {(x, y) for x, y in itertools.product(cells, cells)
            if box[0] <= x < box[2] and box[1] <= y < box[3]}  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_iou_counts_pixels(nb, seed):
    rng = np.random.default_rng(seed)
    corner, size = rng.integers(0, 20, (8, 2)), rng.integers(1, 20, (8, 2))
    boxes = np.hstack([corner, corner + size])
    pixels = [_cover(b) for b in boxes]
    truth = [len(pixels[0] & p) / len(pixels[0] | p) for p in pixels]
    assert np.allclose(nb["iou"](boxes[0], boxes), truth)


@pytest.mark.parametrize("seed", range(5))
def test_suppression_keeps_what_no_surer_kept_box_covers(nb, seed):
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 60, (60, 2))
    boxes, sure = np.hstack([corner, corner + 28]), rng.random(60)
    keep = nb["suppressed"](boxes, sure, 0.3)
    for i in range(60):
        surer = [k for k in keep if sure[k] > sure[i]]
        covered = any(nb["iou"](boxes[i], boxes[[k]])[0] > 0.3 for k in surer)
        assert (i in keep) == (not covered and sure[i] > 0.2)
    assert list(np.sort(sure[keep])[::-1]) == list(sure[keep])


def test_a_true_box_is_claimed_once_by_the_surest(nb):
    truths = np.array([[0, 0, 28, 28], [50, 50, 78, 78]])
    boxes = np.array([[2, 0, 30, 28], [0, 0, 28, 28], [50, 50, 78, 78], [60, 60, 88, 88]])
    sure = np.array([0.9, 0.8, 0.3, 0.7])
    assert nb["hits"](boxes, sure, truths, 0.5).tolist() == [1, 0, 1, 0]
    assert nb["hits"](boxes, sure, truths, 0.95).tolist() == [0, 1, 1, 0]
    assert nb["hits"](boxes[:0], sure[:0], truths, 0.5).tolist() == []


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_is_scikit_learns_times_recall(nb, seed):
    rng = np.random.default_rng(seed)
    hit, sure = rng.integers(0, 2, 50), rng.permutation(50) / 50
    expected = average_precision_score(hit, sure) * hit.sum() / 60
    assert np.isclose(nb["average_precision"](hit, sure, 60), expected)


def test_the_case_of_the_exercise(nb):
    found = nb["average_precision"](np.array(nb_4_1.HITS), np.arange(5, 0, -1), nb_4_1.TRUE_BOXES)
    assert np.isclose(found, 17 / 30) and np.isclose(nb_4_1._ap(nb_4_1.HITS, 4), 17 / 30)


def test_ap_of_perfect_and_of_late_boxes(nb):
    truths = [np.array([[0, 0, 28, 28], [40, 40, 68, 68]]), np.array([[10, 10, 38, 38]])]
    found = [(t.copy(), np.linspace(0.9, 0.8, len(t))) for t in truths]
    assert nb["ap"](found, truths, 0.75) == 1
    late = [t + [9, 0, 9, 0] for t in truths]  # (28 - 9) / (28 + 9) = .514
    assert nb["ap"](found, late, 0.5) == 1 and nb["ap"](found, late, 0.52) == 0


@pytest.mark.parametrize("seed", range(4))
def test_rounding_is_that_of_the_formula(nb, seed):
    rng = np.random.default_rng(seed)
    for x in (rng.normal(size=999), rng.uniform(2, 5, 99), -rng.gamma(2, size=99)):
        x = np.append(x, 0).astype(np.float32)
        codes, scale, zero = nb["quantised"](x)
        back = nb["restored"](codes, scale, zero)
        assert codes.dtype == np.uint8 and 0 <= zero <= 255
        assert back[-1] == 0 and abs(back - x).max() <= scale * 0.502
        assert np.isclose(scale * 255, max(x.max(), 0) - min(x.min(), 0), rtol=1e-5)
    assert len(np.unique(codes)) > 40


def test_folding_is_torchs(nb):
    torch.manual_seed(3)
    conv, norm = nn.Conv2d(2, 5, 3).eval(), nn.BatchNorm2d(5).eval()
    for numbers in (norm.running_mean, norm.running_var, norm.weight.data, norm.bias.data):
        numbers.uniform_(0.3, 3)
    weight, bias = nb["folded"](conv, norm)
    library = fuse_conv_bn_eval(conv, norm)
    assert torch.allclose(weight, library.weight, atol=1e-5)
    assert torch.allclose(bias, library.bias, atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_a_scene_has_three_garments_where_its_boxes_say(nb, seed):
    garments = np.random.default_rng(9).integers(128, 256, (30, 28, 28)).astype(np.uint8)
    image, boxes = nb["scene"](garments, np.random.default_rng(seed))
    assert image.shape == (112, 112) and boxes.shape == (3, 4) and 0 <= image.min()
    assert image.max() <= 1 and boxes.min() >= 0 and boxes.max() <= 112
    for left, top, right, bottom in boxes:
        assert (right - left, bottom - top) == (28, 28)
        assert image[top:bottom, left:right].min() >= 0.5  # garments are bright here
    again = nb["scene"](garments, np.random.default_rng(seed))
    assert (again[0] == image).all() and (again[1] == boxes).all()


def test_the_colleague_finds_a_factor_between_equals(nb):
    machine = nb["WakingMachine"]()

    def work() -> None:
        machine.run(1)

    assert np.isclose(nb["colleagues_factor"](work, work, lambda: machine.now), 5 / 1.4)
    assert abs(nb["colleagues_factor"](work, work, lambda: machine.now) - 1) < 0.05  # awake
