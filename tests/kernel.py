"""How the suite starts a kernel: the one environment of `pytest` and of `refresh.py`.

A notebook runs here as it does for a learner, but for four things: the network is off, the log of
predictions is a fresh file, IPython reads no personal settings, and `helpers` is the one in this
folder. Threads are left as they are. nbval and jupyter_client do the work.
"""

from __future__ import annotations

import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
OFFLINE = ROOT / "tests" / "offline"


def environment(folder: pathlib.Path) -> dict[str, str]:
    """The variables that a kernel starts with; `folder` is fresh and belongs to one notebook."""
    personal = {"MPLBACKEND", "PYTHONWARNINGS", "PYTHONSTARTUP", "ROUGH_SEAS_LOG"}
    env = {name: value for name, value in os.environ.items() if name not in personal}
    env["PYTHONPATH"] = os.pathsep.join([str(OFFLINE), str(ROOT)])
    env["ROUGH_SEAS_LOG"] = str(folder / "predictions.json")
    env["IPYTHONDIR"] = str(folder / "ipython")
    return env


def notebooks() -> list[pathlib.Path]:
    """Every notebook of the course in the order of the map."""
    found = NOTEBOOKS.rglob("*.ipynb")
    return sorted((p for p in found if ".ipynb_checkpoints" not in p.parts), key=lambda p: p.name)


def id_of(path: pathlib.Path) -> str:
    """The number in a notebook's file name: "1-4" of 1-4_fair.ipynb."""
    return path.name.partition("_")[0]


def find(wanted: str) -> pathlib.Path:
    """The notebook with this number, such as "1-4", or at this path."""
    if wanted.endswith(".ipynb"):
        return pathlib.Path(wanted).resolve()
    for path in notebooks():
        if id_of(path) == wanted or path.stem == wanted:
            return path
    have = ", ".join(id_of(p) for p in notebooks()) or "none yet"
    raise SystemExit(f"No notebook {wanted!r}. There are: {have}.")


def times(path: pathlib.Path) -> bool:
    """Whether a notebook uses `helpers.timing`: such a one is run with no company."""
    return bool(re.search(r"from helpers import .*\btiming\b", path.read_text("utf-8")))
