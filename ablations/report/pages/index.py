"""index.html: all tables that have a report, with their verdicts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ablations.report.pages.environment import html_environment, page_style
from ablations.report.pages.files import write
from ablations.report.pages.summary import FORMAT, SUMMARY
from ablations.report.views.claims import SIGNS, VERSIONS
from ablations.report.views.formatting import plural

INDEX = "index.html"
_SCALES = ("paper", "small", "toy")
_ROW_WORDS = {"failed": "failed", "stale": "stale", "missing": "not run"}


@dataclass(frozen=True)
class IndexClaim:
    """A claim, shown as a badge."""

    text: str
    version: str
    verdict: str
    sign: str


@dataclass(frozen=True)
class IndexEntry:
    """One report: link, runs, and verdicts."""

    table: str
    title: str
    paper: str
    where: str
    data: str
    caution: bool
    link: str
    seeds: str
    rows: str
    troubled: bool
    verdicts: list[tuple[str, str, int]]
    claims: list[IndexClaim]
    lint: str
    lint_fails: bool


class _SkippedError(Exception):
    """Raised with the reason why a summary is not on the page."""


def write_index(reports_root: Path) -> Path:
    """Write `index.html` from the summaries in the folders of `reports_root`; return its path.

    A summary that is unreadable or of another format is skipped and named on the page.
    Raises `TableError` if the file cannot be written.
    """
    entries, skipped = [], []
    for path in sorted(reports_root.glob(f"*/{SUMMARY}")):
        try:
            content = _read(path)
            entries.append((_order(content), _entry(path.parent.name, content)))
        except _SkippedError as error:
            skipped.append(f"{path.parent.name}/{SUMMARY}: {error}")
        except (TypeError, KeyError, AttributeError, ValueError):
            skipped.append(f"{path.parent.name}/{SUMMARY}: is incomplete")
    template = html_environment().get_template("index.html.j2")
    tables = [entry for _, entry in sorted(entries, key=lambda item: item[0])]
    page = template.render(css=page_style(), entries=tables, skipped=skipped)
    write(reports_root / INDEX, page)
    return reports_root / INDEX


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _SkippedError("cannot be read") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise _SkippedError("was written by another version of this program")
    return content


def _order(content: dict[str, Any]) -> tuple[Any, ...]:
    """Sort key: natural order of tables (4-2 before 4-10), the paper's scale first."""
    parts = re.split(r"(\d+)", content["table"])
    scale = _SCALES.index(content["scale"]) if content["scale"] in _SCALES else len(_SCALES)
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts], scale, content["scale"]


def _entry(folder: str, content: dict[str, Any]) -> IndexEntry:
    rows, lint = content["rows"], content["lint"]
    checks = lint["pass"] + lint["fail"]
    return IndexEntry(
        table=content["table"],
        title=content["title"],
        paper=content["paper"],
        where=content["where"],
        data=content["data"],
        caution=content["synthetic"] or content["scale"] != "paper",
        link=quote(f"{folder}/{content['path']}"),
        seeds=plural(content["seeds"], "seed") if content["seeds"] else "",
        rows=_rows_text(rows),
        troubled=bool(rows["failed"] or rows["stale"]),
        verdicts=[(verdict, sign, content["verdicts"][verdict]) for verdict, sign in SIGNS.items()],
        claims=[_claim(claim) for claim in content["claims"]],
        lint=f"{lint['pass']} of {plural(checks, 'check')} pass" if checks else "",
        lint_fails=bool(lint["fail"]),
    )


def _claim(content: dict[str, str]) -> IndexClaim:
    sign = next(sign for verdict, sign in SIGNS.items() if verdict == content["verdict"])
    return IndexClaim(content["text"], VERSIONS[content["version"]], content["verdict"], sign)


def _rows_text(rows: dict[str, int]) -> str:
    others = [f"{rows[status]} {word}" for status, word in _ROW_WORDS.items() if rows[status]]
    return ", ".join([f"{rows['done']} of {plural(sum(rows.values()), 'row')} done", *others])
