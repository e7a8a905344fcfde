"""Precision and recall of generated images: the realistic share, and the share of the real variety they cover."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from lightning_modules.metrics.checks import checked_pair

NEIGHBOURS = 3
_ROWS = 1024  # of the distance matrix in memory at a time


class PrecisionRecall(NamedTuple):
    """Precision and recall, in [0, 1]."""

    precision: float
    recall: float


def precision_recall(generated: Tensor, real: Tensor) -> PrecisionRecall:
    """Return improved precision and recall (Kynkaanniemi et al. 2019, equations 1 and 2), by torch-fidelity's function.

    Each set's manifold is the union of balls around its samples, each as large as the distance to the sample's third
    nearest other. Precision is the share of generated samples in the real manifold, recall that of real samples in the
    generated one. Both depend on the counts: compare at equal ones.

    Args:
        generated, real: (N, D) and (M, D) features, N, M > 3.

    Raises:
        ValueError: too few samples, unequal widths, NaN or infinite features.
    """
    made, true = checked_pair(generated, real, minimum=NEIGHBOURS + 1)
    from torch_fidelity.metric_prc import calculate_precision_recall_part  # imports torchvision

    return PrecisionRecall(*calculate_precision_recall_part(made, true, NEIGHBOURS, _ROWS))
