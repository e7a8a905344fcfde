"""Base of all models: manual optimisation, an iteration count, keyed noise, named losses."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from common.seeds import run_seed
from lightning_modules.randomness import keyed_generator
from lightning_modules.schedules import Schedule

Batch = dict[str, Any]


class TrainedModule(pl.LightningModule):
    """A model trained for a fixed number of iterations with manual optimisation.

    One iteration is one batch, however many optimisers step on it. (Lightning's `global_step` counts optimiser
    steps, and is not used.) Noise is drawn from a generator keyed by (seed, iteration), so a resumed run draws
    what an uninterrupted one does.

    Args:
        max_iterations: length of the training.

    Attributes:
        evaluator: dotted path of the class that measures a test; see lightning_modules.evaluation.Evaluator.
        reported_metrics: names of the metrics that a model which measures itself returns from `test_step`.
        offered_applications: dotted path of a tuple of applications that only the command `apply` runs, beside those
            that a test runs; no part of any stage's key. See lightning_modules.evaluation.application.
        training_panels: names of the panels of its training; see lightning_modules.panels.
        schedules: of the learning rates, see lightning_modules.schedules: one for all optimisers or one for each, in
            the order of `configure_optimizers`; none leaves the rates as they are.
        iterations_per_batch: 1, unless a batch holds the data of many iterations (blocks of points in the plane).
        iteration: iterations done so far; stored in checkpoints.
        losses: the last step's losses by the paper's names, detached.
    """

    evaluator: ClassVar[str] = "lightning_modules.evaluation.SelfReported"
    reported_metrics: ClassVar[tuple[str, ...]] = ()
    offered_applications: ClassVar[str] = ""
    training_panels: ClassVar[tuple[str, ...]] = ()
    schedules: tuple[Schedule, ...] = ()
    iterations_per_batch = 1

    def __init__(self, max_iterations: int) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.max_iterations = max_iterations
        self.iteration = 0
        self.losses: dict[str, Tensor] = {}

    @abstractmethod
    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """Run one iteration (losses and a step of every optimiser) and return the losses by the paper's names."""

    def example_inputs(self, size: tuple[int, int], device: torch.device) -> dict[str, tuple[Tensor, ...]]:
        """Return the inputs of each network for one image of `size` (H, W), by the network's attribute.

        Multiply-accumulates are counted on it (on the meta device) and times measured; values do not matter. A network
        that is not named has no such cost. Changes no result, so it is in no stage's key: import nothing in it.
        """
        return {}

    def setup(self, stage: str) -> None:
        # Images are in channels-last memory; the same layout of weights saves convolutions a copy.
        self.to(memory_format=torch.channels_last)

    def training_step(self, batch: Batch, batch_index: int) -> None:
        # torch's own generator (dropout) is keyed too.
        torch.manual_seed(keyed_generator(run_seed(), "torch", self.iteration).initial_seed())
        if self.schedules:
            self._set_learning_rates()
        losses = self.step(batch, keyed_generator(run_seed(), "iteration", self.iteration))
        self.losses = {name: loss.detach() for name, loss in losses.items()}
        self.iteration += self.iterations_per_batch
        if self.iteration >= self.max_iterations:
            self.trainer.should_stop = True

    def on_train_start(self) -> None:
        if self.iteration >= self.max_iterations:
            self.trainer.should_stop = True

    def all_optimizers(self) -> list[Any]:
        """Return the optimisers in the order of `configure_optimizers`, as a list even of one."""
        found = self.optimizers()
        return found if isinstance(found, list) else [found]

    def _set_learning_rates(self) -> None:
        optimizers = self.all_optimizers()
        schedules = self.schedules * len(optimizers) if len(self.schedules) == 1 else self.schedules
        for optimizer, schedule in zip(optimizers, schedules, strict=True):
            factor = schedule(self.iteration, self.max_iterations)
            for group in optimizer.param_groups:
                group["lr"] = factor * group.setdefault("initial_lr", group["lr"])  # kept in checkpoints, as torch does

    def descend(self, optimizer: Any, loss: Tensor) -> None:
        """Run one optimiser step on `loss`."""
        optimizer.zero_grad()
        self.manual_backward(loss)
        optimizer.step()

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["iteration"] = self.iteration

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.iteration = checkpoint["iteration"]


class GenerativeModule(TrainedModule):
    """A trained model that generates images."""

    evaluator: ClassVar[str] = "lightning_modules.evaluation.ImageToImage"

    @abstractmethod
    def generate(self, batch: Batch, generator: torch.Generator | None = None) -> Tensor:
        """Return the images (B, 3, H, W) in [-1, 1] of a batch; without a generator, noise is keyed by image."""

    @abstractmethod
    def preview(self, batch: Batch) -> dict[str, Tensor]:
        """Return images (B, 3, H, W) in [-1, 1] by title for the sample grid: inputs, output, ground truth."""


class without_weight_gradients:  # noqa: N801 - a context manager, used as a function
    """Disable gradients to a network's weights within the context; gradients to its inputs stay."""

    def __init__(self, network: nn.Module) -> None:
        self.parameters = [p for p in network.parameters() if p.requires_grad]

    def __enter__(self) -> None:
        for parameter in self.parameters:
            parameter.requires_grad_(False)

    def __exit__(self, *exception: object) -> None:
        for parameter in self.parameters:
            parameter.requires_grad_(True)
