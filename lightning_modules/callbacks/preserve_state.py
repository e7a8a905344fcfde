"""Looking at a model in the middle of its training without leaving a trace in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def as_it_was(module: nn.Module) -> Iterator[None]:
    """Gives back a module's mode and buffers and torch's random numbers, whatever forward passes did to them.

    Also the buffers of networks that the module holds outside its own tree (a stage read from a checkpoint); one that
    is read within is forgotten again, for it may have moved before anyone could look.
    """
    training = module.training
    held = _held(module)
    kept = [(buffer, buffer.clone()) for network in (module, *held.values()) for buffer in network.buffers()]
    devices = {buffer.device for buffer, _ in kept} | {parameter.device for parameter in module.parameters()}
    with torch.random.fork_rng(devices=[device for device in devices if device.type == "cuda"]):
        try:
            yield
        finally:
            with torch.no_grad():
                for buffer, value in kept:
                    buffer.copy_(value)
            for name in _held(module).keys() - held.keys():
                del module.__dict__[name]
            module.train(training)


def _held(module: nn.Module) -> dict[str, nn.Module]:
    return {name: value for name, value in vars(module).items() if isinstance(value, nn.Module)}
