"""A folder of faces that are cut out and scaled: all pixels in one file, and what they are in another.

faces.bin       (N, R, R, 3) uint8 RGB
faces.json      how they were cut out, (person, name) of each, what was left out and why
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.errors import DataError

PIXELS, LIST = "faces.bin", "faces.json"


@dataclass(frozen=True)
class PreparedFaces:
    """Faces cut out and scaled.

    Attributes:
        folder: where they are.
        resolution: side of each, in pixels.
        people: those who have a face, in the official order.
        faces: (person, name) of each.
        sha256: of the pixels.
        synthetic: whether they are drawn.
    """

    folder: Path
    resolution: int
    people: list[str]
    faces: list[tuple[str, str]]
    sha256: str
    synthetic: bool

    def read(self, index: int) -> NDArray[np.uint8]:
        """(R, R, 3): the pixels of a face, a copy."""
        return np.array(_pixels(self.folder / PIXELS, len(self.faces), self.resolution)[index])


@lru_cache(8)
def _pixels(path: Path, count: int, resolution: int) -> NDArray[np.uint8]:
    return np.memmap(path, np.uint8, "r", shape=(count, resolution, resolution, 3))


def is_prepared(root: Path) -> bool:
    """Whether a folder is one of prepared faces."""
    return (root / LIST).is_file() and (root / PIXELS).is_file()


def read_prepared(folder: Path) -> PreparedFaces:
    """Opens such a folder.

    Raises:
        DataError: it is broken; names the file and the mend.
    """
    path = folder / LIST
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        faces = [(str(person), str(name)) for person, name in kept["faces"]]
        resolution, size = int(kept["cropping"]["resolution"]), (folder / PIXELS).stat().st_size
        sha256, synthetic = str(kept["sha256"]), bool(kept["synthetic"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: is no list of prepared faces ({error!r}); remove the folder {folder}") from error
    if size != len(faces) * resolution * resolution * 3:
        raise DataError(
            f"{folder / PIXELS}: has {size} bytes, not those of {len(faces)} faces of {resolution}x{resolution}; "
            f"remove the folder {folder}"
        )
    people = list(dict.fromkeys(person for person, _ in faces))
    return PreparedFaces(folder, resolution, people, faces, sha256, synthetic)


def pixels_problem(prepared: PreparedFaces) -> str | None:
    """Whether the pixels are not those that were written, in one line."""
    path, digest = prepared.folder / PIXELS, hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    same = digest.hexdigest() == prepared.sha256
    return None if same else f"{path}: its pixels are not those that were prepared; remove the folder {prepared.folder}"
