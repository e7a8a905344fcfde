"""D, the discriminator of every adversarial model of the image-synthesis thesis (Table 3.2)."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from lightning_modules.layers.sizes import SMALLEST, halvings, scaled_channels

#: Deviations from the thesis: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 3.3.1, D",
        "every convolution has batch normalisation",
        "the first has none",
        "the rule of DCGAN, which the thesis says it follows",
    ),
    (
        "Section 3.1, CGAN's D",
        "the label is joined to the features of some layer",
        "as constant maps to the input of the last convolution",
        "the layer is not given; at the last layer, the logit would be a term of the label plus one of the image",
    ),
)

#: Channels of the convolutions at width 64 and 128 pixels; smaller images drop the last ones.
CHANNELS = (64, 128, 256, 512, 512)
SLOPE = 0.2

DiscriminatorFeature = Literal["last_conv_in", "fc_in", "all"]
#: Slice of (image, outputs of the convolutions) for each choice of features.
_TAKEN: dict[DiscriminatorFeature, slice] = {
    "last_conv_in": slice(-2, -1),
    "fc_in": slice(-1, None),
    "all": slice(1, None),
}


class Discriminator(nn.Module):
    """D: from an image to the logit of being real and to the features f_D.

    forward: (B, 3, R, R) in [-1, 1] and, where D is conditional, labels (B, K) -> logits (B,) and features (B, N).
    Five 4 x 4 convolutions halve the image, with batch normalisation (but the first) and LeakyReLU(0.2); a fully
    connected layer takes the 4 x 4 map. In a conditional D the last convolution's input has K constant maps more, the
    labels. 6,960,961 parameters, 8,192 K more in a conditional D. A smaller image has fewer convolutions, the last ones
    left out.

    Args:
        resolution: R: 8, 16, 32, 64 or 128.
        width: channels of the first convolution; all others scale with it.
        classes: K of a conditional D, 0 for an unconditional one.
        feature: "last_conv_in", the input of the last convolution (8 x 8 x 512), as in the thesis; "fc_in", that of
            the fully connected layer (4 x 4 x 512); "all", the outputs of all convolutions side by side.

    Attributes:
        feature_size: N.
    """

    def __init__(
        self,
        resolution: int = 128,
        width: int = 64,
        classes: int = 0,
        feature: DiscriminatorFeature = "last_conv_in",
    ) -> None:
        super().__init__()
        channels = [scaled_channels(count, width) for count in CHANNELS[: halvings(resolution)]]
        inputs = [3, *channels[:-1]]
        inputs[-1] += classes
        self.down = nn.ModuleList(
            _halving(i, o, normalised=index > 0) for index, (i, o) in enumerate(zip(inputs, channels, strict=True))
        )
        self.last = nn.Linear(channels[-1] * SMALLEST**2, 1)
        self._taken = _TAKEN[feature]
        sizes = [3 * resolution**2, *(count * (resolution >> i + 1) ** 2 for i, count in enumerate(channels))]
        self.feature_size = sum(sizes[self._taken])

    def forward(self, images: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
        outputs, last = [images], len(self.down) - 1
        for index, block in enumerate(self.down):
            x = outputs[-1]
            if index == last and labels is not None:
                x = torch.cat([x, labels[:, :, None, None].expand(-1, -1, *x.shape[2:])], dim=1)
            outputs.append(block(x))  # 128 -> 64 -> 32 -> 16 -> 8 -> 4
        logits = self.last(outputs[-1].flatten(1)).squeeze(1)
        return logits, torch.cat([output.flatten(1) for output in outputs[self._taken]], dim=1)


def _halving(in_channels: int, out_channels: int, normalised: bool) -> nn.Sequential:
    convolution = nn.Conv2d(in_channels, out_channels, 4, stride=2, padding=1, bias=not normalised)
    norm = [nn.BatchNorm2d(out_channels)] if normalised else []
    return nn.Sequential(convolution, *norm, nn.LeakyReLU(SLOPE))
