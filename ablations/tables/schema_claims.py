"""Claims of a table file, each for both versions of a row, and figures."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from ablations.tables.source import Source, plain_scalar
from ablations.tables.table import CellRef, Claim, Column, Figure, Row, StageSpec
from common.errors import nearest

_CELL = r"([\w.+-]+)\.([\w-]+)"  # a row's id may contain dots, as in kl_weight-0.5
_ORDER = re.compile(rf"{_CELL}\s*([<>])\s*{_CELL}")
_EQUAL = re.compile(rf"{_CELL}\s*=\s*(\S+)\s*(?:\+-|±)\s*(\S+)")
_FIGURE_KEYS = ("id", "where", "title")
_OF_CURVES, _OF_PANELS = ("kind", "losses"), ("panel", "lines")


def read_claims(source: Source, rows: tuple[Row, ...], columns: tuple[Column, ...]) -> tuple[Claim, ...]:
    """Read the claims; one about a row with two versions becomes two, "as_printed" first."""
    found: list[Claim] = []
    by_id = {row.id: row for row in rows}
    for item in source.items():
        found += _versions(_claim(item, by_id, columns), by_id)
    return tuple(found)


def _claim(source: Source, rows: dict[str, Row], columns: tuple[Column, ...]) -> Claim:
    fields = source.mapping(allowed=("text", "expect"), required=("text", "expect"))
    expect, text = fields["expect"], fields["text"].line_of_text()
    written = " ".join(expect.text().split())
    by_id = {column.id: column for column in columns}
    if order := _ORDER.fullmatch(written):
        left, right = (_cell(expect, order[i], order[i + 1], rows, by_id) for i in (1, 4))
        if left == right:
            expect.fail("compares a cell with itself; name two rows, or two columns of one metric")
        _require_comparable(expect, by_id[left.column], by_id[right.column])
        operator: Literal["<", ">"] = "<" if order[3] == "<" else ">"
        return Claim(text, written, left, operator, right)
    equal = _EQUAL.fullmatch(written)
    if equal is None:
        expect.fail(
            "must read '<row>.<column> < <row>.<column>' (or >), or '<row>.<column> = <number or paper> +- <margin>', "
            f"not {expect.text()!r}"
        )
    left = _cell(expect, equal[1], equal[2], rows, by_id)
    if by_id[left.column].time:
        expect.fail(f"column {left.column!r} is of times, which depend on the machine; claim an order, < or >")
    if by_id[left.column].incomparable:
        expect.fail(f"column {left.column!r} is incomparable, so only rows can be compared; use < or >")
    value, margin = _value(expect, left, equal[3], rows), _number(expect, equal[4])
    if not (margin > 0 or (margin == 0 and by_id[left.column].exact)):
        expect.fail(f"the margin must be greater than 0, not {equal[4]}")
    return Claim(text, written, left, "=", value=value, margin=margin)


def _cell(expect: Source, row: str, column: str, rows: dict[str, Row], columns: dict[str, Column]) -> CellRef:
    if row not in rows:
        expect.fail(f"there is no row {row!r}, {nearest(row, rows)}")
    if rows[row].cited:
        expect.fail(f"row {row!r} is cited and never run; a claim is about rows that are")
    if column not in columns:
        expect.fail(f"there is no column {column!r}, {nearest(column, columns)}")
    return CellRef(row, column)


def _require_comparable(expect: Source, left: Column, right: Column) -> None:
    if (left.time is None) != (right.time is None):
        expect.fail("compares a time with another quantity")
    if (left.metric is None) != (right.metric is None):
        expect.fail("compares a measured value with an exact quantity of a network")
    if left.metric != right.metric or left.exact != right.exact:
        expect.fail(f"compares {left.metric or left.exact} with {right.metric or right.exact}")
    if left.test != right.test:
        tests = (f"test {column.test!r}" if column.test else "no named test" for column in (left, right))
        expect.fail(f"compares {left.metric} of {' with that of '.join(tests)}, which are different quantities")


def _value(expect: Source, cell: CellRef, written: str, rows: dict[str, Row]) -> float:
    if written != "paper":
        return _number(expect, written)
    row = rows[cell.row]
    if row.version == "controlled":
        row = rows[row.twin]  # the paper prints its numbers
    printed = row.paper.get(cell.column)
    if printed is None or printed.value is None:
        expect.fail(f"the paper prints no number in {row.id}.{cell.column}; write a number instead")
    return printed.value


def _number(expect: Source, written: str) -> float:
    value = plain_scalar(written)
    if isinstance(value, bool) or not isinstance(value, int | float):
        expect.fail(f"{written!r} is not a number" + (", did you mean 'paper'?" if written.isalpha() else ""))
    return float(value)


def _versions(claim: Claim, rows: dict[str, Row]) -> tuple[Claim, ...]:
    named = [ref.row for ref in (claim.left, claim.right) if ref is not None]
    versions = {rows[name].version for name in named} - {""}
    if versions == {"as_printed"}:
        return replace(claim, version="as_printed"), _controlled_claim(claim, rows)
    # A claim that names a controlled version is about that version only.
    return (replace(claim, version="controlled") if versions == {"controlled"} else claim,)


def _controlled_claim(claim: Claim, rows: dict[str, Row]) -> Claim:
    def twin(ref: CellRef) -> CellRef:
        return CellRef(rows[ref.row].twin or ref.row, ref.column)

    left, right = twin(claim.left), claim.right and twin(claim.right)
    rest = claim.expect[claim.expect.index(claim.operator) :]
    if right is not None:
        rest = f"{claim.operator} {right.row}.{right.column}"
    expect = f"{left.row}.{left.column} {rest}"
    return replace(claim, expect=expect, left=left, right=right, version="controlled")


def read_figures(source: Source, rows: tuple[Row, ...], stages: tuple[StageSpec, ...]) -> tuple[Figure, ...]:
    """Read the figures."""
    return tuple(_figure(item, rows, stages) for item in source.unique_items())


def _figure(source: Source, rows: tuple[Row, ...], stages: tuple[StageSpec, ...]) -> Figure:
    allowed = (*_FIGURE_KEYS, *_OF_CURVES, *_OF_PANELS, "stage", "rows")
    fields = source.mapping(allowed=allowed, required=_FIGURE_KEYS)
    if ("kind" in fields) == ("panel" in fields):
        source.fail("a figure needs either 'kind: curves' or 'panel', the name of a panel that the tests write")
    curves = "kind" in fields
    if curves:
        fields["kind"].choice(("curves",))
    for key in ("stage", "losses", "rows") if curves else ():
        if key not in fields:
            source.fail(f"key {key!r} is missing; curves need 'stage', 'losses' and 'rows'")
    for key in _OF_PANELS if curves else _OF_CURVES:
        if key in fields:
            fields[key].fail(f"is allowed for {'panels' if curves else 'kind: curves'} only")
    stage = fields["stage"].choice([s.name for s in stages if s.kind == "fit"]) if "stage" in fields else ""
    named = _named_rows(fields, rows, stage)
    return Figure(
        id=fields["id"].text(),
        kind="curves" if curves else "panels",
        title=fields["title"].line_of_text(),
        where=fields["where"].line_of_text(),
        rows=named or tuple(row.id for row in rows if not row.sweep and stage not in row.drop),
        stage=stage,
        losses=tuple(entry.text() for entry in _texts(fields["losses"])) if curves else (),
        panels=() if curves else _panels(fields["panel"]),
        lines=fields["lines"].count() if "lines" in fields else 0,
    )


def _named_rows(fields: dict[str, Source], rows: tuple[Row, ...], stage: str) -> tuple[str, ...]:
    """Read the rows of a figure; () if it names none, which means all."""
    named = _texts(fields["rows"]) if "rows" in fields else []
    by_id = {row.id: row for row in rows}
    for entry in named:
        row = by_id[entry.choice(by_id)]
        if stage and stage in row.drop:
            entry.fail(f"row {entry.text()!r} drops stage {stage!r}; there is nothing to show")
    return tuple(entry.text() for entry in named)


def _panels(source: Source) -> tuple[str, ...]:
    """Read one name, or a list of them."""
    return tuple(entry.text() for entry in _texts(source)) if source.is_list else (source.text(),)


def _texts(source: Source) -> list[Source]:
    """Return the entries of a list, which must be non-empty and without repetitions."""
    items = source.items()
    if not items:
        source.fail("must not be empty")
    seen: set[str] = set()
    for item in items:
        if item.text() in seen:
            item.fail(f"{item.text()!r} is given twice")
        seen.add(item.text())
    return items
