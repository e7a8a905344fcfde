"""G, D and E of the image-synthesis thesis: exact parameter counts, shapes, and what the label reaches."""

from __future__ import annotations

import pytest
import torch
from support.class_images import SIZE, TINY

from lightning_modules.conditional_gan import CVAEGAN, FMCGAN
from lightning_modules.conditional_gan.networks.encoder import Encoder
from lightning_modules.conditional_gan.networks.generator import Generator
from lightning_modules.layers.discriminator import Discriminator

COUNTS = [(530, 14_457_923, 6_776_992), (200, 11_754_563, 6_608_032), (102, 10_951_747, 6_557_856)]


def count(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize(("classes", "generator", "encoder"), COUNTS)
def test_counts(classes: int, generator: int, encoder: int) -> None:
    with torch.device("meta"):
        assert count(Generator(classes)) == generator
        assert count(Encoder(classes)) == encoder
        assert count(Discriminator()) == 6_960_961
        assert count(Discriminator(classes=classes)) == 6_960_961 + 8192 * classes


@pytest.mark.parametrize("resolution", [16, 32, 128])
def test_shapes(resolution: int) -> None:
    labels = torch.eye(5)[:2]
    generator, encoder = Generator(5, 7, resolution, 8), Encoder(5, 7, resolution, 8)
    images = generator(torch.randn(2, 7), labels)
    assert images.shape == (2, 3, resolution, resolution) and images.abs().max() <= 1
    mu, log_variance = encoder(images, labels)
    assert mu.shape == log_variance.shape == (2, 7)
    logits, features = Discriminator(resolution, 8)(images)
    assert logits.shape == (2,) and features.shape == (2, Discriminator(resolution, 8).feature_size)


@pytest.mark.parametrize(("feature", "size"), [("last_conv_in", 8 * 8 * 512), ("fc_in", 4 * 4 * 512)])
def test_discriminator_features(feature: str, size: int) -> None:
    with torch.device("meta"):
        assert Discriminator(feature=feature).feature_size == size  # type: ignore[arg-type]


def test_the_features_are_by_default_those_that_the_thesis_names() -> None:
    """The input of the last convolution, 8 x 8 x 512 (sections 3.2.2 and 5.2.3), in the network and in both models."""
    with torch.device("meta"):
        assert Discriminator().feature_size == 8 * 8 * 512
    for model in (FMCGAN(**TINY), CVAEGAN(**TINY)):
        assert model.discriminator.feature_size == Discriminator(SIZE, 4, feature="last_conv_in").feature_size


def test_all_features_side_by_side() -> None:
    network = Discriminator(16, 8, feature="all")
    _, features = network(torch.randn(2, 3, 16, 16))
    assert features.shape == (2, network.feature_size) and network.feature_size == 8 * 8 * 8 + 16 * 4 * 4


def test_labels_matter() -> None:
    torch.manual_seed(0)
    first, second = torch.eye(3)[[0, 0]], torch.eye(3)[[1, 1]]
    z, images = torch.randn(2, 6), torch.randn(2, 3, 16, 16)
    generator, encoder, discriminator = Generator(3, 6, 16, 8), Encoder(3, 6, 16, 8), Discriminator(16, 8, classes=3)
    for network in (generator, encoder, discriminator):
        network.eval()
    assert not torch.allclose(generator(z, first), generator(z, second))
    assert not torch.allclose(encoder(images, first)[0], encoder(images, second)[0])
    assert not torch.allclose(discriminator(images, first)[0], discriminator(images, second)[0])


def test_a_log_variance_cannot_run_away() -> None:
    encoder = Encoder(3, 6, 16, 8).eval()
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter.mul_(100)
    _, log_variance = encoder(torch.randn(2, 3, 16, 16), torch.eye(3)[:2])
    assert log_variance.abs().max() < 50 and torch.isfinite(log_variance).all()
