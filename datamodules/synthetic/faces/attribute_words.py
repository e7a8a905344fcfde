"""Attributes of a synthetic face image in words, for the evaluation of a search by attributes."""

from __future__ import annotations

from bisect import bisect_right

from datamodules.synthetic.faces.draw import DrawnFace


def attribute_words(face: DrawnFace) -> dict[str, str]:
    """Return a word for each attribute of an image; left and right are those of the image."""
    how = face.how
    return {
        "pose": _word(how.yaw, (-8.0, 8.0), ("left", "front", "right")),
        "expression": _word(how.smile, (0.0, 0.5), ("sad", "neutral", "smiling")),
        "mouth": _word(how.mouth, (0.15,), ("closed", "open")),
        "eyes": _word(how.eyes, (0.5,), ("closed", "open")),
        "light": _word(how.light[0], (-25.0, 25.0), ("left", "front", "right")),
        "tone": _word(how.warmth, (-0.2, 0.2), ("cold", "neutral", "warm")),
        "background": _word(face.background, (0.4, 0.6), ("dark", "medium", "bright")),
    }


def _word(value: float, edges: tuple[float, ...], words: tuple[str, ...]) -> str:
    return words[bisect_right(edges, value)]
