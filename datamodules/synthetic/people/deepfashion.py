"""Synthetic people, written to disk in the layout of DeepFashion In-shop, with parsing and poses."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from datamodules.synthetic.people.person import IMAGES_PER_ITEM, Person, draw_person
from datamodules.synthetic.writing import Marker, draw_each, jpeg, png, store, write_whole

GENERATOR = "datamodules.synthetic.deepfashion"
VERSION = 1  # increase it with every change of a pixel: data fingerprints and caches depend on it
_TRAIN_SHARE = 0.75  # of the items; the rest are query and gallery, as in the official partition
_VIEWS = {"front": "4_full", "side": "2_side", "back": "3_back"}  # an item's second image; the first is 1_front


@dataclass(frozen=True)
class _Row:
    name: str
    item: str
    status: str


def synthesize_deepfashion(
    out: Path, count: int = 640, seed: int = 0, progress: Callable[[int, int], None] | None = None
) -> Path:
    """Write `count` synthetic people under `out` (256 x 256, official layout) and return `out`.

    The folder appears whole or not at all, and the same (version, seed, count) gives the same bytes. One that is there
    already is kept; an earlier one with another seed, count or version is replaced.

    Args:
        out: the data set's root.
        count: images, at least 1; two consecutive ones show one person in one outfit.
        seed: of all random numbers.
        progress: called with (images done, count).

    Raises:
        DataError: `out` has other content, or cannot be written.
    """
    marker = Marker(GENERATOR, VERSION, seed, count)
    return write_whole(Path(out), "DeepFashion", marker, partial(_write, count=count, seed=seed, progress=progress))


def _write(root: Path, count: int, seed: int, progress: Callable[[int, int], None] | None) -> None:
    rows = draw_each(partial(_draw, root, seed), count, progress)
    lines = [str(count), "image_name item_id evaluation_status"]
    lines += [f"{row.name}   {row.item}   {row.status}" for row in rows]
    store(root / "Eval" / "list_eval_partition.txt", ("\n".join(lines) + "\n").encode())


def _draw(root: Path, seed: int, index: int) -> _Row:
    return _save(root, index, seed, draw_person(seed, index))


def _save(root: Path, index: int, seed: int, person: Person) -> _Row:
    number, second = divmod(index, IMAGES_PER_ITEM)
    item = f"id_{number + 1:08d}"
    view = _VIEWS[person.attributes["view"]] if second else "1_front"
    stem = f"img/{person.attributes['gender']}/{person.attributes['category']}/{item}/01_{view}"
    train = np.random.default_rng([seed, number, len(item)]).random() < _TRAIN_SHARE
    status = "train" if train else ("gallery" if second else "query")
    store(root / "Img" / f"{stem}.jpg", jpeg(person.image))
    store(root / "Parsing" / f"{stem}.png", png(person.parsing))
    flat = [round(float(value), 2) for value in person.keypoints.reshape(-1)]
    pose = json.dumps({"version": 1.0, "people": [{"pose_keypoints_2d": flat}]})
    store(root / "Pose" / f"{stem}_keypoints.json", pose.encode())
    return _Row(f"{stem}.jpg", item, status)
