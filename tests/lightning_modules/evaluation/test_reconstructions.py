"""What the judge by class makes of reconstructions: numbers, images, or why there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from support.class_data import CLASSES, ClassData, Painter, PixelReader, judged
from support.class_images import TINY
from torch import Tensor

from lightning_modules.conditional_gan import CVAE, CVAEGAN
from lightning_modules.evaluation.reconstructions import sample_positions
from lightning_modules.labelled_data import held_out
from lightning_modules.panels import Grid, read_panels


class Copier(Painter):
    """Gives back what it is given, in reverse colours where it is told to."""

    def __init__(self, reversed_: bool = False) -> None:
        super().__init__()
        self.sign = -1 if reversed_ else 1
        self.seen: list[int] = []

    def reconstruct(self, images: Tensor, labels: Tensor) -> Tensor:
        assert not self.training and len(images) == len(labels)
        self.seen += labels.tolist()
        return images * self.sign


@pytest.fixture(autouse=True)
def readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks that take no time and need no file."""
    monkeypatch.setattr("lightning_modules.evaluation.class_conditional.select_features", lambda *_: PixelReader())
    monkeypatch.setattr("lightning_modules.evaluation.class_conditional.Recogniser", lambda path, module: PixelReader())


def measured(folder: Path, module: Any, data: Any = None, **settings: Any) -> tuple[dict[str, Any], dict[str, str]]:
    result = judged(folder, module, data, per_class=3, recogniser_checkpoint="x", **settings)[0].result
    assert result is not None
    metrics = {k.removeprefix("reconstruction_"): v for k, v in result["metrics"].items() if "reconstruction_" in k}
    failed = result["protocol"].get("failed", {})
    return metrics, {name: reason for name, reason in failed.items() if name.startswith("reconstruction")}


def test_held_out_images_are_given_back(tmp_path: Path) -> None:
    module = Copier()
    metrics, failed = measured(tmp_path, module, ClassData(count=40, held_out=12), samples=4)
    assert failed == {}
    assert (metrics["psnr"], metrics["l1"], metrics["sharpness"], metrics["details"]) == pytest.approx((100, 0, 1, 1))
    assert len(module.seen) == 12 + CLASSES  # once to be measured, and one per class as an image


def test_batches_change_nothing_and_reversed_colours_do(tmp_path: Path) -> None:
    data = {"count": 40, "held_out": 12}
    one, other = (measured(tmp_path, Copier(True), ClassData(**data, batch_size=size))[0] for size in (5, 12))
    assert one == pytest.approx(other)
    assert one["details"] == pytest.approx(-1, abs=1e-2) and one["psnr"] < 100


def test_images_of_held_out_classes_with_their_inputs(tmp_path: Path) -> None:
    data = ClassData(count=40, held_out=12)
    measured(tmp_path, Copier(True), data, samples=3)
    names = sorted(path.name for path in (tmp_path / "samples").glob("reconstruction_*"))
    assert names == sorted(f"reconstruction_{i:03d}{kind}.png" for i in range(3) for kind in ("", "_input"))
    panel = read_panels(tmp_path / "samples")["reconstructions"]
    assert isinstance(panel, Grid) and (panel.columns, panel.shared) == (("Input", "Reconstruction"), 1)
    assert [[path and path.stem for path in line] for line in panel.files] == [
        [f"reconstruction_{i:03d}_input", f"reconstruction_{i:03d}"] for i in range(3)
    ]
    positions = sample_positions(data, 3)
    assert set(positions) <= held_out(data)
    assert [data.images[i].label for i in positions] == [0, 1, 2]
    assert [data.images[i].label for i in sample_positions(data, 2)] == [0, 2]
    truth = data.batch["image"][positions[1]]
    for name, image in (("001_input", truth), ("001", -truth)):
        expected = ((image.permute(1, 2, 0) + 1) * 127.5).round().numpy().astype(np.uint8)
        assert np.array_equal(np.asarray(Image.open(tmp_path / "samples" / f"reconstruction_{name}.png")), expected)


def test_classes_without_a_held_out_image_are_passed_over() -> None:
    data = ClassData(count=40, held_out=2)
    assert [data.images[i].label for i in sample_positions(data, 8)] == [2, 3]
    assert sample_positions(ClassData(trains_on_all=True), 8) == []


def test_nothing_held_out_is_none_with_a_reason(tmp_path: Path) -> None:
    metrics, failed = measured(tmp_path, Copier(), ClassData(trains_on_all=True))
    assert set(metrics.values()) == {None}
    assert failed["reconstruction_psnr"] == "no test image is held out of training"
    assert not list((tmp_path / "samples").glob("reconstruction_*"))
    assert "reconstructions" not in read_panels(tmp_path / "samples")


def test_one_held_out_image_has_no_distances(tmp_path: Path) -> None:
    metrics, failed = measured(tmp_path, Copier(), ClassData(held_out=1))
    assert metrics["psnr"] == 100 and metrics["fd_pixels"] is None
    assert "one class" in failed["reconstruction_identity_others"]


def test_a_model_without_an_encoder(tmp_path: Path) -> None:
    metrics, failed = measured(tmp_path, Painter())
    assert set(metrics.values()) == {None} and failed["reconstruction_l1"] == "Painter has no encoder"


def test_a_crash_spoils_reconstructions_and_nothing_else(tmp_path: Path) -> None:
    class Crashing(Copier):
        def reconstruct(self, images: Tensor, labels: Tensor) -> Tensor:
            if self.seen:
                raise LookupError("a bug\nin an encoder")
            return super().reconstruct(images, labels)

    evaluation, _ = judged(
        tmp_path, Crashing(), ClassData(count=40, held_out=12), per_class=3, recogniser_checkpoint="x"
    )
    result = evaluation.result
    assert result is not None and result["metrics"]["top1"] is not None
    assert result["metrics"]["reconstruction_psnr"] is None
    assert result["protocol"]["failed"]["reconstruction_psnr"] == "a bug in an encoder"


@pytest.mark.parametrize("model", [CVAE, CVAEGAN])
def test_models_of_the_family_are_measured(tmp_path: Path, model: type) -> None:
    torch.manual_seed(0)
    metrics, failed = measured(tmp_path, model(**TINY), ClassData(count=40, held_out=12))
    assert failed == {} and None not in metrics.values()
    assert metrics["psnr"] < 40
