"""Make `fashion_runs.csv`: twelve ways to train one small image network, six seeds each.

The network has 52,266 numbers (two convolutions, two dense layers) and learns from the 12,000
training images of `fashion`; each run is scored by how many of the 3,000 test images it names
right. "Freebies" cost training time only; "specials" cost something in use. About 10 minutes on
one core:

    python datasets/build_fashion_runs.py              write the table beside this script
    python datasets/build_fashion_runs.py --out FILE   write it somewhere else

numpy, pandas and torch are enough; nothing is downloaded. Runs are repeatable on one machine with
one thread; another machine or version of torch may differ by a few images a run.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent
SEEDS = range(6)
EPOCHS, LONGER, BATCH, RATE = 4, 12, 128, 4e-3


class SqueezeExcite(nn.Module):
    """Weigh each channel by what all channels show (Hu, Shen, Sun 2018)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.down, self.up = nn.Linear(channels, channels // 4), nn.Linear(channels // 4, channels)

    def forward(self, x: Tensor) -> Tensor:
        weight = torch.sigmoid(self.up(F.relu(self.down(x.mean((2, 3))))))
        return x * weight[:, :, None, None]


def network(wide: int = 8, hidden: int = 64, *, norm: bool = False, squeeze: bool = False):
    """Return the network; `norm` adds batch norm, `squeeze` a squeeze-and-excite block."""
    return nn.Sequential(
        nn.Conv2d(1, wide, 5, stride=2, padding=2),
        *[nn.BatchNorm2d(wide)] * norm,
        nn.ReLU(),
        nn.Conv2d(wide, 2 * wide, 3, padding=1),
        *[nn.BatchNorm2d(2 * wide)] * norm,
        nn.ReLU(),
        *[SqueezeExcite(2 * wide)] * squeeze,
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(2 * wide * 49, hidden),
        nn.ReLU(),
        nn.Linear(hidden, 10),
    )


# Recipe: kind, what the training does, what the network is.
RECIPES = {
    "plain": ("base", {}, {}),
    "three times the epochs": ("freebie", {"epochs": LONGER}, {}),
    "flips": ("freebie", {"flips": True}, {}),
    "epochs and flips": ("freebie", {"epochs": LONGER, "flips": True}, {}),
    "label smoothing": ("freebie", {"smoothing": 0.1}, {}),
    "epochs, flips and smoothing": (
        "freebie",
        {"epochs": LONGER, "flips": True, "smoothing": 0.1},
        {},
    ),
    "epochs, flips and shifts": ("freebie", {"epochs": LONGER, "flips": True, "shifts": 2}, {}),
    "batch norm": ("freebie", {}, {"norm": True}),
    "squeeze and excite": ("special", {}, {"squeeze": True}),
    "twice as wide": ("special", {}, {"wide": 16, "hidden": 128}),
}
# A flipped copy is averaged in at test time, on top of these recipes.
AT_TEST = ("plain", "epochs and flips")


def images() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return training and test images, standardised by the training images, and their labels."""
    stored = np.load(HERE / "fashion.npz")
    train, test = (
        torch.tensor(stored[f"x_{part}"]).float()[:, None] / 255 for part in ("train", "test")
    )
    middle, spread = train.mean(), train.std()
    labels = [torch.tensor(stored[f"y_{part}"]).long() for part in ("train", "test")]
    return (train - middle) / spread, labels[0], (test - middle) / spread, labels[1]


def trained(
    model: nn.Module, x: Tensor, y: Tensor, seed: int, *, epochs: int = EPOCHS,
    flips: bool = False, shifts: int = 0, smoothing: float = 0.0,
) -> nn.Module:  # fmt: skip
    """Train with AdamW on a one-cycle schedule; flips and shifts are drawn once a batch."""
    order = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    steps = epochs * -(-len(x) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    model.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(x), generator=order).split(BATCH):
            batch = x[rows]
            if flips and torch.rand(1, generator=order) < 0.5:
                batch = batch.flip(3)
            if shifts:
                moved = torch.randint(-shifts, shifts + 1, (2,), generator=order).tolist()
                batch = torch.roll(batch, moved, (2, 3))
            loss = F.cross_entropy(model(batch), y[rows], label_smoothing=smoothing)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return model.eval()


@torch.inference_mode()
def right(model: nn.Module, x: Tensor, y: Tensor, flip: bool = False) -> int:
    """Count the images named right; with `flip` each is averaged with its mirror image."""
    share = model(x).softmax(1) + (model(x.flip(3)).softmax(1) if flip else 0)
    return int((share.argmax(1) == y).sum())


def table() -> pd.DataFrame:
    """Train every recipe with every seed and say how far it is."""
    x, y, x_test, y_test = images()
    rows = []
    for seed in SEEDS:
        for recipe, (kind, how, what) in RECIPES.items():
            torch.manual_seed(seed)
            model = trained(network(**what), x, y, seed, **how)
            size = sum(p.numel() for p in model.parameters())
            row = [seed, size, how.get("epochs", EPOCHS)]
            rows.append([recipe, kind, *row, right(model, x_test, y_test)])
            if recipe in AT_TEST:
                name, count = f"{recipe}, flip at test", right(model, x_test, y_test, flip=True)
                rows.append([name, "special", *row, count])
        print(f"seed {seed} of {len(SEEDS)} done", flush=True)
    names = ["recipe", "kind", "seed", "parameters", "epochs", "right"]
    return pd.DataFrame(rows, columns=names)


def main() -> None:
    """Read the command line and write the table."""
    parser = argparse.ArgumentParser(description="Make fashion_runs.csv again (about 10 minutes).")
    parser.add_argument("--out", type=Path, default=HERE / "fashion_runs.csv", metavar="FILE")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    table().to_csv(out, index=False, lineterminator="\n")
    print(f"{out.name}: {out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
