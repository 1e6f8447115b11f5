"""The plugin around nbval: what it lets through, and what it must not.

One small notebook is run by pytest in a process of its own, and every cell's fate is read off.
"""

import re
import subprocess
import sys

import kernel
import pytest
import specimen
import suite

from helpers.exercises import engine

GIVEN = engine.find("0a").given
ANSWER = engine.find("0a").name


def fates(tmp_path, cells, env=None) -> dict[str, str]:
    """Run a notebook under the suite; the outcome of each item by its name."""
    import nbformat

    for n, cell in enumerate(cells, 1):
        cell.execution_count = n
    path = tmp_path / "0_x.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    command = [sys.executable, "-m", "pytest", "-c", str(kernel.ROOT / "pyproject.toml"), "-v",
               "--rootdir", str(kernel.ROOT), "-p", "no:cacheprovider", str(path)]  # fmt: skip
    done = subprocess.run(command, cwd=kernel.ROOT, capture_output=True, text=True, timeout=120)
    found = dict(re.findall(r"::(.+?) (PASSED|FAILED|SKIPPED|ERROR)", done.stdout))
    assert found, done.stdout + done.stderr
    return found | {"told": done.stdout}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    code, said = specimen.code, specimen.said
    imports = "from helpers import show\nfrom helpers.exercises import check, hint, solution\nx = 1"
    starter = f'{ANSWER} = ...\ncheck("0a", {ANSWER})'
    waits = "▢ 0a: not attempted yet; put your answer in place of the ... and run it again."
    hints = len(engine.find("0a").hints)
    cells = [
        code(imports),
        code("print(1.50)", said("1.5")),
        code("print(1.50)", said("1.4")),
        code("print(show.machine(0.2, 's'), 7)", said("⟨1.87 ms⟩ 7")),
        code("print(show.machine(0.2, 's'), 7)", said("⟨1.87 ms⟩ 8")),
        code("x;"),
        code(starter, said(waits), tags=("exercise:0a",)),  # 6: what it needs isn't there
        code('hint("0a")', said(f"0a: {hints} hints wait here. Try first, then run this cell "
                                "again.")),
        code(GIVEN),
        code(starter, said(waits), tags=("exercise:0a",)),  # 9: all is there
        code('hint("0a")', said(f"0a: {hints} hints wait here. Try first, then run this cell "
                                "again.")),
        code("1", tags=("exercise:9-9a",)),
        code("import sys; print('hm', file=sys.stderr)"),
    ]  # fmt: skip
    cells[11].outputs = [specimen.v4.new_output("execute_result", {"text/plain": "1"},
                                                execution_count=12)]  # fmt: skip
    return fates(tmp_path_factory.mktemp("run"), cells)


def test_an_output_is_compared_but_for_the_brackets(run):
    assert [run[f"Cell {n}"] for n in range(6)] == [
        "PASSED", "PASSED", "FAILED", "PASSED", "FAILED", "PASSED"]  # fmt: skip
    assert run["Cell 12"] == "FAILED"  # stderr that is not stored


def test_an_exercise_is_solved_once_more_and_then_forgotten(run):
    assert run["Cell 6"] == run["Cell 7"] == "PASSED"
    assert run["Cell 6 solved"] == "FAILED"
    assert run["Cell 9"] == run["Cell 9 solved"] == "PASSED"
    assert run["Cell 10"] == "PASSED"  # the hints are closed again


def test_an_exercise_without_an_entry_fails(run):
    assert run["Cell 11"] == "PASSED" and run["Cell 11 solved"] == "FAILED"
    assert "there are no exercises for such a notebook" in run["told"]


def test_time_is_told_in_a_table_and_held_to_a_limit(run):
    assert run[f"At most {suite.LIMIT} s"] == "PASSED"
    assert re.search(r"0_x\.ipynb +13 +1 +\d+\.\d", run["told"])


def test_the_solution_takes_the_place_of_the_starter():
    source = f'# think\n{ANSWER} = ...\ncheck("0a", {ANSWER})\nprint(2)'
    solved = suite.solved_source("0a", source)
    assert solved == f'{engine.find("0a").solution.rstrip()}\ncheck("0a", {ANSWER})\nprint(2)'
    with pytest.raises(ValueError, match="has no line check"):
        suite.solved_source("0a", f'# check("0a", x)\n{ANSWER} = 1')


class Slow:
    """A notebook that took too long, or was cut short, as the item at its end sees it."""

    def __init__(self, ran, seconds):
        self.ran, self.seconds = ran, seconds


@pytest.mark.parametrize(("ran", "seconds", "outcome"), [(9, 61, "Failed"), (8, 61, "Skipped")])
def test_a_slow_notebook_fails(ran, seconds, outcome):
    item = object.__new__(suite.Budget)
    item.parent, item.cells, item.path = Slow(ran, seconds), 9, kernel.NOTEBOOKS / "0_x.ipynb"
    with pytest.raises(BaseException) as caught:
        item.runtest()
    assert type(caught.value).__name__ == outcome


def test_the_parts_of_the_browser_run_are_the_whole():
    import test_browser

    books = kernel.notebooks()
    parts = [test_browser.part(name, books) for name in ("timed", "1/2", "2/2")]
    assert sorted(sum(parts, [])) == sorted(books) == sorted(test_browser.part("all", books))
    assert {"2-2"} <= {kernel.id_of(p) for p in parts[0]} and all(parts)
