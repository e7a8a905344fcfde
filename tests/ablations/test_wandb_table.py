"""The comparison is logged as a W&B Table with the paper's values and ours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from support.table_results import empty_row, invented_result
from support.wandb_reader import find_offline_runs

from ablations.wandb_table import comparison_columns, log_comparison


def test_comparison_is_a_run_of_its_group(tmp_path: Path) -> None:
    result = invented_result(tmp_path / "runs")
    log_comparison(result, tmp_path / "reports")
    (found,) = find_offline_runs(tmp_path / "reports")
    assert (found.group, found.job_type, found.name) == ("4-1", "comparison", "table 4-1")
    assert found.project == "paper-tables"
    assert found.config["scale"] == "toy"
    assert found.config["synthetic"] is True
    assert found.summary["note"].startswith("Toy scale, on a synthetic stand-in")

    (logged,) = [row["comparison"] for row in found.history if "comparison" in row]
    assert logged["_type"] == "table-file"
    table = json.loads(found.media(logged).read_text())
    lines = [dict(zip(table["columns"], line, strict=True)) for line in table["data"]]
    assert [line["row"] for line in lines] == [row.row.label for row in result.rows]
    assert lines[0]["FID (paper)"] == 23.07
    assert lines[0]["fd_effnetlite0"] == pytest.approx(result.rows[0].metrics["fd_effnetlite0"][0])
    assert lines[0]["measured at"] == "toy scale, synthetic stand-in"
    assert (lines[6]["E (paper)"], lines[6]["E (counted)"]) == (940_200, 949_184)
    assert "FID" not in table["columns"]

    (picture,) = [row["pictures"] for row in found.history if "pictures" in row]
    with Image.open(found.media(picture)) as image:
        assert image.width > image.height > 500


def test_logging_again_replaces_the_offline_copy(tmp_path: Path) -> None:
    result = invented_result(tmp_path / "runs")
    for _ in range(2):
        log_comparison(result, tmp_path / "reports")
    assert len(find_offline_runs(tmp_path / "reports")) == 1


def test_disabled_leaves_nothing(tmp_path: Path) -> None:
    log_comparison(invented_result(tmp_path / "runs"), tmp_path / "reports", mode="disabled")
    assert not (tmp_path / "reports" / "wandb").exists()


def test_rows_without_values_and_seeds_with_spread(tmp_path: Path) -> None:
    result = empty_row(invented_result(tmp_path, seeds=2), "finet", "failed", "out of memory")
    headings, lines = comparison_columns(result)
    wen, finet = (dict(zip(headings, line, strict=True)) for line in lines[:2])
    values = result.row("wen").metrics["ssim"]
    assert wen["ssim"] == pytest.approx(sum(values) / 2)
    assert wen["ssim sd"] == pytest.approx(abs(values[0] - values[1]) / 2**0.5)
    assert (finet["status"], finet["seeds"], finet["ssim"], finet["ssim sd"]) == ("failed", 0, None, None)
    assert finet["G (counted)"] == 96_079_840
