"""Uses of a trained completion model: another garment for a person in a photograph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import torch
from jsonargparse.typing import PositiveInt
from torch import Tensor

from common.errors import ConfigurationError
from common.image_sheet import Cell, image_sheet
from lightning_modules.base import Batch
from lightning_modules.evaluation.application import Application, ApplicationContext, Outcome
from lightning_modules.fashion_completion.conditioning import mask_image
from lightning_modules.metrics.images import to_image
from lightning_modules.randomness import keyed_generator

#: Left, top, right, bottom in pixels of a photograph.
Hole = tuple[int, int, int, int]


class PersonData(Protocol):
    """Data module of photographs of people; see datamodules.DeepFashion for the methods."""

    def prepare_person(self, image: Path, parsing: Path, keypoints: Path, hole: Hole | None) -> Batch: ...

    def test_person(self, which: int | str, hole: Hole | None) -> Batch: ...


class PersonContext(ApplicationContext):
    """A completion model and photographs of people. The checkpoint `shape` replaces a texture stage's shape stage."""

    checkpoints: ClassVar[Mapping[str, str]] = {"shape": "shape_checkpoint"}
    data: PersonData

    @classmethod
    def create(cls, module: Any, data: Any, checkpoints: Mapping[str, Path]) -> Self:
        if not hasattr(data, "prepare_person"):
            raise ConfigurationError(
                f"data: {type(data).__name__} has no prepare_person; completion needs a data module of people, such "
                "as DeepFashion"
            )
        if "shape" in checkpoints:
            module.shape_checkpoint = str(checkpoints["shape"])
        return cls(module, data)

    def generate(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Return the model's completion (B, 3, H, W) in [-1, 1] of a batch, on the CPU."""
        device = self.module.device
        moved = {key: value.to(device) if isinstance(value, Tensor) else value for key, value in batch.items()}
        completed: Tensor = self.module.generate(moved, generator)
        return completed.float().cpu()


@dataclass(frozen=True)
class Complete(Application):
    """Completions of a photograph in which the target garment is hidden: of a test photograph, or of your own.

    Source: fashion completion thesis, section 3.2; z ~ q_C, as in testing.

    Args:
        photograph: of the test set, by its place or its official name.
        image: a photograph of yours in its place; it needs `parsing` and `keypoints`, and nothing is guessed.
        parsing: map of your photograph by a human parser: an 8-bit image of the same size with 20 labels.
        keypoints: OpenPose file of your photograph, with 18 keypoints (COCO).
        hole: "[left, top, right, bottom]" in pixels of the photograph; null for the box around the target garment.
        samples: completions, each with another code.
    """

    name: ClassVar[str] = "complete"
    context: ClassVar[type[ApplicationContext]] = PersonContext
    needs: ClassVar[tuple[str, ...]] = ("generate",)

    photograph: int | str = 0
    image: Path | None = None
    parsing: Path | None = None
    keypoints: Path | None = None
    hole: Hole | None = None
    samples: PositiveInt = 3

    def __call__(self, context: PersonContext) -> Outcome:
        batch = self._batch(context)
        person, holes = batch["person"], mask_image(batch["person"], batch["visible"])
        keys = [keyed_generator("complete", number) for number in range(self.samples)]
        completed = torch.cat([context.generate(batch, key) for key in keys])
        columns = ["photograph", "with a hole", *(f"completion {number + 1}" for number in range(self.samples))]
        cells = [Cell(to_image(image)) for image in (person[0], holes[0], *completed)]
        sheet = image_sheet(columns, [("", cells)], (2,))
        caption = f"{batch['name'][0]}, with a hole of {self._share(batch):.0f} % of its pixels, and completions of it."
        return Outcome({"person": person, "holed": holes, "completed": completed}, {}, {}, caption, "", sheet)

    def _batch(self, context: PersonContext) -> Batch:
        files = {"image": self.image, "parsing": self.parsing, "keypoints": self.keypoints}
        missing = [f"--{name}" for name, path in files.items() if path is None]
        if len(missing) == len(files):
            return context.data.test_person(self.photograph, self.hole)
        if self.image is None or self.parsing is None or self.keypoints is None:
            raise ValueError(
                f"a photograph of yours needs {' and '.join(missing)} too: --parsing is its map from a human parser "
                "(20 labels, an 8-bit PNG of its size), --keypoints its OpenPose file (18 keypoints)"
            )
        return context.data.prepare_person(self.image, self.parsing, self.keypoints, self.hole)

    @staticmethod
    def _share(batch: Batch) -> float:
        return 100 * float(1 - batch["visible"].mean())


#: What `apply` offers of the models that complete photographs.
APPLICATIONS: tuple[type[Application], ...] = (Complete,)
