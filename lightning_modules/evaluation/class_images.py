"""Pictures of some classes that a test leaves: single ones for reports, a sheet, and the classes' names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from common.files import replacing, write_png
from lightning_modules.callbacks.samples import sheet
from lightning_modules.evaluation.evaluator import write_image
from lightning_modules.evaluation.real_images import spread

_COLUMNS = 8  # of the sheet


class ClassPictures:
    """Of classes spread evenly over all: `000_truth.png`, `000_<name>.png`, several more, and a sheet.

    Which classes follows from their number alone, so the rows of a table show the same ones. `000_truth.png` is a real
    picture of the class; `diversity_000_00.png`, ... are several generated ones; `classes.png` has a class in each row,
    and `classes.json` says which they are: {"classes": [{"label": 0, "name": ...}, ...]}.

    Args:
        names: of all classes.
        samples: how many classes are shown.
        several: how many more images of each are written.
    """

    def __init__(self, names: Sequence[str], samples: int, several: int) -> None:
        self.names = {label: names[label] for label in spread(range(len(names)), samples)}
        self.classes = list(self.names)
        self.several = several
        self._most = max(_COLUMNS, several)
        self._kept: dict[str, dict[int, list[Tensor]]] = {}

    def keep(self, name: str, images: Tensor, labels: Tensor) -> None:
        """Remembers the first pictures (B, 3, R, R) in [-1, 1] of the chosen classes."""
        kept = self._kept.setdefault(name, {label: [] for label in self.classes})
        for index, label in enumerate(labels.tolist()):
            if label in kept and len(kept[label]) < self._most:
                kept[label].append(images[index].float().cpu())

    def write(self, folder: Path, name: str) -> None:
        """All of them. Raises ConfigurationError where the disk refuses."""
        for index, label in enumerate(self.classes):
            real, made = self._of("truth", label), self._of(name, label)
            for title, images in (("truth", real), (name, made)):
                if images:
                    write_image(folder / f"{index:03d}_{title}.png", images[0])
            for number, image in enumerate(made[: self.several]):
                write_image(folder / f"diversity_{index:03d}_{number:02d}.png", image)
        rows = [self._of(name, label)[:_COLUMNS] for label in self.classes]
        across = min((len(row) for row in rows), default=0)
        if across:
            columns = [torch.stack([row[column] for row in rows]) for column in range(across)]
            write_png(folder / "classes.png", Image.fromarray(sheet(columns)))
        shown = [{"label": label, "name": name} for label, name in self.names.items()]
        with replacing(folder / "classes.json", durable=False) as partial:
            partial.write_text(json.dumps({"classes": shown}, indent=2) + "\n", encoding="utf-8")

    def _of(self, name: str, label: int) -> list[Tensor]:
        return self._kept.get(name, {}).get(label, [])
