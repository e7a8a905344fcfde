"""Metrics of the toy family."""

from lightning_modules.metrics.catalogue import Metric

METRICS = (
    Metric("toy_error", 1, "lower", "mm", "distance of the learnt mean from the true one"),
    Metric("toy_brightness", 2, "none", "", "brightness of an image relative to the learnt mean"),
)
