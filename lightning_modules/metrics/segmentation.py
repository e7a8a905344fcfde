"""Quality of completed label maps inside the hole, with the best constant as baseline."""

from __future__ import annotations

import torch
from torch import Tensor

_LABELS = 256  # label maps are 8-bit images


class HoleIoU:
    """Mean intersection over union inside the hole, accumulated over a set, and that of the best constant.

    The mean is over the classes that occur in the truth's holes, with intersections and unions pooled over all images.
    The constant fills every hole with the one label that has the most hole pixels in the evaluated set, and is averaged
    over the same classes: a completion has to beat it to have learnt anything.
    """

    def __init__(self) -> None:
        self.confusion = torch.zeros(_LABELS, _LABELS, dtype=torch.int64)
        """Pixel counts (truth, predicted) inside the holes."""

    def update(self, predicted: Tensor, truth: Tensor, hole: Tensor) -> None:
        """Add a batch.

        Args:
            predicted, truth: (B, H, W) int64 labels, 0..255.
            hole: (B, 1, H, W), 1 inside the hole and 0 elsewhere.

        Raises:
            ValueError: shapes that do not belong together, or labels outside 0..255.
        """
        if predicted.shape != truth.shape or hole.shape != (truth.shape[0], 1, *truth.shape[1:]):
            shapes = tuple(predicted.shape), tuple(truth.shape), tuple(hole.shape)
            raise ValueError(f"predicted, truth and hole do not belong together: {shapes}")
        inside = hole[:, 0].bool()
        labels = torch.stack([truth[inside], predicted[inside]]).cpu()
        if labels.numel() and (labels.min() < 0 or labels.max() >= _LABELS):
            raise ValueError("labels must be in 0..255")
        pairs = torch.bincount(labels[0] * _LABELS + labels[1], minlength=_LABELS * _LABELS)
        self.confusion += pairs.view(_LABELS, _LABELS)

    def compute(self) -> dict[str, float]:
        """Return `parsing_miou_hole`, `parsing_miou_hole_constant` in [0, 1]. Raises ValueError without any hole."""
        truth, predicted = self.confusion.sum(1), self.confusion.sum(0)
        present = truth > 0
        if not present.any():
            raise ValueError("no pixel lies in a hole")
        intersection = self.confusion.diagonal()
        union = truth + predicted - intersection
        constant = float(truth.max() / truth.sum()) / int(present.sum())  # the other classes score 0
        return {
            "parsing_miou_hole": float((intersection[present].double() / union[present]).mean()),
            "parsing_miou_hole_constant": constant,
        }
