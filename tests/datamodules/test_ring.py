"""The ring's random numbers: their law, and that they depend on nothing but the seed and the position."""

from __future__ import annotations

import math
from itertools import islice
from typing import Any

import pytest
import torch

from datamodules import Ring


def blocks(seed: int, count: int, monkeypatch: pytest.MonkeyPatch, given: int = 0) -> list[dict[str, Any]]:
    monkeypatch.setenv("PL_GLOBAL_SEED", str(seed))
    data = Ring(block=3, batch_size=500)
    data.load_state_dict({"batches": given})
    return list(islice(iter(data.train_dataloader()), count))


def test_numbers_follow_their_law(monkeypatch: pytest.MonkeyPatch) -> None:
    block = blocks(0, 1, monkeypatch)[0]
    assert block["angle"].shape == block["radial"].shape == (3, 500)
    assert block["angle"].min() >= 0 and block["angle"].max() < 2 * math.pi
    assert block["angle"].mean().item() == pytest.approx(math.pi, abs=0.2)
    assert block["radial"].std().item() == pytest.approx(1, abs=0.1)


def test_resumes(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, rest = blocks(0, 3, monkeypatch), blocks(0, 1, monkeypatch, given=2)
    assert torch.equal(whole[2]["angle"], rest[0]["angle"])
    assert not torch.equal(whole[0]["angle"], whole[1]["angle"])


def test_seeds_and_epochs_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    first, other = blocks(0, 1, monkeypatch)[0], blocks(1, 1, monkeypatch)[0]
    assert not torch.equal(first["angle"], other["angle"])
    seen = {tuple(block["angle"][0, :3].tolist()) for start in (0, 1024) for block in blocks(0, 40, monkeypatch, start)}
    assert len(seen) == 80


def test_every_generator_is_judged_by_the_same_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PL_GLOBAL_SEED", "0")
    first = next(iter(Ring().test_dataloader()))
    monkeypatch.setenv("PL_GLOBAL_SEED", "1")
    assert torch.equal(first["angle"], next(iter(Ring().test_dataloader()))["angle"])
    assert first["angle"].shape == (2000,)
