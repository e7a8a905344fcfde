"""Content and style distance in the features of VGG-19 (thesis equations (2-21) to (2-24))."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from torch import Tensor, nn
from torchvision.models.vgg import cfgs, make_layers

from common.errors import ConfigurationError

SHA256_PREFIX = "dcbb9e9d"
SOURCE = f"https://download.pytorch.org/models/vgg19-{SHA256_PREFIX}.pth"

# Rectified outputs of conv1_2, conv2_2, conv3_2, conv4_2 and conv5_2 in torchvision's `vgg19().features`.
TAPS = (3, 8, 13, 22, 31)
# The thesis gives no weights; these are those of public code of the same author, lowest layer first.
PIXEL_WEIGHT = 1.0
CONTENT_WEIGHTS = tuple(w * 3 / (5 * 128) for w in (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0))
STYLE_WEIGHTS = tuple(w / 5 for w in (1 / 1.6, 1 / 2.3, 1 / 1.8, 1 / 2.8, 12.5))


def load_vgg19_features(path: str | Path) -> nn.Sequential:
    """VGG-19's convolutional layers with torchvision's ImageNet weights, read from a file that the user supplies.

    Raises ConfigurationError if the file is missing or is not the published one (checked by its sha256).
    """
    path = Path(path)
    if not path.is_file():
        raise ConfigurationError(f"vgg_weights: no file {path}; download {SOURCE} and give its path")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(SHA256_PREFIX):
        raise ConfigurationError(
            f"vgg_weights: {path} is not VGG-19's weights (sha256 {digest[:8]}..., expected {SHA256_PREFIX}...); "
            f"download {SOURCE} again"
        )
    weights = torch.load(path, map_location="cpu", weights_only=True)
    features = make_layers(cfgs["E"], batch_norm=False)
    prefix = "features."
    features.load_state_dict({k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)})
    return features


class PerceptualLoss:
    """Content plus style distance between two images.

    Deliberately no `nn.Module`: kept as an attribute of a LightningModule, the frozen VGG enters neither its parameters
    nor its checkpoints. It follows the images to their device by itself.

    Args:
        features: VGG-19's convolutional layers (`load_vgg19_features`), or any stack of at least max(taps) + 1 layers.
        taps: layers compared, one for each content and style weight.
        gram_channels: divide Gram matrices by C*H*W instead of H*W, for which the style weights were chosen.
    """

    def __init__(self, features: nn.Sequential, taps: tuple[int, ...] = TAPS, gram_channels: bool = False) -> None:
        self.features = features[: max(taps) + 1].requires_grad_(False).eval()
        self.taps = taps
        self.gram_channels = gram_channels
        self.mean = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)
        self.std = torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)

    def __call__(self, image: Tensor, target: Tensor) -> dict[str, Tensor]:
        """Weighted terms, scalars: pixel, content_1..5, style_1..5 (names by tap); their sum is L_app.

        image, target: (B, 3, H, W) in [-1, 1]; gradients flow to `image` only.
        """
        terms = {"pixel": PIXEL_WEIGHT * (image - target).abs().mean()}
        with torch.no_grad():
            references = self._tapped(target)
        for index, (x, y) in enumerate(zip(self._tapped(image), references, strict=True)):
            terms[f"content_{index + 1}"] = CONTENT_WEIGHTS[index] * (x - y).abs().mean()
            terms[f"style_{index + 1}"] = STYLE_WEIGHTS[index] * (self._gram(x) - self._gram(y)).abs().mean()
        return terms

    def _tapped(self, image: Tensor) -> list[Tensor]:
        self.features.to(image.device)
        x = ((image + 1) / 2 - self.mean.to(image)) / self.std.to(image)
        outputs = []
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index in self.taps:
                outputs.append(x)
        return outputs

    def _gram(self, features: Tensor) -> Tensor:
        """Inner products of channels over positions, normalised: (B, C, H, W) -> (B, C, C); equation (2-22)."""
        flat = features.flatten(2)
        products = flat @ flat.transpose(1, 2) / flat.shape[2]
        return products / flat.shape[1] if self.gram_channels else products
