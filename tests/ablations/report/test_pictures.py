"""The same inputs down, the models across."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from pathlib import Path

from PIL import Image
from support.table_results import invented_result, with_row

from ablations.report.views.pictures import LARGEST, PictureGrid, data_uri, grid_image, picture_grid


def test_inputs_down_models_across(tmp_path: Path) -> None:
    result = invented_result(tmp_path)
    grid = picture_grid(result.rows, count=4)
    assert grid is not None
    assert grid.columns == ["Input", "Ground truth", *(row.row.label for row in result.rows)]
    assert len(grid.cells) == 4
    first, bicycle = result.rows[0].samples, result.row("bicyclegan").samples
    assert first is not None and bicycle is not None
    assert grid.cells[2][:2] == list(first.files[2][:2])
    assert grid.cells[2][4] == bicycle.files[2][2] and (grid.gap, grid.lines) == (3, [])


def test_a_variant_shows_the_rows_that_have_it(tmp_path: Path) -> None:
    grid = picture_grid(invented_result(tmp_path).rows, "ground_truth_parsing")
    assert grid is not None
    assert "BicycleGAN" not in grid.columns
    assert grid.columns[2:4] == ["weN", "FiNet"]


def test_other_test_images_are_left_out(tmp_path: Path) -> None:
    result = invented_result(tmp_path)
    samples = result.row("finet").samples
    assert samples is not None
    result = with_row(result, "finet", samples=replace(samples, files=samples.files[1:] + samples.files[:1]))
    grid = picture_grid(result.rows)
    assert grid is not None
    assert grid.excluded == ["FiNet"]
    assert "FiNet" not in grid.columns


def test_no_samples_no_grid(tmp_path: Path) -> None:
    rows = [replace(row, samples=None) for row in invented_result(tmp_path).rows]
    assert picture_grid(rows) is None


def test_data_uri_holds_the_pixels(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    Image.new("RGB", (5, 7), (1, 2, 3)).save(path)
    kind, _, data = data_uri(path).partition(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.size == (5, 7)
        assert picture.getpixel((4, 6)) == (1, 2, 3)


def test_large_pictures_are_shrunk(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    Image.new("RGB", (1024, 512)).save(path)
    with Image.open(io.BytesIO(base64.b64decode(data_uri(path).partition(",")[2]))) as picture:
        assert picture.size == (LARGEST, LARGEST // 2)


def test_long_labels_of_lines_stay_beside_the_images(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), "white").save(tmp_path / "a.png")
    cells: list[list[Path | None]] = [[tmp_path / "a.png"]]
    page = grid_image(PictureGrid(["1"], cells, [], ["New labels: Fabio Birkenau and Carla Cloverfield"]), side=128)
    assert page.crop((0, 40, 150, 168)).convert("L").getextrema()[0] < 100
    assert page.crop((150, 40, page.width, 168)).convert("L").getextrema()[0] == 255


def test_grid_image_places_every_picture(tmp_path: Path) -> None:
    for name, colour in (("a", (255, 0, 0)), ("b", (0, 0, 255))):
        Image.new("RGB", (8, 8), colour).save(tmp_path / f"{name}.png")
    grid = PictureGrid(
        ["Input", "weN w/o GAN"], [[tmp_path / "a.png", tmp_path / "b.png"], [None, tmp_path / "a.png"]], []
    )
    picture = grid_image(grid, side=50)
    assert picture.size == (6 + 2 * 56, 40 + 2 * 56)
    assert picture.getpixel((30, 60)) == (255, 0, 0)
    assert picture.getpixel((90, 60)) == (0, 0, 255)
    assert picture.getpixel((30, 120)) == (255, 255, 255)
