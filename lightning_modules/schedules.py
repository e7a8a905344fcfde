"""Learning-rate schedules: pure functions of (iteration, max_iterations), with milestones as shares of the run.

A model lists its own in `schedules`; `TrainedModule` sets the rates before each step. They have no state, so a
resumed run has the rates of an uninterrupted one, and a shorter run (another scale) decays at the same shares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from common.errors import ConfigurationError

#: Takes an iteration, from 0, and the length of the run; returns the factor of the base rate in this iteration.
Schedule = Callable[[int, int], float]


def constant(iteration: int, max_iterations: int) -> float:
    """Return 1.0."""
    return 1.0


@dataclass(frozen=True)
class LinearDecay:
    """Constant rate until a share of the run is done, then a decay in equal steps that would reach 0 after the end.

    With `start` s of n iterations and f = round(s n): 1 - max(0, i + 1 - f) / (n - f + 1) in iteration i. This is the
    rule of pix2pix's public code by iteration instead of epoch, without its last epoch at rate 0.

    Args:
        start: share of the run before the decay, in [0, 1]; 1 for no decay.

    Raises:
        ConfigurationError: not a share.
    """

    start: float

    def __post_init__(self) -> None:
        _require_shares("start", self.start)

    def __call__(self, iteration: int, max_iterations: int) -> float:
        first = round(self.start * max_iterations)
        return 1.0 - max(0, iteration + 1 - first) / (max_iterations - first + 1)


@dataclass(frozen=True)
class StepDecay:
    """Rate that is multiplied by `factor` at each milestone.

    Args:
        milestones: shares of the run in [0, 1]; the iteration round(share * max_iterations) is the first at the
            lower rate.
        factor: factor of one milestone.

    Raises:
        ConfigurationError: not shares.
    """

    milestones: tuple[float, ...]
    factor: float = 0.1

    def __post_init__(self) -> None:
        _require_shares("milestones", *self.milestones)

    def __call__(self, iteration: int, max_iterations: int) -> float:
        passed = sum(iteration >= round(share * max_iterations) for share in self.milestones)
        return float(self.factor**passed)


def _require_shares(name: str, *values: float) -> None:
    for value in values:
        if not 0 <= value <= 1:
            raise ConfigurationError(f"learning-rate schedule: {name}: {value}; give shares of the run, from 0 to 1")
