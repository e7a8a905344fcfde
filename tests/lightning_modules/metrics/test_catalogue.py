"""The metric catalogue: every metric of an evaluator has one entry, found without torch; no name stands twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support import house_models
from support.house import House

from lightning_modules.evaluation import evaluator_class
from lightning_modules.metrics import catalogue as module
from lightning_modules.metrics.catalogue import METRICS, Metric, catalogue, find_metric, metric_place
from lightning_modules.metrics.single import BETTER

MODELS = [house_models.the_class(model) for model in House().models()]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_metric_of_a_model_has_an_entry(model: type) -> None:
    names = evaluator_class(model).metric_names(model)
    assert [name for name in names if find_metric(name) is None] == []
    assert len(set(names)) == len(names)


def test_directions_of_selection_are_the_catalogue_s() -> None:
    assert {name: find_metric(name).better for name in BETTER} == BETTER  # type: ignore[union-attr]


def test_a_network_names_its_own_distances() -> None:
    found = find_metric("fd_effnetlite0")
    assert found == Metric("fd_effnetlite0", 2, "lower", "", "Fréchet distance in the features of effnetlite0")
    assert find_metric("is_recogniser_10_splits_sd").better == "none"  # type: ignore[union-attr]  # its own entry first
    assert find_metric("reconstruction_kd_effnetlite0").digits == 4  # type: ignore[union-attr]
    assert find_metric("isnr") is find_metric("fd_") is find_metric("precisionist") is None


def test_entries_are_complete() -> None:
    for metric in catalogue().values():
        assert metric.sentence and "\n" not in metric.sentence and metric.better in ("lower", "higher", "none")
        assert metric.digits is None or 0 <= metric.digits <= 4, metric.name


def test_metrics_of_real_images_and_of_earlier_stages() -> None:
    """Reports read it: a constant metric decides no sweep, an intermediate one stands in a table of its own."""
    assert {metric.name for metric in METRICS if metric.constant} == {
        "is_recogniser_real",
        "noise_level_real",
        "parsing_miou_hole_constant",
        "top1_real_held_out",
        "top1_real_training",
    }
    assert {m.name for m in METRICS if m.intermediate} == {"parsing_miou_hole", "parsing_miou_hole_constant"}


def test_order_is_the_catalogue_s_and_unknown_names_come_last() -> None:
    names = ["psnr", "unheard_of", "energy_distance", "is_x", "fd_x", "fid"]
    assert sorted(names, key=metric_place) == ["fid", "fd_x", "is_x", "psnr", "energy_distance", "unheard_of"]


def test_a_family_adds_its_own_and_may_not_take_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    family = tmp_path / "toys"
    family.mkdir()
    entry = "from lightning_modules.metrics.catalogue import Metric\nMETRICS = (Metric({!r}, 1, 'lower', 'mm', 'x'),)\n"
    monkeypatch.setattr(module, "_PACKAGE", tmp_path)
    for name in ("toy_error", "ssim"):
        (family / "metric_catalogue.py").write_text(entry.format(name))
        catalogue.cache_clear()
        try:
            if name == "ssim":
                with pytest.raises(ValueError, match="'ssim'"):
                    catalogue()
            else:
                assert find_metric("toy_error") == Metric("toy_error", 1, "lower", "mm", "x")
                assert len(catalogue()) == len(METRICS) + 1
        finally:
            catalogue.cache_clear()


def test_reading_it_imports_no_torch() -> None:
    code = "import sys; from lightning_modules.metrics.catalogue import catalogue; catalogue(); print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert "torch" not in found.stdout.split() and "lightning_modules.metrics.catalogue" in found.stdout.split()
