"""A classifier trained separately: C before the training of a generator, and the recogniser of evaluations."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from common.errors import ConfigurationError
from lightning_modules.base import Batch, TrainedModule
from lightning_modules.recognition.compatibility import require_same_data
from lightning_modules.recognition.networks.features import FeatureNetwork
from lightning_modules.recognition.networks.resnet18 import ResNet18
from lightning_modules.recognition.networks.table_3_3 import Table33Classifier

#: Deviations from the thesis: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 3.4.4, the recogniser",
        "a face recognition network trained on face data; the network is not named",
        "a ResNet-18 trained on the same images as the generators, which were trained against another network",
        "it must differ from the network of the generators' losses",
    ),
    (
        "Section 3.3.2, training C",
        "trained before the others; the length is not given",
        "20,000 iterations with FaceScrub, 8,300 with birds, 5,800 with flowers",
        "about thirty epochs, and a hundred of the smaller sets; the report compares training and held-out accuracy",
    ),
)

NetworkName = Literal["table_3_3", "resnet18"]
NETWORKS: dict[NetworkName, type[FeatureNetwork]] = {"table_3_3": Table33Classifier, "resnet18": ResNet18}


class Classifier(TrainedModule):
    """Classifier of real images, trained by softmax cross-entropy.

    Source: image-synthesis thesis, Table 3.3 and equation 3.11. A batch has `image` (B, 3, R, R) in [-1, 1] and `label`
    (B,) int64 in 0..K-1. Logged beside the loss: the batch's accuracy before the step.
    A test compares pairs of faces, of the same person or not, by the cosine of their features (see
    lightning_modules.evaluation.Verification).

    Args:
        network: "table_3_3", the thesis's C; "resnet18", the recogniser of evaluations.
        classes: K.
        resolution: R: 8, 16, 32, 64 or 128.
        width: channels of the first convolution; all others scale with it.

    Attributes:
        class_names: of its training data, if they have any; stored in checkpoints.
    """

    evaluator: ClassVar[str] = "lightning_modules.evaluation.Verification"

    def __init__(
        self,
        network: NetworkName = "table_3_3",
        classes: int = 530,
        resolution: int = 128,
        width: int = 64,
        learning_rate: float = 2e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        max_iterations: int = 20_000,
    ) -> None:
        super().__init__(max_iterations)
        self.save_hyperparameters()
        if network not in NETWORKS:
            raise ConfigurationError(f"model.init_args.network: {network}; there are {', '.join(NETWORKS)}")
        self.classes, self.resolution = classes, resolution
        self.learning_rate, self.betas = learning_rate, betas
        self.class_names: list[str] = []
        self.network: FeatureNetwork = NETWORKS[network](classes, resolution, width)

    def setup(self, stage: str) -> None:
        require_same_data(self, self.classes, self.resolution)
        super().setup(stage)
        if stage == "fit":
            self.class_names = list(getattr(getattr(self._trainer, "datamodule", None), "class_names", []))

    def example_inputs(self, size: tuple[int, int], device: torch.device) -> dict[str, tuple[Tensor, ...]]:
        return {"network": (torch.zeros(1, 3, *size, device=device),)}

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (B, K) of images (B, 3, R, R) in [-1, 1]."""
        return self.network(images)

    def embed(self, images: Tensor) -> Tensor:
        """Return identity features (B, N) of images (B, 3, R, R) in [-1, 1]: the last layer's input."""
        return self.network.features(images)

    def name_of(self, label: int) -> str:
        """Return the name of a class, or its number if it has none."""
        return self.class_names[label] if self.class_names else f"label {label}"

    @property
    def generated_pictures(self) -> int:
        """Return the number of generated images in its training."""
        return 0

    def test_step(self, batch: Batch, batch_index: int) -> None:
        """Do nothing: a test computes features with `embed`."""

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        super().on_save_checkpoint(checkpoint)
        checkpoint["class_names"] = self.class_names

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        super().on_load_checkpoint(checkpoint)
        self.class_names = checkpoint.get("class_names", [])

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        logits = self(batch["image"])
        losses = {"L_C": F.cross_entropy(logits, batch["label"])}
        self.descend(self.optimizers(), losses["L_C"])
        return {**losses, "accuracy": (logits.argmax(1) == batch["label"]).float().mean()}

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.network.parameters(), self.learning_rate, self.betas, fused=True)
