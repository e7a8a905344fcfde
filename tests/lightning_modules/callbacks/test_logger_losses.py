"""Losses in Lightning's loggers: which names, which steps, and that every logger gets them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.loggers import CSVLogger
from support.completion import loader, trainer
from torch import Tensor, nn

from lightning_modules.base import TrainedModule
from lightning_modules.callbacks.logger_losses import LoggerLosses


class TwoOptimisers(TrainedModule):
    """Its loss is the iteration it belongs to; two optimisers step in each, so that Lightning counts twice as many."""

    def __init__(self, max_iterations: int, iterations_per_batch: int = 1) -> None:
        super().__init__(max_iterations)
        self.iterations_per_batch = iterations_per_batch
        self.layers = nn.ModuleList([nn.Linear(1, 1), nn.Linear(1, 1)])

    def step(self, batch: Any, generator: torch.Generator) -> dict[str, Tensor]:
        for layer, optimizer in zip(self.layers, self.all_optimizers(), strict=True):
            self.descend(optimizer, layer(batch).sum())
        return {"L_G": torch.tensor(float(self.iteration)), "L_D": torch.tensor(-1.0)}

    def configure_optimizers(self) -> Any:
        return [torch.optim.SGD(layer.parameters(), lr=0.1) for layer in self.layers]


def lines(folder: Path) -> list[dict[str, str]]:
    path = next(folder.rglob("metrics.csv"))
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def fit(folder: Path, model: TwoOptimisers, *loggers: CSVLogger, every: int) -> None:
    made = trainer(folder, LoggerLosses(), log_every_n_steps=every, logger=list(loggers))
    made.fit(model, loader([torch.zeros(1, 1)] * 4))


def test_names_values_and_steps(tmp_path: Path) -> None:
    fit(tmp_path, TwoOptimisers(7), CSVLogger(tmp_path), every=3)
    found = [(int(line["step"]), float(line["L_G"]), float(line["L_D"])) for line in lines(tmp_path)]
    assert found == [(3, 2.0, -1.0), (6, 5.0, -1.0), (7, 6.0, -1.0)]  # by iterations; Lightning would say 6, 12, 14


def test_every_logger_gets_them(tmp_path: Path) -> None:
    fit(tmp_path, TwoOptimisers(2), CSVLogger(tmp_path / "a"), CSVLogger(tmp_path / "b"), every=1)
    assert [line["step"] for line in lines(tmp_path / "a")] == ["1", "2"]
    assert lines(tmp_path / "b") == lines(tmp_path / "a")


def test_the_last_iteration_is_not_sent_twice(tmp_path: Path) -> None:
    fit(tmp_path, TwoOptimisers(6), CSVLogger(tmp_path), every=3)
    assert [line["step"] for line in lines(tmp_path)] == ["3", "6"]


def test_a_batch_of_many_iterations_passes_a_multiple(tmp_path: Path) -> None:
    fit(tmp_path, TwoOptimisers(32, iterations_per_batch=4), CSVLogger(tmp_path), every=10)
    assert [line["step"] for line in lines(tmp_path)] == ["12", "20", "32"]


def test_zero_is_never(tmp_path: Path) -> None:
    fit(tmp_path, TwoOptimisers(3), CSVLogger(tmp_path), every=0)
    assert not list(tmp_path.rglob("metrics.csv"))
