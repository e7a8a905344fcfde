"""CVAE, the conditional variational autoencoder: a baseline of Tables 3.4 and 4.1 of the image-synthesis thesis."""

from __future__ import annotations

import torch
from torch import Tensor

from lightning_modules.base import Batch
from lightning_modules.conditional_gan.conditional import AutoencodingModule, reparameterise
from lightning_modules.conditional_gan.diagnostics import active_units
from lightning_modules.conditional_gan.networks.encoder import Encoder
from lightning_modules.layers.initialisation import dcgan_init
from lightning_modules.losses.code_kl import code_kl
from lightning_modules.losses.squared_distance import half_squared_distance

#: Deviations from the thesis: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Equation 2.1",
        "z = mu + r * variance; the squared distance is not halved",
        "z = mu + r * deviation; half the squared distance",
        "a misprint; a Gaussian likelihood and equation 4.2 have the factor 1/2",
    ),
    (
        "Section 3.4.3, CVAE",
        "all methods have the same G; the encoder of the CVAE is not given",
        "CVAE-GAN's E of chapter 4, GoogLeNet",
        "the only encoder that the thesis describes, and Table 4.1 compares the two",
    ),
)


class CVAE(AutoencodingModule):
    """An encoder E and a generator G, trained to reconstruct images from a code near N(0, I).

    L = L_img + kl_weight L_KL: half the squared distance of image and reconstruction, and the code's divergence from
    the prior; both summed over dimensions and averaged over the batch.

    Source: image-synthesis thesis, sections 2.1 and 3.4.3. E and G are those of CVAE-GAN.

    Args:
        classes: K.
        resolution: R: 8, 16, 32, 64 or 128.
        width: base channels of both networks.
        latent_dim: Z, dimensions of the code.
        kl_weight: of L_KL.
    """

    def __init__(
        self,
        classes: int = 530,
        resolution: int = 128,
        width: int = 64,
        latent_dim: int = 256,
        kl_weight: float = 1.0,
        learning_rate: float = 2e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        max_iterations: int = 60_000,
    ) -> None:
        super().__init__(classes, resolution, width, latent_dim, learning_rate, betas, max_iterations)
        self.save_hyperparameters()
        self.kl_weight = kl_weight
        self.encoder = Encoder(classes, latent_dim, resolution, width)
        dcgan_init(self.encoder)

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        real, labels = batch["image"], self.class_vectors(batch["label"])
        mu, log_variance = self.encoder(real, labels)
        reconstruction = self.generator(reparameterise(mu, log_variance, generator), labels)
        losses = {"L_img": half_squared_distance(reconstruction, real), "L_KL": code_kl(mu, log_variance)}
        losses["L"] = losses["L_img"] + self.kl_weight * losses["L_KL"]
        self.descend(self.optimizers(), losses["L"])
        return {**losses, "active_units": active_units(mu)}

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return self.adam(self.generator, self.encoder)
