"""Where the code departs from the paper, gathered from the modules that declare it.

A module may hold `DEVIATIONS = (("where in the paper", "what the paper says", "what we do", "why"), ...)`, a literal.
It is read from the source, without importing it.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NoReturn

from ablations.resolving.arguments import assigned, parse_python
from ablations.resolving.code import DEVIATIONS, used_modules
from ablations.resolving.configs import stage_bases
from ablations.resolving.evaluators import evaluator_of
from ablations.resolving.keys import CHECKPOINTS
from ablations.tables.checks import Deviation
from ablations.tables.schema import Table
from common.errors import TableError

_PARTS = ("where", "paper", "ours", "why")


def deviations(table: Table) -> list[tuple[str, Deviation]]:
    """What the modules that the table's classes use declare, with each module's dotted name, in order of the names.

    Raises `TableError`, which names file and line, where a declaration is not what it must be.
    """
    return [
        (name, deviation)
        for name, path in used_modules(class_paths(table)).items()
        for deviation in declared_deviations(path)
    ]


def class_paths(table: Table) -> list[str]:
    """The classes that make the table's results: models, data, evaluators, and what keeps checkpoints."""
    found = {CHECKPOINTS: None}
    for config, _ in stage_bases(table):
        found |= dict.fromkeys([config["model"]["class_path"], config["data"]["class_path"], evaluator_of(config)])
    return list(found)


def declared_deviations(path: Path) -> list[Deviation]:
    """What one module declares."""
    found: list[Deviation] = []
    for node in parse_python(path).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and DEVIATIONS in map(ast.unparse, assigned(node)):
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
    raise TableError(f"{path}:{line}: {DEVIATIONS}: must be a tuple of ({', '.join(_PARTS)}), four texts each")
