from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from lightning_modules.metrics.distribution import frechet_distance, inception_score, kid
from lightning_modules.metrics.features import FeatureExtractor, Features
from lightning_modules.metrics.images import to_uint8
from lightning_modules.metrics.paired import psnr, ssim
from lightning_modules.metrics.suite import GenerationMetrics


class Tiny(FeatureExtractor):
    """Twelve fixed means as features; counts the images it sees."""

    name = "tiny"
    preprocessing = "none"
    dimensions = 12

    def __init__(self) -> None:
        super().__init__(nn.Identity(), digest="0" * 64)
        self.seen = 0

    def _forward(self, images: Tensor) -> Features:
        self.seen += len(images)
        pool = images.float().unflatten(2, (2, -1)).unflatten(4, (2, -1)).mean((3, 5)).flatten(1)
        return Features(pool, pool[:, :4] / 50)


def random_images(count: int, seed: int, size: int = 16) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, 3, size, size, generator=generator) * 2 - 1


def measured(tmp_path: Path, real: Tensor, batch: int = 16, **variants: Tensor) -> tuple[dict, dict, Tiny]:
    extractor = Tiny()
    suite = GenerationMetrics(extractor, tmp_path)
    for start in range(0, len(real), batch):
        some = slice(start, start + batch)
        suite.update(real[some], {name: images[some] for name, images in variants.items()})
    metrics, protocol = suite.compute()
    json.dumps([metrics, protocol], allow_nan=False)
    return metrics, protocol, extractor


def test_every_metric_is_its_function_of_all_images(tmp_path: Path) -> None:
    real, one, two = random_images(40, 0), random_images(40, 1), random_images(40, 2) * 0.5
    metrics, protocol, _ = measured(tmp_path, real, one=one, two=two)
    tiny, truth = Tiny(), to_uint8(real)
    for name, images in {"one": to_uint8(one), "two": to_uint8(two)}.items():
        x, y = tiny(truth), tiny(images)
        pair_psnr, pair_ssim = psnr(truth, images), ssim(truth, images)
        assert metrics[name] == pytest.approx(
            {
                "fd_tiny": frechet_distance(x.pool, y.pool),
                "kd_tiny": kid(x.pool, y.pool),
                "is_tiny": inception_score(y.logits),
                "ssim": sum(pair_ssim) / 40,
                "psnr": sum(pair_psnr) / 40,
            }
        )
    assert metrics["one"]["fd_tiny"] < metrics["two"]["fd_tiny"]
    assert "failed" not in protocol


def test_protocol_says_what_was_measured(tmp_path: Path) -> None:
    real = random_images(40, 0)
    _, protocol, extractor = measured(tmp_path, real, one=real)
    expected = {"generated": 40, "real": 40, "resolution": 16, "features": "tiny", "features_sha256": extractor.digest}
    assert expected.items() <= protocol.items()
    assert protocol["kid"] == "all samples, unbiased MMD" and protocol["is_splits"] == 10
    assert "40 images" in protocol["warning"] and "kd_tiny" in protocol["warning"]


def test_floor_is_the_distance_of_two_halves_of_the_real_images(tmp_path: Path) -> None:
    real = random_images(41, 0)
    metrics, protocol, _ = measured(tmp_path, real, same=real)
    assert metrics["same"]["fd_tiny"] == pytest.approx(0, abs=1e-8)
    assert protocol["fd_tiny_floor"] > 1 and "21 and 20" in protocol["floor"]


def test_each_image_passes_the_network_once_and_real_ones_never_again(tmp_path: Path) -> None:
    real, one, two = (random_images(40, seed) for seed in range(3))
    first, first_protocol, extractor = measured(tmp_path, real, one=one, two=two)
    assert extractor.seen == 120
    second, protocol, extractor = measured(tmp_path, real, batch=7, one=one, two=two)
    assert extractor.seen == 80  # cached, whatever the batch size
    assert first == second and first_protocol == protocol
    _, _, extractor = measured(tmp_path, real.flip(0), one=one, two=two)
    assert extractor.seen == 120


def test_a_diverged_variant_is_none_with_a_reason_and_spoils_no_other(tmp_path: Path) -> None:
    real, good, bad = random_images(40, 0), random_images(40, 1), random_images(40, 2)
    bad[20, 0, 3, 3] = float("nan")
    metrics, protocol, _ = measured(tmp_path, real, good=good, bad=bad)
    assert set(metrics["bad"].values()) == {None} and None not in metrics["good"].values()
    assert set(protocol["failed"]) == set(metrics["bad"])
    assert protocol["failed"]["fd_tiny"] == "bad: the images hold NaN or infinite values"


def test_metrics_that_cannot_be_had_are_none_each_for_its_reason(tmp_path: Path) -> None:
    real, one = random_images(3, 0, size=8), random_images(3, 1, size=8)
    metrics, protocol, _ = measured(tmp_path, real, one=one)
    values = metrics["one"]
    assert [name for name, value in values.items() if value is None] == ["is_tiny", "ssim"]
    assert "at least 10" in protocol["failed"]["is_tiny"] and "11 x 11" in protocol["failed"]["ssim"]
    assert "at least 2" in protocol["failed"]["fd_tiny_floor"] and protocol["fd_tiny_floor"] is None


def test_misuse_is_refused(tmp_path: Path) -> None:
    suite, real = GenerationMetrics(Tiny(), tmp_path), random_images(2, 0)
    with pytest.raises(ValueError, match="no images"):
        suite.compute()
    suite.update(real, {"one": real})
    with pytest.raises(ValueError, match="variants changed"):
        suite.update(real, {"two": real})
    suite.update(random_images(2, 0, size=12), {"one": random_images(2, 0, size=12)})
    with pytest.raises(ValueError, match="different sizes"):
        suite.compute()
