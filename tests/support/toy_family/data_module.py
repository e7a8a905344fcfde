"""Numbers of a file, for the toy family."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import torch
from torch.utils.data import DataLoader

from datamodules.files import read_image
from datamodules.layouts.toy import fingerprint, read_numbers
from datamodules.loading import EpochSampler, Position, ResumableData, ResumableLoader


class _Numbers(torch.utils.data.Dataset[dict[str, torch.Tensor]]):
    def __init__(self, numbers: list[float]) -> None:
        self.numbers = torch.tensor(numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, position: Position) -> dict[str, torch.Tensor]:
        return {"number": self.numbers[position.index]}


class ToyNumbers(ResumableData):
    """Numbers of the toy data set, tested against 3.

    A batch has:

    | key | shape | content |
    |---|---|---|
    | number | (B,) float32 | a number of the list; in testing 3 |

    Args:
        root: folder in the layout of datamodules.layouts.toy.
        batch_size: numbers a batch.
    """

    data_sets: ClassVar = {"root": "toy"}

    def __init__(self, root: str, batch_size: int = 8) -> None:
        super().__init__()
        self.root, self.batch_size = Path(root), batch_size

    def fingerprint(self) -> str:
        """Return a digest of the list."""
        return fingerprint(self.root)

    def prepare_image(self, path: Path) -> torch.Tensor:
        """Return an image file of the user's, (3, H, W) float32 in [-1, 1]. Raises DataError naming the file."""
        return torch.from_numpy(read_image(path)).permute(2, 0, 1).float() / 127.5 - 1

    def setup(self, stage: str) -> None:
        self.numbers = _Numbers(read_numbers(self.root))

    def train_dataloader(self) -> ResumableLoader:
        sampler = EpochSampler(len(self.numbers), self.run_seed)
        return self.resume_loader(ResumableLoader(self.numbers, batch_size=self.batch_size, sampler=sampler))

    def test_dataloader(self) -> DataLoader[dict[str, Any]]:
        return DataLoader([{"number": torch.tensor(3.0)}] * 16, batch_size=self.batch_size)  # type: ignore[arg-type]
