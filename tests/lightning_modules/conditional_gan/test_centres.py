"""Feature centres and their matching against values worked out by hand, absent classes among them."""

from __future__ import annotations

import pytest
import torch

from lightning_modules.conditional_gan.centres import CentreMatching, FeatureCentres, class_means

FEATURES = torch.tensor([[1.0, 0.0], [3.0, 2.0], [5.0, 5.0]])
LABELS = torch.tensor([0, 0, 2])  # class 1 is absent


def test_class_means() -> None:
    means, present = class_means(FEATURES, LABELS, 3)
    assert means.tolist() == [[2, 1], [0, 0], [5, 5]] and present.tolist() == [True, False, True]


def test_the_first_visit_sets_and_later_ones_average() -> None:
    centres = FeatureCentres(3, 2, rate=0.9)
    assert centres(FEATURES, LABELS).values.tolist() == [[2, 1], [0, 0], [5, 5]]
    found = centres(torch.tensor([[12.0, 1.0], [7.0, 7.0]]), torch.tensor([0, 1]))
    assert found.values.flatten().tolist() == pytest.approx([0.9 * 2 + 0.1 * 12, 1, 7, 7, 5, 5])
    assert found.present.tolist() == [True, True, False]
    assert centres.visits.tolist() == [2, 1, 1]
    assert centres.values.flatten().tolist() == pytest.approx([3, 1, 7, 7, 5, 5])


@pytest.mark.parametrize(("gradient", "share"), [("straight_through", 1.0), ("exact", 0.1)])
def test_gradient_of_a_moving_average(gradient: str, share: float) -> None:
    centres = FeatureCentres(3, 2, rate=0.9, gradient=gradient)  # type: ignore[arg-type]
    centres(FEATURES, LABELS)
    features = torch.tensor([[4.0, 0.0], [0.0, 4.0]], requires_grad=True)
    centres(features, torch.tensor([0, 0])).values[0, 0].backward()
    assert features.grad is not None
    assert features.grad.flatten().tolist() == pytest.approx([share / 2, 0, share / 2, 0])


@pytest.mark.parametrize(
    ("reduction", "wanted"), [("sum", 12.5 + 2.0), ("mean_present", 14.5 / 2), ("mean_all", 14.5 / 3)]
)
def test_matching_of_classes(reduction: str, wanted: float) -> None:
    matching = CentreMatching(3, 2, 0.9, reduction=reduction)  # type: ignore[arg-type]
    generated = torch.tensor([[2.0, 6.0], [2.0, 6.0], [7.0, 5.0]], requires_grad=True)
    loss = matching(FEATURES, generated, LABELS)  # (2, 1) to (2, 6): 12.5; (5, 5) to (7, 5): 2
    assert loss.item() == pytest.approx(wanted)
    loss.backward()
    assert generated.grad is not None
    share = {"sum": 1.0, "mean_present": 0.5, "mean_all": 1 / 3}[reduction]
    assert generated.grad[2].tolist() == pytest.approx([2 * share, 0])
    assert generated.grad[0].tolist() == pytest.approx([0, 5 / 2 * share])


def test_matching_of_all_images() -> None:
    matching = CentreMatching(1, 2, rate=0.0)
    assert matching(FEATURES, FEATURES + torch.tensor([3.0, 4.0])).item() == pytest.approx(12.5)
    assert matching(FEATURES, FEATURES).item() == 0  # nothing of the batch before is left


def test_real_features_get_no_gradient() -> None:
    real = FEATURES.clone().requires_grad_()
    generated = (FEATURES + 1).requires_grad_()
    CentreMatching(3, 2)(real, generated, LABELS).backward()
    assert real.grad is None and generated.grad is not None


def test_an_average_moves_all_images_of_a_class_alike() -> None:
    """Without one, a class's only image would be drawn to the centre itself; with one, by how far the mean is off."""
    matching = CentreMatching(1, 1, rate=0.9)
    matching(torch.zeros(4, 1), torch.zeros(4, 1), torch.zeros(4, dtype=torch.int64))
    generated = torch.tensor([[-1.0], [1.0]], requires_grad=True)
    matching(torch.zeros(2, 1), generated, torch.zeros(2, dtype=torch.int64)).backward()
    assert generated.grad is not None and generated.grad.flatten().tolist() == pytest.approx([0, 0])
