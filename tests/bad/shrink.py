"""Bad calls of `helpers.shrink`, each with the sentence it must meet."""

import torch
from torch import nn

from helpers import shrink

NET = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
NORM = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Conv2d(2, 2, 3))
ODD = nn.Sequential(nn.BatchNorm2d(2))
BROKEN = nn.Linear(2, 2)
nn.init.constant_(BROKEN.weight, float("nan"))
X = torch.zeros(8, 4)

CASES = [
    ("shrink.size", "no network", lambda: shrink.size("net"), r"model.*str.*Module"),
    ("shrink.size", "no parameters", lambda: shrink.size(nn.ReLU()), r"model.*no parameters"),
    ("shrink.quantise", "one bit", lambda: shrink.quantise(NET, 1), r"bits.*1"),
    ("shrink.quantise", "half a bit", lambda: shrink.quantise(NET, 4.5), r"bits.*4.5.*whole"),
    ("shrink.quantise", "NaN weights", lambda: shrink.quantise(BROKEN), r"model.*NaN"),
    ("shrink.quantise", "no layers", lambda: shrink.quantise(ODD), r"no Linear or Conv2d"),
    ("shrink.prune", "everything", lambda: shrink.prune(NET, 1), r"amount.*1"),
    ("shrink.prune", "a percentage", lambda: shrink.prune(NET, 90), r"amount.*90"),
    ("shrink.prune", "unknown order", lambda: shrink.prune(nn.Linear(2, 2), .5, structured=True),
     r"model.*Linear.*Sequential"),
    ("shrink.prune", "no such layer",
     lambda: shrink.prune(NET, .5, structured=True, layer="2"), r"layer.*'2'"),
    ("shrink.prune", "batch norm behind", lambda: shrink.prune(NORM, .5, structured=True),
     r"batch norm.*fold"),
    ("shrink.prune", "one layer",
     lambda: shrink.prune(nn.Sequential(nn.Linear(2, 2)), .5, structured=True), r"no hidden"),
    ("shrink.low_rank", "rank 0", lambda: shrink.low_rank(NET, 0), r"rank.*0"),
    ("shrink.low_rank", "rank too high", lambda: shrink.low_rank(NET, 5), r"rank.*5.*4"),
    ("shrink.low_rank", "a bare layer", lambda: shrink.low_rank(nn.Linear(2, 2), 1),
     r"no Linear layer inside"),
    ("shrink.low_rank", "no such layer", lambda: shrink.low_rank(NET, 1, layer="fc"), r"layer.*fc"),
    ("shrink.distil", "no student", lambda: shrink.distil(None, NET, X), r"student.*NoneType"),
    ("shrink.distil", "an array", lambda: shrink.distil(NET, NET, X.numpy()), r"X.*tensor"),
    ("shrink.distil", "no rows", lambda: shrink.distil(NET, NET, X[:0]), r"X.*shape \(0, 4\)"),
    ("shrink.distil", "answers as teacher", lambda: shrink.distil(NET, X, X), r"teacher.*call"),
    ("shrink.distil", "mismatched labels", lambda: shrink.distil(NET, NET, X, y=[1]),
     r"y: .*1 labels for 8"),
    ("shrink.distil", "one answer each", lambda: shrink.distil(NET, lambda b: b[:, 0], X),
     r"teacher.*shape \(8,\)"),
    ("shrink.distil", "temperature", lambda: shrink.distil(NET, NET, X, temperature=0),
     r"temperature.*0"),
    ("shrink.to_onnx", "no Sequential", lambda: shrink.to_onnx(nn.Linear(2, 2), (2,)),
     r"model.*Linear.*Sequential"),
    ("shrink.to_onnx", "an unknown layer",
     lambda: shrink.to_onnx(nn.Sequential(nn.Linear(4, 2), nn.Tanh()), (4,)), r"layer Tanh"),
    ("shrink.to_onnx", "another shape", lambda: shrink.to_onnx(NET, (5,)), r"shape.*\(5,\)"),
    ("shrink.to_onnx", "shape in words", lambda: shrink.to_onnx(NET, "4"), r"shape.*'4'"),
    ("shrink.to_onnx", "norm without convolution", lambda: shrink.to_onnx(ODD, (2, 3, 3)),
     r"batch norm.*Conv2d"),
]  # fmt: skip
