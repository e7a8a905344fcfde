"""Data sets in their official layouts. Torch is imported only when a DataModule is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datamodules.deepfashion import DeepFashion as DeepFashion

__all__ = ["DeepFashion"]


def __getattr__(name: str) -> Any:
    if name == "DeepFashion":
        from datamodules.deepfashion import DeepFashion

        return DeepFashion
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
