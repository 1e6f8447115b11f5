"""The one place that says no: what it takes, what it turns into, what it refuses."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import _check

NULLABLE = pd.array([1, 0, 1], dtype="Int64")


@pytest.mark.parametrize(
    "y",
    [[1, 0, 1], (1, 0, 1), np.array([1, 0, 1]), [True, False, True], [1.0, 0.0, 1.0], NULLABLE,
     pd.Series([1, 0, 1], index=[5, 6, 7]), pd.array([True, False, True], dtype="boolean"),
     torch.tensor([1, 0, 1]), torch.tensor([1.0, 0, 1], requires_grad=True),
     np.array([[1], [0], [1]]), pd.Series([1, 0, 1], dtype="category"),
     np.array([1, 0, 1], dtype=object), range(1, 2)],
)  # fmt: skip
def test_labels_of_every_kind_become_zeros_and_ones(y):
    out = _check.binary(y)
    assert out.dtype == np.int64 and out.tolist() == [1, 0, 1][: len(out)]


@pytest.mark.parametrize(
    ("y", "positive", "expected"),
    [(["no", "yes", "no"], "yes", [0, 1, 0]), ([1, 2, 2], 2, [0, 1, 1]), ([0, 1, 1], 0, [1, 0, 0]),
     (pd.Series(["a", "b"], dtype="string"), "a", [1, 0]), ([-1, 1], 1, [0, 1])],
)  # fmt: skip
def test_other_labels_need_to_be_told_which_counts(y, positive, expected):
    assert _check.binary(y, positive=positive).tolist() == expected


@pytest.mark.parametrize(
    ("y", "options", "says"),
    [
        ([], {}, "is empty"), (None, {}, "None"), ("yes", {}, "single str"), (1, {}, "single int"),
        ([1, 2], {}, r"labels 1, 2.*positive="), (["a", "b"], {}, "positive="),
        ([0, 1, 2], {}, "3 different"), ([0.2, 0.9, 0.4], {}, "looks like scores.*threshold"),
        ([0.2, 0.9], {}, "looks like scores"), ([0, np.nan, 1], {}, "1 missing"),
        ([0, None, 1], {}, "missing"), (pd.array([1, None], dtype="Int64"), {}, "missing"),
        ([[0, 1], [1, 0]], {}, "one column"), ([[0], [1, 0]], {}, "different lengths"),
        ([1, 1], {"both": True}, "one class only"), ([0, 1], {"positive": 2}, "not among"),
        ({0, 1}, {}, "no order"), (np.array(1), {}, "single"), ([np.inf, 0, 1], {}, "3 different"),
    ],
)  # fmt: skip
def test_what_is_no_label_is_refused(y, options, says):
    with pytest.raises(ValueError, match=says):
        _check.binary(y, **options)


def test_aligned_gives_arrays_in_order_and_lets_none_pass():
    a, b, c = _check.aligned(y=[1, 2], score=None, groups=pd.Series(["x", "y"]))
    assert a.tolist() == [1, 2] and b is None and c.tolist() == ["x", "y"]


def test_aligned_refuses_what_does_not_belong_together():
    frame = pd.DataFrame({"y": [0, 1, 1]})
    with pytest.raises(ValueError, match="y has 3, score has 2"):
        _check.aligned(y=[1, 0, 1], score=[0.1, 0.2])
    with pytest.raises(ValueError, match="y and yhat.*row labels"):
        _check.aligned(y=frame["y"], yhat=frame["y"].sample(frac=1, random_state=1))
    with pytest.raises(ValueError, match="y and z.*row labels"):
        _check.aligned(y=frame["y"], other=[1, 2, 3], z=frame["y"].set_axis([7, 8, 9]))
    assert _check.aligned(y=frame["y"], yhat=frame["y"].sample(frac=1).to_numpy())


@pytest.mark.parametrize(
    ("s", "says"),
    [([1.2, 0.5], "1.2"), ([-0.1], "-0.1"), ([50, 90], "50 to 90"), (["a"], "no numbers"),
     ([0.5, np.inf], "infinite"), ([0.5, np.nan], "missing"), ([], "empty")],
)  # fmt: skip
def test_scores_are_probabilities(s, says):
    with pytest.raises(ValueError, match=says):
        _check.scores(s)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
@settings(max_examples=30, deadline=None)
def test_probabilities_pass_unchanged(s):
    assert _check.scores(s).tolist() == s


@given(st.lists(st.sampled_from(["b", "a", "c", 1, 2]), min_size=1, max_size=40))
@settings(max_examples=30, deadline=None)
def test_groups_can_be_read_back(g):
    codes, labels = _check.groups(np.array(g, dtype=object))
    assert [labels[c] for c in codes] == g and len(set(labels)) == len(labels)


def test_groups_refuse_what_is_no_group():
    for bad, says in (([0.5, 1.25], "continuous"), (list(range(60)), "60 different"),
                      (["a", None], "missing"), ([], "empty")):  # fmt: skip
        with pytest.raises(ValueError, match=says):
            _check.groups(bad)
    assert _check.groups([1.0, 2.0, 1.0])[1] == [1.0, 2.0]
    assert len(_check.groups(list(range(60)), most=60)[1]) == 60


@pytest.mark.parametrize(
    ("x", "limits", "says"),
    [
        (True, {}, "True"), ("3", {}, "'3'"), (None, {}, "None"), (np.nan, {}, "nan"),
        (np.inf, {}, "inf"), (1j, {}, "1j"), (2.5, {"whole": True}, "whole"),
        (0, {"low": 1}, "at least 1"), (2, {"high": 1}, "at most 1"), ([1], {}, "finite"),
        (9, {"low": 1, "high": 5}, "at least 1 and at most 5"), (10**400, {}, "finite"),
    ],
    ids=lambda x: str(x)[:12],
)  # fmt: skip
def test_what_is_no_such_number_is_refused(x, limits, says):
    with pytest.raises(ValueError, match=says):
        _check.number(x, "n", **limits)


def test_numbers_come_back_as_plain_python():
    assert type(_check.number(np.float32(0.5), "n")) is float
    assert type(_check.number(np.int64(3), "n", whole=True)) is int
    assert _check.number(3.0, "n", whole=True, low=3, high=3) == 3


def test_tables_columns_choices_and_functions():
    frame = pd.DataFrame({"rate": [1.0]})
    assert _check.matrix(frame) is frame
    _check.columns(frame, ["rate"])
    assert _check.choice("up", "way", ["up", "down"]) == "up"
    assert _check.function(len, "f") is len
    for call, says in (
        (lambda: _check.matrix([1]), "list"), (lambda: _check.matrix(np.zeros(3)), r"\(3,\)"),
        (lambda: _check.matrix(np.zeros((0, 3))), "empty"), (lambda: _check.matrix("x"), "str"),
        (lambda: _check.columns(frame, ["rates"]), "did you mean 'rate'"),
        (lambda: _check.columns([1], ["rate"]), "DataFrame"),
        (lambda: _check.choice("dwon", "way", ["up", "down"]), "did you mean 'down'"),
        (lambda: _check.choice(None, "way", ["up"]), "None"),
        (lambda: _check.function(3, "f"), r"without \(\)"), (lambda: _check.seed(-1), "seed"),
        (lambda: _check.seed(1.5), "whole"), (lambda: _check.seed(None), "None"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=says):
            call()


def test_a_seed_gives_the_same_numbers_and_touches_no_global_generator():
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    assert _check.seed(3).random() == _check.seed(3).random()
    rng = np.random.default_rng(1)
    assert _check.seed(rng) is rng
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002


def test_a_million_rows_are_checked_in_a_moment():
    y = np.random.default_rng(0).integers(0, 2, 1_000_000)
    a, b = _check.aligned(y=y, yhat=y)
    assert len(_check.binary(a)) == len(b) == 1_000_000
