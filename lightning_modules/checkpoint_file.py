"""Reading of checkpoints: tensors and plain values only, so that no file runs code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from common.errors import ConfigurationError


def load_checkpoint(path: str | Path) -> dict[str, Any]:
    """Return the content of a checkpoint, on the CPU. Raises errors of many kinds if it is missing or damaged."""
    content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    content["state_dict"]
    return content


def read_checkpoint(path: str | Path, key: str = "ckpt_path") -> dict[str, Any]:
    """Return the content of a checkpoint that a setting names, on the CPU.

    Raises:
        ConfigurationError: it is missing or damaged; one line with the setting.
    """
    try:
        return load_checkpoint(path)
    except OSError as error:
        raise ConfigurationError(f"{key}: {path}: cannot be read ({error.strerror}); train it first") from error
    except Exception as error:  # torch raises many kinds for a file that is no checkpoint
        raise ConfigurationError(f"{key}: {path} is not a complete checkpoint; train it again") from error
