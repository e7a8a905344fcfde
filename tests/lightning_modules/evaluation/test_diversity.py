"""Several outputs for one input: which noise, which images, the number, and that nothing else changes by it."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from support.completion import TINY, batch, checkpoint, loader, trainer
from support.gan import ImagesData, SmallGAN

from common.errors import ConfigurationError
from lightning_modules.evaluation import ImageToImage
from lightning_modules.fashion_completion import WeNShape, WeNTexture
from lightning_modules.panels import Grid, read_panels
from lightning_modules.randomness import keyed_generator
from lightning_modules.weights import weights_digest


def gan() -> SmallGAN:
    torch.manual_seed(0)
    return SmallGAN()


def test(run: Path, module: Any = None, data: Any = None, **settings: Any) -> dict[str, Any]:
    evaluation = ImageToImage("effnetlite0", cache_dir=str(run / "cache"), **settings)
    trainer(run, evaluation).test(module or gan(), data or ImagesData(), verbose=False)
    assert evaluation.result is not None
    json.dumps(evaluation.result, allow_nan=False)
    return evaluation.result


test.__test__ = False  # type: ignore[attr-defined]


def images(run: Path) -> dict[tuple[int, int], np.ndarray]:
    found = sorted((run / "samples").glob("diversity_*.png"))
    return {(int(p.stem[10:13]), int(p.stem[14:])): np.asarray(Image.open(p)).astype(float) for p in found}


def test_the_first_inputs_get_several_outputs_and_their_mean_difference(tmp_path: Path) -> None:
    result = test(tmp_path, diversity_samples=4)
    found = images(tmp_path)
    assert list(found) == [(i, s) for i in range(3) for s in range(4)]
    pairs = [np.abs(found[i, a] - found[i, b]).mean() for i in range(3) for a, b in combinations(range(4), 2)]
    assert result["metrics"]["diversity_l1"] == pytest.approx(np.mean(pairs)) and np.mean(pairs) > 1
    assert "4 outputs for each of the first 3 inputs" in result["protocol"]["diversity"]
    panels = read_panels(tmp_path / "samples")
    assert list(panels) == ["samples", "diversity"]
    panel = panels["diversity"]
    assert isinstance(panel, Grid) and (panel.columns, panel.shared) == (("Input", "1", "2", "3", "4"), 1)
    names = [[f"{i:03d}_input.png", *(f"diversity_{i:03d}_{n:02d}.png" for n in range(4))] for i in range(3)]
    assert [[path and path.name for path in line] for line in panel.files] == names


def test_an_input_that_is_not_written_is_missing_in_the_panel(tmp_path: Path) -> None:
    test(tmp_path, samples=1, diversity_samples=2)
    panel = read_panels(tmp_path / "samples")["diversity"]
    assert isinstance(panel, Grid) and [line[0] is None for line in panel.files] == [False, True, True]


def test_noise_is_keyed_by_seed_and_output_whatever_the_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = list(ImagesData().test_dataloader())
    parts = [{k: v[i : i + 1] for k, v in some.items()} for some in batches for i in range(len(some["index"]))]
    generated = gan().eval().generate(parts[1], keyed_generator(0, "diversity", 2))[0].detach()
    expected = ((generated.permute(1, 2, 0) + 1) * 127.5).round().numpy()

    def apart(one: Any, other: Any) -> float:  # a level or two is what testing does to spectral normalisation
        return float(np.abs(one - other).mean())

    test(tmp_path / "whole")
    whole = images(tmp_path / "whole")
    assert apart(whole[1, 2], expected) < 3 < apart(whole[1, 3], expected)
    test(tmp_path / "single", data=loader(parts))
    assert all(apart(image, whole[key]) < 3 for key, image in images(tmp_path / "single").items())
    monkeypatch.setenv("PL_GLOBAL_SEED", "1")
    test(tmp_path / "other")
    assert apart(images(tmp_path / "other")[1, 2], expected) > 3


def test_it_changes_no_other_metric_and_not_the_module(tmp_path: Path) -> None:
    digests, results = [], []
    for samples in (0, 6):
        module = gan()
        results.append(test(tmp_path / str(samples), module, diversity_samples=samples))
        digests.append(weights_digest(module))
    without, with_it = results
    assert digests[0] == digests[1]
    assert "diversity_l1" not in without["metrics"] and not images(tmp_path / "0")
    del with_it["metrics"]["diversity_l1"], with_it["protocol"]["diversity"]
    assert without == with_it


def test_a_two_stage_models_other_stage_is_left_alone(tmp_path: Path) -> None:
    torch.manual_seed(0)
    path = checkpoint(tmp_path / "shape", WeNShape(**TINY))
    results = []
    for samples in (0, 2):
        torch.manual_seed(1)
        module = WeNTexture(**TINY, shape_checkpoint=str(path))
        result = test(tmp_path / str(samples), module, loader([batch(2)]), diversity_samples=samples)
        results.append((weights_digest(module), weights_digest(module.shape_stage()), result["variants"]))
    assert results[0] == results[1]
    assert len(images(tmp_path / "2")) == 4


def test_one_output_has_no_difference(tmp_path: Path) -> None:
    result = test(tmp_path, diversity_samples=1)
    assert result["metrics"]["diversity_l1"] is None
    assert "needs two outputs" in result["protocol"]["failed"]["diversity_l1"]
    assert len(images(tmp_path)) == 3


@pytest.mark.parametrize("error", [KeyError, MemoryError, ZeroDivisionError])
def test_a_crash_costs_this_metric_only(error: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate = SmallGAN.generate

    def crash(self: SmallGAN, some: Any, generator: Any = None) -> Any:
        if generator is not None:
            raise error("no\nnoise")
        return generate(self, some)

    monkeypatch.setattr(SmallGAN, "generate", crash)
    result = test(tmp_path)
    assert result["metrics"]["diversity_l1"] is None and result["metrics"]["psnr"] > 0
    assert result["protocol"]["failed"]["diversity_l1"].replace("'", "") in ("no noise", "no\\nnoise")


def test_ctrl_c_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(KeyboardInterrupt):
        pass

    def stop(*_: Any) -> None:
        raise Stopped

    monkeypatch.setattr("lightning_modules.evaluation.diversity.Diversity.generate", stop)
    with pytest.raises((Stopped, SystemExit)):
        test(tmp_path)


def test_a_diverged_model_has_none_and_black_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SmallGAN, "generate", lambda self, some, generator=None: some["image"] * float("nan"))
    result = test(tmp_path)
    assert result["metrics"]["diversity_l1"] is None and "NaN" in result["protocol"]["failed"]["diversity_l1"]
    assert not any(image.any() for image in images(tmp_path).values())


def test_a_full_disk_is_one_line_that_names_the_image(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / ".diversity_001_00.png.partial").symlink_to("/dev/full")
    with pytest.raises(ConfigurationError, match=r"diversity_001_00\.png: cannot be written \(No space"):
        test(tmp_path)
