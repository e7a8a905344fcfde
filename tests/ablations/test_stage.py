"""A stage from its run folder: it goes on from where it was, and from nothing that is damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from support.tiny_ablation import ITERATIONS, tiny_plan

from ablations import lightning_cli
from ablations.planning.expand import StageRun
from ablations.planning.folder import describe, is_done
from ablations.planning.locks import owner
from ablations.running.provenance import OtherInputsError
from ablations.stage import run_stage
from common.errors import TableError


@pytest.fixture(autouse=True)
def no_wandb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "disabled")


@pytest.fixture
def shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StageRun:
    monkeypatch.chdir(tmp_path)
    run = tiny_plan(tmp_path).stages[0]
    describe(run)
    return run


def test_a_finished_training_keeps_no_optimisers(shape: StageRun) -> None:
    run_stage(shape.folder)
    assert is_done(shape)
    assert [path.name for path in (shape.folder / "checkpoints").iterdir()] == ["last.ckpt"]
    metrics = json.loads((shape.folder / "metrics.json").read_text())
    assert metrics["selected"] == {"rule": "last", "iteration": ITERATIONS}


@pytest.mark.parametrize("damage", ["truncated", "no checkpoint"])
def test_a_damaged_checkpoint_is_not_gone_on_from(
    damage: str, shape: StageRun, capsys: pytest.CaptureFixture[str]
) -> None:
    run_stage(shape.folder)
    undisturbed = (shape.folder / "metrics.json").read_bytes()
    resume, last = (shape.folder / "checkpoints" / name for name in ("resume.ckpt", "last.ckpt"))
    resume.write_bytes(last.read_bytes()[:1000] if damage == "truncated" else b"no checkpoint")
    describe(shape)
    run_stage(shape.folder)
    assert "train it again; the training restarts from the beginning" in capsys.readouterr().out
    assert (shape.folder / "metrics.json").read_bytes() == undisturbed


def test_a_training_whose_inputs_are_others_now_starts_over(
    shape: StageRun, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    resume = shape.folder / "checkpoints/resume.ckpt"
    resume.parent.mkdir()
    torch.save({"state_dict": {}}, resume)
    called: list[list[str]] = []

    def train(arguments: list[str]) -> None:
        called.append(arguments)
        if "--ckpt_path" in arguments:
            raise OtherInputsError("began with other weights of classifier_checkpoint")

    monkeypatch.setattr(lightning_cli, "main", train)
    run_stage(shape.folder)
    command = ["fit", "--config", str(shape.folder / "config.yaml")]
    assert called == [[*command, "--ckpt_path", str(resume)], command]
    assert not resume.exists()
    assert "of classifier_checkpoint; the training restarts from the beginning" in capsys.readouterr().out


def test_a_run_by_hand_with_other_settings_leaves_the_table_s_result(shape: StageRun) -> None:
    run_stage(shape.folder)
    undisturbed = (shape.folder / "metrics.json").read_bytes()
    command = ["fit", "--config", str(shape.folder / "config.yaml"), "--model.init_args.kl_weight", "3"]
    with pytest.raises(TableError, match="is a table's run, which allows only"):
        lightning_cli.main(command)
    assert (shape.folder / "metrics.json").read_bytes() == undisturbed
    assert owner(shape.folder) is None
