"""Many small generative adversarial networks, trained at once: one iteration of all of them is one compiled call.

The training of a single one is limited by Python and by kernel launches, not by arithmetic. The iteration is written
for one member, mapped over the members (`torch.func.vmap`) and compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.func import grad_and_value, vjp, vmap

from lightning_modules.ring.members import Settings, discriminator_loss, generator_loss
from lightning_modules.ring.networks.perceptron import Perceptron, flatten, join, perceive, split

#: torch's defaults of RMSProp, which we assume for "RMSProp" of the thesis.
ALPHA, EPSILON = 0.99, 1e-8


Parts = tuple[Tensor, ...]


class Ensemble(NamedTuple):
    """Networks and optimisers of M members: parameters by layer, and RMSProp's mean squares of their gradients.

    The tensors are (M, ...); those of one member, which `iterate` sees, lack the first dimension.
    """

    generator: Parts
    discriminator: Parts
    generator_square: Parts
    discriminator_square: Parts

    @classmethod
    def of_vectors(cls, *vectors: Tensor) -> Ensemble:
        """Return the ensemble whose four fields are given as (M, P) each."""
        return cls(*[split(vector, outputs) for vector, outputs in zip(vectors, (2, 1, 2, 1), strict=True)])

    def vectors(self) -> tuple[Tensor, ...]:
        """Return the four fields as (M, P) each."""
        return tuple(join(parts) for parts in self)


class Law(NamedTuple):
    """Distribution of the real points, as scalars: a circle about (centre, centre), normal with `spread` across it."""

    centre: Tensor
    radius: Tensor
    spread: Tensor

    def points(self, angle: Tensor, radial: Tensor) -> Tensor:
        """Return points (..., 2, N) from angles in radians and standard normal offsets, (..., N) each."""
        distance = self.radius + self.spread * radial
        return self.centre + torch.stack([distance * angle.cos(), distance * angle.sin()], dim=-2)


Iteration = Callable[[Ensemble, Settings, Tensor, Tensor, Tensor], tuple[Ensemble, Tensor]]


def new_vectors(members: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return the initial parameters (M, P) of generators and of discriminators, equal for all members."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator, discriminator = (flatten(Perceptron(outputs)).repeat(members, 1) for outputs in (2, 1))
    return generator, discriminator


def iterate(
    state: Ensemble, member: Settings, points: Tensor, latents: Tensor, learning_rate: Tensor
) -> tuple[Ensemble, Tensor]:
    """Run one iteration of one member: both losses from the same forward pass, then both steps (Algorithm 3.1).

    Args:
        points: (2, N) of the real distribution. latents: (2, N).

    Returns:
        The new state, and (2,) the losses L_D and L_G before the step.
    """

    def discriminate(discriminator: Parts, at: Tensor) -> tuple[Tensor, Tensor]:
        return perceive(discriminator, at, member.negative_slope)

    fake, generator_back = _pull(lambda parts: perceive(parts, latents, member.negative_slope)[1], state.generator)
    (real_features, real_logits), real_back = _pull(lambda parts: discriminate(parts, points), state.discriminator)
    (features, logits), fake_back = _pull(discriminate, state.discriminator, fake)

    (at_real, at_fake), loss_d = grad_and_value(discriminator_loss, (1, 2))(member, real_logits, logits)
    nothing = torch.zeros_like(features)
    at_discriminator = zip(real_back((nothing, at_real))[0], fake_back((nothing, at_fake))[0], strict=True)
    of_discriminator = tuple(of_real + of_fake for of_real, of_fake in at_discriminator)

    at_generated, loss_g = grad_and_value(generator_loss, (2, 3))(member, real_features, features, logits)
    (of_generator,) = generator_back(fake_back(at_generated)[1])

    generator, generator_square = _rmsprop(state.generator, state.generator_square, of_generator, learning_rate)
    discriminator, discriminator_square = _rmsprop(
        state.discriminator, state.discriminator_square, of_discriminator, learning_rate
    )
    clipped = tuple(part.clamp(-member.clip, member.clip) for part in discriminator)
    return Ensemble(generator, clipped, generator_square, discriminator_square), torch.stack([loss_d, loss_g])


def _pull(function: Callable[..., Any], *at: Any) -> tuple[Any, Callable[[Any], Any]]:
    """`vjp` with a type: the value, and the function from a gradient of the value to those of the arguments."""
    value, back = vjp(function, *at)[:2]
    return value, back


def _rmsprop(parameters: Parts, squares: Parts, gradients: Parts, learning_rate: Tensor) -> tuple[Parts, Parts]:
    new = [ALPHA * square + (1 - ALPHA) * g * g for square, g in zip(squares, gradients, strict=True)]
    steps = zip(parameters, gradients, new, strict=True)
    return tuple(p - learning_rate * g / (square.sqrt() + EPSILON) for p, g, square in steps), tuple(new)


def iteration_of_all(compiled: bool) -> Iteration:
    """Return `iterate` for an ensemble on the same points and latents; compiling it takes some seconds."""
    mapped: Iteration = vmap(iterate, in_dims=(0, 0, None, None, None))
    return torch.compile(mapped, fullgraph=True, dynamic=False) if compiled else mapped
