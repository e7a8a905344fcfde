"""What a table's runs measured, gathered for the report, the terminal and W&B."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ablations.table import Claim, Column, Misprint, Row, Table


@dataclass(frozen=True)
class Cell:
    """One cell: the paper's value beside ours.

    `paper` is the printed value as a number (parameter counts in units, not millions), None where nothing is printed;
    `printed` is its text without the unit ("23.07", "3.0506"; "/" where there is no such network; None where the
    paper prints nothing). `values` holds one measured value a seed (a parameter count: one value), in seed order;
    empty while the row is not done. `metric` names what `values` really are ("fd_effnetlite0" in a FID column).
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


@dataclass(frozen=True)
class RowResult:
    """A row: its cells in column order, and all that was measured besides.

    `seeds` are those whose test stage is done; every list over seeds follows it. `metrics` are the headline variant's,
    `variants` all variants' (the headline included under its own name). `protocol` is the test stage's (first seed).
    `samples` (first seed): one dict an image, keys "input", "truth" and the variants. `histories` (first seed): stage
    name to `history.jsonl`.
    `provenance` (first seed): stage name to the run's `provenance.json`. `parameter_counts`: network to
    {"paper": n, "live": n} of the paper-scale networks. `seconds`: the row's stages together, shared ones included,
    None where unknown. `reason` says in one line why a row is missing or failed.
    """

    row: Row
    status: Literal["done", "missing", "failed"]
    reason: str
    seeds: list[int]
    cells: list[Cell]
    headline: str = ""
    metrics: dict[str, list[float]] = field(default_factory=dict)
    variants: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    protocol: dict[str, Any] = field(default_factory=dict)
    samples: list[dict[str, Path]] = field(default_factory=list)
    histories: dict[str, Path] = field(default_factory=dict)
    provenance: dict[str, dict[str, Any]] = field(default_factory=dict)
    stage_metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    parameter_counts: dict[str, dict[str, int]] = field(default_factory=dict)
    config_diff: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    seconds: float | None = None

    def cell(self, column_id: str) -> Cell:
        """The cell of that column."""
        return next(cell for cell in self.cells if cell.column_id == column_id)


@dataclass(frozen=True)
class ClaimResult:
    """The measured direction of a claim, from `seeds` paired seeds: no verdict, only whether the means lie that way.

    `held` is None where a side has no value. `left` and `right` are the means over the paired seeds.
    """

    claim: Claim
    held: bool | None
    seeds: int
    metric: str
    left: float | None = None
    right: float | None = None

    def sentence(self) -> str:
        """E.g. "measured direction at 1 seed: held (fd_effnetlite0 31.20 < 35.02)"."""
        if self.held is None:
            return "not measured"
        if self.metric == "parameters":
            return f"{'holds' if self.held else 'does not hold'} ({self.left:,.0f} and {self.right:,.0f} parameters)"
        count = f"{self.seeds} seed" + ("" if self.seeds == 1 else "s")
        sign = "<" if (self.left or 0.0) < (self.right or 0.0) else ">" if self.left != self.right else "="
        held = "held" if self.held else "not held"
        return f"measured direction at {count}: {held} ({self.metric} {self.left:.4g} {sign} {self.right:.4g})"


@dataclass(frozen=True)
class TableResult:
    """A table with its rows in printed order. Holds no times of day: what is rendered from it is repeatable.

    `scale_changes` says in words what the scale changes against the paper ("WeNTexture.width: 32 -> 16").
    `synthetic` is true where the data are the built-in stand-in; `data_label` names them for a reader.
    """

    table: Table
    scale: str
    scale_changes: list[str]
    data_label: str
    synthetic: bool
    rows: list[RowResult]
    claims: list[ClaimResult] = field(default_factory=list)
    command: str = ""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The table's columns, as printed."""
        return self.table.columns

    def row(self, row_id: str) -> RowResult:
        """The result of that row."""
        return next(result for result in self.rows if result.row.id == row_id)
