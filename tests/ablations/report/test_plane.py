"""Figures of the ring experiment: sheets of points, animations, scores over the training, losses by distance."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.full_results import full_result
from support.table_results import with_row

from ablations.report.charts.distance_chart import distance_chart
from ablations.report.charts.plane_pictures import Moment, animation, chosen, iterations, outside, panel, sheet, wrapped
from ablations.report.views.figures import figure_views
from ablations.results.table_result import StageRecord, TableResult
from ablations.tables.table import Figure
from lightning_modules.snapshots import write_snapshot

ANGLES = np.linspace(0, 2 * math.pi, 100, endpoint=False)
REAL = (100 + 10 * np.stack([np.cos(ANGLES), np.sin(ANGLES)], 1)).astype(np.float32)


def red(image: Image.Image) -> np.ndarray:
    """Where a panel shows generated points."""
    pixels = np.asarray(image.convert("RGB")).astype(int)
    return (pixels[..., 0] - pixels[..., 2]) > 60


def test_points_lie_where_they_are() -> None:
    right = np.tile(np.array([[110.0, 100.0]], np.float32), (50, 1))
    shown = np.argwhere(red(panel(REAL, right, side=100)))
    # 10 of the 17.5 that a panel reaches from its middle; y is 50, upwards up
    assert shown[:, 1].mean() == pytest.approx(50 + 50 * 10 / 17.5, abs=1.5)
    assert shown[:, 0].mean() == pytest.approx(50, abs=1.5)
    upper = np.tile(np.array([[100.0, 110.0]], np.float32), (50, 1))
    assert np.argwhere(red(panel(REAL, upper, side=100)))[:, 0].mean() < 30


def test_what_is_not_shown_is_said() -> None:
    assert outside(REAL, REAL) == ""
    assert outside(REAL, np.zeros_like(REAL)) == "100 % outside,\nabout (0, 0)"
    half = np.concatenate([REAL[:50], np.full((50, 2), -40.0, np.float32)])
    assert outside(REAL, half) == "50 % outside,\nabout (−40, −40)"
    assert outside(REAL, np.full_like(REAL, np.nan)) == "not finite"


def test_moments_of_a_sheet() -> None:
    assert chosen([1, 5, 10, 100, 500, 1000], 7) == [2, 3, 4, 5]
    picked = chosen(list(range(1, 101)), 7)
    assert len(picked) == 7 and picked[0] == 0 and picked[-1] == 99
    assert [iterations(n) for n in (900, 9_999, 10_000, 475_000, 2_000_000)] == ["900", "9,999", "10 k", "475 k", "2 M"]
    assert wrapped("GAN, non-saturating") == "GAN,\nnon-saturating"


def test_a_sheet_and_an_animation_have_all_of_it() -> None:
    moments = [Moment(at, REAL, [REAL + shift, REAL]) for at, shift in ((10, 50.0), (100, 0.0))]
    page = Image.open(io.BytesIO(sheet(moments, ["GAN", "FMGAN"])))
    assert page.size == (118 + 2 * 156, 22 + 2 * 156)
    film = Image.open(io.BytesIO(animation(moments, ["GAN", "FMGAN"])))
    assert film.n_frames == 2 and film.size[0] == 8 + 2 * 156
    assert sheet(moments, ["GAN", "FMGAN"]) == sheet(moments, ["GAN", "FMGAN"])


def records(tmp_path: Path, result: TableResult, members: dict[str, str]) -> TableResult:
    """The result with two trainings of a stage "ring", shared by its rows, each of which measured one member."""
    for seed in (0, 1):
        for at, shift in ((10, 30.0), (100, 1.0)):
            arrays = {"real": REAL, "generated": np.stack([REAL + shift * i for i in range(len(members))])}
            scores = {name: {"coverage": 0.25 * seed + i / 10} for i, name in enumerate(members.values())}
            write_snapshot(tmp_path / str(seed), at, arrays, scores)
    for row_id, member in members.items():
        before = result.row(row_id).records[0]
        found = [replace(before, stage="ring", kind="fit", seed=s, folder=tmp_path / str(s)) for s in (1, 0)]
        result = with_row(result, row_id, records=found, headline=member)
    return result


@pytest.fixture
def result(tmp_path: Path) -> TableResult:
    return full_result(tmp_path / "result")


def with_figure(result: TableResult, **fields: object) -> TableResult:
    figure = Figure(id="f", title="Points", where="Figure 9", **fields)  # type: ignore[arg-type]
    return replace(result, table=replace(result.table, figures=(figure,)))


def test_snapshots_are_those_of_each_rows_member(result: TableResult, tmp_path: Path) -> None:
    result = records(tmp_path / "runs", result, {"wen": "fmgan", "wo-gan": "gan"})
    rows = ("wo-gan", "wen", "bicyclegan")
    view = figure_views(with_figure(result, kind="snapshots", rows=rows, stage="ring", scores=("coverage",)))[0]
    assert set(view.images) == {"sheet.png", "animation.gif"}
    page = Image.open(io.BytesIO(view.images["sheet.png"])).convert("RGB")
    last = page.crop((118 + 156, 22, 118 + 2 * 156, 22 + 148)), page.crop((118 + 156, 178, 118 + 2 * 156, 178 + 148))
    middles = [np.argwhere(red(image))[:, 1].mean() for image in last]
    assert middles[0] - middles[1] == pytest.approx(148 / 2 * 1 / 17.5, abs=1.5)  # gan lies 1 to the right of fmgan
    assert "at seed 0" in view.caption and "Nothing to show yet of BicycleGAN." in view.caption
    assert view.chart.count("thin") == 4  # two rows, two seeds


def test_nothing_run_yet(result: TableResult) -> None:
    view = figure_views(with_figure(result, kind="snapshots", rows=("wen",), stage="ring", scores=("coverage",)))[0]
    assert (view.images, view.chart) == ({}, "") and "Nothing to show yet of weN." in view.caption
    view = figure_views(with_figure(result, kind="distance", rows=("wen",), stage="ring"))[0]
    assert view.chart == "" and "Nothing to show yet of weN." in view.caption


def test_losses_by_distance_are_means_over_trainings(result: TableResult, tmp_path: Path) -> None:
    names = ("distance", "gan", "exact", "gan_gradient", "matching", "matching_gradient")
    found: list[StageRecord] = []
    for seed, height in ((0, 1.0), (1, 3.0)):
        arrays = {name: np.array([0.0, 2.0, 4.0]) if name == "distance" else np.full(3, height) for name in names}
        write_snapshot(tmp_path / str(seed), 5, arrays, {})
        before = result.row("wen").records[0]
        found.append(replace(before, stage="ring", kind="fit", seed=seed, folder=tmp_path / str(seed)))
    result = with_figure(with_row(result, "wen", records=found), kind="distance", rows=("wen",), stage="ring")
    view = figure_views(result)[0]
    assert "Mean of 2 trainings." in view.caption
    means = {name: [0.0, 2.0, 4.0] if name == "distance" else [2.0, 2.0, 2.0] for name in names}
    assert view.chart == distance_chart(means, "Points")


def test_a_distance_chart_marks_where_the_discs_part() -> None:
    curves = {name: [1.0, 2.0, 3.0] for name in ("gan", "exact", "gan_gradient", "matching", "matching_gradient")}
    chart = distance_chart({"distance": [0.0, 2.0, 4.0], **curves}, "title")
    assert chart.count("they part") == 4 and chart.count("<polyline") == 5
    assert "they part" not in distance_chart({"distance": [0.0, 1.0, 2.0], **curves}, "title")
