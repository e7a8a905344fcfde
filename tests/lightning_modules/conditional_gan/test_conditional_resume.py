"""A class-conditional model that was killed ends as one that was not, bit for bit, its centres included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from support.class_images import TINY, class_images, classifier_checkpoint
from support.completion import loader, trainer

from lightning_modules.callbacks.checkpointing import EVALUATED, RESUME, Checkpoints
from lightning_modules.callbacks.history import HISTORY, History
from lightning_modules.callbacks.samples import Samples
from lightning_modules.conditional_gan import CGAN, CVAE, CVAEGAN, FMCGAN
from lightning_modules.weights import weights_digest

CASES: dict[str, tuple[type, dict[str, Any]]] = {
    "CVAE": (CVAE, {}),
    "CGAN": (CGAN, {}),
    "FMCGAN": (FMCGAN, {"discriminator_average": 0.9}),
    "FMCGAN, C along": (FMCGAN, {"freeze_classifier": False}),
    "CVAEGAN": (CVAEGAN, {}),
    "CVAEGAN, iccv": (CVAEGAN, {"preset": "iccv"}),
}
BATCHES = [class_images(8, seed=seed) for seed in range(4)]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(classifier_checkpoint(tmp_path_factory.mktemp("classifier")))


def train(kind: type, arguments: dict[str, Any], folder: Path, until: int, after: int = 0) -> tuple[str, str]:
    """Trains to an iteration in a fresh module, as a new process would; goes on from what is in the folder."""
    torch.manual_seed(after)  # a resumed module's own start must not matter
    module = kind(**TINY, **arguments, max_iterations=until)
    fitting = trainer(folder, Checkpoints(every=1), History(every=1))
    fitting.fit(module, loader(BATCHES[after:]), ckpt_path=folder / RESUME if after else None, weights_only=True)
    assert module.iteration == until
    return weights_digest(module), (folder / HISTORY).read_text()


@pytest.mark.parametrize(("kind", "changes"), CASES.values(), ids=CASES)
def test_a_resumed_training(kind: type, changes: dict[str, Any], checkpoint: str, tmp_path: Path) -> None:
    arguments = {**changes, **({"classifier_checkpoint": checkpoint} if kind in (FMCGAN, CVAEGAN) else {})}
    whole = train(kind, arguments, tmp_path / "whole", 4)
    train(kind, arguments, tmp_path / "stopped", 2)
    assert train(kind, arguments, tmp_path / "stopped", 4, after=2) == whole


def test_evaluated_weights_load_without_the_classifier(checkpoint: str, tmp_path: Path) -> None:
    """A test stage needs the checkpoint alone, and it generates what the trained module did."""
    batch = BATCHES[0]
    module = FMCGAN(**TINY, classifier_checkpoint=checkpoint, max_iterations=1)
    trainer(tmp_path, Checkpoints()).fit(module, loader([batch]))
    elsewhere = {"classifier_checkpoint": str(tmp_path / "gone.ckpt")}
    path = tmp_path / EVALUATED["last"]
    loaded = FMCGAN.load_from_checkpoint(path, weights_only=True, **elsewhere)
    loaded.setup("test")
    with torch.no_grad():
        assert torch.equal(loaded.eval().generate(batch), module.eval().generate(batch))


def test_sample_sheets_leave_no_trace(checkpoint: str, tmp_path: Path) -> None:
    digests = []
    for sheets in (0, 2):
        torch.manual_seed(0)
        module = CVAEGAN(**TINY, preset="iccv", classifier_checkpoint=checkpoint, max_iterations=2)
        shown = Samples(count=2, sheets=sheets) if sheets else Samples(sheets=1)
        shown._batch = {key: value[:2] for key, value in BATCHES[3].items()} if sheets else None
        fitting = trainer(tmp_path / str(sheets), *([shown] if sheets else []))
        fitting.fit(module, loader(BATCHES))
        digests.append(weights_digest(module))
    assert len(list((tmp_path / "2" / "samples").glob("*.png"))) == 2
    assert digests[0] == digests[1]
