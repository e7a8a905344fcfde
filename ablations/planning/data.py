"""The data of a table: the user's data sets, or built-in synthetic ones, generated if they do not exist yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ablations.resolving.arguments import class_summary
from ablations.resolving.configs import stage_bases
from ablations.resolving.data_roots import DATA_SETS, ROOT, declared_data_sets, given_roots, root_arguments
from ablations.resolving.scales import Scale
from ablations.tables.schema import Table
from common.errors import TableError, nearest
from datamodules.catalogue import by_name, data_set_folder
from datamodules.data_set import DataSet

#: Folder and seed of synthetic data sets.
SYNTHETIC_FOLDER = Path("data/synthetic")
SYNTHETIC_SEED = 0
#: Fingerprint of synthetic data that do not exist yet: keys of their stages change once, when they are generated.
NOT_GENERATED = "not generated yet"


@dataclass(frozen=True)
class DataChoice:
    """A data set of a data module: folder, description for readers, whether synthetic, and fingerprint.

    If the data module has no argument `root`, `root` is None and `fingerprint` is empty. If it reads no files, its
    configuration determines the data. `further` has the data sets of its arguments `<x>_root`, by argument.
    """

    root: Path | None
    label: str
    synthetic: bool
    fingerprint: str
    further: Mapping[str, DataChoice] = field(default_factory=dict)

    @property
    def roots(self) -> dict[str, Path]:
        """The folders by argument of the data module."""
        every = {ROOT: self, **self.further}
        return {argument: data.root for argument, data in every.items() if data.root is not None}

    @property
    def fingerprints(self) -> str:
        """The fingerprint of every data set, each with its argument where there are several."""
        if not self.further:
            return self.fingerprint
        every = {ROOT: self, **self.further} if self.fingerprint else self.further
        return ", ".join(f"{argument} {every[argument].fingerprint}" for argument in sorted(every))


@dataclass(frozen=True)
class TableData:
    """The data of a table, by the class of the data module, in the order of its stages."""

    choices: Mapping[str, DataChoice]

    def of(self, config: Mapping[str, Any]) -> DataChoice:
        """Return the data that a stage's configuration reads; further data sets only if it sets their folder."""
        choice, given = self.choices[_class_name(config["data"]["class_path"])], given_roots(config)
        return replace(choice, further={name: data for name, data in choice.further.items() if name in given})

    @property
    def label(self) -> str:
        """Description of all data, for readers."""
        return "; ".join(dict.fromkeys(data.label for data in self._every() if data.label))

    @property
    def synthetic(self) -> bool:
        """True if any of the data are synthetic."""
        return any(data.synthetic for data in self._every())

    @property
    def is_generated(self) -> bool:
        """False if any synthetic data do not exist yet."""
        return all(data.fingerprint != NOT_GENERATED for data in self._every())

    def _every(self) -> Iterator[DataChoice]:
        for choice in self.choices.values():
            yield from (choice, *choice.further.values())


def ensure_data(choice: Path | None, table: Table, scale: Scale, say: Callable[[str], None] = print) -> TableData:
    """Return the data for a table at a scale; if `choice` is None, generate missing synthetic data, with a message.

    Raises `TableError` or the data set's own error, in one line, if a folder is not as required.
    """

    def generate(data_set: DataSet, count: int) -> DataChoice:
        root = synthetic_root(data_set, count)
        if not data_set.layout.is_synthetic(root):
            say(f"data: DATA is not set; generating {count} synthetic {data_set.noun} in {root}")
            _generate(data_set, root, count, say)
        elif data_set.is_outdated(root):
            say(f"data: {root} is of another version; generating its {count} synthetic {data_set.noun} again")
            _generate(data_set, root, count, say)
        return _data_choice(data_set, root)

    return _table_data(choice, table, scale, generate)


def planned_data(choice: Path | None, table: Table, scale: Scale) -> TableData:
    """Like `ensure_data`, but generate nothing: labels say which data do not exist yet."""

    def planned_choice(data_set: DataSet, count: int) -> DataChoice:
        root = synthetic_root(data_set, count)
        if data_set.layout.is_synthetic(root):
            return _data_choice(data_set, root)
        return DataChoice(
            root,
            f"synthetic {data_set.title} ({count} {data_set.noun}, {NOT_GENERATED})",
            True,
            NOT_GENERATED,
        )

    return _table_data(choice, table, scale, planned_choice)


def existing_data(choice: Path | None, table: Table, scale: Scale) -> TableData | None:
    """Like `ensure_data`, but generate nothing: None if synthetic data do not exist yet (an old version counts)."""
    if choice is None:
        for class_path, data_sets in _data_sets(table).items():
            for data_set in data_sets.values():
                count = _count(data_set, class_path, table, scale)
                if not data_set.layout.is_synthetic(synthetic_root(data_set, count)):
                    return None

    def existing_choice(data_set: DataSet, count: int) -> DataChoice:
        return _data_choice(data_set, synthetic_root(data_set, count))

    return _table_data(choice, table, scale, existing_choice)


def synthetic_root(data_set: DataSet, count: int) -> Path:
    """Return the folder of the synthetic data set with `count` samples."""
    # The folder gets this name only when it is complete; a file in it marks it as synthetic.
    return SYNTHETIC_FOLDER / f"{data_set.name}-{count}"


def official_root(choice: Path, data_set: DataSet, alone: bool = True) -> Path:
    """Return the data set's folder: that of its official name in `choice` (`DATA=/datasets`), or `choice` itself.

    Args:
        alone: True if the table reads this data set only; otherwise `choice` must contain all of them.
    """
    found = data_set_folder(data_set, choice, alone)
    if found is not None:
        return found
    inner = [f"{data_set.folder}/{marker}" for marker in data_set.markers]
    state = _missing_text([*data_set.markers, *inner] if alone else inner)
    where = f"it (or its folder {data_set.folder})" if alone else f"its folder {data_set.folder}"
    raise TableError(
        f"DATA={choice}: {state if choice.is_dir() else 'is not a folder'}; for {data_set.title}, {where} must contain "
        f"{data_set.holds}; without DATA synthetic data are used"
    )


def _missing_text(names: list[str]) -> str:
    if len(names) == 1:
        return f"does not contain {names[0]}"
    return f"contains neither {' nor '.join(names)}" if len(names) == 2 else f"contains none of {', '.join(names)}"


def _table_data(
    choice: Path | None, table: Table, scale: Scale, synthetic: Callable[[DataSet, int], DataChoice]
) -> TableData:
    found = _data_sets(table)
    alone = len({data_set for data_sets in found.values() for data_set in data_sets.values()}) == 1
    choices: dict[str, DataChoice] = {}
    for class_path, data_sets in found.items():
        parts = {
            argument: synthetic(data_set, _count(data_set, class_path, table, scale))
            if choice is None
            else _data_choice(data_set, official_root(choice, data_set, alone))
            for argument, data_set in data_sets.items()
        }
        label = "" if parts else class_summary(class_path)
        main = parts.pop(ROOT, DataChoice(None, label, False, ""))
        choices[_class_name(class_path)] = replace(main, further=parts)
    return TableData(choices)


def _data_sets(table: Table) -> dict[str, dict[str, DataSet]]:
    """Return the data sets of a table by class path and argument of its data modules; {} for one without files.

    A further data set is included if a file of the table, a row or a default sets its folder.
    """
    set_by_rows = {s.key for row in table.rows for s in row.settings if s.section == "data" and s.value is not None}
    found: dict[str, dict[str, DataSet]] = {}
    for config, _ in stage_bases(table):
        path = config["data"]["class_path"]
        used = found.setdefault(path, {})
        for argument in root_arguments(path):
            if argument == ROOT or argument in given_roots(config) or argument in set_by_rows:
                used[argument] = _data_set(table, path, argument)
    return found


def _data_set(table: Table, class_path: str, argument: str) -> DataSet:
    name, known = declared_data_sets(class_path).get(argument), by_name()
    if name is None:
        raise TableError(
            f"{table.path}: no data set is registered for {class_path}; name that of {argument} in its `{DATA_SETS}`"
        )
    if name not in known:
        raise TableError(f"{class_path}: {DATA_SETS}: there is no data set {name!r}, {nearest(name, known)}")
    return known[name]


def _class_name(path: str) -> str:
    return path.rpartition(".")[2]


def _count(data_set: DataSet, class_path: str, table: Table, scale: Scale) -> int:
    return scale.family(table.family).data_module(_class_name(class_path)).synthetic or data_set.count


def _generate(data_set: DataSet, root: Path, count: int, say: Callable[[str], None]) -> None:
    def progress(done: int, of: int) -> None:
        if done % 100 == 0:
            say(f"data: {done}/{of} {data_set.noun} generated")

    data_set.draw(root, count, SYNTHETIC_SEED, progress)


def _data_choice(data_set: DataSet, root: Path) -> DataChoice:
    count, synthetic = data_set.size(root), data_set.layout.is_synthetic(root)
    contents = f"{count} {data_set.noun if synthetic else 'images'}"
    label = f"{'synthetic ' if synthetic else ''}{data_set.title} ({contents})"
    return DataChoice(root, label, synthetic, data_set.layout.fingerprint(root))
