"""Folders in the layout of FaceScrub, made by hand: a drawn square for a face, and lists that name it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

COLUMNS = "name\timage_id\tface_id\turl\tbbox\tsha256"
HEADER = "name,image_id,face_id," + ",".join(
    f"{point}_{axis}" for point in ("left_eye", "right_eye", "nose", "left_mouth", "right_mouth") for axis in "xy"
)
#: Five points of a face in its box, as shares of the box.
POINTS = ((0.3, 0.35), (0.7, 0.35), (0.5, 0.55), (0.35, 0.75), (0.65, 0.75))
BOX = (30, 20, 70, 60)
ACTORS, ACTRESSES = ("Aaron Eckhart", "Zac Efron"), ("Anne Hathaway",)


def photograph(shade: int, kind: str = "JPEG", size: tuple[int, int] = (96, 120)) -> bytes:
    """A grey image with a face of this shade: red, in BOX."""
    pixels = np.full((*size, 3), 128, np.uint8)
    left, top, right, bottom = BOX
    pixels[top:bottom, left:right] = (shade, 40, 40)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **({"quality": 95} if kind == "JPEG" else {}))
    return file.getvalue()


def line(person: str, image: int, face: int, content: bytes, box: Sequence[int] = BOX, url: str = "") -> str:
    url = url or f"http://photographs.invalid/{image}.jpg"
    values = (person, image, face, url, ",".join(map(str, box)), hashlib.sha256(content).hexdigest())
    return "\t".join(map(str, values))


def landmarks(person: str, image: int, face: int, box: Sequence[int] = BOX) -> str:
    left, top, right, bottom = box
    numbers = [f"{left + x * (right - left):.2f},{top + y * (bottom - top):.2f}" for x, y in POINTS]
    return ",".join([person, str(image), str(face), *numbers])


def store(path: Path, content: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def photographs(each: int = 4) -> list[tuple[str, str, int, bytes]]:
    """(folder of the script, person, image_id, file) of some photographs."""
    found: list[tuple[str, str, int, bytes]] = []
    for part, people in (("actors", ACTORS), ("actresses", ACTRESSES)):
        for person in people:
            for _ in range(each):
                number = len(found) + 1
                found.append((part, person, number, photograph(60 + 10 * number)))
    return found


def write_lists(root: Path, lines: dict[str, list[str]]) -> None:
    for part, rows in lines.items():
        store(root / f"facescrub_{part}.txt", "\n".join([COLUMNS, *rows]) + "\n")


def write_folder(root: Path, each: int = 4, points: bool = True) -> Path:
    """The layout of the official script: actors/images/Aaron_Eckhart/Aaron_Eckhart_1.jpeg."""
    lines: dict[str, list[str]] = {"actors": [], "actresses": []}
    rows = [HEADER]
    for part, person, number, content in photographs(each):
        folder = person.replace(" ", "_")
        store(root / part / "images" / folder / f"{folder}_{number}.jpeg", content)
        lines[part].append(line(person, number, number + 100, content))
        rows.append(landmarks(person, number, number + 100))
    write_lists(root, lines)
    if points:
        store(root / "landmarks.csv", "\n".join(rows) + "\n")
    return root


def image_file(root: Path, number: int) -> Path:
    """The file of a photograph that `write_folder` wrote."""
    return next(root.rglob(f"*_{number}.jpeg"))
