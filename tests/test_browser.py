"""A learner's own way: each notebook opened in a real JupyterLab in a real browser, all cells run.

    pytest -m browser

With ROUGH_SEAS_PART=timed only the notebooks that use `helpers.timing` are run, with "others" the
rest: these do not mind company, so `.ci/run` runs them two at a time (with pytest-xdist).

Needs JupyterLab, the package playwright and a Chromium (its path in ROUGH_SEAS_CHROMIUM, or one
that is installed); nothing is downloaded. A copy of the course is opened, with the outputs taken
out; what counts is the file that JupyterLab saves, for the page keeps far cells out of its DOM.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import kernel
import nbformat
import pytest
import refresh

pytestmark = pytest.mark.browser

WAIT = 300  # seconds for all cells of a notebook
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--disable-background-networking"]  # fmt: skip
IDLE = """() => {
    const bar = document.querySelector('#jp-main-statusbar')?.innerText ?? '';
    return /\\| Idle\\s*$/m.test(bar) && !/No Kernel/.test(bar);
}"""


def chromium() -> str | None:
    """A browser of this machine."""
    named = os.environ.get("ROUGH_SEAS_CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return named or next((found for n in names if (found := shutil.which(n))), None)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of the course to open, without stored outputs."""
    folder = tmp_path_factory.mktemp("browser")
    leave = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", ".git", ".venv")
    for name in ("notebooks", "helpers", "datasets"):
        shutil.copytree(kernel.ROOT / name, folder / "course" / name, ignore=leave)
    for path in (folder / "course" / "notebooks").rglob("*.ipynb"):
        book = nbformat.read(path, as_version=4)
        for cell in (c for c in book.cells if c.cell_type == "code"):
            cell.outputs, cell.execution_count = [], None
        nbformat.write(book, path)
    return folder


@pytest.fixture(scope="module")
def lab(course):
    """JupyterLab on the copy, with settings of its own; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = {"apputils-extension/notification": '{"fetchNews": "false"}',
                "notebook-extension/tracker": '{"scrollPastEnd": false}'}  # fmt: skip
    for plugin, setting in settings.items():
        file = course / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(setting, "utf-8")
    env = kernel.environment(course) | {
        "JUPYTERLAB_SETTINGS_DIR": str(course / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(course / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(course / "config"), "JUPYTER_DATA_DIR": str(course / "data"),
        "JUPYTER_RUNTIME_DIR": str(course / "runtime"), "HOME": str(course),
        "PYTHONPATH": os.pathsep.join([str(kernel.OFFLINE), str(course / "course")]),
    }  # fmt: skip
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
               "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0",
               "--IdentityProvider.token=", f"--ServerApp.root_dir={course / 'course'}",
               "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]  # fmt: skip
    with open(course / "server.log", "wb") as log:
        server = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield _answers(server, f"http://127.0.0.1:{port}", course / "server.log")
        finally:
            server.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(20)
            server.kill()


def _answers(server: subprocess.Popen, address: str, log) -> str:
    for _ in range(300):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{address}/api/status", timeout=2)
            return address
        assert server.poll() is None, log.read_text("utf-8")[-2000:]
        time.sleep(0.2)
    pytest.fail("JupyterLab didn't answer within a minute")


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
    if chromium() is None:
        pytest.skip("needs a Chromium: put its path into ROUGH_SEAS_CHROMIUM")
    with playwright.sync_playwright() as p:
        opened = p.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield opened
        opened.close()


def run_all(page, address: str, name: str) -> None:
    """Open a notebook, run all cells, wait until it is quiet, save."""
    page.goto(f"{address}/lab/tree/{name}?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_function(IDLE, timeout=60_000)  # before that there is no kernel to run anything
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    quiet, until = 0, time.monotonic() + WAIT
    while quiet < 4 and time.monotonic() < until:
        page.wait_for_timeout(500)
        waiting = page.locator(".jp-InputPrompt", has_text="[*]").count()
        quiet = quiet + 1 if page.evaluate(IDLE) and not waiting else 0
    page.locator('.jp-NotebookPanel-toolbar [data-command="docmanager:save"]').first.click()
    page.wait_for_timeout(1500)


def part(wanted: str, books: list) -> list:
    """The notebooks of a part: "all", "timed", or "others", which are those that time nothing."""
    if wanted not in ("all", "timed", "others"):
        raise ValueError(f"ROUGH_SEAS_PART is {wanted!r}: use all, timed or others")
    return [b for b in books if wanted == "all" or kernel.times(b) == (wanted == "timed")]


CHOSEN = part(os.environ.get("ROUGH_SEAS_PART", "all"), kernel.notebooks())


@pytest.mark.parametrize("path", CHOSEN, ids=kernel.id_of)
def test_a_notebook_runs_in_jupyterlab(path, course, lab, browser):
    name = path.relative_to(kernel.ROOT).as_posix()
    page, broken = browser.new_page(viewport={"width": 1400, "height": 1000}), []
    page.on("pageerror", lambda error: broken.append(str(error)))
    run_all(page, lab, name)
    pictures = page.locator(".jp-RenderedImage img").count()
    page.close()
    saved = nbformat.read(course / "course" / name, as_version=4)
    cells = [c for c in saved.cells if c.cell_type == "code"]
    assert [c.execution_count for c in cells] == list(range(1, len(cells) + 1))
    assert not [c.source for c in cells for o in c.outputs if o.output_type == "error"]
    assert not broken and pictures > 0
    stored = refresh.essence(_texts(nbformat.read(path, as_version=4)))
    here = refresh.essence(_texts(saved))
    assert not [a[1] for a, b in zip(here, stored, strict=True) if a != b], "other outputs"


def _texts(book: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook without pictures and without what one front end adds."""
    book = refresh.normalise(book)
    for output in (o for c in book.cells for o in c.get("outputs", [])):
        output.get("data", {}).pop("image/png", None)
        output.pop("metadata", None)
    return book
