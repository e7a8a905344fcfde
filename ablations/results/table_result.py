"""What a table's runs measured, gathered for the report, the terminal and W&B."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ablations.planning.timings import Timing
from ablations.tables.checks import Check, Deviation
from ablations.tables.table import Claim, Column, Misprint, Row, Table

if TYPE_CHECKING:
    from lightning_modules.panels import Grid


@dataclass(frozen=True)
class Cell:
    """One cell: the paper's value beside ours.

    `paper` is the printed value as a number (parameter counts in units, not millions), None where nothing is printed;
    `printed` is its text without the unit ("23.07", "3.0506"; "/" where there is no such network; None where the
    paper prints nothing). `values` holds one measured value a seed (a parameter count: one value), in seed order;
    empty while the row is not done. `metric` names what `values` really are ("fd_effnetlite0" in a FID column), after
    the test stage where the table has several; `test` is the stage that measured them, "" where none is known.
    `comparable` is true only where paper and ours are the same quantity on the same data at the same scale.
    `values` may hold NaN, where a metric was undefined.
    """

    column_id: str
    paper: float | None
    printed: str | None
    values: list[float]
    metric: str
    comparable: bool
    misprint: Misprint | None = None
    test: str = ""


@dataclass(frozen=True)
class StageNumbers:
    """What one test stage of a row measured, over the seeds that are done; the fields are as in `RowResult`."""

    headline: str = ""
    metrics: dict[str, list[float]] = field(default_factory=dict)
    variants: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    protocol: dict[str, Any] = field(default_factory=dict)
    protocol_fields: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RowResult:
    """A row: its cells in column order, and all that was measured besides.

    `status` "stale": it was measured, and configuration, data, inputs or code have changed since; `reason` says what.
    Its numbers are there only where the user asked to keep them, and no claim rests on them.
    `records` are the runs behind the row, of all seeds; figures read the panels in their folders.

    `seeds` are those whose test stage is done; every list over seeds follows it. `metrics` are the headline variant's,
    `variants` all variants' (the headline included under its own name). `protocol` is the test stage's (first seed);
    its "failed" says of every metric that is NaN at some seed why. `protocol_fields` are the entries that the evaluator
    names: two rows in which one of them differs get no verdict. `tests` has all of these for each test stage by itself;
    the row's own are those of all together, with the stage before each name where there are several.
    "cited": it has nothing but the paper's numbers; `reason` says whose they are.
    `samples` (first seed): the panel of test images, with a column for each variant. `histories` (first seed): stage
    name to `history.jsonl`.
    `provenance` (first seed): stage name to the run's `provenance.json`. `parameter_counts`: network to
    {"paper": n, "live": n} of the paper-scale networks. `seconds`: the row's stages together, shared ones included,
    None where unknown. `times` are those of the columns that show one, by column. `reason` says in one line why a row
    is missing or failed.
    """

    row: Row
    status: Literal["done", "missing", "failed", "stale", "cited"]
    reason: str
    seeds: list[int]
    cells: list[Cell]
    headline: str = ""
    metrics: dict[str, list[float]] = field(default_factory=dict)
    variants: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    protocol: dict[str, Any] = field(default_factory=dict)
    protocol_fields: list[str] = field(default_factory=list)
    tests: dict[str, StageNumbers] = field(default_factory=dict)
    samples: Grid | None = None
    histories: dict[str, Path] = field(default_factory=dict)
    provenance: dict[str, dict[str, Any]] = field(default_factory=dict)
    stage_metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    parameter_counts: dict[str, dict[str, int]] = field(default_factory=dict)
    config_diff: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    seconds: float | None = None
    records: list[StageRecord] = field(default_factory=list)
    times: dict[str, Timing] = field(default_factory=dict)

    def cell(self, column_id: str) -> Cell:
        """The cell of that column."""
        return next(cell for cell in self.cells if cell.column_id == column_id)


@dataclass(frozen=True)
class ClaimResult:
    """A claim's verdict, with what it rests on.

    `metric` names the quantity that was compared. `seeds` are the paired seeds used, `n` their number; `left` and
    `right` the means over them (`right` is the claim's value where it names one). `differences` are left minus right,
    one a seed, `effect` their mean, and `interval` its two-sided t interval at `level` (None below two seeds).
    `exact` is true of counts, which no seed changes. `reason` says in one sentence what decided, or why nothing is.
    """

    claim: Claim
    verdict: Literal["supported", "contradicted", "undecided"]
    reason: str
    metric: str
    seeds: tuple[int, ...] = ()
    left: float | None = None
    right: float | None = None
    differences: tuple[float, ...] = ()
    effect: float | None = None
    interval: tuple[float, float] | None = None
    level: float = 0.95
    exact: bool = False
    suggestion: Suggestion | None = None

    @property
    def n(self) -> int:
        """The number of paired seeds."""
        return len(self.seeds)


@dataclass(frozen=True)
class Suggestion:
    """How many seeds would probably decide, and the seconds of the runs that adds (None where no run tells).

    `command` asks for them, and `seconds` are of all that it would run: the other rows too. `seeds` is None where no
    reasonable number would: the effect is too small against its spread.
    """

    seeds: int | None
    seconds: float | None
    command: str


@dataclass(frozen=True)
class StageRecord:
    """The birth certificate of one run behind a row: what `key.json`, `metrics.json` and `provenance.json` hold.

    `ingredients` is everything the key digests. `rows` are the labels of all rows that share the run.
    """

    stage: str
    kind: Literal["fit", "test"]
    seed: int
    key: str
    folder: Path
    command: str
    seconds: float | None
    rows: tuple[str, ...]
    ingredients: dict[str, Any]
    metrics: dict[str, Any]
    provenance: dict[str, Any]


@dataclass(frozen=True)
class TableResult:
    """A table with its rows in printed order. Holds no times of day: what is rendered from it is repeatable.

    `scale_changes` says in words what the scale changes against the paper ("WeNTexture.width: 32 -> 16").
    `synthetic` is true where the data are the built-in stand-in; `data_label` names them for a reader.
    `values` are the verdicts on absolute values: one for every printed metric whose column has a margin and whose cell
    is comparable. `lint` is the fairness checklist, `deviations` what the code declares, each with the module's name.
    `seconds_once` is what the table took, shared stages counted once; `seconds_apart` what its rows take run apart:
    both over the rows whose every run has its time, None where there is none. `cited` are the rows of which
    nothing is run.
    """

    table: Table
    scale: str
    scale_changes: list[str]
    data_label: str
    synthetic: bool
    rows: list[RowResult]
    claims: list[ClaimResult] = field(default_factory=list)
    command: str = ""
    values: list[ClaimResult] = field(default_factory=list)
    lint: list[Check] = field(default_factory=list)
    deviations: list[tuple[str, Deviation]] = field(default_factory=list)
    seconds_once: float | None = None
    seconds_apart: float | None = None
    cited: list[RowResult] = field(default_factory=list)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The table's columns, as printed."""
        return self.table.columns

    def row(self, row_id: str) -> RowResult:
        """The result of that row."""
        return next(result for result in self.rows if result.row.id == row_id)
