"""Numbers around 3, for the toy family; no files."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils.data import DataLoader

from datamodules.loading import EpochSampler, Position, ResumableData, ResumableLoader


class _Numbers(torch.utils.data.Dataset[dict[str, torch.Tensor]]):
    def __len__(self) -> int:
        return 64

    def __getitem__(self, position: Position) -> dict[str, torch.Tensor]:
        generator = torch.Generator().manual_seed(position.seed)
        return {"number": 3 + torch.randn((), generator=generator)}


class ToyNumbers(ResumableData):
    """Normal numbers with mean 3.

    Args:
        batch_size: numbers a batch.
    """

    def __init__(self, batch_size: int = 8) -> None:
        super().__init__()
        self.batch_size = batch_size

    def train_dataloader(self) -> ResumableLoader:
        sampler = EpochSampler(64, self.run_seed)
        return self.resumed(ResumableLoader(_Numbers(), batch_size=self.batch_size, sampler=sampler))

    def test_dataloader(self) -> DataLoader[dict[str, Any]]:
        return DataLoader([{"number": torch.tensor(3.0)}] * 16, batch_size=self.batch_size)  # type: ignore[arg-type]
