"""How small and how fast can one network be made, and which resource does each way save?

Each function returns a changed copy of a torch network and leaves the original alone: weights
rounded (`quantise`), weights or whole units removed (`prune`), a layer split in two thin ones
(`low_rank`), a small network taught by a large one (`distil`). `size` counts what was saved on
disk. `to_onnx` writes the network as a graph that ONNX Runtime runs and quantises. torch does the
work; the graph is ours because torch's own exporter warns and needs packages that replace others.
"""

from __future__ import annotations

import copy
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from helpers import _check
from helpers._onnx import to_onnx

__all__ = ["Size", "distil", "low_rank", "prune", "quantise", "size", "to_onnx"]


@dataclass(frozen=True)
class Size:
    """What a network's numbers take: `parameters`, of these `nonzero`, `raw` and `zipped` bytes."""

    parameters: int
    nonzero: int
    raw: int
    zipped: int

    def to_frame(self) -> Any:
        """One row with a column for each field."""
        import pandas as pd

        return pd.DataFrame([asdict(self)])

    def __repr__(self) -> str:
        return (f"{self.parameters:,} parameters ({self.nonzero:,} not zero), {self.raw:,} bytes, "
                f"{self.zipped:,} zipped")  # fmt: skip


def _network(model: Any, name: str = "model") -> Any:
    """A torch module with parameters, all of them finite."""
    import torch

    if not isinstance(model, torch.nn.Module):
        _check.refuse(name, f"found a {type(model).__name__}", "pass a torch.nn.Module")
    weights = list(model.parameters())
    if not weights:
        _check.refuse(name, "has no parameters", "pass a network with layers such as Linear")
    if not all(bool(torch.isfinite(w).all()) for w in weights):
        _check.refuse(name, "has weights that are NaN or infinite", "train it anew")
    return model


def _layers(model: Any) -> dict[str, Any]:
    """The layers with a weight matrix: Linear and Conv2d, by name, in order."""
    import torch

    kinds = (torch.nn.Linear, torch.nn.Conv2d)
    found = {n: m for n, m in model.named_modules() if isinstance(m, kinds)}
    if not found:
        _check.refuse("model", "has no Linear or Conv2d layer", "pass a network that has one")
    return found


def size(model: Any) -> Size:
    """Count parameters, those that are not zero, and their bytes, raw and zipped.

    Zipped stands for what a download costs: zlib's level 6 over the raw bytes, buffers left out.

    >>> import torch
    >>> size(torch.nn.Linear(3, 2))
    8 parameters (8 not zero), 32 bytes, ... zipped
    """
    arrays = [p.detach().cpu().numpy() for p in _network(model).parameters()]
    raw = b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)
    return Size(sum(a.size for a in arrays), sum(int(np.count_nonzero(a)) for a in arrays),
                len(raw), len(zlib.compress(raw, 6)))  # fmt: skip


def quantise(model: Any, bits: int = 8, *, per_channel: bool = True) -> Any:
    """A copy whose weight matrices take at most 2**bits different values (per output channel).

    Symmetric rounding to the nearest: scale = largest |weight| / (2**(bits - 1) - 1). The copy
    computes in floats, so it shows what rounding costs in accuracy, not what it saves in time.
    The error of a weight is at most scale / 2. Biases and batch norm keep their numbers.

    >>> import torch
    >>> layer = torch.nn.Linear(8, 1)
    >>> sorted(set(quantise(layer, 2).weight.sign().flatten().tolist())) <= [-1.0, 0.0, 1.0]
    True
    """
    import torch

    bits = _check.number(bits, "bits", low=2, high=16, whole=True)
    small = copy.deepcopy(_network(model))
    top = 2 ** (bits - 1) - 1
    with torch.no_grad():
        for layer in _layers(small).values():
            rows = layer.weight.flatten(1) if per_channel else layer.weight.flatten()[None]
            scale = rows.abs().amax(dim=1, keepdim=True) / top
            scale[scale == 0] = 1
            layer.weight.copy_((torch.round(rows / scale) * scale).reshape(layer.weight.shape))
    return small


def prune(model: Any, amount: float, *, structured: bool = False, layer: str | None = None) -> Any:
    """A copy with the weights that matter least set to zero, or with whole units taken out.

    Unstructured: the smallest `amount` of all weights together, by size, become zeros; the layers
    keep their shapes, so a dense kernel computes as before. Structured: of one hidden layer of a
    `Sequential`, the share `amount` of units (Linear) or filters (Conv2d) with the smallest
    product of incoming and outgoing norm is taken out, from this layer and from the next; what is
    left is a smaller dense network. Train a little afterwards; keep zeros zero by masking.

    Parameters
    ----------
    amount : share to remove, from 0 to below 1
    layer : structured only, the name of the layer ("6" in a Sequential); None: the hidden layer
        with the most weights

    >>> import torch
    >>> net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    >>> prune(net, .5, structured=True)[0].weight.shape
    torch.Size([4, 4])
    """
    amount = _check.number(amount, "amount", low=0, high=0.9999)
    small = copy.deepcopy(_network(model))
    if structured:
        return _take_out(small, amount, layer)
    from torch.nn.utils import prune as torch_prune

    places = [(m, "weight") for m in _layers(small).values()]
    if amount:
        method = torch_prune.L1Unstructured
        torch_prune.global_unstructured(places, pruning_method=method, amount=amount)
        for module, name in places:
            torch_prune.remove(module, name)  # keeps the zeros, drops the masks
    return small


def _take_out(model: Any, amount: float, name: str | None) -> Any:
    """Remove units of one hidden layer of a Sequential, and what reads them in the next."""
    import torch

    layers = _layers(model)
    if not isinstance(model, torch.nn.Sequential) or any("." in n for n in layers):
        _check.refuse("model", f"is a {type(model).__name__} whose order isn't known",
                      "pass a flat torch.nn.Sequential to remove whole units")  # fmt: skip
    hidden = list(layers)[:-1]
    if not hidden:
        _check.refuse("model", "has no hidden layer", "pass a network with two layers or more")
    name = max(hidden, key=lambda n: layers[n].weight.numel()) if name is None else (
        _check.choice(name, "layer", hidden))  # fmt: skip
    first, second = layers[name], layers[list(layers)[list(layers).index(name) + 1]]
    _no_norm_between(model, name, list(layers)[list(layers).index(name) + 1])
    units = first.weight.shape[0]
    reads = second.weight.shape[1] // units  # inputs of the next layer for each unit (Flatten)
    outgoing = second.weight.detach().transpose(0, 1).reshape(units, -1)
    worth = first.weight.detach().flatten(1).norm(dim=1) * outgoing.norm(dim=1)
    keep = worth.topk(max(1, units - int(amount * units))).indices.sort().values
    columns = (keep[:, None] * reads + torch.arange(reads, device=keep.device)).flatten()
    _shorten(first, keep, 0)
    _shorten(second, columns, 1)
    return model


def _no_norm_between(model: Any, first: str, second: str) -> None:
    """Batch norm between the two layers would keep numbers of the removed units."""
    import torch

    for module in list(model)[int(first) + 1 : int(second)]:
        if isinstance(module, torch.nn.modules.batchnorm._NormBase):
            _check.refuse("model", f"has batch norm after layer {first!r}",
                          "fold it into the layer first (torch's fuse_conv_bn_eval)")  # fmt: skip


def _shorten(layer: Any, index: Any, dim: int) -> None:
    """Keep these outputs (dim 0) or inputs (dim 1) of a layer, and its sizes in step."""
    import torch

    if getattr(layer, "groups", 1) != 1:
        _check.refuse("model", "has a grouped convolution", "use unstructured pruning for it")
    layer.weight = torch.nn.Parameter(layer.weight.detach().index_select(dim, index))
    if dim == 0 and layer.bias is not None:
        layer.bias = torch.nn.Parameter(layer.bias.detach()[index])
    wide = {0: ("out_features", "out_channels"), 1: ("in_features", "in_channels")}[dim]
    setattr(layer, wide[hasattr(layer, "kernel_size")], len(index))


def low_rank(model: Any, rank: int, layer: str | None = None) -> Any:
    """A copy in which one Linear layer is two thin ones, the best of that rank.

    By singular values; the squared error of the weights is the sum of the squared values left out
    (Eckart and Young 1936). Parameters: rank x (inputs + outputs), instead of their product.

    Parameters
    ----------
    rank : from 1 to the smaller side of the weight matrix
    layer : name of the layer; None: the Linear layer with the most weights

    >>> import torch
    >>> thin = low_rank(torch.nn.Sequential(torch.nn.Linear(64, 32)), rank=4)
    >>> sum(p.numel() for p in thin.parameters())
    416
    """
    import torch

    small = copy.deepcopy(_network(model))
    linear = {n: m for n, m in _layers(small).items() if isinstance(m, torch.nn.Linear) and n}
    if not linear:
        _check.refuse("model", "has no Linear layer inside", "wrap the layer in a Sequential")
    name = max(linear, key=lambda n: linear[n].weight.numel()) if layer is None else (
        _check.choice(layer, "layer", linear))  # fmt: skip
    old = linear[name]
    rank = _check.number(rank, "rank", low=1, high=min(old.weight.shape), whole=True)
    u, s, v = torch.linalg.svd(old.weight.detach(), full_matrices=False)
    root = s[:rank].sqrt()
    first = torch.nn.Linear(old.in_features, rank, bias=False).to(old.weight)
    second = torch.nn.Linear(rank, old.out_features, bias=old.bias is not None).to(old.weight)
    with torch.no_grad():
        first.weight.copy_(root[:, None] * v[:rank])
        second.weight.copy_(u[:, :rank] * root)
        if old.bias is not None:
            second.bias.copy_(old.bias)
    parent, _, last = name.rpartition(".")
    setattr(small.get_submodule(parent), last, torch.nn.Sequential(first, second))
    return small.train(model.training)


def distil(
    student: Any, teacher: Callable, X: Any, *, y: Any = None, weight: float = 0.5,
    temperature: float = 1.0, epochs: int = 4, rate: float = 3e-3, batch: int = 128,
    seed: int = 0, progress: Callable = iter,
) -> Any:  # fmt: skip
    """Train a copy of a small network on what a large one says (Hinton, Vinyals, Dean 2015).

    Without `y` the teacher's answers are all there is: no label is used. With `y` the loss is
    weight x cross entropy + (1 - weight) x the teacher's part, which is scaled by temperature
    squared. AdamW on a one-cycle schedule.

    Parameters
    ----------
    student : the network whose copy is trained, from the weights it has
    teacher : a network, or any function from a batch to one score (logit) per class
    X, y : (n, ...) inputs and, optionally, n class numbers; tensors on the student's device
    seed : order of the rows;  progress : wraps the epochs, such as tqdm.tqdm

    >>> import torch
    >>> X = torch.randn(64, 4)
    >>> taught = distil(torch.nn.Linear(4, 3), torch.nn.Linear(4, 3), X, epochs=1)
    >>> taught(X).shape
    torch.Size([64, 3])
    """
    import torch
    from torch.nn import functional as F

    X, y, weight, temperature = _lesson(student, X, y, weight, temperature)
    epochs, batch = (_check.number(v, n, low=1, whole=True)
                     for v, n in ((epochs, "epochs"), (batch, "batch")))  # fmt: skip
    rate = _check.number(rate, "rate", low=1e-12, high=10)
    told = _answers(teacher, X) / temperature
    small, order = copy.deepcopy(student).train(), torch.Generator().manual_seed(int(seed))
    steps = epochs * -(-len(X) // batch)
    optimiser = torch.optim.AdamW(small.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=max(steps, 2))
    for _ in progress(range(epochs)):
        for rows in torch.randperm(len(X), generator=order).split(batch):
            rows = rows.to(X.device)
            out = small(X[rows])
            loss = F.kl_div(F.log_softmax(out / temperature, 1), F.softmax(told[rows], 1),
                            reduction="batchmean") * temperature**2  # fmt: skip
            if y is not None:
                loss = weight * F.cross_entropy(out, y[rows]) + (1 - weight) * loss
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return small.eval()


def _lesson(student: Any, X: Any, y: Any, weight: Any, temperature: Any) -> tuple:
    """The inputs of `distil`, checked."""
    import torch

    _network(student, "student")
    if not torch.is_tensor(X) or X.ndim < 2 or len(X) == 0:
        found = f"shape {tuple(X.shape)}" if torch.is_tensor(X) else f"a {type(X).__name__}"
        _check.refuse("X", f"found {found}", "pass a tensor with one input per row")
    where = next(student.parameters()).device
    if X.device != where:
        _check.refuse("X", f"lies on {X.device}, the student on {where}", "bring them together")
    if y is not None:
        labels = _check.vector(y, "y")
        if len(labels) != len(X):
            _check.refuse("y", f"found {len(labels)} labels for {len(X)} rows", "pass one each")
        y = torch.as_tensor(labels, device=where).long()
    return (X, y, _check.number(weight, "weight", low=0, high=1),
            _check.number(temperature, "temperature", low=1e-3, high=1e3))  # fmt: skip


def _answers(teacher: Callable, X: Any) -> Any:
    """The teacher's scores for all rows, without gradients, its mode left as it was."""
    import torch

    _check.function(teacher, "teacher")
    training = getattr(teacher, "training", False)
    if training:
        teacher.eval()
    try:
        with torch.no_grad():
            out = torch.cat([teacher(part) for part in X.split(512)])
    finally:
        if training:
            teacher.train()
    if out.ndim != 2 or len(out) != len(X) or not bool(torch.isfinite(out).all()):
        _check.refuse("teacher", f"answers with shape {tuple(out.shape)} or with gaps",
                      "let it return one finite score per class for each row")  # fmt: skip
    return out
