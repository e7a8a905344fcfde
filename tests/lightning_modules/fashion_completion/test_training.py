"""Every model learns: losses fall on a few drawn people, and the shape stage does on people it has not seen.

Factors are about 60 % of what was measured (of its logarithm), so that other machines' arithmetic passes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import torch
from support.completion import attach_optimizers

from datamodules import DeepFashion
from datamodules.synthetic.people.deepfashion import synthesize_deepfashion
from lightning_modules.fashion_completion import BicycleGAN, FiNetShape, FiNetTexture, WeNShape, WeNTexture
from lightning_modules.metrics.segmentation import HoleIoU
from lightning_modules.randomness import keyed_generator

SMALL = {"width": 8, "max_width": 32, "learning_rate": 2e-3}

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Beside other work on a shared machine more threads take many times longer."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> DeepFashion:
    folder = tmp_path_factory.mktemp("people")
    root = synthesize_deepfashion(folder / "DeepFashion", count=124, seed=3)
    data = DeepFashion(
        str(root), resolution=64, batch_size=8, test_count=24, cache_dir=str(folder / "cache"), keep_in_memory=True
    )
    data.prepare_data()
    data.setup("fit")
    return data


@pytest.fixture(scope="module")
def eight(people: DeepFashion) -> dict[str, Any]:
    return next(iter(people.train_dataloader()))


def learn(module: Any, batches: Iterable[dict[str, Any]], iterations: int) -> list[dict[str, float]]:
    """Every iteration's losses; the batches are gone through again and again."""
    attach_optimizers(module)
    module.setup("fit")
    stream = itertools.chain.from_iterable(itertools.repeat(batches))
    return [
        {name: loss.item() for name, loss in module.step(batch, keyed_generator(0, i)).items()}
        for i, batch in enumerate(itertools.islice(stream, iterations))
    ]


def fall(history: list[dict[str, float]], name: str) -> float:
    """How many times smaller a loss is in the last ten iterations than in the first three."""
    values = [losses[name] for losses in history]
    assert all(value == value for value in values)
    return (sum(values[:3]) / 3) / (sum(values[-10:]) / 10)


def test_the_texture_stage_overfits_eight_people(eight: dict[str, Any]) -> None:
    torch.manual_seed(0)
    module = WeNTexture(**SMALL, levels=4)
    history = learn(module, [eight], 60)
    assert fall(history, "L_app") > 2.5
    assert fall(history, "L_KL") > 4
    with torch.no_grad():  # from the context's code, which is all there is in testing
        completed = module.eval().complete(eight, eight["parsing"])
    hole = (eight["visible"] == 0).expand_as(completed)
    error = (completed - eight["person"])[hole].abs().mean().item()
    grey = eight["person"][hole].abs().mean().item()
    assert error < 0.8 * grey


def test_the_shape_stage_completes_people_it_has_not_seen(people: DeepFashion) -> None:
    torch.manual_seed(0)
    module = WeNShape(**SMALL, levels=4)
    history = learn(module, people.train_dataloader(), 150)
    assert fall(history, "L_seg") > 5
    measured = HoleIoU()
    module.eval()
    with torch.no_grad():
        for batch in people.test_dataloader():
            measured.update(module.predict_parsing(batch), batch["parsing"], 1 - batch["visible"])
    result = measured.compute()
    assert result["parsing_miou_hole"] > 3 * result["parsing_miou_hole_constant"]


@pytest.mark.parametrize(
    ("kind", "loss", "iterations", "factor"),
    [(FiNetShape, "L_seg", 25, 1.3), (FiNetTexture, "L_app", 40, 1.4), (BicycleGAN, "L_1", 30, 1.8)],
)
def test_a_baseline_learns(kind: type, loss: str, iterations: int, factor: float, eight: dict[str, Any]) -> None:
    torch.manual_seed(0)
    history = learn(kind(**SMALL, levels=6), [eight], iterations)
    assert fall(history, loss) > factor


def test_the_discriminator_tells_real_from_made(eight: dict[str, Any]) -> None:
    """Against a generator that stands still."""
    torch.manual_seed(0)
    module = WeNTexture(**SMALL, levels=4)
    optimizer_g, _ = attach_optimizers(module)
    optimizer_g.step = lambda: None  # type: ignore[method-assign,assignment]
    losses = [module.step(eight, keyed_generator(0, i))["L_D"].item() for i in range(15)]
    assert losses[-1] < 0.3 * losses[0]
