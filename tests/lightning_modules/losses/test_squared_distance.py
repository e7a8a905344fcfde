from __future__ import annotations

import torch

from lightning_modules.losses.squared_distance import half_squared_distance


def test_by_hand() -> None:
    """Half the sum over an image's values, and the mean over images: twice as many pixels are twice the loss."""
    outputs = torch.zeros(2, 1, 2, 2, requires_grad=True)
    targets = torch.zeros(2, 1, 2, 2)
    targets[0] = 3.0
    loss = half_squared_distance(outputs, targets)
    assert loss.item() == 0.5 * 4 * 9 / 2
    wider = half_squared_distance(outputs.repeat(1, 2, 1, 1), targets.repeat(1, 2, 1, 1))
    assert wider.item() == 2 * loss.item()


def test_targets_get_no_gradient() -> None:
    outputs, targets = torch.ones(2, 3, requires_grad=True), torch.zeros(2, 3, requires_grad=True)
    half_squared_distance(outputs, targets).backward()
    assert targets.grad is None
    assert outputs.grad is not None and torch.equal(outputs.grad, torch.full((2, 3), 0.5))
