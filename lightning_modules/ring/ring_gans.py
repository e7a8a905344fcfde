"""The ring experiment: GAN, WGAN and FMGAN fit points in the plane (thesis, section 3.4.1, Figures 3.4 and 3.5)."""

from __future__ import annotations

import os
import shutil
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from common.errors import ConfigurationError
from common.seeds import run_seed
from lightning_modules.base import Batch, TrainedModule
from lightning_modules.randomness import keyed_generator
from lightning_modules.ring.ensemble import Ensemble, Iteration, Law, iteration_of_all, new_vectors
from lightning_modules.ring.members import MEMBERS, MemberName, Settings, settings_of
from lightning_modules.ring.metrics import SCORES, Circle, plane_scores
from lightning_modules.ring.networks.perceptron import perceive, split

#: Deviations from the thesis: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 3.4.1, the ring",
        "centre (100, 100); radius and width are not printed",
        "radius 10, normal offsets of 1 across the line",
        "the ratio decides which model is best, so a sweep goes with the table",
    ),
    (
        "Section 3.4.1, training",
        "the distribution of the noise, activations, batch size and initialisation are not given",
        "z ~ N(0, I), ReLU, 64 points, torch's initialisation of linear layers",
        "common choices in code of that time",
    ),
    (
        "Section 3.4.1, order of updates",
        "not given",
        "D and G step at once on losses of the same forward pass; one D step for each of G",
        "as in the thesis's Algorithm 3.1, whose settings are the same for all three models",
    ),
    (
        "Section 3.4.1, WGAN",
        "the clipping constant is not given",
        "0.01 at the printed learning rate",
        "the constant of the WGAN paper",
    ),
)

#: Generated points in the scores of a test, in those of a snapshot, and stored in a snapshot.
TEST_POINTS, SNAPSHOT_POINTS, STORED_POINTS = 4096, 1024, 512
#: Share of the training after which the "early" scores are computed.
EARLY = 0.1


class RingGANs(TrainedModule):
    """Models that fit a ring, which differ only in their losses and train in parallel on the same random numbers.

    All start from the same weights and see the same points and latents, so that a difference between two of them at
    one seed is due to their settings alone. None influences another.

    Source: thesis, section 3.4.1; losses by equations 2.2, 2.3, 2.8, 2.9, 3.10.

    Args:
        members: the models that are trained: the thesis's "gan" (with the saturating loss, which it names), "wgan" and
            "fmgan" (D by the GAN's loss, G by feature matching), and variants that explain them: "gan_nonsaturating",
            and "wgan_leaky" and "fmgan_leaky" with LeakyReLU(0.2).
        member: the one that a test measures.
        centre: of the ring, in both coordinates.
        radius: of its line. The thesis prints none.
        spread: standard deviation across the line.
        learning_rate: of RMSProp, for both networks.
        clip: limit of the parameters of a Wasserstein critic.
        negative_slope: of the activation of members that are not "leaky"; 0 is ReLU.
        compiled: compile the iteration. Much faster after some seconds of compilation; the last digits differ.
        max_iterations: of each model, one step of D and one of G each.

    Raises:
        ConfigurationError: a member that is tested is not trained, or there is no compiler for `compiled`.
    """

    evaluator: ClassVar[str] = "lightning_modules.ring.evaluator.RingEvaluator"
    reported_metrics = tuple(f"{name}{moment}" for moment in ("", "_early") for name in SCORES)

    generators: Tensor
    discriminators: Tensor
    generator_squares: Tensor
    discriminator_squares: Tensor
    early_generators: Tensor

    def __init__(
        self,
        members: tuple[MemberName, ...] = ("gan", "wgan", "fmgan", "gan_nonsaturating", "wgan_leaky", "fmgan_leaky"),
        member: MemberName = "fmgan",
        centre: float = 100.0,
        radius: float = 10.0,
        spread: float = 1.0,
        learning_rate: float = 5e-5,
        clip: float = 0.01,
        negative_slope: float = 0.0,
        compiled: bool = True,
        max_iterations: int = 2_000_000,
    ) -> None:
        super().__init__(max_iterations)
        if member not in members:
            raise ConfigurationError(f"model.member: {member} is not one of model.members ({', '.join(members)})")
        self.members, self.member = tuple(members), member
        self.settings = settings_of([MEMBERS[name] for name in members], clip, negative_slope)
        self.law = Law(*(torch.tensor(value) for value in (centre, radius, spread)))
        self.circle = Circle((centre, centre), radius, spread)
        self.learning_rate = torch.tensor(learning_rate)
        self.compiled = compiled
        seed = keyed_generator(run_seed(), "initialisation").initial_seed()
        self.generators, self.discriminators = map(nn.Buffer, new_vectors(len(members), seed))
        self.generator_squares = nn.Buffer(torch.zeros_like(self.generators))
        self.discriminator_squares = nn.Buffer(torch.zeros_like(self.discriminators))
        self.early_generators = nn.Buffer(self.generators.clone())
        self._iterate: Iteration | None = None

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """Run a block of iterations; the losses are means over it, by member."""
        count = min(len(batch["angle"]), self.max_iterations - self.iteration)
        points = self._law.points(batch["angle"][:count], batch["radial"][:count])
        latents = torch.randn(points.shape, generator=generator).to(points)
        settings, rate = Settings(*self._here(*self.settings)), self._here(self.learning_rate)[0]
        iterate, losses = self._iteration(), []
        state = Ensemble.of_vectors(
            self.generators, self.discriminators, self.generator_squares, self.discriminator_squares
        )
        with torch.no_grad():
            for index in range(count):
                state, loss = iterate(state, settings, points[index], latents[index], rate)
                losses.append(loss)
        self.generators, self.discriminators, self.generator_squares, self.discriminator_squares = state.vectors()
        self.iterations_per_batch = count
        if self.iteration < EARLY * self.max_iterations <= self.iteration + count:
            self.early_generators = self.generators.clone()
        means = torch.stack(losses).mean(0)
        names = [f"{name}.{loss}" for name in self.members for loss in ("L_D", "L_G")]
        return dict(zip(names, means.flatten(), strict=True))

    def generate_points(self, generators: Tensor) -> Tensor:
        """Return points (M, TEST_POINTS, 2) of generators (M, P), from latents that are the same in every run."""
        latents = torch.randn((2, TEST_POINTS), generator=keyed_generator("ring", "test")).to(generators)
        with torch.no_grad():
            members = zip(generators, *self._here(self.settings.negative_slope), strict=True)
            return torch.stack([perceive(split(flat, 2), latents, slope)[1].T for flat, slope in members])

    def snapshot(self, reference: Batch) -> dict[str, Any]:
        """Return {"real": (STORED_POINTS, 2), "generated": (M, STORED_POINTS, 2), "scores": {member: scores}}.

        Args:
            reference: a test batch of the data module.
        """
        real, generated = self._real(reference), self.generate_points(self.generators)
        scores = plane_scores(generated[:, :SNAPSHOT_POINTS].cpu(), real.cpu(), self.circle)
        return {
            "real": real[:STORED_POINTS],
            "generated": generated[:, :STORED_POINTS],
            "scores": {name: {key: values[i] for key, values in scores.items()} for i, name in enumerate(self.members)},
        }

    def test_step(self, batch: Batch, batch_index: int) -> dict[str, Any]:
        """Return the scores of `member`, at the end and after a tenth of the training."""
        chosen, real = self.members.index(self.member), self._real(batch)
        metrics: dict[str, float] = {}
        for suffix, generators in (("", self.generators), ("_early", self.early_generators)):
            points = self.generate_points(generators)[chosen : chosen + 1]
            scores = plane_scores(points.cpu(), real.cpu(), self.circle)
            metrics.update({f"{name}{suffix}": values[0] for name, values in scores.items()})
        protocol = {"generated": TEST_POINTS, "real": len(real), "early": EARLY}
        return {"headline": self.member, "metrics": metrics, "protocol": protocol}

    def configure_optimizers(self) -> None:
        """Return None: RMSProp of all members is part of the compiled iteration."""

    def _real(self, batch: Batch) -> Tensor:
        return self._law.points(*self._here(batch["angle"], batch["radial"])).T

    @property
    def _law(self) -> Law:
        return Law(*self._here(*self.law))

    def _here(self, *values: Tensor) -> list[Tensor]:
        return [value.to(self.generators.device) for value in values]

    def _iteration(self) -> Iteration:
        """Return the iteration of all members, compiled at the first call."""
        if self._iterate is None:
            if self.compiled and not any(map(shutil.which, (os.environ.get("CXX", "g++"), "g++", "clang++"))):
                raise ConfigurationError(
                    "model.compiled: torch.compile needs a C++ compiler and found no g++; install one, or set "
                    "model.init_args.compiled: false"
                )
            self._iterate = iteration_of_all(self.compiled)
        return self._iterate
