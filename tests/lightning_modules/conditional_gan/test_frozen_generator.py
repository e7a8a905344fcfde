"""A generator read out of a conditional model's checkpoint: the same images, or one line that says why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from support.class_images import CLASSES, SIZE, TINY, class_images, classifier_checkpoint, generator_checkpoint
from support.completion import loader, trainer

from common.errors import ConfigurationError
from lightning_modules.callbacks.checkpointing import EVALUATED, Checkpoints
from lightning_modules.conditional_gan import CGAN, CVAE, CVAEGAN, FMCGAN, RealImages
from lightning_modules.conditional_gan.frozen_generator import load_generator

KEY = "model.init_args.generator_checkpoint"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generator_checkpoint(tmp_path_factory.mktemp("generator"))


@pytest.mark.parametrize("kind", [CVAE, CGAN, FMCGAN, CVAEGAN])
def test_it_makes_what_the_trained_model_makes(kind: Any, tmp_path: Path) -> None:
    along = {"freeze_classifier": False} if kind in (FMCGAN, CVAEGAN) else {}
    module = kind(**TINY, **along, max_iterations=1)
    trainer(tmp_path, Checkpoints()).fit(module, loader([class_images()]))
    found = load_generator(tmp_path / EVALUATED["last"], CLASSES, SIZE)
    z, labels = torch.randn(3, 6), torch.tensor([0, 2, 3])
    with torch.no_grad():
        exact = module.eval().sample(labels, z)
    images = found(z, module.class_vectors(labels))
    assert (found.latent_dim, images.shape) == (6, (3, 3, SIZE, SIZE))
    assert (images - exact).abs().max() <= 0.5 / 127.5 + 1e-5
    assert torch.equal(found.train()(z[:1], module.class_vectors(labels[:1])), images[:1])


def broken(checkpoint: Path, folder: Path, how: str) -> Path:
    path = folder / "generator.ckpt"
    content = torch.load(checkpoint, weights_only=True)
    if how == "truncated":
        path.write_bytes(checkpoint.read_bytes()[:-3000])
    elif how == "a note":
        path.write_text("to be done")
    elif how == "a classifier":
        return classifier_checkpoint(folder)
    elif how == "real images":
        module = RealImages(CLASSES, SIZE, max_iterations=1)
        trainer(folder, Checkpoints()).fit(module, loader([class_images()]))
        return folder / EVALUATED["last"]
    elif how == "without its generator":
        weights = {k: v for k, v in content["state_dict"].items() if not k.startswith("generator.")}
        torch.save({**content, "state_dict": weights}, path)
    elif how == "a list":
        torch.save([1, 2], path)
    return path


HOW = ["missing", "truncated", "a note", "a classifier", "real images", "without its generator", "a list"]


@pytest.mark.parametrize("how", HOW)
def test_a_wrong_file_is_named_in_one_line(checkpoint: Path, tmp_path: Path, how: str) -> None:
    path = broken(checkpoint, tmp_path, how)
    fix = "train a conditional model first" if how == "missing" else "give that of a CVAE, CGAN, FMCGAN or CVAEGAN"
    with pytest.raises(ConfigurationError, match=fix) as caught:
        load_generator(path, CLASSES, SIZE)
    message = str(caught.value)
    assert message.startswith(f"{KEY}: {path}") and "\n" not in message and len(message) < 500
    if how in ("a classifier", "real images"):
        assert "it has no 'latent_dim'" in message


@pytest.mark.parametrize(
    ("wanted", "what"),
    [((7, SIZE), "classes 4, and here classes is 7"), ((CLASSES, 32), "resolution 16, and here resolution is 32")],
)
def test_other_classes_and_images_are_named(checkpoint: Path, wanted: tuple[int, int], what: str) -> None:
    with pytest.raises(ConfigurationError, match=what) as caught:
        load_generator(checkpoint, *wanted)
    assert "\n" not in str(caught.value)
