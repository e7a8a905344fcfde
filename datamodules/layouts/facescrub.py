"""FaceScrub: the official lists, and the images in the folders of the usual download scripts.

    <root>/facescrub_actors.txt             name, image_id, face_id, url, bbox, sha256; separated by tabs
    <root>/facescrub_actresses.txt          the same
    <root>/actors/images/Aaron_Eckhart/Aaron_Eckhart_1.jpeg         a photograph: name and image_id
    <root>/actors/faces/Aaron_Eckhart/Aaron_Eckhart_1_1.jpeg        a face cut out of it: name, image_id, face_id
    <root>/landmarks.csv                    optional: five points of each face, in the photograph's pixels
    <root>/attributes.csv                   optional, an addition of ours: attributes of each face

The photographs may also lie in images/ beside the lists, be named by image_id alone, lie all in one folder, or be named
by the SHA-1 of their address (download/Aaron_Eckhart/<sha1>.jpg). Folders may have blanks for underscores, files any of
the usual suffixes. Where no photograph of the lists is found the face crops are used, which must lie in faces/.
Without the lists, a folder of face crops per person (<root>/Aaron_Eckhart/<anything>.jpg) is enough.

A folder of prepared faces (datamodules.preparation.prepared_faces) is read, too.

Many links are dead; missing and unreadable images are left out, and `verify` names them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from common.errors import DataError
from datamodules.data_set import DataSet
from datamodules.files import missing_folder, read_image
from datamodules.preparation.alignment import Landmarks, read_landmarks
from datamodules.preparation.crops import Box
from datamodules.preparation.facescrub_files import (
    ImageFiles,
    face_folders,
    face_stems,
    image_files,
    people_folders,
    photograph_folders,
    photograph_stems,
)
from datamodules.preparation.facescrub_lists import LISTS, Row, person_key, read_rows
from datamodules.preparation.prepared_faces import LIST, is_prepared, pixels_problem, read_prepared
from datamodules.verification import DataCheck

SYNTHETIC_MARK = "SYNTHETIC.json"
LANDMARKS = "landmarks.csv"
LANDMARK_KEYS = ("name", "image_id", "face_id")
#: Attributes of each face; not an official file. Its columns are the keys, then any attributes.
ATTRIBUTES = "attributes.csv"

HOW_TO_GET = (
    "FaceScrub is a list of links to photographs, given by its authors (Ng and Winkler, search for 'FaceScrub') on "
    "request, for research; the photographs belong to others. The folder must hold facescrub_actors.txt and "
    "facescrub_actresses.txt and, from a download script, actors/images/Name/Name_1.jpeg and actresses/images/...; or "
    "a folder of face crops per person; docs/data.md shows it. Without the data, `python cli.py data synthesize "
    "facescrub --out FOLDER` writes synthetic data in the same layout"
)


@dataclass(frozen=True, eq=False)
class Face:
    """A face.

    Attributes:
        person: the name as the list spells it first.
        name: Aaron_Eckhart_1_1; without lists the file's path below the root.
        path: its photograph or face crop; None where the file is missing.
        row: its line of the lists; None without lists.
        cut_out: whether the file is a face crop.
        landmarks: (5, 2) in the photograph's pixels; None where there are none.
    """

    person: str
    name: str
    path: Path | None
    row: Row | None = None
    cut_out: bool = True
    landmarks: Landmarks | None = None

    @property
    def box(self) -> Box | None:
        """Box of the face in the photograph; None for a face crop."""
        return None if self.row is None or self.cut_out else self.row.box


@dataclass(frozen=True)
class Listing:
    """Contents of a folder.

    Attributes:
        root: the folder.
        kind: "photographs" or "faces" (crops): the kind of the files at `Face.path`.
        people: in the official order: the actors' list, then the actresses'.
        faces: in the lists' order.
        has_landmarks: whether there is a landmarks file.
        faults: errors in the lists, a line each.
        notes: errors that were fixed in reading.
    """

    root: Path
    kind: Literal["photographs", "faces"]
    people: list[str]
    faces: list[Face]
    has_landmarks: bool = False
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_listing(root: Path) -> Listing:
    """Read the lists and find the image files, without opening them.

    Raises:
        DataError: no such folder, or invalid lists; names file, line and fix.
    """
    if any((root / name).is_file() for name in LISTS):
        return _from_lists(root)
    folders = people_folders(root)
    if not folders:
        what = missing_folder(root) or f"has neither {LISTS[0]} nor folders of faces"
        raise DataError(f"FaceScrub: {root} {what}. {HOW_TO_GET}")
    faces = [
        Face(folder.name.replace("_", " "), str(path.relative_to(root)), path)
        for folder in folders
        for path in image_files(folder)
    ]
    return Listing(root, "faces", list(dict.fromkeys(face.person for face in faces)), faces)


def read_faces(root: Path) -> Sequence[object]:
    """Return the faces of the folder's lists, as `read_listing` finds them, or the prepared ones."""
    return read_prepared(root).faces if is_prepared(root) else read_listing(root).faces


def holds_faces(root: Path) -> bool:
    """Return whether a folder without lists holds faces: prepared ones, or a folder of crops per person."""
    return is_prepared(root) or len(people_folders(root)) > 1  # a single folder of images could be anything


def _from_lists(root: Path) -> Listing:
    rows, faults, notes = read_rows(root)
    if not rows:
        raise DataError(f"{root / LISTS[0]}: lists no face; fetch the lists again")
    photographs, cut_out = ImageFiles(photograph_folders(root)), ImageFiles(face_folders(root))
    paths = [photographs.find(row, photograph_stems(row)) for row in rows]
    kind: Literal["photographs", "faces"] = "photographs"
    if not any(paths):
        kind, paths = "faces", [cut_out.find(row, face_stems(row)) for row in rows]
    if not any(paths):
        raise DataError(
            f"FaceScrub: {root} has lists of {len(rows)} faces and none of their images. They are looked for as "
            f"actors/images/Name/Name_1.jpeg and in the other places that docs/data.md names. {HOW_TO_GET}"
        )
    faces = [Face(row.person, row.name, path, row, kind == "faces") for row, path in zip(rows, paths, strict=True)]
    people = list(dict.fromkeys(row.person for row in rows))
    several = sum(count > 1 for count in Counter(face.path for face in faces if face.path).values())
    if several and kind == "photographs":
        notes.append(f"photographs with several faces of the lists: {several}")
    listing = Listing(root, kind, people, faces, faults=faults, notes=notes)
    return _with_landmarks(listing) if kind == "photographs" else listing


def _with_landmarks(listing: Listing) -> Listing:
    path = listing.root / LANDMARKS
    if not path.is_file():
        return listing
    points, faults = read_landmarks(path, LANDMARK_KEYS)
    by_face = {(person_key(name), image, face): value for (name, image, face), value in points.items()}
    faces = [replace(face, landmarks=by_face.pop(face.row.key, None)) for face in listing.faces if face.row]
    faults += [f"{path}: {name} {image} {face} is in neither list" for name, image, face in by_face]
    return replace(listing, faces=faces, has_landmarks=True, faults=[*listing.faults, *faults])


def is_synthetic(root: Path) -> bool:
    """Return whether the folder was written by `data synthesize`, or prepared from such a folder."""
    return read_prepared(root).synthetic if is_prepared(root) else (root / SYNTHETIC_MARK).is_file()


def fingerprint(root: Path) -> str:
    """Return a digest of the lists and of every image's size: changes when a file is added, removed or replaced."""
    digest = hashlib.sha256()
    if is_prepared(root):
        return hashlib.sha256((root / LIST).read_bytes()).hexdigest()
    for name in (*LISTS, LANDMARKS, SYNTHETIC_MARK):
        path = root / name
        digest.update(path.read_bytes() if path.is_file() else b"-")
    if (root / ATTRIBUTES).is_file():
        digest.update((root / ATTRIBUTES).read_bytes())
    for face in read_listing(root).faces:
        there = "-" if face.path is None else f"{face.path.relative_to(root)} {face.path.stat().st_size}"
        digest.update(f"{face.name} {there}\n".encode())
    return digest.hexdigest()


def problem_of(face: Face, check_sha256: bool = True) -> str | None:
    """Return why a face cannot be used, in one line that names its file; None where it can."""
    if face.path is None:
        assert face.row is not None
        return f"{face.row.where}: the image of {face.name} is missing"
    try:
        content = face.path.read_bytes()
    except OSError as error:
        return f"{face.path}: cannot be read ({error.strerror})"
    if content.lstrip()[:1] == b"<" and b"<svg" not in content[:1000]:
        return f"{face.path}: is a web page, not an image (a dead link); remove it"
    if face.box and check_sha256 and face.row and face.row.sha256:
        found = hashlib.sha256(content).hexdigest()
        if found != face.row.sha256:
            return f"{face.path}: is another file than the one in {face.row.where} (sha256 {found[:12]}...); remove it"
    try:
        height, width = read_image(face.path).shape[:2]
    except DataError as error:
        return str(error)
    return _placement_problem(face, width, height)


def _placement_problem(face: Face, width: int, height: int) -> str | None:
    """Return an error line where a face's box or landmarks lie outside of its photograph."""
    if face.box is not None and face.row is not None:
        seen = face.box.inside((height, width))
        if seen.width * seen.height < 0.5 * face.box.width * face.box.height:
            return f"{face.row.where}: the box of {face.name} lies outside of its {width}x{height} image {face.path}"
    if face.landmarks is not None:
        middle = face.landmarks.mean(axis=0)
        if not (0 <= middle[0] <= width and 0 <= middle[1] <= height):
            return f"{face.path}: the landmarks of {face.name} lie outside of this {width}x{height} image"
    return None


def verify(root: Path) -> DataCheck:
    """Open every image of the lists and report the missing, unreadable, exchanged and inconsistent ones.

    Raises:
        DataError: the folder or its lists cannot be read at all.
    """
    kind = "synthetic data" if is_synthetic(root) else "FaceScrub"
    if is_prepared(root):
        prepared = read_prepared(root)
        problem = pixels_problem(prepared)
        notes = (f"{len(prepared.people)} people", f"prepared, {prepared.resolution}x{prepared.resolution}")
        return DataCheck(root, kind, len(prepared.faces), [problem] if problem else [], notes)
    listing = read_listing(root)
    with ThreadPoolExecutor() as pool:
        problems = [line for line in pool.map(problem_of, listing.faces, chunksize=64) if line is not None]
    return DataCheck(root, kind, len(listing.faces), [*listing.faults, *problems], _notes(listing))


def _notes(listing: Listing) -> tuple[str, ...]:
    notes = [f"{len(listing.people)} people", *listing.notes]
    if listing.kind == "faces":
        notes.append("face crops: they are used as they are")
    elif not listing.has_landmarks:
        notes.append(f"no {LANDMARKS}: faces are cropped by their boxes and not aligned")
    return tuple(notes)


DATA_SET = DataSet(
    name="facescrub",
    title="FaceScrub",
    folder="facescrub",
    markers=("facescrub_actors.txt",),
    holds="facescrub_actors.txt, facescrub_actresses.txt and the images (actors/..., actresses/...), or cropped "
    "faces in one folder per person, or prepared ones (faces.json, faces.bin)",
    images=read_faces,
    group="faces",
    noun="faces",
    count=800,
    accepts=holds_faces,
)
