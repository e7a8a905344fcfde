"""Figure 4.8: where the codes of real pictures lie, and what one code looks like with several labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from jsonargparse.typing import PositiveInt
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from common.image_sheet import INK, PALE, PAPER, Cell, beside, image_sheet
from lightning_modules.evaluation.application import Application, Outcome
from lightning_modules.evaluation.class_context import ClassContext
from lightning_modules.evaluation.real_images import spread
from lightning_modules.metrics.images import to_image
from lightning_modules.metrics.principal import principal_plane
from lightning_modules.metrics.suite import Metrics

#: Where this departs from the thesis: place, its text, ours, why.
DEVIATIONS = (
    (
        "Figure 4.8, the codes that are rendered",
        "the same code with different labels; which codes is not said",
        "points of the plane, two standard deviations from the mean along either direction, brought back to codes",
        "a point of the plane is then one code, and each direction can be seen for itself",
    ),
)

#: The chosen points by number, in standard deviations along the first and the second direction times `reach`.
POINTS = ((-1.0, 0.0), (0.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0))
_BLUE, _RED, _MARGIN, _LEAST = "#3a6ea5", "#c0392b", 34, 330


@dataclass(frozen=True)
class LatentPlane(Application):
    """The codes of real pictures in the plane of their two principal components, and pictures of five of its points.

    Codes are mu of E(x, y). A point of the plane becomes a code by the inverse of the projection, and each code is
    rendered with several labels: what stays the same down a column is what the code holds.

    Source: image-synthesis thesis, section 4.3.5, Figure 4.8.

    Args:
        count: labels that are rendered.
        reach: how far the chosen points lie from the mean, in standard deviations.
        most: real pictures that are encoded, at most; they are spread evenly over all.
    """

    name: ClassVar[str] = "latent_plane"
    measures: ClassVar[tuple[str, ...]] = ("latent_plane_explained",)
    context: ClassVar[type[ClassContext]] = ClassContext
    needs: ClassVar[tuple[str, ...]] = ("sample", "encode")

    count: PositiveInt = 4
    reach: float = 2.0
    most: PositiveInt = 10_000

    def __call__(self, context: ClassContext) -> Outcome:
        codes = context.codes(spread(range(len(context.data.images)), self.most))
        plane = principal_plane(codes)
        points = torch.tensor(POINTS, dtype=torch.float64) * plane.deviations * self.reach
        labels = torch.tensor(spread(range(context.data.class_count), self.count))
        latents = plane.restore(points)
        made = context.sample(labels.repeat_interleave(len(points)), latents.repeat(len(labels), 1))
        lines = [
            (context.name_of(int(label)), [Cell(to_image(picture)) for picture in part])
            for label, part in zip(labels, made.split(len(points)), strict=True)
        ]
        note = "Each column is one code, that of a numbered point; each line is one label."
        grid = image_sheet([f"code {i + 1}" for i in range(len(points))], lines, note=note)
        chart = scatter(plane.project(codes), points, max(_LEAST, grid.height))
        explained = 100 * plane.explained
        caption = (
            f"Left: the codes of {len(codes):,} real pictures (dots) in the plane of their two principal components, "
            "and five points of it. Right: the codes of these points with several labels."
        )
        findings = f"The plane has {explained:.0f} % of the variance of the codes."
        numbers: Metrics = {"latent_plane_explained": explained}
        return Outcome({"made": made}, numbers, {}, caption, findings, beside(chart, grid))


def scatter(dots: Tensor, chosen: Tensor, side: int) -> Image.Image:
    """Dots (N, 2) and numbered points (P, 2) on one scale, in a square picture."""
    page = Image.new("RGB", (side, side), PAPER)
    draw = ImageDraw.Draw(page, "RGBA")
    font = ImageFont.load_default(12)
    extent = float(torch.cat([dots, chosen]).abs().max()) * 1.08
    middle, unit = side / 2, (side / 2 - _MARGIN) / extent

    def at(point: Tensor) -> tuple[float, float]:
        return middle + float(point[0]) * unit, middle - float(point[1]) * unit

    draw.rectangle((_MARGIN, _MARGIN, side - _MARGIN, side - _MARGIN), None, PALE)
    for x, y in map(at, dots):
        draw.ellipse((x - 2, y - 2, x + 2, y + 2), (*_rgb(_BLUE), 110))
    for number, (x, y) in enumerate(map(at, chosen), start=1):
        draw.ellipse((x - 9, y - 9, x + 9, y + 9), "white", _RED, 2)
        draw.text((x, y), str(number), _RED, font, anchor="mm")
    draw.text((middle, _MARGIN / 2), "codes of real pictures", INK, font, anchor="mm")
    draw.text((middle, side - _MARGIN / 2), "first principal component", INK, font, anchor="mm")
    words = Image.new("RGB", (side, _MARGIN - 4), PAPER)
    ImageDraw.Draw(words).text((middle, _MARGIN / 2 - 2), "second principal component", INK, font, anchor="mm")
    page.paste(words.rotate(90, expand=True), (2, 0))
    return page


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
