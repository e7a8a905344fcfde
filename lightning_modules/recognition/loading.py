"""A trained classifier inside another model: it supplies features, and nothing changes it."""

from __future__ import annotations

import pickle
from pathlib import Path

import torch
from torch import Tensor, nn

from common.errors import ConfigurationError, one_line
from lightning_modules.recognition.classifier import Classifier
from lightning_modules.recognition.networks.features import FeatureNetwork


class FrozenClassifier(nn.Module):
    """A trained network without gradients to its weights, in evaluation mode whatever it is told.

    Gradients pass through it to the pictures.
    """

    def __init__(self, network: FeatureNetwork) -> None:
        super().__init__()
        self.network = network.requires_grad_(False).to(memory_format=torch.channels_last)
        self.eval()

    def train(self, mode: bool = True) -> FrozenClassifier:
        """Does nothing: running statistics are what the features were trained with."""
        return super().train(False)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (B, K)."""
        return self.network(images)

    def features(self, images: Tensor, names: tuple[str, ...] = ("fc",)) -> Tensor:
        """See `FeatureNetwork.features`."""
        return self.network.features(images, names)


def load_classifier(
    path: str | Path, classes: int, resolution: int, key: str = "model.init_args.classifier_checkpoint"
) -> FrozenClassifier:
    """Reads the checkpoint of a trained `Classifier`.

    Args:
        path: weights-only checkpoint that such a training left.
        classes: how many classes it must know.
        resolution: the side of the pictures that it must take.
        key: the setting that named the file, for messages.

    Raises:
        ConfigurationError: no such file, not a whole checkpoint, of another model, or for other classes or pictures;
            one line that names key, file and mend.
    """
    where = f"{key}: {path}"
    if not Path(path).is_file():
        raise ConfigurationError(f"{where} does not exist; train a Classifier first")
    try:
        stage = Classifier.load_from_checkpoint(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for broken files
        reason = "no torch file" if isinstance(error, pickle.UnpicklingError) else one_line(error)[:200]
        raise ConfigurationError(f"{where} is not a whole checkpoint of a Classifier ({reason})") from error
    for name, ours, theirs in (("classes", classes, stage.classes), ("resolution", resolution, stage.resolution)):
        if theirs != ours:
            raise ConfigurationError(
                f"{where} was trained with {name} {theirs}, and here {name} is {ours}; train one with the same {name}"
            )
    return FrozenClassifier(stage.network)
