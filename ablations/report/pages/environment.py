"""Jinja environments of the templates: undefined names are errors, HTML is escaped except in charts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ablations.report.charts.dots import dots
from ablations.report.charts.forest import Axis, axis_strip, strip
from ablations.report.charts.svg import STYLE
from ablations.results.table_result import ClaimResult

FOLDER = Path(__file__).parent
_CODE = re.compile(r"`([^`]+)`")


def html_environment() -> Environment:
    """Return the environment for pages, with escaped texts and the charts `strip`, `axis_strip` and `dots`."""
    environment = _environment(autoescape=True)
    environment.filters["code"] = _code
    environment.globals["strip"] = _strip
    environment.globals["axis_strip"] = lambda axis: Markup(axis_strip(axis))
    environment.globals["dots"] = lambda values, span: Markup(dots(values, span))
    return environment


def markdown_environment() -> Environment:
    """Return the environment for Markdown, in which only the filter `md` escapes, and `md_code` all but code."""
    environment = _environment(autoescape=False)
    environment.filters["md_code"] = _markdown_code
    environment.filters["md"] = _escape
    return environment


def page_style() -> str:
    """Return the style sheet of pages and charts."""
    return (FOLDER / "report.css").read_text(encoding="utf-8") + STYLE.read_text(encoding="utf-8")


def _environment(**options: Any) -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        **options,
    )


def _code(text: str) -> Markup:
    """Return HTML of a text in which backticks mark code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


def _markdown_code(text: str) -> str:
    """Escape text for Markdown, except code in backticks."""
    parts = _CODE.split(text)  # code at odd places
    return "".join(f"`{part}`" if i % 2 else _escape(part) for i, part in enumerate(parts))


def _strip(claim: ClaimResult, axis: Axis | None) -> Markup:
    return Markup(strip(claim, axis)) if axis is not None and claim.effect is not None else Markup("")


def _escape(text: str) -> str:
    """Escape text for Markdown, also inside table cells."""
    return re.sub(r"([\\`*_|<>\[\]&$~])", r"\\\1", text).replace("\n", " ")
