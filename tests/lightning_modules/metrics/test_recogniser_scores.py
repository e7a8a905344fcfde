from __future__ import annotations

import math

import pytest
import torch
from torch_fidelity.metric_isc import isc_features_to_metric

from lightning_modules.metrics.distribution import inception_score
from lightning_modules.metrics.recogniser_scores import InceptionScore, Top1


def test_top1_by_hand_over_two_batches() -> None:
    top1 = Top1(classes=3)
    top1.update(torch.tensor([[2.0, 1.0, 0.0], [0.0, 1.0, 3.0]]), torch.tensor([0, 1]))
    top1.update(torch.tensor([[0.0, 5.0, 0.0], [9.0, 1.0, 0.0]]), torch.tensor([1, 0]))
    assert top1.accuracy() == 3 / 4
    assert top1.by_class()[:2].tolist() == [1.0, 0.5] and math.isnan(top1.by_class()[2])


def test_top1_of_equal_logits_and_of_a_classifier_that_knows_more_classes() -> None:
    top1 = Top1(classes=2)
    top1.update(torch.zeros(2, 5), torch.tensor([0, 1]))  # the lowest class is predicted
    top1.update(torch.tensor([[1.0, 0.0, 7.0]]), torch.tensor([0]))  # class 2 is wrong, though nobody asks for it
    assert top1.by_class().tolist() == [0.5, 0.0]


def test_top1_refuses_what_it_cannot_count() -> None:
    top1 = Top1(classes=2)
    with pytest.raises(ValueError, match="no images"):
        top1.accuracy()
    with pytest.raises(ValueError, match="2 classes"):
        top1.update(torch.zeros(1, 2), torch.tensor([2]))
    with pytest.raises(ValueError, match="2 classes"):
        top1.update(torch.zeros(1, 1), torch.tensor([0]))
    with pytest.raises(ValueError, match="int64"):
        top1.update(torch.zeros(2, 2), torch.tensor([0]))
    with pytest.raises(ValueError, match="negative"):
        top1.update(torch.zeros(1, 2), torch.tensor([-1]))
    with pytest.raises(ValueError, match="NaN"):
        top1.update(torch.tensor([[0.0, math.nan]]), torch.tensor([0]))


@pytest.mark.parametrize("count", [10, 97])
def test_inception_score_is_torch_fidelitys(count: int) -> None:
    logits = 3 * torch.randn(count, 23, generator=torch.Generator().manual_seed(0))
    streamed = InceptionScore(count)
    for batch in logits.split(16):
        streamed.update(batch)
    theirs = isc_features_to_metric(logits, splits=10, rng_seed=2020)
    assert streamed.compute().mean == pytest.approx(theirs["inception_score_mean"], rel=1e-12)
    assert streamed.compute().deviation == pytest.approx(theirs["inception_score_std"], rel=1e-9)
    assert streamed.compute().mean == pytest.approx(inception_score(logits), rel=1e-12)
    whole = isc_features_to_metric(logits, splits=1, rng_seed=2020)["inception_score_mean"]
    assert streamed.one_split() == pytest.approx(whole, rel=1e-12)


def test_inception_score_by_hand() -> None:
    certain = InceptionScore(1000)
    certain.update(torch.eye(5, 7).repeat(200, 1) * 2000.0)  # exact zeros, in every image and in the mean
    assert certain.one_split() == pytest.approx(5.0)
    ignorant = InceptionScore(20)
    ignorant.update(torch.zeros(20, 7))
    assert ignorant.compute() == pytest.approx((1.0, 0.0))


def test_inception_score_needs_exactly_the_announced_images() -> None:
    with pytest.raises(ValueError, match="at least 10"):
        InceptionScore(9)
    score = InceptionScore(12)
    score.update(torch.zeros(8, 3))
    with pytest.raises(ValueError, match="8 of the 12"):
        score.compute()
    with pytest.raises(ValueError, match="more than the 12"):
        score.update(torch.zeros(5, 3))
    with pytest.raises(ValueError, match="NaN"):
        score.update(torch.full((1, 3), math.inf))
