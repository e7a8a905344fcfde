"""The label sets of human parsing, and the eight classes the completion networks see.

Source: fashion completion thesis, section 4.1.1. The thesis names LIP as the parser's training set, but its class
list has torso skin, which exists in CIHP (label 10) and not in LIP (label 10 is jumpsuits): both are offered.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

#: Deviations from the paper: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 3.1, parser",
        "parsing maps from a parser trained on LIP",
        "CIHP's labels; LIP's by parsing_labels",
        "the paper's class of torso skin exists in CIHP only",
    ),
)

LabelSet = Literal["cihp", "lip"]

#: The eight classes in channel order.
CLASSES: Final = ("background", "head", "upper skin", "lower skin", "hat", "top", "bottom", "shoes")
HEAD: Final = 1
#: The four garment types, in the order of the garment crops, and their class in the eight-class map.
GARMENTS: Final = ("hat", "top", "bottom", "shoes")
GARMENT_CLASS: Final = {"hat": 4, "top": 5, "bottom": 6, "shoes": 7}
#: Classes whose union is the hole of a target: a garment and the skin it may cover (so sleeve length may change).
HOLE_CLASSES: Final = {"hat": (4,), "top": (2, 5), "bottom": (3, 6), "shoes": (7,)}

_CIHP = (0, 4, 1, 0, 1, 5, 6, 5, 0, 6, 2, 0, 6, 1, 2, 2, 3, 3, 7, 7)
_LIP = (*_CIHP[:10], 6, *_CIHP[11:])  # jumpsuits count as a bottom, as dresses do
PARSER_LABELS: Final = len(_CIHP)
_TABLES: Final = {"cihp": np.array(_CIHP, np.uint8), "lip": np.array(_LIP, np.uint8)}


def to_eight_classes(parsing: NDArray[np.uint8], labels: LabelSet = "cihp") -> NDArray[np.uint8]:
    """Map a parser's 20 labels to the eight classes.

    Args:
        parsing: (H, W) integers in 0..19.
        labels: label set of the parser.

    Returns:
        (H, W) uint8 in 0..7.

    Raises:
        ValueError: a label outside 0..19.
    """
    if parsing.size and int(parsing.max()) >= PARSER_LABELS:
        raise ValueError(f"label {int(parsing.max())} is outside 0..{PARSER_LABELS - 1}")
    return _TABLES[labels][parsing]
