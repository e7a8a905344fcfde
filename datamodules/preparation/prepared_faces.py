"""A folder of cropped and scaled faces: all pixels in one file, their names in another.

faces.bin       (N, R, R, 3) uint8 RGB
faces.json      settings of the crops, (person, name) of each face, faces left out with the reasons
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
    """Cropped and scaled faces.

    Attributes:
        folder: their folder.
        resolution: side of each, in pixels.
        people: people with a face, in the official order.
        faces: (person, name) of each.
        sha256: of the pixels.
        synthetic: whether they are synthetic data.
    """

    folder: Path
    resolution: int
    people: list[str]
    faces: list[tuple[str, str]]
    sha256: str
    synthetic: bool

    def read(self, index: int) -> NDArray[np.uint8]:
        """Return a copy of the pixels (R, R, 3) of a face."""
        return np.array(_pixels(self.folder / PIXELS, len(self.faces), self.resolution)[index])


@lru_cache(8)
def _pixels(path: Path, count: int, resolution: int) -> NDArray[np.uint8]:
    return np.memmap(path, np.uint8, "r", shape=(count, resolution, resolution, 3))


def is_prepared(root: Path) -> bool:
    """Return whether a folder is one of prepared faces."""
    return (root / LIST).is_file() and (root / PIXELS).is_file()


def read_prepared(folder: Path) -> PreparedFaces:
    """Open a folder of prepared faces.

    Raises:
        DataError: it is broken; names the file and the fix.
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
    """Return an error line where the pixels are not those that were written, else None."""
    path, digest = prepared.folder / PIXELS, hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    same = digest.hexdigest() == prepared.sha256
    return None if same else f"{path}: its pixels are not those that were prepared; remove the folder {prepared.folder}"
