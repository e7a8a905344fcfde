"""Settings and dropped stages of a row, with checks that its stages can still run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ablations.tables.graph import EVALUATION, NEEDS, feeds, find_cycle
from ablations.tables.source import Source
from ablations.tables.table import Setting, StageSpec
from common.errors import nearest

SECTIONS = ("model", "data", "trainer", "checkpoint", NEEDS)
#: Checkpoint settings that a row may change: the rule that selects the evaluated weights.
CHECKPOINT_KEYS = ("select", "metric", "validate_every")


@dataclass(frozen=True)
class Changes:
    """The changes of a row against its base."""

    settings: tuple[Setting, ...] = ()
    configs: dict[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()


def read_changes(fields: Mapping[str, Source], stages: tuple[StageSpec, ...]) -> Changes:
    """Read `set` and `drop` of a row."""
    fits = [stage.name for stage in stages if stage.kind == "fit"]
    tested = [stage.of for stage in stages if stage.kind == "test"]
    droppable = [name for name in fits if name not in tested]
    drop = tuple(entry.choice(droppable) for entry in fields["drop"].items()) if "drop" in fields else ()
    changes = read_settings(fields["set"].entries(), stages, drop) if "set" in fields else Changes(drop=drop)
    if "set" in fields:
        refuse_cycle(fields["set"], stages, changes.settings)
    if "drop" in fields:
        _refuse_missing(fields["drop"], stages, changes)
    return changes


def refuse_cycle(source: Source, stages: tuple[StageSpec, ...], settings: tuple[Setting, ...] = ()) -> None:
    """Raise `TableError` if trainings need each other in a cycle."""
    found = find_cycle({stage.name: feeds(stage, settings).values() for stage in stages if stage.kind == "fit"})
    if found:
        source.fail(f"stages need each other in a cycle ({' -> '.join(found)}); remove one of these needs")


def _refuse_missing(source: Source, stages: tuple[StageSpec, ...], changes: Changes) -> None:
    """Raise `TableError` if a row drops a stage that a training needs. (A test can run without it.)"""
    fits = [stage for stage in stages if stage.kind == "fit" and stage.name not in changes.drop]
    needs = [(s, argument, name) for s in fits for argument, name in feeds(s, changes.settings).items()]
    for item in source.items():
        for stage, argument, name in needs:
            if name == item.text():
                key = f"{stage.name}.{NEEDS}.{argument}"
                item.fail(f"{stage.name!r} needs it; set {key} to another stage, or to null if it is optional")


def refuse_evaluator_input(source: Source, argument: str) -> None:
    """Raise `TableError` if a training gets an input of an evaluator."""
    if argument.startswith(EVALUATION):
        source.fail(f"only tests have an evaluator; move {argument!r} to a test stage")


def read_settings(entries: Mapping[str, Source], stages: tuple[StageSpec, ...], drop: tuple[str, ...]) -> Changes:
    """Read `set`: `<stage>.config` replaces a stage's file, `<stage>.<section>.<key>` one value of it."""
    settings: list[Setting] = []
    configs: dict[str, str] = {}
    for key, entry in entries.items():
        stage, section, argument = check_key(key, entry, stages)
        if stage.name in drop:
            entry.fail(f"this row drops stage {stage.name!r}; remove this setting")
        if section == "config":
            configs[stage.name] = config_file(entry)
        elif section == NEEDS:
            settings.append(Setting(stage.name, section, argument, _feeder(entry, stage, stages, drop), entry.line))
        else:
            settings.append(Setting(stage.name, section, argument, entry.value(), entry.line))
    return Changes(tuple(settings), configs, drop)


def _feeder(source: Source, stage: StageSpec, stages: tuple[StageSpec, ...], drop: tuple[str, ...]) -> str | None:
    """Read the fit stage that provides an argument's checkpoint; None for none."""
    if source.value() is None:
        return None
    return source.choice(s.name for s in stages if s.kind == "fit" and s.name not in (stage.name, *drop))


def check_key(key: str, source: Source, stages: tuple[StageSpec, ...]) -> tuple[StageSpec, str, str]:
    """Split a setting key into stage, section and argument ("" for `<stage>.config`)."""
    names = {stage.name: stage for stage in stages}
    name, _, rest = key.partition(".")
    if name not in names:
        source.fail(f"there is no stage {name!r}, {nearest(name, names)}")
    stage = names[name]
    section, _, argument = rest.partition(".")
    if rest != "config" and (section not in SECTIONS or not argument):
        source.fail(f"must be <stage>.config or <stage>.<section>.<key>, {nearest(section, (*SECTIONS, 'config'))}")
    if stage.kind == "test" and section == "checkpoint":
        source.fail(f"stage {name!r} is a test; set {stage.of}.{rest} of its training")
    if stage.kind == "fit" and section == NEEDS:
        refuse_evaluator_input(source, argument)
    if section == "checkpoint" and argument not in CHECKPOINT_KEYS:
        source.fail(f"a row cannot set {argument!r} of the checkpoints, {nearest(argument, CHECKPOINT_KEYS)}")
    return stage, section, argument


def config_file(source: Source) -> str:
    """Read the name of a configuration file in the table's folder."""
    name = source.text()
    folder = source.path.parent
    if not (folder / name).is_file():
        files = [path.name for path in folder.glob("*.yaml") if not path.name.startswith("table_")]
        source.fail(f"file {folder / name} does not exist, {nearest(name, files)}")
    return name
