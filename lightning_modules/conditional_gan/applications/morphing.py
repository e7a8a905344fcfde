"""Figure 4.11: interpolation between two images of a class through their codes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

import torch
from jsonargparse.typing import PositiveInt
from torch import Tensor

from common.image_sheet import Cell, image_sheet
from common.spacing import evenly_spaced
from lightning_modules.conditional_gan.applications.choices import unseen_first
from lightning_modules.evaluation.application import Application, Outcome
from lightning_modules.evaluation.class_context import ClassContext, Label
from lightning_modules.metrics.images import to_image, to_uint8
from lightning_modules.metrics.suite import Metrics, attempt

#: Where this departs from the thesis: place, its text, ours, why.
DEVIATIONS = (
    (
        "Section 4.4.2, morphing",
        "a pair of images of each data set; the label is said to be preserved, without a number",
        "pairs of several classes, held-out images first; how often a recogniser predicts the label",
        "it can be measured whether the label is preserved",
    ),
)

_BETWEEN, _ENDS, _STEP = "morphing_top1", "morphing_top1_ends", "morphing_largest_step"


class _Pairs(NamedTuple):
    """Labels (N,) of pairs of images, and the codes (N, Z) of the first and of the second of each."""

    labels: Tensor
    first: Tensor
    second: Tensor


@dataclass(frozen=True)
class Morphing(Application):
    """Interpolation between two images of a class: G(a z1 + (1 - a) z2, y), with the means z1 and z2 of their codes.

    a goes from 1 to 0, so the first and the last image are reconstructions. Numbers: percent of the images between the
    two reconstructions in which a recogniser predicts the class, the same of the reconstructions, and the largest step
    (root mean square of pixels) over the mean step: 1 is even, a jump is larger.

    Source: image-synthesis thesis, section 4.4.2, equation 4.7, Figure 4.11.

    Args:
        count: number of pairs that are shown.
        steps: number of generated images of each pair, at least 3.
        label: class of the pairs that are shown; None for several classes.
        measured: largest number of pairs for the numbers.
        image: your own image file as the first image; it needs `other` and `label`. The numbers are then of this pair.
        other: your own image file as the second image.
    """

    name: ClassVar[str] = "morphing"
    measures: ClassVar[tuple[str, ...]] = (_BETWEEN, _ENDS, _STEP)
    context: ClassVar[type[ClassContext]] = ClassContext
    needs: ClassVar[tuple[str, ...]] = ("sample", "encode")

    count: PositiveInt = 5
    steps: PositiveInt = 9
    label: Label | None = None
    measured: PositiveInt = 100
    image: Path | None = None
    other: Path | None = None

    def __call__(self, context: ClassContext) -> Outcome:
        if self.steps < 3:
            raise ValueError(f"steps: {self.steps}; give 3 or more")
        shown, ends = self._shown_pairs(context)
        generated = self.interpolate(context, shown)
        lines = [
            (context.name_of(label), [Cell(to_image(p)) for p in (first, *path, last)])
            for label, (first, last), path in zip(shown.labels.tolist(), ends, generated, strict=True)
        ]
        weights = [f"a = {a:.2g}" for a in torch.linspace(1, 0, self.steps).tolist()]
        note = "Outside: real images. Between: generated from the code a z1 + (1 - a) z2."
        sheet = image_sheet(["image 1", *weights, "image 2"], lines, (1, self.steps + 1), note)
        measured = shown if self.image is not None else _real_pairs(context, image_pairs(context, self.measured))
        numbers, reasons = self._numbers(context, measured)
        caption = (
            "Outside: two real images of a class. Between: generated from a mixture of their codes, a of the first."
        )
        images = {"ends": ends.flatten(0, 1), "between": generated.flatten(0, 1)}
        return Outcome(images, numbers, reasons, caption, _findings(numbers), sheet)

    def _shown_pairs(self, context: ClassContext) -> tuple[_Pairs, Tensor]:
        """Return the pairs and their images (N, 2, 3, R, R)."""
        if self.image is None and self.other is None:
            chosen = image_pairs(context, self.count, self.label)
            images = context.images([i for pair in chosen for i in pair])
            return _real_pairs(context, chosen), images.unflatten(0, (len(chosen), 2))
        if self.image is None or self.other is None:
            raise ValueError("image, other: give both or neither; a pair has two images")
        ends = [context.load_labelled(path, self.label) for path in (self.image, self.other)]
        codes = [context.encode(image, label) for image, label in ends]
        return _Pairs(ends[0][1], codes[0], codes[1]), torch.stack([image for image, _ in ends], 1)

    def interpolate(self, context: ClassContext, pairs: _Pairs) -> Tensor:
        """Return the generated images of each pair, (N, steps, 3, R, R)."""
        labels, first, second = pairs
        a = torch.linspace(1, 0, self.steps)[None, :, None]
        latents = a * first[:, None] + (1 - a) * second[:, None]
        generated = context.sample(labels.repeat_interleave(self.steps), latents.flatten(0, 1))
        return generated.unflatten(0, (len(labels), self.steps))

    def _numbers(self, context: ClassContext, measured: _Pairs) -> tuple[Metrics, dict[str, str]]:
        generated, labels = self.interpolate(context, measured), measured.labels

        def label_accuracy(part: Tensor) -> float:
            predicted = context.recogniser_features(to_uint8(part.flatten(0, 1))).class_logits().argmax(1)
            return 100 * float((predicted == labels.repeat_interleave(part.shape[1])).double().mean())

        failed: dict[str, str] = {}
        numbers = {
            _BETWEEN: attempt(_BETWEEN, lambda: label_accuracy(generated[:, 1:-1]), failed),
            _ENDS: attempt(_ENDS, lambda: label_accuracy(generated[:, [0, -1]]), failed),
            _STEP: attempt(_STEP, lambda: float(step_unevenness(generated).mean()), failed),
        }
        return numbers, failed


def image_pairs(context: ClassContext, count: int, label: Label | None = None) -> list[tuple[int, int]]:
    """Return positions of at most `count` pairs of images of a class, no image twice, of as many classes as possible.

    Raises:
        ValueError: no class has two images.
    """
    classes = unseen_first(context, label)
    found: list[tuple[int, int]] = []
    for turn in range(count):
        available = [(of[2 * turn], of[2 * turn + 1]) for of in classes if len(of) > 2 * turn + 1]
        if len(found) == count or not available:
            break
        found += evenly_spaced(available, count - len(found))
    if not found:
        raise ValueError("no class has two images")
    return found


def _real_pairs(context: ClassContext, positions: list[tuple[int, int]]) -> _Pairs:
    first, second = (context.codes([pair[end] for pair in positions]) for end in (0, 1))
    return _Pairs(context.labels([pair[0] for pair in positions]), first, second)


def step_unevenness(paths: Tensor) -> Tensor:
    """Return the largest step (RMS) over the mean step of images (N, S, 3, R, R), (N,); 1 where all are equal."""
    steps = (paths[:, 1:] - paths[:, :-1]).double().square().mean((2, 3, 4)).sqrt()
    mean = steps.mean(1)
    return torch.where(mean > 0, steps.amax(1) / mean, 1.0)


def _findings(numbers: Metrics) -> str:
    found = []
    if numbers[_BETWEEN] is not None:
        found.append(
            f"A recogniser predicts the class in {numbers[_BETWEEN]:.0f} % of the mixtures, and in "
            f"{numbers[_ENDS]:.0f} % of the reconstructions at both ends."
        )
    if numbers[_STEP] is not None:
        found.append(f"The largest step is {numbers[_STEP]:.2f} times the mean step.")
    return " ".join(found)
