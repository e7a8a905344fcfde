"""A small CUB-200-2011 folder made by hand, from the set's own README: rectangles with known boxes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ["001.Black_footed_Albatross", "002.Laysan_Albatross", "003.Sooty_Albatross"]
SIZE = (50, 80)  # height, width of a photograph
BOX = (20.0, 10.0, 30.0, 20.0)  # left, top, width, height
COLOURS = ((200, 40, 40), (40, 200, 40), (40, 40, 200))


def write_cub(root: Path, each: int = 4) -> Path:
    """So many photographs of each of three kinds; the first of each is for testing, the last is grey."""
    names = [f"{kind}/{kind[4:]}_{i:04d}_{i + 7}.jpg" for kind in CLASSES for i in range(each)]
    labels = [label for label in range(1, len(CLASSES) + 1) for _ in range(each)]
    for i, (name, label) in enumerate(zip(names, labels, strict=True)):
        image = np.full((*SIZE, 3), 128, np.uint8)
        left, top, width, height = (int(side) for side in BOX)
        image[top : top + height, left : left + width] = COLOURS[label - 1]
        path = root / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = Image.fromarray(image)
        (opened.convert("L") if i % each == each - 1 else opened).save(path, quality=95)
    write_list(root, "classes", CLASSES)
    write_list(root, "images", names)
    write_list(root, "image_class_labels", labels)
    write_list(root, "train_test_split", [int(i % each != 0) for i in range(len(names))])
    write_list(root, "bounding_boxes", [" ".join(str(side) for side in BOX)] * len(names))
    return root


def write_list(root: Path, name: str, values: list) -> None:
    """A list, numbered from 1."""
    (root / f"{name}.txt").write_text("".join(f"{i} {value}\n" for i, value in enumerate(values, start=1)))


def write_attributes(root: Path, present: dict[tuple[int, int], int], images: int = 12, attributes: int = 2) -> Path:
    """Which images have which attributes, by numbers from 1; those that are not said have it not."""
    path = root / "attributes/image_attribute_labels.txt"
    path.parent.mkdir(exist_ok=True)
    pairs = [(i, k) for i in range(1, images + 1) for k in range(1, attributes + 1)]
    path.write_text("".join(f"{i} {k} {present.get((i, k), 0)} 3 2.5\n" for i, k in pairs))
    return path


def edit_line(root: Path, name: str, number: int, line: str | None) -> None:
    """Line `number` (from 1) of a list replaced, or taken out."""
    path = root / f"{name}.txt"
    lines = path.read_text().splitlines()
    lines[number - 1 : number] = [] if line is None else [line]
    path.write_text("\n".join(lines) + "\n")
