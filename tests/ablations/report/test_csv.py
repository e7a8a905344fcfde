"""report.csv: every number once, with full precision, and no more than that."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from pathlib import Path

import pytest
from support.full_results import full_result
from support.table_results import with_row

from ablations.report.pages.csv_table import HEADINGS, render_csv
from ablations.results.table_result import TableResult

Lines = list[dict[str, str]]


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TableResult:
    return full_result(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def lines(result: TableResult) -> Lines:
    return list(csv.DictReader(io.StringIO(render_csv(result))))


def of(lines: Lines, **fields: str) -> Lines:
    return [line for line in lines if all(line[name] == value for name, value in fields.items())]


def test_headings_and_what_is_the_same_everywhere(lines: Lines) -> None:
    assert tuple(lines[0]) == HEADINGS
    assert {(line["table"], line["scale"]) for line in lines} == {("4-1", "toy")}
    assert not [line for line in lines if None in line or None in line.values()]


def test_one_line_a_seed_with_the_same_float(result: TableResult, lines: Lines) -> None:
    found = of(lines, row="wo-gan", metric="fd_effnetlite0", variant="predicted_parsing")
    assert [line["seed"] for line in found] == ["0", "1", "2"]
    assert [float(line["value"]) for line in found] == result.row("wo-gan").metrics["fd_effnetlite0"]
    assert {(line["paper"], line["comparable"]) for line in found} == {("35.9", "false")}
    keys = [record.key for record in result.row("wo-gan").records if record.kind == "test"]
    assert [line["key"] for line in found] == keys


def test_every_variant_once(lines: Lines) -> None:
    found = of(lines, row="wen", metric="ssim", seed="1")
    assert [line["variant"] for line in found] == ["predicted_parsing", "ground_truth_parsing"]
    assert [line["paper"] for line in found] == ["", ""]


def test_undefined_is_nan(lines: Lines) -> None:
    found = of(lines, row="bicyclegan", metric="kd_effnetlite0")
    assert len(found) == 3
    assert all(math.isnan(float(line["value"])) for line in found)


def test_counts_as_the_paper_counts_and_live(lines: Lines) -> None:
    paper, live = of(lines, row="wen", metric="parameters_G")
    assert (paper["variant"], paper["value"], paper["paper"], paper["comparable"]) == (
        "paper",
        "3050562",
        "3050600.0",
        "true",
    )
    assert (live["variant"], live["value"], live["paper"]) == ("live", "2848768", "")


def test_every_printed_value_has_a_line(result: TableResult) -> None:
    gone = with_row(result, "wen", status="failed", seeds=[], metrics={}, variants={}, headline="", parameter_counts={})
    cells = [replace(cell, values=[], metric=cell.metric) for cell in result.row("wen").cells]
    lines = list(csv.DictReader(io.StringIO(render_csv(with_row(gone, "wen", cells=cells)))))
    found = of(lines, row="wen")
    assert [(line["metric"], line["value"], line["paper"], line["status"]) for line in found] == [
        ("fid", "", "23.07", "failed"),
        ("parameters_G", "", "3050600.0", "failed"),
        ("parameters_E", "", "960100.0", "failed"),
        ("parameters_Ec", "", "963100.0", "failed"),
        ("parameters_D", "", "1589300.0", "failed"),
    ]


def test_stale_rows_and_versions_can_be_told_apart(lines: Lines) -> None:
    assert {line["status"] for line in of(lines, row="wo-attention")} == {"stale"}
    assert {line["version"] for line in of(lines, row="wo-gan-controlled")} == {"controlled"}
    assert {line["version"] for line in of(lines, row="wo-gan")} == {"as_printed"}
    assert of(lines, row="kl-weight-2")


def test_nothing_in_it_depends_on_time_or_machine(result: TableResult) -> None:
    slower = replace(result, seconds_once=9e9, seconds_apart=9e9, command="make elsewhere")
    for row in result.rows:
        records = [replace(r, seconds=9e6, provenance={}, folder=Path("/elsewhere")) for r in row.records]
        slower = with_row(slower, row.row.id, seconds=9e9, provenance={}, records=records, commands=["elsewhere"])
    assert render_csv(slower) == render_csv(result)
