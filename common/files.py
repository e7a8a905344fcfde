"""Atomic file writes: a reader sees the old file or the whole new one; a full disk is one line."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from PIL import Image

from common.errors import ConfigurationError, UserError

_FIX = "free disk space and run again"
#: Seconds without a write after which the temporary file of another process has no living owner.
_ABANDONED = 600


@contextmanager
def writing(path: Path, error: type[UserError] = ConfigurationError, fix: str = _FIX) -> Iterator[None]:
    """Turn an OSError about `path` within the block into an `error` that names the file and the fix."""
    try:
        yield
    except OSError as refused:
        reason = refused.strerror or " ".join(str(refused).split())
        raise error(f"{path}: cannot be written ({reason}); {fix}") from refused


@contextmanager
def replacing(
    path: Path,
    durable: bool = True,
    shared: bool = False,
    error: type[UserError] = ConfigurationError,
    fix: str = _FIX,
) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it takes the place of `path`, on any error it is removed.

    Args:
        durable: synchronise to disk before renaming, so that a power cut too leaves the old file or the new one.
        shared: several processes may write `path` at the same time, each to its own temporary file. Otherwise the
            temporary file has a fixed name, which the next writer reuses after a kill.
        error: raised where the disk refuses.
        fix: the end of its message.

    Raises:
        ConfigurationError: the disk refuses (or the given `error`).
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial" if shared else f".{path.name}.partial")
    with writing(path, error, fix):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield partial
            if shared:
                _sweep(path, partial)
            if durable:
                synchronise(partial)
            os.replace(partial, path)
            if durable:
                synchronise(path.parent)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def _sweep(path: Path, partial: Path) -> None:
    """Remove what killed writers of `path` left: written `_ABANDONED` seconds before `partial`, by the disk's clock."""
    for other in path.parent.glob(f".{glob.escape(path.name)}.*.partial"):
        with suppress(OSError):  # another process may be removing it
            if partial.stat().st_mtime - other.lstat().st_mtime > _ABANDONED:
                other.unlink()


def write_atomically(
    path: Path,
    content: str | bytes,
    durable: bool = False,
    shared: bool = False,
    error: type[UserError] = ConfigurationError,
    fix: str = _FIX,
) -> None:
    """Write text (UTF-8) or bytes with `replacing`, which has the arguments and errors."""
    with replacing(path, durable, shared, error, fix) as partial:
        partial.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def synchronise(path: Path) -> None:
    """Wait until the disk has what was written to this file or folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_png(path: Path, image: Image.Image) -> None:
    """Write an image as PNG with `replacing`. Raises ConfigurationError where the disk refuses."""
    with replacing(path, durable=False) as partial:
        image.save(partial, "png")


def file_digest(path: str | Path) -> str:
    """Return the sha256 (hex) of a file's content, and of `<path>.data`, where ONNX files keep large weights, if any.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    for part in (Path(path), Path(f"{path}.data")):
        if part == Path(path) or part.is_file():
            with part.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
