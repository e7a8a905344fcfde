"""Oxford 102 Flowers for label-conditioned synthesis: each photograph cropped to its flower."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from common.errors import DataError
from datamodules.augmentation import Augmentation
from datamodules.files import read_image
from datamodules.labelled import Labelled, LabelledImages, Pixels, Reader
from datamodules.layouts.flowers import (
    CLASSES,
    Record,
    fingerprint,
    flower_box,
    is_synthetic,
    missing_files,
    read_names,
    read_records,
)
from datamodules.preparation.crops import Box, centre_square, square_crop
from datamodules.preparation.resizing import resize_image

#: Deviations from the thesis: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 3.4, data",
        "flowers are cut out with the set's segmentations; the crop is not specified",
        "a square around the largest connected part, with a margin of 0.1 (margin)",
        "a square keeps a flower's proportions, and some segmentations have specks",
    ),
    (
        "Section 3.4, data",
        "the training photographs are not named; the set has an official split",
        "all but a tenth of each kind's, chosen by their names (split: all, test_share)",
        "generation needs all the data, and top-1 accuracy on a recogniser's own training images says little",
    ),
)


@dataclass(frozen=True)
class FlowerReader:
    """Read, crop and scale a photograph; the flower's box is remembered."""

    resolution: int
    crop: Literal["segmentation", "none"]
    margin: float
    boxes: dict[int, Box] = field(default_factory=dict)

    def __call__(self, record: Record) -> Pixels:
        image = read_image(record.image)
        if self.crop == "none":
            return resize_image(square_crop(image, centre_square(image.shape)), self.resolution)
        if record.number not in self.boxes:
            self.boxes[record.number] = flower_box(record, image.shape)
        return resize_image(square_crop(image, self.boxes[record.number], self.margin), self.resolution)


class Flowers102(LabelledImages):
    """The Oxford 102 Flowers, cropped to the flower by the set's segmentations.

    Source: image synthesis thesis, section 3.4: 8,189 photographs of 102 kinds, cut to the flower, 128 x 128. Defaults
    are the thesis's values.

    Batch (B samples, R = resolution):

    | key | shape | content |
    |---|---|---|
    | image | (B, 3, R, R) float32 in [-1, 1] | the flower, RGB |
    | label | (B,) int64 in 0..101 | its kind, in the official order |
    | index | (B,) int64 | position in the list of all used photographs |
    | name | list of str | the official file name |

    Args:
        root: folder in the layout of datamodules.layouts.flowers.
        resolution: side R of every image, in pixels.
        batch_size: samples a batch.
        classes: use only so many kinds, spread evenly over the official order; None for all.
        workers: loader processes; does not change what is loaded.
        keep_in_memory: keep every image once it is read (for small sets).
        flip: mirror half of the training images, decided by (seed, epoch, index).
        test_share: share of each kind's images held out for testing, the same whatever the seed (split: all).
        validation_count: training images held out for the choice of weights, spread evenly over the kinds.
        split: "all": the official parts together, of which `test_share` is held out for testing.
            "official": train on the official training and validation parts, test on the test part.
        crop: "segmentation": to the flower; "none": the middle of the photograph, which needs no segmentations.
        margin: space around the flower at either end, as a share of its longer side.
        augmentation: random changes of training images, decided by (seed, epoch, index); None for none.

    Attributes (after `setup`):
        class_names: in the order of the labels; from cat_to_name.json, or English names for the official set.
        class_count: how many.

    Raises:
        DataError: the data set is missing, broken or too small; one line, naming the file or the key and the fix.
    """

    data_sets: ClassVar = {"root": "flowers"}

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
        crop: Literal["segmentation", "none"] = "segmentation",
        margin: float = 0.1,
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
        """Return a digest of the data set's files; see datamodules.layouts.flowers."""
        return fingerprint(self.root)

    def list_images(self) -> tuple[list[str], Sequence[Labelled]]:
        records = read_records(self.root)
        missing = missing_files(records, self.crop == "segmentation")
        if missing:
            only = all(path.parent.name == "segmim" for path in missing)
            fix = "fetch them, or set data.init_args.crop: none to do without segmentations" if only else "fetch them"
            raise DataError(
                f"{self.root}: {len(missing)} files are missing, the first is {missing[0]}; {fix} "
                f"(`python cli.py data verify flowers --root {self.root}` names all)"
            )
        return self._names(max(record.label for record in records) + 1), records

    def _names(self, count: int) -> list[str]:
        given = read_names(self.root)
        if given or is_synthetic(self.root) or count != CLASSES:
            return [given.get(number, f"class {number}") for number in range(1, count + 1)]
        from torchvision.datasets import Flowers102 as Official

        return list(Official.classes)

    def reader(self) -> Reader:
        return FlowerReader(self.resolution, self.crop, self.margin)

    def train_test_split(self) -> tuple[list[int], list[int]]:
        if self.split == "all":
            return super().train_test_split()
        parts = [image.part for image in self.images if isinstance(image, Record)]
        train = [i for i, part in enumerate(parts) if part != "test"]
        return train, [i for i, part in enumerate(parts) if part == "test"]
