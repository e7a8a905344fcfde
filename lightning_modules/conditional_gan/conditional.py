"""Base of the class-conditional models: a generator of images from latent codes and labels, and its use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lightning_modules.base import Batch, GenerativeModule
from lightning_modules.conditional_gan.networks.encoder import Encoder
from lightning_modules.conditional_gan.networks.generator import Generator
from lightning_modules.layers.discriminator import Discriminator
from lightning_modules.layers.initialisation import dcgan_init
from lightning_modules.randomness import normal, normal_for_each
from lightning_modules.recognition.compatibility import require_same_data

#: Deviations from the thesis: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 3.4.2, training",
        "the length of the training, the latent code's size and the initial weights are not given",
        "60,000 iterations with FaceScrub, 8,300 with birds, 5,800 with flowers; 256 dimensions, DCGAN's N(0, 0.02)",
        "about a hundred epochs of each data set; the rest is, to our knowledge, as in the conference paper",
    ),
    (
        "Algorithms 3.1 and 4.1, order of updates",
        "all losses from one forward pass, all networks updated at once",
        "C and D step first, and the others' losses are those of the stepped D",
        "each update then has a graph of its own; the difference is one small step of D",
    ),
    (
        "Section 3.3.1, batch normalisation in D",
        "batches of 32 on each of four GPUs; the content of a batch is not given",
        "real and generated images pass D in one batch",
        "normalised separately both would have the same means by construction, with nothing left to match",
    ),
)

#: Columns of generated images in a preview.
PREVIEWED = 3


class ConditionalModule(GenerativeModule):
    """A model that generates images of classes: x' = G(z, y), z ~ N(0, I).

    A batch has `image` (B, 3, R, R) in [-1, 1], `label` (B,) int64 in 0..K-1 and `index` (B,) int64.

    Args:
        classes: K.
        resolution: R: 8, 16, 32, 64 or 128.
        width: base channels of every network; 64 in the thesis.
        latent_dim: Z, dimensions of the latent code z.
    """

    evaluator: ClassVar[str] = "lightning_modules.conditional_gan.evaluator.ConditionalEvaluator"

    def __init__(
        self,
        classes: int,
        resolution: int,
        width: int,
        latent_dim: int,
        learning_rate: float,
        betas: tuple[float, float],
        max_iterations: int,
    ) -> None:
        super().__init__(max_iterations)
        self.classes, self.resolution, self.latent_dim = classes, resolution, latent_dim
        self.learning_rate, self.betas = learning_rate, betas
        self.generator = Generator(classes, latent_dim, resolution, width)
        dcgan_init(self.generator)

    def setup(self, stage: str) -> None:
        require_same_data(self, self.classes, self.resolution)
        super().setup(stage)

    def example_inputs(self, size: tuple[int, int], device: torch.device) -> dict[str, tuple[Tensor, ...]]:
        image, labels, z = (
            torch.zeros(1, *shape, device=device) for shape in ((3, *size), (self.classes,), (self.latent_dim,))
        )
        return {
            "generator": (z, labels),
            "encoder": (image, labels),
            "discriminator": (image,),
            "classifier": (image,),
        }

    def class_vectors(self, labels: Tensor) -> Tensor:
        """Return labels (B,) int64 as one-hot vectors (B, K) float; class vectors (B, K) are returned unchanged."""
        if labels.dim() == 2:
            return labels.to(self.device, torch.float32)
        return F.one_hot(labels, self.classes).to(self.device, torch.float32)

    def sample(self, labels: Tensor, latents: Tensor) -> Tensor:
        """Return the images (B, 3, R, R) in [-1, 1] of these classes at these codes.

        Args:
            labels: (B,) int64, or (B, K): weights of the classes, as for a mixture of two.
            latents: (B, Z).
        """
        return self.generator(latents, self.class_vectors(labels))

    def generate(self, batch: Batch, generator: torch.Generator | None = None) -> Tensor:
        """Return images of a batch's classes, z ~ N(0, I)."""
        return self.sample(batch["label"], self.latents(batch, generator))

    def latents(self, batch: Batch, generator: torch.Generator | None = None, key: str = "latent") -> Tensor:
        """Return codes (B, Z) from N(0, I); without a generator keyed by run's seed, key and image for every model."""
        if generator is None:
            return normal_for_each(batch["index"], (self.latent_dim,), key, batch["image"])
        return normal((len(batch["image"]), self.latent_dim), generator, batch["image"])

    def preview(self, batch: Batch) -> dict[str, Tensor]:
        """Return the image, and several generated ones of its class."""
        codes = [self.latents(batch, key=f"preview {i + 1}") for i in range(PREVIEWED)]
        samples = {f"sample {i + 1}": self.sample(batch["label"], z) for i, z in enumerate(codes)}
        return {"real": batch["image"], **samples}

    def test_step(self, batch: Batch, batch_index: int, dataloader_idx: int = 0) -> dict[str, Tensor] | None:
        """Generate the images that a batch of (label, latent) pairs requests; None for a batch of real images."""
        return {"generated": self.sample(batch["label"], batch["latent"])} if "latent" in batch else None

    def selection_step(self, batch: Batch, batch_index: int) -> dict[str, Any]:
        """Return the inputs of a weight selection: generated images of a batch's classes, and its own images."""
        return {"real": batch["image"], "generated": {"sample": self.generate(batch)}}

    def adam(self, *networks: nn.Module) -> torch.optim.Adam:
        """Return Adam at a constant rate over the networks' parameters (thesis, section 3.4.2)."""
        parameters: Iterable[nn.Parameter] = [p for network in networks for p in network.parameters()]
        return torch.optim.Adam(parameters, self.learning_rate, self.betas, fused=True)


class AutoencodingModule(ConditionalModule):
    """A class-conditional model with an encoder: z ~ q(z | x, y) in training."""

    encoder: Encoder

    def encode(self, images: Tensor, labels: Tensor) -> Tensor:
        """Return mu of E(x, y), (B, Z): the latent codes of images (B, 3, R, R), with labels as for `sample`."""
        return self.encoder(images, self.class_vectors(labels))[0]

    def reconstruct(self, images: Tensor, labels: Tensor) -> Tensor:
        """Return the reconstructions G(mu, y), (B, 3, R, R) in [-1, 1]."""
        return self.sample(labels, self.encode(images, labels))

    def preview(self, batch: Batch) -> dict[str, Tensor]:
        """Return the image, its reconstruction, and several generated ones of its class."""
        columns = super().preview(batch)
        return {
            "real": columns.pop("real"),
            "reconstruction": self.reconstruct(batch["image"], batch["label"]),
            **columns,
        }


class Discrimination(NamedTuple):
    """D's outputs for a batch of images: logits (B,) and features (B, N)."""

    logits: Tensor
    features: Tensor


def reparameterise(mu: Tensor, log_variance: Tensor, generator: torch.Generator) -> Tensor:
    """Sample z = mu + sigma * r of q(z | x, y), r ~ N(0, I); gradients reach mu and sigma."""
    return mu + torch.exp(0.5 * log_variance) * normal(mu.shape, generator, mu)


def discriminate(
    discriminator: Discriminator, real: Tensor, generated: Tensor, labels: Tensor | None = None
) -> tuple[Discrimination, Discrimination]:
    """Return D's outputs for real and for generated images, from one pass with joint batch normalisation.

    Args:
        labels: (B, K) for a conditional D, of both.
    """
    repeated = None if labels is None else labels.repeat(2, 1)
    logits, features = discriminator(torch.cat([real, generated]), repeated)
    first, second = zip(logits.chunk(2), features.chunk(2), strict=True)
    return Discrimination(*first), Discrimination(*second)
