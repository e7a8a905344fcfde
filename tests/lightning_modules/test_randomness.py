"""Noise is a function of where it is drawn, never of what was drawn before."""

from __future__ import annotations

import pytest
import torch

from common.seeds import run_seed
from lightning_modules.randomness import keyed_generator, normal, normal_for_each


def draw(*key: int | str) -> list[float]:
    return torch.randn(4, generator=keyed_generator(*key)).tolist()


def test_a_key_gives_its_noise_and_no_other() -> None:
    assert draw(0, "iteration", 7) == draw(0, "iteration", 7)
    keys = [(s, w, i) for s in (0, 1) for w in ("iteration", "WeNShape") for i in range(20)]
    assert len({tuple(draw(*key)) for key in keys}) == len(keys)
    assert draw("1") != draw(1)


def test_global_random_state_is_neither_read_nor_moved() -> None:
    torch.manual_seed(0)
    first, state = draw(3), torch.get_rng_state()
    torch.manual_seed(1)
    assert draw(3) == first
    torch.manual_seed(0)
    draw(3)
    assert torch.equal(torch.get_rng_state(), state)


def test_noise_has_the_type_of_its_pattern() -> None:
    like = torch.zeros(1, dtype=torch.float64)
    noise = normal((2, 3), keyed_generator(0), like)
    assert noise.dtype == torch.float64 and noise.shape == (2, 3)


def test_each_image_has_its_own_noise_in_every_batch() -> None:
    like = torch.zeros(1)
    all_four = normal_for_each(torch.tensor([4, 5, 6, 7]), (2, 2), "z", like)
    assert all_four.shape == (4, 2, 2)
    assert torch.equal(normal_for_each(torch.tensor([6, 4]), (2, 2), "z", like), all_four[[2, 0]])
    assert not torch.equal(normal_for_each(torch.tensor([4]), (2, 2), "other", like)[0], all_four[0])


def test_the_seed_is_the_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PL_GLOBAL_SEED", raising=False)
    like = torch.zeros(1)
    assert run_seed() == 0
    zero = normal_for_each(torch.tensor([1]), (3,), "z", like)
    monkeypatch.setenv("PL_GLOBAL_SEED", "12")
    assert run_seed() == 12
    assert not torch.equal(normal_for_each(torch.tensor([1]), (3,), "z", like), zero)


def test_noise_is_standard_normal() -> None:
    noise = normal_for_each(torch.arange(2000), (8,), "z", torch.zeros(1))
    assert noise.mean().abs() < 0.02 and noise.std().item() == pytest.approx(1, abs=0.02)
    assert noise[0] @ noise[1] / 8 < 1  # not one row repeated
