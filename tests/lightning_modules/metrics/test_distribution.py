from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric

from lightning_modules.metrics import distribution
from lightning_modules.metrics.distribution import frechet_distance, inception_score, kid, kid_protocol


def features(count: int, width: int = 16, seed: int = 0, scale: float = 1.0, shift: float = 0.0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, width, generator=generator, dtype=torch.float64) * scale + shift


def fidelity_fid(x: Tensor, y: Tensor) -> float:
    statistics = fid_features_to_statistics(x), fid_features_to_statistics(y)
    return float(fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"])


def with_covariance(deviations: list[float], mean: list[float]) -> Tensor:
    """Four samples a dimension whose mean and unbiased covariance (diagonal) are exactly the given ones."""
    width = len(deviations)
    signs = torch.cat([torch.eye(width), -torch.eye(width)]).double()
    factor = math.sqrt((2 * width - 1) / 2)  # sum of squares a dimension is 2, over 2 width - 1
    return signs * torch.tensor(deviations).double() * factor + torch.tensor(mean).double()


def test_frechet_distance_of_known_gaussians() -> None:
    x = with_covariance([1.0, 2.0, 3.0], [0.0, 0.0, 0.0])
    y = with_covariance([2.0, 2.0, 1.0], [1.0, -2.0, 0.0])
    # |m|^2 = 5; commuting covariances give (1-2)^2 + (2-2)^2 + (3-1)^2 = 5
    assert frechet_distance(x, y) == pytest.approx(10.0, abs=1e-12)


def test_frechet_distance_of_gaussians_that_do_not_commute() -> None:
    x = with_covariance([1.0, 2.0], [0.0, 0.0])
    y = x @ torch.tensor([[0.0, 1.0], [1.0, 0.0]]).double() @ torch.tensor([[1.0, 1.0], [0.0, 1.0]]).double()
    # S1 = diag(1, 4); S2 = [[4, 4], [4, 5]]; S1 S2 has trace 24 and determinant 16: tr root = sqrt(24 + 2 * 4)
    assert frechet_distance(x, y) == pytest.approx(5 + 9 - 2 * math.sqrt(32), abs=1e-12)


@pytest.mark.parametrize(("first", "second"), [(200, 300), (40, 300), (20, 24)])
def test_frechet_distance_agrees_with_torch_fidelity(first: int, second: int) -> None:
    x, y = features(first, 48, 1), features(second, 48, 2, scale=1.3, shift=0.2)
    # Theirs loses digits where the covariance is singular: roots of eigenvalues that should be 0.
    assert frechet_distance(x, y) == pytest.approx(fidelity_fid(x, y), rel=1e-9 if first > 48 else 1e-5)


@pytest.mark.parametrize("count", [10, 100])
def test_frechet_distance_to_itself_is_zero_and_never_negative(count: int) -> None:
    x = features(count, 32, 3)
    assert 0.0 <= frechet_distance(x, x) < 1e-10


def test_frechet_distance_grows_with_noise_and_is_symmetric() -> None:
    x = features(200, 32, 4)
    distances = [frechet_distance(x, x + features(200, 32, 5, scale=s)) for s in (0.1, 0.3, 1.0, 3.0)]
    assert distances == sorted(distances) and distances[0] < 0.1 < distances[-1]
    y = features(150, 32, 6, shift=1.0)
    assert frechet_distance(x, y) == pytest.approx(frechet_distance(y, x), rel=1e-12)


@pytest.mark.parametrize("metric", [frechet_distance, kid])
def test_bad_features_are_refused(metric: object) -> None:
    assert callable(metric)
    with pytest.raises(ValueError, match="at least 2"):
        metric(features(1), features(5))
    with pytest.raises(ValueError, match="NaN"):
        metric(features(5), features(5) * float("nan"))
    with pytest.raises(ValueError, match="widths"):
        metric(features(5, 3), features(5, 4))


def test_kid_by_hand() -> None:
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    y = torch.tensor([[2.0, 0.0], [0.0, 0.0], [0.0, 2.0]])
    # kernel (x.y / 2 + 1)^3. Within x: both pairs 1. Within y: every pair 1. Across: [8, 1, 1], [1, 1, 8]: mean 20 / 6.
    assert kid(x, y) == pytest.approx(1.0 + 1.0 - 2 * 20 / 6, abs=1e-12)


@pytest.mark.parametrize("limit", [8, 1])
def test_kid_agrees_with_torch_fidelity(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    """Both ways to the subsets: all at once (few samples) and one by one (many)."""
    monkeypatch.setattr(distribution, "KID_SUBSET_SIZE", 40)
    monkeypatch.setattr(distribution, "KID_SUBSETS", 30)
    x, y = features(30 * limit + 100, seed=1), features(401 if limit == 1 else 55, seed=2, scale=1.2)
    theirs = kid_features_to_metric(x, y, kid_subsets=30, kid_subset_size=40, verbose=False)
    assert kid(x, y) == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-10)


def test_kid_of_all_samples_agrees_with_one_full_subset_of_torch_fidelity() -> None:
    x, y = features(60, seed=1), features(60, seed=2, scale=1.2)
    theirs = kid_features_to_metric(x, y, kid_subsets=1, kid_subset_size=60, verbose=False)
    assert kid(x, y) == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-10)


def test_kid_of_one_distribution_is_zero_in_the_mean() -> None:
    values = np.array([kid(features(50, 8, 2 * seed), features(70, 8, 2 * seed + 1)) for seed in range(60)])
    assert abs(values.mean()) < 4 * values.std() / math.sqrt(len(values))
    assert values.min() < 0 < values.max()
    assert kid(features(50, 8, 0), features(70, 8, 1, shift=0.5)) > 10 * values.std()


def test_kid_protocol_says_which_estimate() -> None:
    assert kid_protocol(999, 5000) == "all samples, unbiased MMD"
    assert kid_protocol(1000, 1000) == "mean of 100 subsets of 1000, unbiased MMD, seed 2020"


def test_inception_score_by_hand() -> None:
    assert inception_score(torch.zeros(40, 7)) == pytest.approx(1.0)  # nothing is known of any image
    labels = torch.arange(5).repeat(200)
    certain = torch.nn.functional.one_hot(labels, 5) * 100.0
    score = inception_score(certain)  # five classes, about equal in each split of 100
    assert 4.8 < score <= 5.0
    with pytest.raises(ValueError, match="at least 10"):
        inception_score(torch.zeros(9, 7))
