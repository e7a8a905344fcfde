"""A small DeepFashion In-shop folder made by hand: flat rectangles with known boxes, in the official layout."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# (left, top, right, bottom) as shares of width and height, CIHP label, colour
FIGURE = (
    ((0.40, 0.05, 0.60, 0.20), 13, (230, 190, 160)),  # face
    ((0.35, 0.20, 0.65, 0.50), 5, (40, 80, 200)),  # top
    ((0.25, 0.20, 0.35, 0.55), 15, (230, 190, 160)),  # right arm, at the image's left
    ((0.65, 0.20, 0.75, 0.55), 14, (230, 190, 160)),  # left arm
    ((0.35, 0.50, 0.65, 0.85), 9, (60, 60, 60)),  # trousers
    ((0.35, 0.85, 0.48, 0.95), 19, (120, 30, 30)),  # right shoe
    ((0.52, 0.85, 0.65, 0.95), 18, (120, 30, 30)),  # left shoe
)


def figure(size: tuple[int, int], top: tuple[int, int, int] = (40, 80, 200)) -> tuple[NDArray, NDArray, NDArray]:
    """Image (H, W, 3), labels (H, W) and keypoints (18, 3) of one figure at (height, width) `size`."""
    height, width = size
    image = np.full((height, width, 3), 250, np.uint8)
    labels = np.zeros((height, width), np.uint8)
    for (left, above, right, below), label, colour in FIGURE:
        window = slice(round(above * height), round(below * height)), slice(round(left * width), round(right * width))
        labels[window] = label
        image[window] = top if label == 5 else colour
    keypoints = np.ones((18, 3))
    keypoints[:, 0] = np.linspace(0.36, 0.64, 18) * width
    keypoints[:, 1] = np.linspace(0.06, 0.94, 18) * height
    return image, labels, keypoints


def write_folder(root: Path, names: list[str], size: tuple[int, int] = (96, 96)) -> Path:
    """Writes one figure a name, each top in its own colour."""
    rng = np.random.default_rng(0)
    for name in names:
        image, labels, keypoints = figure(size, tuple(int(c) for c in rng.integers(0, 255, 3)))
        write_sample(root, name, image, labels, keypoints)
    write_list(root, names)
    return root


def write_sample(root: Path, name: str, image: NDArray, labels: NDArray, keypoints: NDArray) -> None:
    """One photograph with its parsing map and pose."""
    photograph, parsing, pose = paths(root, name)
    for path in (photograph, parsing, pose):
        path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(photograph, quality=95)
    Image.fromarray(labels).save(parsing)
    pose.write_text(json.dumps({"people": [{"pose_keypoints_2d": keypoints.ravel().tolist()}]}))


def write_list(root: Path, names: list[str]) -> None:
    """The official partition list."""
    rows = [f"{name}    id_{i:08d}    {'train' if i % 2 else 'query'}" for i, name in enumerate(names)]
    path = root / "Eval/list_eval_partition.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([str(len(rows)), "image_name item_id evaluation_status", *rows]) + "\n")


def paths(root: Path, name: str) -> tuple[Path, Path, Path]:
    """Photograph, parsing map and pose of a name."""
    pose = root / "Pose" / name
    return (
        root / "Img" / name,
        (root / "Parsing" / name).with_suffix(".png"),
        pose.with_name(f"{pose.stem}_keypoints.json"),
    )


def names(count: int) -> list[str]:
    """Names as the data set has them."""
    return [f"img/WOMEN/Tees_Tanks/id_{i // 2:08d}/{i % 2 + 1:02d}_1_front.jpg" for i in range(count)]
