"""Behind every row: what its runs' keys digest, and what they cost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.full_results import full_result
from support.table_results import invented_result, with_row

from ablations.report.views.certificates import Certificate, certificates
from ablations.report.views.cost import cost
from ablations.results.table_result import TableResult


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TableResult:
    return full_result(tmp_path_factory.mktemp("runs"))


def certificate(result: TableResult, row_id: str) -> Certificate:
    return next(found for found in certificates(result) if found.id == row_id)


def test_every_row_has_one(result: TableResult) -> None:
    assert [found.id for found in certificates(result)] == [row.row.id for row in result.rows]


def test_a_stage_with_its_seeds(result: TableResult) -> None:
    shape, texture, test = certificate(result, "wo-gan").stages
    assert [(stage.stage, stage.kind) for stage in (shape, texture, test)] == [
        ("shape", "fit"),
        ("texture", "fit"),
        ("test", "test"),
    ]
    records = [record for record in result.row("wo-gan").records if record.stage == "texture"]
    assert [run.key for run in texture.runs] == [record.key for record in records]
    assert texture.keys == " ".join(record.key for record in records)
    assert texture.changes == ["texture.model.wo_gan: true -> false"]
    assert texture.runs[1].command == records[1].command
    assert texture.runs[1].folder == str(records[1].folder)


def test_digests_versions_and_machine(result: TableResult) -> None:
    texture, test = certificate(result, "wen").stages[1:]
    facts = dict(texture.facts)
    assert facts["data"] == "5d41402abc4b2a76"
    assert facts["commit"] == "0123456789ab"
    assert facts["packages"] == "torch 2.15.0, pytorch-lightning 2.6.6"
    assert "processor an invented processor" in facts["machine"]
    assert facts["evaluated weights"] == "rule last, iteration 400"
    assert dict(test.facts)["feature network"] == "effnetlite0"
    assert ("lightning_modules.fashion_completion.wen", "wenwenwenwen") in texture.code
    keys = [record.key[::-1] for record in result.row("wen").records if record.stage == "test"]
    assert dict(test.facts)["input ckpt_path"] == "; ".join(f"seed {i}: {key}" for i, key in enumerate(keys))


def test_what_seeds_do_not_share_is_said_by_seed(result: TableResult) -> None:
    records = result.row("wen").records
    last = replace(records[-1], provenance={"code": {"commit": "f" * 40, "dirty": True}})
    facts = dict(certificate(with_row(result, "wen", records=[*records[:-1], last]), "wen").stages[2].facts)
    assert facts["commit"].endswith("seed 2: ffffffffffff with uncommitted changes")
    assert facts["machine"].endswith("seed 2: none")


def test_changes_of_no_stage_are_kept(result: TableResult) -> None:
    dropped = with_row(result, "wo-two-stage", config_diff=["shape: dropped", "texture.model.two_stage: true -> false"])
    found = certificate(dropped, "wo-two-stage")
    assert found.changes == ["shape: dropped"]
    assert found.stages[0].changes == ["texture.model.two_stage: true -> false"]


def test_a_row_without_records_keeps_its_commands(tmp_path: Path) -> None:
    found = certificate(invented_result(tmp_path), "wen")
    assert found.stages == []
    assert found.commands[0].startswith("python cli.py fit --config")


def test_cost_is_own_and_shared(result: TableResult) -> None:
    found = cost(result)
    assert found.saving == (
        "The table took 23 min 00 s of computing, with shared stages counted once. Run separately, its rows would "
        "have taken 55 min 12 s, 2.40 times as long."
    )
    records = result.row("wen").records
    line = found.lines[0]
    assert line.runs == "9 runs"
    shared = sum(record.seconds or 0 for record in records if record.stage == "shape")
    assert line.shared == f"{round(shared) // 60} min {round(shared) % 60:02d} s"
    assert max(line.part for line in found.lines) == 1.0
    bicycle = next(line for line in found.lines if line.label == "BicycleGAN")
    assert bicycle.shared == "–"


def test_unknown_times_say_nothing(result: TableResult) -> None:
    unknown = replace(with_row(result, "wen", seconds=None, records=[]), seconds_once=None)
    found = cost(unknown)
    assert found.saving == ""
    assert (found.lines[0].total, found.lines[0].own, found.lines[0].runs) == ("–", "–", "–")
