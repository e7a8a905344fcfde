"""Data sets in their official layouts. Torch is imported only when a DataModule is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datamodules.deepfashion import DeepFashion as DeepFashion
    from datamodules.ring import Ring as Ring

__all__ = ["DeepFashion", "Ring"]

_FILES = {"DeepFashion": "deepfashion", "Ring": "ring"}


def __getattr__(name: str) -> Any:
    if name in _FILES:
        return getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
