"""An evaluation's recogniser sees images in its training's range: [-1, 1] of 8-bit images."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from support.class_images import CLASSES, SIZE, class_images, classifier_checkpoint
from support.network_files import torchscript
from torch import nn

from lightning_modules.evaluation.recogniser import FeatureRecogniser, Recogniser
from lightning_modules.metrics.images import to_uint8
from lightning_modules.recognition import Classifier, RecogniserFile
from lightning_modules.weights import weights_digest


def evaluated() -> Any:
    """A model without weights of its own."""
    return SimpleNamespace(classes=CLASSES, resolution=SIZE, state_dict=dict)


def test_features_and_logits_are_those_of_images_in_the_range_of_the_training(tmp_path: Path) -> None:
    path = classifier_checkpoint(tmp_path, iterations=3)
    trained = Classifier.load_from_checkpoint(path, map_location="cpu", weights_only=True).eval()
    images = to_uint8(class_images()["image"])
    with torch.no_grad():
        found = Recogniser(str(path), evaluated())(images)
        layers = trained.network.layers(images.to(torch.float32) / 255 * 2 - 1)
        halved = trained.network.layers(images.to(torch.float32) / 255)
    torch.testing.assert_close(found.logits, layers["logits"], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(found.pool, layers["fc"].flatten(1), atol=1e-5, rtol=1e-4)
    assert not torch.allclose(layers["logits"], halved["logits"], atol=1e-3)  # the range matters
    assert weights_digest(trained.network) in Recogniser(str(path), evaluated()).digest


def test_a_file_s_network_gets_images_in_its_own_range(tmp_path: Path) -> None:
    """The network returns the corner pixels of what it is given."""

    class Corners(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one = nn.Parameter(torch.ones(1, 1))

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images[:, :, 0, 0] @ (torch.eye(3) * self.one)

    path = torchscript(tmp_path / "corners.pt", Corners(), (SIZE, SIZE))
    images = torch.zeros(2, 3, SIZE, SIZE, dtype=torch.uint8)
    images[1] = 255
    for low, high in ((-1.0, 1.0), (0.0, 255.0)):
        file = RecogniserFile(str(path), size=(SIZE, SIZE), range=(low, high))
        found = FeatureRecogniser(file, evaluated())(images)
        assert found.pool.tolist() == [[low] * 3, [high] * 3]
