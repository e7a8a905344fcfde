"""The one checkpoint: when, what is in it, and that it is whole or the one before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from support.completion import TINY, TINY_BASELINE, batch, checkpoint, loader, trainer

from lightning_modules.callbacks.checkpointing import CHECKPOINT, LastCheckpoint, save
from lightning_modules.callbacks.evaluation import Evaluation
from lightning_modules.callbacks.history import History
from lightning_modules.callbacks.samples import Samples
from lightning_modules.errors import ConfigurationError
from lightning_modules.fashion_completion import BicycleGAN, FiNetTexture, WeNShape, WeNTexture
from lightning_modules.losses.perceptual import PerceptualLoss

PARTS = {"generator", "encoder", "context_encoder", "discriminator", "random_discriminator"}


class Written(pl.Callback):
    """Which iterations are in the file, as seen after every batch."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def on_train_batch_end(self, trainer: pl.Trainer, *args: Any) -> None:
        path = Path(trainer.default_root_dir) / CHECKPOINT
        if path.exists():
            self.seen.append(torch.load(path, weights_only=True)["iteration"])


def test_it_is_replaced_every_so_often_and_at_the_end(tmp_path: Path) -> None:
    written = Written()
    trainer(tmp_path, LastCheckpoint(every=2), written).fit(WeNShape(**TINY, max_iterations=5), loader([batch(1)] * 3))
    assert written.seen == [2, 2, 4, 4]
    assert torch.load(tmp_path / CHECKPOINT, weights_only=True)["iteration"] == 5
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["last.ckpt"]


@pytest.mark.parametrize("kind", [WeNShape, WeNTexture, FiNetTexture, BicycleGAN])
def test_it_holds_plain_values_and_the_models_own_weights(kind: type, tmp_path: Path) -> None:
    module = kind(**(TINY if kind.__name__.startswith("WeN") else TINY_BASELINE))
    if kind in (WeNTexture, FiNetTexture):
        features = torch.nn.Sequential(*(torch.nn.Conv2d(3 if i == 0 else 4, 4, 3) for i in range(5)))
        module.perceptual = PerceptualLoss(features, taps=(0, 1, 2, 3, 4))
    module.max_iterations = 1
    run = trainer(tmp_path, LastCheckpoint(), History(), Evaluation("effnetlite0"), Samples(sheets=0))
    run.fit(module, loader([batch(2)]))
    content = torch.load(tmp_path / CHECKPOINT, weights_only=True)  # refuses anything that is more than values
    assert set(content["state_dict"]) == set(module.state_dict())
    assert {name.partition(".")[0] for name in content["state_dict"]} <= PARTS
    assert not any(content["callbacks"].values())  # metrics, histories and pictures keep nothing in it
    optimizers = module.configure_optimizers()
    assert len(content["optimizer_states"]) == (len(optimizers) if isinstance(optimizers, list) else 1)
    assert "width" in content["hyper_parameters"]


def test_it_gives_the_model_back_as_it_was_trained(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = WeNShape(**TINY, kl_weight=3.0)
    again = WeNShape.load_from_checkpoint(checkpoint(tmp_path, module), weights_only=True)
    assert again.kl_weight == 3.0 and again.iteration == 1
    assert all(
        torch.equal(a, b) for a, b in zip(again.state_dict().values(), module.state_dict().values(), strict=True)
    )


def test_a_failed_writing_keeps_the_one_before_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = checkpoint(tmp_path, WeNShape(**TINY))
    before = path.read_bytes()

    class Full:
        default_root_dir = str(tmp_path)

        def save_checkpoint(self, to: Path, weights_only: bool) -> None:
            to.write_bytes(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(ConfigurationError, match="No space left on device") as caught:
        save(Full())  # type: ignore[arg-type]
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["last.ckpt"]
