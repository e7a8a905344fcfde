"""Sweeps: `matrix` of a table file, with axes, `exclude` and `include` as in GitHub Actions, expanded into rows.

Every combination of the axes' values is a point. `exclude` removes the combinations that have all values of an entry.
Then each entry of `include` is added to every combination whose axes it does not contradict; one that fits none becomes
a point of its own. A point is a row that overrides these values of its base row.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable
from typing import Any

from ablations.tables.schema_settings import read_settings, refuse_cycle
from ablations.tables.source import Source
from ablations.tables.table import Row, StageSpec, Sweep
from common.errors import nearest

#: Keys of a matrix that are not axes.
RESERVED = ("include", "exclude", "base", "parameters_differ")
#: Most points of a matrix, before `exclude`: each is a row, which is planned, checked and reported.
MOST_POINTS = 500
Point = dict[str, Source]


def read_sweeps(
    source: Source, rows: tuple[Row, ...], stages: tuple[StageSpec, ...]
) -> tuple[tuple[Row, ...], tuple[Sweep, ...]]:
    """The points of one matrix, or of a list of them, as rows; and the sweeps."""
    items = source.items() if source.is_list else [source]
    if not items:
        source.fail("must not be empty")
    points: list[Row] = []
    sweeps: list[Sweep] = []
    short = short_names([key for item in items for key in _keys(item)])
    for item in items:
        sweep, found = _sweep(item, rows, stages, short)
        taken = {row.id for row in (*rows, *points)} & {row.id for row in found}
        if taken:
            item.fail(f"gives row {sorted(taken)[0]!r}, which exists already; use one matrix for both")
        if sweep.id in [other.id for other in sweeps]:
            item.fail(f"sweeps {' and '.join(sweep.axes)} a second time; use one matrix for both")
        points += found
        sweeps.append(sweep)
    return tuple(points), tuple(sweeps)


def _keys(source: Source) -> list[str]:
    """Return the setting keys of a matrix: its axes, and those of `include`."""
    entries = source.entries()
    included = entries["include"].items() if "include" in entries else []
    return [*(key for key in entries if key not in RESERVED), *(key for item in included for key in item.entries())]


def _sweep(
    source: Source, rows: tuple[Row, ...], stages: tuple[StageSpec, ...], short: dict[str, str]
) -> tuple[Sweep, list[Row]]:
    entries = source.entries()
    by_id = {row.id: row for row in rows}
    base = by_id[entries["base"].choice(by_id)] if "base" in entries else rows[0]
    axes = {key: _axis(key, entry, stages, base) for key, entry in entries.items() if key not in RESERVED}
    if not axes:
        source.fail("has no axis; add e.g. `texture.model.kl_weight: [2, 20, 200]`")
    _require_few(source, math.prod(map(len, axes.values())))
    combinations = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    if "exclude" in entries:
        combinations = _exclude(combinations, entries["exclude"], axes)
    points = _include(combinations, entries["include"], stages, base) if "include" in entries else combinations
    if not points:
        source.fail("'exclude' leaves no point; remove an entry")
    prefix = "" if base.id == rows[0].id else f"{base.id}-"
    reason = entries["parameters_differ"].line_of_text() if "parameters_differ" in entries else base.parameters_differ
    sweep_id = prefix + "-".join(short[key] for key in axes)
    new_rows = [_row(point, base, prefix, short, stages, sweep_id, reason) for point in points]
    _require_different(source, new_rows)
    taken = {key: _distinct(point[key].value() for point in points if key in point) for key in axes}
    return Sweep(sweep_id, base.id, taken, tuple(row.id for row in new_rows)), new_rows


def _axis(key: str, source: Source, stages: tuple[StageSpec, ...], base: Row) -> list[Source]:
    if "." not in key:
        names = (*RESERVED, *(stage.name for stage in stages))
        source.fail(
            f"is no axis; use a setting key <stage>.<section>.<key>, or an option of the matrix, {nearest(key, names)}"
        )
    values = source.items()
    if not values:
        source.fail("an axis needs values")
    _require_few(source, len(values))
    for value in values:
        read_settings({key: value}, stages, base.drop)
    for i, value in enumerate(values):
        if any(_same(value, other) for other in values[:i]):
            value.fail(f"{value.text()} is given twice")
    return values


def _require_few(source: Source, points: int) -> None:
    """Fail before the points are built if there are more than any report shows."""
    if points > MOST_POINTS:
        source.fail(f"has {points:,} points; use at most {MOST_POINTS:,}: fewer values, or several tables")


def _exclude(points: list[Point], source: Source, axes: Iterable[str]) -> list[Point]:
    for entry in source.items():
        values = entry.mapping(allowed=axes)
        kept = [point for point in points if not all(_same(point[key], value) for key, value in values.items())]
        if not values or len(kept) == len(points):
            entry.fail("excludes nothing; no remaining point has all these values")
        points = kept
    return points


def _include(originals: list[Point], source: Source, stages: tuple[StageSpec, ...], base: Row) -> list[Point]:
    points = [dict(original) for original in originals]
    added: list[Point] = []
    for entry in source.items():
        values = entry.entries()
        read_settings(values, stages, base.drop)
        fits = [i for i, point in enumerate(originals) if all(_same(point[k], values[k]) for k in point if k in values)]
        wider = [{**points[i], **values} for i in fits]
        if fits and not all(_equal(point, points[i]) for i, point in zip(fits, wider, strict=True)):
            for i, point in zip(fits, wider, strict=True):
                points[i] = point
        elif fits or not values or any(_equal(values, other) for other in added):
            entry.fail("adds nothing; a point with these values exists already")
        else:
            added.append(values)
    return points + added


def _same(one: Source, other: Source) -> bool:
    mine, theirs = one.value(), other.value()
    return bool(mine == theirs) and isinstance(mine, bool) == isinstance(theirs, bool)


def _equal(one: Point, other: Point) -> bool:
    return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)


def _distinct(values: Iterable[Any]) -> tuple[Any, ...]:
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return tuple(found)


def short_names(keys: Iterable[str]) -> dict[str, str]:
    """Return short unique names of setting keys: the last part ("kl_weight"), or the whole key if ambiguous."""
    keys = list(dict.fromkeys(keys))
    ends = [key.rpartition(".")[2] for key in keys]
    return {key: end if ends.count(end) == 1 else key for key, end in zip(keys, ends, strict=True)}


def _row(
    point: Point, base: Row, prefix: str, short: dict[str, str], stages: tuple[StageSpec, ...], sweep: str, reason: str
) -> Row:
    changes = read_settings(point, stages, base.drop)
    kept = [s for s in base.settings if f"{s.stage}.{s.section}.{s.key}" not in point]
    refuse_cycle(next(iter(point.values())), stages, (*kept, *changes.settings))
    return Row(
        id=prefix + "-".join(f"{short[key]}-{_token(value)}" for key, value in point.items()),
        label=", ".join([base.label, *(f"{short[key]} {_words(value)}" for key, value in point.items())]),
        paper={},
        settings=(*kept, *changes.settings),
        configs={**base.configs, **changes.configs},
        drop=base.drop,
        base=base.id,
        line=next(iter(point.values())).line,
        factor=tuple(point),
        sweep=sweep,
        point={key: value.value() for key, value in point.items()},
        parameters_differ=reason,
    )


def _words(value: Source) -> str:
    """Format a value as written."""
    plain = value.value()
    if isinstance(plain, list):
        return ", ".join(map(str, plain))
    return str(plain) if isinstance(plain, dict) else value.text()


def _token(value: Source) -> str:
    return re.sub(r"[^\w.+-]+", "_", _words(value)).strip("_")


def _require_different(source: Source, rows: list[Row]) -> None:
    ids = [row.id for row in rows]
    double = next((name for name in ids if ids.count(name) > 1), None)
    if double is not None:
        source.fail(f"two points have the row id {double!r}; write their values differently")
