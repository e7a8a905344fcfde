"""A data module of classes without files, a generator and a recogniser whose answers can be computed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from support.class_images import CLASSES, SIZE, class_images
from torch import Tensor, nn
from torch.utils.data import DataLoader

from lightning_modules.base import Batch, GenerativeModule
from lightning_modules.evaluation import ClassConditional, FeatureEvaluator, evaluator_class
from lightning_modules.metrics.features import FeatureExtractor, Features


@dataclass(frozen=True)
class Named:
    """An image of the list."""

    name: str
    label: int


class ClassData(pl.LightningDataModule):
    """Images of `class_images`; the last of each class are held out of training.

    Args:
        held_out: how many images at the end of the list.
        trains_on_all: the test's images are trained on too.
    """

    class_count, resolution = CLASSES, SIZE
    class_names = tuple(f"class {k + 1}" for k in range(CLASSES))

    def __init__(self, count: int = 24, held_out: int = 4, batch_size: int = 5, trains_on_all: bool = False) -> None:
        super().__init__()
        self.batch = class_images(count)
        self.batch_size = batch_size
        self.requested: list[DataLoader[Any]] = []
        self.images = [Named(n, int(k)) for n, k in zip(self.batch["name"], self.batch["label"], strict=True)]
        self.test = list(range(count - held_out, count))
        self.train = list(range(count if trains_on_all else count - held_out))

    def in_order(self, part: Sequence[int]) -> DataLoader[Any]:
        keys = ("image", "label", "index")
        return DataLoader([{k: self.batch[k][i] for k in keys} for i in part], batch_size=self.batch_size)  # type: ignore[arg-type]

    def train_dataloader(self) -> DataLoader[Any]:
        return self.in_order(self.train)

    def test_dataloader(self) -> list[DataLoader[Any]]:
        return [self.in_order(self.test), *self.requested]


class Painter(GenerativeModule):
    """Paints images whose first pixel tells the class and whose others are the latent code's noise.

    Args:
        mistaken: classes that it paints as if they were the next one.
        spread: of the noise; 0 paints one image a class, NaN a broken one.
    """

    evaluator = "lightning_modules.evaluation.ClassConditional"
    latent_dim = 5

    def __init__(self, mistaken: Sequence[int] = (), spread: float = 0.2) -> None:
        super().__init__(max_iterations=1)
        self.classes, self.resolution, self.mistaken, self.spread = CLASSES, SIZE, tuple(mistaken), spread
        self.layer = nn.Linear(2, 2)
        self.calls: list[int] = []

    def sample(self, labels: Tensor, latents: Tensor) -> Tensor:
        assert not self.training and latents.shape == (len(labels), self.latent_dim)
        self.calls.append(len(labels))
        shown = torch.tensor([(k + 1) % CLASSES if k in self.mistaken else k for k in labels.tolist()])
        images = (latents[:, :3, None, None] * self.spread).expand(-1, -1, SIZE, SIZE).clamp(-1, 1).clone()
        images[:, :, 4:12, 6:10] = 0.5  # edges, for the sharpness
        images[:, :, 0, 0] = ((shown / CLASSES * 255).round() / 127.5 - 1)[:, None]
        return images

    def generate(self, batch: Batch, generator: torch.Generator | None = None) -> Tensor:
        return batch["image"]

    def preview(self, batch: Batch) -> dict[str, Tensor]:
        return {"real": batch["image"]}

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        return {}

    def test_step(self, batch: Batch, batch_index: int, dataloader_idx: int = 0) -> dict[str, Tensor] | None:
        return {"generated": self.sample(batch["label"], batch["latent"])} if "latent" in batch else None


class PixelReader(FeatureExtractor):
    """Reads the class off the first pixel, with as much confidence as it is told; the pool is four pixels' colours."""

    name, preprocessing, dimensions = "pixels", "none", 12

    def __init__(self, certainty: float = 2.0) -> None:
        super().__init__(nn.Linear(1, 1), "no digest")
        self.certainty, self.description = certainty, "a reader of pixels"

    def _forward(self, images: Tensor) -> Features:
        read = (images[:, 0, 0, 0].float() / 255 * CLASSES).round().long() % CLASSES
        corners = images[:, :, ::15, ::15].flatten(1).float() / 255
        return Features(corners, nn.functional.one_hot(read, CLASSES).float() * self.certainty)


def judged(folder: Path, module: Any, data: Any = None, **settings: Any) -> tuple[ClassConditional, pl.Trainer]:
    """A test of the module by its own evaluator."""
    kind: Any = evaluator_class(type(module))
    if issubclass(kind, FeatureEvaluator):
        settings |= {"features": "effnetlite0", "cache_dir": str(folder / "cache")}
    evaluation = kind(**settings)
    trainer = pl.Trainer(
        default_root_dir=folder,
        callbacks=[evaluation],
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.test(module, datamodule=data or ClassData(), verbose=False)
    return evaluation, trainer
