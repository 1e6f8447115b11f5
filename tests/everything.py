"""The whole suite in three parts, for a machine with two cores: what `start.py test` starts.

    python tests/everything.py

First the notebooks that time something, with the machine to themselves. Then the other notebooks,
and beside them the tests of the package. Together the parts are what `pytest` alone runs in one
go; as soon as there are words to pass on (`start.py test -k fair`), it is pytest that runs.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
PYTEST = [sys.executable, "-m", "pytest"]
TIMED = [*PYTEST, "notebooks", "-m", "timed and not browser"]
UNTIMED = [*PYTEST, "notebooks", "-m", "not timed and not browser"]
PACKAGE = [*PYTEST, "tests", "helpers"]


def side_by_side(seen: list[str], unseen: list[str]) -> list[int]:
    """Run two commands at once, show the first one's output, then the second one's; exit codes."""
    with tempfile.TemporaryFile() as kept:
        other = subprocess.Popen(unseen, cwd=ROOT, stdout=kept, stderr=subprocess.STDOUT)
        try:
            codes = [subprocess.run(seen, cwd=ROOT, check=False).returncode, other.wait()]
        finally:
            other.kill()
            other.wait()
        kept.seek(0)
        sys.stdout.flush()
        sys.stdout.buffer.write(kept.read())  # bytes: whatever this console's encoding is
        sys.stdout.flush()
    return codes


def main() -> int:
    """Run the three parts; 0 if all have passed, else the first other exit code."""
    print("Part 1 of 3: the notebooks that time something, alone.", flush=True)
    codes = [subprocess.run(TIMED, cwd=ROOT, check=False).returncode]
    print("Parts 2 and 3 at once: the other notebooks; the package, shown at the end.", flush=True)
    codes += side_by_side(UNTIMED, PACKAGE)
    names = ("timed notebooks", "other notebooks", "package")
    told = ("passed" if code == 0 else f"FAILED ({code})" for code in codes)
    print("In all: " + ", ".join(f"{n} {t}" for n, t in zip(names, told, strict=True)), flush=True)
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
