"""What a recogniser says of many images, as they come: top-1 and its own Inception score."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from common.errors import one_line
from lightning_modules.metrics.distribution import SCORE_SPLITS
from lightning_modules.metrics.features import FeatureExtractor
from lightning_modules.metrics.recogniser_scores import InceptionScore, Top1


class Fallible:
    """Something built from many batches, which the first error spoils: it is remembered, and later ones are left."""

    broken = ""

    def attempt(self, action: Callable[[], None]) -> None:
        """Does it, unless something went wrong before."""
        if not self.broken:
            try:
                action()
            except Exception as error:
                self.broken = one_line(error)

    def require_whole(self) -> None:
        """Raises ValueError, which says what went wrong."""
        if self.broken:
            raise ValueError(self.broken)


class Recognised(Fallible):
    """Top-1 and score of some images.

    Args:
        recogniser: whose logits are the classes'; None for none, and then there are neither.
        classes: K.
        count: of the images that will be added; a score needs ten.
    """

    def __init__(self, recogniser: FeatureExtractor | None, classes: int, count: int) -> None:
        self.recogniser = recogniser
        self._top1, self._score = Top1(classes), started_score(count)

    def add(self, pixels: Tensor, labels: Tensor, counted: Tensor | None = None) -> None:
        """Images (B, 3, H, W) uint8 of classes (B,) int64; top-1 is of those that `counted` (B,) bool says, or all."""
        if self.recogniser is not None:
            self.attempt(lambda: self._add(pixels, labels.cpu(), counted))

    def _add(self, pixels: Tensor, labels: Tensor, counted: Tensor | None) -> None:
        assert self.recogniser is not None
        logits = self.recogniser(pixels).logits
        if self._score is not None:
            self._score.update(logits)
        which = torch.ones_like(labels, dtype=torch.bool) if counted is None else counted.cpu()
        if which.any():
            self._top1.update(logits[which], labels[which])

    def accuracy(self, without: str) -> float:
        """Top-1 in percent. Raises ValueError where there is none; `without` is why no image may have counted."""
        self._require_recognised()
        if not self._top1.seen.any():
            raise ValueError(without)
        return 100 * self._top1.accuracy()

    def score(self) -> InceptionScore:
        """The recogniser's score. Raises ValueError where there is none."""
        self._require_recognised()
        return finished_score(self._score)

    def _require_recognised(self) -> None:
        if self.recogniser is None:
            raise ValueError("there is no recogniser; set evaluation.recogniser_checkpoint")
        self.require_whole()


def started_score(count: int) -> InceptionScore | None:
    """A score of so many images; None where they are too few for one."""
    return InceptionScore(count) if count >= SCORE_SPLITS else None


def finished_score(score: InceptionScore | None) -> InceptionScore:
    """The score, if there is one. Raises ValueError otherwise."""
    if score is None:
        raise ValueError(f"a score needs at least {SCORE_SPLITS} images")
    return score
