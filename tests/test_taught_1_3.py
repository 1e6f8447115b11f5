"""What notebook 1-3 teaches, loaded out of the notebook and held against libraries."""

from __future__ import annotations

import numpy as np
import pytest
import taught
import torch
from sklearn.metrics import accuracy_score

from helpers import robust

NAMES = ("fgsm_by_hand", "accuracy", "noisy", "shifted", "attacked", "as_tensors", "learn_on")


@pytest.fixture(scope="module")
def small() -> tuple:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 12), torch.nn.ReLU(),
                                torch.nn.Linear(12, 5))  # fmt: skip
    return model, torch.rand(80, 8, 8), torch.randint(0, 5, (80,))


@pytest.fixture(scope="module")
def lesson(small) -> dict:
    model, x, y = small
    given = {"test_labels": y, "device": "cpu", "plain": model, "images": x, "labels": y}
    return taught.load("1-3", *NAMES, **given)


@pytest.mark.parametrize("eps", [0, 0.03, 0.4])
def test_the_attack_by_hand_is_the_helper_s(lesson, small, eps):
    model, x, y = small
    by_hand = lesson["fgsm_by_hand"](model, x, y, eps)
    assert torch.allclose(by_hand, robust.fgsm(model, x, y, eps), atol=1e-7)
    assert not by_hand.requires_grad and all(p.grad is None for p in model.parameters())


def test_accuracy_is_scikit_learn_s(lesson, small):
    model, x, y = small
    expected = accuracy_score(y, model(x).argmax(1))
    assert lesson["accuracy"](model, x) == pytest.approx(expected, abs=1e-6)


def test_the_three_trainings_spoil_as_they_say(lesson, small):
    model, x, y = small
    torch.manual_seed(1)
    noisy = lesson["noisy"](model, x, y)
    inner = (x > 0.4) & (x < 0.6)
    assert 0.08 < (noisy - x)[inner].std() < 0.12 and 0 <= noisy.min() and noisy.max() <= 1
    shifted = lesson["shifted"](model, x, y)
    assert any(torch.equal(shifted, torch.roll(x, (down, right), dims=(1, 2)))
               for down in range(-3, 4) for right in range(-3, 4))  # fmt: skip
    attacked = lesson["attacked"](model, x, y)
    assert (attacked - x).abs().max() <= 0.1 + 1e-6  # a random start, and one step of eps
    loss = torch.nn.functional.cross_entropy
    assert loss(model(attacked), y) > loss(model(x), y)


def test_pixels_become_numbers_from_0_to_1(lesson):
    image = np.array([[[0, 51], [102, 255]]], np.uint8)
    images, labels = lesson["as_tensors"](image, np.array([7]))
    assert torch.allclose(images, torch.tensor([[[0, 0.2], [0.4, 1]]]))
    assert images.dtype == torch.float32 and labels.dtype == torch.int64


def test_learning_on_leaves_the_network_itself_alone(lesson, small):
    model, x, y = small
    before = [p.clone() for p in model.parameters()]
    torch.manual_seed(2)
    better = lesson["learn_on"](x[:10], y[:10])
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    loss = torch.nn.functional.cross_entropy
    assert loss(better(x[:10]), y[:10]) < loss(model(x[:10]), y[:10])


def test_military_service_means_a_child_when_it_is_0():
    """The notebook says what code 0 means: in the file it is held by the youngest alone."""
    from helpers import data

    acs = data.load("acs")
    assert acs.loc[acs["MIL"] == 0, "AGEP"].max() == 16
    assert (acs.loc[acs["AGEP"] == 16, "MIL"] == 0).all()
    assert acs["MIL"].mode().item() == 4
