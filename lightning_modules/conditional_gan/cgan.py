"""CGAN, the conditional generative adversarial network: a baseline of Table 3.4 of the image-synthesis thesis."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from lightning_modules.base import Batch, without_weight_gradients
from lightning_modules.conditional_gan.conditional import ConditionalModule, discriminate
from lightning_modules.conditional_gan.diagnostics import centre_distance
from lightning_modules.layers.discriminator import Discriminator
from lightning_modules.layers.initialisation import dcgan_init
from lightning_modules.losses.cross_entropy_gan import discriminator_cross_entropy, generator_cross_entropy

#: Deviations from the thesis: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Equations 2.4 and 3.3, the loss of G",
        "mean log(1 - D(x', y)) is minimised",
        "-mean log D(x', y), unless saturating",
        "the printed loss has almost no gradient once D separates the images; common code does not train with it",
    ),
    (
        "Section 3.4.3, CGAN",
        "the same networks for all methods",
        "its D is larger: 8,192 weights for each class, 4.3 M or 62 % more than FM-CGAN's D for 530 people",
        "its D receives the label, see layers.discriminator; the other methods' do not",
    ),
)


class CGAN(ConditionalModule):
    """A generator G against a discriminator D that receives the label, too.

    L_D = -mean log D(x, y) - mean log(1 - D(x', y)) and L_G = -mean log D(x', y), with the labels of the batch.

    Source: image-synthesis thesis, sections 2.2 and 3.4.3, equation 2.4.

    Args:
        classes: K.
        resolution: R: 8, 16, 32, 64 or 128.
        width: base channels of both networks.
        latent_dim: Z, dimensions of the latent code.
        saturating: minimise mean log(1 - D(x', y)), as the thesis prints it.
    """

    def __init__(
        self,
        classes: int = 530,
        resolution: int = 128,
        width: int = 64,
        latent_dim: int = 256,
        saturating: bool = False,
        learning_rate: float = 2e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        max_iterations: int = 60_000,
    ) -> None:
        super().__init__(classes, resolution, width, latent_dim, learning_rate, betas, max_iterations)
        self.save_hyperparameters()
        self.saturating = saturating
        self.discriminator = Discriminator(resolution, width, classes)
        dcgan_init(self.discriminator)

    def example_inputs(self, size: tuple[int, int], device: torch.device) -> dict[str, tuple[Tensor, ...]]:
        found = super().example_inputs(size, device)
        return {**found, "discriminator": found["encoder"]}

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        optimizer_g, optimizer_d = self.all_optimizers()
        real, labels = batch["image"], self.class_vectors(batch["label"])
        fake = self.generator(self.latents(batch, generator), labels)

        judged = discriminate(self.discriminator, real, fake.detach(), labels)
        losses = {"L_D": discriminator_cross_entropy(*(judgement.logits for judgement in judged))}
        self.descend(optimizer_d, losses["L_D"])

        with without_weight_gradients(self.discriminator):
            wanted, found = discriminate(self.discriminator, real, fake, labels)
            losses["L_G"] = generator_cross_entropy(found.logits, self.saturating)
            self.descend(optimizer_g, losses["L_G"])
        return {**losses, "centre_distance": centre_distance(wanted.features, found.features)}

    def configure_optimizers(self) -> Any:
        return [self.adam(self.generator), self.adam(self.discriminator)]
