"""Real images in place of generated ones: the first row of Tables 3.4 and 4.1 of the image-synthesis thesis."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import torch
from torch import Tensor

from lightning_modules.base import Batch, GenerativeModule
from lightning_modules.labelled_data import in_class_order, labelled_data
from lightning_modules.recognition.compatibility import require_same_data

#: Deviations from the thesis: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Tables 3.4 and 4.1, real images",
        "the images, and whether the recogniser was trained on them, are not given",
        "as many of each class as are generated, held-out ones first, but at most half of the class's: the others are "
        "what all rows are compared with; every row's metrics also include the recogniser's top-1 on held-out and on "
        "training images separately",
        "99.61 % is typical of a network on its training images; a score depends on the number of images; real images "
        "compared with themselves have distance 0",
    ),
    (
        "Section 3.4.4, Inception score",
        "of a face recogniser trained on CASIA-WebFace; the splits are not given",
        "of the recogniser of top-1, all images as one split (ten splits are among the metrics)",
        "CASIA-WebFace is no longer distributed; compare the score with that of the real images",
    ),
)


class RealImages(GenerativeModule):
    """Returns the data module's images, so that real images pass the same test as generated ones.

    Nothing is trained: one batch counts as all iterations.

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
        """Return the number of images of each class that a test may ask for, (K,) int64: the others are compared with.

        See `lightning_modules.labelled_data.disjoint_halves`.
        """
        return torch.tensor([len(positions) // 2 for positions in self._positions()])

    def sample(self, labels: Tensor, latents: Tensor) -> Tensor:
        """Return images (B, 3, R, R) in [-1, 1] of these classes, each image once, held-out ones first.

        Args:
            labels: (B,) int64.
            latents: (B, 0), unused.

        Raises:
            ValueError: a class has too few images.
        """
        given: Counter[int] = Counter()
        chosen = []
        for label in labels.tolist():
            of_class = self._positions()[label]
            if given[label] == len(of_class):
                raise ValueError(f"class {label} has only {len(of_class)} images")
            chosen.append(of_class[given[label]])
            given[label] += 1
        batches = labelled_data(self.trainer.datamodule).in_order(chosen)  # type: ignore[attr-defined]
        return torch.cat([batch["image"] for batch in batches]).to(labels.device)

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """Do nothing; the loss is 0."""
        return {"L": batch["image"].new_zeros(())}

    def generate(self, batch: Batch, generator: torch.Generator | None = None) -> Tensor:
        """Return the batch's own images."""
        return batch["image"]

    def preview(self, batch: Batch) -> dict[str, Tensor]:
        return {"real": batch["image"]}

    def test_step(self, batch: Batch, batch_index: int, dataloader_idx: int = 0) -> dict[str, Tensor] | None:
        """Return the images that a batch of requests asks for; None for a batch of real images."""
        return {"generated": self.sample(batch["label"], batch["latent"])} if "latent" in batch else None

    def configure_optimizers(self) -> None:
        """Return None: nothing is trained."""

    def _positions(self) -> list[list[int]]:
        """Return the positions of each class's images, held-out ones first."""
        if not self._order:
            data = labelled_data(self.trainer.datamodule)  # type: ignore[attr-defined]
            self._order = [positions[::-1] for positions in in_class_order(data)]
        return self._order
