"""Rows of a table file: the changes of each, as printed and controlled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from ablations.tables.schema_settings import check_key, read_changes
from ablations.tables.source import Source
from ablations.tables.table import TIME_UNITS, UNITS, Column, Misprint, PrintedValue, Row, StageSpec

CONTROLLED = "-controlled"
_ROW_KEYS = (
    "id", "label", "paper", "factor", "set", "drop", "controlled", "base", "baseline", "note", "misprints",
    "parameters_differ",
)  # fmt: skip
#: A printed value with its unit, or with the unit's power of ten.
_IN_UNIT = re.compile(r"(?P<digits>\d+(\.\d+)?)([eE]\+?0?(?P<exponent>\d)|\s*(?P<unit>[kMG]|MB|MiB))")
_EXPONENTS = {"k": "3", "M": "6", "G": "9", "MB": "6"}
_CITED_KEYS = ("id", "label", "paper", "cited")
_CONTROLLED_KEYS = ("set", "drop", "label", "note", "parameters_differ")


def read_rows(source: Source, columns: tuple[Column, ...], stages: tuple[StageSpec, ...]) -> tuple[Row, ...]:
    """Read the rows that are run, in order, each controlled version right after its printed one."""
    every = source.unique_items()
    items = [item for item in every if "cited" not in item.entries()]
    if not items:
        source.fail("every row is cited; at least one must be run")
    ids = [item.entries()["id"].text() for item in items]
    twins = [item.entries()["id"].text() + CONTROLLED for item in items if "controlled" in item.entries()]
    for item in every:
        entry = item.entries()["id"]
        if entry.text() in twins:
            entry.fail(f"{entry.text()!r} is the id of another row's controlled version; choose another")
    found: list[Row] = []
    for item in items:
        found += _versions(item, [*ids, *twins], columns, stages)
    _require_one_base(items, found)
    return tuple(found)


def read_cited(source: Source, columns: tuple[Column, ...]) -> tuple[Row, ...]:
    """Read the rows that are never run, in order: printed numbers and their source."""
    return tuple(_cited_row(item, columns) for item in source.unique_items() if "cited" in item.entries())


def _cited_row(source: Source, columns: tuple[Column, ...]) -> Row:
    fields = source.entries()
    for key, entry in fields.items():
        if key in _ROW_KEYS and key not in _CITED_KEYS:
            entry.fail("is not allowed in a cited row; remove it")
    source.mapping(allowed=_CITED_KEYS, required=_CITED_KEYS)
    paper = _paper(fields["paper"], columns)
    if not paper:
        fields["paper"].fail("must not be empty; a cited row has only printed numbers")
    if fields["cited"].text() in ("true", "false"):
        fields["cited"].fail("must name the source of the numbers, e.g. 'from reference [12], not run here'")
    label, cited = fields["label"].line_of_text(), fields["cited"].line_of_text()
    return Row(id=fields["id"].text(), label=label, paper=paper, line=source.line, cited=cited)


def _paper(source: Source, columns: tuple[Column, ...]) -> dict[str, PrintedValue]:
    by_id = {column.id: column for column in columns}
    return {column: _printed_value(entry, by_id[column]) for column, entry in source.mapping(allowed=by_id).items()}


def _require_one_base(items: list[Source], rows: list[Row]) -> None:
    """Check that the chain of bases of every row ends at the first row, so that bases form no cycle.

    A controlled version has the base of its printed one.
    """
    bases, first = {row.id: row.base for row in rows}, rows[0].id
    for item in items:
        fields = item.entries()
        passed = [fields["id"].text()]
        while passed[-1] != first:
            passed.append(bases[passed[-1]])
            if passed[-1] in passed[:-1]:
                fields["base"].fail(f"is circular ({' -> '.join(passed)}); bases must lead to {first!r}, the first row")
    if rows[0].base != first:
        items[0].entries()["base"].fail(f"{first!r} is the first row and has no base; remove this key")


def _versions(
    source: Source, ids: list[str], columns: tuple[Column, ...], stages: tuple[StageSpec, ...]
) -> tuple[Row, ...]:
    fields = source.mapping(allowed=_ROW_KEYS, required=("id", "label"))
    row = _row(source, fields, ids, columns, stages)
    if "controlled" not in fields:
        return (row,)
    if not row.factor:
        fields["controlled"].fail("needs 'factor' in the row, the setting keys that both versions are about")
    twin = _controlled_row(fields["controlled"], row, stages)
    return replace(row, version="as_printed", twin=twin.id), twin


def _row(
    source: Source,
    fields: Mapping[str, Source],
    ids: list[str],
    columns: tuple[Column, ...],
    stages: tuple[StageSpec, ...],
) -> Row:
    changes = read_changes(fields, stages)
    paper = _paper(fields["paper"], columns) if "paper" in fields else {}
    misprints = fields["misprints"].mapping(allowed=paper) if "misprints" in fields else {}
    return Row(
        id=fields["id"].text(),
        label=fields["label"].line_of_text(),
        paper=paper,
        settings=changes.settings,
        configs=changes.configs,
        drop=changes.drop,
        base=_base(fields, ids),
        baseline=fields["baseline"].boolean() if "baseline" in fields else False,
        note=fields["note"].line_of_text() if "note" in fields else "",
        misprints=tuple(_misprint(column, entry) for column, entry in misprints.items()),
        line=source.line,
        factor=_factor(fields["factor"], stages) if "factor" in fields else (),
        parameters_differ=_reason(fields),
    )


def _base(fields: Mapping[str, Source], ids: list[str]) -> str:
    if "base" not in fields:
        return ids[0]
    if fields["base"].text() == fields["id"].text() != ids[0]:
        fields["base"].fail("is the row itself; name another row")
    return fields["base"].choice(ids)


def _controlled_row(source: Source, printed: Row, stages: tuple[StageSpec, ...]) -> Row:
    """Read the version of a printed row that changes only its factor. The paper prints no numbers for it."""
    fields = source.mapping(allowed=_CONTROLLED_KEYS)
    changes = read_changes(fields, stages)
    return Row(
        id=printed.id + CONTROLLED,
        label=fields["label"].line_of_text() if "label" in fields else f"{printed.label}, controlled",
        paper={},
        settings=changes.settings,
        configs=changes.configs,
        drop=changes.drop,
        base=printed.base,
        baseline=printed.baseline,
        note=fields["note"].line_of_text() if "note" in fields else "",
        line=source.line,
        factor=printed.factor,
        version="controlled",
        twin=printed.id,
        parameters_differ=_reason(fields) or printed.parameters_differ,
    )


def _reason(fields: Mapping[str, Source]) -> str:
    return fields["parameters_differ"].line_of_text() if "parameters_differ" in fields else ""


def _factor(source: Source, stages: tuple[StageSpec, ...]) -> tuple[str, ...]:
    """Read setting keys, or names of fit stages that the row drops."""
    found: list[str] = []
    fits = [stage.name for stage in stages if stage.kind == "fit"]
    for item in source.items():
        text = item.text()
        if "." in text:
            check_key(text, item, stages)
        else:
            item.choice(fits)
        if text in found:
            item.fail(f"{text!r} is given twice")
        found.append(text)
    if not found:
        source.fail("must not be empty; list the setting keys that the row's name states")
    return tuple(found)


def _printed_value(source: Source, column: Column) -> PrintedValue:
    """Read a printed value: "23.07"; "3.0506e6" or "3.0506 M" in a column of unit M; or '/' for a printed slash."""
    text = source.text()
    if text == "/":
        return PrintedValue("/", None)
    if not column.unit:
        return PrintedValue(text, source.number())
    if column.time:  # as printed, in the column's unit
        return PrintedValue(text, source.number() * TIME_UNITS[column.unit])
    written = _IN_UNIT.fullmatch(text)
    exponent = _EXPONENTS.get(column.unit)
    if not written or (written["unit"] != column.unit and (exponent is None or written["exponent"] != exponent)):
        short = f"{column.unit}, e.g. 3.0506 {column.unit}"
        how = f"e{exponent}, e.g. 3.0506e{exponent} (or {short})" if exponent else short
        source.fail(f"column {column.id!r} is printed in {column.unit}: write the digits with {how}, not {text}")
    return PrintedValue(written["digits"], float(Decimal(written["digits"]) * UNITS[column.unit]))


def _misprint(column: str, source: Source) -> Misprint:
    keys = ("printed", "computed", "note")
    fields = source.mapping(allowed=keys, required=keys)
    return Misprint(column, fields["printed"].number(), fields["computed"].number(), fields["note"].text())
