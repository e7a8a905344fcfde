"""Reading of `ablations/<family>/table_<id>.yaml` with a strict schema; every error names file, line and key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ablations.tables.matrix import read_sweeps
from ablations.tables.schema_claims import read_claims, read_figures
from ablations.tables.schema_rows import read_cited, read_rows
from ablations.tables.schema_settings import config_file, refuse_cycle, refuse_evaluator_input
from ablations.tables.source import Source, read
from ablations.tables.table import (
    BYTE_UNITS,
    EXACT,
    TIME_UNITS,
    UNITS,
    CellRef,
    Claim,
    Column,
    Figure,
    Misprint,
    Paper,
    PrintedValue,
    Row,
    Setting,
    StageSpec,
    Sweep,
    Table,
)
from common.errors import TableError, nearest

__all__ = [
    "ABLATIONS",
    "CellRef",
    "Claim",
    "Column",
    "Figure",
    "Misprint",
    "Paper",
    "PrintedValue",
    "Row",
    "Setting",
    "StageSpec",
    "Sweep",
    "Table",
    "find_table",
    "load_table",
    "table_files",
]

ABLATIONS = Path(__file__).parents[1]
_COSTS = EXACT[1:]


def table_files(folder: Path = ABLATIONS) -> dict[str, Path]:
    """Return all table files by id, in alphabetical order of families and ids."""
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*/table_*.yaml"), key=lambda path: (path.parent.name, path.stem)):
        table_id = path.stem.removeprefix("table_")
        if table_id in found:
            raise TableError(f"{path}: {found[table_id]} also has the id {table_id!r}; rename one of them")
        found[table_id] = path
    return found


def find_table(table_id: str, folder: Path = ABLATIONS) -> Table:
    """Load the table of an id. Raises `TableError` with the known ids if there is none."""
    files = table_files(folder)
    if table_id not in files:
        known = ", ".join(files) or "none"
        raise TableError(f"there is no table {table_id!r}; tables: {known}")
    return load_table(files[table_id])


def load_table(path: Path) -> Table:
    """Read and check one table file. Raises `TableError`, whose line names file, line and key."""
    source = read(path)
    required = ("id", "title", "paper", "columns", "stages", "rows")
    fields = source.mapping(allowed=(*required, "data", "matrix", "claims", "figures"), required=required)
    stages = _stages(fields["stages"])
    columns = tuple(_column(item, stages) for item in fields["columns"].unique_items())
    rows, cited = read_rows(fields["rows"], columns, stages), read_cited(fields["rows"], columns)
    base = rows[0].id
    points, sweeps = read_sweeps(fields["matrix"], rows, stages) if "matrix" in fields else ((), ())
    rows += points
    if path.stem != f"table_{fields['id'].text()}":
        fields["id"].fail(f"{fields['id'].text()!r} does not match the file name, which must be table_<id>.yaml")
    return Table(
        id=fields["id"].text(),
        title=fields["title"].text(),
        family=path.parent.name,
        path=path,
        paper=_paper(fields["paper"]),
        columns=columns,
        stages=stages,
        rows=rows,
        claims=read_claims(fields["claims"], (*rows, *cited), columns) if "claims" in fields else (),
        base=base,
        sweeps=sweeps,
        figures=read_figures(fields["figures"], rows, stages) if "figures" in fields else (),
        data=config_file(fields["data"]) if "data" in fields else None,
        cited=cited,
    )


def _paper(source: Source) -> Paper:
    fields = source.mapping(allowed=("key", "where"), required=("key", "where"))
    return Paper(key=fields["key"].text(), where=fields["where"].text())


def _column(source: Source, stages: tuple[StageSpec, ...]) -> Column:
    allowed = ("id", "label", "better", "metric", "test", "stand_in", "margin", "incomparable", "parameters", "cost",
               "of", "time", "unit")  # fmt: skip
    fields = source.mapping(allowed=allowed, required=("id", "label"))
    if sum(key in fields for key in ("metric", "parameters", "cost", "time")) != 1:
        source.fail("a column needs exactly one of 'metric', 'parameters', 'cost' and 'time'")
    if ("cost" in fields) != ("of" in fields):
        source.fail("'cost' needs 'of', the network of the model that it belongs to, and 'of' needs 'cost'")
    of_metrics = (
        ("test", "is measured by a test"),
        ("stand_in", "has a substitute"),
        ("margin", "has a margin; a count is exact"),
        ("incomparable", "may be a different quantity from the printed one; a count is the same"),
    )
    for key, what in of_metrics:
        if key in fields and "metric" not in fields:
            fields[key].fail(f"only a metric {what}")
    if "margin" in fields and not fields["margin"].number() > 0:
        fields["margin"].fail(f"must be greater than 0, not {fields['margin'].text()}")
    if "margin" in fields and "incomparable" in fields:
        fields["margin"].fail("compares with the printed value, which 'incomparable' excludes; remove one of them")
    texts = {key: fields[key].text() for key in ("metric", "stand_in", "parameters", "of", "time") if key in fields}
    for key, text in texts.items():
        if not text:
            fields[key].fail("is empty; give a name")
    better = fields["better"].choice(("lower", "higher", "none")) if "better" in fields else "none"
    return Column(
        id=fields["id"].text(),
        label=fields["label"].text(),
        better=better,  # type: ignore[arg-type]  # one of the three: `choice` checked it
        unit=_unit(fields) if "unit" in fields else "s" if "time" in fields else "",
        cost=fields["cost"].choice(_COSTS) if "cost" in fields else None,  # type: ignore[arg-type]  # one of Cost
        margin=fields["margin"].number() if "margin" in fields else None,
        incomparable=fields["incomparable"].line_of_text() if "incomparable" in fields else "",
        test=_test(fields["test"], stages) if "test" in fields else "",
        **texts,
    )


def _unit(fields: Mapping[str, Source]) -> str:
    """Read the unit of the printed values: MB or MiB for bytes, k, M or G for other quantities."""
    if "time" in fields:
        return fields["unit"].choice(TIME_UNITS)
    unit = fields["unit"].choice(UNITS)
    of_bytes = "cost" in fields and fields["cost"].text().endswith("bytes")
    allowed = BYTE_UNITS if of_bytes else [known for known in UNITS if known not in BYTE_UNITS or not known]
    if unit not in allowed:
        fields["unit"].fail(
            f"{unit!r} is not a unit of this quantity, {nearest(unit, [known for known in allowed if known])}"
        )
    return unit


def _test(source: Source, stages: tuple[StageSpec, ...]) -> str:
    """Read the test stage that a column belongs to; "" if the table has only one."""
    tests = [stage.name for stage in stages if stage.kind == "test"]
    name = source.choice(tests)
    return name if len(tests) > 1 else ""


def _stages(source: Source) -> tuple[StageSpec, ...]:
    entries = source.entries()
    if not entries:
        source.fail("must not be empty")
    fits = [name for name, entry in entries.items() if "fit" in entry.entries()]
    stages = tuple(_stage(name, entry, fits) for name, entry in entries.items())
    refuse_cycle(source, stages)
    if not any(stage.kind == "test" for stage in stages):
        source.fail("there is no test stage; add e.g. `test: {test: " + fits[-1] + "}`")
    return stages


def _stage(name: str, source: Source, fits: list[str]) -> StageSpec:
    if not name.isidentifier():
        source.fail(f"{name!r} may contain only letters, digits and _")
    fields = source.mapping(allowed=("fit", "test", "needs", "config"))
    if ("fit" in fields) == ("test" in fields):
        source.fail("a stage needs either 'fit' (a configuration file) or 'test' (a fit stage)")
    others = [fit for fit in fits if fit != name]
    needs = {key: entry.choice(others) for key, entry in fields["needs"].entries().items()} if "needs" in fields else {}
    config = config_file(fields["config"]) if "config" in fields else None
    if "test" in fields:
        return StageSpec(name, "test", config, fields["test"].choice(fits), needs, source.line)
    if "config" in fields:
        fields["config"].fail("is allowed for tests only; the file of a training is the value of 'fit'")
    for argument in needs:
        refuse_evaluator_input(fields["needs"].entries()[argument], argument)
    return StageSpec(name, "fit", config_file(fields["fit"]), needs=needs, line=source.line)
