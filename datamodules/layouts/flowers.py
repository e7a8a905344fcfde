"""The official layout of the Oxford 102 Flowers, published in four files.

    <root>/jpg/image_00001.jpg              the photograph                                      (102flowers.tgz)
    <root>/imagelabels.mat                  `labels`: a class from 1 to 102 for each photograph
    <root>/setid.mat                        `trnid`, `valid`, `tstid`: numbers of the photographs of each part
    <root>/segmim/segmim_00001.jpg          the flower on flat blue, of the photograph's size   (102segmentations.tgz)
    <root>/cat_to_name.json                 optional, not official: {"1": "pink primrose", ...}

Photographs are numbered from 1. Where <root> has a folder flowers-102 and no lists (as torchvision leaves it), that
folder is used. `segmim` is used for the crop to the flower only.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from common.errors import DataError
from datamodules.data_set import DataSet
from datamodules.files import missing_folder, read_image
from datamodules.preparation.crops import Box, flower_mask, largest_box
from datamodules.verification import DataCheck

LABELS, PARTS, NAMES = "imagelabels.mat", "setid.mat", "cat_to_name.json"
SYNTHETIC_MARK = "SYNTHETIC.json"
CLASSES, IMAGES = 102, 8189
_INNER = "flowers-102"
_KEYS: dict[str, Part] = {"trnid": "train", "valid": "valid", "tstid": "test"}

Part = Literal["train", "valid", "test"]

HOW_TO_GET = (
    "The 102 Category Flower Dataset is given by the Visual Geometry Group of the University of Oxford (search for "
    "'Oxford flowers 102'); it states no licence, and the images belong to others. The folder must hold jpg/, "
    "imagelabels.mat, setid.mat and segmim/ (102flowers.tgz, two lists, and 102segmentations.tgz for the crops); "
    "docs/data.md shows it. Without the data, `python cli.py data synthesize flowers --out FOLDER` writes synthetic "
    "data in the same layout"
)


@dataclass(frozen=True)
class Record:
    """A photograph: its number from 1, its class from 0, and its official part."""

    root: Path
    number: int
    label: int
    part: Part

    @property
    def name(self) -> str:
        return f"image_{self.number:05d}.jpg"

    @property
    def image(self) -> Path:
        return self.root / "jpg" / self.name

    @property
    def segmentation(self) -> Path:
        return self.root / "segmim" / f"segmim_{self.number:05d}.jpg"


def folder_of(root: Path) -> Path:
    """Return the folder with the lists: `root` itself or its flowers-102."""
    return root / _INNER if (root / _INNER / LABELS).is_file() and not (root / LABELS).is_file() else root


def read_records(root: Path) -> list[Record]:
    """Read the two lists, in the order of the photographs.

    Raises:
        DataError: no such folder or list, or invalid lists; names the file and the fix.
    """
    folder = folder_of(root)
    if not (folder / LABELS).is_file():
        what = missing_folder(root) or f"has no {LABELS}"
        raise DataError(f"Oxford 102 Flowers: {root} {what}. {HOW_TO_GET}")
    labels = _labels(folder / LABELS)
    parts = _parts(folder / PARTS, len(labels))
    return [Record(folder, i + 1, label - 1, parts[i + 1]) for i, label in enumerate(labels)]


def read_names(root: Path) -> dict[int, str]:
    """Read the optional list of class names, by number from 1; empty without it.

    Raises:
        DataError: the list is invalid; names the file and the fix.
    """
    path = folder_of(root) / NAMES
    try:
        return {int(number): str(name) for number, name in json.loads(path.read_text(encoding="utf-8")).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        raise DataError(f"{path}: is no list of names by class ({error}); fix or remove it") from error


def _labels(path: Path) -> list[int]:
    labels = _numbers(path, _read_mat(path), "labels")
    for number, label in enumerate(labels, start=1):
        if not 1 <= label <= CLASSES:
            raise DataError(f"{path}: gives photograph {number} label {label}; labels go from 1 to {CLASSES}")
    absent = set(range(1, max(labels) + 1)) - set(labels)
    if absent:
        raise DataError(f"{path}: no photograph has label {min(absent)}; labels must go from 1 without a gap")
    return labels


def _parts(path: Path, count: int) -> dict[int, Part]:
    """Return the part of each photograph 1 .. count."""
    content = _read_mat(path)
    parts: dict[int, Part] = {}
    for key, part in _KEYS.items():
        for number in _numbers(path, content, key, may_be_empty=True):
            if not 1 <= number <= count:
                raise DataError(f"{path}: {key} holds {number}; there are photographs 1 to {count} in {LABELS}")
            if number in parts:
                raise DataError(f"{path}: {key} holds photograph {number}, which is in a part already; fetch it again")
            parts[number] = part
    missing = sorted(set(range(1, count + 1)) - parts.keys())
    if missing:
        raise DataError(f"{path}: photograph {missing[0]} is in none of {', '.join(_KEYS)}; fetch it again")
    return parts


def _read_mat(path: Path) -> Mapping[str, Any]:
    import scipy.io  # takes longer than all else here: only where it is needed

    try:
        content: Mapping[str, Any] = scipy.io.loadmat(io.BytesIO(path.read_bytes()))
    except FileNotFoundError as error:
        raise DataError(f"{path}: missing; fetch it beside {LABELS}") from error
    except Exception as error:  # scipy raises many kinds for broken files
        reason = " ".join(str(error).split())
        raise DataError(f"{path}: is no MATLAB file that can be read ({reason}); fetch it again") from error
    return content


def _numbers(path: Path, content: Mapping[str, Any], key: str, may_be_empty: bool = False) -> list[int]:
    """Return a list of whole numbers, which MATLAB stores as a table of one row, often of floating point."""
    if key not in content:
        raise DataError(f"{path}: holds no `{key}`; fetch it again")
    table = np.asarray(content[key])
    if table.dtype.kind not in "iuf" or table.size != max(table.shape, default=0) or (table.size == 0) > may_be_empty:
        raise DataError(f"{path}: `{key}` is no list of numbers (it is {table.dtype} of shape {table.shape})")
    numbers = table.ravel()
    if not (numbers == np.floor(numbers)).all():
        raise DataError(f"{path}: `{key}` holds {numbers[numbers != np.floor(numbers)][0]}, which is no whole number")
    return [int(number) for number in numbers]


def read_segmentation(record: Record, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Read the mask (H, W) {0, 1} of the flower in a photograph of this shape.

    Raises:
        DataError: missing, unreadable or of another size.
    """
    path = record.segmentation
    mask = flower_mask(read_image(path))
    if mask.shape != shape[:2]:
        raise DataError(
            f"{path}: is {mask.shape[1]}x{mask.shape[0]}, its photograph {shape[1]}x{shape[0]}; "
            "fetch 102segmentations.tgz again"
        )
    return mask


def flower_box(record: Record, shape: tuple[int, ...]) -> Box:
    """Return the box of the flower's largest connected part; the whole image where the segmentation is empty."""
    box = largest_box(read_segmentation(record, shape))
    return Box(0.0, 0.0, float(shape[1]), float(shape[0])) if box is None else box


def missing_files(records: list[Record], segmentations: bool) -> list[Path]:
    """Return the paths of the missing files of the records."""
    wanted = [record.image for record in records]
    wanted += [record.segmentation for record in records] if segmentations else []
    return [path for path in wanted if not path.is_file()]


def is_synthetic(root: Path) -> bool:
    """Return whether the folder was written by `data synthesize`."""
    return (folder_of(root) / SYNTHETIC_MARK).is_file()


def fingerprint(root: Path) -> str:
    """Return a digest of the lists and of every file's size: changes when a file is added, removed or replaced."""
    digest = hashlib.sha256()
    for record in read_records(root):
        sizes = [path.stat().st_size if path.is_file() else -1 for path in (record.image, record.segmentation)]
        digest.update(f"{record.name} {record.label} {record.part} {sizes}\n".encode())
    mark = folder_of(root) / SYNTHETIC_MARK
    digest.update(mark.read_bytes() if mark.is_file() else b"")
    return digest.hexdigest()


@dataclass(frozen=True)
class _Findings:
    """Errors in a photograph's files, and a flag for a segmentation without flower or without background."""

    problems: list[str]
    odd: bool = False


def _check(record: Record) -> _Findings:
    found = []
    try:
        image = read_image(record.image)
    except DataError as error:
        found.append(str(error))
    try:
        mask = flower_mask(read_image(record.segmentation)) if found else read_segmentation(record, image.shape)
    except DataError as error:
        return _Findings([*found, str(error)])
    return _Findings(found, odd=not 0 < int(mask.sum()) < mask.size)


def verify(root: Path) -> DataCheck:
    """Open every file of the lists and report the missing, unreadable and inconsistent ones, file by file.

    Raises:
        DataError: the folder or its lists cannot be read at all.
    """
    records = read_records(root)
    with ThreadPoolExecutor() as pool:
        checked = list(pool.map(_check, records, chunksize=64))
    kind = "synthetic data" if is_synthetic(root) else "Oxford 102 Flowers"
    problems = [line for found in checked for line in found.problems]
    try:
        read_names(root)
    except DataError as error:
        problems.append(str(error))
    return DataCheck(root, kind, len(records), problems, _notes(root, records, sum(found.odd for found in checked)))


def _notes(root: Path, records: list[Record], odd: int) -> tuple[str, ...]:
    notes = []
    classes = max(record.label for record in records) + 1
    if not is_synthetic(root) and (len(records), classes) != (IMAGES, CLASSES):
        notes.append(f"the official set has {IMAGES} of {CLASSES} classes, this one {len(records)} of {classes}")
    if odd:
        notes.append(f"{odd} segmentations show no flower or no background: there the whole image is used")
    return tuple(notes)


DATA_SET = DataSet(
    name="flowers",
    title="Oxford 102 Flowers",
    folder="flowers-102",
    markers=("imagelabels.mat",),
    holds="jpg/image_00001.jpg..., imagelabels.mat, setid.mat and segmim/segmim_00001.jpg...",
    images=read_records,
    group="flowers",
    noun="flowers",
    count=800,
)
