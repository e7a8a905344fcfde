"""What a drawn picture shows besides who is in it, in words: attributes that a search can be measured by."""

from __future__ import annotations

from bisect import bisect_right

from datamodules.synthetic.faces.draw import DrawnFace


def binned(face: DrawnFace) -> dict[str, str]:
    """A word for each attribute of a picture; left and right are those of the picture."""
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
