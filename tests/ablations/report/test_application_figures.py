"""The figure of an application: each row's sheet under its label, and in words what was found."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from support.full_results import full_result
from support.table_results import with_row

from ablations.report import write_report
from ablations.report.views.figures import figure_views
from ablations.results.table_result import TableResult
from ablations.tables.table import Figure

SAID = {
    "measures": ["inpainting_psnr", "inpainting_ssim"],
    "caption": "Pictures with a hole.",
    "findings": "PSNR 20.00 dB.",
}


@pytest.fixture
def result(tmp_path: Path) -> TableResult:
    """Two rows with a sheet, of one and of two seeds, and one without."""
    full = full_result(tmp_path, seeds=2)
    figure = Figure(
        "i", "application", "Holes", "Figure 4.10", ("wen", "wo-gan", "bicyclegan"), application="inpainting"
    )
    full = replace(full, table=replace(full.table, figures=(figure,)))
    for row_id, colour in (("wen", "red"), ("wo-gan", "blue")):
        row = full.row(row_id)
        folder = tmp_path / "tests" / row_id / "samples"
        folder.mkdir(parents=True)
        Image.new("RGB", (200, 100), colour).save(folder / "application_inpainting.png")
        records = [
            replace(record, folder=folder.parent, metrics={**record.metrics, "applications": {"inpainting": SAID}})
            if record.kind == "test"
            else record
            for record in row.records
        ]
        full = with_row(full, row_id, records=records, metrics={**row.metrics, "inpainting_psnr": [19.0, 21.0]})
    return with_row(full, "wo-gan", seeds=[0], metrics={"inpainting_psnr": [20.0]}, variants={})


def test_each_row_has_its_sheet_under_its_label(result: TableResult) -> None:
    (view,) = figure_views(result)
    assert view.title == "Figure 4.10. Holes" and list(view.images) == ["wen.jpeg", "wo-gan.jpeg"]
    sheet = Image.open(io.BytesIO(view.images["wen.jpeg"])).convert("RGB")
    assert sheet.width == 200 and sheet.height > 110
    red, green, blue = sheet.getpixel((100, sheet.height - 10))  # type: ignore[misc]
    assert red > 240 and max(green, blue) < 15
    head = sheet.crop((0, 0, 200, sheet.height - 100)).convert("L")
    assert head.getextrema()[0] < 100  # a label is written on white


def test_the_caption_says_what_was_found_by_row(result: TableResult) -> None:
    caption = figure_views(result)[0].caption
    assert caption.startswith("Pictures with a hole. weN: PSNR 20.00 dB. Over 2 seeds: inpainting_psnr 20.00 ± 1.41.")
    assert "weN w/o GAN: PSNR 20.00 dB. On" in caption or "weN w/o GAN: PSNR 20.00 dB. Toy" in caption
    assert "Nothing to show yet of BicycleGAN." in caption
    bare = with_row(with_row(result, "wen", records=[]), "wo-gan", records=[])
    (view,) = figure_views(bare)
    assert view.images == {} and "Nothing to show yet of weN, weN w/o GAN and BicycleGAN." in view.caption


def test_an_application_without_numbers_has_no_means_over_seeds(result: TableResult) -> None:
    wordy = {"applications": {"inpainting": {**SAID, "measures": []}}}
    records = [
        replace(record, metrics=wordy) if record.kind == "test" else record for record in result.row("wen").records
    ]
    caption = figure_views(with_row(result, "wen", records=records))[0].caption
    assert caption.startswith("Pictures with a hole. weN: PSNR 20.00 dB. weN w/o GAN:")


def test_reports_carry_the_sheets_and_drop_earlier_ones(result: TableResult, tmp_path: Path) -> None:
    page = write_report(result, tmp_path / "report")
    figures = tmp_path / "report" / "figures"
    assert {path.name for path in figures.glob("*.jpeg")} == {"figure_i_wen.jpeg", "figure_i_wo-gan.jpeg"}
    assert page.read_text().count("data:image/jpeg;base64,") == 2
    write_report(with_row(result, "wo-gan", records=[]), tmp_path / "report")
    assert [path.name for path in figures.glob("*.jpeg")] == ["figure_i_wen.jpeg"]
