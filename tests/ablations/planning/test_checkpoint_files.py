"""A checkpoint that is not the file that its training wrote makes the training missing, quickly."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch
from support.finished_runs import finish_row
from support.small_table import small_plan

from ablations.planning import checkpoint_files
from ablations.planning.checkpoint_files import checkpoint_record, is_broken
from ablations.planning.expand import StageRun
from ablations.planning.folder import is_done, state
from ablations.planning.plan import Plan
from ablations.running.checkpoints import input_digests
from ablations.running.provenance import Provenance
from common.errors import ConfigurationError, TableError
from lightning_modules.weights import state_digest


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "last.ckpt"
    path.write_bytes(b"weights")
    return path


def test_a_truncated_or_changed_file_is_broken(file: Path) -> None:
    record = checkpoint_record(file)
    assert record["bytes"] == 7 and not is_broken(file, record) and not is_broken(file, None)
    file.write_bytes(b"weight")
    os.utime(file, ns=(0, record["mtime_ns"]))
    assert is_broken(file, record)  # by its size alone
    file.write_bytes(b"weighed")
    os.utime(file, ns=(0, record["mtime_ns"] + 5))
    assert is_broken(file, record)
    file.unlink()
    assert not is_broken(file, record)  # removed to save space


def test_a_copy_is_read_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = checkpoint_record(file)
    os.utime(file, ns=(0, 12345))
    assert not is_broken(file, record)
    assert file.stat().st_mtime_ns == record["mtime_ns"]
    monkeypatch.setattr(checkpoint_files, "file_digest", lambda path: pytest.fail("read again"))
    assert not is_broken(file, record)


def trained(plan: Plan) -> StageRun:
    """A training of the plan with a checkpoint and its record."""
    run = next(run for run in plan.stages if run.stage == "texture")
    run.weights.parent.mkdir(exist_ok=True)
    weights = {"state_dict": {"w": torch.ones(3)}}
    torch.save(weights, run.weights)
    metrics = json.loads((run.folder / "metrics.json").read_text())
    metrics["weights_sha256"] = state_digest(weights["state_dict"])
    (run.folder / "metrics.json").write_text(json.dumps(metrics))
    Provenance(run.folder, {"tries": []}, 0.0).finish(run.weights)
    return run


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    plan = small_plan(tmp_path)
    for row in ("full", "plain", "direct"):
        finish_row(plan, row, fd_effnetlite0=[40.0])
    return plan


def test_a_broken_checkpoint_makes_its_training_missing(plan: Plan, tmp_path: Path) -> None:
    run = trained(plan)
    assert (state(run), is_done(run)) == ("done", True)
    os.truncate(run.weights, 100)
    again = next(one for one in small_plan(tmp_path).stages if one.key == run.key)
    assert (state(again), is_done(again), again.stale) == ("missing", False, "")
    assert [one.key for one in small_plan(tmp_path).missing()] == [run.key]  # the tests keep their numbers
    run.weights.unlink()
    assert state(run) == "done"


def test_weights_that_are_used_are_checked_and_set_aside(plan: Plan) -> None:
    run = trained(plan)
    assert input_digests({"ckpt_path": run.weights}) == {"ckpt_path": state_digest({"w": torch.ones(3)})}
    torch.save({"state_dict": {"w": torch.zeros(3)}}, run.weights)
    said = (
        r"last\.ckpt: differs from the weights recorded .* it is now last\.ckpt\.damaged, so the table's command trains"
    )
    with pytest.raises(TableError, match=said):
        input_digests({"ckpt_path": run.weights})
    assert not run.weights.exists() and not is_done(run)


def test_a_user_s_own_file_is_never_renamed(tmp_path: Path) -> None:
    path = tmp_path / "mine" / "checkpoints" / "last.ckpt"
    path.parent.mkdir(parents=True)
    path.write_text("no checkpoint")
    with pytest.raises(ConfigurationError, match=r"is not a complete checkpoint; train it again$"):
        input_digests({"ckpt_path": path})
    assert path.is_file()
