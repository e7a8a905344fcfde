"""Every class-conditional model learns: what it generates for a class becomes like the images of that class.

Bounds leave room for other machines' arithmetic.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from support.class_images import CLASSES, TINY, class_images
from support.completion import attach_optimizers, loader, trainer
from torch import Tensor

from lightning_modules.callbacks.checkpointing import EVALUATED, Checkpoints
from lightning_modules.conditional_gan import CGAN, CVAE, CVAEGAN, FMCGAN
from lightning_modules.randomness import keyed_generator
from lightning_modules.recognition import Classifier, load_classifier

SMALL = {**TINY, "width": 8, "learning_rate": 2e-3}
BATCHES = [class_images(32, seed=seed) for seed in range(4)]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A classifier that knows its classes."""
    folder = tmp_path_factory.mktemp("classifier")
    torch.manual_seed(0)
    module = Classifier(classes=CLASSES, resolution=16, width=8, learning_rate=3e-3, max_iterations=24)
    trainer(folder, Checkpoints()).fit(module, loader(BATCHES))
    return str(folder / EVALUATED["last"])


def learn(module: Any, iterations: int) -> list[dict[str, float]]:
    attach_optimizers(module)
    module.setup("fit")
    steps = (module.step(BATCHES[i % 4], keyed_generator(0, i)) for i in range(iterations))
    return [{name: loss.item() for name, loss in losses.items()} for losses in steps]


def fall(history: list[dict[str, float]], name: str) -> float:
    """How many times smaller a loss is in the last five iterations than in the first two."""
    values = [losses[name] for losses in history]
    return (sum(values[:2]) / 2) / (sum(values[-5:]) / 5)


def recognised(module: Any, checkpoint: str) -> float:
    """The share of generated images that are of the class that was asked for, as the classifier sees it."""
    module.eval()
    labels = torch.arange(64) % CLASSES
    with torch.no_grad():
        images: Tensor = module.sample(labels, torch.randn(64, 6, generator=keyed_generator("test")))
        found = load_classifier(checkpoint, CLASSES, 16)(images).argmax(1)
    return (found == labels).float().mean().item()


# Model, its arguments, iterations, how many times losses fall, the share recognised (chance is a quarter).
CASES: dict[str, tuple[type, dict[str, Any], int, dict[str, float], float]] = {
    "CVAE": (CVAE, {}, 60, {"L_img": 2.0}, 0.5),
    "CGAN": (CGAN, {}, 160, {}, 0.5),
    "FMCGAN": (FMCGAN, {}, 60, {"L_GC": 15.0}, 0.45),
    "CVAEGAN": (CVAEGAN, {}, 60, {"L_G_img": 1.4, "L_G_C": 5.0}, 0.5),
    "CVAEGAN, iccv": (CVAEGAN, {"preset": "iccv"}, 40, {"L_G_img": 1.4, "L_GC": 10.0}, 0.5),
}


@pytest.mark.parametrize(("kind", "changes", "iterations", "falls", "share"), CASES.values(), ids=CASES)
def test_a_model_learns(
    kind: type, changes: dict[str, Any], iterations: int, falls: dict[str, float], share: float, checkpoint: str
) -> None:
    arguments = {**changes, **({"classifier_checkpoint": checkpoint} if kind in (FMCGAN, CVAEGAN) else {})}
    torch.manual_seed(0)
    module = kind(**SMALL, **arguments)
    history = learn(module, iterations)
    assert {name: fall(history, name) > factor for name, factor in falls.items()} == dict.fromkeys(falls, True)
    assert recognised(module, checkpoint) > share


def test_the_encoder_tells_images_of_one_class_apart() -> None:
    torch.manual_seed(0)
    module = CVAE(**SMALL)
    history = learn(module, 100)
    assert history[-1]["active_units"] >= 3
    one, batch = module.eval(), class_images(32, seed=9)
    with torch.no_grad():
        own = one.reconstruct(batch["image"], batch["label"])
        others = one.sample(batch["label"], one.encode(batch["image"], batch["label"]).roll(CLASSES, 0))
    errors = [(made - batch["image"]).square().mean().item() for made in (own, others)]
    assert errors[0] < 0.7 * errors[1]


@pytest.mark.parametrize("kind", [CGAN, FMCGAN, CVAEGAN])
def test_the_discriminator_tells_real_from_made(kind: type, checkpoint: str) -> None:
    """Against a generator that stands still."""
    arguments = {"classifier_checkpoint": checkpoint} if kind in (FMCGAN, CVAEGAN) else {}
    torch.manual_seed(0)
    module = kind(**SMALL, **arguments)
    optimizer_g, _ = attach_optimizers(module)
    optimizer_g.step = lambda: None  # type: ignore[method-assign,assignment]
    losses = [module.step(BATCHES[i % 4], keyed_generator(0, i))["L_D"].item() for i in range(12)]
    assert losses[-1] < 0.3 * losses[0]
