"""The context of applications of class-conditional models: images by class, latent codes, a recogniser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from common.errors import nearest
from lightning_modules.evaluation.application import ApplicationContext
from lightning_modules.evaluation.recogniser import Recogniser
from lightning_modules.labelled_data import LabelledData, held_out, labelled_data
from lightning_modules.metrics.features import FeatureExtractor, Features
from lightning_modules.metrics.images import to_uint8

NO_RECOGNISER = "there is no recogniser; set evaluation.recogniser_checkpoint, or give --recogniser"
#: A class by its number, or by its name in any case of letters.
Label = int | str
_BATCH = 128  # images in one call of a network
_LONGEST_HINT = 400  # characters


class ClassContext(ApplicationContext):
    """A class-conditional model, images of classes and a recogniser; tensors are on the CPU, networks run in batches.

    Args:
        module: has `sample(labels, latents)`, and `encode(images, labels)` where it has an encoder.
        data: a data module of classes after `setup`.
        recogniser: a classifier that did not train the model; None for none.

    Attributes:
        held_out, train: positions in `data.images` of the held-out images, and of the training images.
    """

    checkpoints: ClassVar[Mapping[str, str]] = {"recogniser": "evaluation.recogniser_checkpoint"}

    def __init__(self, module: Any, data: LabelledData, recogniser: FeatureExtractor | None = None) -> None:
        super().__init__(module, data)
        self.recogniser = recogniser
        self.held_out, self.train = sorted(held_out(data)), list(data.train)
        self._codes: dict[int, Tensor] = {}

    @classmethod
    def create(cls, module: Any, data: Any, checkpoints: Mapping[str, Path]) -> Self:
        known, path = labelled_data(data), checkpoints.get("recogniser")
        recogniser = None if path is None else Recogniser(str(path), module).to(module.device)
        return cls(module, known, recogniser)

    def images(self, positions: Sequence[int]) -> Tensor:
        """Return the real images at these positions, (N, 3, R, R) float32 in [-1, 1]."""
        return torch.cat([batch["image"] for batch in self.data.in_order(positions)])

    def pixels(self, positions: Sequence[int]) -> Tensor:
        """Return the real images at these positions, (N, 3, R, R) uint8."""
        return torch.cat([to_uint8(batch["image"]) for batch in self.data.in_order(positions)])

    def labels(self, positions: Sequence[int]) -> Tensor:
        """Return the labels of the real images at these positions, (N,) int64."""
        return torch.tensor([self.data.images[i].label for i in positions], dtype=torch.int64)

    def name_of(self, label: int) -> str:
        """Return a class's name for a reader; its number where the data have no names."""
        names = getattr(self.data, "class_names", None)
        return str(names[label]).lstrip("0123456789.").replace("_", " ").strip() if names else f"class {label}"

    def label_of(self, label: Label) -> int:
        """Return the number of a class. Raises ValueError where there is none of that number or name."""
        if isinstance(label, int):
            if not 0 <= label < self.data.class_count:
                raise ValueError(f"label: {label}; the data have labels 0 to {self.data.class_count - 1}")
            return label
        numbers = {name.casefold(): number for number, name in enumerate(self.data.class_names)}
        if label.casefold() not in numbers:
            hint = nearest(label, self.data.class_names)
            hint = hint if len(hint) < _LONGEST_HINT else f"give a number from 0 to {len(numbers) - 1}, or a name"
            raise ValueError(f"label: there is no class {label!r}, {hint}")
        return numbers[label.casefold()]

    def load_labelled(self, path: Path, label: Label | None) -> tuple[Tensor, Tensor]:
        """Return a user's image file, (1, 3, R, R), and its label, (1,) int64; see `load_image`.

        Raises:
            ValueError: no label is given, or there is no such class.
        """
        if label is None:
            raise ValueError(f"{path}: its class is unknown; give --label, a name or a number")
        number = self.label_of(label)
        return self.load_image(path)[None], torch.tensor([number])

    def sample(self, labels: Tensor, latents: Tensor) -> Tensor:
        """Return the model's images of classes (N,) int64 at codes (N, Z), (N, 3, R, R) in [-1, 1]."""
        device = self.module.device
        parts = zip(labels.split(_BATCH), latents.float().split(_BATCH), strict=True)
        return torch.cat([self.module.sample(k.to(device), z.to(device)).float().cpu() for k, z in parts])

    def encode(self, images: Tensor, labels: Tensor) -> Tensor:
        """Return the mean codes (N, Z) of images (N, 3, R, R). Raises ValueError for a model without encoder."""
        if not hasattr(self.module, "encode"):
            raise ValueError(f"{type(self.module).__name__} has no encoder")
        device = self.module.device
        parts = zip(images.split(_BATCH), labels.split(_BATCH), strict=True)
        return torch.cat([self.module.encode(x.to(device), k.to(device)).float().cpu() for x, k in parts])

    def codes(self, positions: Sequence[int]) -> Tensor:
        """Return `encode` of the real images at these positions, (N, Z); each is encoded once."""
        missing = [i for i in dict.fromkeys(positions) if i not in self._codes]
        found = (code for batch in self.data.in_order(missing) for code in self.encode(batch["image"], batch["label"]))
        self._codes |= zip(missing, found, strict=True)
        return torch.stack([self._codes[i] for i in positions])

    def recogniser_features(self, pixels: Tensor) -> Features:
        """Return the recogniser's features of (N, 3, R, R) uint8 images. Raises ValueError where there is none."""
        if self.recogniser is None:
            raise ValueError(NO_RECOGNISER)
        found = [self.recogniser(part) for part in pixels.split(_BATCH)]
        return Features(torch.cat([part.pool for part in found]), torch.cat([part.logits for part in found]))
