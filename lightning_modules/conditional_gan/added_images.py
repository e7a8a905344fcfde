"""Generated images that are added to a training: a fixed set, regenerated on demand and never stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from common.seeds import run_seed
from lightning_modules.randomness import keyed_generator


@dataclass(frozen=True)
class AddedImages:
    """Fixed set of `each` generated images of every existing label, or of every new one.

    A new label mixes two existing ones, y = a e_i + (1 - a) e_j, and is an additional class: the first one is class K.
    Image n of a label always has the same latent code, keyed by the run's seed, label and n.

    Source: image-synthesis thesis, section 4.4.4.

    Args:
        classes: K, number of existing labels.
        each: images per label.
        pairs: (J, 2) int64, i and j of every new label; None for the existing labels.
        mixture: a.
    """

    classes: int
    each: int
    pairs: Tensor | None = None
    mixture: float = 0.5

    def __len__(self) -> int:
        return self.each * (self.classes if self.pairs is None else len(self.pairs))

    def labels(self, numbers: Tensor) -> Tensor:
        """Return the classes (B,) int64 of the images with these numbers, (B,) int64 in 0..len - 1."""
        return numbers // self.each + (0 if self.pairs is None else self.classes)

    def vectors(self, labels: Tensor) -> Tensor:
        """Return the class vectors (B, K) float, G's input, of labels (B,) int64, existing or new."""
        if self.pairs is None:
            return F.one_hot(labels, self.classes).float()
        first, second = F.one_hot(self.pairs[labels - self.classes], self.classes).float().unbind(1)
        return self.mixture * first + (1 - self.mixture) * second

    def latents(self, numbers: Tensor, latent_dim: int) -> Tensor:
        """Return the latent codes (B, Z), from N(0, I), of the images with these numbers."""
        places = zip(self.labels(numbers).tolist(), (numbers % self.each).tolist(), strict=True)
        codes = [torch.randn(latent_dim, generator=keyed_generator(run_seed(), "added", *place)) for place in places]
        return torch.stack(codes)


class Examples(NamedTuple):
    """Some added images: labels of the rows, columns (N, 3, R, R) in [-1, 1] by title, and a caption."""

    lines: list[str]
    columns: dict[str, Tensor]
    caption: str


def draw_pairs(classes: int, count: int) -> Tensor:
    """Draw (count, 2) int64: distinct unordered pairs of different classes, in either order, keyed by the run's seed.

    A smaller count gives the first of these pairs.
    """
    every = torch.combinations(torch.arange(classes))
    generator = keyed_generator(run_seed(), "new labels")
    chosen = every[torch.randperm(len(every), generator=generator)]
    swapped = torch.rand(len(every), generator=generator) < 0.5
    return torch.where(swapped[:, None], chosen.flip(1), chosen)[:count]
