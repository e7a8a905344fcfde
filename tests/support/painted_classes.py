"""Images of one colour each, and an autoencoder of them whose codes and images can be computed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from lightning_modules.metrics.features import FeatureExtractor, Features

CLASSES = 3


@dataclass(frozen=True)
class Named:
    """An image of the list."""

    name: str
    label: int


class Paints:
    """A data module of images that are one colour (red, green, blue in [-1, 1]) all over.

    Args:
        colours: of each image.
        held_out: positions that nothing is trained on.
        side: of the images.
        attributes: a line an image; None for none.
    """

    class_count = CLASSES
    class_names = ("Ada", "Ben", "Cy")

    def __init__(
        self,
        colours: Sequence[Sequence[float]],
        held_out: Sequence[int] = (),
        side: int = 32,
        attributes: list[list[int]] | None = None,
    ) -> None:
        self.side, self.colours = side, torch.tensor(colours)
        self.images = [Named(f"{i}.jpg", i % CLASSES) for i in range(len(colours))]
        self.train = [i for i in range(len(colours)) if i not in held_out]
        self.attributes = None if attributes is None else torch.tensor(attributes).numpy()
        self.attribute_names = None if attributes is None else [f"a_{k}" for k in range(len(attributes[0]))]

    def in_order(self, part: Sequence[int]) -> DataLoader[Any]:
        keys = [
            {"image": filled(self.colours[i : i + 1], self.side)[0], "label": self.images[i].label, "index": i}
            for i in part
        ]
        return DataLoader(keys, batch_size=4)  # type: ignore[arg-type]


class Averager(nn.Module):
    """Its code is an image's mean colour, and it paints a code as an image of that colour, whatever the label."""

    latent_dim = 3
    device = torch.device("cpu")

    def __init__(self, side: int = 32) -> None:
        super().__init__()
        self.side = side

    def encode(self, images: Tensor, labels: Tensor) -> Tensor:
        return images.mean((2, 3))

    def sample(self, labels: Tensor, latents: Tensor) -> Tensor:
        return filled(latents, self.side)


class FirstOnly(nn.Module):
    """Without an encoder: always the image of one colour."""

    latent_dim = 3
    device = torch.device("cpu")

    def __init__(self, colour: Sequence[float], side: int = 32) -> None:
        super().__init__()
        self.side, self.colour = side, torch.tensor(colour)

    def sample(self, labels: Tensor, latents: Tensor) -> Tensor:
        return filled(self.colour.expand(len(labels), 3), self.side)


class Reddish(FeatureExtractor):
    """Sees class 0 in images with red at least half way up, class 1 in others; features are the colour and 1."""

    name, preprocessing, dimensions = "reddish", "none", 4

    def __init__(self) -> None:
        super().__init__(nn.Linear(1, 1), "no digest")

    def _forward(self, images: Tensor) -> Features:
        colours = images.float().mean((2, 3)) / 255
        logits = nn.functional.one_hot((colours[:, 0] < 0.5).long(), CLASSES).float()
        return Features(torch.cat([colours, torch.ones(len(images), 1)], 1), logits)


def filled(colours: Tensor, side: int) -> Tensor:
    """(N, 3, side, side): images of colours (N, 3)."""
    return colours[:, :, None, None].expand(-1, -1, side, side).clone()
