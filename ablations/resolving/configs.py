"""Resolved configuration of a stage: base file, table's data, scale's overlay, row's `set`, and defaults."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ablations.resolving.arguments import class_arguments
from ablations.resolving.data_roots import root_arguments
from ablations.resolving.evaluators import evaluator_names, evaluator_of
from ablations.resolving.files import Config, load_base, load_data, load_test
from ablations.resolving.keys import (
    CALLBACK_SECTIONS,
    CHECKPOINTS,
    MACHINE_TRAINER,
    SELECTION,
    TRAINER_DEFAULTS,
    machine_arguments,
    portable,
)
from ablations.resolving.limits import TRAINER, limited_arguments
from ablations.resolving.scales import Scale
from ablations.tables.graph import NEEDS, row_feeds, row_stages
from ablations.tables.schema import Row, Setting, StageSpec, Table
from common.errors import TableError, nearest


@dataclass(frozen=True)
class Change:
    """One value that a scale or a row changes, printed as `name: before -> after`."""

    name: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.name}: {yaml_text(self.before)} -> {yaml_text(self.after)}"


def yaml_text(value: Any) -> str:
    """Format a value as in YAML."""
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def resolve(table: Table, row: Row, stage: StageSpec, scale: Scale) -> Config:
    """Return the configuration of a row's stage at a scale, with every default that is a literal.

    A test stage has the configuration of its training, overridden by its own file and settings.
    """
    if stage.of is not None:
        config = _test_config(resolve(table, row, table.stage(stage.of), scale), table, row, stage, scale)
    else:
        config = _with_scale(base_config(table, row, stage), _overlay, table, scale)
    return with_settings(config, table, (s for s in row.settings if s.stage == stage.name))


def base_config(table: Table, row: Row, stage: StageSpec) -> Config:
    """Return the base configuration of a row's fit stage, on the table's data, before scale and `set`."""
    path = _file(table, row, stage)
    assert path is not None
    config = load_base(path)
    if table.data is None:
        return config
    return _override(config, load_data(table.path.parent / table.data, config["model"]["class_path"]))


def _file(table: Table, row: Row, stage: StageSpec) -> Path | None:
    name = row.configs.get(stage.name, stage.config)
    return None if name is None else table.path.parent / name


def _test_config(config: Config, table: Table, row: Row, stage: StageSpec, scale: Scale) -> Config:
    path = _file(table, row, stage)
    if path is None:
        return config
    given = load_test(path, config["model"]["class_path"])
    config = _override(config, given)
    return _with_scale(config, _data_overlay, table, scale) if "data" in given else config


def _override(config: Config, given: Config) -> Config:
    config = copy.deepcopy(config)
    for section in given:
        if section == "data":
            config["data"] = given["data"]
        else:
            _values(config, section).update(given[section])
    return config


Overlay = dict[str, dict[str, Any]]

#: Arguments in which model and data must agree; if a scale changes those of the data, the model follows. `size`: (H, W)
AGREED = ("classes", "resolution", "size")


def _with_scale(
    config: Config, overlay: Callable[[Config, Table, Scale], Overlay], table: Table, scale: Scale
) -> Config:
    config = copy.deepcopy(config)
    for section, values in overlay(config, table, scale).items():
        for key, value in values.items():
            _put(section, config, key, value, f"scale {scale.name!r}: {section}")
    return config


def _overlay(config: Config, table: Table, scale: Scale) -> Overlay:
    family, data = scale.family(table.family), _data_overlay(config, table, scale)
    known = class_arguments(config["model"]["class_path"])
    followed = {name: data["data"][name] for name in AGREED if name in data["data"] and name in known}
    return {
        "model": {**followed, **family.models.get(class_name(config), {})},
        **data,
        "trainer": family.trainer,
        "checkpoint": family.checkpoint,
        "evaluation": {k: v for name in evaluator_names(config) for k, v in family.evaluation.get(name, {}).items()},
    }


def _data_overlay(config: Config, table: Table, scale: Scale) -> Overlay:
    return {"data": scale.family(table.family).data_module(class_name(config, "data")).arguments}


def with_settings(config: Config, table: Table, settings: Iterable[Setting]) -> Config:
    """Return the configuration with a row's settings; an argument that the class does not have is an error."""
    config = copy.deepcopy(config)
    for setting in settings:
        if setting.section == NEEDS:
            continue
        where = f"{table.path}:{setting.line}: {setting.stage}.{setting.section}"
        _put(setting.section, config, setting.key, setting.value, where)
        _refuse_machine_setting(config, setting, where)
    return config


def _refuse_machine_setting(config: Config, setting: Setting, where: str) -> None:
    """Raise `TableError` if a row sets what changes no result: two rows would share a key, and one of the settings."""
    if setting.section == "trainer":
        machine = frozenset(MACHINE_TRAINER)
    elif setting.section in ("model", "data"):
        class_path = config[setting.section]["class_path"]
        machine = machine_arguments(class_path, setting.section) - frozenset(root_arguments(class_path))
    else:
        return
    if setting.key in machine:
        raise TableError(
            f"{where}.{setting.key}: is a setting of the machine, which is in no key; remove it from the row"
        )


def _values(config: Config, section: str) -> dict[str, Any]:
    values: dict[str, Any]
    if section in CALLBACK_SECTIONS:
        values = config.setdefault(section, {})
    else:
        values = config[section] if section == "trainer" else config[section]["init_args"]
    return values


def _put(section: str, config: Config, key: str, value: Any, where: str) -> None:
    if section == "evaluation":
        class_path = evaluator_of(config)
    else:
        own = {"trainer": TRAINER, "checkpoint": CHECKPOINTS}
        class_path = own.get(section) or config[section]["class_path"]
    known = limited_arguments(class_path)
    if key not in known:
        raise TableError(f"{where}: {class_path} has no argument {key!r}, {nearest(key, known)}")
    refusal = known[key].refusal(value)
    if refusal:
        raise TableError(f"{where}.{key}: {refusal}")
    _values(config, section)[key] = copy.deepcopy(known[key].cast(value))


def class_name(config: Config, section: str = "model") -> str:
    """Return the class name of the model, or of the data module, without its package."""
    return str(config[section]["class_path"]).rpartition(".")[2]


def stage_bases(table: Table) -> Iterator[tuple[Config, tuple[str, ...]]]:
    """Yield the base configurations of a table's stages, row by row, with their sections.

    For a test only its own data; the rest is its training's.
    """
    for row in table.rows:
        for stage in row_stages(table, row):
            if stage.of is None:
                yield base_config(table, row, stage), ("model", "data", "trainer")
            elif (path := _file(table, row, stage)) is not None:
                config = base_config(table, row, table.stage(stage.of))
                given = load_test(path, config["model"]["class_path"])
                if "data" in given:
                    yield {**config, "data": given["data"]}, ("data",)


def scale_changes(table: Table, scale: Scale) -> list[str]:
    """List a scale's changes of this table's models, data and trainer against the paper, each once."""
    changes: dict[str, Change] = {}
    for base, sections in stage_bases(table):
        overlay = _overlay(base, table, scale)  # without checkpoints: their frequency changes no result
        for section in sections:
            owner = class_name(base, section) if section != "trainer" else "trainer"
            machine = machine_arguments(base[section]["class_path"], section) if section != "trainer" else ()
            for key, value in overlay[section].items():
                before = _values(base, section).get(key)
                if before != value and key not in machine:
                    name = f"{owner}.{key}"
                    changes.setdefault(name, Change(name, before, value))
    return [str(change) for change in changes.values()]


def changed_needs(table: Table, row: Row, base: Row, stage: StageSpec) -> dict[str, Change]:
    """Return the inputs of a row's stage that differ from its base's, by setting key.

    A stage that only one of the two rows has is a change of its own, not repeated here.
    """
    mine, theirs = row_feeds(table, row, stage), row_feeds(table, base, stage)
    dropped = set(row.drop) ^ set(base.drop)
    found: dict[str, Change] = {}
    for argument in dict.fromkeys((*theirs, *mine)):
        before, after = theirs.get(argument), mine.get(argument)
        if before != after and not {before, after} & dropped:
            name = f"{stage.name}.{NEEDS}.{argument}"
            found[name] = Change(name, before, after)
    return found


def changed_keys(stage: str, config: Config, base: Config) -> dict[str, Change]:
    """Return the differences of a stage's configuration from the base row's, by setting key.

    For different models only common arguments are compared; the model itself has the key `<stage>.config`.
    """
    found: dict[str, Change] = {}
    if config["model"]["class_path"] != base["model"]["class_path"]:
        found[f"{stage}.config"] = Change(f"{stage}.model", class_name(base), class_name(config))
    mine, theirs = _result_arguments(config), _result_arguments(base)
    for name, value in mine.items():
        if name in theirs and theirs[name] != value:
            found[f"{stage}.{name}"] = Change(f"{stage}.{name}", theirs[name], value)
    return found


def _result_arguments(config: Config) -> dict[str, Any]:
    """Return every argument that may change a result, by section and name, with defaults."""
    kept = portable(config)
    checkpoint = {name: known.default for name, known in class_arguments(CHECKPOINTS).items() if name in SELECTION}
    sections = {
        "model": kept["model"]["init_args"],
        "data": {"class_path": kept["data"]["class_path"], **kept["data"]["init_args"]},
        "trainer": {**dict.fromkeys(class_arguments(TRAINER)), **TRAINER_DEFAULTS, **kept["trainer"]},
        "checkpoint": {**checkpoint, **kept.get("checkpoint", {})},
    }
    return {f"{section}.{key}": value for section, values in sections.items() for key, value in values.items()}
