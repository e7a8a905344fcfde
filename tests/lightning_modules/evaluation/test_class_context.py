"""What applications of class-conditional models are given: labels by number or name, and the user's own images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from support.painted_classes import Averager, Paints

from common.errors import ConfigurationError
from lightning_modules.conditional_gan.applications.choices import unseen_first
from lightning_modules.evaluation.class_context import ClassContext


def context(count: int = 4) -> ClassContext:
    return ClassContext(Averager(), Paints([[0.5, 0.5, 0.5]] * count))  # type: ignore[arg-type]


def test_a_label_is_a_number_or_a_name() -> None:
    one = context()
    assert [one.label_of(label) for label in (0, 2, "Ben", "cy")] == [0, 2, 1, 2]
    for label in (-1, 3):
        with pytest.raises(ValueError, match=f"label: {label}; the data have labels 0 to 2"):
            one.label_of(label)
    with pytest.raises(ValueError, match="label: there is no class 'Bon', did you mean 'Ben'"):
        one.label_of("Bon")
    one.data.class_names = [f"person {number:04}" for number in range(200)]
    with pytest.raises(ValueError, match="no class 'zzz', give a number from 0 to 199, or a name"):
        one.label_of("zzz")


def test_a_class_without_an_image_is_refused_by_its_name() -> None:
    assert sorted(unseen_first(context(4), "ada")[0]) == [0, 3]
    with pytest.raises(ValueError, match="label: Cy has no image; choose another class"):
        unseen_first(context(2), "Cy")


def test_an_image_of_the_user_s_comes_from_the_data_module_with_its_label() -> None:
    one, asked = context(), []
    with pytest.raises(ValueError, match=r"Paints has no prepare_image; it cannot read a\.png"):
        one.load_labelled(Path("a.png"), 0)

    def prepare(path: Path) -> torch.Tensor:
        asked.append(path)
        return torch.full((3, 8, 8), 0.25)

    one.data.prepare_image = prepare  # type: ignore[attr-defined]
    image, label = one.load_labelled(Path("a.png"), "Ben")
    assert image.shape == (1, 3, 8, 8) and label.tolist() == [1] and label.dtype == torch.int64
    assert asked == [Path("a.png")]
    with pytest.raises(ValueError, match=r"a\.png: its class is unknown; give --label"):
        one.load_labelled(Path("a.png"), None)


def test_other_data_are_refused(tmp_path: Path) -> None:
    module: Any = Averager()
    assert ClassContext.create(module, Paints([[0.0, 0.0, 0.0]] * 3), {}).recogniser is None
    with pytest.raises(ConfigurationError, match="object has no class_count"):
        ClassContext.create(module, object(), {})
