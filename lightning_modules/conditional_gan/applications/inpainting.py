"""Figure 4.10: a hole in an image, filled with the model's reconstruction of the damaged image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import numpy as np
import torch
from jsonargparse.typing import PositiveInt
from torch import Tensor

from common.image_sheet import Cell, image_sheet
from lightning_modules.conditional_gan.applications.choices import held_out_images
from lightning_modules.evaluation.application import Application, Outcome
from lightning_modules.evaluation.class_context import ClassContext, Label
from lightning_modules.metrics.images import to_image, to_uint8
from lightning_modules.metrics.inpainting import hole_scores
from lightning_modules.metrics.suite import Metrics
from lightning_modules.randomness import keyed_generator

#: Where this departs from the thesis: place, its text, ours, why.
DEVIATIONS = (
    (
        "Section 4.4.1, the hole",
        "50 x 50 of 128 x 128 pixels; its position and its fill are not given",
        "the same share of the side, in the middle (place: random for a random position), filled with grey",
        "a face's middle is its hardest part; grey is 0, the middle of the range",
    ),
    (
        "Figure 4.10, the images",
        "not given whether they are training images; no numbers",
        "held-out images, with PSNR and SSIM in the hole, beside those of a fill with the visible part's mean colour",
        "a training image may be reproduced from memory",
    ),
)

#: Side of the hole over that of the image.
SHARE = 50 / 128
_SCORES = ("psnr", "ssim", "psnr_mean_fill", "ssim_mean_fill")


class _DamagedImages(NamedTuple):
    """Images (N, 3, R, R), their labels (N,), and the hole of each (N, 1, R, R)."""

    images: Tensor
    labels: Tensor
    holes: Tensor


@dataclass(frozen=True)
class Inpainting(Application):
    """Held-out images with a hole: z = mu of E(damaged, y), x' = G(z, y), and x' in the hole (equation 4.6).

    x_r = M x' + (1 - M) x with M = 1 in the hole. Numbers: mean PSNR (dB) and SSIM within the hole, and those of a fill
    with the mean colour of the visible part.

    Source: image-synthesis thesis, section 4.4.1, equation 4.6, Figure 4.10.

    Args:
        count: number of images that are shown.
        hole: side of the hole in pixels; None for 50/128 of the image's side.
        place: "centre", or "random": a random position, keyed by the image's name.
        rounds: number of rounds; from the second on, E sees the repaired image. The thesis has one.
        label: class of the images that are shown; None for all classes.
        measured: largest number of images for the numbers.
        image: your own image file in place of held-out images; it needs `label`. The numbers are then of this image.
    """

    name: ClassVar[str] = "inpainting"
    measures: ClassVar[tuple[str, ...]] = tuple(f"inpainting_{score}" for score in _SCORES)
    context: ClassVar[type[ClassContext]] = ClassContext
    needs: ClassVar[tuple[str, ...]] = ("sample", "encode")

    count: PositiveInt = 8
    hole: PositiveInt | None = None
    place: Literal["centre", "random"] = "centre"
    rounds: PositiveInt = 1
    label: Label | None = None
    measured: PositiveInt = 200
    image: Path | None = None

    def __call__(self, context: ClassContext) -> Outcome:
        shown = self._shown_images(context)
        images, labels, holes = shown
        stages = self.repair(context, images, labels, holes)
        titles = {"original": images, "damaged": images * (1 - holes), "model": stages[0], "repaired": stages[1]}
        words = {"original": "original x", "damaged": "with a hole", "model": "model's x'", "repaired": "repaired"}
        lines = [(words[title], [Cell(to_image(image)) for image in part]) for title, part in titles.items()]
        sheet = image_sheet([context.name_of(int(label)) for label in labels], lines)
        measured = shown if self.image is not None else self._held_out_images(context, self.measured)
        numbers, reasons = self._numbers(context, measured)
        caption = self._caption(images.shape[-1])
        return Outcome(titles, numbers, reasons, caption, self._findings(numbers, reasons), sheet)

    def _shown_images(self, context: ClassContext) -> _DamagedImages:
        if self.image is None:
            return self._held_out_images(context, self.count, self.label)
        images, labels = context.load_labelled(self.image, self.label)
        return _DamagedImages(images, labels, self.hole_masks([self.image.name], images.shape[-1]))

    def _held_out_images(self, context: ClassContext, count: int, label: Label | None = None) -> _DamagedImages:
        positions = held_out_images(context, count, label)
        images, names = context.images(positions), [context.data.images[i].name for i in positions]
        return _DamagedImages(images, context.labels(positions), self.hole_masks(names, images.shape[-1]))

    def hole_side(self, resolution: int) -> int:
        """Return the hole's side in pixels.

        Raises:
            ValueError: the hole would hide nothing, or everything.
        """
        side = round(SHARE * resolution) if self.hole is None else self.hole
        if not 0 < side < resolution:
            raise ValueError(f"hole: {side} pixels of {resolution}; give 1 to {resolution - 1}")
        return side

    def hole_masks(self, names: list[str], resolution: int) -> Tensor:
        """Return masks (N, 1, R, R), 1 in the hole of each image, which depends on its name, and 0 elsewhere."""
        side = self.hole_side(resolution)
        found = torch.zeros(len(names), 1, resolution, resolution)
        for mask, name in zip(found, names, strict=True):
            top = left = (resolution - side) // 2
            if self.place == "random":
                generator = keyed_generator("hole", name, side)
                top, left = torch.randint(resolution - side + 1, (2,), generator=generator).tolist()
            mask[:, top : top + side, left : left + side] = 1
        return found

    def repair(self, context: ClassContext, images: Tensor, labels: Tensor, holes: Tensor) -> tuple[Tensor, Tensor]:
        """Return x' and x_r of images (N, 3, R, R) after all rounds."""
        current = images * (1 - holes)
        for _ in range(self.rounds):
            generated = context.sample(labels, context.encode(current, labels))
            current = holes * generated + (1 - holes) * images
        return generated, current

    def _numbers(self, context: ClassContext, measured: _DamagedImages) -> tuple[Metrics, dict[str, str]]:
        images, labels, holes = measured
        _, repaired = self.repair(context, images, labels, holes)
        try:
            scores = hole_scores(to_uint8(images), to_uint8(repaired), holes)
        except ValueError as error:
            side = self.hole_side(images.shape[-1])
            reason = f"the hole is {side} x {side} pixels; SSIM needs 11 x 11" if side < 11 else str(error)
            return dict.fromkeys(self.measures), dict.fromkeys(self.measures, reason)
        names = ("psnr_hole", "ssim_hole", "psnr_hole_mean_fill", "ssim_hole_mean_fill")
        return {m: float(np.mean(scores[name])) for m, name in zip(self.measures, names, strict=True)}, {}

    def _caption(self, resolution: int) -> str:
        side, where = self.hole_side(resolution), "in the middle" if self.place == "centre" else "at a random position"
        shown = "Held-out images" if self.image is None else self.image.name
        caption = f"{shown} with a hole of {side} x {side} of {resolution} x {resolution} pixels {where}"
        return f"{caption}, repaired in {self.rounds} rounds." if self.rounds > 1 else f"{caption}."

    def _findings(self, numbers: Metrics, reasons: dict[str, str]) -> str:
        if reasons:
            return f"No numbers: {next(iter(reasons.values()))}."
        psnr, ssim, psnr_mean, ssim_mean = (numbers[name] for name in self.measures)
        return (
            f"In the hole: PSNR {psnr:.2f} dB and SSIM {ssim:.3f}; filled with the mean colour of the rest "
            f"{psnr_mean:.2f} dB and {ssim_mean:.3f}."
        )
