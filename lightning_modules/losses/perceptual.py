"""Content and style distance in the features of VGG-19 (thesis equations (2-21) to (2-24))."""

from __future__ import annotations

from torch import Tensor, nn

from lightning_modules.losses.vgg import TappedLayers, gram_l1, l1

# Rectified outputs of conv1_2, conv2_2, conv3_2, conv4_2 and conv5_2 in torchvision's `vgg19().features`.
TAPS = (3, 8, 13, 22, 31)
# The thesis gives no weights; these are those of public code of the same author, lowest layer first.
PIXEL_WEIGHT = 1.0
CONTENT_WEIGHTS = tuple(w * 3 / (5 * 128) for w in (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0))
STYLE_WEIGHTS = tuple(w / 5 for w in (1 / 1.6, 1 / 2.3, 1 / 1.8, 1 / 2.8, 12.5))


class PerceptualLoss:
    """Content plus style distance between two images.

    Args:
        features: VGG-19's convolutional layers (`load_layers`), or any stack of at least max(taps) + 1 layers.
        taps: layers compared, one for each content and style weight.
        gram_channels: divide Gram matrices (equation (2-22)) by C*H*W instead of H*W, for which the style weights were
            chosen.
    """

    def __init__(self, features: nn.Sequential, taps: tuple[int, ...] = TAPS, gram_channels: bool = False) -> None:
        self.features = TappedLayers(features, taps)
        self.gram_channels = gram_channels

    def __call__(self, image: Tensor, target: Tensor) -> dict[str, Tensor]:
        """Weighted terms, scalars: pixel, content_1..5, style_1..5 (names by tap); their sum is L_app.

        image, target: (B, 3, H, W) in [-1, 1]; gradients flow to `image` only.
        """
        terms = {"pixel": PIXEL_WEIGHT * (image - target).abs().mean()}
        for index, (x, y) in enumerate(self.features.pair(image, target)):
            terms[f"content_{index + 1}"] = CONTENT_WEIGHTS[index] * l1(x, y)
            terms[f"style_{index + 1}"] = STYLE_WEIGHTS[index] * gram_l1(x, y, self.gram_channels)
        return terms
