"""Would anyone notice? A helper is broken on purpose, and the test named beside it must fail.

The ways to break it stand in `mutants.py`. They are tried on a copy of the package, in a process
of its own; on the unchanged copy all the tests pass.
"""

import json
import os
import shutil
import subprocess
import sys

import kernel
import pytest
from mutants import MUTANTS


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> dict[str, tuple[int, str]]:
    """What the tests say about the unchanged copy and about each mutant."""
    folder = tmp_path_factory.mktemp("mutants")
    leave = shutil.ignore_patterns("__pycache__")
    for name in ("helpers", "tests"):
        shutil.copytree(kernel.ROOT / name, folder / name, ignore=leave)
    for name in ("pyproject.toml", "start.py"):
        shutil.copy(kernel.ROOT / name, folder / name)
    env = os.environ | {"PYTHONPATH": "", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "tests/mutants.py"], cwd=folder, env=env,
                          capture_output=True, text=True, timeout=300)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_the_unchanged_package_passes(told):
    status, report = told["unchanged"]
    assert status == 0, report[-3000:]


@pytest.mark.parametrize("mutant", MUTANTS, ids=[m[0] for m in MUTANTS])
def test_a_broken_helper_is_noticed(told, mutant):
    what, file, old, _, test = mutant
    source = (kernel.ROOT / "helpers" / file).read_text("utf-8")
    assert source.count(old) == 1, f"{file} has changed: say anew how to break it ({what})"
    status, report = told[what]
    assert status == 1, f"nobody noticed that {what}:\n{report[-2000:]}"
    assert f"FAILED tests/{test}" in report, report[-2000:]
