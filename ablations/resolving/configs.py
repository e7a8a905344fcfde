"""A stage's resolved configuration: base YAML, then the scale's overlay, then the row's `set`, all written out."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ablations.errors import TableError, nearest
from ablations.resolving.arguments import class_arguments
from ablations.resolving.keys import CALLBACK_SECTIONS, CHECKPOINTS, MACHINE_DATA, SELECTION, TRAINER_DEFAULTS, portable
from ablations.resolving.scales import Scale, checked_arguments
from ablations.tables.schema import Row, Setting, StageSpec, Table
from ablations.tables.source import Source, read

Config = dict[str, Any]

TRAINER = "pytorch_lightning.trainer.trainer.Trainer"
#: What a configuration may say. A table sets seed and checkpoints itself, whatever a base file says for runs by hand.
_TOP = ("seed_everything", "model", "data", "trainer", "ckpt_path", *CALLBACK_SECTIONS)
_BY_HAND = ("seed_everything", "ckpt_path", "verbose", "return_predictions")


@dataclass(frozen=True)
class Change:
    """One value that a scale or a row changes, said to a reader as `name: before -> after`."""

    name: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.name}: {shown(self.before)} -> {shown(self.after)}"


def shown(value: Any) -> str:
    """A value as YAML writes it."""
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def load_base(path: Path) -> Config:
    """Reads a base configuration and checks every argument in it against the class it names."""
    fields = read(path).mapping(allowed=_TOP, required=("model", "data", "trainer"))
    config: Config = {"seed_everything": 0}
    for section in ("model", "data"):
        config[section] = _class_section(fields[section])
    config["trainer"] = checked_arguments(fields["trainer"], class_arguments(TRAINER))
    return config | {name: fields[name].value() for name in CALLBACK_SECTIONS if name in fields}


def check_file(path: Path, callbacks: Mapping[str, str]) -> None:
    """Checks a configuration that is run by hand, as far as it goes: it may be one of several, or leave things out.

    `callbacks` are the classes of the callback sections. Raises `TableError`, which names file, line and key.
    """
    fields = read(path).mapping(allowed=(*_TOP, *_BY_HAND))
    for section in ("model", "data"):
        if section in fields:
            _class_section(fields[section])
    for section, class_path in {"trainer": TRAINER, **callbacks}.items():
        if section in fields:
            checked_arguments(fields[section], class_arguments(class_path))


def _class_section(source: Source) -> Config:
    fields = source.mapping(allowed=("class_path", "init_args"), required=("class_path",))
    try:
        known = class_arguments(fields["class_path"].text())
    except TableError as error:
        fields["class_path"].fail(str(error))
    given = checked_arguments(fields["init_args"], known) if "init_args" in fields else {}
    defaults = {name: copy.deepcopy(a.default) for name, a in known.items() if a.has_plain_default}
    return {"class_path": fields["class_path"].text(), "init_args": {**defaults, **given}}


def resolve(table: Table, row: Row, stage: StageSpec, scale: Scale) -> Config:
    """The configuration of a row's stage at a scale, complete with every default that is a literal.

    A test stage has what it tests was trained with, and its own settings over that.
    """
    if stage.of is not None:
        config = resolve(table, row, table.stage(stage.of), scale)
    else:
        config = _with_scale(base_config(table, row, stage), table, scale)
    return with_settings(config, table, (s for s in row.settings if s.stage == stage.name))


def base_config(table: Table, row: Row, stage: StageSpec) -> Config:
    """The base configuration of a row's fit stage, before scale and `set`."""
    name = row.configs.get(stage.name, stage.config)
    assert name is not None
    return load_base(table.path.parent / name)


def _with_scale(config: Config, table: Table, scale: Scale) -> Config:
    config = copy.deepcopy(config)
    for section, values in _overlay(config, table, scale).items():
        for key, value in values.items():
            # Those of models and checkpoints were checked when the scale was loaded.
            _put(section, config, key, value, f"scale {scale.name!r}: {section}")
    return config


def _overlay(config: Config, table: Table, scale: Scale) -> dict[str, dict[str, Any]]:
    family = scale.family(table.family)
    model = class_name(config)
    return {
        "model": family.models.get(model, {}),
        "data": family.data,
        "trainer": family.trainer,
        "checkpoint": family.checkpoint,
    }


def with_settings(config: Config, table: Table, settings: Iterable[Setting]) -> Config:
    """The configuration with a row's settings in it; an argument that the class does not take is an error."""
    config = copy.deepcopy(config)
    for setting in settings:
        where = f"{table.path}:{setting.line}: {setting.stage}.{setting.section}"
        _put(setting.section, config, setting.key, setting.value, where)
    return config


def _values(config: Config, section: str) -> dict[str, Any]:
    values: dict[str, Any]
    if section in CALLBACK_SECTIONS:
        values = config.setdefault(section, {})
    else:
        values = config[section] if section == "trainer" else config[section]["init_args"]
    return values


def _put(section: str, config: Config, key: str, value: Any, where: str) -> None:
    class_path = {"trainer": TRAINER, "checkpoint": CHECKPOINTS}.get(section) or config[section]["class_path"]
    known = class_arguments(class_path)
    if key not in known:
        raise TableError(f"{where}: {class_path} takes no argument {key!r}, {nearest(key, known)}")
    refusal = known[key].refusal(value)
    if refusal:
        raise TableError(f"{where}.{key}: {refusal}")
    _values(config, section)[key] = copy.deepcopy(known[key].cast(value))


def class_name(config: Config) -> str:
    """The model's class without its package."""
    return str(config["model"]["class_path"]).rpartition(".")[2]


def scale_changes(table: Table, scale: Scale) -> list[str]:
    """What a scale changes against the paper in this table's models and data, in words, each change once."""
    changes: dict[str, Change] = {}
    for row in table.rows:
        for stage in table.stages:
            if stage.kind == "fit" and stage.name not in row.drop:
                base = base_config(table, row, stage)
                overlay = _overlay(base, table, scale)
                overlay.pop("checkpoint")  # how often a training can be gone on with is no change
                for section, values in overlay.items():
                    owner = str(base[section]["class_path"]).rpartition(".")[2] if section != "trainer" else "trainer"
                    for key, value in values.items():
                        before = _values(base, section).get(key)
                        if before != value and key not in MACHINE_DATA:
                            name = f"{owner}.{key}"
                            changes.setdefault(name, Change(name, before, value))
    return [str(change) for change in changes.values()]


def changed_keys(stage: str, config: Config, base: Config) -> dict[str, Change]:
    """How a stage's configuration differs from the base row's, by setting key.

    Of another model's arguments only those that both take are compared; the model itself is the key `<stage>.config`.
    """
    found: dict[str, Change] = {}
    if config["model"]["class_path"] != base["model"]["class_path"]:
        found[f"{stage}.config"] = Change(f"{stage}.model", class_name(base), class_name(config))
    mine, theirs = _compared(config), _compared(base)
    for name, value in mine.items():
        if name in theirs and theirs[name] != value:
            found[f"{stage}.{name}"] = Change(f"{stage}.{name}", theirs[name], value)
    return found


def _compared(config: Config) -> dict[str, Any]:
    """Every argument that may change a result, by section and name; what is not given is at its default."""
    kept = portable(config)
    checkpoint = {name: known.default for name, known in class_arguments(CHECKPOINTS).items() if name in SELECTION}
    sections = {
        "model": kept["model"]["init_args"],
        "data": {"class_path": kept["data"]["class_path"], **kept["data"]["init_args"]},
        "trainer": {**dict.fromkeys(class_arguments(TRAINER)), **TRAINER_DEFAULTS, **kept["trainer"]},
        "checkpoint": {**checkpoint, **kept.get("checkpoint", {})},
    }
    return {f"{section}.{key}": value for section, values in sections.items() for key, value in values.items()}
