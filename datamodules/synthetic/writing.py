"""Writing of synthetic data sets: atomic, marked as synthetic, never over other files."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from common.errors import DataError
from datamodules.partial_folders import partial_folder

MARKER = "SYNTHETIC.json"
JPEG_QUALITY = 95
Row = TypeVar("Row")


@dataclass(frozen=True)
class Marker:
    """Parameters of a synthetic data set, stored in its SYNTHETIC.json: equal markers mean equal bytes.

    Attributes:
        generator: identifier of the generator; fixed, so that existing folders are recognised (not a module path).
        version: increased with every change of a pixel: data fingerprints and caches depend on it.
        seed: of all random numbers.
        count: number of images.
    """

    generator: str
    version: int
    seed: int
    count: int


def write_whole(out: Path, title: str, marker: Marker, write: Callable[[Path], None]) -> Path:
    """Let `write` fill a temporary folder, mark it, rename it to `out`, and return `out`.

    Folders that killed processes left are removed first.

    A folder with the same marker is kept; one of the same generator with another marker is replaced.

    Args:
        out: the data set's root.
        title: its name in messages.
        marker: its parameters.
        write: fills a given folder.

    Raises:
        DataError: `count` is 0, `out` has other content, or it cannot be written.
    """
    if marker.count < 1:
        raise DataError(f"a synthetic {title} needs at least 1 image, not {marker.count}: raise count")
    if _is_done(out, marker):
        return out
    try:
        _refuse_foreign(out, title, marker)
        with partial_folder(out) as unfinished:
            write(unfinished)
            (unfinished / MARKER).write_text(json.dumps(asdict(marker), indent=2) + "\n")
            _put_in_place(unfinished, out, title, marker)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"cannot write {out}: {reason.lower()}; choose another folder or make room there") from error
    return out


def _read_marker(out: Path) -> dict[str, Any]:
    """Return the content of the folder's marker, {} without one."""
    try:
        marked = json.loads((out / MARKER).read_text())
    except (OSError, ValueError):
        return {}
    return marked if isinstance(marked, dict) else {}


def is_outdated(out: Path, generator: str, version: int) -> bool:
    """Return True if a folder is from another version of this generator."""
    found = _read_marker(out)
    return found.get("generator") == generator and found.get("version") != version


def _is_done(out: Path, marker: Marker) -> bool:
    return _read_marker(out) == asdict(marker)


def _refuse_foreign(out: Path, title: str, marker: Marker) -> None:
    if out.exists() and not out.is_dir():
        raise DataError(f"{out} is a file: choose a folder that is new or empty")
    if not out.is_dir() or not any(out.iterdir()):
        return
    if _read_marker(out).get("generator") != marker.generator:
        raise DataError(f"{out} has files that are no synthetic {title}: choose a folder that is new or empty")


def _put_in_place(partial: Path, out: Path, title: str, marker: Marker) -> None:
    """Rename the folder to `out`, unless another process has already done so with the same bytes."""
    old = partial.with_name(partial.name + ".old")
    while not _is_done(out, marker):
        try:
            os.rename(partial, out)  # fails if `out` exists, and so never removes a folder in use
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            if not _is_done(out, marker):  # an earlier one with another seed, count or version
                _refuse_foreign(out, title, marker)
                with suppress(FileNotFoundError):  # another process replaces it, too
                    os.rename(out, old)
                    shutil.rmtree(old)


def draw_each(draw: Callable[[int], Row], count: int, progress: Callable[[int, int], None] | None = None) -> list[Row]:
    """Return `draw(i)` for i = 0, ..., count - 1; `progress` is called with (done, count) after each."""
    rows = []
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # several threads are slower for such small shapes
    try:
        with _mapper(count) as map_images:
            for row in map_images(draw, range(count)):
                rows.append(row)
                if progress is not None:
                    progress(len(rows), count)
    finally:
        cv2.setNumThreads(threads)
    return rows


@contextmanager
def _mapper(count: int) -> Iterator[Callable[..., Iterable[Any]]]:
    """Yield `map`, over several processes if that is safe and faster: images are independent, so the bytes are equal.

    Forking a process with torch's threads is not safe; in that case the images are drawn one after the other.
    """
    cores = os.cpu_count() or 1
    if count < 64 or cores == 1 or "torch" in sys.modules or not sys.platform.startswith("linux"):
        yield map
        return
    with multiprocessing.get_context("fork").Pool(min(cores, 8)) as pool:
        yield lambda function, items: pool.imap(function, items, chunksize=8)


def jpeg(image: NDArray[np.uint8], quality: int = JPEG_QUALITY) -> bytes:
    """Return an RGB image (H, W, 3) as a JPEG file."""
    return _encode(".jpg", np.ascontiguousarray(image[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])


def png(labels: NDArray[np.uint8]) -> bytes:
    """Return a map of one channel (H, W) as a PNG file."""
    return _encode(".png", labels, [])


def _encode(suffix: str, image: NDArray[np.uint8], options: list[int]) -> bytes:
    done, data = cv2.imencode(suffix, image, options)
    if not done:
        raise OSError(f"cannot encode {suffix}")
    return data.tobytes()


def store(path: Path, data: bytes) -> None:
    """Write a file and create its parent folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
