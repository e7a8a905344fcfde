"""All finished runs on disk, of any table: outdated results, and mean costs."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import mean
from typing import Any

from ablations.planning.estimate import Kind, units
from ablations.planning.expand import StageRun
from ablations.planning.folder import KEY, METRICS, folder_result, has_replaced_inputs, read_json, result, seconds
from ablations.planning.run_faults import file_fault
from ablations.resolving.configs import class_name
from ablations.resolving.data_roots import given_roots
from ablations.resolving.keys import changes


@dataclass(frozen=True)
class Record:
    """A finished run in its folder: `content` is its `key.json`."""

    folder: Path
    content: dict[str, Any]

    @property
    def origin(self) -> dict[str, Any]:
        """Table, scale, stage, rows and data root of the run."""
        found: dict[str, Any] = self.content.get("origin", {})
        return found

    @property
    def kind(self) -> Kind:
        """Kind of the run, for costs."""
        return class_name(self.content["config"]), self.content["kind"], str(self.origin.get("scale"))

    @property
    def units(self) -> int:
        """Units of work of the run."""
        return units(self.content["kind"], self.content["config"])

    @property
    def seconds(self) -> float | None:
        """Seconds that the run took; None if unknown."""
        return seconds(self.folder)

    @cached_property
    def size(self) -> int:
        """Size of its files in bytes."""
        return sum(_size(path) for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink())


def records(runs_root: Path) -> list[Record]:
    """Return the finished runs in a folder of runs, newest first; unreadable folders are skipped."""
    found: list[tuple[float, Record]] = []
    for path in sorted(runs_root.glob(f"*/{KEY}")):
        content = None if file_fault(path) else read_json(path)
        if content is None:
            continue
        if folder_result(path.parent, content["kind"], content["config"]) is not None:
            with suppress(OSError):  # another process may be running it again
                found.append((path.with_name(METRICS).stat().st_mtime, Record(path.parent, content)))
    return [record for _, record in sorted(found, key=lambda pair: (-pair[0], str(pair[1].folder)))]


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:  # a process that has just ended may be deleting files
        return 0


@dataclass(frozen=True)
class Stale:
    """An earlier result of a run that is not done now, and the changes since."""

    record: Record
    changes: tuple[str, ...]


def find_stale(runs: Iterable[StageRun], known: Iterable[Record]) -> dict[str, Stale]:
    """Return the newest earlier result of the same stage for each run that is not done, by key.

    The same stage: of the same table, row, stage, seed, scale, data folder and feature network. `runs` must be in
    order of inputs: changes of an input are also listed for its users.
    """
    known, found = list(known), dict[str, Stale]()
    for run in runs:
        if result(run) is None:
            damaged = None if has_replaced_inputs(run) else run.folder  # its own folder has no earlier result
            same = (record for record in known if record.folder != damaged and _same_stage(run, record))
            record = next(same, None)
            if record is not None:
                found[run.key] = Stale(record, _changes(run, record, found))
    return found


def _same_stage(run: StageRun, record: Record) -> bool:
    origin = record.origin
    same = ("table", run.table), ("family", run.family), ("scale", run.scale), ("stage", run.stage)
    return (
        all(origin.get(name) == value for name, value in same)
        and origin.get("data") == given_roots(run.config)
        and not set(run.rows).isdisjoint(origin.get("rows", ()))
        and record.content.get("seed") == run.seed
        and record.content.get("features") == run.ingredients.features  # another feature network gives another result
    )


def _changes(run: StageRun, record: Record, known: dict[str, Stale]) -> tuple[str, ...]:
    found: list[str] = []
    for change in changes(record.content, run.ingredients):
        need = run.needs.get(change.removeprefix("input "))
        if need is None:
            found.append(change)
        elif need.key in known:
            found += known[need.key].changes
        else:
            found.append(f"input: {need.stage} has changed")
    return tuple(dict.fromkeys(found)) or ("its input weights were trained again",)


@dataclass(frozen=True)
class Costs:
    """Mean costs of runs by kind: `seconds` per unit of work, and `size`, the bytes of a whole run."""

    seconds: dict[Kind, float]
    size: dict[Kind, float]

    @classmethod
    def of(cls, known: Iterable[Record]) -> Costs:
        """Compute the means over finished runs."""
        times: dict[Kind, list[float]] = {}
        sizes: dict[Kind, list[float]] = {}
        for record in known:
            if record.seconds is not None:
                times.setdefault(record.kind, []).append(record.seconds / record.units)
            sizes.setdefault(record.kind, []).append(record.size)
        return cls({kind: mean(v) for kind, v in times.items()}, {kind: mean(v) for kind, v in sizes.items()})
