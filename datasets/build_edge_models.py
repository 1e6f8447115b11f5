"""Make `edge_models.csv`: 399 small detectors of faulty sensors, tried on three cameras.

A detector forecasts the next hour's count of `pedestrians` and raises an alarm where the count is
far from it. Forecasters: ridge, tree, forest and network of several sizes, on several lags and
calendars, trained on January to August 2019. Faults are injected into September to December:
stuck for 6 hours, zero for 6 hours, halved for 12 hours, and single spikes. About 3 minutes on
one core:

    python datasets/build_edge_models.py              write the table beside this script
    python datasets/build_edge_models.py --out FILE   write it somewhere else

numpy, pandas, pyarrow and scikit-learn are enough; nothing is downloaded.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPRegressor
from sklearn.tree import DecisionTreeRegressor
from threadpoolctl import threadpool_limits

HERE = Path(__file__).resolve().parent
CAMERAS = ("45 Queen Street", "210 Queen Street", "Te Ara Tahuhu Walkway")
LAGS = {"none": [], "1": [1], "1-2": [1, 2], "1-3": [1, 2, 3], "24": [24], "1+24": [1, 24],
        "1+24+168": [1, 24, 168]}  # fmt: skip
CALENDARS = ("none", "hour", "hour+day")
LEAVES = (4, 8, 16, 32, 128, 512)
FORESTS = ((3, 16), (5, 32), (10, 32), (10, 128), (20, 128), (30, 512))  # trees, leaves
HIDDEN = (2, 4, 8, 16, 32, 64)
# Fault: hours it lasts, how often it is tried.
FAULTS = {"stuck": (6, 20), "zero": (6, 20), "half": (12, 12), "spike": (1, 40)}
BYTES = 4  # a number in a detector
QUIET = 0.02  # the noise of a count grows with the square root of the forecast, from here on


def counts(camera: str) -> tuple[pd.Series, pd.Series]:
    """Return the hourly counts to train on and to test on; short gaps of the test are bridged."""
    table = pd.read_parquet(HERE / "pedestrians.parquet").drop_duplicates("ts").set_index("ts")
    series = table[camera].astype(float).asfreq("h")
    late = series["2019-09-01":"2019-12-31"].interpolate(limit=3)
    return series["2019-01-01":"2019-08-31"].dropna(), late.dropna()


def with_faults(series: pd.Series, rng: np.random.Generator) -> tuple[pd.Series, np.ndarray]:
    """Return a copy with faults, at least two hours apart, and which hours they are."""
    values, faulty = series.to_numpy().copy(), np.zeros(len(series), dtype=bool)
    for kind, (length, tries) in FAULTS.items():
        for _ in range(tries):
            begin = int(rng.integers(200, len(values) - 20))
            if faulty[begin - 2 : begin + length + 2].any():
                continue
            hours = slice(begin, begin + length)
            faulty[hours] = True
            old = values[hours]
            values[hours] = {"stuck": values[begin - 1], "zero": 0, "half": old / 2,
                             "spike": 2.5 * old + 30}[kind]  # fmt: skip
    return pd.Series(values, index=series.index), faulty


def features(series: pd.Series, lags: str, calendar: str, scale: float) -> np.ndarray:
    """Return one row per hour: lagged counts, then ones for the hour, the day and the weekend."""
    hour, day = (np.asarray(getattr(series.index, part)) for part in ("hour", "day_of_week"))
    columns = [series.shift(k).to_numpy() / scale for k in LAGS[lags]]
    if calendar != "none":
        columns += [hour == k for k in range(24)]
    if calendar == "hour+day":
        columns += [day == k for k in range(7)] + [(hour == k) & (day >= 5) for k in range(24)]
    rows = np.array(columns, dtype=float).T
    return rows if columns else np.ones((len(series), 1))


def forecasters() -> Iterator[tuple[str, int, Any]]:
    """Yield family, size (0: smallest) and an unfitted model."""
    yield "ridge", 0, Ridge(1.0)
    for size in range(6):
        yield "tree", size, DecisionTreeRegressor(max_leaf_nodes=LEAVES[size], random_state=0)
        trees, leaves = FORESTS[size]
        yield "forest", size, RandomForestRegressor(trees, max_leaf_nodes=leaves, random_state=0)
        yield "network", size, MLPRegressor(
            hidden_layer_sizes=(HIDDEN[size],), max_iter=40, early_stopping=True,
            learning_rate_init=0.01, random_state=0,
        )  # fmt: skip


def weight(model: Any, lags: str, calendar: str) -> tuple[int, int]:
    """Return numbers to store and operations for one forecast, of a fitted model."""
    if isinstance(model, Ridge):
        looked_up = {"none": 0, "hour": 1, "hour+day": 3}[calendar]
        return len(model.coef_) + 1, len(LAGS[lags]) + looked_up
    if isinstance(model, MLPRegressor):
        numbers = sum(part.size for part in (*model.coefs_, *model.intercepts_))
        return numbers, numbers
    trees = [t.tree_ for t in getattr(model, "estimators_", [model])]
    return 2 * sum(t.node_count for t in trees), sum(int(t.max_depth) for t in trees)


def tried(camera: str) -> Iterator[dict]:
    """Yield one row for each detector on one camera."""
    train, late = counts(camera)
    scale = train.quantile(0.99)
    seen, faulty = with_faults(late, np.random.default_rng(0))
    for lags in LAGS:
        for calendar in CALENDARS:
            x = features(train, lags, calendar, scale)
            x_new = features(seen, lags, calendar, scale)
            known = ~np.isnan(x).any(axis=1)
            judged = ~np.isnan(x_new).any(axis=1) & (np.arange(len(seen)) >= 168)
            y, y_new = train.to_numpy()[known] / scale, seen.to_numpy()[judged] / scale
            for family, size, model in forecasters():
                begin = time.perf_counter()
                model.fit(x[known], y)
                seconds = time.perf_counter() - begin
                forecast = model.predict(x_new[judged])
                off = np.abs(forecast - y_new)
                alarm = off / np.sqrt(np.maximum(forecast, QUIET))
                numbers, operations = weight(model, lags, calendar)
                yield {"camera": camera, "lags": lags, "calendar": calendar, "family": family,
                       "size": size, "bytes": BYTES * numbers, "operations": operations,
                       "auc": roc_auc_score(faulty[judged], alarm),
                       "error": off[~faulty[judged]].mean() * scale, "fit_s": seconds}  # fmt: skip


def table() -> pd.DataFrame:
    """Try every detector on every camera and say how far it is."""
    rows = []
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 40 rounds are the setting
        for camera in CAMERAS:
            rows += tried(camera)
            print(f"{camera}: {len(rows):,} rows", flush=True)
    return pd.DataFrame(rows).round({"auc": 6, "error": 3, "fit_s": 4})


def main() -> None:
    """Read the command line and write the table."""
    parser = argparse.ArgumentParser(description="Make edge_models.csv again (about 3 minutes).")
    parser.add_argument("--out", type=Path, default=HERE / "edge_models.csv", metavar="FILE")
    out = parser.parse_args().out
    table().to_csv(out, index=False, lineterminator="\n")
    print(f"{out.name}: {out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
