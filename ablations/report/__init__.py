"""A table's result as a page that people read: HTML in one file, and Markdown."""

from __future__ import annotations

from pathlib import Path

from ablations.report.html import render_html
from ablations.report.markdown import render_markdown
from ablations.results import TableResult

__all__ = ["write_report"]


def write_report(result: TableResult, folder: Path) -> Path:
    """Writes `report.html`, `report.md` and `figures/` into `folder`; returns the path of the HTML file.

    The same result gives the same bytes: nothing in a report depends on when it was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.md").write_text(render_markdown(result, folder), encoding="utf-8")
    page = folder / "report.html"
    page.write_text(render_html(result), encoding="utf-8")
    return page
