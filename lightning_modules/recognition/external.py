"""A recogniser for its features alone, whatever its people and its network: ours, or the user's own file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from common.errors import ConfigurationError, one_line
from common.files import file_digest
from lightning_modules.frozen import FrozenNetwork, Source
from lightning_modules.recognition.classifier import Classifier
from lightning_modules.recognition.networks.features import FeatureNetwork
from lightning_modules.recognition.weight_files import file_kind, onnx_missing, read_torchscript, stored_weights
from lightning_modules.weights import weights_digest


@dataclass(frozen=True)
class RecogniserFile:
    """File of a trained recogniser, and what images it takes.

    A checkpoint of a `Classifier` says itself what it takes; give its path alone. TorchScript files are recognised by
    their content, ONNX files by the suffix `.onnx`.

    Args:
        path: of the file.
        size: (H, W) of the images.
        range: of their values, lowest and highest: [-1, 1], [0, 1], [0, 255].
        channels: their order, "RGB" or "BGR".
        output: name of the output that has the features: of an ONNX graph, or of a dictionary that TorchScript returns;
            None is the first.
    """

    path: str
    size: tuple[int, int] | None = None
    range: tuple[float, float] = (-1.0, 1.0)
    channels: Literal["RGB", "BGR"] = "RGB"
    output: str | None = None


@dataclass(frozen=True)
class Loaded:
    """Content of a file of a recogniser; see `load_recogniser`.

    Attributes:
        network: takes (B, 3, H, W) as the file states, returns the features.
        weights: by which it is compared with others.
        digest: of what makes the features.
        size: (H, W).
        people: whom it was trained on, where that is known.
    """

    network: nn.Module
    weights: Mapping[str, Tensor]
    digest: str
    size: tuple[int, int]
    people: tuple[str, ...] = field(default=())


class ExternalRecogniser(FrozenNetwork[nn.Module]):
    """Features (B, N) of images (B, 3, H, W) in [-1, 1] of any size, which are resized with antialiasing.

    Args:
        file: what the network takes.
        loaded: the network.
        key: the setting that named the file, for messages.

    Attributes:
        dimensions: N.
        description: of the network, for a result's protocol.
        weights, people: as in `Loaded`.

    Raises:
        ConfigurationError: the network fails on images of the stated size, or gives no features; one line.
    """

    def __init__(self, file: RecogniserFile, loaded: Loaded, key: str) -> None:
        super().__init__(loaded.network)
        self.file, self.size = file, loaded.size
        self.weights, self.people, self._digest = loaded.weights, loaded.people, loaded.digest
        self.dimensions = self._probe(key)
        height, width = self.size
        self.description = (
            f"{file_kind(file.path)} {Path(file.path).name}, {self.dimensions} features of {height} x {width} images, "
            f"{file.channels} in {list(file.range)}{f', output {file.output}' if file.output else ''}"
        )

    @property
    def digest(self) -> str:
        """Digest of the weights of a `Classifier`; of other files, of their content."""
        return self._digest

    def forward(self, images: Tensor) -> Tensor:
        """Return features (B, N) float32 of images (B, 3, H, W) in [-1, 1]."""
        if images.shape[2:] != self.size:
            images = F.interpolate(images, self.size, mode="bilinear", align_corners=False, antialias=True)
        low, high = self.file.range
        images = images * ((high - low) / 2) + (high + low) / 2
        found: Tensor = self.network(images.flip(1) if self.file.channels == "BGR" else images)
        return found.flatten(1).float()

    def _probe(self, key: str) -> int:
        images = torch.zeros(2, 3, *self.size)
        try:
            with torch.no_grad():
                found = self(images)
        except Exception as error:  # whatever a network of somebody else's raises
            raise ConfigurationError(
                f"{key}: {self.file.path} fails on images {tuple(images.shape)} ({one_line(error)[:200]}); state the "
                "size (H, W) that it takes, channels before height and width"
            ) from error
        if len(found) != len(images):
            raise ConfigurationError(
                f"{key}: {self.file.path} gives {tuple(found.shape)} for {len(images)} images; name the output that "
                "has the features of each image in `output`"
            )
        return found.shape[1]


def load_recogniser(file: RecogniserFile, key: str) -> ExternalRecogniser:
    """Return the recogniser of a file, on the CPU.

    Args:
        file: what to read.
        key: the setting that named it, for messages.

    Raises:
        ConfigurationError: no such file, not whole, no features in it, or settings that cannot be; one line that
            names key, file and fix.
    """
    if not Path(file.path).is_file():
        raise ConfigurationError(f"{key}: {file.path} does not exist; give a checkpoint, TorchScript or an ONNX file")
    if not file.range[0] < file.range[1]:
        raise ConfigurationError(f"{key}.range: {list(file.range)}; give the lowest value, then the highest")
    readers: dict[str, Callable[[RecogniserFile, str], Loaded]] = {
        "checkpoint": _classifier,
        "TorchScript": _torchscript,
        "ONNX": _onnx,
    }
    return ExternalRecogniser(file, readers[file_kind(file.path)](file, key), key)


def _classifier(file: RecogniserFile, key: str) -> Loaded:
    trained = Source(key, file.path, "a Classifier").read_model(Classifier)
    if file != RecogniserFile(file.path):
        raise ConfigurationError(f"{key}: {file.path} says itself what images it takes; give its path alone")
    size = (trained.resolution, trained.resolution)
    network = trained.network.to(memory_format=torch.channels_last)
    return Loaded(
        _LastFeatures(network), network.state_dict(), weights_digest(network), size, tuple(trained.class_names)
    )


class _LastFeatures(nn.Module):
    """The input of a classifier's last layer."""

    def __init__(self, network: FeatureNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        return self.network.features(images)


def _torchscript(file: RecogniserFile, key: str) -> Loaded:
    network = _Script(read_torchscript(file.path, key), file.output)
    return Loaded(network, stored_weights(file.path, key), file_digest(file.path), _stated_size(file, key))


class _Script(nn.Module):
    """One output of a TorchScript network."""

    def __init__(self, script: torch.jit.ScriptModule, output: str | None) -> None:
        super().__init__()
        self.script, self.output = script, output

    def forward(self, images: Tensor) -> Tensor:
        found: Any = self.script(images)
        if isinstance(found, dict):
            return found[self.output or next(iter(found))]
        if self.output is not None:
            raise ValueError("its outputs have no names; leave `output` out")
        return found if isinstance(found, Tensor) else found[0]


def _onnx(file: RecogniserFile, key: str) -> Loaded:
    size = _stated_size(file, key)
    try:
        network = _Onnx(file)
    except ImportError as error:
        raise onnx_missing(file.path, key) from error
    except Exception as error:  # onnxruntime raises many kinds for broken files
        raise ConfigurationError(f"{key}: {file.path} is not a complete ONNX file ({one_line(error)[:200]})") from error
    return Loaded(network, stored_weights(file.path, key), file_digest(file.path), size)


class _Onnx(nn.Module):
    """One output of an ONNX graph, computed on the CPU; a graph of one image takes them one after the other."""

    def __init__(self, file: RecogniserFile) -> None:
        from onnxruntime import InferenceSession, SessionOptions

        super().__init__()
        options = SessionOptions()
        options.intra_op_num_threads, options.use_deterministic_compute = torch.get_num_threads(), True
        self.session = InferenceSession(file.path, options, providers=["CPUExecutionProvider"])
        taken = self.session.get_inputs()[0]
        self.input, self.one_by_one = taken.name, taken.shape[:1] == [1]
        self.output = file.output or self.session.get_outputs()[0].name

    def forward(self, images: Tensor) -> Tensor:
        parts = images.split(1) if self.one_by_one else [images]
        found = [self.session.run([self.output], {self.input: part.cpu().numpy()})[0] for part in parts]
        return torch.cat([torch.from_numpy(part) for part in found])


def _stated_size(file: RecogniserFile, key: str) -> tuple[int, int]:
    if file.size is None or len(file.size) != 2 or min(file.size) < 1:
        raise ConfigurationError(f"{key}.size: {file.size}; state the (H, W) of the images that {file.path} takes")
    return (file.size[0], file.size[1])
