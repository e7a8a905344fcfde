"""YAML with line numbers, so that errors can name file, line and key.

Scalars follow YAML 1.2: only `true` and `false` are booleans (`on`, `off`, `no` are strings), `1e-4` is a number.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import yaml

from common.errors import TableError, nearest

_BOOLEANS = {"true": True, "false": False}
_NUMBER = re.compile(r"[-+]?(\d[\d_]*)?(\.\d*)?([eE][-+]?\d+)?")
_IDENTIFIER = re.compile(r"\w[\w-]*")
_MERGE = "tag:yaml.org,2002:merge"
_KINDS = {yaml.MappingNode: "a mapping", yaml.SequenceNode: "a list", yaml.ScalarNode: "a single value"}


@dataclass(frozen=True)
class Source:
    """One node of a YAML file; `name` is its dotted key."""

    path: Path
    node: yaml.Node
    name: str = ""

    @property
    def line(self) -> int:
        """Line number in the file, from 1."""
        return int(self.node.start_mark.line) + 1

    def fail(self, message: str) -> NoReturn:
        """Raise `TableError` in one line that names file, line and key."""
        where = f"{self.name}: " if self.name else ""
        raise TableError(f"{self.path}:{self.line}: {where}{message}")

    def _expect(self, kind: type[yaml.Node]) -> None:
        if not isinstance(self.node, kind):
            self.fail(f"must be {_KINDS[kind]}, not {_KINDS[type(self.node)]}")

    def entries(self) -> dict[str, Source]:
        """Return the values of a mapping by key, in file order; a repeated key is an error.

        Merge keys (`<<: *other`, or a list of them) are resolved as in YAML 1.1: a key of the mapping itself has
        precedence, then that of the first mapping that is merged.
        """
        prefix = f"{self.name}." if self.name else ""
        return {key: Source(self.path, value_node, prefix + key) for key, (_, value_node) in self._pairs().items()}

    def _pairs(self) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """Return the nodes of keys and values by key, with merged ones."""
        self._expect(yaml.MappingNode)
        own: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        merged: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key_node, value_node in self.node.value:
            key = str(key_node.value)
            if key_node.tag == _MERGE:
                several = isinstance(value_node, yaml.SequenceNode)
                for node in value_node.value if several else [value_node]:
                    merged = {**Source(self.path, node, f"{self.name}.<<" if self.name else "<<")._pairs(), **merged}
            elif key in own:
                Source(self.path, key_node, self.name).fail(f"key {key!r} is given twice")
            else:
                own[key] = key_node, value_node
        return {**merged, **own}

    def mapping(self, allowed: Iterable[str], required: Iterable[str] = ()) -> dict[str, Source]:
        """Return `entries`, which may contain only `allowed` keys and must contain all `required` ones."""
        allowed = list(allowed)
        found = self.entries()
        for key, (key_node, _) in self._pairs().items():
            if key not in allowed:
                Source(self.path, key_node, self.name).fail(f"unknown key {key!r}, {nearest(key, allowed)}")
        missing = [key for key in required if key not in found]
        if missing:
            self.fail(f"key {missing[0]!r} is missing")
        return found

    def items(self) -> list[Source]:
        """Return the entries of a list."""
        self._expect(yaml.SequenceNode)
        return [Source(self.path, node, f"{self.name}[{i}]") for i, node in enumerate(self.node.value)]

    def unique_items(self) -> list[Source]:
        """Return the entries of a non-empty list of mappings with unique `id`s."""
        items = self.items()
        if not items:
            self.fail("must not be empty")
        seen: set[str] = set()
        for item in items:
            entry = item.entries().get("id")
            if entry is None:
                item.fail("key 'id' is missing")
            if not _IDENTIFIER.fullmatch(entry.text()):
                entry.fail(f"{entry.text()!r} may contain only letters, digits, _ and -")
            if entry.text() in seen:
                entry.fail(f"{entry.text()!r} is given twice")
            seen.add(entry.text())
        return items

    @property
    def is_list(self) -> bool:
        """True if the node is a list."""
        return isinstance(self.node, yaml.SequenceNode)

    def line_of_text(self) -> str:
        """Return a non-empty text as one line."""
        text = " ".join(self.text().split())
        if not text:
            self.fail("must not be empty")
        return text

    def text(self) -> str:
        """Return a scalar as written."""
        self._expect(yaml.ScalarNode)
        return str(self.node.value)

    def number(self) -> float:
        """Return a scalar as a number."""
        value = self.value()
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail(f"must be a number, not {self.text()!r}")
        return float(value)

    def count(self) -> int:
        """Return a scalar as a positive integer."""
        value = self.value()
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            self.fail("must be a positive integer")
        return value

    def boolean(self) -> bool:
        """Return a scalar as a boolean."""
        value = self.value()
        if not isinstance(value, bool):
            self.fail("must be true or false")
        return value

    def choice(self, options: Iterable[str]) -> str:
        """Return a scalar that must be one of the options."""
        options = list(options)
        text = self.text()
        if text not in options:
            self.fail(f"{text!r} is not known, {nearest(text, options)}")
        return text

    def value(self) -> Any:
        """Return the node as plain Python: dicts, lists, strings, numbers, booleans, None."""
        if isinstance(self.node, yaml.MappingNode):
            return {key: entry.value() for key, entry in self.entries().items()}
        if isinstance(self.node, yaml.SequenceNode):
            return [entry.value() for entry in self.items()]
        assert isinstance(self.node, yaml.ScalarNode)
        text = str(self.node.value)
        return text if self.node.style in ("'", '"', "|", ">") else plain_scalar(text)


def plain_scalar(text: str) -> Any:
    """Convert an unquoted YAML scalar to Python: null, boolean, number or string."""
    if text in ("", "~", "null"):
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if any(character.isdigit() for character in text) and _NUMBER.fullmatch(text):
        for number in (int, float):
            with contextlib.suppress(ValueError):  # `e5` and `1_.5` are strings
                return number(text)
    return text


def read(path: Path) -> Source:
    """Read a YAML file. Raises `TableError` if it is missing, empty or not YAML."""
    try:
        node = _compose(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TableError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise TableError(f"{path}: is not UTF-8 text ({error.reason})") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise TableError(f"{path}:{line}: not valid YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise TableError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from error
    if node is None:
        raise TableError(f"{path}: is empty")
    return Source(path, node)


@lru_cache(maxsize=512)
def _compose(text: str) -> yaml.Node | None:
    """Return the root node of a YAML text; a plan reads each base file once for every stage."""
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    return node
