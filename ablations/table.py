"""A table of a paper as plain data: what `schema.load_table` reads and everything else works from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class Paper:
    """Where the table stands: `key` of the paper, `where` in it."""

    key: str
    where: str


@dataclass(frozen=True)
class Column:
    """One column of the printed table: a measured metric, or a network's parameter count.

    Exactly one of `metric` and `parameters` is set. `stand_in` is the metric that is measured where `metric` cannot be
    (no Inception weights): another quantity under another name, never compared with the paper's value.
    `unit` is what the printed value is divided by: "M" (10^6) or "".
    """

    id: str
    label: str
    better: Literal["lower", "higher", "none"] = "none"
    metric: str | None = None
    stand_in: str | None = None
    parameters: str | None = None
    unit: str = ""


@dataclass(frozen=True)
class StageSpec:
    """A step of a row. `fit` trains the configuration file `config`; `test` evaluates what the fit stage `of` trained.

    `needs` maps an argument of the model to the fit stage whose checkpoint it takes.
    """

    name: str
    kind: Literal["fit", "test"]
    config: str | None = None
    of: str | None = None
    needs: dict[str, str] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True)
class Setting:
    """One entry of a row's `set`, e.g. `texture.model.attention: false` (section is model, data or trainer)."""

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
    """One row of the table: what it changes (`settings`, `configs`, `drop`) against the stages that all rows share."""

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


@dataclass(frozen=True)
class CellRef:
    """`row.column` in a claim."""

    row: str
    column: str


@dataclass(frozen=True)
class Claim:
    """What the paper asserts, as a comparison of two cells: `left operator right`, operator '<' or '>'."""

    text: str
    expect: str
    left: CellRef
    operator: Literal["<", ">"]
    right: CellRef


@dataclass(frozen=True)
class Table:
    """A table file, checked. `base` is the row that the others are compared with."""

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

    def row(self, row_id: str) -> Row:
        """The row of that id."""
        return next(row for row in self.rows if row.id == row_id)

    def column(self, column_id: str) -> Column:
        """The column of that id."""
        return next(column for column in self.columns if column.id == column_id)

    def stage(self, name: str) -> StageSpec:
        """The stage of that name."""
        return next(stage for stage in self.stages if stage.name == name)
