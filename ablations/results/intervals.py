"""What differences say: the t interval of their mean, the verdict it gives, and how many more would decide.

Intervals are two-sided, at 95 %, and not corrected for the number of claims. One difference has no interval.
Nor are they corrected for seeds that were added because a verdict was open. Where there is no effect, three seeds and
then as many as were suggested decide wrongly in about 11 % of simulated cases, not 5 %: who wants 5 % fixes the number
of seeds beforehand.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

LEVEL = 0.95
#: More seeds than this are never suggested.
MOST_SEEDS = 30
#: What is suggested where one seed says nothing of the spread.
FIRST_SEEDS = 3

Verdict = Literal["supported", "contradicted", "undecided"]


@dataclass(frozen=True)
class Decision:
    """A verdict on differences, why, and the interval of their mean (None below two)."""

    verdict: Verdict
    reason: str
    interval: tuple[float, float] | None = None


def t_interval(values: Sequence[float], level: float = LEVEL) -> tuple[float, float] | None:
    """The two-sided t interval of a mean, None below two values."""
    if len(values) < 2:
        return None
    mean, half = statistics.fmean(values), _half_width(statistics.stdev(values), len(values), level)
    return mean - half, mean + half


def decide(
    operator: Literal["<", ">", "="], differences: Sequence[float], margin: float = 0.0, pair: str = "seed"
) -> Decision:
    """The verdict on left minus right, one difference a seed; `margin` is how far "=" lets the two lie apart.

    `pair` is the word for what pairs the two sides.
    """
    n, interval = len(differences), t_interval(differences)
    if interval is None:
        return Decision("undecided", f"1 {pair} supports nothing" if n else f"no {pair} has a value on both sides")
    if operator != "=" and not any(differences):
        return Decision("undecided", f"no difference at any of {n} {pair}s", interval)
    verdict, where = _margin_side(*interval, margin) if operator == "=" else _sign_side(operator, *interval)
    if min(differences) == max(differences):
        reason = f"the difference lies {where}; the {n} {pair}s show no spread, so the interval has no width"
    else:
        reason = f"the {LEVEL:.0%} interval of the difference over {n} paired {pair}s lies {where}"
    return Decision(verdict, reason, interval)


def hope(n: int, of: str = "") -> str:
    """What more seeds would do for claims that have `n`: below two, no spread tells yet how many would decide."""
    return f"would probably decide {of}".rstrip() if n > 1 else f"would show the spread{' of ' if of else ''}{of}"


def seeds_to_decide(differences: Sequence[float], distance: float) -> int | None:
    """The smallest number of seeds, at most `MOST_SEEDS`, whose interval at the present spread reaches less far.

    `distance` is from the mean difference to the value that must lie outside the interval. None where no such number
    would do, or where there is no difference to go by. A single difference has no spread: then `FIRST_SEEDS`.
    """
    n = len(differences)
    if n < 2:
        return FIRST_SEEDS if n else None
    spread = statistics.stdev(differences)
    return next((m for m in range(n + 1, MOST_SEEDS + 1) if _half_width(spread, m, LEVEL) < distance), None)


def _half_width(spread: float, n: int, level: float) -> float:
    from scipy.special import stdtrit  # what scipy.stats.t.ppf calls, at half the time to import

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
