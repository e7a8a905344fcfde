"""Batches for the fashion completion models, and one training step without a Trainer, watched."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from lightning_modules.base import GenerativeModule
from lightning_modules.callbacks.checkpointing import EVALUATED, Checkpoints

TINY = {"width": 4, "max_width": 8, "levels": 4}
TINY_BASELINE = {"width": 4, "max_width": 8, "levels": 6}


def batch(count: int = 2, size: int = 64, seed: int = 0) -> dict[str, Any]:
    """Random images and class maps with a rectangular hole, in the DataModule's shapes."""
    generator = torch.Generator().manual_seed(seed)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator) * 2 - 1

    coarse = torch.randint(0, 8, (count, size // 8, size // 8), generator=generator)
    visible = torch.ones(count, 1, size, size)
    visible[:, :, size // 4 : size // 2, size // 4 : 3 * size // 4] = 0
    keypoints = torch.cat([torch.rand(count, 18, 2, generator=generator) * size, torch.ones(count, 18, 1)], 2)
    garments = uniform(count, 4, 3, size, size)
    garments[:, 1] = 0
    return {
        "person": uniform(count, 3, size, size),
        "parsing": coarse.repeat_interleave(8, 1).repeat_interleave(8, 2),
        "keypoints": keypoints,
        "visible": visible,
        "garments": garments,
        "target_garment": uniform(count, 3, size, size),
        "target_shape": (uniform(count, 1, size, size) > 0).float(),
        "target": torch.ones(count, dtype=torch.int64),
        "index": torch.arange(count),
        "name": [f"{i}.jpg" for i in range(count)],
    }


def rows(whole: dict[str, Any], chosen: list[int]) -> dict[str, Any]:
    """The batch of some of a batch's images."""
    return {k: v[chosen] if isinstance(v, Tensor) else [v[i] for i in chosen] for k, v in whole.items()}


@dataclass
class OptimizerStep:
    """One optimiser's step: the names of the parameters it changed, and every gradient there was."""

    changed: set[str]
    gradients: dict[str, Tensor]


def parts(names: set[str]) -> set[str]:
    """The sub-networks that parameters belong to."""
    return {name.partition(".")[0] for name in names}


def attach_optimizers(module: GenerativeModule) -> list[torch.optim.Optimizer]:
    """Lets a module step without a Trainer."""
    configured = module.configure_optimizers()
    module.optimizers = lambda: configured  # type: ignore[method-assign,assignment]
    module.manual_backward = lambda loss: loss.backward()  # type: ignore[method-assign,assignment]
    return configured if isinstance(configured, list) else [configured]


def noise(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def watched_step(
    module: GenerativeModule, data: dict[str, Any], seed: int = 0
) -> tuple[dict[str, Tensor], list[OptimizerStep], Counter[str]]:
    """One `step`: its losses, what each optimiser did, and how often each sub-network ran."""
    steps: list[OptimizerStep] = []
    calls: Counter[str] = Counter()
    for optimizer in attach_optimizers(module):
        optimizer.step = _watched(module, optimizer.step, steps)  # type: ignore[method-assign]
    hooks = [
        net.register_forward_hook(lambda *_, name=name: calls.update([name])) for name, net in module.named_children()
    ]
    losses = module.step(data, noise(seed))
    for hook in hooks:
        hook.remove()
    return losses, steps, calls


def _watched(module: nn.Module, step: Any, steps: list[OptimizerStep]) -> Any:
    def watched() -> None:
        before = {name: p.detach().clone() for name, p in module.named_parameters()}
        gradients = {name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None}
        step()
        changed = {name for name, p in module.named_parameters() if not torch.equal(p, before[name])}
        steps.append(OptimizerStep(changed, gradients))

    return watched


def trainer(folder: Path, *callbacks: pl.Callback, **settings: Any) -> pl.Trainer:
    """A Trainer as the suite's command line sets it up."""
    return pl.Trainer(
        default_root_dir=folder,
        callbacks=list(callbacks),
        accelerator="cpu",
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
        **{"max_epochs": -1, "logger": False, **settings},
    )


def loader(batches: list[Any]) -> Any:
    """A loader of ready batches."""
    return DataLoader(batches, batch_size=None)  # type: ignore[arg-type]


def checkpoint(folder: Path, module: GenerativeModule) -> Path:
    """The module's evaluated weights after one iteration."""
    module.max_iterations = 1
    trainer(folder, Checkpoints()).fit(module, loader([batch()]))
    return folder / EVALUATED["last"]
