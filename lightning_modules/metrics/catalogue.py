"""Metric catalogue: one entry per metric, with its format and direction. Needs no torch.

A family's own metrics are listed in `lightning_modules/<family>/metric_catalogue.py` as `METRICS`.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

Direction = Literal["lower", "higher", "none"]

_PACKAGE = Path(__file__).resolve().parents[1]
#: File of a family's own entries.
FAMILY_FILE = "metric_catalogue.py"


@dataclass(frozen=True)
class Metric:
    """A metric of a test.

    Attributes:
        name: in results, tables and reports; unique. "*" at its end stands for the name of a network: `fd_*` is every
            Fréchet distance that has no entry of its own.
        digits: decimals in print; None prints a count, with thousands separators.
        better: direction in which it gets better; "none" where neither is better.
        unit: "", "%", "dB", ...
        sentence: description without the name, for the report's list of metrics.
        constant: True if it does not depend on the tested model, such as a metric of real images.
        intermediate: True if it is about an output of an earlier stage; reports show such metrics separately.
    """

    name: str
    digits: int | None
    better: Direction
    unit: str
    sentence: str
    constant: bool = False
    intermediate: bool = False


_DISTANCES = (
    Metric("fid", 2, "lower", "", "Fréchet inception distance, standard weights"),
    Metric("fd_*", 2, "lower", "", "Fréchet distance in the features of *"),
    Metric("kid", 4, "lower", "", "kernel inception distance, standard weights"),
    Metric("kd_*", 4, "lower", "", "kernel distance in the features of *"),
)
_SCORES = (
    Metric("is", 3, "higher", "", "inception score, standard weights"),
    Metric("is_*", 3, "higher", "", "score like the inception score, of the classes of *"),
    Metric("is_recogniser", 3, "higher", "", "score like the inception score, of the recogniser's classes"),
    Metric("is_recogniser_10_splits", 3, "higher", "", "the same in ten splits, mean"),
    Metric("is_recogniser_10_splits_sd", 3, "none", "", "the same in ten splits, standard deviation"),
    Metric("is_recogniser_real", 3, "none", "", "the same of real images", constant=True),
)
_PAIRED = (
    Metric("ssim", 3, "higher", "", "structural similarity"),
    Metric("psnr", 2, "higher", "dB", "peak signal-to-noise ratio"),
    Metric("l1", 2, "lower", "levels", "mean absolute difference, of 255 levels"),
    Metric("reconstruction_sharpness", 2, "none", "", "of reconstructions: energy of differences between neighbouring "
           "pixels, relative to the inputs'; below 1 is blurrier, and noise raises it"),
    Metric("details", 3, "higher", "", "agreement of these differences with the inputs', 1 where all edges are there "
           "and no others"),
    Metric("identity", 3, "higher", "", "cosine of a recogniser's features with those of the input"),
    Metric("identity_others", 3, "none", "", "the same with inputs of other classes"),
    Metric("parsing_miou_hole", 3, "higher", "", "mean intersection over union of the class maps inside the hole",
           intermediate=True),
    Metric("parsing_miou_hole_constant", 3, "none", "", "the same of the most frequent class alone",
           constant=True, intermediate=True),
    Metric("diversity_l1", 2, "none", "levels", "mean absolute difference of several outputs for one input; noise "
           "raises it too"),
)  # fmt: skip
_CLASSES = (
    Metric("top1", 1, "higher", "%", "images that a recogniser assigns to the requested class"),
    Metric("top1_real_training", 1, "none", "%", "the same of real images that the recogniser was trained on",
           constant=True),
    Metric("top1_real_held_out", 1, "none", "%", "the same of real images held out of its training",
           constant=True),
    Metric("class_diversity", 3, "none", "", "mean distance in features of two images of a class, relative to that of "
           "real images; noise raises it"),
    Metric("sharpness", 2, "none", "", "energy of edges, relative to real images'; below 1 is blurrier, and white "
           "noise does not raise it"),
    Metric("noise_level", 1, "lower", "levels", "standard deviation of the noise, estimated from the finest details, "
           "of 255 levels"),
    Metric("noise_level_real", 1, "none", "levels", "the same of real images", constant=True),
    Metric("class_variety", 2, "higher", "", "variance of coarse images of a class, relative to that of real images; "
           "white noise does not raise it"),
    Metric("precision", 2, "higher", "", "generated images within the manifold of real ones"),
    Metric("recall", 2, "higher", "", "real images within the manifold of generated ones"),
)  # fmt: skip
_VERIFICATION = (
    Metric("verification_accuracy", 2, "higher", "%", "pairs of faces correctly classified as the same person or not, "
           "mean over folds"),
    Metric("verification_accuracy_unseen_people", 2, "higher", "%", "the same of pairs without people of the training "
           "set"),
    Metric("verification_standard_error", 2, "lower", "points", "standard error of verification_accuracy over folds"),
    Metric("verification_threshold", 3, "none", "", "smallest cosine at which a pair counts as the same person, mean "
           "over folds"),
    Metric("generated_pictures", None, "none", "", "generated images beside the real ones in training"),
)  # fmt: skip
#: Exact quantities of networks.
_NETWORKS = (
    Metric("parameters", None, "none", "", "parameters of the paper-scale network"),
    Metric("macs", None, "none", "", "multiply-accumulates of a forward pass of the paper-scale network for one image"),
    Metric("flops", None, "none", "", "floating-point operations of that pass, 2 for each multiply-accumulate"),
    Metric("bytes", None, "none", "", "bytes of the paper-scale network's parameters in float32"),
    Metric("seconds", 4, "lower", "s", "median time of a forward pass of the network for one image, on one machine"),
    Metric("fp16_bytes", None, "none", "", "bytes of its parameters in float16"),
)
#: Metrics that are also measured of reconstructions.
_RECONSTRUCTED = ("fid", "fd_*", "kid", "kd_*", "ssim", "psnr", "l1", "details", "top1", "identity",
                  "identity_others")  # fmt: skip


def _reconstructions(metrics: Iterable[Metric]) -> tuple[Metric, ...]:
    found = (metric for metric in metrics if metric.name in _RECONSTRUCTED)
    return tuple(
        replace(metric, name=f"reconstruction_{metric.name}", sentence=f"of reconstructions: {metric.sentence}")
        for metric in found
    )


_OWN = (*_DISTANCES, *_SCORES, *_PAIRED, *_CLASSES, *_VERIFICATION, *_NETWORKS)
#: The entries that families share, in the order in which reports list them.
METRICS = (*_OWN, *_reconstructions(_OWN))


def find_metric(name: str) -> Metric | None:
    """Return the entry of a metric; of a network's own (`fd_<network>`) with its name filled in. None for no entry."""
    known = catalogue()
    if name in known:
        return known[name]
    for pattern, metric in known.items():
        if pattern.endswith("*") and (match := re.fullmatch(rf"{re.escape(pattern[:-1])}(\w+)", name)):
            return replace(metric, name=name, sentence=metric.sentence.replace("*", match[1]))
    return None


def metric_place(name: str) -> int:
    """Return the place of a metric in the catalogue's order; the number of entries for one without an entry."""
    names = list(catalogue())
    found = next((i for i, known in enumerate(names) if known == name), None)
    if found is None:
        found = next((i for i, k in enumerate(names) if k.endswith("*") and name.startswith(k[:-1])), len(names))
    return found


@cache
def catalogue() -> dict[str, Metric]:
    """Return all entries by name: the shared ones, then every family's. Raises ValueError for a repeated name."""
    found: dict[str, Metric] = {}
    for metric in [*METRICS, *(m for path in sorted(_PACKAGE.glob(f"*/{FAMILY_FILE}")) for m in _family_metrics(path))]:
        if metric.name in found:
            raise ValueError(f"two metrics are called {metric.name!r}; name them apart")
        found[metric.name] = metric
    return found


def _family_metrics(path: Path) -> tuple[Metric, ...]:
    """Read a family's entries without importing its package, which would import torch."""
    spec = importlib.util.spec_from_file_location(f"metric_catalogue_of_{path.parent.name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    metrics: tuple[Metric, ...] = module.METRICS
    return metrics
