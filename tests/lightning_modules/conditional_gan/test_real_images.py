"""Real images in place of generated ones: each once, those held out of training first, and nothing to train."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import torch
from support.class_data import CLASSES, SIZE, ClassData, PixelReader, judged
from support.completion import trainer

from lightning_modules.conditional_gan import RealImages


@pytest.fixture(autouse=True)
def pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feature network that takes no time."""
    monkeypatch.setattr("lightning_modules.evaluation.class_conditional.select_features", lambda *_: PixelReader())


def test_real_images_come_once_each_held_out_ones_first(tmp_path: Path) -> None:
    module, data = RealImages(CLASSES, SIZE, max_iterations=7), ClassData(count=24, held_out=4)
    evaluation, _ = judged(tmp_path, module, data, per_class=4)
    assert module.available().tolist() == [3] * CLASSES  # the other three are compared with
    images = module.sample(torch.tensor([2, 0, 2]), torch.empty(3, 0))
    pixels = {data.batch["image"][i].numpy().tobytes(): i for i in range(24)}
    found = [pixels[image.contiguous().numpy().tobytes()] for image in images]
    assert [data.images[i].label for i in found] == [2, 0, 2] and len(set(found)) == 3
    assert found[0] in data.test and found[1] in data.test and found[2] not in data.test
    with pytest.raises(ValueError, match="only 6 images"):
        module.sample(torch.zeros(7, dtype=torch.int64), torch.empty(7, 0))
    assert evaluation.result is not None and evaluation.result["protocol"]["generated"] == 3 * CLASSES


def test_real_images_train_in_one_batch(tmp_path: Path) -> None:
    module = RealImages(CLASSES, SIZE, max_iterations=9)
    seen = Counter[str]()
    module.step = lambda batch, generator: seen.update(["step"]) or {"L": torch.zeros(())}  # type: ignore[method-assign,func-returns-value]
    trainer(tmp_path).fit(module, datamodule=ClassData())
    assert (seen["step"], module.iteration) == (1, 9)
