"""How long what is left will take and how much disk, from the speed of what runs and what has run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from statistics import mean
from typing import Any

from ablations.planning.expand import StageRun
from ablations.planning.folder import PROGRESS, read_json, seconds
from ablations.resolving.configs import class_name

#: Model, fit or test, and scale: such runs take the same time a unit of work, and the same room.
Kind = tuple[str, str, str]
Rates = Mapping[Kind, float]


@dataclass(frozen=True)
class Progress:
    """Where a running stage is: iterations done and to do, and the seconds they took."""

    iteration: int
    max_iterations: int
    seconds: float

    @property
    def rate(self) -> float | None:
        """Seconds an iteration; None before the first."""
        return self.seconds / self.iteration if self.iteration > 0 and self.seconds > 0 else None


def read_progress(run: StageRun) -> Progress | None:
    """The stage's `progress.json`, None before it has written one."""
    content = read_json(run.folder / PROGRESS)
    if content is None:
        return None
    try:
        return Progress(int(content["iteration"]), int(content["max_iterations"]), float(content["seconds"]))
    except (KeyError, TypeError, ValueError):
        return None


def units(kind: str, config: Mapping[str, Any]) -> int:
    """The size of a stage's work: iterations of a fit, 1 for a test."""
    return int(config["model"]["init_args"].get("max_iterations") or 1) if kind == "fit" else 1


def kind_of(run: StageRun) -> Kind:
    """Stages of one kind take the same time a unit."""
    return class_name(run.config), run.kind, run.scale


def seconds_a_unit(
    done: Collection[StageRun], running: Collection[StageRun] = (), before: Rates | None = None
) -> dict[Kind, float]:
    """Seconds a unit by kind of stage: from these finished stages, else from `before` (what other runs took), else
    from running ones.
    """
    found: dict[Kind, list[float]] = {}
    for run in done:
        taken = seconds(run.folder)
        if taken is not None:
            found.setdefault(kind_of(run), []).append(taken / units(run.kind, run.config))
    known = {**(before or {}), **{kind: mean(values) for kind, values in found.items()}}
    for run in running:
        progress = read_progress(run)
        if run.kind == "fit" and progress and progress.rate:
            known.setdefault(kind_of(run), progress.rate)
    return known


def stage_cost(run: StageRun, rates: Rates) -> float | None:
    """A rate for a stage: of its own kind, else the mean of those that do the same (fit or test) at its scale."""
    rate = rates.get(kind_of(run))
    if rate is None:
        alike = [value for (_, kind, scale), value in rates.items() if (kind, scale) == (run.kind, run.scale)]
        rate = mean(alike) if alike else None
    return rate


def stage_seconds(run: StageRun, rates: Rates) -> float | None:
    """What a stage will take; None where nothing like it has run."""
    rate = stage_cost(run, rates)
    return None if rate is None else rate * units(run.kind, run.config)


def remaining(missing: Collection[StageRun], running: Collection[StageRun], rates: Rates, jobs: int) -> float | None:
    """Seconds until all is done with `jobs` stages side by side; None while nothing is known.

    `missing` has not started yet, and has inputs before what needs them. Stages of which nothing is known count as
    nothing.
    """
    if not rates:
        return None
    left = {run.key: _seconds_left(run, rates) for run in running}
    ends = dict(left)
    for run in missing:
        left[run.key] = stage_seconds(run, rates) or 0.0
        ends[run.key] = left[run.key] + max((ends.get(need.key, 0.0) for need in run.needs.values()), default=0.0)
    return max(sum(left.values()) / jobs, max(ends.values(), default=0.0))  # however many jobs, inputs come first


def _seconds_left(run: StageRun, rates: Rates) -> float:
    progress = read_progress(run)
    if run.kind == "fit" and progress and progress.rate:
        return progress.rate * max(0, progress.max_iterations - progress.iteration)
    return stage_seconds(run, rates) or 0.0


def size_text(count: float) -> str:
    """Bytes as 380 MB or 1.2 GB."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def clock(duration: float) -> str:
    """Seconds as 0:07, 12:34 or 1:02:03."""
    minutes, rest = divmod(round(duration), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
