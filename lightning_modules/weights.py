"""Digests of trained weights."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

#: A matrix with fewer different values, or shorter rows, is not a trained matrix: zeros at the start, a fixed filter.
_DIFFERENT = 16
#: Rows of two matrices that are compared, and how far the cosine of rows that differ by a factor is from 1 at most:
#: rounding in single precision leaves 1e-14, one step of Adam at a rate of 2e-4 leaves 1e-8 or more.
_ROWS, _ROUNDING = 64, 1e-10


def weights_digest(module: nn.Module) -> str:
    """Return the sha256 of all weights and buffers with names, types and shapes."""
    return state_digest(module.state_dict())


def state_digest(state: Mapping[str, Tensor]) -> str:
    """Return the `weights_digest` of a state dict, as in a checkpoint."""
    digest = hashlib.sha256()
    for name, tensor in sorted(state.items()):
        values = tensor.detach().cpu().contiguous().numpy()
        digest.update(f"{name} {values.dtype} {values.shape}".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


def have_common_matrix(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    """Return whether two networks hold a copy of the same trained weight matrix, whatever its name.

    Two matrices are copies where they have one digest (see `matrix_digests`), or where nine of ten rows, or columns,
    are equal up to a factor each: so a normalisation that was merged into the layer before it hides no copy.
    """
    if matrix_digests(one) & matrix_digests(other):
        return True
    theirs = list(_unit_rows(other))
    return any(
        shape == their_shape and ((mine * rows).sum(1).abs() > 1 - _ROUNDING).double().mean() > 0.9
        for shape, mine in _unit_rows(one)
        for their_shape, rows in theirs
    )


def matrix_digests(state: Mapping[str, Tensor]) -> set[str]:
    """Return a digest of each trained weight matrix, by which copies of a network are found.

    Two matrices have one digest where they hold the same values in half precision, whatever their names, layouts and
    types: that survives other prefixes, another file format, transposition and rounding to half precision. Vectors
    (biases, statistics of normalisation) and matrices of fewer than 16 different values are left out: those of two
    networks may be equal by chance.
    """
    return {hashlib.sha256(values.tobytes()).hexdigest() for _, values in _matrices(state)}


def _matrices(state: Mapping[str, Tensor]) -> Iterator[tuple[Tensor, np.ndarray]]:
    """Yield each trained matrix with its sorted values in half precision, as bits."""
    for tensor in state.values():
        if tensor.dim() < 2 or not tensor.is_floating_point():
            continue
        bits = tensor.detach().cpu().to(torch.float16).contiguous().numpy().view(np.uint16)
        values = np.sort(bits, axis=None, kind="stable")  # radix sort: linear in 16-bit numbers
        if 1 + np.count_nonzero(np.diff(values)) >= _DIFFERENT:
            yield tensor, values


def _unit_rows(state: Mapping[str, Tensor]) -> Iterator[tuple[tuple[int, int], Tensor]]:
    """Yield the first rows of each trained matrix at length 1, then its first columns, each with the whole's size."""
    for tensor, _ in _matrices(state):
        for matrix in (tensor.detach(), tensor.detach().transpose(0, 1)):
            count, length = len(matrix), matrix[0].numel()
            if length >= _DIFFERENT:
                yield (count, length), F.normalize(matrix[:_ROWS].flatten(1).cpu().double())
