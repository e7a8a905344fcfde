"""CUB-200-2011 for label-conditioned synthesis: each photograph cropped to its bird."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from common.errors import DataError
from datamodules.augmentation import Augmentation
from datamodules.files import read_image
from datamodules.labelled import Labelled, LabelledImages, Pixels, Reader
from datamodules.layouts.cub import (
    Record,
    bird_box,
    fingerprint,
    missing_files,
    read_classes,
    read_image_attributes,
    read_records,
)
from datamodules.preparation.crops import centre_square, square_crop
from datamodules.preparation.resizing import resize_image

#: Deviations from the thesis: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 3.4, data, and reference 101",
        "CUB-200 of 2010: 6,033 photographs",
        "CUB-200-2011: 11,788 photographs of the same 200 kinds",
        "it replaced the set of 2010, and its boxes are better",
    ),
    (
        "Section 3.4, data",
        "the set's own cropped images",
        "a square around the bird's box, mirrored at the edge where it leaves the photograph (crop: box)",
        "the set of 2011 has boxes and no crops; a square keeps a bird's proportions",
    ),
    (
        "Section 3.4, data",
        "the training photographs are not named; the set has an official split",
        "all but a tenth of each kind's, chosen by their names (split: all, test_share)",
        "generation needs all the data, and top-1 accuracy on a recogniser's own training images says little",
    ),
)


@dataclass(frozen=True)
class BirdReader:
    """Read, crop and scale a photograph."""

    resolution: int
    crop: Literal["box", "none"]
    margin: float

    def __call__(self, record: Record) -> Pixels:
        image = read_image(record.image)
        if self.crop == "none":
            return resize_image(square_crop(image, centre_square(image.shape)), self.resolution)
        return resize_image(square_crop(image, bird_box(record, image.shape), self.margin), self.resolution)


class CUB200(LabelledImages):
    """CUB-200-2011, cropped to the bird by the set's boxes.

    Source: image synthesis thesis, section 3.4, which uses the earlier set of 2010: photographs of 200 kinds of birds,
    cropped, 128 x 128. Defaults are the thesis's values.

    Batch (B samples, R = resolution):

    | key | shape | content |
    |---|---|---|
    | image | (B, 3, R, R) float32 in [-1, 1] | the bird, RGB |
    | label | (B,) int64 in 0..199 | its kind, in the official order |
    | index | (B,) int64 | position in the list of all used photographs |
    | name | list of str | the official file name |

    Args:
        root: folder in the layout of datamodules.layouts.cub, or the one that holds CUB_200_2011.
        resolution: side R of every image, in pixels.
        batch_size: samples a batch.
        classes: use only so many kinds, spread evenly over the official order; None for all.
        workers: loader processes; does not change what is loaded.
        keep_in_memory: keep every image once it is read (for small sets).
        flip: mirror half of the training images, decided by (seed, epoch, index).
        test_share: share of each kind's images held out for testing, the same whatever the seed (split: all).
        validation_count: training images held out for the choice of weights, spread evenly over the kinds.
        split: "all": the official parts together, of which `test_share` is held out for testing.
            "official": train on the official training part, test on the test part.
        crop: "box": to the bird; "none": the middle of the photograph.
        margin: space around the box at either end, as a share of its longer side.
        augmentation: random changes of training images, decided by (seed, epoch, index); None for none.

    Attributes (after `setup`):
        class_names: in the order of the labels.
        class_count: how many.
        attributes, attribute_names: the set's 312, (N, A) int64 of {0, 1}; None without attributes/.

    Raises:
        DataError: the data set is missing, broken or too small; one line, naming the file or the key and the fix.
    """

    data_sets: ClassVar = {"root": "cub"}

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
        split: Literal["all", "official"] = "all",
        crop: Literal["box", "none"] = "box",
        margin: float = 0.05,
        augmentation: Augmentation | None = None,
    ) -> None:
        super().__init__(
            root, resolution, batch_size, classes, workers, keep_in_memory, flip, test_share, validation_count,
            augmentation,
        )  # fmt: skip
        self.split, self.crop, self.margin = split, crop, margin
        if margin < 0:
            raise DataError(f"data.init_args.margin: {margin}; give 0 or more")

    def fingerprint(self) -> str:
        """Return a digest of the data set's files; see datamodules.layouts.cub."""
        return fingerprint(self.root)

    def list_images(self) -> tuple[list[str], Sequence[Labelled]]:
        records = read_records(self.root)
        missing = missing_files(records)
        if missing:
            raise DataError(
                f"{self.root}: {len(missing)} photographs are missing, the first is {missing[0]}; fetch them "
                f"(`python cli.py data verify cub --root {self.root}` names all)"
            )
        return [name.partition(".")[2].replace("_", " ") or name for name in read_classes(self.root)], records

    def read_attributes(self) -> tuple[list[str], NDArray[np.int64]] | None:
        """Return the names and values {0, 1} of the set's 312 attributes, where the folder has attributes/."""
        found = read_image_attributes(self.root)
        return found and (found[0], np.stack([found[1][image.name] for image in self.images]))

    def reader(self) -> Reader:
        return BirdReader(self.resolution, self.crop, self.margin)

    def train_test_split(self) -> tuple[list[int], list[int]]:
        if self.split == "all":
            return super().train_test_split()
        train = [image.train for image in self.images if isinstance(image, Record)]
        test = [i for i, is_train in enumerate(train) if not is_train]
        return [i for i, is_train in enumerate(train) if is_train], test
