"""Writing the files of a run folder: whole or not at all, and a full disk said in one line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from lightning_modules.errors import ConfigurationError


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Within it, what the disk refuses about `path` becomes a ConfigurationError that names it and the mend."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or " ".join(str(error).split())
        raise ConfigurationError(f"{path}: cannot be written ({reason}); free the disk and run again") from error


@contextmanager
def replacing(path: Path, durable: bool = True) -> Iterator[Path]:
    """Gives a file beside `path` to write, which then takes its place; after an error there is only what was before.

    One process at a time may write `path`.

    Args:
        durable: the content is on the disk before it gets its name, so that a power cut too leaves old or new.

    Raises:
        ConfigurationError: the disk refuses.
    """
    partial = path.with_name(f".{path.name}.partial")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield partial
            if durable:
                synchronise(partial)
            os.replace(partial, path)
            if durable:
                synchronise(path.parent)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def synchronise(path: Path) -> None:
    """Returns when the disk has what was written to this file or folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_png(path: Path, image: Image.Image) -> None:
    """A picture, whole or not at all. Raises ConfigurationError where the disk refuses."""
    with replacing(path, durable=False) as partial:
        image.save(partial, "png")
