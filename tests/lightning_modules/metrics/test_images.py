from __future__ import annotations

import pytest
import torch

from lightning_modules.metrics.images import to_image, to_uint8


def test_rounds_to_the_nearest_level_and_clamps() -> None:
    values = torch.tensor([-1.5, -1.0, -1.0 + 0.4 / 127.5, -1.0 + 0.6 / 127.5, 0.0, 1.0, 1.5])
    image = values.view(1, 1, 1, 7).expand(1, 3, 1, 7)
    assert to_uint8(image)[0, 0, 0].tolist() == [0, 0, 0, 1, 128, 255, 255]  # 127.5 goes to the even level


def test_every_level_survives_the_round_trip() -> None:
    levels = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16).repeat(1, 3, 1, 1)
    assert torch.equal(to_uint8(levels.float() / 127.5 - 1.0), levels)


def test_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        to_uint8(torch.full((1, 3, 2, 2), float("nan")))


def test_images_for_people_are_rgb_and_black_where_a_model_diverged() -> None:
    image = torch.tensor([1.0, -1.0, float("nan")]).view(1, 1, 3).expand(3, 2, 3)
    found = to_image(image)
    assert found.size == (3, 2) and [found.getpixel((x, 1)) for x in range(3)] == [(255,) * 3, (0,) * 3, (0,) * 3]
