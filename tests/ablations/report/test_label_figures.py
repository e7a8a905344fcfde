"""The figure of given labels: a group a label with its name, from the files that a test leaves."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from support.full_results import full_result
from support.table_results import with_row

from ablations.report.views.figures import figure_views
from ablations.report.views.label_figures import ACROSS, DOWN, GROUPS, SIDE, Group, groups_of, sheet
from ablations.results.table_result import TableResult
from ablations.tables.table import Figure

COLOURS = {"000": (200, 0, 0), "001": (0, 200, 0), "003": (0, 0, 200)}


def pictures(folder: Path, count: int = 8) -> list[list[Path]]:
    """Of the classes 0, 1 and 3, in three colours; of class 2 there is none."""
    found = []
    for number, colour in COLOURS.items():
        paths = [folder / f"diversity_{number}_{i:02d}.png" for i in range(count)]
        for path in paths:
            Image.new("RGB", (8, 8), colour).save(path)
        found.append(paths)
    return found


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TableResult:
    folder = tmp_path_factory.mktemp("labels")
    full = full_result(folder, seeds=1)
    figure = Figure("labels", "labels", "Images of given labels", "Figure 4.5", ("wen", "wo-gan"))
    full = replace(full, table=replace(full.table, figures=(figure,)))
    full = with_row(full, "wo-gan", diversity=[], class_names=[])
    return with_row(full, "wen", diversity=pictures(folder), class_names=["Ada", "Ben", "nobody", "Eve"])


def test_groups_have_the_names_of_their_files_numbers(result: TableResult) -> None:
    groups = groups_of(result.row("wen"))
    assert [(group.name, len(group.pictures)) for group in groups] == [("Ada", 6), ("Ben", 6), ("Eve", 6)]
    assert groups[2].pictures[0].name == "diversity_003_00.png"
    assert groups_of(result.row("wo-gan")) == []


def test_the_figure_is_one_picture_and_says_what_it_lacks(result: TableResult) -> None:
    (view,) = figure_views(result)
    assert view.title == "Figure 4.5. Images of given labels"
    assert list(view.images) == ["sheet.png"] and view.grids == []
    assert "which stands below them" in view.caption and "Nothing to show yet of weN w/o GAN." in view.caption
    empty = with_row(result, "wen", diversity=[])
    assert figure_views(empty)[0].images == {}


def test_groups_stand_beside_each_other_in_their_colours(tmp_path: Path) -> None:
    groups = [Group(name, paths) for name, paths in zip(("Ada", "Ben", "Eve"), pictures(tmp_path, 6), strict=True)]
    page = Image.open(io.BytesIO(sheet([("weN", groups)]))).convert("RGB")
    shares = {colour: count for count, colour in page.getcolors(page.width * page.height)}
    for colour in COLOURS.values():
        assert shares[colour] == ACROSS * DOWN * SIDE * SIDE
    line = [page.getpixel((x, SIDE // 2 + 10)) for x in range(page.width)]
    order = [colour for i, colour in enumerate(line) if colour in COLOURS.values() and colour not in line[:i]]
    assert order == list(COLOURS.values())


def test_more_groups_than_fit_go_on_below_and_fewer_pictures_take_less_room(tmp_path: Path) -> None:
    group = Group("Ada", pictures(tmp_path, ACROSS)[0])

    def size(count: int, rows: int = 1) -> tuple[int, int]:
        return Image.open(io.BytesIO(sheet([("weN", [group] * count)] * rows))).size

    width, height = size(GROUPS)
    assert size(GROUPS + 1)[0] == width and size(GROUPS + 1)[1] > 1.8 * height
    assert size(GROUPS, rows=2)[1] > 2 * height
    assert height < 2 * SIDE
