"""Figure 4.9: training images nearest to generated images, and measures of memorisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from jsonargparse.typing import PositiveInt
from PIL import Image
from torch import Tensor

from common.image_sheet import Cell, image_sheet
from common.spacing import evenly_spaced
from lightning_modules.conditional_gan.applications.choices import counts_per_class
from lightning_modules.evaluation.application import Application, Outcome
from lightning_modules.evaluation.class_conditional import latent_codes
from lightning_modules.evaluation.class_context import ClassContext
from lightning_modules.metrics.images import to_image, to_uint8
from lightning_modules.metrics.neighbours import Memorisation, memorisation, nearest, unit_vectors
from lightning_modules.metrics.suite import Metrics, attempt

#: Where this departs from the thesis: place, its text, ours, why.
DEVIATIONS = (
    (
        "Section 4.3.6, nearest neighbours",
        "the distance is not given; images only, no numbers",
        "by pixels and by a recogniser's features; and how often training images are nearer than held-out ones",
        "without held-out images, near neighbours say nothing about copying",
    ),
)

_PIXELS, _RECOGNISER = "pixels", "recogniser"
#: Metric names by space: of the ratio, and of the share that is nearer to a training image.
_MEASURES = {
    space: (f"memorisation_{space}_ratio", f"memorisation_{space}_nearer_training") for space in (_PIXELS, _RECOGNISER)
}
_EXPECTED = "memorisation_expected"


@dataclass(frozen=True)
class NearestNeighbours(Application):
    """Generated images and the training images nearest to each by pixels and by a recogniser's features.

    Numbers: median of the distance to the nearest training image over that to the nearest held-out image (0 for
    copies); percent of generated images that are nearer to a training image; and the percent expected of a model
    that copies nothing, which follows from the numbers of training and held-out images.

    Source: image-synthesis thesis, section 4.3.6, Figure 4.9. The codes are those of a test's images.

    Args:
        count: number of generated images that are shown, of classes spread evenly over all.
        neighbours: number of training images shown for each.
        measured: number of generated images for the numbers.
        most: largest number of training images that are searched, spread evenly over all.
    """

    name: ClassVar[str] = "nearest_neighbours"
    measures: ClassVar[tuple[str, ...]] = (*_MEASURES[_PIXELS], *_MEASURES[_RECOGNISER], _EXPECTED)
    context: ClassVar[type[ClassContext]] = ClassContext
    needs: ClassVar[tuple[str, ...]] = ("sample",)

    count: PositiveInt = 6
    neighbours: PositiveInt = 5
    measured: PositiveInt = 100
    most: PositiveInt = 20_000

    def __call__(self, context: ClassContext) -> Outcome:
        positions = evenly_spaced(context.train, self.most)
        labels, generated = generate(context, self.count)
        spaces, missing = self._spaces(context, positions, generated)
        near = {
            name: nearest(space.shown, space.training, min(self.neighbours, len(positions))).indices
            for name, space in spaces.items()
        }
        places = {name: [[positions[i] for i in line] for line in found.tolist()] for name, found in near.items()}
        numbers, reasons = _numbers(spaces, missing)
        features = " and by a recogniser's features" if _RECOGNISER in spaces else ""
        caption = (
            f"Generated images, not selected, and the nearest of {len(positions):,} training images by "
            f"pixels{features}, with their classes."
        )
        images = {name: context.images([i for line in found for i in line]) for name, found in places.items()}
        findings = _findings(numbers, len(context.held_out))
        return Outcome(
            {"generated": generated, **images},
            numbers,
            reasons,
            caption,
            findings,
            _sheet(context, labels, generated, places),
        )

    def _spaces(self, context: ClassContext, positions: list[int], generated: Tensor) -> tuple[dict[str, Space], str]:
        """Return the images as pixels and as a recogniser's features, or the reason why there are no features."""
        unseen = context.pixels(context.held_out) if context.held_out else None
        _, measured = generate(context, self.measured)
        pixels = Space(to_uint8(generated), to_uint8(measured), context.pixels(positions), unseen)
        try:
            features = [
                None if part is None else unit_vectors(context.recogniser_features(part).pool) for part in pixels
            ]
        except ValueError as error:  # no recogniser, or features of an image that are all 0
            return {_PIXELS: pixels}, str(error)
        return {_PIXELS: pixels, _RECOGNISER: Space(*features)}, ""  # type: ignore[arg-type]  # only the last may be None


class Space(NamedTuple):
    """Images as vectors: generated images that are shown and measured, training images, held-out images (or None)."""

    shown: Tensor
    measured: Tensor
    training: Tensor
    held_out: Tensor | None


def generate(context: ClassContext, count: int) -> tuple[Tensor, Tensor]:
    """Return labels (N,) and images (N, 3, R, R) of a test's first codes, spread over classes as evenly as possible."""
    codes = list(latent_codes(counts_per_class(count, context.data.class_count), context.module.latent_dim))
    labels, latents = torch.cat([k for k, _ in codes]), torch.cat([z for _, z in codes])
    return labels, context.sample(labels, latents)


def _sheet(context: ClassContext, labels: Tensor, generated: Tensor, places: dict[str, list[list[int]]]) -> Image.Image:
    lines, columns, gaps = [], ["generated"], []
    for number, label in enumerate(labels.tolist()):
        cells: list[Cell | None] = [Cell(to_image(generated[number]))]
        for found in places.values():
            names = [context.name_of(other) for other in context.labels(found[number]).tolist()]
            shown = [to_image(image) for image in context.images(found[number])]
            cells += [Cell(image, name) for image, name in zip(shown, names, strict=True)]
        lines.append((context.name_of(label), cells))
    for name, found in places.items():
        gaps.append(len(columns))
        columns += [f"{i + 1} by {name}" for i in range(len(found[0]))]
    return image_sheet(columns, lines, gaps, "Generated images, and the training images nearest to each.")


def _numbers(spaces: dict[str, Space], missing: str) -> tuple[Metrics, dict[str, str]]:
    found: dict[str, Memorisation] = {}

    def memorisation_in(name: str) -> Memorisation:
        if name not in spaces:
            raise ValueError(missing)
        _, measured, training, unseen = spaces[name]
        if unseen is None:
            raise ValueError("no image is held out of training")
        if name not in found:
            found[name] = memorisation(measured, training, unseen)
        return found[name]

    failed: dict[str, str] = {}
    numbers: Metrics = {}
    for space, (ratio, nearer) in _MEASURES.items():
        numbers[ratio] = attempt(ratio, lambda space=space: memorisation_in(space).median_ratio, failed)  # type: ignore[misc]
        numbers[nearer] = attempt(nearer, lambda space=space: 100 * memorisation_in(space).nearer_training, failed)  # type: ignore[misc]
    numbers[_EXPECTED] = attempt(_EXPECTED, lambda: 100 * memorisation_in(_PIXELS).expected, failed)
    return numbers, failed


def _findings(numbers: Metrics, held_out: int) -> str:
    by_pixels, by_features = (numbers[_MEASURES[space][1]] for space in (_PIXELS, _RECOGNISER))
    if by_pixels is None:
        return ""
    also = "" if by_features is None else f" ({by_features:.0f} % by the recogniser)"
    return (
        f"{by_pixels:.0f} %{also} of generated images are nearer to a training image than to any of "
        f"{held_out:,} held-out images; {numbers[_EXPECTED]:.0f} % are expected of a model that copies nothing."
    )
