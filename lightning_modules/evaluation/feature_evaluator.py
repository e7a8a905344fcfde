"""Evaluators of image sets: what those with a feature network have in common."""

from __future__ import annotations

import torch

from lightning_modules.evaluation.evaluator import Evaluator, Result, SelectionMetric
from lightning_modules.metrics.single import SingleMetric
from lightning_modules.metrics.suite import Metrics


class FeatureEvaluator(Evaluator):
    """Evaluator with a feature network for distances between image sets.

    Args:
        features: "auto", "inception" or "effnetlite0", as in `select_features`.
        weights: path of the Inception weights; None looks in torch.hub's cache.
        cache_dir: folder of the cached features of real images.
    """

    machine_settings = ("features", "weights", "cache_dir")

    def __init__(self, features: str, weights: str | None, cache_dir: str) -> None:
        self.features, self.weights, self.cache_dir = features, weights, cache_dir

    def selection_metric(self, name: str, device: torch.device) -> SelectionMetric:
        return SingleMetric(name, self.weights, self.cache_dir, device)


def image_result(
    headline: str, metrics: Metrics, variants: dict[str, Metrics], protocol: Result, failed: dict[str, str]
) -> Result:
    """Return the result of a test on images, and print its metrics in one line."""
    values = ", ".join(f"{name} {value:.4g}" for name, value in metrics.items() if value is not None)
    count, resolution = protocol["generated"], protocol["resolution"]
    print(f"test ({headline}, {count} images, resolution {resolution}): {values}", flush=True)
    return {
        "kind": "test",
        "headline": headline,
        "metrics": metrics,
        "variants": variants,
        "protocol": {**protocol, **({"failed": failed} if failed else {})},
    }
