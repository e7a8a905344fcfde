"""Order by position: epochs, seeds and resuming in the middle."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch.utils.data import Dataset

from datamodules.loading import EpochSampler, Position, ReplacementSampler, ResumableData, ResumableLoader, mix


class Echo(Dataset):
    def __init__(self):
        self.asked: list[int] = []

    def __getitem__(self, position: Position):
        self.asked.append(position.index)
        return {"index": position.index, "seed": position.seed}

    def __len__(self):
        return 10


def loader(seed=0):
    return ResumableLoader(Echo(), batch_size=3, sampler=EpochSampler(10, seed), drop_last=True)


def epoch(loader, number=0):
    loader.given = number * len(loader)
    return [batch["index"].tolist() for batch in loader]


def test_mixing_depends_on_every_number_and_its_place():
    seeds = {mix(a, b) for a in range(30) for b in range(30)}
    assert len(seeds) == 900
    assert mix(1, 2) == mix(1, 2) != mix(2, 1)
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_an_epoch_is_a_function_of_seed_and_number():
    one = loader()
    later = epoch(one, 5)
    assert epoch(loader(), 5) == later  # whatever ran before
    assert epoch(one, 6) != later
    assert epoch(loader(seed=1), 5) != later
    assert len({index for batch in later for index in batch}) == 9


def test_each_sample_has_a_seed_of_its_epoch_and_index():
    def seeds(number):
        sampler = EpochSampler(10, 0)
        sampler.start(number, skip=0)
        return {position.index: position.seed for position in sampler}

    assert seeds(0) == seeds(0)
    assert len({*seeds(0).values(), *seeds(1).values()}) == 20


def test_unshuffled_epochs_are_all_alike():
    sampler = EpochSampler(10, 0, shuffle=False)
    sampler.start(4, skip=0)
    assert [position.index for position in sampler] == list(range(10))
    assert [p.seed for p in sampler] == [p.seed for p in EpochSampler(10, 0, shuffle=False)]


def test_a_loader_goes_on_where_it_was_and_loads_nothing_it_skips():
    whole = loader()
    first, second = epoch(whole, 0), epoch(whole, 1)
    resumed = loader()
    resumed.load_state_dict({"batches": 2})
    assert [batch["index"].tolist() for batch in resumed] == first[2:]
    assert resumed.dataset.asked == first[2]
    assert [batch["index"].tolist() for batch in resumed] == second != first
    assert resumed.state_dict() == {"batches": 6}


def test_a_loader_stopped_within_an_epoch_goes_on_within_it():
    whole, stopped = loader(), loader()
    expected = epoch(whole)
    next(iter(stopped))
    assert [batch["index"].tolist() for batch in stopped] == expected[1:]


def test_lightning_cannot_set_the_epoch():
    assert not hasattr(EpochSampler(10, 0), "set_epoch")


def test_a_data_module_keeps_its_place_whatever_lightning_counts():
    data = ResumableData()
    assert data.state_dict() == {"batches": 0}
    started = data.resume_loader(loader())
    iterator = iter(started)
    for _ in range(2):
        next(iterator)
    again = ResumableData()
    again.load_state_dict(data.state_dict())
    assert again.state_dict() == {"batches": 2}  # also before there is a loader
    assert [b["index"].tolist() for b in again.resume_loader(loader())] == epoch(loader())[2:]


def test_two_loaders_worker_counts_agree():
    parallel = ResumableLoader(Echo(), batch_size=3, sampler=EpochSampler(10, 0), drop_last=True, num_workers=2)
    assert all(torch.equal(a["seed"], b["seed"]) for a, b in zip(loader(), parallel, strict=True))


def places(seed=0, length=10, draws=12, epochs=(0, 1)):
    sampler = ReplacementSampler(length, seed, draws)
    found = []
    for number in epochs:
        sampler.start(number, skip=0)
        found += list(sampler)
    return found


def test_a_place_is_a_function_of_seed_and_number():
    expected = [ReplacementSampler(10, 0, 12).place(n) for n in range(24)]
    assert places() == expected == places(draws=4, epochs=range(6)) == places(draws=24, epochs=(0,))
    assert [*ReplacementSampler(10, 0, 12)] == expected[:12]  # from the start where nobody says
    assert places(epochs=(1,)) == expected[12:]  # whatever ran before
    other = places(seed=1)
    assert [p.index for p in other] != [p.index for p in expected]
    assert not {p.seed for p in other} & {p.seed for p in expected}


def test_drawing_is_even_and_with_replacement():
    drawn = places(draws=5000, epochs=(0,))
    counts = [sum(p.index == i for p in drawn) for i in range(10)]
    assert sum(counts) == 5000 and all(400 < count < 600 for count in counts)  # 500 +- 21
    repeats = sum(a.index == b.index for a, b in pairwise(drawn))
    assert 400 < repeats < 600  # one place in ten, as if drawn apart
    assert len({p.seed for p in drawn}) == 5000  # a sample drawn again is changed in another way


def test_one_sample_is_always_drawn_and_the_last_one_too():
    assert {p.index for p in places(length=1)} == {0}
    assert max(p.index for p in places(length=3)) == 2


@pytest.mark.parametrize(("draws", "size"), [(12, 3), (6, 3), (12, 2)])
def test_drawing_goes_on_where_it_was_whatever_the_epochs_and_batches(draws, size):
    def drawing():
        sampler = ReplacementSampler(10, 0, draws)
        return ResumableLoader(Echo(), batch_size=size, sampler=sampler, drop_last=True)

    def indices(batches):
        return [index for batch in batches for index in batch["index"].tolist()]

    expected = [p.index for p in places(epochs=(0, 1))]
    whole = drawing()
    assert indices([*whole, *whole]) == expected[: 2 * draws]
    assert len(whole) == draws // size
    stopped = drawing()
    next(iter(stopped))
    resumed = drawing()
    resumed.load_state_dict(stopped.state_dict())
    assert indices(resumed) == expected[size:draws]
    assert resumed.dataset.asked == expected[size:draws]  # what it skips is not loaded
    assert indices(resumed) == expected[draws : 2 * draws]
