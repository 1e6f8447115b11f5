"""The exercises of notebook 1-3 whose answer is an attack: judged by what it does to inputs.

The closed form is called on fresh inputs; the repaired measurement is given two small models that
remember what they were shown.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from helpers.exercises import read
from helpers.exercises.engine import Exercise, Wrong

# --- 1-3a: FGSM in closed form ------------------------------------------------------------------

A = "attack = attack_linear"


def _case(seed: int) -> tuple:
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 1, (40, 6))
    x[0, :2] = (0.01, 0.99)  # pixels that must be clipped
    return x, rng.integers(0, 2, 40), rng.normal(size=6), float(rng.normal()), 0.1


def _attacked(answer: Any, case: tuple) -> np.ndarray:
    x, y, w, b, eps = case
    copies = (x.copy(), y.copy(), w.copy(), b, eps)
    out = read.calls(answer, *copies)
    if out is None or out is ...:
        raise read.Unreadable("the function returns nothing yet; return the attacked rows.")
    out = out.detach().cpu().numpy() if hasattr(out, "detach") else out
    try:
        out = np.asarray(out, dtype=float)
    except (TypeError, ValueError):
        raise read.Unreadable("the function must return an array of numbers.") from None
    if out.shape != x.shape:
        raise read.Unreadable(f"for x of shape {x.shape} it returns shape {out.shape}.")
    return out


def _fgsm(answer: Any) -> str | None:
    for seed in range(3):
        case = _case(seed)
        x, y, w, b, eps = case
        out, side = _attacked(answer, case), 2 * y - 1
        free = x - eps * side[:, None] * np.sign(w)
        if np.allclose(out, np.clip(free, 0, 1), atol=1e-6):
            continue
        if np.allclose(out, free, atol=1e-6):
            return "some pixels leave the range from 0 to 1: clip the result."
        if np.allclose(out, x):
            return "nothing moves: each pixel should go eps in one direction."
        if np.allclose(out, np.clip(2 * x - free, 0, 1), atol=1e-6):
            return ("the sign is turned round: this walks towards the right class, and accuracy "
                    "rises. The attack goes up the loss.")  # fmt: skip
        moved = np.abs(out - x)[(x > eps) & (x < 1 - eps)]
        if not np.allclose(moved, eps, atol=1e-6):
            return ("the budget is per pixel: your step is not eps everywhere. Use the sign of "
                    "the gradient, not the gradient.")  # fmt: skip
        return "each pixel moves by eps, but not always against the model: does y decide the side?"
    return None


CLOSED = Exercise(
    id="1-3a", name="attack", reason=_fgsm,
    hints=(
        "What is the sign of the factor in front of w: for y = 1, and for y = 0?",
        "sigma lies between 0 and 1, so sigma - y is below 0 for y = 1 and above 0 for y = 0. "
        "Only that sign survives, and the sign of w.",
        "np.outer(1 - 2 * y, np.sign(w)) has one row of signs for each image.",
    ),
    solution=f"""
def attack_linear(x, y, w, b, eps):
    chance = 1 / (1 + np.exp(-(x @ w + b)))
    gradient = np.outer(chance - y, w)
    return np.clip(x + eps * np.sign(gradient), 0, 1)

{A}
""",
    explains="In a linear model the worst direction is the same for all images of a class. The "
    "bias b and the probability drop out: only signs are left.",
    right=(
        "lambda x, y, w, b, eps: np.clip(x - eps * np.outer(2 * y - 1, np.sign(w)), 0, 1)",
        "lambda x, y, w, b, eps: np.clip(x + eps * np.where(y[:, None] == 1, -1, 1) * "
        "np.sign(w), 0, 1).tolist()",
        """
import torch
def attack(x, y, w, b, eps):
    at = torch.tensor(x, requires_grad=True)
    score = at @ torch.tensor(w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(score, torch.tensor(y).double())
    loss.backward()
    return (at.detach() + eps * at.grad.sign()).clamp(0, 1)
""",
    ),
    wrong=(
        Wrong("down the gradient, as in training", f"""
def attack_linear(x, y, w, b, eps):
    chance = 1 / (1 + np.exp(-(x @ w + b)))
    return np.clip(x - eps * np.sign(np.outer(chance - y, w)), 0, 1)
{A}
""", "accuracy rises"),
        Wrong("the gradient is the step", f"""
def attack_linear(x, y, w, b, eps):
    chance = 1 / (1 + np.exp(-(x @ w + b)))
    return np.clip(x + eps * np.outer(chance - y, w), 0, 1)
{A}
""", "budget is per pixel"),
        Wrong("pixels may be anything", f"""
def attack_linear(x, y, w, b, eps):
    return x - eps * np.outer(2 * y - 1, np.sign(w))
{A}
""", "clip the result"),
        Wrong("one direction hurts both classes", f"""
def attack_linear(x, y, w, b, eps):
    return np.clip(x - eps * np.sign(w), 0, 1)
{A}
""", "does y decide"),
    ),
    given="import numpy as np",
)  # fmt: skip

# --- 1-3c: a bug hunt ---------------------------------------------------------------------------


class _Watched:
    """A small model that remembers what it was shown."""

    def __init__(self, scale: float, rounds: bool) -> None:
        self.scale, self.rounds, self.shown = scale, rounds, []

    def __call__(self, x: Any) -> Any:
        import torch

        self.shown.append(x.detach().clone())
        x = (16 * x).round() / 16 if self.rounds else x
        score = self.scale * (x.flatten(1).mean(1) - 0.5)
        return torch.stack([-score, score], dim=1)


SEEN_BY_NONE = ("that is still what the attack without a gradient gives: rounding has slope 0, so "
                "more steps or a larger eps move along nothing.")  # fmt: skip


def _honest_number(x: float) -> str | None:
    x = x / 100 if 1 < x <= 100 else x
    if not 0 <= x <= 1:
        return "an accuracy lies between 0 and 1."
    if x >= 0.65:
        return SEEN_BY_NONE
    if x > 0.45:
        return ("too high: did you round to eighths, or use a budget below .05? Make the attack on "
                "the network without rounding, and measure the rounded one.")  # fmt: skip
    if x < 0.15:
        return "too low: keep the budget at .05 and measure on all 1,500 images."
    return None


def _honest(answer: Any) -> str | None:
    if not callable(answer):
        return _honest_number(read.number(answer))
    try:
        inspect.signature(answer).bind(*range(5))
    except TypeError:
        return "the function must take defended, undefended, x, y, eps, as `colleague` does."
    return _watch(answer)


def _watch(answer: Any) -> str | None:
    import torch

    rng = np.random.default_rng(0)
    x = torch.tensor(rng.uniform(0.3, 0.7, (60, 4, 4)), dtype=torch.float32)
    y = (x.flatten(1).mean(1) > 0.5).long()
    defended, undefended = _Watched(5, True), _Watched(5, False)
    value = read.number(read.calls(answer, defended, undefended, x, y, 0.05))
    last = defended.shown[-1] if defended.shown else None
    if last is None or last.shape != x.shape:
        return "your function never shows the attacked images to the defended network."
    moved = (last - x).abs()
    if moved.max() > 0.05 + 1e-5:
        return "the attack moves pixels by more than eps: that is another budget."
    lowered = (defended(x) - defended(last))[torch.arange(60), y].mean()
    if moved.max() < 1e-6 or lowered < 0.1:
        return SEEN_BY_NONE
    truth = float((defended(last).argmax(1) == y).double().mean())
    if abs(value - truth) > 1e-6:
        return ("the attack is right, but the accuracy is not that of the defended network: line 2 "
                "was correct.")  # fmt: skip
    return None


HUNT = Exercise(
    id="1-3c", name="repaired", reason=_honest,
    hints=(
        "How far does line 1 move the images? Look at the largest difference to x.",
        "round() is flat almost everywhere. Which of the two networks still has a gradient?",
        "Make the attack on `undefended`, and measure `defended` on it: a transferred attack.",
    ),
    solution="""
def repaired(defended, undefended, x, y, eps):
    attacked_x = robust.fgsm(undefended, x, y, eps)
    return accuracy(defended, attacked_x, y)
""",
    explains="The rounded network falls about as far as the plain one. Rounding to eighths blunts "
    "this small attack a little: a weak defence, but a real one. Measure before you judge.",
    right=("0.31", "repaired(rounded, plain, test_images, test_labels, 0.05)", "27.5",
           "lambda d, u, x, y, eps: accuracy(d, robust.pgd(u, x, y, eps), y)"),
    wrong=(
        Wrong("more steps will find it", """
def repaired(defended, undefended, x, y, eps):
    return accuracy(defended, robust.pgd(defended, x, y, eps, steps=100), y)
""", "slope 0"),
        Wrong("the budget was too small", """
def repaired(defended, undefended, x, y, eps):
    return accuracy(defended, robust.fgsm(defended, x, y, 0.3), y)
""", "slope 0"),
        Wrong("attack the copy, harder", """
def repaired(defended, undefended, x, y, eps):
    return accuracy(defended, robust.fgsm(undefended, x, y, 4 * eps), y)
""", "another budget"),
        Wrong("measure the copy", """
def repaired(defended, undefended, x, y, eps):
    attacked_x = robust.fgsm(undefended, x, y, eps)
    accuracy(defended, attacked_x, y)
    return accuracy(undefended, attacked_x, y) + 0.01
""", "not that of the defended"),
        Wrong("only the copy is attacked", """
def repaired(defended, undefended, x, y, eps):
    return accuracy(undefended, robust.fgsm(undefended, x, y, eps), y)
""", "never shows"),
        Wrong("the report is the answer", "repaired = accuracy(rounded, test_images)", "slope 0"),
    ),
    given="""
import numpy as np
import torch
from helpers import data, robust
fashion = data.load("fashion")
train_x = torch.tensor(fashion["x_train"][:3000] / 255, dtype=torch.float32)
train_y = torch.tensor(fashion["y_train"][:3000].astype("int64"))
test_images = torch.tensor(fashion["x_test"][:500] / 255, dtype=torch.float32)
test_labels = torch.tensor(fashion["y_test"][:500].astype("int64"))
with torch.random.fork_rng():
    torch.manual_seed(0)
    plain = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 64), torch.nn.ReLU(),
                                torch.nn.Linear(64, 10))
    optimiser = torch.optim.Adam(plain.parameters(), lr=2e-3)
    for _ in range(8):
        for batch in torch.randperm(3000).split(64):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(plain(train_x[batch]), train_y[batch]).backward()
            optimiser.step()
def rounded(x):
    return plain((16 * x).round() / 16)
def accuracy(model, x, y=test_labels):
    return (model(x).argmax(dim=1) == y).double().mean().item()
""",
)  # fmt: skip
