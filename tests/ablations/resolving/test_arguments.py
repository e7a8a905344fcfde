"""Signatures read from source: the same as Python's own, and what they refuse."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path

import pytest

import datamodules
from ablations.resolving.arguments import class_arguments
from ablations.resolving.configs import TRAINER
from common.errors import TableError
from datamodules.augmentation import Augmentation
from lightning_modules import fashion_completion

CLASSES = [
    *((f"lightning_modules.fashion_completion.{name}", getattr(fashion_completion, name))
      for name in fashion_completion.__all__),
    ("datamodules.DeepFashion", datamodules.DeepFashion),
]  # fmt: skip


@pytest.mark.parametrize(("path", "cls"), CLASSES)
def test_names_and_defaults_are_those_of_the_class(path: str, cls: type) -> None:
    real = inspect.signature(cls).parameters
    read = class_arguments(path)
    assert set(read) == set(real)
    for name, argument in read.items():
        if argument.has_plain_default:
            default = real[name].default
            assert argument.default == (list(default) if isinstance(default, tuple) else default)


def test_the_trainer_is_read_too() -> None:
    assert "default_root_dir" in class_arguments(TRAINER)


def test_a_class_without_its_own_arguments_has_its_base_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "drawn_package"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "inner" / "__init__.py").touch()
    (package / "base.py").write_text("class Base:\n    def __init__(self, depth: int = 2, name: str = 'a'): ...\n")
    (package / "inner" / "models.py").write_text(
        "class Plain(Base): ...\nclass More(Base):\n    def __init__(self, width: int = 8, name='b', **rest): ...\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert set(class_arguments("drawn_package.inner.Plain")) == {"depth", "name"}
    more = class_arguments("drawn_package.inner.More")
    assert {name: argument.default for name, argument in more.items()} == {"depth": 2, "name": "b", "width": 8}


@pytest.mark.parametrize("data", ["FaceScrub", "Flowers102", "CUB200"])
def test_the_fields_of_a_dataclass_are_checked_like_arguments(data: str) -> None:
    argument = class_arguments(f"datamodules.{data}")["augmentation"]
    assert argument.default is None and argument.fields is not None
    assert set(argument.fields) == {field.name for field in dataclasses.fields(Augmentation)}
    assert argument.refusal(None) is argument.refusal({"flip": 0.5, "rotate": 10}) is None
    assert argument.refusal(False) == "must be a mapping of flip, shift, scale, rotate, brightness, contrast, not False"
    assert argument.refusal({"filp": 1}) == "has no 'filp', did you mean 'flip'?"
    assert argument.refusal({"flip": 0.5, "rotate": "far"}) == "rotate must be float, not 'far'"
    cast = argument.cast({"flip": 1, "rotate": 10})
    assert cast == {"flip": 1.0, "rotate": 10.0} and {type(value) for value in cast.values()} == {float}
    assert argument.cast(None) is None
    assert class_arguments(f"datamodules.{data}")["crop" if data != "FaceScrub" else "margin"].fields is None


@pytest.mark.parametrize(
    ("argument", "value", "refused"),
    [("width", 16, False), ("width", 1.5, True), ("width", True, True), ("width", "16", True),
     ("kl_weight", 3, False), ("kl_weight", "big", True), ("attention", False, False), ("attention", 0, True),
     ("shape_checkpoint", None, False), ("shape_checkpoint", "a.ckpt", False), ("shape_checkpoint", 3, True),
     ("spectral_norm", "off", False), ("spectral_norm", "of", True), ("betas", [0.5, 0.9], False)],
)  # fmt: skip
def test_values_of_an_impossible_type_are_refused(argument: str, value: object, refused: bool) -> None:
    known = class_arguments("lightning_modules.fashion_completion.WeNTexture")
    assert (known[argument].refusal(value) is not None) == refused


def test_an_option_of_a_choice_is_suggested() -> None:
    known = class_arguments("lightning_modules.fashion_completion.WeNTexture")
    assert (
        known["spectral_norm"].refusal("off_as_prnted")
        == "'off_as_prnted' is not known, did you mean 'off_as_printed'?"
    )


@pytest.mark.parametrize(
    ("path", "message"),
    [("lightning_modules.fashion_completion.WeNTextur", "did you mean 'WeNTexture'"),
     ("lightning_modules.fashion_completon.WeNTexture", "there is no module"), ("nowhere.Model", "there is no module"),
     ("Model", "there is no module")],
)  # fmt: skip
def test_a_class_that_is_not_there(path: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        class_arguments(path)


@pytest.mark.parametrize(
    ("class_path", "argument", "value", "taken"),
    [("WeNTexture", "kl_weight", 20, 20.0), ("WeNTexture", "width", 20, 20), ("WeNTexture", "betas", [0, 1], [0, 1]),
     ("WeNTexture", "attention", True, True), ("WeNTexture", "kl_weight", True, True)],
)  # fmt: skip
def test_a_whole_number_is_a_float_where_one_is_wanted(
    class_path: str, argument: str, value: object, taken: object
) -> None:
    given = class_arguments(f"lightning_modules.fashion_completion.{class_path}")[argument].cast(value)
    assert (given, type(given)) == (taken, type(taken))


def test_trainer_arguments_that_take_both_stay_as_they_are() -> None:
    given = class_arguments(TRAINER)["limit_train_batches"].cast(5)
    assert (given, type(given)) == (5, int)  # 5 batches, not 5.0 of them
