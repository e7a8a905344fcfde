"""A trained network inside another model: read from a checkpoint, checked, without gradients, in evaluation mode.

Uses: a classifier whose features are matched, a generator of more training images, the first of two stages.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytorch_lightning as pl
from torch import nn

from common.errors import ConfigurationError, one_line
from lightning_modules.checkpoint_file import load_checkpoint
from lightning_modules.weights import weights_digest

Network = TypeVar("Network", bound=nn.Module)
Held = TypeVar("Held", bound=nn.Module)
Model = TypeVar("Model", bound=pl.LightningModule)

_LONGEST = 200  # characters of a reason in a message
_LONGEST_VALUE = 40  # characters of a value in a message


class FrozenNetwork(nn.Module, Generic[Network]):
    """Trained network whose weights get no gradient, in evaluation mode whatever `train()` says.

    Gradients pass through it to its inputs.

    Attributes:
        network: the trained network.
    """

    network: Network

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network.requires_grad_(False)
        self.eval()

    def train(self, mode: bool = True) -> FrozenNetwork[Network]:
        """Stay in evaluation mode, which uses the running statistics."""
        return super().train(False)

    @property
    def digest(self) -> str:
        """Digest of the weights; see `weights_digest`."""
        return weights_digest(self.network)


@dataclass(frozen=True)
class Source:
    """Checkpoint of another training, as a setting names it.

    Args:
        key: the setting, for messages: "model.init_args.classifier_checkpoint".
        path: weights-only checkpoint.
        model: the models that write such a checkpoint, for messages: "a Classifier".
        first: the fix if there is no file; by default "train <model> first".
        fix: the fix if the file is not such a checkpoint.
    """

    key: str
    path: str | Path
    model: str
    first: str = ""
    fix: str = "train it again"

    def __str__(self) -> str:
        return f"{self.key}: {self.path}"

    def read_model(self, kind: type[Model]) -> Model:
        """Return the model with the hyper-parameters of its training, on the CPU.

        Raises:
            ConfigurationError: no such file, not a complete checkpoint, or of another model; one line.
        """
        with self._name_errors():
            return kind.load_from_checkpoint(self.path, map_location="cpu", weights_only=True)

    def read_part(self, prefix: str, build: Callable[[Mapping[str, Any]], Network]) -> Network:
        """Return one network of the model, on the CPU.

        Args:
            prefix: attribute of the model that holds the network, such as "generator".
            build: takes the model's hyper-parameters, returns the network; raises KeyError if one is missing.

        Raises:
            ConfigurationError: no such file, not a complete checkpoint, or of a model without such a network; one line.
        """
        with self._name_errors():
            content = load_checkpoint(self.path)
            network = build(content["hyper_parameters"])
            start = f"{prefix}."
            weights = {n.removeprefix(start): w for n, w in content["state_dict"].items() if n.startswith(start)}
            network.load_state_dict(weights)
            return network

    def require_equal(self, trained: Mapping[str, object], expected: Mapping[str, object]) -> None:
        """Compare the settings of the network's training (`trained`) with those of its use (`expected`), by name.

        Raises:
            ConfigurationError: a value of `expected` differs; one line.
        """
        for name, ours in expected.items():
            if trained[name] != ours:
                theirs, here = _shorten(trained[name]), _shorten(ours)
                values = f"{name} {theirs}, and here {name} is {here}" if theirs != here else f"other {name}"
                raise ConfigurationError(f"{self} was trained with {values}; train one with the same {name}")

    @contextmanager
    def _name_errors(self) -> Iterator[None]:
        if not Path(self.path).is_file():
            raise ConfigurationError(f"{self} does not exist; {self.first or f'train {self.model} first'}")
        try:
            yield
        except Exception as error:  # torch raises many kinds for broken files
            raise ConfigurationError(
                f"{self} is not a complete checkpoint of {self.model} ({_reason(error)}); {self.fix}"
            ) from error


def unregistered_network(owner: pl.LightningModule, name: str, read: Callable[[], Held]) -> Held:
    """Return a network that a model uses but does not own, on the model's device, read at the first call.

    It is a plain attribute of the model, so it is in neither its weights, its checkpoints nor its `train()`.

    Args:
        name: name of the attribute.
        read: function that returns the network.
    """
    if name not in owner.__dict__:
        owner.__dict__[name] = read()  # not by setattr, with which nn.Module registers it
    network: Held = owner.__dict__[name]
    return network.to(owner.device)


def _reason(error: Exception) -> str:
    if isinstance(error, pickle.UnpicklingError):
        return "not a torch file"
    return f"it has no {error}" if isinstance(error, KeyError) else one_line(error)[:_LONGEST]


def _shorten(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
