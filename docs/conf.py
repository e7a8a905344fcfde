"""Sphinx settings: Markdown pages by MyST, the furo theme, docstrings as they are written in the code."""

from __future__ import annotations

import re
import sys
from importlib.metadata import version as installed
from itertools import groupby
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for cli.py, which is no package

project = "paper-tables"
author = "the paper-tables authors"
copyright = f"2026, {author}"
version = release = installed("paper-tables")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "generated", "*.ipynb"]
highlight_language = "none"  # what is no Python says so, the rest is for a shell
html_theme = "furo"
html_title = "paper-tables"
html_copy_source = False
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

default_role = "code"  # `x` in a docstring is code
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the signature has them, as written
autodoc_preserve_defaults = True
napoleon_use_ivar = True
napoleon_use_rtype = False

_LITERAL = re.compile(r"(``.*?``|`.*?`)")


def plain_docstring(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Docstrings are plain text with `code` and Markdown tables; makes reStructuredText of them."""
    text: list[str] = []
    for is_table, group in groupby(lines, lambda line: line.startswith("|") and line.endswith("|")):
        block = list(group)
        text += _list_table(block) if is_table else [_escaped(line) for line in block]
    lines[:] = text


def _escaped(line: str) -> str:
    """What reStructuredText would take for markup, outside code: bars, stars and underscores at a word's end."""
    parts = _LITERAL.split(line)
    parts[::2] = [re.sub(r"(?<=\w)_(?!\w)|[|*]", r"\\\g<0>", part) for part in parts[::2]]
    return "".join(parts)


def _list_table(rows: list[str]) -> list[str]:
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in rows:
        cells = [_escaped(cell.strip()) for cell in row.strip("|").split("|")]
        if not all(set(cell) <= set("-: ") for cell in cells):  # the rule under the heading
            lines += [f"   {'  ' if i else '* '}- {cell}" for i, cell in enumerate(cells)]
    return [*lines, ""]


def setup(app: Any) -> None:
    app.connect("autodoc-process-docstring", plain_docstring, priority=400)  # before napoleon
