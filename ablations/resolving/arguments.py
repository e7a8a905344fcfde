"""Arguments of a class, read from its source without importing torch: names, defaults and simple types."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from common.errors import TableError, nearest

_REQUIRED = object()
_COMPUTED = object()
_PLAIN_TYPES: dict[str, tuple[type, ...]] = {"bool": (bool,), "int": (int,), "float": (int, float), "str": (str,)}


@dataclass(frozen=True)
class Argument:
    """One argument of a class; `type` is its annotation as written, with the module's own aliases resolved.

    `fields` are those of the dataclass in the annotation, None if there is none. `limit` returns the refusal of a value
    of a valid type, by name, None if it is valid.
    """

    name: str
    type: ast.expr | None
    default: Any
    fields: dict[str, Argument] | None = None
    limit: Callable[[str, Any], str | None] | None = None

    @property
    def has_plain_default(self) -> bool:
        """True if the default is a literal (neither computed nor missing)."""
        return self.default is not _REQUIRED and self.default is not _COMPUTED

    def cast(self, value: Any) -> Any:
        """Convert a value to the argument's type: 20 becomes 20.0 for a float, so that both give the same run."""
        if self.fields is not None and isinstance(value, dict):
            known = self.fields  # `refusal` names the others
            return {name: known[name].cast(entry) if name in known else entry for name, entry in value.items()}
        whole = isinstance(value, int) and not isinstance(value, bool)
        return float(value) if whole and self.type is not None and _is_float(self.type) else value

    def refusal(self, value: Any) -> str | None:
        """Return why a value is invalid, None if it is valid (unknown types accept anything)."""
        if self.fields is not None and value is not None:
            return self._field_refusal(self.fields, value)
        if self.type is None or _accepts(self.type, value):
            return None if self.limit is None else self.limit(self.name, value)
        if isinstance(value, str):
            options = _literals(self.type)
            if options:
                return f"{value!r} is not known, {nearest(value, options)}"
        return f"must be {ast.unparse(self.type)}, not {value!r}"

    def _field_refusal(self, fields: dict[str, Argument], value: Any) -> str | None:
        if not isinstance(value, dict):
            return f"must be a mapping of {', '.join(fields)}, not {value!r}"
        unknown = next((name for name in value if name not in fields), None)
        if unknown is not None:
            return f"has no {unknown!r}, {nearest(str(unknown), fields)}"
        refused = ((name, fields[name].refusal(entry)) for name, entry in value.items())
        return next((f"{name} {refusal}" for name, refusal in refused if refusal), None)


@cache
def class_arguments(class_path: str) -> dict[str, Argument]:
    """Return the arguments of a class given as `package.module.Class` or `package.Class`.

    Follows base classes if the class has no `__init__` of its own or accepts `**kwargs`.
    Raises `TableError` if there is no such class.
    """
    arguments = _collect(*_class_source(class_path))
    return dict(sorted(arguments.items()))


@cache
def class_attribute(class_path: str, name: str) -> Any:
    """Return the literal value of an attribute of a class, or of its nearest base that has it; None if none has.

    Raises `TableError` if there is no such class, or the value is not a literal.
    """
    for path, node in _lineage(class_path):
        for statement in node.body:
            if isinstance(statement, ast.Assign | ast.AnnAssign) and name in map(
                ast.unparse, assignment_targets(statement)
            ):
                try:
                    return ast.literal_eval(statement.value) if statement.value else None
                except ValueError as error:
                    raise TableError(f"{path}:{statement.lineno}: {name}: must be a literal") from error
    return None


def declared_arguments(class_path: str, attribute: str) -> tuple[str, ...]:
    """Return the names of arguments that a class, or its nearest base, lists in an attribute; () without it.

    Raises `TableError` if a listed name is not an argument: the declaration would do nothing for a misspelt one.
    """
    declared, known = class_attribute(class_path, attribute) or (), class_arguments(class_path)
    for name in declared if isinstance(declared, tuple) else (declared,):
        if not isinstance(declared, tuple) or name not in known:
            raise TableError(
                f"{class_path}: {attribute}: must be a tuple of argument names; {name!r} is none; "
                f"arguments: {', '.join(known)}"
            )
    return declared


def class_summary(class_path: str) -> str:
    """Return what a class is, from its docstring's first line as far as a colon or full stop; its name without one."""
    _, node = next(iter(_lineage(class_path)))
    first = (ast.get_docstring(node) or node.name).partition("\n")[0]
    return re.split(r"[:.](?:\s|$)", first, maxsplit=1)[0]


@cache
def class_lineage(class_path: str) -> tuple[str, ...]:
    """Return the names of a class and of its bases with known source, nearest first."""
    return tuple(node.name for _, node in _lineage(class_path))


def assignment_targets(statement: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    """Return the targets of an assignment, with or without an annotation."""
    return statement.targets if isinstance(statement, ast.Assign) else [statement.target]


def _lineage(class_path: str) -> Iterator[tuple[Path, ast.ClassDef]]:
    """Yield the source of a class and of its bases, depth first."""
    found = _class_source(class_path)
    waiting = [found]
    while waiting:
        path, node, roots = waiting.pop(0)
        yield path, node
        waiting = [*_bases(path, node, roots), *waiting]


def _class_source(class_path: str) -> tuple[Path, ast.ClassDef, tuple[Path, ...]]:
    module, _, name = class_path.rpartition(".")
    roots = module_paths(module)
    if not name or not roots:
        raise TableError(f"{class_path!r}: there is no module {module!r}")
    found = _find_class(name, roots)
    if found is None:
        raise TableError(f"there is no class {name!r} in {module}, {nearest(name, _class_names(roots))}")
    return *found, roots


def _bases(
    path: Path, node: ast.ClassDef, roots: tuple[Path, ...]
) -> Iterator[tuple[Path, ast.ClassDef, tuple[Path, ...]]]:
    """Yield the base classes whose source is found: beside the class, further up in its package, or in the module that
    they are imported from."""
    wider = (*roots, *(parent for root in roots for parent in root.parents if (parent / "__init__.py").is_file()))
    for base in node.bases:
        name = ast.unparse(base).rpartition(".")[2]
        places = wider
        found = _find_class(name, wider)
        if found is None:
            places = tuple(place for module in _import_sources(path, name) for place in module_paths(module))
            found = _find_class(name, places)
        if found is not None:
            yield *found, places


def _import_sources(path: Path, name: str) -> Iterator[str]:
    for statement in syntax_tree(path).body:
        if not isinstance(statement, ast.ImportFrom) or not statement.module or statement.level:
            continue
        if name in (alias.asname or alias.name for alias in statement.names):
            yield statement.module


def _collect(path: Path, node: ast.ClassDef, roots: tuple[Path, ...]) -> dict[str, Argument]:
    init = next((n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None)
    arguments = {} if init is None else _signature(init, path)
    if init is None or init.args.kwarg is not None:
        for base in _bases(path, node, roots):
            arguments = {**_collect(*base), **arguments}
    return arguments


def _signature(init: ast.FunctionDef, path: Path) -> dict[str, Argument]:
    aliases = _aliases(path)
    positional = init.args.args[1:]
    missing = [None] * (len(positional) - len(init.args.defaults))
    pairs = [*zip(positional, [*missing, *init.args.defaults], strict=False)]
    pairs += [*zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True)]
    return {
        arg.arg: Argument(
            arg.arg, _resolve_alias(arg.annotation, aliases), _default(value), _dataclass_fields(arg.annotation, path)
        )
        for arg, value in pairs
    }


def _dataclass_fields(annotation: ast.expr | None, path: Path) -> dict[str, Argument] | None:
    """Return the fields of the imported dataclass that an annotation names, alone or with None; None without one."""
    for name in _imported_names(annotation, path):
        for source in module_paths(name.module):
            found = _find_class(name.name, (source,)) if source.is_file() else None
            if found is not None and any("dataclass" in ast.unparse(mark) for mark in found[1].decorator_list):
                nodes = [node for node in found[1].body if isinstance(node, ast.AnnAssign)]
                fields = [(ast.unparse(node.target), node) for node in nodes]
                return {field: Argument(field, node.annotation, _default(node.value)) for field, node in fields}
    return None


class _Imported(NamedTuple):
    module: str
    name: str


def _imported_names(annotation: ast.expr | None, path: Path) -> Iterator[_Imported]:
    options = [annotation.left, annotation.right] if isinstance(annotation, ast.BinOp) else [annotation]
    named = {option.id for option in options if isinstance(option, ast.Name)} - set(_PLAIN_TYPES)
    for node in syntax_tree(path).body if named else ():
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (_Imported(node.module, alias.name) for alias in node.names if alias.name in named)


def _default(node: ast.expr | None) -> Any:
    if node is None:
        return _REQUIRED
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return _COMPUTED
    return list(value) if isinstance(value, tuple) else value


def _resolve_alias(annotation: ast.expr | None, aliases: dict[str, ast.expr]) -> ast.expr | None:
    if isinstance(annotation, ast.Name):
        return aliases.get(annotation.id, annotation)
    return annotation


def parse_python(path: Path) -> ast.Module:
    """Parse a Python file. Raises `TableError` if it is not valid Python."""
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError) as error:
        raise TableError(f"{path}: cannot be read as Python ({error})") from error


@cache
def syntax_tree(path: Path) -> ast.Module:
    """Cached `parse_python`; copy the tree before changing it."""
    return parse_python(path)


def _aliases(path: Path) -> dict[str, ast.expr]:
    """Return aliases such as `Target = Literal["hat", "top"]`, of the module or imported."""
    found: dict[str, ast.expr] = {}
    for node in syntax_tree(path).body:
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for source in module_paths(node.module):
                theirs = _own_aliases(source) if source.is_file() else {}
                found |= {name.asname or name.name: theirs[name.name] for name in node.names if name.name in theirs}
    return found | _own_aliases(path)


def _own_aliases(path: Path) -> dict[str, ast.expr]:
    return {
        target.id: node.value
        for node in syntax_tree(path).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def module_paths(module: str) -> tuple[Path, ...]:
    """Return the module's file, or its package's folder; () if it is not installed."""
    top, _, rest = module.partition(".")
    spec = importlib.util.find_spec(top) if top else None
    if spec is None:
        return ()
    if spec.submodule_search_locations is None:
        return (Path(spec.origin),) if spec.origin and not rest else ()
    found = [
        Path(location, *rest.split(".")) if rest else Path(location) for location in spec.submodule_search_locations
    ]
    candidates = [option for path in found for option in (path, path.with_suffix(".py"))]
    return tuple(path for path in candidates if path.is_dir() or path.is_file())


def _sources(roots: tuple[Path, ...]) -> Iterator[Path]:
    for root in roots:
        yield from [root] if root.is_file() else sorted(root.rglob("*.py"))


@cache
def _find_class(name: str, roots: tuple[Path, ...]) -> tuple[Path, ast.ClassDef] | None:
    pattern = re.compile(rf"^class {re.escape(name)}\b", re.MULTILINE)
    for path in _sources(roots):
        if pattern.search(path.read_text(encoding="utf-8")):
            for node in syntax_tree(path).body:
                if isinstance(node, ast.ClassDef) and node.name == name:
                    return path, node
    return None


@cache
def _class_names(roots: tuple[Path, ...]) -> tuple[str, ...]:
    text = "\n".join(path.read_text(encoding="utf-8") for path in _sources(roots))
    return tuple(re.findall(r"^class ([A-Z]\w*)", text, re.MULTILINE))


def _is_float(type_: ast.expr) -> bool:
    names = {node.id for node in ast.walk(type_) if isinstance(node, ast.Name)}
    return "float" in names and not isinstance(type_, ast.Subscript) and "int" not in names


def _literals(type_: ast.expr) -> list[str]:
    return [n.value for n in ast.walk(type_) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def _accepts(type_: ast.expr, value: Any) -> bool:
    if isinstance(type_, ast.BinOp):
        return _accepts(type_.left, value) or _accepts(type_.right, value)
    if isinstance(type_, ast.Constant) and type_.value is None:
        return value is None
    if isinstance(type_, ast.Name) and type_.id in _PLAIN_TYPES:
        if isinstance(value, bool):
            return type_.id == "bool"
        return isinstance(value, _PLAIN_TYPES[type_.id])
    if isinstance(type_, ast.Subscript) and ast.unparse(type_.value).endswith("Literal"):
        allowed = type_.slice.elts if isinstance(type_.slice, ast.Tuple) else [type_.slice]
        return value in [ast.literal_eval(option) for option in allowed]
    if isinstance(type_, ast.Subscript) and ast.unparse(type_.value) == "tuple":
        return _is_tuple(type_.slice, value)
    return True


def _is_tuple(entries: ast.expr, value: Any) -> bool:
    """Return whether a list is one of `tuple[int, int]`, or of any length where the type ends in `...`."""
    types = entries.elts if isinstance(entries, ast.Tuple) else [entries]
    if not isinstance(value, list | tuple):
        return False
    if isinstance(types[-1], ast.Constant) and types[-1].value is ...:
        types = types[:1] * len(value)
    return len(types) == len(value) and all(map(_accepts, types, value))
