"""A GAN small enough to train in a test, with everything that makes resuming hard, and images to train it on."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from common.seeds import run_seed
from datamodules.loading import EpochSampler, Position, ResumableData, ResumableLoader
from lightning_modules.base import Batch, GenerativeModule, without_weight_gradients
from lightning_modules.layers.spectral_norm import SpectralConv2d
from lightning_modules.losses.least_squares import least_squares
from lightning_modules.randomness import normal, normal_for_each

SIZE = 12


class SmallGAN(GenerativeModule):
    """Two optimisers, latent noise, dropout, and buffers that a pass moves, in evaluation too."""

    def __init__(self, max_iterations: int = 8) -> None:
        super().__init__(max_iterations)
        self.save_hyperparameters()
        self.generator = nn.Sequential(
            nn.Conv2d(4, 6, 3, padding=1),
            nn.BatchNorm2d(6),
            nn.LeakyReLU(),
            nn.Dropout(0.3),
            SpectralConv2d(6, 3, 3, padding=1),
        )
        self.discriminator = nn.Sequential(
            nn.Conv2d(3, 6, 4, stride=2), nn.BatchNorm2d(6), nn.LeakyReLU(), nn.Conv2d(6, 1, 3)
        )

    def paint(self, batch: Batch, z: Tensor) -> Tensor:
        return self.generator(torch.cat([batch["image"] * 0.5, z], 1)).tanh()

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        real = batch["image"]
        first, second = self.all_optimizers()
        painted = self.paint(batch, normal((len(real), 1, SIZE, SIZE), generator, real))
        real_logits, painted_logits = self.discriminator(torch.cat([real, painted.detach()])).chunk(2)
        losses = {"L_D": least_squares(real_logits, 1.0) + least_squares(painted_logits, 0.0)}
        self.descend(second, losses["L_D"])
        with without_weight_gradients(self.discriminator):
            losses["L_adv"] = least_squares(self.discriminator(painted), 1.0)
        losses["L_1"] = (painted - real).abs().mean()
        self.descend(first, losses["L_adv"] + 10 * losses["L_1"])
        return losses

    def generate(self, batch: Batch, generator: torch.Generator | None = None) -> Tensor:
        real = batch["image"]
        if generator is None:
            return self.paint(batch, normal_for_each(batch["index"], (1, SIZE, SIZE), "SmallGAN", real))
        return self.paint(batch, normal((len(real), 1, SIZE, SIZE), generator, real))

    def preview(self, batch: Batch) -> dict[str, Tensor]:
        return {"input": batch["image"], "painted": self.generate(batch)}

    def test_step(self, batch: Batch, batch_index: int) -> dict[str, Any]:
        return {
            "real": batch["image"],
            "inputs": batch["image"] * 0.5,
            "generated": {"single": self.generate(batch)},
        }

    def configure_optimizers(self) -> Any:
        return [torch.optim.Adam(net.parameters(), lr=1e-2) for net in (self.generator, self.discriminator)]


class Images(Dataset):
    """Fixed images; in training each is mirrored, brightened and spoilt as its own seed says."""

    def __init__(self, indices: range, augment: bool) -> None:
        self.indices, self.augment = indices, augment

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, position: Position) -> dict[str, Any]:
        index = self.indices[position.index]
        image = np.random.default_rng(index).uniform(-0.8, 0.8, (3, SIZE, SIZE)).astype(np.float32)
        if self.augment:
            rng = np.random.default_rng(position.seed)
            image = image[:, :, :: rng.choice([-1, 1])] + rng.normal(0, 0.1, image.shape) + rng.uniform(-0.1, 0.1)
        return {"image": torch.tensor(image.clip(-1, 1), dtype=torch.float32), "index": index}


class ImagesData(ResumableData):
    """11 images to train on in batches of 2 (epochs of 5), 4 to validate, 4 to test."""

    def __init__(self, workers: int = 0, validation: bool = True) -> None:
        super().__init__()
        self.workers, self.validation = workers, validation

    def train_dataloader(self) -> Any:
        images = Images(range(11), augment=True)
        sampler = EpochSampler(len(images), run_seed())
        return self.resume_loader(ResumableLoader(
            images, batch_size=2, sampler=sampler, drop_last=True, num_workers=self.workers,
            persistent_workers=self.workers > 0,
        ))  # fmt: skip

    def validation_dataloader(self) -> Any:
        return self._in_order(range(11, 15)) if self.validation else None

    def test_dataloader(self) -> Any:
        return self._in_order(range(15, 19))

    def _in_order(self, indices: range) -> Any:
        images = Images(indices, augment=False)
        sampler = EpochSampler(len(images), 0, shuffle=False)
        return DataLoader(images, batch_size=3, sampler=sampler, num_workers=self.workers)
