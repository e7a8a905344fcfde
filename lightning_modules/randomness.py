"""Noise keyed by position, independent of history: (seed, iteration) in training, (seed, image) in testing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import torch
from torch import Tensor

from common.seeds import run_seed


def keyed_generator(*key: int | str) -> torch.Generator:
    """Return a CPU generator seeded by a digest of `key`; sampling on the CPU gives every device the same noise."""
    digest = hashlib.sha256(repr(key).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "little") >> 1)


def normal(shape: Iterable[int], generator: torch.Generator, like: Tensor) -> Tensor:
    """Return standard normal noise of `shape`, with the device and type of `like`."""
    return torch.randn(tuple(shape), generator=generator).to(like)


def normal_for_each(indices: Tensor, shape: Iterable[int], key: str, like: Tensor) -> Tensor:
    """Return standard normal noise (B, *shape), each row keyed by the run's seed and its image's index.

    The same image gets the same noise in every batch size and order.
    """
    seed = run_seed()
    rows = [torch.randn(tuple(shape), generator=keyed_generator(seed, key, int(i))) for i in indices]
    return torch.stack(rows).to(like)
