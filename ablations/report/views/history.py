"""Loss history of a run, averaged to the number of points of a chart."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

#: name -> [(iteration, value)]
History = dict[str, list[tuple[float, float]]]

#: Points of a curve; longer histories are averaged to this number.
POINTS = 120


def read_history(path: Path) -> History:
    """Read `history.jsonl`; values that are not numbers and an incomplete last line are skipped."""
    history: History = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = dict(json.loads(line))
        except (ValueError, TypeError):
            continue
        iteration = row.pop("iteration", None)
        for name, value in row.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool) and iteration is not None:
                history.setdefault(name, []).append((float(iteration), float(value)))
    return history


def bins(points: Sequence[tuple[float, float]]) -> list[tuple[float, float, float, float]]:
    """Average to at most `POINTS` of (iteration, lowest, mean, highest)."""
    size = math.ceil(len(points) / POINTS)
    found = []
    for start in range(0, len(points), size):
        chunk = points[start : start + size]
        values = [value for _, value in chunk]
        at = sum(x for x, _ in chunk) / len(chunk)
        found.append((at, min(values), sum(values) / len(values), max(values)))
    return found
