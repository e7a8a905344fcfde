"""Which of our own modules a class uses, and a digest of each: a result depends on its code as on its configuration.

Read from the source, without importing it. A module counts as used where an import statement of a used module names
it, or something in it, functions' own imports included; a package's `__init__` only hands names on and is passed
through. Comments, docstrings, layout and declared deviations are not in a digest: they change no result.
"""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from ablations.resolving.arguments import assigned, syntax_tree

_ROOT = Path(__file__).resolve().parents[2]
#: The packages that results come from. What plans and reports is not among them.
PACKAGES = ("common", "lightning_modules", "datamodules")
#: A module's declaration of where it departs from the paper.
DEVIATIONS = "DEVIATIONS"
#: A model class's declaration of its evaluator: a test's own code, which its key has, and nothing of a training.
EVALUATOR = "evaluator"
#: A model class's declaration of what only the command `apply` offers: of no result.
OFFERED = "offered_applications"
#: A class's declaration of its arguments that change no result: it says what a key leaves out, and does nothing.
MACHINE_ARGUMENTS = "machine_arguments"
#: A layout's declaration of its data set, and the module of what it declares: a key has the fingerprint of the files.
DATA_SET, DATA_SET_MODULE = "DATA_SET", "datamodules.data_set"
_NO_CODE = ([DEVIATIONS], [EVALUATOR], [MACHINE_ARGUMENTS], [DATA_SET], [OFFERED])
#: A model's method that says what costs are counted and timed on: of no result.
EXAMPLE_INPUTS = "example_inputs"


def used_modules(class_paths: Iterable[str]) -> dict[str, Path]:
    """Our modules by dotted name that the classes use, those they are in among them; sorted.

    A class outside our packages uses none of ours.
    """
    found: dict[str, Path] = {}
    waiting = [name for path in class_paths for name in _homes(*_split(path))]
    while waiting:
        name = waiting.pop()
        if name not in found and name != DATA_SET_MODULE:
            found[name] = _file(name)
            waiting += _used_by(found[name])
    return dict(sorted(found.items()))


def code_digests(class_paths: Iterable[str]) -> dict[str, str]:
    """Twelve hexadecimal digits for each module that the classes use, equal as long as its code does the same."""
    return {name: _digest(path) for name, path in used_modules(class_paths).items()}


@cache
def _digest(path: Path) -> str:
    code = ast.unparse(_Bare().visit(copy.deepcopy(syntax_tree(path))))
    return hashlib.sha256(code.encode()).hexdigest()[:12]


class _Bare(ast.NodeTransformer):
    """Takes out docstrings and other strings that stand alone, and declarations that make no result."""

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        return None if _names(node) in _NO_CODE else node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        return None if _names(node) in _NO_CODE else node

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str) else node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        return None if node.name == EXAMPLE_INPUTS else self.generic_visit(node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.body:
            node.body = [ast.Pass()]  # there was only a docstring
        return node


def _names(node: ast.Assign | ast.AnnAssign) -> list[str]:
    return [ast.unparse(target) for target in assigned(node)]


@cache
def _used_by(path: Path) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for node in ast.walk(syntax_tree(path)) for name in _imported(node)))


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield from _homes(*_split(alias.name))
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            yield from _homes(node.module, alias.name)


def _homes(module: str, name: str) -> Iterator[str]:
    """The modules of ours that `from module import name` is about, seen through packages that only hand names on."""
    if module.partition(".")[0] not in PACKAGES and f"{module}.{name}".partition(".")[0] not in PACKAGES:
        return
    whole = f"{module}.{name}" if module else name
    if _file(whole).is_file():
        yield whole
    elif _is_package(whole):  # taken as a whole: all that it hands on
        for node in ast.walk(syntax_tree(_file(f"{whole}.__init__"))):
            yield from _imported(node)
    elif _is_package(module):
        yield from _handed_on(module, name)
    elif _file(module).is_file():
        yield module


def _handed_on(package: str, name: str) -> Iterator[str]:
    for node in ast.walk(syntax_tree(_file(f"{package}.__init__"))):  # some hand on only when asked
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    yield from _homes(node.module, alias.name)
                    return
    defined = (path for path in sorted(_file(f"{package}.__init__").parent.glob("*.py")) if name in _classes(path))
    yield next((f"{package}.{path.stem}" for path in defined), f"{package}.__init__")


def _classes(path: Path) -> list[str]:
    return [node.name for node in syntax_tree(path).body if isinstance(node, ast.ClassDef)]


def _split(dotted: str) -> tuple[str, str]:
    module, _, name = dotted.rpartition(".")
    return module, name


def _file(module: str) -> Path:
    return _ROOT.joinpath(*module.split(".")).with_suffix(".py")


def _is_package(module: str) -> bool:
    return bool(module) and _file(f"{module}.__init__").is_file()
