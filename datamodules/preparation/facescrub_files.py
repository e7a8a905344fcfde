"""Folders and names of FaceScrub's image files, as download scripts leave them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from datamodules.preparation.facescrub_lists import Row, person_key

SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff")


def photograph_folders(root: Path) -> list[Path]:
    """Return the possible folders of photographs, the official script's first."""
    return [root / part for part in ("actors/images", "actresses/images", "images", "download")] + [root]


def face_folders(root: Path) -> list[Path]:
    """Return the possible folders of face crops."""
    return [root / part for part in ("actors/faces", "actresses/faces", "faces")]


def photograph_stems(row: Row) -> list[str]:
    """Return the possible names of a line's photograph, without suffix."""
    stems = [f"{name}_{row.image}" for name in (row.person.replace(" ", "_"), row.person)]
    return [*stems, row.image, hashlib.sha1(row.url.encode(), usedforsecurity=False).hexdigest()]


def face_stems(row: Row) -> list[str]:
    """Return the possible names of a line's face crop, without suffix."""
    names = (row.person.replace(" ", "_"), row.person)
    return [*(f"{name}_{row.image}_{row.face}" for name in names), f"{row.image}_{row.face}"]


class ImageFiles:
    """The images in some folders and in their folders of people, by person and name without suffix."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._found: dict[str, dict[str, Path]] = {}
        for folder in folders:
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                if path.is_dir():
                    self._add(person_key(path.name), image_files(path, (*SUFFIXES, "")))
                elif path.suffix.lower() in SUFFIXES:
                    self._add("", [path])

    def _add(self, key: str, paths: Iterable[Path]) -> None:
        found = self._found.setdefault(key, {})
        for path in paths:
            found.setdefault(path.stem if path.suffix.lower() in SUFFIXES else path.name, path)

    def find(self, row: Row, stems: list[str]) -> Path | None:
        """Return the first existing file of these names, among the person's own images or everybody's."""
        own, all_in_one = self._found.get(row.key[0], {}), self._found.get("", {})
        in_own = (own[stem] for stem in stems if stem in own)
        return next(in_own, None) or next((all_in_one[s] for s in stems if s in all_in_one and s != row.image), None)


def image_files(folder: Path, suffixes: tuple[str, ...] = SUFFIXES) -> list[Path]:
    """Return the files with these suffixes, in order."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in suffixes and path.is_file())


def people_folders(root: Path) -> list[Path]:
    """Return the folders of face crops, one per person, for a root without lists."""
    places = [place for place in face_folders(root) if place.is_dir()] or ([root] if root.is_dir() else [])
    return [path for place in places for path in sorted(place.iterdir()) if path.is_dir() and any(image_files(path))]
