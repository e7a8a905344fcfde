"""Parameter counts by two conventions (the papers' tables; parameters with gradients) and multiply-accumulates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from lightning_modules.layers.spectral_norm import SpectralNorm


def count_parameters(net: nn.Module, convention: Literal["paper", "live"]) -> int:
    """Return the number of parameters of `net`.

    "paper": every weight and bias, plus the spectral-norm vectors u and v, including modules that forward never uses
    (as in Table 4-1 of the fashion completion thesis). "live": trainable parameters that receive gradients.
    """
    if convention == "paper":
        vectors = sum(m.u.numel() + m.v.numel() for m in net.modules() if isinstance(m, SpectralNorm))
        return sum(p.numel() for p in net.parameters()) + vectors
    unused = unused_parameters(net)
    return sum(p.numel() for name, p in net.named_parameters() if p.requires_grad and name not in unused)


def unused_parameters(net: nn.Module) -> set[str]:
    """Return the names of the parameters that `net` declares unused in forward, as in `net.named_parameters()`.

    A module declares them with an attribute `unused_in_forward`: a tuple of names of its own parameters or submodules.
    """
    declared = [
        f"{prefix}.{name}".lstrip(".")
        for prefix, module in net.named_modules()
        for name in getattr(module, "unused_in_forward", ())
    ]
    return {name for name, _ in net.named_parameters() if any(f"{name}.".startswith(f"{d}.") for d in declared)}


def count_macs(net: nn.Module, inputs: Sequence[Tensor]) -> int:
    """Return the multiply-accumulates of one forward pass of `net` on `inputs`, without computing on the meta device.

    Those of convolutions, matrix products and attention, as torch counts them; one is 2 floating-point operations.
    Biases, normalisations, activations and the power iteration of a spectral norm are left out. A convolution and a
    pooling that are computed as one count as what is computed, which is less than what a paper's layers come to.
    `net` is left in evaluation mode.
    """
    net.eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        net(*inputs)
    return counter.get_total_flops() // 2
