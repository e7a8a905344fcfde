"""Formatting of numbers: digits by metric, counts with separators, durations."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ablations.planning.timings import Timing
from ablations.tables.table import TIME_UNITS, UNITS, Column, plain_metric
from lightning_modules.metrics.catalogue import Metric, metric_place
from lightning_modules.metrics.catalogue import find_metric as find_plain

_ARROWS = {"lower": "↓", "higher": "↑"}


def find_metric(name: str) -> Metric | None:
    """Return the catalogue's entry of a metric, whatever test stage its name begins with; None if there is none."""
    return find_plain(plain_metric(name))


def metric_text(name: str, value: float | None) -> str:
    """Return a metric's value with the digits of its catalogue entry; "undefined" where there is none."""
    if value is None or not math.isfinite(value):
        return "undefined"
    metric = find_metric(name)
    if metric is None:
        return f"{value:.4g}"
    return count_text(value) if metric.digits is None else f"{value:.{metric.digits}f}"


def spread_text(name: str, values: Sequence[float | None]) -> str:
    """Format the mean over seeds, with sample standard deviation from two seeds on; "" without values."""
    finite = [value for value in values if value is not None and math.isfinite(value)]
    if not values:
        return ""
    if not finite:
        return "undefined"
    text = metric_text(name, statistics.fmean(finite))
    if len(finite) > 1:
        text += f" ± {metric_text(name, statistics.stdev(finite))}"
    if len(finite) < len(values):
        text += f" ({len(values) - len(finite)} of {len(values)} undefined)"
    return text


def signed_text(name: str, value: float) -> str:
    """Format a difference with its sign: "+3.20", "−3.20"."""
    text = metric_text(name, abs(value))
    return text if text == "undefined" else f"{'−' if value < 0 else '+'}{text}"


def interval_text(name: str, interval: tuple[float, float]) -> str:
    """Format an interval: "[−3.20, +0.40]"."""
    low, high = interval
    return f"[{signed_text(name, low)}, {signed_text(name, high)}]"


def better(name: str) -> str:
    """Return an arrow in the better direction; "" if there is none or the metric is unknown."""
    metric = find_metric(name)
    return "" if metric is None else _ARROWS.get(metric.better, "")


def metric_words(name: str) -> str:
    """Return a metric's description with its unit; "" if it is unknown."""
    metric = find_metric(name)
    return "" if metric is None else f"{metric.sentence}{f', {metric.unit}' if metric.unit else ''}"


def is_constant(name: str) -> bool:
    """Return True for a metric that does not depend on the tested model."""
    metric = find_metric(name)
    return metric is not None and metric.constant


def is_intermediate(name: str) -> bool:
    """Return True for a metric of an earlier stage's output."""
    metric = find_metric(name)
    return metric is not None and metric.intermediate


def by_reason(failed: Mapping[str, str]) -> dict[str, list[str]]:
    """Group failed metrics by reason."""
    found: dict[str, list[str]] = {}
    for metric, reason in failed.items():
        found.setdefault(reason, []).append(metric)
    return found


def metric_order(name: str) -> tuple[int, str]:
    """Sort key of metrics: the catalogue's order, then those without an entry."""
    return metric_place(plain_metric(name)), name


def count_text(count: float) -> str:
    """Format 3050562 as "3,050,562"."""
    return f"{round(count):,}"


def quantity_text(column: Column, value: float) -> str:
    """Format an exact quantity of a network: parameters in full, a cost in its column's unit ("5.0213 G")."""
    if column.parameters or not column.unit:
        return count_text(value)
    return f"{value / UNITS[column.unit]:,.4f} {column.unit}"


def time_text(timing: Timing, unit: str) -> str:
    """Format median and p90 of a network's time: "12.34 ms (p90 13.02 ms)"."""
    median, p90 = (f"{value / TIME_UNITS[unit]:.4g} {unit}" for value in (timing.median, timing.p90))
    return f"{median} (p90 {p90})"


def duration_text(seconds: float | None) -> str:
    """Format seconds in the two largest units: "1 h 05 min", "3 min 20 s", "12 s"."""
    if seconds is None:
        return "unknown"
    total = round(seconds)
    if total >= 3600:
        return f"{total // 3600} h {total % 3600 // 60:02d} min"
    return f"{total // 60} min {total % 60:02d} s" if total >= 60 else f"{total} s"


def plural(count: int, noun: str) -> str:
    """Format a count with its noun: "1 seed", "3 seeds"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def sentence_case(text: str) -> str:
    """Capitalise the first letter."""
    return text[:1].upper() + text[1:]


def listing(names: Sequence[str]) -> str:
    """Join names: "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def plain(value: Any) -> str:
    """Format a value of a record in one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {plain(item)}" for key, item in value.items() if item is not None)
    if isinstance(value, (list, tuple)):
        return " × ".join(plain(item) for item in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def distinct(texts: Iterable[str]) -> str:
    """Join texts without repetitions."""
    return "; ".join(dict.fromkeys(text for text in texts if text))
