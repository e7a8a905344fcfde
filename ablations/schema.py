"""Reads `ablations/<family>/table_<id>.yaml` against a strict schema; every error names file, line and key."""

from __future__ import annotations

import re
from pathlib import Path

from ablations.errors import TableError, nearest
from ablations.source import Source, read
from ablations.table import (
    CellRef,
    Claim,
    Column,
    Misprint,
    Paper,
    PrintedValue,
    Row,
    Setting,
    StageSpec,
    Table,
)

__all__ = [
    "ABLATIONS",
    "CellRef",
    "Claim",
    "Column",
    "Misprint",
    "Paper",
    "PrintedValue",
    "Row",
    "Setting",
    "StageSpec",
    "Table",
    "find_table",
    "load_table",
    "table_files",
]

ABLATIONS = Path(__file__).parent
SECTIONS = ("model", "data", "trainer")
UNITS = {"": 1.0, "M": 1e6}
_CLAIM = re.compile(r"\s*([\w-]+)\.(\w+)\s*([<>])\s*([\w-]+)\.(\w+)\s*")


def table_files(folder: Path = ABLATIONS) -> dict[str, Path]:
    """Every table file by its id, the families in alphabetical order."""
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*/table_*.yaml")):
        table_id = path.stem.removeprefix("table_")
        if table_id in found:
            raise TableError(f"{path}: {found[table_id]} is table {table_id!r} too; rename one of the two")
        found[table_id] = path
    return found


def find_table(table_id: str, folder: Path = ABLATIONS) -> Table:
    """Loads the table of that id; an unknown id is an error that lists the known ones."""
    files = table_files(folder)
    if table_id not in files:
        known = ", ".join(files) or "none"
        raise TableError(f"there is no table {table_id!r}; tables: {known} (`python cli.py tables` shows them)")
    return load_table(files[table_id])


def load_table(path: Path) -> Table:
    """Reads and checks one table file. Raises `TableError` with one line that names file, line and key."""
    source = read(path)
    required = ("id", "title", "paper", "columns", "stages", "rows")
    fields = source.mapping(allowed=(*required, "claims"), required=required)
    columns = tuple(_column(item) for item in _unique(fields["columns"]))
    stages = _stages(fields["stages"])
    rows = _rows(fields["rows"], columns, stages)
    if path.stem != f"table_{fields['id'].text()}":
        fields["id"].fail(f"{fields['id'].text()!r} is not what the file is named after; it must be table_<id>.yaml")
    return Table(
        id=fields["id"].text(),
        title=fields["title"].text(),
        family=path.parent.name,
        path=path,
        paper=_paper(fields["paper"]),
        columns=columns,
        stages=stages,
        rows=rows,
        claims=tuple(_claim(item, rows, columns) for item in fields["claims"].items()) if "claims" in fields else (),
        base=rows[0].id,
    )


def _unique(source: Source) -> list[Source]:
    """The entries of a list of mappings, whose `id` must differ; the list must not be empty."""
    items = source.items()
    if not items:
        source.fail("must not be empty")
    seen: set[str] = set()
    for item in items:
        entry = item.entries().get("id")
        if entry is None:
            item.fail("key 'id' is missing")
        if entry.text() in seen:
            entry.fail(f"{entry.text()!r} is given twice")
        seen.add(entry.text())
    return items


def _paper(source: Source) -> Paper:
    fields = source.mapping(allowed=("key", "where"), required=("key", "where"))
    return Paper(key=fields["key"].text(), where=fields["where"].text())


def _column(source: Source) -> Column:
    allowed = ("id", "label", "better", "metric", "stand_in", "parameters", "unit")
    fields = source.mapping(allowed=allowed, required=("id", "label"))
    if ("metric" in fields) == ("parameters" in fields):
        source.fail("a column has either 'metric' or 'parameters'")
    if "stand_in" in fields and "metric" not in fields:
        fields["stand_in"].fail("only a metric has a stand-in")
    texts = {key: fields[key].text() for key in ("metric", "stand_in", "parameters") if key in fields}
    better = fields["better"].choice(("lower", "higher", "none")) if "better" in fields else "none"
    return Column(
        id=fields["id"].text(),
        label=fields["label"].text(),
        better=better,  # type: ignore[arg-type]  # one of the three: `choice` checked it
        unit=fields["unit"].choice(UNITS) if "unit" in fields else "",
        **texts,
    )


def _stages(source: Source) -> tuple[StageSpec, ...]:
    entries = source.entries()
    if not entries:
        source.fail("must not be empty")
    fits = [name for name, entry in entries.items() if "fit" in entry.entries()]
    return tuple(_stage(name, entry, fits) for name, entry in entries.items())


def _stage(name: str, source: Source, fits: list[str]) -> StageSpec:
    fields = source.mapping(allowed=("fit", "test", "needs"))
    if ("fit" in fields) == ("test" in fields):
        source.fail("a stage has either 'fit' (a configuration file) or 'test' (a fit stage)")
    others = [fit for fit in fits if fit != name]
    needs = {key: entry.choice(others) for key, entry in fields["needs"].entries().items()} if "needs" in fields else {}
    if "test" in fields:
        return StageSpec(name, "test", of=fields["test"].choice(fits), needs=needs, line=source.line)
    if needs:
        # Fit stages that take other stages' checkpoints come with the first paper that needs one.
        fields["needs"].fail("only a test stage can take the checkpoint of another stage")
    return StageSpec(name, "fit", config=_config_file(fields["fit"]), line=source.line)


def _config_file(source: Source) -> str:
    name = source.text()
    folder = source.path.parent
    if not (folder / name).is_file():
        files = [path.name for path in folder.glob("*.yaml") if not path.name.startswith("table_")]
        source.fail(f"there is no {folder / name}, {nearest(name, files)}")
    return name


def _rows(source: Source, columns: tuple[Column, ...], stages: tuple[StageSpec, ...]) -> tuple[Row, ...]:
    items = _unique(source)
    ids = [item.entries()["id"].text() for item in items]
    return tuple(_row(item, ids, columns, stages) for item in items)


def _row(source: Source, ids: list[str], columns: tuple[Column, ...], stages: tuple[StageSpec, ...]) -> Row:
    allowed = ("id", "label", "paper", "set", "drop", "base", "baseline", "note", "misprints")
    fields = source.mapping(allowed=allowed, required=("id", "label", "paper"))
    by_id = {column.id: column for column in columns}
    fits = [stage.name for stage in stages if stage.kind == "fit"]
    tested = [stage.of for stage in stages if stage.kind == "test"]
    droppable = [name for name in fits if name not in tested]
    drop = tuple(entry.choice(droppable) for entry in fields["drop"].items()) if "drop" in fields else ()
    settings, configs = _settings(fields["set"], stages, drop) if "set" in fields else ((), {})
    paper = fields["paper"].mapping(allowed=by_id)
    misprints = fields["misprints"].mapping(allowed=paper) if "misprints" in fields else {}
    return Row(
        id=fields["id"].text(),
        label=fields["label"].text(),
        paper={column: _printed(entry) for column, entry in paper.items()},
        settings=settings,
        configs=configs,
        drop=drop,
        base=fields["base"].choice(ids) if "base" in fields else ids[0],
        baseline=fields["baseline"].boolean() if "baseline" in fields else False,
        note=" ".join(fields["note"].text().split()) if "note" in fields else "",
        misprints=tuple(_misprint(column, entry) for column, entry in misprints.items()),
        line=source.line,
    )


def _printed(source: Source) -> PrintedValue:
    """A printed value: "23.07", "3.0506e6" (printed as 3.0506 M), or '/' where the paper prints a slash."""
    text = source.text()
    if text == "/":
        return PrintedValue("/", None)
    return PrintedValue(re.split("[eE]", text)[0], source.number())


def _settings(
    source: Source, stages: tuple[StageSpec, ...], drop: tuple[str, ...]
) -> tuple[tuple[Setting, ...], dict[str, str]]:
    """`set`: `<stage>.config` replaces a stage's file, `<stage>.<model|data|trainer>.<key>` one value of it."""
    names = {stage.name: stage for stage in stages}
    settings: list[Setting] = []
    configs: dict[str, str] = {}
    for key, entry in source.entries().items():
        stage, _, rest = key.partition(".")
        if stage not in names:
            entry.fail(f"there is no stage {stage!r}, {nearest(stage, names)}")
        if stage in drop:
            entry.fail(f"this row drops stage {stage!r}; nothing can be set in it")
        section, _, argument = rest.partition(".")
        if rest == "config":
            if names[stage].kind != "fit":
                entry.fail(f"stage {stage!r} tests what {names[stage].of!r} trained; set that stage's config")
            configs[stage] = _config_file(entry)
        elif section in SECTIONS and argument:
            settings.append(Setting(stage, section, argument, entry.value(), entry.line))
        else:
            entry.fail(f"must be <stage>.config or <stage>.<section>.<key>, {nearest(section, (*SECTIONS, 'config'))}")
    return tuple(settings), configs


def _misprint(column: str, source: Source) -> Misprint:
    keys = ("printed", "computed", "note")
    fields = source.mapping(allowed=keys, required=keys)
    return Misprint(column, fields["printed"].number(), fields["computed"].number(), fields["note"].text())


def _claim(source: Source, rows: tuple[Row, ...], columns: tuple[Column, ...]) -> Claim:
    fields = source.mapping(allowed=("text", "expect"), required=("text", "expect"))
    expect = fields["expect"]
    match = _CLAIM.fullmatch(expect.text())
    if match is None:
        expect.fail(f"must read '<row>.<column> < <row>.<column>' (or >), not {expect.text()!r}")
    left_row, left_column, operator, right_row, right_column = match.groups()
    for row in (left_row, right_row):
        if row not in [known.id for known in rows]:
            expect.fail(f"there is no row {row!r}, {nearest(row, [known.id for known in rows])}")
    for column in (left_column, right_column):
        if column not in [known.id for known in columns]:
            expect.fail(f"there is no column {column!r}, {nearest(column, [known.id for known in columns])}")
    by_id = {column.id: column for column in columns}
    if (by_id[left_column].metric is None) != (by_id[right_column].metric is None):
        expect.fail("compares a measured value with a parameter count")
    return Claim(
        text=fields["text"].text(),
        expect=" ".join(expect.text().split()),
        left=CellRef(left_row, left_column),
        operator=operator,  # type: ignore[arg-type]  # the pattern allows only these two
        right=CellRef(right_row, right_column),
    )
