"""Use of a model during its training without any effect on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def preserve_state(module: nn.Module) -> Iterator[None]:
    """Restore a module's mode and buffers and torch's random state after the context.

    Also the buffers of networks that the module holds outside its own tree (a stage read from a checkpoint); one that
    is read within the context is removed, as its buffers may have changed since.
    """
    training = module.training
    outside = _outside_networks(module)
    saved = [(buffer, buffer.clone()) for network in (module, *outside.values()) for buffer in network.buffers()]
    devices = {buffer.device for buffer, _ in saved} | {parameter.device for parameter in module.parameters()}
    with torch.random.fork_rng(devices=[device for device in devices if device.type == "cuda"]):
        try:
            yield
        finally:
            with torch.no_grad():
                for buffer, value in saved:
                    buffer.copy_(value)
            for name in _outside_networks(module).keys() - outside.keys():
                del module.__dict__[name]
            module.train(training)


def _outside_networks(module: nn.Module) -> dict[str, nn.Module]:
    return {name: value for name, value in vars(module).items() if isinstance(value, nn.Module)}
