"""Trained networks in the files that users bring: TorchScript and ONNX."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch
from torch import nn


def torchscript(path: Path, network: nn.Module, size: tuple[int, int], freeze: bool = False) -> Path:
    """Write a network of (B, 3, H, W) images as TorchScript, traced."""
    with warnings.catch_warnings(action="ignore"):
        script = torch.jit.trace(network.eval(), torch.zeros(2, 3, *size), strict=False)
        torch.jit.save(torch.jit.freeze(script) if freeze else script, str(path))
    return path


def onnx_file(path: Path, network: nn.Module, size: tuple[int, int], batch: int | None = None, **names: Any) -> Path:
    """Write a network of (B, 3, H, W) images as ONNX; of any B, or of so many alone."""
    axes = {} if batch else {"dynamic_axes": {"images": {0: "batch"}}}
    with warnings.catch_warnings(action="ignore"):
        example = (torch.zeros(batch or 2, 3, *size),)
        torch.onnx.export(network.eval(), example, str(path), dynamo=False, input_names=["images"], **axes, **names)
    return path
