"""ResNet-18 (He et al. 2016) of any width, for images of any size: the independent recogniser."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.resnet import BasicBlock

from lightning_modules.recognition.networks.features import FeatureNetwork

#: From this side on the stem halves the image twice, as in torchvision; from half of it once, below that never.
FULL_STEM = 128


class ResNet18(FeatureNetwork):
    """(B, 3, R, R) in [-1, 1] to K logits; torchvision's network, weight for weight, at width 64 and 128 pixels.

    The stem reduces small images less: below 128 pixels it has no maximum pooling, below 64 its
    convolution is 3 x 3 without a stride. Layers: layer1 to layer4, and "fc", the 512 averaged features.

    Args:
        classes: K.
        resolution: R: 8, 16, 32, 64 or 128.
        width: channels of the stem and of layer1; doubled in each later layer.
    """

    def __init__(self, classes: int = 530, resolution: int = 128, width: int = 64) -> None:
        super().__init__()
        pools, strides = resolution >= FULL_STEM, 2 * resolution >= FULL_STEM
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False) if strides else nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1) if pools else nn.Identity()
        self.layer1 = _layer(width, width, 1)
        self.layer2 = _layer(width, 2 * width, 2)
        self.layer3 = _layer(2 * width, 4 * width, 2)
        self.layer4 = _layer(4 * width, 8 * width, 2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(8 * width, classes)
        first = resolution // (1 + strides) // (1 + pools)
        self.sizes = {f"layer{i + 1}": (width << i) * (-(-first >> i)) ** 2 for i in range(4)} | {"fc": 8 * width}
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def layers(self, images: Tensor) -> dict[str, Tensor]:
        x = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        found = {}
        for index, layer in enumerate((self.layer1, self.layer2, self.layer3, self.layer4), start=1):
            x = found[f"layer{index}"] = layer(x)
        found["fc"] = self.avgpool(x).flatten(1)
        found["logits"] = self.fc(found["fc"])
        return found


class _Halving(nn.Conv2d):
    """1 x 1 convolution of stride 2, on every other pixel.

    torch's own, on CPUs with fewer than 8 input channels and channels-last memory, writes beyond its gradient.
    """

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x[:, :, ::2, ::2], self.weight)


def _layer(in_channels: int, out_channels: int, stride: int) -> nn.Sequential:
    shortcut = None
    if stride != 1:
        shortcut = nn.Sequential(
            _Halving(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
        )
    return nn.Sequential(
        BasicBlock(in_channels, out_channels, stride, shortcut), BasicBlock(out_channels, out_channels)
    )
