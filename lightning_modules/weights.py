"""What identifies trained weights."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

#: A matrix with fewer different values is no trained one: zeros at the start, a fixed filter.
_DIFFERENT = 16


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


def matrix_digests(state: Mapping[str, Tensor]) -> set[str]:
    """Return a digest of each trained weight matrix, by which copies of a network are found.

    Two matrices have one digest where they hold the same values in half precision, whatever their names, layouts and
    types: that survives other prefixes, another file format, transposition and rounding to half precision. Vectors
    (biases, statistics of normalisation) and matrices of fewer than 16 different values are left out: those of two
    networks may be equal by chance. Weights that were merged into others (batch norm into a convolution) are not found.
    """
    found = set()
    for tensor in state.values():
        if tensor.dim() < 2 or not tensor.is_floating_point():
            continue
        bits = tensor.detach().cpu().to(torch.float16).contiguous().numpy().view(np.uint16)
        values = np.sort(bits, axis=None, kind="stable")  # radix sort: linear in 16-bit numbers
        if 1 + np.count_nonzero(np.diff(values)) >= _DIFFERENT:
            found.add(hashlib.sha256(values.tobytes()).hexdigest())
    return found
