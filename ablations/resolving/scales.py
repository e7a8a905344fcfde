"""Scales: overlays that shrink a whole table (`toy`, `small`) or leave it as the paper has it (`paper`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ablations.resolving.arguments import Argument, class_arguments
from ablations.resolving.keys import CHECKPOINTS, TRAINER
from ablations.tables.schema import ABLATIONS
from ablations.tables.source import Source, read
from common.errors import TableError, nearest

SCALES = ABLATIONS / "scales"


@dataclass(frozen=True)
class DataScale:
    """What a scale changes in one data module.

    `synthetic` is the number of samples of its built-in stand-in, drawn where no data set is given; None leaves that to
    the data set.
    """

    synthetic: int | None = None
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FamilyScale:
    """What a scale changes in one family: data modules, models and evaluators by class name (an evaluator's also
    changes those derived from it), the trainer, and the checkpoints."""

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
    """A scale file.

    `jobs` is how many stages run side by side at most; never more than there are cores for their threads. `threads` is
    how many each has (None: its share of the cores); the number changes the last digits of a result.
    """

    name: str
    about: str
    jobs: int
    families: dict[str, FamilyScale]
    threads: int | None = None

    def family(self, name: str) -> FamilyScale:
        """What the scale changes in a family; a scale that does not know the family is an error."""
        if name not in self.families:
            raise TableError(f"scale {self.name!r} says nothing about {name}; add it to {SCALES / self.name}.yaml")
        return self.families[name]


def scale_names(folder: Path = SCALES) -> list[str]:
    """The scales there are."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def load_scale(name: str, folder: Path = SCALES) -> Scale:
    """Reads a scale; an unknown one is an error that lists the scales. Arguments of classes are checked here."""
    if name not in scale_names(folder):
        raise TableError(f"there is no scale {name!r}; scales: {', '.join(scale_names(folder))}")
    families = sorted(path.parent.name for path in ABLATIONS.glob("*/table_*.yaml"))
    source = read(folder / f"{name}.yaml")
    fields = source.mapping(allowed=("about", "jobs", "threads", *families), required=("about", "jobs"))
    return Scale(
        name=name,
        about=fields["about"].text(),
        jobs=fields["jobs"].count(),
        threads=fields["threads"].count() if "threads" in fields else None,
        families={family: _family(family, fields[family]) for family in dict.fromkeys(families) if family in fields},
    )


def _family(family: str, source: Source) -> FamilyScale:
    sections = {"trainer": TRAINER, "checkpoint": CHECKPOINTS}
    fields = source.mapping(allowed=("data", "models", "evaluation", *sections))
    parts = {name: fields[name].entries() if name in fields else {} for name in ("data", "models", "evaluation")}
    models = {name: _shared_or_own(entry, "recognition", family, name) for name, entry in parts["models"].items()}
    evaluators = {
        name: _shared_or_own(entry, "evaluation", family, name) for name, entry in parts["evaluation"].items()
    }
    given = {
        name: checked_arguments(fields[name], class_arguments(path))
        for name, path in sections.items()
        if name in fields
    }
    data = {name: _data(name, entry) for name, entry in parts["data"].items()}
    return FamilyScale(data, models, evaluation=evaluators, **given)


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
    if "synthetic" in entries and "root" not in known:
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
