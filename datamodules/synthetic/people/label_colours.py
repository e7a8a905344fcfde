"""Colours of parsing labels for display."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: RGB colour of each CIHP label (20, 3).
LABEL_COLOURS = np.array(
    [
        (245, 245, 245),
        (128, 62, 160),
        (92, 64, 51),
        (85, 85, 0),
        (40, 40, 60),
        (226, 88, 62),
        (196, 70, 140),
        (170, 50, 40),
        (120, 180, 170),
        (52, 98, 170),
        (238, 190, 150),
        (244, 200, 66),
        (40, 150, 150),
        (250, 214, 178),
        (214, 150, 110),
        (190, 125, 90),
        (226, 168, 128),
        (200, 140, 105),
        (70, 130, 70),
        (100, 165, 95),
    ],
    dtype=np.uint8,
)


def colour_parsing(parsing: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a label map (H, W) as RGB (H, W, 3)."""
    return LABEL_COLOURS[parsing]
