"""Features of VGG-16 and VGG-19, and the distances that papers take in them.

Weights come from a file that the user supplies; without one they are random, named so, and comparable with no paper.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import vgg16, vgg19

from common.errors import ConfigurationError

NetworkName = Literal["vgg16", "vgg19"]
Normalisation = Literal["imagenet", "none"]

#: How the sha256 of torchvision's published weights begins, by network.
PUBLISHED: dict[NetworkName, str] = {"vgg16": "397923af", "vgg19": "dcbb9e9d"}
SOURCE = "https://download.pytorch.org/models/"
_LPIPS_CHANNELS = (64, 128, 256, 512, 512)
LPIPS_TAPS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")

_BUILDERS: dict[NetworkName, Callable[..., nn.Module]] = {"vgg16": vgg16, "vgg19": vgg19}
_SEED = 0
_EPSILON = (
    1e-8  # inside the root, as torchmetrics has it; the authors' package adds 1e-10 outside: no visible difference
)


class TappedLayers:
    """Outputs of some layers of a stack, for images (B, 3, H, W) in [-1, 1].

    Deliberately no `nn.Module`: kept as an attribute of a LightningModule, the frozen layers enter neither its
    parameters nor its checkpoints. They follow the images to their device by themselves.

    Args:
        layers: the stack; those after the last tap are left out.
        taps: positions in it, ascending.
        normalise: "imagenet" maps to [0, 1] and takes ImageNet's mean and deviation, which is also LPIPS's scaling;
            "none" feeds [-1, 1], as some public code does.
    """

    def __init__(self, layers: nn.Sequential, taps: Sequence[int], normalise: Normalisation = "imagenet") -> None:
        self.layers = layers[: max(taps) + 1].requires_grad_(False).eval()
        self.taps, self.normalise = tuple(taps), normalise
        self.mean = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)
        self.std = torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)

    def __call__(self, images: Tensor) -> list[Tensor]:
        """Return the outputs (B, C, H', W') of the taps in their order; gradients reach the images."""
        self.layers.to(images.device)
        x = images
        if self.normalise == "imagenet":
            x = ((x + 1) / 2 - self.mean.to(x)) / self.std.to(x)
        outputs = []
        for index, layer in enumerate(self.layers):
            x = layer(x)
            if index in self.taps:
                outputs.append(x)
        return outputs

    def pair(self, images: Tensor, targets: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return each tap's outputs for two batches of images; gradients reach the first only."""
        with torch.no_grad():
            references = self(targets)
        return list(zip(self(images), references, strict=True))


class VggFeatures(TappedLayers):
    """Rectified outputs of convolutions of VGG-16 or VGG-19 (Simonyan and Zisserman 2015), torchvision's networks.

    Args:
        network: which one.
        taps: "relu3_2" is the second of the third block, before its pooling; in the network's order.
        normalise: see `TappedLayers`.
        weights: file of torchvision's ImageNet weights, checked by its sha256; None draws random ones, the same in
            every run.

    Attributes:
        weights_name: the file's name, or "random VGG-19 (seed 0)"; provenance and report show it.

    Raises:
        ConfigurationError: no such tap, or a weights file that is missing or another; one line.
    """

    def __init__(
        self,
        network: NetworkName,
        taps: Sequence[str],
        normalise: Normalisation = "imagenet",
        weights: str | Path | None = None,
    ) -> None:
        layers = random_layers(network) if weights is None else load_layers(network, weights)
        positions = tap_positions(layers)
        unknown = [tap for tap in taps if tap not in positions]
        if unknown or not taps:
            what = f"there is no {unknown[0]!r}" if unknown else "no tap is named"
            raise ConfigurationError(f"taps of {network}: {what}; there are {', '.join(positions)}")
        found = [positions[tap] for tap in taps]
        if found != sorted(set(found)):
            raise ConfigurationError(f"taps of {network}: {', '.join(taps)}; name each once, in the network's order")
        super().__init__(layers, found, normalise)
        title = f"VGG-{network.removeprefix('vgg')}"
        self.weights_name = f"random {title} (seed {_SEED})" if weights is None else Path(weights).name


def tap_positions(layers: nn.Sequential) -> dict[str, int]:
    """Return the position of each rectified convolution by its name, "relu<block>_<number>"."""
    found, block, number = {}, 1, 0
    for position, layer in enumerate(layers):
        if isinstance(layer, nn.ReLU):
            number += 1
            found[f"relu{block}_{number}"] = position
        elif isinstance(layer, nn.MaxPool2d):
            block, number = block + 1, 0
    return found


def load_layers(network: NetworkName, path: str | Path, key: str = "vgg_weights") -> nn.Sequential:
    """Return the convolutional layers with torchvision's ImageNet weights, read from a file.

    Args:
        network: which one.
        path: of the file.
        key: the setting that named it, for messages.

    Raises:
        ConfigurationError: the file is missing, or is not the published one; one line.
    """
    path, prefix = Path(path), PUBLISHED[network]
    title, source = f"VGG-{network.removeprefix('vgg')}", f"{SOURCE}{network}-{prefix}.pth"
    if not path.is_file():
        raise ConfigurationError(f"{key}: no file {path}; download {source} and give its path")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(prefix):
        raise ConfigurationError(
            f"{key}: {path} is not {title}'s weights (sha256 {digest[:8]}..., expected {prefix}...); "
            f"download {source} again"
        )
    weights = torch.load(path, map_location="cpu", weights_only=True)
    layers, start = _empty_layers(network), "features."
    layers.load_state_dict({k.removeprefix(start): v for k, v in weights.items() if k.startswith(start)})
    return layers


def random_layers(network: NetworkName) -> nn.Sequential:
    """Return the convolutional layers with random weights as torchvision draws them; no generator of the run moves."""
    layers, generator = _empty_layers(network), torch.Generator().manual_seed(_SEED)
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu", generator=generator)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return layers


def _empty_layers(network: NetworkName) -> nn.Sequential:
    with torch.device("meta"):  # its classifier alone would take half a gigabyte
        layers: nn.Sequential = _BUILDERS[network](weights=None, init_weights=False).features  # type: ignore[assignment]
    return layers.to_empty(device="cpu")


def l1(features: Tensor, target: Tensor) -> Tensor:
    """Return the mean absolute difference."""
    return (features - target).abs().mean()


def gram(features: Tensor, channels: bool = True) -> Tensor:
    """Return the inner products of channels over positions, (B, C, H, W) -> (B, C, C), in float32.

    Args:
        features: of a tap.
        channels: divide by C*H*W; otherwise by H*W.
    """
    with torch.autocast(features.device.type, enabled=False):
        flat = features.flatten(2).float()
        products = flat @ flat.transpose(1, 2) / flat.shape[2]
        return products / flat.shape[1] if channels else products


def gram_l1(features: Tensor, target: Tensor, channels: bool = True) -> Tensor:
    """Return the mean absolute difference of Gram matrices; see `gram`."""
    return (gram(features, channels) - gram(target, channels)).abs().mean()


def gram_squared(features: Tensor, target: Tensor, channels: bool = True) -> Tensor:
    """Return the squared Frobenius distance of Gram matrices, summed over C x C, mean over images; see `gram`."""
    return (gram(features, channels) - gram(target, channels)).square().sum((1, 2)).mean()


class LpipsHeads:
    """LPIPS v0.1 (Zhang et al. 2018) on features of VGG-16 at `LPIPS_TAPS`: weighted distances of unit vectors.

    It is the published distance only with the published weights of VGG-16, normalised as "imagenet".

    Args:
        path: file of the linear heads, `lin<n>.model.1.weight` (1, C, 1, 1) for each tap, as the authors' package and
            torchmetrics carry it (`vgg.pth`).
        key: the setting that named it, for messages.

    Raises:
        ConfigurationError: the file is missing or holds no such heads; one line.
    """

    def __init__(self, path: str | Path, key: str = "lpips_heads") -> None:
        try:
            found: Mapping[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
            self.weights = [found[f"lin{number}.model.1.weight"] for number in range(len(LPIPS_TAPS))]
            if [tuple(weight.shape) for weight in self.weights] != [
                (1, channels, 1, 1) for channels in _LPIPS_CHANNELS
            ]:
                raise ValueError("heads of another network")
        except FileNotFoundError as error:
            raise ConfigurationError(f"{key}: no file {path}; give the heads of LPIPS v0.1 for VGG-16") from error
        except Exception as error:  # torch raises many kinds for broken files
            raise ConfigurationError(f"{key}: {path} holds no heads of LPIPS v0.1; give vgg.pth") from error

    def __call__(self, pairs: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        """Return the distance of each image (B,) from the taps' outputs for two batches; see `TappedLayers.pair`."""
        terms = [
            F.conv2d((_unit(x) - _unit(y)).square(), weight.to(x)).mean((1, 2, 3))
            for (x, y), weight in zip(pairs, self.weights, strict=True)
        ]
        return torch.stack(terms).sum(0)


def _unit(features: Tensor) -> Tensor:
    return features / (features.square().sum(1, keepdim=True) + _EPSILON).sqrt()
