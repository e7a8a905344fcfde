"""Figure 4.10: a hole in a picture, filled by what the model makes of the damaged picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import numpy as np
import torch
from jsonargparse.typing import PositiveInt
from torch import Tensor

from common.image_sheet import Cell, image_sheet
from lightning_modules.conditional_gan.applications.choices import held_out_pictures
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
        "50 x 50 of 128 x 128 pixels; where it lies and what fills it is not said",
        "the same share of the side, in the middle (or anywhere, place: random), filled with grey",
        "a face's middle is its hardest part; grey is 0, the middle of the range",
    ),
    (
        "Figure 4.10, the pictures",
        "whether they were trained on is not said; no numbers",
        "held-out ones, with PSNR and SSIM in the hole, beside those of the visible part's mean colour",
        "a picture that was trained on may be given back from memory",
    ),
)

#: Side of the hole over that of the picture.
SHARE = 50 / 128
_SCORES = ("psnr", "ssim", "psnr_mean_fill", "ssim_mean_fill")


class _Damaged(NamedTuple):
    """Images (N, 3, R, R), their labels (N,), and the hole of each (N, 1, R, R)."""

    images: Tensor
    labels: Tensor
    holes: Tensor


@dataclass(frozen=True)
class Inpainting(Application):
    """Held-out pictures with a hole: z = mu of E(damaged, y), x' = G(z, y), and x' in the hole (equation 4.6).

    x_r = M x' + (1 - M) x with M = 1 in the hole. Numbers: mean PSNR (dB) and SSIM within the hole, and those of a fill
    with the mean colour of what is visible.

    Source: image-synthesis thesis, section 4.4.1, equation 4.6, Figure 4.10.

    Args:
        count: pictures that are shown.
        hole: side of the hole in pixels; None for 50/128 of the picture's.
        place: "centre", or "random": anywhere, keyed by the picture's name.
        rounds: how often; from the second on, E sees the repaired picture. The thesis has one.
        label: of the pictures that are shown; None for all labels.
        measured: pictures that the numbers are of, at most.
        image: an image file of yours, to be repaired in place of held-out ones; it needs `label`. The numbers are its.
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
        shown = self._shown(context)
        images, labels, holes = shown
        stages = self.repaired(context, images, labels, holes)
        titles = {"original": images, "damaged": images * (1 - holes), "model": stages[0], "repaired": stages[1]}
        words = {"original": "original x", "damaged": "with a hole", "model": "model's x'", "repaired": "repaired"}
        lines = [(words[title], [Cell(to_image(picture)) for picture in part]) for title, part in titles.items()]
        sheet = image_sheet([context.name_of(int(label)) for label in labels], lines)
        measured = shown if self.image is not None else self._held_out(context, self.measured)
        numbers, reasons = self._numbers(context, measured)
        caption = self._caption(images.shape[-1])
        return Outcome(titles, numbers, reasons, caption, self._findings(numbers, reasons), sheet)

    def _shown(self, context: ClassContext) -> _Damaged:
        if self.image is None:
            return self._held_out(context, self.count, self.label)
        images, labels = context.load_labelled(self.image, self.label)
        return _Damaged(images, labels, self.holes([self.image.name], images.shape[-1]))

    def _held_out(self, context: ClassContext, count: int, label: Label | None = None) -> _Damaged:
        positions = held_out_pictures(context, count, label)
        images, names = context.images(positions), [context.data.images[i].name for i in positions]
        return _Damaged(images, context.labels(positions), self.holes(names, images.shape[-1]))

    def side(self, resolution: int) -> int:
        """The hole's side in pixels.

        Raises:
            ValueError: nothing would be hidden, or nothing left.
        """
        side = round(SHARE * resolution) if self.hole is None else self.hole
        if not 0 < side < resolution:
            raise ValueError(f"hole: {side} pixels of {resolution}; give 1 to {resolution - 1}")
        return side

    def holes(self, names: list[str], resolution: int) -> Tensor:
        """(N, 1, R, R): 1 in the hole of each picture, by its name, 0 elsewhere."""
        side = self.side(resolution)
        found = torch.zeros(len(names), 1, resolution, resolution)
        for mask, name in zip(found, names, strict=True):
            top = left = (resolution - side) // 2
            if self.place == "random":
                generator = keyed_generator("hole", name, side)
                top, left = torch.randint(resolution - side + 1, (2,), generator=generator).tolist()
            mask[:, top : top + side, left : left + side] = 1
        return found

    def repaired(self, context: ClassContext, images: Tensor, labels: Tensor, holes: Tensor) -> tuple[Tensor, Tensor]:
        """x' and x_r of pictures (N, 3, R, R), after all rounds."""
        current = images * (1 - holes)
        for _ in range(self.rounds):
            made = context.sample(labels, context.encode(current, labels))
            current = holes * made + (1 - holes) * images
        return made, current

    def _numbers(self, context: ClassContext, measured: _Damaged) -> tuple[Metrics, dict[str, str]]:
        images, labels, holes = measured
        _, repaired = self.repaired(context, images, labels, holes)
        try:
            scores = hole_scores(to_uint8(images), to_uint8(repaired), holes)
        except ValueError as error:
            side = self.side(images.shape[-1])
            reason = f"the hole is {side} x {side} pixels; SSIM needs 11 x 11" if side < 11 else str(error)
            return dict.fromkeys(self.measures), dict.fromkeys(self.measures, reason)
        names = ("psnr_hole", "ssim_hole", "psnr_hole_mean_fill", "ssim_hole_mean_fill")
        return {m: float(np.mean(scores[name])) for m, name in zip(self.measures, names, strict=True)}, {}

    def _caption(self, resolution: int) -> str:
        side, where = self.side(resolution), "in the middle" if self.place == "centre" else "anywhere"
        shown = "Held-out pictures" if self.image is None else self.image.name
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
