"""A recogniser trained on real and generated pictures together (section 4.4.4 of the image-synthesis thesis)."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from common.errors import ConfigurationError
from lightning_modules.base import Batch
from lightning_modules.conditional_gan.added_pictures import AddedPictures, Examples, draw_pairs
from lightning_modules.conditional_gan.frozen_generator import FrozenGenerator, load_generator
from lightning_modules.evaluation.real_images import labelled, spread
from lightning_modules.frozen import held_outside
from lightning_modules.recognition.classifier import Classifier, NetworkName

#: Where this departs from the thesis: place, its text, ours, why.
DEVIATIONS = (
    (
        "Section 4.4.4, the face recognition model",
        "which one, and how it is trained, is not said",
        "the ResNet-18 that judges Tables 3.4 and 4.1, trained in the same way",
        "without generated pictures it is the very same training",
    ),
    (
        "Section 4.4.4, length of the training",
        "not said",
        "the same number of iterations with and without generated pictures",
        "else more pictures would also be more training",
    ),
    (
        "Section 4.4.4, trained together",
        "how generated and real pictures are mixed is not said",
        "every place of a batch is drawn uniformly from all of them",
        "as if all lay in one folder",
    ),
    (
        "Section 4.4.4, new labels",
        "linear interpolation between existing labels; the weights are not given, nor which labels",
        "the middle of two labels (mixture 0.5), 5,000 different pairs drawn by chance",
        "the plainest reading",
    ),
    (
        "Section 4.4.4, the classes of new labels",
        "not said",
        "each new label is one more class: 5,530 in all",
        "a mixture of two people is neither of them",
    ),
    (
        "Section 4.4.4, features",
        "which features, and whether of the mirrored picture too, is not said",
        "the input of the last layer, of the picture as it is (evaluation.mirrored averages both)",
        "the usual ones; the text says that they are compared directly",
    ),
)

Labels = Literal["existing", "interpolated"]

_EXAMPLES = 4  # pictures of one label among the examples


class AugmentedClassifier(Classifier):
    """A `Classifier` whose batches hold generated pictures among the real ones.

    The generated pictures are a fixed set (`AddedPictures`), made anew when a batch needs them. Every place of a batch
    is one of them with probability N_generated / (N_real + N_generated), keyed by the iteration, so a batch is a
    uniform draw from all pictures; where it is not, the batch's real picture stays. The generator is a trained one, in
    evaluation mode, and no part of this module: it gets no gradient and is in no checkpoint.

    Source: image-synthesis thesis, section 4.4.4, Table 4.2. A batch has `image` (B, 3, R, R) in [-1, 1] and `label`
    (B,) int64 in 0..K-1.

    Args:
        network: as `Classifier` takes it.
        classes: K, the people of the real pictures.
        resolution: R: 8, 16, 32, 64 or 128.
        width: channels of the first convolution.
        labels: "existing", more pictures of each of the K; "interpolated", pictures of `new_labels` others, each a
            mixture of two.
        generated_per_label: pictures of each existing label.
        generated_per_new_label: pictures of each new label.
        new_labels: how many; the head has so many classes more. At most K (K - 1) / 2.
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
            self.real_count = len(labelled(self.trainer.datamodule).train)  # type: ignore[attr-defined]

    @cached_property
    def added(self) -> AddedPictures:
        """The set of generated pictures."""
        pairs = draw_pairs(self.classes, self.new_labels) if self.new_labels else None
        return AddedPictures(self.classes, self.each, pairs, self.mixture)

    @property
    def generated_pictures(self) -> int:
        return len(self.added)

    @property
    def share(self) -> float:
        """The probability that a place of a batch is a generated picture."""
        return len(self.added) / (self.real_count + len(self.added))

    def frozen_generator(self) -> FrozenGenerator:
        """The trained G, read once.

        Raises:
            ConfigurationError: there is no checkpoint, or not one that fits.
        """
        return held_outside(self, "_frozen_generator", self._read_generator)

    def _read_generator(self) -> FrozenGenerator:
        key = "model.init_args.generator_checkpoint"
        if self.generator_checkpoint is None:
            raise ConfigurationError(
                f"{key} is not set: a trained generator makes the pictures that are added; give the checkpoint of a "
                "conditional model trained on the same data (ablations/conditional_gan/cvae_gan.yaml)"
            )
        return load_generator(self.generator_checkpoint, self.classes, self.resolution, key)

    def made(self, numbers: Tensor) -> Tensor:
        """(B, 3, R, R) in [-1, 1]: the pictures of the set with these numbers, (B,) int64 on the CPU."""
        return self._made(self.added.vectors(self.added.labels(numbers)), numbers)

    def _made(self, vectors: Tensor, numbers: Tensor) -> Tensor:
        generator = self.frozen_generator()
        latents = self.added.latents(numbers, generator.latent_dim)
        return generator(latents.to(self.device), vectors.to(self.device))

    def mixed(self, batch: Batch, generator: torch.Generator) -> Batch:
        """`image` and `label` of a batch, with generated pictures in some of its places."""
        image, label = batch["image"].clone(), batch["label"].clone()
        taken = torch.rand(len(image), generator=generator) < self.share
        numbers = torch.randint(len(self.added), (len(image),), generator=generator)[taken]
        if len(numbers):
            image[taken.to(image.device)] = self.made(numbers).to(image)
            label[taken.to(label.device)] = self.added.labels(numbers).to(label)
        return {"image": image, "label": label}

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        return super().step(self.mixed(batch, generator), generator)

    def examples(self, count: int) -> Examples:
        """Pictures of at most `count` labels of the set, to be looked at.

        Of a new label: one code with the first person's label, with the new one and with the second person's, then
        other pictures of the new label.
        """
        if self.added.pairs is None:
            labels = torch.tensor(spread(range(self.classes), count))
            columns = {f"{n + 1}": self.made(numbers) for n, numbers in enumerate(self._first(labels))}
            names = [self.name_of(label) for label in labels.tolist()]
            return Examples(names, columns, "A line: one label with several codes.")
        pairs = self.added.pairs[:count]
        numbers, *others = self._first(torch.arange(len(pairs)))
        first, second = (self._made(torch.eye(self.classes)[ends], numbers) for ends in pairs.unbind(1))
        columns = {"First person": first, "New label": self.made(numbers), "Second person": second}
        columns |= {f"New label, {n}": self.made(more) for n, more in enumerate(others, start=2)}
        caption = (
            "A line: one code with the label of the first person, with the new label between, and with that of the "
            "second person; then other codes of the new label."
        )
        return Examples([f"{self.name_of(i)} and {self.name_of(j)}" for i, j in pairs.tolist()], columns, caption)

    def _first(self, places: Tensor) -> list[Tensor]:
        """The numbers of the first pictures of labels, which count from the set's first one."""
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
    for key, (is_wrong, value, mend) in wrong.items():
        if is_wrong:
            raise ConfigurationError(f"model.init_args.{key}: {value}; {mend}")
