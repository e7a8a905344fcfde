from __future__ import annotations

import pytest
import torch
from torch import nn
from torchvision.models import vgg19

from lightning_modules.losses.perceptual import CONTENT_WEIGHTS, STYLE_WEIGHTS, TAPS, PerceptualLoss
from lightning_modules.losses.vgg import TappedLayers, tap_positions


def test_weights_are_those_of_the_published_code() -> None:
    expected = [3 / 640 / 32, 3 / 640 / 16, 3 / 640 / 8, 3 / 640 / 4, 3 / 640]
    assert pytest.approx(expected) == CONTENT_WEIGHTS
    assert pytest.approx([1 / 8, 1 / 11.5, 1 / 9, 1 / 14, 2.5]) == STYLE_WEIGHTS


def test_taps_are_rectified_second_convolutions_of_the_five_blocks() -> None:
    with torch.device("meta"):
        layers = list(vgg19().features)
    positions = tap_positions(nn.Sequential(*layers))
    for block, tap in enumerate(TAPS):
        kinds = [type(layer) for layer in layers[: positions[tap] + 1]]
        assert kinds.count(nn.MaxPool2d) == block
        since_pool = kinds[len(kinds) - kinds[::-1].index(nn.MaxPool2d) :] if block else kinds
        assert since_pool == [nn.Conv2d, nn.ReLU, nn.Conv2d, nn.ReLU]


def test_terms_by_hand() -> None:
    """With the identity for features the terms follow from ImageNet's mean and deviation."""
    loss = PerceptualLoss(TappedLayers(nn.Sequential(nn.Identity()), (0,)))
    white, black = torch.ones(1, 3, 2, 2), -torch.ones(1, 3, 2, 2)
    terms = loss(white, black)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x, y = (1 - mean) / std, -mean / std
    assert set(terms) == {"pixel", "content_1", "style_1"}
    assert terms["pixel"].item() == pytest.approx(2.0)
    assert terms["content_1"].item() == pytest.approx(3 / 640 / 32 * (1 / std).mean().item(), rel=1e-5)
    style = (torch.outer(x, x) - torch.outer(y, y)).abs().mean().item() / 8
    assert terms["style_1"].item() == pytest.approx(style, rel=1e-5)
    by_channels = PerceptualLoss(TappedLayers(nn.Sequential(nn.Identity()), (0,)), gram_channels=True)(white, black)
    assert by_channels["style_1"].item() == pytest.approx(style / 3, rel=1e-5)


def test_gram_forgets_positions_and_content_does_not() -> None:
    torch.manual_seed(0)
    loss = PerceptualLoss(TappedLayers(nn.Sequential(nn.Identity()), (0,)))
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
            self.appearance = PerceptualLoss(TappedLayers(small_features(), (1, 4)))

    model = Model()
    assert not list(model.parameters()) and not model.state_dict() and not list(model.children())
    image = torch.rand(1, 3, 8, 8, requires_grad=True)
    target = torch.rand(1, 3, 8, 8, requires_grad=True)
    terms = model.appearance(image, target)
    assert set(terms) == {"pixel", "content_1", "style_1", "content_2", "style_2"}
    (sum(terms.values()) - terms["pixel"]).backward()
    assert image.grad is not None and image.grad.abs().sum() > 0
    assert target.grad is None or target.grad.abs().sum() == 0
    assert all(p.grad is None for p in model.appearance.features.layers.parameters())


def test_terms_are_those_of_the_formula_to_the_bit() -> None:
    """The code that finished runs were trained with, written out."""
    torch.manual_seed(0)
    layers, taps = small_features(), (1, 4)
    image, target = torch.rand(2, 2, 3, 9, 8) * 2 - 1
    mean, std = (torch.tensor(v).reshape(3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))

    def tapped(x: torch.Tensor) -> list[torch.Tensor]:
        x, outputs = ((x + 1) / 2 - mean) / std, []
        for index, layer in enumerate(layers):
            x = layer(x)
            outputs += [x] if index in taps else []
        return outputs

    def gram(features: torch.Tensor) -> torch.Tensor:
        flat = features.flatten(2)
        return flat @ flat.transpose(1, 2) / flat.shape[2]

    terms = PerceptualLoss(TappedLayers(layers, taps))(image, target)
    for number, (x, y) in enumerate(zip(tapped(image), tapped(target), strict=True)):
        assert torch.equal(terms[f"content_{number + 1}"], CONTENT_WEIGHTS[number] * (x - y).abs().mean())
        assert torch.equal(terms[f"style_{number + 1}"], STYLE_WEIGHTS[number] * (gram(x) - gram(y)).abs().mean())
