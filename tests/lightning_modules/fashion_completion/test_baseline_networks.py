from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lightning_modules.fashion_completion.networks import bicyclegan, finet

SMALL = {"width": 8, "max_width": 32}


def all_gradients(net: nn.Module, outputs: list[Tensor]) -> bool:
    torch.stack([x.square().sum() for x in outputs]).sum().backward()
    return all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


@pytest.mark.parametrize(("size", "levels"), [(64, 6), (128, 7), (256, 8)])
def test_finet_generator(size: int, levels: int) -> None:
    net = finet.Generator(14, **SMALL, levels=levels)
    image = net(torch.randn(1, 14, size, size), torch.randn(1, 8))
    assert image.shape == (1, 3, size, size)
    assert image.abs().max() <= 1
    assert all_gradients(net, [image])


def test_finet_generator_reaches_one_pixel_and_feels_z() -> None:
    torch.manual_seed(0)
    net = finet.Generator(27, 8, **SMALL, levels=6, output="logits")
    sizes = []
    for block in net.down:
        block.register_forward_hook(lambda _, __, output: sizes.append(output.shape[-1]))
    condition = torch.randn(1, 27, 64, 64)
    first, second = (net(condition, z) for z in torch.randn(2, 1, 8))
    assert sizes[:6] == [32, 16, 8, 4, 2, 1]
    assert not torch.equal(first, second)


def test_finet_encoder_is_the_papers_at_128_and_works_elsewhere() -> None:
    """At 128 seven halvings leave one position: averaging is the paper's flattening."""
    torch.manual_seed(0)
    net = finet.Encoder(3, **SMALL)
    x = torch.randn(2, 3, 128, 128)
    features = net.down(x)
    assert features.shape == (2, 32, 1, 1)
    mu, sigma = net(x)
    torch.testing.assert_close(mu, net.mu(features.flatten(1)))
    torch.testing.assert_close(sigma.log() * 2, net.log_variance(features.flatten(1)), atol=1e-5, rtol=1e-5)
    assert net(torch.randn(2, 3, 256, 256))[0].shape == (2, 8)
    assert all_gradients(net, [mu, sigma])


def test_finet_residual_rectifies_its_identity_path() -> None:
    net = finet.Residual(2, 2)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
        net.project.weight[:, :, 0, 0] = torch.eye(2)
        net.pairs[0][0].weight[:, :, 1, 1] = torch.eye(2)
        net.pairs[0][2].weight[0, 1, 1, 1] = 1.0  # adds the second channel to the first
    x = torch.tensor([-1.0, 2.0]).reshape(1, 2, 1, 1)
    assert net(x).flatten().tolist() == [2.0, 2.0]  # 0 + 2, not -1 + 2


@pytest.mark.parametrize(("size", "levels"), [(64, 6), (256, 8)])
def test_bicyclegan_sizes(size: int, levels: int) -> None:
    generator = bicyclegan.Generator(**SMALL, levels=levels)
    image = generator(torch.randn(2, 3, size, size), torch.randn(2, 8))
    assert image.shape == (2, 3, size, size)
    assert image.abs().max() <= 1
    assert all_gradients(generator, [image])
    encoder = bicyclegan.Encoder(width=8)
    mu, sigma = encoder(torch.randn(2, 3, size, size))
    assert mu.shape == sigma.shape == (2, 8) and (sigma > 0).all()
    assert all_gradients(encoder, [mu, sigma])
    discriminator = bicyclegan.Discriminator(width=8)
    maps = discriminator(torch.randn(2, 3, size, size))
    assert [tuple(m.shape) for m in maps] == [
        (2, 1, size // 8 - 2, size // 8 - 2),
        (2, 1, size // 16 - 2, size // 16 - 2),
    ]
    assert all_gradients(discriminator, maps)


def test_bicyclegan_encoder_pools_as_the_paper_at_256() -> None:
    torch.manual_seed(0)
    net = bicyclegan.Encoder(width=8)
    x = torch.randn(1, 3, 256, 256)
    features = net.blocks(net.first(x))
    assert features.shape[-2:] == (8, 8)
    pooled = F.avg_pool2d(F.leaky_relu(features, 0.2), 8).flatten(1)
    torch.testing.assert_close(net(x)[0], net.mu(pooled), atol=1e-5, rtol=1e-5)


def test_bicyclegan_encoder_block_is_convolution_then_pooling() -> None:
    torch.manual_seed(0)
    block, x = bicyclegan.EncoderBlock(4, 6), torch.randn(2, 4, 8, 8)
    hidden = block.conv1(F.leaky_relu(F.instance_norm(x), 0.2))
    main = F.avg_pool2d(block.conv2(F.leaky_relu(F.instance_norm(hidden), 0.2)), 2)
    torch.testing.assert_close(block(x), main + block.shortcut(F.avg_pool2d(x, 2)), atol=1e-5, rtol=1e-5)


def test_errors_name_resolution_and_levels() -> None:
    for net in (finet.Generator(3, **SMALL), bicyclegan.Generator(**SMALL)):
        with pytest.raises(ValueError, match=r"resolution 64x64 cannot be used with levels=8"):
            net(torch.randn(1, 3, 64, 64), torch.randn(1, 8))
