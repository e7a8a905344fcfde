"""Panels of several rows in one figure, whatever evaluator left them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image
from support.full_results import full_result
from support.table_results import with_row

from ablations.report import write_report
from ablations.report.charts.paired_chart import paired_chart
from ablations.report.charts.series_chart import Lines, overlay_chart
from ablations.report.views.figures import FigureView, figure_views
from ablations.report.views.image_grids import finished_image
from ablations.results.table_result import TableResult
from ablations.tables.table import Figure
from lightning_modules.panels import Chart, Curve, Grid, ImageFile, Panel, Series, write_panels

SVG = "{http://www.w3.org/2000/svg}"
ROWS = {"wen": "weN", "finet": "FiNet", "bicyclegan": "BicycleGAN"}


@pytest.fixture
def result(tmp_path: Path) -> TableResult:
    """Rows without any panel."""
    full = full_result(tmp_path / "result", seeds=1)
    for row in full.rows:
        full = with_row(full, row.row.id, records=[])
    return full


def image(path: Path, colour: Any = "red", size: tuple[int, int] = (8, 8)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


def with_panels(
    result: TableResult, folder: Path, row_id: str, seeds: Sequence[Sequence[Panel]], stage: str = "", **changes: Any
) -> TableResult:
    """The row with one test (or training of a stage) for each seed, which left these panels."""
    before = full_result(folder / "other").row("wen").records[0]
    records = []
    for seed, panels in enumerate(seeds):
        run = folder / row_id / str(seed)
        kind: Any = "fit" if stage else "test"
        records.append(replace(before, stage=stage or "test", kind=kind, seed=seed, folder=run))
        (run / "samples").mkdir(parents=True, exist_ok=True)
        write_panels(run / "samples", panels)
    return with_row(result, row_id, records=records[::-1], seeds=list(range(len(seeds))), **changes)


def view(result: TableResult, *panels: str, rows: Sequence[str] = tuple(ROWS), **fields: Any) -> FigureView:
    figure = Figure("f", "panels", "Title", "Figure 9", tuple(rows), panels=panels, **fields)
    return figure_views(replace(result, table=replace(result.table, figures=(figure,))))[0]


def texts(chart: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(chart).iter(f"{SVG}text")]


def grid(folder: Path, inputs: Sequence[str], own: int, lines: tuple[str, ...] = (), name: str = "g") -> Grid:
    """A panel with an input of each colour, and so many own columns."""
    folder = folder / "samples"
    files = tuple(
        (image(folder / f"{i}_in.png", colour), *(image(folder / f"{i}_{n}.png") for n in range(own)))
        for i, colour in enumerate(inputs)
    )
    columns = ("Input", *(f"out {n}" for n in range(own)))
    return Grid(name, "t", "A caption.", columns, files, lines, shared=1)


def test_one_own_column_is_a_column_a_row(result: TableResult, tmp_path: Path) -> None:
    for row, inputs in (("wen", "red lime"), ("finet", "red lime"), ("bicyclegan", "red blue")):
        result = with_panels(result, tmp_path, row, [[grid(tmp_path / row / "0", inputs.split(), 1)]])
    found = view(result, "g")
    (shown,) = found.drawn.grids
    assert (shown.columns, shown.gap, shown.lines) == (["Input", "weN", "FiNet"], 2, [])
    assert [[path and f"{path.parts[-4]} {path.name}" for path in line] for line in shown.cells] == [
        [f"wen {i}_in.png", f"wen {i}_0.png", f"finet {i}_0.png"] for i in (0, 1)
    ]
    assert found.caption.startswith(
        "A caption. Not shown, because their inputs differ: BicycleGAN. Toy scale, on synthetic data. 1 seed per row."
    )
    assert "Nothing to show" not in found.caption
    assert view(result, "g", lines=1).drawn.grids[0].columns == ["Input", "weN", "FiNet", "BicycleGAN"]


def test_a_row_with_other_lines_does_not_stand_beside_the_others(result: TableResult, tmp_path: Path) -> None:
    for row, names in (("wen", ("Ada", "Ben")), ("finet", ("Ada", "Eve")), ("bicyclegan", ("Ada", "Ben"))):
        result = with_panels(result, tmp_path, row, [[grid(tmp_path / row / "0", ["red"] * 2, 1, names)]])
    (shown,) = view(result, "g").drawn.grids
    assert (shown.columns, shown.lines, shown.excluded) == (["Input", "weN", "BicycleGAN"], ["Ada", "Ben"], ["FiNet"])


def test_the_same_lines_and_several_columns_are_a_grid_a_line(result: TableResult, tmp_path: Path) -> None:
    names = ("Ada", "Ben", "Eve", "Tom")
    for row in ("wen", "finet"):
        result = with_panels(result, tmp_path, row, [[grid(tmp_path / row / "0", ["red"] * 4, 3, names)]])
    found = view(result, "g")
    assert len(found.drawn.grids) == 3
    second = found.drawn.grids[1]
    assert (second.columns, second.lines, second.gap) == (["Input", "out 0", "out 1", "out 2"], ["weN", "FiNet"], 2)
    assert [path and path.name for path in second.cells[0]] == ["1_in.png", "1_0.png", "1_1.png", "1_2.png"]
    assert second.cells[1][0] is None  # the shared image stands once
    assert second.cells[1][3] is not None and "finet" in second.cells[1][3].parts
    assert "Shown: Ada, Ben and Eve." in found.caption and "Not available yet: BicycleGAN." in found.caption
    one = view(result, "g", lines=1)
    assert len(one.drawn.grids) == 1 and "Shown: Ada." in one.caption


def test_rows_with_other_lines_have_a_grid_each(result: TableResult, tmp_path: Path) -> None:
    result = with_panels(result, tmp_path, "wen", [[grid(tmp_path / "wen/0", ["red"], 2, ("Ada",))]])
    two = ("Ada and Ben", "Eve and Tom")
    result = with_panels(result, tmp_path, "finet", [[grid(tmp_path / "finet/0", ["red"] * 2, 2, two)]])
    caption = view(result, "g").caption
    assert caption.startswith("A caption. Toy scale")
    first, second = view(result, "g").drawn.grids
    assert (first.lines, second.lines) == (["weN: Ada"], ["FiNet: Ada and Ben", "FiNet: Eve and Tom"])
    assert len(view(result, "g", lines=1).drawn.grids[1].cells) == 1
    (alone,) = view(result, "g", rows=["finet"]).drawn.grids
    assert len(alone.cells) == 2
    result = with_panels(result, tmp_path, "finet", [[grid(tmp_path / "finet/0", ["red"] * 7, 2)]])
    (many,) = view(result, "g", rows=["finet"]).drawn.grids
    assert many.lines == ["FiNet", "", "", "", ""] and len(many.cells) == 5 and many.gap == 2


def sheet(folder: Path, findings: str = "PSNR 20 dB.", measures: tuple[str, ...] = ("psnr",)) -> ImageFile:
    path = image(folder / "samples" / "sheet.png", "red", (200, 100))
    return ImageFile("holes", "t", "Images with a hole.", path, findings, measures)


def test_images_stand_under_each_other_with_what_was_found(result: TableResult, tmp_path: Path) -> None:
    for row, seeds in (("wen", 2), ("finet", 1)):
        panels = [[sheet(tmp_path / row / str(seed))] for seed in range(seeds)]
        result = with_panels(result, tmp_path, row, panels, metrics={"psnr": [19.0, 21.0][:seeds]}, variants={})
    found = view(result, "holes")
    assert [(row, label) for row, label, _ in found.drawn.images] == [("wen", "weN"), ("finet", "FiNet")]
    assert found.drawn.images[0][2].file == tmp_path / "wen/0/samples/sheet.png"
    assert found.caption.startswith(
        "Images with a hole. weN, over 2 seeds: psnr 20.00 ± 1.41. FiNet: PSNR 20 dB. Toy scale, on synthetic "
        "data. 1 seed and 2 seeds per row. Images are of seed 0. Not available yet: BicycleGAN."
    )
    kind, content = finished_image(found.drawn.images[0][2])
    with Image.open(io.BytesIO(content)) as jpeg:
        assert (kind, jpeg.format, jpeg.size) == ("jpeg", "JPEG", (200, 100))
        assert jpeg.getpixel((100, 50))[0] > 240  # type: ignore[index]


def test_findings_without_numbers_stay_for_several_seeds(result: TableResult, tmp_path: Path) -> None:
    panels = [[sheet(tmp_path / "wen" / str(seed), "No recogniser.", ())] for seed in range(2)]
    result = with_panels(result, tmp_path, "wen", panels, metrics={"psnr": [19.0, 21.0]})
    assert view(result, "holes").caption.startswith("Images with a hole. weN: No recogniser. Toy scale")


def test_an_animation_stays_one(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:])
    kind, content = finished_image(ImageFile("film", "t", "c", tmp_path / "film.gif"))
    assert (kind, content) == ("gif", (tmp_path / "film.gif").read_bytes())


def curves(*charts: tuple[str, float], label: str = "") -> Series:
    return Series(
        "s", "t", "Scores.", "iterations",
        tuple(Chart(name, (Curve(label, ((0.0, 0.0), (10.0, top))),)) for name, top in charts),
    )  # fmt: skip


def test_series_of_rows_and_seeds_share_charts(result: TableResult, tmp_path: Path) -> None:
    for row in ("wen", "finet"):
        result = with_panels(
            result, tmp_path, row, [[curves(("a", 1.0), ("b", 2.0))], [curves(("a", 3.0), ("b", 4.0))]]
        )
    found = view(result, "s")
    (chart,) = found.drawn.charts
    assert {"weN", "FiNet", "a", "b", "10 iterations"} <= set(texts(chart))
    assert chart.count("thin") == 2 * 2 * 2 and chart.count("<polyline") == 2 * 2 * 3
    assert "Scores. Thick: mean over seeds, thin: each seed." in found.caption
    means = [Lines(name, [{"a": [(0.0, 0.0), (10.0, top)], "b": [(0.0, 0.0), (10.0, 1 + top)]} for top in (1.0, 3.0)])
             for name in ("weN", "FiNet")]  # fmt: skip
    assert chart == overlay_chart(means, [Chart("a", ()), Chart("b", ())], "iterations", "Title")


def test_curves_of_one_row_have_their_own_labels(result: TableResult, tmp_path: Path) -> None:
    panel = curves(("a", 1.0), label="trained")
    both = replace(panel, charts=(Chart("a", (*panel.charts[0].curves, Curve("exact", ((0.0, 1.0), (10.0, 1.0))))),))
    result = with_panels(result, tmp_path, "wen", [[both]])
    found = view(result, "s", rows=["wen"])
    assert {"trained", "exact"} <= set(texts(found.drawn.charts[0])) and "Thick" not in found.caption
    result = with_panels(result, tmp_path, "finet", [[panel]])
    assert {"weN, trained", "weN, exact", "FiNet, trained"} <= set(texts(view(result, "s").drawn.charts[0]))


def test_marks_and_linear_scales() -> None:
    line = Lines("weN", [{"a": [(0.0, 1.0), (4.0, 1000.0)]}])
    charts = [Chart("a", (), marks=((2.0, "they part"),), linear=True)]
    chart = overlay_chart([line], charts, "radii", "t")
    root = ElementTree.fromstring(chart)
    (frame,) = root.iter(f"{SVG}rect")
    (mark,) = [one for one in root.iter(f"{SVG}line") if one.get("class") == "axis"]
    middle = float(frame.get("x", 0)) + float(frame.get("width", 0)) / 2
    assert float(mark.get("x1", 0)) == pytest.approx(middle, abs=0.1)
    assert {"they part", "4 radii", "500"} <= set(texts(chart))
    assert "500" not in texts(overlay_chart([line], [Chart("a", ())], "radii", "t"))


def test_panels_of_a_training_are_found_by_its_stage(result: TableResult, tmp_path: Path) -> None:
    result = with_panels(result, tmp_path, "wen", [[curves(("a", 1.0))]], stage="distance")
    assert len(view(result, "s", rows=["wen"], stage="distance").drawn.charts) == 1
    assert view(result, "s", rows=["wen"]).drawn.charts == []
    assert view(result, "s", rows=["wen"], stage="other").drawn.charts == []


def folds(*values: float) -> Series:
    curve = Curve("", tuple(enumerate(values)))  # type: ignore[arg-type]
    return Series("folds", "t", "A dot is a fold.", "fold", (Chart("accuracy of a fold", (curve,), "%"),), paired=True)


def test_paired_values_are_compared_by_hand(result: TableResult, tmp_path: Path) -> None:
    """Differences 1, 2, 3, 2: mean 2, standard error 0.408; t = 4.899 with three degrees of freedom, p = 0.0163."""
    values = {"wen": (80, 82, 84, 86), "finet": (81, 84, 87, 88), "bicyclegan": (80, 82, 84, 86)}
    for row, accuracies in values.items():
        result = with_panels(result, tmp_path, row, [[folds(*accuracies)]])
    found = view(result, "folds")
    said = texts(found.drawn.charts[0])
    assert "FiNet − weN: +2.00 ± 0.41 points, p = 0.016; higher in 4 of 4 folds" in said
    assert "BicycleGAN − FiNet: −2.00 ± 0.41 points, p = 0.016; higher in 0 of 4 folds" in said
    assert "BicycleGAN − weN: +0.00 ± 0.00 points, the same in every fold" in said
    assert {*ROWS.values(), "accuracy of a fold, %"} <= set(said) and "83.00 ± 1.29 %" in said
    assert "A dot is a fold. Bars are means, lines join the same fold, numbers" in found.caption


def test_several_seeds_are_averaged_pair_by_pair(result: TableResult, tmp_path: Path) -> None:
    result = with_panels(result, tmp_path, "wen", [[folds(80, 90)], [folds(84, 86)]])
    result = with_panels(result, tmp_path, "finet", [[folds(90, 95)], [folds(92, 97)]])
    found = view(result, "folds", rows=["wen", "finet"])
    assert {"85.00 ± 3.00 %", "93.50 ± 2.50 %"} <= set(texts(found.drawn.charts[0]))
    assert "FiNet − weN: +8.50 ± 0.50 points, p = 0.037; higher in 2 of 2 folds" in texts(found.drawn.charts[0])
    assert "Dots are means over seeds. Bars" in found.caption and "2 seeds per row." in found.caption


def test_dots_lie_on_one_axis_and_lines_join_the_same_pair() -> None:
    chart = paired_chart([("a", [80.0, 90.0]), ("b", [90.0, 90.0])], ["words"], "accuracy", "", "title")
    root = ElementTree.fromstring(chart)
    dots = [(float(dot.get("cx", 0)), dot.get("class")) for dot in root.iter(f"{SVG}circle")]
    assert [style for _, style in dots] == ["f0", "f0", "f1", "f1"]
    assert dots[0][0] < dots[1][0] == dots[2][0] == dots[3][0]
    joins = [e for e in root.iter(f"{SVG}line") if e.get("class") == "grid" and e.get("x1") != e.get("x2")]
    assert len(joins) == 1  # the pair that differs slants
    alike = paired_chart([("a", [80.0, 80.0])], [], "accuracy", "%", "title")
    assert "nan" not in alike and "80.00 ± 0.00 %" in alike
    assert "80.00" in texts(paired_chart([("a", [80.0])], [], "accuracy", "", "title"))


def test_captions_that_differ_are_each_after_their_rows(result: TableResult, tmp_path: Path) -> None:
    for row, words in (("wen", "A."), ("finet", "B."), ("bicyclegan", "A.")):
        result = with_panels(result, tmp_path, row, [[replace(curves(("a", 1.0)), caption=words)]])
    assert view(result, "s").caption.startswith("weN and BicycleGAN: A. FiNet: B. Toy scale")


def test_several_panels_make_one_figure(result: TableResult, tmp_path: Path) -> None:
    for row in ("wen", "finet"):
        run = tmp_path / row / "0"
        result = with_panels(result, tmp_path, row, [[grid(run, ["red"], 2), sheet(run), curves(("a", 1.0))]])
    found = view(result, "g", "holes", "s", "absent")
    assert (len(found.drawn.grids), len(found.drawn.images), len(found.drawn.charts)) == (1, 2, 1)
    assert found.caption.startswith("A caption. Images with a hole. weN: PSNR 20 dB. FiNet: PSNR 20 dB. Scores.")
    assert "Not available yet: BicycleGAN." in found.caption


def test_a_broken_list_is_named_and_the_others_are_shown(result: TableResult, tmp_path: Path) -> None:
    for row in ("wen", "finet"):
        result = with_panels(result, tmp_path, row, [[curves(("a", 1.0))]])
    path = tmp_path / "finet/0/samples/panels.json"
    path.write_text("{")
    found = view(result, "s", rows=["wen", "finet"])
    assert (
        f"Not shown: {path}: is not a list of panels" in found.caption and "Not available yet: FiNet." in found.caption
    )
    assert "weN" in texts(found.drawn.charts[0])


def test_a_panel_of_another_kind_than_the_first_row_s_is_not_shown(result: TableResult, tmp_path: Path) -> None:
    result = with_panels(result, tmp_path, "wen", [[curves(("a", 1.0))]])
    result = with_panels(result, tmp_path, "finet", [[grid(tmp_path / "finet/0", ["red"], 2, name="s")]])
    found = view(result, "s", rows=["wen", "finet"])
    assert found.drawn.grids == [] and "Not available yet: FiNet." in found.caption


def test_reports_carry_images_and_drop_earlier_ones(result: TableResult, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    for row in ("wen", "finet"):
        run = tmp_path / row / "0"
        (run / "samples").mkdir(parents=True)
        film = run / "samples" / "film.gif"
        frames[0].save(film, save_all=True, append_images=frames[1:])
        result = with_panels(result, tmp_path, row, [[sheet(run), ImageFile("film", "t", "c", film)]])
    figure = Figure("i", "panels", "Holes", "Figure 4.10", tuple(ROWS), panels=("holes", "film"))
    result = replace(result, table=replace(result.table, figures=(figure,)))
    page = write_report(result, tmp_path / "report")
    figures = tmp_path / "report" / "figures"
    names = {f"figure_i_{file}" for row in ("wen", "finet") for file in (f"holes_{row}.jpeg", f"film_{row}.gif")}
    assert {path.name for path in figures.iterdir() if path.suffix in (".jpeg", ".gif")} == names
    assert page.read_text().count("data:image/jpeg;base64,") == page.read_text().count("data:image/gif;base64,") == 2
    text = (tmp_path / "report" / "report.md").read_text()
    assert "![Figure 4.10. Holes, FiNet](figures/figure_i_holes_finet.jpeg)" in text
    write_report(with_row(result, "finet", records=[]), tmp_path / "report")
    left = {path.name for path in figures.iterdir() if path.suffix in (".jpeg", ".gif")}
    assert left == {name for name in names if "wen" in name}
