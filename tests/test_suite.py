"""The plugin around nbval: what it lets through, and what it must not.

One small notebook is run by pytest in a process of its own, and every cell's fate is read off.
"""

import re
import subprocess
import sys
import time
import tomllib

import kernel
import nbformat
import pytest
import specimen
import suite

from helpers.exercises import engine

GIVEN = engine.find("0a").given
ANSWER = engine.find("0a").name


def fates(tmp_path, cells, env=None) -> dict[str, str]:
    """Run a notebook under the suite; the outcome of each item by its name."""
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
    parts = [test_browser.part(name, books) for name in ("timed", "others")]
    assert sorted(sum(parts, [])) == sorted(books) == sorted(test_browser.part("all", books))
    assert {"2-2"} <= {kernel.id_of(p) for p in parts[0]} and all(parts)


def test_the_parts_of_the_suite_are_the_whole():
    import everything

    settings = tomllib.loads((kernel.ROOT / "pyproject.toml").read_text("utf-8"))
    whole = settings["tool"]["pytest"]["ini_options"]
    parts = [p[3:] for p in (everything.TIMED, everything.UNTIMED, everything.PACKAGE)]
    assert parts[0][0] == parts[1][0] == "notebooks"
    assert {"notebooks", *parts[2]} == set(whole["testpaths"])
    marks = [parts[0][2], parts[1][2]]
    assert marks == [f"{m} and {whole['addopts'][3]}" for m in ("timed", "not timed")]


def test_a_notebook_that_times_is_marked(tmp_path):
    for name, words in (("a", "from helpers import show, timing"), ("b", "timing = 3")):
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(words)])
        nbformat.write(book, tmp_path / f"{name}.ipynb")
    listed = {}
    for wanted in ("timed", "not timed"):
        command = [sys.executable, "-m", "pytest", "-c", str(kernel.ROOT / "pyproject.toml"),
                   "--rootdir", str(kernel.ROOT), "--collect-only", "-q", "-m", wanted,
                   str(tmp_path)]  # fmt: skip
        done = subprocess.run(command, cwd=kernel.ROOT, capture_output=True, text=True)
        listed[wanted] = [line for line in done.stdout.splitlines() if "::Cell" in line]
    assert len(listed["timed"]) == len(listed["not timed"]) == 1
    assert "a.ipynb" in listed["timed"][0] and "b.ipynb" in listed["not timed"][0]


@pytest.mark.parametrize("bad", [None, 0, 1, 2])
def test_one_bad_part_makes_the_suite_fail_and_all_are_shown(monkeypatch, capfd, bad):
    import everything

    for i, name in enumerate(("TIMED", "UNTIMED", "PACKAGE")):
        code = f"print('part', {i}); raise SystemExit({3 if i == bad else 0})"
        monkeypatch.setattr(everything, name, [sys.executable, "-c", code])
    assert everything.main() == (0 if bad is None else 3)
    out = capfd.readouterr().out
    assert out.index("part 0") < out.index("part 1") < out.index("part 2")
    assert out.count("FAILED (3)") == (bad is not None)


def test_nothing_is_left_running_when_the_first_is_interrupted(monkeypatch, tmp_path):
    import everything

    started = tmp_path / "started"
    wait = f"import pathlib, time; pathlib.Path({str(started)!r}).touch(); time.sleep(60)"
    seen = []

    def interrupt(*_, **__):
        while not started.exists():
            time.sleep(0.01)
        raise KeyboardInterrupt

    begin = subprocess.Popen
    monkeypatch.setattr(
        everything.subprocess, "Popen", lambda *a, **k: seen.append(begin(*a, **k)) or seen[-1]
    )
    monkeypatch.setattr(everything.subprocess, "run", interrupt)
    with pytest.raises(KeyboardInterrupt):
        everything.side_by_side(["unused"], [sys.executable, "-c", wait])
    assert seen[0].poll() not in (None, 0)
