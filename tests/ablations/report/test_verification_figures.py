"""Figures of a verification table: the folds row by row with a paired test, and what was added to the training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image
from support.full_results import full_result
from support.table_results import with_row

from ablations.report.charts.folds_chart import folds_chart
from ablations.report.pages.html import render_html
from ablations.report.views.figures import FigureView, figure_views
from ablations.results.table_result import TableResult
from ablations.tables.table import Figure

SVG = "{http://www.w3.org/2000/svg}"
LABELS = {"wen": "weN", "finet": "FiNet", "bicyclegan": "BicycleGAN"}


@pytest.fixture
def result(tmp_path: Path) -> TableResult:
    return full_result(tmp_path)


def with_tests(
    result: TableResult, row_id: str, seeds: Sequence[dict[str, Any]], folder: Path | None = None
) -> TableResult:
    """The row with one test record a seed that holds so much."""
    row = result.row(row_id)
    records = [
        replace(row.records[0], kind="test", seed=seed, metrics=metrics, folder=folder or row.records[0].folder)
        for seed, metrics in enumerate(seeds)
    ]
    return with_row(result, row_id, records=records[::-1], protocol={"pairs": 2400}, seeds=list(range(len(seeds))))


def folds(*accuracies: float) -> dict[str, Any]:
    return {"folds": {"accuracies": list(accuracies), "thresholds": [0.5] * len(accuracies)}}


def view(result: TableResult, kind: Any, rows: Sequence[str] = tuple(LABELS)) -> FigureView:
    figure = Figure("f", kind, "Each fold", "Section 4.4.4", tuple(rows))
    return figure_views(replace(result, table=replace(result.table, figures=(figure,))))[0]


def texts(chart: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(chart).iter(f"{SVG}text")]


def test_folds_are_compared_by_hand(result: TableResult) -> None:
    """Differences 1, 2, 3, 2: mean 2, standard error 0.408; t = 4.899 with three degrees of freedom, p = 0.0163."""
    result = with_tests(result, "wen", [folds(80, 82, 84, 86)])
    result = with_tests(result, "finet", [folds(81, 84, 87, 88)])
    result = with_tests(result, "bicyclegan", [folds(80, 82, 84, 86)])
    found = view(result, "folds")
    said = texts(found.chart)
    assert "FiNet − weN: +2.00 ± 0.41 points, p = 0.016; higher in 4 of 4 folds" in said
    assert "BicycleGAN − FiNet: −2.00 ± 0.41 points, p = 0.016; higher in 0 of 4 folds" in said
    assert "BicycleGAN − weN: +0.00 ± 0.00 points, the same in every fold" in said
    assert {*LABELS.values()} <= set(said) and "83.00 ± 1.29 %" in said
    assert "2,400 pairs in 4 folds" in found.caption and "seeds" not in found.caption.split("the same fold")[0]


def test_several_seeds_are_averaged_fold_by_fold(result: TableResult) -> None:
    result = with_tests(result, "wen", [folds(80, 90), folds(84, 86)])
    result = with_tests(result, "finet", [folds(90, 95), folds(92, 97)])
    found = view(result, "folds", ["wen", "finet"])
    assert {"85.00 ± 3.00 %", "93.50 ± 2.50 %"} <= set(texts(found.chart))
    assert "FiNet − weN: +8.50 ± 0.50 points, p = 0.037; higher in 2 of 2 folds" in texts(found.chart)
    assert "the mean over seeds" in found.caption and "2 seeds a row" in found.caption.lower()


def test_rows_without_folds_are_named(result: TableResult) -> None:
    result = with_tests(result, "wen", [folds(80, 82)])
    result = with_tests(result, "finet", [{"folds": {"accuracies": [], "thresholds": []}}])
    found = view(result, "folds", ["wen", "finet"])
    assert "Nothing to show yet of FiNet." in found.caption and "FiNet" not in texts(found.chart)
    nothing = view(full_result_without_tests(result), "folds", ["wen"])
    assert nothing.chart == "" and "Nothing to show yet of weN." in nothing.caption


def full_result_without_tests(result: TableResult) -> TableResult:
    return with_row(result, "wen", records=[])


def test_dots_lie_on_one_axis_and_lines_join_the_same_fold() -> None:
    chart = folds_chart([("a", [80.0, 90.0]), ("b", [90.0, 90.0])], ["words"], "title")
    root = ElementTree.fromstring(chart)
    dots = [(float(dot.get("cx", 0)), dot.get("class")) for dot in root.iter(f"{SVG}circle")]
    assert [style for _, style in dots] == ["f0", "f0", "f1", "f1"]
    assert dots[0][0] < dots[1][0] == dots[2][0] == dots[3][0]
    joins = [e for e in root.iter(f"{SVG}line") if e.get("class") == "grid" and e.get("x1") != e.get("x2")]
    assert len(joins) == 1  # the fold that differs slants
    alike = folds_chart([("a", [80.0, 80.0])], [], "title")
    assert "nan" not in alike and "80.00 ± 0.00 %" in alike


def test_what_was_added_is_shown_by_row(result: TableResult, tmp_path: Path) -> None:
    for name in ("added_000_00", "added_000_01", "added_000_02", "added_000_03"):
        (tmp_path / "run/samples").mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), "red").save(tmp_path / "run/samples" / f"{name}.png")
    columns = ["First person", "New label", "Second person", "New label, 2"]
    between = {"added": {"lines": ["Ada and Ben", "Eve and Tom"], "columns": columns}}
    existing = {"added": {"lines": ["Ada"], "columns": ["1", "2"]}}
    result = with_tests(result, "wen", [existing, {}], tmp_path / "run")
    result = with_tests(result, "finet", [between], tmp_path / "run")
    result = with_tests(result, "bicyclegan", [{"added": {"lines": [], "columns": []}}], tmp_path / "run")
    found = view(result, "added")
    first, second = found.grids
    assert (first.lines, first.columns, first.gap) == (["weN: Ada"], ["1", "2"], 0)
    assert second.lines == ["FiNet: Ada and Ben", "FiNet: Eve and Tom"] and second.gap == 4
    assert [path and path.name for path in second.cells[0]] == [f"added_000_0{i}.png" for i in range(4)]
    assert second.cells[1] == [None] * 4  # the disk lost them
    assert "Nothing to show yet of BicycleGAN." in found.caption
    figure = Figure("f", "added", "Added", "Section 4.4.4", tuple(LABELS))
    page = render_html(replace(result, table=replace(result.table, figures=(figure,))))
    assert "Ada and Ben" in page and page.count("New label, 2") >= 1
