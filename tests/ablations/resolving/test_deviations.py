"""Declared deviations: read as they are written, and a wrong declaration named by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ablations.resolving import deviations as module
from ablations.resolving.deviations import class_paths, declared_deviations, deviations
from ablations.tables.checks import Deviation
from ablations.tables.schema import Table, find_table
from common.errors import TableError

GOOD = '''\
"""A module."""
DEVIATIONS = (
    ("section 3.2, equation (2-18)", "the pair only", "the pair and N(0, 1)", "may agree "
     "on any sigma"),
    ["a", "b", "c", "d"],
)
import no_such_module
'''


@pytest.fixture
def table() -> Table:
    return find_table("4-1")


def write(folder: Path, text: str, name: str = "module.py") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_declarations_are_read_without_importing(tmp_path: Path) -> None:
    assert declared_deviations(write(tmp_path, GOOD)) == [
        Deviation("section 3.2, equation (2-18)", "the pair only", "the pair and N(0, 1)", "may agree on any sigma"),
        Deviation("a", "b", "c", "d"),
    ]
    annotated = GOOD.replace("DEVIATIONS =", "DEVIATIONS: tuple =")
    assert len(declared_deviations(write(tmp_path, annotated))) == 2
    assert declared_deviations(write(tmp_path, "def f():\n    DEVIATIONS = 3\n")) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [("DEVIATIONS = 3", 1), ("\nDEVIATIONS = made()", 2), ("DEVIATIONS = (\n    ('a', 'b', 'c'),\n)", 2),
     ("DEVIATIONS = (\n    ('a', 'b', 'c', 'd'),\n    ('a', 'b', 'c', name),\n)", 3),
     ("DEVIATIONS = (('a', 'b', 'c', 4),)", 1), ("DEVIATIONS = (('a', 'b', 'c', ' '),)", 1),
     ("DEVIATIONS = ('a', 'b', 'c', 'd')", 1), ("DEVIATIONS = (f'{x}',)", 1), ("DEVIATIONS: tuple", 1)],
)  # fmt: skip
def test_a_malformed_declaration_is_named(text: str, line: int, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    with pytest.raises(TableError) as caught:
        declared_deviations(path)
    assert str(caught.value) == (
        f"{path}:{line}: DEVIATIONS: must be a tuple of tuples of four texts (where, paper, ours, why)"
    )


def test_a_module_that_is_not_python_is_named(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"module.py: cannot be read as Python"):
        declared_deviations(write(tmp_path, "def"))


def test_all_classes_of_a_table_are_looked_at(table: Table) -> None:
    names = {path.rpartition(".")[2] for path in class_paths(table)}
    models = {"WeNShape", "WeNTexture", "FiNetShape", "FiNetTexture", "BicycleGAN"}
    assert names == {*models, "DeepFashion", "ImageToImage", "Checkpoints"}


def test_deviations_come_with_their_module(table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def used(paths: list[str]) -> dict[str, Path]:
        asked.extend(paths)
        return {"a.quiet": write(tmp_path, "x = 1", "quiet.py"), "a.module": write(tmp_path, GOOD)}

    monkeypatch.setattr(module, "used_modules", used)
    found = deviations(table)
    assert [name for name, _ in found] == ["a.module", "a.module"]
    assert asked == class_paths(table)


def test_what_ships_is_well_formed(table: Table) -> None:
    for name, deviation in deviations(table):
        assert name.partition(".")[0] in ("lightning_modules", "datamodules")
        assert deviation.where
