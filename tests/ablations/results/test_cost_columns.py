"""Columns of exact cost: printed values with units, verdicts without seeds, and how every format shows them."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from support.small_table import TEXT, small_plan, small_table, write_table

from ablations.lint import lint
from ablations.output.wandb_table import comparison_columns
from ablations.report.pages.csv_table import render_csv
from ablations.report.pages.html import render_html
from ablations.report.pages.latex import render_latex
from ablations.report.views.claims import claim_groups
from ablations.report.views.table_view import table_view
from ablations.results.collect import collect
from ablations.results.table_result import TableResult
from ablations.tables.schema import load_table
from common.errors import TableError

COSTS = (
    TEXT.replace(
        "stages:\n",
        """\
  - {id: macs, label: MACs, cost: macs, of: generator, unit: G}
  - {id: half, label: Size, cost: fp16_bytes, of: generator, unit: MiB}
stages:
""",
    )
    .replace("params_G: 3.0506e6}", "params_G: 3.0506 M, macs: 4.61 G, half: 5.82 MiB}")
    .replace("params_G: /}", "params_G: /, macs: 4.5e9}")
    + "  - {text: attention costs, expect: full.macs > plain.macs}\n"
    + "  - {text: it is small, expect: full.half = paper +- 2000}\n"
)
COUNTS = {
    "full": {"generator": {"paper": 3_050_562, "live": 1, "macs": 4_609_000_000, "fp16_bytes": 6_101_124}},
    "plain": {"generator": {"paper": 2_567_232, "live": 1, "macs": 4_400_000_000, "fp16_bytes": 5_134_464}},
}


@pytest.fixture
def result(tmp_path: Path) -> TableResult:
    return collect(small_plan(tmp_path, COSTS), COUNTS, lambda seeds: "make ablate")


def test_printed_values_are_read_with_their_units(tmp_path: Path) -> None:
    paper = small_table(tmp_path, COSTS).row("full").paper
    assert {name: (value.text, value.value) for name, value in paper.items()} == {
        "fid": ("23.07", 23.07), "params_G": ("3.0506", 3_050_600.0), "macs": ("4.61", 4.61e9),
        "half": ("5.82", 5.82 * 2**20),
    }  # fmt: skip
    assert small_table(tmp_path, COSTS).row("plain").paper["macs"].value == 4.5e9


@pytest.mark.parametrize(
    ("unit", "written", "value"),
    [("k", "3.5e3", 3500.0), ("k", "3.5 k", 3500.0), ("M", "3.0506M", 3_050_600.0), ("G", "2e9", 2e9)],
)
def test_units_of_counts(unit: str, written: str, value: float, tmp_path: Path) -> None:
    text = TEXT.replace("unit: M", f"unit: {unit}").replace("3.0506e6", written)
    assert small_table(tmp_path, text).row("full").paper["params_G"].value == value


def test_cells_hold_the_exact_quantity_whatever_has_run(result: TableResult) -> None:
    cell = result.row("full").cell("macs")
    assert (cell.values, cell.paper, cell.metric, cell.comparable) == ([4.609e9], 4.61e9, "macs", True)
    assert result.row("direct").cell("macs").values == []


def test_verdicts_are_exact_and_need_no_seed(result: TableResult) -> None:
    _, macs, half = result.claims
    assert (macs.verdict, macs.exact, macs.metric) == ("supported", True, "macs")
    assert macs.reason == "counts are exact: 4,609,000,000 > 4,400,000,000"
    # 5.82 MiB are 6,102,712.32 bytes, 1,588 more than counted.
    assert (half.verdict, half.metric) == ("supported", "fp16_bytes")
    assert [group.heading for group in claim_groups(result)][1:] == ["multiply-accumulates", "bytes in float16"]
    assert claim_groups(result)[1].axis is None


def test_a_claim_on_a_network_that_is_not_there_is_undecided(tmp_path: Path) -> None:
    plan = small_plan(tmp_path, COSTS)
    macs = collect(plan, {"full": COUNTS["full"]}, lambda seeds: "").claims[1]
    assert (macs.verdict, macs.metric, macs.exact) == ("undecided", "macs", True)


def test_the_table_shows_print_and_count_in_one_unit(result: TableResult) -> None:
    view = table_view(result)
    assert [heading.kind for heading in view.headings][-3:] == ["exact", "exact", "exact"]
    shown = [(cell.text, cell.counted, cell.mark, cell.live) for cell in view.rows[0].cells[-2:]]
    assert shown == [("4.61G", "4.6090 G", "✓", ""), ("5.82MiB", "5.8185 MiB", "✓", "")]
    assert view.rows[1].cells[-2].mark == "✗"
    assert "✗ w/o Attention, MACs: counted 4,400,000,000, printed 4.5G" in view.notes
    assert any(note.startswith("MACs, FLOPs and bytes are those of the paper-scale network") for note in view.notes)


def test_all_formats_have_them(result: TableResult) -> None:
    lines = [line for line in csv.DictReader(io.StringIO(render_csv(result))) if line["row"] == "full"]
    found = {(line["metric"], line["variant"]): (line["value"], line["paper"]) for line in lines}
    assert found["macs_generator", ""] == ("4609000000", "4610000000.0")
    assert found["parameters_generator", "paper"] == ("3050562", "3050600.0")
    assert found["parameters_generator", "live"] == ("1", "")
    headings, rows = comparison_columns(result)
    assert dict(zip(headings, rows[0], strict=True))["MACs (counted)"] == 4_609_000_000
    assert "MACs (live)" not in headings and "G (live)" in headings
    assert "4.6090 G" in render_latex(result)
    assert "printed<br>counted</small>" in render_html(result)


def test_lint_wants_a_network_whose_cost_can_be_counted(tmp_path: Path) -> None:
    table = load_table(write_table(tmp_path, COSTS))
    none = {row: {"generator": {"paper": 1, "live": 1}} for row in ("full", "plain", "direct")}
    check = next(check for check in lint(table, none) if check.id == "cells")
    assert "column macs: no row's model has a network 'generator' with `example_inputs`" in check.findings
    assert "column half: no row's model has a network 'generator'" in check.findings


MISTAKES = [
    ("cost: macs, of: generator", "cost: macs", "'cost' needs 'of', the network of the model"),
    ("cost: macs, of: generator", "cost: mac, of: generator", "'mac' is not known, did you mean 'macs'"),
    (
        "cost: macs, of: generator, unit: G",
        "cost: macs, of: generator, unit: MiB",
        "'MiB' is not a unit of this quantity",
    ),
    ("cost: macs, of: generator, unit: G", "time: ", "columns[2].time: is empty; give a name"),
    ("unit: MiB}", "unit: G}", "'G' is not a unit of this quantity"),
    (
        "parameters: generator",
        "parameters: generator, cost: macs, of: generator",
        "a column needs exactly one of 'metric'",
    ),
    ("5.82 MiB", "5.82", "column 'half' is printed in MiB: write the digits with MiB, e.g. 3.0506 MiB, not 5.82"),
    ("5.82 MiB", "5.82 MB", "column 'half' is printed in MiB"),
    (
        "4.61 G",
        "4.61e6",
        "column 'macs' is printed in G: write the digits with e9, e.g. 3.0506e9 (or G, e.g. 3.0506 G)",
    ),
    ("full.macs > plain.macs", "full.macs > plain.half", "compares macs with fp16_bytes"),
    ("full.macs > plain.macs", "full.macs > plain.fid", "compares a measured value with an exact quantity"),
]


@pytest.mark.parametrize(("right", "wrong", "message"), MISTAKES)
def test_mistakes_are_one_line(right: str, wrong: str, message: str, tmp_path: Path) -> None:
    assert right in COSTS
    with pytest.raises(TableError, match=re.escape(message)):
        small_table(tmp_path, COSTS.replace(right, wrong))
