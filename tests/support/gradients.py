"""Where the gradient of a loss goes."""

from __future__ import annotations

from typing import Any

import torch
from support.completion import attach_optimizers, noise
from torch import Tensor


def reached(module: Any, batch: dict[str, Any], seed: int = 0) -> dict[str, set[str]]:
    """The networks that the gradient of each of a step's losses reaches, by the loss's name; alarms are left out."""
    losses = undescended(module, batch, seed)
    return {name: _reached(module, loss) for name, loss in losses.items() if loss.requires_grad}


def undescended(module: Any, batch: dict[str, Any], seed: int = 0) -> dict[str, Tensor]:
    """A step's losses with their graphs; nothing is learnt."""
    attach_optimizers(module)
    module.descend = lambda optimizer, loss: None
    return module.step(batch, noise(seed))


def _reached(module: Any, loss: Tensor) -> set[str]:
    named = dict(module.named_parameters())
    gradients = torch.autograd.grad(loss, list(named.values()), retain_graph=True, allow_unused=True)
    pairs = zip(named, gradients, strict=True)
    return {name.partition(".")[0] for name, gradient in pairs if gradient is not None and gradient.any()}
