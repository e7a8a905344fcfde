"""Results of a table, as used by the report, the terminal and W&B."""

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
    """One cell with the paper's value and ours.

    `paper` is the printed value as a number (parameter counts in units, not millions), None if nothing is printed;
    `printed` is its text without the unit ("23.07", "3.0506"; "/" if there is no such network; None if the
    paper prints nothing). `values` contains one measured value per seed (a parameter count: one value), in seed order;
    empty while the row is not done. `metric` is the measured quantity ("fd_effnetlite0" in a FID column), with the
    test stage if the table has several; `test` is the stage that measured it, "" if unknown.
    `comparable` is true only if both are the same quantity on the same data at the same scale.
    `values` may contain NaN for an undefined metric.
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
    """Numbers of one test stage of a row over the finished seeds; fields as in `RowResult`."""

    headline: str = ""
    metrics: dict[str, list[float]] = field(default_factory=dict)
    variants: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    protocol: dict[str, Any] = field(default_factory=dict)
    protocol_fields: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RowResult:
    """A row: its cells in column order, and all other measured values.

    `status` "stale": configuration, data, inputs or code have changed since then; `reason` lists the changes.
    Its numbers are present only if the user chose to keep them; claims about them are undecided.
    `records` are the runs of all seeds; figures read the panels in their folders.

    `seeds` are those whose tests are done; every list over seeds has their order. `metrics` are the headline variant's,
    `variants` all variants' (the headline included under its own name). `protocol` is the test stage's (first seed);
    its "failed" has the reason for every metric that is NaN at some seed. `protocol_fields` are the entries that the
    evaluator names: two rows in which one of them differs get no verdict. `tests` has these fields for each test stage;
    the row's own fields combine them, with the stage in each name if there are several.
    "cited": it has only the paper's numbers; `reason` gives their source.
    `samples` (first seed): the panel of test images, with a column for each variant. `histories` (first seed): stage
    name to `history.jsonl`.
    `provenance` (first seed): stage name to the run's `provenance.json`. `parameter_counts`: network to
    {"paper": n, "live": n} of the paper-scale networks. `seconds`: the row's stages together, shared ones included,
    None if unknown. `times` are those of the columns of times, by column. `reason` tells in one line why a row
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
        """Return the cell of a column."""
        return next(cell for cell in self.cells if cell.column_id == column_id)


@dataclass(frozen=True)
class ClaimResult:
    """A claim's verdict and its evidence.

    `metric` names the quantity that was compared. `seeds` are the paired seeds used, `n` their number; `left` and
    `right` the means over them (`right` is the claim's value if it has one). `differences` are left minus right,
    one per seed, `effect` their mean, and `interval` its two-sided t interval at `level` (None below two seeds).
    `exact` is true for counts, which do not depend on seeds. `reason` explains the verdict in one sentence.
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
        """Number of paired seeds."""
        return len(self.seeds)


@dataclass(frozen=True)
class Suggestion:
    """Number of seeds that would probably decide, and the estimated seconds of the additional runs (None if unknown).

    `seconds` covers all runs of `command`, also of other rows. `seeds` is None if more than `MOST_SEEDS` would be
    needed: the effect is small relative to its spread.
    """

    seeds: int | None
    seconds: float | None
    command: str


@dataclass(frozen=True)
class StageRecord:
    """Record of one run of a row: contents of `key.json`, `metrics.json` and `provenance.json`.

    `ingredients` is the content of the key. `rows` are the labels of all rows that share the run.
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
    """A table with its rows in printed order. It contains no dates, so that rendering is reproducible.

    `scale_changes` lists the scale's changes against the paper ("WeNTexture.width: 32 -> 16").
    `synthetic` is true for built-in synthetic data; `data_label` describes the data for readers.
    `values` are the verdicts on absolute values: one for every printed metric whose column has a margin and whose cell
    is comparable. `lint` is the fairness checklist, `deviations` what the code declares, each with the module's name.
    `seconds_once` is the table's time with shared stages counted once, `seconds_apart` that of its rows run separately;
    both over the rows with complete times, None if there are none. `cited` are the rows that are never run.
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
        """Columns of the table."""
        return self.table.columns

    def row(self, row_id: str) -> RowResult:
        """Return the result of a row."""
        return next(result for result in self.rows if result.row.id == row_id)
