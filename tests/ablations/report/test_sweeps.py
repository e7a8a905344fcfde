"""A sweep as a curve: points at their values, intervals over seeds, the base marked."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from support.full_results import AXIS, full_result
from support.table_results import empty_row, with_row

from ablations.report.charts.sweep_chart import places, spacing, sweep_chart
from ablations.report.views.sweeps import sweep_views, value_text
from ablations.report.views.table_view import table_view
from ablations.results.table_result import TableResult
from ablations.tables.table import Sweep

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TableResult:
    return full_result(tmp_path_factory.mktemp("runs"))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([2, 20, 200], "log"),
        ([0.01, 0.1, 1.0], "log"),
        ([1, 2, 3], "linear"),
        ([0.5, 1.0, 1.5, 2.0], "linear"),
        ([0, 1, 2], "linear"),
        ([0, 0.1, 1, 10], "categories"),
        ([-1, 0, 1], "linear"),
        ([1, 100], "log"),
        ([1, 2], "linear"),
        ([True, False], "categories"),
        (["relu", "tanh"], "categories"),
        ([1, None], "categories"),
        ([5], "linear"),
    ],
)
def test_the_axis_is_spaced_as_its_values_are(values: list[Any], expected: str) -> None:
    assert spacing(values) == expected


def test_places_on_the_axis() -> None:
    assert list(places([2, 20, 200], 0, 100).values()) == pytest.approx([0, 50, 100])
    assert list(places([0, 1, 4], 0, 100).values()) == pytest.approx([0, 25, 100])
    assert list(places(["a", "b"], 0, 100).values()) == [25, 75]
    assert list(places([7], 0, 100).values()) == [50]


def test_points_are_means_with_their_interval(result: TableResult) -> None:
    (view,) = sweep_views(result)
    curve = view.curves[0]
    ((name, points),) = curve.series
    assert (name, curve.metric, [point.at for point in points]) == ("", "fd_effnetlite0", [2, 20, 200, 2000])
    values = result.row("kl-weight-200").metrics["fd_effnetlite0"]
    assert points[2].mean == pytest.approx(sum(values) / 3)
    interval = points[2].interval
    assert interval is not None
    assert interval[0] < points[2].mean < interval[1]
    assert [point.base for point in points] == [False, True, False, False]
    assert curve.base == pytest.approx(sum(result.row("wen").metrics["fd_effnetlite0"]) / 3)


def test_what_is_drawn(result: TableResult) -> None:
    svg = sweep_chart(sweep_views(result)[0].curves[0])
    root = ElementTree.fromstring(svg)
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {"2", "20", "200", "2000", f"{AXIS}, log", "base"} <= set(texts)
    (line,) = root.iter(f"{SVG}polyline")
    x = [float(pair.split(",")[0]) for pair in line.get("points", "").split()]
    assert len(x) == 4
    steps = [b - a for a, b in itertools.pairwise(x)]
    assert steps == pytest.approx([steps[0]] * 3, abs=0.2)
    classes = [circle.get("class", "") for circle in root.iter(f"{SVG}circle")]
    assert sum("ring" in name for name in classes) == 1
    assert sum("faint" in name for name in classes) == 12


def test_one_seed_has_no_interval(tmp_path: Path) -> None:
    (view,) = sweep_views(full_result(tmp_path, seeds=1))
    assert {point.interval for _, points in view.curves[0].series for point in points} == {None}
    ElementTree.fromstring(sweep_chart(view.curves[0]))


def test_points_without_numbers_are_named(result: TableResult) -> None:
    broken = empty_row(result, "kl-weight-2", "failed", "texture, seed 0: out of memory")
    holed = result.row("kl-weight-20").metrics | {"ssim": [math.nan] * 3}
    failed = {"failed": {"ssim": "single: no such image"}}
    broken = with_row(broken, "kl-weight-20", metrics=holed, protocol=failed)
    (view,) = sweep_views(broken)
    assert [point.at for point in view.curves[0].series[0][1]] == [20, 200, 2000]
    assert view.lines[0] == (["2"], ["failed"] * len(view.lines[0][1]))
    assert "weN, kl_weight 2 – failed: texture, seed 0: out of memory" in view.notes
    assert "‡ weN, kl_weight 20, ssim: single: no such image" in view.notes
    (ssim,) = [curve for curve in view.curves if curve.metric == "ssim"]
    assert [point.at for point in ssim.series[0][1]] == [200, 2000]


def test_a_sweep_that_has_not_run_has_a_table_and_no_curve(result: TableResult) -> None:
    for value in (2, 20, 200, 2000):
        result = empty_row(result, f"kl-weight-{value}", "missing", "not run yet")
    (view,) = sweep_views(result)
    assert view.curves == []
    assert len(view.lines) == 5


def test_two_axes_are_one_curve_each_value_of_the_second(result: TableResult) -> None:
    other = "texture.model.width"
    points = {"kl-weight-2": (2, 16), "kl-weight-20": (20, 16), "kl-weight-200": (2, 32), "kl-weight-2000": (20, 32)}
    for row_id, (weight, width) in points.items():
        result = with_row(result, row_id, row=replace(result.row(row_id).row, point={AXIS: weight, other: width}))
    sweep = Sweep("kl-weight", "wen", {AXIS: (2, 20), other: (16, 32)}, tuple(points))
    (view,) = sweep_views(replace(result, table=replace(result.table, sweeps=(sweep,))))
    assert [(name, [p.at for p in series]) for name, series in view.curves[0].series] == [
        ("width 16", [2, 20]),
        ("width 32", [2, 20]),
    ]
    assert "width 32" in sweep_chart(view.curves[0])


def test_sweeps_stand_apart_from_the_printed_table(result: TableResult) -> None:
    assert not [row for row in table_view(result).rows if row.id.startswith("kl-weight")]


def test_values_as_the_table_file_writes_them() -> None:
    assert [value_text(value) for value in (True, None, 0.5, 2, "x")] == ["true", "null", "0.5", "2", "x"]
    assert [value_text(value) for value in (0.1234567, 0.1234568, 1e-5)] == ["0.1234567", "0.1234568", "1e-05"]


def with_points(
    result: TableResult, points: dict[str, dict[str, Any]], axes: dict[str, tuple[Any, ...]]
) -> TableResult:
    for row_id, point in points.items():
        result = with_row(result, row_id, row=replace(result.row(row_id).row, point=point))
    sweep = Sweep("kl-weight", "wen", axes, tuple(points))
    return replace(result, table=replace(result.table, sweeps=(sweep,)))


def test_what_include_adds_to_a_point_is_not_hidden(result: TableResult) -> None:
    other = "texture.model.attention"
    points = {
        "kl-weight-2": {AXIS: 2}, "kl-weight-20": {AXIS: 20}, "kl-weight-200": {AXIS: 2, other: False},
        "kl-weight-2000": {other: False},
    }  # fmt: skip
    (view,) = sweep_views(with_points(result, points, {AXIS: (2, 20)}))
    assert view.headings[:2] == [AXIS, other]
    assert [texts for texts, _ in view.lines[:4]] == [["2", "–"], ["20", "–"], ["2", "false"], ["–", "false"]]
    assert [(name, [p.at for p in series]) for name, series in view.curves[0].series] == [
        ("else as weN", [2, 20]), ("attention false", [2]),
    ]  # fmt: skip
    ElementTree.fromstring(sweep_chart(view.curves[0]))


def test_true_and_one_are_two_values(result: TableResult) -> None:
    points = {f"kl-weight-{i}": {AXIS: value} for i, value in ((2, 1), (20, True), (200, "a"), (2000, None))}
    (view,) = sweep_views(with_points(result, points, {AXIS: (1, True, "a", None)}))
    assert "true" in sweep_chart(view.curves[0])


def test_a_sweep_of_another_row_knows_its_own_base(result: TableResult) -> None:
    sweep = replace(result.table.sweeps[0], base="finet")  # which itself differs from the table's base
    (view,) = sweep_views(replace(result, table=replace(result.table, sweeps=(sweep,))))
    assert [point.base for point in view.curves[0].series[0][1]] == [False, True, False, False]
