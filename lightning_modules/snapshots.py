"""Snapshots of a training: files of arrays and scores at some of its iterations. Needs no torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from common.files import replacing

FOLDER = "snapshots"


class Snapshot(NamedTuple):
    """A moment of a training: its iteration, the `.npz` of its arrays, and its scores."""

    iteration: int
    path: Path
    scores: dict[str, Any]


def moments(last: int, count: int) -> list[int]:
    """Return `count` iterations from `last` / 1000 to `last`, evenly spaced on a logarithmic axis; for 1 the last."""
    return sorted({max(1, round(last * 10 ** (-3 * i / max(count - 1, 1)))) for i in range(count)})


def write_snapshot(run: Path, iteration: int, arrays: dict[str, NDArray[Any]], scores: dict[str, Any]) -> None:
    """Write a snapshot to a run folder, the scores last: with them it is complete.

    Raises:
        ConfigurationError: it cannot be written.
    """
    path = run / FOLDER / f"{iteration:010d}.npz"
    with replacing(path, durable=False) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    with replacing(path.with_suffix(".json"), durable=False) as partial:
        partial.write_text(json.dumps({"iteration": iteration, "scores": scores}), encoding="utf-8")


def read_snapshots(run: Path) -> list[Snapshot]:
    """Return the snapshots of a run folder in their order."""
    found = []
    for path in sorted((run / FOLDER).glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        found.append(Snapshot(content["iteration"], path.with_suffix(".npz"), content["scores"]))
    return found
