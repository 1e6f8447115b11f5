"""Bad input gets one sentence: what is wrong with which argument, and what to do.

The cases stand in `tests/bad`, one file a module: name, what is bad, the call, what must be said.
"""

import dataclasses
import importlib.util
import inspect
import operator
import re
import types

import kernel
import pytest

import helpers

BAD = kernel.ROOT / "tests" / "bad"
FEWEST = 2  # bad cases for each function


def _cases(module: str) -> list[tuple]:
    spec = importlib.util.spec_from_file_location(f"bad_{module}", BAD / f"{module}.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded.CASES


FILES = sorted(file.stem for file in BAD.glob("*.py"))
CASES = [case for module in FILES for case in _cases(module)]


def refusal(call) -> str:
    """The sentence with which a call is refused; anything else fails."""
    with pytest.raises(ValueError) as caught:
        call()
    assert type(caught.value) is ValueError, f"a {type(caught.value).__name__}, no plain ValueError"
    return str(caught.value)


def faults(sentence: str) -> list[str]:
    """What keeps a message from being one good sentence."""
    found = []
    if "\n" in sentence:
        found.append("more than one line")
    if re.search(r"[.!?]\s+[A-Z]", sentence.rstrip()):
        found.append("more than one sentence")
    if not 15 <= len(sentence) < 300:
        found.append(f"{len(sentence)} characters")
    if re.search(r"object at 0x|<function|<class|dtype\(|np\.(float|int|bool)", sentence):
        found.append("a repr that only a programmer of the package can read")
    return found


@pytest.mark.parametrize(("name", "what", "call", "says"), CASES,
                         ids=[f"{name}: {what}" for name, what, *_ in CASES])  # fmt: skip
def test_bad_input_gets_one_sentence(name, what, call, says, capfd):
    sentence = refusal(call)
    assert re.search(says, sentence), f"{sentence!r} does not say {says!r}"
    assert faults(sentence) == [], sentence
    assert capfd.readouterr().out == "", "something was printed before the refusal"


def public(module) -> list[str]:
    """The names of a module that take arguments from its users."""
    out = []
    for name in module.__all__:
        thing = getattr(module, name)
        if isinstance(thing, type) and (
            issubclass(thing, BaseException)
            or (dataclasses.is_dataclass(thing) and not hasattr(thing, "__post_init__"))
        ):
            continue  # raised or returned by the module, not made by its users
        if callable(thing) and inspect.signature(thing).parameters:
            out.append(name)
    return out


@pytest.mark.parametrize("module", helpers.__all__)
def test_every_public_function_has_bad_cases(module):
    names = [case[0] for case in CASES]
    lacking = {name: names.count(f"{module}.{name}") for name in public(getattr(helpers, module))
               if names.count(f"{module}.{name}") < FEWEST}  # fmt: skip
    assert not lacking, f"fewer than {FEWEST} bad cases: {lacking}"


def test_every_case_is_filed_under_its_module_and_names_something_public():
    for module in FILES:
        for name, *_ in _cases(module):
            head, _, function = name.partition(".")
            assert head == module, name
            assert callable(operator.attrgetter(function)(getattr(helpers, module))), name


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [("y: is empty; pass at least one row.", None), ("Bad. Very bad indeed.", "more than one sent"),
     ("two\nlines of it here", "more than one line"), ("no", "2 characters"),
     ("x: found <function f>; pass a number.", "a repr"), ("x" * 300, "300 characters")],
)  # fmt: skip
def test_what_is_not_a_good_sentence_is_seen(sentence, fault):
    found = faults(sentence)
    assert (found == []) if fault is None else any(fault in f for f in found)


def test_what_is_not_refused_plainly_is_seen():
    for call in (lambda: 1, lambda: float("x" * 3).bit, lambda: [][1]):
        with pytest.raises(BaseException):  # noqa: B017 (pytest's own failure, or the wrong error)
            assert refusal(call) and isinstance(call, types.LambdaType) and call() is None


def test_a_function_without_cases_is_seen():
    module = types.SimpleNamespace(__all__=["f", "g", "E", "R"], f=lambda x: x, g=lambda: 1,
                                   E=type("E", (ValueError,), {}),
                                   R=dataclasses.make_dataclass("R", ["a"]))  # fmt: skip
    assert public(module) == ["f"]
