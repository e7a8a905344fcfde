"""Data sets in their official layouts. Torch is imported only when a DataModule is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datamodules.cub import CUB200 as CUB200
    from datamodules.deepfashion import DeepFashion as DeepFashion
    from datamodules.facescrub import FaceScrub as FaceScrub
    from datamodules.flowers import Flowers102 as Flowers102
    from datamodules.lfw import LFW as LFW
    from datamodules.ring import Ring as Ring

__all__ = ["CUB200", "LFW", "DeepFashion", "FaceScrub", "Flowers102", "Ring"]

_FILES = {
    "CUB200": "cub",
    "DeepFashion": "deepfashion",
    "FaceScrub": "facescrub",
    "Flowers102": "flowers",
    "LFW": "lfw",
    "Ring": "ring",
}


def __getattr__(name: str) -> Any:
    if name in _FILES:
        return getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
