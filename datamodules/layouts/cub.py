"""The official layout of Caltech-UCSD Birds-200-2011 (CUB-200-2011), CUB_200_2011.tgz unpacked.

    <root>/images.txt                       `1 001.Black_footed_Albatross/Black_Footed_Albatross_0046_18.jpg`
    <root>/image_class_labels.txt           `1 1`: number of the image, number of its class
    <root>/classes.txt                      `1 001.Black_footed_Albatross`
    <root>/train_test_split.txt             `1 0`: 1 for training, 0 for testing
    <root>/bounding_boxes.txt               `1 60.0 27.0 325.0 304.0`: left, top, width and height in pixels
    <root>/images/001.Black_footed_Albatross/Black_Footed_Albatross_0046_18.jpg

    <root>/attributes/image_attribute_labels.txt    optional; datamodules.preparation.cub_attributes

<root> may also be the folder that holds CUB_200_2011. Parts and segmentations are not used. Some photographs are grey.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from common.errors import DataError
from datamodules.data_set import DataSet
from datamodules.files import missing_folder, read_image, read_lines
from datamodules.preparation.crops import Box
from datamodules.preparation.cub_attributes import LABELS as ATTRIBUTES
from datamodules.preparation.cub_attributes import has_attributes, read_attributes
from datamodules.verification import DataCheck

IMAGE_LIST = "images.txt"
LISTS = (IMAGE_LIST, "image_class_labels.txt", "classes.txt", "train_test_split.txt", "bounding_boxes.txt")
SYNTHETIC_MARK = "SYNTHETIC.json"
CLASSES, IMAGES = 200, 11788
_INNER = "CUB_200_2011"
Value = TypeVar("Value")

HOW_TO_GET = (
    "Caltech-UCSD Birds-200-2011 is given by the California Institute of Technology (CaltechDATA, search for "
    "'CUB-200-2011') for non-commercial research and education; the images belong to others. The folder must hold "
    "images.txt, image_class_labels.txt, classes.txt, train_test_split.txt, bounding_boxes.txt and images/ (unpack "
    "CUB_200_2011.tgz); docs/data.md shows it. Without the data, `python cli.py data synthesize cub --out FOLDER` "
    "writes synthetic data in the same layout"
)


@dataclass(frozen=True)
class Record:
    """A photograph, with its class from 0.

    `name` is as in the list: 001.Black_footed_Albatross/Black_Footed_Albatross_0046_18.jpg.
    """

    root: Path
    name: str
    label: int
    train: bool
    box: Box

    @property
    def image(self) -> Path:
        return self.root / "images" / self.name


def folder_of(root: Path) -> Path:
    """Return the folder with the lists: `root` itself or its CUB_200_2011."""
    return root / _INNER if (root / _INNER / IMAGE_LIST).is_file() and not (root / IMAGE_LIST).is_file() else root


def read_classes(root: Path) -> list[str]:
    """Read the classes, named like their folders, in order: 001.Black_footed_Albatross, ...

    Raises:
        DataError: the list is missing or wrong; names file, line and fix.
    """
    path = _folder(root) / "classes.txt"
    classes = _table(path, "number and name", str)
    if list(classes) != list(range(1, len(classes) + 1)):
        raise DataError(f"{path}: classes are not numbered 1 to {len(classes)} in order; fetch it again")
    return list(classes.values())


def read_records(root: Path) -> list[Record]:
    """Read the five lists, in the order of images.txt.

    Raises:
        DataError: no such folder, or lists that are broken or out of step; names file, line and fix.
    """
    folder = _folder(root)
    classes = read_classes(root)
    names = _table(folder / IMAGE_LIST, "number and file", str)
    labels = _table(folder / LISTS[1], "number and class", int)
    train = _table(folder / LISTS[3], "number and 0 or 1", {"0": False, "1": True}.__getitem__)
    boxes = _table(folder / LISTS[4], "number, left, top, width and height", _box)
    for file, numbers in ((LISTS[1], labels.keys()), (LISTS[3], train.keys()), (LISTS[4], boxes.keys())):
        odd = names.keys() ^ numbers
        if odd:
            one, other = (IMAGE_LIST, file) if min(odd) in names else (file, IMAGE_LIST)
            raise DataError(
                f"{folder / file}: out of step with {IMAGE_LIST}: {min(odd)} is in {one} and not in {other}"
            )
    seen: set[str] = set()
    for number, name in names.items():
        if name in seen:
            raise DataError(
                f"{folder / IMAGE_LIST}: lists {name} a second time, as {number}; remove one of the two lines"
            )
        seen.add(name)
        _check_class(folder, number, name, labels[number], classes)
    return [Record(folder, name, labels[i] - 1, train[i], boxes[i]) for i, name in names.items()]


def read_image_attributes(root: Path) -> tuple[list[str], dict[str, NDArray[np.int64]]] | None:
    """Read the names of the attributes and, by photograph, their values (A,) {0, 1}; None without such files.

    Raises:
        DataError: the lists are broken; names file, line and fix.
    """
    folder = _folder(root)
    if not has_attributes(folder):
        return None
    photographs = _table(folder / IMAGE_LIST, "number and file", str)
    names, values = read_attributes(folder, list(photographs))
    return names, dict(zip(photographs.values(), values, strict=True))


def _folder(root: Path) -> Path:
    folder = folder_of(root)
    absent = [name for name in LISTS if not (folder / name).is_file()]
    if absent:
        what = missing_folder(root) or f"has no {absent[0]}"
        raise DataError(f"CUB-200-2011: {folder if root.is_dir() else root} {what}. {HOW_TO_GET}")
    return folder


def _check_class(folder: Path, number: int, name: str, label: int, classes: list[str]) -> None:
    if not 1 <= label <= len(classes):
        raise DataError(f"{folder / LISTS[1]}: image {number} has class {label}; classes.txt has 1 to {len(classes)}")
    place = PurePosixPath(name)
    if place.is_absolute() or ".." in place.parts:
        raise DataError(f"{folder / IMAGE_LIST}: image {number} lies outside of images/: {name}")
    if place.parts[0] != classes[label - 1]:
        raise DataError(
            f"{folder / LISTS[1]}: image {number} has class {label} ({classes[label - 1]}) and lies in "
            f"{place.parts[0]}; the lists are out of step, fetch them again"
        )


def _table(path: Path, columns: str, read: Callable[[str], Value]) -> dict[int, Value]:
    """Read a list of lines `number value`."""
    rows: dict[int, Value] = {}
    for number, line in enumerate(read_lines(path), start=1):
        key, _, value = line.strip().partition(" ")
        if not key:
            continue
        try:
            index, row = int(key), read(value.strip())
            if value.strip() == "":
                raise ValueError
        except (ValueError, KeyError) as error:
            raise DataError(f"{path}: line {number} is not {columns}: {line.strip()!r}") from error
        if index in rows:
            raise DataError(f"{path}: line {number} lists {index} a second time; remove one of the two lines")
        rows[index] = row
    if not rows:
        raise DataError(f"{path}: lists nothing; fetch it again")
    return rows


def _box(text: str) -> Box:
    left, top, width, height = (float(part) for part in text.split())
    if not all(math.isfinite(part) for part in (left, top, width, height)) or width <= 0 or height <= 0:
        raise ValueError
    return Box(left, top, width, height)


def is_synthetic(root: Path) -> bool:
    """Return whether the folder was written by `data synthesize`."""
    return (folder_of(root) / SYNTHETIC_MARK).is_file()


def fingerprint(root: Path) -> str:
    """Return a digest of the lists and of every file's size: changes when a file is added, removed or replaced."""
    digest = hashlib.sha256()
    for record in read_records(root):
        size = record.image.stat().st_size if record.image.is_file() else -1
        digest.update(f"{record.name} {record.label} {record.train} {record.box} {size}\n".encode())
    mark, said = folder_of(root) / SYNTHETIC_MARK, folder_of(root) / ATTRIBUTES
    digest.update(mark.read_bytes() if mark.is_file() else b"")
    digest.update(f"{said.stat().st_size}".encode() if said.is_file() else b"")
    return digest.hexdigest()


def missing_files(records: list[Record]) -> list[Path]:
    """Return the paths of the missing photographs."""
    return [record.image for record in records if not record.image.is_file()]


def bird_box(record: Record, shape: tuple[int, ...]) -> Box:
    """Return the box, clipped to an image of this shape (H, W, ...).

    Raises:
        DataError: less than half of the box is inside the image.
    """
    box, seen = record.box, record.box.inside(shape)
    if seen.width * seen.height < 0.5 * box.width * box.height:
        raise DataError(
            f"{record.root / LISTS[4]}: the box of {record.name} ({box.x:g}, {box.y:g}, {box.width:g}, {box.height:g}) "
            f"lies outside of its {shape[1]}x{shape[0]} image; fetch the list again"
        )
    return seen


def _problem_of(record: Record) -> str | None:
    try:
        bird_box(record, read_image(record.image).shape)
    except DataError as error:
        return str(error)
    return None


def verify(root: Path) -> DataCheck:
    """Open every photograph of the lists and report the missing, unreadable and inconsistent ones.

    Raises:
        DataError: the folder or its lists cannot be read at all.
    """
    records = read_records(root)
    with ThreadPoolExecutor() as pool:
        problems = [line for line in pool.map(_problem_of, records, chunksize=64) if line is not None]
    try:
        read_image_attributes(root)
    except DataError as error:
        problems.append(str(error))
    kind = "synthetic data" if is_synthetic(root) else "CUB-200-2011"
    classes = len(read_classes(root))
    notes: tuple[str, ...] = ()
    if not is_synthetic(root) and (len(records), classes) != (IMAGES, CLASSES):
        notes = (f"the official set has {IMAGES} of {CLASSES} classes, this one {len(records)} of {classes}",)
    return DataCheck(root, kind, len(records), problems, notes)


DATA_SET = DataSet(
    name="cub",
    title="CUB-200-2011",
    folder="CUB_200_2011",
    markers=("images.txt",),
    holds="images/001.Black_footed_Albatross/..., images.txt, image_class_labels.txt and bounding_boxes.txt",
    images=read_records,
    group="birds",
    noun="birds",
    count=800,
)
