"""Synthetic faces, written to disk in the layout of FaceScrub, with landmarks and attributes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from datamodules.layouts.facescrub import ATTRIBUTES, LANDMARK_KEYS, LANDMARKS
from datamodules.preparation.alignment import COORDINATES, landmarks_line
from datamodules.preparation.attributes import attributes_line
from datamodules.preparation.facescrub_lists import COLUMNS, LISTS
from datamodules.synthetic.faces.attribute_words import attribute_words
from datamodules.synthetic.faces.draw import draw_somebody
from datamodules.synthetic.faces.names import name_of
from datamodules.synthetic.writing import Marker, draw_each, jpeg, store, write_whole

GENERATOR = "datamodules.synthetic.facescrub"
VERSION = 2  # increase it with every change of a pixel or a file: data fingerprints and caches depend on it
SIDE = 160
_PEOPLE, _FEW, _MANY = 20, 4, 100  # number of people, as long as each has at least and at most so many photographs
_FOLDERS = ("actors", "actresses")


@dataclass(frozen=True)
class _Row:
    person: int
    line: str
    landmarks: str
    key: tuple[str, str, str]
    attributes: dict[str, str]


def synthesize_facescrub(
    out: Path, count: int = 800, seed: int = 0, progress: Callable[[int, int], None] | None = None
) -> Path:
    """Write `count` synthetic photographs of faces under `out` (160 x 160, official layout) and return `out`.

    They are distributed evenly over 20 people, half of them actresses: 800 have 40 per person. Below 80 there are fewer
    people, one for each four photographs, and above 2,000 more, one for each hundred. The folder appears whole or not
    at all, and the same (version, seed, count) gives the same bytes. One that is there already is kept; an earlier one
    with another seed, count or version is replaced.

    Args:
        out: the data set's root.
        count: photographs, at least 1; each shows one face.
        seed: of all random numbers.
        progress: called with (photographs done, count).

    Raises:
        DataError: `out` has other content, or cannot be written.
    """
    marker = Marker(GENERATOR, VERSION, seed, count)
    return write_whole(Path(out), "FaceScrub", marker, partial(_write, marker=marker, progress=progress))


def people_in(count: int) -> int:
    """Return the number of people in `count` photographs."""
    return max(min(count // _FEW, _PEOPLE), count // _MANY, min(count, 2))


def _write(root: Path, marker: Marker, progress: Callable[[int, int], None] | None) -> None:
    draw = partial(_draw, root, marker.seed, people_in(marker.count))
    rows = sorted(draw_each(draw, marker.count, progress), key=lambda row: row.person)
    for female, name in enumerate(LISTS):
        lines = ["\t".join(COLUMNS), *(row.line for row in rows if row.person % 2 == female)]
        store(root / name, "".join(f"{line}\n" for line in lines).encode())
    header = ",".join([*LANDMARK_KEYS, *COORDINATES])
    store(root / LANDMARKS, "".join(f"{line}\n" for line in [header, *(row.landmarks for row in rows)]).encode())
    described = [",".join([*LANDMARK_KEYS, *rows[0].attributes])]
    described += [attributes_line(row.key, row.attributes) for row in rows]
    store(root / ATTRIBUTES, "".join(f"{line}\n" for line in described).encode())


def _draw(root: Path, seed: int, people: int, index: int) -> _Row:
    """Draw one photograph. Men and women alternate, so that any count has the first people of each list."""
    rank, person = divmod(index, people)
    female = person % 2 == 1
    name, photograph = name_of("facescrub", seed, person, female), str(index + 1)
    drawn = draw_somebody("facescrub", seed, person, rank, female, SIDE)
    content = jpeg(drawn.image)
    folder = name.replace(" ", "_")
    store(root / _FOLDERS[female] / "images" / folder / f"{folder}_{photograph}.jpeg", content)
    box, url = ",".join(str(side) for side in drawn.box), f"http://faces.invalid/{folder.lower()}/{photograph}.jpeg"
    line = "\t".join([name, photograph, photograph, url, box, hashlib.sha256(content).hexdigest()])
    key = name, photograph, photograph
    return _Row(person, line, landmarks_line(key, drawn.landmarks), key, attribute_words(drawn))
