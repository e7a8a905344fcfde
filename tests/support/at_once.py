"""Several processes that do the same thing at the same moment. (A new process finds `support`, but no test file.)"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from datamodules import DeepFashion
from datamodules.synthetic.people.deepfashion import synthesize_deepfashion
from lightning_modules.metrics.cache import cached_features
from lightning_modules.metrics.features import FeatureExtractor, Features


def at_once(action: Callable[..., Any], *arguments: Any, count: int = 2) -> list[Any]:
    """What `action` gives in each of so many processes; an error in one is raised here."""
    processes = multiprocessing.get_context("spawn")
    barrier, answers = processes.Barrier(count), processes.Queue()
    started = [processes.Process(target=_act, args=(barrier, answers, action, arguments)) for _ in range(count)]
    for process in started:
        process.start()
    found = [answers.get(timeout=120) for _ in started]
    for process in started:
        process.join()
    for answer in found:
        if isinstance(answer, BaseException):
            raise answer
    return found


def _act(barrier: Any, answers: Any, action: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        barrier.wait(timeout=100)
        answers.put(action(*arguments))
    except BaseException as error:
        answers.put(error)


def select_photographs(folder: Path, cache: Path) -> tuple[list[str], int]:
    data = DeepFashion(str(folder), resolution=64, batch_size=4, test_count=6, cache_dir=str(cache))
    data.setup("fit")
    assert data.split is not None
    return [record.name for record in data.split.test], int(data.split.mean_crops(64).sum())


def draw_people(out: Path, seed: int) -> None:
    synthesize_deepfashion(out, 3, seed)


class Means(FeatureExtractor):
    """Mean colours as features."""

    name = "means"
    preprocessing = "none"
    dimensions = 3

    def __init__(self, digest: str = "abc") -> None:
        super().__init__(nn.Identity(), digest)

    def _forward(self, images: Tensor) -> Features:
        means = images.float().mean((2, 3))
        return Features(means, means)


def cache_features(folder: Path, pixels: Any) -> Any:
    """Twenty times, each time from nothing."""
    extractor = Means()
    for _ in range(20):
        for path in folder.glob("*.npz"):
            path.unlink(missing_ok=True)
        found = cached_features(folder, torch.from_numpy(pixels), extractor, lambda some: extractor(some).pool)
    return np.array(found)
