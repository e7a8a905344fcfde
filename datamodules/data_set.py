"""Declaration of a data set that lies in files: how it is found, synthesised and described. Part of no stage's key."""

from __future__ import annotations

from collections.abc import Callable, Sized
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class DataSet:
    """A data set that lies in files. The layout `datamodules/layouts/<name>.py` declares it as `DATA_SET`.

    Attributes:
        name: of its layout, and in commands.
        title: its name for a reader.
        folder: its official folder's name, looked for under DATA.
        markers: files or folders, any of which tells the data set's own folder from one that contains it; one for each
            form in which the data set is published.
        holds: contents of the folder, in words, of every form.
        images: returns the list of the images in a folder.
        group: the package of datamodules.synthetic with its synthetic data, <group>.<name>.
        noun: what the synthetic data show, in the plural.
        count: default number of synthetic images.
        accepts: whether a folder without any marker is one too; None where a marker is always there.
    """

    name: str
    title: str
    folder: str
    markers: tuple[str, ...]
    holds: str
    images: Callable[[Path], Sized]
    group: str
    noun: str
    count: int = 640
    accepts: Callable[[Path], bool] | None = None

    @property
    def layout(self) -> Any:
        """The module that reads the official folder: `is_synthetic`, `fingerprint` and `verify`."""
        return import_module(f"datamodules.layouts.{self.name}")

    def is_marked(self, root: Path) -> bool:
        """Return whether a folder has one of the markers."""
        return any((root / marker).exists() for marker in self.markers)

    def size(self, root: Path) -> int:
        """Return the number of images that the folder's list names."""
        return len(self.images(root))

    def draw(self, out: Path, count: int, seed: int, progress: Callable[[int, int], None] | None = None) -> Path:
        """Write synthetic data in the official layout; existing ones are kept."""
        return Path(getattr(self._synthetic, f"synthesize_{self.name}")(out, count, seed, progress))

    def is_outdated(self, root: Path) -> bool:
        """Return whether the synthetic data there were written by another version of this code."""
        writing = import_module("datamodules.synthetic.writing")
        return bool(writing.is_outdated(root, self._synthetic.GENERATOR, self._synthetic.VERSION))

    @property
    def _synthetic(self) -> Any:
        return import_module(f"datamodules.synthetic.{self.group}.{self.name}")
