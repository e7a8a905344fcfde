"""Which data a table runs on: what the user points at, or the built-in stand-in, drawn when it is not there yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ablations.errors import TableError
from ablations.resolving.scales import Scale
from ablations.tables.schema import Table

#: Where stand-ins are drawn, and the seed they are drawn with.
SYNTHETIC_FOLDER = Path("data/synthetic")
SYNTHETIC_SEED = 0
_FOLDER_NAME = "DeepFashion"


@dataclass(frozen=True)
class DataChoice:
    """The data of a run: folder, name for a reader, whether it is the stand-in, and what identifies its content."""

    root: Path
    label: str
    synthetic: bool
    fingerprint: str


def ensure_data(choice: Path | None, table: Table, scale: Scale, say: Callable[[str], None] = print) -> DataChoice:
    """The data for a table at a scale; draws the stand-in where `choice` is None and it is not there, and says so.

    Every family so far reads DeepFashion; the next data set makes this a choice by the table's DataModule.
    Raises `TableError` or the data set's own error, one line each, where the folder is not what it must be.
    """
    if choice is not None:
        return _described(official_root(choice))
    count = scale.family(table.family).synthetic
    root = synthetic_root(count)
    if not _is_complete(root):
        say(f"data: no DATA given; drawing the built-in stand-in, {count} synthetic people, into {root}")
        _draw(root, count, say)
    return _described(root)


def drawn_data(choice: Path | None, table: Table, scale: Scale) -> DataChoice | None:
    """Like `ensure_data` but draws nothing: None where the stand-in is not there yet."""
    if choice is None and not _is_complete(synthetic_root(scale.family(table.family).synthetic)):
        return None
    return ensure_data(choice, table, scale)


def synthetic_root(count: int) -> Path:
    """Where the stand-in of that many samples lies."""
    return SYNTHETIC_FOLDER / f"deepfashion-{count}"


def official_root(choice: Path) -> Path:
    """The data set's folder: `choice` itself, or DeepFashion in it (`DATA=/datasets`)."""
    for folder in (choice, choice / _FOLDER_NAME):
        if (folder / "Img").is_dir():
            return folder
    state = "holds neither Img/ nor DeepFashion/Img/" if choice.is_dir() else "is not a folder"
    raise TableError(
        f"DATA={choice}: {state}; it must hold Img/img/..., Eval/list_eval_partition.txt, Parsing/img/... and "
        "Pose/img/... (or a folder DeepFashion that does); without DATA a synthetic stand-in is drawn"
    )


def _draw(root: Path, count: int, say: Callable[[str], None]) -> None:
    from datamodules.synthetic.deepfashion import synthesize_deepfashion

    def progress(done: int, of: int) -> None:
        if done % 100 == 0:
            say(f"data: {done}/{of} people drawn")

    synthesize_deepfashion(root, count, SYNTHETIC_SEED, progress)


def _is_complete(root: Path) -> bool:
    # The folder gets its name only when it is whole; the mark says that it is ours.
    from datamodules.layouts.deepfashion import is_synthetic

    return is_synthetic(root)


def _described(root: Path) -> DataChoice:
    from datamodules.layouts.deepfashion import fingerprint, is_synthetic, read_partition

    count = len(read_partition(root))
    synthetic = is_synthetic(root)
    label = f"synthetic stand-in ({count} drawn people)" if synthetic else f"DeepFashion In-shop ({count} images)"
    return DataChoice(root, label, synthetic, fingerprint(root))
