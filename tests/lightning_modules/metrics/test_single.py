"""One metric by its name is the suite's, to the last bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from common.errors import ConfigurationError
from lightning_modules.metrics.features import select_features
from lightning_modules.metrics.segmentation import HoleIoU
from lightning_modules.metrics.single import BETTER, SingleMetric
from lightning_modules.metrics.suite import GenerationMetrics

CPU = torch.device("cpu")


def outputs() -> list[dict[str, Any]]:
    generator = torch.Generator().manual_seed(0)
    found = []
    for count in (5, 5, 3):
        real, made, other = (torch.rand(count, 3, 16, 16, generator=generator) * 2 - 1 for _ in range(3))
        truth, predicted = (torch.randint(0, 4, (count, 16, 16), generator=generator) for _ in range(2))
        labels = {"predicted": predicted, "truth": truth, "hole": torch.ones(count, 1, 16, 16)}
        found.append({"real": real, "generated": {"headline": made, "other": other}, "segmentation": labels})
    return found


def test_each_is_the_suites_for_the_headline(tmp_path: Path) -> None:
    suite, parsing = GenerationMetrics(select_features("effnetlite0"), tmp_path), HoleIoU()
    for batch in outputs():
        suite.update(batch["real"], batch["generated"])
        parsing.update(**batch["segmentation"])
    expected = {**suite.compute()[0]["headline"], **parsing.compute()}
    names = [name for name in BETTER if name not in ("fid", "kid", "is")]
    assert {name: SingleMetric(name, None, tmp_path, CPU).of(outputs()) for name in names} == {
        name: expected[name] for name in names
    }


def test_which_way_each_gets_better() -> None:
    lower = {"fid", "kid", "fd_effnetlite0", "kd_effnetlite0"}
    assert {name for name, way in BETTER.items() if way == "lower"} == lower


def test_what_cannot_be_computed_is_an_error(tmp_path: Path) -> None:
    for name in ("psnr", "fd_effnetlite0", "parsing_miou_hole"):
        with pytest.raises(ValueError):
            SingleMetric(name, None, tmp_path, CPU).of([])
    spoilt = outputs()
    spoilt[1]["generated"]["headline"][0, 0, 0, 0] = float("inf")
    with pytest.raises(ValueError, match="infinite"):
        SingleMetric("psnr", None, tmp_path, CPU).of(spoilt)


def test_unknown_names_and_missing_weights_are_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="unknown metric 'lpips'; choose one of fid, kid, is, "):
        SingleMetric("lpips", None, tmp_path, CPU)
    with pytest.raises(ConfigurationError, match="no Inception weights"):
        SingleMetric("kid", str(tmp_path / "none.pth"), tmp_path, CPU)
