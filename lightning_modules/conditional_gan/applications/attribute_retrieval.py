"""Figure 4.12: real images whose codes are nearest to that of a query share its attributes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch
from jsonargparse.typing import PositiveInt
from PIL import Image
from torch import Tensor

from common.image_sheet import Cell, image_sheet
from lightning_modules.conditional_gan.applications.choices import held_out_images, unseen_first
from lightning_modules.evaluation.application import Application, Outcome
from lightning_modules.evaluation.class_context import ClassContext, Label
from lightning_modules.evaluation.real_images import spread
from lightning_modules.metrics.images import to_image
from lightning_modules.metrics.neighbours import Agreement, attribute_agreement, nearest
from lightning_modules.metrics.suite import Metrics

#: Where this departs from the thesis: place, its text, ours, why.
DEVIATIONS = (
    (
        "Section 4.4.3, retrieval",
        "images only: those retrieved have very similar attributes",
        "also how often a retrieved image has the query's class, and its attributes where the data set has attributes, "
        "beside chance",
        "images of the same person share its attributes",
    ),
)

_CLASS = ("retrieval_same_class", "retrieval_same_class_chance")
_ATTRIBUTES = ("retrieval_attributes", "retrieval_attributes_chance")
_SAME = "#c0392b"
_LISTED = 12  # at most so many attributes are listed one by one


@dataclass(frozen=True)
class AttributeRetrieval(Application):
    """Queries and the real images with the nearest codes (mu of E) by Euclidean distance, without the query itself.

    Numbers, in percent, with held-out images as queries: retrieved images that have the query's value of an attribute,
    mean over attributes, and the same of any image (chance); and both for the class. The data module may have
    attributes of its images: `attributes` (N, A) int64 and `attribute_names`.

    Source: image-synthesis thesis, section 4.4.3, Figure 4.12.

    Args:
        count: number of queries that are shown.
        neighbours: number of images retrieved for each query.
        label: class of the queries that are shown; None for several classes.
        measured: largest number of held-out images that the numbers are of, spread evenly over all.
        most: largest number of real images that are searched, spread evenly over all.
        image: your own image file as the only query; it needs `label`. The numbers are still of the data set's images.
    """

    name: ClassVar[str] = "attribute_retrieval"
    measures: ClassVar[tuple[str, ...]] = (*_ATTRIBUTES, *_CLASS)
    context: ClassVar[type[ClassContext]] = ClassContext
    needs: ClassVar[tuple[str, ...]] = ("encode",)

    count: PositiveInt = 5
    neighbours: PositiveInt = 5
    label: Label | None = None
    measured: PositiveInt = 1_000
    most: PositiveInt = 100_000
    image: Path | None = None

    def __call__(self, context: ClassContext) -> Outcome:
        gallery = spread(range(len(context.data.images)), self.most)
        if self.image is None:
            shown = self._queries(context)
            gallery = sorted({*gallery, *shown})
            found = self.retrieve(context, shown, gallery)
            queries, labels = context.images(shown), context.labels(shown)
        else:
            queries, labels = context.load_labelled(self.image, self.label)
            found = self._nearest(gallery, context.encode(queries, labels), context.codes(gallery), None)
        numbers, reasons, findings = self._numbers(context, gallery)
        sheet = self._sheet(context, queries, labels, found)
        images = {"queries": queries, "found": context.images([i for places in found for i in places])}
        return Outcome(images, numbers, reasons, self._caption(len(gallery)), findings, sheet)

    def _caption(self, count: int) -> str:
        queries = "held-out images" if self.image is None else self.image.name
        without = ", without the query itself" if self.image is None else ""
        right = f"of {count:,} real images those with the nearest codes{without}; framed: of the same class."
        return f"Left: {queries}. Right: {right}"

    def _sheet(self, context: ClassContext, queries: Tensor, labels: Tensor, found: list[list[int]]) -> Image.Image:
        lines = []
        for query, label, places in zip(queries, labels.tolist(), found, strict=True):
            cells: list[Cell | None] = [Cell(to_image(query), context.name_of(label))]
            for image, other in zip(context.images(places), context.labels(places).tolist(), strict=True):
                cells.append(Cell(to_image(image), context.name_of(other), _SAME if other == label else ""))
            lines.append(("", cells))
        columns = ["query", *(f"nearest {i + 1}" for i in range(len(found[0])))]
        note = "Real images with the nearest codes; framed: of the query's class."
        return image_sheet(columns, lines, gaps=(1,), note=note)

    def retrieve(self, context: ClassContext, queries: list[int], gallery: list[int]) -> list[list[int]]:
        """Return the positions of the images retrieved for each query, nearest first; queries are in the gallery."""
        place = {position: i for i, position in enumerate(gallery)}
        own = torch.tensor([place[query] for query in queries])
        return self._nearest(gallery, context.codes(queries), context.codes(gallery), own)

    def _nearest(self, gallery: list[int], queries: Tensor, codes: Tensor, own: Tensor | None) -> list[list[int]]:
        count = min(self.neighbours, len(gallery) - (own is not None))
        indices = nearest(queries, codes, count, exclude=own).indices
        return [[gallery[i] for i in line] for line in indices.tolist()]

    def _queries(self, context: ClassContext) -> list[int]:
        try:
            return held_out_images(context, self.count, self.label)
        except ValueError:  # none is held out
            return spread([positions[0] for positions in unseen_first(context, self.label)], self.count)

    def _numbers(self, context: ClassContext, gallery: list[int]) -> tuple[Metrics, dict[str, str], str]:
        """Return the numbers, the reasons for those that are None, and the findings in words."""
        queries = spread(sorted(context.held_out), self.measured)
        if not queries:
            reason = "no image is held out of training"
            return dict.fromkeys(self.measures), dict.fromkeys(self.measures, reason), f"No numbers: {reason}."
        gallery = sorted({*gallery, *queries})
        place = {position: i for i, position in enumerate(gallery)}
        own = torch.tensor([place[query] for query in queries])
        codes = context.codes(gallery)
        indices = nearest(codes[own], codes, min(self.neighbours, len(gallery) - 1), exclude=own).indices
        labels = context.labels(gallery)[:, None]
        same = attribute_agreement(indices, context.labels(queries)[:, None], labels, own)
        numbers: Metrics = dict(zip(_CLASS, _percents(same), strict=True))
        words = (
            f"{numbers[_CLASS[0]]:.0f} % of the retrieved images are of the query's class (chance "
            f"{numbers[_CLASS[1]]:.0f} %)"
        )
        attributes = getattr(context.data, "attributes", None)
        if attributes is None:
            reason = f"{type(context.data).__name__} has no attributes of these images"
            return {**dict.fromkeys(_ATTRIBUTES), **numbers}, dict.fromkeys(_ATTRIBUTES, reason), f"{words}."
        values = torch.as_tensor(attributes)[gallery]
        agreed = attribute_agreement(indices, values[own], values, own)
        numbers = {**dict(zip(_ATTRIBUTES, _percents(agreed), strict=True)), **numbers}
        shares = [(f"mean of {len(agreed.found)}", *_percents(agreed))]
        if len(agreed.found) <= _LISTED:
            names = [_readable_name(name) for name in context.data.attribute_names]
            shares = list(zip(names, *((100 * side).tolist() for side in agreed), strict=True))
        each = "; ".join(f"{name} {found:.0f} % ({chance:.0f} %)" for name, found, chance in shares)
        return numbers, {}, f"{words}. They share the query's attributes (chance): {each}."


def _readable_name(attribute: str) -> str:
    """Return an attribute's name for a reader."""
    return attribute.replace("::", ": ").replace("_", " ")


def _percents(agreement: Agreement) -> tuple[float, float]:
    return 100 * float(agreement.found.mean()), 100 * float(agreement.chance.mean())
