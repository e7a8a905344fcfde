"""Scales: overlays that shrink a family's tables (`toy`, `small`) or leave them as the paper has them (`paper`).

A scale is a file of each family, `ablations/<family>/scales/<name>.yaml`. Sizes that families share stand once, in a
folder of their own that a family's file names in `include`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ablations.resolving.arguments import Argument, class_arguments
from ablations.resolving.data_roots import is_root
from ablations.resolving.keys import CHECKPOINTS, TRAINER
from ablations.tables.schema import ABLATIONS
from ablations.tables.source import Source, read
from common.errors import TableError, nearest

_SECTIONS = ("data", "models", "evaluation", "trainer", "checkpoint")


@dataclass(frozen=True)
class DataScale:
    """What a scale changes in one data module.

    `synthetic` is the number of samples of its built-in synthetic data, used where no data set is given; None leaves
    that to the data set.
    """

    synthetic: int | None = None
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FamilyScale:
    """A family's file of a scale: what it changes in data modules, models and evaluators by class name (an evaluator's
    also changes those derived from it), in the trainer and in the checkpoints.

    `jobs` is how many stages run side by side at most; never more than there are cores for their threads. `threads` is
    how many each has (None: its share of the cores); the number changes the last digits of a result.
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
        """What the scale changes in a data module: nothing where it says nothing of it."""
        return self.data.get(name, DataScale())


@dataclass(frozen=True)
class Scale:
    """A scale of all families that have it."""

    name: str
    families: dict[str, FamilyScale]

    def family(self, name: str) -> FamilyScale:
        """What the scale changes in a family; a scale that the family does not have is an error."""
        if name not in self.families:
            path = ABLATIONS / name / "scales" / f"{self.name}.yaml"
            raise TableError(f"{name} has no scale {self.name!r}; write {path}")
        return self.families[name]


def scale_names(folder: Path = ABLATIONS) -> list[str]:
    """The scales that some family has."""
    return sorted({path.stem for path in folder.glob("*/scales/*.yaml")})


def load_scale(name: str, folder: Path = ABLATIONS) -> Scale:
    """Reads a scale of all families; an unknown one is an error that lists the scales. Arguments are checked here."""
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
            found[name] = checked_arguments(fields[name], class_arguments(path))
    return found


def _shared_or_own(source: Source, shared: str, family: str, name: str) -> dict[str, Any]:
    """The checked arguments of a class that families share (a classifier, an evaluator) or that is a family's own."""
    try:
        known = class_arguments(f"lightning_modules.{shared}.{name}")
    except TableError:
        known = _arguments(source, f"lightning_modules.{family}.{name}")
    return checked_arguments(source, known)


def _data(name: str, source: Source) -> DataScale:
    known = _arguments(source, f"datamodules.{name}")
    entries = source.entries()
    if "synthetic" in entries and not any(map(is_root, known)):
        entries["synthetic"].fail(f"{name} reads no files, so none are drawn; take it out")
    drawn = entries["synthetic"].count() if "synthetic" in entries else None
    return DataScale(drawn, checked_arguments(source, known, besides=("synthetic",)))


def _arguments(source: Source, class_path: str) -> dict[str, Argument]:
    try:
        return class_arguments(class_path)
    except TableError as error:
        source.fail(str(error))


def checked_arguments(source: Source, known: dict[str, Argument], besides: Sequence[str] = ()) -> dict[str, Any]:
    """A mapping of arguments as plain Python, each one known to the class and of a possible type.

    Keys `besides` them are for somebody else to read.
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
