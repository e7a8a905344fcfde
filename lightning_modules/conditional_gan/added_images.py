"""Which generated images are added to a training: a fixed set that is never stored, for each of it can be remade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from lightning_modules.randomness import keyed_generator, run_seed


@dataclass(frozen=True)
class AddedImages:
    """`each` images of every existing label, or of every new one.

    A new label mixes two existing ones, y = a e_i + (1 - a) e_j, and is a class of its own: the first one is class K.
    Image n of a label always has the same latent code, keyed by run's seed, label and n.

    Source: image-synthesis thesis, section 4.4.4.

    Args:
        classes: K, existing labels.
        each: images of a label.
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
        """(B,) int64: the classes of the images with these numbers, (B,) int64 in 0..len - 1."""
        return numbers // self.each + (0 if self.pairs is None else self.classes)

    def vectors(self, labels: Tensor) -> Tensor:
        """(B, K) float: what G is told of labels (B,) int64, existing or new."""
        if self.pairs is None:
            return F.one_hot(labels, self.classes).float()
        first, second = F.one_hot(self.pairs[labels - self.classes], self.classes).float().unbind(1)
        return self.mixture * first + (1 - self.mixture) * second

    def latents(self, numbers: Tensor, latent_dim: int) -> Tensor:
        """(B, Z) from N(0, I): the codes of the images with these numbers."""
        places = zip(self.labels(numbers).tolist(), (numbers % self.each).tolist(), strict=True)
        codes = [torch.randn(latent_dim, generator=keyed_generator(run_seed(), "added", *place)) for place in places]
        return torch.stack(codes)


class Examples(NamedTuple):
    """Some added images: what each line shows, by title the columns (N, 3, R, R) in [-1, 1], and what these are."""

    lines: list[str]
    columns: dict[str, Tensor]
    caption: str


def draw_pairs(classes: int, count: int) -> Tensor:
    """(count, 2) int64: different unordered pairs of different classes, either one first, keyed by the run's seed.

    The first pairs are the same for every count.
    """
    every = torch.combinations(torch.arange(classes))
    generator = keyed_generator(run_seed(), "new labels")
    chosen = every[torch.randperm(len(every), generator=generator)]
    swapped = torch.rand(len(every), generator=generator) < 0.5
    return torch.where(swapped[:, None], chosen.flip(1), chosen)[:count]
