"""Data loading in an order that depends on the position alone, so that a resumed run sees the same batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Sampler

from common.seeds import run_seed


def mix(*numbers: int) -> int:
    """One 63-bit seed from several integers; the same on every machine, well spread even for neighbours."""
    state = np.random.SeedSequence([number & 0xFFFFFFFFFFFFFFFF for number in numbers]).generate_state(2, np.uint32)
    return (int(state[0]) << 31) ^ int(state[1])


def to_unit_range(images: Tensor) -> Tensor:
    """(..., H, W, 3) uint8 to (..., 3, H, W) float32 in [-1, 1]."""
    return images.movedim(-1, -3).to(torch.float32).div_(127.5).sub_(1.0)


class Position(NamedTuple):
    """Index of a sample, and the seed of its random choices in this epoch (target, augmentation)."""

    index: int  # type: ignore[assignment]  # hides tuple.index, which is not used
    seed: int


class EpochSampler(Sampler[Position]):
    """Orders samples by (seed, epoch) and gives each its own seed by (seed, epoch, index), whatever came before.

    It deliberately has no `set_epoch`, which Lightning would call with its own count of epochs.

    Args:
        length: number of samples.
        seed: of the run, or of the split for test data.
        shuffle: whether the order changes; without it every epoch is the first one.
    """

    def __init__(self, length: int, seed: int, shuffle: bool = True) -> None:
        self.length, self.seed, self.shuffle = length, seed, shuffle
        self.epoch = self.skip = 0

    def start(self, epoch: int, skip: int) -> None:
        """The next iteration is epoch `epoch` without its first `skip` samples."""
        self.epoch, self.skip = epoch if self.shuffle else 0, skip

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[Position]:
        epoch, skip = self.epoch, self.skip
        order = np.arange(self.length)
        if self.shuffle:
            order = np.random.default_rng(mix(self.seed, epoch)).permutation(self.length)
        return (Position(int(i), mix(self.seed, epoch, int(i))) for i in order[skip:])


class ReplacementSampler(Sampler[Position]):
    """Draws samples with replacement: place n of a run is a function of (seed, n) alone.

    Which sample stands at a place, and the seed of everything random about it there, depend on no earlier place, nor on
    the batch size. A sample that is drawn again has another seed. For ResumableLoader, with epochs of `draws` places.

    Args:
        length: number of samples to draw from.
        seed: of the run.
        draws: places an epoch. It changes no place, but must be a multiple of the batch size: a loader that drops the
            last batch would leave its places out.
    """

    def __init__(self, length: int, seed: int, draws: int) -> None:
        self.length, self.seed, self.draws = length, seed, draws
        self.first = self.end = 0
        self.start(0, 0)

    def start(self, epoch: int, skip: int) -> None:
        """Set the next iteration: epoch `epoch` without its first `skip` places."""
        self.first, self.end = epoch * self.draws + skip, (epoch + 1) * self.draws

    def __len__(self) -> int:
        return self.draws

    def __iter__(self) -> Iterator[Position]:
        return map(self.place, range(self.first, self.end))

    def place(self, number: int) -> Position:
        """Return the sample at place `number` of the run, and its seed there."""
        index = mix(self.seed, number) % self.length
        return Position(index, mix(self.seed, number, index))


class ResumableLoader(DataLoader[dict[str, Any]]):
    """DataLoader that counts its batches over all epochs; each iteration continues from the count.

    An iteration yields the rest of an epoch, and the epoch follows from the count alone; skipped samples are not
    loaded. The sampler must be an EpochSampler or a ReplacementSampler.

    Attributes:
        given: number of batches so far, over all epochs.
    """

    given = 0

    def state_dict(self) -> dict[str, int]:
        """Return a state, by which Lightning takes this loader for resumable; the state of ResumableData is used."""
        return {"batches": self.given}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.given = state["batches"]

    def __iter__(self) -> Iterator[dict[str, Any]]:  # type: ignore[override]
        epoch, seen = divmod(self.given, len(self))
        self.sampler.start(epoch, seen * (self.batch_size or 1))  # type: ignore[attr-defined]
        for batch in super().__iter__():
            self.given += 1
            yield batch


class ResumableData(pl.LightningDataModule):
    """Data module whose batch order does not change when training resumes.

    The position is in the checkpoint as the module's own state. Lightning's loops cannot provide it: after a second
    resume, or a stop within an epoch, they count epochs wrongly and do not restore the loader's state.
    """

    _given = 0
    _loader: ResumableLoader | None = None

    @property
    def run_seed(self) -> int:
        """Seed of `seed_everything`; 0 where none is set."""
        return run_seed()

    def resume_loader(self, loader: ResumableLoader) -> ResumableLoader:
        """Return the training loader at the position of the checkpoint; for use in `train_dataloader`."""
        loader.given = self._given
        self._loader = loader
        return loader

    def state_dict(self) -> dict[str, int]:
        return {"batches": self._given if self._loader is None else self._loader.given}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self._given = state["batches"]
