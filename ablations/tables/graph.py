"""A row's stages as a graph: which it has, what feeds each of them, and the order in which they can run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ablations.tables.table import Row, Setting, StageSpec, Table

#: The section of a setting that says which stage feeds an argument.
NEEDS = "needs"
#: Before an argument of what judges a test, where others are the model's.
JUDGE = "evaluation."


def row_stages(table: Table, row: Row) -> list[StageSpec]:
    """The stages of a row without those it drops: inputs first, and trainings before tests."""
    kept = {stage.name: stage for stage in table.stages if stage.name not in row.drop}
    order = sorted(kept.values(), key=lambda stage: stage.kind)  # "fit" sorts before "test"
    found: dict[str, StageSpec] = {}

    def add(stage: StageSpec) -> None:
        for source in feeds(stage, row.settings).values():
            if source in kept and source not in found:
                add(kept[source])
        found[stage.name] = stage

    for stage in order:
        if stage.name not in found:
            add(stage)
    return list(found.values())


def row_fits(table: Table, row: Row) -> list[StageSpec]:
    """The trainings of a row, inputs first."""
    return [stage for stage in row_stages(table, row) if stage.kind == "fit"]


def feeds(stage: StageSpec, settings: Sequence[Setting]) -> dict[str, str]:
    """Which stage's checkpoint each argument takes: as the stage says and a row's settings do."""
    return _set(stage.needs, stage, settings)


def row_feeds(table: Table, row: Row, stage: StageSpec) -> dict[str, str]:
    """`feeds`, of a test with what the training was fed that it tests, and without stages that the row drops."""
    trained = {} if stage.of is None else feeds(table.stage(stage.of), row.settings)
    found = _set({**trained, **stage.needs}, stage, row.settings)
    return {argument: source for argument, source in found.items() if source not in row.drop}


def _set(needs: Mapping[str, str], stage: StageSpec, settings: Sequence[Setting]) -> dict[str, str]:
    own = [setting for setting in settings if setting.stage == stage.name and setting.section == NEEDS]
    found = {**needs, **{setting.key: setting.value for setting in own}}
    return {argument: source for argument, source in found.items() if source is not None}


def circle(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Stages that need each other in a round, from one back to itself; empty where there are none."""
    done: set[str] = set()

    def search(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for source in needs.get(name, ()):
            if found := search(source, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in needs if (found := search(name, []))), [])
