"""The metrics of reconstructions, against values computed by hand and against the functions they are made of."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from support.class_data import PixelReader
from torch import Tensor

from lightning_modules.metrics.distribution import frechet_distance
from lightning_modules.metrics.edges import Edges
from lightning_modules.metrics.images import to_uint8
from lightning_modules.metrics.paired import psnr, ssim
from lightning_modules.metrics.reconstructions import (
    RECONSTRUCTED,
    ReconstructionMetrics,
    other_similarity,
    own_similarity,
)

LABELS = torch.tensor([0, 1, 2, 3, 0, 1])


def class_images(labels: Tensor = LABELS, seed: int = 0) -> Tensor:
    """(N, 3, 16, 16) in [-1, 1], whose first pixel tells the class as PixelReader reads it."""
    images = torch.rand(len(labels), 3, 16, 16, generator=torch.Generator().manual_seed(seed)) * 1.6 - 0.8
    images[:, :, 0, 0] = ((labels / 4 * 255).round() / 127.5 - 1)[:, None]
    return images


def metrics(folder: Path, recogniser: PixelReader | None = None) -> ReconstructionMetrics:
    return ReconstructionMetrics(PixelReader(), recogniser, 4, folder)


def test_every_metric_of_half_the_contrast(tmp_path: Path) -> None:
    real = class_images()
    made = real / 2
    made[1] = class_images(LABELS[2:3])[0]  # given back as the next class
    found = metrics(tmp_path, PixelReader())
    for part in (slice(0, 4), slice(4, 6)):
        found.add(real[part], made[part], LABELS[part])
    values, failed = found.compute()
    assert failed == {} and list(values) == list(found.names)
    wanted, given = to_uint8(real), to_uint8(made)
    assert values["reconstruction_psnr"] == pytest.approx(sum(psnr(wanted, given)) / 6)
    assert values["reconstruction_ssim"] == pytest.approx(sum(ssim(wanted, given)) / 6)
    assert values["reconstruction_l1"] == pytest.approx(float((wanted.double() - given.double()).abs().mean()))
    reader = PixelReader()
    pools = reader(wanted).pool, reader(given).pool
    assert values["reconstruction_fd_pixels"] == pytest.approx(frechet_distance(*pools))
    assert values["reconstruction_identity"] == pytest.approx(own_similarity(*pools))
    assert values["reconstruction_identity_others"] == pytest.approx(other_similarity(*pools, LABELS))
    edges = Edges()
    edges.update(wanted, given)
    assert values["reconstruction_sharpness"] == pytest.approx(edges.sharpness())
    assert values["reconstruction_details"] == pytest.approx(edges.agreement())
    read = reader(given).logits.argmax(1)
    assert values["reconstruction_top1"] == pytest.approx(100 * float((read == LABELS).float().mean()))


def test_perfect_reconstructions(tmp_path: Path) -> None:
    found = metrics(tmp_path, PixelReader())
    found.add(class_images(), class_images(), LABELS)
    values, failed = found.compute()
    assert failed == {}
    exact = {"psnr": 100.0, "ssim": 1.0, "l1": 0.0, "sharpness": 1.0, "details": 1.0, "top1": 100.0, "identity": 1.0}
    assert {name: values[f"reconstruction_{name}"] for name in exact} == pytest.approx(exact)
    assert values["reconstruction_fd_pixels"] == pytest.approx(0, abs=1e-6)
    others = values["reconstruction_identity_others"]
    assert others is not None and others < 1


def test_similarities_by_hand() -> None:
    images = torch.tensor([[2.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    made = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 3.0]])
    half = 1 / math.sqrt(2)
    assert own_similarity(images, made) == pytest.approx((1 + 0 + half) / 3)
    # Pairs of other classes, the image's number first: 0-2, 1-2, 2-0, 2-1.
    labels = torch.tensor([0, 0, 1])
    assert other_similarity(images, made, labels) == pytest.approx((0 + 1 + half + half) / 4)
    with pytest.raises(ValueError, match="all images are of one class"):
        other_similarity(images, made, torch.zeros(3, dtype=torch.int64))


def test_what_cannot_be_had_is_none_with_a_reason(tmp_path: Path) -> None:
    nothing, _ = metrics(tmp_path).compute()
    assert set(nothing.values()) == {None}
    given_up = metrics(tmp_path)
    given_up.give_up("no encoder")
    values, failed = given_up.compute()
    assert set(values.values()) == {None} and set(failed.values()) == {"no encoder"} and set(failed) == set(values)
    one = metrics(tmp_path)
    one.add(class_images(LABELS[:1]), class_images(LABELS[:1], seed=1), LABELS[:1])
    values, failed = one.compute()
    assert values["reconstruction_psnr"] is not None and values["reconstruction_fd_pixels"] is None
    assert "at least 2" in failed["reconstruction_fd_pixels"]
    assert "evaluation.recogniser_checkpoint" in failed["reconstruction_top1"]


def test_broken_reconstructions_are_named(tmp_path: Path) -> None:
    for broken, reason in ((class_images() * math.nan, "NaN"), (class_images()[..., :8], "were reconstructed as")):
        found = metrics(tmp_path, PixelReader())
        found.add(class_images(), broken, LABELS)
        values, failed = found.compute()
        assert set(values.values()) == {None} and all(reason in text for text in failed.values())


def test_the_names_that_tables_may_use(tmp_path: Path) -> None:
    own = [name for name in metrics(tmp_path).names if not name.endswith("_pixels")]
    assert set(own) < set(RECONSTRUCTED)
    assert set(RECONSTRUCTED) - set(own) == {
        f"reconstruction_{name}" for name in ("fid", "kid", "fd_effnetlite0", "kd_effnetlite0")
    }
