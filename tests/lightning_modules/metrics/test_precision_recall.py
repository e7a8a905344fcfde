from __future__ import annotations

import pytest
import torch

from lightning_modules.metrics import precision_recall as module
from lightning_modules.metrics.precision_recall import precision_recall


def test_by_hand_on_a_line() -> None:
    real = torch.tensor([0.0, 1.0, 2.0, 3.0, 20.0, 21.0, 22.0, 23.0]).view(8, 1)
    # Third nearest other: 3, 2, 2, 3 in each group of real points, which so cover [-3, 6] and [17, 26].
    generated = torch.tensor([0.0, 1.0, 2.0, 6.5, 40.0]).view(5, 1)
    # Generated balls: 6.5, 5.5, 4.5, 6.5, 39: [-6.5, 6.5], [-4.5, 6.5], [-2.5, 6.5], [0, 13], [1, 79]: all real points.
    assert precision_recall(generated, real) == (pytest.approx(3 / 5), 1.0)
    near = torch.tensor([0.0, 0.1, 0.2, 0.3, 1.0]).view(5, 1)  # covers [-0.3, 1.8] of the real points: 0 and 1
    assert precision_recall(near, real) == (1.0, pytest.approx(2 / 8))


def test_a_collapsed_generator_is_precise_and_recalls_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(0)
    real = torch.randn(300, 4, generator=generator)
    collapsed = 0.01 * torch.randn(300, 4, generator=generator)
    expected = precision_recall(collapsed, real)
    assert expected.precision == 1.0 and expected.recall < 0.02
    monkeypatch.setattr(module, "_ROWS", 64)  # more blocks than one
    assert precision_recall(collapsed, real) == expected


def test_bad_features_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 4"):
        precision_recall(torch.zeros(3, 2), torch.zeros(9, 2))
    with pytest.raises(ValueError, match="widths"):
        precision_recall(torch.zeros(5, 2), torch.zeros(9, 3))
