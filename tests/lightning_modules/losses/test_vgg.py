"""Features of VGG and distances in them: taps by name, numbers by hand, LPIPS as torchmetrics has it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import torch
import torchmetrics
from torch import Tensor, nn
from torchmetrics.functional.image.lpips import _LPIPS

from common.errors import ConfigurationError
from lightning_modules.losses import vgg
from lightning_modules.losses.vgg import (
    LPIPS_TAPS,
    LpipsHeads,
    TappedLayers,
    VggFeatures,
    gram,
    gram_l1,
    gram_squared,
    l1,
    load_layers,
    random_layers,
    tap_positions,
)

HEADS = Path(torchmetrics.__file__).parent / "functional/image/lpips_models/vgg.pth"


def images(count: int = 2, size: tuple[int, int] = (32, 48)) -> Tensor:
    return torch.rand(count, 3, *size, generator=torch.Generator().manual_seed(count)) * 2 - 1


def small() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Conv2d(4, 4, 1), nn.ReLU())


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> None:
    """A VGG of two convolutions."""
    monkeypatch.setattr(vgg, "_empty_layers", lambda network: small())


@pytest.mark.parametrize(("network", "third"), [("vgg16", (11, 13, 15)), ("vgg19", (11, 13, 15, 17))])
def test_taps_are_rectified_convolutions_by_block_and_number(network: Any, third: tuple[int, ...]) -> None:
    layers = vgg._empty_layers(network)
    positions = tap_positions(layers)
    assert tuple(p for name, p in positions.items() if name.startswith("relu3_")) == third
    assert all(isinstance(layers[p], nn.ReLU) and isinstance(layers[p - 1], nn.Conv2d) for p in positions.values())
    assert len(positions) == int(network.removeprefix("vgg")) - 3
    assert [positions[name] for name in ("relu1_1", "relu1_2", "relu2_1")] == [1, 3, 6]


def test_features_are_those_of_the_layers(stub: None) -> None:
    features = VggFeatures("vgg16", ("relu1_1", "relu2_1"), "none")
    layers = features.layers
    first, second = features(images())
    expected = torch.relu(layers[0](images()))
    assert torch.equal(first, expected) and torch.equal(second, layers[3:](layers[2](expected)))


def test_normalisation_is_imagenets_or_none() -> None:
    white = torch.ones(1, 3, 2, 2)
    (plain,), (scaled,) = (TappedLayers(nn.Sequential(nn.Identity()), (0,), n)(white) for n in ("none", "imagenet"))  # type: ignore[arg-type]
    assert torch.equal(plain, white)
    assert scaled[0, :, 0, 0].tolist() == pytest.approx([0.515 / 0.229, 0.544 / 0.224, 0.594 / 0.225])


def test_random_weights_are_named_and_the_same_each_time(stub: None) -> None:
    one = random_layers("vgg19").state_dict()
    torch.manual_seed(6)
    other = random_layers("vgg19").state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert one["0.weight"].std() > 0.1 and not one["0.bias"].any()
    assert VggFeatures("vgg19", ("relu1_1",)).weights_name == "random VGG-19 (seed 0)"
    assert VggFeatures("vgg16", ("relu1_1",)).weights_name == "random VGG-16 (seed 0)"


def test_random_layers_move_no_generator_of_the_run() -> None:
    before = torch.random.get_rng_state()
    layers = random_layers("vgg16")
    assert torch.equal(before, torch.random.get_rng_state())
    assert layers[28].weight.std().item() == pytest.approx((2 / (512 * 9)) ** 0.5, rel=0.01)
    assert not any(parameter.is_meta for parameter in layers.parameters())


def test_layers_are_frozen_and_gradients_reach_the_first_images_only(stub: None) -> None:
    features = VggFeatures("vgg16", ("relu1_1", "relu2_1"))
    image, target = images().requires_grad_(), images(3)[:2].requires_grad_()
    pairs = features.pair(image, target)
    assert not any(y.requires_grad for _, y in pairs)
    sum(l1(x, y) for x, y in pairs).backward()  # type: ignore[union-attr]
    assert image.grad is not None and image.grad.abs().sum() > 0 and target.grad is None
    assert all(p.grad is None and not p.requires_grad for p in features.layers.parameters())
    assert not isinstance(features, nn.Module)


def test_reductions_by_hand() -> None:
    x = torch.tensor([[[[1.0, 3.0]], [[2.0, 0.0]]], [[[0.0, 0.0]], [[0.0, 0.0]]]])  # (2, C 2, H 1, W 2)
    y = torch.zeros_like(x)
    assert gram(x, channels=False)[0].tolist() == [[5, 1], [1, 2]]
    assert gram(x)[0].tolist() == [[2.5, 0.5], [0.5, 1]]
    assert l1(x, y).item() == 6 / 8
    assert gram_l1(x, y).item() == 4.5 / 8 and gram_l1(x, y, channels=False).item() == 9 / 8
    assert gram_squared(x, y).item() == pytest.approx((6.25 + 0.25 + 0.25 + 1) / 2)
    assert gram_squared(x, y, channels=False).item() == pytest.approx((25 + 1 + 1 + 4) / 2)


def test_gram_is_in_float32_under_autocast() -> None:
    x = torch.rand(1, 4, 5, 5)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(gram(x), gram(x.float())) and gram(x.bfloat16()).dtype == torch.float32
    assert torch.equal(gram(x), x.flatten(2) @ x.flatten(2).transpose(1, 2) / 25 / 4)


def test_lpips_is_torchmetrics() -> None:
    features, oracle = VggFeatures("vgg16", LPIPS_TAPS), _LPIPS(pretrained=False, net="vgg", pnet_rand=True)
    oracle.load_state_dict(torch.load(HEADS, map_location="cpu", weights_only=True), strict=False)
    own = [layer for layer in features.layers if isinstance(layer, nn.Conv2d)]
    theirs = [layer for layer in oracle.net.modules() if isinstance(layer, nn.Conv2d)]
    for mine, other in zip(own, theirs, strict=True):
        other.load_state_dict(mine.state_dict())
    one, two = images(2), images(3)[:2]
    with torch.no_grad():
        found, expected = LpipsHeads(HEADS)(features.pair(one, two)), oracle(one, two).flatten()
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)
    assert found.shape == (2,) and found[0] != found[1]
    assert torch.equal(LpipsHeads(HEADS)(features.pair(one, one)), torch.zeros(2))


def one_line(call: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_refused(stub: None, tmp_path: Path) -> None:
    (tmp_path / "bad.pth").write_bytes(b"nothing")
    other = {f"lin{n}.model.1.weight": torch.zeros(1, 64, 1, 1) for n in range(5)}  # of another network
    torch.save(other, tmp_path / "other.pth")
    assert "other.pth holds no heads" in one_line(lambda: LpipsHeads(tmp_path / "other.pth"))
    assert "no 'relu9_1'; there are relu1_1, relu2_1" in one_line(lambda: VggFeatures("vgg16", ("relu9_1",)))
    assert "no tap is named" in one_line(lambda: VggFeatures("vgg16", ()))
    for taps in (("relu2_1", "relu1_1"), ("relu1_1", "relu1_1")):
        assert "in the network's order" in one_line(lambda taps=taps: VggFeatures("vgg16", taps))
    assert "gone.pth; give the heads" in one_line(lambda: LpipsHeads(tmp_path / "gone.pth"))
    assert "bad.pth holds no heads" in one_line(lambda: LpipsHeads(tmp_path / "bad.pth"))
    missing = one_line(lambda: load_layers("vgg16", tmp_path / "gone.pth", "model.init_args.vgg"))
    assert missing.startswith("model.init_args.vgg: no file") and missing.count("vgg16-397923af.pth") == 1
    digest = hashlib.sha256(b"nothing").hexdigest()[:8]
    wrong = one_line(lambda: load_layers("vgg19", tmp_path / "bad.pth"))
    assert wrong.startswith("vgg_weights:") and f"not VGG-19's weights (sha256 {digest}..., expected dcbb9e9d" in wrong


def test_a_published_file_is_loaded(stub: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, path = small(), tmp_path / "vgg19-dcbb9e9d.pth"
    weights = {f"features.{name}": value for name, value in source.state_dict().items()}
    torch.save({**weights, "classifier.0.weight": torch.zeros(1)}, path)
    monkeypatch.setitem(vgg.PUBLISHED, "vgg19", hashlib.sha256(path.read_bytes()).hexdigest()[:8])
    features = VggFeatures("vgg19", ("relu2_1",), weights=path)
    assert features.weights_name == "vgg19-dcbb9e9d.pth"
    assert all(torch.equal(features.layers.state_dict()[name], value) for name, value in source.state_dict().items())
