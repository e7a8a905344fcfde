"""A row's stages as a graph: what feeds what, the order that follows, and what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.chain_table import CHAIN, chain_table
from support.small_table import TEXT, small_table

from ablations.tables.graph import find_cycle, row_feeds, row_fits, row_stages
from common.errors import TableError


def names(table_text: str, folder: Path, row: str = "full") -> list[str]:
    table = chain_table(folder, table_text)
    return [stage.name for stage in row_stages(table, table.row(row))]


def test_inputs_come_first_whatever_the_file_s_order(tmp_path: Path) -> None:
    assert names(CHAIN, tmp_path) == ["shape", "texture", "last", "test"]
    table = chain_table(tmp_path)
    assert [stage.name for stage in row_fits(table, table.row("full"))] == ["shape", "texture", "last"]


def test_a_test_has_what_its_training_was_given(tmp_path: Path) -> None:
    table = chain_table(tmp_path)
    stages = {stage.name: stage for stage in table.stages}
    full = table.row("full")
    assert row_feeds(table, full, stages["last"]) == {"shape_checkpoint": "texture"}
    assert row_feeds(table, full, stages["test"]) == {"shape_checkpoint": "texture"}
    other = table.row("other")
    assert row_feeds(table, other, stages["last"]) == row_feeds(table, other, stages["test"])
    assert row_feeds(table, other, stages["test"]) == {"shape_checkpoint": "shape"}
    assert row_feeds(table, table.row("without"), stages["test"]) == {}


def test_a_test_may_be_given_something_else(tmp_path: Path) -> None:
    text = CHAIN.replace("last.needs.shape_checkpoint: shape", "test.needs.shape_checkpoint: shape")
    table = chain_table(tmp_path, text)
    row = table.row("other")
    assert row_feeds(table, row, table.stage("last")) == {"shape_checkpoint": "texture"}
    assert row_feeds(table, row, table.stage("test")) == {"shape_checkpoint": "shape"}


def test_a_test_goes_without_what_its_row_drops(tmp_path: Path) -> None:
    table = small_table(tmp_path)
    assert row_feeds(table, table.row("full"), table.stage("test")) == {"shape_checkpoint": "shape"}
    assert row_feeds(table, table.row("direct"), table.stage("test")) == {}


MISTAKES = [
    # a find_cycle of the stages, and one that a row makes
    ("shape: {fit: shape.yaml}", "shape: {fit: shape.yaml, needs: {x: last}}", 7,
     "stages need each other in a cycle (last -> texture -> shape -> last); remove one of these needs"),
    ("last.needs.shape_checkpoint: shape", "shape.needs.x: texture", 17,
     "stages need each other in a cycle (texture -> shape -> texture)"),
    # what a training needs stays
    ("label: full", "label: full\n    drop: [texture]", 14,
     "'last' needs it; set last.needs.shape_checkpoint to another stage, or to null if it is optional"),
    ("{last.needs.shape_checkpoint: null}", "{last.needs.shape_checkpoint: null}\n    drop: [shape]", 22,
     "'texture' needs it; set texture.needs.shape_checkpoint to another stage, or to null if it is optional"),
    # who can feed whom
    ("last.needs.shape_checkpoint: shape", "last.needs.shape_checkpoint: shpae", 17, "did you mean 'shape'?"),
    ("last.needs.shape_checkpoint: shape", "last.needs.shape_checkpoint: last", 17, "'last' is not known"),
    ("last.needs.shape_checkpoint: shape", "last.needs.shape_checkpoint: test", 17, "'test' is not known"),
    ("last.needs.shape_checkpoint: shape", "last.needs: shape", 17, "must be <stage>.config or <stage>."),
    # what judges is for tests, and so is a second file
    ("{shape_checkpoint: texture}", "{evaluation.recogniser_checkpoint: texture}", 7,
     "only tests have an evaluator; move 'evaluation.recogniser_checkpoint' to a test stage"),
    ("last.needs.shape_checkpoint: shape", "last.needs.evaluation.x: shape", 17, "only tests have an evaluator"),
    ("{fit: shape.yaml}", "{fit: shape.yaml, config: texture.yaml}", 10, "is allowed for tests only"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "line", "message"), MISTAKES)
def test_a_graph_that_cannot_run_is_one_line(right: str, wrong: str, line: int, message: str, tmp_path: Path) -> None:
    assert right in CHAIN
    with pytest.raises(TableError) as caught:
        chain_table(tmp_path, CHAIN.replace(right, wrong, 1))
    said = str(caught.value)
    assert f"table_small.yaml:{line}: " in said
    assert message in said
    assert "\n" not in said


def test_a_sweep_cannot_close_a_circle(tmp_path: Path) -> None:
    text = CHAIN + "matrix:\n  texture.needs.shape_checkpoint: [shape, last]\n"
    with pytest.raises(TableError, match=r"stages need each other in a cycle \(last -> texture -> last\)"):
        chain_table(tmp_path, text)
    table = small_table(tmp_path, TEXT + "matrix:\n  test.needs.shape_checkpoint: [shape, null]\n")
    points = [row_feeds(table, row, table.stage("test")) for row in table.rows if row.sweep]
    assert points == [{"shape_checkpoint": "shape"}, {}]


def test_circles_of_any_length_are_found() -> None:
    assert find_cycle({"a": ["b"], "b": ["c"], "c": []}) == []
    assert find_cycle({"a": ["a"]}) == ["a", "a"]
    assert find_cycle({"a": ["b", "c"], "b": [], "c": ["d"], "d": ["c"]}) == ["c", "d", "c"]
