"""start.py: every sentence it can end with, and that the next run recovers. Nothing is installed.

The steps that would make an environment are replaced by a recorder; pip itself is called for real
only where its own words are what is tested (no network, no such wheel).
"""

import ast
import errno
import importlib.util
import os
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HERE = Path("C:/rough-seas")
FIT = {
    "version": (3, 12, 1), "bits": 64, "system": "Linux", "machine": "x86_64", "release": "",
    "folder": HERE,
}  # fmt: skip


def load(folder):
    """Load a copy of start.py that lies in another folder, so that nothing here is touched."""
    for name in ("start.py", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    spec = importlib.util.spec_from_file_location("start_copy", folder / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(folder, *words, before=""):
    """Run the copy as a program; `before` is code that changes the world first."""
    code = (
        f"import runpy, sys\nsys.argv = {['start.py', *words]!r}\n{before}\n"
        f"runpy.run_path({str(folder / 'start.py')!r}, run_name='__main__')"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder)


def is_one_sentence(text):
    """One line, no traceback, ends as a sentence does."""
    return text.count("\n") == 1 and "Traceback" not in text and text.endswith(".\n")


@pytest.fixture
def start(tmp_path):
    return load(tmp_path)


@pytest.fixture
def world(start, monkeypatch):
    """A world in which steps are recorded and can be told to fail, and Python can be broken."""
    world = types.SimpleNamespace(steps=[], fail=None, complaints={}, start=start)

    def watch(command):
        step = "venv" if "venv" in command else "packages" if "-r" in command else "course"
        world.steps.append(step)
        world.command = command
        if step == "venv":
            start.VENV.mkdir(exist_ok=True)
            start.STAMP.unlink(missing_ok=True)
        if step == world.fail:
            raise world.error

    monkeypatch.setattr(start, "watch", watch)
    monkeypatch.setattr(start, "trouble", lambda code: world.complaints.get(code))
    return world


def prepared(world, **options):
    """Run the set-up and return the steps that it took."""
    world.steps.clear()
    world.start.prepare(**options)
    return list(world.steps)


# ---- The machine


def test_a_fitting_machine_is_let_in(start):
    for minor in (11, 12, 13):
        for system, machine in (("Linux", "x86_64"), ("Darwin", "arm64"), ("Windows", "AMD64")):
            facts = FIT | {"version": (3, minor, 0), "system": system, "machine": machine}
            assert start.misfit(**facts) is None
    assert start.misfit(**FIT | {"system": "Darwin", "machine": "arm64", "release": "14.0"}) is None
    edge = Path("C:/" + "x" * 57)
    assert len(str(edge)) == 60
    assert start.misfit(**FIT | {"system": "Windows", "folder": edge}) is None
    assert start.misfit(**FIT | {"folder": Path("/" + "x" * 100)}) is None


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"version": (3, 10, 13)}, ["3.11, 3.12 or 3.13", "not 3.10", "python3.12 start.py"]),
        ({"version": (3, 14, 0)}, ["not 3.14"]),
        ({"version": (3, 9), "system": "Windows"}, ["not 3.9", "py -3.12 start.py"]),
        ({"bits": 32}, ["32 bit", "install the 64 bit"]),
        ({"system": "Darwin", "machine": "x86_64"}, ["Intel", "Colab"]),
        ({"system": "Darwin", "machine": "arm64", "release": "13.6.1"}, ["macOS 14", "13.6.1"]),
        ({"system": "Windows", "folder": Path("C:/" + "x" * 58)}, ["61 characters", "shorter"]),
    ],
)
def test_a_machine_that_does_not_fit_hears_why(start, facts, words):
    sentence = start.misfit(**FIT | facts)
    assert all(word in sentence for word in words), sentence
    assert is_one_sentence(sentence + "\n") and len(sentence) < 300


def test_an_old_python_gets_a_sentence_and_exit_code_1(tmp_path):
    load(tmp_path)
    done = run(tmp_path, "lab", before="sys.version_info = (3, 8, 10, 'final', 0)")
    assert (done.returncode, done.stdout) == (1, "")
    assert "not 3.8" in done.stderr and is_one_sentence(done.stderr)
    assert not (tmp_path / ".venv").exists()


def test_python_3_6_can_read_the_file():
    tree = ast.parse((ROOT / "start.py").read_text("utf-8"), feature_version=(3, 6))
    names = {"NamedExpr", "Match", "AnnAssign"} & {type(node).__name__ for node in ast.walk(tree)}
    assert not names
    imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    imported |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_hears_what_to_install(start, monkeypatch, missing):
    real = importlib.util.find_spec
    hide = lambda name, *rest: None if name == missing else real(name, *rest)  # noqa: E731
    monkeypatch.setattr(start, "misfit", lambda *facts: None)
    monkeypatch.setattr(start.importlib.util, "find_spec", hide)
    with pytest.raises(start.Stop, match=rf"apt install python3\.{sys.version_info[1]}-venv"):
        start.check_machine()


# ---- The environment


def test_the_second_start_does_nothing_again(world):
    assert prepared(world) == ["venv", "packages", "course"]
    assert world.start.STAMP.read_text("utf-8").splitlines() == world.start.stamps()
    assert prepared(world) == []


@pytest.mark.parametrize("step", ["venv", "packages", "course"])
@pytest.mark.parametrize("kind", ["stop", "interrupt", "full"])
def test_a_half_made_environment_is_built_anew(world, step, kind):
    world.error = {
        "stop": world.start.Stop("No."),
        "interrupt": KeyboardInterrupt(),
        "full": OSError(errno.ENOSPC, "No space left on device"),
    }[kind]
    world.fail = step
    with pytest.raises(type(world.error)):
        prepared(world)
    assert not world.start.STAMP.exists()
    world.fail = None
    assert prepared(world) == ["venv", "packages", "course"]
    assert prepared(world) == []


def test_a_broken_update_is_built_anew_as_well(world):
    prepared(world)
    (world.start.ROOT / "requirements.txt").write_text("numpy==2.4.6\n", "utf-8")
    world.fail, world.error = "packages", world.start.Stop("No.")
    with pytest.raises(world.start.Stop):
        prepared(world)
    world.fail = None
    assert prepared(world) == ["venv", "packages", "course"]


def test_a_broken_python_in_the_environment_is_replaced(world):
    prepared(world)
    world.complaints["import helpers"] = "No module named 'helpers'"
    assert prepared(world) == ["venv", "packages", "course"]


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_a_changed_list_of_packages_is_installed_over_the_old_one(world, name):
    prepared(world)
    with (world.start.ROOT / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert prepared(world) == ["packages", "course"]
    assert prepared(world) == []


def test_another_python_or_a_moved_folder_means_a_new_environment(world, monkeypatch):
    prepared(world)
    monkeypatch.setattr(sys, "version_info", (3, 13, 99))
    assert prepared(world) == ["venv", "packages", "course"]


def test_an_environment_that_cannot_import_everything_is_not_trusted(world):
    code = "import helpers, " + world.start.IMPORTS.replace(" ", ", ")
    world.complaints[code] = "No module named 'shap'"
    with pytest.raises(world.start.Stop, match="No module named 'shap'.*run this again"):
        prepared(world)
    del world.complaints[code]
    assert prepared(world) == ["venv", "packages", "course"]


def test_altered_data_are_named_and_cost_no_new_environment(world):
    check = world.start.CHECK_DATA
    world.complaints[check] = "the file datasets/acs.parquet was altered"
    for _ in range(2):
        with pytest.raises(world.start.Stop, match="data.*acs.parquet was altered"):
            prepared(world)
    assert world.steps == []
    world.complaints[check] = "No module named 'pandas'"
    with pytest.raises(world.start.Stop, match="damaged.*pandas.*rebuild"):
        prepared(world)
    world.complaints.clear()
    assert prepared(world) == ["venv", "packages", "course"]


def test_wheels_come_from_the_folder_and_from_nowhere_else(world, tmp_path):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with pytest.raises(world.start.Stop, match="no folder with wheels"):
        prepared(world, wheels=str(wheels))
    (wheels / "a-1-py3-none-any.whl").touch()
    prepared(world, wheels=str(wheels))
    assert "--no-index" in world.command
    assert world.command[world.command.index("--find-links") + 1] == str(wheels.resolve())


HOLD = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("start", sys.argv[1])
start = importlib.util.module_from_spec(spec)
spec.loader.exec_module(start)
with start.alone():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_starts_at_once_and_a_killed_one(world):
    path = str(world.start.ROOT / "start.py")
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert other.stdout.readline().strip() == b"held"
        with pytest.raises(world.start.Stop, match="Another start.py.*wait until it is done"):
            prepared(world)
        assert world.steps == []
    finally:
        other.kill()
        other.communicate()
    assert prepared(world) == ["venv", "packages", "course"]


def test_the_environment_sees_no_other_pythons_settings(start, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("PYTHONHOME", "elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    inside = start.inside()
    assert "PYTHONPATH" not in inside and "PYTHONHOME" not in inside
    assert inside["PIP_USER"] == "0"
    assert inside["PATH"].split(os.pathsep)[0] == str(start.PYTHON.parent)


def test_trouble_is_the_last_line_of_a_complaint(start, monkeypatch):
    assert "No such file" in start.trouble("pass") or "WinError" in start.trouble("pass")
    start.VENV.mkdir()
    monkeypatch.setattr(start, "PYTHON", Path(sys.executable))
    assert start.trouble("import sys") is None
    assert start.trouble("raise ValueError('the file was altered')") == "the file was altered"
    assert start.trouble("import os; os._exit(3)") == "its Python ended without a word"


# ---- The words of pip


def test_progress_is_shown_and_success_is_quiet(start, capsys):
    start.watch([sys.executable, "-c", "print('Collecting numpy')"])
    out, err = capsys.readouterr()
    assert "s  Collecting numpy" in out and err == ""


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("There is not enough space on the disk", "disk is full"),
        ("Temporary failure in name resolution", "--wheels DIR"),
        ("[Errno 11001] getaddrinfo failed", "cannot reach"),
        ("ReadTimeoutError: Read timed out.", "cannot reach"),
        ("SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))", "cannot reach"),
        ("[WinError 5] Access is denied: 'c:\\.venv\\x.pyd'", "close JupyterLab"),
        ("Segmentation fault {odd} words", "last lines are above"),
    ],
)
def test_a_failed_step_shows_its_last_lines_and_one_sentence(start, capsys, said, words):
    code = f"print('early'); print('\\n' * 30); print({said!r}); raise SystemExit(2)"
    with pytest.raises(start.Stop) as stop:
        start.watch([sys.executable, "-c", code])
    assert words in str(stop.value) and is_one_sentence(f"{stop.value}\n")
    err = capsys.readouterr().err
    assert said in err and "early" not in err


def pip(*words):
    if importlib.util.find_spec("pip") is None:
        pytest.skip("this environment has no pip")
    return [sys.executable, "-m", "pip", "--isolated", "download", "--no-cache-dir", *words]


def test_pip_itself_without_a_network(start):
    closed = ["--index-url", "http://127.0.0.1:9/simple", "--retries", "1", "--timeout", "3"]
    with pytest.raises(start.Stop, match="cannot reach the package index"):
        start.watch(pip(*closed, "rough-seas-no-such-package==1"))


def test_pip_itself_without_the_wheel(start, tmp_path):
    with pytest.raises(start.Stop, match="no wheel of rough-seas-no-such-package==1 .*--wheels"):
        start.watch(pip("--no-index", "-f", str(tmp_path), "rough-seas-no-such-package==1"))


# ---- The commands


def test_help_and_wrong_commands(tmp_path):
    load(tmp_path)
    for words in ([], ["--help"], ["-h"]):
        done = run(tmp_path, *words)
        assert done.returncode == 0 and "python start.py lab" in done.stdout and not done.stderr
    for words in (["tets"], ["publish"], ["publish", "a/b", "c/d"], ["lab", "--wheels"]):
        done = run(tmp_path, *words)
        assert done.returncode == 1 and is_one_sentence(done.stderr), done.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("raise OSError(28, 'No space left on device')", "disk is full"),
        ("raise PermissionError(13, 'Permission denied')", "Permission denied"),
        ("raise KeyboardInterrupt", "run the same command again"),
    ],
)
def test_what_the_system_refuses_becomes_a_sentence(tmp_path, change, words):
    load(tmp_path)
    before = f"import pathlib\ndef refuse(*a): {change}\npathlib.Path.read_bytes = refuse"
    done = run(tmp_path, "lab", before=before)
    assert done.returncode == 1 and words in done.stderr and is_one_sentence(done.stderr)
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(
    ("words", "program"),
    [
        (["lab", "--no-browser", "--port", "9"], ["jupyterlab", "notebooks", "--no-browser"]),
        (["test", "-k", "a or b", "-x"], ["pytest", "-k", "a or b", "-x"]),
        (["test", "--wheels", "W", "-q"], ["pytest", "-q"]),
        (["test", "--wheels", "W"], ["everything.py"]),
        (["refresh", "1-4", "2-1"], ["refresh.py", "1-4", "2-1"]),
    ],
)
def test_further_words_and_the_exit_code_are_passed_on(start, monkeypatch, words, program):
    seen = {}
    monkeypatch.setattr(start, "check_machine", lambda: None)
    monkeypatch.setattr(start, "prepare", lambda wheels: seen.update(wheels=wheels))
    monkeypatch.setattr(start, "hand_over", lambda words: seen.update(words=words) or 7)
    assert start.main(words) == 7
    given = [Path(word).name if word.endswith(".py") else word for word in seen["words"]]
    assert [word for word in given if word != "-m"][: len(program)] == program
    assert seen["wheels"] == ("W" if "W" in words else None)


def test_the_program_that_takes_over_gives_its_exit_code(start, monkeypatch):
    monkeypatch.setattr(start, "PYTHON", Path(sys.executable))
    assert start.hand_over(["-c", "raise SystemExit(5)"]) == 5


def test_requirements_are_exact_and_leave_gpu_builds_to_torch():
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    pins = [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]
    names = [pin.split("==")[0].lower().replace("_", "-") for pin in pins]
    assert len(names) == len(set(names)) > 100
    assert all("==" in pin and "+" not in pin for pin in pins)
    assert not [name for name in names if name.startswith(("nvidia", "cuda", "triton"))]
