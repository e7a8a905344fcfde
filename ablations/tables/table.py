"""A table of a paper as plain data: what `schema.load_table` reads and everything else works from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class Paper:
    """Where the table stands: `key` of the paper, `where` in it."""

    key: str
    where: str


Cost = Literal["macs", "flops", "bytes", "fp16_bytes"]
#: What is exact of a paper-scale network, as `Cell.metric` names it: no seed and no scale of a run changes it.
EXACT = ("parameters", "macs", "flops", "bytes", "fp16_bytes")
#: What printed values may be divided by, and which of these are of bytes.
UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "MB": 10**6, "MiB": 2**20}
BYTE_UNITS = ("", "MB", "MiB")
#: A time as `Cell.metric` names it, and its units.
SECONDS = "seconds"
TIME_UNITS = {"s": 1.0, "ms": 1e-3}


@dataclass(frozen=True)
class Column:
    """One column of the printed table: a measured metric, or of a network its parameters, another exact cost, its time.

    Exactly one of `metric`, `parameters`, `cost` and `time` is set; a cost is that of the network `of`, and `time`
    names the network whose forward pass for one image is timed: compared with other rows, never with the printed value.
    `stand_in` is the metric that is measured where `metric` cannot be (no Inception weights): another quantity under
    another name, never compared with the paper's value.
    `unit` is what the printed value is divided by: one of UNITS, or of TIME_UNITS. `margin` (of a metric) is how far a
    measured value may lie from the printed one and still be the same, in the metric's own units, fixed before anything
    runs.
    `incomparable` says why a measured value must never be compared with the printed one, whatever scale and data: both
    are shown, and nothing is concluded from the two. `test` (of a metric) is the test stage that measures it; "" where
    only one does.
    """

    id: str
    label: str
    better: Literal["lower", "higher", "none"] = "none"
    metric: str | None = None
    stand_in: str | None = None
    parameters: str | None = None
    cost: Cost | None = None
    of: str | None = None
    time: str | None = None
    unit: str = ""
    margin: float | None = None
    incomparable: str = ""
    test: str = ""

    @property
    def exact(self) -> str:
        """Which exact quantity it is, one of EXACT; "" for a measured metric."""
        return "parameters" if self.parameters else self.cost or ""

    @property
    def source(self) -> str:
        """What its values are, as `Cell.metric` names it: a metric, an exact quantity, or a time."""
        return self.metric or self.exact or SECONDS

    @property
    def network(self) -> str:
        """The network whose exact quantity it is; "" for a measured metric."""
        return self.parameters or self.of or ""

    def quantity(self, counts: Mapping[str, Mapping[str, int]]) -> int | None:
        """Return its exact quantity from a row's counts by network; None where the row has none."""
        return counts.get(self.network, {}).get("paper" if self.parameters else self.exact)


@dataclass(frozen=True)
class StageSpec:
    """A step of a row. `fit` trains the configuration file `config`; `test` evaluates what the fit stage `of` trained.

    A test may have a `config` too, laid over what was trained with. `needs` maps an argument of the model, or with
    "evaluation." before it one of what judges a test, to the fit stage whose checkpoint it takes.
    """

    name: str
    kind: Literal["fit", "test"]
    config: str | None = None
    of: str | None = None
    needs: dict[str, str] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True)
class Setting:
    """One entry of a row's `set`, e.g. `texture.model.attention: false`.

    `section` is model, data, trainer, checkpoint, or needs, whose value is a fit stage or None.
    """

    stage: str
    section: str
    key: str
    value: Any
    line: int = 0


@dataclass(frozen=True)
class PrintedValue:
    """A cell as the paper prints it: `text` without its unit, `value` as a number, None for '/' (no such network)."""

    text: str
    value: float | None


@dataclass(frozen=True)
class Misprint:
    """A cell of the paper that cannot be right: what is printed, what follows from the other cells, and why."""

    column: str
    printed: float
    computed: float
    note: str


@dataclass(frozen=True)
class Row:
    """One row of the table: what it changes (`settings`, `configs`, `drop`) against the stages that all rows share.

    `factor` is what the row's name says it changes: dotted setting keys, or the name of a dropped stage. A row that the
    paper printed with more changes than its factor has a `twin`: of the two, one has `version` "as_printed" (what the
    paper ran) and one "controlled" (the factor alone). `sweep` is the id of the sweep that the row is a point of, and
    `point` its value on each axis. `parameters_differ` says why counts differ from the base's where nothing printed
    does. `cited`, of a row that only stands in the paper and is never run, says whose its numbers are.
    """

    id: str
    label: str
    paper: dict[str, PrintedValue]
    settings: tuple[Setting, ...] = ()
    configs: dict[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    base: str = ""
    baseline: bool = False
    note: str = ""
    misprints: tuple[Misprint, ...] = ()
    line: int = 0
    factor: tuple[str, ...] = ()
    version: Literal["", "as_printed", "controlled"] = ""
    twin: str = ""
    sweep: str = ""
    point: dict[str, Any] = field(default_factory=dict)
    parameters_differ: str = ""
    cited: str = ""


@dataclass(frozen=True)
class CellRef:
    """`row.column` in a claim."""

    row: str
    column: str


@dataclass(frozen=True)
class Claim:
    """What the paper asserts: `left operator right`, two cells of one column; or `left = value +- margin`.

    "<" and ">" are about the sign of the difference of two cells. "=" says that a cell lies within `margin` of `value`
    (a number, or what the paper prints in that cell); there `right` is None. A claim on a row that has a twin is stated
    for both: `version` says which of the two it is about, and `expect` names its row.
    """

    text: str
    expect: str
    left: CellRef
    operator: Literal["<", ">", "="]
    right: CellRef | None = None
    value: float | None = None
    margin: float | None = None
    version: Literal["", "as_printed", "controlled"] = ""


@dataclass(frozen=True)
class Sweep:
    """Rows made from the axes of `matrix`: `axes` maps setting keys to their values, `rows` are the points' ids."""

    id: str
    base: str
    axes: dict[str, tuple[Any, ...]]
    rows: tuple[str, ...]


FigureKind = Literal["curves", "panels"]


@dataclass(frozen=True)
class Figure:
    """A figure of the paper that the report draws beside the table.

    "curves": the losses `losses` of stage `stage` while it trains, one chart a loss, the rows `rows` together in it.
    "panels": what the rows' tests left under the names `panels`, or their trainings of stage `stage` where it is given;
    at most `lines` lines of images (0: as many as the report shows without being told).
    `where` is the figure's number.
    """

    id: str
    kind: FigureKind
    title: str
    where: str
    rows: tuple[str, ...]
    stage: str = ""
    losses: tuple[str, ...] = ()
    panels: tuple[str, ...] = ()
    lines: int = 0


def plain_metric(name: str) -> str:
    """Return the metric of a name in results, without the test stage: "paired/fid" is "fid"."""
    return name.rpartition("/")[2]


@dataclass(frozen=True)
class Table:
    """A table file, checked. `base` is the row that the others are compared with.

    `rows` are those that are run, in printed order, each controlled version right after the printed one, the points of
    sweeps at the end; `cited` those of which the paper's numbers are all there is.
    `data` is the configuration file that is laid over every stage's, where the table is about another data set.
    """

    id: str
    title: str
    family: str
    path: Path
    paper: Paper
    columns: tuple[Column, ...]
    stages: tuple[StageSpec, ...]
    rows: tuple[Row, ...]
    claims: tuple[Claim, ...] = ()
    base: str = ""
    sweeps: tuple[Sweep, ...] = ()
    figures: tuple[Figure, ...] = ()
    data: str | None = None
    cited: tuple[Row, ...] = ()

    @property
    def commitment(self) -> str:
        """A digest of what must be fixed before anything runs: the claims, and the margins of printed values.

        Runs record it, so that a report can say where claims or margins were written with results in view.
        """
        claims = [(claim.expect, claim.margin) for claim in self.claims]
        margins = [(column.id, column.margin) for column in self.columns if column.margin is not None]
        return hashlib.sha256(repr((claims, margins)).encode()).hexdigest()[:12]

    @property
    def tests(self) -> list[str]:
        """The names of the test stages."""
        return [stage.name for stage in self.stages if stage.kind == "test"]

    def metric_name(self, test: str, metric: str) -> str:
        """Return a metric's name in results: after its test stage ("paired/fid") where the table has several."""
        return f"{test}/{metric}" if test and len(self.tests) > 1 else metric

    def row(self, row_id: str) -> Row:
        """The row of that id."""
        return next(row for row in self.rows if row.id == row_id)

    def column(self, column_id: str) -> Column:
        """The column of that id."""
        return next(column for column in self.columns if column.id == column_id)

    def stage(self, name: str) -> StageSpec:
        """The stage of that name."""
        return next(stage for stage in self.stages if stage.name == name)
