"""Losses and gradients of a generator by the distance of two distributions (Figures 3.1 and 3.3)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import grad_and_value, vmap

from common.seeds import run_seed
from lightning_modules.base import Batch, TrainedModule
from lightning_modules.panels import SAMPLES_FOLDER, Chart, Curve, Series, write_panels
from lightning_modules.randomness import keyed_generator
from lightning_modules.ring.ensemble import new_vectors
from lightning_modules.ring.members import LOSSES, Loss, Settings, discriminator_loss, generator_loss
from lightning_modules.ring.networks.perceptron import perceive, split
from lightning_modules.snapshots import read_snapshots

#: Deviations from the thesis: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Figures 3.1 and 3.3",
        "two distributions at several distances; neither they nor the discriminator are described",
        "two uniform discs of radius 1; the ring experiment's discriminator, trained anew at every distance",
        "discs have an exact solution to compare with",
    ),
    (
        "Section 3.1, text",
        "the Jensen-Shannon divergence of distributions that do not overlap is zero",
        "it is log 2, a constant",
        "its gradient is zero, and the argument needs only that",
    ),
)

POINTS = 2048
#: Name of the panel.
DISTANCE = "distance"


class DistanceCurves(TrainedModule):
    """Discriminators between a uniform disc of radius 1 and the same disc shifted right, one for each distance.

    The last snapshot and the panel "distance" hold the generator's losses and their gradients against them. With the
    optimal discriminator L'_GAN(G) = 2 JS - 2 log 2 (thesis, equation 3.9), which for two discs is -2 log 2 times the
    shared part of their area: 0, with no gradient, where the discs do not overlap. Feature matching has a gradient
    there (Section 3.2.2).

    Args:
        distances: number of distances, evenly spaced from 0 to `furthest`.
        furthest: largest distance, in radii.
        learning_rate: of Adam, which trains the discriminators.
        max_iterations: of every discriminator.
    """

    training_panels = (DISTANCE,)

    discriminators: nn.Parameter
    distance: Tensor

    def __init__(
        self, distances: int = 33, furthest: float = 4.0, learning_rate: float = 1e-3, max_iterations: int = 4000
    ) -> None:
        super().__init__(max_iterations)
        self.learning_rate = learning_rate
        self.register_buffer("distance", torch.linspace(0, furthest, distances), persistent=False)
        seed = keyed_generator(run_seed(), "initialisation").initial_seed()
        self.discriminators = nn.Parameter(new_vectors(distances, seed)[1])

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """Run a block of iterations; a batch holds an angle and a standard normal number of every real point."""
        optimizer = self.all_optimizers()[0]
        count = min(len(batch["angle"]), self.max_iterations - self.iteration)
        means = []
        for index in range(count):
            real = disc(batch["angle"][index], batch["radial"][index])
            angle = torch.rand(len(real.T), generator=generator) * (2 * math.pi)
            fake = disc(angle, torch.randn(len(real.T), generator=generator)).to(real)
            losses = self._losses(real, fake)
            self.descend(optimizer, losses.sum())
            means.append(losses.detach().mean())
        self.iterations_per_batch = count
        return {"L_D": torch.stack(means).mean()}

    def snapshot(self, reference: Batch) -> dict[str, Any]:
        """Return {"distance": (K,), and by distance the losses of G and the mean norm of their gradient at a point}.

        "gan" is L'_GAN(G) = E log D(x) + E log(1 - D(x')), "exact" its value for the optimal D, "matching" (3.10).
        """
        noise = keyed_generator("distance", "test")
        angle = torch.rand(POINTS, generator=noise) * (2 * math.pi)
        fake = disc(angle, torch.randn(POINTS, generator=noise)).to(self.distance)
        real = disc(reference["angle"], reference["radial"]).to(self.distance)
        with torch.no_grad():
            values = vmap(self._losses_and_gradients, in_dims=(0, 0, None, None))(
                self._parts(), self.distance, real, fake
            )
        found = dict(zip(("gan", "gan_gradient", "matching", "matching_gradient"), values, strict=True))
        exact = torch.tensor([-2 * math.log(2) * shared_area(d) for d in self.distance.tolist()])
        return {"distance": self.distance, "exact": exact, **found, "scores": {}}

    def on_train_end(self) -> None:
        run = Path(self.trainer.default_root_dir)
        if self.iteration >= self.max_iterations and self.trainer.is_global_zero and (found := read_snapshots(run)):
            with np.load(found[-1].path) as arrays:
                panel = distance_panel({name: arrays[name].tolist() for name in arrays.files})
            write_panels(run / SAMPLES_FOLDER, [panel])

    def _losses(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the losses (K,) of the discriminators."""
        kind = self._kind("saturating")

        def one(parts: tuple[Tensor, ...], distance: Tensor) -> Tensor:
            logits = [perceive(parts, points, kind.negative_slope)[1] for points in (real, shift_right(fake, distance))]
            return discriminator_loss(kind, *logits)

        found: Tensor = vmap(one)(self._parts(), self.distance)
        return found

    def _losses_and_gradients(
        self, parts: tuple[Tensor, ...], distance: Tensor, real: Tensor, fake: Tensor
    ) -> tuple[Tensor, ...]:
        slope = self._kind("saturating").negative_slope
        real_features, real_logits = perceive(parts, real, slope)

        def loss(points: Tensor, kind: Settings) -> Tensor:
            return generator_loss(kind, real_features, *perceive(parts, points, slope))

        values: list[Tensor] = []
        names: tuple[Loss, ...] = ("saturating", "feature_matching")
        for name in names:
            at_points, value = grad_and_value(loss)(shift_right(fake, distance), self._kind(name))
            values += [value, at_points.norm(dim=0).mean() * POINTS]  # of one point, not of its share of the mean
        values[0] = values[0] - nn.functional.softplus(-real_logits).mean()
        return tuple(values)

    def _kind(self, loss: Loss) -> Settings:
        """Return the settings of networks with ReLU, on the discriminators' device."""
        values = torch.tensor(LOSSES.index(loss)), torch.tensor(0.0), torch.tensor(math.inf)
        return Settings(*[value.to(self.distance.device) for value in values])

    def _parts(self) -> tuple[Tensor, ...]:
        return split(self.discriminators, 1)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam([self.discriminators], self.learning_rate)


def disc(angle: Tensor, radial: Tensor) -> Tensor:
    """Return points (2, N) distributed uniformly over the disc of radius 1, from angles and normal numbers (N,)."""
    radius = (0.5 * (1 + torch.erf(radial / math.sqrt(2)))).sqrt()
    return torch.stack([radius * angle.cos(), radius * angle.sin()])


def shift_right(points: Tensor, distance: Tensor) -> Tensor:
    """Return the points (2, N) moved to the right by a distance."""
    return points + torch.stack([distance, torch.zeros_like(distance)])[:, None]


def shared_area(distance: float) -> float:
    """Return the share of a disc of radius 1 that one at this distance covers: 1 at 0, 0 from 2 on."""
    if distance >= 2:
        return 0.0
    return (2 * math.acos(distance / 2) - distance * math.sqrt(4 - distance * distance) / 2) / math.pi


def distance_panel(values: dict[str, list[float]]) -> Series:
    """Return the panel of a snapshot's values: the generator's losses and their gradients by distance."""

    def chart(title: str, **curves: str) -> Chart:
        at = values["distance"]
        lines = (Curve(label, tuple(zip(at, values[name], strict=True))) for name, label in curves.items())
        marks = ((2.0, "no overlap"),) if max(at) > 2 else ()
        return Chart(title, tuple(lines), marks=marks, linear=True)

    caption = (
        "A discriminator is trained anew for every distance of two uniform discs of radius 1, one of real points and "
        "one of generated ones. Left: the generator's loss, of the GAN (Figure 3.1), beside its exact value for the "
        "optimal discriminator, and of feature matching (Figure 3.3). Right: the mean norm of each loss's gradient at "
        "a generated point."
    )
    trained, best = "trained D", "exact, optimal D"
    charts = (
        chart("GAN: loss of G", gan=trained, exact=best),
        chart("GAN: gradient at a point", gan_gradient=trained),
        chart("Feature matching: loss of G", matching=trained),
        chart("Feature matching: gradient at a point", matching_gradient=trained),
    )
    return Series(DISTANCE, "Losses by distance", caption, "radii", charts)
