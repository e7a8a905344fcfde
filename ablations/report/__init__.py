"""Reports of a table: pages for readers (HTML, Markdown), files for further use (LaTeX, CSV), and the index."""

from __future__ import annotations

from pathlib import Path

from ablations.report.pages.csv_table import render_csv
from ablations.report.pages.files import remove_others, write
from ablations.report.pages.html import render_html
from ablations.report.pages.index import write_index
from ablations.report.pages.latex import render_latex
from ablations.report.pages.markdown import FIGURES, render_markdown
from ablations.report.pages.summary import SUMMARY, render_summary
from ablations.results.table_result import TableResult

__all__ = ["write_index", "write_report"]


def write_report(result: TableResult, folder: Path) -> Path:
    """Write `report.html`, `.md`, `.tex`, `.csv`, `figures/` and `summary.json` to `folder`; return the HTML file.

    The same result gives the same bytes, independent of the time of writing. Every file is written atomically, the
    summary last. Raises `TableError`, which names the file, if one cannot be written.
    """
    markdown, figures = render_markdown(result)
    page = folder / "report.html"
    contents: dict[Path, str | bytes] = {
        **{folder / path: content for path, content in figures.items()},
        page: render_html(result),
        folder / "report.md": markdown,
        folder / "report.tex": render_latex(result),
        folder / "report.csv": render_csv(result),
        folder / SUMMARY: render_summary(result),
    }
    for path, content in contents.items():
        write(path, content)
    remove_others(folder / FIGURES, {folder / path for path in figures})
    return page
