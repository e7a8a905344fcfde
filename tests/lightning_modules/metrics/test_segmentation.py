from __future__ import annotations

import pytest
import torch

from lightning_modules.metrics.segmentation import HoleIoU


def test_by_hand_over_two_batches() -> None:
    iou = HoleIoU()
    hole = torch.tensor([[1, 1, 1, 0], [1, 1, 0, 0]]).view(1, 1, 2, 4).float()
    truth = torch.tensor([[[5, 5, 5, 9], [2, 2, 9, 9]]])
    predicted = torch.tensor([[[5, 5, 2, 9], [2, 7, 9, 9]]])  # 9 lies outside the hole and must not count
    iou.update(predicted, truth, hole)
    iou.update(torch.tensor([[[0]]]), torch.tensor([[[5]]]), torch.ones(1, 1, 1, 1))
    # Truth in holes: 5 four times, 2 twice. 5: 2 of 4. 2: 1 of 3 (one was read as 7, one 5 as 2). Constant 5: 4 of 6.
    assert iou.compute() == {
        "parsing_miou_hole": pytest.approx((2 / 4 + 1 / 3) / 2),
        "parsing_miou_hole_constant": pytest.approx((4 / 6 + 0) / 2),
    }


def test_predicting_the_constant_scores_the_constant() -> None:
    iou, truth = HoleIoU(), torch.tensor([[[1, 1, 1, 4], [4, 0, 1, 1]]])
    iou.update(torch.ones_like(truth), truth, torch.ones(1, 1, 2, 4))
    values = iou.compute()
    assert values["parsing_miou_hole"] == values["parsing_miou_hole_constant"] == pytest.approx(5 / 8 / 3)


def test_no_hole_and_wrong_shapes_are_refused() -> None:
    iou, labels = HoleIoU(), torch.zeros(1, 2, 2, dtype=torch.int64)
    iou.update(labels, labels, torch.zeros(1, 1, 2, 2))
    with pytest.raises(ValueError, match="hole"):
        iou.compute()
    with pytest.raises(ValueError, match="belong together"):
        iou.update(labels, labels, torch.zeros(1, 2, 2))
    with pytest.raises(ValueError, match="255"):
        iou.update(labels - 1, labels, torch.ones(1, 1, 2, 2))
