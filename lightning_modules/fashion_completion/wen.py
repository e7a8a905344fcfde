"""weN, the two-stage network of the fashion completion thesis (chapter 3), with its ablations as arguments."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from lightning_modules.base import Batch, without_weight_gradients
from lightning_modules.fashion_completion.completion import AppearanceLoss, ShapeModule, TextureModule, perceptual_loss
from lightning_modules.fashion_completion.conditioning import (
    CLASSES,
    CONTEXT,
    ONE_STAGE_CONDITION,
    SHAPE_CONDITION,
    TEXTURE_CONDITION,
    shape_condition,
)
from lightning_modules.fashion_completion.losses import (
    adversarial_matching,
    adversarial_realism,
    discriminator_loss,
    latent_kl,
    parsing_cross_entropy,
)
from lightning_modules.fashion_completion.networks.wen import (
    Discriminator,
    Encoder,
    Generator,
    SpectralNormUse,
)
from lightning_modules.fashion_completion.networks.wen import normal_init as initialise_normal
from lightning_modules.fashion_completion.optimisation import adam
from lightning_modules.losses.multiscale_l1 import multiscale_l1
from lightning_modules.losses.perceptual import PerceptualLoss
from lightning_modules.randomness import normal

#: Deviations from the paper: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 3.1, equations (2-18) and (2-20)",
        "KL(q_E, q_C) alone",
        "KL(N(0, 1), q_E) is added with the same weight (prior_anchor)",
        "without it both may agree on any small deviation; the author's later code adds it",
    ),
    (
        "Section 3.1, equations (2-18) and (2-20)",
        "the reduction of KL over the 8 x 8 x 8 code is not given",
        "mean over the code's elements and the batch",
        "the author's later code takes the mean; a sum would be 512 times as large under the same weight",
    ),
    (
        "Section 3.2, equation (2-25)",
        "D's last feature layer is matched",
        "D's final map of logits is matched",
        "the thesis does not name the layer; the author's later code uses this one",
    ),
    (
        "Section 3.2, sampled image",
        "no appearance loss on the image of z ~ N(0, 1)",
        "with L1 an appearance loss on its visible pixels (prior_appearance)",
        "as in the author's later code, from which the L1 loss is taken",
    ),
)


class WeNShape(ShapeModule):
    """Stage 1 of weN: from head, pose and a class map with a hole to a whole class map.

    Source: fashion completion thesis, section 3.1, equations (2-15) to (2-19). L = L_seg + kl_weight KL, with
    z ~ q_E reparameterised; L_seg is the pixel-mean cross-entropy over the whole map.

    Args:
        width: channels after the first block; doubled at every halving up to `max_width`.
        levels: halvings; 5 for 256 pixels. A small image needs fewer.
        latent_channels: channels of the latent map z.
        kl_weight: weight of KL(q_E, q_C), and of KL(q_E, N(0, 1)) with `prior_anchor`.
        prior_anchor: add KL(N(0, 1), q_E). The thesis has KL(q_E, q_C) only, which allows any small sigma;
            the author's later code adds this term, as we do.
        count_parity: include the unused block of the author's network (for parameter counts only).
    """

    def __init__(
        self,
        width: int = 32,
        max_width: int = 128,
        levels: int = 5,
        latent_channels: int = 8,
        kl_weight: float = 20.0,
        prior_anchor: bool = True,
        learning_rate: float = 1e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        max_iterations: int = 20_000,
        count_parity: bool = False,
    ) -> None:
        super().__init__(max_iterations)
        self.save_hyperparameters()
        self.kl_weight, self.prior_anchor = kl_weight, prior_anchor
        self.learning_rate, self.betas = learning_rate, betas
        size: dict[str, Any] = {
            "width": width,
            "max_width": max_width,
            "levels": levels,
            "latent_channels": latent_channels,
        }
        self.encoder = Encoder(1, **size)
        self.context_encoder = Encoder(CONTEXT, **size)
        self.generator = Generator(
            SHAPE_CONDITION, CLASSES, output_scales=1, output="logits", count_parity=count_parity, **size
        )

    def example_inputs(self, size: tuple[int, int], device: torch.device) -> dict[str, tuple[Tensor, ...]]:
        found = super().example_inputs(size, device)
        return {**found, "generator": (*found["generator"], torch.ones(1, 1, *size, device=device))}

    def decode(self, condition: Tensor, z: Tensor, visible: Tensor) -> Tensor:
        return self.generator(condition, z, visible)[-1]

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        target, garments = self.codes(batch)
        z = target.sample(normal(target.mean.shape, generator, target.mean))
        logits = self.decode(shape_condition(batch), z, batch["visible"])
        losses = {
            "L_seg": parsing_cross_entropy(logits, batch["parsing"]),
            "L_KL": latent_kl(target, garments, self.prior_anchor),
        }
        losses["L"] = losses["L_seg"] + self.kl_weight * losses["L_KL"]
        self.descend(self.optimizers(), losses["L"])
        return losses

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return adam(self.code_parameters, self.learning_rate, self.betas)


class WeNTexture(TextureModule):
    """Stage 2 of weN: from head, class map and an image with a hole to a whole image, against a discriminator.

    Source: fashion completion thesis, section 3.2, equations (2-20) to (2-32):
    L_G = kl_weight KL + appearance_weight L_app + L_adv^I + L_adv^norm and L_D, on whole images.
    One generator pass on a doubled batch gives I~ (z ~ q_E) and I~norm (z ~ N(0, 1)) for both the D and the G step.

    The ablations of Table 4-1 are `two_stage`, `adversarial`, `attention`, `spectral_norm`. The printed rows
    "w/o two-stage" and "w/o GAN" also had `output_scales` 1, by their parameter counts.

    Args:
        width, max_width, levels, latent_channels, prior_anchor, count_parity: as in WeNShape.
        two_stage: condition on a class map (stage 1's in testing); otherwise on the pose.
        attention: short-long-term attention in G, self-attention in D.
        spectral_norm: "off_as_printed" keeps it in the attention's fusion block and D's last layer, as the printed
            counts need; "off" removes it everywhere.
        adversarial: train against D. Without it there is no D.
        prior_appearance: hold I~norm to the visible pixels by the L1 appearance loss, as the author's later code did;
            the thesis has no such term. Without D and without it there is no I~norm. "vgg" never has it.
        output_scales: number of G's output images, from coarse to fine.
        appearance_loss: "multiscale_l1", which the printed counts suggest and which needs no weights, or "vgg", the
            thesis's content and style loss on the finest image with L1 on the coarser ones.
        vgg_weights: torchvision's VGG-19 weights, needed by "vgg".
        normal_init: draw convolutions that have no spectral normalisation from N(0, 0.02), as the author's code did.
        shape_checkpoint: checkpoint of the WeNShape that predicts the class map in testing.
    """

    shape_class = WeNShape

    def __init__(
        self,
        width: int = 32,
        max_width: int = 128,
        levels: int = 5,
        latent_channels: int = 8,
        two_stage: bool = True,
        attention: bool = True,
        spectral_norm: SpectralNormUse = "on",
        adversarial: bool = True,
        prior_appearance: bool = True,
        output_scales: int = 4,
        appearance_loss: AppearanceLoss = "multiscale_l1",
        vgg_weights: str | None = None,
        kl_weight: float = 20.0,
        appearance_weight: float = 20.0,
        prior_anchor: bool = True,
        normal_init: bool = False,
        learning_rate: float = 1e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        max_iterations: int = 60_000,
        shape_checkpoint: str | None = None,
        count_parity: bool = False,
    ) -> None:
        super().__init__(max_iterations)
        self.save_hyperparameters()
        self.two_stage, self.shape_checkpoint = two_stage, shape_checkpoint
        self.kl_weight, self.appearance_weight, self.prior_anchor = kl_weight, appearance_weight, prior_anchor
        self.learning_rate, self.betas = learning_rate, betas
        size: dict[str, Any] = {"width": width, "max_width": max_width, "levels": levels}
        coded: dict[str, Any] = {**size, "latent_channels": latent_channels}
        self.encoder = Encoder(3, spectral_norm=spectral_norm, **coded)
        self.context_encoder = Encoder(CONTEXT, spectral_norm=spectral_norm, **coded)
        self.generator = Generator(
            TEXTURE_CONDITION if two_stage else ONE_STAGE_CONDITION,
            output_scales=output_scales,
            attention=attention,
            spectral_norm=spectral_norm,
            count_parity=count_parity,
            **coded,
        )
        self.discriminator: Discriminator | None = None
        if adversarial:
            self.discriminator = Discriminator(
                attention=attention, spectral_norm=spectral_norm, count_parity=count_parity, **size
            )
        if normal_init:
            for network in self.children():
                initialise_normal(network)
        self.perceptual: PerceptualLoss | None = perceptual_loss(appearance_loss, vgg_weights)
        self.prior_appearance = prior_appearance

    def example_inputs(self, size: tuple[int, int], device: torch.device) -> dict[str, tuple[Tensor, ...]]:
        found = super().example_inputs(size, device)
        return {**found, "generator": (*found["generator"], torch.ones(1, 1, *size, device=device))}

    def decode(self, condition: Tensor, z: Tensor, visible: Tensor) -> Tensor:
        return self.generator(condition, z, visible)[-1]

    @property
    def has_prior_appearance(self) -> bool:
        """True if I~norm has an appearance loss: `prior_appearance`, with the L1 form only."""
        return self.prior_appearance and self.perceptual is None

    def appearance(self, outputs: list[Tensor], real: Tensor) -> Tensor:
        """Return L_app, equations (2-21) to (2-24), or its L1 form, of the reconstruction I~ at every scale."""
        if self.perceptual is None:
            return multiscale_l1(outputs, real)
        terms = self.perceptual(outputs[-1], real)
        return torch.stack(list(terms.values())).sum() + multiscale_l1(outputs[:-1], real)

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        real, visible = batch["person"], batch["visible"]
        condition = self.condition(batch, batch["parsing"])
        target, garments = self.codes(batch)
        z = target.sample(normal(target.mean.shape, generator, target.mean))
        losses = {"L_KL": latent_kl(target, garments, self.prior_anchor)}
        if self.discriminator is None and not self.has_prior_appearance:
            losses["L_app"] = self.appearance(self.generator(condition, z, visible), real)
            losses["L_G"] = self.generator_loss(losses)
            self.descend(self.optimizers(), losses["L_G"])
            return losses

        prior_z = normal(z.shape, generator, z)
        doubled = self.generator(*(torch.cat(pair) for pair in ((condition,) * 2, (z, prior_z), (visible,) * 2)))
        completed, sampled = zip(*(output.chunk(2) for output in doubled), strict=True)
        if self.discriminator is not None:
            losses.update(self.adversarial_step(self.discriminator, torch.cat([real, doubled[-1]])))
        losses["L_app"] = self.appearance(list(completed), real)
        if self.has_prior_appearance:
            losses["L_app"] = losses["L_app"] + multiscale_l1(sampled, real, visible)
        losses["L_G"] = self.generator_loss(losses)
        self.descend(self.all_optimizers()[0], losses["L_G"])
        return losses

    def adversarial_step(self, discriminator: Discriminator, images: Tensor) -> dict[str, Tensor]:
        """Descend D, then return L_D, L_adv^I and L_adv^norm; no gradient to D's weights.

        Args:
            images: I, I~ and I~norm, (3B, 3, H, W) in [-1, 1].
        """
        loss = discriminator_loss(*discriminator(images.detach()).chunk(3))
        self.descend(self.all_optimizers()[1], loss)
        with without_weight_gradients(discriminator):
            real, completed, sampled = discriminator(images).chunk(3)
        return {
            "L_D": loss,
            "L_adv_I": adversarial_matching(completed, real),
            "L_adv_norm": adversarial_realism(sampled),
        }

    def generator_loss(self, losses: dict[str, Tensor]) -> Tensor:
        """Return L_G, equation (2-29), of its terms; the adversarial ones only where there is a D."""
        total = self.kl_weight * losses["L_KL"] + self.appearance_weight * losses["L_app"]
        for name in ("L_adv_I", "L_adv_norm"):
            total = total + losses[name] if name in losses else total
        return total

    def configure_optimizers(self) -> Any:
        generator_side = adam(self.code_parameters, self.learning_rate, self.betas)
        if self.discriminator is None:
            return generator_side
        return [generator_side, adam(self.discriminator.parameters(), self.learning_rate, self.betas)]
