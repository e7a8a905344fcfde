"""The same inputs down, the models across."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from support.table_results import invented_result, with_row

from ablations.report.views.image_grids import LARGEST, ImageGrid, data_uri, image_grid, render_grid


def test_inputs_down_models_across(tmp_path: Path) -> None:
    result = invented_result(tmp_path)
    grid = image_grid(result.rows, count=4)
    assert grid is not None
    assert grid.columns == ["Input", "Ground truth", *(row.row.label for row in result.rows)]
    assert len(grid.cells) == 4
    first, bicycle = result.rows[0].samples, result.row("bicyclegan").samples
    assert first is not None and bicycle is not None
    assert grid.cells[2][:2] == list(first.files[2][:2])
    assert grid.cells[2][4] == bicycle.files[2][2] and (grid.gap, grid.lines) == (3, [])


def test_a_variant_shows_the_rows_that_have_it(tmp_path: Path) -> None:
    grid = image_grid(invented_result(tmp_path).rows, "ground_truth_parsing")
    assert grid is not None
    assert "BicycleGAN" not in grid.columns
    assert grid.columns[2:4] == ["weN", "FiNet"]


def test_other_test_images_are_left_out(tmp_path: Path) -> None:
    result = invented_result(tmp_path)
    samples = result.row("finet").samples
    assert samples is not None
    result = with_row(result, "finet", samples=replace(samples, files=samples.files[1:] + samples.files[:1]))
    grid = image_grid(result.rows)
    assert grid is not None
    assert grid.excluded == ["FiNet"]
    assert "FiNet" not in grid.columns


def test_no_samples_no_grid(tmp_path: Path) -> None:
    rows = [replace(row, samples=None) for row in invented_result(tmp_path).rows]
    assert image_grid(rows) is None


def test_data_uri_holds_the_pixels(tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    Image.new("RGB", (5, 7), (1, 2, 3)).save(path)
    kind, _, data = data_uri(path).partition(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        assert image.size == (5, 7)
        assert image.getpixel((4, 6)) == (1, 2, 3)


def test_large_images_are_shrunk(tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    Image.new("RGB", (1024, 512)).save(path)
    with Image.open(io.BytesIO(base64.b64decode(data_uri(path).partition(",")[2]))) as image:
        assert image.size == (LARGEST, LARGEST // 2)


def test_a_grid_is_an_image_with_titles_labels_and_a_gap(tmp_path: Path) -> None:
    for name, colour in (("a", (255, 0, 0)), ("b", (0, 0, 255))):
        Image.new("RGB", (8, 8), colour).save(tmp_path / f"{name}.png")
    files = [[tmp_path / "a.png", tmp_path / "b.png"], [None, tmp_path / "a.png"]]
    plain, labelled = (render_grid(ImageGrid(["Input", "weN"], files, [], lines)) for lines in ([], ["one", "two"]))
    pixels = np.asarray(plain)
    down, across = np.nonzero((pixels == (0, 0, 255)).all(2))
    red = np.nonzero((pixels == (255, 0, 0)).all(2))
    assert np.ptp(down) == np.ptp(across) == 127
    assert red[1].min() < across.min() and (red[0].min(), red[0].max()) == (down.min(), down.max() + 133)
    assert labelled.width > plain.width and labelled.height == plain.height
    assert render_grid(ImageGrid(["Input", "weN"], files, gap=2)).width > plain.width
