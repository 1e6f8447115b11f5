"""`import helpers` costs next to nothing and brings in nothing: modules come when asked for."""

import json
import statistics
import subprocess
import sys

import kernel
import pytest

import helpers

HEAVY = ("torch", "sklearn", "shap", "fairlearn", "pandas", "numpy", "matplotlib", "scipy")
LOADED = f"print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
LIMIT = 0.05  # seconds beyond a bare interpreter


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=kernel.ROOT, capture_output=True,
                          text=True, timeout=120, check=True)  # fmt: skip
    assert not done.stderr, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_import_helpers_is_cheap():
    code = "import time; t = time.perf_counter(); import helpers; print(time.perf_counter() - t)"
    assert statistics.median(float(python(code)) for _ in range(7)) <= LIMIT


def test_import_helpers_brings_in_nothing_and_prints_nothing():
    assert python(f"import json, sys; import helpers; {LOADED}") == "[]"


@pytest.mark.parametrize("module", helpers.__all__)
def test_a_module_leaves_the_heavy_libraries_for_later(module):
    code = f"helpers.{module}; assert s == random.getstate(); {LOADED}"
    seen = json.loads(python(f"import json, sys, random, helpers; s = random.getstate(); {code}"))
    assert not set(seen) & {"torch", "sklearn", "shap", "fairlearn"}


def test_a_name_that_is_not_there_says_what_is():
    with pytest.raises(AttributeError, match="timing"):
        getattr(helpers, "tming")  # noqa: B009
    assert set(helpers.__all__) <= set(dir(helpers))
