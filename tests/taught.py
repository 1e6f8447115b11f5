"""Functions that a notebook teaches, loaded out of the notebook without running the notebook.

    f = taught.load("2-2", "roofline")["roofline"]

Only the notebook's imports and the definitions asked for are run, in their order.
"""

from __future__ import annotations

import ast
from typing import Any

import kernel
import nbformat
from book import parse


def sources(notebook: str) -> list[str]:
    """The code cells of a notebook by its number."""
    book = nbformat.read(kernel.find(notebook), as_version=4)
    return [cell.source for cell in book.cells if cell.cell_type == "code"]


def load(notebook: str, *names: str, cells: list[str] | None = None, **given: Any) -> dict:
    """The functions, classes and constants of these names, as the notebook defines them.

    `given` are names that they use and that are not loaded. A name that the notebook does not
    define, or defines twice, is refused: which one would the reader learn from?
    """
    space: dict[str, Any] = dict(given)
    found: list[str] = []
    for source in cells if cells is not None else sources(notebook):
        for node in parse(source).body:
            defined = [n for n in _defines(node) if n in names]
            found += defined
            if defined or isinstance(node, (ast.Import, ast.ImportFrom)):
                exec(compile(ast.Module([node], []), f"<notebook {notebook}>", "exec"), space)
    for name in names:
        if found.count(name) != 1:
            raise LookupError(f"notebook {notebook} defines {name!r} {found.count(name)} times")
    return {name: space[name] for name in names}


def _defines(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [t.id for t in targets if isinstance(t, ast.Name)]
