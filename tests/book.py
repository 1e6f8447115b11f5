"""A notebook as the suite reads it: its cells, syntax trees, calls, exercises, visible outputs."""

from __future__ import annotations

import ast
import builtins
import csv
import functools
import html
import importlib
import pathlib
import re
from dataclasses import dataclass, field
from typing import Any

import kernel
import nbformat

# An exercise's header: its id, difficulty and minutes.
HEADER = re.compile(r"^### Exercise (\d(?:-\d)?[a-z]) · ([●○]{3}) · (\d+) min\b(.*)$", re.M)

def parse(source: str) -> ast.Module:
    """The syntax tree; the set-up cell of a published notebook (`%pip ...`) counts as empty."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


@dataclass
class Book:
    """A notebook as the gates see it; `module` holds its exercises (None: looked up by its id)."""

    path: pathlib.Path
    nb: Any
    size: int = 0
    module: Any = None
    module_text: str = ""
    _trees: dict = field(default_factory=dict)

    @classmethod
    def read(cls, path: pathlib.Path) -> Book:
        nb = nbformat.read(path, as_version=4)
        book = cls(path, nb, size=path.stat().st_size)
        if book.exercises() is not None:
            book.module_text = pathlib.Path(book.module.__file__).read_text("utf-8")
        return book

    @property
    def id(self) -> str:
        return kernel.id_of(self.path)

    @property
    def code(self) -> list:
        return [c for c in self.nb.cells if c.cell_type == "code"]

    @property
    def prose(self) -> list:
        return [c for c in self.nb.cells if c.cell_type == "markdown"]

    def tree(self, cell: Any) -> ast.Module:
        """The syntax tree of a code cell, made once."""
        if cell.source not in self._trees:
            self._trees[cell.source] = parse(cell.source)
        return self._trees[cell.source]

    def calls(self, name: str) -> list[tuple[Any, ast.Call]]:
        """Every call of a function with this name, with its cell, in order."""
        return [
            (cell, node) for cell in self.code for node in ast.walk(self.tree(cell))
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (name, f"course.{name}")
        ]  # fmt: skip

    def exercises(self) -> Any:
        """The module with this notebook's exercises, or None where there is none."""
        if self.module is None:
            name = f"helpers.exercises.nb_{self.id.replace('-', '_')}"
            try:
                self.module = importlib.import_module(name)
            except ModuleNotFoundError as error:
                if error.name != name:
                    raise
        return self.module


@functools.cache
def references() -> dict[str, dict[str, str]]:
    """The rows of references.csv by id."""
    with open(kernel.NOTEBOOKS / "references.csv", encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def start(cell: Any, most: int = 60) -> str:
    """The first line of a cell, to find it by."""
    line = next((x.strip() for x in cell.source.splitlines() if x.strip()), "(empty)")
    return repr(line if len(line) <= most else line[:most] + "...")


def tags(cell: Any) -> list[str]:
    return list(cell.metadata.get("tags", []))


def texts(cell: Any) -> list[str]:
    """What a reader sees of a cell's outputs, as text; HTML without its tags."""
    seen = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        seen += [output.get("text", ""), data.get("text/plain", ""), data.get("text/markdown", "")]
        page = re.sub(r"<style.*?</style>", " ", data.get("text/html", ""), flags=re.S)
        seen.append(html.unescape(re.sub(r"<[^>]*>", " ", page)))
    return [t for t in seen if t]


def literal(node: ast.AST | None) -> bool:
    """True for an expression that uses nothing of the notebook: True, .5, 1 < 2, bool(1)."""
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} if node else set()
    return not names - set(dir(builtins))


def argument(call: ast.Call, position: int, name: str) -> ast.AST | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[position] if len(call.args) > position else None


def text_of(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def headings(cell: Any, level: int) -> list[str]:
    text = re.sub(r"^```.*?^```", "", cell.source, flags=re.M | re.S)
    return re.findall(rf"^{'#' * level} +(.+?)\s*$", text, re.M)
