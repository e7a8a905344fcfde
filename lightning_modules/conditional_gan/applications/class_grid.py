"""Figures 3.6, 4.5 and 4.7: several generated images of given classes, beside a real image of each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from jsonargparse.typing import PositiveInt
from torch import Tensor

from common.image_sheet import Cell, image_sheet
from common.spacing import evenly_spaced
from lightning_modules.conditional_gan.applications.choices import unseen_first
from lightning_modules.evaluation.application import Application, Outcome
from lightning_modules.evaluation.class_conditional import latent_codes
from lightning_modules.evaluation.class_context import ClassContext, Label
from lightning_modules.metrics.images import to_image, to_uint8


@dataclass(frozen=True)
class ClassGrid(Application):
    """Generated images of several classes, or of one: x' = G(z, y), z ~ N(0, I), with the codes that a test uses.

    It has no numbers: a test's metrics are of more images. The findings say how many of the generated images a
    recogniser assigns to their class.

    Source: image-synthesis thesis, Figures 3.6, 4.5 and 4.7.

    Args:
        count: number of classes, spread evenly over all.
        images: number of generated images of each class.
        label: the only class that is shown; None for several.
    """

    name: ClassVar[str] = "class_grid"
    measures: ClassVar[tuple[str, ...]] = ()
    context: ClassVar[type[ClassContext]] = ClassContext
    needs: ClassVar[tuple[str, ...]] = ("sample",)

    count: PositiveInt = 6
    images: PositiveInt = 8
    label: Label | None = None

    def __call__(self, context: ClassContext) -> Outcome:
        if self.images < 1:
            raise ValueError(f"images: {self.images}; give 1 or more")
        chosen = evenly_spaced(unseen_first(context, self.label), self.count)
        reals = context.images([positions[0] for positions in chosen])
        labels = context.labels([positions[0] for positions in chosen])
        generated = self.generate(context, labels)
        lines = [
            (context.name_of(label), [Cell(to_image(real)), *(Cell(to_image(image)) for image in part)])
            for label, real, part in zip(labels.tolist(), reals, generated, strict=True)
        ]
        columns = ["real", *(str(number + 1) for number in range(self.images))]
        sheet = image_sheet(columns, lines, (1,), "Left: a real image. Right: generated, one code per column.")
        caption = f"Generated images of {len(labels)} of {context.data.class_count} classes, not selected."
        images = {"real": reals, "generated": generated.flatten(0, 1)}
        return Outcome(images, {}, {}, caption, _findings(context, generated, labels), sheet)

    def generate(self, context: ClassContext, labels: Tensor) -> Tensor:
        """Return generated images of each class, (N, images, 3, R, R)."""
        counts = [self.images if label in set(labels.tolist()) else 0 for label in range(context.data.class_count)]
        codes = {int(k[0]): z for k, z in latent_codes(counts, context.module.latent_dim, together=1)}
        latents = torch.cat([codes[label] for label in labels.tolist()])
        return context.sample(labels.repeat_interleave(self.images), latents).unflatten(0, (len(labels), -1))


def _findings(context: ClassContext, generated: Tensor, labels: Tensor) -> str:
    if context.recogniser is None:
        return ""
    predicted = context.recogniser_features(to_uint8(generated.flatten(0, 1))).class_logits().argmax(1)
    correct = int((predicted == labels.repeat_interleave(generated.shape[1])).sum())
    return f"A recogniser assigns {correct} of these {len(predicted)} images to their class."
