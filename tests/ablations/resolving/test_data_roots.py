"""Which arguments of a data module are folders, and the data sets that it declares for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ablations.resolving.arguments import class_summary
from ablations.resolving.data_roots import declared_data_sets, given_roots, root_arguments
from common.errors import TableError

CLASSES = '''
class Faces:
    """Faces of people: cropped. And more."""
    data_sets = {"root": "faces", "pairs_root": "pairs"}
    def __init__(self, root: str, pairs_root: str | None = None, size: int = 8): ...

class Narrow(Faces): ...

class Plain:
    def __init__(self, rooted: int = 1): ...

class Wrong(Faces):
    data_sets = {"pair_root": "pairs"}

class Text(Faces):
    data_sets = "faces"
'''


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "roots_package").mkdir()
    (tmp_path / "roots_package" / "__init__.py").write_text(CLASSES)
    monkeypatch.syspath_prepend(tmp_path)


def test_a_class_or_its_base_declares_them() -> None:
    for name in ("Faces", "Narrow"):
        assert declared_data_sets(f"roots_package.{name}") == {"root": "faces", "pairs_root": "pairs"}
        assert root_arguments(f"roots_package.{name}") == ["pairs_root", "root"]
    assert declared_data_sets("roots_package.Plain") == {} and root_arguments("roots_package.Plain") == []


@pytest.mark.parametrize(
    ("name", "said"),
    [("Wrong", r"Wrong: data_sets: 'pair_root' is no argument .* these are pairs_root, root"),
     ("Text", "Text: data_sets: must map arguments to data sets")],
)  # fmt: skip
def test_a_declaration_that_is_wrong_is_refused(name: str, said: str) -> None:
    with pytest.raises(TableError, match=said):
        declared_data_sets(f"roots_package.{name}")


def test_folders_that_are_set() -> None:
    config = {"data": {"init_args": {"root": "a", "pairs_root": None, "other_root": "b", "rooted": 3}}}
    assert given_roots(config) == {"root": "a", "other_root": "b"}


def test_what_a_class_is_in_a_few_words() -> None:
    assert class_summary("roots_package.Faces") == "Faces of people"
    assert class_summary("roots_package.Plain") == "Plain"
