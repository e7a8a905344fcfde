"""Reports of models that make images of classes, or give images back: headings, captions, images, reasons."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from support.full_results import full_result
from support.page import Page
from support.table_results import invented_result, with_row

from ablations.report import write_report
from ablations.report.views.content import image_grids
from ablations.report.views.figures import figure_views
from ablations.report.views.formatting import better, by_reason, metric_order, metric_text, metric_words
from ablations.report.views.sections import metric_table, protocol_lines
from ablations.report.views.sweeps import sweep_views
from ablations.report.views.table_view import table_view
from ablations.results.table_result import RowResult, TableResult
from ablations.tables.table import Figure
from lightning_modules.panels import Grid, write_panels

FIGURE = Figure(
    "back", "panels", "What comes back", "Figure 4.6", ("wen", "bicyclegan", "wo-gan"), panels=("reconstructions",)
)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TableResult:
    return full_result(tmp_path_factory.mktemp("runs"))


def given_back(row: RowResult, inputs: list[int], mark: int) -> None:
    """Leaves images of these inputs and their reconstructions in the row's first test."""
    folder = min((r for r in row.records if r.kind == "test"), key=lambda r: r.seed).folder / "samples"
    folder.mkdir(parents=True, exist_ok=True)
    for index, shade in enumerate(inputs):
        Image.new("RGB", (8, 8), (shade, shade, shade)).save(folder / f"reconstruction_{index:03d}_input.png")
        Image.new("RGB", (8, 8), (shade, mark, 0)).save(folder / f"reconstruction_{index:03d}.png")
    files = tuple(
        (folder / f"reconstruction_{index:03d}_input.png", folder / f"reconstruction_{index:03d}.png")
        for index in range(len(inputs))
    )
    columns = ("Input", "Reconstruction")
    write_panels(folder, [Grid("reconstructions", "t", "Across: reconstructions.", columns, files, shared=1)])


def with_figure(result: TableResult) -> TableResult:
    return replace(result, table=replace(result.table, figures=(FIGURE,)))


def test_reconstructions_stand_beside_their_inputs(tmp_path: Path) -> None:
    result = with_figure(full_result(tmp_path))
    for mark, row in enumerate(FIGURE.rows):
        given_back(result.row(row), [10 * i for i in range(8)], mark)
    (view,) = figure_views(result)
    (grid,) = view.drawn.grids
    assert view.title == "Figure 4.6. What comes back"
    assert (grid.columns, grid.gap) == (["Input", "weN", "BicycleGAN", "weN w/o GAN"], 2)
    assert len(grid.cells) == 6
    shown = [Image.open(path).getpixel((0, 0)) for path in grid.cells[3] if path]
    assert shown == [(30, 30, 30), (30, 0, 0), (30, 1, 0), (30, 2, 0)]
    page = Page(write_report(result, tmp_path / "report").read_text(encoding="utf-8"))
    assert "Across: reconstructions." in page.text


def test_rows_without_reconstructions_and_with_other_inputs_are_named(tmp_path: Path) -> None:
    result = with_figure(full_result(tmp_path))
    (nothing,) = figure_views(result)
    assert nothing.drawn.grids == [] and "Not available yet: weN, BicycleGAN and weN w/o GAN." in nothing.caption
    given_back(result.row("wen"), [1, 2, 3], 0)
    given_back(result.row("wo-gan"), [1, 2, 4], 0)
    (view,) = figure_views(result)
    assert view.drawn.grids[0].columns == ["Input", "weN"] and len(view.drawn.grids[0].cells) == 3
    assert "their inputs differ: weN w/o GAN." in view.caption and "Not available yet: BicycleGAN." in view.caption


def test_images_of_classes_have_no_input_and_no_hole(tmp_path: Path) -> None:
    result = invented_result(tmp_path)
    holed = image_grids(result)[0]
    assert holed[1].columns[:2] == ["Input", "Ground truth"] and holed[2].startswith("The first test images")
    for row in result.rows:
        assert row.samples is not None
        old, words = row.samples, "A real image of each class."
        files = tuple(line[1:] for line in old.files)
        columns, names = ("Real", *old.columns[2:]), tuple("abcdefgh")
        samples = replace(old, columns=columns, files=files, shared=1, lines=names, caption=words)
        result = with_row(result, row.row.id, samples=samples)
    _, grid, caption = image_grids(result)[0]
    assert grid.columns[:2] == ["Real", "weN"] and grid.gap == 2
    assert grid.lines == list("abcdef") and len(grid.cells) == 6
    assert all(len(cells) == len(grid.columns) and None not in cells for cells in grid.cells)
    assert caption.startswith("A real image of each class. Columns: output of each row")


def unprinted(result: TableResult) -> TableResult:
    """The same without any printed value of the measured column."""
    for row in result.rows:
        cells = [replace(cell, paper=None, printed=None) if cell.column_id == "fid" else cell for cell in row.cells]
        paper = {column: value for column, value in row.row.paper.items() if column != "fid"}
        result = with_row(result, row.row.id, cells=cells, row=replace(row.row, paper=paper))
    return result


def test_a_stand_in_never_stands_under_the_name_of_a_column_that_is_not_printed(tmp_path: Path) -> None:
    result = unprinted(invented_result(tmp_path))
    first = table_view(result).headings[0]
    assert (first.kind, first.label, first.alone) == ("measured", "fd_effnetlite0 ↓", "for FID: fd_effnetlite0 ↓")
    assert any("not FID, which needs the standard Inception weights" in note for note in table_view(result).notes)
    page = Page(write_report(result, tmp_path / "report").read_text(encoding="utf-8"))
    assert "for FID" in page.text
    row = result.row("wen")
    cells = [replace(cell, metric="fid") if cell.column_id == "fid" else cell for cell in row.cells]
    mixed = table_view(with_row(result, "wen", cells=cells))
    assert [heading.kind for heading in mixed.headings[:2]] == ["own", "measured"]
    wen, finet = (next(line for line in mixed.rows if line.id == name) for name in ("wen", "finet"))
    assert (wen.cells[1].text, finet.cells[0].text) == ("–", "–")
    assert any(note.startswith("FID is fid: ") for note in mixed.notes)


def lacking(result: TableResult, row_id: str) -> TableResult:
    """A row that has no metric of reconstructions, for one reason."""
    row = result.row(row_id)
    names = ("reconstruction_psnr", "reconstruction_l1")
    nothing = {name: [math.nan] * len(row.seeds) for name in names}
    failed = dict.fromkeys(names, "no encoder")
    protocol = {**row.protocol, "failed": failed}
    return with_row(
        result, row_id, metrics={**row.metrics, **nothing}, protocol=protocol,
        variants={**row.variants, row.headline: {**row.metrics, **nothing}},
    )  # fmt: skip


def test_what_nobody_has_is_no_column_and_one_reason_is_one_line(tmp_path: Path) -> None:
    result = lacking(invented_result(tmp_path), "wen")
    assert not any("reconstruction" in name for name in metric_table(result).names)
    said = [line for line in protocol_lines(result)[1] if "no encoder" in line]
    assert said == ["weN: reconstruction_psnr and reconstruction_l1 could not be computed: no encoder"]
    row = result.row("finet")
    having = with_row(result, "finet", variants={row.headline: {**row.metrics, "reconstruction_l1": [3.0]}})
    table = metric_table(having)
    assert table.names[-1] == "reconstruction_l1" and "undefined" in table.lines[0][2][-1]


def test_sweeps_leave_out_what_no_point_has(result: TableResult) -> None:
    points = [row.row.id for row in result.rows if row.row.sweep]
    swept = result
    for point in points:
        swept = lacking(swept, point)
    (view,), (before,) = sweep_views(swept), sweep_views(result)
    assert view.headings == before.headings and view.notes == before.notes


def test_metrics_of_reconstructions_are_written_like_the_others() -> None:
    assert metric_text("reconstruction_top1", 25.04) == "25.0" and metric_text("reconstruction_l1", 3.14159) == "3.14"
    assert [better(f"reconstruction_{name}") for name in ("psnr", "l1", "fd_effnetlite0", "details", "sharpness")] == [
        "↑", "↓", "↓", "↑", "",
    ]  # fmt: skip
    assert metric_words("reconstruction_fd_effnetlite0") == f"of reconstructions: {metric_words('fd_effnetlite0')}"
    assert "recogniser's classes" in metric_words("is_recogniser")
    names = ["reconstruction_fid", "unheard_of", "psnr", "fid"]
    assert sorted(names, key=metric_order) == ["fid", "psnr", "reconstruction_fid", "unheard_of"]
    assert by_reason({"a": "x", "b": "y", "c": "x"}) == {"x": ["a", "c"], "y": ["b"]}
