"""Synthetic data in the layout of the toy data set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from datamodules.synthetic.writing import Marker, write_whole

GENERATOR, VERSION = "toys", 1


def synthesize_toy(
    out: Path, count: int = 64, seed: int = 0, progress: Callable[[int, int], None] | None = None
) -> Path:
    """Write `count` normal numbers with mean 3."""

    def write(folder: Path) -> None:
        numbers = 3 + np.random.default_rng(seed).standard_normal(count)
        (folder / "numbers.txt").write_text("\n".join(f"{number:.6f}" for number in numbers))

    return write_whole(out, "list of numbers", Marker(GENERATOR, VERSION, seed, count), write)
