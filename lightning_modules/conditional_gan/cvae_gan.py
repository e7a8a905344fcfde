"""CVAE-GAN (chapter 4 of the image-synthesis thesis), with the ablations of its Figure 4.6 as arguments."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from lightning_modules.base import Batch, without_weight_gradients
from lightning_modules.conditional_gan.centres import CentreMatching
from lightning_modules.conditional_gan.classifier_guided import GuidedModule
from lightning_modules.conditional_gan.conditional import AutoencodingModule, discriminate, reparameterise
from lightning_modules.conditional_gan.diagnostics import active_units, centre_distance
from lightning_modules.conditional_gan.networks.encoder import Encoder
from lightning_modules.layers.discriminator import Discriminator, DiscriminatorFeature
from lightning_modules.layers.initialisation import dcgan_init
from lightning_modules.losses.code_kl import code_kl
from lightning_modules.losses.cross_entropy_gan import discriminator_cross_entropy
from lightning_modules.losses.squared_distance import half_squared_distance

#: Deviations from the thesis: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 4.2.2, z",
        "z = mu + r * exp(eps), eps the log variance",
        "z = mu + r * exp(eps / 2)",
        "a misprint: exp(eps) is the variance",
    ),
    (
        "Equation 4.3",
        "D sees images of codes from the prior",
        "D sees reconstructions, as in Algorithm 4.1; with preset iccv both",
        "the thesis contradicts itself; its algorithm is more explicit",
    ),
    (
        "Section 4.3.2, L_G(img)",
        "the distance is not squared",
        "squared, as in equation 4.2",
        "a misprint",
    ),
    (
        "Figure 4.6, reconstructions",
        "the images, and whether they are training images, are not given; images only, no numbers",
        "of held-out images, from the mean of their code and their own label; with metrics of our own",
        "training images may be memorised",
    ),
    (
        "Preset iccv",
        "not in the thesis: the conference paper of 2017 by the same authors",
        "weights 1e-3 for the mean feature matching of D and C (prior_weight_d, prior_weight_c), classes summed; prior "
        "samples of the batch's labels",
        "from memory of that paper, unverified; with new labels few classes would have both kinds of image",
    ),
)

Preset = Literal["thesis", "iccv"]


class CVAEGAN(AutoencodingModule, GuidedModule):
    """An encoder E and a generator G that reconstruct images, compared in pixels and in the features of D and C.

    z ~ N(mu, sigma^2) of E(x, y), x' = G(z, y). E and G minimise L_G + xi_3 L_KL, L_G = xi_image L_G(img) +
    xi_1 L_G(D) + xi_2 L_G(C): half the squared distances of x and x' in pixels, in D's features and in C's, summed over
    dimensions and averaged over the batch. D learns to tell x and x' apart. C is a trained one, and frozen.

    With preset "iccv" D also sees x_p = G(z_p, y), z_p ~ N(0, I), and G (but not E) matches the means of x_p's
    features in D, and those of each class in C, with the real ones' (equations 3.10 and 3.12). All else is the same.

    Source: image-synthesis thesis, section 4.2, Algorithm 4.1, equations 4.1 to 4.5. The preset: Bao et al. 2017,
    "CVAE-GAN: fine-grained image generation through asymmetric training".

    Args:
        classes: K.
        resolution: R: 8, 16, 32, 64 or 128.
        width: base channels of all networks, C's too.
        latent_dim: Z, dimensions of the code.
        preset: see above.
        xi_image: weight of L_G(img); 0 drops this term, as for the next two.
        xi_1: weight of L_G(D).
        xi_2: weight of L_G(C); at 0 the preset "thesis" has no C.
        xi_3: weight of L_KL.
        prior_weight_d: weight of L_GD, the mean feature matching of D on x_p; preset "iccv" only.
        prior_weight_c: weight of L_GC, that of C; preset "iccv" only.
        feature: D's features f_D; see `Discriminator`.
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
        preset: Preset = "thesis",
        xi_image: float = 1.0,
        xi_1: float = 1.0,
        xi_2: float = 1.0,
        xi_3: float = 3.0,
        prior_weight_d: float = 1e-3,
        prior_weight_c: float = 1e-3,
        feature: DiscriminatorFeature = "last_conv_in",
        freeze_classifier: bool = True,
        classifier_checkpoint: str | None = None,
        classifier_features: tuple[str, ...] = ("fc",),
        learning_rate: float = 2e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        max_iterations: int = 60_000,
    ) -> None:
        super().__init__(classes, resolution, width, latent_dim, learning_rate, betas, max_iterations)
        self.save_hyperparameters()
        self.xi_image, self.xi_1, self.xi_2, self.xi_3 = xi_image, xi_1, xi_2, xi_3
        self.prior_weight_d, self.prior_weight_c = prior_weight_d, prior_weight_c
        self.samples_prior = preset == "iccv"
        self.encoder = Encoder(classes, latent_dim, resolution, width)
        self.discriminator = Discriminator(resolution, width, feature=feature)
        for network in (self.encoder, self.discriminator):
            dcgan_init(network)
        needed = xi_2 != 0 or self.samples_prior
        self.add_classifier(needed, freeze_classifier, classifier_checkpoint, classifier_features, width)
        if self.samples_prior:
            self.centres = CentreMatching(1, self.discriminator.feature_size, rate=0.0)
            self.class_centres = CentreMatching(classes, self.class_feature_size, reduction="sum")

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        optimizer_g, optimizer_d, *optimizer_c = self.all_optimizers()
        real, labels = batch["image"], self.class_vectors(batch["label"])
        mu, log_variance = self.encoder(real, labels)
        codes = [reparameterise(mu, log_variance, generator)]
        if self.samples_prior:
            codes.append(self.latents(batch, generator))
        # Separate passes of reconstructions and samples, in D too: else batch normalisation ties samples' losses to E.
        made = [self.generator(z, labels) for z in codes]

        losses = self.train_classifier(batch, optimizer_c)
        outputs = [discriminate(self.discriminator, real, images.detach()) for images in made]
        losses["L_D"] = discriminator_cross_entropy(
            outputs[0][0].logits, *(generated.logits for _, generated in outputs)
        )
        self.descend(optimizer_d, losses["L_D"])

        with without_weight_gradients(self.discriminator):
            outputs = [discriminate(self.discriminator, real, images) for images in made]
            features = [(target.features, found.features) for target, found in outputs]
            seen = self.class_features(real, *made) if self.needs_classifier else []
            losses |= self.reconstruction_losses((real, made[0]), features[0], seen)
            losses["L_KL"] = code_kl(mu, log_variance)
            total = losses["L_G"] + self.xi_3 * losses["L_KL"]
            if self.samples_prior:
                losses["L_GD"] = self.centres(*features[1])
                losses["L_GC"] = self.class_centres(seen[0], seen[2], batch["label"])
                total = total + self.prior_weight_d * losses["L_GD"] + self.prior_weight_c * losses["L_GC"]
            self.descend(optimizer_g, total)
        return {**losses, "active_units": active_units(mu), "centre_distance": centre_distance(*features[-1])}

    def reconstruction_losses(
        self, images: tuple[Tensor, Tensor], judged: tuple[Tensor, Tensor], seen: list[Tensor]
    ) -> dict[str, Tensor]:
        """Return L_G, equation 4.2, and those of its three terms whose weight is not 0.

        Args:
            images: the real ones and their reconstructions.
            judged: D's features of both.
            seen: C's features of both, and possibly of more images.
        """
        terms = {"L_G_img": (self.xi_image, images), "L_G_D": (self.xi_1, judged), "L_G_C": (self.xi_2, seen)}
        losses, total = {}, images[0].new_zeros(())
        for name, (weight, compared) in terms.items():
            if weight:
                losses[name] = half_squared_distance(compared[1], compared[0])
                total = total + weight * losses[name]
        return {**losses, "L_G": total}

    def configure_optimizers(self) -> Any:
        return self.optimizers_of(self.generator, self.encoder)
