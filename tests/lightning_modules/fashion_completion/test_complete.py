"""The application `complete`: what it shows, whose photograph it takes, and what it asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from support import completion
from torch import Tensor

from common.errors import ConfigurationError
from lightning_modules.evaluation.offered import missing_method, offered_applications
from lightning_modules.fashion_completion import BicycleGAN, FiNetTexture, WeNShape, WeNTexture
from lightning_modules.fashion_completion.applications import Complete, PersonContext

OWN = {"image": Path("a.jpg"), "parsing": Path("a.png"), "keypoints": Path("a.json")}


class People:
    """Hands out a batch of one, and keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def test_person(self, *asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return completion.batch(1)

    def prepare_person(self, *asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return {**completion.batch(1), "name": ["a.jpg"]}


class Noise:
    """A model whose completion is a constant that the generator draws."""

    device = torch.device("cpu")

    def generate(self, batch: dict[str, Any], generator: torch.Generator) -> Tensor:
        return torch.full_like(batch["person"], float(torch.rand(1, generator=generator)))


def test_it_shows_a_test_photograph_its_hole_and_completions_that_differ() -> None:
    people = People()
    outcome = Complete(photograph=5, hole=(1, 2, 3, 4), samples=2)(PersonContext(Noise(), people))
    assert people.asked == [(5, (1, 2, 3, 4))]
    batch = completion.batch(1)
    assert torch.equal(outcome.images["person"], batch["person"])
    assert torch.equal(outcome.images["holed"], batch["person"] * batch["visible"])
    first, second = outcome.images["completed"].unbind()
    assert first.unique().numel() == second.unique().numel() == 1 and first.max() != second.max()
    again = Complete(samples=2)(PersonContext(Noise(), people))
    assert torch.equal(again.images["completed"], outcome.images["completed"])
    assert outcome.caption == "0.jpg, with a hole of 12 % of its pixels, and completions of it."
    assert outcome.numbers == {} and outcome.sheet.width > 4 * 128


def test_a_photograph_of_the_user_s_comes_with_its_files() -> None:
    people = People()
    outcome = Complete(**OWN, samples=1)(PersonContext(Noise(), people))
    assert people.asked == [(*OWN.values(), None)] and outcome.caption.startswith("a.jpg, with")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["image"], "needs --parsing and --keypoints too"),
        (["image", "parsing"], "needs --keypoints too"),
        (["parsing", "keypoints"], "needs --image too"),
    ],
)
def test_what_is_missing_of_a_photograph_of_the_user_s_is_said(given: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Complete(**{name: OWN[name] for name in given})(PersonContext(Noise(), People()))


def test_models_that_complete_photographs_offer_it() -> None:
    for model in (WeNTexture, FiNetTexture, BicycleGAN):
        assert offered_applications(model) == {"complete": Complete}
        assert missing_method(Complete, model) is None
    assert offered_applications(WeNShape) == {}


def test_a_shape_stage_can_be_given(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = WeNTexture(**completion.TINY).eval()
    with pytest.raises(ConfigurationError, match="shape_checkpoint is not set"):
        Complete()(PersonContext.create(module, People(), {}))
    shape = completion.checkpoint(tmp_path, WeNShape(**completion.TINY))
    context = PersonContext.create(module, People(), {"shape": shape})
    with torch.no_grad():
        outcome = Complete(samples=1)(context)
    batch = completion.batch(1)
    visible = batch["visible"].expand(-1, 3, -1, -1) > 0
    assert torch.equal(outcome.images["completed"][visible], batch["person"][visible])
    assert not torch.equal(outcome.images["completed"], batch["person"])


def test_other_data_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="object has no prepare_person; completion needs a data module of"):
        PersonContext.create(Noise(), object(), {})
