"""What identifies trained weights."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from torch import Tensor, nn


def weights_digest(module: nn.Module) -> str:
    """The sha256 of every weight and buffer with its name, type and shape: equal if and only if they are."""
    return state_digest(module.state_dict())


def state_digest(state: Mapping[str, Tensor]) -> str:
    """`weights_digest` of a state dict, such as a checkpoint holds."""
    digest = hashlib.sha256()
    for name, tensor in sorted(state.items()):
        values = tensor.detach().cpu().contiguous().numpy()
        digest.update(f"{name} {values.dtype} {values.shape}".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()
