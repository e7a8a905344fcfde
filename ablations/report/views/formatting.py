"""Numbers as a reader wants them: digits by metric, counts with separators, durations in words."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

#: (prefix of the metric's name, decimals, whether lower or higher is better, if either); the first that fits counts.
_METRICS = (
    ("fid", 2, "lower"),
    ("fd_", 2, "lower"),
    ("kid", 4, "lower"),
    ("kd_", 4, "lower"),
    ("is_recogniser_10_splits_sd", 3, ""),
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
    ("verification_accuracy", 2, "higher"),
    ("verification_standard_error", 2, "lower"),
    ("l1", 2, "lower"),
    ("sharpness", 2, ""),
    ("details", 3, "higher"),
    ("identity_others", 3, ""),
    ("identity", 3, "higher"),
    ("inpainting_psnr_mean_fill", 2, ""),
    ("inpainting_ssim_mean_fill", 3, ""),
    ("inpainting_psnr", 2, "higher"),
    ("inpainting_ssim", 3, "higher"),
    ("morphing_top1", 1, "higher"),
    ("morphing_largest_step", 2, "lower"),
    ("retrieval_attributes_chance", 1, ""),
    ("retrieval_attributes", 1, "higher"),
    ("retrieval_same_class", 1, ""),
    ("memorisation_pixels_ratio", 3, "higher"),
    ("memorisation_recogniser_ratio", 3, "higher"),
    ("memorisation", 1, ""),
    ("latent_plane", 1, ""),
)
#: Before the name of a metric that is of reconstructions and their inputs.
_RECONSTRUCTION = "reconstruction_"
_COUNTS = ("parameters", "generated_pictures")
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
    "verification_accuracy": "pairs of faces told right as the same person or not, mean over folds, %",
    "verification_accuracy_strangers": "the same of pairs without anybody who was trained on",
    "verification_standard_error": "standard error of verification_accuracy over the folds, points",
    "verification_threshold": "cosine from which on a pair is taken for one person, mean over folds",
    "generated_pictures": "generated pictures beside the real ones in training",
    "l1": "mean absolute difference, of 255 levels",
    "sharpness": "energy of differences between neighbouring pixels, relative to the inputs'; below 1 is blurrier",
    "details": "agreement of these differences with the inputs', 1 where all edges are there and no others",
    "identity": "cosine of a recogniser's features with those of the input",
    "identity_others": "the same with inputs of other classes",
    "inpainting_psnr": "peak signal-to-noise ratio in the hole, dB",
    "inpainting_ssim": "structural similarity in the hole",
    "inpainting_psnr_mean_fill": "the same of a hole filled with the mean colour of the rest",
    "inpainting_ssim_mean_fill": "the same of a hole filled with the mean colour of the rest",
    "morphing_top1": "mixtures of two codes in which a recogniser sees the class, %",
    "morphing_top1_ends": "reconstructions of both in which it does, %",
    "morphing_largest_step": "largest step over the mean one on the way; 1 is even",
    "retrieval_attributes": "attributes that pictures with near codes share with the query, %",
    "retrieval_attributes_chance": "the same of any pictures, %",
    "retrieval_same_class": "pictures with near codes that are of the query's class, %",
    "retrieval_same_class_chance": "the same of any pictures, %",
    "memorisation_pixels_ratio": "distance to the nearest training picture over that to a held-out one, median",
    "memorisation_pixels_nearer_training": "generated pictures that are nearer to a training picture, %",
    "memorisation_recogniser_ratio": "the same ratio by a recogniser's features",
    "memorisation_recogniser_nearer_training": "the same share by a recogniser's features, %",
    "memorisation_expected": "that share where nothing is copied, by the numbers of pictures, %",
    "latent_plane_explained": "variance of the codes in the plane of their two principal components, %",
}
_FAMILIES = {"fd": "Fréchet distance", "kd": "kernel distance", "is": "score like the inception score"}


def metric_text(name: str, value: float | None) -> str:
    """A metric's value with the decimals its kind deserves; "undefined" where there is none."""
    if value is None or not math.isfinite(value):
        return "undefined"
    if name in _COUNTS:
        return count_text(value)
    decimals = next((count for prefix, count, _ in _METRICS if _own(name).startswith(prefix)), None)
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
    directions = (direction for prefix, _, direction in _METRICS if _own(name).startswith(prefix))
    return _ARROWS.get(next(directions, ""), "")


def metric_words(name: str) -> str:
    """What a metric's name stands for: "fd_effnetlite0" is the Frechet distance in the features of effnetlite0."""
    if name != _own(name):
        return f"of reconstructions: {metric_words(_own(name))}"
    family, _, network = name.partition("_")
    if name not in _WORDS and network and family in _FAMILIES:
        return f"{_FAMILIES[family]} in the features of {network}"
    return _WORDS.get(name, "")


def by_reason(failed: Mapping[str, str]) -> dict[str, list[str]]:
    """Why metrics could not be had, and which: what failed for one reason stands together."""
    found: dict[str, list[str]] = {}
    for metric, reason in failed.items():
        found.setdefault(reason, []).append(metric)
    return found


def metric_order(name: str) -> tuple[int, str]:
    """Sorts metrics as papers list them: distances, scores, paired metrics; those of reconstructions at the end."""
    place = next((i for i, (prefix, _, _) in enumerate(_METRICS) if _own(name).startswith(prefix)), len(_METRICS))
    return place + (name != _own(name)) * (len(_METRICS) + 1), name


def _own(name: str) -> str:
    """A metric's name, of whatever it was measured."""
    return name.removeprefix(_RECONSTRUCTION)


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
