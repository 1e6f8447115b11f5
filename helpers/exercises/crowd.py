"""The generated crowd of notebook 1-6 and Dawid and Skene's EM, for the checks of its exercises.

The notebook has both in sight, with labels as a matrix. Here EM is written once more, one row for
each label, so that the suite can hold one against the other (`tests/test_taught_1_6.py`).
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np


def crowd(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The notebook's generated crowd: labels (164, 800) with NaN, and the key (800,)."""
    from helpers import data

    facts = data.load("published/crowd_facts").set_index("fact")["value"]
    busy = [f"busiest_{i}" for i in (1, 2, 3, 4)]
    rng = np.random.default_rng(seed)
    key, hard = rng.random(800) < 0.5, rng.random(800) < 0.1
    weight = 1 / np.arange(3, 159)
    others = 1 + rng.multinomial(99, weight / weight.sum())
    counts = (facts[[f"{b}_labels" for b in busy]] / 20).astype(int)
    sheets = np.concatenate([counts, [2, 1, 1, 1], others])
    skill = np.concatenate([facts[busy], [0.52] * 4, np.clip(rng.beta(16, 2.2, 156), 0.5, 0.99)])
    labels, room, names = np.full((164, 800), np.nan), np.full(40, 10), rng.permutation(164)
    for worker in np.argsort(-sheets, kind="stable"):
        taken = np.argsort(-(room + rng.random(40)))[: sheets[worker]]
        room[taken] -= 1
        for sheet, draws in zip(taken, rng.random((len(taken), 20)), strict=True):
            items = slice(20 * sheet, 20 * sheet + 20)
            chance = 0.5 + np.where(hard[items], -0.2, 1) * (skill[worker] - 0.5)
            labels[names[worker], items] = key[items] ^ (draws >= chance)
    return labels, key


def dawid_skene(labels: Any, rounds: int = 40, start: Any = None) -> tuple:
    """Dawid and Skene's EM, one row for each label: P(yes), the two rates, the share of yes."""
    labels = np.asarray(labels, dtype=float)
    workers, items = labels.shape
    who, item = np.nonzero(~np.isnan(labels))
    yes = labels[who, item]

    def total(of: np.ndarray, weights: np.ndarray, length: int) -> np.ndarray:
        return np.bincount(of, weights, length)

    asked = np.bincount(item, minlength=items)
    p = total(item, yes, items) / asked if start is None else np.asarray(start, dtype=float)
    for _ in range(rounds):
        q = p[item]
        hit = (total(who, q * yes, workers) + 0.5) / (total(who, q, workers) + 1)
        no = (total(who, (1 - q) * (1 - yes), workers) + 0.5) / (total(who, 1 - q, workers) + 1)
        share = p.mean()
        told = np.where(yes == 1, np.log(hit / (1 - no))[who], np.log((1 - hit) / no)[who])
        p = 1 / (1 + np.exp(-np.log(share / (1 - share)) - total(item, told, items)))
    return p, hit, no, share


def share_right(yes_share: Any, key: Any) -> float:
    """Share of items that the majority gets right; a tie counts half."""
    return float(np.where(yes_share == 0.5, 0.5, (yes_share > 0.5) == key).mean())


@functools.cache
def four_by() -> dict[str, frozenset[int]]:
    """Four workers by each way to choose them."""
    labels, _ = crowd()
    asked = (~np.isnan(labels)).sum(axis=1)
    _, hit, no, _ = dawid_skene(labels)
    quality = (hit + no) / 2
    share = np.nanmean(labels, axis=0)
    agrees = np.where(np.isnan(labels) | (share == 0.5), np.nan, labels == (share > 0.5))
    ranked = {"train": -asked * (1 - quality), "quality": quality, "fewest": asked,
              "vote": np.nanmean(agrees, axis=1)}  # fmt: skip
    out = {k: frozenset(np.argsort(v, kind="stable")[:4].tolist()) for k, v in ranked.items()}
    return out | {"few": frozenset(np.flatnonzero(asked == asked.min()).tolist())}


@functools.cache
def reached() -> dict[str, float]:
    """What EM reaches from the vote, from its mirror image, and by two cures that cure nothing."""
    labels, key = crowd()
    yes = np.nanmean(labels, axis=0)
    p, hit, no, _ = dawid_skene(labels, start=1 - yes)
    kept = np.delete(labels, np.argsort(hit + no, kind="stable")[:20], axis=0)
    dropped = dawid_skene(kept, start=1 - np.nanmean(kept, axis=0))[0]
    return {"right": share_right(dawid_skene(labels)[0], key), "mirror": share_right(p, key),
            "dropped": share_right(dropped, key), "vote": share_right(yes, key)}  # fmt: skip
