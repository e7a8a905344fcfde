"""Which data a table runs on: what the user points at, or the built-in stand-ins, drawn when they are not there yet."""

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

#: Where stand-ins are drawn, and the seed they are drawn with.
SYNTHETIC_FOLDER = Path("data/synthetic")
SYNTHETIC_SEED = 0


@dataclass(frozen=True)
class DataChoice:
    """A data set of a data module: folder, name for a reader, whether it is a stand-in, and what tells it apart.

    Where the data module has no argument `root`, `root` is None and `fingerprint` empty; where it reads no files, its
    configuration says all. `further` has the data sets of its arguments `<x>_root`, by argument.
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
        """What a stage's configuration reads: of further data sets only those whose folder it sets."""
        choice, given = self.choices[_class(config["data"]["class_path"])], given_roots(config)
        return replace(choice, further={name: data for name, data in choice.further.items() if name in given})

    @property
    def label(self) -> str:
        """All of them, for a reader."""
        return "; ".join(dict.fromkeys(data.label for data in self._every() if data.label))

    @property
    def synthetic(self) -> bool:
        """Whether any is a stand-in."""
        return any(data.synthetic for data in self._every())

    def _every(self) -> Iterator[DataChoice]:
        for choice in self.choices.values():
            yield from (choice, *choice.further.values())


def ensure_data(choice: Path | None, table: Table, scale: Scale, say: Callable[[str], None] = print) -> TableData:
    """The data for a table at a scale; draws stand-ins where `choice` is None and they are not there, and says so.

    Raises `TableError` or the data set's own error, one line each, where a folder is not what it must be.
    """

    def drawn(data_set: DataSet, count: int) -> DataChoice:
        root = synthetic_root(data_set, count)
        if not data_set.layout.is_synthetic(root):
            say(f"data: no DATA given; drawing the built-in stand-in, {count} synthetic {data_set.noun}, into {root}")
            _draw(data_set, root, count, say)
        elif data_set.is_outdated(root):
            say(f"data: {root} was drawn by another version; drawing its {count} synthetic {data_set.noun} anew")
            _draw(data_set, root, count, say)
        return _described(data_set, root)

    return _chosen(choice, table, scale, drawn)


def planned_data(choice: Path | None, table: Table, scale: Scale) -> TableData:
    """Like `ensure_data` but draws nothing: what is not there yet is said to be so."""

    def intended(data_set: DataSet, count: int) -> DataChoice:
        root = synthetic_root(data_set, count)
        if data_set.layout.is_synthetic(root):
            return _described(data_set, root)
        return DataChoice(
            root,
            f"synthetic stand-in for {data_set.title} ({count} {data_set.noun}, not drawn yet)",
            True,
            "not drawn yet",
        )

    return _chosen(choice, table, scale, intended)


def drawn_data(choice: Path | None, table: Table, scale: Scale) -> TableData | None:
    """Like `ensure_data` but draws nothing, an earlier version neither: None where a stand-in is not there yet."""
    if choice is None:
        for class_path, data_sets in _data_sets(table).items():
            for data_set in data_sets.values():
                count = _count(data_set, class_path, table, scale)
                if not data_set.layout.is_synthetic(synthetic_root(data_set, count)):
                    return None

    def there(data_set: DataSet, count: int) -> DataChoice:
        return _described(data_set, synthetic_root(data_set, count))

    return _chosen(choice, table, scale, there)


def synthetic_root(data_set: DataSet, count: int) -> Path:
    """Where the stand-in of that many samples lies."""
    # A folder gets its name only when it is whole; a mark in it says that it is ours.
    return SYNTHETIC_FOLDER / f"{data_set.name}-{count}"


def official_root(choice: Path, data_set: DataSet, alone: bool = True) -> Path:
    """The data set's folder: the one in `choice` that has its official name (`DATA=/datasets`), or `choice` itself.

    Args:
        alone: whether the table reads this data set only; else `choice` must hold all of them.
    """
    found = data_set_folder(data_set, choice, alone)
    if found is not None:
        return found
    inner = [f"{data_set.folder}/{marker}" for marker in data_set.markers]
    state = _holds_none([*data_set.markers, *inner] if alone else inner)
    where = f"it (or a folder {data_set.folder} in it)" if alone else f"{data_set.folder} in it"
    raise TableError(
        f"DATA={choice}: {state if choice.is_dir() else 'is not a folder'}; for {data_set.title}, {where} must hold "
        f"{data_set.holds}; without DATA a synthetic stand-in is drawn"
    )


def _holds_none(names: list[str]) -> str:
    if len(names) == 1:
        return f"holds no {names[0]}"
    return f"holds neither {' nor '.join(names)}" if len(names) == 2 else f"holds none of {', '.join(names)}"


def _chosen(
    choice: Path | None, table: Table, scale: Scale, stand_in: Callable[[DataSet, int], DataChoice]
) -> TableData:
    found = _data_sets(table)
    alone = len({data_set for data_sets in found.values() for data_set in data_sets.values()}) == 1
    choices: dict[str, DataChoice] = {}
    for class_path, data_sets in found.items():
        parts = {
            argument: stand_in(data_set, _count(data_set, class_path, table, scale))
            if choice is None
            else _described(data_set, official_root(choice, data_set, alone))
            for argument, data_set in data_sets.items()
        }
        label = "" if parts else class_summary(class_path)
        main = parts.pop(ROOT, DataChoice(None, label, False, ""))
        choices[_class(class_path)] = replace(main, further=parts)
    return TableData(choices)


def _data_sets(table: Table) -> dict[str, dict[str, DataSet]]:
    """The data sets of a table by the class paths of its data modules and their arguments; {} of one without files.

    A further data set counts where a file of the table, a row or a default sets its folder.
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
            f"{table.path}: no data set is known for {class_path}; name that of {argument} in the class's `{DATA_SETS}`"
        )
    if name not in known:
        raise TableError(f"{class_path}: {DATA_SETS}: there is no data set {name!r}, {nearest(name, known)}")
    return known[name]


def _class(path: str) -> str:
    return path.rpartition(".")[2]


def _count(data_set: DataSet, class_path: str, table: Table, scale: Scale) -> int:
    return scale.family(table.family).data_module(_class(class_path)).synthetic or data_set.count


def _draw(data_set: DataSet, root: Path, count: int, say: Callable[[str], None]) -> None:
    def progress(done: int, of: int) -> None:
        if done % 100 == 0:
            say(f"data: {done}/{of} {data_set.noun} drawn")

    data_set.draw(root, count, SYNTHETIC_SEED, progress)


def _described(data_set: DataSet, root: Path) -> DataChoice:
    count, synthetic = data_set.size(root), data_set.layout.is_synthetic(root)
    stand_in = f"synthetic stand-in for {data_set.title} ({count} drawn {data_set.noun})"
    label = stand_in if synthetic else f"{data_set.title} ({count} images)"
    return DataChoice(root, label, synthetic, data_set.layout.fingerprint(root))
