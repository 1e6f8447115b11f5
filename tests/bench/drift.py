"""How long does it take to compare two samples, here and in peers? Run by hand.

    python tests/bench/drift.py --evidently PYTHON --alibi PYTHON --river PYTHON

Each peer needs an environment of its own (none can share the course's): give the path of its
Python. The same data go to both sides in one run; ours runs before and after each peer, so that
a machine that slows down is seen. evidently: its data drift report over a table. alibi-detect:
MMD with permutations. river: ADWIN over a stream, with the steps at which both fire.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(pathlib.Path(__file__).parents[2]))

import numpy as np
import pandas as pd

from helpers import drift

EVIDENTLY = """
import pandas as pd, sys, time, json
from importlib.metadata import version
from evidently import Report
from evidently.presets import DataDriftPreset
old, new = (pd.read_parquet(f"{sys.argv[1]}/{n}.parquet") for n in ("old", "new"))
begin = time.perf_counter()
result = Report([DataDriftPreset()]).run(reference_data=old, current_data=new)
found = result.dict()
print(json.dumps({"seconds": time.perf_counter() - begin, "version": version("evidently")}))
"""
ALIBI = """
import numpy as np, sys, time, json
from importlib.metadata import version
from alibi_detect.cd import MMDDrift
data = np.load(f"{sys.argv[1]}/mmd.npz")
begin = time.perf_counter()
found = MMDDrift(data["a"], backend="pytorch", n_permutations=int(sys.argv[2])).predict(data["b"])
print(json.dumps({"seconds": time.perf_counter() - begin, "version": version("alibi-detect"),
                  "p": float(found["data"]["p_val"]), "value": float(found["data"]["distance"])}))
"""
RIVER = """
import numpy as np, sys, time, json
from importlib.metadata import version
from river.drift import ADWIN
x = np.load(f"{sys.argv[1]}/stream.npy")
for gap in (False, True):
    detector, fired = ADWIN(), []
    values = np.where(np.arange(len(x)) == 100, np.nan, x) if gap else x
    begin = time.perf_counter()
    for i, v in enumerate(values):
        detector.update(v)
        if detector.drift_detected:
            fired.append(i)
    if not gap:
        seconds, steps = time.perf_counter() - begin, fired
print(json.dumps({"seconds": seconds, "fired": steps, "fired with one NaN": fired,
                  "version": version("river")}))
"""


def theirs(python: str, code: str, *words: str) -> dict:
    done = subprocess.run([python, "-W", "ignore", "-c", code, *words], capture_output=True,
                          text=True, check=True)  # fmt: skip
    return json.loads(done.stdout.strip().splitlines()[-1])


def timed(fn) -> tuple[float, object]:
    begin = time.perf_counter()
    out = fn()
    return time.perf_counter() - begin, out


def beside(name: str, ours, peer) -> None:
    """One line: our seconds before and after the peer's, and the ratio to their mean."""
    before, found = timed(ours)
    other = peer()
    after, _ = timed(ours)
    ratio = other["seconds"] / ((before + after) / 2)
    print(f"{name} {other.pop('version')}: {other.pop('seconds'):.2f} s; ours {before:.3f} and "
          f"{after:.3f} s; ratio {ratio:.1f}\n   theirs {other}\n   ours {found}")  # fmt: skip


def adwin(stream, gap: bool = False) -> list[int]:
    detector = drift.Adwin()
    values = [float("nan") if gap and i == 100 else x for i, x in enumerate(stream)]
    return [i for i, x in enumerate(values) if detector.update(x)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for peer in ("--evidently", "--alibi", "--river"):
        parser.add_argument(peer, help="the Python of an environment that has it")
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked, rng = parser.parse_args(), np.random.default_rng(0)
    print(f"Python {platform.python_version()}, numpy {np.__version__}, pandas {pd.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        if asked.evidently:
            old, new = (pd.DataFrame(rng.normal(size=(asked.rows, 11))).add_prefix("x")
                        for _ in range(2))  # fmt: skip
            old.to_parquet(f"{folder}/old.parquet"), new.to_parquet(f"{folder}/new.parquet")
            beside("evidently", lambda: drift.table(old, new)._head(),
                   lambda: theirs(asked.evidently, EVIDENTLY, folder))  # fmt: skip
        if asked.alibi:
            a, b = rng.normal(size=(2, 1500, 10)).astype(np.float32)
            np.savez(f"{folder}/mmd.npz", a=a, b=b)
            beside("alibi-detect", lambda: drift.mmd(a, b, n_perm=500),
                   lambda: theirs(asked.alibi, ALIBI, folder, "500"))  # fmt: skip
        if asked.river:
            stream = np.concatenate([rng.normal(m, 1, 20_000) for m in (0, 0.3, 0.3, -0.2)])
            np.save(f"{folder}/stream.npy", stream)
            beside("river", lambda: adwin(stream.tolist()),
                   lambda: theirs(asked.river, RIVER, folder))  # fmt: skip
            print(f"   ours with one NaN {adwin(stream.tolist(), gap=True)}")


if __name__ == "__main__":
    main()
