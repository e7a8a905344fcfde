"""The paper's figures: losses of several rows in one panel, several outputs for one input."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.full_results import full_result
from support.table_results import empty_row, with_row

from ablations.report.charts.series_chart import Lines, mean_curve, overlay_chart
from ablations.report.views.figures import figure_views
from ablations.results.table_result import TableResult
from lightning_modules.panels import Chart, Grid, write_panels

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TableResult:
    return full_result(tmp_path_factory.mktemp("runs"))


def charts(*names: str) -> list[Chart]:
    return [Chart(name, ()) for name in names]


def lines(svg: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter(f"{SVG}polyline"))


def test_rows_are_overlaid_with_every_seed(result: TableResult) -> None:
    stability, _ = figure_views(result)
    assert stability.title == "Figure 4-3. Adversarial losses with and without spectral normalisation"
    found = lines(stability.drawn.charts[0])
    assert len(found) == 3 * 3 * (3 + 1)  # rows, losses, seeds and their mean
    assert sum("thin" in line.get("class", "") for line in found) == 27
    texts = [text.text for text in ElementTree.fromstring(stability.drawn.charts[0]).iter(f"{SVG}text")]
    assert {"weN", "weN w/o SpecNorm", "weN w/o SpecNorm, controlled", "L_adv_I", "L_adv_norm", "L_D"} <= set(texts)
    assert "thin: each seed" in stability.caption
    assert "on synthetic data" in stability.caption


def test_a_controlled_row_has_the_colour_of_its_twin_and_other_dashes(result: TableResult) -> None:
    chart = figure_views(result)[0].drawn.charts[0]
    styles = {line.get("class", "").replace("s thin ", "").replace("s ", "") for line in lines(chart)}
    assert styles == {"c0", "c1", "c1 dash"}


def test_one_seed_has_one_line(tmp_path: Path) -> None:
    chart = figure_views(full_result(tmp_path, seeds=1))[0].drawn.charts[0]
    assert len(lines(chart)) == 9
    assert "thin" not in chart


def test_curves_end_where_the_history_does() -> None:
    falling = {"L_D": [(0.0, 4.0), (50.0, 2.0), (100.0, 0.0)]}
    (line,) = lines(overlay_chart([Lines("weN", [falling])], charts("L_D"), "iterations", "losses"))
    (x0, y0), (x1, y1), (x2, y2) = (map(float, pair.split(",")) for pair in line.get("points", "").split())
    assert x1 == pytest.approx((x0 + x2) / 2, abs=0.11)
    assert y0 < y1 < y2
    assert y1 == pytest.approx((y0 + y2) / 2, abs=0.11)


def test_the_mean_is_over_iterations_that_all_seeds_have() -> None:
    assert mean_curve([[(10, 1.0), (20, 3.0), (30, math.nan)], [(10, 3.0), (20, 5.0), (30, 1.0)]]) == [
        (10, 2.0),
        (20, 4.0),
    ]
    assert mean_curve([]) == []


def test_a_loss_that_nobody_has_and_one_that_is_not_finite() -> None:
    svg = overlay_chart([Lines("a", [{"L_D": [(1, math.nan)]}])], charts("L_D", "L_x"), "iterations", "losses")
    assert svg.count("no values") == 2
    assert "nan" not in svg


def test_wide_losses_are_logarithmic(tmp_path: Path) -> None:
    history = {"L_KL": [(0.0, 100.0), (1.0, 10.0), (2.0, 1.0)]}
    svg = overlay_chart([Lines("a", [history])], charts("L_KL"), "iterations", "losses")
    points = [float(pair.split(",")[1]) for pair in lines(svg)[0].get("points", "").split()]
    assert points[1] == pytest.approx((points[0] + points[2]) / 2, abs=0.11)
    texts = [text.text for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert {"1", "10", "100"} <= set(texts)


def test_rows_without_a_history_are_named(result: TableResult) -> None:
    without = with_row(result, "wo-specnorm", records=[], histories={})
    caption = figure_views(without)[0].caption
    assert "Not available yet: weN w/o SpecNorm." in caption


def test_a_row_without_records_gives_its_first_seed(result: TableResult, tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text(json.dumps({"iteration": 10, "L_D": 1.0}) + "\n")
    alone = with_row(result, "wen", records=[], histories={"texture": path})
    alone = replace(alone, table=replace(alone.table, figures=(replace(alone.table.figures[0], rows=("wen",)),)))
    chart = figure_views(alone)[0].drawn.charts[0]
    assert chart.count("<circle") == 1 and lines(chart) == []  # a curve of one point is a point


def test_nothing_run_yet_is_said_and_draws_nothing(result: TableResult) -> None:
    for row_id in ("wen", "wo-specnorm", "wo-specnorm-controlled", "bicyclegan", "wo-gan"):
        result = with_row(empty_row(result, row_id, "missing", "not run yet"), row_id, records=[])
    stability, diversity = figure_views(result)
    assert (stability.drawn.charts, diversity.drawn.grids) == ([], [])
    assert "Not available yet: weN, BicycleGAN and weN w/o GAN." in diversity.caption


def test_diversity_is_one_input_and_its_completions_a_row(result: TableResult) -> None:
    diversity = figure_views(result)[1]
    assert diversity.caption.startswith("Left: one input. Toy scale")
    assert "3 seeds per row. Images are of seed 0." in diversity.caption
    assert len(diversity.drawn.grids) == 2
    for index, grid in zip((0, 2), diversity.drawn.grids, strict=True):
        assert (grid.columns, grid.gap) == (["Input", "1", "2", "3", "4"], 2)
        assert grid.lines == ["weN", "BicycleGAN", "weN w/o GAN"]
        assert [line[0] and line[0].name for line in grid.cells] == [f"{index:03d}_input.png", None, None]
        for cells in grid.cells:
            assert [path.name for path in cells[1:] if path] == [f"diversity_{index:03d}_0{i}.png" for i in range(4)]
        folders = {cells[1].parent for cells in grid.cells if cells[1]}
        assert len(folders) == 3


def test_rows_with_other_outputs_have_grids_of_their_own(tmp_path: Path) -> None:
    result = full_result(tmp_path)
    for record in result.row("wo-gan").records:
        folder = record.folder / "samples"
        if record.kind == "test":
            files = ((folder / "000_input.png", folder / "diversity_000_00.png"), (folder / "002_input.png", None))
            write_panels(folder, [Grid("diversity", "t", "c", ("Input", "1"), files * 2, shared=0)])
    grids = figure_views(result)[1].drawn.grids
    assert [grid.lines[0] for grid in grids] == ["weN", "BicycleGAN", "weN w/o GAN"]
    assert [len(grid.lines) for grid in grids] == [2, 2, 4] and [grid.gap for grid in grids] == [2, 2, 0]
    assert grids[2].cells[1][1] is None
