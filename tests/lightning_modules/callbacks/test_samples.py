"""Sample sheets: when, what they show, and that making them changes nothing."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from PIL import Image
from support.completion import TINY, batch, loader, trainer

from common.errors import ConfigurationError
from lightning_modules.callbacks.samples import Samples
from lightning_modules.fashion_completion import WeNShape, WeNTexture
from lightning_modules.frozen import FrozenNetwork
from lightning_modules.preserve_state import preserve_state
from lightning_modules.weights import weights_digest


class Batches(pl.LightningDataModule):
    def train_dataloader(self) -> Any:
        return loader([batch(2, seed=1), batch(2, seed=2)])

    def test_dataloader(self) -> Any:
        return loader([batch(3, seed=3)])


def fit(folder: Path, module: Any, **settings: Any) -> list[str]:
    trainer(folder, Samples(**settings)).fit(module, datamodule=Batches())
    return sorted(path.name for path in (folder / "samples").glob("*"))


@pytest.mark.parametrize(
    ("iterations", "sheets", "expected"), [(5, 2, [3, 5]), (4, 4, [1, 2, 3, 4]), (3, 8, [1, 2, 3]), (3, 0, [])]
)
def test_sheets_are_spread_evenly_and_the_last_is_at_the_end(
    iterations: int, sheets: int, expected: list[int], tmp_path: Path
) -> None:
    found = fit(tmp_path, WeNShape(**TINY, max_iterations=iterations), sheets=sheets, count=1)
    assert found == [f"iteration_{i:06d}.png" for i in expected]


def test_a_sheet_shows_input_completion_and_truth_of_the_first_test_images(tmp_path: Path) -> None:
    fit(tmp_path, WeNTexture(**TINY, max_iterations=1), sheets=1, count=2)
    sheet = np.asarray(Image.open(tmp_path / "samples" / "iteration_000001.png"))
    assert (sheet[:25] < 128).any()  # titles
    shown = batch(3, seed=3)
    truth = ((shown["person"][:2].permute(0, 2, 3, 1) + 1) * 127.5).round().to(torch.uint8).numpy()
    hole = shown["visible"][:2, 0].numpy() == 0
    inputs, completed, real = (
        np.stack([sheet[25 + 69 * line :, 5 + 69 * column :][:64, :64] for line in range(2)]) for column in range(3)
    )
    assert np.array_equal(real, truth)
    assert (inputs[hole] == 128).all() and np.array_equal(inputs[~hole], truth[~hole])
    assert np.array_equal(completed[~hole], truth[~hole]) and not np.array_equal(completed[hole], truth[hole])


def test_making_sheets_does_not_change_what_is_learnt(tmp_path: Path) -> None:
    """Spectral normalisation moves its vectors at every pass, in evaluation too."""
    digests = []
    for sheets in (0, 3):
        torch.manual_seed(0)
        module = WeNTexture(**TINY, max_iterations=3)
        fit(tmp_path / str(sheets), module, sheets=sheets)
        assert module.training and all(child.training for child in module.modules())
        digests.append(weights_digest(module))
    assert digests[0] == digests[1]


def test_a_preview_that_fails_is_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: Any, data: Any) -> Any:
        raise ConfigurationError("no such\ncolour")

    monkeypatch.setattr(WeNShape, "preview", fail)
    module = WeNShape(**TINY, max_iterations=3)
    with caplog.at_level(logging.WARNING, "lightning_modules"):
        assert fit(tmp_path, module, sheets=3) == []
    assert module.iteration == 3
    assert [record.message for record in caplog.records] == [
        "samples: no more sheets, the one of iteration 1 failed: no such colour"
    ]


def test_a_full_disk_ends_the_training_in_one_line_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / ".iteration_000002.png.partial").symlink_to("/dev/full")
    with pytest.raises(ConfigurationError, match=r"iteration_000002\.png: cannot be written \(No space"):
        fit(tmp_path, WeNShape(**TINY, max_iterations=2), sheets=1)


def test_buffers_and_mode_come_back_also_after_an_error() -> None:
    torch.manual_seed(0)
    module, data = WeNTexture(**TINY), batch(1)
    before = weights_digest(module)
    with torch.no_grad():
        module.eval().preview(data)
        assert weights_digest(module) != before  # what the guard is for
    before = weights_digest(module.train())
    with pytest.raises(KeyError), preserve_state(module), torch.no_grad():
        module.eval().preview(data)
        raise KeyError
    assert weights_digest(module) == before and module.training
    with preserve_state(module.eval()):
        module.train()
    assert not module.training


def test_random_numbers_and_networks_held_outside_the_module_come_back() -> None:
    """A texture stage holds its shape stage outside its own weights, and moves that one's buffers as well."""
    torch.manual_seed(0)
    module, stage, data = WeNTexture(**TINY), WeNShape(**TINY).eval(), batch(1)
    object.__setattr__(module, "_shape_stage", FrozenNetwork(stage))
    before, random = weights_digest(stage), torch.get_rng_state()
    with preserve_state(module), torch.no_grad():
        module.generate(data)
        torch.rand(1)
        assert weights_digest(stage) != before
        object.__setattr__(module, "_read_meanwhile", WeNShape(**TINY))
    assert weights_digest(stage) == before and torch.equal(torch.get_rng_state(), random)
    assert "_read_meanwhile" not in vars(module)  # nobody knows how it was; it is read again
