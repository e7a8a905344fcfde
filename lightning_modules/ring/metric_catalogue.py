"""Metrics of the ring experiment; see lightning_modules.metrics.catalogue."""

from __future__ import annotations

from dataclasses import replace

from lightning_modules.metrics.catalogue import Metric

_AT_THE_END = (
    Metric("energy_distance", 3, "lower", "", "square root of the energy distance to real points"),
    Metric("sliced_wasserstein", 3, "lower", "", "1-Wasserstein distance of projections, mean over directions"),
    Metric("coverage", 2, "higher", "", "share of the ring's angles that generated points cover"),
    Metric("on_ring", 2, "higher", "", "share of generated points on the ring"),
    Metric("aspect", 2, "higher", "", "smaller principal standard deviation over the larger; 0 is a line"),
)

METRICS = tuple(
    replace(metric, name=f"{metric.name}{suffix}", sentence=f"{metric.sentence}{words}")
    for suffix, words in (("", ""), ("_early", ", after a tenth of the training"))
    for metric in _AT_THE_END
)
