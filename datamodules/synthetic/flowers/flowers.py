"""Synthetic flowers, written to disk in the layout of the Oxford 102 Flowers, with segmentations."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datamodules.layouts.flowers import NAMES
from datamodules.synthetic.flowers.scene import Flower, draw_flower
from datamodules.synthetic.flowers.species import SPECIES
from datamodules.synthetic.writing import Marker, draw_each, jpeg, store, write_whole

GENERATOR = "datamodules.synthetic.flowers"
VERSION = 2  # increase it with every change of a pixel: data fingerprints and caches depend on it
_BLUE = (0, 0, 254)
_PARTS = ("trnid", "trnid", "valid", "tstid")  # of a class's photographs, in turn


def synthesize_flowers(
    out: Path, count: int = 800, seed: int = 0, progress: Callable[[int, int], None] | None = None
) -> Path:
    """Write `count` synthetic flowers of 20 kinds under `out` (128 x 128, official layout) and return `out`.

    Photograph i shows kind (i - 1) % 20, so that 800 have 40 per kind. The folder appears
    whole or not at all, and the same (version, seed, count) gives the same bytes. One that is there already is kept; an
    earlier one with another seed, count or version is replaced.

    Args:
        out: the data set's root.
        count: photographs, at least 1.
        seed: of all random numbers.
        progress: called with (photographs done, count).

    Raises:
        DataError: `out` has other content, or cannot be written.
    """
    marker = Marker(GENERATOR, VERSION, seed, count)
    return write_whole(Path(out), "Oxford 102 Flowers", marker, partial(_write, marker=marker, progress=progress))


def _write(root: Path, marker: Marker, progress: Callable[[int, int], None] | None) -> None:
    draw_each(partial(_draw, root, marker.seed), marker.count, progress)
    numbers = np.arange(marker.count)
    kinds, ranks = numbers % len(SPECIES), numbers // len(SPECIES)
    parts = np.array(_PARTS)[(kinds + ranks) % len(_PARTS)]
    names = {str(kind + 1): SPECIES[kind].name for kind in sorted({*kinds.tolist()})}
    store(root / NAMES, f"{json.dumps(names, indent=2)}\n".encode())
    store(root / "imagelabels.mat", _mat(labels=kinds + 1))
    store(root / "setid.mat", _mat(**{part: numbers[parts == part] + 1 for part in dict.fromkeys(_PARTS)}))


def _draw(root: Path, seed: int, index: int) -> None:
    flower = draw_flower(seed, index)
    store(root / "jpg" / f"image_{index + 1:05d}.jpg", jpeg(flower.image))
    store(root / "segmim" / f"segmim_{index + 1:05d}.jpg", jpeg(on_blue(flower)))


def on_blue(flower: Flower) -> NDArray[np.uint8]:
    """Return the flower on the uniform blue of the official segmentations, (H, W, 3)."""
    return np.where(flower.mask[..., None], flower.image, np.array(_BLUE, np.uint8))


def _mat(**lists: NDArray[np.int64]) -> bytes:
    """Return a MATLAB file of lists of numbers, without the time stamp that scipy writes into it."""
    import scipy.io  # slow to import

    buffer = io.BytesIO()
    scipy.io.savemat(buffer, {name: numbers[None].astype(np.float64) for name, numbers in lists.items()})
    content = bytearray(buffer.getvalue())
    content[:116] = b"MATLAB 5.0 MAT-file".ljust(116)
    return bytes(content)
