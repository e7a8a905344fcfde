"""Losses of the fashion completion family, by the thesis's equations (its chapter 3 numbers them 2-xx)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from lightning_modules.losses.gaussian_kl import gaussian_kl, kl_from_standard_normal
from lightning_modules.losses.least_squares import least_squares

Gaussian = tuple[Tensor, Tensor]  # mean and standard deviation, one shape


def parsing_cross_entropy(logits: Tensor, parsing: Tensor, region: Tensor | None = None) -> Tensor:
    """Return L_seg, equation (2-16) with its missing minus sign: cross-entropy, mean over pixels, in nats.

    logits (B, K, H, W); parsing (B, H, W) int64 in 0..K-1; region (B, 1, H, W) in {0, 1}: the pixels that count (FiNet:
    the hole; weN: None, all). An empty region gives 0.
    """
    if region is None:
        return F.cross_entropy(logits, parsing)
    per_pixel = F.cross_entropy(logits, parsing, reduction="none") * region[:, 0]
    return per_pixel.sum() / region.sum().clamp(min=1)


def latent_kl(posterior: Gaussian, prior: Gaussian, anchor: bool) -> Tensor:
    """Return L_KL, equations (2-18) and (2-20): KL(q_E || q_C), mean over elements, gradient to both encoders.

    With `anchor` KL(N(0, 1) || q_E) is added, as the author's code did: without it the pair can agree on ever smaller
    sigmas. posterior is q_E (the target garment's encoder), prior q_C (the context's).
    """
    divergence = gaussian_kl(*posterior, *prior)
    return divergence + kl_from_standard_normal(*posterior) if anchor else divergence


def adversarial_matching(logits: Tensor, real_logits: Tensor) -> Tensor:
    """Return L_adv^I, equation (2-25): mean (D(I~) - D(I))^2 on the final logits; no gradient to the real side."""
    return ((logits - real_logits.detach()) ** 2).mean()


def adversarial_realism(logits: Tensor) -> Tensor:
    """Return L_adv^norm, equation (2-26): mean (D(I~norm) - 1)^2."""
    return least_squares(logits, 1.0)


def discriminator_loss(real: Tensor, reconstructed: Tensor, sampled: Tensor) -> Tensor:
    """Return L_D, equation (2-28): mean (D(I) - 1)^2 + mean D(I~)^2 + mean D(I~norm)^2, each a map of logits."""
    return least_squares(real, 1.0) + least_squares(reconstructed, 0.0) + least_squares(sampled, 0.0)


def bicyclegan_discriminator_loss(real: Sequence[Tensor], generated: Sequence[Tensor]) -> Tensor:
    """Return the least-squares loss of a two-scale discriminator (BicycleGAN): generated + real, summed over scales."""
    return least_squares(generated, 0.0) + least_squares(real, 1.0)


def latent_l1(mu: Tensor, z: Tensor) -> Tensor:
    """Return BicycleGAN's latent recovery loss: mean |mu(E(G(A, z))) - z|, for codes (B, L)."""
    return torch.abs(mu - z).mean()
