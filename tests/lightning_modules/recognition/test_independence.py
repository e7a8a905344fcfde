"""A network that measures a model must not have trained it: copies are found by their weights, wherever they lie."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from support.class_images import classifier_checkpoint
from support.network_files import onnx_file, torchscript
from torch import Tensor, nn

from common.errors import ConfigurationError
from lightning_modules.recognition.independence import given_checkpoints, require_independent
from lightning_modules.recognition.weight_files import file_kind, stored_weights
from lightning_modules.weights import matrix_digests

KEY, SIZE = "evaluation.recogniser", (3, 3)


def network(seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    layers = nn.Sequential(nn.Conv2d(3, 8, 3, bias=False), nn.BatchNorm2d(8), nn.Flatten())
    layers[1].running_var.uniform_(0.5, 2)  # type: ignore[union-attr, operator]
    return layers.eval()


class Model(nn.Module):
    """A model that was given files."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__()
        self.own = network(99)
        self.hparams = arguments


def checkpoint(path: Path, content: nn.Module, prefix: str = "network.", **arguments: Any) -> Path:
    state = {f"{prefix}{name}": tensor for name, tensor in content.state_dict().items()}
    torch.save({"state_dict": state, "hyper_parameters": arguments}, path)
    return path


def refusal(weights: dict[str, Tensor], module: nn.Module) -> str:
    with pytest.raises(ConfigurationError) as caught:
        require_independent(KEY, "file", weights, module)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("kind", ["checkpoint", "torchscript", "frozen", "onnx"])
def test_the_network_that_a_model_was_given_is_refused_in_every_format(tmp_path: Path, kind: str) -> None:
    given = checkpoint(tmp_path / "given.ckpt", network(1), "classifier.")
    saved = {
        "checkpoint": lambda: checkpoint(tmp_path / "a.ckpt", network(1), "", other=3),
        "torchscript": lambda: torchscript(tmp_path / "a.pt", network(1), SIZE),
        "frozen": lambda: torchscript(tmp_path / "a.pt", network(1), SIZE, freeze=True),
        "onnx": lambda: onnx_file(tmp_path / "a.onnx", network(1), SIZE),
    }[kind]()
    message = refusal(dict(stored_weights(saved, KEY)), Model(teacher_checkpoint=str(given)))
    assert message.startswith(f"{KEY}: file has weights of a network that the model was trained against")
    assert f"model.init_args.teacher_checkpoint: {given}" in message


@pytest.mark.parametrize("kind", ["torchscript", "onnx"])
def test_what_a_model_was_given_may_be_of_every_format(tmp_path: Path, kind: str) -> None:
    given = {"torchscript": torchscript, "onnx": onnx_file}[kind](tmp_path / f"given.{kind}", network(1), SIZE)
    module = Model(teacher_checkpoint=str(given))
    assert "trained against" in refusal(network(1).state_dict(), module)
    require_independent(KEY, "file", network(2).state_dict(), module)


def test_a_network_of_another_training_is_taken(tmp_path: Path) -> None:
    given = checkpoint(tmp_path / "given.ckpt", network(1))
    require_independent(KEY, "file", network(2).state_dict(), Model(teacher_checkpoint=str(given)))


def test_one_shared_layer_is_enough(tmp_path: Path) -> None:
    given = checkpoint(tmp_path / "given.ckpt", network(1))
    half = {"other": torch.randn(5, 5), "layer": network(1)[0].weight}
    assert "trained against" in refusal(half, Model(teacher_checkpoint=str(given)))


def test_the_models_own_weights_are_refused() -> None:
    assert "the model that it is to measure" in refusal(network(99).state_dict(), Model())


def test_weights_that_cannot_be_compared_are_refused_where_there_is_something_to_compare(tmp_path: Path) -> None:
    quantised = {"weight": torch.arange(99, dtype=torch.int8).reshape(9, 11)}
    require_independent(KEY, "file", quantised, Model())
    given = checkpoint(tmp_path / "given.ckpt", network(1))
    assert "no weight matrices" in refusal(quantised, Model(teacher_checkpoint=str(given)))


def test_what_a_given_network_was_given_counts_too(tmp_path: Path) -> None:
    first = checkpoint(tmp_path / "first.ckpt", network(1))
    second = checkpoint(tmp_path / "second.ckpt", network(2), classifier_checkpoint=str(first), width=3)
    module = Model(teacher_checkpoint=str(second))
    assert [path for _, path in given_checkpoints(module)] == [str(second), str(first)]
    assert "model.init_args.teacher_checkpoint.classifier_checkpoint" in refusal(network(1).state_dict(), module)


def test_files_are_those_of_arguments_attributes_and_the_tested_checkpoint_each_once(tmp_path: Path) -> None:
    files = [checkpoint(tmp_path / f"{n}.ckpt", network(n)) for n in range(3)]
    tested = checkpoint(tmp_path / "tested.ckpt", network(9), a_checkpoint=str(files[0]), b_checkpoint=str(files[1]))
    module: Any = Model(a_checkpoint=str(files[0]), c_checkpoint=None, e=1)
    module.classifier_checkpoint = files[2]
    module._trainer = SimpleNamespace(ckpt_path=str(tested))
    assert [path for _, path in given_checkpoints(module)] == [str(files[2]), str(files[0]), str(files[1])]


def test_a_file_that_is_gone_cannot_be_compared(tmp_path: Path) -> None:
    gone = tmp_path / "gone.ckpt"
    teacher = checkpoint(tmp_path / "teacher.ckpt", network(2), classifier_checkpoint=str(gone))
    for argument, module in {
        "teacher_checkpoint.classifier_checkpoint": Model(teacher_checkpoint=str(teacher)),
        "classifier_checkpoint": Model(classifier_checkpoint=str(gone)),
    }.items():
        message = refusal(network(1).state_dict(), module)
        assert message.startswith(f"model.init_args.{argument}: {gone}, which") and "no longer exists" in message


def test_trainings_in_a_round_come_to_an_end(tmp_path: Path) -> None:
    one, other = tmp_path / "one.ckpt", tmp_path / "other.ckpt"
    checkpoint(one, network(1), a_checkpoint=str(other))
    checkpoint(other, network(2), a_checkpoint=str(one))
    assert len(list(given_checkpoints(Model(a_checkpoint=str(one))))) == 2


def test_files_with_merged_normalisation_are_those_that_tools_write(tmp_path: Path) -> None:
    for path in (
        torchscript(tmp_path / "a.pt", network(1), SIZE, freeze=True),
        onnx_file(tmp_path / "a.onnx", network(1), SIZE),
    ):
        assert not matrix_digests(stored_weights(path, KEY)) & matrix_digests(network(1).state_dict())


def test_every_matrix_of_a_real_classifier_is_compared(tmp_path: Path) -> None:
    path = classifier_checkpoint(tmp_path)
    weights = stored_weights(path, KEY)
    assert len(matrix_digests(weights)) == sum(tensor.dim() > 1 for tensor in weights.values())


@pytest.mark.parametrize("name", ["x.ckpt", "x.onnx", "x.pt"])
def test_a_broken_file_is_one_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"nothing")
    with pytest.raises(ConfigurationError, match=f"^{KEY}: .*{name} is not a complete ") as caught:
        stored_weights(path, KEY)
    assert "\n" not in str(caught.value)


def test_kinds_are_told_by_content(tmp_path: Path) -> None:
    assert file_kind(checkpoint(tmp_path / "a.pt", network(1))) == "checkpoint"
    assert file_kind(torchscript(tmp_path / "b.ckpt", network(1), SIZE)) == "TorchScript"
    assert file_kind(tmp_path / "c.onnx") == "ONNX"
