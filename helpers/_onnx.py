"""A torch network as an ONNX graph, for ONNX Runtime to run and to quantise.

Users reach `to_onnx` through `shrink`. torch's own exporter brings packages that replace others
and prints warnings; for the layers of the course's networks the graph is a page of code, written
so that ONNX Runtime can fuse it: each ReLU directly after its layer, weights as they are.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from helpers import _check, show

OPSET, IR = 17, 8  # of 2022: read by every ONNX Runtime in use
LAYERS = "Conv2d, Linear, ReLU, MaxPool2d, Flatten, BatchNorm2d after Conv2d, Dropout, Identity"


def to_onnx(model: Any, shape: tuple[int, ...]) -> Any:
    """Write a `Sequential` of plain layers as an ONNX graph; the batch size stays open.

    Batch norm is folded into the convolution before it, dropout is left out: the graph is the
    network in evaluation mode. The input is called "x", the output "y".

    Parameters
    ----------
    model : torch.nn.Sequential of Conv2d, Linear, ReLU, MaxPool2d, Flatten, BatchNorm2d (after a
        Conv2d), Dropout, Identity, also nested
    shape : of one input, without the batch, such as (1, 28, 28)

    Returns
    -------
    onnx.ModelProto (`.SerializeToString()` is what ONNX Runtime reads), or `NotMeasured` where
    the package onnx is not installed (it comes with the extra `edge`)
    """
    import torch

    if not isinstance(model, torch.nn.Sequential):
        _check.refuse("model", f"found a {type(model).__name__}", "pass a torch.nn.Sequential")
    if not isinstance(shape, (tuple, list)) or not 1 <= len(shape) <= 3:
        _check.refuse("shape", f"found {shape!r}", "pass one input's shape, such as (1, 28, 28)")
    shape = tuple(_check.number(s, "shape", low=1, whole=True) for s in shape)
    layers = _flat(model)
    wide = _output(layers, shape)
    try:
        import onnx
    except ImportError:
        return show.NotMeasured("the package onnx is not installed (extra edge)")
    nodes, weights, last = [], [], "x"
    for k, layer in enumerate(layers):
        name = "y" if k == len(layers) - 1 else f"after_{k}"
        nodes.append(_node(onnx, layer, k, last, name, weights))
        last = name
    kind = onnx.TensorProto.FLOAT
    graph = onnx.helper.make_graph(
        nodes, "network", [onnx.helper.make_tensor_value_info("x", kind, ["n", *shape])],
        [onnx.helper.make_tensor_value_info("y", kind, ["n", *wide])], weights,
    )  # fmt: skip
    out = onnx.helper.make_model(graph, ir_version=IR, producer_name="rough-seas",
                                 opset_imports=[onnx.helper.make_opsetid("", OPSET)])  # fmt: skip
    onnx.checker.check_model(out)
    return out


def _flat(model: Any) -> list[Any]:
    """The layers in order, nested ones unpacked, batch norm folded, dropout left out."""
    import torch
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    out: list[Any] = []
    for module in model:
        if isinstance(module, torch.nn.Sequential):
            out += _flat(module)
        elif isinstance(module, torch.nn.BatchNorm2d):
            if not out or not isinstance(out[-1], torch.nn.Conv2d):
                _check.refuse("model", "has batch norm that follows no Conv2d",
                              "put it directly after a convolution")  # fmt: skip
            conv, norm = copy.deepcopy(out[-1]).eval(), copy.deepcopy(module).eval()
            out[-1] = fuse_conv_bn_eval(conv, norm)
        elif not isinstance(module, (torch.nn.Dropout, torch.nn.Dropout2d, torch.nn.Identity)):
            out.append(module)
    if not out:
        _check.refuse("model", "has no layers", f"pass a Sequential of {LAYERS}")
    return out


def _output(layers: list[Any], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of one output; a network that does not fit the input is refused here."""
    import torch

    first = next((p for layer in layers for p in layer.parameters()), torch.zeros(1))
    x = torch.zeros((1, *shape), dtype=first.dtype, device=first.device)
    try:
        with torch.no_grad():
            for layer in layers:
                x = layer(x)
    except RuntimeError:
        _check.refuse("shape", f"found {shape}, which the network does not take",
                      "pass the shape of one input without the batch")  # fmt: skip
    return tuple(x.shape[1:])


def _node(onnx: Any, layer: Any, k: int, x: str, y: str, weights: list) -> Any:
    """One layer as one node of the graph; its numbers are added to `weights`."""
    import torch

    make, nn = onnx.helper.make_node, torch.nn

    def stored(what: str) -> str:
        array = getattr(layer, what).detach().cpu().numpy().astype(np.float32)
        weights.append(onnx.numpy_helper.from_array(array, f"{what}_{k}"))
        return f"{what}_{k}"

    if isinstance(layer, (nn.Linear, nn.Conv2d)):
        given = [x, *(stored(w) for w in ("weight", "bias") if getattr(layer, w) is not None)]
        if isinstance(layer, nn.Linear):
            return make("Gemm", given, [y], f"layer_{k}", transB=1)
        if isinstance(layer.padding, str) or layer.padding_mode != "zeros":
            _check.refuse("model", "has padding that is given in words", "give it in pixels")
        return make("Conv", given, [y], f"layer_{k}", kernel_shape=list(layer.kernel_size),
                    strides=list(layer.stride), pads=list(layer.padding) * 2,
                    dilations=list(layer.dilation), group=layer.groups)  # fmt: skip
    if isinstance(layer, nn.ReLU):
        return make("Relu", [x], [y], f"layer_{k}")
    if isinstance(layer, nn.MaxPool2d) and not layer.ceil_mode:
        kernel, stride, pad = (_pair(v) for v in (layer.kernel_size, layer.stride, layer.padding))
        return make("MaxPool", [x], [y], f"layer_{k}", kernel_shape=kernel, strides=stride,
                    pads=pad * 2)  # fmt: skip
    if isinstance(layer, nn.Flatten) and (layer.start_dim, layer.end_dim) == (1, -1):
        return make("Flatten", [x], [y], f"layer_{k}", axis=1)
    _check.refuse("model", f"has a layer {type(layer).__name__} that isn't known here",
                  f"use {LAYERS}")  # fmt: skip


def _pair(value: Any) -> list[int]:
    return [value, value] if isinstance(value, int) else list(value)
