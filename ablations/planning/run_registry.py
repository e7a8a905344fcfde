"""All runs on disk, whatever table they were made for: what is out of date, and what such runs cost."""

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
from ablations.planning.folder import KEY, METRICS, folder_result, read_json, result, seconds
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
        """Table, scale, stage, rows and data root that it was run for."""
        found: dict[str, Any] = self.content.get("origin", {})
        return found

    @property
    def kind(self) -> Kind:
        """What it is like."""
        return class_name(self.content["config"]), self.content["kind"], str(self.origin.get("scale"))

    @property
    def units(self) -> int:
        """The size of its work."""
        return units(self.content["kind"], self.content["config"])

    @property
    def seconds(self) -> float | None:
        """How long it took."""
        return seconds(self.folder)

    @cached_property
    def size(self) -> int:
        """The bytes of its files."""
        return sum(_size(path) for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink())


def records(runs_root: Path) -> list[Record]:
    """Every finished run under a folder of runs, the newest first; what cannot be read is none."""
    found: list[tuple[float, Record]] = []
    for path in sorted(runs_root.glob(f"*/{KEY}")):
        content = read_json(path)
        if content is None or not {"config", "kind", "origin"} <= content.keys():
            continue
        if folder_result(path.parent, content["kind"], content["config"]) is not None:
            with suppress(OSError):  # another process may be doing it again
                found.append((path.with_name(METRICS).stat().st_mtime, Record(path.parent, content)))
    return [record for _, record in sorted(found, key=lambda pair: (-pair[0], str(pair[1].folder)))]


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:  # a process that has just ended clears up
        return 0


@dataclass(frozen=True)
class Stale:
    """An earlier result of a run that is not done now, and what has changed since."""

    record: Record
    changes: tuple[str, ...]


def find_stale(runs: Iterable[StageRun], known: Iterable[Record]) -> dict[str, Stale]:
    """For runs that are not done, by key, the newest earlier result of the same stage.

    The same is: of the same table, row, stage, seed, scale and data folder, judged by the same network. `runs` must
    have inputs before what needs them: what changed in an input is said of what needs it too.
    """
    known, found = list(known), dict[str, Stale]()
    for run in runs:
        if result(run) is None:
            record = next((record for record in known if _same_stage(run, record)), None)
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
        and record.content.get("features") == run.ingredients.features  # judged by another network: another result
    )


def _changes(run: StageRun, record: Record, known: dict[str, Stale]) -> tuple[str, ...]:
    said: list[str] = []
    for change in changes(record.content, run.ingredients):
        need = run.needs.get(change.removeprefix("input "))
        if need is None:
            said.append(change)
        elif need.key in known:
            said += known[need.key].changes
        else:
            said.append(f"input: another {need.stage}")
    used = "measured" if run.kind == "test" else "was given"
    return tuple(dict.fromkeys(said)) or (f"the weights that it {used} were trained again",)


@dataclass(frozen=True)
class Costs:
    """What runs of a kind have taken: `seconds` a unit of work, and `size`, the bytes of a whole run."""

    seconds: dict[Kind, float]
    size: dict[Kind, float]

    @classmethod
    def of(cls, known: Iterable[Record]) -> Costs:
        """The means over finished runs."""
        times: dict[Kind, list[float]] = {}
        sizes: dict[Kind, list[float]] = {}
        for record in known:
            if record.seconds is not None:
                times.setdefault(record.kind, []).append(record.seconds / record.units)
            sizes.setdefault(record.kind, []).append(record.size)
        return cls({kind: mean(v) for kind, v in times.items()}, {kind: mean(v) for kind, v in sizes.items()})
