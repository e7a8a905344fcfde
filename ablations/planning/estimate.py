"""Estimates of remaining time and disk space, from the speed of running and finished stages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from statistics import mean
from typing import Any

from ablations.planning.expand import StageRun
from ablations.planning.folder import PROGRESS, read_json, seconds
from ablations.resolving.configs import class_name

#: (model, fit or test, scale): runs of one kind take the same time per unit of work, and the same disk space.
Kind = tuple[str, str, str]
Rates = Mapping[Kind, float]


@dataclass(frozen=True)
class Progress:
    """Progress of a running stage: iterations done, their total, and the seconds spent so far."""

    iteration: int
    max_iterations: int
    seconds: float

    @property
    def rate(self) -> float | None:
        """Seconds per iteration; None before the first."""
        return self.seconds / self.iteration if self.iteration > 0 and self.seconds > 0 else None


def read_progress(run: StageRun) -> Progress | None:
    """Read the stage's `progress.json`; None if it has not written one."""
    content = read_json(run.folder / PROGRESS)
    if content is None:
        return None
    try:
        return Progress(int(content["iteration"]), int(content["max_iterations"]), float(content["seconds"]))
    except (KeyError, TypeError, ValueError):
        return None


def units(kind: str, config: Mapping[str, Any]) -> int:
    """Return the units of work of a stage: iterations of a fit, 1 for a test."""
    return int(config["model"]["init_args"].get("max_iterations") or 1) if kind == "fit" else 1


def kind_of(run: StageRun) -> Kind:
    """Return the kind of a stage, which determines its time per unit."""
    return class_name(run.config), run.kind, run.scale


def seconds_per_unit(
    done: Collection[StageRun], running: Collection[StageRun] = (), before: Rates | None = None
) -> dict[Kind, float]:
    """Return seconds per unit of work by kind of stage: from the finished stages `done`, else from `before` (other
    runs), else from running stages.
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
    """Return the rate for a stage: of its kind, else the mean over kinds that also fit (or test) at its scale."""
    rate = rates.get(kind_of(run))
    if rate is None:
        alike = [value for (_, kind, scale), value in rates.items() if (kind, scale) == (run.kind, run.scale)]
        rate = mean(alike) if alike else None
    return rate


def stage_seconds(run: StageRun, rates: Rates) -> float | None:
    """Return the estimated seconds of a stage; None if no similar stage has run."""
    rate = stage_cost(run, rates)
    return None if rate is None else rate * units(run.kind, run.config)


def remaining(missing: Collection[StageRun], running: Collection[StageRun], rates: Rates, jobs: int) -> float | None:
    """Return the estimated seconds until all stages are done with `jobs` in parallel; None if no rate is known.

    `missing` are the stages not started yet, in order of their inputs. A stage without a rate counts as 0.
    """
    if not rates:
        return None
    left = {run.key: _seconds_left(run, rates) for run in running}
    ends = dict(left)
    for run in missing:
        left[run.key] = stage_seconds(run, rates) or 0.0
        ends[run.key] = left[run.key] + max((ends.get(need.key, 0.0) for need in run.needs.values()), default=0.0)
    return max(sum(left.values()) / jobs, max(ends.values(), default=0.0))  # a stage waits for its inputs


def _seconds_left(run: StageRun, rates: Rates) -> float:
    progress = read_progress(run)
    if run.kind == "fit" and progress and progress.rate:
        return progress.rate * max(0, progress.max_iterations - progress.iteration)
    return stage_seconds(run, rates) or 0.0


def size_text(count: float) -> str:
    """Format bytes as 380 MB or 1.2 GB."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def clock(duration: float) -> str:
    """Format seconds as 0:07, 12:34 or 1:02:03."""
    minutes, rest = divmod(round(duration), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
