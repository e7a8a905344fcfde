"""Reading of images and lists, and atomic writing; every error is one line that names the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from common.errors import DataError
from common.files import replacing


def read_image(path: Path) -> NDArray[np.uint8]:
    """Read an image (H, W, 3) as RGB. Raises DataError naming the file when it is missing, truncated or no image."""
    try:
        with Image.open(path) as image:
            return np.array(image.convert("RGB"))  # a copy: Pillow's array is read-only, of which torch warns
    except FileNotFoundError as error:
        raise DataError(f"{path}: missing{_other_suffix(path)}") from error
    except Exception as error:  # Pillow raises many kinds for broken files
        raise DataError(f"{path}: unreadable ({error})") from error


def _other_suffix(path: Path) -> str:
    """Return a hint where a file of the same name with another spelling of its suffix exists; "" otherwise."""
    spellings = (".jpg", ".JPG", ".jpeg", ".JPEG", ".png", ".PNG")
    others = (path.with_suffix(spelling) for spelling in spellings if spelling != path.suffix)
    found = next((other.name for other in others if other.is_file()), None)
    return "" if found is None else f"; there is {found}: rename it"


def read_large_image(path: Path, least: int) -> NDArray[np.uint8]:
    """Read an image (H, W, 3) as RGB with sides of at least `least` pixels. Raises DataError naming the file."""
    image = read_image(path)
    height, width = image.shape[:2]
    if min(height, width) < least:
        raise DataError(f"{path}: {width} x {height} pixels are too few; give an image of at least {least} x {least}")
    return image


def read_lines(path: Path) -> list[str]:
    """Return the lines of a UTF-8 text file, with or without a byte order mark, whatever ends its lines.

    Raises:
        DataError: missing, or no UTF-8 text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise DataError(f"{path}: missing") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read ({error}); fetch the list again") from error
    return text.removesuffix("\n").split("\n") if text else []


def write_file(path: Path, content: bytes | NDArray[np.uint8]) -> None:
    """Write bytes, or an array as .npy, atomically; several processes may write the same file.

    Raises:
        DataError: the disk refuses.
    """
    fix = "free disk space or set cache_dir elsewhere"
    with replacing(path, durable=False, shared=True, error=DataError, fix=fix) as partial, partial.open("wb") as file:
        if isinstance(content, bytes):
            file.write(content)
        else:
            np.save(file, content)


def missing_folder(root: Path) -> str:
    """Return why a data set's root is no folder, for a message that starts with its path; "" if it is one."""
    if root.is_dir():
        return ""
    return "is a file, not a folder" if root.exists() else "does not exist"
