"""The two lists of FaceScrub, read line by line; unambiguous errors are fixed."""

from __future__ import annotations

import string
from dataclasses import dataclass
from pathlib import Path

from common.errors import DataError
from datamodules.files import read_lines
from datamodules.preparation.crops import Box

LISTS = ("facescrub_actors.txt", "facescrub_actresses.txt")
COLUMNS = ("name", "image_id", "face_id", "url", "bbox", "sha256")


@dataclass(frozen=True)
class Row:
    """A line of a list.

    Attributes:
        person: the name as the lists spell it first, with single blanks.
        image, face: the numbers of the photograph and of the face in it.
        url: where the photograph was.
        box: the face in the photograph.
        sha256: of the photograph's file, in lower case; empty where the list has none.
        where: the list's file and the line.
    """

    person: str
    image: str
    face: str
    url: str
    box: Box
    sha256: str
    where: str

    @property
    def name(self) -> str:
        """The face's name in the official script: Aaron_Eckhart_1_1."""
        return f"{self.person.replace(' ', '_')}_{self.image}_{self.face}"

    @property
    def key(self) -> tuple[str, str, str]:
        return person_key(self.person), self.image, self.face


def person_key(name: str) -> str:
    """Return a key that is equal for all spellings of a name: blanks or underscores, one or several, any case."""
    return " ".join(name.replace("_", " ").split()).casefold()


def read_rows(root: Path) -> tuple[list[Row], list[str], list[str]]:
    """Read the rows of both lists in order; returns them with the errors by line and the notes of what was fixed.

    Of several rows of a face the first is kept: a note where they agree, an error where they do not.

    Raises:
        DataError: a list cannot be read, or has other columns.
    """
    rows: dict[tuple[str, str, str], Row] = {}
    spellings: dict[str, str] = {}
    faults, notes = [], []
    repeated = respelled = 0
    for name in LISTS:
        path = root / name
        if not path.is_file():
            notes.append(f"{name} is not there")
            continue
        order, lines = _columns(path)
        for number, line in lines:
            try:
                row = _row(line, order, f"{path} line {number}")
            except ValueError as error:
                faults.append(f"{path}: line {number} {error}")
                continue
            spelt = spellings.setdefault(row.key[0], row.person)
            if spelt != row.person:
                respelled += 1
                row = Row(spelt, row.image, row.face, row.url, row.box, row.sha256, row.where)
            first = rows.setdefault(row.key, row)
            if first is not row:
                repeated += 1
                if (first.box, first.sha256) != (row.box, row.sha256):
                    faults.append(f"{path}: line {number} and {first.where} disagree on {row.name}; remove one of them")
    if repeated:
        notes.append(f"lines that repeat a face: {repeated} (the first is used)")
    if respelled:
        notes.append(f"lines that spell a name differently: {respelled} (the first spelling is used)")
    return list(rows.values()), faults, notes


def _columns(path: Path) -> tuple[list[int], list[tuple[int, str]]]:
    """Return the places of the columns and the numbered lines below the header, which some copies do not have."""
    lines = [(number, line) for number, line in enumerate(read_lines(path), start=1) if line.strip()]
    if not lines:
        return list(range(len(COLUMNS))), []
    first = [value.strip().lower() for value in lines[0][1].split("\t")]
    if len(first) > 1 and first[1].isdigit():
        return list(range(len(COLUMNS))), lines
    absent = [name for name in COLUMNS if name not in first]
    if absent:
        raise DataError(
            f"{path}: line 1 has no column {', '.join(absent)}; it must be {' '.join(COLUMNS)}, separated by tabs"
        )
    return [first.index(name) for name in COLUMNS], lines[1:]


def _row(line: str, order: list[int], where: str) -> Row:
    """Return a line's row. Raises ValueError, worded to follow the line's number."""
    values = [value.strip() for value in line.split("\t")]
    if len(values) <= max(order):
        raise ValueError(f"has {len(values)} values separated by tabs; {len(COLUMNS)} are expected")
    name, image, face, url, box, sha256 = (values[i] for i in order)
    person = " ".join(name.replace("_", " ").split())
    if not person or not {"/", "\\"}.isdisjoint(person) or person in (".", ".."):
        raise ValueError(f"has no name of a person: {name!r}")
    for column, value in (("image_id", image), ("face_id", face)):
        if not value.isdigit():
            raise ValueError(f"has {column} {value!r}; it is no number")
    digest = sha256.lower()
    if digest and (len(digest) != 64 or not set(digest) <= set(string.hexdigits)):
        raise ValueError(f"has sha256 {sha256!r}; it is not 64 hexadecimal digits")
    return Row(person, str(int(image)), str(int(face)), url, _box(box), digest, where)


def _box(text: str) -> Box:
    try:
        left, top, right, bottom = (int(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError(f"has bbox {text!r}; it must be left,top,right,bottom") from error
    if right <= left or bottom <= top:
        raise ValueError(f"has bbox {text!r}: its right and bottom are not beyond its left and top")
    return Box(left, top, right - left, bottom - top)
