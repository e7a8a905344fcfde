"""A trained network inside another model: what is read, what is refused and why, and that nothing changes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from support.completion import loader, trainer
from torch import Tensor, nn

from common.errors import ConfigurationError
from lightning_modules.base import TrainedModule
from lightning_modules.callbacks.checkpointing import EVALUATED, Checkpoints
from lightning_modules.frozen import FrozenNetwork, Source, unregistered_network
from lightning_modules.weights import weights_digest

KEY = "model.init_args.teacher_checkpoint"


def layers(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, width), nn.BatchNorm1d(width))


class Teacher(TrainedModule):
    """A network and another beside it."""

    def __init__(self, width: int = 3, max_iterations: int = 1) -> None:
        super().__init__(max_iterations)
        self.save_hyperparameters()
        self.body, self.other = layers(width), nn.Linear(1, 1)

    def step(self, batch: Any, generator: torch.Generator) -> dict[str, Tensor]:
        loss = self.body(batch).square().mean()
        self.descend(self.optimizers(), loss)
        return {"L": loss}

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.body.parameters(), lr=0.1)


class Student(Teacher):
    """Reads a teacher's body."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source, self.reads = source, 0

    def teacher(self) -> FrozenNetwork[nn.Module]:
        return unregistered_network(self, "_teacher", self._read)

    def _read(self) -> FrozenNetwork[nn.Module]:
        self.reads += 1
        return FrozenNetwork(self.source.read_part("body", build))


def build(arguments: Mapping[str, Any]) -> nn.Module:
    return layers(arguments["width"])


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("teacher")
    trainer(folder, Checkpoints()).fit(Teacher(), loader([torch.randn(4, 2)]))
    return folder / EVALUATED["last"]


def source(path: Path, **changes: str) -> Source:
    return Source(KEY, path, "a Teacher", **changes)


def test_it_is_in_evaluation_mode_whatever_its_parent_is_told(checkpoint: Path) -> None:
    network = FrozenNetwork(source(checkpoint).read_part("body", build))
    parent = nn.Sequential(network).train()
    assert parent.training and not any(module.training for module in network.modules())
    before, inputs = network.digest, torch.randn(4, 2, requires_grad=True)
    network.network(inputs).square().sum().backward()
    assert network.digest == before == weights_digest(network.network)  # its running statistics too
    assert inputs.grad is not None and inputs.grad.any()
    assert all(parameter.grad is None for parameter in network.parameters())


def test_a_part_and_a_whole_model_are_those_of_the_checkpoint(checkpoint: Path) -> None:
    whole = source(checkpoint).read_model(Teacher)
    part = source(checkpoint).read_part("body", build)
    assert whole.hparams["width"] == 3
    weights = torch.load(checkpoint, weights_only=True)["state_dict"]
    assert all(torch.equal(value, weights[name]) for name, value in whole.state_dict().items())
    assert all(torch.equal(value, weights[f"body.{name}"]) for name, value in part.state_dict().items())


def test_a_model_reads_it_once_and_has_none_of_its_weights(checkpoint: Path) -> None:
    student = Student(source(checkpoint))
    names = set(student.state_dict())
    assert student.teacher() is student.teacher() and student.reads == 1
    assert set(student.state_dict()) == names and "_teacher" not in dict(student.named_children())
    student.train()
    assert not student.teacher().network.training
    with torch.device("meta"):
        student.to("meta")  # another device
    assert {p.device.type for p in student.teacher().parameters()} == {"meta"}


def broken(checkpoint: Path, folder: Path, how: str) -> Path:
    path, content = folder / "teacher.ckpt", torch.load(checkpoint, weights_only=True)
    if how == "truncated":
        path.write_bytes(checkpoint.read_bytes()[:-2000])
    elif how == "a note":
        path.write_text("to be done")
    elif how == "no hyper-parameters":
        torch.save({"state_dict": content["state_dict"]}, path)
    elif how == "another model":
        weights = {f"_{name}": value for name, value in content["state_dict"].items()}
        torch.save({**content, "state_dict": weights}, path)
    elif how == "code":
        torch.save({**content, "hyper_parameters": build}, path)
    return path


@pytest.mark.parametrize("part", [True, False])
@pytest.mark.parametrize("how", ["missing", "truncated", "a note", "no hyper-parameters", "another model", "code"])
def test_a_wrong_file_is_named_in_one_line(how: str, part: bool, checkpoint: Path, tmp_path: Path) -> None:
    if how == "no hyper-parameters" and not part:
        pytest.skip("a model without hyper-parameters has the defaults")
    wrong = source(broken(checkpoint, tmp_path, how))
    fix = "does not exist; train a Teacher first" if how == "missing" else "is not a complete checkpoint of a Teacher ("
    with pytest.raises(ConfigurationError) as caught:
        wrong.read_part("body", build) if part else wrong.read_model(Teacher)
    message = str(caught.value)
    assert message.startswith(f"{KEY}: {wrong.path} {fix}") and "\n" not in message and len(message) < 600
    assert how == "missing" or message.endswith("; train it again")


def test_the_fix_is_the_callers(tmp_path: Path) -> None:
    missing = source(tmp_path / "none.ckpt", first="train both first", fix="give another")
    with pytest.raises(ConfigurationError, match=r"does not exist; train both first$"):
        missing.read_model(Teacher)
    (tmp_path / "none.ckpt").write_text("a note")
    with pytest.raises(ConfigurationError, match=r"; give another$"):
        missing.read_model(Teacher)


def test_what_it_was_trained_with_must_be_what_it_is_used_with(tmp_path: Path) -> None:
    one = source(tmp_path / "teacher.ckpt")
    one.require_equal({"width": 3, "classes": 4}, {"width": 3})
    with pytest.raises(ConfigurationError) as caught:
        one.require_equal({"width": 3, "size": (64, 48)}, {"width": 3, "size": (48, 64)})
    assert str(caught.value) == (
        f"{KEY}: {tmp_path}/teacher.ckpt was trained with size (64, 48), and here size is (48, 64); "
        "train one with the same size"
    )


def test_long_values_are_not_printed_whole(tmp_path: Path) -> None:
    names = [f"person {n}" for n in range(100)]
    with pytest.raises(ConfigurationError) as caught:
        source(tmp_path).require_equal({"class_names": names}, {"class_names": [*names[:-1], "another"]})
    assert str(caught.value).endswith("was trained with other class_names; train one with the same class_names")
    text = r"class_names \['person 0', .{0,40}\.\.\., and here class_names is x"
    with pytest.raises(ConfigurationError, match=text):
        source(tmp_path).require_equal({"class_names": names}, {"class_names": "x"})
