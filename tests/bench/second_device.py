"""Measured: an accelerator that is not the current one, timed by torch's own Timer and by ours.

    python tests/bench/second_device.py

Needs Linux and a C++ compiler (`c++`, or what CXX names), and up to half a minute to compile. Two
pretend devices are registered with torch (`second_device.cpp`); the work of 2 ms is queued on the
second while the first is current. The devices are pretended; torch.Event, torch.accelerator and
the clock are real.
"""

import ctypes
import os
import pathlib
import subprocess
import sys
import tempfile
import types

import torch

from helpers import timing

HERE = pathlib.Path(__file__).parent
WORK = 2e-3


def build(folder):
    root = pathlib.Path(torch.__file__).parent
    target = pathlib.Path(folder) / "second_device.so"
    subprocess.run(
        [os.environ.get("CXX", "c++"), "-std=c++20", "-O1", "-shared", "-fPIC",
         f"-D_GLIBCXX_USE_CXX11_ABI={int(torch.compiled_with_cxx11_abi())}",
         f"-I{root / 'include'}", str(HERE / "second_device.cpp"), "-o", str(target),
         f"-L{root / 'lib'}", "-lc10", "-ltorch_cpu"], check=True)  # fmt: skip
    return ctypes.CDLL(str(target))


def register(library):
    torch.utils.rename_privateuse1_backend("pretend")
    module = types.ModuleType("torch.pretend")
    module.is_available = lambda: True
    module.device_count = lambda: 2
    module.current_device = torch.accelerator.current_device_index
    module._is_in_bad_fork = lambda: False
    torch._register_device_module("pretend", module)
    library.install()
    library.enqueue.argtypes = [ctypes.c_int, ctypes.c_double]


def main():
    with tempfile.TemporaryDirectory() as folder:
        library = build(folder)
        register(library)
        current = torch.accelerator.current_device_index()
        print(f"accelerator {torch.accelerator.current_accelerator()}, current index {current}")

        def work(device):
            library.enqueue(device, WORK)

        for index in (0, 1):
            ours = timing.measure(lambda i=index: work(i), device=f"pretend:{index}", budget=0.5)
            theirs = their_timer(lambda i=index: work(i))
            print(f"2 ms of work on device {index}: measure {ours.median * 1e3:.4f} ms "
                  f"({ours.verdict}); torch's Timer {theirs * 1e3:.4f} ms")  # fmt: skip
        assert torch.accelerator.current_device_index() == current
        assert abs(ours.median / WORK - 1) < 0.25, ours


def their_timer(fn):
    """torch's Timer with the clock that it takes where an accelerator is present."""
    from torch.utils.benchmark import Timer
    from torch.utils.benchmark.utils import timer as clocks

    made = Timer("fn()", globals={"fn": fn}, timer=clocks.timer)
    return made.blocked_autorange(min_run_time=0.3).median


if __name__ == "__main__":
    sys.exit(main())
