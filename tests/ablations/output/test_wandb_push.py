"""W&B is rebuilt from disk: what is pushed is what the run folders hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image
from support.finished_runs import finish_row
from support.small_table import small_plan
from support.wandb_reader import OfflineRun, find_offline_runs

from ablations.output.wandb_push import push
from ablations.planning.expand import StageRun
from ablations.planning.plan import Plan
from ablations.results.collect import collect
from lightning_modules.panels import Grid, write_panels

COUNTS = {"full": {"generator": {"paper": 3_050_562, "live": 2_848_768}}}
HISTORY = [{"iteration": n, "L_app": 1 / n, "L_KL": float(n)} for n in (10, 20, 30)]


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """One row of three has run, with losses and images."""
    plan = small_plan(tmp_path)
    finish_row(plan, "full", fd_effnetlite0=[40.0], ssim=[None])
    for run in stages(plan).values():
        (run.folder / "samples").mkdir()
        if run.kind == "fit":
            text = "".join(json.dumps(line) + "\n" for line in HISTORY)
            (run.folder / "history.jsonl").write_text(text + '{"iteration": 40, "L_')  # cut off
            Image.new("RGB", (6, 4), "green").save(run.folder / "samples" / "iteration_000030.png")
        else:
            for name, colour in (("input", "white"), ("truth", "red"), ("predicted_parsing", "blue")):
                Image.new("RGB", (4, 6), colour).save(run.folder / "samples" / f"000_{name}.png")
            columns = ("input", "truth", "predicted_parsing")
            files = tuple(run.folder / "samples" / f"000_{name}.png" for name in columns)
            write_panels(run.folder / "samples", [Grid("samples", "Test images", "c", columns, (files,), shared=2)])
    return plan


def stages(plan: Plan) -> dict[str, StageRun]:
    return plan.rows[0].seeds[0]


def pushed(plan: Plan, folder: Path, mode: str = "auto") -> int:
    return push(plan, collect(plan, COUNTS, lambda seeds: f"SEEDS={seeds}"), folder / "report", mode)


def only_run(folder: Path) -> OfflineRun:
    (found,) = find_offline_runs(folder)
    return found


def test_every_finished_stage_and_the_comparison_are_pushed(plan: Plan, tmp_path: Path) -> None:
    assert pushed(plan, tmp_path) == 4
    for stage, run in stages(plan).items():
        found = only_run(run.folder)
        assert (found.run_id, found.group, found.job_type, found.name) == (run.folder.name, "small", stage, "full")
        assert found.tags == ["nobody-2031", "ci", "seed-0"]
        assert found.project == "paper-tables"
        assert found.exit_code == 0
        on_disk = yaml.safe_load((run.folder / "config.yaml").read_text())
        assert {name: found.config[name] for name in on_disk} == on_disk
    assert only_run(tmp_path / "report").run_id == "comparison-small-ci"
    assert not any((run.folder / "wandb").exists() for run in plan.stages if run not in plan.done())


def test_losses_are_those_of_the_history(plan: Plan, tmp_path: Path) -> None:
    pushed(plan, tmp_path)
    found = only_run(stages(plan)["texture"].folder)
    for name in ("L_app", "L_KL"):
        assert found.series(name) == [(line["iteration"], line[name]) for line in HISTORY]
    (sheet,) = [row for row in found.history if "samples" in row]
    assert sheet["iteration"] == 3  # what metrics.json says the training came to
    with Image.open(found.media(sheet["samples"])) as image:
        assert image.size == (6, 4)


def test_metrics_and_images_are_those_of_the_test(plan: Plan, tmp_path: Path) -> None:
    pushed(plan, tmp_path)
    found = only_run(stages(plan)["test"].folder)
    assert found.series("metrics/fd_effnetlite0") == [(3, 40.0)]  # the iterations of what it tested
    assert found.summary["metrics/fd_effnetlite0"] == 40.0
    assert found.summary["metrics/ground_truth_parsing/fd_effnetlite0"] == 1.0
    assert "metrics/ssim" not in found.summary  # undefined
    (logged,) = [row["samples"] for row in found.history if "samples" in row]
    assert logged["caption"] == "Test images: input | truth | predicted_parsing"
    with Image.open(found.media(logged)) as image:
        assert [image.convert("RGB").getpixel((x, 100)) for x in (50, 150, 250)] == [
            (255, 255, 255), (255, 0, 0), (0, 0, 255),
        ]  # fmt: skip


def test_pushing_again_replaces_the_earlier_copies(plan: Plan, tmp_path: Path) -> None:
    pushed(plan, tmp_path)
    metrics = stages(plan)["test"].folder / "metrics.json"
    metrics.write_text(metrics.read_text().replace("40.0", "41.0"))
    pushed(plan, tmp_path)
    assert only_run(stages(plan)["test"].folder).summary["metrics/fd_effnetlite0"] == 41.0


def test_a_chosen_checkpoint_says_its_own_iteration(plan: Plan, tmp_path: Path) -> None:
    metrics = stages(plan)["texture"].folder / "metrics.json"
    content = json.loads(metrics.read_text())
    metrics.write_text(json.dumps({**content, "selected": {"rule": "best", "iteration": 2}}))
    pushed(plan, tmp_path)
    assert only_run(stages(plan)["test"].folder).series("metrics/fd_effnetlite0") == [(2, 40.0)]


def test_disabled_pushes_nothing(plan: Plan, tmp_path: Path) -> None:
    assert pushed(plan, tmp_path, "disabled") == 0
    assert not any((run.folder / "wandb").exists() for run in plan.stages)


def test_runs_that_cannot_be_pushed_are_not_counted(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("wandb.init", refuse)
    assert pushed(plan, tmp_path) == 0


def test_online_a_run_is_overwritten_not_continued(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resumed, it would have every loss twice."""
    asked: list[Any] = []

    def remember(**arguments: Any) -> None:
        asked.append((arguments["mode"], arguments["resume"]))
        raise OSError("no server")

    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    monkeypatch.delenv("WANDB_MODE", raising=False)
    monkeypatch.setattr("wandb.init", remember)
    monkeypatch.setattr("wandb.teardown", lambda: None)
    pushed(plan, tmp_path)
    assert {answer for answer in asked if answer[0] == "online"} == {("online", None)}
