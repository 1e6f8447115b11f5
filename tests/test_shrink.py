"""Smaller networks: identities of rounding, pruning and low rank; the graph against torch."""

import builtins

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from helpers import show, shrink

NETS = {
    "cnn": (lambda: nn.Sequential(
        nn.Conv2d(1, 5, 3, padding=1), nn.BatchNorm2d(5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(5, 7, (3, 2), stride=2, bias=False), nn.ReLU(), nn.Dropout(0.5), nn.Flatten(),
        nn.Linear(7 * 3 * 3, 11), nn.ReLU(), nn.Linear(11, 3, bias=False)), (1, 15, 13)),
    "nested": (lambda: nn.Sequential(nn.Sequential(nn.Linear(7, 5), nn.ReLU()), nn.Identity(),
                                     nn.Linear(5, 1)), (7,)),
    "one layer": (lambda: nn.Sequential(nn.Linear(1, 1)), (1,)),
    "grouped": (lambda: nn.Sequential(nn.Conv2d(4, 6, 3, groups=2, dilation=2), nn.ReLU(),
                                      nn.MaxPool2d(3, stride=2, padding=1)), (4, 12, 12)),
}  # fmt: skip


def made(name, seed=0):
    torch.manual_seed(seed)
    net = NETS[name][0]()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(), module.running_var.uniform_(0.5, 2)
            nn.init.normal_(module.weight), nn.init.normal_(module.bias)
    return net.eval(), torch.randn(6, *NETS[name][1])


def weights(net):
    return {k: v.clone() for k, v in net.state_dict().items()}


def same(a, b):
    return all(torch.equal(a[k], b[k]) for k in a)


# ---- the graph


def ran(graph, X):
    session = onnxruntime.InferenceSession(graph.SerializeToString(),
                                           providers=["CPUExecutionProvider"])  # fmt: skip
    return session.run(["y"], {"x": X.numpy()})[0]


@pytest.mark.parametrize("name", NETS)
def test_the_graph_answers_as_the_network_does(name):
    net, X = made(name)
    graph, before = shrink.to_onnx(net, tuple(X.shape[1:])), weights(net)
    with torch.no_grad():
        expected = net(X).numpy()
    assert np.abs(ran(graph, X) - expected).max() < 1e-5
    assert np.abs(ran(graph, X[:1]) - expected[:1]).max() < 1e-5, "the batch size must stay open"
    assert same(before, weights(net)) and not any(m.training for m in net.modules())


def test_a_network_in_training_stays_there_and_its_graph_is_that_of_evaluation():
    net, X = made("cnn")
    with torch.no_grad():
        expected = net(X).numpy()
    net.train()
    assert np.abs(ran(shrink.to_onnx(net, (1, 15, 13)), X) - expected).max() < 1e-5
    assert all(m.training for m in net.modules())


def test_a_relu_directly_follows_its_layer_and_batch_norm_is_gone():
    kinds = [n.op_type for n in shrink.to_onnx(made("cnn")[0], (1, 15, 13)).graph.node]
    assert kinds == ["Conv", "Relu", "MaxPool", "Conv", "Relu", "Flatten", "Gemm", "Relu", "Gemm"]


def test_the_graph_can_be_quantised_and_gets_smaller(tmp_path):
    from onnxruntime import quantization

    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10)).eval()
    X = torch.randn(200, 64)

    class Rows(quantization.CalibrationDataReader):
        def __init__(self):
            self.left = iter([{"x": X.numpy()}])

        def get_next(self):
            return next(self.left, None)

    onnx.save(shrink.to_onnx(net, (64,)), tmp_path / "full.onnx")
    quantization.quantize_static(tmp_path / "full.onnx", tmp_path / "small.onnx", Rows())
    small = onnx.load(tmp_path / "small.onnx")
    with torch.no_grad():
        agree = (ran(small, X).argmax(1) == net(X).numpy().argmax(1)).mean()
    assert agree > 0.95
    sizes = [(tmp_path / n).stat().st_size for n in ("full.onnx", "small.onnx")]
    assert sizes[1] < 0.4 * sizes[0]


def test_without_onnx_it_says_so(monkeypatch):
    real = builtins.__import__

    def missing(name, *args, **kwargs):
        if name.partition(".")[0] == "onnx":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    found = shrink.to_onnx(made("nested")[0], (7,))
    assert isinstance(found, show.NotMeasured) and "edge" in repr(found)


# ---- rounding


@pytest.mark.parametrize("bits", [2, 4, 8, 16])
@pytest.mark.parametrize("per_channel", [True, False])
def test_rounding_moves_no_weight_by_more_than_half_a_step(bits, per_channel):
    net, _ = made("cnn")
    before, rounded = weights(net), shrink.quantise(net, bits, per_channel=per_channel)
    assert same(before, weights(net))
    for name in ("0", "4", "8", "10"):
        old, new = (m.get_submodule(name).weight.detach().flatten(1) for m in (net, rounded))
        top = old.abs().amax(1, keepdim=True) if per_channel else old.abs().max()
        step = top / (2 ** (bits - 1) - 1)
        assert ((old - new).abs() <= step / 2 * 1.0001).all()
        levels = new / step
        assert (levels - levels.round()).abs().max() < 2e-3 and levels.abs().max() < 2 ** (bits - 1)
    assert torch.equal(net[1].weight, rounded[1].weight), "batch norm must keep its numbers"


def test_the_error_of_rounding_is_that_of_uniform_noise():
    """Mean squared error = step squared / 12, for many weights and small steps."""
    torch.manual_seed(1)
    layer = nn.Sequential(nn.Linear(500, 400))
    error = (layer[0].weight - shrink.quantise(layer, 8, per_channel=False)[0].weight).detach()
    step = float(layer[0].weight.detach().abs().max()) / 127
    assert float((error**2).mean()) == pytest.approx(step**2 / 12, rel=0.02)


def test_a_channel_of_zeros_stays_zero():
    layer = nn.Sequential(nn.Linear(4, 2))
    nn.init.zeros_(layer[0].weight)
    assert not shrink.quantise(layer)[0].weight.any()


# ---- pruning


@pytest.mark.parametrize("amount", [0, 0.5, 0.9])
def test_pruning_zeroes_the_smallest_weights_of_all_layers(amount):
    net, X = made("cnn")
    before, thin = weights(net), shrink.prune(net, amount)
    assert same(before, weights(net)) and thin(X).shape == net(X).shape
    old, new = (torch.cat([m.get_submodule(n).weight.detach().flatten()
                           for n in ("0", "4", "8", "10")]) for m in (net, thin))  # fmt: skip
    gone = new == 0
    assert int(gone.sum()) == round(amount * len(old))
    if amount:
        assert old[gone].abs().max() <= old[~gone].abs().min()
    assert torch.equal(old[~gone], new[~gone])
    assert not any(hasattr(m, "weight_mask") for m in thin.modules())


@pytest.mark.parametrize(("layer", "next_layer"), [("0", "3"), ("3", "6"), ("6", "8")])
def test_taking_units_out_is_the_same_as_silencing_them(layer, next_layer):
    torch.manual_seed(2)
    net = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 5, 3),
                        nn.ReLU(), nn.Flatten(), nn.Linear(5 * 3 * 3, 9), nn.ReLU(),
                        nn.Linear(9, 2)).eval()  # fmt: skip
    X = torch.randn(4, 1, 12, 12)
    small = shrink.prune(net, 0.4, structured=True, layer=layer)
    first, second = net.get_submodule(layer), net.get_submodule(next_layer)
    units = first.weight.shape[0]
    kept = small.get_submodule(layer).weight.shape[0]
    assert kept == units - int(0.4 * units)
    out = second.weight.detach().transpose(0, 1).reshape(units, -1).norm(dim=1)
    worth = first.weight.detach().flatten(1).norm(dim=1) * out
    silent = shrink.prune(net, 0)
    with torch.no_grad():
        for unit in worth.argsort()[: units - kept]:
            silent.get_submodule(layer).weight[unit] = 0
            silent.get_submodule(layer).bias[unit] = 0
        assert torch.allclose(small(X), silent(X), atol=1e-6)
    assert shrink.size(small).parameters < shrink.size(net).parameters


def test_at_least_one_unit_stays():
    net = nn.Sequential(nn.Linear(3, 4, bias=False), nn.Tanh(), nn.Linear(4, 2))
    small = shrink.prune(net, 0.99, structured=True)
    assert small[0].weight.shape == (1, 3) and small[0].out_features == 1
    assert small[2].in_features == 1 and small(torch.randn(2, 3)).shape == (2, 2)


# ---- low rank


@pytest.mark.parametrize("bias", [True, False])
def test_low_rank_leaves_the_tail_of_the_spectrum(bias):
    torch.manual_seed(3)
    net = nn.Sequential(nn.Flatten(), nn.Linear(12, 9, bias=bias), nn.ReLU(), nn.Linear(9, 2))
    whole = torch.linalg.svdvals(net[1].weight.detach())
    for rank in (1, 4, 9):
        thin = shrink.low_rank(net, rank)
        product = thin[1][1].weight @ thin[1][0].weight
        error = ((product - net[1].weight) ** 2).sum().item()
        assert error == pytest.approx((whole[rank:] ** 2).sum().item(), abs=1e-5)
    X = torch.randn(5, 12)
    assert torch.allclose(shrink.low_rank(net, 9)(X), net(X), atol=1e-5)
    assert shrink.low_rank(net, 2, layer="3")[3][0].weight.shape == (2, 9)


# ---- teaching


def test_a_student_learns_from_answers_alone():
    torch.manual_seed(4)
    teacher = nn.Sequential(nn.Linear(5, 3)).train()
    X = torch.randn(600, 5)
    student, before = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3)), weights
    start = before(student)
    taught = shrink.distil(student, teacher, X, epochs=20, rate=0.02)
    agree = (taught(X).argmax(1) == teacher(X).argmax(1)).float().mean()
    assert agree > 0.9 and same(start, weights(student)) and teacher.training
    again = shrink.distil(student, teacher, X, epochs=20, rate=0.02)
    assert same(weights(taught), weights(again)), "the same seed, the same student"


def test_labels_count_as_much_as_their_weight():
    torch.manual_seed(5)
    teacher, X = nn.Linear(4, 2), torch.randn(300, 4)
    y = 1 - teacher(X).argmax(1)  # labels that contradict the teacher
    listened = {w: shrink.distil(nn.Linear(4, 2), teacher, X, y=y.tolist(), weight=w, epochs=15,
                                 rate=0.05)(X).argmax(1) for w in (0.02, 0.98)}  # fmt: skip
    assert (listened[0.02] == 1 - y).float().mean() > 0.9
    assert (listened[0.98] == y).float().mean() > 0.9


def test_the_temperature_leaves_the_size_of_the_gradient():
    """Hinton's factor: for small scores the gradient does not depend on the temperature."""
    torch.manual_seed(6)
    X = torch.randn(64, 4) * 0.01
    student, teacher = nn.Linear(4, 3), nn.Linear(4, 3)
    moved = [(shrink.distil(student, teacher, X, temperature=t, epochs=1, rate=1e-3).weight
              - student.weight).norm().item() for t in (2.0, 20.0)]  # fmt: skip
    assert moved[0] == pytest.approx(moved[1], rel=0.2)


# ---- size


def test_size_counts_and_zeros_zip_well():
    net, _ = made("cnn")
    whole, thin = shrink.size(net), shrink.size(shrink.prune(net, 0.9))
    count = sum(p.numel() for p in net.parameters())
    assert (whole.parameters, whole.raw) == (count, 4 * count)
    assert thin.parameters == count and thin.nonzero < 0.2 * count
    assert thin.zipped < whole.zipped / 2
    assert shrink.size(net.half()).raw == 2 * count
    assert whole.to_frame().iloc[0]["zipped"] == whole.zipped
