"""Figure 4.8: codes of real images in the plane of their principal components, and codes rendered with labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from jsonargparse.typing import PositiveInt
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from common.image_sheet import INK, PALE, PAPER, Cell, beside, image_sheet
from common.spacing import evenly_spaced
from lightning_modules.evaluation.application import Application, Outcome
from lightning_modules.evaluation.class_context import ClassContext
from lightning_modules.metrics.images import to_image
from lightning_modules.metrics.principal import principal_plane
from lightning_modules.metrics.suite import Metrics

#: Where this departs from the thesis: place, its text, ours, why.
DEVIATIONS = (
    (
        "Figure 4.8, the codes that are rendered",
        "the same code with different labels; the choice of codes is not given",
        "points of the plane, two standard deviations from the mean along each direction, mapped back to codes",
        "each point of the plane is then one code, and each direction is shown separately",
    ),
)

#: The chosen points by number, in standard deviations along the first and the second direction times `reach`.
POINTS = ((-1.0, 0.0), (0.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0))
_BLUE, _RED, _MARGIN, _MINIMUM = "#3a6ea5", "#c0392b", 34, 330


@dataclass(frozen=True)
class LatentPlane(Application):
    """Codes of real images in the plane of their two principal components, and images generated at five of its points.

    Codes are mu of E(x, y). A point of the plane becomes a code by the inverse of the projection, and each code is
    rendered with several labels: what is constant in a column is determined by the code.

    Source: image-synthesis thesis, section 4.3.5, Figure 4.8.

    Args:
        count: number of labels that are rendered.
        reach: distance of the chosen points from the mean, in standard deviations.
        most: largest number of real images that are encoded, spread evenly over all.
    """

    name: ClassVar[str] = "latent_plane"
    measures: ClassVar[tuple[str, ...]] = ("latent_plane_explained",)
    context: ClassVar[type[ClassContext]] = ClassContext
    needs: ClassVar[tuple[str, ...]] = ("sample", "encode")

    count: PositiveInt = 4
    reach: float = 2.0
    most: PositiveInt = 10_000

    def __call__(self, context: ClassContext) -> Outcome:
        codes = context.codes(evenly_spaced(range(len(context.data.images)), self.most))
        plane = principal_plane(codes)
        points = torch.tensor(POINTS, dtype=torch.float64) * plane.deviations * self.reach
        labels = torch.tensor(evenly_spaced(range(context.data.class_count), self.count))
        latents = plane.restore(points)
        generated = context.sample(labels.repeat_interleave(len(points)), latents.repeat(len(labels), 1))
        lines = [
            (context.name_of(int(label)), [Cell(to_image(image)) for image in part])
            for label, part in zip(labels, generated.split(len(points)), strict=True)
        ]
        note = "Each column is one code, that of a numbered point; each line is one label."
        grid = image_sheet([f"code {i + 1}" for i in range(len(points))], lines, note=note)
        chart = scatter_plot(plane.project(codes), points, max(_MINIMUM, grid.height))
        explained = 100 * plane.explained
        caption = (
            f"Left: the codes of {len(codes):,} real images (dots) in the plane of their two principal components, "
            "and five points of it. Right: the codes of these points with several labels."
        )
        findings = f"The plane explains {explained:.0f} % of the variance of the codes."
        numbers: Metrics = {"latent_plane_explained": explained}
        return Outcome({"generated": generated}, numbers, {}, caption, findings, beside(chart, grid))


def scatter_plot(dots: Tensor, chosen: Tensor, side: int) -> Image.Image:
    """Draw dots (N, 2) and numbered points (P, 2) to one scale in a square image."""
    page = Image.new("RGB", (side, side), PAPER)
    draw = ImageDraw.Draw(page, "RGBA")
    font = ImageFont.load_default(12)
    extent = float(torch.cat([dots, chosen]).abs().max()) * 1.08
    middle, unit = side / 2, (side / 2 - _MARGIN) / extent

    def position(point: Tensor) -> tuple[float, float]:
        return middle + float(point[0]) * unit, middle - float(point[1]) * unit

    draw.rectangle((_MARGIN, _MARGIN, side - _MARGIN, side - _MARGIN), None, PALE)
    for x, y in map(position, dots):
        draw.ellipse((x - 2, y - 2, x + 2, y + 2), (*_rgb(_BLUE), 110))
    for number, (x, y) in enumerate(map(position, chosen), start=1):
        draw.ellipse((x - 9, y - 9, x + 9, y + 9), "white", _RED, 2)
        draw.text((x, y), str(number), _RED, font, anchor="mm")
    draw.text((middle, _MARGIN / 2), "codes of real images", INK, font, anchor="mm")
    draw.text((middle, side - _MARGIN / 2), "first principal component", INK, font, anchor="mm")
    words = Image.new("RGB", (side, _MARGIN - 4), PAPER)
    ImageDraw.Draw(words).text((middle, _MARGIN / 2 - 2), "second principal component", INK, font, anchor="mm")
    page.paste(words.rotate(90, expand=True), (2, 0))
    return page


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
