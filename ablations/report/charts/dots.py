"""The seeds of a cell as a strip of dots, on the scale of the cell's column."""

from __future__ import annotations

from collections.abc import Sequence

from ablations.report.charts.svg import circle, document, line

WIDTH, HEIGHT = 104, 9


def dots(values: Sequence[float], span: tuple[float, float]) -> str:
    """Return an `<svg>` with one dot per value; `span` is the lowest and the highest value of the column."""
    low, high = span
    room = WIDTH - 8

    def x(value: float) -> float:
        return 4 + ((value - low) / (high - low) if high > low else 0.5) * room

    seeds = [circle(x(value), HEIGHT / 2, 2.4, "seed") for value in values]
    words = "seeds: " + ", ".join(f"{value:.5g}" for value in values)
    return document("dots", WIDTH, HEIGHT, words, [line(1, HEIGHT / 2, WIDTH - 1, HEIGHT / 2, "grid"), *seeds])
