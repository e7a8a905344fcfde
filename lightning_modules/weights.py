"""What identifies trained weights."""

from __future__ import annotations

import hashlib

from torch import nn


def weights_digest(module: nn.Module) -> str:
    """The sha256 of every weight and buffer with its name, type and shape: equal if and only if they are."""
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        values = tensor.detach().cpu().contiguous().numpy()
        digest.update(f"{name} {values.dtype} {values.shape}".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()
