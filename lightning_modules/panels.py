"""Panels: images and series of a test or a training for reports, listed in `panels.json`. Needs no torch."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from common.errors import DataError, one_line
from common.files import write_atomically

PANELS = "panels.json"
#: Folder of a run's sample images and panels, in its run folder.
SAMPLES_FOLDER = "samples"
#: The panel of test images in every table: the inputs, then a column for each variant of the output.
SAMPLES = "samples"


@dataclass(frozen=True)
class Grid:
    """Images in rows (lines) and columns.

    Attributes:
        name: its key for a table's figures.
        title: a short title.
        caption: sentences for the reader, without numbers that depend on the seed.
        columns: title of each column. Titles of the model's own columns name its variants, never the row of a table.
        files: by line and column; None where there is no image.
        lines: label of each line; () for none.
        shared: number of leading columns that are the same for every model, such as the input and the truth.
    """

    kind: ClassVar[str] = "grid"
    name: str
    title: str
    caption: str
    columns: tuple[str, ...]
    files: tuple[tuple[Path | None, ...], ...]
    lines: tuple[str, ...] = ()
    shared: int = 0


@dataclass(frozen=True)
class ImageFile:
    """One finished image with its own text, or an animation (GIF).

    Attributes:
        name, title, caption: as in `Grid`.
        file: PNG or GIF.
        findings: results of this model in sentences, which may have numbers.
        measures: names of the metrics in the findings.
    """

    kind: ClassVar[str] = "image"
    name: str
    title: str
    caption: str
    file: Path
    findings: str = ""
    measures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Curve:
    """Points (x, y) of a line, and its label, "" if the tested model's name suffices."""

    label: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Chart:
    """Curves on common axes.

    Attributes:
        title: the quantity on the vertical axis.
        curves: in the order of the legend.
        unit: of the quantity, "" for none.
        marks: positions on the horizontal axis, each with a word.
        linear: use a linear vertical axis even for a wide range of positive values.
    """

    title: str
    curves: tuple[Curve, ...]
    unit: str = ""
    marks: tuple[tuple[float, str], ...] = ()
    linear: bool = False


@dataclass(frozen=True)
class Series:
    """Charts with one horizontal axis.

    Attributes:
        name, title, caption: as in `Grid`.
        x: label of the horizontal axis; for paired points, the name of one repetition.
        charts: drawn side by side.
        paired: the points are repetitions (folds of a test) without an order; drawn as dots, and compared pair by pair.
    """

    kind: ClassVar[str] = "series"
    name: str
    title: str
    caption: str
    x: str
    charts: tuple[Chart, ...]
    paired: bool = False


Panel = Grid | ImageFile | Series


def write_panels(folder: Path, panels: Sequence[Panel]) -> None:
    """Write `panels.json` beside the files that it lists, in one call at the end of a test or training.

    Values of series that are not finite are left out.

    Raises:
        ValueError: two panels of one name, a file in another folder, or a grid whose lines and columns do not fit.
        ConfigurationError: it cannot be written.
    """
    names = [panel.name for panel in panels]
    if len(set(names)) < len(names):
        raise ValueError(f"two panels have one name: {', '.join(names)}")
    entries = [{"kind": panel.kind, **_plain(panel, folder)} for panel in panels]
    for entry in entries:
        _READERS[entry["kind"]](entry, folder)  # fails here for everything that the reader rejects
    write_atomically(folder / PANELS, json.dumps({"panels": entries}, indent=1, allow_nan=False) + "\n")


def read_panels(folder: Path) -> dict[str, Panel]:
    """Return the panels of a folder by name; {} if it has no `panels.json`. A grid has None for a missing file.

    Raises:
        DataError: the file is broken; one line.
    """
    path = folder / PANELS
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {entry["name"]: _READERS[entry["kind"]](entry, folder) for entry in content["panels"]}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise DataError(f"{path}: is not a list of panels ({one_line(error)}); run the test again") from error


def _plain(panel: Panel, folder: Path) -> dict[str, Any]:
    """Return a panel as plain values, its files by name."""

    def plain(value: Any) -> Any:
        if isinstance(value, Path):
            if value.parent != folder:
                raise ValueError(f"{value}: is not in {folder}")
            return value.name
        if isinstance(value, tuple):
            return [plain(item) for item in value]
        if isinstance(value, Curve):
            finite = [point for point in value.points if all(map(math.isfinite, point))]
            return {"label": value.label, "points": [list(point) for point in finite]}
        return {name: plain(item) for name, item in vars(value).items()} if isinstance(value, Chart) else value

    return {name: plain(value) for name, value in vars(panel).items()}


def _grid(entry: dict[str, Any], folder: Path) -> Grid:
    columns, lines = _texts(entry, "columns"), _texts(entry, "lines")
    files = tuple(tuple(None if name is None else _file(folder, name) for name in line) for line in entry["files"])
    shared = entry["shared"]
    if any(len(line) != len(columns) for line in files) or (lines and len(lines) != len(files)):
        raise ValueError(f"{entry['name']}: lines and columns do not fit")
    if not 0 <= shared < max(len(columns), 1):
        raise ValueError(f"{entry['name']}: {shared} of {len(columns)} columns cannot be shared")
    there = tuple(tuple(path if path is not None and path.is_file() else None for path in line) for line in files)
    return Grid(*_head(entry), columns, there, lines, shared)


def _image(entry: dict[str, Any], folder: Path) -> ImageFile:
    file = _file(folder, entry["file"])
    if file.suffix not in (".png", ".gif"):
        raise ValueError(f"{entry['name']}: {file.name} is neither PNG nor GIF")
    return ImageFile(*_head(entry), file, _text(entry, "findings"), _texts(entry, "measures"))


def _series(entry: dict[str, Any], folder: Path) -> Series:
    charts = tuple(_chart(chart) for chart in entry["charts"])
    return Series(*_head(entry), _text(entry, "x"), charts, bool(entry["paired"]))


def _chart(entry: dict[str, Any]) -> Chart:
    curves = tuple(
        Curve(_text(curve, "label"), tuple((float(x), float(y)) for x, y in curve["points"]))
        for curve in entry["curves"]
    )
    marks = tuple((float(at), str(word)) for at, word in entry["marks"])
    return Chart(_text(entry, "title"), curves, _text(entry, "unit"), marks, bool(entry["linear"]))


def _head(entry: dict[str, Any]) -> tuple[str, str, str]:
    return _text(entry, "name"), _text(entry, "title"), _text(entry, "caption")


def _text(entry: dict[str, Any], key: str) -> str:
    if not isinstance(entry[key], str):
        raise ValueError(f"{key}: {entry[key]!r} is not a text")
    return str(entry[key])


def _texts(entry: dict[str, Any], key: str) -> tuple[str, ...]:
    if not isinstance(entry[key], list) or not all(isinstance(item, str) for item in entry[key]):
        raise ValueError(f"{key}: {entry[key]!r} is not a list of texts")
    return tuple(entry[key])


def _file(folder: Path, name: str) -> Path:
    if not name or Path(name).name != name:
        raise ValueError(f"{name!r} is not a file name")
    return folder / name


_READERS: dict[str, Callable[[dict[str, Any], Path], Panel]] = {"grid": _grid, "image": _image, "series": _series}
