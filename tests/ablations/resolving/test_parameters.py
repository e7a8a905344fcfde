"""The parameter columns of Table 4-1: every printed cell, from the table file and the paper-scale networks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.small_table import TEXT, small_table

from ablations.resolving.parameters import Counts, paper_counts
from ablations.tables.schema import find_table


@pytest.fixture(scope="module")
def counts() -> dict[str, Counts]:
    return paper_counts(find_table("4-1"))


def test_all_printed_counts_of_table_4_1_but_the_misprint(counts: dict[str, Counts]) -> None:
    table = find_table("4-1")
    compared = 0
    for row in table.rows:
        misprints = {misprint.column: misprint for misprint in row.misprints}
        for column in table.columns:
            if column.parameters is None:
                continue
            printed = row.paper.get(column.id)
            if printed is None:  # a controlled version: the paper has none
                continue
            count = counts[row.id].get(column.parameters, {}).get("paper")
            if printed.value is None:
                assert count is None, f"{row.id}.{column.id}: the paper has no such network"
            elif column.id in misprints:
                assert count == misprints[column.id].computed
                assert f"{count / 1e6:.4f}" != printed.text
            else:
                # BicycleGAN's were printed with three decimals and a zero
                digits = 3 if row.id == "bicyclegan" else 4
                assert count is not None
                assert f"{count / 1e6:.{digits}f}" == printed.text[: -1 if digits == 3 else None], (
                    f"{row.id}.{column.id}"
                )
            compared += printed.value is not None
    assert compared == 25


def test_integers_of_table_4_1(counts: dict[str, Counts]) -> None:
    paper = {row: {name: both["paper"] for name, both in networks.items()} for row, networks in counts.items()}
    encoders = {"encoder": 960_126, "context_encoder": 963_096}
    assert paper == {
        "wen": {"generator": 3_050_562, "discriminator": 1_589_345, **encoders},
        "finet": {"generator": 96_079_840, "encoder": 40_916_688, "context_encoder": 40_921_872},
        "bicyclegan": {"generator": 54_794_627, "encoder": 2_590_032, "discriminator": 3_458_978},
        "wo-two-stage": {"generator": 3_030_120, "discriminator": 1_589_345, **encoders},
        "wo-gan": {"generator": 3_026_820, **encoders},
        "wo-attention": {"generator": 2_567_232, "discriminator": 1_106_015, **encoders},
        "wo-specnorm": {
            "generator": 3_020_800, "discriminator": 1_578_179, "encoder": 949_184, "context_encoder": 952_064,
        },
        # With the 4 output scales of weN: 10 more input channels, at 330 each.
        "wo-two-stage-controlled": {"generator": 3_050_562 + 10 * 330, "discriminator": 1_589_345, **encoders},
        "wo-gan-controlled": {"generator": 3_050_562, **encoders},
        "wo-specnorm-controlled": {
            "generator": 3_016_704, "discriminator": 1_572_930, "encoder": 949_184, "context_encoder": 952_064,
        },
    }  # fmt: skip
    live = {name: both["live"] for name, both in counts["wen"].items()}
    assert live == {
        "generator": 2_848_768, "discriminator": 1_097_793, "encoder": 949_184, "context_encoder": 952_064,
    }  # fmt: skip


#: Without the row that drops a stage; then with a test of the shape stage in place of the other, or before it.
TWO_ROWS = re.sub(r"  - id: direct.*(?=claims)", "", TEXT, flags=re.DOTALL).replace(
    "  - {id: params_G", "  - {id: params_D, label: D, parameters: discriminator}\n  - {id: params_G"
)
OF_SHAPE = TWO_ROWS.replace("test: {test: texture, needs: {shape_checkpoint: shape}}", "test: {test: shape}")
OF_BOTH = TWO_ROWS.replace("  test: {", "  test_shape: {test: shape}\n  test: {")


def test_of_several_tests_each_counts_its_own_model(tmp_path: Path) -> None:
    shape, texture, both = (paper_counts(small_table(tmp_path, text))["full"] for text in (OF_SHAPE, TWO_ROWS, OF_BOTH))
    assert "discriminator" not in shape and texture["discriminator"]["paper"] == 1_589_345
    assert shape["generator"] != texture["generator"]
    assert both == {"generator": shape["generator"], "discriminator": texture["discriminator"]}


def test_nothing_is_built_where_nothing_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("ablations.resolving.parameters.import_class")
    text = re.sub(r"  - \{id: params_G.*\n", "", TEXT).replace(", params_G: 3.0506e6", "").replace(", params_G: /", "")
    assert paper_counts(small_table(tmp_path, text)) == {"full": {}, "plain": {}, "direct": {}}
