"""`timing.json`, beside a test's metrics: times of the row's networks, with process and machine.

Times are not part of keys. A run that several tables share has an entry for each of them.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ablations.planning.folder import read_json, write_json

TIMING = "timing.json"


@dataclass(frozen=True)
class Timing:
    """Times of one network's forward pass for one image, in seconds, in the order of the rounds.

    `process` is the same for all times measured in turns by one process.
    """

    seconds: tuple[float, ...]
    process: str
    machine: Mapping[str, Any]
    device: str

    @property
    def median(self) -> float:
        """Median over the rounds."""
        return statistics.median(self.seconds)

    @property
    def p90(self) -> float:
        """90th percentile over the rounds."""
        return statistics.quantiles(self.seconds, n=10, method="inclusive")[-1]


def read_timing(folder: Path, table: str, network: str) -> Timing | None:
    """Read a network's times for a table from a run folder's `timing.json`; None where it says nothing."""
    try:
        entry = (read_json(folder / TIMING) or {})[table]
        seconds = tuple(float(value) for value in entry["seconds"][network])
        return Timing(seconds, str(entry["process"]), dict(entry["machine"]), str(entry["device"]))
    except (LookupError, TypeError, ValueError):
        return None


def write_timing(folder: Path, table: str, about: Mapping[str, Any], seconds: Mapping[str, list[float]]) -> None:
    """Put a table's times of a run's networks into its `timing.json`, beside those of other tables.

    Args:
        about: process, machine, device, and other values common to all runs timed together.
    """
    timings = {name: Timing(tuple(values), "", {}, "") for name, values in seconds.items()}
    summary = {name: {"median": timing.median, "p90": timing.p90} for name, timing in timings.items()}
    entry = {**about, "seconds": dict(seconds), "summary": summary}
    write_json(folder / TIMING, {**(read_json(folder / TIMING) or {}), table: entry})
