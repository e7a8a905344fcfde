"""Images of some classes from a test: single ones for reports, several of each, a sheet with names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from torch import Tensor

from common.files import write_png
from common.image_sheet import Cell, image_sheet
from common.spacing import evenly_spaced
from lightning_modules.metrics.images import to_image, write_image
from lightning_modules.panels import SAMPLES, Grid, ImageFile, Panel

#: Names of the panels besides `SAMPLES`.
CLASSES, LABELS = "classes", "labels"


class ClassImages:
    """Writes images of evenly spaced classes, and returns their panels.

    The classes depend on their number alone, so the rows of a table show the same ones. `000_truth.png` is a real
    image of a class and `000_<name>.png` a generated one; `diversity_000_00.png`, ... are several generated ones;
    `classes.png` has all of these, one class per row with its name.

    Args:
        names: of all classes.
        samples: number of classes.
        several: number of further images of each.
    """

    def __init__(self, names: Sequence[str], samples: int, several: int) -> None:
        self.names = {label: names[label] for label in evenly_spaced(range(len(names)), samples)}
        self.classes = list(self.names)
        self.several = several
        self._kept: dict[str, dict[int, list[Tensor]]] = {}

    def keep(self, name: str, images: Tensor, labels: Tensor) -> None:
        """Keep the first images (B, 3, H, W) in [-1, 1] of the chosen classes."""
        kept = self._kept.setdefault(name, {label: [] for label in self.classes})
        for index, label in enumerate(labels.tolist()):
            if label in kept and len(kept[label]) < max(self.several, 1):
                kept[label].append(images[index].float().cpu())

    def write(self, folder: Path, name: str) -> list[Panel]:
        """Write the images and return their panels. Raises ConfigurationError if they cannot be written."""
        singles = [self._write_singles(folder, name, index) for index in range(len(self.classes))]
        several = [self._write_several(folder, name, index) for index in range(len(self.classes))]
        return list(self._panels(folder, name, singles, several))

    def _panels(
        self, folder: Path, name: str, singles: list[tuple[Path | None, ...]], several: list[tuple[Path | None, ...]]
    ) -> Iterator[Panel]:
        names = tuple(self.names.values())
        if any(any(line) for line in singles):
            caption = "Classes evenly spaced over all, not selected; every row has the same noise. Left: a real image."
            yield Grid(SAMPLES, "Images of classes", caption, ("Real", name), tuple(singles), names, shared=1)
        if any(any(line) for line in several):
            caption = "Images of one class, not selected. Columns: different noise, the same in every row."
            columns = tuple(str(number + 1) for number in range(self.several))
            yield Grid(CLASSES, "Several images of one class", caption, columns, tuple(several), names)
            lines = [[Cell(to_image(image)) for image in self._of(name, label)] for label in self.classes]
            padded = [[*line, *[None] * (self.several - len(line))] for line in lines]
            write_png(folder / "classes.png", image_sheet([""] * self.several, [*zip(names, padded, strict=True)]))
            caption = "Images of evenly spaced labels, with different noise. Left: the label."
            yield ImageFile(LABELS, "Images of given labels", caption, folder / "classes.png")

    def _write_singles(self, folder: Path, name: str, index: int) -> tuple[Path | None, ...]:
        """Write a real and a generated image of a class."""
        return tuple(
            _write_first(folder / f"{index:03d}_{title}.png", self._of(kind, self.classes[index])[:1])
            for title, kind in (("truth", "truth"), (name, name))
        )

    def _write_several(self, folder: Path, name: str, index: int) -> tuple[Path | None, ...]:
        images = self._of(name, self.classes[index])
        return tuple(
            _write_first(folder / f"diversity_{index:03d}_{number:02d}.png", images[number : number + 1])
            for number in range(self.several)
        )

    def _of(self, name: str, label: int) -> list[Tensor]:
        return self._kept.get(name, {}).get(label, [])


def _write_first(path: Path, image: Sequence[Tensor]) -> Path | None:
    """Write the image of a list of at most one; return its path, or None without an image."""
    for one in image:
        write_image(path, one)
    return path if image else None
