"""Content and style distance in the features of VGG-19 (thesis equations (2-21) to (2-24))."""

from __future__ import annotations

from torch import Tensor

from lightning_modules.losses.vgg import TappedLayers, gram_l1, l1

#: Taps of VGG-19, one for each content and style weight.
TAPS = ("relu1_2", "relu2_2", "relu3_2", "relu4_2", "relu5_2")
# The thesis gives no weights; these are those of public code of the same author, lowest layer first.
PIXEL_WEIGHT = 1.0
CONTENT_WEIGHTS = tuple(w * 3 / (5 * 128) for w in (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0))
STYLE_WEIGHTS = tuple(w / 5 for w in (1 / 1.6, 1 / 2.3, 1 / 1.8, 1 / 2.8, 12.5))


class PerceptualLoss:
    """Content plus style distance between two images.

    Args:
        features: of VGG-19 at `TAPS`; any layers with at most as many taps.
        gram_channels: divide Gram matrices (equation (2-22)) by C*H*W instead of H*W, for which the style weights were
            chosen.

    Attributes:
        weights_name: name of the features' weights, for provenance; "" for layers without one.
    """

    def __init__(self, features: TappedLayers, gram_channels: bool = False) -> None:
        self.features, self.gram_channels = features, gram_channels
        self.weights_name: str = getattr(features, "weights_name", "")

    def __call__(self, image: Tensor, target: Tensor) -> dict[str, Tensor]:
        """Weighted terms, scalars: pixel, content_1..5, style_1..5 (names by tap); their sum is L_app.

        image, target: (B, 3, H, W) in [-1, 1]; gradients flow to `image` only.
        """
        terms = {"pixel": PIXEL_WEIGHT * (image - target).abs().mean()}
        for index, (x, y) in enumerate(self.features.pair(image, target)):
            terms[f"content_{index + 1}"] = CONTENT_WEIGHTS[index] * l1(x, y)
            terms[f"style_{index + 1}"] = STYLE_WEIGHTS[index] * gram_l1(x, y, self.gram_channels)
        return terms
