"""Writes drawn people to disk in the layout of DeepFashion In-shop, with parsing and poses."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datamodules.errors import DataError
from datamodules.synthetic.people import IMAGES_PER_ITEM, Person, draw_person

GENERATOR = "datamodules.synthetic.deepfashion"
VERSION = 1  # raise it whenever a pixel changes: data fingerprints and caches hang on it
MARKER = "SYNTHETIC.json"
_JPEG_QUALITY = 95
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
    """Write `count` drawn people under `out` (256 x 256, official layout) and return `out`.

    The folder appears whole or not at all, and the same (version, seed, count) gives the same bytes. One that is there
    already is kept; an earlier one with another seed, count or version is replaced.

    Args:
        out: the data set's root.
        count: images, at least 1; two consecutive ones show one person in one outfit.
        seed: of everything drawn.
        progress: called with (images done, count).

    Raises:
        DataError: `out` holds something else, or cannot be written.
    """
    out = Path(out)
    if count < 1:
        raise DataError(f"a synthetic DeepFashion needs at least 1 image, not {count}: raise count")
    marker: dict[str, str | int] = {"generator": GENERATOR, "version": VERSION, "seed": seed, "count": count}
    if _is_done(out, marker):
        return out
    unfinished = out.absolute().parent / f".{out.absolute().name}.partial-{os.getpid()}"
    try:
        _refuse_foreign(out)
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        _write(unfinished, count, seed, progress)
        (unfinished / MARKER).write_text(json.dumps(marker, indent=2) + "\n")
        _put_in_place(unfinished, out, marker)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"cannot write {out}: {reason.lower()}; choose another folder or make room there") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return out


def _is_done(out: Path, marker: dict[str, str | int]) -> bool:
    try:
        return bool(json.loads((out / MARKER).read_text()) == marker)
    except (OSError, ValueError):
        return False


def _refuse_foreign(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise DataError(f"{out} is a file: choose a folder that is new or empty")
    if not out.is_dir() or not any(out.iterdir()):
        return
    try:
        ours = json.loads((out / MARKER).read_text()).get("generator") == GENERATOR
    except (OSError, ValueError, AttributeError):
        ours = False
    if not ours:
        raise DataError(f"{out} holds files that are no synthetic DeepFashion: choose a folder that is new or empty")


def _put_in_place(partial: Path, out: Path, marker: dict[str, str | int]) -> None:
    """Gives the folder its name, unless another process was quicker: then its folder, with the same bytes, stays."""
    old = partial.with_name(partial.name + ".old")
    while not _is_done(out, marker):
        try:
            os.rename(partial, out)  # fails where there is anything, and so never takes a folder from its readers
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            if not _is_done(out, marker):  # an earlier one, with another seed, count or version
                _remove(out, old)


def _remove(out: Path, old: Path) -> None:
    _refuse_foreign(out)
    with suppress(FileNotFoundError):  # another process replaces it, too
        os.rename(out, old)
        shutil.rmtree(old)


def _write(root: Path, count: int, seed: int, progress: Callable[[int, int], None] | None) -> None:
    rows = []
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # shapes this small are painted slower by several
    try:
        with _mapper(count) as map_images:
            for row in map_images(partial(_draw, root, seed), range(count)):
                rows.append(row)
                if progress is not None:
                    progress(len(rows), count)
    finally:
        cv2.setNumThreads(threads)
    lines = [str(count), "image_name item_id evaluation_status"]
    lines += [f"{row.name}   {row.item}   {row.status}" for row in rows]
    partition = root / "Eval" / "list_eval_partition.txt"
    partition.parent.mkdir()
    partition.write_text("\n".join(lines) + "\n")


@contextmanager
def _mapper(count: int) -> Iterator[Callable[..., Iterable[_Row]]]:
    """`map`, over several processes where that is safe and pays: each image is drawn by itself, so the bytes are equal.

    Forking a process that holds torch's threads is not safe; there the images are drawn one after the other.
    """
    cores = os.cpu_count() or 1
    if count < 64 or cores == 1 or "torch" in sys.modules or not sys.platform.startswith("linux"):
        yield map
        return
    with multiprocessing.get_context("fork").Pool(min(cores, 8)) as pool:
        yield lambda function, items: pool.imap(function, items, chunksize=8)


def _draw(root: Path, seed: int, index: int) -> _Row:
    return _save(root, index, seed, draw_person(seed, index))


def _save(root: Path, index: int, seed: int, person: Person) -> _Row:
    number, second = divmod(index, IMAGES_PER_ITEM)
    item = f"id_{number + 1:08d}"
    view = _VIEWS[person.attributes["view"]] if second else "1_front"
    stem = f"img/{person.attributes['gender']}/{person.attributes['category']}/{item}/01_{view}"
    train = np.random.default_rng([seed, number, len(item)]).random() < _TRAIN_SHARE
    status = "train" if train else ("gallery" if second else "query")
    bgr = np.ascontiguousarray(person.image[..., ::-1])
    _store(root / "Img" / f"{stem}.jpg", _encode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]))
    _store(root / "Parsing" / f"{stem}.png", _encode(".png", person.parsing, []))
    flat = [round(float(value), 2) for value in person.keypoints.reshape(-1)]
    pose = json.dumps({"version": 1.0, "people": [{"pose_keypoints_2d": flat}]})
    _store(root / "Pose" / f"{stem}_keypoints.json", pose.encode())
    return _Row(f"{stem}.jpg", item, status)


def _encode(suffix: str, image: NDArray[np.uint8], options: list[int]) -> bytes:
    done, data = cv2.imencode(suffix, image, options)
    if not done:
        raise OSError(f"cannot encode {suffix}")
    return data.tobytes()


def _store(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
