"""Recogniser trained on real and generated images together (section 4.4.4 of the image-synthesis thesis)."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from common.errors import ConfigurationError
from common.spacing import evenly_spaced
from lightning_modules.base import Batch
from lightning_modules.conditional_gan.added_images import AddedImages, Examples, draw_pairs
from lightning_modules.conditional_gan.frozen_generator import FrozenGenerator, load_generator
from lightning_modules.frozen import unregistered_network
from lightning_modules.labelled_data import labelled_data
from lightning_modules.recognition.classifier import Classifier, NetworkName

#: Deviations from the thesis: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 4.4.4, the face recognition model",
        "the model and its training are not described",
        "the ResNet-18 of the evaluations of Tables 3.4 and 4.1, trained in the same way",
        "without generated images it is exactly the same training",
    ),
    (
        "Section 4.4.4, length of the training",
        "not given",
        "the same number of iterations with and without generated images",
        "otherwise more images would also mean more training",
    ),
    (
        "Section 4.4.4, trained together",
        "the mixing of generated and real images is not described",
        "every element of a batch is drawn uniformly from all of them",
        "as if all were in one folder",
    ),
    (
        "Section 4.4.4, new labels",
        "linear interpolation between existing labels; neither weights nor labels are given",
        "the mean of two labels (mixture 0.5), 5,000 distinct random pairs",
        "the simplest reading",
    ),
    (
        "Section 4.4.4, the classes of new labels",
        "not given",
        "each new label is an additional class: 5,530 in total",
        "a mixture of two people is neither of them",
    ),
    (
        "Section 4.4.4, features",
        "the layer, and whether mirrored images are used too, is not given",
        "the input of the last layer, without mirroring (evaluation.mirrored averages both)",
        "the common choice; the text says that they are compared directly",
    ),
)

Labels = Literal["existing", "interpolated"]

_EXAMPLES = 4  # images of one label among the examples


class AugmentedClassifier(Classifier):
    """A `Classifier` whose batches hold generated images among the real ones.

    The generated images are a fixed set (`AddedImages`), generated when a batch needs them. Every element of a batch
    is one of them with probability N_generated / (N_real + N_generated), keyed by the iteration, so a batch is a
    uniform sample of all images; otherwise it is the batch's real image. The generator is a trained one, in evaluation
    mode, and no part of this module: it gets no gradient and is in no checkpoint.

    Source: image-synthesis thesis, section 4.4.4, Table 4.2. A batch has `image` (B, 3, R, R) in [-1, 1] and `label`
    (B,) int64 in 0..K-1.

    Args:
        network: as `Classifier` takes it.
        classes: K, the people of the real images.
        resolution: R: 8, 16, 32, 64 or 128.
        width: channels of the first convolution.
        labels: "existing", more images of each of the K; "interpolated", images of `new_labels` others, each a
            mixture of two.
        generated_per_label: images of each existing label.
        generated_per_new_label: images of each new label.
        new_labels: their number, by which the head has more classes. At most K (K - 1) / 2.
        mixture: a, in y = a e_i + (1 - a) e_j.
        generator_checkpoint: of a conditional model trained on the same data.

    Raises:
        ConfigurationError: a setting out of its range; before training, a checkpoint that is missing or does not fit.
    """

    def __init__(
        self,
        network: NetworkName = "resnet18",
        classes: int = 530,
        resolution: int = 128,
        width: int = 64,
        labels: Labels = "existing",
        generated_per_label: int = 200,
        generated_per_new_label: int = 100,
        new_labels: int = 5000,
        mixture: float = 0.5,
        generator_checkpoint: str | None = None,
        learning_rate: float = 2e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        max_iterations: int = 20_000,
    ) -> None:
        _check(labels, classes, new_labels, generated_per_label, generated_per_new_label, mixture)
        new = new_labels if labels == "interpolated" else 0
        super().__init__(network, classes + new, resolution, width, learning_rate, betas, max_iterations)
        self.classes, self.new_labels, self.mixture = classes, new, mixture
        self.each = generated_per_new_label if new else generated_per_label
        self.generator_checkpoint = generator_checkpoint
        self.real_count = 0  # known when training starts

    def setup(self, stage: str) -> None:
        super().setup(stage)
        if stage == "fit":
            self.frozen_generator()
            self.real_count = len(labelled_data(self.trainer.datamodule).train)  # type: ignore[attr-defined]

    @cached_property
    def added_set(self) -> AddedImages:
        """Return the set of generated images."""
        pairs = draw_pairs(self.classes, self.new_labels) if self.new_labels else None
        return AddedImages(self.classes, self.each, pairs, self.mixture)

    @property
    def generated_pictures(self) -> int:
        return len(self.added_set)

    @property
    def share(self) -> float:
        """Return the probability that an element of a batch is a generated image."""
        return len(self.added_set) / (self.real_count + len(self.added_set))

    def frozen_generator(self) -> FrozenGenerator:
        """Return the trained G, read once.

        Raises:
            ConfigurationError: there is no checkpoint, or not one that fits.
        """
        return unregistered_network(self, "_frozen_generator", self._read_generator)

    def _read_generator(self) -> FrozenGenerator:
        key = "model.init_args.generator_checkpoint"
        if self.generator_checkpoint is None:
            raise ConfigurationError(
                f"{key} is not set: the added images are from a trained generator; give the checkpoint of a "
                "conditional model trained on the same data (ablations/conditional_gan/cvae_gan.yaml)"
            )
        return load_generator(self.generator_checkpoint, self.classes, self.resolution, key)

    def generate_images(self, numbers: Tensor) -> Tensor:
        """Return the set's images (B, 3, R, R) in [-1, 1] with these numbers, (B,) int64 on the CPU."""
        return self._generate(self.added_set.vectors(self.added_set.labels(numbers)), numbers)

    def _generate(self, vectors: Tensor, numbers: Tensor) -> Tensor:
        generator = self.frozen_generator()
        latents = self.added_set.latents(numbers, generator.latent_dim)
        return generator(latents.to(self.device), vectors.to(self.device))

    def mix(self, batch: Batch, generator: torch.Generator) -> Batch:
        """Return `image` and `label` of a batch, with generated images in place of some real ones."""
        image, label = batch["image"].clone(), batch["label"].clone()
        taken = torch.rand(len(image), generator=generator) < self.share
        numbers = torch.randint(len(self.added_set), (len(image),), generator=generator)[taken]
        if len(numbers):
            image[taken.to(image.device)] = self.generate_images(numbers).to(image)
            label[taken.to(label.device)] = self.added_set.labels(numbers).to(label)
        return {"image": image, "label": label}

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        return super().step(self.mix(batch, generator), generator)

    def examples(self, count: int) -> Examples:
        """Return example images of at most `count` labels of the set, for display.

        Of a new label: one code with the first person's label, with the new one and with the second person's, then
        other images of the new label.
        """
        if self.added_set.pairs is None:
            labels = torch.tensor(evenly_spaced(range(self.classes), count))
            columns = {f"{n + 1}": self.generate_images(numbers) for n, numbers in enumerate(self._first(labels))}
            names = [self.name_of(label) for label in labels.tolist()]
            return Examples(names, columns, "Rows: labels. Columns: codes.")
        pairs = self.added_set.pairs[:count]
        numbers, *others = self._first(torch.arange(len(pairs)))
        first, second = (self._generate(torch.eye(self.classes)[ends], numbers) for ends in pairs.unbind(1))
        columns = {"First person": first, "New label": self.generate_images(numbers), "Second person": second}
        columns |= {f"New label, {n}": self.generate_images(more) for n, more in enumerate(others, start=2)}
        caption = (
            "Each row: one code with the label of the first person, with the new label, and with that of the second "
            "person; then other codes of the new label."
        )
        return Examples([f"{self.name_of(i)} and {self.name_of(j)}" for i, j in pairs.tolist()], columns, caption)

    def _first(self, places: Tensor) -> list[Tensor]:
        """Return the numbers of the first images of labels, which count from the set's first label."""
        return [places * self.each + n for n in range(min(_EXAMPLES, self.each))]


def _check(labels: str, classes: int, new: int, per_label: int, per_new: int, mixture: float) -> None:
    most = classes * (classes - 1) // 2
    wrong = {
        "labels": (labels not in ("existing", "interpolated"), labels, "there are existing and interpolated"),
        "generated_per_label": (per_label < 1, per_label, "give 1 or more"),
        "generated_per_new_label": (per_new < 1, per_new, "give 1 or more"),
        "mixture": (not 0 < mixture < 1, mixture, "give a number between 0 and 1"),
        "new_labels": (
            labels == "interpolated" and not 1 <= new <= most,
            new,
            f"{classes} classes have {most} pairs; give 1 to {most}",
        ),
    }
    for key, (is_wrong, value, fix) in wrong.items():
        if is_wrong:
            raise ConfigurationError(f"model.init_args.{key}: {value}; {fix}")
