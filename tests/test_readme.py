"""The README tells the truth: its commands exist, and its error messages are the real ones."""

from __future__ import annotations

import re

import kernel
import pytest

README = (kernel.ROOT / "README.md").read_text("utf-8")
START = (kernel.ROOT / "start.py").read_text("utf-8")
SENTENCES = re.sub(r'"\s*\n\s*f?"', "", START)  # sentences that are written over several lines


def messages() -> list[str]:
    """What the table *When set-up fails* quotes, in the order of its rows."""
    table = README.partition("| The message says |")[2].partition("\n\n")[0]
    cells = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    return [quoted for cell in cells for quoted in re.findall(r"`([^`]+)`", cell)]


def test_the_table_of_messages_is_found():
    assert len(messages()) >= 10


@pytest.mark.parametrize("words", messages())
def test_every_message_is_one_that_is_really_given(words):
    given_by_python = words == "No module named 'helpers'"
    assert given_by_python or words in SENTENCES


def test_every_command_is_one_of_start():
    named = set(re.findall(r"python[\d.]* start\.py (\w+)", README))
    assert {"lab", "test", "refresh"} <= named <= {"lab", "test", "refresh", "publish"}
    for command in named:
        assert re.search(rf"^  python start\.py {command}", START, re.M)


def test_every_file_it_names_is_there():
    for name in re.findall(r"`((?:notebooks|datasets|helpers|tests)/[\w./-]+)`", README):
        assert (kernel.ROOT / name).exists(), name
