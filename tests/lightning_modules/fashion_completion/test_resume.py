"""A training that was killed, however often and wherever, ends as one that was not, bit for bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
import yaml
from support.completion import TINY, TINY_BASELINE, trainer
from support.deepfashion_folder import names, write_folder

from ablations.lightning_cli import main
from common.errors import ConfigurationError
from datamodules import DeepFashion
from lightning_modules.callbacks.checkpointing import EVALUATED, RESUME, Checkpoints
from lightning_modules.callbacks.history import HISTORY, History
from lightning_modules.callbacks.samples import Samples
from lightning_modules.fashion_completion import BicycleGAN, WeNShape, WeNTexture
from lightning_modules.weights import weights_digest

ITERATIONS = 8  # 6 photographs in batches of 2: epochs of 3, the third unfinished
SIZES: dict[type, dict[str, int]] = {WeNShape: TINY, WeNTexture: TINY, BicycleGAN: TINY_BASELINE}


class Killed(BaseException):
    """What no code of ours or Lightning's would catch and go on from, as a kill."""


class Kill(pl.Callback):
    """Ends the process, so to speak, as batch `after` + 1 arrives."""

    def __init__(self, after: int) -> None:
        self.after = after

    def on_train_batch_start(self, trainer: pl.Trainer, pl_module: Any, *args: Any) -> None:
        if pl_module.iteration == self.after:
            raise Killed


class Stop(pl.Callback):
    """Ends training in good order after so many iterations, as Lightning's `max_time` does."""

    def __init__(self, after: int) -> None:
        self.after = after

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, *args: Any) -> None:
        trainer.should_stop = trainer.should_stop or pl_module.iteration == self.after


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("deepfashion"), names(10), (64, 64))


def settings(folder: Path, **changes: Any) -> dict[str, Any]:
    return {
        "root": str(folder),
        "resolution": 64,
        "batch_size": 2,
        "test_count": 4,
        "target": "random",
        "cache_dir": str(folder / "cache"),
        **changes,
    }


def train(kind: type, folder: Path, run: Path, *callbacks: pl.Callback, workers: int = 0, every: int = 1) -> Any:
    """Trains, or goes on, in a fresh module and data module, as a new process would."""
    torch.manual_seed(0)
    module = kind(**SIZES[kind], max_iterations=ITERATIONS)
    with torch.no_grad():  # a resumed module's own start must not matter
        for parameter in module.parameters():
            parameter.add_(1.0 if (run / RESUME).exists() else 0.0)
    data = DeepFashion(**settings(folder, workers=workers))
    checkpoint = run / RESUME if (run / RESUME).exists() else None
    fitting = trainer(run, History(every=2), Checkpoints(every=every), *callbacks)
    fitting.fit(module, data, ckpt_path=checkpoint, weights_only=True)
    return module


def outcome(module: Any, run: Path) -> tuple[str, str]:
    assert module.iteration == ITERATIONS
    return weights_digest(module), (run / HISTORY).read_text()


@pytest.fixture(scope="module")
def uninterrupted(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[type, tuple[str, str]]:
    results = {}
    for kind in SIZES:
        run = tmp_path_factory.mktemp("whole")
        results[kind] = outcome(train(kind, folder, run), run)
    return results


def killed(kind: type, folder: Path, run: Path, after: list[int], **options: Any) -> tuple[str, str]:
    for iteration in after:
        with pytest.raises(Killed):
            train(kind, folder, run, Kill(iteration), **options)
    return outcome(train(kind, folder, run, **options), run)


WHERE: dict[str, tuple[type, list[int]]] = {
    "before the first checkpoint": (WeNShape, [0]),
    "within the first epoch": (WeNTexture, [2]),
    "at an epoch's end": (WeNTexture, [3]),
    "within the second epoch": (WeNTexture, [5]),
    "within one epoch, twice": (WeNShape, [4, 5]),
    "within an epoch and at its end": (BicycleGAN, [2, 6]),
    "at the end of two epochs and once more": (WeNTexture, [3, 6, 7]),
    "after every iteration": (WeNShape, [1, 2, 3, 4, 5, 6, 7]),
}


@pytest.mark.parametrize(("kind", "after"), WHERE.values(), ids=WHERE)
def test_a_killed_training(kind: type, after: list[int], folder: Path, uninterrupted: Any, tmp_path: Path) -> None:
    assert killed(kind, folder, tmp_path, after) == uninterrupted[kind]


def test_loader_processes_do_not_matter(folder: Path, uninterrupted: Any, tmp_path: Path) -> None:
    assert killed(WeNShape, folder, tmp_path, [2, 6], workers=2) == uninterrupted[WeNShape]


def test_iterations_past_the_checkpoint_are_done_again(folder: Path, uninterrupted: Any, tmp_path: Path) -> None:
    assert killed(WeNShape, folder, tmp_path, [6, 7], every=4) == uninterrupted[WeNShape]


def test_sample_sheets_leave_no_trace_in_a_resumed_training(folder: Path, uninterrupted: Any, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        train(WeNTexture, folder, tmp_path, Kill(5), Samples(count=1, sheets=8))
    module = train(WeNTexture, folder, tmp_path, Samples(count=1, sheets=3))
    assert outcome(module, tmp_path) == uninterrupted[WeNTexture]


@pytest.mark.parametrize("after", [2, 3])
def test_a_training_that_stopped_in_good_order(after: int, folder: Path, uninterrupted: Any, tmp_path: Path) -> None:
    stopped = train(WeNShape, folder, tmp_path, Stop(after), every=1000)
    assert stopped.iteration == after
    assert outcome(train(WeNShape, folder, tmp_path), tmp_path) == uninterrupted[WeNShape]


def test_a_finished_training_is_left_alone(folder: Path, uninterrupted: Any, tmp_path: Path) -> None:
    train(WeNShape, folder, tmp_path)
    assert outcome(train(WeNShape, folder, tmp_path), tmp_path) == uninterrupted[WeNShape]


def test_the_seed_changes_everything(
    folder: Path, uninterrupted: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PL_GLOBAL_SEED", "1")
    other = outcome(train(WeNShape, folder, tmp_path), tmp_path)
    assert other[0] != uninterrupted[WeNShape][0] and other[1] != uninterrupted[WeNShape][1]


def command_line(folder: Path, run: Path) -> list[str]:
    config = {
        "seed_everything": 3,
        "model": {
            "class_path": "lightning_modules.fashion_completion.WeNTexture",
            "init_args": {**TINY, "max_iterations": 5},
        },
        "data": {"class_path": "datamodules.DeepFashion", "init_args": settings(folder)},
        "trainer": {"default_root_dir": str(run), "accelerator": "cpu"},
        "history": {"every": 1},
        "checkpoint": {"every": 2},
        "wandb": {"mode": "disabled"},
    }
    run.mkdir()
    (run / "config.yaml").write_text(yaml.safe_dump(config))
    return ["fit", "--config", str(run / "config.yaml")]


def test_the_command_line_selects_the_best_weights_and_says_which(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PL_GLOBAL_SEED", "0")
    run = tmp_path / "best"
    arguments = command_line(folder, run)
    config = yaml.safe_load((run / "config.yaml").read_text())
    config["checkpoint"] |= {"select": "best", "metric": "ssim", "validate_every": 2}
    (run / "config.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(ConfigurationError, match=r"data\.init_args\.validation_count"):
        main(arguments)
    config["data"]["init_args"]["validation_count"] = 2
    (run / "config.yaml").write_text(yaml.safe_dump(config))
    main(arguments)
    selected = json.loads((run / "metrics.json").read_text())["selected"]
    assert selected["rule"] == "best" and selected["metric"] == "ssim" and 0 < selected["value"] < 1
    evaluated = torch.load(run / EVALUATED["best"], weights_only=True)
    assert evaluated["iteration"] == selected["iteration"] in (2, 4, 5)


def test_the_command_line_gives_the_same_result_after_a_kill(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PL_GLOBAL_SEED", "0")  # the command sets it; this puts it back
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    main(command_line(folder, whole))
    result = json.loads((whole / "metrics.json").read_text())
    assert set(result) == {"kind", "iterations", "losses", "selected", "weights_sha256"}
    assert (result["kind"], result["iterations"]) == ("fit", 5)  # batches: its two optimisers made ten steps
    assert set(result["losses"]) == {"L_KL", "L_app", "L_adv_I", "L_adv_norm", "L_G", "L_D"}
    written = {path: path.stat().st_mtime_ns for path in whole.rglob("*") if path.is_file()}
    assert max(written, key=lambda path: written[path]).name == "metrics.json"

    arguments = command_line(folder, stopped)
    step = WeNTexture.step

    def killing_step(self: Any, *given: Any) -> Any:
        if self.iteration == 3:
            raise Killed
        return step(self, *given)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(WeNTexture, "step", killing_step)
        main(arguments)
    assert not (stopped / "metrics.json").exists()
    main([*arguments, "--ckpt_path", str(stopped / RESUME)])
    assert (stopped / "metrics.json").read_bytes() == (whole / "metrics.json").read_bytes()
    assert (stopped / HISTORY).read_bytes() == (whole / HISTORY).read_bytes()
