"""What a test leaves of the applications that its model offers: sheets, numbers, words, and the model as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from support.class_data import ClassData, Painter, PixelReader, judged
from support.class_images import TINY

from lightning_modules.conditional_gan import CGAN, CVAE, CVAEGAN, RealImages
from lightning_modules.conditional_gan.applications import APPLICATIONS
from lightning_modules.conditional_gan.evaluator import ConditionalEvaluator
from lightning_modules.evaluation import evaluator_class
from lightning_modules.evaluation.application import Outcome
from lightning_modules.evaluation.class_context import ClassContext
from lightning_modules.panels import ImageFile, Panel, read_panels

NAMES = [kind.name for kind in APPLICATIONS]


@pytest.fixture(autouse=True)
def pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feature network and a recogniser that take no time and need no file."""
    monkeypatch.setattr("lightning_modules.evaluation.class_conditional.select_features", lambda *_: PixelReader())
    monkeypatch.setattr("lightning_modules.evaluation.class_conditional.Recogniser", lambda path, module: PixelReader())


def result(folder: Path, module: Any, **settings: Any) -> dict[str, Any]:
    found = judged(folder, module, per_class=3, recogniser_checkpoint="x", **settings)[0].result
    assert found is not None
    return found


def applied(folder: Path, module: Any = None) -> dict[str, Panel]:
    """The panels of applications that a test left, or that one of the module leaves."""
    if module is not None:
        result(folder, module)
    others = ("samples", "classes", "labels", "reconstructions")
    return {name: panel for name, panel in read_panels(folder / "samples").items() if name not in others}


def test_models_offer_them_in_the_thesis_s_order() -> None:
    assert NAMES == [
        "class_grid",
        "latent_plane",
        "nearest_neighbours",
        "inpainting",
        "morphing",
        "attribute_retrieval",
    ]
    for model in (CVAE, CGAN, CVAEGAN):
        assert [application.name for application in evaluator_class(model).applications()] == NAMES
    assert evaluator_class(RealImages).applications() == evaluator_class(Painter).applications() == []
    measures = [name for kind in APPLICATIONS for name in kind.measures]
    assert len(set(measures)) == len(measures)


def test_a_test_leaves_sheets_numbers_and_words_and_the_model_as_it_was(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = CVAE(**TINY).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    found = result(tmp_path, module)
    assert {path.stem for path in (tmp_path / "samples").glob("application_*.png")} == {
        f"application_{name}" for name in NAMES
    }
    panels = applied(tmp_path)
    assert list(panels) == NAMES
    metrics, failed = found["metrics"], found["protocol"]["failed"]
    for name, kind in zip(NAMES, APPLICATIONS, strict=True):
        panel = panels[name]
        assert isinstance(panel, ImageFile) and panel.measures == kind.measures and panel.caption
        assert panel.file == tmp_path / "samples" / f"application_{name}.png" and panel.title == name.replace("_", " ")
        assert {m for m in kind.measures if metrics[m] is None} <= failed.keys()
    assert metrics["morphing_top1"] is not None and metrics["latent_plane_explained"] > 0
    assert "SSIM needs 11 x 11" in failed["inpainting_psnr"]
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


def test_without_an_encoder_there_is_what_needs_none(tmp_path: Path) -> None:
    found = result(tmp_path, CGAN(**TINY), samples=0)
    assert applied(tmp_path) == {}  # no images were asked for
    assert list(applied(tmp_path / "shown", CGAN(**TINY))) == ["class_grid", "nearest_neighbours"]
    assert found["protocol"]["failed"]["morphing_top1"] == "CGAN has no encoder"
    assert found["metrics"]["memorisation_pixels_ratio"] > 0
    assert list((tmp_path / "samples").glob("application_*")) == []


@dataclass(frozen=True)
class Crashing:
    name: ClassVar[str] = "crashing"
    measures: ClassVar[tuple[str, ...]] = ("crash", "boom")

    def __call__(self, context: ClassContext) -> Outcome:
        raise LookupError("a bug\nin it")


def test_one_that_crashes_takes_nothing_else_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual: Callable[[], list[Any]] = ConditionalEvaluator.applications
    monkeypatch.setattr(ConditionalEvaluator, "applications", lambda self: [Crashing(), *usual()])
    found = result(tmp_path, CVAE(**TINY))
    assert (found["metrics"]["crash"], found["metrics"]["boom"]) == (None, None)
    assert found["protocol"]["failed"]["crash"] == "a bug in it"
    assert list(applied(tmp_path)) == NAMES and found["metrics"]["top1"] is not None


def test_a_model_without_applications_has_none(tmp_path: Path) -> None:
    assert applied(tmp_path, Painter()) == {}


def test_codes_are_of_each_image_once() -> None:
    module = CVAE(**TINY).eval()
    given, seen = ClassContext(module, ClassData()), []
    encode = module.encode
    module.encode = lambda images, labels: (seen.append(len(images)), encode(images, labels))[1]  # type: ignore[assignment,func-returns-value]
    with torch.no_grad():
        first = given.codes([3, 1])
        again = given.codes([1, 2, 3])
    assert sum(seen) == 3 and torch.equal(again[[2, 0]], first)
    assert given.name_of(1) == "class 2"
