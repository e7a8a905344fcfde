"""A trained generator inside another model: it makes pictures, and nothing changes it."""

from __future__ import annotations

import pickle
from pathlib import Path

import torch
from torch import Tensor, nn

from common.errors import ConfigurationError, one_line
from lightning_modules.conditional_gan.networks.generator import Generator
from lightning_modules.metrics.images import to_uint8

#: The arguments of every conditional model that say how large its G is.
SIZES = ("classes", "latent_dim", "resolution", "width")
#: What the names of G's weights begin with in its model's checkpoint.
PREFIX = "generator."


class FrozenGenerator(nn.Module):
    """A trained G without gradients, in evaluation mode whatever it is told.

    Attributes:
        latent_dim: Z, numbers of the code that it takes.
    """

    def __init__(self, generator: Generator, latent_dim: int) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.generator = generator.requires_grad_(False).to(memory_format=torch.channels_last)
        self.eval()

    def train(self, mode: bool = True) -> FrozenGenerator:
        """Does nothing: running statistics are what pictures of the prior's codes are made with."""
        return super().train(False)

    @torch.no_grad()
    def forward(self, z: Tensor, vectors: Tensor) -> Tensor:
        """(B, 3, R, R) in [-1, 1], as they would be read back from 8-bit files: of codes (B, Z) and classes (B, K)."""
        return to_uint8(self.generator(z, vectors)).to(torch.float32).div_(127.5).sub_(1.0)


def load_generator(
    path: str | Path, classes: int, resolution: int, key: str = "model.init_args.generator_checkpoint"
) -> FrozenGenerator:
    """Reads G out of the checkpoint of any trained conditional model (CVAE, CGAN, FM-CGAN, CVAE-GAN).

    Args:
        path: weights-only checkpoint that such a training left; its own arguments tell the sizes.
        classes: how many classes G must know.
        resolution: the side of the pictures that it must make.
        key: the setting that named the file, for messages.

    Raises:
        ConfigurationError: no such file, not a whole checkpoint, of a model without such a G, or for other classes or
            pictures; one line that names key, file and mend.
    """
    where = f"{key}: {path}"
    if not Path(path).is_file():
        raise ConfigurationError(f"{where} does not exist; train a conditional model first, such as CVAEGAN")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        sizes = {name: int(content["hyper_parameters"][name]) for name in SIZES}
        generator = Generator(**sizes)
        weights = {name: tensor for name, tensor in content["state_dict"].items() if name.startswith(PREFIX)}
        generator.load_state_dict({name.removeprefix(PREFIX): tensor for name, tensor in weights.items()})
    except Exception as error:  # torch raises many kinds for broken files
        raise ConfigurationError(
            f"{where} is not a whole checkpoint of a conditional model ({_reason(error)}); give that of a CVAE, CGAN, "
            "FMCGAN or CVAEGAN"
        ) from error
    for name, ours in (("classes", classes), ("resolution", resolution)):
        if sizes[name] != ours:
            raise ConfigurationError(
                f"{where} was trained with {name} {sizes[name]}, and here {name} is {ours}; train one with the same "
                f"{name}"
            )
    return FrozenGenerator(generator, sizes["latent_dim"])


def _reason(error: Exception) -> str:
    if isinstance(error, pickle.UnpicklingError):
        return "no torch file"
    return f"it has no {error}" if isinstance(error, KeyError) else one_line(error)[:200]
