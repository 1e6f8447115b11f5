"""The network is off: in this process, in the kernels, and in whatever they start."""

import socket
import subprocess
import sys
import urllib.request

import kernel
import pytest
import suite
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel

REACH = """
import socket, subprocess, sys, urllib.request
def reached(f, *args, **kwargs):
    try:
        f(*args, **kwargs)
    except OSError as error:
        return "without a network" in str(error)
    return "reached"
print(reached(socket.create_connection, ("192.0.2.1", 80), timeout=1),
      reached(socket.getaddrinfo, "example.org", 443),
      reached(socket.gethostbyname, "example.org"),
      reached(socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto, b"x", ("192.0.2.1", 53)),
      reached(urllib.request.urlopen, "https://example.org", timeout=1))
"""


@pytest.mark.parametrize(
    "reach",
    [
        lambda: socket.create_connection(("192.0.2.1", 80), timeout=1),
        lambda: socket.create_connection(("2001:db8::1", 80), timeout=1),
        lambda: socket.getaddrinfo("example.org", 443),
        lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)),
        lambda: urllib.request.urlopen("http://example.org", timeout=1),
    ],
)
def test_this_process_cannot_reach_the_network(reach):
    with pytest.raises(OSError, match="without a network"):
        reach()


def test_this_machine_itself_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname(), timeout=5) as client:
            client.sendall(b"x")
    assert socket.getaddrinfo("localhost", 80)


def test_a_program_that_is_started_cannot_reach_the_network():
    done = subprocess.run([sys.executable, "-c", REACH], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["True"] * 5, done.stderr


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kernel")
    with suite.environment_of(folder):
        running = RunningKernel(CURRENT_ENV_KERNEL_NAME, cwd=str(kernel.NOTEBOOKS))
    yield folder, running
    running.stop()


def says(running: RunningKernel, source: str) -> str:
    sent, said = running.execute_cell_input(source), []
    while True:
        message = running.get_message("iopub", timeout=60)
        if message["parent_header"].get("msg_id") == sent:
            content = message["content"]
            said.append(content.get("text", "") + "".join(content.get("traceback", [])))
            if content.get("execution_state") == "idle":
                return "".join(said).strip()


def test_a_kernel_cannot_reach_the_network(running):
    assert says(running[1], REACH).split() == ["True"] * 5


def test_what_a_kernel_starts_cannot_reach_it_either(running):
    child = f"out = subprocess.run([sys.executable, '-c', {REACH!r}], capture_output=True)"
    assert says(running[1], f"{child}; print(out.stdout.decode())").split() == ["True"] * 5


def test_a_kernel_never_touches_the_learners_own_files(running):
    folder, kernel_ = running
    says(kernel_, "from helpers import course; course.predict('0.1', 'higher', .7)")
    assert (folder / "predictions.json").exists()
    assert not list(kernel.NOTEBOOKS.rglob("my_predictions.json.part"))
    where = says(kernel_, "import IPython.paths, helpers; print(IPython.paths.get_ipython_dir())")
    assert str(folder) in where
    assert str(kernel.ROOT) in says(kernel_, "print(helpers.__file__)")


def test_a_semicolon_hides_a_value_and_underscore_works(running):
    assert says(running[1], "41;") == ""
    says(running[1], "6 * 7")
    assert says(running[1], "print(_)") == "42"
