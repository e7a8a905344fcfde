"""The ring experiment: all members at once, compiled, against the plain loop; one process a core, one thread each.

Both sides train with the same random numbers, one plain model to one process; throughput is models times iterations a
second, over all cores, without the seconds that compiling takes once. They take turns, and the best round of each
counts.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from functools import cache
from multiprocessing.pool import Pool

import torch
from torch import Tensor

from lightning_modules.ring.ensemble import Ensemble, Law, iteration_of_all, new_vectors
from lightning_modules.ring.members import MEMBERS, settings_of
from lightning_modules.ring.networks.perceptron import flatten
from lightning_modules.ring.plain import PlainGAN

LEARNING_RATE, CLIP = 5e-5, 0.01
POINTS, SEED, ROUNDS = 64, 0, 3
NAMES = list(MEMBERS)


def numbers(count: int) -> tuple[Tensor, Tensor]:
    """Points and latents of so many iterations, (count, 2, POINTS) each."""
    generator = torch.Generator().manual_seed(SEED)
    law = Law(torch.tensor(100.0), torch.tensor(10.0), torch.tensor(1.0))
    angle = torch.rand(count, POINTS, generator=generator) * (2 * torch.pi)
    points = law.points(angle, torch.randn(count, POINTS, generator=generator))
    return points, torch.randn(points.shape, generator=generator)


class Fast:
    """An ensemble of `copies` of every member."""

    def __init__(self, copies: int) -> None:
        members = [MEMBERS[name] for name in NAMES] * copies
        self.models = len(members)
        self.settings = settings_of(members, CLIP, 0.0)
        self.step = iteration_of_all(compiled=True)
        vectors = new_vectors(self.models, SEED)
        self.state = Ensemble.of_vectors(*vectors, *[torch.zeros_like(vector) for vector in vectors])
        self.rate = torch.tensor(LEARNING_RATE)

    def train(self, count: int) -> None:
        points, latents = numbers(count)
        with torch.no_grad():
            for index in range(count):
                self.state, _ = self.step(self.state, self.settings, points[index], latents[index], self.rate)


@cache
def ensemble(copies: int) -> Fast:
    """An ensemble of this process, compiled."""
    fast = Fast(copies)
    fast.train(3)
    return fast


def time_fast(job: tuple[int, int]) -> float:
    """Models times iterations a second of this process."""
    torch.set_num_threads(1)
    copies, count = job
    fast = ensemble(copies)
    begun = time.perf_counter()
    fast.train(count)
    return fast.models * count / (time.perf_counter() - begun)


def time_plain(count: int) -> float:
    """Iterations a second of this process, which trains one FMGAN."""
    torch.set_num_threads(1)
    model = PlainGAN(MEMBERS["fmgan"], SEED, LEARNING_RATE, CLIP)
    points, latents = numbers(count)
    begun = time.perf_counter()
    for index in range(count):
        model.iterate(points[index].T, latents[index].T)
    return count / (time.perf_counter() - begun)


def furthest_apart(count: int = 300) -> dict[str, float]:
    """The largest difference between any parameter of a generator on the two sides after so many iterations."""
    fast = Fast(1)
    fast.train(count)
    generators = fast.state.vectors()[0]
    points, latents = numbers(count)
    apart = {}
    for index, name in enumerate(NAMES):
        model = PlainGAN(MEMBERS[name], SEED, LEARNING_RATE, CLIP)
        for i in range(count):
            model.iterate(points[i].T, latents[i].T)
        apart[name] = float((flatten(model.generator) - generators[index]).abs().max())
    return apart


def both(pool: Pool, cores: int, copies: int) -> tuple[float, float]:
    """Throughput of all cores, the compiled ensemble's and the plain loop's."""
    fast = sum(pool.map(time_fast, [(copies, 1500)] * cores, chunksize=1))
    return fast, sum(pool.map(time_plain, [1500] * cores, chunksize=1))


def main() -> None:
    torch.set_num_threads(1)
    cores = len(os.sched_getaffinity(0))
    worst = max(furthest_apart().items(), key=lambda item: item[1])
    print(f"after 300 iterations no generator's parameter differs by more than {worst[1]:.1e} ({worst[0]})")
    one = time_plain(1500)
    print(f"the plain loop, one process: {one:,.0f} iterations a second")
    with multiprocessing.get_context("spawn").Pool(cores) as pool:
        for copies in (1, 2):
            rounds = [both(pool, cores, copies) for _ in range(ROUNDS)]
            fast, plain = max(f for f, _ in rounds), max(p for _, p in rounds)
            print(
                f"{copies * len(NAMES)} members a process, {cores} processes: {fast:,.0f} model-iterations a second, "
                f"{fast / one:.1f} times the plain loop, {fast / plain:.1f} times as many plain loops as cores"
            )


if __name__ == "__main__":
    main()
