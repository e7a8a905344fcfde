"""summary.json: the data of a report for the index of all reports."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from ablations.report.views.claims import SIGNS
from ablations.report.views.table_view import where_measured
from ablations.results.table_result import TableResult

SUMMARY = "summary.json"
#: Incremented when the fields change; files of other formats are skipped with a message.
FORMAT = 1


def render_summary(result: TableResult) -> str:
    """Render the summary as JSON; `path` is that of the report, relative to their folder."""
    rows = Counter(row.status for row in result.rows)
    lint = Counter(check.status for check in result.lint)
    content: dict[str, Any] = {
        "format": FORMAT,
        "table": result.table.id,
        "title": result.table.title,
        "paper": f"{result.table.paper.key}, {result.table.paper.where}",
        "scale": result.scale,
        "data": result.data_label,
        "synthetic": result.synthetic,
        "where": where_measured(result),
        "seeds": max((len(row.seeds) for row in result.rows), default=0),
        "rows": {status: rows[status] for status in ("done", "failed", "stale", "missing")},
        "verdicts": _verdicts([claim.verdict for claim in result.claims]),
        "values": _verdicts([claim.verdict for claim in result.values]),
        "claims": [
            {"text": claim.claim.text, "version": claim.claim.version, "verdict": claim.verdict}
            for claim in result.claims
        ],
        "lint": {status: lint[status] for status in ("pass", "fail")},
        "path": "report.html",
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _verdicts(found: list[str]) -> dict[str, int]:
    counts = Counter(found)
    return {verdict: counts[verdict] for verdict in SIGNS}
