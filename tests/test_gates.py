"""Each gate accepts the good specimen and refuses every broken one that is meant for it."""

import gates
import pytest
import specimen

from start import setup_cell


def test_the_good_specimen_passes_every_gate():
    assert gates.refusals(specimen.good()) == []


@pytest.mark.parametrize(
    ("gate", "what", "change"), specimen.BROKEN, ids=[f"{g}: {w}" for g, w, _ in specimen.BROKEN]
)
def test_a_broken_notebook_is_refused(gate, what, change):
    told = getattr(gates, gate)(specimen.broken(change))
    assert told, f"the gate {gate!r} lets through: {what}"
    assert all(isinstance(t, str) and 10 < len(t) < 300 for t in told)


@pytest.mark.parametrize("tag", ["main", "v1.0"])
def test_a_published_notebook_passes(tag):
    def publish(book):
        book.code[0].source = setup_cell(specimen.ID, "ada/seas", tag)

    assert gates.refusals(specimen.broken(publish)) == []


def test_every_gate_has_a_notebook_that_it_refuses():
    assert {gate for gate, _, _ in specimen.BROKEN} == {g.__name__ for g in gates.GATES}


def prose(text: str, code: str = "", near: str = "") -> list[str]:
    book = specimen.broken(specimen.replace(specimen.NOTICE, text))
    if code:
        specimen.where(book, "from helpers").source += f"\n{code}"
    if near:
        specimen.emit(specimen.said(near))(book)
    return gates.prose(book)


@pytest.mark.parametrize(
    "text",
    [
        "accuracy is 0.83", "Accuracy is .83 here.", "It rises to 83 %.", "It rises to 83%.",
        "It rises by 83 percent.", "It falls by -0.83.", "Between 0.81 and 0.85.", "It is `0.83`.",
        "It is **0.83**, and that is much.", "From 0.81-0.85 it moves.", "It is 2.3x as fast.",
        "It costs 7.39 dollars a head.", "As 1-4 shows, it is 83 %.", "It is 12,345.6 in all.",
        "It was right for 83 % (see the table).", "In 2018 it was 0.83.", "| a | 0.83 |",
        "A 95 % interval: 0.81 to 0.85.", "By 4.5 percentage points.", "## Accuracy is 0.83",
    ],
)  # fmt: skip
def test_a_result_typed_into_the_prose_is_found(text):
    assert prose(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The 95 % interval is wide.", ""), ("It was 44.85 % (Angwin and others, 2016).", ""),
        ("At the threshold of .75 it turns.", "t = 0.75"), ("At 75 % it turns.", "t = 0.75"),
        ("It gains more than 15 %.", ""),  # the specimen's claim says gain > .15
        ("Notebook 1-4 says so; see 1-2 and 1-4.1.", ""), ("Python 3.11 and torch 2.6.", ""),
        ("About a quarter of 59,129 people.", ""), ("In 2018, 12 of 50.", ""),
        ("Licence CC BY 4.0.", ""), ("See [the table](https://example.org/1.5), 3.5 % there.", ""),
        ("Call `show.value(0.123)` for it.", ""), ("### 3 points to find", ""),
    ],
)  # fmt: skip
def test_what_is_no_result_may_stand(text, code):
    assert prose(text, code) == []


def test_a_number_beside_its_output_is_pointed_out():
    assert "an output beside it prints it" in prose("It is 0.83.", near="accuracy 0.83")[0]


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("took 1.87 ms", True), ("took ⟨1.87 ms⟩", False), ("2 GB", True), ("12.5µs", True),
        ("3 s", True), ("the over-70s", False), ("1990s", False), ("12 months", False),
        ("5 samples", False), ("1,024 MB of it", True), ("2e-3 s", True), ("40 ms/step", False),
    ],
)  # fmt: skip
def test_a_machine_number_is_found_outside_the_brackets(text, refused):
    book = specimen.broken(specimen.emit(specimen.said(text)))
    assert bool(gates.machine(book)) == refused
