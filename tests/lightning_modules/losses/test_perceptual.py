from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from torch import nn
from torchvision.models.vgg import cfgs, make_layers

from common.errors import ConfigurationError
from lightning_modules.losses import perceptual
from lightning_modules.losses.perceptual import (
    CONTENT_WEIGHTS,
    STYLE_WEIGHTS,
    TAPS,
    PerceptualLoss,
    load_vgg19_features,
)


def test_weights_are_those_of_the_published_code() -> None:
    expected = [3 / 640 / 32, 3 / 640 / 16, 3 / 640 / 8, 3 / 640 / 4, 3 / 640]
    assert pytest.approx(expected) == CONTENT_WEIGHTS
    assert pytest.approx([1 / 8, 1 / 11.5, 1 / 9, 1 / 14, 2.5]) == STYLE_WEIGHTS


def test_taps_are_rectified_second_convolutions_of_the_five_blocks() -> None:
    with torch.device("meta"):
        layers = list(make_layers(cfgs["E"], batch_norm=False))
    for block, tap in enumerate(TAPS):
        kinds = [type(layer) for layer in layers[: tap + 1]]
        assert kinds.count(nn.MaxPool2d) == block
        since_pool = kinds[len(kinds) - kinds[::-1].index(nn.MaxPool2d) :] if block else kinds
        assert since_pool == [nn.Conv2d, nn.ReLU, nn.Conv2d, nn.ReLU]


def test_terms_by_hand() -> None:
    """With the identity for features the terms follow from ImageNet's mean and deviation."""
    loss = PerceptualLoss(nn.Sequential(nn.Identity()), taps=(0,))
    white, black = torch.ones(1, 3, 2, 2), -torch.ones(1, 3, 2, 2)
    terms = loss(white, black)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x, y = (1 - mean) / std, -mean / std
    assert set(terms) == {"pixel", "content_1", "style_1"}
    assert terms["pixel"].item() == pytest.approx(2.0)
    assert terms["content_1"].item() == pytest.approx(3 / 640 / 32 * (1 / std).mean().item(), rel=1e-5)
    style = (torch.outer(x, x) - torch.outer(y, y)).abs().mean().item() / 8
    assert terms["style_1"].item() == pytest.approx(style, rel=1e-5)
    by_channels = PerceptualLoss(nn.Sequential(nn.Identity()), taps=(0,), gram_channels=True)(white, black)
    assert by_channels["style_1"].item() == pytest.approx(style / 3, rel=1e-5)


def test_gram_forgets_positions_and_content_does_not() -> None:
    torch.manual_seed(0)
    loss = PerceptualLoss(nn.Sequential(nn.Identity()), taps=(0,))
    image = torch.rand(1, 3, 4, 4) * 2 - 1
    terms = loss(image, image.flip(-1))
    assert terms["style_1"].item() == pytest.approx(0.0, abs=1e-6)
    assert terms["content_1"].item() > 0


def small_features() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Conv2d(4, 4, 1), nn.ReLU())


def test_features_are_frozen_stay_out_of_the_module_and_gradients_reach_the_image() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.appearance = PerceptualLoss(small_features(), taps=(1, 4))

    model = Model()
    assert not list(model.parameters()) and not model.state_dict() and not list(model.children())
    image = torch.rand(1, 3, 8, 8, requires_grad=True)
    target = torch.rand(1, 3, 8, 8, requires_grad=True)
    terms = model.appearance(image, target)
    assert set(terms) == {"pixel", "content_1", "style_1", "content_2", "style_2"}
    (sum(terms.values()) - terms["pixel"]).backward()
    assert image.grad is not None and image.grad.abs().sum() > 0
    assert target.grad is None or target.grad.abs().sum() == 0
    assert all(p.grad is None for p in model.appearance.features.parameters())


def test_missing_file_names_path_and_source(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"no file .*vgg\.pth; download https://\S+vgg19-dcbb9e9d\.pth"
    ) as info:
        load_vgg19_features(tmp_path / "vgg.pth")
    assert "\n" not in str(info.value)


def test_wrong_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "vgg.pth"
    path.write_bytes(b"not weights")
    digest = hashlib.sha256(b"not weights").hexdigest()[:8]
    with pytest.raises(ConfigurationError, match=rf"sha256 {digest}\.\.\., expected dcbb9e9d") as info:
        load_vgg19_features(path)
    assert "\n" not in str(info.value)


def test_right_file_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, path = small_features(), tmp_path / "vgg.pth"
    weights = {f"features.{k}": v for k, v in source.state_dict().items()}
    torch.save({**weights, "classifier.0.weight": torch.zeros(1)}, path)
    monkeypatch.setattr(perceptual, "SHA256_PREFIX", hashlib.sha256(path.read_bytes()).hexdigest()[:8])
    monkeypatch.setattr(perceptual, "make_layers", lambda *_, **__: small_features())
    loaded = load_vgg19_features(path)
    assert all(torch.equal(loaded.state_dict()[k], v) for k, v in source.state_dict().items())
