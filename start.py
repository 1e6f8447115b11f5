"""Set up and start the course, on Linux, macOS and Windows. Needs Python alone.

  python start.py lab [--port 8899 ...]     make the environment, open JupyterLab on notebooks/
  python start.py test [-k words ...]       the same environment, then the tests (pytest)
  python start.py refresh [1-4 ...]         run notebooks again and store their outputs (none: all)
  python start.py publish OWNER/REPO [--tag TAG]   write the repository's address where it belongs

lab, test and refresh take --wheels DIR: install from a folder of wheels, without a network.
The first run downloads about 0.4 GB (with GPU builds of torch 3 GB); later ones take seconds.
"""

# Nothing in this file is newer than Python 3.6, so that an older one can still say what it lacks.
import argparse
import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import platform
import re
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "rough-seas.txt"
# What a fresh environment must be able to import, and what every start checks.
IMPORTS = (
    "numpy pandas scipy sklearn matplotlib seaborn torch shap fairlearn pyarrow optuna onnxruntime "
    "jupyterlab"
)
CHECK_DATA = "from helpers import data\nfor name in data.names(): data.load(name)"

# The set-up cell, the same in every notebook (NOTEBOOK stands for its id, as in 1-4). It binds
# `helpers`; a notebook's own imports (`from helpers import course, show`) come in a later cell.
# `publish` swaps its third line for the one with which Colab installs the course.
SETUP_CELL = """\
from importlib.util import find_spec  # set-up: the same in every notebook, safe to run twice
if "google.colab" in str(get_ipython()) and not find_spec("helpers"):
    raise SystemExit("To use Colab, upload helpers and datasets too, or publish it (README).")
import helpers  # not found? Then start JupyterLab by: python start.py lab
assert hasattr(helpers, "ROUGH_SEAS"), "Not ours: %pip uninstall -y helpers, then restart."
helpers.course.start("NOTEBOOK")"""


class Stop(Exception):
    """What went wrong and what to do, in one sentence for the person who typed the command."""


def misfit(version, bits, system, machine, release, folder):
    """Say in one sentence why this Python or computer cannot run the course; None: it can."""
    version, long = tuple(version[:2]), len(str(folder))
    found, py = "%d.%d" % version, "py -3.12" if system == "Windows" else "python3.12"
    mac, windows = system == "Darwin", system == "Windows"
    faults = [
        (not (3, 11) <= version <= (3, 13),
         f"The course needs Python 3.11, 3.12 or 3.13, not {found}: use `{py} start.py lab`."),
        (bits != 64,
         f"This Python {found} is a {bits} bit build: install the 64 bit one and use that."),
        (mac and machine == "x86_64",
         "There is no current torch for Intel Macs: use the course on Colab (see README.md); "
         "on a Mac with Apple silicon, use a Python built for arm64."),
        (mac and int((release or "14").split(".")[0]) < 14,
         f"torch needs macOS 14 or later, and this is {release}: update it, or use Colab."),
        (windows and long > 60,
         f"The path {folder} has {long} characters, and pip on Windows fails beyond 60: move the "
         "course to a shorter one, such as C:\\rough-seas."),
    ]  # fmt: skip
    return next((sentence for wrong, sentence in faults if wrong), None)


def check_machine():
    """Stop with a sentence where the course cannot run."""
    bits, release = 8 * struct.calcsize("P"), platform.mac_ver()[0]
    problem = misfit(sys.version_info, bits, platform.system(), platform.machine(), release, ROOT)
    if problem:
        raise Stop(problem)
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise Stop(
            "This Python cannot make environments: on Debian and Ubuntu `sudo apt install "
            f"python3.{sys.version_info[1]}-venv` adds what is missing, then run this again."
        )


@contextlib.contextmanager
def alone():
    """Hold a lock that the system lets go when this process ends, however it ends."""
    with open(str(ROOT / ".venv.lock"), "a") as handle:
        try:
            if os.name == "nt":
                import msvcrt

                msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            raise Stop(
                "Another start.py is setting up this folder: wait until it is done, then run this."
            ) from None
        yield


def stamps():
    """Return what the environment depends on: its place and Python, and what goes into it."""
    place = f"{sys.version_info[:3]} {ROOT}"
    files = [(ROOT / name).read_bytes() for name in ("requirements.txt", "pyproject.toml")]
    return [place, hashlib.sha256(b"\0".join(files)).hexdigest()]


def prepare(wheels=None):
    """Make the environment, or bring it up to date; the stamp is written last."""
    with alone():
        wanted = stamps()
        found = STAMP.read_text("utf-8").splitlines() if STAMP.is_file() else []
        if trouble("import helpers"):
            found = []  # no Python in there, or a broken one
        if found != wanted:
            if STAMP.exists():
                STAMP.unlink()
            if found[:1] != wanted[:1]:
                print("Making the environment .venv ...", flush=True)
                watch([sys.executable, "-m", "venv", "--clear", str(VENV)])
            install(wheels)
            STAMP.write_text("\n".join(wanted) + "\n", "utf-8")
        problem = trouble(CHECK_DATA)
        if problem and "datasets" in problem:
            raise Stop(f"The course's data are not as they should be: {problem}")
        if problem:
            STAMP.unlink()
            raise Stop(f"The environment is damaged ({problem}): run this again to rebuild it.")


def install(wheels):
    """Install the tested set, then the course itself, and see that all of it can be imported."""
    source = []
    if wheels:
        folder = Path(wheels).expanduser().resolve()
        if not any(folder.glob("*.whl")):
            raise Stop(f"--wheels {wheels} is no folder with wheels (*.whl): give the right one.")
        source = ["--no-index", "--find-links", str(folder)]
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"] + source
    print("Installing the packages (1 to 5 minutes, about 2 GB on disk) ...", flush=True)
    watch(pip + ["-r", str(ROOT / "requirements.txt")])
    print("Installing the course itself ...", flush=True)
    watch(pip + ["--no-deps", "--no-build-isolation", "-e", str(ROOT)])
    print("Checking what was installed ...", flush=True)
    problem = trouble("import helpers, " + IMPORTS.replace(" ", ", "))
    if problem:
        raise Stop(f"What was installed does not work ({problem}): run this again to rebuild it.")


def inside():
    """Return the surroundings for the environment's Python, without another Python's settings."""
    dropped = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__")
    kept = {key: value for key, value in os.environ.items() if key not in dropped}
    path = str(PYTHON.parent) + os.pathsep + os.environ.get("PATH", "")
    return dict(kept, PATH=path, VIRTUAL_ENV=str(VENV), PIP_USER="0")


def trouble(code):
    """Run code in the environment; return the last line of its complaint, or None."""
    try:
        done = subprocess.run(
            [str(PYTHON), "-c", code], cwd=str(VENV), env=inside(),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
    except OSError as error:
        return str(error)
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    if done.returncode:
        return re.sub(r"^\w+Error: ", "", (said or ["its Python ended without a word"])[-1])
    return None


def watch(command):
    """Run a command quietly but not silently; if it fails, show its last lines and say why."""
    lines, begun = [], time.time()
    process = subprocess.Popen(
        command, cwd=str(ROOT), env=inside(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )

    def collect():
        for line in process.stdout:
            lines.append(line.decode("utf-8", "replace").strip())

    reader = threading.Thread(target=collect, daemon=True)
    reader.start()
    try:
        while reader.is_alive():
            reader.join(10)
            doing = [line for line in lines if line and "WARNING" not in line][-1:] or [""]
            print(f"  {time.time() - begun:4.0f} s  {ascii(doing[0][:70])[1:-1]}", flush=True)
    except BaseException:
        process.kill()
        raise
    if process.wait():
        print("\n".join(lines[-15:]), file=sys.stderr)
        raise Stop(why(lines))


REASONS = [
    (r"No space left|Errno 28\b|not enough space|quota exceeded",
     "The disk is full: make about 3 GB free, then run this again."),
    (r"NewConnectionError|NameResolutionError|name resolution|getaddrinfo failed|ProxyError|"
     r"ConnectTimeout|ReadTimeout|timed out|Network is unreachable|ConnectionError|"
     r"Connection (reset|refused|aborted|broken)|SSLError|CERTIFICATE_VERIFY",
     "pip cannot reach the package index: check the network or proxy and run this again, or "
     "install from a folder of wheels with --wheels DIR."),
    (r"No matching distribution found for (?P<what>\S+)",
     "pip finds no wheel of {what} for this computer: check the network, or the folder that "
     "--wheels names, and run this again."),
    (r"PermissionError|Access is denied|Errno 13\b",
     "A file in .venv is in use or locked: close JupyterLab there and run this again."),
    (r"", "A step of the set-up failed (its last lines are above): run the same command again."),
]  # fmt: skip


def why(lines):
    """Tell from a failed program's words why it failed; one sentence."""
    text = "\n".join(lines)
    matches = ((re.search(pattern, text, re.I), sentence) for pattern, sentence in REASONS)
    return next(sentence.format(**match.groupdict()) for match, sentence in matches if match)


MARKS = ("<!-- colab -->", "<!-- /colab -->")
BADGE = "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"


def setup_cell(notebook, address=None, tag=None):
    """Return the set-up cell of a notebook (`"1-4"`), published at an address or not."""
    lines = SETUP_CELL.replace("NOTEBOOK", notebook).split("\n")
    if address:
        source = f"git+https://github.com/{address}@{tag or 'main'}"
        lines[2] = f'    %pip install -q "rough-seas @ {source}"'
    return "\n".join(lines)


def colab(path, address, tag=None):
    """Return the address at which Colab opens a notebook (`notebooks/...`, with slashes)."""
    return f"https://colab.research.google.com/github/{address}/blob/{tag or 'main'}/{path}"


def badge(path, address, tag=None):
    """Return the line under a notebook's title that opens it on Colab."""
    return f"{BADGE}({colab(path, address, tag)})"


def check_address(address, tag):
    """Stop unless GitHub would accept the address and git the tag."""
    if "://" in address or address.startswith(("git@", "github.com", "www.")):
        raise Stop(f"Give OWNER/REPO alone, not the whole address {address}.")
    owner = r"(?=[^/]{1,39}/)[A-Za-z0-9]+(-[A-Za-z0-9]+)*"
    repo = r"(?!\.{1,2}$)(?!.*\.git$)[A-Za-z0-9._-]{1,100}"
    if not re.fullmatch(owner + "/" + repo, address):
        raise Stop(f"{address!r} is no OWNER/REPO as GitHub has them (letters, digits, - _ .).")
    if tag is not None and not re.fullmatch(
        r"(?!.*(\.\.|//|/\.|\.lock(/|$)))[A-Za-z0-9][A-Za-z0-9._/+-]*(?<![./])", tag
    ):
        raise Stop(f"{tag!r} is no name for a git tag: use one such as v1.0.")


def publish(address, tag=None):
    """Write the address into every notebook, README.md and pyproject.toml."""
    check_address(address, tag)
    changed = 0
    paths = [p for p in sorted(ROOT.glob("notebooks/**/*.ipynb")) if p.parent.name[0] != "."]
    edits = {path: published_notebook(path, address, tag) for path in paths}
    edits[ROOT / "README.md"] = published_readme(paths, address, tag)
    edits[ROOT / "pyproject.toml"] = published_project(address)
    for path, text in edits.items():  # nothing is written before everything is worked out
        if path.read_bytes() != text.encode("utf-8"):
            path.write_bytes(text.encode("utf-8"))
            changed += 1
    print(f"Published as {address} ({tag or 'main'}): {changed} of {len(edits)} files changed.")


def published_notebook(path, address, tag):
    """Return a notebook's text with its badge under the title and its set-up line in place."""
    name = path.relative_to(ROOT).as_posix()
    try:
        notebook = json.loads(path.read_text("utf-8"))
        sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    except (ValueError, KeyError, TypeError):
        raise Stop(f"{name} is not a notebook that can be read: nothing was changed.") from None
    setup = re.compile(r'^helpers\.course\.start\("([^"]+)"\)$', re.M)
    places = [i for i, source in enumerate(sources) if setup.search(source)]
    if not sources or not sources[0].startswith("# ") or not places:
        raise Stop(f"{name} lacks its title (# ...) or its set-up cell: nothing was changed.")
    title, *rest = [line for line in sources[0].split("\n") if not line.startswith(BADGE)]
    below = "\n".join(rest).strip("\n")
    page = "\n\n".join([title, badge(name, address, tag)] + [below] * bool(below))
    cell = setup_cell(setup.search(sources[places[0]]).group(1), address, tag)
    notebook["cells"][0]["source"] = page.splitlines(True)
    notebook["cells"][places[0]]["source"] = cell.splitlines(True)
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def published_readme(paths, address, tag):
    """Return README.md with the links to Colab in the place marked for them, or under the title."""
    text = (ROOT / "README.md").read_text("utf-8")
    names = [path.relative_to(ROOT).as_posix() for path in paths]
    links = [f"[{Path(n).name.split('_')[0]}]({colab(n, address, tag)})" for n in names]
    block = (
        f"{MARKS[0]}\n{badge('notebooks/0_start_here.ipynb', address, tag)}\n\n"
        f"On Colab: {' · '.join(links)}. For your own machine: "
        f"`git clone https://github.com/{address}.git`.\n{MARKS[1]}"
    )
    if MARKS[0] in text and MARKS[1] in text:
        return text.split(MARKS[0], 1)[0] + block + text.split(MARKS[1], 1)[1]
    title, _, rest = text.partition("\n")
    return title + "\n\n" + block + "\n" + rest


def published_project(address):
    """Return pyproject.toml with the address in the one place that it has."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    line = f'Repository = "https://github.com/{address}"'
    text, count = re.subn(r"(?m)^(# )?Repository = .*$", lambda _: line, text)
    if count != 1:
        raise Stop("pyproject.toml needs one line `# Repository = ...` under [project.urls].")
    return text


def hand_over(words):
    """Run a program of the environment and return its exit code; Ctrl-C is the program's."""
    process = subprocess.Popen([str(PYTHON)] + words, cwd=str(ROOT), env=inside())
    while True:
        with contextlib.suppress(KeyboardInterrupt):
            return process.wait()


def main(words):
    """Do what the command says; return the exit code."""
    if not words or words[0] in ("-h", "--help", "help"):
        print(__doc__.strip())
        return 0
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--wheels")
    parser.add_argument("--tag")
    parser.error = lambda message: sys.exit(f"start.py: {message}.")
    options, rest = parser.parse_known_args(words[1:])
    if words[0] == "publish":
        if len(rest) != 1:
            raise Stop("Say where: python start.py publish OWNER/REPO [--tag TAG].")
        publish(rest[0], options.tag)
        return 0
    programs = {
        "lab": ["-m", "jupyterlab", "notebooks"],
        "test": ["-m", "pytest"] if rest else [str(ROOT / "tests" / "everything.py")],
        "refresh": [str(ROOT / "tests" / "refresh.py")],
    }
    if words[0] not in programs:
        raise Stop(f"There is no command {words[0]!r}: use lab, test, refresh or publish.")
    check_machine()
    prepare(options.wheels)
    return hand_over(programs[words[0]] + rest)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        sys.exit(str(stop))
    except KeyboardInterrupt:
        sys.exit("Interrupted: run the same command again to go on.")
    except OSError as error:
        full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None))
        sys.exit(why(["No space left"]) if full else f"The computer refused: {error}.")
