"""Order by position: epochs, seeds and resuming in the middle."""

from __future__ import annotations

import torch
from torch.utils.data import Dataset

from datamodules.loading import EpochSampler, Position, ResumableLoader, mix


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
    loader.sampler.set_epoch(number)
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
        sampler.set_epoch(number)
        return {position.index: position.seed for position in sampler}

    assert seeds(0) == seeds(0)
    assert len({*seeds(0).values(), *seeds(1).values()}) == 20


def test_unshuffled_epochs_are_all_alike():
    sampler = EpochSampler(10, 0, shuffle=False)
    sampler.set_epoch(4)
    assert [position.index for position in sampler] == list(range(10))
    assert [p.seed for p in sampler] == [p.seed for p in EpochSampler(10, 0, shuffle=False)]


def test_a_loader_resumes_where_it_was_and_loads_nothing_it_skips():
    whole = loader()
    expected = epoch(whole)
    iterator = iter(whole)
    next(iterator), next(iterator)
    state = whole.state_dict()
    resumed = loader()
    resumed.load_state_dict(state)
    assert epoch(resumed) == expected[2:]
    assert resumed.dataset.asked == expected[2]
    assert epoch(resumed) == expected  # the next epoch is whole again


def test_a_finished_epoch_leaves_nothing_to_skip():
    done = loader()
    epoch(done)
    assert done.state_dict() == {"seen": 0}


def test_two_loaders_worker_counts_agree():
    parallel = ResumableLoader(Echo(), batch_size=3, sampler=EpochSampler(10, 0), drop_last=True, num_workers=2)
    assert all(torch.equal(a["seed"], b["seed"]) for a, b in zip(loader(), parallel, strict=True))
