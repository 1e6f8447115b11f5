"""Numbers, tables and figures as a reader sees them, and as nbval compares them."""

import base64
import io

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import show

ALT = "Two dots with intervals; the left one, 0.5, is higher than the right one, 0.25."


@pytest.mark.parametrize(
    ("x", "shown"),
    [
        (0.123456, "0.123"), (59129, "59,129"), (0, "0"), (0.0, "0.000"), (1.0, "1.00"),
        (-0.5, "-0.500"), (12345.678, "12,346"), (1.5e12, "1.50e+12"), (1e-7, "1.00e-07"),
        (np.float64(0.25), "0.250"), (np.int64(7), "7"), (True, "True"), ("text", "text"),
        (float("nan"), "nan"), (float("inf"), "inf"), (None, "None"),
        (torch.tensor(0.5), "0.500"), (show.NotMeasured("no GPU"), "⟨not measured: no GPU⟩"),
    ],
)  # fmt: skip
def test_a_number_is_shown_with_three_digits(x, shown):
    assert show.value(x) == shown


@given(st.floats(1e-3, 1e8), st.integers(2, 6))
@settings(max_examples=60, deadline=None)
def test_what_is_shown_is_the_number_to_so_many_digits(x, digits):
    back = float(show.value(x, digits).replace(",", ""))
    assert abs(back - x) <= 0.51 * 10 ** (1 - digits) * abs(x) * 1.02 + 1e-12
    assert "e" not in show.value(x, digits)


@pytest.mark.parametrize(
    ("x", "unit", "shown"),
    [
        (0.00187, "s", "⟨1.87 ms⟩"), (2.0, "s", "⟨2.00 s⟩"), (3e-6, "s", "⟨3.00 µs⟩"),
        (4e-9, "s", "⟨4.00 ns⟩"), (0.0, "s", "⟨0.000 ns⟩"), (2, "cores", "⟨2 cores⟩"),
        ("CPU", "", "⟨CPU⟩"), (show.NotMeasured("no GPU"), "s", "⟨not measured: no GPU⟩"),
        (np.float64(0.5), "MB", "⟨0.500 MB⟩"),
    ],
)  # fmt: skip
def test_a_figure_of_the_machine_stands_in_brackets(x, unit, shown):
    assert show.machine(x, unit) == shown


def test_not_measured_never_becomes_a_number():
    nothing = show.NotMeasured("no counter on this machine")
    assert repr(nothing) == "⟨not measured: no counter on this machine⟩"
    with pytest.raises(ValueError, match="no counter"):
        float(nothing)
    with pytest.raises(TypeError):
        nothing + 1
    assert nothing == show.NotMeasured("no counter on this machine")


def test_a_table_is_text_that_looks_the_same_everywhere():
    frame = pd.DataFrame({"n": [1200, 7], "rate": [0.12345, np.nan], "ms": [1.5, 20.25],
                          "who": ["a", None]}, index=["x", "y"])  # fmt: skip
    before = frame.copy()
    out = show.table(frame, machine=("ms",))
    assert out.loc["x"].tolist() == ["1,200", "0.123", "⟨1.500⟩", "a"]
    assert out.loc["y"].tolist() == ["7", "-", "⟨20.250⟩", "-"]
    assert show.table(frame, digits=1).loc["x", "rate"] == "0.1"
    pd.testing.assert_frame_equal(frame, before)
    assert show.table(frame["rate"]).columns.tolist() == ["rate"]
    assert show.table(frame, machine="ms").loc["x", "ms"] == "⟨1.500⟩"
    missing = show.NotMeasured("no GPU")
    assert show.table(pd.DataFrame({"w": [missing]})).loc[0, "w"] == repr(missing)


def test_the_palette_can_be_told_apart_by_lightness_or_hue():
    from matplotlib.colors import to_rgb

    colours = [np.array(to_rgb(c)) for c in show.PALETTE.values()]
    apart = [np.abs(a - b).sum() for i, a in enumerate(colours) for b in colours[:i]]
    assert min(apart) > 0.25 and len(set(show.PALETTE.values())) == len(show.PALETTE)
    assert len(set(show.MARKERS)) == len(show.MARKERS) and len(set(show.LINES)) == 4


@pytest.fixture
def shown(monkeypatch):
    """What a front end would get."""
    got = []
    import IPython.display

    monkeypatch.setattr(IPython.display, "display", lambda data, **k: got.append((data, k)))
    return got


def test_a_figure_says_what_it_shows_three_times(shown, capsys):
    fig, ax = plt.subplots()
    show.intervals(ax, [0, 1], [0.5, 0.25], [0.4, 0.2], [0.6, 0.3])
    show.figure(fig, alt=f"  {ALT}\n ")
    (data, options), = shown
    assert data["text/plain"] == f"Figure: {ALT}"
    assert options["metadata"] == {"image/png": {"alt": ALT}} and options["raw"] is True
    assert capsys.readouterr().out == f"Figure: {ALT}\n"
    assert data["image/png"].startswith(b"\x89PNG") and b"Software" not in data["image/png"]
    assert not plt.fignum_exists(fig.number)


def test_the_same_figure_gives_the_same_bytes(shown):
    for _ in range(2):
        fig, ax = plt.subplots()
        ax.plot([1, 2])
        show.figure(ax, alt=ALT)
    assert shown[0][0]["image/png"] == shown[1][0]["image/png"]
    from PIL import Image

    size = Image.open(io.BytesIO(shown[0][0]["image/png"])).size
    assert base64.b64encode(shown[0][0]["image/png"]) and size[0] > 300


def test_intervals_draw_what_they_were_given():
    for horizontal in (False, True):
        fig, ax = plt.subplots()
        show.intervals(ax, [0, 1], [0.5, 0.25], [0.4, 0.2], [0.6, 0.3], horizontal=horizontal,
                       label="rate", colour="orange", marker="s", hollow=True)  # fmt: skip
        line, bars = ax.lines[0], ax.collections[0]
        x, y = (line.get_ydata(), line.get_xdata()) if horizontal else line.get_data()
        assert list(x) == [0, 1] and list(y) == [0.5, 0.25] and line.get_label() == "rate"
        ends = np.array(bars.get_segments())[:, :, 0 if horizontal else 1]
        assert ends.tolist() == [[0.4, 0.6], [0.2, 0.3]]
        assert line.get_marker() == "s" and line.get_markerfacecolor() == "white"
        plt.close(fig)


def test_the_style_is_set_for_every_figure():
    import matplotlib as mpl

    with mpl.rc_context():
        show.style()
        assert mpl.rcParams["axes.prop_cycle"].by_key()["color"][0] == show.PALETTE["blue"]
        assert mpl.rcParams["figure.dpi"] == 100 and not mpl.rcParams["axes.spines.top"]


def test_a_table_without_decimals_keeps_whole_numbers_and_words():
    frame = pd.DataFrame({"n": [1200], "who": ["a"], "share": [12.7]})
    assert show.table(frame, digits=0).iloc[0].tolist() == ["1,200", "a", "13"]
