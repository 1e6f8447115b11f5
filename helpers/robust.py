"""What does it take to break it? Images made worse by chance, and made worse on purpose.

`corrupt` spoils images as weather, lenses and hands do. `fgsm` and `pgd` ask for the worst change
within a budget: no pixel may move by more than `eps`. `curve` draws accuracy against that budget.
torch computes the gradients, SciPy the blur, `rates` the intervals. What an attack finds is an
upper bound of the accuracy under attack, never proof that nothing worse exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers import _check, rates, show

__all__ = ["Curve", "corrupt", "curve", "fgsm", "pgd"]

KINDS = ("noise", "blur", "occlude", "shift")


def corrupt(X: Any, kind: str, severity: float, seed: int = 0) -> Any:
    """Images made worse without ill will; of the same kind, shape and device as they came.

    X : images with values in [0, 1], shape (n, height, width); an array or a torch tensor
    kind, severity : "noise" (standard deviation in pixel values), "blur" (standard deviation in
        pixels), "occlude" (side of one black square in each image, placed by chance) or "shift"
        (pixels left, right, up or down by chance; black moves in). Severity 0 changes nothing
    seed : decides the noise, the places and the directions

    >>> corrupt(np.ones((1, 4, 4)), "occlude", 4).sum()
    np.float64(0.0)
    """
    from scipy.ndimage import gaussian_filter

    images = _images(X)
    kind, rng = _check.choice(kind, "kind", KINDS), _check.seed(seed)
    side = min(images.shape[1:]) if kind in ("occlude", "shift") else None  # whole pixels
    severity = _check.number(severity, "severity", low=0, high=side, whole=side is not None)
    if not severity:
        return _like(X, images.copy())
    worse = {"noise": lambda: images + severity * rng.standard_normal(images.shape),
             "blur": lambda: gaussian_filter(images, (0, severity, severity)),
             "occlude": lambda: _occlude(images, severity, rng),
             "shift": lambda: _shift(images, severity, rng)}[kind]()  # fmt: skip
    return _like(X, np.clip(worse, 0, 1))


def _images(X: Any) -> np.ndarray:
    array = X.detach().cpu().numpy() if hasattr(X, "detach") else X
    shape = getattr(array, "shape", None)
    if shape is None or len(shape) != 3 or 0 in shape or not hasattr(array, "dtype"):
        found = f"a {type(X).__name__}" if shape is None else f"shape {tuple(shape)}"
        _check.refuse("X", f"found {found}", "pass images as an array (n, height, width)")
    if array.dtype.kind != "f" or not (array.min() >= 0 and array.max() <= 1):
        span = f" from {array.min():g} to {array.max():g}" if array.dtype.kind in "uif" else ""
        _check.refuse("X", f"found {array.dtype} values{span}",
                      "pass decimals between 0 and 1 (divide bytes by 255)")  # fmt: skip
    return array


def _occlude(images: np.ndarray, side: int, rng: np.random.Generator) -> np.ndarray:
    n, height, width = images.shape
    top = rng.integers(0, height - side + 1, (n, 1, 1))
    left = rng.integers(0, width - side + 1, (n, 1, 1))
    row, column = np.arange(height)[None, :, None] - top, np.arange(width)[None, None, :] - left
    inside = (row >= 0) & (row < side) & (column >= 0) & (column < side)
    return np.where(inside, 0, images)


def _shift(images: np.ndarray, distance: int, rng: np.random.Generator) -> np.ndarray:
    n, height, width = images.shape
    step = distance * np.array([[0, 1], [0, -1], [1, 0], [-1, 0]])[rng.integers(0, 4, n)]
    padded = np.pad(images, ((0, 0), (distance, distance), (distance, distance)))
    row = distance + np.arange(height)[None, :, None] - step[:, 0, None, None]
    column = distance + np.arange(width)[None, None, :] - step[:, 1, None, None]
    return padded[np.arange(n)[:, None, None], row, column]


def _like(X: Any, values: Any) -> Any:
    """The values as what X was: NumPy of its dtype, or a torch tensor on its device."""
    if not hasattr(X, "detach"):
        return np.asarray(values.cpu() if hasattr(values, "cpu") else values).astype(X.dtype)
    return values.to(X) if hasattr(values, "detach") else X.new_tensor(values)


def fgsm(model: Callable, X: Any, y: Any, eps: float) -> Any:
    """One step of size `eps` along the sign of the loss's gradient (Goodfellow et al., 2015).

    model : a torch module, or a function that turns a batch into one score per class
    X, y : n inputs in [0, 1] (tensor or array; computed on the model's device), n class numbers
    eps : the budget: no value moves by more than this, and all stay in [0, 1]

    Returns attacked inputs of the kind of X. The model's mode and gradients are left as they were.

    >>> fgsm(lambda batch: batch, np.array([[.3, .7]]), [1], eps=.1)
    array([[0.4, 0.6]])
    """
    inputs, labels, eps = _attackable(model, X, y, eps)
    with _evaluating(model):
        return _like(X, _step(inputs, _gradient(model, inputs, labels)[0], eps, inputs, eps))


def pgd(model: Callable, X: Any, y: Any, eps: float, steps: int = 10, seed: int = 0) -> Any:
    """Many small steps from a random start, pulled back into the budget (Madry et al., 2018).

    Each step is 2.5 eps / steps. The worst point seen is kept, the one-step attack among them, so
    it fools the model wherever `fgsm` does. Arguments as there; `seed` decides the start.

    >>> pgd(lambda batch: batch, np.array([[.4, .6]]), [1], eps=.15, steps=3)
    array([[0.55, 0.45]])
    """
    inputs, labels, eps = _attackable(model, X, y, eps)
    steps = _check.number(steps, "steps", low=1, high=10_000, whole=True)
    noise = _check.seed(seed).uniform(-eps, eps, tuple(inputs.shape))
    with _evaluating(model):
        gradient, worst, fooled = _gradient(model, inputs, labels)
        best, here = inputs.clone(), _step(inputs, gradient, eps, inputs, eps)  # one step first
        start = (inputs + _like(inputs, noise)).clamp(0, 1)
        for k in range(steps + 2):
            gradient, loss, fools = _gradient(model, here, labels)
            better = (fools & ~fooled) | ((fools == fooled) & (loss > worst))
            best[better], worst[better], fooled = here[better], loss[better], fooled | fools
            here = start if k == 0 else _step(here, gradient, 2.5 * eps / steps, inputs, eps)
    return _like(X, best)


def _gradient(model: Callable, inputs: Any, labels: Any) -> tuple:
    """Gradient of the loss by the inputs, and for each input its loss and whether it fools."""
    import torch

    with torch.enable_grad():
        at = inputs.detach().clone().requires_grad_(True)
        scores = model(at)
        if scores.ndim != 2 or len(scores) != len(labels) or scores.shape[1] <= int(labels.max()):
            _check.refuse("model", f"its scores have shape {tuple(scores.shape)}",
                          f"it must give {len(labels)} rows with a score per class")  # fmt: skip
        loss = torch.nn.functional.cross_entropy(scores, labels, reduction="none")
        (gradient,) = torch.autograd.grad(loss.sum(), at)
    return gradient, loss.detach(), scores.argmax(1) != labels


def _step(here: Any, gradient: Any, size: float, centre: Any, eps: float) -> Any:
    moved = here + size * gradient.sign()
    return moved.clamp(centre - eps, centre + eps).clamp(0, 1).detach()


def _attackable(model: Any, X: Any, y: Any, eps: Any) -> tuple:
    """Inputs and class numbers as tensors on the model's device, and the budget, all checked."""
    import torch

    _check.function(model, "model")
    eps = _check.number(eps, "eps", low=0, high=1)
    if not hasattr(X, "dtype") or len(X.shape) < 2 or 0 in X.shape:
        found = f"shape {tuple(X.shape)}" if hasattr(X, "dtype") else f"a {type(X).__name__}"
        _check.refuse("X", f"found {found}", "pass an array or a tensor, one input per row")
    decimals = X.is_floating_point() if hasattr(X, "detach") else X.dtype.kind == "f"
    weights = next(iter(getattr(model, "parameters", tuple)()), None)
    where = {} if weights is None else {"device": weights.device, "dtype": weights.dtype}
    if not decimals or not (X.min() >= 0 and X.max() <= 1):
        _check.refuse("X", "found values that are no decimals between 0 and 1",
                      "scale them first (divide bytes by 255)")  # fmt: skip
    labels = _check.finite(y, "y")
    if len(labels) != len(X):
        _check.refuse("X and y", f"found {len(X)} inputs, {len(labels)} labels", "pass pairs")
    if (labels < 0).any() or (labels != labels.round()).any():
        _check.refuse("y", "found values that are no class numbers", "pass 0, 1, 2 and so on")
    inputs = torch.as_tensor(X).detach().to(**where) if where else torch.as_tensor(X).detach()
    return inputs, torch.as_tensor(labels.astype(np.int64), device=inputs.device), eps


@contextmanager
def _evaluating(model: Any) -> Iterator[None]:
    """A module in evaluation mode for a while: dropout off, batch statistics left alone."""
    training = [part for part in getattr(model, "modules", tuple)() if part.training]
    for part in training:
        part.training = False
    try:
        yield
    finally:
        for part in training:
            part.training = True


@dataclass(frozen=True)
class Curve:
    """Accuracy at each budget `eps`, with 95 % intervals, of `n` inputs under one `attack`."""

    eps: tuple[float, ...]
    accuracy: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n: int
    attack: str

    def to_frame(self) -> pd.DataFrame:
        """One row for each budget: eps, accuracy, low, high."""
        names = ("eps", "accuracy", "low", "high")
        return pd.DataFrame({name: getattr(self, name) for name in names})

    def __repr__(self) -> str:
        pairs = zip(self.eps, self.accuracy, strict=True)
        rows = ", ".join(f"eps {e:g}: {show.machine(a)}" for e, a in pairs)
        return f"accuracy under {self.attack} (n = {self.n:,}): {rows}"

    def plot(self, ax: Any = None, colour: str = "blue", marker: str = "o", nudge: int = 0) -> Any:
        """The curve with its intervals, named at its end (`nudge`: so many points higher)."""
        import matplotlib.pyplot as plt

        ax = plt.subplots()[1] if ax is None else ax
        show.intervals(ax, self.eps, self.accuracy, self.low, self.high, colour=colour,
                       marker=marker)  # fmt: skip
        ax.plot(self.eps, self.accuracy, color=show.PALETTE[colour])
        ax.annotate(self.attack, (self.eps[-1], self.accuracy[-1]), (8, nudge), va="center",
                    textcoords="offset points", color=show.PALETTE[colour])  # fmt: skip
        ax.set(xlabel="eps: largest change of a value", ylabel="accuracy")
        return ax


def curve(
    model: Callable, X: Any, y: Any, eps: Iterable[float], attack: str = "fgsm", *,
    made_on: Callable | None = None, seed: int = 0,
) -> Curve:  # fmt: skip
    """Accuracy of a model under growing budgets.

    eps : budgets, each from 0 to 1;  model, X, y : as for `fgsm`
    attack : "random" (each value moves by eps, up or down by chance), "fgsm" or "pgd"
    made_on : the attack is made on this model instead and carried over (a transferred attack)

    >>> curve(lambda batch: batch, np.array([[.4, .6]]), [1], eps=[0, .15])
    accuracy under fgsm (n = 1): eps 0: ⟨1.00⟩, eps 0.15: ⟨0.000⟩
    """
    budgets = tuple(_check.number(float(e), "eps", 0, 1) for e in _check.finite(eps, "eps"))
    attack = _check.choice(attack, "attack", ("random", "fgsm", "pgd"))
    victim = model if made_on is None else made_on
    inputs, labels, _ = _attackable(model, X, y, 0)
    rng = _check.seed(seed)
    signs = _like(inputs, rng.choice([-1.0, 1.0], tuple(inputs.shape)))
    ways = {"random": lambda e: (inputs + e * signs).clamp(0, 1),
            "fgsm": lambda e: fgsm(victim, inputs, labels, e),
            "pgd": lambda e: pgd(victim, inputs, labels, e, seed=rng)}  # fmt: skip
    with _evaluating(model):
        fooled = [_gradient(model, ways[attack](e), labels)[2] for e in budgets]
    right = np.array([len(labels) - int(f.sum()) for f in fooled])
    low, high = rates.wilson(right, np.full(len(right), len(labels)))
    return Curve(budgets, tuple((right / len(labels)).tolist()), tuple(np.asarray(low).tolist()),
                 tuple(np.asarray(high).tolist()), len(labels), attack)  # fmt: skip
