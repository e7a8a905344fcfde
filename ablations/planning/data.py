"""Which data a table runs on: what the user points at, or the built-in stand-ins, drawn when they are not there yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ablations.resolving.arguments import class_arguments
from ablations.resolving.configs import data_classes
from ablations.resolving.scales import Scale
from ablations.tables.schema import Table
from common.errors import TableError, nearest
from datamodules.catalogue import LAWS, DataSet, by_module

#: Where stand-ins are drawn, and the seed they are drawn with.
SYNTHETIC_FOLDER = Path("data/synthetic")
SYNTHETIC_SEED = 0


@dataclass(frozen=True)
class DataChoice:
    """The data of a data module: folder, name for a reader, whether they are a stand-in, and what tells them apart.

    Where the data module reads no files, `root` is None and `fingerprint` empty: its configuration says all.
    """

    root: Path | None
    label: str
    synthetic: bool
    fingerprint: str


@dataclass(frozen=True)
class TableData:
    """The data of a table, by the class of the data module, in the order of its stages."""

    choices: Mapping[str, DataChoice]

    def of(self, config: Mapping[str, Any]) -> DataChoice:
        """What a stage's configuration reads."""
        return self.choices[_class(config["data"]["class_path"])]

    @property
    def label(self) -> str:
        """All of them, for a reader."""
        return "; ".join(choice.label for choice in self.choices.values())

    @property
    def synthetic(self) -> bool:
        """Whether any is a stand-in."""
        return any(choice.synthetic for choice in self.choices.values())


def ensure_data(choice: Path | None, table: Table, scale: Scale, say: Callable[[str], None] = print) -> TableData:
    """The data for a table at a scale; draws stand-ins where `choice` is None and they are not there, and says so.

    Raises `TableError` or the data set's own error, one line each, where a folder is not what it must be.
    """

    def drawn(data_set: DataSet) -> DataChoice:
        count = _count(data_set, table, scale)
        root = synthetic_root(data_set, count)
        if not data_set.layout.is_synthetic(root):
            say(f"data: no DATA given; drawing the built-in stand-in, {count} synthetic {data_set.noun}, into {root}")
            _draw(data_set, root, count, say)
        elif data_set.is_outdated(root):
            say(f"data: {root} was drawn by another version; drawing its {count} synthetic {data_set.noun} anew")
            _draw(data_set, root, count, say)
        return _described(data_set, root)

    return _chosen(choice, table, drawn)


def planned_data(choice: Path | None, table: Table, scale: Scale) -> TableData:
    """Like `ensure_data` but draws nothing: what is not there yet is said to be so."""

    def intended(data_set: DataSet) -> DataChoice:
        count = _count(data_set, table, scale)
        root = synthetic_root(data_set, count)
        if data_set.layout.is_synthetic(root):
            return _described(data_set, root)
        return DataChoice(
            root,
            f"synthetic stand-in for {data_set.title} ({count} {data_set.noun}, not drawn yet)",
            True,
            "not drawn yet",
        )

    return _chosen(choice, table, intended)


def drawn_data(choice: Path | None, table: Table, scale: Scale) -> TableData | None:
    """Like `ensure_data` but draws nothing, an earlier version neither: None where a stand-in is not there yet."""
    if choice is None:
        for data_set in filter(None, _data_sets(table).values()):
            if not data_set.layout.is_synthetic(synthetic_root(data_set, _count(data_set, table, scale))):
                return None

    def there(data_set: DataSet) -> DataChoice:
        return _described(data_set, synthetic_root(data_set, _count(data_set, table, scale)))

    return _chosen(choice, table, there)


def synthetic_root(data_set: DataSet, count: int) -> Path:
    """Where the stand-in of that many samples lies."""
    # A folder gets its name only when it is whole; a mark in it says that it is ours.
    return SYNTHETIC_FOLDER / f"{data_set.name}-{count}"


def official_root(choice: Path, data_set: DataSet, alone: bool = True) -> Path:
    """The data set's folder: the one in `choice` that has its official name (`DATA=/datasets`), or `choice` itself.

    Args:
        alone: whether the table reads this data set only; else `choice` must hold all of them.
    """
    found = data_set.found_in(choice, alone)
    if found is not None:
        return found
    inner = f"{data_set.folder}/{data_set.mark}"
    state = f"holds neither {data_set.mark} nor {inner}" if alone else f"holds no {inner}"
    where = f"it (or a folder {data_set.folder} in it)" if alone else f"{data_set.folder} in it"
    raise TableError(
        f"DATA={choice}: {state if choice.is_dir() else 'is not a folder'}; for {data_set.title}, {where} must hold "
        f"{data_set.holds}; without DATA a synthetic stand-in is drawn"
    )


def _chosen(choice: Path | None, table: Table, stand_in: Callable[[DataSet], DataChoice]) -> TableData:
    found = _data_sets(table)
    alone = sum(data_set is not None for data_set in found.values()) == 1
    choices: dict[str, DataChoice] = {}
    for name, data_set in found.items():
        if data_set is None:
            choices[name] = DataChoice(None, LAWS.get(name, name), False, "")
        elif choice is None:
            choices[name] = stand_in(data_set)
        else:
            choices[name] = _described(data_set, official_root(choice, data_set, alone))
    return TableData(choices)


def _data_sets(table: Table) -> dict[str, DataSet | None]:
    """The data sets of a table by the classes of its data modules; None for one that reads no files."""
    known, found = by_module(), dict[str, DataSet | None]()
    for path in data_classes(table):
        name = _class(path)
        if name not in known and "root" in class_arguments(path):
            raise TableError(f"{table.path}: no data set is known for {path}, {nearest(name, known)}")
        found[name] = known.get(name)
    return found


def _class(path: str) -> str:
    return path.rpartition(".")[2]


def _count(data_set: DataSet, table: Table, scale: Scale) -> int:
    return scale.family(table.family).data_module(data_set.module).synthetic or data_set.count


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
