from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lightning_modules.metrics.class_diversity import class_diversity, distances_by_class


def labelled() -> tuple[Tensor, Tensor]:
    features = torch.tensor([[0.0, 0.0], [9.0, 9.0], [3.0, 4.0], [9.0, 9.0], [0.0, 8.0], [1.0, 1.0]])
    return features, torch.tensor([4, 1, 4, 1, 4, 7])


def test_distances_by_hand_and_a_class_of_one_has_none() -> None:
    assert distances_by_class(*labelled()) == {1: 0.0, 4: pytest.approx((5 + 8 + 5) / 3)}


def test_ratio_is_over_the_classes_with_two_on_both_sides() -> None:
    generated = torch.tensor([[0.0, 0.0], [3.0, 0.0], [5.0, 5.0], [6.0, 5.0], [0.0, 0.0], [9.0, 0.0]])
    scores = class_diversity(generated, torch.tensor([4, 4, 1, 1, 7, 7]), *labelled())
    assert scores == (pytest.approx(2.0), pytest.approx(3.0), pytest.approx(2 / 3), 2)


def test_one_image_a_class_scores_0_and_the_count_of_images_does_not_matter() -> None:
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(8).repeat(60)
    centres = 10 * torch.randn(8, 16, generator=generator)
    real = centres[labels] + torch.randn(480, 16, generator=generator)
    assert class_diversity(centres[labels], labels, real, labels).ratio == 0.0
    few = torch.arange(8).repeat(20)
    alike = centres[few] + torch.randn(160, 16, generator=generator)
    assert class_diversity(alike, few, real, labels).ratio == pytest.approx(1.0, abs=0.03)


def test_what_cannot_be_compared_is_refused() -> None:
    features, labels = labelled()
    with pytest.raises(ValueError, match="no class"):
        class_diversity(features, labels + 10, features, labels)
    with pytest.raises(ValueError, match="all the same"):
        class_diversity(features, labels, torch.zeros(6, 2), labels)
    with pytest.raises(ValueError, match="widths"):
        class_diversity(features, labels, torch.zeros(6, 3), labels)
    with pytest.raises(ValueError, match="int64"):
        distances_by_class(features, labels[:5])
