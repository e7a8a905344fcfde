"""What a trained model is good for besides pictures of a class: what an application is given, what it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import torch
from PIL import Image
from torch import Tensor

from lightning_modules.evaluation.real_images import LabelledData, held_out
from lightning_modules.metrics.features import FeatureExtractor, Features
from lightning_modules.metrics.images import to_uint8
from lightning_modules.metrics.suite import Metrics

NO_RECOGNISER = "there is no recogniser; set evaluation.recogniser_checkpoint, or give --recogniser"
_TOGETHER = 128  # pictures that pass a network in one call


@dataclass(frozen=True)
class Outcome:
    """What an application gives back.

    Attributes:
        pictures: by name, (N, 3, R, R) in [-1, 1] on the CPU, what was shown.
        numbers: by name; None where one cannot be had.
        reasons: why those are None.
        caption: what the sheet shows, in sentences for a reader.
        findings: what the numbers say, or why there are none.
        sheet: the pictures with words, for a reader.
    """

    pictures: dict[str, Tensor]
    numbers: Metrics
    reasons: dict[str, str]
    caption: str
    findings: str
    sheet: Image.Image


class Application(Protocol):
    """One use of a model, with its options as attributes; calling it uses the model.

    Attributes:
        name: in commands and file names.
        measures: the names of its numbers, all that it can give.
    """

    name: ClassVar[str]
    measures: ClassVar[tuple[str, ...]]

    def __call__(self, given: Given) -> Outcome:
        """Uses a model that is in evaluation mode, without gradients.

        Raises:
            ValueError: the model or the data cannot do it; the message says why.
        """


class Given:
    """A model, pictures of classes and a recogniser, as applications use them: on the CPU, a batch at a time.

    Args:
        module: has `sample(labels, latents)`, and `encode(images, labels)` where it has an encoder.
        data: a data module of classes after `setup`.
        recogniser: a classifier that did not train the model; None for none.

    Attributes:
        held_out, train: positions in `data.images` of those that nothing was trained on, and of those trained on.
    """

    def __init__(self, module: Any, data: LabelledData, recogniser: FeatureExtractor | None = None) -> None:
        self.module, self.data, self.recogniser = module, data, recogniser
        self.held_out, self.train = sorted(held_out(data)), list(data.train)
        self._codes: dict[int, Tensor] = {}

    def images(self, positions: Sequence[int]) -> Tensor:
        """(N, 3, R, R) float32 in [-1, 1]: the real pictures at these positions."""
        return torch.cat([batch["image"] for batch in self.data.in_order(positions)])

    def pixels(self, positions: Sequence[int]) -> Tensor:
        """The same as (N, 3, R, R) uint8."""
        return torch.cat([to_uint8(batch["image"]) for batch in self.data.in_order(positions)])

    def labels(self, positions: Sequence[int]) -> Tensor:
        """(N,) int64."""
        return torch.tensor([self.data.images[i].label for i in positions], dtype=torch.int64)

    def name_of(self, label: int) -> str:
        """A class's name for a reader; its number where the data have no names."""
        names = getattr(self.data, "class_names", None)
        return str(names[label]).lstrip("0123456789.").replace("_", " ").strip() if names else f"class {label}"

    def sample(self, labels: Tensor, latents: Tensor) -> Tensor:
        """(N, 3, R, R) in [-1, 1]: the model's pictures of classes (N,) int64 at codes (N, Z)."""
        device = self.module.device
        parts = zip(labels.split(_TOGETHER), latents.float().split(_TOGETHER), strict=True)
        return torch.cat([self.module.sample(k.to(device), z.to(device)).float().cpu() for k, z in parts])

    def encode(self, images: Tensor, labels: Tensor) -> Tensor:
        """(N, Z): the mean of the code of pictures (N, 3, R, R). Raises ValueError for a model without encoder."""
        if not hasattr(self.module, "encode"):
            raise ValueError(f"{type(self.module).__name__} has no encoder")
        device = self.module.device
        parts = zip(images.split(_TOGETHER), labels.split(_TOGETHER), strict=True)
        return torch.cat([self.module.encode(x.to(device), k.to(device)).float().cpu() for x, k in parts])

    def codes(self, positions: Sequence[int]) -> Tensor:
        """(N, Z): `encode` of the real pictures at these positions, each of which is encoded once."""
        missing = [i for i in dict.fromkeys(positions) if i not in self._codes]
        found = (code for batch in self.data.in_order(missing) for code in self.encode(batch["image"], batch["label"]))
        self._codes |= zip(missing, found, strict=True)
        return torch.stack([self._codes[i] for i in positions])

    def recognised(self, pixels: Tensor) -> Features:
        """What the recogniser says of (N, 3, R, R) uint8 pictures. Raises ValueError where there is none."""
        if self.recogniser is None:
            raise ValueError(NO_RECOGNISER)
        found = [self.recogniser(part) for part in pixels.split(_TOGETHER)]
        return Features(torch.cat([part.pool for part in found]), torch.cat([part.logits for part in found]))
