"""What every trained model has in common, on one with two weights and two optimisers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from support.completion import attach_optimizers, loader, trainer
from torch import Tensor, nn

from lightning_modules.base import GenerativeModule, without_weight_gradients
from lightning_modules.callbacks.checkpointing import RESUME, Checkpoints
from lightning_modules.randomness import keyed_generator


class Pair(GenerativeModule):
    """Two linear layers, an optimiser each."""

    def __init__(self, max_iterations: int = 5) -> None:
        super().__init__(max_iterations)
        self.save_hyperparameters()
        self.one, self.two = nn.Linear(1, 1), nn.Linear(1, 1)
        self.drawn: list[float] = []

    def step(self, batch: Any, generator: torch.Generator) -> dict[str, Tensor]:
        self.drawn.append(torch.randn((), generator=generator).item())
        first, second = self.all_optimizers()
        losses = {"L_1": self.one(batch).square().mean(), "L_2": self.two(batch).square().mean()}
        self.descend(first, losses["L_1"])
        self.descend(second, losses["L_2"])
        return losses

    def generate(self, batch: Any, generator: torch.Generator | None = None) -> Tensor:
        return self.one(batch)

    def preview(self, batch: Any) -> dict[str, Tensor]:
        return {}

    def configure_optimizers(self) -> Any:
        return [torch.optim.SGD(net.parameters(), lr=0.1) for net in (self.one, self.two)]


def data(batches: int = 3) -> Any:
    return loader([torch.ones(2, 1)] * batches)


def test_iterations_count_batches_not_optimiser_steps(tmp_path: Path) -> None:
    module = Pair(max_iterations=5)
    run = trainer(tmp_path)
    run.fit(module, data())  # over two epochs, stops within the second
    assert module.iteration == 5
    assert run.global_step == 10  # Lightning's count, which nothing may use
    assert len(module.drawn) == 5


def test_noise_is_keyed_by_seed_and_iteration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PL_GLOBAL_SEED", "4")
    module = Pair(max_iterations=4)
    trainer(tmp_path).fit(module, data())
    expected = [torch.randn((), generator=keyed_generator(4, "iteration", i)).item() for i in range(4)]
    assert module.drawn == expected


def test_what_draws_from_torchs_own_generator_is_keyed_too(tmp_path: Path) -> None:
    class Dropping(Pair):
        def step(self, batch: Any, generator: torch.Generator) -> dict[str, Tensor]:
            losses = super().step(batch, generator)
            self.drawn[-1] = torch.rand(()).item()
            return losses

    whole, late = Dropping(max_iterations=4), Dropping(max_iterations=4)
    trainer(tmp_path).fit(whole, data())
    late.iteration = 2  # as after a resume, with another history of random numbers
    torch.rand(7)
    trainer(tmp_path).fit(late, data())
    assert late.drawn == whole.drawn[2:] and len(set(whole.drawn)) == 4


def test_losses_are_the_last_steps_without_their_graphs(tmp_path: Path) -> None:
    module = Pair(max_iterations=2)
    trainer(tmp_path).fit(module, data())
    assert set(module.losses) == {"L_1", "L_2"}
    assert not any(loss.requires_grad for loss in module.losses.values())


def test_the_count_is_in_the_checkpoint_and_a_finished_training_stays_so(tmp_path: Path) -> None:
    trainer(tmp_path, Checkpoints()).fit(Pair(max_iterations=3), data())
    assert torch.load(tmp_path / RESUME, weights_only=True)["iteration"] == 3
    again = Pair(max_iterations=3)
    trainer(tmp_path).fit(again, data(), ckpt_path=tmp_path / RESUME, weights_only=True)
    assert again.iteration == 3 and again.drawn == []
    further = Pair(max_iterations=5)
    trainer(tmp_path).fit(further, data(), ckpt_path=tmp_path / RESUME, weights_only=True)
    assert further.iteration == 5 and len(further.drawn) == 2


def test_descending_forgets_the_last_gradient() -> None:
    module = Pair()
    first, _ = attach_optimizers(module)
    module.one.weight.grad = torch.full((1, 1), 100.0)
    before = module.one.weight.item()
    module.descend(first, 2 * module.one.weight.sum())
    assert module.one.weight.item() == pytest.approx(before - 0.1 * 2)


def test_frozen_weights_get_no_gradient_but_their_input_does() -> None:
    net, x = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1)), torch.ones(1, 2, requires_grad=True)
    net[0].bias.requires_grad_(False)
    with without_weight_gradients(net):
        net(x).sum().backward()
    assert x.grad is not None and all(p.grad is None for p in net.parameters())
    assert [p.requires_grad for p in net.parameters()] == [True, False, True, True]  # as it was, not all on


def test_an_error_within_leaves_nothing_frozen() -> None:
    net = nn.Linear(1, 1)
    with pytest.raises(KeyError), without_weight_gradients(net):
        raise KeyError
    assert all(p.requires_grad for p in net.parameters())


def test_what_was_computed_before_still_reaches_the_weights() -> None:
    net = nn.Linear(1, 1)
    before = net(torch.ones(1, 1))
    with without_weight_gradients(net):
        within = net(torch.full((1, 1), 5.0))
    (before + within).sum().backward()
    assert net.weight.grad is not None and net.weight.grad.item() == 1.0
