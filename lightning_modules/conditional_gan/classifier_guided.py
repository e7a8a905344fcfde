"""Common parts of FM-CGAN and CVAE-GAN: a discriminator, and a classifier whose features are matched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from common.errors import ConfigurationError
from lightning_modules.base import Batch, without_weight_gradients
from lightning_modules.conditional_gan.conditional import ConditionalModule
from lightning_modules.frozen import unregistered_network
from lightning_modules.layers.discriminator import Discriminator
from lightning_modules.recognition.loading import FrozenClassifier, load_classifier
from lightning_modules.recognition.networks.features import total_size
from lightning_modules.recognition.networks.table_3_3 import Table33Classifier, table_3_3_sizes

#: Deviations from the thesis: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Algorithms 3.1 and 4.1, the update of C",
        "C is trained together with the others",
        "C is trained before and then frozen, unless freeze_classifier is false",
        "it then recognises nearly all training images, and class centres stay valid",
    ),
    (
        "Algorithms 3.1 and 4.1, batch normalisation in C",
        "not given",
        "features are computed with running statistics",
        "a batch's own statistics would hide the differences between generated and real images",
    ),
)


class GuidedModule(ConditionalModule):
    """A class-conditional model trained against D and C.

    Attributes:
        classifier: C, if it is trained here; a frozen one is read from its checkpoint at its first use, and
            is no part of this module's own weights.
        needs_classifier: False if the weight of C's term is 0.
    """

    discriminator: Discriminator
    classifier: Table33Classifier | None
    needs_classifier: bool
    classifier_checkpoint: str | None
    classifier_features: tuple[str, ...]

    def add_classifier(
        self, needed: bool, freeze: bool, checkpoint: str | None, features: tuple[str, ...], width: int
    ) -> None:
        """Set up C; called once, in the constructor.

        Args:
            needed: its features are used.
            freeze: use the trained one unchanged.
            checkpoint: of a trained `Classifier`; C's initial weights if it is not frozen.
            features: names of its layers.
            width: its base channels.

        Raises:
            ConfigurationError: there is no such layer.
        """
        self.needs_classifier, self.classifier_checkpoint = needed, checkpoint
        self.classifier_features, self._classifier_width = tuple(features), width
        self.class_feature_size = total_size(table_3_3_sizes(self.resolution, width), self.classifier_features)
        trained_along = needed and not freeze
        self.classifier = Table33Classifier(self.classes, self.resolution, width) if trained_along else None

    def setup(self, stage: str) -> None:
        super().setup(stage)
        if stage != "fit" or not self.needs_classifier:
            return
        if self.classifier is None:
            self.frozen_classifier()
        elif self.classifier_checkpoint is not None:
            self.classifier.load_state_dict(self._read_classifier().network.state_dict())

    def frozen_classifier(self) -> FrozenClassifier:
        """Return the trained C, read once.

        Raises:
            ConfigurationError: there is no checkpoint, or not one that fits.
        """
        return unregistered_network(self, "_frozen_classifier", self._read_classifier)

    def _read_classifier(self) -> FrozenClassifier:
        key = "model.init_args.classifier_checkpoint"
        if self.classifier_checkpoint is None:
            raise ConfigurationError(
                f"{key} is not set: the features of a trained classifier are matched; give the checkpoint of a "
                "Classifier trained on the same data (ablations/recognition/classifier.yaml), or set "
                "freeze_classifier: false to train one along"
            )
        names = getattr(getattr(self._trainer, "datamodule", None), "class_names", ())
        found = load_classifier(self.classifier_checkpoint, self.classes, self.resolution, key, names)
        if found.network.sizes != table_3_3_sizes(self.resolution, self._classifier_width):
            raise ConfigurationError(
                f"{key}: {self.classifier_checkpoint} is not the network C of Table 3.3 at this model's width; "
                f"train a Classifier with network: table_3_3 and width: {self._classifier_width}"
            )
        return found

    def train_classifier(self, batch: Batch, optimizers: list[Any]) -> dict[str, Tensor]:
        """Step C, if it is trained here, on real images (equations 3.11, 4.4) and return its loss.

        Args:
            optimizers: C's, or none if C is frozen.
        """
        if self.classifier is None:
            return {}
        losses = {"L_C": F.cross_entropy(self.classifier(batch["image"]), batch["label"])}
        self.descend(optimizers[0], losses["L_C"])
        return losses

    def class_features(self, real: Tensor, *generated: Tensor) -> list[Tensor]:
        """Return f_C (B, N) of real images, without gradient, and of generated ones, with gradient to the images."""
        names = self.classifier_features
        network: Any = self.classifier if self.classifier is not None else self.frozen_classifier()
        with _frozen(network):
            with torch.no_grad():
                target = network.features(real, names)
            return [target, *(network.features(images, names) for images in generated)]

    def optimizers_of(self, *generating: nn.Module) -> list[torch.optim.Adam]:
        """Return the optimisers of the generating networks, of D, and of C if it is trained here, in this order."""
        found = [self.adam(*generating), self.adam(self.discriminator)]
        return found if self.classifier is None else [*found, self.adam(self.classifier)]


@contextmanager
def _frozen(network: nn.Module) -> Iterator[None]:
    """Put a network into evaluation mode, without gradients to its weights, within the context."""
    training = network.training
    network.eval()
    try:
        with without_weight_gradients(network):
            yield
    finally:
        network.train(training)
