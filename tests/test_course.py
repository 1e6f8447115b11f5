"""The course's voice: claims that stop a notebook, predictions that are kept and settled."""

import json
import os
import subprocess
import sys

import kernel
import numpy as np
import pytest

from helpers import course, show


@pytest.fixture
def log(tmp_path, monkeypatch):
    """A log of predictions of its own."""
    file = tmp_path / "log.json"
    monkeypatch.setenv("ROUGH_SEAS_LOG", str(file))
    return file


def said(capsys, call, *args, **kwargs):
    call(*args, **kwargs)
    return capsys.readouterr().out


def test_a_claim_that_holds_is_printed_with_what_was_measured(capsys):
    told = said(capsys, course.claim, "The gain is above a tenth.", 0.2 > 0.1, 0.2)
    assert told == "✔ The gain is above a tenth. (measured: 0.200)\n"
    told = said(capsys, course.claim, "The gain is above a tenth.", np.bool_(True), (0.2, 3))
    assert told.endswith("(measured: 0.200, 3)\n")
    told = said(capsys, course.claim, "It is what they found.", True, 0.5, source="Chen, 2023")
    assert told.endswith("(published: Chen, 2023; here: 0.500)\n")


def test_a_claim_shows_as_many_digits_as_are_asked_for(capsys):
    course.claim("A third is less than a half.", 1 / 3 < 1 / 2, (1 / 3, 1_557_611_200), digits=5)
    course.claim("A third is less than a half.", 1 / 3 < 1 / 2, 1 / 3, machine=True, digits=2)
    said = capsys.readouterr().out
    assert "(measured: 0.33333, 1,557,611,200)" in said and "(measured: ⟨0.33⟩)" in said


def test_a_claim_that_fails_stops_the_notebook_with_its_sentence(capsys):
    with pytest.raises(course.ClaimFailed, match="does not hold here: The gain.*0.05") as caught:
        course.claim("The gain is above a tenth.", 0.05 > 0.1, 0.05)
    assert isinstance(caught.value, AssertionError) and capsys.readouterr().out == ""
    with pytest.raises(course.ClaimFailed, match="published: Chen"):
        course.claim("It is what they found.", False, 0.5, source="Chen, 2023")


def test_ipython_shows_a_failed_claim_in_one_line():
    code = ("from IPython.core.interactiveshell import InteractiveShell as S; s = S(); "
            "s.run_cell('from helpers.course import claim'); "
            "s.run_cell('claim(\"The gain is above a tenth.\", .05 > .1, .05)')")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], cwd=kernel.ROOT, capture_output=True,
                          text=True, timeout=60)  # fmt: skip
    shown = (done.stdout + done.stderr).strip()
    assert shown.startswith("ClaimFailed: this does not hold here: The gain"), shown
    assert len(shown.splitlines()) == 1 and "Traceback" not in shown


def test_a_claim_about_the_machine_says_so_and_goes_on(capsys):
    told = said(capsys, course.claim, "The one is three times as fast.", False, 2.5, machine=True)
    assert told.startswith("✘ NOT on this machine: ") and "⟨2.50⟩" in told
    told = said(capsys, course.claim, "The one is three times as fast.", True, 3.5, machine=True)
    assert told == "✔ The one is three times as fast. (measured: ⟨3.50⟩)\n"


def test_an_open_prediction_is_no_prediction(log, capsys):
    for args in ((...,), ("higher",), (..., 0.7)):
        assert said(capsys, course.predict, "1-4.1", *args).startswith("▢ 1-4.1: no prediction yet")
    assert not log.exists()
    assert said(capsys, course.settle, "1-4.1", "lower") == "1-4.1: the answer is 'lower'.\n"
    assert not log.exists() and len(course.predictions()) == 0


def test_a_prediction_is_kept_settled_and_replaced(log, capsys):
    assert "80% sure" in said(capsys, course.predict, "1-4.1", " higher ", 0.8)
    course.predict("0.2", "the same", 1)
    assert "came true" in said(capsys, course.settle, "1-4.1", "Higher")
    assert "not this time" in said(capsys, course.settle, "0.2", "lower")
    table = course.predictions()
    assert table["question"].tolist() == ["0.2", "1-4.1"]
    assert table["came true"].tolist() == ["no", "yes"] and table["sure"].tolist() == [1.0, 0.8]
    course.predict("1-4.1", "lower", 0.6)  # another guess: it is open again
    assert course.predictions()["came true"].tolist() == ["no", "-"]
    assert course.predictions()["answer"].tolist() == ["lower", "not settled yet"]
    assert json.loads(log.read_text("utf-8"))["1-4.1"]["says"] == "lower"
    assert not list(log.parent.glob("*.part"))


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"1-4.1": 3}', '{"1-4.1": {"says": "x"}}'])
def test_a_broken_log_is_refused_and_left_as_it_is(log, text):
    log.write_text(text, "utf-8")
    for call in (
        course.predictions, course.calibration_of_predictions,
        lambda: course.predict("1-4.1", "higher", 0.7), lambda: course.settle("1-4.1", "higher"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="log.json cannot be read"):
            call()
    assert log.read_text("utf-8") == text


def test_the_log_stands_beside_the_notebooks(tmp_path, monkeypatch):
    monkeypatch.delenv("ROUGH_SEAS_LOG", raising=False)
    inside = tmp_path / "notebooks" / "1_metrics"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    course.predict("1-4.1", "higher", 0.7)
    (made,) = tmp_path.rglob("*.json")
    assert made.parent == tmp_path / "notebooks"
    ignored = (kernel.ROOT / ".gitignore").read_text("utf-8").split()
    assert made.name in ignored or "*.json" in ignored, "a learner's log must never be committed"


def test_calibration_waits_for_enough_predictions(log, capsys):
    for k in range(course.ENOUGH - 1):
        course.predict(f"1-4.{k + 1}", "higher", 0.7)
        course.settle(f"1-4.{k + 1}", "higher")
    course.predict("1-4.99", "higher", 0.7)  # open: it doesn't count
    capsys.readouterr()
    assert course.calibration_of_predictions() is None
    assert "You have ⟨7⟩ settled predictions; ⟨1⟩ more" in capsys.readouterr().out


def test_calibration_is_the_brier_score_of_the_log(log, capsys, monkeypatch):
    sure = [0.6, 0.6, 0.7, 0.9, 0.9, 0.9, 1.0, 0.5, 0.8]
    hits = [1, 0, 1, 1, 1, 0, 1, 0, 1]
    for k, (s, hit) in enumerate(zip(sure, hits, strict=True), 1):
        course.predict(f"1-1.{k}", "higher", s)
        course.settle(f"1-1.{k}", "higher" if hit else "lower")
    drawn = []
    monkeypatch.setattr(show, "figure", lambda fig, alt: drawn.append(alt))
    capsys.readouterr()
    table = course.calibration_of_predictions()
    brier = np.mean((np.array(sure) - hits) ** 2)
    assert f"⟨{show.value(float(brier))}⟩" in capsys.readouterr().out
    assert table["predictions"].tolist() == ["⟨1⟩", "⟨2⟩", "⟨1⟩", "⟨1⟩", "⟨3⟩", "⟨1⟩"]
    assert len(table) == 6 and "⟨9⟩ settled predictions ⟨6⟩ came true" in drawn[0]


def test_a_start_seeds_everything_and_names_the_machine_in_brackets(capsys):
    import random

    import matplotlib as mpl
    import torch

    with mpl.rc_context():
        draws = []
        for _ in range(2):
            told = said(capsys, course.start, "1-4")
            draws.append((random.random(), np.random.rand(), float(torch.rand(1))))  # noqa: NPY002
    assert draws[0] == draws[1]
    first, second = told.splitlines()
    assert first.startswith("Rough Seas 1-4, running on ⟨") and first.endswith("⟩")
    assert second.startswith("⟨numpy ") and second.endswith("⟩") and "torch" in second


def test_a_start_lets_idle_threads_sleep_unless_told_otherwise(monkeypatch, capsys):
    import matplotlib as mpl

    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    with mpl.rc_context():
        course.start("1-4")
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
    monkeypatch.delenv("OMP_WAIT_POLICY")
    with mpl.rc_context():
        course.start("1-4")
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"


def test_a_broken_log_gives_no_answer_away(log, capsys):
    log.write_text("{", "utf-8")
    with pytest.raises(ValueError, match="cannot be read"):
        course.settle("1-4.1", "rises")
    assert capsys.readouterr().out == ""
