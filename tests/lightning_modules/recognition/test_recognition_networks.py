"""The classifying networks: counts, shapes, features by name, and ResNet-18 against torchvision's."""

from __future__ import annotations

import pytest
import torch
from torchvision.models import resnet18

from common.errors import ConfigurationError
from lightning_modules.layers.counting import count_parameters
from lightning_modules.recognition.networks.features import FeatureNetwork
from lightning_modules.recognition.networks.resnet18 import ResNet18
from lightning_modules.recognition.networks.table_3_3 import Table33Classifier, table_3_3_sizes

KINDS = [Table33Classifier, ResNet18]


@pytest.mark.parametrize(("classes", "count"), [(530, 15_213_138), (200, 14_874_888), (102, 14_774_438)])
def test_counts_of_table_3_3(classes: int, count: int) -> None:
    with torch.device("meta"):
        assert count_parameters(Table33Classifier(classes), "paper") == count


def test_table_3_3_layer_by_layer() -> None:
    with torch.device("meta"):
        layers = Table33Classifier().layers(torch.empty(2, 3, 128, 128))
    shapes = {
        "conv1": (64, 128, 128), "conv2": (128, 64, 64), "conv3": (256, 32, 32), "conv4": (512, 16, 16),
        "conv5": (512, 8, 8), "conv6": (512, 4, 4), "fc": (1024,), "logits": (530,),
    }  # fmt: skip
    assert {name: tuple(output.shape[1:]) for name, output in layers.items()} == shapes


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("resolution", [8, 16, 32, 64, 128])
def test_small_ones(kind: type[FeatureNetwork], resolution: int) -> None:
    with torch.device("meta"):
        network = kind(5, resolution, 4)
        layers = network.layers(torch.empty(2, 3, resolution, resolution))
    assert layers.pop("logits").shape == (2, 5)
    assert {name: output[0].numel() for name, output in layers.items()} == network.sizes
    if kind is Table33Classifier:
        assert network.sizes == table_3_3_sizes(resolution, 4)
        assert list(layers.values())[-2].shape[-1] == 4


def test_resnet18_is_torchvisions() -> None:
    torch.manual_seed(0)
    theirs = resnet18(num_classes=7).eval()
    ours = ResNet18(7, 128, 64).eval()
    ours.load_state_dict(theirs.state_dict())
    images = torch.randn(2, 3, 128, 128)
    with torch.no_grad():
        torch.testing.assert_close(ours(images), theirs(images))


@pytest.mark.parametrize("kind", KINDS)
def test_features_are_the_layers_side_by_side(kind: type[FeatureNetwork]) -> None:
    torch.manual_seed(0)
    network = kind(5, 16, 4).eval()
    images = torch.randn(3, 3, 16, 16)
    layers = network.layers(images)
    first = next(iter(network.sizes))
    assert torch.equal(network.features(images), layers["fc"])
    both = network.features(images, (first, "fc"))
    assert torch.equal(both, torch.cat([layers[first].flatten(1), layers["fc"]], 1))
    assert both.shape[1] == network.feature_size((first, "fc"))
    assert torch.equal(network(images), layers["logits"])


def test_fc_features_are_what_the_last_layer_takes() -> None:
    network = Table33Classifier(5, 16, 4).eval()
    images = torch.randn(3, 3, 16, 16)
    features = network.features(images)
    assert (features >= 0).all() and features.shape == (3, 64)
    torch.testing.assert_close(features @ network.last.weight.T + network.last.bias, network(images))


@pytest.mark.parametrize("names", [("conv9",), ("fc", "top"), ()])
def test_an_unknown_layer_is_named(names: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError, match=r"classifier_features: .*there are conv1, conv2, conv3, fc") as caught:
        Table33Classifier(5, 16, 4).feature_size(names)
    assert "\n" not in str(caught.value)
