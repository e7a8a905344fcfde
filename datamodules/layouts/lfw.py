"""Labeled Faces in the Wild (LFW): photographs of people, and the pairs of View 2 for verification.

    <root>/pairs.txt                                    `10<TAB>300`, then ten times 300 pairs of the same person
                                                        (`Name<TAB>1<TAB>4`), 300 of two (`Name<TAB>1<TAB>Other<TAB>2`)
    <root>/people.txt                                   optional: all people and how many photographs of each
    <root>/lfw/Aaron_Eckhart/Aaron_Eckhart_0001.jpg     250 x 250
    <root>/landmarks.csv                                optional: five points of each face, in the photograph's pixels

The photographs may also lie in lfw_funneled/, lfw-deepfunneled/ (also within itself) or beside the lists, and the lists
beside the people's folders.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from common.errors import DataError
from datamodules.data_set import DataSet
from datamodules.files import missing_folder, read_image, read_lines
from datamodules.layouts.facescrub import read_listing
from datamodules.preparation.alignment import Landmarks, read_landmarks
from datamodules.verification import DataCheck

PAIRS, PEOPLE, LANDMARKS = "pairs.txt", "people.txt", "landmarks.csv"
LANDMARK_KEYS = ("name", "number")
SYNTHETIC_MARK = "SYNTHETIC.json"
FOLDERS = ("lfw", "lfw_funneled", "lfw-deepfunneled", "lfw-deepfunneled/lfw-deepfunneled", "")
IMAGES, FOLDS, EACH = 13233, 10, 300

HOW_TO_GET = (
    "Labeled Faces in the Wild is given by the University of Massachusetts, Amherst (search for 'LFW face database') "
    "for research; the photographs belong to others. The folder must hold pairs.txt and lfw/Name/Name_0001.jpg (or "
    "lfw_funneled/..., lfw-deepfunneled/...); docs/data.md shows it. Without the data, `python cli.py data synthesize "
    "lfw --out FOLDER` writes synthetic data in the same layout"
)


@dataclass(frozen=True, order=True)
class Photograph:
    """A photograph: the person in it, and its number among that person's photographs, from 1."""

    person: str
    number: int

    @property
    def name(self) -> str:
        return f"{self.person}_{self.number:04d}"

    def path(self, folder: Path) -> Path:
        """Return its path, below the folder of all people."""
        return folder / self.person / f"{self.name}.jpg"


@dataclass(frozen=True)
class Pair:
    """Two photographs of the same or of different people. Folds count from 0."""

    first: Photograph
    second: Photograph
    fold: int

    @property
    def same(self) -> bool:
        return self.first.person == self.second.person


def read_pairs(root: Path) -> list[Pair]:
    """Read pairs.txt.

    Raises:
        DataError: no such folder or list, or an invalid line; names file, line and fix.
    """
    path = _list(root, PAIRS)
    if path is None:
        what = missing_folder(root) or f"has no {PAIRS}"
        raise DataError(f"LFW: {root} {what}. {HOW_TO_GET}")
    lines = [(number, line.split()) for number, line in enumerate(read_lines(path), start=1) if line.strip()]
    folds, each = _header(path, lines[0][1] if lines else [])
    if len(lines) - 1 != folds * each * 2:
        raise DataError(
            f"{path}: line 1 promises {folds} folds of {each} and {each} pairs, the list has {len(lines) - 1}; "
            "fetch it again"
        )
    pairs = []
    for place, (number, values) in enumerate(lines[1:]):
        pair = _pair(path, number, values, place // (2 * each))
        if pair.same is not (place // each % 2 == 0):
            raise DataError(
                f"{path}: line {number} is out of place: {each} pairs of the same person come first in a fold"
            )
        pairs.append(pair)
    return pairs


def _header(path: Path, values: list[str]) -> tuple[int, int]:
    if len(values) != 2 or not all(value.isdigit() and int(value) for value in values):
        raise DataError(f"{path}: line 1 is {' '.join(values)!r}; it must be the folds and the pairs of each, `10 300`")
    return int(values[0]), int(values[1])


def _pair(path: Path, number: int, values: list[str], fold: int) -> Pair:
    if len(values) == 3:
        values = [values[0], values[1], values[0], values[2]]
    if len(values) != 4 or not (values[1].isdigit() and values[3].isdigit()) or int(values[1]) * int(values[3]) == 0:
        raise DataError(f"{path}: line {number} is not `name i j` or `name i other j`: {' '.join(values)!r}")
    pair = Pair(Photograph(values[0], int(values[1])), Photograph(values[2], int(values[3])), fold)
    if pair.first == pair.second:
        raise DataError(f"{path}: line {number} pairs a photograph with itself; fetch the list again")
    return pair


def read_people(root: Path) -> dict[str, int]:
    """Read people.txt: the number of each person's photographs; empty where there is no such list.

    Raises:
        DataError: a line is not `name count`.
    """
    path = _list(root, PEOPLE)
    people: dict[str, int] = {}
    for number, line in enumerate(read_lines(path) if path else [], start=1):
        values = line.split()
        if len(values) <= 1 and line.strip().isdigit() | (not values):
            continue  # how many sets, or people in a set
        if len(values) != 2 or not values[1].isdigit():
            raise DataError(f"{path}: line {number} is not `name count`: {line.strip()!r}")
        people[values[0]] = int(values[1])
    return people


def folder_of(root: Path, person: str) -> Path:
    """Return the folder of all people: the first of the usual ones that has this person.

    Raises:
        DataError: none has.
    """
    for name in FOLDERS:
        if (root / name / person).is_dir():
            return root / name
    raise DataError(f"LFW: {root} has no photographs: neither lfw/{person} nor the like. {HOW_TO_GET}")


def read_points(root: Path) -> tuple[dict[Photograph, Landmarks], list[str]]:
    """Read the landmarks of the photographs, and the errors in the file by line; empty where there is no file."""
    path = root / LANDMARKS
    if not path.is_file():
        return {}, []
    points, faults = read_landmarks(path, LANDMARK_KEYS)
    wrong = [key for key in points if not key[1].isdigit()]
    faults += [f"{path}: {name} {number} is no number of a photograph" for name, number in wrong]
    return {Photograph(key[0], int(key[1])): value for key, value in points.items() if key not in wrong}, faults


def _list(root: Path, name: str) -> Path | None:
    places = (root / folder / name for folder in ("", *FOLDERS[:-1]))
    return next((path for path in places if path.is_file()), None)


def overlapping_people(root: Path, facescrub: Path) -> list[str]:
    """Return the people of LFW's lists who are in FaceScrub's, too, as LFW writes them.

    Names are compared without capitals, accents and punctuation. A recogniser that is trained on FaceScrub and tested
    on LFW should be tested without these people, or the result should mention them.
    """
    there = {plain(person) for person in read_listing(facescrub).people}
    names = {photograph.person for pair in read_pairs(root) for photograph in (pair.first, pair.second)}
    return sorted(name for name in names | set(read_people(root)) if plain(name) in there)


def plain(name: str) -> str:
    """Return a name without capitals, accents and punctuation, for the comparison of lists of people."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return " ".join(re.findall(r"[a-z0-9]+", letters))


def is_synthetic(root: Path) -> bool:
    """Return whether the folder was written by `data synthesize`."""
    return (root / SYNTHETIC_MARK).is_file()


def read_photographs(root: Path) -> list[Photograph]:
    """Return each photograph of pairs.txt once, in order. Raises as `read_pairs`."""
    return photographs_of(read_pairs(root))


def photographs_of(pairs: Iterable[Pair]) -> list[Photograph]:
    """Return each photograph of some pairs once, in order."""
    return sorted({photograph for pair in pairs for photograph in (pair.first, pair.second)})


def fingerprint(root: Path) -> str:
    """Return a digest of the lists and of the size of every photograph in pairs.txt."""
    digest = hashlib.sha256()
    for path in (_list(root, PAIRS), root / LANDMARKS, root / SYNTHETIC_MARK):
        digest.update(path.read_bytes() if path is not None and path.is_file() else b"-")
    photographs = read_photographs(root)
    folder = folder_of(root, photographs[0].person)
    for photograph in photographs:
        path = photograph.path(folder)
        digest.update(f"{photograph.name} {path.stat().st_size if path.is_file() else -1}\n".encode())
    return digest.hexdigest()


def problem_of(path: Path, landmarks: Landmarks | None) -> str | None:
    """Return the error in a photograph's file, in one line that names it; None where there is none."""
    try:
        height, width = read_image(path).shape[:2]
    except DataError as error:
        return str(error)
    if landmarks is not None:
        x, y = landmarks.mean(axis=0)
        if not (0 <= x <= width and 0 <= y <= height):
            return f"{path}: its landmarks lie outside of this {width}x{height} image"
    return None


def verify(root: Path) -> DataCheck:
    """Open every photograph of the lists and report the missing, unreadable and inconsistent ones.

    Raises:
        DataError: the folder or its lists cannot be read at all.
    """
    people = read_people(root)
    named = {Photograph(person, i + 1) for person, count in people.items() for i in range(count)}
    paired = set(read_photographs(root))
    problems = [
        f"{_list(root, PEOPLE)}: {photograph.name} of {PAIRS} is not in it" for photograph in sorted(paired - named)
    ]
    if _list(root, PEOPLE) is None:
        problems = [f"{root / PEOPLE}: missing; without it only the photographs of {PAIRS} are checked"]
    photographs = sorted(named | paired)
    folder = folder_of(root, photographs[0].person)
    points, faults = read_points(root)
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda p: problem_of(p.path(folder), points.get(p)), photographs, chunksize=64)
        opened = [line for line in found if line is not None]
    strangers = [f"{root / LANDMARKS}: {p.name} is in no list" for p in sorted(points.keys() - set(photographs))]
    notes = [] if points else [f"no {LANDMARKS}: the middle of each photograph is used and not aligned"]
    if not is_synthetic(root) and people and len(photographs) != IMAGES:
        notes.append(f"the official set has {IMAGES} photographs")
    kind = "synthetic data" if is_synthetic(root) else "LFW"
    all_problems = [*problems, *faults, *strangers, *opened]
    return DataCheck(root, kind, len(photographs), all_problems, tuple(notes))


DATA_SET = DataSet(
    name="lfw",
    title="Labeled Faces in the Wild",
    folder="lfw",
    markers=("pairs.txt",),
    holds="lfw/Aaron_Eckhart/Aaron_Eckhart_0001.jpg..., and pairs.txt",
    images=read_photographs,
    group="faces",
    noun="faces",
    count=240,
)
