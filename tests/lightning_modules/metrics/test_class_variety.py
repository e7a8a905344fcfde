"""Variety within classes rises with the number of different images and not with noise."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from lightning_modules.metrics.class_variety import ClassVariety, class_variety

CLASSES, EACH = 8, 20
LABELS = torch.arange(CLASSES * EACH) % CLASSES


def shapes(side: int) -> Tensor:
    """Images (160, 3, S, S) that differ in place, size and colour of a disc and in the shade behind it."""
    x, y, radius, shade = torch.rand(4, len(LABELS), 1, 1, generator=torch.Generator().manual_seed(0))
    grid = (torch.arange(side) + 0.5) / side
    distance = ((grid[None, None, :] - 0.3 - 0.4 * x) ** 2 + (grid[None, :, None] - 0.3 - 0.4 * y) ** 2).sqrt()
    inside = ((0.2 + 0.15 * radius - distance) * side).clamp(0, 1)[:, None]
    colour = 70 + 30 * torch.stack([LABELS % 4, LABELS // 4 % 2, LABELS % 3], 1)[..., None, None]
    return (inside * colour + (1 - inside) * (90 + 80 * shade[:, None])).round().to(torch.uint8)


def collapsed(images: Tensor, distinct: int) -> Tensor:
    """The first images of each class, each as often as it takes."""
    number = torch.arange(len(LABELS)) // CLASSES % distinct
    return images[number * CLASSES + LABELS]


def noisy(images: Tensor, deviation: float) -> Tensor:
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(1))
    return (images.float() + deviation * noise).round().clamp(0, 255).to(torch.uint8)


def blurred(images: Tensor) -> Tensor:
    return gaussian_blur(images.float(), [9, 9], [1.0, 1.0]).round().to(torch.uint8)


def measured(images: Tensor, labels: Tensor = LABELS) -> ClassVariety:
    variety = ClassVariety()
    variety.update(images, labels)
    return variety


@pytest.mark.parametrize("side", [32, 64, 128])
def test_it_rises_with_different_images_and_not_with_noise(side: int) -> None:
    images = shapes(side)
    real = measured(images)
    for changed in (lambda x: x, lambda x: noisy(x, 20), lambda x: noisy(x, 40), blurred):
        values = [class_variety(measured(changed(collapsed(images, k))), real) for k in (1, 2, 5, 20)]
        assert values == sorted(values) and values[1] - values[0] > 0.2 and values[3] - values[2] > 0.03
        assert values[0] < 0.02 and 0.8 < values[3] < 1.02


def test_one_image_of_each_class_has_none_however_noisy() -> None:
    real = measured(shapes(32))
    assert class_variety(measured(collapsed(shapes(32), 1)), real) == 0.0
    assert class_variety(measured(shapes(32)), real) == 1.0


def test_variance_by_hand() -> None:
    flat = torch.tensor([10, 20, 90, 60, 60, 7], dtype=torch.uint8)[:, None, None, None].expand(-1, 3, 16, 16)
    labels = torch.tensor([4, 4, 4, 1, 1, 7])
    assert measured(flat, labels).variances() == {1: 0.0, 4: pytest.approx(1900.0)}  # of 10, 20, 90
    half = flat.clone()
    half[:, :, :, 8:] = 0  # half of the cells are always the same
    assert measured(half, labels).variances()[4] == pytest.approx(950.0)
    both = class_variety(measured(half, labels), measured(flat, labels))
    assert both == pytest.approx(0.5)
    # A pattern of single pixels: its two halves go against each other, and that is no variety.
    board = ((torch.arange(16)[:, None] + torch.arange(16)) % 2).to(torch.uint8)
    swapped = torch.stack([100 * board, 100 * (1 - board)])[:, None].expand(-1, 3, -1, -1)
    assert measured(swapped, torch.tensor([0, 0])).variances()[0] < 0
    assert class_variety(measured(swapped, torch.tensor([4, 4])), measured(flat, labels)) == 0.0


def test_only_classes_of_both_sides_count_and_batches_do_not() -> None:
    flat = torch.tensor([10, 20, 90, 60, 60, 7], dtype=torch.uint8)[:, None, None, None].expand(-1, 3, 16, 16)
    real = measured(flat, torch.tensor([4, 4, 4, 1, 1, 7]))
    other = ClassVariety()
    for part, labels in ((flat[:1], [4]), (flat[2:4], [4, 5])):
        other.update(part, torch.tensor(labels))
    assert class_variety(other, real) == pytest.approx(3200 / 1900)
    with pytest.raises(ValueError, match="no class"):
        class_variety(ClassVariety(), real)
    with pytest.raises(ValueError, match="all the same"):
        class_variety(real, measured(flat[3:5], torch.tensor([1, 1])))
    with pytest.raises(ValueError, match="uint8"):
        other.update(flat.float(), torch.tensor([0]))
    with pytest.raises(ValueError, match="int64"):
        other.update(flat, torch.tensor([0]))
