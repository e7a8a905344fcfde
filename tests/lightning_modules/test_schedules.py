"""Learning rates by iteration: the factors by hand, what each optimiser gets, and that a resume has the same ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from support.completion import loader, trainer
from torch import Tensor, nn

from common.errors import ConfigurationError
from lightning_modules.base import TrainedModule
from lightning_modules.callbacks.checkpointing import RESUME, Checkpoints
from lightning_modules.schedules import LinearDecay, Schedule, StepDecay, constant
from lightning_modules.weights import weights_digest

LENGTH = 10


def factors(schedule: Schedule, length: int = LENGTH) -> list[float]:
    return [schedule(i, length) for i in range(length)]


def test_constant() -> None:
    assert factors(constant) == [1.0] * LENGTH


def test_linear_decay_starts_after_its_share_and_never_reaches_zero() -> None:
    assert factors(LinearDecay(0.6)) == pytest.approx([1] * 6 + [0.8, 0.6, 0.4, 0.2])
    assert factors(LinearDecay(0.0)) == pytest.approx([(10 - i) / 11 for i in range(10)])
    assert factors(LinearDecay(1.0)) == [1.0] * LENGTH
    assert factors(LinearDecay(0.5), 4) == pytest.approx([1, 1, 2 / 3, 1 / 3])


def test_linear_decay_by_epochs_is_pix2pix_moved_by_one() -> None:
    """500 epochs at the base rate and 200 of decay; theirs is 1 - max(0, e + 2 - 500) / 201."""
    theirs = [1 - max(0, e + 2 - 500) / 201 for e in range(700)]
    assert factors(LinearDecay(500 / 700), 700) == pytest.approx([1.0, *theirs[:-1]])
    assert theirs[-1] == 0.0


def test_steps_at_shares() -> None:
    assert factors(StepDecay((0.3, 0.8), 0.2)) == pytest.approx([1] * 3 + [0.2] * 5 + [0.04] * 2)
    assert factors(StepDecay((0.5,)), 4) == pytest.approx([1, 1, 0.1, 0.1])
    assert factors(StepDecay(())) == [1.0] * LENGTH


@pytest.mark.parametrize(("share", "length", "first"), [(0.29, 100, 29), (0.58, 100, 58), (0.66, 10, 7)])
def test_a_share_is_rounded_to_the_nearest_iteration(share: float, length: int, first: int) -> None:
    """0.29 * 100 is 28.999999999999996."""
    assert factors(StepDecay((share,)), length) == [1.0] * first + [0.1] * (length - first)
    steps = length - first + 1
    expected = [1.0] * first + [1 - n / steps for n in range(1, steps)]
    assert factors(LinearDecay(share), length) == pytest.approx(expected)


@pytest.mark.parametrize("wrong", [-0.1, 1.5, 30])
def test_milestones_are_shares(wrong: float) -> None:
    for build in (LinearDecay, lambda share: StepDecay((0.5, share))):
        with pytest.raises(ConfigurationError, match=f"{wrong}; give shares of the run"):
            build(wrong)


class Scheduled(TrainedModule):
    """Two layers, an optimiser each; remembers the rates of its steps."""

    def __init__(self, schedules: tuple[Schedule, ...] = (), max_iterations: int = LENGTH) -> None:
        super().__init__(max_iterations)
        torch.manual_seed(0)
        self.one, self.two = nn.Linear(1, 1), nn.Linear(1, 1)
        self.schedules = schedules
        self.rates: list[list[float]] = []

    def step(self, batch: Any, generator: torch.Generator) -> dict[str, Tensor]:
        self.rates.append([group["lr"] for o in self.all_optimizers() for group in o.param_groups])
        losses = {"L_1": self.one(batch).square().mean(), "L_2": self.two(batch).square().mean()}
        for optimizer, loss in zip(self.all_optimizers(), losses.values(), strict=True):
            self.descend(optimizer, loss)
        return losses

    def configure_optimizers(self) -> Any:
        second = [{"params": [self.two.weight], "lr": 0.5}, {"params": [self.two.bias]}]
        return [torch.optim.Adam(self.one.parameters(), lr=0.1, fused=True), torch.optim.SGD(second, lr=0.2)]


class Stop(pl.Callback):
    """Ends training in good order after so many iterations."""

    def __init__(self, after: int) -> None:
        self.after = after

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, *_: Any) -> None:
        trainer.should_stop = trainer.should_stop or pl_module.iteration == self.after


def data() -> Any:
    return loader([torch.ones(2, 1)] * 4)  # equal: the rates alone tell where a run is


def test_each_optimiser_has_its_own_schedule_and_each_group_its_own_rate(tmp_path: Path) -> None:
    module = Scheduled((LinearDecay(0.6), StepDecay((0.5,))))
    trainer(tmp_path).fit(module, data())
    lines, steps = factors(LinearDecay(0.6)), factors(StepDecay((0.5,)))
    expected = [[0.1 * a, 0.5 * b, 0.2 * b] for a, b in zip(lines, steps, strict=True)]
    torch.testing.assert_close(torch.tensor(module.rates), torch.tensor(expected))


def test_one_schedule_is_for_all_optimisers(tmp_path: Path) -> None:
    module = Scheduled((StepDecay((0.5,)),))
    trainer(tmp_path).fit(module, data())
    assert module.rates[4] == [0.1, 0.5, 0.2] and module.rates[5] == pytest.approx([0.01, 0.05, 0.02])


def test_neither_more_nor_fewer_schedules_than_optimisers(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="zip"):
        trainer(tmp_path).fit(Scheduled((constant, constant, constant)), data())


def test_without_schedules_optimisers_are_left_alone_and_a_constant_one_changes_nothing(tmp_path: Path) -> None:
    plain, scheduled = Scheduled(), Scheduled((constant,))
    for number, module in enumerate((plain, scheduled)):
        trainer(tmp_path / str(number)).fit(module, data())
    assert plain.rates == scheduled.rates == [[0.1, 0.5, 0.2]] * LENGTH
    assert weights_digest(plain) == weights_digest(scheduled)
    groups = [group for optimizer in plain.all_optimizers() for group in optimizer.param_groups]
    assert not any("initial_lr" in group for group in groups)


@pytest.mark.parametrize("stopped", [3, 6, 9])
def test_a_resume_has_the_rates_of_an_uninterrupted_run(tmp_path: Path, stopped: int) -> None:
    schedules = (LinearDecay(0.4), StepDecay((0.2, 0.7)))
    whole = Scheduled(schedules)
    trainer(tmp_path / "whole").fit(whole, data())
    first, second = Scheduled(schedules), Scheduled(schedules)
    run = tmp_path / "run"
    trainer(run, Checkpoints(every=1), Stop(stopped)).fit(first, data())
    trainer(run, Checkpoints(every=1)).fit(second, data(), ckpt_path=run / RESUME, weights_only=True)
    assert first.rates + second.rates == whole.rates
    assert weights_digest(second) == weights_digest(whole)
