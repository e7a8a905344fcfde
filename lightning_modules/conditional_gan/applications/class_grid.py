"""Figures 3.6, 4.5 and 4.7: several pictures of given classes, beside a real one of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from jsonargparse.typing import PositiveInt
from torch import Tensor

from common.image_sheet import Cell, image_sheet
from lightning_modules.conditional_gan.applications.choices import unseen_first
from lightning_modules.evaluation.application import Application, Outcome
from lightning_modules.evaluation.class_conditional import latent_codes
from lightning_modules.evaluation.class_context import ClassContext, Label
from lightning_modules.evaluation.real_images import spread
from lightning_modules.metrics.images import to_image, to_uint8


@dataclass(frozen=True)
class ClassGrid(Application):
    """Pictures of several classes, or of one: x' = G(z, y), z ~ N(0, I), the codes of a test's pictures.

    It has no numbers of its own: a test's metrics are of more pictures. In words, how many of those that are shown a
    recogniser takes for the class.

    Source: image-synthesis thesis, Figures 3.6, 4.5 and 4.7.

    Args:
        count: classes, spread evenly over all.
        pictures: generated ones of each.
        label: the only class that is shown; None for several.
    """

    name: ClassVar[str] = "class_grid"
    measures: ClassVar[tuple[str, ...]] = ()
    context: ClassVar[type[ClassContext]] = ClassContext
    needs: ClassVar[tuple[str, ...]] = ("sample",)

    count: PositiveInt = 6
    pictures: PositiveInt = 8
    label: Label | None = None

    def __call__(self, context: ClassContext) -> Outcome:
        if self.pictures < 1:
            raise ValueError(f"pictures: {self.pictures}; give 1 or more")
        chosen = spread(unseen_first(context, self.label), self.count)
        reals = context.images([positions[0] for positions in chosen])
        labels = context.labels([positions[0] for positions in chosen])
        made = self.made(context, labels)
        lines = [
            (context.name_of(label), [Cell(to_image(real)), *(Cell(to_image(picture)) for picture in part)])
            for label, real, part in zip(labels.tolist(), reals, made, strict=True)
        ]
        columns = ["real", *(str(number + 1) for number in range(self.pictures))]
        sheet = image_sheet(columns, lines, (1,), "Left: a real picture. Right: generated, each column another code.")
        caption = f"Generated pictures of {len(labels)} of {context.data.class_count} classes, not chosen."
        pictures = {"real": reals, "made": made.flatten(0, 1)}
        return Outcome(pictures, {}, {}, caption, _findings(context, made, labels), sheet)

    def made(self, context: ClassContext, labels: Tensor) -> Tensor:
        """(N, pictures, 3, R, R): of each class."""
        counts = [self.pictures if label in set(labels.tolist()) else 0 for label in range(context.data.class_count)]
        codes = {int(k[0]): z for k, z in latent_codes(counts, context.module.latent_dim, together=1)}
        latents = torch.cat([codes[label] for label in labels.tolist()])
        return context.sample(labels.repeat_interleave(self.pictures), latents).unflatten(0, (len(labels), -1))


def _findings(context: ClassContext, made: Tensor, labels: Tensor) -> str:
    if context.recogniser is None:
        return ""
    seen = context.recognised(to_uint8(made.flatten(0, 1))).class_logits().argmax(1)
    right = int((seen == labels.repeat_interleave(made.shape[1])).sum())
    return f"A recogniser takes {right} of these {len(seen)} for the class that was asked for."
