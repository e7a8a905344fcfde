"""The ring of the thesis's Figure 3.4: no files, only the random numbers behind its points."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from datamodules.loading import EpochSampler, Position, ResumableData, ResumableLoader, mix

#: Blocks before the sampler starts its next epoch, with other seeds: nothing repeats.
_BLOCKS = 1024
#: Seed of the test points; the same for every run, and no run's training data.
_TEST_SEED = 935_101


class _Blocks(Dataset[dict[str, torch.Tensor]]):
    """Angles and offsets of a block, from the seed of its position."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape

    def __len__(self) -> int:
        return _BLOCKS

    def __getitem__(self, position: Position) -> dict[str, torch.Tensor]:
        return _draw(position.seed, self.shape)


class Ring(ResumableData):
    """Random points on a ring: an angle, and a standard normal offset across the line.

    The model places the points, so that one training can serve several rings. A batch is a block of the points of many
    iterations, because an iteration takes less time than a loader needs to pass a batch on.

    | key | shape, type | content |
    |---|---|---|
    | angle | (I, N) float32 in [0, 2 pi) | I iterations of N points; (N,) in testing |
    | radial | (I, N) float32 | standard normal |

    Args:
        block: iterations I per batch.
        batch_size: points N per iteration. The thesis gives none.
        test_count: real points in the comparison with generated ones.
    """

    def __init__(self, block: int = 1000, batch_size: int = 64, test_count: int = 2000) -> None:
        super().__init__()
        self.block, self.batch_size, self.test_count = block, batch_size, test_count

    def train_dataloader(self) -> ResumableLoader:
        loader = ResumableLoader(
            _Blocks((self.block, self.batch_size)),
            batch_size=1,
            sampler=EpochSampler(_BLOCKS, self.run_seed),
            collate_fn=_only,
        )
        return self.resume_loader(loader)

    def test_dataloader(self) -> DataLoader[dict[str, Any]]:
        points = [_draw(mix(_TEST_SEED), (self.test_count,))]
        return DataLoader(points, batch_size=1, collate_fn=_only)  # type: ignore[arg-type]


def _draw(seed: int, shape: tuple[int, ...]) -> dict[str, torch.Tensor]:
    generator = np.random.default_rng(seed)
    angle = generator.random(shape, dtype=np.float32) * np.float32(2 * np.pi)
    radial = generator.standard_normal(shape, dtype=np.float32)
    return {"angle": torch.from_numpy(angle), "radial": torch.from_numpy(radial)}


def _only(samples: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    return samples[0]
