"""Real images in place of generated ones: the first row of Tables 3.4 and 4.1 of the image-synthesis thesis."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import torch
from torch import Tensor

from lightning_modules.base import Batch, GenerativeModule
from lightning_modules.evaluation.real_images import in_class_order, labelled
from lightning_modules.recognition.compatibility import require_same_data

#: Deviations from the thesis: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Tables 3.4 and 4.1, real images",
        "which ones, and whether the recogniser was trained on them, is not said",
        "as many of each class as are generated, those held out of training first; every row's metrics also have the "
        "recogniser's top-1 on held-out and on training images by themselves",
        "99.61 % is what a network says of its training images; a score depends on the number of images",
    ),
    (
        "Section 3.4.4, Inception score",
        "of a face recogniser trained on CASIA-WebFace; the splits are not said",
        "of the recogniser that gives top-1, all images as one split (ten splits are among the metrics)",
        "CASIA-WebFace is no longer given out; read the score beside that of the real images",
    ),
)


class RealImages(GenerativeModule):
    """Hands out the data module's images, so that real images go through the same test as generated ones.

    There is nothing to learn: one batch stands for all iterations.

    Args:
        classes: K.
        resolution: R.
    """

    evaluator: ClassVar[str] = "lightning_modules.evaluation.ClassConditional"
    latent_dim = 0

    def __init__(self, classes: int = 530, resolution: int = 128, max_iterations: int = 60_000) -> None:
        super().__init__(max_iterations)
        self.save_hyperparameters()
        self.classes, self.resolution = classes, resolution
        self.iterations_per_batch = max_iterations
        self._order: list[list[int]] = []

    def setup(self, stage: str) -> None:
        require_same_data(self, self.classes, self.resolution)
        super().setup(stage)

    def available(self) -> Tensor:
        """(K,) int64: how many images there are of each class."""
        return torch.tensor([len(positions) for positions in self._positions()])

    def sample(self, labels: Tensor, latents: Tensor) -> Tensor:
        """(B, 3, R, R) in [-1, 1]: images of these classes, no image twice, those held out of training first.

        Args:
            labels: (B,) int64.
            latents: (B, 0), unused.

        Raises:
            ValueError: a class has not so many images.
        """
        given: Counter[int] = Counter()
        chosen = []
        for label in labels.tolist():
            of_class = self._positions()[label]
            if given[label] == len(of_class):
                raise ValueError(f"class {label} has only {len(of_class)} images")
            chosen.append(of_class[given[label]])
            given[label] += 1
        batches = labelled(self.trainer.datamodule).in_order(chosen)  # type: ignore[attr-defined]
        return torch.cat([batch["image"] for batch in batches]).to(labels.device)

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """Nothing; the loss is 0."""
        return {"L": batch["image"].new_zeros(())}

    def generate(self, batch: Batch, generator: torch.Generator | None = None) -> Tensor:
        """The batch's own images."""
        return batch["image"]

    def preview(self, batch: Batch) -> dict[str, Tensor]:
        return {"real": batch["image"]}

    def test_step(self, batch: Batch, batch_index: int, dataloader_idx: int = 0) -> dict[str, Tensor] | None:
        """Hand out the images that a batch of requests asks for; None for a batch of real images."""
        return {"generated": self.sample(batch["label"], batch["latent"])} if "latent" in batch else None

    def configure_optimizers(self) -> None:
        """None: there is nothing to learn."""

    def _positions(self) -> list[list[int]]:
        """Positions of each class's images, those held out of training first."""
        if not self._order:
            data = labelled(self.trainer.datamodule)  # type: ignore[attr-defined]
            self._order = [positions[::-1] for positions in in_class_order(data)]
        return self._order
