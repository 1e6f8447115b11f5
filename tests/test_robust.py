"""`robust`: attacks against closed forms, budgets that are kept, corruptions that do as told."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import rates, robust


def linear(features=12, classes=3, seed=0):
    torch.manual_seed(seed)
    return torch.nn.Linear(features, classes).double()


def network(seed=0, dropout=0.0):
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(25, 16), torch.nn.Tanh(), torch.nn.Dropout(dropout),
        torch.nn.Linear(16, 4),
    )  # fmt: skip


def batch(n=60, seed=0):
    rng = np.random.default_rng(seed)
    return torch.tensor(rng.random((n, 5, 5)), dtype=torch.float32), rng.integers(0, 4, n)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 0.25))
def test_linear_margins_drop_by_eps_times_the_l1_norm(seed, eps):
    """Two classes, no pixel near 0 or 1: the closed form, for one step and for many."""
    model = linear(classes=2, seed=seed)
    rng = np.random.default_rng(seed)
    X, y = torch.tensor(rng.uniform(0.3, 0.7, (20, 12))), rng.integers(0, 2, 20)
    weight = (model.weight[1] - model.weight[0]).detach()

    def margin(inputs):
        scores = model(inputs).detach()
        return (scores[:, 1] - scores[:, 0]) * torch.tensor(2 * y - 1)

    expected = margin(X) - eps * weight.abs().sum()
    for attack in (robust.fgsm, robust.pgd):
        assert torch.allclose(margin(attack(model, X, y, eps)), expected, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1), st.sampled_from([robust.fgsm, robust.pgd]))
def test_the_budget_is_kept(seed, eps, attack):
    X, y = batch(seed=seed)
    out = attack(network(seed), X, y, eps)
    assert float((out - X).abs().max()) <= eps + 1e-6
    assert out.min() >= 0 and out.max() <= 1
    assert out.shape == X.shape and out.dtype == X.dtype and not out.requires_grad


@pytest.mark.parametrize("attack", [robust.fgsm, robust.pgd])
def test_no_budget_changes_nothing(attack):
    X, y = batch()
    assert torch.equal(attack(network(), X, y, 0), X)


@pytest.mark.parametrize("seed", range(8))
def test_many_steps_fool_wherever_one_step_does(seed):
    """For each image: whoever is fooled by fgsm is fooled by pgd; its loss is never lower."""
    X, y = batch(seed=seed)
    model, labels = network(seed), torch.tensor(y)
    for eps in (0.02, 0.1, 0.4):
        one = model(robust.fgsm(model, X, y, eps)).detach()
        many = model(robust.pgd(model, X, y, eps, seed=seed)).detach()
        fooled_one, fooled_many = one.argmax(1) != labels, many.argmax(1) != labels
        assert (fooled_many | ~fooled_one).all()
        same = fooled_one == fooled_many
        loss = torch.nn.functional.cross_entropy
        worse = loss(many, labels, reduction="none") - loss(one, labels, reduction="none")
        assert (worse[same] >= -1e-6).all()


def test_many_steps_find_what_one_step_misses():
    """A bowl: one long step jumps over the worst point, small ones settle on it."""

    def bowl(x):
        return torch.cat([100 * (x - 0.55) ** 2, torch.full_like(x, 0.02)], dim=1)

    X = np.full((1, 1), 0.5)
    one, many = robust.fgsm(bowl, X, [0], 0.2), robust.pgd(bowl, X, [0], 0.2, steps=40)
    assert abs(one[0, 0] - 0.7) < 1e-6  # past the worst point, and the model is right again
    assert bowl(torch.tensor(one)).argmax() == 0
    assert abs(many[0, 0] - 0.55) < 0.013 and bowl(torch.tensor(many)).argmax() == 1


def test_the_model_and_the_global_generator_are_left_alone():
    model, (X, y) = network(dropout=0.5).train(), batch()
    state, inputs = torch.get_rng_state(), X.clone()
    one = robust.fgsm(model, X, y, 0.1)
    assert torch.equal(one, robust.fgsm(model, X, y, 0.1)), "dropout was on"
    robust.pgd(model, X, y, 0.1)
    robust.curve(model, X, y, [0, 0.1], "random")
    assert all(part.training for part in model.modules())
    assert all(p.grad is None for p in model.parameters())
    assert torch.equal(X, inputs) and torch.equal(torch.get_rng_state(), state)


def test_the_mode_comes_back_even_when_the_model_stops():
    class Stops(torch.nn.Module):
        def forward(self, x):
            raise RuntimeError("out of memory")

    model = Stops()
    with pytest.raises(RuntimeError, match="out of memory"):
        robust.fgsm(model, np.zeros((2, 3)), [0, 1], 0.1)
    assert model.training


def test_arrays_come_back_as_arrays_and_seeds_decide():
    X, y = batch()
    array = X.numpy().astype(np.float64)
    out = robust.pgd(network(), array, y, 0.1, seed=1)
    assert isinstance(out, np.ndarray) and out.dtype == np.float64
    assert np.array_equal(out, robust.pgd(network(), array, y, 0.1, seed=1))
    with torch.no_grad():  # an attack needs gradients even where they are switched off
        assert np.array_equal(out, robust.pgd(network(), array, y, 0.1, seed=1))


def test_a_saturated_model_hides_its_gradient_and_a_copy_shows_it():
    """The fault that the notebook teaches, on a small scale."""
    X, _ = batch(400)
    plain = network()
    y = plain(X).argmax(1)

    def scaled(x):
        return plain(x) * 1e6

    hidden = robust.curve(scaled, X, y, [0.3])
    carried = robust.curve(scaled, X, y, [0.3], made_on=plain)
    direct = robust.curve(plain, X, y, [0.3])
    assert hidden.accuracy[0] > carried.accuracy[0] + 0.2
    assert carried.accuracy == direct.accuracy


def test_curve_counts_and_wilson():
    X, y = batch(200)
    model = network()
    result = robust.curve(model, X, y, [0, 0.05, 0.3], "fgsm")
    for eps, accuracy, low, high in result.to_frame().itertuples(index=False):
        attacked = model(robust.fgsm(model, X, y, eps)).argmax(1).numpy()
        right = int((attacked == y).sum())
        assert accuracy == right / 200
        assert np.allclose((low, high), rates.wilson(right, 200))
    assert list(result.accuracy) == sorted(result.accuracy, reverse=True)
    assert repr(result).startswith("accuracy under fgsm (n = 200): eps 0: ⟨")
    ax = result.plot()
    assert ax.get_ylabel() == "accuracy" and ax.lines


def test_random_signs_move_every_value_by_eps():
    seen = []

    def watch(x):
        seen.append(x.detach().clone())
        return torch.cat([x, -x], dim=1)

    X = np.full((50, 4), 0.5)
    result = robust.curve(watch, X, np.zeros(50, int), [0.1], "random", seed=3)
    moved = (seen[-1] - 0.5).numpy()
    assert np.allclose(np.abs(moved), 0.1) and 0.3 < (moved > 0).mean() < 0.7
    assert result.accuracy == (float((seen[-1].argmax(1) == 0).double().mean()),)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(robust.KINDS), st.integers(0, 4), st.integers(0, 99), st.booleans())
def test_corruptions_keep_range_shape_kind(kind, severity, seed, tensor):
    X = np.random.default_rng(seed).random((5, 7, 9)).astype(np.float32)
    given_ = torch.tensor(X) if tensor else X
    out = robust.corrupt(given_, kind, severity, seed)
    assert type(out) is type(given_) and out.dtype == given_.dtype and out.shape == X.shape
    out = np.asarray(out)
    assert 0 <= out.min() and out.max() <= 1
    assert np.array_equal(out, np.asarray(robust.corrupt(given_, kind, severity, seed)))
    assert np.array_equal(out, X) == (severity == 0)


def test_occlusion_blackens_one_square_in_each_image():
    out = robust.corrupt(np.ones((300, 6, 8)), "occlude", 3, seed=0)
    assert ((1 - out).sum(axis=(1, 2)) == 9).all()
    rows, columns = (out == 0).any(axis=2), (out == 0).any(axis=1)
    assert (rows.sum(1) == 3).all() and (columns.sum(1) == 3).all()
    assert rows[:, 0].any() and rows[:, -1].any() and columns[:, -1].any()


def test_shift_moves_each_image_one_way_and_black_moves_in():
    X = np.zeros((400, 5, 5))
    X[:, 2, 2] = 1
    out = robust.corrupt(X, "shift", 2, seed=0)
    places = {tuple(p) for p in np.argwhere(out)[:, 1:].tolist()}
    assert places == {(0, 2), (4, 2), (2, 0), (2, 4)}
    assert robust.corrupt(np.ones((9, 4, 4)), "shift", 4).sum() == 0


def test_noise_has_the_standard_deviation_asked_for():
    out = robust.corrupt(np.full((50, 20, 20), 0.5), "noise", 0.05, seed=0)
    assert abs(out.std() - 0.05) < 0.002 and abs(out.mean() - 0.5) < 0.002


def test_blur_keeps_the_light_and_spreads_it():
    X = np.zeros((1, 31, 31))
    X[0, 15, 15] = 1
    out = robust.corrupt(X, "blur", 1.5)
    place = np.arange(31) - 15
    assert out.sum() == pytest.approx(1, abs=1e-3)
    assert np.sqrt((out[0].sum(0) * place**2).sum()) == pytest.approx(1.5, abs=0.02)


@pytest.mark.gpu
def test_on_the_accelerator_too():
    from helpers import resources

    device = resources.device()
    if device.type == "cpu":
        pytest.skip("there is no accelerator")
    X, y = batch()
    model = network().to(device)
    out = robust.pgd(model, X, y, 0.1)
    assert out.device.type == "cpu" and float((out - X).abs().max()) <= 0.1 + 1e-6
    assert robust.fgsm(model, X.to(device), y, 0.1).device.type == device.type
