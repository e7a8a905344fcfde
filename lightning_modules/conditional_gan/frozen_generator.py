"""A trained generator inside another model, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lightning_modules.conditional_gan.networks.generator import Generator
from lightning_modules.frozen import FrozenNetwork, Source
from lightning_modules.metrics.images import to_uint8

#: The arguments of every conditional model that define the size of its G.
SIZES = ("classes", "latent_dim", "resolution", "width")


class FrozenGenerator(FrozenNetwork[Generator]):
    """Trained G.

    Attributes:
        latent_dim: Z, dimensions of its latent code.
    """

    def __init__(self, generator: Generator, latent_dim: int) -> None:
        super().__init__(generator.to(memory_format=torch.channels_last))
        self.latent_dim = latent_dim

    @torch.no_grad()
    def forward(self, z: Tensor, vectors: Tensor) -> Tensor:
        """Return images (B, 3, R, R) in [-1, 1], as read from 8-bit files, of codes (B, Z) and classes (B, K)."""
        return to_uint8(self.network(z, vectors)).to(torch.float32).div_(127.5).sub_(1.0)


def load_generator(
    path: str | Path, classes: int, resolution: int, key: str = "model.init_args.generator_checkpoint"
) -> FrozenGenerator:
    """Return G of any trained conditional model (CVAE, CGAN, FM-CGAN, CVAE-GAN).

    Args:
        path: weights-only checkpoint of such a training; its own arguments give the sizes.
        classes: required number of G's classes.
        resolution: required side of its images, in pixels.
        key: the setting that named the file, for messages.

    Raises:
        ConfigurationError: no such file, not a complete checkpoint, of a model without such a G, or for other classes
            or images; one line that names key, file and fix.
    """
    source = Source(
        key,
        path,
        model="a conditional model",
        first="train a conditional model first, such as CVAEGAN",
        fix="give that of a CVAE, CGAN, FMCGAN or CVAEGAN",
    )
    sizes: dict[str, int] = {}

    def build(arguments: Mapping[str, Any]) -> Generator:
        sizes.update({name: int(arguments[name]) for name in SIZES})
        return Generator(**sizes)

    generator = source.read_part("generator", build)
    source.require_equal(sizes, {"classes": classes, "resolution": resolution})
    return FrozenGenerator(generator, sizes["latent_dim"])
