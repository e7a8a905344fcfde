"""FaceScrub for label-conditioned synthesis: faces of known people, aligned by five points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from common.errors import DataError
from datamodules.augmentation import Augmentation
from datamodules.labelled import Labelled, LabelledImages, Pixels, Reader
from datamodules.layouts.facescrub import ATTRIBUTES, LANDMARK_KEYS, fingerprint
from datamodules.preparation.attributes import category_codes, read_attributes
from datamodules.preparation.face_crops import Cropping, prepare
from datamodules.preparation.facescrub_lists import person_key
from datamodules.preparation.prepared_faces import PreparedFaces, is_prepared, read_prepared
from datamodules.preparation.resizing import resize_image

#: Deviations from the thesis: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 3.4.2, data",
        "the detector JDA finds faces and their five points",
        "five points from landmarks.csv, by whatever detector; without it the lists' boxes, not aligned",
        "JDA is not public",
    ),
    (
        "Section 3.4.2, data",
        "the template of the five points is not given",
        "ArcFace's template, 112 pixels wide, scaled to the resolution (margin)",
        "the usual template, on which recognisers are trained, too",
    ),
    (
        "Section 3.4.2, data",
        "no images are held out",
        "a tenth of each person's, chosen by their names (test_share)",
        "top-1 accuracy on a recogniser's own training images says little",
    ),
)


@dataclass(frozen=True)
class PreparedFace:
    """A face in the folder of prepared faces."""

    name: str
    label: int
    position: int


@dataclass(frozen=True)
class FaceReader:
    """Read a prepared face at this resolution."""

    faces: PreparedFaces
    resolution: int

    def __call__(self, face: PreparedFace) -> Pixels:
        return resize_image(self.faces.read(face.position), self.resolution)


class FaceScrub(LabelledImages):
    """FaceScrub: faces of 530 actors and actresses, aligned by five points.

    Source: image synthesis thesis, section 3.4.2: the eyes, the nose and the corners of the mouth are brought to fixed
    places and the face is cropped, 128 x 128. The thesis has about 80,000 of the 106,863 faces that the lists link to.
    Defaults are the thesis's values. Faces are cropped once and kept under `cache_dir`; a folder that is kept there
    may also be the root.

    Batch (B samples, R = resolution):

    | key | shape | content |
    |---|---|---|
    | image | (B, 3, R, R) float32 in [-1, 1] | the face, RGB |
    | label | (B,) int64 in 0..529 | the person, in the lists' order, actors first |
    | index | (B,) int64 | position in the list of all used faces |
    | name | list of str | name, number of the photograph and of the face: Aaron_Eckhart_1_1 |

    Args:
        root: folder in the layout of datamodules.layouts.facescrub, or one of prepared faces.
        resolution: side R of every image, in pixels.
        batch_size: samples a batch.
        classes: use only so many people, spread evenly over the lists' order, in which actors are first; None for all.
        workers: loader processes; does not change what is loaded.
        keep_in_memory: keep every image once it is read (for small sets).
        flip: mirror half of the training images, decided by (seed, epoch, index).
        test_share: share of each person's images held out for testing, the same whatever the seed.
        validation_count: training images held out for the choice of weights, spread evenly over the people.
        crop: "aligned": by landmarks.csv, or by the boxes where there is no such file; "box": by the boxes.
        margin: extra space at either end of the template or the box, as a share of it.
        check_sha256: leave out photographs whose digest is not the list's. Turn it off for photographs that were saved
            again.
        cache_dir: folder of the prepared faces.
        augmentation: random changes of training images, decided by (seed, epoch, index); None for none.

    Attributes (after `setup`):
        class_names: in the order of the labels.
        class_count: how many.
        attributes, attribute_names: of attributes.csv, an addition of ours (the synthetic data has one); None without.

    Raises:
        DataError: the data set is missing, broken or too small; one line, naming the file or the key and the fix.
    """

    data_sets: ClassVar = {"root": "facescrub"}

    def __init__(
        self,
        root: str,
        resolution: int = 128,
        batch_size: int = 128,
        classes: int | None = None,
        workers: int = 0,
        keep_in_memory: bool = False,
        flip: bool = False,
        test_share: float = 0.1,
        validation_count: int = 0,
        crop: Literal["aligned", "box"] = "aligned",
        margin: float = 0.0,
        check_sha256: bool = True,
        cache_dir: str = "cache/facescrub",
        augmentation: Augmentation | None = None,
    ) -> None:
        super().__init__(
            root, resolution, batch_size, classes, workers, keep_in_memory, flip, test_share, validation_count,
            augmentation,
        )  # fmt: skip
        if margin < 0:
            raise DataError(f"data.init_args.margin: {margin}; give 0 or more")
        self.cropping, self.cache = Cropping(resolution, crop, margin, check_sha256), Path(cache_dir)
        self._faces: PreparedFaces | None = None

    def fingerprint(self) -> str:
        """Return a digest of the data set's files; see datamodules.layouts.facescrub."""
        return fingerprint(self.root)

    def prepare_data(self) -> None:
        """Crop the faces once, on one process; later calls find them."""
        self._prepare()

    def _prepare(self) -> PreparedFaces:
        return read_prepared(self.root) if is_prepared(self.root) else prepare(self.root, self.cropping, self.cache)

    def list_images(self) -> tuple[list[str], Sequence[Labelled]]:
        self._faces = self._prepare()
        labels = {person: label for label, person in enumerate(self._faces.people)}
        faces = enumerate(self._faces.faces)
        return self._faces.people, [PreparedFace(name, labels[person], i) for i, (person, name) in faces]

    def reader(self) -> Reader:
        assert self._faces is not None
        return FaceReader(self._faces, self.resolution)

    def read_attributes(self) -> tuple[list[str], NDArray[np.int64]] | None:
        path = self.root / ATTRIBUTES
        if is_prepared(self.root) or not path.is_file():
            return None
        names, words = read_attributes(path, LANDMARK_KEYS)
        by_face = {(person_key(name), image, face): found for (name, image, face), found in words.items()}
        keys = [(person_key(name), image, face) for name, image, face in (p.name.rsplit("_", 2) for p in self.images)]
        missing = next((key for key in keys if key not in by_face), None)
        if missing is not None:
            raise DataError(f"{path}: has no line for {' '.join(missing)}; add it, or remove the file")
        return names, category_codes([by_face[key] for key in keys])
