from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lightning_modules.fashion_completion.networks.blocks import (
    Down,
    First,
    Head,
    SelfAttention,
    ShortLongAttention,
    attend,
    tile_latent,
)
from lightning_modules.fashion_completion.networks.wen import Discriminator, Encoder, Generator, normal_init
from lightning_modules.layers.counting import unused_parameters
from lightning_modules.layers.spectral_norm import SpectralNorm

SMALL = {"width": 8, "max_width": 32}


def inputs(size: int, latent: int, channels: int = 14, batch: int = 2) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(0)
    visible = (torch.rand(batch, 1, size, size) > 0.3).float()
    return torch.randn(batch, channels, size, size), torch.randn(batch, 8, latent, latent), visible


def test_sizes_at_256() -> None:
    """The paper's networks at its resolution: outputs 32 to 256, logits 6x6, latent maps 8x8x8."""
    torch.manual_seed(0)
    with torch.no_grad():
        mu, sigma = Encoder(3)(torch.randn(1, 3, 256, 256))
        assert mu.shape == sigma.shape == (1, 8, 8, 8)
        assert (sigma > 0).all()
        images = Generator(14)(*inputs(256, 8, batch=1))
        assert [tuple(x.shape) for x in images] == [(1, 3, s, s) for s in (32, 64, 128, 256)]
        assert all(x.abs().max() <= 1 for x in images)
        assert Discriminator()(images[-1]).shape == (1, 1, 6, 6)


@pytest.mark.parametrize("attention", [True, False])
@pytest.mark.parametrize("max_width", [32, 64])  # 64: features that attention joins differ in width
def test_toy_sizes_at_64_with_four_levels(attention: bool, max_width: int) -> None:
    size = {"width": 8, "max_width": max_width, "levels": 4}
    mu, _ = Encoder(12, **size)(torch.randn(2, 12, 64, 64))
    assert mu.shape == (2, 8, 4, 4)
    images = Generator(14, **size, attention=attention)(*inputs(64, 4))
    assert [x.shape[-1] for x in images] == [8, 16, 32, 64]
    assert Discriminator(**size, attention=attention)(images[-1]).shape == (2, 1, 2, 2)


def test_one_scale_of_logits() -> None:
    net = Generator(14, 8, **SMALL, output_scales=1, output="logits")
    with torch.no_grad():
        net.heads[0].conv.bias.fill_(5.0)
        (logits,) = net(*inputs(64, 2))
    assert logits.shape == (2, 8, 64, 64)
    assert logits.max() > 1  # no tanh


def test_attention_works_at_an_eighth_of_the_resolution(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def spy(query: Tensor, value: Tensor) -> Tensor:
        seen.append(tuple(value.shape[-2:]))
        return attend(query, value)

    monkeypatch.setattr("lightning_modules.fashion_completion.networks.blocks.attend", spy)
    for levels, latent in ((4, 8), (5, 4)):
        Generator(14, **SMALL, levels=levels)(*inputs(128, latent))
        Discriminator(**SMALL, levels=levels)(torch.randn(2, 3, 128, 128))
    assert seen == [(16, 16)] * 4


def test_errors_name_resolution_and_levels() -> None:
    with pytest.raises(ValueError, match=r"resolution 64x64 cannot be used with levels=5.*at least 96"):
        Discriminator(**SMALL)(torch.randn(1, 3, 64, 64))
    with pytest.raises(ValueError, match=r"resolution 100x100.*multiples of 32"):
        Encoder(3, **SMALL)(torch.randn(1, 3, 100, 100))
    with pytest.raises(ValueError, match="levels=3"):
        Generator(14, levels=3)
    with pytest.raises(ValueError, match="output_scales=6"):
        Generator(14, output_scales=6)


def gradients(net: nn.Module, loss: Tensor) -> tuple[set[str], set[str]]:
    """Names of parameters without any gradient, and with a gradient of zeros."""
    loss.backward()
    named = dict(net.named_parameters())
    none = {name for name, p in named.items() if p.grad is None}
    return none, {name for name, p in named.items() if p.grad is not None and not p.grad.any()}


def open_attention(net: nn.Module) -> None:
    """Move gamma and alpha off zero, where they hide the query's gradient."""
    for name, parameter in net.named_parameters():
        if name.endswith(("gamma", "alpha")):
            nn.init.constant_(parameter, 0.5)


def numel(net: nn.Module, names: set[str]) -> int:
    return sum(p.numel() for name, p in net.named_parameters() if name in names)


def test_gradients_are_absent_exactly_where_declared() -> None:
    """Full width, so that the counts are the paper's: 167,936 parameters of G and 475,137 of D are never used."""
    torch.manual_seed(0)
    g, d, e = Generator(14, count_parity=True), Discriminator(count_parity=True), Encoder(3)
    for net in (g, d):
        open_attention(net)
    images = g(*inputs(64, 2, batch=1))
    weights = [torch.randn_like(x) for x in images]
    loss_g = sum((x * w).sum() for x, w in zip(images, weights, strict=True))
    loss_d = d(torch.randn(1, 3, 96, 96)).sum()
    mu, sigma = e(torch.randn(1, 3, 64, 64))
    for net, loss, dead in ((g, loss_g, 167_936), (d, loss_d, 475_137), (e, (mu * sigma).sum(), 0)):
        none, zero = gradients(net, loss)
        assert none == unused_parameters(net)
        assert not zero
        assert numel(net, none) == dead


def test_without_parity_every_parameter_gets_a_gradient() -> None:
    for attention in (True, False):
        net = Generator(14, **SMALL, attention=attention)
        open_attention(net)
        assert gradients(net, sum(x.square().sum() for x in net(*inputs(64, 2)))) == (set(), set())
        critic = Discriminator(**SMALL, levels=4, attention=attention)
        open_attention(critic)
        assert gradients(critic, critic(torch.randn(2, 3, 64, 64)).sum()) == (set(), set())


def test_parity_changes_no_output() -> None:
    torch.manual_seed(0)
    full, lean = Generator(14, **SMALL, count_parity=True), Generator(14, **SMALL)
    missing, unexpected = lean.load_state_dict(full.state_dict(), strict=False)
    assert not missing and all(key.startswith("distribution.") for key in unexpected)
    for a, b in zip(full(*inputs(64, 2)), lean(*inputs(64, 2)), strict=True):
        assert torch.equal(a, b)


def test_two_forwards_then_one_backward() -> None:
    critic = Discriminator(**SMALL, levels=4)
    (critic(torch.randn(2, 3, 64, 64)).sum() + critic(torch.randn(2, 3, 64, 64)).sum()).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in critic.parameters())


# Attention -----------------------------------------------------------------------------------------------------------


def readable_attend(query: Tensor, value: Tensor) -> Tensor:
    """c[j] = sum_i A[j, i] value[i] with A = softmax over the last axis of q^T q; equation (2-30)."""
    q, v = query.flatten(2), value.flatten(2)
    attention = torch.softmax(q.transpose(1, 2) @ q, dim=-1)
    return torch.einsum("bji,bci->bcj", attention, v).reshape(value.shape)


def test_attend_is_the_formula_and_not_its_transpose() -> None:
    torch.manual_seed(0)
    query, value = torch.randn(2, 3, 4, 5), torch.randn(2, 7, 4, 5)
    expected = readable_attend(query, value)
    torch.testing.assert_close(attend(query, value), expected, atol=1e-5, rtol=1e-5)
    transposed = torch.softmax(query.flatten(2).transpose(1, 2) @ query.flatten(2), dim=-1)
    other = torch.einsum("bij,bci->bcj", transposed, value.flatten(2)).reshape(value.shape)
    assert (other - expected).abs().max() > 0.1


@pytest.fixture
def attention() -> ShortLongAttention:
    torch.manual_seed(0)
    return ShortLongAttention(8, 12, spectral=True)


@pytest.fixture
def features() -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(1)
    visible = torch.ones(2, 1, 6, 6)
    visible[:, :, 2:4, 1:5] = 0
    return torch.randn(2, 8, 6, 6), torch.randn(2, 12, 6, 6), visible


def test_attention_is_closed_at_the_start(attention: ShortLongAttention, features: tuple[Tensor, ...]) -> None:
    decoded, encoded, visible = features
    before = attention.contexts(*features)
    nn.init.normal_(attention.query.weight, std=3)  # another map altogether
    for y_d, y_e in (before, attention.contexts(*features)):
        assert torch.equal(y_d, decoded)
        assert torch.equal(y_e, visible * encoded)  # nothing in the hole


def test_visible_features_pass_unchanged(attention: ShortLongAttention, features: tuple[Tensor, ...]) -> None:
    decoded, encoded, visible = features
    open_attention(attention)
    y_d, y_e = attention.contexts(*features)
    seen = visible.bool().expand_as(encoded)
    assert torch.equal(y_e[seen], encoded[seen])
    query = attention.query(decoded)
    torch.testing.assert_close(y_d, 0.5 * readable_attend(query, decoded) + decoded, atol=1e-5, rtol=1e-5)
    filled = 0.5 * readable_attend(query, encoded)
    torch.testing.assert_close(y_e[~seen], filled[~seen], atol=1e-5, rtol=1e-5)
    assert attention(*features).shape == decoded.shape


def test_mask_is_resized_with_aligned_corners(attention: ShortLongAttention, features: tuple[Tensor, ...]) -> None:
    decoded, encoded, _ = features
    large = torch.arange(24.0).div(23).expand(2, 1, 24, 24)
    _, y_e = attention.contexts(decoded, encoded, large)
    ramp = torch.arange(6.0) / 5  # both corners stay where they are
    torch.testing.assert_close(y_e, encoded * ramp, atol=1e-5, rtol=1e-5)


def test_fusion_block_leaks_less_than_the_others(features: tuple[Tensor, ...]) -> None:
    attention = ShortLongAttention(8, 12, spectral=False)
    fusion, x = attention.fusion, torch.cat(attention.contexts(*features), dim=1)
    hidden = F.leaky_relu(fusion.conv1(F.leaky_relu(x, 0.01)), 0.01)
    torch.testing.assert_close(attention(*features), fusion.conv2(hidden) + fusion.shortcut(x))


def test_the_discriminators_attention_adds_a_context_to_its_input() -> None:
    torch.manual_seed(0)
    attention, x = SelfAttention(8, spectral=True), torch.randn(2, 8, 5, 5)
    assert torch.equal(attention(x), x)
    open_attention(attention)
    torch.testing.assert_close(attention(x), 0.5 * readable_attend(attention.query(x), x) + x, atol=1e-5, rtol=1e-5)


# Blocks --------------------------------------------------------------------------------------------------------------


def test_halving_blocks_are_convolutions_then_pooling() -> None:
    """To 1e-5, with spectral normalisation, the main path and the shortcut pooled after their convolutions."""
    torch.manual_seed(0)
    x = torch.randn(2, 4, 16, 16)
    for block in (First(4, 6, spectral=True), Down(4, 6, spectral=True)):
        twin = copy.deepcopy(block)  # each convolution runs once in both, so that u and v agree
        start = x if isinstance(block, First) else F.leaky_relu(x, 0.1)
        main = F.avg_pool2d(twin.conv2(F.leaky_relu(twin.conv1(start), 0.1)), 2)
        expected = main + F.avg_pool2d(twin.shortcut(x), 2)
        torch.testing.assert_close(block(x), expected, atol=1e-5, rtol=1e-5)


def test_head_pads_by_reflection() -> None:
    torch.manual_seed(0)
    x, head = torch.randn(2, 4, 6, 6), Head(4, 3, spectral=False, tanh=True)
    padded = F.pad(F.leaky_relu(x, 0.1), (1, 1, 1, 1), mode="reflect")
    torch.testing.assert_close(head(x), torch.tanh(F.conv2d(padded, head.conv.weight, head.conv.bias)))


def test_latent_maps_are_tiled_periodically() -> None:
    z = torch.randn(2, 8, 2, 2)
    tiled = tile_latent(z, torch.Size([6, 4]))
    assert tiled.shape == (2, 8, 6, 4)
    for y in range(6):
        for x in range(4):
            assert torch.equal(tiled[:, :, y, x], z[:, :, y % 2, x % 2])


def test_normal_init_reaches_only_convolutions_without_spectral_norm() -> None:
    torch.manual_seed(0)
    net = Generator(14, **SMALL, spectral_norm="off_as_printed")
    before = copy.deepcopy(net.state_dict())
    normal_init(net)
    for name, module in net.named_modules():
        if isinstance(module, SpectralNorm):
            assert name.startswith("attention.fusion")
            assert torch.equal(module.weight, before[f"{name}.weight"])
        elif isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            assert not torch.equal(module.weight, before[f"{name}.weight"])
    assert net.up[0].conv1.weight.std().item() == pytest.approx(0.02, rel=0.05)
    whole = Generator(14, **SMALL)
    before = copy.deepcopy(whole.state_dict())
    normal_init(whole)
    changed = {name for name, value in whole.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"attention.query.weight"}


@pytest.mark.parametrize(("use", "last", "rest"), [("on", 1, 1), ("off_as_printed", 1, 0), ("off", 0, 0)])
def test_where_spectral_norm_is_kept(use: str, last: bool, rest: bool) -> None:
    critic = Discriminator(**SMALL, spectral_norm=use, count_parity=True)
    kept = [critic.last, critic.attention.fusion.conv1, critic.attention.fusion.conv2, critic.attention.fusion.shortcut]
    assert all(isinstance(m, SpectralNorm) == last for m in kept)
    assert isinstance(critic.flat.conv1, SpectralNorm) == isinstance(critic.down[0].conv1, SpectralNorm) == rest
    assert not isinstance(critic.attention.query, SpectralNorm)
