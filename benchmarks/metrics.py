"""Ratios of our metrics to the libraries' own, timed in one process: `python benchmarks/metrics.py`.

Times are CPU seconds of one thread, the least of interleaved repeats. That both compute the same is checked first.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torchmetrics.functional.image import structural_similarity_index_measure

from lightning_modules.metrics.cache import cached_features
from lightning_modules.metrics.distribution import frechet_distance, kid
from lightning_modules.metrics.features import EfficientNetLite0Features
from lightning_modules.metrics.paired import ssim
from lightning_modules.metrics.suite import GenerationMetrics

Work = Callable[[], object]


def main() -> None:
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, one thread; CPU seconds, least of the repeats")
    for samples in (1000, 3000):
        report_frechet(samples, width=2048)
    report_kid(samples=1000, width=2048)
    report_ssim(images=8, size=256)
    report_cache(images=96, size=128)


def report_frechet(samples: int, width: int) -> None:
    x, y = _features(samples, width)

    def theirs() -> float:
        statistics = fid_features_to_statistics(x), fid_features_to_statistics(y)
        return float(fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"])

    _same(frechet_distance(x, y), theirs(), 1e-4)
    _report(f"Frechet distance, {samples} x {width}", "torch-fidelity", theirs, lambda: frechet_distance(x, y), 1)


def report_kid(samples: int, width: int) -> None:
    x, y = _features(samples, width)

    def theirs() -> float:
        return float(kid_features_to_metric(x, y, verbose=False)["kernel_inception_distance_mean"])

    _same(kid(x, y), theirs(), 1e-6)
    _report(f"kernel distance, {samples} x {width}", "torch-fidelity", theirs, lambda: kid(x, y), 1)


def report_ssim(images: int, size: int) -> None:
    x, y = _pictures(images, size, 0), _pictures(images, size, 1)
    a, b = x.float() / 255, y.float() / 255

    def theirs() -> float:
        """torchmetrics' whole map, cropped as we crop."""
        _, whole = structural_similarity_index_measure(a, b, data_range=1.0, return_full_image=True)
        assert isinstance(whole, Tensor)
        return float(whole[..., 5:-5, 5:-5].mean())

    def ours() -> float:
        return float(np.mean(ssim(x, y)))

    _same(ours(), theirs(), 1e-3)
    _report(f"SSIM, {images} images of {size}", "torchmetrics", theirs, ours, 5)


def report_cache(images: int, size: int) -> None:
    extractor = EfficientNetLite0Features()
    real, generated = _pictures(images, size, 0), _pictures(images, size, 1)
    as_floats = real / 127.5 - 1.0, generated / 127.5 - 1.0

    def evaluate(folder: str) -> object:
        suite = GenerationMetrics(extractor, folder)
        for truth, fake in zip(as_floats[0].split(16), as_floats[1].split(16), strict=True):
            suite.update(truth, {"single": fake})
        return suite.compute()

    def real_side(folder: str) -> Tensor:
        return cached_features(folder, real, extractor, lambda pixels: extractor(pixels).pool)

    def fresh(work: Callable[[str], object]) -> object:
        with tempfile.TemporaryDirectory() as folder:
            return work(folder)

    with tempfile.TemporaryDirectory() as filled:
        evaluate(filled)
        real_side(filled)
        name = f"{images} + {images} images of {size}, EfficientNet-Lite0"
        _report(f"all metrics, {name}", "cache empty", lambda: fresh(evaluate), lambda: evaluate(filled), 2)
        _report("real side alone", "cache empty", lambda: fresh(real_side), lambda: real_side(filled), 2)


def _features(samples: int, width: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.randn(samples, width, generator=generator, dtype=torch.float64) for _ in range(2))
    return x, y * 1.1 + 0.1


def _pictures(count: int, size: int, seed: int) -> Tensor:
    """Smooth noise with some grain."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 3, 8, 8, generator=generator) * 255
    smooth = torch.nn.functional.interpolate(coarse, (size, size), mode="bilinear")
    return (smooth + torch.randn(smooth.shape, generator=generator) * 8).clamp(0, 255).to(torch.uint8)


def _same(ours: float, theirs: float, tolerance: float) -> None:
    if abs(ours - theirs) > tolerance * abs(theirs):
        raise SystemExit(f"not the same metric: {ours} here, {theirs} there")


def _report(what: str, baseline: str, theirs: Work, ours: Work, repeats: int) -> None:
    seconds = [float("inf"), float("inf")]
    for _ in range(repeats):
        for index, work in enumerate((theirs, ours)):
            start = time.process_time()
            work()
            seconds[index] = min(seconds[index], time.process_time() - start)
    print(f"{what}: {baseline} {seconds[0]:.3f} s, ours {seconds[1]:.3f} s: {seconds[0] / seconds[1]:.1f} times")


if __name__ == "__main__":
    main()
