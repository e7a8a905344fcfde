"""An independent classifier that says which class it sees in a picture."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from torch import Tensor

from common.errors import ConfigurationError
from lightning_modules.metrics.features import FeatureExtractor, Features
from lightning_modules.weights import weights_digest

KEY = "evaluation.recogniser_checkpoint"


class Recogniser(FeatureExtractor):
    """A trained `Classifier`; the pool is the input of its last layer.

    Args:
        path: of its checkpoint.
        module: the model that is judged: it says how many classes and what resolution, and must not have been trained
            against this very classifier.

    Raises:
        ConfigurationError: no such file, not such a checkpoint, one for other pictures, or the model's own classifier;
            one line that names key, file and mend.
    """

    name = "recogniser"
    preprocessing = "none"

    def __init__(self, path: str, module: Any) -> None:
        _require_independent(path, getattr(module, "classifier_checkpoint", None))
        # By name, so that this code counts as used only where a classifier is trained, whose key the result's holds.
        recognition = import_module("lightning_modules.recognition")
        loaded = recognition.load_classifier(path, module.classes, module.resolution, KEY)
        self.dimensions = loaded.network.sizes["fc"]
        size = sum(parameter.numel() for parameter in loaded.parameters())
        self.description = f"{type(loaded.network).__name__}, {size:,} parameters"
        super().__init__(loaded, weights_digest(loaded.network))

    def _forward(self, images: Tensor) -> Features:
        network: Any = self.network
        layers = network.network.layers(images.float() / 127.5 - 1.0)
        return Features(layers["fc"].flatten(1), layers["logits"])


def _require_independent(path: str, own: str | None) -> None:
    if own is not None and Path(own).exists() and Path(path).exists() and Path(own).samefile(path):
        raise ConfigurationError(
            f"{KEY}: {path} is the classifier that the model was trained against; train another one to judge it"
        )
