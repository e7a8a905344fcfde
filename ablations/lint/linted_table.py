"""The data of lint: the configurations of every row and of its base, at every scale."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from ablations.resolving.configs import Change, changed_keys, changed_needs, resolve
from ablations.resolving.files import Config
from ablations.resolving.scales import Scale, load_scale, scale_names
from ablations.tables.graph import row_stages
from ablations.tables.schema import ABLATIONS, Row, StageSpec, Table
from common.errors import TableError


@dataclass(frozen=True)
class Finding:
    """A finding of lint about a row: a fault with its fix, or a note for readers."""

    row: str
    text: str
    note: bool = False


@dataclass(frozen=True)
class Difference:
    """A value of a row that differs from its base's; `at` names the scales ("" if it differs at all scales)."""

    key: str
    change: Change
    at: str

    @property
    def section(self) -> str:
        """ "model", "data", "trainer", "checkpoint", "needs" or "config"; "" for a whole stage."""
        return self.key.split(".")[1] if "." in self.key else ""

    @property
    def argument(self) -> str:
        """The last part of the key."""
        return self.key.rpartition(".")[2]

    def __str__(self) -> str:
        values = str(self.change).partition(": ")[2]
        return f"{self.key} ({values}){self.at}"


@dataclass
class LintedTable:
    """A table with the resolved configurations of its rows. `accused` are the rows with a fault so far."""

    table: Table
    counts: dict[str, dict[str, dict[str, int]]]
    accused: set[str] = field(default_factory=set)
    _configs: dict[tuple[str, str, str], Config] = field(default_factory=dict)
    _differences: dict[str, list[Difference]] = field(default_factory=dict)

    @cached_property
    def scales(self) -> list[Scale]:
        """The scales that have the table's family. Raises `TableError` if there are none."""
        found = [scale for scale in map(load_scale, scale_names()) if self.table.family in scale.families]
        if not found:
            folder = ABLATIONS / self.table.family / "scales"
            raise TableError(f"family {self.table.family} has no scales; write {folder}/paper.yaml")
        return found

    def pairs(self) -> list[tuple[Row, Row]]:
        """Return every row that has a base, with its base."""
        return [(row, self.table.row(row.base)) for row in self.table.rows if row.base != row.id]

    def config(self, scale: Scale, row: Row, stage: StageSpec) -> Config:
        """Return the resolved configuration of a row's stage."""
        key = (scale.name, row.id, stage.name)
        if key not in self._configs:
            self._configs[key] = resolve(self.table, row, stage, scale)
        return self._configs[key]

    def differences(self, row: Row) -> list[Difference]:
        """Return the differences of a row from its base; those that a test inherits from its training appear once."""
        if row.id not in self._differences:
            self._differences[row.id] = self._all_differences(row)
        return self._differences[row.id]

    def _all_differences(self, row: Row) -> list[Difference]:
        by_key: dict[str, dict[str, Change]] = {}
        for scale in self.scales:
            for key, change in self._at_scale(row, scale).items():
                by_key.setdefault(key, {})[scale.name] = change
        return [
            Difference(key, next(iter(changes.values())), self.at(list(changes))) for key, changes in by_key.items()
        ]

    def at(self, scales: list[str]) -> str:
        """Format a list of scales: "" for all scales, " at toy scale" for one."""
        return "" if len(scales) == len(self.scales) else f" at {' and '.join(scales)} scale"

    def _at_scale(self, row: Row, scale: Scale) -> dict[str, Change]:
        base = self.table.row(row.base)
        found: dict[str, Change] = {}
        mine, theirs = (row_stages(self.table, one) for one in (row, base))
        for stage in self.table.stages:
            if (stage in mine) != (stage in theirs):
                words = {True: "trained", False: "dropped"}
                found[stage.name] = Change(stage.name, words[stage in theirs], words[stage in mine])
        for stage in mine:  # trainings first
            if stage in theirs:
                changed = changed_keys(stage.name, self.config(scale, row, stage), self.config(scale, base, stage))
                changed |= changed_needs(self.table, row, base, stage)
                found |= {
                    key: change for key, change in changed.items() if not _is_inherited(stage, key, change, found)
                }
        return found


def _is_inherited(stage: StageSpec, key: str, change: Change, found: dict[str, Change]) -> bool:
    trained = found.get(f"{stage.of}.{key.partition('.')[2]}") if stage.of else None
    return trained is not None and (trained.before, trained.after) == (change.before, change.after)
