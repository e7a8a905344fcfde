"""The generative adversarial networks that fit the ring: one pair of networks, trained with one loss or another.

Thesis, section 3.4.1: "the only difference is the loss". The losses are written for a discriminator's features and
logits of one batch; sums over features, means over points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

MemberName = Literal["gan", "wgan", "fmgan", "gan_nonsaturating", "wgan_leaky", "fmgan_leaky"]
Loss = Literal["saturating", "nonsaturating", "wasserstein", "feature_matching"]
LOSSES: tuple[Loss, ...] = ("saturating", "nonsaturating", "wasserstein", "feature_matching")


@dataclass(frozen=True)
class Member:
    """One model of an ensemble: the loss of its generator, and the slope of both networks' activation."""

    loss: Loss
    leaky: bool = False


#: Members by the names in tables. The first three are the thesis's; the others explain their results.
MEMBERS: dict[MemberName, Member] = {
    "gan": Member("saturating"),
    "wgan": Member("wasserstein"),
    "fmgan": Member("feature_matching"),
    "gan_nonsaturating": Member("nonsaturating"),
    "wgan_leaky": Member("wasserstein", leaky=True),
    "fmgan_leaky": Member("feature_matching", leaky=True),
}

#: The slope of a leaky member's activation.
LEAKY_SLOPE = 0.2


class Settings(NamedTuple):
    """Differences between members, as tensors that broadcast over them: (M,) in an ensemble, () for one member."""

    loss: Tensor  # int64, position in LOSSES
    negative_slope: Tensor
    clip: Tensor  # of every parameter of a Wasserstein critic; infinite for the others

    def has(self, loss: Loss) -> Tensor:
        return self.loss == LOSSES.index(loss)


def settings_of(members: list[Member], clip: float, negative_slope: float) -> Settings:
    """Return the settings of an ensemble; `negative_slope` is that of the members that are not leaky."""
    slopes = [LEAKY_SLOPE if member.leaky else negative_slope for member in members]
    clips = [clip if member.loss == "wasserstein" else float("inf") for member in members]
    return Settings(torch.tensor([LOSSES.index(m.loss) for m in members]), torch.tensor(slopes), torch.tensor(clips))


def discriminator_loss(member: Settings, real: Tensor, fake: Tensor) -> Tensor:
    """Return L_D of a batch of logits: -E log D(x) - E log(1 - D(x')), or the critic's E f(x') - E f(x) (2.3, 2.8)."""
    entropy = F.softplus(-real).mean() + F.softplus(fake).mean()
    return torch.where(member.has("wasserstein"), fake.mean() - real.mean(), entropy)


def generator_loss(member: Settings, real_features: Tensor, features: Tensor, logits: Tensor) -> Tensor:
    """Return L_G of a batch; features are (64, N), logits (1, N).

    saturating: E log(1 - D(x')), as the thesis prints (2.2, 3.3). nonsaturating: -E log D(x'). wasserstein:
    -E f(x') (2.9). feature_matching: 1/2 || E f_D(x) - E f_D(x') ||^2, f_D the input of the last layer (3.10, with
    the sign of Algorithm 3.1).
    """
    centre, wanted = features.mean(1), real_features.mean(1)
    choices = {
        "nonsaturating": F.softplus(-logits).mean(),
        "wasserstein": -logits.mean(),
        "feature_matching": 0.5 * (wanted - centre).square().sum(),
    }
    loss = -F.softplus(logits).mean()
    for name, value in choices.items():
        loss = torch.where(member.has(name), value, loss)  # type: ignore[arg-type]
    return loss
