"""The official DeepFashion In-shop layout, with parsing maps and keypoints beside it.

    <root>/Img/img/WOMEN/Dresses/id_00000002/02_1_front.jpg                     the photograph
    <root>/Eval/list_eval_partition.txt                                         the official list
    <root>/Parsing/img/WOMEN/Dresses/id_00000002/02_1_front.png                 20 labels, 8-bit, one channel
    <root>/Pose/img/WOMEN/Dresses/id_00000002/02_1_front_keypoints.json         OpenPose, 18 keypoints

`Img` and `Eval` are the official files. Parsing maps and keypoints have to be computed: a human parser trained on CIHP
(PGN, SCHP, CE2P) and OpenPose with its COCO model write exactly these files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from common.errors import DataError
from datamodules.data_set import DataSet
from datamodules.files import missing_folder, read_image
from datamodules.preparation.labels import PARSER_LABELS
from datamodules.verification import DataCheck

PARTITION_LIST = "Eval/list_eval_partition.txt"
KEYPOINTS = 18
SYNTHETIC_MARK = "SYNTHETIC.json"
_STATUSES = {"train", "query", "gallery"}

HOW_TO_GET = (
    "DeepFashion In-shop Clothes Retrieval is given by the Multimedia Laboratory of the Chinese University of "
    "Hong Kong for non-commercial research, after you sign its agreement (search for 'DeepFashion In-shop'). "
    "The folder must hold Img/img/..., Eval/list_eval_partition.txt, Parsing/img/....png (CIHP labels, from a human "
    "parser) and Pose/img/..._keypoints.json (OpenPose COCO-18); docs/data.md shows it. Without the data, "
    "`python cli.py data synthesize deepfashion --out FOLDER` writes synthetic data in the same layout"
)


@dataclass(frozen=True)
class Record:
    """A photograph and its files. `name` is as in the list: img/WOMEN/.../02_1_front.jpg."""

    root: Path
    name: str
    item: str
    status: str

    @property
    def image(self) -> Path:
        return self.root / "Img" / self.name

    @property
    def parsing(self) -> Path:
        return (self.root / "Parsing" / self.name).with_suffix(".png")

    @property
    def pose(self) -> Path:
        path = self.root / "Pose" / self.name
        return path.with_name(f"{path.stem}_keypoints.json")


@dataclass(frozen=True)
class PersonFiles:
    """A photograph that is on no list, with its parsing map and its keypoints; `name` is for messages."""

    name: str
    image: Path
    parsing: Path
    pose: Path


def read_partition(root: Path) -> list[Record]:
    """Read the official list.

    Raises:
        DataError: no such folder or list, or a line that is not `image item status`; names file, line and fix.
    """
    path = root / PARTITION_LIST
    if not path.is_file():
        what = missing_folder(root) or f"has no {PARTITION_LIST}"
        raise DataError(f"DeepFashion: {root} {what}. {HOW_TO_GET}")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read ({error}); fetch the list again") from error
    records, seen = [], set()
    for number, line in enumerate(lines[2:], start=3):
        parts = line.split()
        if not parts:
            continue
        if len(parts) < 3 or parts[-1] not in _STATUSES:
            raise DataError(f"{path}: line {number} is not `image item train|query|gallery`: {line.strip()!r}")
        name = line.strip().rsplit(maxsplit=2)[0]  # file names may hold blanks
        if name in seen:
            raise DataError(f"{path}: line {number} lists {name} a second time; remove one of the two lines")
        seen.add(name)
        records.append(Record(root, name, parts[-2], parts[-1]))
    if not records:
        raise DataError(f"{path}: lists no image; fetch the list again")
    if lines[0].strip() != str(len(records)):
        raise DataError(
            f"{path}: line 1 promises {lines[0].strip()!r} images, the list has {len(records)}; it is cut off"
        )
    return records


def read_parsing(path: Path) -> NDArray[np.uint8]:
    """Read a parsing map (H, W) of labels in 0..19. Raises DataError naming the file."""
    try:
        with Image.open(path) as image:
            if image.mode not in ("L", "P"):
                raise DataError(f"{path}: has mode {image.mode}; a parsing map has one 8-bit channel of label numbers")
            labels = np.asarray(image)
    except DataError:
        raise
    except FileNotFoundError as error:
        raise DataError(f"{path}: missing") from error
    except Exception as error:
        raise DataError(f"{path}: unreadable ({error})") from error
    if int(labels.max()) >= PARSER_LABELS:
        raise DataError(f"{path}: holds label {int(labels.max())}; labels go from 0 to {PARSER_LABELS - 1}")
    return labels


def read_pose(path: Path) -> NDArray[np.float32]:
    """Read the first person's keypoints (18, 3): x, y in pixels and visibility {0, 1}. Raises DataError."""
    try:
        people = json.loads(path.read_text(encoding="utf-8"))["people"]
        numbers = np.asarray(people[0]["pose_keypoints_2d"] if people else [0] * KEYPOINTS * 3, np.float32)
        keypoints = numbers.reshape(KEYPOINTS, 3)
    except FileNotFoundError as error:
        raise DataError(f"{path}: missing") from error
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise DataError(f"{path}: not an OpenPose JSON file with {KEYPOINTS} keypoints; give another") from error
    if not np.isfinite(keypoints).all():
        raise DataError(f"{path}: holds a number that is not finite")
    keypoints[:, 2] = keypoints[:, 2] > 0
    return keypoints


def is_synthetic(root: Path) -> bool:
    """Return whether the folder was written by `data synthesize`."""
    return (root / SYNTHETIC_MARK).is_file()


def fingerprint(root: Path) -> str:
    """Return a digest of the list and of every file's size: changes when a file is added, removed or replaced."""
    digest = hashlib.sha256()
    for record in read_partition(root):
        sizes = [path.stat().st_size if path.is_file() else -1 for path in (record.image, record.parsing, record.pose)]
        digest.update(f"{record.name} {record.item} {record.status} {sizes}\n".encode())
    mark = root / SYNTHETIC_MARK
    digest.update(mark.read_bytes() if mark.is_file() else b"")
    return digest.hexdigest()


@dataclass(frozen=True)
class Sample:
    """The contents of a record's files, consistent with each other."""

    record: Record | PersonFiles
    image: NDArray[np.uint8]
    parsing: NDArray[np.uint8]
    keypoints: NDArray[np.float32]


def read_sample(record: Record | PersonFiles) -> Sample:
    """Read a record. Raises DataError for the first error in its files."""
    image, parsing, keypoints = read_image(record.image), read_parsing(record.parsing), read_pose(record.pose)
    if image.shape[:2] != parsing.shape:
        raise DataError(
            f"{record.parsing}: is {parsing.shape[1]}x{parsing.shape[0]}, "
            f"its image {image.shape[1]}x{image.shape[0]}; parse that very file"
        )
    height, width = parsing.shape
    seen = keypoints[keypoints[:, 2] > 0]
    if len(seen) > 1 and (seen[:, :2] <= 1).all():
        raise DataError(f"{record.pose}: has keypoints from 0 to 1 only; give them in pixels of its image")
    if ((seen[:, :2] < 0) | (seen[:, :2] > (width, height))).any():
        raise DataError(f"{record.pose}: has a keypoint outside the {width}x{height} image")
    return Sample(record, image, parsing, keypoints)


def problems_of(record: Record) -> list[str]:
    """Return all errors in a record's files, a line each."""
    found = []
    for read, path in ((read_image, record.image), (read_parsing, record.parsing), (read_pose, record.pose)):
        try:
            read(path)
        except DataError as error:
            found.append(str(error))
    if not found:
        try:
            if not read_sample(record).parsing.any():
                found.append(f"{record.parsing}: shows no person, all its labels are 0; parse that very image")
        except DataError as error:
            found.append(str(error))
    return found


def verify(root: Path) -> DataCheck:
    """Open every file of the list and report the missing, unreadable and inconsistent ones, file by file.

    Raises:
        DataError: the folder or its list cannot be read at all.
    """
    records = read_partition(root)
    with ThreadPoolExecutor() as pool:
        found: Iterator[list[str]] = pool.map(problems_of, records, chunksize=64)
        problems = [line for lines in found for line in lines]
    kind = "synthetic data" if is_synthetic(root) else "DeepFashion In-shop"
    return DataCheck(root, kind, len(records), problems)


DATA_SET = DataSet(
    name="deepfashion",
    title="DeepFashion In-shop",
    folder="DeepFashion",
    markers=("Img",),
    holds="Img/img/..., Eval/list_eval_partition.txt, Parsing/img/... and Pose/img/...",
    images=read_partition,
    group="people",
    noun="people",
)
