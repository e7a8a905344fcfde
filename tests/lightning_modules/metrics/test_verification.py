from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
import torch
from scipy import stats
from torch import Tensor

from lightning_modules.metrics.verification import FoldAccuracies, best_threshold, compare, cosine_similarities, verify


def pairs(seed: int, count: int = 200, apart: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    same = torch.arange(count) % 2 == 0
    similarities = torch.randn(count, generator=generator) + apart * same
    return (similarities * 4).round() / 4, same, torch.arange(count) // (count // 10)  # rounded: many ties


def brute_force(similarities: Tensor, same: Tensor) -> float:
    values = sorted(set(similarities.double().tolist()))
    middles = [(a + b) / 2 for a, b in itertools.pairwise(values)]
    candidates = [values[0] - 1, *middles, values[-1] + 1]
    right = [int(((similarities >= candidate) == same).sum()) for candidate in candidates]
    return candidates[right.index(max(right))]


def test_cosine_similarities_by_hand() -> None:
    first = torch.tensor([[3.0, 4.0], [1.0, 0.0], [2.0, 2.0]])
    second = torch.tensor([[4.0, 3.0], [0.0, 5.0], [-7.0, -7.0]])
    assert cosine_similarities(first, second).tolist() == pytest.approx([24 / 25, 0.0, -1.0])
    with pytest.raises(ValueError, match="zero"):
        cosine_similarities(first, second * 0)
    with pytest.raises(ValueError, match="equal shapes"):
        cosine_similarities(first, second[:2])


def test_threshold_by_hand() -> None:
    similarities = torch.tensor([0.1, 0.3, 0.5, 0.9], dtype=torch.float64)
    assert best_threshold(similarities, torch.tensor([False, False, True, True])) == pytest.approx(0.4)
    # Right at each candidate: all accepted 2, above 0.1: 3, above 0.3: 2, above 0.5: 3, none 2: the lowest of the best.
    assert best_threshold(similarities, torch.tensor([False, True, False, True])) == pytest.approx(0.2)
    assert best_threshold(similarities, torch.tensor([True] * 4)) == pytest.approx(-0.9)
    assert best_threshold(similarities, torch.tensor([False] * 4)) == pytest.approx(1.9)


def test_threshold_between_neighbouring_floats_still_separates_them() -> None:
    for low in (0.3, 0.7, math.nextafter(0.5, 1)):
        similarities = torch.tensor([low, math.nextafter(low, 1)], dtype=torch.float64)
        threshold = best_threshold(similarities, torch.tensor([False, True]))
        assert (similarities >= threshold).tolist() == [False, True]


@pytest.mark.parametrize("apart", [0.0, 1.0, 8.0])
def test_each_fold_is_judged_at_the_best_threshold_of_the_others(apart: float) -> None:
    similarities, same, folds = pairs(0, apart=apart)
    found = verify(similarities, same, folds)
    assert len(found.accuracies) == 10
    for fold, (accuracy, threshold) in enumerate(zip(found.accuracies, found.thresholds, strict=True)):
        held = folds == fold
        assert threshold == pytest.approx(brute_force(similarities[~held], same[~held]))
        assert accuracy == pytest.approx(float(((similarities[held] >= threshold) == same[held]).double().mean()))
    assert found.mean == pytest.approx(sum(found.accuracies) / 10)
    assert found.standard_error == pytest.approx(stats.sem(found.accuracies))


def test_a_fold_has_no_say_in_its_own_threshold() -> None:
    similarities, same, folds = pairs(1)
    before = verify(similarities, same, folds)
    similarities[folds == 4] = similarities[folds == 4].neg() - 3
    after = verify(similarities, same, folds)
    assert after.thresholds[4] == before.thresholds[4] and after.accuracies[4] != before.accuracies[4]


def test_comparison_is_scipys_paired_t_test() -> None:
    first, second = verify(*pairs(2, apart=2.0)), verify(*pairs(2, apart=1.5))
    theirs = stats.ttest_rel(first.accuracies, second.accuracies)
    found = compare(first, second)
    assert found.difference == pytest.approx(first.mean - second.mean) and found.difference > 0
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-12)
    assert found.difference / found.standard_error == pytest.approx(theirs.statistic, rel=1e-12)
    assert compare(second, first) == pytest.approx((-found.difference, found.standard_error, found.p))


def test_comparison_without_any_spread() -> None:
    half, all_right = (FoldAccuracies((float(share),) * 3, (0.0,) * 3) for share in (Fraction(1, 2), 1))
    assert compare(half, half) == (0.0, 0.0, 1.0)
    assert compare(all_right, half) == (0.5, 0.0, 0.0)
    with pytest.raises(ValueError, match="2 folds"):
        compare(FoldAccuracies((1.0, 1.0), (0.0, 0.0)), half)


def test_bad_pairs_are_refused() -> None:
    similarities, same, folds = pairs(3)
    with pytest.raises(ValueError, match="two folds"):
        verify(similarities, same, folds * 0)
    with pytest.raises(ValueError, match="none empty"):
        verify(similarities, same, folds * 2)
    with pytest.raises(ValueError, match="bool"):
        verify(similarities, same.long(), folds)
    with pytest.raises(ValueError, match="NaN"):
        verify(similarities * math.nan, same, folds)
