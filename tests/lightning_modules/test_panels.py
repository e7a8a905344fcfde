"""The list of panels that a test leaves: what is written is read again, and what is broken is one line."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from common.errors import ConfigurationError, DataError
from lightning_modules.panels import Chart, Curve, Grid, ImageFile, Series, read_panels, write_panels


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.png", "b.png", "sheet.png"):
        (tmp_path / name).touch()
    return tmp_path


def grid(folder: Path) -> Grid:
    files = ((folder / "a.png", folder / "b.png", None), (folder / "b.png", None, folder / "a.png"))
    return Grid("samples", "Samples", "Not chosen.", ("Input", "1", "2"), files, ("Ada", "Ben"), shared=1)


def series() -> Series:
    charts = (
        Chart("accuracy", (Curve("", ((0.0, 90.5), (1.0, 91.25))), Curve("b", ())), "%", ((2.0, "they part"),), True),
        Chart("loss", ()),
    )
    return Series("folds", "Folds", "Each fold.", "fold", charts, paired=True)


def image(folder: Path) -> ImageFile:
    return ImageFile("morphing", "Morphing", "A sheet.", folder / "sheet.png", "All right.", ("morphing_top1",))


def test_panels_are_read_as_they_were_written(folder: Path) -> None:
    panels = [grid(folder), image(folder), series()]
    write_panels(folder, panels)
    assert list(read_panels(folder).values()) == panels
    assert list(read_panels(folder)) == ["samples", "morphing", "folds"]
    write_panels(folder, panels[:1])
    assert list(read_panels(folder)) == ["samples"]  # nothing is merged


def test_a_folder_without_panels_has_none(tmp_path: Path) -> None:
    assert read_panels(tmp_path) == read_panels(tmp_path / "absent") == {}


def test_a_file_that_is_lost_is_none(folder: Path) -> None:
    write_panels(folder, [grid(folder)])
    (folder / "b.png").unlink()
    found = read_panels(folder)["samples"]
    assert isinstance(found, Grid)
    assert found.files == ((folder / "a.png", None, None), (None, None, folder / "a.png"))


def test_a_folder_that_was_moved_is_read_where_it_is(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    write_panels(folder, [image(folder)])
    moved = tmp_path_factory.mktemp("other") / "samples"
    folder.rename(moved)
    found = read_panels(moved)["morphing"]
    assert isinstance(found, ImageFile) and found.file == moved / "sheet.png"


def test_points_that_are_not_finite_are_left_out(folder: Path) -> None:
    curve = Curve("", ((0.0, math.nan), (1.0, 2.0), (math.inf, 1.0), (3.0, -math.inf)))
    write_panels(folder, [Series("s", "t", "c", "x", (Chart("q", (curve,)),))])
    found = read_panels(folder)["s"]
    assert isinstance(found, Series) and found.charts[0].curves[0].points == ((1.0, 2.0),)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"lines": ("Ada",)}, "samples: lines and columns do not fit"),
     ({"columns": ("Input", "1")}, "samples: lines and columns do not fit"),
     ({"shared": 3}, "samples: 3 of 3 columns cannot be shared"),
     ({"shared": -1}, "samples: -1 of 3 columns cannot be shared"),
     ({"files": ((Path("/elsewhere/a.png"), None, None),), "lines": ()}, "/elsewhere/a.png: is not in")],
)  # fmt: skip
def test_a_grid_that_does_not_fit_is_refused(change: dict[str, Any], message: str, folder: Path) -> None:
    with pytest.raises(ValueError, match=message):
        write_panels(folder, [replace(grid(folder), **change)])
    assert not (folder / "panels.json").exists()


def test_names_are_unique_and_images_png_or_gif(folder: Path) -> None:
    with pytest.raises(ValueError, match="two panels have one name: folds, folds"):
        write_panels(folder, [series(), series()])
    with pytest.raises(ValueError, match=r"x\.svg is neither PNG nor GIF"):
        write_panels(folder, [replace(image(folder), file=folder / "x.svg")])
    write_panels(folder, [replace(image(folder), file=folder / "x.gif")])


def broken(change: Callable[[dict[str, Any]], object]) -> Callable[[str], str]:
    def changed(text: str) -> str:
        content = json.loads(text)
        change(content["panels"][0])
        return json.dumps(content)

    return changed


@pytest.mark.parametrize(
    "change",
    [lambda text: text[:-9], lambda text: "[]", lambda text: '{"panels": 3}', lambda text: "{}",
     broken(lambda panel: panel.pop("name")), broken(lambda panel: panel.update(kind="film")),
     broken(lambda panel: panel.update(columns="abc")), broken(lambda panel: panel.update(caption=None)),
     broken(lambda panel: panel.update(shared="1")), broken(lambda panel: panel["files"][0].pop()),
     broken(lambda panel: panel["files"][0].__setitem__(0, "../a.png")),
     broken(lambda panel: panel["files"][0].__setitem__(0, 7))],
)  # fmt: skip
def test_a_broken_list_is_one_line(change: Callable[[str], str], folder: Path) -> None:
    write_panels(folder, [grid(folder)])
    path = folder / "panels.json"
    path.write_text(change(path.read_text()))
    with pytest.raises(DataError) as error:
        read_panels(folder)
    assert str(error.value).startswith(f"{path}: is not a list of panels (") and "\n" not in str(error.value)
    assert str(error.value).endswith("; run the test again")


def test_a_full_disk_is_one_line(folder: Path) -> None:
    (folder / ".panels.json.partial").symlink_to("/dev/full")
    with pytest.raises(ConfigurationError, match=r"panels\.json: cannot be written \(No space"):
        write_panels(folder, [series()])


def test_reading_needs_no_torch() -> None:
    code = "import sys; import lightning_modules.panels; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
