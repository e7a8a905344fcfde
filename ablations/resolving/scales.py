"""Scales: overlays that shrink a family's tables (`toy`, `small`) or keep the paper's values (`paper`).

A scale has one file per family, `ablations/<family>/scales/<name>.yaml`. Sizes that families share are in a separate
folder, which a family's file names in `include`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ablations.resolving.arguments import Argument
from ablations.resolving.data_roots import is_root
from ablations.resolving.keys import CHECKPOINTS
from ablations.resolving.limits import TRAINER, limited_arguments
from ablations.tables.schema import ABLATIONS
from ablations.tables.source import Source, read
from common.errors import TableError, nearest

_SECTIONS = ("data", "models", "evaluation", "trainer", "checkpoint")


@dataclass(frozen=True)
class DataScale:
    """A scale's changes of one data module.

    `synthetic` is the number of samples of its built-in synthetic data, used if no data set is given; None for the data
    set's default.
    """

    synthetic: int | None = None
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FamilyScale:
    """A family's file of a scale: changes of data modules, models and evaluators by class name (those of an evaluator
    also apply to derived classes), of the trainer and of the checkpoints.

    `jobs` is the maximum number of parallel stages, also limited by the cores for their threads. `threads` is the
    number of threads per stage (None: its share of the cores); it changes the last digits of a result.
    """

    about: str = ""
    jobs: int = 1
    threads: int | None = None
    data: dict[str, DataScale] = field(default_factory=dict)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    trainer: dict[str, Any] = field(default_factory=dict)
    checkpoint: dict[str, Any] = field(default_factory=dict)
    evaluation: dict[str, dict[str, Any]] = field(default_factory=dict)

    def data_module(self, name: str) -> DataScale:
        """Return the changes of a data module, empty by default."""
        return self.data.get(name, DataScale())


@dataclass(frozen=True)
class Scale:
    """A scale of all families that have it."""

    name: str
    families: dict[str, FamilyScale]

    def family(self, name: str) -> FamilyScale:
        """Return the changes of a family. Raises `TableError` if the family does not have this scale."""
        if name not in self.families:
            path = ABLATIONS / name / "scales" / f"{self.name}.yaml"
            raise TableError(f"family {name} has no scale {self.name!r}; write {path}")
        return self.families[name]


def scale_names(folder: Path = ABLATIONS) -> list[str]:
    """Return the scales that at least one family has."""
    return sorted({path.stem for path in folder.glob("*/scales/*.yaml")})


def load_scale(name: str, folder: Path = ABLATIONS) -> Scale:
    """Read a scale of all families and check its arguments. Raises `TableError` with the known scales if unknown."""
    if name not in scale_names(folder):
        raise TableError(f"there is no scale {name!r}; scales: {', '.join(scale_names(folder))}")
    sources = {path.parents[1].name: read(path) for path in sorted(folder.glob(f"*/scales/{name}.yaml"))}
    included = {one: _includes(source, sources) for one, source in sources.items()}
    shared = {other for others in included.values() for other in others}
    return Scale(name, {one: _family(one, sources, included[one]) for one in sources if one not in shared})


def _includes(source: Source, sources: dict[str, Source]) -> list[str]:
    entries = source.entries()
    names = [entry.text() for entry in entries["include"].items()] if "include" in entries else []
    for name in names:
        if name not in sources:
            entries["include"].fail(f"there is no {name}/scales/{source.path.name}, {nearest(name, sources)}")
    return names


def _family(family: str, sources: dict[str, Source], included: Sequence[str]) -> FamilyScale:
    fields = sources[family].mapping(
        allowed=("about", "jobs", "threads", "include", *_SECTIONS), required=("about", "jobs")
    )
    found: dict[str, dict[str, Any]] = {section: {} for section in _SECTIONS}
    shared = [(name, sources[name].mapping(allowed=_SECTIONS)) for name in included]
    for name, part in [*shared, (family, fields)]:
        for section, values in _sections(name, part).items():
            found[section] |= values
    threads = fields["threads"].count() if "threads" in fields else None
    return FamilyScale(fields["about"].text(), fields["jobs"].count(), threads, **found)


def _sections(family: str, fields: dict[str, Source]) -> dict[str, dict[str, Any]]:
    parts = {name: fields[name].entries() if name in fields else {} for name in ("data", "models", "evaluation")}
    found: dict[str, dict[str, Any]] = {
        "data": {name: _data(name, entry) for name, entry in parts["data"].items()},
        "models": {name: _shared_or_own(entry, "recognition", family, name) for name, entry in parts["models"].items()},
        "evaluation": {
            name: _shared_or_own(entry, "evaluation", family, name) for name, entry in parts["evaluation"].items()
        },
    }
    for name, path in (("trainer", TRAINER), ("checkpoint", CHECKPOINTS)):
        if name in fields:
            found[name] = check_arguments(fields[name], limited_arguments(path))
    return found


def _shared_or_own(source: Source, shared: str, family: str, name: str) -> dict[str, Any]:
    """Return the checked arguments of a class that families share (a classifier, an evaluator) or of its own."""
    try:
        known = limited_arguments(f"lightning_modules.{shared}.{name}")
    except TableError:
        known = _arguments(source, f"lightning_modules.{family}.{name}")
    return check_arguments(source, known)


def _data(name: str, source: Source) -> DataScale:
    known = _arguments(source, f"datamodules.{name}")
    entries = source.entries()
    if "synthetic" in entries and not any(map(is_root, known)):
        entries["synthetic"].fail(f"{name} reads no files, so there are no synthetic ones; remove this key")
    synthetic = entries["synthetic"].count() if "synthetic" in entries else None
    return DataScale(synthetic, check_arguments(source, known, besides=("synthetic",)))


def _arguments(source: Source, class_path: str) -> dict[str, Argument]:
    try:
        return limited_arguments(class_path)
    except TableError as error:
        source.fail(str(error))


def check_arguments(source: Source, known: dict[str, Argument], besides: Sequence[str] = ()) -> dict[str, Any]:
    """Read a mapping of arguments as plain Python; each must be an argument of the class and of a valid type.

    The keys `besides` are skipped.
    """
    values = {}
    for key, entry in source.entries().items():
        if key in besides:
            continue
        if key not in known:
            entry.fail(f"unknown argument {key!r}, {nearest(key, (*known, *besides))}")
        values[key] = known[key].cast(entry.value())
        refusal = known[key].refusal(values[key])
        if refusal:
            entry.fail(refusal)
    return values
