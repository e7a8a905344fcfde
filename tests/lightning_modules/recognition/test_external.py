"""Recognisers in files: what they are shown, what they give, and what is refused."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from support.class_images import SIZE as CLASSIFIER_SIZE
from support.class_images import classifier_checkpoint
from support.network_files import onnx_file, torchscript
from torch import Tensor, nn
from torch.nn import functional as F

from common.errors import ConfigurationError
from common.files import file_digest
from lightning_modules.recognition import Classifier, RecogniserFile, load_recogniser
from lightning_modules.weights import weights_digest

KEY = "evaluation.recogniser"
SIZE = (6, 4)  # height and width differ


class Pixels(nn.Module):
    """Gives back what it is shown, after a layer that changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.norm = nn.Conv2d(3, 3, 1, bias=False), nn.BatchNorm2d(3, eps=0)
        nn.init.eye_(self.layer.weight.data[:, :, 0, 0])

    def forward(self, images: Tensor) -> Tensor:
        return self.norm(self.layer(images)).flatten(1)


class Named(Pixels):
    """Other things first, features by name."""

    def forward(self, images: Tensor) -> Any:
        found = super().forward(images)
        return {"sum": found.sum(1, keepdim=True), "features": found}


class Two(Pixels):
    def forward(self, images: Tensor) -> Any:
        found = super().forward(images)
        return found.sum(1, keepdim=True), found


def write(kind: str, folder: Path, network: nn.Module | None = None, **options: Any) -> str:
    path = folder / {"onnx": "face.onnx", "torchscript": "face.pt"}[kind]
    return str({"onnx": onnx_file, "torchscript": torchscript}[kind](path, network or Pixels(), SIZE, **options))


def images(count: int = 5, size: tuple[int, int] = SIZE) -> Tensor:
    return torch.rand(count, 3, *size, generator=torch.Generator().manual_seed(0)) * 2 - 1


kinds = pytest.mark.parametrize("kind", ["onnx", "torchscript"])


@kinds
def test_images_are_as_the_file_states(kind: str, tmp_path: Path) -> None:
    path, shown = write(kind, tmp_path), images()
    plain = load_recogniser(RecogniserFile(path, SIZE), KEY)
    torch.testing.assert_close(plain(shown), shown.flatten(1))
    assert plain.dimensions == 72 and plain(shown).dtype == torch.float32
    bytes_ = load_recogniser(RecogniserFile(path, SIZE, (0.0, 255.0), "BGR"), KEY)(shown)
    torch.testing.assert_close(bytes_, ((shown.flip(1) + 1) * 127.5).flatten(1))
    unit = load_recogniser(RecogniserFile(path, SIZE, (0.0, 1.0)), KEY)(shown)
    torch.testing.assert_close(unit, ((shown + 1) / 2).flatten(1))


@kinds
def test_other_sizes_are_resized_with_antialiasing(kind: str, tmp_path: Path) -> None:
    network = load_recogniser(RecogniserFile(write(kind, tmp_path), SIZE), KEY)
    for size in ((30, 50), (6, 50), (30, 4)):  # one side may be right
        large = images(size=size)
        expected = F.interpolate(large, SIZE, mode="bilinear", align_corners=False, antialias=True)
        torch.testing.assert_close(network(large), expected.flatten(1))


@kinds
def test_settings_as_yaml_gives_them(kind: str, tmp_path: Path) -> None:
    path = write(kind, tmp_path)
    lists = RecogniserFile(path, [6, 4], [0, 255])  # type: ignore[arg-type]
    torch.testing.assert_close(load_recogniser(lists, KEY)(images()), ((images() + 1) * 127.5).flatten(1))


@kinds
def test_it_is_frozen_and_known_by_its_content(kind: str, tmp_path: Path) -> None:
    path = write(kind, tmp_path)
    found = load_recogniser(RecogniserFile(path, SIZE), KEY)
    found.train()
    assert not found.training and not any(p.requires_grad for p in found.parameters())
    assert found.digest == file_digest(path) and found.people == ()
    name = {"onnx": "ONNX face.onnx", "torchscript": "TorchScript face.pt"}[kind]
    assert found.description == f"{name}, 72 features of 6 x 4 images, RGB in [-1.0, 1.0]"
    other = load_recogniser(RecogniserFile(path, SIZE, (0.0, 255.0), "BGR"), KEY)
    assert other.description == f"{name}, 72 features of 6 x 4 images, BGR in [0.0, 255.0]"
    assert any(tensor.shape == (3, 3, 1, 1) for tensor in found.weights.values())


def test_a_classifier_is_taken_for_its_features_whatever_its_people(tmp_path: Path) -> None:
    path = classifier_checkpoint(tmp_path, classes=7)
    found = load_recogniser(RecogniserFile(str(path)), KEY)
    trained = Classifier.load_from_checkpoint(path, weights_only=True).eval()
    shown = images(size=(CLASSIFIER_SIZE, CLASSIFIER_SIZE))
    torch.testing.assert_close(found(shown), trained.embed(shown))
    assert found.digest == weights_digest(trained.network) and found.dimensions == trained.network.sizes["fc"]
    assert found(images(size=(40, 40))).shape == (5, found.dimensions)
    assert "7" not in str(found.people)


def test_people_of_a_classifier_are_known(tmp_path: Path) -> None:
    path = classifier_checkpoint(tmp_path)
    content = torch.load(path, weights_only=True)
    torch.save({**content, "class_names": ["a", "b", "c", "d"]}, path)
    assert load_recogniser(RecogniserFile(str(path)), KEY).people == ("a", "b", "c", "d")


def test_an_onnx_graph_of_one_image_takes_them_in_turn(tmp_path: Path) -> None:
    found = load_recogniser(RecogniserFile(write("onnx", tmp_path, batch=1), SIZE), KEY)
    torch.testing.assert_close(found(images()), images().flatten(1))


def test_an_output_is_chosen_by_name(tmp_path: Path) -> None:
    onnx = write("onnx", tmp_path, Two(), output_names=["sum", "features"])
    script = write("torchscript", tmp_path, Named())
    for path in (onnx, script):
        assert load_recogniser(RecogniserFile(path, SIZE), KEY).dimensions == 1
        assert load_recogniser(RecogniserFile(path, SIZE, output="features"), KEY).dimensions == 72
        assert "fails on images" in refusal(RecogniserFile(path, SIZE, output="nothing"))


def test_the_first_of_several_outputs_without_names(tmp_path: Path) -> None:
    path = write("torchscript", tmp_path, Two())
    assert load_recogniser(RecogniserFile(path, SIZE), KEY).dimensions == 1
    assert "leave `output` out" in refusal(RecogniserFile(path, SIZE, output="features"))


def refusal(file: RecogniserFile) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_recogniser(file, KEY)
    message = str(caught.value)
    assert message.startswith(KEY) and "\n" not in message
    return message


@kinds
def test_bad_settings_are_one_line(kind: str, tmp_path: Path) -> None:
    path = write(kind, tmp_path)
    if kind == "onnx":  # a graph of fixed sides
        assert f"{path} fails on images (2, 3, 2, 2)" in refusal(RecogniserFile(path, (2, 2)))
    assert f"{KEY}.size: None; state the (H, W) of the images that {path} takes" in refusal(RecogniserFile(path))
    assert f"{KEY}.size: (0, 4)" in refusal(RecogniserFile(path, (0, 4)))
    assert f"{KEY}.range: [1, 1]" in refusal(RecogniserFile(path, SIZE, (1, 1)))
    assert "does not exist" in refusal(RecogniserFile(f"{path}.gone", SIZE))
    Path(path).write_bytes(b"nothing")
    assert "is not a complete" in refusal(RecogniserFile(path, SIZE))


def test_a_checkpoint_says_itself_what_it_takes(tmp_path: Path) -> None:
    path = str(classifier_checkpoint(tmp_path))
    assert "give its path alone" in refusal(RecogniserFile(path, SIZE))
    assert "give its path alone" in refusal(RecogniserFile(path, channels="BGR"))


def test_outputs_that_are_not_of_each_image_are_refused(tmp_path: Path) -> None:
    class Mean(Pixels):
        def forward(self, images: Tensor) -> Tensor:
            return super().forward(images).mean(0, keepdim=True)

    assert "gives (1, 72) for 2 images" in refusal(RecogniserFile(write("torchscript", tmp_path, Mean()), SIZE))


def test_onnx_without_its_packages_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("onnx", tmp_path)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert "pip install 'paper-tables[onnx]'" in refusal(RecogniserFile(path, SIZE))
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert "pip install 'paper-tables[onnx]'" in refusal(RecogniserFile(path, SIZE))


def test_a_digest_is_of_the_weights_beside_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(b"graph")
    first = file_digest(path)
    (tmp_path / "a.onnx.data").write_bytes(b"weights")
    second = file_digest(path)
    (tmp_path / "a.onnx.data").write_bytes(b"others")
    assert len({first, second, file_digest(path)}) == 3
