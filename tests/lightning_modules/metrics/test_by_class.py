"""Metrics of images by class against hand-computed values, and what an error costs."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from support.class_data import CLASSES, Painter, PixelReader

from lightning_modules.evaluation.class_conditional import latent_codes
from lightning_modules.metrics.by_class import RECOGNISED, ClassMetrics
from lightning_modules.metrics.class_diversity import class_diversity
from lightning_modules.metrics.class_variety import ClassVariety, class_variety
from lightning_modules.metrics.detail import Detail, sharpness
from lightning_modules.metrics.distribution import frechet_distance
from lightning_modules.metrics.images import to_uint8
from lightning_modules.metrics.precision_recall import precision_recall

EACH = 6
COUNT = EACH * CLASSES


def images_of(painter: Painter) -> tuple[torch.Tensor, torch.Tensor]:
    ((labels, latents),) = latent_codes([EACH] * CLASSES, painter.latent_dim)
    return painter.eval().sample(labels, latents), labels


def measured(folder: Path, recogniser: Any = None, mistaken: tuple[int, ...] = (), **painter: Any) -> Any:
    metrics = ClassMetrics(PixelReader(), recogniser, CLASSES, COUNT, COUNT, folder)
    made, labels = images_of(Painter(mistaken, **painter))
    real, real_labels = images_of(Painter(spread=0.5))
    for part in torch.arange(COUNT).split(7):
        metrics.add_generated(made[part], labels[part])
        metrics.add_real(real[part], real_labels[part], torch.tensor([i % 2 == 0 for i in part.tolist()]))
    metrics.add_held_out(real[:3], real_labels[:3])
    found = metrics.compute()
    json.dumps(found, allow_nan=False)
    return found


def test_top1_and_score_are_those_computed_by_hand(tmp_path: Path) -> None:
    metrics, _, failed = measured(tmp_path, PixelReader(2.0), mistaken=(1,))
    assert failed == {}
    assert metrics["top1"] == pytest.approx(100 * 3 / 4)  # all of class 1 are taken for class 2
    assert (metrics["top1_real_training"], metrics["top1_real_held_out"]) == (100.0, 100.0)
    sure, other = math.e**2 / (math.e**2 + 3), 1 / (math.e**2 + 3)
    entropy = -sure * math.log(sure) - 3 * other * math.log(other)
    shown = [1 / 4, 0, 1 / 2, 1 / 4]  # the share of images that show each class
    marginal = [share * sure + (1 - share) * other for share in shown]
    expected = math.exp(-sum(q * math.log(q) for q in marginal) - entropy)
    assert metrics["is_recogniser"] == pytest.approx(expected, rel=1e-6)
    assert metrics["is_recogniser_real"] == pytest.approx(math.exp(math.log(4) - entropy), rel=1e-6)
    assert 1 < metrics["is_recogniser_10_splits"] < expected and metrics["is_recogniser_10_splits_sd"] > 0


def test_comparisons_are_of_the_feature_networks_space(tmp_path: Path) -> None:
    metrics, protocol, _ = measured(tmp_path)
    (made, labels), (real, _) = images_of(Painter()), images_of(Painter(spread=0.5))
    ours, theirs = (PixelReader()(to_uint8(images)).pool for images in (made, real))
    assert metrics["fd_pixels"] == pytest.approx(frechet_distance(theirs, ours))
    assert metrics["class_diversity"] == pytest.approx(class_diversity(ours, labels, theirs, labels).ratio)
    assert (metrics["precision"], metrics["recall"]) == precision_recall(ours, theirs)
    assert (protocol["generated"], protocol["real"], protocol["classes"]) == (COUNT, COUNT, CLASSES)
    (first, second), (varied, wanted) = ([kind(), kind()] for kind in (Detail, ClassVariety))
    for detail, variety, images in ((first, varied, made), (second, wanted, real)):
        detail.update(to_uint8(images))
        variety.update(to_uint8(images), labels)
    assert metrics["sharpness"] == pytest.approx(sharpness(first, second)) != 1
    assert metrics["noise_level"] == pytest.approx(first.noise_level())
    assert metrics["noise_level_real"] == pytest.approx(second.noise_level())
    assert metrics["class_variety"] == pytest.approx(class_variety(varied, wanted)) and metrics["class_variety"] < 0.3
    assert "few" in protocol["warning"] and protocol["fd_pixels_floor"] > 0


def test_one_image_a_class_is_found_out(tmp_path: Path) -> None:
    metrics, _, _ = measured(tmp_path, PixelReader(), spread=0.0)
    assert (metrics["top1"], metrics["class_diversity"], metrics["class_variety"]) == (100.0, 0.0, 0.0)


def test_an_overfitted_recogniser_is_a_warning_beside_others(tmp_path: Path) -> None:
    metrics = ClassMetrics(PixelReader(), PixelReader(2.0), CLASSES, COUNT, COUNT, tmp_path)
    made, labels = images_of(Painter())
    metrics.add_generated(made, labels)
    metrics.add_real(made, labels, torch.ones(COUNT, dtype=torch.bool))
    metrics.add_held_out(made, (labels + (torch.arange(COUNT) < 3)) % CLASSES)  # three of 24 are another class
    found, protocol, _ = metrics.compute()
    assert (found["top1_real_training"], found["top1_real_held_out"]) == (100.0, 87.5)
    few, overfitted = protocol["warning"].split("; ")[0], protocol["warning"].split("; ")[-1]
    assert "few" in few and "overfitted: its top-1 is 100.0 % on training images and 87.5 % on held-out" in overfitted
    assert "overfitted" not in measured(tmp_path, PixelReader(2.0))[1]["warning"]


def test_without_a_recogniser_its_metrics_are_none_with_a_reason(tmp_path: Path) -> None:
    metrics, protocol, failed = measured(tmp_path)
    assert {name for name, value in metrics.items() if value is None} == set(RECOGNISED)
    assert "evaluation.recogniser_checkpoint" in failed["top1"] and protocol["recogniser"] == "none"
    assert metrics["class_diversity"] is not None


def test_a_crash_of_the_recogniser_costs_its_metrics_alone(tmp_path: Path) -> None:
    class Crashing(PixelReader):
        def _forward(self, images: torch.Tensor) -> Any:
            raise LookupError("a bug\nin a network")

    metrics, _, failed = measured(tmp_path, Crashing())
    assert metrics["top1"] is None and failed["top1"] == "a bug in a network"
    assert metrics["fd_pixels"] is not None


def test_broken_images_cost_what_is_generated_alone(tmp_path: Path) -> None:
    metrics, _, failed = measured(tmp_path, PixelReader(), spread=math.nan)
    assert {name for name, value in metrics.items() if value is not None} == {
        "top1_real_training",
        "top1_real_held_out",
        "is_recogniser_real",
        "noise_level_real",
    }
    assert "NaN" in failed["top1"] and "NaN" in failed["precision"]


def test_features_of_real_images_are_cached_by_content_not_by_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lightning_modules.metrics.by_class._CHUNK", 10)
    first, _, _ = measured(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert len(names) == 3  # 24 images
    again, _, _ = measured(tmp_path)
    assert first == again and {path.name for path in tmp_path.iterdir()} == names
