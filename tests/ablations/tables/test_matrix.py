"""Sweeps: axes, exclude and include as in GitHub Actions, the rows they make, and what each mistake is told."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest
from support.small_table import TEXT, small_plan, small_table

from ablations.tables.schema import Table, find_table
from common.errors import TableError

WIDTH, KL, APP = "texture.model.width", "texture.model.kl_weight", "texture.model.appearance_weight"


def with_matrix(matrix: str) -> str:
    return f"{TEXT}matrix:\n{textwrap.indent(textwrap.dedent(matrix), '  ')}\n"


def points(folder: Path, matrix: str) -> list[dict[str, Any]]:
    return [row.point for row in small_table(folder, with_matrix(matrix)).rows if row.sweep]


def test_two_lines_make_a_sweep(tmp_path: Path) -> None:
    table = small_table(tmp_path, with_matrix(f"{KL}: [2, 20, 2.0e2]"))
    assert [row.id for row in table.rows] == [
        "full",
        "plain",
        "direct",
        "kl_weight-2",
        "kl_weight-20",
        "kl_weight-2.0e2",
    ]
    (sweep,) = table.sweeps
    assert (sweep.id, sweep.base, sweep.axes) == ("kl_weight", "full", {KL: (2, 20, 200.0)})
    assert sweep.rows == ("kl_weight-2", "kl_weight-20", "kl_weight-2.0e2")
    row = table.row("kl_weight-2")
    assert (row.label, row.base, row.paper, row.sweep) == ("full, kl_weight 2", "full", {}, "kl_weight")
    assert (row.point, row.factor) == ({KL: 2}, (KL,))
    assert table.base == "full"


def test_axes_make_their_product_in_order(tmp_path: Path) -> None:
    assert points(tmp_path, f"{WIDTH}: [4, 6]\n{KL}: [1, 2]") == [
        {WIDTH: 4, KL: 1}, {WIDTH: 4, KL: 2}, {WIDTH: 6, KL: 1}, {WIDTH: 6, KL: 2},
    ]  # fmt: skip


def test_exclude_takes_what_has_all_its_values(tmp_path: Path) -> None:
    matrix = f"{WIDTH}: [4, 6]\n{KL}: [1, 2]\nexclude: [{{{WIDTH}: 4, {KL}: 2}}]"
    assert points(tmp_path, matrix) == [{WIDTH: 4, KL: 1}, {WIDTH: 6, KL: 1}, {WIDTH: 6, KL: 2}]
    matrix = f"{WIDTH}: [4, 6]\n{KL}: [1, 2]\nexclude:\n  - {KL}: 2"  # a part of a combination is enough
    assert points(tmp_path, matrix) == [{WIDTH: 4, KL: 1}, {WIDTH: 6, KL: 1}]


def test_include_widens_what_it_fits_and_adds_what_it_does_not(tmp_path: Path) -> None:
    """The order and rules of GitHub's own documentation: originals are never overwritten, added values may be."""
    attention, scales = "texture.model.attention", "texture.model.output_scales"
    matrix = f"""
        {WIDTH}: [4, 6]
        {KL}: [1, 2]
        include:
          - {attention}: true
          - {{{attention}: false, {KL}: 1}}
          - {{{WIDTH}: 4, {scales}: 2}}
          - {WIDTH}: 8
          - {{{WIDTH}: 8, {KL}: 1}}
    """
    assert points(tmp_path, matrix) == [
        {WIDTH: 4, KL: 1, attention: False, scales: 2},
        {WIDTH: 4, KL: 2, attention: True, scales: 2},
        {WIDTH: 6, KL: 1, attention: False},
        {WIDTH: 6, KL: 2, attention: True},
        {WIDTH: 8},
        {WIDTH: 8, KL: 1},  # not added to the point before: that was none of the originals
    ]


def test_include_brings_back_what_exclude_took(tmp_path: Path) -> None:
    matrix = f"{KL}: [1, 2]\nexclude: [{{{KL}: 1}}]\ninclude: [{{{KL}: 1, {APP}: 3}}]"
    assert points(tmp_path, matrix) == [{KL: 2}, {KL: 1, APP: 3}]


def test_a_point_sets_its_values_over_its_base_row_s(tmp_path: Path) -> None:
    table = small_table(tmp_path, with_matrix(f"base: direct\ntexture.model.two_stage: [true]\n{KL}: [5]"))
    row = table.rows[-1]
    assert (row.id, row.base, row.drop) == ("direct-two_stage-true-kl_weight-5", "direct", ("shape",))
    assert {setting.key: setting.value for setting in row.settings} == {"two_stage": True, "kl_weight": 5}
    assert row.label == "w/o two-stage, two_stage true, kl_weight 5"


def test_a_point_that_is_its_base_shares_its_runs(tmp_path: Path) -> None:
    plan = small_plan(tmp_path, with_matrix(f"{KL}: [2, 20]"))  # the class has 20.0
    rows = {row.row.id: row.seeds[0] for row in plan.rows}
    for stage in ("shape", "texture", "test"):
        assert rows["kl_weight-20"][stage] is rows["full"][stage]
    assert rows["kl_weight-2"]["shape"] is rows["full"]["shape"]
    assert rows["kl_weight-2"]["texture"] is not rows["full"]["texture"]


def test_keys_with_one_name_keep_what_tells_them_apart(tmp_path: Path) -> None:
    table = small_table(tmp_path, with_matrix(f"shape.model.kl_weight: [1]\n{KL}: [0.5]"))
    assert table.rows[-1].id == "shape.model.kl_weight-1-texture.model.kl_weight-0.5"


def test_several_matrices_are_several_sweeps(tmp_path: Path) -> None:
    table = small_table(tmp_path, with_matrix(f"- {KL}: [1]\n- {APP}: [1, 2]"))
    assert [(sweep.id, sweep.rows) for sweep in table.sweeps] == [
        ("kl_weight", ("kl_weight-1",)), ("appearance_weight", ("appearance_weight-1", "appearance_weight-2")),
    ]  # fmt: skip


def test_a_claim_and_a_figure_may_be_about_a_point(tmp_path: Path) -> None:
    text = with_matrix(f"{KL}: [0.5]").replace("full.fid < plain.fid", "full.fid < kl_weight-0.5.fid")
    text += "figures:\n  - {id: f, panel: diversity, where: F, title: t, rows: [kl_weight-0.5]}\n"
    table = small_table(tmp_path, text)
    right = table.claims[0].right
    assert right is not None
    assert (right.row, right.column) == ("kl_weight-0.5", "fid")
    assert table.figures[0].rows == ("kl_weight-0.5",)


@pytest.mark.parametrize(
    ("matrix", "line", "message"),
    [(f"{KL}: []", 27, f"matrix.{KL}: an axis needs values"),
     (f"{KL}: 2", 27, "must be a list"),
     (f"{KL}: [2, 3, 2.0]", 27, "2.0 is given twice"),
     ("texture.modl.kl_weight: [2]", 27, "did you mean 'model'?"),
     ("textur.model.kl_weight: [2]", 27, "there is no stage 'textur', did you mean 'texture'?"),
     ("kl_weight: [2]", 27, "is no axis; use a setting key"),
     (f"{KL}: [2]\nexlude: []", 28, "did you mean 'exclude'?"),
     ("base: full", 27, "has no axis"),
     (f"{KL}: [2]\nbase: ful", 28, "'ful' is not known, did you mean 'full'?"),
     ("shape.model.kl_weight: [2]\nbase: direct", 27, "drops stage 'shape'"),
     (f"{KL}: [2]\nexclude: [{{{APP}: 2}}]", 28, f"unknown key {APP!r}, did you mean {KL!r}?"),
     (f"{KL}: [2]\nexclude: [{{{KL}: 3}}]", 28, "excludes nothing"),
     (f"{KL}: [2]\nexclude: [{{}}]", 28, "excludes nothing"),
     (f"{KL}: [2]\nexclude: [{{{KL}: 2}}]", 27, "'exclude' leaves no point"),
     (f"{KL}: [2]\ninclude: [{{{KL}: 2}}]", 28, "adds nothing"),
     (f"{KL}: [2]\ninclude: [{{{KL}: 3}}, {{{KL}: 3}}]", 28, "adds nothing"),
     (f"{KL}: [2]\ninclude: [{{texture.modl.x: 3}}]", 28, "did you mean 'model'?"),
     (f"- {KL}: [2]\n- {KL}: [2, 3]", 28, "gives row 'kl_weight-2', which exists already"),
     ("[]", 27, "matrix: must not be empty")],
)  # fmt: skip
def test_a_mistake_is_one_line(matrix: str, line: int, message: str, tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        small_table(tmp_path, with_matrix(matrix))
    said = str(caught.value)
    assert f"table_small.yaml:{line}: matrix" in said
    assert message in said
    assert "\n" not in said


def test_an_argument_that_is_not_there_is_found_when_the_table_is_expanded(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r":27: texture.model: .*no argument 'kl_wight', did you mean 'kl_weight'"):
        small_plan(tmp_path, with_matrix("texture.model.kl_wight: [2]"))


@pytest.fixture
def shipped() -> Table:
    return find_table("4-1-sweep")


def test_the_sweep_that_ships_has_no_printed_number(shipped: Table) -> None:
    assert [sweep.id for sweep in shipped.sweeps] == ["kl_weight", "appearance_weight"]
    assert [row.paper for row in shipped.rows] == [{}] * 7


def test_sweeps_of_settings_with_one_ending_stay_apart(tmp_path: Path) -> None:
    table = small_table(tmp_path, with_matrix(f"- {KL}: [2, 20]\n- shape.model.kl_weight: [3, 200]"))
    assert [sweep.id for sweep in table.sweeps] == [KL, "shape.model.kl_weight"]
    assert [row.id for row in table.rows if row.sweep == KL] == [f"{KL}-2", f"{KL}-20"]
    with pytest.raises(TableError, match=r"matrix\[1\]: sweeps .*kl_weight a second time; use one matrix for both"):
        small_table(tmp_path, with_matrix(f"- {KL}: [2, 20]\n- {KL}: [3, 200]"))
