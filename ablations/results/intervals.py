"""Statistics of paired differences: t interval of the mean, verdict, and number of seeds needed for a decision.

Intervals are two-sided, at 95 %. One difference has no interval. Intervals are corrected neither for the number of
claims nor for seeds added after an undecided verdict: in a simulation with no effect, starting with three seeds and
then adding the suggested number gave a wrong verdict in about 11 % of cases, not 5 %. For 5 %, fix the number of seeds
beforehand.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

LEVEL = 0.95
#: Maximum number of suggested seeds.
MOST_SEEDS = 30
#: Suggested number of seeds after one seed, which has no spread.
FIRST_SEEDS = 3

Verdict = Literal["supported", "contradicted", "undecided"]


@dataclass(frozen=True)
class Decision:
    """A verdict on differences, its reason, and the interval of their mean (None below two)."""

    verdict: Verdict
    reason: str
    interval: tuple[float, float] | None = None


def t_interval(values: Sequence[float], level: float = LEVEL) -> tuple[float, float] | None:
    """Return the two-sided t interval of a mean, None below two values."""
    if len(values) < 2:
        return None
    mean, half = statistics.fmean(values), _half_width(statistics.stdev(values), len(values), level)
    return mean - half, mean + half


def decide(
    operator: Literal["<", ">", "="], differences: Sequence[float], margin: float = 0.0, pair: str = "seed"
) -> Decision:
    """Decide on left minus right, one difference per seed; `margin` is the largest difference that "=" allows.

    `pair` is the noun for the pairs.
    """
    n, interval = len(differences), t_interval(differences)
    if interval is None:
        return Decision("undecided", f"one {pair} decides nothing" if n else f"no {pair} has a value on both sides")
    if operator != "=" and not any(differences):
        return Decision("undecided", f"the difference is 0 at all {n} {pair}s", interval)
    verdict, where = _margin_side(*interval, margin) if operator == "=" else _sign_side(operator, *interval)
    if min(differences) == max(differences):
        reason = f"the difference lies {where}; the {n} {pair}s show no spread, so the interval has zero width"
    else:
        reason = f"the {LEVEL:.0%} interval of the difference over {n} paired {pair}s lies {where}"
    return Decision(verdict, reason, interval)


def prospect(n: int, of: str = "") -> str:
    """Describe the expected effect of more seeds on claims with `n` seeds: a decision, or for one seed its spread."""
    return f"would probably decide {of}".rstrip() if n > 1 else f"would show the spread{' of ' if of else ''}{of}"


def seeds_to_decide(differences: Sequence[float], distance: float) -> int | None:
    """Return the smallest number of seeds (at most `MOST_SEEDS`) that would probably decide at the current spread.

    The interval's half width must be below `distance`, that from the mean difference to the value that must lie
    outside. None if no such number is enough or there is no difference; `FIRST_SEEDS` for one difference.
    """
    n = len(differences)
    if n < 2:
        return FIRST_SEEDS if n else None
    spread = statistics.stdev(differences)
    return next((m for m in range(n + 1, MOST_SEEDS + 1) if _half_width(spread, m, LEVEL) < distance), None)


def _half_width(spread: float, n: int, level: float) -> float:
    from scipy.special import stdtrit  # called by scipy.stats.t.ppf, which takes more than a second longer to import

    return float(stdtrit(n - 1, (1 + level) / 2)) * spread / math.sqrt(n)


def _sign_side(operator: Literal["<", ">"], low: float, high: float) -> tuple[Verdict, str]:
    if high < 0:
        return "supported" if operator == "<" else "contradicted", "below 0"
    if low > 0:
        return "supported" if operator == ">" else "contradicted", "above 0"
    return "undecided", "on both sides of 0"


def _margin_side(low: float, high: float, margin: float) -> tuple[Verdict, str]:
    if -margin <= low and high <= margin:
        return "supported", f"within the margin of ±{margin:g}"
    if low > margin or high < -margin:
        return "contradicted", f"outside the margin of ±{margin:g}"
    return "undecided", f"on both sides of the margin of ±{margin:g}"
