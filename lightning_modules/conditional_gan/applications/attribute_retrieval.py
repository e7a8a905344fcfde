"""Figure 4.12: real pictures whose codes are nearest to that of a query share its attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch

from common.image_sheet import Cell, image_sheet
from lightning_modules.conditional_gan.applications.choices import held_out_pictures, unseen_first
from lightning_modules.evaluation.application import Given, Outcome
from lightning_modules.evaluation.real_images import spread
from lightning_modules.metrics.images import to_image
from lightning_modules.metrics.neighbours import Agreement, attribute_agreement, nearest
from lightning_modules.metrics.suite import Metrics

#: Where this departs from the thesis: place, its text, ours, why.
DEVIATIONS = (
    (
        "Section 4.4.3, retrieval",
        "pictures only: what is found has very similar attributes",
        "also how often what is found shares an attribute with the query, beside chance, where the data tell "
        "attributes; and how often it is of the same class",
        "whoever finds pictures of the same person finds their attributes, too",
    ),
)

_CLASS = ("retrieval_same_class", "retrieval_same_class_chance")
_ATTRIBUTES = ("retrieval_attributes", "retrieval_attributes_chance")
_SAME = "#c0392b"
_TOLD = 12  # so many attributes can be told one by one


@dataclass(frozen=True)
class AttributeRetrieval:
    """Queries, and the real pictures whose codes (mu of E) are nearest by Euclidean distance, the query's own left out.

    Numbers, in percent: how often what is found has the query's value of an attribute, the mean over attributes, and
    how often any picture has it; and both of the class. The data module may tell attributes of its pictures:
    `attributes` (N, A) int64 and `attribute_names`.

    Source: image-synthesis thesis, section 4.4.3, Figure 4.12.

    Args:
        count: queries that are shown.
        neighbours: pictures found of each.
        label: of the queries that are shown; None for several labels.
        measured: queries that the numbers are of, at most.
        most: real pictures that are searched, at most; they are spread evenly over all.
    """

    name: ClassVar[str] = "attribute_retrieval"
    measures: ClassVar[tuple[str, ...]] = (*_ATTRIBUTES, *_CLASS)

    count: int = 5
    neighbours: int = 5
    label: int | None = None
    measured: int = 1_000
    most: int = 100_000

    def __call__(self, given: Given) -> Outcome:
        shown = self._queries(given)
        gallery = sorted({*spread(range(len(given.data.images)), self.most), *shown})
        found = self.found(given, shown, gallery)
        lines = []
        for query, places in zip(shown, found, strict=True):
            label = given.data.images[query].label
            cells: list[Cell | None] = [Cell(to_image(given.images([query])[0]), given.name_of(label))]
            for picture, other in zip(given.images(places), given.labels(places).tolist(), strict=True):
                cells.append(Cell(to_image(picture), given.name_of(other), _SAME if other == label else ""))
            lines.append(("", cells))
        columns = ["query", *(f"nearest {i + 1}" for i in range(len(found[0])))]
        sheet = image_sheet(
            columns, lines, gaps=(1,), note="Real pictures with the nearest codes; framed: of the query's class."
        )
        numbers, reasons, words = self._numbers(given, gallery)
        pictures = {"queries": given.images(shown), "found": given.images([i for places in found for i in places])}
        caption = (
            f"Left: held-out pictures. Right: of {len(gallery):,} real pictures those with the nearest codes, the "
            f"query's own left out; framed: of the same class."
        )
        return Outcome(pictures, numbers, reasons, caption, words, sheet)

    def found(self, given: Given, queries: list[int], gallery: list[int]) -> list[list[int]]:
        """Positions of what is found for each query, nearest first; queries are in the gallery."""
        place = {position: i for i, position in enumerate(gallery)}
        own = torch.tensor([place[query] for query in queries])
        count = min(self.neighbours, len(gallery) - 1)
        indices = nearest(given.codes(queries), given.codes(gallery), count, exclude=own).indices
        return [[gallery[i] for i in line] for line in indices.tolist()]

    def _queries(self, given: Given) -> list[int]:
        try:
            return held_out_pictures(given, self.count, self.label)
        except ValueError:  # none is held out
            return spread([positions[0] for positions in unseen_first(given, self.label)], self.count)

    def _numbers(self, given: Given, gallery: list[int]) -> tuple[Metrics, dict[str, str], str]:
        """The numbers, why some are None, and all of them in words."""
        own = torch.tensor(spread(range(len(gallery)), self.measured))
        queries = [gallery[i] for i in own.tolist()]
        codes = given.codes(gallery)
        indices = nearest(codes[own], codes, min(self.neighbours, len(gallery) - 1), exclude=own).indices
        labels = given.labels(gallery)[:, None]
        same = attribute_agreement(indices, given.labels(queries)[:, None], labels, own)
        numbers: Metrics = dict(zip(_CLASS, _percents(same), strict=True))
        words = (
            f"Of what is found, {numbers[_CLASS[0]]:.0f} % are of the query's class (chance {numbers[_CLASS[1]]:.0f} %)"
        )
        told = getattr(given.data, "attributes", None)
        if told is None:
            reason = f"{type(given.data).__name__} tells no attributes of these pictures"
            return {**dict.fromkeys(_ATTRIBUTES), **numbers}, dict.fromkeys(_ATTRIBUTES, reason), f"{words}."
        values = torch.as_tensor(told)[gallery]
        agreed = attribute_agreement(indices, values[own], values, own)
        numbers = {**dict(zip(_ATTRIBUTES, _percents(agreed), strict=True)), **numbers}
        shares = [(f"mean of {len(agreed.found)}", *_percents(agreed))]
        if len(agreed.found) <= _TOLD:
            names = [_words(name) for name in given.data.attribute_names]  # type: ignore[attr-defined]
            shares = list(zip(names, *((100 * side).tolist() for side in agreed), strict=True))
        each = "; ".join(f"{name} {found:.0f} % ({chance:.0f} %)" for name, found, chance in shares)
        return numbers, {}, f"{words}. They share the query's attributes (chance): {each}."


def _words(attribute: str) -> str:
    """An attribute's name for a reader."""
    return attribute.replace("::", ": ").replace("_", " ")


def _percents(agreement: Agreement) -> tuple[float, float]:
    return 100 * float(agreement.found.mean()), 100 * float(agreement.chance.mean())
