"""Everything a report says, gathered once for all its formats."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from ablations.report import sections
from ablations.report.formatting import duration_text, listing, plural, sentence_case
from ablations.report.pictures import PictureGrid, picture_grid
from ablations.report.table_view import first_line, table_view, where_measured, where_sentence
from ablations.results import RowResult, TableResult

#: Test images in a figure, and in the second one with another variant.
_PICTURES, _MORE_PICTURES = 6, 3


def content(result: TableResult) -> dict[str, Any]:
    """The variables of the templates, except what depends on the format (pictures, curves)."""
    table = table_view(result)
    networks, count_rows = sections.count_lines(result)
    protocol, warnings = sections.protocol_lines(result)
    return {
        "id": result.table.id,
        "title": result.table.title,
        "where": f"{result.table.paper.key} · {result.table.paper.where}",
        "first_line": first_line(result),
        "caution": result.synthetic or result.scale != "paper",
        "facts": _facts(result),
        "scale": result.scale,
        "where_measured": where_measured(result),
        "where_sentence": where_sentence(result),
        "table": table,
        "groups": [
            (column, list(headings)) for column, headings in groupby(table.headings, lambda heading: heading.column)
        ],
        "claims": [sections.claim_view(result, claim) for claim in result.claims],
        "metrics": sections.metric_table(result),
        "variants_note": _variants_note(result),
        "parsing": sections.parsing_lines(result),
        "networks": networks,
        "count_rows": count_rows if networks else [],
        "scale_changes": result.scale_changes,
        "base": result.table.row(result.table.base).label if result.table.base else "the base row",
        "differences": sections.differences(result),
        "protocol": protocol,
        "warnings": warnings,
        "command": result.command,
        "repeats": sections.repeats(result),
        "provenance": sections.provenance_lines(result),
    }


def picture_grids(result: TableResult) -> list[tuple[str, PictureGrid, str]]:
    """(file stem, grid, caption): the headline variant, then each other variant that some rows have."""
    headlines = {row.headline for row in result.rows if row.samples}
    found = [("pictures", picture_grid(result.rows, None, _PICTURES), _caption(result))]
    others = dict.fromkeys(name for row in result.rows for name in row.variants if name not in headlines)
    for name in others:
        words = name.replace("_", " ")
        caption = f"The first of the same test images, with {words} instead, for the rows that have it."
        found.append((f"pictures_{name}", picture_grid(result.rows, name, _MORE_PICTURES), caption))
    return [(stem, grid, _excluding(caption, grid)) for stem, grid, caption in found if grid is not None]


def _caption(result: TableResult) -> str:
    headlines = _contested_headlines(result)
    which = f"; with {listing(headlines)}, where it has more than one variant" if headlines else ""
    return (
        f"The first test images, not chosen. Across: one input, with its hole, and what each row of the table makes of "
        f"it{which}. {sentence_case(where_sentence(result))}."
    )


def _excluding(caption: str, grid: PictureGrid) -> str:
    return (
        f"{caption} Left out, because their test images are others: {listing(grid.excluded)}."
        if grid.excluded
        else caption
    )


def _facts(result: TableResult) -> list[tuple[str, str]]:
    done = sum(row.status == "done" for row in result.rows)
    facts = [("Scale", result.scale), ("Data", result.data_label), ("Rows", f"{done} of {len(result.rows)} done")]
    if seeds := sorted({len(row.seeds) for row in result.rows if row.seeds}):
        facts.append(("Seeds", listing([plural(count, "seed") for count in seeds]) + " a row"))
    if (total := _total_seconds(result.rows)) is not None:
        facts.append(("Time of all rows run apart", duration_text(total)))
    return facts


def _total_seconds(rows: list[RowResult]) -> float | None:
    known = [row.seconds for row in rows if row.seconds is not None]
    return sum(known) if known else None


def _variants_note(result: TableResult) -> str:
    headlines = _contested_headlines(result)
    return f"Of a row's variants, the table above gives {listing(headlines)}." if headlines else ""


def _contested_headlines(result: TableResult) -> list[str]:
    """The headline variants of the rows that have others beside it."""
    return list(dict.fromkeys(row.headline.replace("_", " ") for row in result.rows if len(row.variants) > 1))
