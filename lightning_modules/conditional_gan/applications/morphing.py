"""Figure 4.11: from one picture of a class to another, through their codes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

import torch
from jsonargparse.typing import PositiveInt
from torch import Tensor

from common.image_sheet import Cell, image_sheet
from lightning_modules.conditional_gan.applications.choices import unseen_first
from lightning_modules.evaluation.application import Application, Outcome
from lightning_modules.evaluation.class_context import ClassContext, Label
from lightning_modules.evaluation.real_images import spread
from lightning_modules.metrics.images import to_image, to_uint8
from lightning_modules.metrics.suite import Metrics, attempt

#: Where this departs from the thesis: place, its text, ours, why.
DEVIATIONS = (
    (
        "Section 4.4.2, morphing",
        "a pair of pictures of each data set; the label is kept well, without a number",
        "pairs of several classes, held-out pictures before others; how often a recogniser still sees the label",
        "whether the label is kept can be measured",
    ),
)

_BETWEEN, _ENDS, _STEP = "morphing_top1", "morphing_top1_ends", "morphing_largest_step"


class _Pairs(NamedTuple):
    """Labels (N,) of pairs of pictures, and the codes (N, Z) of the first and of the second of each."""

    labels: Tensor
    first: Tensor
    second: Tensor


@dataclass(frozen=True)
class Morphing(Application):
    """Two pictures of a class and what lies between: G(a z1 + (1 - a) z2, y), with the means z1 and z2 of their codes.

    a goes from 1 to 0, so the first and the last are reconstructions. Numbers: percent of pictures between the two
    reconstructions in which a recogniser sees the class, the same of the reconstructions, and the largest step (root
    mean square of pixels) over the mean step: 1 is even, and a jump shows.

    Source: image-synthesis thesis, section 4.4.2, equation 4.7, Figure 4.11.

    Args:
        count: pairs that are shown.
        steps: generated pictures of each pair, at least 3.
        label: of the pairs that are shown; None for several labels.
        measured: pairs that the numbers are of, at most.
        image: an image file of yours, in place of the first picture; it needs `other` and `label`. The numbers are of
            this pair.
        other: an image file of yours, in place of the second picture.
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
        shown, ends = self._shown(context)
        made = self.between(context, shown)
        lines = [
            (context.name_of(label), [Cell(to_image(p)) for p in (first, *way, last)])
            for label, (first, last), way in zip(shown.labels.tolist(), ends, made, strict=True)
        ]
        weights = [f"a = {a:.2g}" for a in torch.linspace(1, 0, self.steps).tolist()]
        note = "Outside: real pictures. Between: generated from the code a z1 + (1 - a) z2."
        sheet = image_sheet(["picture 1", *weights, "picture 2"], lines, (1, self.steps + 1), note)
        measured = shown if self.image is not None else _real_pairs(context, pairs(context, self.measured))
        numbers, reasons = self._numbers(context, measured)
        caption = "Outside: two real pictures of a class. Between them: a mixture of their codes, a of the first."
        pictures = {"ends": ends.flatten(0, 1), "between": made.flatten(0, 1)}
        return Outcome(pictures, numbers, reasons, caption, _findings(numbers), sheet)

    def _shown(self, context: ClassContext) -> tuple[_Pairs, Tensor]:
        """The pairs and their pictures (N, 2, 3, R, R)."""
        if self.image is None and self.other is None:
            chosen = pairs(context, self.count, self.label)
            images = context.images([i for pair in chosen for i in pair])
            return _real_pairs(context, chosen), images.unflatten(0, (len(chosen), 2))
        if self.image is None or self.other is None:
            raise ValueError("image, other: give both or neither; a pair has two pictures")
        ends = [context.load_labelled(path, self.label) for path in (self.image, self.other)]
        codes = [context.encode(image, label) for image, label in ends]
        return _Pairs(ends[0][1], codes[0], codes[1]), torch.stack([image for image, _ in ends], 1)

    def between(self, context: ClassContext, pairs: _Pairs) -> Tensor:
        """(N, steps, 3, R, R): the way of each pair."""
        labels, first, second = pairs
        a = torch.linspace(1, 0, self.steps)[None, :, None]
        latents = a * first[:, None] + (1 - a) * second[:, None]
        made = context.sample(labels.repeat_interleave(self.steps), latents.flatten(0, 1))
        return made.unflatten(0, (len(labels), self.steps))

    def _numbers(self, context: ClassContext, measured: _Pairs) -> tuple[Metrics, dict[str, str]]:
        made, labels = self.between(context, measured), measured.labels

        def kept(part: Tensor) -> float:
            seen = context.recognised(to_uint8(part.flatten(0, 1))).class_logits().argmax(1)
            return 100 * float((seen == labels.repeat_interleave(part.shape[1])).double().mean())

        failed: dict[str, str] = {}
        numbers = {
            _BETWEEN: attempt(_BETWEEN, lambda: kept(made[:, 1:-1]), failed),
            _ENDS: attempt(_ENDS, lambda: kept(made[:, [0, -1]]), failed),
            _STEP: attempt(_STEP, lambda: float(unevenness(made).mean()), failed),
        }
        return numbers, failed


def pairs(context: ClassContext, count: int, label: Label | None = None) -> list[tuple[int, int]]:
    """Positions of at most `count` pairs of pictures of one class, no picture twice, over as many classes as can be.

    Raises:
        ValueError: no class has two pictures.
    """
    classes = unseen_first(context, label)
    found: list[tuple[int, int]] = []
    for turn in range(count):
        there = [(of[2 * turn], of[2 * turn + 1]) for of in classes if len(of) > 2 * turn + 1]
        if len(found) == count or not there:
            break
        found += spread(there, count - len(found))
    if not found:
        raise ValueError("no class has two pictures")
    return found


def _real_pairs(context: ClassContext, positions: list[tuple[int, int]]) -> _Pairs:
    first, second = (context.codes([pair[end] for pair in positions]) for end in (0, 1))
    return _Pairs(context.labels([pair[0] for pair in positions]), first, second)


def unevenness(ways: Tensor) -> Tensor:
    """(N,): of pictures (N, S, 3, R, R), the largest root mean square of a step over the mean; 1 where none moves."""
    steps = (ways[:, 1:] - ways[:, :-1]).double().square().mean((2, 3, 4)).sqrt()
    mean = steps.mean(1)
    return torch.where(mean > 0, steps.amax(1) / mean, 1.0)


def _findings(numbers: Metrics) -> str:
    found = []
    if numbers[_BETWEEN] is not None:
        found.append(
            f"A recogniser sees the class in {numbers[_BETWEEN]:.0f} % of the mixtures, and in {numbers[_ENDS]:.0f} % "
            "of the reconstructions at both ends."
        )
    if numbers[_STEP] is not None:
        found.append(f"The largest step is {numbers[_STEP]:.2f} times the mean one.")
    return " ".join(found)
