"""Sizes (H, W) that are no squares: a model's follows its data's, and what is no size is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_table import write_table

from ablations.resolving.arguments import class_arguments
from ablations.resolving.configs import resolve, scale_changes
from ablations.resolving.keys import ingredients
from ablations.resolving.scales import DataScale, FamilyScale, Scale
from ablations.tables.schema import Table, load_table
from common.errors import TableError

CLASSES = """
class Painter:
    evaluator = "lightning_modules.evaluation.ImageToImage"
    def __init__(self, size: tuple[int, int] = (256, 176), width: int = 64): ...

class Images:
    def __init__(self, root: str = ".", size: tuple[int, int] = (256, 176), parts: tuple[str, ...] = ("a",)): ...
"""
TABLE = """\
id: small
title: A small table
paper: {key: nobody-2031, where: Table 1}
columns:
  - {id: ssim, label: SSIM, better: higher, metric: ssim}
stages:
  texture: {fit: texture.yaml}
  test: {test: texture}
rows:
  - {id: full, label: full, set: {SET}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sized_package").mkdir()
    (tmp_path / "sized_package" / "__init__.py").write_text(CLASSES)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def table(folder: Path, setting: str = "texture.model.width: 8") -> Table:
    path = write_table(folder, TABLE.replace("SET", setting))
    config = "model: {class_path: sized_package.Painter}\ndata: {class_path: sized_package.Images}\ntrainer: {}\n"
    path.with_name("texture.yaml").write_text(config)
    return load_table(path)


def scale(**sizes: list[int]) -> Scale:
    return Scale("any", {"fashion_completion": FamilyScale(data={"Images": DataScale(None, dict(sizes))})})


def test_a_model_has_the_size_that_a_scale_gives_its_data(folder: Path) -> None:
    found = table(folder)
    for name in ("texture", "test"):
        config = resolve(found, found.rows[0], found.stage(name), scale(size=[64, 48]))
        assert config["model"]["init_args"]["size"] == config["data"]["init_args"]["size"] == [64, 48]
    changes = scale_changes(found, scale(size=[64, 48]))
    assert {f"{owner}.size: [256, 176] -> [64, 48]" for owner in ("Painter", "Images")} == set(changes)
    paper = resolve(found, found.rows[0], found.stage("texture"), scale())
    assert paper["model"]["init_args"]["size"] == [256, 176]


def test_another_size_is_another_key_and_height_is_not_width(folder: Path) -> None:
    found = table(folder)
    configs = [resolve(found, found.rows[0], found.stage("texture"), scale(size=size)) for size in ([64, 48], [48, 64])]
    assert len({ingredients(config, "fit", 0, {}, "", "").key for config in configs}) == 2


def test_what_is_no_size_is_refused_with_its_line(folder: Path) -> None:
    for wrong in ("64", "[64]", "[64, 48, 3]", "[64, 4.5]", "[64, a]", "null"):
        found = table(folder, f"texture.data.size: {wrong}")
        with pytest.raises(TableError, match=r"table_small.yaml:10: texture.data.size: must be tuple\[int, int\], not"):
            resolve(found, found.rows[0], found.stage("texture"), scale())


def test_a_tuple_of_any_length_has_entries_of_its_type() -> None:
    parts = class_arguments("lightning_modules.conditional_gan.FMCGAN")["classifier_features"]
    assert [parts.refusal(value) for value in ([], ["fc"], ["conv1", "fc"], ("fc",))] == [None] * 4
    assert [parts.refusal(value) is None for value in ("fc", [1], ["fc", 1])] == [False] * 3
    betas = class_arguments("lightning_modules.conditional_gan.FMCGAN")["betas"]
    assert [betas.refusal(value) is None for value in ([0, 0.9], [0.5], [0.5, "a"])] == [True, False, False]
