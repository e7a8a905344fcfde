"""What a row of a table file sets and drops, and whether its stages can still run one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ablations.tables.graph import JUDGE, NEEDS, circle, feeds
from ablations.tables.source import Source
from ablations.tables.table import Setting, StageSpec
from common.errors import nearest

SECTIONS = ("model", "data", "trainer", "checkpoint", NEEDS)
#: What a row may set of a fit stage's checkpoints: the rule that picks the evaluated weights.
CHECKPOINT_KEYS = ("select", "metric", "validate_every")


@dataclass(frozen=True)
class Changes:
    """What a row changes against its base."""

    settings: tuple[Setting, ...] = ()
    configs: dict[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()


def read_changes(fields: Mapping[str, Source], stages: tuple[StageSpec, ...]) -> Changes:
    """`set` and `drop` of a row."""
    fits = [stage.name for stage in stages if stage.kind == "fit"]
    tested = [stage.of for stage in stages if stage.kind == "test"]
    droppable = [name for name in fits if name not in tested]
    drop = tuple(entry.choice(droppable) for entry in fields["drop"].items()) if "drop" in fields else ()
    changes = read_settings(fields["set"].entries(), stages, drop) if "set" in fields else Changes(drop=drop)
    if "set" in fields:
        refuse_circle(fields["set"], stages, changes.settings)
    if "drop" in fields:
        _refuse_missing(fields["drop"], stages, changes)
    return changes


def refuse_circle(source: Source, stages: tuple[StageSpec, ...], settings: tuple[Setting, ...] = ()) -> None:
    """An error where trainings need each other in a round: none of them could be the first."""
    found = circle({stage.name: feeds(stage, settings).values() for stage in stages if stage.kind == "fit"})
    if found:
        source.fail(f"stages need each other in a round ({' -> '.join(found)}); take one of these needs out")


def _refuse_missing(source: Source, stages: tuple[StageSpec, ...], changes: Changes) -> None:
    """An error where a row drops what a training of it needs. (A test of such a row goes without.)"""
    fits = [stage for stage in stages if stage.kind == "fit" and stage.name not in changes.drop]
    needs = [(s, argument, name) for s in fits for argument, name in feeds(s, changes.settings).items()]
    for item in source.items():
        for stage, argument, name in needs:
            if name == item.text():
                key = f"{stage.name}.{NEEDS}.{argument}"
                item.fail(f"{stage.name!r} needs it; set {key} to another stage, or to null if it can do without")


def refuse_judge(source: Source, argument: str) -> None:
    """An error where a training is given what judges a test."""
    if argument.startswith(JUDGE):
        source.fail(f"only a test is judged; take {argument!r} to a test stage")


def read_settings(entries: Mapping[str, Source], stages: tuple[StageSpec, ...], drop: tuple[str, ...]) -> Changes:
    """`set`: `<stage>.config` replaces a stage's file, `<stage>.<section>.<key>` one value of it."""
    settings: list[Setting] = []
    configs: dict[str, str] = {}
    for key, entry in entries.items():
        stage, section, argument = check_key(key, entry, stages)
        if stage.name in drop:
            entry.fail(f"this row drops stage {stage.name!r}; nothing can be set in it")
        if section == "config":
            configs[stage.name] = config_file(entry)
        elif section == NEEDS:
            settings.append(Setting(stage.name, section, argument, _feeder(entry, stage, stages, drop), entry.line))
        else:
            settings.append(Setting(stage.name, section, argument, entry.value(), entry.line))
    return Changes(tuple(settings), configs, drop)


def _feeder(source: Source, stage: StageSpec, stages: tuple[StageSpec, ...], drop: tuple[str, ...]) -> str | None:
    """The fit stage that is to feed an argument; None for none."""
    if source.value() is None:
        return None
    return source.choice(s.name for s in stages if s.kind == "fit" and s.name not in (stage.name, *drop))


def check_key(key: str, source: Source, stages: tuple[StageSpec, ...]) -> tuple[StageSpec, str, str]:
    """Stage, section and argument of a setting key; the argument of `<stage>.config` is ""."""
    names = {stage.name: stage for stage in stages}
    name, _, rest = key.partition(".")
    if name not in names:
        source.fail(f"there is no stage {name!r}, {nearest(name, names)}")
    stage = names[name]
    section, _, argument = rest.partition(".")
    if rest != "config" and (section not in SECTIONS or not argument):
        source.fail(f"must be <stage>.config or <stage>.<section>.<key>, {nearest(section, (*SECTIONS, 'config'))}")
    if stage.kind == "test" and section == "checkpoint":
        source.fail(f"stage {name!r} tests what {stage.of!r} trained; set {stage.of}.{rest}")
    if stage.kind == "fit" and section == NEEDS:
        refuse_judge(source, argument)
    if section == "checkpoint" and argument not in CHECKPOINT_KEYS:
        source.fail(f"a row cannot set {argument!r} of the checkpoints, {nearest(argument, CHECKPOINT_KEYS)}")
    return stage, section, argument


def config_file(source: Source) -> str:
    """The name of a configuration file in the table's folder."""
    name = source.text()
    folder = source.path.parent
    if not (folder / name).is_file():
        files = [path.name for path in folder.glob("*.yaml") if not path.name.startswith("table_")]
        source.fail(f"there is no {folder / name}, {nearest(name, files)}")
    return name
