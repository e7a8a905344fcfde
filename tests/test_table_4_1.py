"""Table 4-1 from the command line to the report, at the smallest scale, as a user would run it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.wandb_reader import find_offline_runs

from ablations.planning.folder import read_json
from ablations.planning.jobs import cores

CLI = Path(__file__).resolve().parents[1] / "cli.py"
ROWS = [
    "weN", "FiNet", "BicycleGAN", "weN w/o two-stage", "weN w/o two-stage, controlled", "weN w/o GAN",
    "weN w/o GAN, controlled", "weN w/o Attention", "weN w/o SpecNorm", "weN w/o SpecNorm, controlled",
]  # fmt: skip
ABLATE = ("ablate", "--table", "4-1", "--scale", "ci")
THREADS = max(1, cores() // 2)  # what the runner gives each of two stages; the last digits of a result hang on it

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("table-4-1")


@pytest.fixture(scope="module")
def command(folder: Path) -> Command:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("WANDB")},
        "WANDB_MODE": "offline",
        "OMP_NUM_THREADS": str(THREADS),
        "OMP_WAIT_POLICY": "PASSIVE",
        "XDG_CACHE_HOME": str(folder / "no-cache"),  # no Inception weights, whoever runs this
        "COLUMNS": "200",
    }
    environment.pop("TORCH_HOME", None)

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(CLI), *arguments], cwd=folder, env=environment, capture_output=True, text=True
        )

    return call


@pytest.fixture(scope="module")
def ablated(command: Command) -> subprocess.CompletedProcess[str]:
    done = command(*ABLATE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def run_folder(folder: Path, stage: str, row: str) -> Path:
    """The run folder of a row's own stage, found by what its configuration says."""
    for path in (folder / "runs").glob("[!.]*"):
        logged = yaml.safe_load((path / "config.yaml").read_text())["wandb"]
        if (logged["job_type"], logged["name"]) == (stage, row):
            return path
    raise AssertionError(f"{row} has no run of {stage}")


def test_every_row_is_trained_measured_and_reported(ablated: subprocess.CompletedProcess[str], folder: Path) -> None:
    assert "22 of 22 stages to run" in ablated.stdout
    assert "22/22" in ablated.stdout
    runs = sorted((folder / "runs").glob("[!.]*"))
    assert len(runs) == 22
    for run in runs:
        for name in ("config.yaml", "provenance.json", "metrics.json", "log.txt"):
            assert (run / name).is_file(), f"{run.name} has no {name}"
        assert not (run / "failed.json").exists()
    for row in ROWS:
        metrics = read_json(run_folder(folder, "test", row) / "metrics.json")
        assert metrics is not None
        assert metrics["protocol"]["generated"] == 8
        assert metrics["metrics"]["fd_effnetlite0"] > 0
        assert "fid" not in metrics["metrics"]  # only with the standard weights
        assert 0 < metrics["metrics"]["ssim"] < 1
        assert row in ablated.stdout
    for report in ("report.html", "report.md"):
        text = (folder / "reports/4-1-ci" / report).read_text()
        assert all(row in text for row in ROWS)
    assert "report: reports/4-1-ci/report.html" in ablated.stdout


def test_a_second_call_runs_nothing_and_prints_the_table(
    ablated: subprocess.CompletedProcess[str], command: Command, folder: Path
) -> None:
    files = [*(folder / "runs").rglob("metrics.json"), folder / "reports/4-1-ci/report.html"]
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}
    report = before.pop(files[-1])[1]
    done = command(*ABLATE)
    assert done.returncode == 0, done.stderr
    assert "to run" not in done.stdout
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in before} == before
    assert files[-1].read_bytes() == report
    start = "Table 4-1: Quantitative"
    assert done.stdout[done.stdout.index(start) :] == ablated.stdout[ablated.stdout.index(start) :]


def test_the_configuration_in_a_run_folder_repeats_the_run_to_the_byte(
    ablated: subprocess.CompletedProcess[str], command: Command, folder: Path, tmp_path: Path
) -> None:
    for stage, kind in (("texture", "fit"), ("test", "test")):
        first, again = run_folder(folder, stage, "weN w/o two-stage"), tmp_path / stage
        config: dict[str, Any] = yaml.safe_load((first / "config.yaml").read_text())
        config["trainer"]["default_root_dir"] = str(again)
        if stage == "test":
            config["ckpt_path"] = str(tmp_path / "texture/checkpoints/last.ckpt")
        again.mkdir()
        (again / "config.yaml").write_text(yaml.safe_dump(config))
        done = command(kind, "--config", str(again / "config.yaml"))
        assert done.returncode == 0, done.stderr
        assert (again / "metrics.json").read_bytes() == (first / "metrics.json").read_bytes(), stage


def test_a_stage_is_in_wandb_with_its_losses(ablated: subprocess.CompletedProcess[str], folder: Path) -> None:
    texture = run_folder(folder, "texture", "weN w/o Attention")
    (logged,) = find_offline_runs(texture)
    assert (logged.project, logged.group, logged.job_type) == ("paper-tables", "4-1", "texture")
    assert (logged.name, logged.run_id, logged.exit_code) == ("weN w/o Attention", texture.name, 0)
    assert set(logged.tags) == {"fashion-completion-2019", "ci", "seed-0"}
    assert logged.config["model"]["init_args"]["attention"] is False
    (line,) = (texture / "history.jsonl").read_text().splitlines()
    on_disk = yaml.safe_load(line)
    assert {"L_KL", "L_app", "L_D"} <= set(on_disk)
    for name in ("L_KL", "L_app", "L_D"):
        assert logged.series(name) == [(3, pytest.approx(on_disk[name]))]

    (tested,) = find_offline_runs(run_folder(folder, "test", "weN"))
    metrics = read_json(run_folder(folder, "test", "weN") / "metrics.json")
    assert metrics is not None
    assert (tested.group, tested.job_type) == ("4-1", "test")
    assert tested.summary["metrics/ssim"] == pytest.approx(metrics["metrics"]["ssim"])


def test_the_comparison_is_one_more_wandb_run(ablated: subprocess.CompletedProcess[str], folder: Path) -> None:
    (comparison,) = find_offline_runs(folder / "reports/4-1-ci")
    assert (comparison.group, comparison.job_type) == ("4-1", "comparison")
    assert any("comparison" in row for row in comparison.history)


def test_a_folder_that_is_not_whole_is_refused_before_training(command: Command, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = command(*ABLATE, "--runs", str(tmp_path / "file" / "runs"))
    assert done.returncode == 2
    assert done.stderr == f"error: {tmp_path}/file/runs: cannot be created (Not a directory); choose another folder\n"
