"""Merge keys of YAML, in tables and configurations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from support.small_table import TEXT, write_table

from ablations.tables.schema import load_table
from ablations.tables.source import read
from common.errors import TableError


def value(text: str, tmp_path: Path) -> Any:
    path = tmp_path / "file.yaml"
    path.write_text(text)
    return read(path).value()


@pytest.mark.parametrize(
    "text",
    [
        "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3, z: 4}",
        "a: &a {x: 1, y: 2}\nb: {y: 3, <<: *a}",
        "a: &a {x: 1, y: 2}\nc: &c {x: 5, z: 6}\nb: {<<: [*a, *c], w: 7}",
        "a: &a {x: 1}\nc: &c {<<: *a, y: 2}\nb: {<<: *c, z: 3}",
        "b: {<<: {x: 1}, y: 2}",
        'b: {"<<": 1, y: 2}',
    ],
)
def test_they_are_read_as_yaml_reads_them(text: str, tmp_path: Path) -> None:
    assert value(text, tmp_path) == yaml.safe_load(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("b: {<<: 3}", r"file.yaml:1: b.<<: must be a mapping, not a single value"),
        ("b: {<<: [{x: 1}, 3]}", r"file.yaml:1: b.<<: must be a mapping, not a single value"),
        ("a: &a {x: 1}\nb: {<<: *a, y: 1, y: 2}", r"file.yaml:2: b: key 'y' is given twice"),
    ],
)
def test_wrong_ones_are_one_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=said):
        value(text, tmp_path)


def test_a_row_may_merge_another_s_settings_and_unknown_keys_are_named(tmp_path: Path) -> None:
    before = "set: {texture.model.two_stage: false}"
    text = TEXT.replace("set: {texture.model.attention: false}", "set: &plain {texture.model.attention: false}")
    merged = text.replace(before, "set: {<<: *plain, texture.model.two_stage: false}")
    settings = load_table(write_table(tmp_path, merged)).row("direct").settings
    assert {setting.key: setting.value for setting in settings} == {"attention": False, "two_stage": False}
    with pytest.raises(TableError, match=r"table_small\.yaml:18: .*unknown key 'texture\.model\.attention'"):
        load_table(write_table(tmp_path, text.replace("paper: {fid: 24.28}", "paper: {<<: *plain, fid: 24.28}")))
