"""The generator's losses by distance: exact values, and the gradient of feature matching without overlap."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from support.completion import trainer

from datamodules.ring import Ring
from lightning_modules.callbacks.snapshots import Snapshots
from lightning_modules.panels import Series, read_panels
from lightning_modules.ring.distance_curves import DistanceCurves, disc, shared_area, shift_right


def test_shared_area() -> None:
    assert shared_area(0) == 1
    assert shared_area(2) == shared_area(3) == 0
    assert shared_area(1) == pytest.approx((2 * math.pi / 3 - math.sqrt(3) / 2) / math.pi)


def test_disc_is_even() -> None:
    generator = torch.Generator().manual_seed(0)
    points = disc(torch.rand(20_000, generator=generator) * 2 * math.pi, torch.randn(20_000, generator=generator))
    distance = points.norm(dim=0)
    assert distance.max() <= 1
    assert (distance < math.sqrt(0.5)).float().mean().item() == pytest.approx(0.5, abs=0.02)


def test_shift() -> None:
    assert shift_right(torch.zeros(2, 1), torch.tensor(3.0)).tolist() == [[3.0], [0.0]]


def test_only_feature_matching_has_a_gradient_at_a_distance(tmp_path: Path) -> None:
    module = DistanceCurves(distances=3, furthest=6.0, learning_rate=3e-3, max_iterations=400)
    trainer(tmp_path, Snapshots(3)).fit(module, datamodule=Ring(block=100, batch_size=32))
    panel = read_panels(tmp_path / "samples")["distance"]
    assert isinstance(panel, Series)
    told = module.snapshot(next(iter(Ring().test_dataloader())))
    assert told["distance"].tolist() == [0, 3, 6]
    assert told["exact"].tolist() == pytest.approx([-2 * math.log(2), 0, 0])
    assert told["gan"][0].item() == pytest.approx(-2 * math.log(2), abs=0.1)
    assert told["gan"][1:].abs().max() < 0.05
    assert told["gan_gradient"][2] < 0.05 < 1 < told["matching_gradient"][2]
    assert told["matching"][0] < 0.1 < told["matching"][2]
    assert [y for _, y in panel.charts[2].curves[0].points] == pytest.approx(told["matching"].tolist())
