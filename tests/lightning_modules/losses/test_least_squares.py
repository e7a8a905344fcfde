from __future__ import annotations

import pytest
import torch

from lightning_modules.losses.least_squares import least_squares


def test_one_map_by_hand() -> None:
    logits = torch.tensor([[[[0.0, 1.0], [3.0, 0.5]]]])
    assert least_squares(logits, 1.0).item() == pytest.approx((1 + 0 + 4 + 0.25) / 4)
    assert least_squares(logits, 0.0).item() == pytest.approx((0 + 1 + 9 + 0.25) / 4)


def test_scales_are_means_summed() -> None:
    scales = [torch.full((1, 1, 4, 4), 2.0), torch.full((1, 1, 1, 1), 3.0)]
    assert least_squares(scales, 0.0).item() == pytest.approx(4 + 9)
