"""Base of the classification networks: logits, and features of their layers by name."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor, nn

from common.errors import ConfigurationError


class FeatureNetwork(nn.Module):
    """Classifier of (B, 3, R, R) images in [-1, 1] with access to its layers' features.

    Attributes:
        sizes: number of features of each layer by name, in the order of the layers. The last, "fc", are
            the input of the last fully connected layer.
    """

    sizes: dict[str, int]

    @abstractmethod
    def layers(self, images: Tensor) -> dict[str, Tensor]:
        """Return each layer's output by name, and last the "logits" (B, K)."""

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (B, K)."""
        return self.layers(images)["logits"]

    def features(self, images: Tensor, names: tuple[str, ...] = ("fc",)) -> Tensor:
        """Return the outputs of the named layers, flattened and concatenated, (B, N)."""
        layers = self.layers(images)
        return torch.cat([layers[name].flatten(1) for name in names], dim=1)

    def feature_size(self, names: tuple[str, ...]) -> int:
        """Return N of `features`.

        Raises:
            ConfigurationError: there is no such layer.
        """
        return total_size(self.sizes, names)


def total_size(sizes: dict[str, int], names: tuple[str, ...]) -> int:
    """Return the total number of features of the named layers.

    Raises:
        ConfigurationError: there is no such layer, or none is named.
    """
    unknown = [name for name in names if name not in sizes]
    if unknown or not names:
        what = f"no layer {unknown[0]!r}" if unknown else "no layer is named"
        raise ConfigurationError(f"model.init_args.classifier_features: {what}; there are {', '.join(sizes)}")
    return sum(sizes[name] for name in names)
