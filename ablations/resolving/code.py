"""Modules of this project that a class uses, with a digest of each: a result depends on code as on configuration.

Read from the source, without importing it. A module is used if an import statement of a used module names it or
something in it, including imports inside functions; re-exports of a package's `__init__` are resolved.
Comments, docstrings, formatting and declared deviations are not in a digest: they change no result.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from ablations.resolving.arguments import assignment_targets, parse_python, syntax_tree

_ROOT = Path(__file__).resolve().parents[2]
#: The packages that determine results; planning and reporting are not among them.
PACKAGES = ("common", "lightning_modules", "datamodules")
#: A module's declaration of its deviations from the paper.
DEVIATIONS = "DEVIATIONS"
#: A model class's declaration of its evaluator, whose code is in the key of tests but not of trainings.
EVALUATOR = "evaluator"
#: A model class's declaration of what only the command `apply` offers; it changes no result.
OFFERED = "offered_applications"
#: A class's declaration of its arguments that change no result, which keys leave out.
MACHINE_ARGUMENTS = "machine_arguments"
#: A layout's declaration of its data set, and the module of what it declares: a key has the fingerprint of the files.
DATA_SET, DATA_SET_MODULE = "DATA_SET", "datamodules.data_set"
#: Further declarations of classes that are read by keys and by lint, and change no result.
_DECLARATIONS = ("machine_settings", "folder_arguments", "training_panels")
_NO_CODE = [[name] for name in (DEVIATIONS, EVALUATOR, MACHINE_ARGUMENTS, DATA_SET, OFFERED, *_DECLARATIONS)]
#: A model's method with the inputs for costs and times; it changes no result.
EXAMPLE_INPUTS = "example_inputs"


def used_modules(class_paths: Iterable[str]) -> dict[str, Path]:
    """Return the project's modules that the classes use, including their own, by dotted name, sorted.

    A class of another package uses none.
    """
    found: dict[str, Path] = {}
    waiting = [name for path in class_paths for name in _homes(*_split(path))]
    while waiting:
        name = waiting.pop()
        if name not in found and name != DATA_SET_MODULE:
            found[name] = _file(name)
            waiting += _imports_of(found[name])
    return dict(sorted(found.items()))


def code_digests(class_paths: Iterable[str]) -> dict[str, str]:
    """Return a digest (12 hexadecimal digits) of each module that the classes use."""
    return {name: _digest(path) for name, path in used_modules(class_paths).items()}


@cache
def _digest(path: Path) -> str:
    code = ast.unparse(_Bare().visit(parse_python(path)))  # its own tree, which it changes; a copy takes longer
    return hashlib.sha256(code.encode()).hexdigest()[:12]


class _Bare(ast.NodeTransformer):
    """Removes docstrings, other string statements, and declarations that change no result."""

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
            node.body = [ast.Pass()]  # it had only a docstring
        return node


def _names(node: ast.Assign | ast.AnnAssign) -> list[str]:
    return [ast.unparse(target) for target in assignment_targets(node)]


@cache
def _imports_of(path: Path) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for node in ast.walk(syntax_tree(path)) for name in _imports(node)))


def _imports(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield from _homes(*_split(alias.name))
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            yield from _homes(node.module, alias.name)


def _homes(module: str, name: str) -> Iterator[str]:
    """Yield the project's modules that `from module import name` refers to, resolving re-exports of packages."""
    if module.partition(".")[0] not in PACKAGES and f"{module}.{name}".partition(".")[0] not in PACKAGES:
        return
    whole = f"{module}.{name}" if module else name
    if _file(whole).is_file():
        yield whole
    elif _is_package(whole):  # a whole package: all its re-exports
        for node in ast.walk(syntax_tree(_file(f"{whole}.__init__"))):
            yield from _imports(node)
    elif _is_package(module):
        yield from _reexports(module, name)
    elif _file(module).is_file():
        yield module


def _reexports(package: str, name: str) -> Iterator[str]:
    for node in ast.walk(syntax_tree(_file(f"{package}.__init__"))):  # some re-export in functions
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
