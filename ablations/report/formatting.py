"""Numbers as a reader wants them: digits by metric, counts with separators, durations in words."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

#: (prefix of the metric's name, decimals, whether lower or higher is better); the first that fits counts.
_METRICS = (
    ("fid", 2, "lower"),
    ("fd_", 2, "lower"),
    ("kid", 4, "lower"),
    ("kd_", 4, "lower"),
    ("is", 3, "higher"),
    ("ssim", 3, "higher"),
    ("psnr", 2, "higher"),
    ("parsing_miou", 3, "higher"),
    ("top1", 1, "higher"),
    ("class_diversity", 3, "higher"),
    ("energy_distance", 3, "lower"),
    ("sliced_wasserstein", 3, "lower"),
    ("coverage", 2, "higher"),
    ("precision", 2, "higher"),
    ("aspect", 2, "higher"),
)
_ARROWS = {"lower": "↓", "higher": "↑"}
_WORDS = {
    "fid": "Fréchet inception distance, standard weights",
    "kid": "kernel inception distance, standard weights",
    "is": "inception score, standard weights",
    "ssim": "structural similarity",
    "psnr": "peak signal-to-noise ratio, dB",
    "top1": "share of images in which a recogniser sees the class that was asked for, %",
    "is_recogniser": "score like the inception score, of the recogniser's classes",
    "class_diversity": "mean distance of two images of a class, relative to that of real images",
    "energy_distance": "square root of the energy distance to real points",
    "energy_distance_early": "the same after a tenth of the training",
    "sliced_wasserstein": "1-Wasserstein distance of projections, mean over directions",
    "coverage": "share of the ring's angles that generated points cover",
    "precision": "share of generated points on the ring",
    "aspect": "smaller principal standard deviation over the larger; 0 is a line",
}
_FAMILIES = {"fd": "Fréchet distance", "kd": "kernel distance", "is": "score like the inception score"}


def metric_text(name: str, value: float | None) -> str:
    """A metric's value with the decimals its kind deserves; "undefined" where there is none."""
    if value is None or not math.isfinite(value):
        return "undefined"
    if name == "parameters":
        return count_text(value)
    decimals = next((count for prefix, count, _ in _METRICS if name.startswith(prefix)), None)
    return f"{value:.4g}" if decimals is None else f"{value:.{decimals}f}"


def spread_text(name: str, values: Sequence[float | None]) -> str:
    """Mean over seeds, with the sample standard deviation where there are two or more; "" for no values."""
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
    """A difference with its sign: "+3.20", "−3.20"."""
    text = metric_text(name, abs(value))
    return text if text == "undefined" else f"{'−' if value < 0 else '+'}{text}"


def interval_text(name: str, interval: tuple[float, float]) -> str:
    """ "[−3.20, +0.40]"."""
    low, high = interval
    return f"[{signed_text(name, low)}, {signed_text(name, high)}]"


def better(name: str) -> str:
    """An arrow in the direction that is better, or "" where the metric is not known."""
    return next((_ARROWS[direction] for prefix, _, direction in _METRICS if name.startswith(prefix)), "")


def metric_words(name: str) -> str:
    """What a metric's name stands for: "fd_effnetlite0" is the Frechet distance in the features of effnetlite0."""
    family, _, network = name.partition("_")
    if network and family in _FAMILIES:
        return f"{_FAMILIES[family]} in the features of {network}"
    return _WORDS.get(name, "")


def metric_order(name: str) -> tuple[int, str]:
    """Sorts metrics as papers list them: distances, scores, then paired metrics."""
    return next((i for i, (prefix, _, _) in enumerate(_METRICS) if name.startswith(prefix)), len(_METRICS)), name


def count_text(count: float) -> str:
    """3050562 as "3,050,562"."""
    return f"{round(count):,}"


def duration_text(seconds: float | None) -> str:
    """Seconds in the two largest units: "1 h 05 min", "3 min 20 s", "12 s"."""
    if seconds is None:
        return "unknown"
    total = round(seconds)
    if total >= 3600:
        return f"{total // 3600} h {total % 3600 // 60:02d} min"
    return f"{total // 60} min {total % 60:02d} s" if total >= 60 else f"{total} s"


def plural(count: int, noun: str) -> str:
    """ "1 seed", "3 seeds"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def sentence_case(text: str) -> str:
    """First letter in capitals, the rest as it is."""
    return text[:1].upper() + text[1:]


def listing(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def plain(value: Any) -> str:
    """A value of a record in a line that people read."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {plain(item)}" for key, item in value.items() if item is not None)
    if isinstance(value, (list, tuple)):
        return " × ".join(plain(item) for item in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def distinct(texts: Iterable[str]) -> str:
    """Each text once."""
    return "; ".join(dict.fromkeys(text for text in texts if text))
