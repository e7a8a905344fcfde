"""Common parts of weN and FiNet: codes of target and context, a shape stage, a texture stage, and their inference."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Literal, NamedTuple

import torch
from torch import Tensor, nn

from common.errors import ConfigurationError
from lightning_modules.base import Batch, GenerativeModule
from lightning_modules.fashion_completion.conditioning import (
    composite,
    context,
    mask_image,
    one_stage_condition,
    shape_condition,
    texture_condition,
)
from lightning_modules.fashion_completion.palette import colour
from lightning_modules.frozen import FrozenNetwork, Source, unregistered_network
from lightning_modules.losses.perceptual import TAPS, PerceptualLoss
from lightning_modules.losses.vgg import VggFeatures
from lightning_modules.randomness import normal, normal_for_each

#: Deviations from the paper: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 3.2, equations (2-21) to (2-24)",
        "the appearance loss is VGG-19 content and style",
        "L1 at every output scale, unless appearance_loss is vgg",
        "the printed counts of G have four scales, which suit an L1 loss; VGG weights have to be downloaded",
    ),
    (
        "Section 3.2, equations (2-21) and (2-23)",
        "content and style weights are those of two other papers",
        "with appearance_loss vgg: the weights of the author's later code, rectified conv*_2 layers, Gram "
        "matrices over H W",
        "the two papers do not agree, and the thesis prints no number",
    ),
    (
        "Section 3.1, testing",
        "z ~ N(0, 1), and later in the text z from Ec",
        "z from Ec",
        "the second replaces the first once Ec is introduced",
    ),
)

AppearanceLoss = Literal["multiscale_l1", "vgg"]


class Code(NamedTuple):
    """A diagonal Gaussian over latent codes: mean and standard deviation, (B, Z) or (B, Z, h, w)."""

    mean: Tensor
    deviation: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """Return mean + deviation * noise; gradients reach mean and deviation."""
        return self.mean + self.deviation * noise


class CompletionModule(GenerativeModule):
    """A stage of two-stage completion: z from the target garment in training, from the other garments in testing."""

    generator: nn.Module
    encoder: nn.Module
    context_encoder: nn.Module

    @abstractmethod
    def target(self, batch: Batch) -> Tensor:
        """Return the encoder E's input: the garment that is to be completed."""

    @abstractmethod
    def decode(self, condition: Tensor, z: Tensor, visible: Tensor) -> Tensor:
        """Return the generator's finest output (B, C, H, W)."""

    def codes(self, batch: Batch) -> tuple[Code, Code]:
        """Return q_E of the target garment and q_C of its context."""
        return Code(*self.encoder(self.target(batch))), Code(*self.context_encoder(context(batch)))

    def test_latent(self, batch: Batch, generator: torch.Generator | None) -> Tensor:
        """Sample z ~ q_C, the only code available when the target is unknown (thesis, section 3.1)."""
        code = Code(*self.context_encoder(context(batch)))
        shape = code.mean.shape
        if generator is not None:
            return code.sample(normal(shape, generator, code.mean))
        return code.sample(normal_for_each(batch["index"], shape[1:], type(self).__name__, code.mean))

    def example_inputs(self, size: tuple[int, int], device: torch.device) -> dict[str, tuple[Tensor, ...]]:
        shapes = {"person": (3,), "visible": (1,), "garments": (4, 3), "target_garment": (3,), "target_shape": (1,)}
        batch = {name: torch.zeros(1, *shape, *size, device=device) for name, shape in shapes.items()}
        batch["parsing"] = torch.zeros(1, *size, dtype=torch.int64, device=device)
        batch["keypoints"] = torch.zeros(1, 18, 3, device=device)
        if isinstance(self, TextureModule):
            condition = self.condition(batch, batch["parsing"])
        else:
            condition = shape_condition(batch)
        return {
            "encoder": (self.target(batch),),
            "context_encoder": (context(batch),),
            "generator": (condition, self.encoder(self.target(batch))[0]),
            "discriminator": (batch["person"],),
        }

    @property
    def code_parameters(self) -> list[nn.Parameter]:
        """Parameters of the first optimiser: G, E and Ec."""
        return [p for net in (self.generator, self.encoder, self.context_encoder) for p in net.parameters()]


class ShapeModule(CompletionModule):
    """Stage 1: completes the class map of the person."""

    def target(self, batch: Batch) -> Tensor:
        """Return x_s (B, 1, H, W) in {0, 1}."""
        return batch["target_shape"]

    def predict_parsing(self, batch: Batch, generator: torch.Generator | None = None) -> Tensor:
        """Return the completed class map (B, H, W) int64, exactly the input's outside the hole."""
        logits = self.decode(shape_condition(batch), self.test_latent(batch, generator), batch["visible"])
        return composite(logits.argmax(1), batch["parsing"], batch["visible"][:, 0])

    def generate(self, batch: Batch, generator: torch.Generator | None = None) -> Tensor:
        """Return the completed class map in colours (B, 3, H, W)."""
        return colour(self.predict_parsing(batch, generator))

    def preview(self, batch: Batch) -> dict[str, Tensor]:
        truth = colour(batch["parsing"])
        return {"input": mask_image(truth, batch["visible"]), "completed": self.generate(batch), "truth": truth}

    def selection_step(self, batch: Batch, batch_index: int) -> dict[str, Any]:
        """Return the inputs of a weight selection: completed class maps, and their colours."""
        predicted, truth = self.predict_parsing(batch), batch["parsing"]
        return {
            "real": colour(truth),
            "generated": {"single": colour(predicted)},
            "segmentation": {"predicted": predicted, "truth": truth, "hole": 1 - batch["visible"]},
        }


class TextureModule(CompletionModule):
    """Stage 2: completes the image, given a class map (or a pose, where there is no first stage).

    In training the class map is the ground truth; in testing it comes from the shape stage in `shape_checkpoint`.
    """

    offered_applications = "lightning_modules.fashion_completion.applications.APPLICATIONS"
    shape_class: ClassVar[type[ShapeModule]]
    two_stage: bool
    shape_checkpoint: str | None

    def target(self, batch: Batch) -> Tensor:
        """Return x_a (B, 3, H, W) in [-1, 1]."""
        return batch["target_garment"]

    def condition(self, batch: Batch, parsing: Tensor) -> Tensor:
        """Return the generator's input without z."""
        return texture_condition(batch, parsing) if self.two_stage else one_stage_condition(batch)

    def complete(self, batch: Batch, parsing: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return the completed person (B, 3, H, W) in [-1, 1], exactly the input outside the hole."""
        z = self.test_latent(batch, generator)
        image = self.decode(self.condition(batch, parsing), z, batch["visible"])
        return composite(image, batch["person"], batch["visible"])

    def predicted_parsing(self, batch: Batch) -> Tensor:
        """(B, H, W) int64: the shape stage's class map. Raises ConfigurationError where there is no shape stage."""
        return self.shape_stage().predict_parsing(batch)

    def shape_stage(self) -> ShapeModule:
        """Return the trained shape stage, read once and no part of this module's own weights."""
        return unregistered_network(self, "_shape_stage", self._read_shape_stage).network

    def _read_shape_stage(self) -> FrozenNetwork[ShapeModule]:
        key = "model.init_args.shape_checkpoint"
        if self.shape_checkpoint is None:
            raise ConfigurationError(
                f"{key} is not set: testing a texture stage needs the checkpoint of a shape stage trained on the same "
                "data (ablations/fashion_completion/shape.yaml)"
            )
        source = Source(key, self.shape_checkpoint, self.shape_class.__name__, first="train that stage first")
        return FrozenNetwork(source.read_model(self.shape_class))

    def generate(self, batch: Batch, generator: torch.Generator | None = None) -> Tensor:
        """Return the completed image, from the shape stage's class map if the model has two stages."""
        parsing = batch["parsing"]
        if self.two_stage:
            parsing = self.shape_stage().predict_parsing(batch, generator)
        return self.complete(batch, parsing, generator)

    def preview(self, batch: Batch) -> dict[str, Tensor]:
        inputs = mask_image(batch["person"], batch["visible"])
        return {"input": inputs, "completed": self.complete(batch, batch["parsing"]), "truth": batch["person"]}

    def test_step(self, batch: Batch, batch_index: int) -> dict[str, Any]:
        """Return the evaluator's inputs: from predicted class maps (the headline) and from ground-truth class maps."""
        measured: dict[str, Any] = {
            "real": batch["person"],
            "inputs": mask_image(batch["person"], batch["visible"]),
            "name": batch["name"],
        }
        if not self.two_stage:
            return {**measured, "generated": {"single": self.complete(batch, batch["parsing"])}}
        predicted = self.predicted_parsing(batch)
        measured["generated"] = {
            "predicted_parsing": self.complete(batch, predicted),
            "ground_truth_parsing": self.complete(batch, batch["parsing"]),
        }
        measured["segmentation"] = {"predicted": predicted, "truth": batch["parsing"], "hole": 1 - batch["visible"]}
        return measured

    def selection_step(self, batch: Batch, batch_index: int) -> dict[str, Any]:
        """Return as `test_step`; from ground-truth class maps without a shape stage, as stages train separately."""
        if self.two_stage and self.shape_checkpoint is None:
            completed = self.complete(batch, batch["parsing"])
            return {"real": batch["person"], "generated": {"ground_truth_parsing": completed}}
        return self.test_step(batch, batch_index)


def perceptual_loss(appearance_loss: AppearanceLoss, vgg_weights: str | None) -> PerceptualLoss | None:
    """Return the VGG part of an appearance loss, or None.

    Raises:
        ConfigurationError: "vgg" without the file of its weights, or with a wrong one.
    """
    if appearance_loss != "vgg":
        return None
    if vgg_weights is None:
        raise ConfigurationError(
            'model.init_args.vgg_weights is not set: appearance_loss "vgg" needs the file of torchvision\'s VGG-19 '
            'weights; give its path, or use appearance_loss "multiscale_l1", which needs none'
        )
    return PerceptualLoss(VggFeatures("vgg19", TAPS, weights=vgg_weights))
