from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from lightning_modules.metrics import neighbours
from lightning_modules.metrics.neighbours import attribute_agreement, memorisation, nearest, unit_vectors


def features(count: int, width: int, seed: int) -> Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed))


def brute_force(queries: Tensor, gallery: Tensor, count: int) -> tuple[list[list[int]], np.ndarray]:
    distances = np.linalg.norm(queries.double().numpy()[:, None] - gallery.double().numpy()[None], axis=2)
    order = np.argsort(distances, axis=1, kind="stable")[:, :count]
    return order.tolist(), np.take_along_axis(distances, order, 1)


@pytest.mark.parametrize("elements", [2**24, 300, 1])
def test_all_blocks_together_are_the_brute_force(monkeypatch: pytest.MonkeyPatch, elements: int) -> None:
    monkeypatch.setattr(neighbours, "_ELEMENTS", elements)
    queries, gallery = features(23, 5, 0), features(61, 5, 1)
    indices, distances = brute_force(queries, gallery, 4)
    found = nearest(queries, gallery, 4)
    assert found.indices.tolist() == indices
    assert found.distances.numpy() == pytest.approx(distances, rel=1e-12)


@pytest.mark.parametrize("elements", [2**24, 2000])
def test_duplicates_come_by_their_index_wherever_they_stand(monkeypatch: pytest.MonkeyPatch, elements: int) -> None:
    monkeypatch.setattr(neighbours, "_ELEMENTS", elements)
    gallery = unit_vectors(features(301, 37, 2).repeat(3, 1))  # each vector three times, 301 apart
    queries = unit_vectors(features(40, 37, 3))
    found = nearest(queries, gallery, 5).indices
    first = nearest(queries, gallery[:301], 2).indices
    expected = [[a, a + 301, a + 602, b, b + 301] for a, b in first.tolist()]
    assert found.tolist() == expected


def test_rounding_far_from_the_origin_changes_nothing() -> None:
    gallery = features(50, 8, 4).double() + 1e6
    queries = gallery + 1e-3 * features(50, 8, 5)
    found = nearest(queries, gallery, 1)
    assert found.indices[:, 0].tolist() == list(range(50))
    assert found.distances[:, 0].tolist() == pytest.approx((queries - gallery).norm(dim=1).tolist(), rel=1e-12)


def test_pixels_by_hand() -> None:
    gallery = torch.zeros(3, 3, 2, 2, dtype=torch.uint8)
    gallery[1] += 10
    gallery[2] += 250
    queries = gallery[[0, 2]].clone()
    queries[0, 0, 0, 0] = 3
    queries[1, :, 0, 0] = 248  # 8 bits must not wrap around
    found = nearest(queries, gallery, 2)
    assert found.indices.tolist() == [[0, 1], [2, 1]]
    assert found.distances[:, 0].tolist() == pytest.approx([3.0, math.sqrt(3 * 4)])


def test_the_nearest_unit_vector_has_the_highest_cosine() -> None:
    queries, gallery = features(30, 6, 6), features(80, 6, 7) * torch.linspace(0.1, 9, 80)[:, None]
    found = nearest(unit_vectors(queries), unit_vectors(gallery))
    cosines = torch.nn.functional.cosine_similarity(queries[:, None], gallery[None], dim=2)
    assert found.indices[:, 0].tolist() == cosines.argmax(1).tolist()
    assert (1 - found.distances[:, 0] ** 2 / 2).tolist() == pytest.approx(cosines.amax(1).tolist(), abs=1e-6)
    with pytest.raises(ValueError, match="zero"):
        unit_vectors(torch.zeros(2, 3))


@pytest.mark.parametrize("elements", [2**24, 8])
def test_a_query_finds_its_duplicate_but_not_itself(monkeypatch: pytest.MonkeyPatch, elements: int) -> None:
    monkeypatch.setattr(neighbours, "_ELEMENTS", elements)
    gallery = torch.tensor([[0.0], [5.0], [0.0], [6.0]])
    found = nearest(gallery, gallery, 2, exclude=torch.arange(4))
    assert found.indices.tolist() == [[2, 1], [3, 0], [0, 1], [1, 0]]
    assert found.distances.tolist() == [[0, 5], [1, 5], [0, 5], [1, 6]]
    assert len(nearest(gallery, gallery, 3, exclude=torch.arange(4)).indices) == 4


def test_what_cannot_be_found_is_refused() -> None:
    points = torch.zeros(4, 2)
    with pytest.raises(ValueError, match="cannot find 4 of 4"):
        nearest(points, points, 4, exclude=torch.arange(4))
    with pytest.raises(ValueError, match="cannot find 0"):
        nearest(points, points, 0)
    with pytest.raises(ValueError, match="shape"):
        nearest(points, torch.zeros(4, 3))
    with pytest.raises(ValueError, match="one place"):
        nearest(points, points, 1, exclude=torch.arange(3))
    with pytest.raises(ValueError, match="NaN"):
        nearest(points, points * math.nan)


def test_memorisation_by_hand() -> None:
    training, held_out = torch.tensor([[0.0], [10.0], [20.0]]), torch.tensor([[4.0]])
    generated = torch.tensor([[0.0], [1.0], [3.0], [2.0], [4.0]])
    found = memorisation(generated, training, held_out)
    assert found.ratios.tolist() == pytest.approx([0.0, 1 / 3, 3.0, 1.0, math.inf])
    assert found.median_ratio == 1.0
    assert found.nearer_training == pytest.approx(2.5 / 5) and found.expected == 3 / 4


def test_memorisation_tells_copies_from_samples_of_the_same_law() -> None:
    training, held_out, fresh = features(300, 3, 8), features(100, 3, 9), features(400, 3, 10)
    innocent = memorisation(fresh, training, held_out)
    assert innocent.nearer_training == pytest.approx(innocent.expected, abs=0.08)
    copied = memorisation(training + 0.01 * features(300, 3, 11), training, held_out)
    assert copied.nearer_training > 0.98 and copied.median_ratio < 0.1 < innocent.median_ratio


def test_agreement_by_hand() -> None:
    attributes = torch.tensor([[1, 7], [1, 8], [0, 7], [0, 7]])
    indices = torch.tensor([[1, 2], [0, 3], [3, 0], [2, 1]])
    found = attribute_agreement(indices, attributes, attributes, exclude=torch.arange(4))
    assert found.found.tolist() == [4 / 8, 4 / 8]
    # Others with the query's value: 1, 1, 1, 1 of 3; and 2, 0, 2, 2 of 3.
    assert found.chance.tolist() == pytest.approx([1 / 3, 6 / 12])
    strangers = attribute_agreement(indices[:2], torch.tensor([[1, 9], [5, 7]]), attributes)
    assert strangers.found.tolist() == [1 / 4, 2 / 4]
    assert strangers.chance.tolist() == pytest.approx([(2 / 4 + 0) / 2, (0 + 3 / 4) / 2])
    with pytest.raises(ValueError, match="belong together"):
        attribute_agreement(indices, attributes[:3], attributes)
