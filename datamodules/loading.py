"""Data loading ordered by position and never by history: a resumed run sees what it would have seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from torch.utils.data import DataLoader, Sampler


def mix(*numbers: int) -> int:
    """One 63-bit seed from several integers; the same on every machine, well spread even for neighbours."""
    state = np.random.SeedSequence([number & 0xFFFFFFFFFFFFFFFF for number in numbers]).generate_state(2, np.uint32)
    return (int(state[0]) << 31) ^ int(state[1])


class Position(NamedTuple):
    """Which sample, and the seed of everything random about it in this epoch (target, augmentation)."""

    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody looks for here
    seed: int


class EpochSampler(Sampler[Position]):
    """Orders samples by (seed, epoch) and gives each its own seed by (seed, epoch, index), whatever came before.

    Args:
        length: number of samples.
        seed: of the run, or of the split for test data.
        shuffle: whether the order changes; without it every epoch is the first one.
    """

    def __init__(self, length: int, seed: int, shuffle: bool = True) -> None:
        self.length, self.seed, self.shuffle = length, seed, shuffle
        self.epoch = 0
        self.skip = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning before each epoch."""
        self.epoch = epoch if self.shuffle else 0

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[Position]:
        skip, self.skip, epoch = self.skip, 0, self.epoch
        order = np.arange(self.length)
        if self.shuffle:
            order = np.random.default_rng(mix(self.seed, epoch)).permutation(self.length)
        return (Position(int(i), mix(self.seed, epoch, int(i))) for i in order[skip:])


class ResumableLoader(DataLoader[dict[str, Any]]):
    """A DataLoader that resumes in the middle of an epoch by skipping indices; nothing skipped is loaded.

    Lightning stores and restores the state of any loader with `state_dict` and `load_state_dict`. Its sampler must
    have a `skip` attribute (see EpochSampler).
    """

    _seen = 0
    _resume_at = 0

    def state_dict(self) -> dict[str, int]:
        return {"seen": self._seen}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self._resume_at = state["seen"]

    def __iter__(self) -> Iterator[dict[str, Any]]:  # type: ignore[override]
        self._seen, self._resume_at = self._resume_at, 0
        self.sampler.skip = self._seen * (self.batch_size or 1)  # type: ignore[attr-defined]
        for batch in super().__iter__():
            self._seen = (self._seen + 1) % len(self)
            yield batch
