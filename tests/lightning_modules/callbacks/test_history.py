"""The history file: which lines, and that a resume leaves no trace in it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from support.completion import loader, trainer
from torch import Tensor, nn

from common import files
from common.errors import ConfigurationError
from lightning_modules.base import GenerativeModule
from lightning_modules.callbacks import history
from lightning_modules.callbacks.checkpointing import RESUME, Checkpoints
from lightning_modules.callbacks.history import HISTORY, History, final_losses, read_history


class Counting(GenerativeModule):
    """Its loss is the iteration it belongs to."""

    def __init__(self, max_iterations: int) -> None:
        super().__init__(max_iterations)
        self.layer = nn.Linear(1, 1)

    def step(self, batch: Any, generator: torch.Generator) -> dict[str, Tensor]:
        return {"L": torch.tensor(float(self.iteration)), "L_D": torch.tensor(math.inf)}

    def generate(self, batch: Any, generator: torch.Generator | None = None) -> Tensor:
        return batch

    def preview(self, batch: Any) -> dict[str, Tensor]:
        return {}

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def fit(folder: Path, iterations: int, *callbacks: Any, **settings: Any) -> list[dict[str, Any]]:
    trainer(folder, *callbacks).fit(Counting(iterations), loader([torch.zeros(1)] * 4), **settings)
    return read_history(folder / HISTORY)


def test_a_line_every_so_often_and_one_at_the_end(tmp_path: Path) -> None:
    lines = fit(tmp_path, 7, History(every=3))
    assert [line["iteration"] for line in lines] == [3, 6, 7]
    assert [line["L"] for line in lines] == [2.0, 5.0, 6.0]  # of the iteration that has just ended
    assert lines[0]["L_D"] == math.inf
    assert len((tmp_path / HISTORY).read_text().splitlines()) == 3


def test_the_last_iteration_is_not_written_twice(tmp_path: Path) -> None:
    assert [line["iteration"] for line in fit(tmp_path, 6, History(every=3))] == [3, 6]


def test_a_new_training_starts_a_new_history(tmp_path: Path) -> None:
    fit(tmp_path, 6, History(every=1))
    assert [line["iteration"] for line in fit(tmp_path, 2, History(every=1))] == [1, 2]


def test_a_resumed_training_drops_what_its_checkpoint_does_not_know(tmp_path: Path) -> None:
    fit(tmp_path, 5, History(every=1), Checkpoints())
    with (tmp_path / HISTORY).open("a") as file:
        file.write(json.dumps({"iteration": 6, "L": -1.0}) + '\n{"iteration": 7, "L"')  # a kill within a line
    lines = fit(tmp_path, 8, History(every=1), ckpt_path=tmp_path / RESUME, weights_only=True)
    assert [(line["iteration"], line["L"]) for line in lines] == [(i, i - 1.0) for i in range(1, 9)]


def test_a_full_disk_ends_the_training_in_one_line_that_names_the_file(tmp_path: Path) -> None:
    class Full(pl.Callback):
        """The disk fills up while the training runs."""

        def on_train_batch_start(self, trainer: Any, pl_module: Any, *args: Any) -> None:
            if pl_module.iteration == 3:
                (tmp_path / HISTORY).unlink()
                (tmp_path / HISTORY).symlink_to("/dev/full")

    with pytest.raises(ConfigurationError) as caught:
        fit(tmp_path, 5, Full(), History(every=1))
    path = tmp_path / HISTORY
    assert str(caught.value) == f"{path}: cannot be written (No space left on device); free disk space and run again"


def test_a_kill_while_old_lines_are_dropped_loses_none(tmp_path: Path) -> None:
    fit(tmp_path, 4, History(every=1), Checkpoints())
    before = (tmp_path / HISTORY).read_text()
    (tmp_path / f".{HISTORY}.partial").symlink_to("/dev/full")
    with pytest.raises(ConfigurationError):
        fit(tmp_path, 4, History(every=1), ckpt_path=tmp_path / RESUME, weights_only=True)
    assert (tmp_path / HISTORY).read_text() == before


def test_lines_reach_the_disk_before_the_checkpoint_that_follows_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr(history, "synchronise", lambda path: order.append(path.name))
    monkeypatch.setattr(files, "synchronise", lambda path: order.append(path.name))
    fit(tmp_path, 1, History(every=1), Checkpoints())
    ours = [name for name in order if "history" in name or "resume" in name]
    assert ours == [f".{HISTORY}.partial", HISTORY, ".resume.ckpt.partial"]


def test_a_training_stopped_early_leaves_no_line_of_its_own(tmp_path: Path) -> None:
    class Stop(History):
        def on_train_batch_end(self, trainer: Any, pl_module: Any, *args: Any) -> None:
            super().on_train_batch_end(trainer, pl_module, *args)
            trainer.should_stop = pl_module.iteration == 3

    assert [line["iteration"] for line in fit(tmp_path, 9, Stop(every=2))] == [2]


def test_a_missing_or_cut_off_history_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    assert read_history(tmp_path / HISTORY) == []
    (tmp_path / HISTORY).write_text('{"iteration": 1}\n{"itera')
    assert read_history(tmp_path / HISTORY) == [{"iteration": 1}]


def test_final_losses_are_means_over_the_last_tenth() -> None:
    history = [{"iteration": i, "L": float(i)} for i in range(10, 210, 10)]
    assert final_losses(history) == {"L": pytest.approx((190 + 200) / 2)}
    assert final_losses(history, share=1.0) == {"L": pytest.approx(105.0)}
    assert final_losses([{"iteration": 3, "L": 4.0}]) == {"L": 4.0}
    assert final_losses([]) == {}
