"""A GAN that is killed at random iterations, with any number of loader processes, ends as one that was not."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from support.completion import trainer
from support.gan import ImagesData, SmallGAN

from lightning_modules.callbacks.checkpointing import EVALUATED, RESUME, Checkpoints
from lightning_modules.callbacks.history import HISTORY, History
from lightning_modules.callbacks.samples import Samples
from lightning_modules.weights import weights_digest

ITERATIONS = 17  # epochs of 5: the fourth unfinished
RULES: dict[str, dict[str, Any]] = {"last": {}, "best": {"select": "best", "metric": "psnr", "validate_every": 3}}


class Killed(BaseException):
    """What nothing would catch and go on from."""


class Kill(pl.Callback):
    """Ends the process, so to speak, when so many iterations are done: before or after the checkpoint of the last."""

    def __init__(self, after: int) -> None:
        self.after = after

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, *args: Any) -> None:
        if pl_module.iteration == self.after:
            raise Killed


def train(run: Path, *others: pl.Callback, workers: int = 0, rule: str = "last", every: int = 2) -> Any:
    """Trains, or goes on, with everything fresh, as a new process would."""
    resume = run / RESUME
    torch.manual_seed(random.randrange(10**6) if resume.exists() else 0)  # what a process starts with must not matter
    module, checkpoints = SmallGAN(ITERATIONS), Checkpoints(every=every, **RULES[rule])
    fitting = trainer(run, History(every=1), checkpoints, *others)
    data = ImagesData(workers)
    fitting.fit(module, datamodule=data, ckpt_path=resume if resume.exists() else None, weights_only=True)
    return module, checkpoints.selected


def outcome(module: Any, selected: dict[str, Any], run: Path) -> tuple[Any, ...]:
    """Last weights, evaluated weights, how they were chosen, and every loss on the way."""
    rule = selected["rule"]
    evaluated = torch.load(run / EVALUATED[rule], weights_only=True)
    chosen = SmallGAN()
    chosen.load_state_dict(evaluated["state_dict"])
    assert evaluated["iteration"] == selected["iteration"]
    return weights_digest(module), weights_digest(chosen), selected, (run / HISTORY).read_text()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, ...]]:
    found = {}
    for rule in RULES:
        run = tmp_path_factory.mktemp(rule)
        found[rule] = outcome(*train(run, rule=rule), run)
    return found


def test_selecting_does_not_change_what_is_learnt(uninterrupted: dict[str, tuple[Any, ...]]) -> None:
    last, best = uninterrupted["last"], uninterrupted["best"]
    assert last[0] == best[0] == last[1] and last[3] == best[3]
    assert best[2]["iteration"] % 3 == 0 or best[2]["iteration"] == ITERATIONS


def test_without_its_seeds_the_gan_would_learn_something_else(
    uninterrupted: dict[str, tuple[Any, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PL_GLOBAL_SEED", "1")
    train(tmp_path)
    assert (tmp_path / HISTORY).read_text() != uninterrupted["last"][3]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("draw", range(2))
def test_killed_at_random_iterations(
    draw: int, workers: int, rule: str, uninterrupted: dict[str, tuple[Any, ...]], tmp_path: Path
) -> None:
    rng = random.Random(f"{draw} {workers} {rule}")
    kills = sorted(rng.sample(range(1, ITERATIONS + 1), 2))
    every = rng.choice([1, 2, 4])
    for after in kills:
        with pytest.raises(Killed):
            train(tmp_path, Kill(after), workers=workers, rule=rule, every=every)
    assert outcome(*train(tmp_path, workers=workers, rule=rule), tmp_path) == uninterrupted[rule], (kills, every)


def test_other_loader_processes_and_other_images_along_the_way(
    uninterrupted: dict[str, tuple[Any, ...]], tmp_path: Path
) -> None:
    with pytest.raises(Killed):
        train(tmp_path, Samples(sheets=8), Kill(7), workers=2, rule="best", every=1)
    found = outcome(*train(tmp_path, Samples(sheets=2), rule="best"), tmp_path)
    assert found == uninterrupted["best"]


@pytest.mark.parametrize("rule", RULES)
def test_killed_between_the_two_files_of_the_end(
    rule: str, uninterrupted: dict[str, tuple[Any, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last iteration is in the file to go on from before the evaluated weights are written."""
    save = pl.Trainer.save_checkpoint

    def dying(self: pl.Trainer, path: Path, **settings: Any) -> None:
        save(self, path, **settings)
        if self.lightning_module.iteration == ITERATIONS and "resume" in Path(path).name:
            monkeypatch.setattr(pl.Trainer, "save_checkpoint", dead)

    def dead(*_: Any, **__: Any) -> None:
        raise Killed

    monkeypatch.setattr(pl.Trainer, "save_checkpoint", dying)
    if rule == "last":
        with pytest.raises(Killed):
            train(tmp_path, rule=rule)
        assert not (tmp_path / EVALUATED["last"]).exists()
    else:
        train(tmp_path, rule=rule)  # its weights were written when they were found to be the best
    monkeypatch.setattr(pl.Trainer, "save_checkpoint", save)
    monkeypatch.setattr(SmallGAN, "step", lambda *_: pytest.fail("trained again"))
    assert outcome(*train(tmp_path, rule=rule), tmp_path) == uninterrupted[rule]
