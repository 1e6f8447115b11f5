"""Make `tuning.parquet`: 1,024 settings of one learner, each fitted once and read six times.

The learner is scikit-learn's histogram gradient boosting on 2,000 people of `acs`, 2015. Each
setting is fitted with 256 iterations; the staged predictions give the same fit after 8, 16, 32,
64 and 128 as well. Every reading is scored on eight disjoint validation sets of 1,000 people and
on one test set of 20,000. One thread, about 15 minutes:

    python datasets/build_tuning.py              write the table beside this script
    python datasets/build_tuning.py --out FILE   write it somewhere else

numpy, pandas, pyarrow and scikit-learn are enough; nothing is downloaded. The scores of
eight settings were the same with scikit-learn 1.6.1 and 1.9.1, with one thread and two (Linux,
x86-64). `fit_s` is the time of the machine it ran on.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from threadpoolctl import threadpool_limits

HERE = Path(__file__).resolve().parent
NOT_FEATURES = ["employed", "year", "vendor_score"]
SETTINGS = {
    "learning_rate": np.geomspace(0.01, 1, 8).round(4).tolist(),
    "max_leaf_nodes": [2, 3, 5, 8, 16, 31, 64, 128],
    "min_samples_leaf": [1, 5, 20, 80],
    "l2_regularization": [0.0, 0.1, 1.0, 10.0],
}
READ_AFTER = [8, 16, 32, 64, 128, 256]  # iterations
TRAIN = slice(0, 2_000)
PARTS = {str(k): slice(9_000 + 1_000 * k, 10_000 + 1_000 * k) for k in range(1, 9)}
PARTS["test"] = slice(20_000, 40_000)
SCORES = {"log_loss": log_loss, "accuracy": accuracy_score, "auc": roc_auc_score}


def people() -> tuple[np.ndarray, np.ndarray]:
    """Return the 16 features and the target of everybody asked in 2015, shuffled with seed 0."""
    table = pd.read_parquet(HERE / "acs.parquet").query("year == 2015")
    table = table.iloc[np.random.default_rng(0).permutation(len(table))]
    return table.drop(columns=NOT_FEATURES).to_numpy(float), table["employed"].to_numpy()


def readings(setting: dict[str, float], x: np.ndarray, y: np.ndarray) -> Iterator[dict]:
    """Fit one setting and yield a row of the table for each number of iterations."""
    model = HistGradientBoostingClassifier(
        **setting, max_iter=max(READ_AFTER), early_stopping=False, random_state=0
    )
    started = time.perf_counter()
    model.fit(x[TRAIN], y[TRAIN])
    seconds = time.perf_counter() - started
    first = min(part.start for part in PARTS.values())
    last = max(part.stop for part in PARTS.values())
    for iterations, share in enumerate(model.staged_predict_proba(x[first:last]), start=1):
        if iterations in READ_AFTER:
            share = np.r_[np.full(first, np.nan), share[:, 1]]  # numbered as x and y are
            cost = {"iterations": iterations, "fit_s": seconds * iterations / max(READ_AFTER)}
            yield setting | cost | scores(y, share)


def scores(y: np.ndarray, share: np.ndarray) -> dict[str, float]:
    """Score the probabilities on the nine parts; they are kept 1e-6 away from 0 and 1."""
    found = {}
    for score, part in itertools.product(SCORES, PARTS):
        truth, said = y[PARTS[part]], share[PARTS[part]].clip(1e-6, 1 - 1e-6)
        found[f"{score}_{part}"] = SCORES[score](truth, said > 0.5 if score == "accuracy" else said)
    return found


def table(report: int = 64) -> pd.DataFrame:
    """Fit all settings, one after the other on one thread, and say every so often how far it is."""
    x, y = people()
    rows, grid = [], list(itertools.product(*SETTINGS.values()))
    with threadpool_limits(1):
        for done, values in enumerate(grid, start=1):
            rows += readings(dict(zip(SETTINGS, values, strict=True)), x, y)
            if done % report == 0:
                print(f"{done:,} of {len(grid):,} settings", flush=True)
    found = pd.DataFrame(rows)
    return found.astype(
        {name: "float32" for name in found if name not in [*SETTINGS, "iterations"]}
    )


def main() -> None:
    """Read the command line and write the table."""
    parser = argparse.ArgumentParser(description="Make tuning.parquet again (about 15 minutes).")
    parser.add_argument("--out", type=Path, default=HERE / "tuning.parquet", metavar="FILE")
    out = parser.parse_args().out
    table().to_parquet(out, index=False, compression="zstd", compression_level=19)
    print(f"{out.name}: {out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
