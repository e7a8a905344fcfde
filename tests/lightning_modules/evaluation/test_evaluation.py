from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader

from common.errors import ConfigurationError
from lightning_modules.evaluation import ImageToImage
from lightning_modules.panels import Grid, read_panels

COUNT, SIZE = 14, 24


class Blur(pl.LightningModule):
    """A model with one layer; its "generated" images are the real ones, darkened."""

    def __init__(self, segmentation: bool = False, diverged: bool = False) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 2)
        self.segmentation, self.diverged = segmentation, diverged

    def test_step(self, batch: Tensor, batch_index: int) -> dict[str, Any]:
        close = batch * float("nan") if self.diverged else batch * 0.9
        outputs: dict[str, Any] = {
            "real": batch,
            "generated": {"predicted_parsing": close, "ground_truth_parsing": batch},
            "inputs": batch.clamp(max=0),
            "name": ["x"] * len(batch),
        }
        if self.segmentation:
            truth = (batch[:, 0] > 0).long()
            hole = torch.ones_like(batch[:, :1])
            outputs["segmentation"] = {"predicted": truth, "truth": truth, "hole": hole}
        return outputs


def photos() -> Tensor:
    return torch.rand(COUNT, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0)) * 2 - 1


def evaluate(folder: Path, module: pl.LightningModule, **settings: Any) -> tuple[ImageToImage, pl.Trainer]:
    evaluation = ImageToImage("effnetlite0", cache_dir=str(folder / "cache"), **settings)
    trainer = pl.Trainer(
        default_root_dir=folder,
        callbacks=[evaluation],
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.test(module, DataLoader(photos(), batch_size=5), verbose=False)  # type: ignore[arg-type]
    return evaluation, trainer


def test_result_has_the_headline_the_other_variants_and_the_protocol(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluation, _ = evaluate(tmp_path, Blur(segmentation=True))
    result = json.loads(json.dumps(evaluation.result, allow_nan=False))
    assert result == evaluation.result
    assert list(result) == ["kind", "headline", "metrics", "variants", "protocol", "protocol_fields"]
    assert (result["kind"], result["headline"]) == ("test", "predicted_parsing")
    generation = ["fd_effnetlite0", "kd_effnetlite0", "is_effnetlite0", "ssim", "psnr"]
    assert list(result["metrics"]) == [*generation, "parsing_miou_hole", "parsing_miou_hole_constant"]
    assert list(result["variants"]) == ["ground_truth_parsing"]
    assert list(result["variants"]["ground_truth_parsing"]) == generation
    assert result["variants"]["ground_truth_parsing"]["fd_effnetlite0"] == pytest.approx(0, abs=1e-4)
    assert result["metrics"]["fd_effnetlite0"] > 1 and result["metrics"]["parsing_miou_hole"] == 1.0
    assert 0.25 <= result["metrics"]["parsing_miou_hole_constant"] < 0.3
    protocol = result["protocol"]
    assert (protocol["generated"], protocol["real"], protocol["resolution"]) == (COUNT, COUNT, SIZE)
    lines = [line for line in capsys.readouterr().out.splitlines() if "fd_effnetlite0" in line]
    assert len(lines) == 1 and f"{COUNT} images" in lines[0]


def test_the_same_test_gives_the_same_result(tmp_path: Path) -> None:
    first, _ = evaluate(tmp_path / "a", Blur())
    again, _ = evaluate(tmp_path / "a", Blur())  # from the cache
    fresh, _ = evaluate(tmp_path / "b", Blur())
    assert first.result == again.result == fresh.result


def test_the_first_images_are_written_as_images(tmp_path: Path) -> None:
    evaluate(tmp_path, Blur(), samples=7)  # more than one batch, not all of the second
    names = {path.name for path in (tmp_path / "samples").iterdir()}
    kinds = ("input", "truth", "predicted_parsing", "ground_truth_parsing")
    assert names == {*(f"{index:03d}_{kind}.png" for index in range(7) for kind in kinds), "panels.json"}
    panels = read_panels(tmp_path / "samples")
    assert list(panels) == ["samples"] and ImageToImage.panel_names(Blur) == ["samples", "diversity"]
    samples = panels["samples"]
    assert isinstance(samples, Grid) and (samples.shared, len(samples.files)) == (2, 7)
    assert samples.columns == ("Input", "Ground truth", "predicted_parsing", "ground_truth_parsing")
    assert [path and path.name for path in samples.files[6]] == [f"006_{kind}.png" for kind in kinds]
    image = np.asarray(Image.open(tmp_path / "samples" / "006_truth.png"))
    expected = ((photos()[6].permute(1, 2, 0) + 1) * 127.5).round()
    assert image.shape == (SIZE, SIZE, 3) and np.array_equal(image, expected.numpy().astype(np.uint8))


def test_the_module_and_its_checkpoint_know_nothing_of_it(tmp_path: Path) -> None:
    class Saving(Blur):
        def on_test_epoch_end(self) -> None:  # the feature network is still held
            self.trainer.save_checkpoint(tmp_path / "during.ckpt")
            assert len(list(self.modules())) == 2 and len(list(self.parameters())) == 2

    module = Saving()
    names = set(module.state_dict())
    evaluation, _ = evaluate(tmp_path, module)
    checkpoint = torch.load(tmp_path / "during.ckpt", weights_only=False)
    assert set(checkpoint["state_dict"]) == set(module.state_dict()) == names
    assert not any(state for state in checkpoint.get("callbacks", {}).values())
    assert (tmp_path / "during.ckpt").stat().st_size < 20_000
    assert not any("xtractor" in type(value).__name__ for value in vars(evaluation).values())  # given back at the end


def test_a_diverged_model_has_none_and_reasons_and_black_images(tmp_path: Path) -> None:
    evaluation, _ = evaluate(tmp_path, Blur(diverged=True), samples=1)
    assert evaluation.result is not None
    assert set(evaluation.result["metrics"].values()) == {None}
    assert "NaN" in evaluation.result["protocol"]["failed"]["ssim"]
    assert evaluation.result["variants"]["ground_truth_parsing"]["psnr"] == 100.0
    assert not np.asarray(Image.open(tmp_path / "samples" / "000_predicted_parsing.png")).any()


def test_no_hole_pixel_is_none_with_a_reason(tmp_path: Path) -> None:
    class NoHole(Blur):
        def test_step(self, batch: Tensor, batch_index: int) -> dict[str, Any]:
            outputs = super().test_step(batch, batch_index)
            outputs["segmentation"]["hole"].zero_()
            return outputs

    evaluation, _ = evaluate(tmp_path, NoHole(segmentation=True))
    assert evaluation.result is not None
    assert evaluation.result["metrics"]["parsing_miou_hole"] is None
    assert "hole" in evaluation.result["protocol"]["failed"]["parsing_miou_hole"]


CRASHES: dict[str, tuple[str, set[str]]] = {
    "lightning_modules.metrics.suite.ssim": ("ssim", {"ssim"}),
    "lightning_modules.metrics.suite.distribution.kid": ("kd_effnetlite0", {"kd_effnetlite0"}),
    "lightning_modules.metrics.suite.cached_features": (
        "fd_effnetlite0",
        {"fd_effnetlite0", "kd_effnetlite0", "fd_effnetlite0_floor"},
    ),
    "lightning_modules.metrics.segmentation.HoleIoU.update": (
        "parsing_miou_hole",
        {"parsing_miou_hole", "parsing_miou_hole_constant"},
    ),
    "lightning_modules.metrics.segmentation.HoleIoU.compute": (
        "parsing_miou_hole",
        {"parsing_miou_hole", "parsing_miou_hole_constant"},
    ),
    "lightning_modules.metrics.suite.GenerationMetrics.compute": (
        "psnr",
        {"fd_effnetlite0", "kd_effnetlite0", "is_effnetlite0", "ssim", "psnr"},
    ),
    "lightning_modules.evaluation.image_to_image._ImageComparison._write_samples": ("samples", {"samples"}),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    result = evaluate(tmp_path_factory.mktemp("whole"), Blur(segmentation=True))[0].result
    assert result is not None
    return result


@pytest.mark.parametrize("where", CRASHES)
def test_a_crash_costs_the_metric_it_is_in_and_no_other(
    where: str, whole: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise LookupError("a bug\nin a library")  # neither a ValueError nor a RuntimeError

    named, failed = CRASHES[where]
    monkeypatch.setattr(where, crash)
    evaluation, _ = evaluate(tmp_path, Blur(segmentation=True))
    assert evaluation.result is not None
    result = json.loads(json.dumps(evaluation.result, allow_nan=False))
    assert set(result["protocol"]["failed"]) == failed
    assert result["protocol"]["failed"][named].endswith("a bug in a library")
    for name, value in whole["metrics"].items():
        assert result["metrics"][name] == (None if name in failed else value), name
    assert set(result["variants"]["ground_truth_parsing"]) == set(whole["variants"]["ground_truth_parsing"])


def test_real_images_that_hold_nan_cost_the_image_metrics_only(tmp_path: Path) -> None:
    class Broken(Blur):
        def test_step(self, batch: Tensor, batch_index: int) -> dict[str, Any]:
            outputs = super().test_step(batch, batch_index)
            return {**outputs, "real": batch * float("nan")} if batch_index == 1 else outputs

    result = evaluate(tmp_path, Broken(segmentation=True))[0].result
    assert result is not None
    assert result["metrics"]["psnr"] is None and result["metrics"]["parsing_miou_hole"] == 1.0
    assert "NaN" in result["protocol"]["failed"]["fd_effnetlite0"] and result["protocol"]["generated"] == COUNT


def test_a_full_disk_is_one_line_that_names_the_image(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / ".003_truth.png.partial").symlink_to("/dev/full")
    with pytest.raises(ConfigurationError, match=r"003_truth\.png: cannot be written \(No space"):
        evaluate(tmp_path, Blur())


def test_wrong_settings_are_refused_before_any_image(tmp_path: Path) -> None:
    trainer = pl.Trainer(
        default_root_dir=tmp_path,
        callbacks=[ImageToImage("inception", weights=str(tmp_path / "nowhere.pth"))],
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
    )
    with pytest.raises(ConfigurationError, match="nowhere"):
        trainer.test(Blur(), DataLoader(photos(), batch_size=5), verbose=False)  # type: ignore[arg-type]
    assert not (tmp_path / "samples").exists()
