"""Several outputs for one input: their mean difference, and their images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from common.seeds import run_seed
from lightning_modules.base import Batch, GenerativeModule
from lightning_modules.metrics.images import to_uint8
from lightning_modules.panels import Grid
from lightning_modules.preserve_state import preserve_state
from lightning_modules.randomness import keyed_generator

#: Name of the panel.
DIVERSITY = "diversity"


class Diversity:
    """Several outputs for each of the first inputs, with noise keyed by (seed, "diversity", output number).

    Every input and every model gets the same noise, whatever the batch size. The module's state is restored.

    Args:
        inputs: number of the first images.
        samples: outputs for each.
    """

    def __init__(self, inputs: int, samples: int) -> None:
        self.inputs, self.samples = inputs, samples
        self._kept: list[Batch] = []
        self._outputs: list[list[Tensor]] = []

    @property
    def is_enabled(self) -> bool:
        """Return True if there are outputs to generate."""
        return self.inputs > 0 and self.samples > 0

    @property
    def protocol(self) -> str:
        """Return a description of the measurement of `l1`."""
        return (
            f"{self.samples} outputs for each of the first {len(self._kept)} inputs; mean absolute difference of pairs "
            "over the whole image, 0..255 levels"
        )

    def keep(self, batch: Any) -> None:
        """Remember the first images of a test batch."""
        if self.is_enabled and isinstance(batch, dict) and len(self._kept) < self.inputs:
            count = len(next(value for value in batch.values() if isinstance(value, Tensor)))
            for index in range(min(count, self.inputs - len(self._kept))):
                self._kept.append({key: value[index : index + 1] for key, value in batch.items()})

    def generate(self, module: GenerativeModule) -> None:
        """Generate all outputs, each from the module's present state, so that their number changes none."""
        self._outputs = [[self._one(module, batch, number) for number in range(self.samples)] for batch in self._kept]

    def images(self) -> Iterator[tuple[str, Tensor]]:
        """Yield file name and (3, H, W) image in [-1, 1] of every output."""
        for index, outputs in enumerate(self._outputs):
            for number, image in enumerate(outputs):
                yield f"diversity_{index:03d}_{number:02d}.png", image

    def panel(self, folder: Path, inputs: Sequence[Path]) -> Grid:
        """Return the panel of the outputs in `folder`; `inputs` are images of the first inputs, as far as written."""
        files: list[tuple[Path | None, ...]] = []
        for index in range(len(self._outputs)):
            outputs = [folder / f"diversity_{index:03d}_{number:02d}.png" for number in range(self.samples)]
            files.append((inputs[index] if index < len(inputs) else None, *outputs))
        return Grid(
            DIVERSITY,
            "Several outputs for one input",
            "Left: the input. Right: its outputs with different noise, which is the same in every row.",
            ("Input", *(str(number + 1) for number in range(self.samples))),
            tuple(files),
            shared=1,
        )

    def l1(self) -> float:
        """Return the mean absolute difference of two outputs for one input, in 8-bit levels, over pairs and inputs.

        Raises:
            ValueError: fewer than two outputs, no input, or outputs that are not finite.
        """
        if self.samples < 2 or not self._outputs:
            raise ValueError(f"needs two outputs for an input, got {self.samples} for {len(self._outputs)} inputs")
        levels = [to_uint8(torch.stack(outputs)).double() for outputs in self._outputs]
        differences = [(x - y).abs().mean() for images in levels for x, y in combinations(images, 2)]
        return float(torch.stack(differences).mean())

    @staticmethod
    def _one(module: GenerativeModule, batch: Batch, number: int) -> Tensor:
        with preserve_state(module), torch.no_grad():
            return module.generate(batch, keyed_generator(run_seed(), "diversity", number))[0].cpu()
