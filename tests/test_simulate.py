"""`simulate`: the queue's arithmetic, exactly, and the traps that it stands for."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.simulate import SimulatedGPU


def test_the_asynchronous_trap():
    gpu = SimulatedGPU(launch=5e-6)
    begun = gpu.now()
    gpu.kernel(2e-3)
    assert gpu.now() - begun == 5e-6  # what a stopwatch without waiting shows
    gpu.synchronize()
    assert gpu.now() - begun == 2e-3
    gpu.synchronize()  # nothing left to wait for
    assert gpu.now() - begun == 2e-3


def test_reading_a_stamp_too_early_is_an_error():
    gpu = SimulatedGPU()
    start = gpu.mark()
    gpu.kernel(1e-3)
    end = gpu.mark()
    with pytest.raises(RuntimeError, match="synchronize"):
        gpu.elapsed(start, end)
    gpu.synchronize()
    assert gpu.elapsed(start, end) == pytest.approx(1e-3)


def test_start_up_is_paid_once():
    gpu = SimulatedGPU(launch=1e-5, start_up=0.25)
    gpu.kernel(1e-3)
    assert gpu.now() == pytest.approx(0.25 + 1e-5)
    gpu.kernel(1e-3)
    assert gpu.now() == pytest.approx(0.25 + 2e-5)
    assert (gpu.kernels, gpu.busy) == (2, 2e-3)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1e-2), st.floats(0, 1e-2)), min_size=1, max_size=30),
       st.floats(0, 1e-3))  # fmt: skip
def test_queue_laws(jobs, launch):
    """However work is handed over, the whole takes as long as the later of host and device."""
    gpu = SimulatedGPU(launch=launch)
    start = gpu.mark()
    for host, work in jobs:
        gpu.work(host)
        gpu.kernel(work)
    handed_over, end = gpu.now(), gpu.mark()
    gpu.synchronize()
    on_host = sum(host + launch for host, _ in jobs)
    on_device = sum(work for _, work in jobs)
    assert handed_over == pytest.approx(on_host)
    assert gpu.busy == pytest.approx(on_device)
    span = gpu.elapsed(start, end)
    assert max(on_host, on_device) - 1e-12 <= span <= on_host + on_device + 1e-12
    assert gpu.now() == pytest.approx(max(on_host, start.at + span))


def test_real_clock_waits():
    gpu = SimulatedGPU(launch=1e-4, clock="real")
    begun = time.perf_counter()
    start = gpu.mark()
    gpu.kernel(0.02)
    returned = time.perf_counter() - begun
    end = gpu.mark()
    gpu.synchronize()
    assert 1e-4 <= returned < 0.02 <= time.perf_counter() - begun
    assert 0.02 <= gpu.elapsed(start, end) < 0.021


def test_it_says_that_it_is_a_simulation():
    gpu = SimulatedGPU(launch=2e-6)
    assert repr(gpu) == "SimulatedGPU(launch=2e-06 s, virtual clock; a simulation)"
    assert gpu.simulated and "simulated" in gpu.name


def test_stamps_belong_to_their_device():
    one, two = SimulatedGPU(), SimulatedGPU()
    with pytest.raises(ValueError, match="another device"):
        one.elapsed(one.mark(), two.mark())
