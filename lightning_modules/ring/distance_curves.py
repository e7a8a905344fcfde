"""What a generator is told at a distance: its loss by how far apart two distributions are (Figures 3.1 and 3.3)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import grad_and_value, vmap

from lightning_modules.base import Batch, TrainedModule
from lightning_modules.panels import Chart, Curve, Series, write_panels
from lightning_modules.randomness import keyed_generator, run_seed
from lightning_modules.ring.ensemble import new_vectors
from lightning_modules.ring.members import LOSSES, Loss, Settings, discriminator_loss, generator_loss
from lightning_modules.ring.networks.perceptron import perceive, split
from lightning_modules.snapshots import read_snapshots

#: Where this departs from the thesis: place, its text, ours, why.
DEVIATIONS = (
    (
        "Figures 3.1 and 3.3",
        "two distributions at several distances; neither they nor the discriminator are described",
        "two uniform discs of radius 1; the ring experiment's discriminator, trained anew at every distance",
        "discs have an exact answer to compare with",
    ),
    (
        "Section 3.1, text",
        "the Jensen-Shannon divergence of distributions that do not overlap is zero",
        "it is log 2, a constant",
        "its gradient is zero, which is what the argument needs",
    ),
)

POINTS = 2048
#: Name of the panel.
DISTANCE = "distance"


class DistanceCurves(TrainedModule):
    """Discriminators, each trained to tell a uniform disc of radius 1 from the same disc so far to the right.

    What the generator's losses and their gradients then are is in the last snapshot, and in the panel "distance". With
    the best discriminator L'_GAN(G) = 2 JS - 2 log 2 (thesis, equation 3.9), which for two discs is -2 log 2 times the
    shared part of their area: 0, with no gradient, from the distance on at which they part. Feature matching has one
    there (Section 3.2.2).

    Args:
        distances: how many distances, evenly from 0 to `furthest`.
        furthest: the largest, in radii.
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
        """A block of iterations; a batch holds the two numbers in [0, 1) of every real point's place."""
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
        """{"distance": (K,), then for each distance the losses of G and the mean length of their gradient at a point}.

        "gan" is L'_GAN(G) = E log D(x) + E log(1 - D(x')), "exact" what the best D would make it, "matching" 3.10.
        """
        noise = keyed_generator("distance", "test")
        angle = torch.rand(POINTS, generator=noise) * (2 * math.pi)
        fake = disc(angle, torch.randn(POINTS, generator=noise)).to(self.distance)
        real = disc(reference["angle"], reference["radial"]).to(self.distance)
        with torch.no_grad():
            values = vmap(self._told, in_dims=(0, 0, None, None))(self._parts(), self.distance, real, fake)
        found = dict(zip(("gan", "gan_gradient", "matching", "matching_gradient"), values, strict=True))
        exact = torch.tensor([-2 * math.log(2) * shared_area(d) for d in self.distance.tolist()])
        return {"distance": self.distance, "exact": exact, **found, "scores": {}}

    def on_train_end(self) -> None:
        run = Path(self.trainer.default_root_dir)
        if self.iteration >= self.max_iterations and self.trainer.is_global_zero and (found := read_snapshots(run)):
            with np.load(found[-1].path) as arrays:
                write_panels(run / "samples", [distance_panel({name: arrays[name].tolist() for name in arrays.files})])

    def _losses(self, real: Tensor, fake: Tensor) -> Tensor:
        """(K,) losses of the discriminators."""
        kind = self._kind("saturating")

        def one(parts: tuple[Tensor, ...], distance: Tensor) -> Tensor:
            seen = [perceive(parts, points, kind.negative_slope)[1] for points in (real, shifted(fake, distance))]
            return discriminator_loss(kind, *seen)

        found: Tensor = vmap(one)(self._parts(), self.distance)
        return found

    def _told(self, parts: tuple[Tensor, ...], distance: Tensor, real: Tensor, fake: Tensor) -> tuple[Tensor, ...]:
        slope = self._kind("saturating").negative_slope
        real_features, real_logits = perceive(parts, real, slope)

        def loss(points: Tensor, kind: Settings) -> Tensor:
            return generator_loss(kind, real_features, *perceive(parts, points, slope))

        told: list[Tensor] = []
        names: tuple[Loss, ...] = ("saturating", "feature_matching")
        for name in names:
            at_points, value = grad_and_value(loss)(shifted(fake, distance), self._kind(name))
            told += [value, at_points.norm(dim=0).mean() * POINTS]  # of one point, not of its share of the mean
        told[0] = told[0] - nn.functional.softplus(-real_logits).mean()
        return tuple(told)

    def _kind(self, loss: Loss) -> Settings:
        """Settings of networks with ReLU, here where the discriminators are."""
        values = torch.tensor(LOSSES.index(loss)), torch.tensor(0.0), torch.tensor(math.inf)
        return Settings(*[value.to(self.distance.device) for value in values])

    def _parts(self) -> tuple[Tensor, ...]:
        return split(self.discriminators, 1)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam([self.discriminators], self.learning_rate)


def disc(angle: Tensor, radial: Tensor) -> Tensor:
    """(2, N) points spread evenly over the disc of radius 1, from angles and standard normal numbers (N,)."""
    radius = (0.5 * (1 + torch.erf(radial / math.sqrt(2)))).sqrt()
    return torch.stack([radius * angle.cos(), radius * angle.sin()])


def shifted(points: Tensor, distance: Tensor) -> Tensor:
    """(2, N) points, so far to the right."""
    return points + torch.stack([distance, torch.zeros_like(distance)])[:, None]


def shared_area(distance: float) -> float:
    """The part of a disc of radius 1 that another so far away covers: 1 at 0, 0 from 2 on."""
    if distance >= 2:
        return 0.0
    return (2 * math.acos(distance / 2) - distance * math.sqrt(4 - distance * distance) / 2) / math.pi


def distance_panel(values: dict[str, list[float]]) -> Series:
    """Return the panel of a snapshot's values: the generator's losses and their gradients by distance."""

    def chart(title: str, **curves: str) -> Chart:
        at = values["distance"]
        drawn = (Curve(label, tuple(zip(at, values[name], strict=True))) for name, label in curves.items())
        marks = ((2.0, "they part"),) if max(at) > 2 else ()
        return Chart(title, tuple(drawn), marks=marks, linear=True)

    caption = (
        "A discriminator is trained anew for every distance of two uniform discs of radius 1, one of real points and "
        "one of generated ones. Left: the generator's loss, of the GAN as Figure 3.1 shows it, beside its exact value "
        "for the best discriminator, and of feature matching as Figure 3.3 does. Right: how long the gradient is that "
        "a generated point gets from each."
    )
    trained, best = "trained D", "exact, best D"
    charts = (
        chart("GAN: loss of G", gan=trained, exact=best),
        chart("GAN: gradient at a point", gan_gradient=trained),
        chart("Feature matching: loss of G", matching=trained),
        chart("Feature matching: gradient at a point", matching_gradient=trained),
    )
    return Series(DISTANCE, "Losses by distance", caption, "radii", charts)
