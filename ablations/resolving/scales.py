"""Scales: overlays that shrink a whole table (`toy`, `small`) or leave it as the paper has it (`paper`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ablations.errors import TableError, nearest
from ablations.resolving.arguments import Argument, class_arguments
from ablations.resolving.keys import CHECKPOINTS
from ablations.tables.schema import ABLATIONS
from ablations.tables.source import Source, read

SCALES = ABLATIONS / "scales"


@dataclass(frozen=True)
class FamilyScale:
    """What a scale changes in one family: the data, the trainer, the checkpoints, and each model by its class name.

    `synthetic` is the number of samples of the built-in stand-in, drawn where no data set is given.
    """

    synthetic: int
    data: dict[str, Any] = field(default_factory=dict)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    trainer: dict[str, Any] = field(default_factory=dict)
    checkpoint: dict[str, Any] = field(default_factory=dict)


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
    """Reads a scale; an unknown one is an error that lists the scales. Model arguments are checked here."""
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
    fields = source.mapping(allowed=("synthetic", "data", "models", "trainer", "checkpoint"), required=("synthetic",))
    models = {}
    for name, entry in fields["models"].entries().items() if "models" in fields else ():
        try:
            known = class_arguments(f"lightning_modules.{family}.{name}")
        except TableError as error:
            entry.fail(str(error))
        models[name] = checked_arguments(entry, known)
    return FamilyScale(
        synthetic=fields["synthetic"].count(),
        data=_plain(fields, "data"),
        models=models,
        trainer=_plain(fields, "trainer"),
        checkpoint=checked_arguments(fields["checkpoint"], class_arguments(CHECKPOINTS))
        if "checkpoint" in fields
        else {},
    )


def _plain(fields: dict[str, Source], section: str) -> dict[str, Any]:
    return {key: entry.value() for key, entry in fields[section].entries().items()} if section in fields else {}


def checked_arguments(source: Source, known: dict[str, Argument]) -> dict[str, Any]:
    """A mapping of arguments as plain Python, each one known to the class and of a possible type."""
    values = {}
    for key, entry in source.entries().items():
        if key not in known:
            entry.fail(f"unknown argument {key!r}, {nearest(key, known)}")
        values[key] = known[key].cast(entry.value())
        refusal = known[key].refusal(values[key])
        if refusal:
            entry.fail(refusal)
    return values
