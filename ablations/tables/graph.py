"""The stages of a row as a graph: their inputs, and the order in which they can run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ablations.tables.table import Row, Setting, StageSpec, Table

#: The section of a setting that names the stage whose checkpoint an argument gets.
NEEDS = "needs"
#: Prefix of an argument of a test's evaluator; other arguments are the model's.
EVALUATION = "evaluation."


def row_stages(table: Table, row: Row) -> list[StageSpec]:
    """Return the stages of a row without dropped ones: inputs first, trainings before tests."""
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
    """Return the trainings of a row, inputs first."""
    return [stage for stage in row_stages(table, row) if stage.kind == "fit"]


def feeds(stage: StageSpec, settings: Sequence[Setting]) -> dict[str, str]:
    """Return the stage that provides each argument's checkpoint, by the stage's `needs` and a row's settings."""
    return _set(stage.needs, stage, settings)


def row_feeds(table: Table, row: Row, stage: StageSpec) -> dict[str, str]:
    """Return `feeds` of a row's stage; a test inherits those of its training. Dropped stages are left out."""
    trained = {} if stage.of is None else feeds(table.stage(stage.of), row.settings)
    found = _set({**trained, **stage.needs}, stage, row.settings)
    return {argument: source for argument, source in found.items() if source not in row.drop}


def _set(needs: Mapping[str, str], stage: StageSpec, settings: Sequence[Setting]) -> dict[str, str]:
    own = [setting for setting in settings if setting.stage == stage.name and setting.section == NEEDS]
    found = {**needs, **{setting.key: setting.value for setting in own}}
    return {argument: source for argument, source in found.items() if source is not None}


def find_cycle(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Return a cycle of stages that need each other, from one back to itself; empty if there is none."""
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
