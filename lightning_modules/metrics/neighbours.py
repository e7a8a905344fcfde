"""Exact nearest neighbours, and metrics of them: memorised training images, attributes shared by near latents."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

_ELEMENTS = 2**24  # of a float64 block in memory at a time: 128 MB


class Neighbours(NamedTuple):
    """Nearest gallery items of each query, nearest first: their places (Q, K) int64 and Euclidean distances (Q, K)
    float64."""

    indices: Tensor
    distances: Tensor


def nearest(queries: Tensor, gallery: Tensor, count: int = 1, exclude: Tensor | None = None) -> Neighbours:
    """Return the nearest gallery items by Euclidean distance; of equally near ones the lowest index comes first.

    A matrix product finds the candidates, with a margin for its rounding; their distances are then computed one by one
    in float64, so that duplicates tie exactly at any place. For cosine similarity give `unit_vectors` of both.

    Args:
        queries, gallery: (Q, ...) and (G, ...) of any real type, for instance features or 8-bit images.
        count: number of neighbours, K.
        exclude: (Q,) int64, the place of each query itself in the gallery, which is left out.

    Raises:
        ValueError: unequal shapes, a gallery of fewer than `count`, NaN or infinite values.
    """
    _check(queries, gallery, count, exclude)
    wanted, found = queries.flatten(1), gallery.flatten(1)
    rows = max(1, _ELEMENTS // max(len(found), wanted.shape[1]))
    parts = []
    for start in range(0, len(wanted), rows):
        own = None if exclude is None else exclude[start : start + rows]
        parts.append(_nearest(wanted[start : start + rows].double(), found, count, own))
    return Neighbours(*map(torch.cat, zip(*parts, strict=True)))


def unit_vectors(features: Tensor) -> Tensor:
    """Return (N, D) float64 of length 1, whose nearest neighbours have the highest cosine: |x - y|^2 = 2 - 2 cos.

    Raises:
        ValueError: a vector of length 0.
    """
    values = features.double()
    lengths = values.norm(dim=1, keepdim=True)
    if not lengths.all():
        raise ValueError("a vector is zero: it has no direction")
    return values / lengths


class Memorisation(NamedTuple):
    """Distances of generated images to training images, relative to those to held-out images.

    Attributes:
        ratios: (Q,) float64, distance to the nearest training image over that to the nearest held-out; 0 for a copy.
        median_ratio: of them. Below 1 also without copying where there are more training images than held-out ones.
        nearer_training: share of generated images that are nearer to a training image.
        expected: that share for independent images of the same distribution: training / (training + held-out).
    """

    ratios: Tensor
    median_ratio: float
    nearer_training: float
    expected: float


def memorisation(generated: Tensor, training: Tensor, held_out: Tensor) -> Memorisation:
    """Compare the distances of generated images to the nearest training and held-out images.

    Args:
        generated, training, held_out: (Q, ...), (N, ...), (M, ...) pixels, or `unit_vectors` of features.

    Raises:
        ValueError: as `nearest`.
    """
    to_training = nearest(generated, training).distances[:, 0]
    to_held_out = nearest(generated, held_out).distances[:, 0]
    ratios = torch.where(to_training == to_held_out, 1.0, to_training / to_held_out)  # 1 too where both are 0
    nearer = (ratios < 1).double() + 0.5 * (ratios == 1).double()
    share = len(training) / (len(training) + len(held_out))
    return Memorisation(ratios, float(np.median(ratios)), float(nearer.mean()), share)


class Agreement(NamedTuple):
    """Shares (A,) float64 in [0, 1] by attribute: of neighbours with the query's value, and of all gallery images with
    it."""

    found: Tensor
    chance: Tensor


def attribute_agreement(indices: Tensor, queries: Tensor, gallery: Tensor, exclude: Tensor | None = None) -> Agreement:
    """Return the share of retrieved images with the query's attributes (thesis, Figure 4.12, as a number).

    Args:
        indices: (Q, K) int64, places in the gallery, from `nearest`.
        queries, gallery: (Q, A) and (G, A) attributes, of any type with equality.
        exclude: (Q,) int64 as for `nearest`; chance then leaves the query's own image out too.

    Raises:
        ValueError: shapes that do not belong together.
    """
    if queries.dim() != 2 or queries.shape[1:] != gallery.shape[1:] or len(indices) != len(queries):
        shapes = tuple(indices.shape), tuple(queries.shape), tuple(gallery.shape)
        raise ValueError(f"indices, queries and gallery do not belong together: {shapes}")
    found = (gallery[indices] == queries[:, None]).double().mean((0, 1))
    equal = torch.stack([_count_equal(*columns) for columns in zip(queries.T, gallery.T, strict=True)], 1)
    others = float(len(gallery))
    if exclude is not None:
        equal -= (gallery[exclude] == queries).double()
        others -= 1
    return Agreement(found, equal.mean(0) / others)


def _count_equal(values: Tensor, gallery: Tensor) -> Tensor:
    """Return the number (Q,) float64 of items of a gallery (G,) with each value."""
    known, counts = gallery.unique(return_counts=True)
    place = torch.searchsorted(known, values.contiguous()).clamp(max=len(known) - 1)
    return torch.where(known[place] == values, counts[place], 0).double()


def _nearest(queries: Tensor, gallery: Tensor, count: int, exclude: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return indices and distances, both (Q, count), for float64 queries (Q, D) whose distances fit in memory."""
    rough = torch.cat([_squared_distances(queries, part) for part in gallery.split(_rows(gallery))], 1)
    slack = 1e-10 * (queries.square().sum(1, keepdim=True) + rough.amax(1, keepdim=True))
    if exclude is not None:
        rough[torch.arange(len(queries)), exclude] = torch.inf
    limit = rough.topk(count, dim=1, largest=False).values[:, -1:] + slack
    row, place = (rough <= limit).nonzero(as_tuple=True)
    pieces = zip(row.split(_rows(gallery)), place.split(_rows(gallery)), strict=True)
    exact = torch.cat([(queries[r] - gallery[p]).square().sum(1) for r, p in pieces])
    order = torch.from_numpy(np.lexsort((place.numpy(), exact.numpy(), row.numpy())))
    first = torch.searchsorted(row, torch.arange(len(queries)))  # rows are sorted, before as after
    chosen = order[first[:, None] + torch.arange(count)]
    return place[chosen], exact[chosen].sqrt()


def _squared_distances(queries: Tensor, gallery: Tensor) -> Tensor:
    others = gallery.double()
    lengths = queries.square().sum(1, keepdim=True) + others.square().sum(1)
    return lengths.addmm_(queries, others.T, alpha=-2)


def _rows(gallery: Tensor) -> int:
    return max(1, _ELEMENTS // gallery.shape[1])


def _check(queries: Tensor, gallery: Tensor, count: int, exclude: Tensor | None) -> None:
    if queries.dim() < 2 or queries.shape[1:] != gallery.shape[1:]:
        raise ValueError(f"queries and gallery differ in shape: {tuple(queries.shape)} and {tuple(gallery.shape)}")
    if not len(queries) or not 1 <= count <= len(gallery) - (exclude is not None):
        raise ValueError(f"cannot find {count} of {len(gallery)} for each of {len(queries)}")
    if exclude is not None and exclude.shape != (len(queries),):
        raise ValueError(f"exclude needs one place for each of {len(queries)} queries, got {tuple(exclude.shape)}")
    if not (_finite(queries) and _finite(gallery)):
        raise ValueError("the features hold NaN or infinite values")


def _finite(values: Tensor) -> bool:
    """Check in parts: a gallery may fill half the memory."""
    return not values.is_floating_point() or all(bool(part.isfinite().all()) for part in values.split(1024))
