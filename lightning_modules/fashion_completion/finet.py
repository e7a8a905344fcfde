"""FiNet, a two-stage baseline of Table 4-1: no discriminator, and losses only in the hole.

Source: Han et al. 2019 as the fashion completion thesis describes it (section 4.2): cross-entropy and KL in stage 1,
content, style and KL in stage 2, all in the completed region only.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from lightning_modules.base import Batch
from lightning_modules.fashion_completion.completion import (
    AppearanceLoss,
    Code,
    ShapeModule,
    TextureModule,
    perceptual_loss,
)
from lightning_modules.fashion_completion.conditioning import (
    CLASSES,
    CONTEXT,
    SHAPE_CONDITION,
    TEXTURE_CONDITION,
    composite,
    shape_condition,
)
from lightning_modules.fashion_completion.losses import parsing_cross_entropy
from lightning_modules.fashion_completion.networks.finet import Encoder, Generator
from lightning_modules.fashion_completion.optimisation import adam
from lightning_modules.losses.gaussian_kl import gaussian_kl
from lightning_modules.losses.perceptual import PerceptualLoss
from lightning_modules.randomness import normal

#: Deviations from the paper: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 4.1.2, inputs",
        "all networks take 256 x 256 images",
        "FiNet's encoders average their last features over positions",
        "the network with the printed count takes 128 x 128 only",
    ),
    (
        "Section 4.2.1, FiNet",
        "the weight of its KL term is not given",
        "0.1, unverified",
        "from memory of the FiNet paper",
    ),
    (
        "Section 4.2.1, FiNet",
        "the reduction of its KL term is not given; the public re-implementation sums over the batch, too",
        "sum over the code, mean over the batch (kl_reduction)",
        "with the sum its weight would grow with the batch size: 16 times at the paper's",
    ),
    (
        "Section 4.2.1, FiNet",
        "its losses are on the completed part only; they are not named",
        "L1 in the hole, unless appearance_loss is vgg",
        "the same kind of loss as weN's, so that the rows differ in the model",
    ),
)


KlReduction = Literal["mean", "sum"]


def image_kl(target: Code, garments: Code, reduction: KlReduction = "mean") -> Tensor:
    """Return KL(q_E, q_C), summed over the code's elements, and averaged or summed over the batch."""
    divergence = gaussian_kl(*target, *garments, reduction="sum")
    return divergence / len(target.mean) if reduction == "mean" else divergence


def hole_l1(image: Tensor, real: Tensor, hole: Tensor) -> Tensor:
    """Return the mean absolute difference of images (B, 3, H, W) in the holes (B, 1, H, W) in {0, 1}."""
    return ((image - real).abs() * hole).sum() / (hole.sum().clamp(min=1) * real.shape[1])


class FiNetShape(ShapeModule):
    """Stage 1 of FiNet: from head, pose and a class map with a hole to a whole class map.

    L = L_seg (in the hole) + kl_weight KL(q_E, q_C); z ~ q_E is a vector, fed in at every level.

    Args:
        width: channels after the first halving, doubled at every further one up to `max_width`.
        levels: halvings of G; the encoders have one fewer. 8 for 256 pixels.
        kl_weight: not printed in the thesis; 0.1 is from memory of the FiNet paper, unverified.
        kl_reduction: of the KL over the batch, after its sum over the code.
    """

    def __init__(
        self,
        width: int = 64,
        max_width: int = 512,
        levels: int = 8,
        latent_channels: int = 8,
        kl_weight: float = 0.1,
        kl_reduction: KlReduction = "mean",
        learning_rate: float = 1e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        max_iterations: int = 20_000,
    ) -> None:
        super().__init__(max_iterations)
        self.save_hyperparameters()
        self.kl_weight, self.kl_reduction = kl_weight, kl_reduction
        self.learning_rate, self.betas = learning_rate, betas
        encoder = {"width": width, "max_width": max_width, "levels": levels - 1, "latent_channels": latent_channels}
        self.encoder = Encoder(1, **encoder)
        self.context_encoder = Encoder(CONTEXT, **encoder)
        self.generator = Generator(SHAPE_CONDITION, CLASSES, width, max_width, levels, latent_channels, output="logits")

    def decode(self, condition: Tensor, z: Tensor, visible: Tensor) -> Tensor:
        return self.generator(condition, z)

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        target, garments = self.codes(batch)
        z = target.sample(normal(target.mean.shape, generator, target.mean))
        logits = self.decode(shape_condition(batch), z, batch["visible"])
        losses = {
            "L_seg": parsing_cross_entropy(logits, batch["parsing"], 1 - batch["visible"]),
            "L_KL": image_kl(target, garments, self.kl_reduction),
        }
        losses["L"] = losses["L_seg"] + self.kl_weight * losses["L_KL"]
        self.descend(self.optimizers(), losses["L"])
        return losses

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return adam(self.code_parameters, self.learning_rate, self.betas)


class FiNetTexture(TextureModule):
    """Stage 2 of FiNet: from head, class map and an image with a hole to a whole image.

    L = L_app (in the hole) + kl_weight KL(q_E, q_C).

    Args:
        width, max_width, levels, latent_channels, kl_weight, kl_reduction: as in FiNetShape.
        appearance_loss: "multiscale_l1" is L1 (FiNet has one scale); "vgg" the content and style loss of the paper,
            on images whose visible pixels are the real ones.
        vgg_weights: torchvision's VGG-19 weights, needed by "vgg".
        shape_checkpoint: checkpoint of the FiNetShape that gives the class map in testing.
    """

    shape_class = FiNetShape
    two_stage = True

    def __init__(
        self,
        width: int = 64,
        max_width: int = 512,
        levels: int = 8,
        latent_channels: int = 8,
        appearance_loss: AppearanceLoss = "multiscale_l1",
        vgg_weights: str | None = None,
        kl_weight: float = 0.1,
        kl_reduction: KlReduction = "mean",
        learning_rate: float = 1e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        max_iterations: int = 60_000,
        shape_checkpoint: str | None = None,
    ) -> None:
        super().__init__(max_iterations)
        self.save_hyperparameters()
        self.shape_checkpoint = shape_checkpoint
        self.kl_weight, self.kl_reduction = kl_weight, kl_reduction
        self.learning_rate, self.betas = learning_rate, betas
        encoder = {"width": width, "max_width": max_width, "levels": levels - 1, "latent_channels": latent_channels}
        self.encoder = Encoder(3, **encoder)
        self.context_encoder = Encoder(CONTEXT, **encoder)
        self.generator = Generator(TEXTURE_CONDITION, 3, width, max_width, levels, latent_channels)
        self.perceptual: PerceptualLoss | None = perceptual_loss(appearance_loss, vgg_weights)

    def decode(self, condition: Tensor, z: Tensor, visible: Tensor) -> Tensor:
        return self.generator(condition, z)

    def appearance(self, image: Tensor, batch: Batch) -> Tensor:
        """Return L_app in the hole."""
        real, visible = batch["person"], batch["visible"]
        if self.perceptual is None:
            return hole_l1(image, real, 1 - visible)
        return torch.stack(list(self.perceptual(composite(image, real, visible), real).values())).sum()

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        target, garments = self.codes(batch)
        z = target.sample(normal(target.mean.shape, generator, target.mean))
        image = self.decode(self.condition(batch, batch["parsing"]), z, batch["visible"])
        losses = {"L_app": self.appearance(image, batch), "L_KL": image_kl(target, garments, self.kl_reduction)}
        losses["L_G"] = losses["L_app"] + self.kl_weight * losses["L_KL"]
        self.descend(self.optimizers(), losses["L_G"])
        return losses

    def configure_optimizers(self) -> Any:
        return adam(self.code_parameters, self.learning_rate, self.betas)
