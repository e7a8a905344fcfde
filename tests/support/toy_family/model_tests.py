"""The mean is learnt by gradient descent."""

from __future__ import annotations

import pytest
import torch
from support.completion import attach_optimizers, noise

from lightning_modules.toys import MeanModel


def test_a_step_moves_the_mean_by_the_gradient() -> None:
    model = MeanModel(learning_rate=0.25)
    attach_optimizers(model)
    losses = model.step({"number": torch.tensor([1.0, 3.0])}, noise())
    assert losses["L"].item() == 5.0 and model.mean.item() == 1.0  # 0 + 0.25 * 2 * (2 - 0)
    assert model.distance(3.0) == pytest.approx(2.0)
