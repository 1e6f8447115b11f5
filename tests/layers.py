"""Which module may import which: the layers of the package, read from its syntax trees.

    exercises                     may use everything below
    one module for each question  may use the ground and its own parts, never another question
    rates show data course        the ground
    _check

A module whose name begins with `_` is a part of one other module. torch, shap, scikit-learn and
fairlearn are imported inside the functions that need them, so that nothing is paid for unused.
"""

from __future__ import annotations

import ast
import pathlib
import sys

GROUND = {"_check", "show", "data", "rates", "course"}
ALL_OF_IT = {"dossier"}  # the one question that may use the others
HEAVY = {"torch", "shap", "sklearn", "fairlearn"}
LIBRARIES = HEAVY | {
    "numpy", "pandas", "scipy", "matplotlib", "seaborn", "cycler", "pyarrow", "IPython", "tqdm",
    "optuna",  # 3-3 tunes with it
    "threadpoolctl",  # comes with scikit-learn
    "PIL",  # Pillow, which matplotlib needs: 6-2 decodes JPEG files with it
}  # fmt: skip
OPTIONAL = {"psutil", "pynvml", "onnx", "onnxruntime"}  # where it may be missing
MOST_LINES, MOST_BODY = 350, 30


def package(folder: pathlib.Path) -> dict[str, str]:
    """Every module of the package: "rates", "exercises.engine", ... and its source."""
    out = {}
    for file in sorted(folder.rglob("*.py")):
        parts = list(file.relative_to(folder).with_suffix("").parts)
        name = ".".join(p for p in parts if p != "__init__")
        out[name or "__init__"] = file.read_text("utf-8")
    return out


def imports(tree: ast.AST) -> list[tuple[str, bool]]:
    """What a module imports ("numpy", "helpers.show"), and whether it does so at its top."""
    inside = {id(node) for f in ast.walk(tree) if _later(f) for node in ast.walk(f)}
    out = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            names = ["relative"]
        elif isinstance(node, ast.ImportFrom) and node.module in ("helpers", "helpers.exercises"):
            names = [f"{node.module}.{a.name}" for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module]
        else:
            continue
        out += [(name, id(node) not in inside) for name in names]
    return out


def _later(node: ast.AST) -> bool:
    """True for code that doesn't run when the module is imported."""
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.dump(node.test)
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))


def unguarded(tree: ast.AST) -> set[str]:
    """Optional libraries that are imported where nobody minds whether they are there."""
    caught = {ast.Try: lambda n: n.handlers, ast.With: lambda n: n.items}
    guards = [node for node in ast.walk(tree) if type(node) in caught
              and any("ImportError" in ast.dump(c) for c in caught[type(node)](node))]  # fmt: skip
    safe = {id(inner) for node in guards for part in node.body for inner in ast.walk(part)}
    return {
        alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import) and id(node) not in safe
        for alias in node.names if alias.name.partition(".")[0] in OPTIONAL
    }  # fmt: skip


def ours(name: str, modules: dict[str, str]) -> str | None:
    """The module of the package that an import means, or None for a library."""
    head, _, rest = name.partition(".")
    if head != "helpers":
        return None
    parts = rest.split(".")
    for k in range(len(parts), 0, -1):
        if ".".join(parts[:k]) in modules:
            return ".".join(parts[:k])
    return rest or "__init__"


def layer(name: str) -> str:
    if name == "__init__":
        return "root"
    if name == "exercises" or name.startswith("exercises."):
        return "exercises"
    if name in GROUND:
        return "ground"
    return "part" if name.startswith("_") else "question"


MAY = {
    "root": set(),
    "ground": {"ground", "part"},
    "part": {"ground", "part"},
    "question": {"ground", "part"},
    "exercises": {"ground", "part", "question", "exercises"},
}


def violations(modules: dict[str, str]) -> list[str]:
    """A sentence for each import that goes up, sideways, in a circle or comes too early."""
    told: list[str] = []
    uses: dict[str, set[str]] = {}
    for name, source in modules.items():
        uses[name], tree = set(), ast.parse(source)
        told += [f"{name} imports {lib}, which may be missing: expect an ImportError"
                 for lib in sorted(unguarded(tree))]  # fmt: skip
        for what, at_top in imports(tree):
            target = ours(what, modules)
            if target is None:
                told += _library(name, what, at_top)
                continue
            uses[name].add(target)
            free = name in ALL_OF_IT and layer(target) == "question"
            if target not in modules:
                told.append(f"{name} imports helpers.{target}, which there isn't")
            elif layer(target) not in MAY[layer(name)] and not free:
                told.append(f"{name} ({layer(name)}) may not import {target} ({layer(target)})")
    return told + _circles(uses) + _shared_parts(uses)


def _library(name: str, what: str, at_top: bool) -> list[str]:
    head = what.partition(".")[0]
    if what == "relative":
        return [f"{name} imports by dots: write the name out"]
    if head in HEAVY and at_top:
        return [f"{name} imports {head} at its top: do it in the functions that need it"]
    if head not in LIBRARIES | OPTIONAL and head not in sys.stdlib_module_names:
        return [f"{name} imports {head}, which is none of the course's libraries"]
    return []


def _circles(uses: dict[str, set[str]]) -> list[str]:
    told = []
    for begin in uses:
        seen, todo = set(), list(uses[begin])
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += uses.get(name, ())
        if begin in seen:
            told.append(f"{begin} imports itself in a circle")
    return told


def owners(uses: dict[str, set[str]], part: str, seen: frozenset[str] = frozenset()) -> set[str]:
    """The modules for which a part works: those that import it, directly or by other parts."""
    found = set()
    for name in (n for n, used in uses.items() if part in used and n not in seen):
        found |= owners(uses, name, seen | {part}) if layer(name) == "part" else {name}
    return found


def _shared_parts(uses: dict[str, set[str]]) -> list[str]:
    """A part may serve several modules only as long as no question gets hold of another by it."""
    told = []
    for part in (n for n in uses if layer(n) == "part"):
        if not (own := owners(uses, part)):
            told.append(f"{part} is used by no module")
        if any(layer(n) == "exercises" for n in own):
            told.append(f"{part} is a part of a module: exercises may not use it")
    return told


def sizes(modules: dict[str, str]) -> list[str]:
    """A sentence for each module that is too long, has no opening, or has a long function."""
    told = []
    for name, source in modules.items():
        tree, lines = ast.parse(source), source.splitlines()
        if len(lines) > MOST_LINES:
            told.append(f"{name} has {len(lines)} lines; {MOST_LINES} is the limit")
        if len((ast.get_docstring(tree) or "").split()) < 8:
            told.append(f"{name} has no opening paragraph")
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if (n := body_lines(node, lines)) >= MOST_BODY:
                    told.append(f"{name}.{node.name} has {n} lines of code; under {MOST_BODY}")
    return told


def body_lines(node: ast.FunctionDef, lines: list[str]) -> int:
    """Lines of code in a function's body: no docstring, no empty lines, no comments."""
    first = node.body[1:] if ast.get_docstring(node) is not None else node.body
    if not first:
        return 0
    span = lines[first[0].lineno - 1: node.end_lineno]
    return sum(1 for x in span if x.strip() and not x.lstrip().startswith("#"))


def strangers(tree: ast.AST) -> list[str]:
    """Imports of a notebook that are neither the course's helpers nor its libraries."""
    edge = {"onnx", "onnxruntime"}  # 4-1 runs them where the extra "edge" is installed
    known = LIBRARIES | edge | {"helpers"} | set(sys.stdlib_module_names)
    names = [name for name, _ in imports(tree)]
    return [n for n in names if n.partition(".")[0] not in known or "._" in n]
