"""Where download scripts leave the pictures of FaceScrub, and what they name them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from datamodules.preparation.facescrub_lists import Row, person_key

ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff")


def photograph_folders(root: Path) -> list[Path]:
    """Where photographs may be, the official script's places first."""
    return [root / part for part in ("actors/images", "actresses/images", "images", "download")] + [root]


def face_folders(root: Path) -> list[Path]:
    """Where cut-out faces may be."""
    return [root / part for part in ("actors/faces", "actresses/faces", "faces")]


def photograph_stems(row: Row) -> list[str]:
    """What the photograph of a line may be named, without its ending."""
    stems = [f"{name}_{row.image}" for name in (row.person.replace(" ", "_"), row.person)]
    return [*stems, row.image, hashlib.sha1(row.url.encode(), usedforsecurity=False).hexdigest()]


def face_stems(row: Row) -> list[str]:
    """What the cut-out face of a line may be named, without its ending."""
    names = (row.person.replace(" ", "_"), row.person)
    return [*(f"{name}_{row.image}_{row.face}" for name in names), f"{row.image}_{row.face}"]


class Pictures:
    """The pictures in some folders and the folders of people in them, by person and name without ending."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._found: dict[str, dict[str, Path]] = {}
        for folder in folders:
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                if path.is_dir():
                    self._add(person_key(path.name), pictures_in(path, (*ENDINGS, "")))
                elif path.suffix.lower() in ENDINGS:
                    self._add("", [path])

    def _add(self, key: str, paths: Iterable[Path]) -> None:
        found = self._found.setdefault(key, {})
        for path in paths:
            found.setdefault(path.stem if path.suffix.lower() in ENDINGS else path.name, path)

    def find(self, row: Row, stems: list[str]) -> Path | None:
        """The first of these names that there is, with the person's own pictures or with everybody's."""
        own, all_in_one = self._found.get(row.key[0], {}), self._found.get("", {})
        in_own = (own[stem] for stem in stems if stem in own)
        return next(in_own, None) or next((all_in_one[s] for s in stems if s in all_in_one and s != row.image), None)


def pictures_in(folder: Path, endings: tuple[str, ...] = ENDINGS) -> list[Path]:
    """The files with these endings, in order."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in endings and path.is_file())


def people_folders(root: Path) -> list[Path]:
    """The folders of cut-out faces by person, where there are no lists."""
    places = [place for place in face_folders(root) if place.is_dir()] or ([root] if root.is_dir() else [])
    return [path for place in places for path in sorted(place.iterdir()) if path.is_dir() and any(pictures_in(path))]
