"""An independent classifier that says which class it sees in a picture."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from lightning_modules.metrics.features import FeatureExtractor, Features
from lightning_modules.recognition.independence import require_independent
from lightning_modules.recognition.loading import load_classifier
from lightning_modules.weights import weights_digest

KEY = "evaluation.recogniser_checkpoint"


class Recogniser(FeatureExtractor):
    """A trained `Classifier`; the pool is the input of its last layer.

    Args:
        path: of its checkpoint.
        module: the model that is measured: it says how many classes and what resolution, and must not have been trained
            against this very classifier; see `require_independent`.

    Raises:
        ConfigurationError: no such file, not such a checkpoint, one for other images or people, or a classifier that
            the model was trained against; one line that names key, file and fix.
    """

    name = "recogniser"
    preprocessing = "none"

    def __init__(self, path: str, module: Any) -> None:
        names = getattr(getattr(getattr(module, "_trainer", None), "datamodule", None), "class_names", ())
        loaded = load_classifier(path, module.classes, module.resolution, KEY, names)
        require_independent(KEY, path, loaded.network.state_dict(), module)
        self.dimensions = loaded.network.sizes["fc"]
        size = sum(parameter.numel() for parameter in loaded.parameters())
        self.description = f"{type(loaded.network).__name__}, {size:,} parameters"
        super().__init__(loaded, weights_digest(loaded.network))

    def _forward(self, images: Tensor) -> Features:
        network: Any = self.network
        layers = network.network.layers(images.float() / 127.5 - 1.0)
        return Features(layers["fc"].flatten(1), layers["logits"])
