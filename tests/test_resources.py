"""`resources`: what is read agrees with what is known, and what cannot be read is said so."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from helpers import _clock, _meters, resources, show


class Fake(_clock.Host):
    """A host whose stopwatch moves only when a function says so."""

    def __init__(self):
        self.time = 0.0

    def now(self):
        return self.time

    mark = now


# --- the machine ------------------------------------------------------------------------------


def test_device_is_torchs():
    import torch

    found = resources.device()
    assert isinstance(found, torch.device)
    assert torch.ones(2, device=found).device == found
    assert (found.type == "cpu") == (_clock.accelerator() is None)


def test_device_with_an_older_torch(monkeypatch):
    import torch

    monkeypatch.delattr(torch, "accelerator", raising=False)
    assert resources.device() == torch.device("cpu")


def test_environment():
    facts = resources.environment()
    assert facts.python == ".".join(map(str, sys.version_info[:3]))
    assert facts.packages["numpy"] == np.__version__
    assert facts.cores >= 1 and (facts.memory is None or facts.memory > 1e8)
    lines = repr(facts).splitlines()
    assert [line.split(":")[0] for line in lines] == ["machine", "device", "software"]
    assert all(line.split(": ", 1)[1].startswith("⟨") and line.endswith("⟩") for line in lines)
    assert facts.to_frame().loc["numpy", "value"] == np.__version__


def test_memory_limit_of_a_container_counts(monkeypatch, tmp_path):
    limit = tmp_path / "memory.max"
    limit.write_text("12345678")
    monkeypatch.setattr(
        resources, "Path", lambda p: limit if str(p).endswith("memory.max") else tmp_path / "none")
    assert resources._memory() == 12_345_678
    limit.write_text("max")
    assert resources._memory() > 12_345_678


# --- memory -----------------------------------------------------------------------------------


def test_peak_memory_of_known_arrays():
    small = resources.peak_memory(lambda: np.ones(100_000))
    large = resources.peak_memory(lambda: np.ones(25_000_000))
    assert 0.8e6 <= small.python < 0.9e6
    assert 200e6 <= large.python < 200.2e6
    if isinstance(large.process, int):  # too large for what the process had lying about already
        assert 190e6 < large.process < 260e6


def test_peak_memory_sees_what_is_given_back():
    kept = []

    def fn():
        kept.append(np.ones(500_000))  # 4 MB stay
        np.ones(2_000_000)  # 16 MB more at the worst moment

    used = resources.peak_memory(fn).python
    assert 20e6 <= used < 20.3e6


def test_peak_memory_leaves_things_as_they_were():
    import tracemalloc

    def fails():
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        resources.peak_memory(fails)
    assert not tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        assert resources.peak_memory(lambda: np.ones(100_000)).python >= 0.8e6
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


def test_peak_memory_by_sampling(monkeypatch):
    pytest.importorskip("psutil")
    import time

    monkeypatch.setattr(_meters._Resident, "_reset", staticmethod(lambda: False))

    def fn():
        block = np.ones(4_000_000)
        time.sleep(0.03)
        return block.sum()

    found = resources.peak_memory(fn)
    assert "sampled" in found.method
    assert found.process > 25e6


def test_peak_memory_without_any_ruler(monkeypatch):
    monkeypatch.setattr(_meters._Resident, "_reset", staticmethod(lambda: False))
    monkeypatch.setitem(sys.modules, "psutil", None)
    found = resources.peak_memory(lambda: np.ones(10))
    assert isinstance(found.process, show.NotMeasured)
    assert "⟨not measured" in repr(found)
    frame = found.to_frame()
    assert np.isnan(frame.loc["process", "bytes"]) and "psutil" in frame.loc["process", "note"]


@pytest.mark.gpu
def test_peak_memory_on_the_accelerator():
    import torch

    where = _clock.accelerator()
    if where is None:
        pytest.skip("torch sees no accelerator here")
    found = resources.peak_memory(lambda: torch.ones(4_000_000, device=where))
    assert isinstance(found.device, show.NotMeasured) or 16e6 <= found.device < 20e6


# --- energy -----------------------------------------------------------------------------------


@pytest.fixture
def meter(monkeypatch):
    """A fake stopwatch, and a counter that gains 50 J every second of it."""
    clock = Fake()
    monkeypatch.setattr(_clock, "of", lambda *_: clock)
    monkeypatch.setattr(_meters, "_counter", lambda: (lambda: 7.0 + 50 * clock.time, "a fake"))
    return clock


def test_energy_is_counted_over_calls(meter):
    def fn():
        meter.time += 0.01

    found = resources.energy(fn, budget=1)
    assert found.joules == pytest.approx(0.5) and found.watts == pytest.approx(50)
    assert found.calls == pytest.approx(100, abs=1)
    assert "a fake" in repr(found) and found.to_frame().loc[0, "calls"] == found.calls


def test_energy_counter_that_stands_still(meter, monkeypatch):
    monkeypatch.setattr(_meters, "_counter", lambda: (lambda: 7.0, "a stopped counter"))

    def fn():
        meter.time += 0.1

    found = resources.energy(fn, budget=1)
    assert isinstance(found, show.NotMeasured) and "did not move" in found.reason


def test_energy_from_rapl_files(monkeypatch, tmp_path):
    monkeypatch.setattr(_clock, "loaded_accelerator", lambda: None)
    monkeypatch.setattr(_meters, "RAPL", tmp_path)
    assert _meters._counter() == (None, "no energy counter of the processor on this system")
    # two processors, and a part of the first that must not be counted twice
    for name, value in (("intel-rapl:0", 3_000_000), ("intel-rapl:1", 2_000_000),
                        ("intel-rapl:0:0", 1_000_000)):  # fmt: skip
        (tmp_path / name).mkdir()
        (tmp_path / name / "energy_uj").write_text(str(value))
    read, source = _meters._counter()
    assert (read(), source) == (5.0, "RAPL")

    def denied(self, encoding=None):
        raise PermissionError

    monkeypatch.setattr(type(tmp_path), "read_text", denied)
    read, why = _meters._counter()
    assert read is None and "administrator" in why


def test_energy_of_an_accelerator(monkeypatch):
    torch = pytest.importorskip("torch")
    asked = []
    fake = SimpleNamespace(
        nvmlInit=lambda: None,
        nvmlDeviceGetHandleByUUID=lambda uuid: asked.append(uuid) or "card",
        nvmlDeviceGetTotalEnergyConsumption=lambda card: 12_000,
    )
    module = SimpleNamespace(get_device_properties=lambda d: SimpleNamespace(uuid=f"u{d.index}"))
    monkeypatch.setattr(_clock, "loaded_accelerator", lambda: torch.device("cuda", 1))
    monkeypatch.setattr(torch, "get_device_module", lambda d: module)
    monkeypatch.setitem(sys.modules, "pynvml", fake)
    read, source = _meters._counter()
    assert (read(), source, asked) == (12.0, "NVML, cuda:1", ["GPU-u1"])
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert _meters._counter() == (None, "nvidia-ml-py is not installed")


def test_energy_here_is_measured_or_says_why():
    found = resources.energy(lambda: sum(range(1000)), budget=0.5)
    if isinstance(found, show.NotMeasured):
        assert len(found.reason) > 10
    else:
        assert found.joules > 0


# --- arithmetic -------------------------------------------------------------------------------


@pytest.mark.parametrize("s", [32, 64])
def test_flops_of_a_transformer_block(s):
    """24 b s h^2 + 4 b s^2 h, exactly, forward; and about twice that backward."""
    import torch

    b, h, heads = 2, 16, 4
    w = [torch.randn(h, n * h, requires_grad=True) for n in (3, 1, 4)]
    back = torch.randn(4 * h, h, requires_grad=True)
    x = torch.randn(b, s, h, requires_grad=True)

    def block():
        q, k, v = (x @ w[0]).view(b, s, 3, heads, h // heads).permute(2, 0, 3, 1, 4)
        mixed = (q @ k.transpose(-1, -2)).softmax(-1) @ v
        return ((mixed.transpose(1, 2).reshape(b, s, h) @ w[1]) @ w[2]).relu() @ back

    forward = 24 * b * s * h**2 + 4 * b * s**2 * h
    assert resources.flops(block) == forward
    assert resources.flops(lambda: block().sum().backward()) == 3 * forward


def test_flops_that_cannot_be_seen():
    found = resources.flops(lambda: np.ones((8, 8)) @ np.ones((8, 8)))
    assert isinstance(found, show.NotMeasured)


def test_roofline_is_the_best_of_all_runs():
    roof = resources.roofline(0.1, sizes=(32, 64), copy_bytes=2**20)
    frame = roof.to_frame()
    assert list(frame.kind) == ["product", "product", "copy"]
    assert (frame.runs >= 3).all() and (frame.best >= frame["median"]).all()
    assert roof.peak == frame.best[:2].max() and roof.bandwidth == frame.best[2]
    assert roof.ridge == roof.peak / roof.bandwidth
    assert roof.attainable(roof.ridge) == pytest.approx(roof.peak)
    assert roof.attainable([1e-3, 1e9]) == pytest.approx([1e-3 * roof.bandwidth, roof.peak])
    assert repr(roof).count("⟨") == 4


def test_roofline_arithmetic_on_a_fake_clock(monkeypatch):
    """2 n^3 FLOPs and twice the bytes over the seconds: exact when every run takes 1 ms."""
    class Ticks(Fake):
        def elapsed(self, start, end):
            return 1e-3

        asynchronous = True

        def now(self):
            self.time += 1e-3
            return self.time

    roof = resources.roofline(0.01, device=Ticks(), sizes=(16, 8), copy_bytes=4096)
    assert roof.peak == pytest.approx(2 * 16**3 / 1e-3)
    assert roof.bandwidth == pytest.approx(2 * 4096 / 1e-3)


def test_roofline_plot():
    import matplotlib

    matplotlib.use("Agg", force=True)
    import matplotlib.pyplot as plt
    import pandas as pd

    roof = resources.Roofline("x", 100.0, 10.0, pd.DataFrame())
    ax = plt.subplots()[1]
    assert roof.plot(ax) is ax
    assert ax.lines[0].get_ydata().max() == 100 and ax.get_xscale() == "log"
    assert roof.ridge == 10
    plt.close("all")
