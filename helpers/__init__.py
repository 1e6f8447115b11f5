"""The companion package of the Rough Seas course: measuring the performance of AI systems.

Each module answers one question; `import helpers` loads none of them. A module is imported when
it is first asked for, and brings in torch, shap, scikit-learn or fairlearn only inside the
functions that need them. The distribution is called `rough-seas`; `ROUGH_SEAS` below lets the
set-up cell of a notebook notice another package that happens to be called `helpers`.
"""

import importlib

ROUGH_SEAS = True
__version__ = "0.1.0"

# The ground (course, show, data, rates) first, then one module for each question.
__all__ = [
    "course", "show", "data", "rates",
    "timing", "simulate", "resources", "fairness", "interpret", "faithful", "robust",
    "pareto", "drift", "shrink", "dossier",
    "exercises",
]  # fmt: skip


def __getattr__(name: str):
    """Import a module of the package on first use (PEP 562)."""
    if name in __all__:
        return importlib.import_module(f"helpers.{name}")
    raise AttributeError(f"module 'helpers' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
