"""Check of the file of the standard Inception weights before anything is planned, without importing torch."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
from functools import cache
from pathlib import Path

from ablations.resolving.arguments import assignment_targets, syntax_tree
from ablations.resolving.keys import cached_inception
from common.errors import TableError


def require_inception(given: Path | None) -> None:
    """Raise `TableError` if the given file, or the one in torch.hub's cache, is not the standard Inception weights.

    With another file finished tests would look missing, and their repetition would fail after the trainings. A given
    file that does not exist is `expand`'s error.
    """
    path = given or cached_inception()
    if path is None or not path.is_file():
        return
    state = path.stat()
    found, expected = _sha256(path, state.st_size, state.st_mtime_ns), _expected_digest()
    if found != expected:
        name, fix = (f"INCEPTION={path}", "give another file") if given else (str(path), "delete it")
        raise TableError(
            f"{name}: is not the standard Inception weights (sha256 {found[:8]}..., expected {expected[:8]}...); {fix}"
            ", or run without it: other features are used"
        )


@cache
def _sha256(path: Path, size: int, changed: int) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error


@cache
def _expected_digest() -> str:
    spec = importlib.util.find_spec("lightning_modules")
    assert spec is not None and spec.submodule_search_locations is not None
    for statement in syntax_tree(Path(spec.submodule_search_locations[0], "metrics", "features.py")).body:
        if isinstance(statement, ast.Assign) and "INCEPTION_SHA256" in map(ast.unparse, assignment_targets(statement)):
            return str(ast.literal_eval(statement.value))
    raise AssertionError("lightning_modules/metrics/features.py has no INCEPTION_SHA256")
