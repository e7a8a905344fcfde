"""The ring experiment as a model: blocks of iterations, scores, snapshots, and exact resuming."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from support.completion import trainer

from common.errors import ConfigurationError
from datamodules.ring import Ring
from lightning_modules.callbacks.checkpointing import EVALUATED, RESUME, Checkpoints
from lightning_modules.callbacks.history import HISTORY, History
from lightning_modules.callbacks.snapshots import Snapshots
from lightning_modules.evaluation import SelfReported
from lightning_modules.panels import Series, read_panels
from lightning_modules.ring import RingGANs
from lightning_modules.ring.evaluator import RingEvaluator
from lightning_modules.snapshots import read_snapshots
from lightning_modules.weights import weights_digest

EASY: dict[str, Any] = {
    "members": ("gan", "wgan", "fmgan"),
    "centre": 10.0,
    "radius": 2.0,
    "spread": 0.2,
    "learning_rate": 2e-3,
    "compiled": False,
}


class Stopped(BaseException):
    """An exception that no handler catches."""


class Stop(pl.Callback):
    def __init__(self, after: int) -> None:
        self.after = after

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, *args: Any) -> None:
        if pl_module.iteration == self.after:
            raise Stopped


def train(run: Path, iterations: int, *others: pl.Callback, block: int = 4, **arguments: Any) -> RingGANs:
    module, resume = RingGANs(max_iterations=iterations, **{**EASY, **arguments}), run / RESUME
    callbacks = (History(every=1), Checkpoints(every=block), Snapshots(count=3), *others)
    path = resume if resume.exists() else None
    trainer(run, *callbacks).fit(module, datamodule=Ring(block, 32, 200), ckpt_path=path, weights_only=True)
    return module


def test_learns(tmp_path: Path) -> None:
    module = train(tmp_path, 250, members=("fmgan",), block=50)
    reference = next(iter(Ring().test_dataloader()))
    untrained = RingGANs(**{**EASY, "members": ("fmgan",)}).snapshot(reference)["scores"]["fmgan"]["energy_distance"]
    assert module.snapshot(reference)["scores"]["fmgan"]["energy_distance"] < untrained / 2.5


def test_a_resumed_training_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    whole = train(tmp_path / "whole", 14)
    with pytest.raises(Stopped):
        train(tmp_path / "parts", 14, Stop(8))
    parts = train(tmp_path / "parts", 14)
    assert whole.iteration == parts.iteration == 14
    assert weights_digest(whole) == weights_digest(parts)
    for name in (HISTORY, *[str(p.relative_to(tmp_path / "whole")) for p in (tmp_path / "whole").glob("snapshots/*")]):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes(), name


def test_is_measured_early_and_at_its_end(tmp_path: Path) -> None:
    trained = train(tmp_path, 20, block=2, members=("gan", "fmgan"))
    path = tmp_path / EVALUATED["last"]
    module, evaluation = RingGANs(max_iterations=20, **{**EASY, "members": ("gan", "fmgan")}), SelfReported()
    trainer(tmp_path, evaluation).test(module, Ring(2, 32, 200), ckpt_path=path, weights_only=True, verbose=False)
    result = evaluation.result
    assert result is not None and result["headline"] == "fmgan" and result["kind"] == "test"
    reference = next(iter(Ring(test_count=200).test_dataloader()))
    assert torch.equal(module.generators, trained.generators)
    early, late = (result["metrics"][name] for name in ("energy_distance_early", "energy_distance"))
    assert early > late > 0
    module.generators = module.early_generators
    again = module.test_step(reference, 0)["metrics"]
    assert again["energy_distance"] == early
    assert not torch.equal(trained.early_generators, trained.generators)


def test_early_is_a_tenth_of_the_training(tmp_path: Path) -> None:
    whole = train(tmp_path / "whole", 20, block=2, members=("gan", "fmgan"))
    with pytest.raises(Stopped):
        train(tmp_path / "parts", 20, Stop(2), block=2, members=("gan", "fmgan"))
    checkpoint = torch.load(tmp_path / "parts" / RESUME, weights_only=True)
    assert torch.equal(whole.early_generators, checkpoint["state_dict"]["generators"])


def test_snapshots_are_of_all_members(tmp_path: Path) -> None:
    train(tmp_path, 12)
    found = read_snapshots(tmp_path)
    assert [iteration for iteration, _, _ in found] == [4, 12]  # the first moments fall into one block
    assert set(found[0][2]) == {"gan", "wgan", "fmgan"}
    assert set(found[0][2]["gan"]) >= {"energy_distance", "coverage", "aspect"}


def test_losses_are_named_by_member(tmp_path: Path) -> None:
    module = train(tmp_path, 2, members=("gan", "wgan"), member="gan")
    assert list(module.losses) == ["gan.L_D", "gan.L_G", "wgan.L_D", "wgan.L_G"]


def test_a_member_that_is_not_trained_cannot_be_tested() -> None:
    with pytest.raises(ConfigurationError, match=r"model\.member: wgan is not one of model\.members \(gan\)"):
        RingGANs(("gan",), "wgan")


def test_without_a_compiler_the_message_names_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    batch = next(iter(Ring(2, 8).train_dataloader()))
    with pytest.raises(ConfigurationError, match=r"^model\.compiled: .*no g\+\+.*compiled: false$"):
        RingGANs(**{**EASY, "compiled": True}).step(batch, torch.Generator())


def test_a_test_leaves_panels_of_its_member_s_training(tmp_path: Path) -> None:
    module = train(tmp_path / "fit", 8)
    module.member = "wgan"
    path = tmp_path / "fit" / EVALUATED["last"]
    evaluation = RingEvaluator()
    trainer(tmp_path / "test", evaluation).test(
        module, Ring(2, 32, 200), ckpt_path=path, weights_only=True, verbose=False
    )
    panels = read_panels(tmp_path / "test" / "samples")
    assert list(panels) == RingEvaluator.panel_names(RingGANs)
    scores = panels["scores"]
    snapshots = read_snapshots(tmp_path / "fit")
    assert isinstance(scores, Series)
    found = [y for _, y in scores.charts[0].curves[0].points]
    assert found == [of["wgan"]["energy_distance"] for _, _, of in snapshots] and len(found) == 2
    assert evaluation.result is not None and evaluation.result["headline"] == "wgan"
    for snapshot in snapshots:
        snapshot.path.with_suffix(".json").unlink()
    trainer(tmp_path / "bare", RingEvaluator()).test(
        module, Ring(2, 32, 200), ckpt_path=path, weights_only=True, verbose=False
    )
    assert read_panels(tmp_path / "bare" / "samples") == {}
