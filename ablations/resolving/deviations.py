"""Deviations from the paper, collected from the modules that declare them.

A module may define `DEVIATIONS = (("place in the paper", "its text", "ours", "reason"), ...)`, a literal, which is read
from the source without importing it.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NoReturn

from ablations.resolving.arguments import assignment_targets, parse_python
from ablations.resolving.code import DEVIATIONS, used_modules
from ablations.resolving.configs import stage_bases
from ablations.resolving.evaluators import evaluator_of
from ablations.resolving.keys import CHECKPOINTS
from ablations.tables.checks import Deviation
from ablations.tables.schema import Table
from common.errors import TableError

_PARTS = ("where", "paper", "ours", "why")


def deviations(table: Table) -> list[tuple[str, Deviation]]:
    """Return the deviations declared by the modules that the table's classes use, with module names, sorted by them.

    Raises `TableError`, which names file and line, if a declaration is invalid.
    """
    return [
        (name, deviation)
        for name, path in used_modules(class_paths(table)).items()
        for deviation in declared_deviations(path)
    ]


def class_paths(table: Table) -> list[str]:
    """Return the classes that determine the table's results: models, data, evaluators, and `Checkpoints`."""
    found = {CHECKPOINTS: None}
    for config, _ in stage_bases(table):
        found |= dict.fromkeys([config["model"]["class_path"], config["data"]["class_path"], evaluator_of(config)])
    return list(found)


def declared_deviations(path: Path) -> list[Deviation]:
    """Return the deviations that one module declares."""
    found: list[Deviation] = []
    for node in parse_python(path).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and DEVIATIONS in map(ast.unparse, assignment_targets(node)):
            found += [_deviation(path, entry) for entry in _entries(path, node.value or node)]
    return found


def _entries(path: Path, node: ast.AST) -> list[ast.expr]:
    if not isinstance(node, ast.Tuple | ast.List):
        _fail(path, node)
    return node.elts


def _deviation(path: Path, node: ast.expr) -> Deviation:
    try:
        entry = ast.literal_eval(node)
    except ValueError:
        _fail(path, node)
    if not isinstance(entry, tuple | list) or len(entry) != len(_PARTS):
        _fail(path, node)
    if not all(isinstance(part, str) and part.strip() for part in entry):
        _fail(path, node)
    return Deviation(*(" ".join(part.split()) for part in entry))


def _fail(path: Path, node: ast.AST) -> NoReturn:
    line = getattr(node, "lineno", 1)
    raise TableError(f"{path}:{line}: {DEVIATIONS}: must be a tuple of tuples of four texts ({', '.join(_PARTS)})")
