"""A table of a paper as plain data, as read by `schema.load_table`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class Paper:
    """Source of the table: `key` of the paper, `where` in it."""

    key: str
    where: str


Cost = Literal["macs", "flops", "bytes", "fp16_bytes"]
#: Exact quantities of a paper-scale network, as in `Cell.metric`; independent of seed and scale.
EXACT = ("parameters", "macs", "flops", "bytes", "fp16_bytes")
#: Units of printed values, and those of bytes.
UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "MB": 10**6, "MiB": 2**20}
BYTE_UNITS = ("", "MB", "MiB")
#: A time as `Cell.metric` names it, and its units.
SECONDS = "seconds"
TIME_UNITS = {"s": 1.0, "ms": 1e-3}


@dataclass(frozen=True)
class Column:
    """One column of the printed table: a metric, or the parameters, another exact cost or the time of a network.

    Exactly one of `metric`, `parameters`, `cost` and `time` is set; a cost is that of the network `of`, and `time`
    names the network whose forward pass for one image is timed: compared with other rows, never with the printed value.
    `stand_in` is the metric measured where `metric` is unavailable (no Inception weights): a different quantity under
    its own name, never compared with the paper's value.
    `unit` is the unit of the printed value, one of UNITS or TIME_UNITS. `margin` (of a metric) is the largest
    difference from the printed value that counts as equal, in the metric's own units, fixed before anything runs.
    `incomparable` gives the reason why a measured value must never be compared with the printed one, at any scale and
    on any data; both are shown. `test` (of a metric) is the test stage that measures it; "" if there is only one.
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
        """Name of the exact quantity, one of EXACT; "" for a measured metric."""
        return "parameters" if self.parameters else self.cost or ""

    @property
    def source(self) -> str:
        """Name of its quantity, as in `Cell.metric`: a metric, an exact quantity, or a time."""
        return self.metric or self.exact or SECONDS

    @property
    def network(self) -> str:
        """Name of the network; "" for a measured metric."""
        return self.parameters or self.of or ""

    def quantity(self, counts: Mapping[str, Mapping[str, int]]) -> int | None:
        """Return its exact quantity from a row's counts by network; None if the row has none."""
        return counts.get(self.network, {}).get("paper" if self.parameters else self.exact)


@dataclass(frozen=True)
class StageSpec:
    """A step of a row. `fit` trains the configuration file `config`; `test` evaluates the fit stage `of`.

    A test may have a `config` that overrides that of its training. `needs` maps an argument of the model, or with the
    prefix "evaluation." one of the evaluator, to the fit stage that provides its checkpoint.
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
    """A cell of the paper that cannot be right: printed value, value implied by other cells, and reason."""

    column: str
    printed: float
    computed: float
    note: str


@dataclass(frozen=True)
class Row:
    """One row of the table: its changes (`settings`, `configs`, `drop`) of the stages that all rows share.

    `factor` is the change that the row's name states: dotted setting keys, or the name of a dropped stage. A row that
    the paper printed with more changes than its factor has a `twin`: one of the two has `version` "as_printed" (as the
    paper ran it) and one "controlled" (the factor alone). `sweep` is the id of the sweep that the row is a point of,
    and `point` its value on each axis. `parameters_differ` gives the reason if counts differ from the base's
    and the paper prints none.
    `cited` gives the source of the numbers of a row that is never run.
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
    """A claim of the paper: `left operator right`, two cells of one column; or `left = value +- margin`.

    "<" and ">" refer to the sign of the difference of two cells. "=" means that a cell lies within `margin` of `value`
    (a number, or the printed value of the cell); then `right` is None. A claim about a row that has a twin is made for
    both: `version` tells which of the two, and `expect` names its row.
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
    """Rows generated from the axes of `matrix`: `axes` maps setting keys to their values, `rows` the points' ids."""

    id: str
    base: str
    axes: dict[str, tuple[Any, ...]]
    rows: tuple[str, ...]


FigureKind = Literal["curves", "panels"]


@dataclass(frozen=True)
class Figure:
    """A figure of the paper that the report reproduces.

    "curves": the losses `losses` of stage `stage` during training, one chart per loss with the rows `rows` in it.
    "panels": the panels named `panels` of the rows' tests, or of their trainings of stage `stage` if it is given;
    at most `lines` lines of images (0: the report's default).
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
    sweeps at the end; `cited` are rows with printed numbers only.
    `data` is a configuration file that overrides every stage's, for a table of another data set.
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
        """Digest of the claims and of the margins of printed values, which must be fixed before anything runs.

        Runs record it, so that a report can say if claims or margins were changed later.
        """
        claims = [(claim.expect, claim.margin) for claim in self.claims]
        margins = [(column.id, column.margin) for column in self.columns if column.margin is not None]
        return hashlib.sha256(repr((claims, margins)).encode()).hexdigest()[:12]

    @property
    def tests(self) -> list[str]:
        """Names of the test stages."""
        return [stage.name for stage in self.stages if stage.kind == "test"]

    def metric_name(self, test: str, metric: str) -> str:
        """Return a metric's name in results: with its test stage ("paired/fid") if the table has several."""
        return f"{test}/{metric}" if test and len(self.tests) > 1 else metric

    def row(self, row_id: str) -> Row:
        """Return the row of an id."""
        return next(row for row in self.rows if row.id == row_id)

    def column(self, column_id: str) -> Column:
        """Return the column of an id."""
        return next(column for column in self.columns if column.id == column_id)

    def stage(self, name: str) -> StageSpec:
        """Return the stage of a name."""
        return next(stage for stage in self.stages if stage.name == name)
