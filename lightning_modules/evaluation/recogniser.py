"""Independent recognisers of an evaluation: a classifier, or a network of features alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self, TypeVar

from torch import Tensor

from common.errors import ConfigurationError
from lightning_modules.metrics.features import FeatureExtractor, Features
from lightning_modules.recognition.external import RecogniserFile, load_recogniser
from lightning_modules.recognition.independence import require_independent
from lightning_modules.recognition.loading import load_classifier
from lightning_modules.weights import weights_digest

KEY = "evaluation.recogniser_checkpoint"
FILE_KEY = "evaluation.recogniser"

Kind = TypeVar("Kind", bound=FeatureExtractor)


class Recogniser(FeatureExtractor):
    """A trained `Classifier`; the pool is the input of its last layer.

    Args:
        path: path of its checkpoint.
        module: the evaluated model, which gives the number of classes and the resolution, and must not have been
            trained against this classifier; see `require_independent`.

    Raises:
        ConfigurationError: the file does not exist, is no checkpoint of a classifier, or is of one for other images or
            classes, or the model was trained against it; one line that names key, file and fix.
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


class FeatureRecogniser(FeatureExtractor):
    """A recogniser of any people, used for its features, see `load_recogniser`; it has no logits, (B, 0).

    Args:
        file: the file and the format of its network's input.
        module: the evaluated model, which must not have been trained against it; see `require_independent`.
        key: the setting that names the file, for messages.

    Attributes:
        people: the people that it was trained on, where the file names them.

    Raises:
        ConfigurationError: as `load_recogniser`, or the model was trained against it; one line.
    """

    name = "recogniser"

    def __init__(self, file: RecogniserFile, module: Any, key: str = FILE_KEY) -> None:
        loaded = load_recogniser(file, key)
        require_independent(key, file.path, loaded.weights, module)
        self.dimensions, self.description, self.people = loaded.dimensions, loaded.description, loaded.people
        height, width = loaded.size
        self.preprocessing = f"antialiased-bilinear-{height}x{width}, {file.channels} in {list(file.range)}"
        super().__init__(loaded, loaded.digest)

    @classmethod
    def of_checkpoint(cls, path: str, module: Any) -> Self:
        """Return the recogniser of a `Classifier`'s checkpoint, whatever its classes and images."""
        return cls(RecogniserFile(path), module, KEY)

    def _forward(self, images: Tensor) -> Features:
        pool = self.network(images.float() / 127.5 - 1.0)
        return Features(pool, pool.new_zeros(len(pool), 0))


def select_recogniser(
    file: RecogniserFile | None, checkpoint: str | None, module: Any, of_checkpoint: Callable[[str, Any], Kind]
) -> FeatureRecogniser | Kind | None:
    """Return the recogniser that an evaluator's settings name, on the model's device; None where they name none.

    Args:
        file: the setting `recogniser`.
        checkpoint: the setting `recogniser_checkpoint`.
        module: the evaluated model.
        of_checkpoint: takes the checkpoint and the model, returns the recogniser.

    Raises:
        ConfigurationError: as `Recogniser` and `FeatureRecogniser`; one line.
    """
    if file is not None:
        return FeatureRecogniser(file, module).to(module.device)
    return None if checkpoint is None else of_checkpoint(checkpoint, module).to(module.device)


def require_single_source(checkpoint: str | None, file: RecogniserFile | None) -> None:
    """Raise ConfigurationError where two recognisers are named."""
    if checkpoint is not None and file is not None:
        raise ConfigurationError(f"{KEY} and {FILE_KEY} name two recognisers; give one of them")
