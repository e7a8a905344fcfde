"""Contents of a report, collected once for all formats."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import Any

from ablations.report.views import claims, sections
from ablations.report.views.certificates import certificates
from ablations.report.views.cost import cost
from ablations.report.views.formatting import duration_text, listing, plural, sentence_case
from ablations.report.views.image_grids import ImageGrid, image_grid
from ablations.report.views.sweeps import sweep_views
from ablations.report.views.table_view import first_line, printed_rows, table_view, where_measured, where_sentence
from ablations.results.table_result import RowResult, TableResult

#: Test images in a figure, and in the second one with another variant.
_IMAGES, _MORE_IMAGES = 6, 3


def content(result: TableResult) -> dict[str, Any]:
    """Return the variables of the templates, except those that depend on the format (images, charts)."""
    printed = replace(result, rows=printed_rows(result))
    table = table_view(result)
    networks, count_rows = sections.count_lines(printed)
    protocol, warnings = sections.protocol_lines(printed)
    return {
        "id": result.table.id,
        "title": result.table.title,
        "where": f"{result.table.paper.key} · {result.table.paper.where}",
        "first_line": first_line(result),
        "caution": result.synthetic or result.scale != "paper",
        "facts": _facts(result, printed.rows),
        "scale": result.scale,
        "where_measured": where_measured(result),
        "where_sentence": where_sentence(result),
        "table": table,
        "groups": [
            (column, list(headings)) for column, headings in groupby(table.headings, lambda heading: heading.column)
        ],
        "standing": claims.standing(result) if result.claims else [],
        "claims": claims.claim_groups(result),
        "values": claims.value_groups(result),
        "level": claims.level_text(result),
        "method": claims.method_text(result),
        "cautions": claims.cautions(result),
        "sweeps": sweep_views(result),
        "metrics": sections.metric_table(printed),
        "variants_note": _variants_note(printed),
        "intermediate": sections.intermediate_table(printed),
        "networks": networks,
        "count_rows": count_rows if networks else [],
        "scale_changes": result.scale_changes,
        "base": result.table.row(result.table.base).label if result.table.base else "the base row",
        "differences": sections.differences(printed),
        "deviations": result.deviations,
        "protocol": protocol,
        "warnings": warnings,
        "lint": result.lint,
        "lint_text": lint_text(result),
        "command": result.command,
        "cost": cost(result),
        "certificates": certificates(result),
        "provenance": sections.provenance_lines(result),
    }


def lint_text(result: TableResult) -> str:
    """Summarise the checklist: "9 of 10 checks pass"."""
    passed = sum(check.status == "pass" for check in result.lint)
    return f"{passed} of {plural(len(result.lint), 'check')} pass" if result.lint else ""


def image_grids(result: TableResult) -> list[tuple[str, ImageGrid, str]]:
    """Return (file stem, grid, caption) of the headline variant, then of each other variant that some rows have."""
    rows = printed_rows(result)
    with_images = [row for row in rows if row.samples is not None]
    headlines = {row.headline for row in with_images}
    found = [("images", image_grid(rows, None, _IMAGES), _caption(result))]
    others = dict.fromkeys(name for row in rows for name in row.variants if name not in headlines)
    for name in others:
        words = name.replace("_", " ")
        caption = f"The first of the same test images, with {words} instead, for the rows that have it."
        found.append((f"images_{name}", image_grid(rows, name, _MORE_IMAGES), caption))
    return [(stem, grid, _excluding(caption, grid)) for stem, grid, caption in found if grid is not None]


def _caption(result: TableResult) -> str:
    rows = printed_rows(result)
    text = next((row.samples.caption for row in rows if row.samples is not None), "")
    headlines = _contested_headlines(replace(result, rows=rows))
    which = f"; with {listing(headlines)}, where it has more than one variant" if headlines else ""
    return f"{text} Columns: output of each row of the table{which}. {sentence_case(where_sentence(result))}."


def _excluding(caption: str, grid: ImageGrid) -> str:
    left_out = f" Not shown, because their test images differ: {listing(grid.excluded)}." if grid.excluded else ""
    return f"{caption}{left_out}"


def _facts(result: TableResult, printed: list[RowResult]) -> list[tuple[str, str]]:
    facts = [("Scale", result.scale), ("Data", result.data_label), ("Rows", _rows_text(printed))]
    if points := [row for row in result.rows if row.row.sweep]:
        facts.append(("Sweep points", _rows_text(points)))
    if seeds := sorted({len(row.seeds) for row in result.rows if row.seeds}):
        facts.append(("Seeds", listing([plural(count, "seed") for count in seeds]) + " per row"))
    if result.lint:
        facts.append(("Fairness", lint_text(result)))
    if result.seconds_once is not None:
        facts.append(("Time", duration_text(result.seconds_once)))
    elif (total := _total_seconds(result.rows)) is not None:
        facts.append(("Time of all rows run separately", duration_text(total)))
    return facts


def _rows_text(rows: list[RowResult]) -> str:
    """Format the states of rows: "5 of 7 done, 1 stale"."""
    others = [(status, sum(row.status == status for row in rows)) for status in ("failed", "stale")]
    done = sum(row.status == "done" for row in rows)
    return ", ".join([f"{done} of {len(rows)} done", *(f"{count} {status}" for status, count in others if count)])


def _total_seconds(rows: list[RowResult]) -> float | None:
    known = [row.seconds for row in rows if row.seconds is not None]
    return sum(known) if known else None


def _variants_note(result: TableResult) -> str:
    headlines = _contested_headlines(result)
    return f"For rows with several variants, the main table shows {listing(headlines)}." if headlines else ""


def _contested_headlines(result: TableResult) -> list[str]:
    """Return the headline variants of rows with several variants."""
    return list(dict.fromkeys(row.headline.replace("_", " ") for row in result.rows if len(row.variants) > 1))
