"""A trained classifier inside another model: a frozen source of features."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from lightning_modules.frozen import FrozenNetwork, Source
from lightning_modules.recognition.classifier import Classifier
from lightning_modules.recognition.networks.features import FeatureNetwork


class FrozenClassifier(FrozenNetwork[FeatureNetwork]):
    """Trained classifier: gradients reach the images, not its weights."""

    def __init__(self, network: FeatureNetwork) -> None:
        super().__init__(network.to(memory_format=torch.channels_last))

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (B, K)."""
        return self.network(images)

    def features(self, images: Tensor, names: tuple[str, ...] = ("fc",)) -> Tensor:
        """Return features; see `FeatureNetwork.features`."""
        return self.network.features(images, names)


def load_classifier(
    path: str | Path,
    classes: int,
    resolution: int,
    key: str = "model.init_args.classifier_checkpoint",
    class_names: Sequence[str] = (),
) -> FrozenClassifier:
    """Return the network of a trained `Classifier`.

    Args:
        path: weights-only checkpoint of such a training.
        classes: required number of classes.
        resolution: required side of the images, in pixels.
        key: the setting that named the file, for messages.
        class_names: of the data it is applied to, in the order of the labels; compared if both have names.

    Raises:
        ConfigurationError: no such file, not a complete checkpoint, of another model, or for other classes or images;
            one line that names key, file and fix.
    """
    source = Source(key, path, "a Classifier")
    stage = source.read_model(Classifier)
    trained = {"classes": stage.classes, "resolution": stage.resolution, "class_names": stage.class_names}
    wanted: dict[str, object] = {"classes": classes, "resolution": resolution}
    if class_names and stage.class_names:
        wanted["class_names"] = list(class_names)
    source.require_equal(trained, wanted)
    return FrozenClassifier(stage.network)
