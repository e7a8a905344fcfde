"""The comparison is logged as a W&B Table with the paper's values and ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support.full_results import full_result
from support.table_results import empty_row, invented_result
from support.wandb_reader import OfflineRun, find_offline_runs

from ablations.output.wandb_table import claim_columns, comparison_columns, log_comparison


def test_comparison_is_a_run_of_its_group(tmp_path: Path) -> None:
    result = invented_result(tmp_path / "runs")
    log_comparison(result, tmp_path / "reports")
    (found,) = find_offline_runs(tmp_path / "reports")
    assert (found.group, found.job_type, found.name) == ("4-1", "comparison", "table 4-1")
    assert found.project == "paper-tables"
    assert found.config["scale"] == "toy"
    assert found.config["synthetic"] is True
    assert found.summary["note"].startswith("Toy scale, on synthetic DeepFashion In-shop")

    (logged,) = [row["comparison"] for row in found.history if "comparison" in row]
    assert logged["_type"] == "table-file"
    table = json.loads(found.media(logged).read_text())
    lines = [dict(zip(table["columns"], line, strict=True)) for line in table["data"]]
    assert [line["row"] for line in lines] == [row.row.label for row in result.rows]
    assert lines[0]["FID (paper)"] == 23.07
    assert lines[0]["fd_effnetlite0"] == pytest.approx(result.rows[0].metrics["fd_effnetlite0"][0])
    assert lines[0]["measured at"] == "toy scale, synthetic data"
    assert (lines[6]["E (paper)"], lines[6]["E (counted)"]) == (940_200, 949_184)
    assert "FID" not in table["columns"]

    (image,) = [row["images"] for row in found.history if "images" in row]
    with Image.open(found.media(image)) as file:
        assert file.width > file.height > 500


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


def test_verdicts_and_checklist_are_in_it(tmp_path: Path) -> None:
    result = full_result(tmp_path / "runs")
    assert log_comparison(result, tmp_path / "reports")
    (found,) = find_offline_runs(tmp_path / "reports")
    claims, lint = (logged_table(found, name) for name in ("claims", "lint"))
    assert [line["verdict"] for line in claims] == [claim.verdict for claim in (*result.claims, *result.values)]
    first = result.claims[0]
    assert first.interval is not None
    line = claims[0]
    assert (line["kind"], line["claim"], line["metric"], line["seeds"]) == (
        "claim", first.claim.text, "fd_effnetlite0", 2,
    )  # fmt: skip
    assert (line["effect"], line["interval low"], line["interval high"]) == pytest.approx(
        (first.effect, *first.interval)
    )
    undecided = claims[2]
    assert (undecided["effect"], undecided["reason"]) == (None, "weN w/o two-stage, controlled has not run yet")
    assert undecided["version"] == "controlled"
    assert claims[-1]["kind"] == "printed value"
    assert claims[-1]["seeds that would probably decide"] == 6
    assert [(line["check"], line["status"]) for line in lint] == [(check.id, check.status) for check in result.lint]
    assert lint[0]["findings"] == result.lint[0].findings[0]
    assert (found.summary["claims/supported"], found.summary["lint/fail"]) == (5, 1)


def logged_table(found: OfflineRun, name: str) -> list[dict[str, Any]]:
    (logged,) = [row[name] for row in found.history if name in row]
    table = json.loads(found.media(logged).read_text())
    return [dict(zip(table["columns"], line, strict=True)) for line in table["data"]]


def test_every_verdict_has_a_line(tmp_path: Path) -> None:
    result = full_result(tmp_path)
    headings, lines = claim_columns(result)
    assert len(lines) == len(result.claims) + len(result.values)
    assert {len(line) for line in lines} == {len(headings)}
