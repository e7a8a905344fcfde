"""A model that learns the mean of numbers by gradient descent."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from lightning_modules.base import Batch, TrainedModule

DEVIATIONS = (("Section 2, the optimiser", "not given", "plain gradient descent", "one parameter needs no more"),)


class MeanModel(TrainedModule):
    """One parameter m; the loss is the mean of (x - m)^2.

    Args:
        learning_rate: of plain gradient descent.
    """

    evaluator: ClassVar[str] = "lightning_modules.toys.evaluator.MeanError"
    offered_applications: ClassVar[str] = "lightning_modules.toys.applications.APPLICATIONS"

    def __init__(self, learning_rate: float = 0.1, max_iterations: int = 100) -> None:
        super().__init__(max_iterations)
        self.learning_rate = learning_rate
        self.mean = nn.Parameter(torch.zeros(()))

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        loss = (batch["number"] - self.mean).square().mean()
        self.descend(self.optimizers(), loss)
        return {"L": loss}

    def distance(self, number: float) -> float:
        """Return the distance of a number from the learnt mean, with its sign."""
        return number - float(self.mean)

    def test_step(self, batch: Batch, batch_index: int) -> Tensor:
        return (batch["number"] - self.mean).mean()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD([self.mean], self.learning_rate)
