"""Reference implementation of the ring experiment: one model, torch's modules and optimisers, one iteration at a time.

Not used in training: tests compare the compiled ensemble's results with it, and benchmarks its speed.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lightning_modules.ring.members import LEAKY_SLOPE, Member
from lightning_modules.ring.networks.perceptron import Perceptron


class PlainGAN:
    """One member: a generator, a discriminator, and an RMSProp for each.

    Args:
        member: its loss and its activations' slope.
        seed: of the initial weights.
        learning_rate: of both optimisers.
        clip: limit of the parameters of a Wasserstein critic.
    """

    def __init__(self, member: Member, seed: int, learning_rate: float = 5e-5, clip: float = 0.01) -> None:
        self.loss, self.clip = member.loss, clip
        slope = LEAKY_SLOPE if member.leaky else 0.0
        torch.manual_seed(seed)
        self.generator, self.discriminator = Perceptron(2, slope), Perceptron(1, slope)
        self.optimizers = [torch.optim.RMSprop(n.parameters(), learning_rate) for n in self._networks]

    @property
    def _networks(self) -> tuple[Perceptron, Perceptron]:
        return self.generator, self.discriminator

    def iterate(self, points: Tensor, latents: Tensor) -> tuple[float, float]:
        """Run one iteration on (N, 2) points and latents; returns L_D and L_G before the step."""
        _, fake = self.generator(latents)
        features, logits = self.discriminator(torch.cat([points, fake]))
        real_features, fake_features = features.chunk(2)
        real, generated = logits.chunk(2)
        if self.loss == "wasserstein":
            loss_d = generated.mean() - real.mean()
        else:
            loss_d = F.softplus(-real).mean() + F.softplus(generated).mean()
        loss_g = self._generator_loss(real_features, fake_features, generated)
        for network, loss in zip(self._networks, (loss_g, loss_d), strict=True):
            network.zero_grad()
            loss.backward(inputs=list(network.parameters()), retain_graph=True)
        for optimizer in self.optimizers:
            optimizer.step()
        if self.loss == "wasserstein":
            with torch.no_grad():
                for parameter in self.discriminator.parameters():
                    parameter.clamp_(-self.clip, self.clip)
        return loss_d.item(), loss_g.item()

    def _generator_loss(self, real_features: Tensor, features: Tensor, logits: Tensor) -> Tensor:
        if self.loss == "feature_matching":
            return 0.5 * (real_features.mean(0).detach() - features.mean(0)).square().sum()
        if self.loss == "wasserstein":
            return -logits.mean()
        return F.softplus(-logits).mean() if self.loss == "nonsaturating" else -F.softplus(logits).mean()
