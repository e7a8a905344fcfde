"""What every judge of a test has: its settings, the run it is part of, and a record of what it could not do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from PIL import Image
from torch import Tensor

from common.errors import ConfigurationError, one_line
from common.files import write_png
from lightning_modules.metrics.images import to_uint8
from lightning_modules.metrics.suite import Metrics

Result = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """The arguments of the Evaluation callback."""

    features: str
    weights: str | None
    cache_dir: str
    samples: int
    diversity_inputs: int
    diversity_samples: int
    per_class: int
    recogniser_checkpoint: str | None
    mirrored: bool


class Judge(ABC):
    """Sees every batch of a test, then gives the result. It lives for one test, outside the module's tree.

    Raises:
        ConfigurationError: a setting that it cannot use; later, a picture that the disk refuses.
    """

    def __init__(self, settings: Settings, trainer: pl.Trainer, module: Any) -> None:
        self.settings, self.trainer, self.module = settings, trainer, module
        self._broken: dict[str, str] = {}

    @abstractmethod
    def see(self, outputs: Any, batch: Any) -> None:
        """A batch of the test, and what `test_step` returned for it."""

    @abstractmethod
    def result(self) -> Result:
        """What Evaluation's `result` is, after the last batch."""

    @property
    def folder(self) -> Path:
        """Where sample pictures go."""
        return Path(self.trainer.default_root_dir) / "samples"

    def attempt(self, what: str, action: Callable[[], None]) -> None:
        """Does it; after an error never again, and `_broken` says why. A picture that the disk refuses is raised."""
        if what in self._broken:
            return
        try:
            action()
        except ConfigurationError:
            raise
        except Exception as error:
            self._broken[what] = one_line(error)

    def require_whole(self, what: str) -> None:
        """Raises ValueError, which says why, where an attempt at it has failed."""
        if what in self._broken:
            raise ValueError(self._broken[what])


def write_picture(path: Path, image: Tensor) -> None:
    """A (3, H, W) image in [-1, 1] at its own resolution; what is not finite (a diverged model) is black."""
    pixels = to_uint8(torch.nan_to_num(image, nan=-1.0, posinf=-1.0, neginf=-1.0)[None])[0]
    write_png(path, Image.fromarray(pixels.permute(1, 2, 0).cpu().numpy()))


def result_of(
    headline: str, metrics: Metrics, variants: dict[str, Metrics], protocol: Result, failed: dict[str, str]
) -> Result:
    """The result of a test that measured pictures; the numbers that there are are printed in a line."""
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
