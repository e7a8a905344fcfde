"""Numbers of either form of the toy data set."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from datamodules import ToyNumbers
from datamodules.layouts.toy import read_numbers
from datamodules.synthetic.toys.toy import synthesize_toy


def test_numbers_are_those_of_the_list(tmp_path: Path) -> None:
    root = synthesize_toy(tmp_path / "numbers", count=8, seed=1)
    data = ToyNumbers(str(root), batch_size=8)
    data.setup("fit")
    batch = next(iter(data.train_dataloader()))
    assert sorted(batch["number"].tolist()) == pytest.approx(sorted(read_numbers(root)))
    assert torch.equal(next(iter(data.test_dataloader()))["number"], torch.full((8,), 3.0))
