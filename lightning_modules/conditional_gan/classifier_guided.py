"""What FM-CGAN and CVAE-GAN share: a discriminator, and a classifier whose features say what a class looks like."""

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
from lightning_modules.frozen import held_outside
from lightning_modules.layers.discriminator import Discriminator
from lightning_modules.recognition.loading import FrozenClassifier, load_classifier
from lightning_modules.recognition.networks.features import total_size
from lightning_modules.recognition.networks.table_3_3 import Table33Classifier, table_3_3_sizes

#: Where this departs from the thesis: place, its text, ours, why.
DEVIATIONS = (
    (
        "Algorithms 3.1 and 4.1, the update of C",
        "C goes on training beside the others",
        "C is trained before and then kept as it is, unless freeze_classifier is false",
        "it knows nearly all training pictures by then, and class centres stay valid",
    ),
    (
        "Algorithms 3.1 and 4.1, batch normalisation in C",
        "not said",
        "features are taken with running statistics",
        "those of a batch of generated pictures would hide how they differ from real ones",
    ),
)


class GuidedModule(ConditionalModule):
    """A class-conditional model trained against D and C.

    Attributes:
        classifier: C, where it is trained along; a frozen one is read from its checkpoint when it is first needed, and
            kept out of this module's own weights.
        needs_classifier: no where the weight of C's term is 0.
    """

    discriminator: Discriminator
    classifier: Table33Classifier | None
    needs_classifier: bool
    classifier_checkpoint: str | None
    classifier_features: tuple[str, ...]

    def add_classifier(
        self, needed: bool, freeze: bool, checkpoint: str | None, features: tuple[str, ...], width: int
    ) -> None:
        """Says which C there is; called once, in the constructor.

        Args:
            needed: whether its features are used at all.
            freeze: take the trained one as it is.
            checkpoint: of a trained `Classifier`; where C is not frozen, what it starts from.
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
        """The trained C, read once.

        Raises:
            ConfigurationError: there is no checkpoint, or not one that fits.
        """
        return held_outside(self, "_frozen_classifier", self._read_classifier)

    def _read_classifier(self) -> FrozenClassifier:
        key = "model.init_args.classifier_checkpoint"
        if self.classifier_checkpoint is None:
            raise ConfigurationError(
                f"{key} is not set: the features of a trained classifier are matched; give the checkpoint of a "
                "Classifier trained on the same data (ablations/conditional_gan/classifier.yaml), or set "
                "freeze_classifier: false to train one along"
            )
        names = getattr(getattr(self._trainer, "datamodule", None), "class_names", ())
        found = load_classifier(self.classifier_checkpoint, self.classes, self.resolution, key, names)
        if found.network.sizes != table_3_3_sizes(self.resolution, self._classifier_width):
            raise ConfigurationError(
                f"{key}: {self.classifier_checkpoint} is another network than C of Table 3.3 at this model's width; "
                f"train a Classifier with network: table_3_3 and width: {self._classifier_width}"
            )
        return found

    def train_classifier(self, batch: Batch, optimizers: list[Any]) -> dict[str, Tensor]:
        """One step of C on real pictures (equations 3.11, 4.4), where it is trained along; its loss.

        Args:
            optimizers: C's, or none where C is not trained.
        """
        if self.classifier is None:
            return {}
        losses = {"L_C": F.cross_entropy(self.classifier(batch["image"]), batch["label"])}
        self.descend(optimizers[0], losses["L_C"])
        return losses

    def class_features(self, real: Tensor, *generated: Tensor) -> list[Tensor]:
        """f_C, (B, N), of real pictures, without gradient, and of generated ones, with gradient to the pictures."""
        names = self.classifier_features
        network: Any = self.classifier if self.classifier is not None else self.frozen_classifier()
        with _as_it_is(network):
            with torch.no_grad():
                wanted = network.features(real, names)
            return [wanted, *(network.features(pictures, names) for pictures in generated)]

    def optimizers_of(self, *generating: nn.Module) -> list[torch.optim.Adam]:
        """Of the networks that generate, of D, and of C where it is trained along; in this order."""
        found = [self.adam(*generating), self.adam(self.discriminator)]
        return found if self.classifier is None else [*found, self.adam(self.classifier)]


@contextmanager
def _as_it_is(network: nn.Module) -> Iterator[None]:
    """Within it, a network is in evaluation mode and its weights get no gradient."""
    training = network.training
    network.eval()
    try:
        with without_weight_gradients(network):
            yield
    finally:
        network.train(training)
