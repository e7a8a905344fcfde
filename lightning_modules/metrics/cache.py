"""Cache of real-image features on disk, keyed by everything they depend on, so that a stale hit is impossible."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from common.errors import ConfigurationError
from common.files import replacing
from lightning_modules.metrics.features import FeatureExtractor

log = logging.getLogger(__name__)


def content_digest(images: Tensor) -> str:
    """Return the sha256 (hex) of (N, 3, H, W) uint8 images: their shape, their order and every pixel."""
    digest = hashlib.sha256(repr(tuple(images.shape)).encode())
    digest.update(images.contiguous().numpy().data)
    return digest.hexdigest()


def cached_features(
    directory: str | Path, images: Tensor, extractor: FeatureExtractor, compute: Callable[[Tensor], Tensor]
) -> Tensor:
    """Return the pooled features of the images, from disk where the same computation was done before.

    The key is a digest of the pixels, resolution, weights, preprocessing, kind of device and torch version. A file that
    cannot be read, or whose content does not match the digest stored with it, is computed again; a folder that cannot
    be written costs a logged line, not the run.

    Args:
        directory: folder of the files; created when needed.
        images: (N, 3, H, W) uint8 on the CPU.
        extractor: the network that `compute` uses.
        compute: function from the images to (N, D) float32.

    Returns:
        (N, D) float32.
    """
    parts = [content_digest(images), extractor.name, extractor.digest, extractor.preprocessing]
    parts += [extractor.device.type, torch.__version__]
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    path = Path(directory) / f"{extractor.name}-{key[:32]}.npz"
    stored = _read(path, key)
    if stored is not None:
        return stored
    features = compute(images)
    try:
        _write(path, key, features)
    except ConfigurationError as error:
        log.warning("real-image features are not cached: %s", error)
    return features


def _read(path: Path, key: str) -> Tensor | None:
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            features, stored_key, checksum = file["features"], str(file["key"]), str(file["sha256"])
    except Exception as error:  # zip, zlib and numpy each raise their own for a damaged file
        log.warning("cached features %s are damaged and computed again: %s", path, error)
        return None
    if stored_key != key or checksum != _checksum(features):
        log.warning("cached features %s do not match their digest and are computed again", path)
        return None
    return torch.from_numpy(features)


def _write(path: Path, key: str, features: Tensor) -> None:
    array = features.numpy()
    with replacing(path, durable=False, shared=True) as partial, partial.open("wb") as file:
        np.savez(file, features=array, key=np.array(key), sha256=np.array(_checksum(array)))


def _checksum(array: np.ndarray) -> str:
    return hashlib.sha256(repr((array.shape, array.dtype.str)).encode() + array.tobytes()).hexdigest()
