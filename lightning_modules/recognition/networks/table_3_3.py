"""C, the classification network of the image-synthesis thesis (Table 3.3)."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from lightning_modules.layers.sizes import SMALLEST, halvings, scaled_channels
from lightning_modules.recognition.networks.features import FeatureNetwork

#: Channels of the convolutions at width 64 and 128 pixels; smaller images drop the last ones.
CHANNELS = (64, 128, 256, 512, 512, 512)
#: Outputs of the first fully connected layer, the class features f_C, at width 64.
HIDDEN = 1024


def table_3_3_sizes(resolution: int, width: int) -> dict[str, int]:
    """Return `Table33Classifier.sizes` without building the network."""
    channels = [scaled_channels(count, width) for count in CHANNELS[: halvings(resolution) + 1]]
    sizes = {f"conv{i + 1}": count * (resolution >> i) ** 2 for i, count in enumerate(channels)}
    return {**sizes, "fc": scaled_channels(HIDDEN, width)}


class Table33Classifier(FeatureNetwork):
    """C: (B, 3, R, R) in [-1, 1] to K logits, by six convolutions with maximum pooling between them.

    Layers: conv1 (7 x 7) to conv6 (3 x 3), each with batch normalisation and ReLU, before its pooling; "fc", the 1024
    outputs of the first fully connected layer and its ReLU. 15,213,138 parameters for 530 classes, 14,874,888 for
    200, 14,774,438 for 102. A smaller image has one convolution and pooling fewer for each halving.

    Args:
        classes: K.
        resolution: R: 8, 16, 32, 64 or 128.
        width: channels of conv1; all others scale with it.
    """

    def __init__(self, classes: int = 530, resolution: int = 128, width: int = 64) -> None:
        super().__init__()
        self.sizes = table_3_3_sizes(resolution, width)
        channels = [scaled_channels(count, width) for count in CHANNELS[: halvings(resolution) + 1]]
        self.convolutions = nn.ModuleList(
            [_block(3, channels[0], 7), *(_block(i, o, 3) for i, o in pairwise(channels))]
        )
        self.pool = nn.MaxPool2d(2)
        self.hidden = nn.Sequential(nn.Flatten(), nn.Linear(channels[-1] * SMALLEST**2, self.sizes["fc"]), nn.ReLU())
        self.last = nn.Linear(self.sizes["fc"], classes)

    def layers(self, images: Tensor) -> dict[str, Tensor]:
        found, x = {}, images
        for index, block in enumerate(self.convolutions):
            x = block(self.pool(x) if index else x)  # 128 -> 64 -> 32 -> 16 -> 8 -> 4
            found[f"conv{index + 1}"] = x
        found["fc"] = self.hidden(x)
        found["logits"] = self.last(found["fc"])
        return found


def _block(in_channels: int, out_channels: int, kernel: int) -> nn.Sequential:
    convolution = nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(out_channels), nn.ReLU())
