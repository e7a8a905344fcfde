from __future__ import annotations

import pytest
import torch

from lightning_modules.losses.multiscale_l1 import multiscale_l1, resize


def test_scales_are_summed() -> None:
    target = torch.ones(2, 3, 8, 8)
    outputs = [torch.zeros(2, 3, 2, 2), torch.full((2, 3, 4, 4), 0.5), torch.full((2, 3, 8, 8), 0.9)]
    assert multiscale_l1(outputs, target).item() == pytest.approx(1 + 0.5 + 0.1)


def test_only_the_mask_counts_and_the_mean_is_over_all_positions() -> None:
    target = torch.zeros(1, 3, 4, 4)
    mask = torch.zeros(1, 1, 4, 4)
    mask[..., :1] = 1  # a quarter of the image
    output = torch.full((1, 3, 4, 4), 2.0, requires_grad=True)
    loss = multiscale_l1([output], target, mask)
    assert loss.item() == pytest.approx(2 / 4)
    loss.backward()
    assert output.grad is not None
    assert (output.grad[..., :1] > 0).all() and (output.grad[..., 1:] == 0).all()


def test_target_and_mask_are_resized_bilinearly_with_aligned_corners() -> None:
    ramp = torch.arange(5.0).expand(1, 1, 5, 5)
    torch.testing.assert_close(resize(ramp, torch.zeros(1, 1, 3, 3))[0, 0, 0], torch.tensor([0.0, 2.0, 4.0]))
    assert resize(ramp, ramp) is ramp
    # |0 - (0, 2, 4)| weighted by a mask resized the same way, (0, 1/2, 1): (0 + 1 + 4) / 3.
    assert multiscale_l1([torch.zeros(1, 1, 3, 3)], ramp, ramp / 4).item() == pytest.approx(5 / 3)
