"""Small images of classes for the conditional GANs: a class is a colour; place and size of its disc are free."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from support.completion import loader, trainer
from torch import Tensor

from lightning_modules.callbacks.checkpointing import EVALUATED, Checkpoints
from lightning_modules.conditional_gan import CVAE
from lightning_modules.recognition import Classifier

CLASSES, SIZE = 4, 16
#: The sizes of the smallest networks that have every part.
TINY: dict[str, Any] = {"classes": CLASSES, "resolution": SIZE, "width": 4, "latent_dim": 6}
#: Those of a classifier.
TINY_CLASSIFIER: dict[str, Any] = {"classes": CLASSES, "resolution": SIZE, "width": 4}


def class_images(count: int = 8, classes: int = CLASSES, size: int = SIZE, seed: int = 0) -> dict[str, Any]:
    """A batch as the data modules give it; labels go round, so that 8 images of 4 classes have each twice."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % classes
    angle = labels * (2 * torch.pi / classes)
    colour = torch.stack([torch.cos(angle), torch.cos(angle - 2.1), torch.cos(angle + 2.1)], 1) * 0.9
    across, down, radius, shade = torch.rand(4, count, generator=generator)
    grid = (torch.arange(size) + 0.5) / size
    distance = (
        (grid[None, None, :] - 0.3 - 0.4 * across[:, None, None]) ** 2
        + (grid[None, :, None] - 0.3 - 0.4 * down[:, None, None]) ** 2
    ).sqrt()
    inside = ((0.2 + 0.15 * radius[:, None, None] - distance) * size).clamp(0, 1)[:, None]
    background = (shade * 1.2 - 0.6)[:, None, None, None].expand(-1, 3, size, size)
    image = inside * colour[:, :, None, None] + (1 - inside) * background
    return {
        "image": image.contiguous(memory_format=torch.channels_last),
        "label": labels,
        "index": torch.arange(count),
        "name": [f"{i}.jpg" for i in range(count)],
    }


def classifier_checkpoint(folder: Path, iterations: int = 1, **changes: Any) -> Path:
    """A classifier trained for a moment, as a stage leaves it."""
    torch.manual_seed(0)
    module = Classifier(**{**TINY_CLASSIFIER, "max_iterations": iterations, **changes})
    batch = class_images(8, module.classes, module.resolution)
    trainer(folder, Checkpoints()).fit(module, loader([batch]))
    return folder / EVALUATED["last"]


def generator_checkpoint(folder: Path, **changes: Any) -> Path:
    """A conditional model trained for a moment, as a stage leaves it."""
    torch.manual_seed(0)
    module = CVAE(**{**TINY, "max_iterations": 1, **changes})
    batch = class_images(8, module.classes, module.resolution)
    trainer(folder, Checkpoints()).fit(module, loader([batch]))
    return folder / EVALUATED["last"]


def of_class(batch: dict[str, Any], label: int) -> Tensor:
    """A batch's images of one class."""
    return batch["image"][batch["label"] == label]
