"""Uses of the learnt mean."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from common.image_sheet import Cell, image_sheet
from lightning_modules.evaluation.application import Application, ApplicationContext, Outcome
from lightning_modules.metrics.images import to_image


@dataclass(frozen=True)
class Brightness(Application):
    """Mean of an image of yours beside the learnt mean.

    Args:
        image: your own image file.
        factor: of the result.
    """

    name: ClassVar[str] = "brightness"
    measures: ClassVar[tuple[str, ...]] = ("toy_brightness",)
    needs: ClassVar[tuple[str, ...]] = ("distance",)

    image: Path | None = None
    factor: float = 1.0

    def __call__(self, context: ApplicationContext) -> Outcome:
        if self.image is None:
            raise ValueError("needs --image, an image file")
        pixels = context.load_image(self.image)
        found = self.factor * context.module.distance(float(pixels.mean()))
        sheet = image_sheet(["your image"], [("", [Cell(to_image(pixels))])])
        return Outcome({"image": pixels[None]}, {"toy_brightness": found}, {}, "Your image.", "Its mean.", sheet)


APPLICATIONS: tuple[type[Application], ...] = (Brightness,)
