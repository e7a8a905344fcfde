"""Cache of the cropped faces of a listing: complete or absent, and written again when files or settings change."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from common.errors import DataError
from datamodules.files import read_image
from datamodules.layouts.facescrub import LANDMARKS, Face, Listing, fingerprint, is_synthetic, problem_of, read_listing
from datamodules.partial_folders import partial_folder
from datamodules.preparation.alignment import align
from datamodules.preparation.crops import centre_square, square_crop
from datamodules.preparation.prepared_faces import LIST, PIXELS, PreparedFaces, is_prepared, read_prepared
from datamodules.preparation.resizing import resize_image

VERSION = 1  # raise it whenever a prepared pixel changes
_AT_ONCE = 256  # faces in memory
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cropping:
    """Settings of the face crops; see FaceScrub for the fields."""

    resolution: int
    crop: Literal["aligned", "box"]
    margin: float
    check_sha256: bool


def prepare(root: Path, cropping: Cropping, cache: Path) -> PreparedFaces:
    """Crop all faces, or open the folder that an earlier call stored for the same files and settings.

    Raises:
        DataError: faulty lists, no usable face, or the cache cannot be written.
    """
    settings = [VERSION, fingerprint(root), asdict(cropping)]
    folder = cache / hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]
    if not is_prepared(folder):
        listing = read_listing(root)
        if listing.faults:
            raise DataError(
                f"{root}: {len(listing.faults)} faults in the lists, the first is {listing.faults[0]} "
                f"(`python cli.py data verify facescrub --root {root}` names all)"
            )
        _write(listing, cropping, folder)
    return read_prepared(folder)


def _write(listing: Listing, cropping: Cropping, folder: Path) -> None:
    if cropping.crop == "aligned" and listing.kind == "photographs" and not listing.has_landmarks:
        _log.warning("%s: no %s; faces are cropped by their boxes and not aligned", listing.root, LANDMARKS)
    _log.info("%s: cropping %d faces, once, into %s", listing.root, len(listing.faces), folder)
    try:
        with partial_folder(folder) as partial:
            about = _write_pixels(listing, cropping, partial / PIXELS)
            (partial / LIST).write_text(json.dumps(about, indent=0), encoding="utf-8")
            _put_in_place(partial, folder)
    except OSError as error:
        raise DataError(
            f"{folder}: cannot be written ({error.strerror}); free disk space or set cache_dir elsewhere"
        ) from error


def _put_in_place(partial: Path, folder: Path) -> None:
    """Give the folder its name, unless another process was quicker with the same one."""
    try:
        os.rename(partial, folder)
    except OSError:
        if not is_prepared(folder):
            raise


def _write_pixels(listing: Listing, cropping: Cropping, path: Path) -> dict[str, Any]:
    """Write one face after the other; returns the content of the list file."""
    kept, left_out, digest = [], [], hashlib.sha256()
    with path.open("wb") as file:
        for face, pixels in _crop_all(listing, cropping):
            if isinstance(pixels, str):
                left_out.append(pixels)
            else:
                content = pixels.tobytes()
                file.write(content)
                digest.update(content)
                kept.append((face.person, face.name))
    _check(listing, len(kept), left_out)
    return {
        "cropping": asdict(cropping),
        "synthetic": is_synthetic(listing.root),
        "sha256": digest.hexdigest(),
        "faces": kept,
        "left_out": left_out,
    }


def _crop_all(listing: Listing, cropping: Cropping) -> Iterator[tuple[Face, NDArray[np.uint8] | str]]:
    aligned = cropping.crop == "aligned" and listing.has_landmarks
    with ThreadPoolExecutor() as pool:
        for start in range(0, len(listing.faces), _AT_ONCE):
            part = listing.faces[start : start + _AT_ONCE]
            yield from zip(part, pool.map(lambda face: _crop_face(face, cropping, aligned), part), strict=True)


def _crop_face(face: Face, cropping: Cropping, aligned: bool) -> NDArray[np.uint8] | str:
    """Return the pixels of a face (R, R, 3), or the reason why there are none."""
    problem = problem_of(face, cropping.check_sha256)
    if problem is None and aligned and face.landmarks is None:
        problem = f"{face.path}: {face.name} has no line in {LANDMARKS}"
    if problem is not None:
        return problem
    assert face.path is not None
    image = read_image(face.path)
    if aligned and face.landmarks is not None:
        return align(image, face.landmarks, cropping.resolution, cropping.margin)
    if face.box is None:
        return resize_image(square_crop(image, centre_square(image.shape)), cropping.resolution)
    return resize_image(square_crop(image, face.box, cropping.margin), cropping.resolution)


def _check(listing: Listing, kept: int, left_out: list[str]) -> None:
    """Raise for a set without a usable face; log the number of faces left out."""
    if not kept:
        exchanged = any("sha256" in line for line in left_out)
        fix = "; if the images were saved again, set data.init_args.check_sha256: false" if exchanged else ""
        raise DataError(f"{listing.root}: none of {len(left_out)} faces can be used, the first: {left_out[0]}{fix}")
    if left_out:
        _log.warning(
            "%s: %d of %d faces are left out, the first: %s (`python cli.py data verify facescrub` names all)",
            listing.root,
            len(left_out),
            len(left_out) + kept,
            left_out[0],
        )
