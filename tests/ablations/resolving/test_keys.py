"""Arguments of models and data modules that a key leaves out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.small_table import small_plan

from ablations.resolving.configs import changed_keys
from ablations.resolving.keys import MACHINE_DATA, ingredients, machine_arguments, portable
from common.errors import TableError

CLASSES = """
class Model:
    machine_arguments: ClassVar[tuple[str, ...]] = ("cache",)
    evaluator = "lightning_modules.evaluation.ImageToImage"
    def __init__(self, cache: str = "a", width: int = 8, other_root: str | None = None): ...

class Narrow(Model):
    def __init__(self, width: int = 4, **rest): ...

class More(Model):
    machine_arguments = ("width",)

class Data:
    machine_arguments = ("shards",)
    def __init__(self, root: str, shards: str = "", unlabelled_root: str | None = None, size: int = 8): ...

class Bare:
    def __init__(self, root: str, rooted: int = 1): ...

class Misspelt(Model):
    machine_arguments = ("cahce",)

class Text(Model):
    machine_arguments = "cache"
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "machine_package").mkdir()
    (tmp_path / "machine_package" / "__init__.py").write_text(CLASSES)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.fixture
def config(package: None, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """A configuration of the small table with another model and other data."""
    whole = small_plan(tmp_path).stages[0].config

    def make(model: dict[str, Any] | None = None, data: dict[str, Any] | None = None) -> dict[str, Any]:
        return {
            **whole,
            "model": {"class_path": "machine_package.Model", "init_args": model or {}},
            "data": {"class_path": "machine_package.Data", "init_args": data or {}},
        }

    return make


@pytest.mark.parametrize(
    ("name", "section", "expected"),
    [("Model", "model", {"cache"}), ("Narrow", "model", {"cache"}), ("More", "model", {"width"}),
     ("Data", "data", {*MACHINE_DATA, "root", "shards", "unlabelled_root"}), ("Bare", "data", {*MACHINE_DATA, "root"}),
     ("Bare", "model", set())],
)  # fmt: skip
@pytest.mark.usefixtures("package")
def test_a_class_or_its_nearest_base_declares_them(name: str, section: str, expected: set[str]) -> None:
    assert machine_arguments(f"machine_package.{name}", section) == expected


@pytest.mark.parametrize(("name", "wrong"), [("Misspelt", "cahce"), ("Text", "cache")])
@pytest.mark.usefixtures("package")
def test_a_declaration_of_what_is_no_argument_is_refused(name: str, wrong: str) -> None:
    with pytest.raises(TableError, match=f"machine_package.{name}: machine_arguments: .*'{wrong}' is none; .*width"):
        machine_arguments(f"machine_package.{name}", "model")


def test_they_are_in_no_key_and_the_others_are(config: Callable[..., dict[str, Any]]) -> None:
    def key(**sections: dict[str, Any]) -> str:
        return ingredients(config(**sections), "fit", 0, {}, "data", "").key

    assert key() == key(model={"cache": "/b"}) == key(data={"root": "/b", "shards": "/c", "workers": 3})
    others = [key(model={"width": 9}), key(model={"other_root": "x"}), key(data={"size": 9})]
    assert len({key(), *others}) == 4
    assert portable(config(data={"unlabelled_root": "/b", "size": 9}))["data"]["init_args"] == {"size": 9}


def test_they_are_no_change_between_rows(config: Callable[..., dict[str, Any]]) -> None:
    changed = config(model={"cache": "b", "width": 9}, data={"shards": "b"})
    found = changed_keys("fit", changed, config(model={"cache": "a", "width": 8}, data={"shards": "a"}))
    assert list(found) == ["fit.model.width"]


def test_a_folder_whose_files_no_key_knows_is_refused(config: Callable[..., dict[str, Any]]) -> None:
    unset = config(data={"unlabelled_root": None})
    assert ingredients(unset, "fit", 0, {}, "data", "").config["data"]["init_args"] == {}
    with pytest.raises(TableError, match=r"machine_package\.Data: unlabelled_root: its files are not"):
        ingredients(config(data={"unlabelled_root": "/b"}), "fit", 0, {}, "data", "")
