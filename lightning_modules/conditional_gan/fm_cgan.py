"""FM-CGAN, the feature matching conditional GAN (chapter 3 of the image-synthesis thesis)."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from lightning_modules.base import Batch, without_weight_gradients
from lightning_modules.conditional_gan.centres import CentreGradient, CentreMatching, Reduction
from lightning_modules.conditional_gan.classifier_guided import GuidedModule
from lightning_modules.conditional_gan.conditional import discriminate
from lightning_modules.conditional_gan.diagnostics import centre_distance
from lightning_modules.layers.discriminator import Discriminator, DiscriminatorFeature
from lightning_modules.layers.initialisation import dcgan_init
from lightning_modules.losses.cross_entropy_gan import discriminator_cross_entropy, generator_cross_entropy

Matching = Literal["feature", "adversarial"]


class FMCGAN(GuidedModule):
    """A generator G whose images have, on average, the features of real images.

    D learns to tell them apart: L_D = -mean log D(x) - mean log(1 - D(x')). G's loss is L_GD + lambda_1 L_GC: half the
    squared distance of the mean features of real and of generated images in D, and that of each class's mean
    features in the classifier C. C is a trained one, and frozen.

    Source: image-synthesis thesis, section 3.2, Algorithm 3.1; equations 3.2, 3.10 (with the sign of the algorithm),
    3.11, 3.12, 3.13.

    Args:
        classes: K.
        resolution: R: 8, 16, 32, 64 or 128.
        width: base channels of all networks, C's too.
        latent_dim: Z, dimensions of the latent code.
        lambda_1: weight of L_GC; at 0 there is no C.
        matching: "adversarial" gives G the plain GAN's loss -mean log D(x') in place of L_GD.
        feature: D's features f_D; see `Discriminator`.
        discriminator_average: rate of the moving averages of D's two centres; 0 for the batch's means.
        classifier_average: that of C's class centres.
        centre_gradient: gradient of a moving average; see `FeatureCentres`.
        reduction: of the classes' distances; see `centre_matching`.
        freeze_classifier: False to train C further on real images.
        classifier_checkpoint: of a `Classifier` trained on the same data.
        classifier_features: layers of C in f_C: "conv1" to "conv6", "fc".
    """

    def __init__(
        self,
        classes: int = 530,
        resolution: int = 128,
        width: int = 64,
        latent_dim: int = 256,
        lambda_1: float = 1.0,
        matching: Matching = "feature",
        feature: DiscriminatorFeature = "last_conv_in",
        discriminator_average: float = 0.0,
        classifier_average: float = 0.9,
        centre_gradient: CentreGradient = "straight_through",
        reduction: Reduction = "mean_present",
        freeze_classifier: bool = True,
        classifier_checkpoint: str | None = None,
        classifier_features: tuple[str, ...] = ("fc",),
        learning_rate: float = 2e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        max_iterations: int = 60_000,
    ) -> None:
        super().__init__(classes, resolution, width, latent_dim, learning_rate, betas, max_iterations)
        self.save_hyperparameters()
        self.lambda_1, self.matching = lambda_1, matching
        self.discriminator = Discriminator(resolution, width, feature=feature)
        dcgan_init(self.discriminator)
        self.add_classifier(lambda_1 != 0, freeze_classifier, classifier_checkpoint, classifier_features, width)
        self.centres = CentreMatching(1, self.discriminator.feature_size, discriminator_average, centre_gradient)
        if self.needs_classifier:
            self.class_centres = CentreMatching(
                classes, self.class_feature_size, classifier_average, centre_gradient, reduction
            )

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        optimizer_g, optimizer_d, *optimizer_c = self.all_optimizers()
        real = batch["image"]
        fake = self.sample(batch["label"], self.latents(batch, generator))

        losses = self.train_classifier(batch, optimizer_c)
        judged = discriminate(self.discriminator, real, fake.detach())
        losses["L_D"] = discriminator_cross_entropy(*(output.logits for output in judged))
        self.descend(optimizer_d, losses["L_D"])

        with without_weight_gradients(self.discriminator):
            target, found = discriminate(self.discriminator, real, fake)
            if self.matching == "feature":
                losses["L_GD"] = total = self.centres(target.features, found.features)
            else:
                losses["L_adv"] = total = generator_cross_entropy(found.logits)
            if self.needs_classifier:
                losses["L_GC"] = self.class_centres(*self.class_features(real, fake), batch["label"])
                total = total + self.lambda_1 * losses["L_GC"]
            losses["L_G"] = total
            self.descend(optimizer_g, total)
        return {**losses, "centre_distance": centre_distance(target.features, found.features)}

    def configure_optimizers(self) -> Any:
        return self.optimizers_of(self.generator)
