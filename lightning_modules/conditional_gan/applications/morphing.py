"""Figure 4.11: from one picture of a class to another, through their codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from common.image_sheet import Cell, image_sheet
from lightning_modules.conditional_gan.applications.choices import unseen_first
from lightning_modules.evaluation.application import Given, Outcome
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


@dataclass(frozen=True)
class Morphing:
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
    """

    name: ClassVar[str] = "morphing"
    measures: ClassVar[tuple[str, ...]] = (_BETWEEN, _ENDS, _STEP)

    count: int = 5
    steps: int = 9
    label: int | None = None
    measured: int = 100

    def __call__(self, given: Given) -> Outcome:
        if self.steps < 3:
            raise ValueError(f"steps: {self.steps}; give 3 or more")
        shown = pairs(given, self.count, self.label)
        made = self.between(given, shown)
        ends = given.images([i for pair in shown for i in pair]).unflatten(0, (len(shown), 2))
        lines = [
            (given.name_of(given.data.images[pair[0]].label), [Cell(to_image(p)) for p in (first, *way, last)])
            for pair, (first, last), way in zip(shown, ends, made, strict=True)
        ]
        weights = [f"a = {a:.2g}" for a in torch.linspace(1, 0, self.steps).tolist()]
        note = "Outside: real pictures. Between: generated from the code a z1 + (1 - a) z2."
        sheet = image_sheet(["picture 1", *weights, "picture 2"], lines, (1, self.steps + 1), note)
        numbers, reasons = self._numbers(given)
        caption = "Outside: two real pictures of a class. Between them: a mixture of their codes, a of the first."
        pictures = {"ends": ends.flatten(0, 1), "between": made.flatten(0, 1)}
        return Outcome(pictures, numbers, reasons, caption, _findings(numbers), sheet)

    def between(self, given: Given, pairs: list[tuple[int, int]]) -> Tensor:
        """(N, steps, 3, R, R): the way of each pair of positions."""
        first, second = (given.codes([pair[end] for pair in pairs]) for end in (0, 1))
        a = torch.linspace(1, 0, self.steps)[None, :, None]
        latents = a * first[:, None] + (1 - a) * second[:, None]
        labels = given.labels([pair[0] for pair in pairs]).repeat_interleave(self.steps)
        return given.sample(labels, latents.flatten(0, 1)).unflatten(0, (len(pairs), self.steps))

    def _numbers(self, given: Given) -> tuple[Metrics, dict[str, str]]:
        chosen = pairs(given, self.measured)
        made = self.between(given, chosen)
        labels = given.labels([pair[0] for pair in chosen])

        def kept(part: Tensor) -> float:
            seen = given.recognised(to_uint8(part.flatten(0, 1))).class_logits().argmax(1)
            return 100 * float((seen == labels.repeat_interleave(part.shape[1])).double().mean())

        failed: dict[str, str] = {}
        numbers = {
            _BETWEEN: attempt(_BETWEEN, lambda: kept(made[:, 1:-1]), failed),
            _ENDS: attempt(_ENDS, lambda: kept(made[:, [0, -1]]), failed),
            _STEP: attempt(_STEP, lambda: float(unevenness(made).mean()), failed),
        }
        return numbers, failed


def pairs(given: Given, count: int, label: int | None = None) -> list[tuple[int, int]]:
    """Positions of at most `count` pairs of pictures of one class, no picture twice, over as many classes as can be.

    Raises:
        ValueError: no class has two pictures.
    """
    classes = unseen_first(given, label)
    found: list[tuple[int, int]] = []
    for turn in range(count):
        there = [(of[2 * turn], of[2 * turn + 1]) for of in classes if len(of) > 2 * turn + 1]
        if len(found) == count or not there:
            break
        found += spread(there, count - len(found))
    if not found:
        raise ValueError("no class has two pictures")
    return found


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
