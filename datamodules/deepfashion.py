"""DeepFashion In-shop for fashion completion: a person, a hole in place of one garment, the crops of the others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset, default_collate

from common.errors import DataError
from datamodules.deepfashion_selection import DeepFashionSplit, Selection, select
from datamodules.files import read_image
from datamodules.layouts.deepfashion import PersonFiles, Record, Sample, fingerprint, read_sample
from datamodules.loading import EpochSampler, Position, ResumableData, ResumableLoader, to_unit_range
from datamodules.preparation.garments import (
    WHITE,
    Box,
    bounding_box,
    centred_crop,
    garment_crops,
    hole_box,
    shape_crop,
    visible_mask,
)
from datamodules.preparation.labels import GARMENT_CLASS, GARMENTS, LabelSet, to_eight_classes
from datamodules.preparation.resizing import Size, height_width, letterbox, resize_image, resize_labels, resize_points

#: Deviations from the paper: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 4.1.1, data",
        "the completed garment is not named; the figures show tops",
        "tops (target)",
        "the author's later code trains on tops only",
    ),
    (
        "Section 3.1, context",
        "the input for a garment that is not worn is not specified",
        "the mean crop of the training set (absent_garment)",
        "as in the author's later code",
    ),
    (
        "Section 4.1.2, inputs",
        "256 x 256 images",
        "photographs of other proportions are padded with white",
        "scaling would distort people",
    ),
)

Target = Literal["hat", "top", "bottom", "shoes", "random"]
Arrays = dict[str, Any]


class DeepFashionDataset(Dataset[Arrays]):
    """Read, pad and crop one photograph at a time, as uint8; see `to_batch` for the floats.

    Args:
        records: the photographs, in order.
        resolution: (H, W) of every image, or the side of a square.
        target: garment to complete; "random" draws one of those present, by the sample's own seed.
        means: (4, H, W, 3) uint8, shown where a garment type is absent.
        keep_in_memory: keep every decoded photograph (for small sets).
    """

    def __init__(
        self,
        records: Sequence[Record | PersonFiles],
        resolution: Size,
        target: Target,
        parsing_labels: LabelSet,
        hole_scale: tuple[float, float],
        means: NDArray[np.uint8],
        keep_in_memory: bool,
    ) -> None:
        self.records, self.resolution, self.target = records, resolution, target
        self.parsing_labels, self.hole_scale, self.means = parsing_labels, hole_scale, means
        self.keep_in_memory = keep_in_memory
        self._kept: dict[tuple[int, str], Arrays] = {}

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, position: Position) -> Arrays:
        index, seed = position
        target = self.target
        if target == "random":
            target = GARMENTS[self._random_target(index, seed)]
        if (index, target) in self._kept:
            return self._kept[index, target]
        sample = self._build(index, target)
        if self.keep_in_memory:
            self._kept[index, target] = sample
        return sample

    def _random_target(self, index: int, seed: int) -> int:
        classes = to_eight_classes(read_sample(self.records[index]).parsing, self.parsing_labels)
        present = [i for i, garment in enumerate(GARMENTS) if (classes == GARMENT_CLASS[garment]).any()]
        return int(np.random.default_rng(seed).choice(present))

    def _build(self, index: int, target: str) -> Arrays:
        sample = pad_to_proportions(read_sample(self.records[index]), self.resolution)
        classes = to_eight_classes(sample.parsing, self.parsing_labels)
        resolution = self.resolution
        box = hole_box(classes, target, self.hole_scale)
        if box is None:
            raise DataError(f"{sample.record.parsing}: has no {target}, the garment that is to be completed")
        crops, present = garment_crops(sample.image, classes, resolution)
        crops[~present] = self.means[~present]
        mask = classes == GARMENT_CLASS[target]
        return {
            "person": resize_image(sample.image, resolution),
            "parsing": resize_labels(classes, resolution),
            "keypoints": resize_points(sample.keypoints, classes.shape, resolution),
            "visible": visible_mask(box, classes.shape, resolution),
            "garments": crops,
            "target_garment": centred_crop(sample.image, mask, resolution, WHITE),
            "target_shape": shape_crop(classes, target, resolution),
            "target": GARMENTS.index(target),
            "index": index,
            "name": sample.record.name,
        }


def pad_to_proportions(sample: Sample, size: Size) -> Sample:
    """Pad a sample to those of a size: the image with white, the map with background; keypoints are shifted alike."""
    image, left, top = letterbox(sample.image, WHITE, size)
    parsing, _, _ = letterbox(sample.parsing, 0, size)
    keypoints = sample.keypoints.copy()
    keypoints[:, :2] += np.array([left, top], np.float32) * keypoints[:, 2:]
    return Sample(sample.record, image, parsing, keypoints)


def mask_outside(hole: Box, shape: tuple[int, ...], size: Size) -> NDArray[np.uint8]:
    """Return M (H, W) uint8 at `size` of the padded photograph, 0 inside a hole in pixels of its own `shape` (H, W).

    Raises:
        DataError: no pixel of the photograph is inside.
    """
    inside = np.zeros(shape, np.uint8)
    inside[max(hole.top, 0) : max(hole.bottom, 0), max(hole.left, 0) : max(hole.right, 0)] = 1
    padded, _, _ = letterbox(inside, 0, size)
    box = bounding_box(padded > 0)
    if box is None:
        raise DataError(
            f"hole: {list(hole)} (left, top, right, bottom) has no pixel of the photograph ({shape[1]} x {shape[0]}); "
            "give left < right and top < bottom, inside it"
        )
    return visible_mask(box, padded.shape, size)


def to_batch(samples: list[Arrays], target_fill: float) -> dict[str, Any]:
    """Collate samples into the batch of DeepFashion's docstring."""
    raw = default_collate(samples)
    garments = to_unit_range(raw["garments"])
    garments[torch.arange(len(samples)), raw["target"]] = target_fill
    return {
        "person": to_unit_range(raw["person"]),
        "parsing": raw["parsing"].to(torch.int64),
        "keypoints": raw["keypoints"],
        "visible": raw["visible"][:, None].to(torch.float32),
        "garments": garments,
        "target_garment": to_unit_range(raw["target_garment"]),
        "target_shape": raw["target_shape"][:, None].to(torch.float32),
        "target": raw["target"],
        "index": raw["index"],
        "name": raw["name"],
    }


class DeepFashion(ResumableData):
    """DeepFashion In-shop with parsing maps and keypoints, filtered and split as the fashion completion thesis does.

    Source: fashion completion thesis, section 4.1.1: photographs with at least three of the four garment types and a
    full pose record (9,023 of 52,712), 1,000 of them for testing, drawn at random. The thesis does not publish its
    list; ours is drawn by `split_seed` and kept under `cache_dir`. Defaults are the thesis's values.

    Batch (B samples, (H, W) = resolution):

    | key | shape | content |
    |---|---|---|
    | person | (B, 3, H, W) float32 in [-1, 1] | the photograph, RGB |
    | parsing | (B, H, W) int64 in 0..7 | background, head, upper skin, lower skin, hat, top, bottom, shoes |
    | keypoints | (B, 18, 3) float32 | x and y in pixels, visibility {0, 1}; OpenPose order |
    | visible | (B, 1, H, W) float32 {0, 1} | M: 0 in the hole, 1 outside |
    | garments | (B, 4, 3, H, W) float32 in [-1, 1] | crops: hat, top, bottom, shoes; the target's is `target_fill` |
    | target_garment | (B, 3, H, W) float32 in [-1, 1] | crop of the garment to be completed, on white |
    | target_shape | (B, 1, H, W) float32 {0, 1} | its mask, cropped alike |
    | target | (B,) int64 in 0..3 | the garment to be completed |
    | index | (B,) int64 | position in the split |
    | name | list of str | the official file name |

    Args:
        root: folder in the layout of datamodules.layouts.deepfashion.
        resolution: (H, W) of every image in pixels, or the side of a square.
        batch_size: samples a batch.
        workers: loader processes; does not change what is loaded.
        target: garment to complete. The thesis's figures show tops.
        parsing_labels: label set of the parsing maps.
        test_count: photographs held out for testing.
        train_count: use only so many training photographs; None for all.
        split_seed: of the random split.
        min_garments: keep photographs with at least so many garment types.
        min_area: smallest share of all pixels at which a type counts as present; not given in the thesis.
        hole_scale: enlargement of the hole (width, height).
        target_fill: value of the target's crop: 0 by the thesis, 1 (white) in the author's later code.
        absent_garment: crop of an absent type: the training mean, or white.
        cache_dir: folder of the selection, the file lists and the mean crops.
        keep_in_memory: keep every decoded photograph (for small sets).
        validation_count: training photographs held out for the choice of weights; 0, as in the thesis, is none.

    Raises:
        DataError: the data set is missing, broken or too small; one line, naming the file and the fix.
    """

    data_sets: ClassVar = {"root": "deepfashion"}

    def __init__(
        self,
        root: str,
        resolution: int | tuple[int, int] = 256,
        batch_size: int = 16,
        workers: int = 0,
        target: Target = "top",
        parsing_labels: LabelSet = "cihp",
        test_count: int = 1000,
        train_count: int | None = None,
        split_seed: int = 0,
        min_garments: int = 3,
        min_area: float = 0.001,
        hole_scale: tuple[float, float] = (1.1, 1.1),
        target_fill: float = 0.0,
        absent_garment: Literal["mean", "white"] = "mean",
        cache_dir: str = "cache/deepfashion",
        keep_in_memory: bool = False,
        validation_count: int = 0,
    ) -> None:
        super().__init__()
        try:
            height_width(resolution)
        except ValueError as error:
            raise DataError(f"data.init_args.resolution: {error}") from error
        self.root, self.resolution, self.batch_size, self.workers = Path(root), resolution, batch_size, workers
        self.target, self.hole_scale = target, hole_scale
        self.target_fill, self.absent_garment, self.keep_in_memory = target_fill, absent_garment, keep_in_memory
        self.selection = Selection(
            root=self.root,
            parsing_labels=parsing_labels,
            required=() if target == "random" else (target,),
            min_garments=min_garments,
            min_area=min_area,
            test_count=test_count,
            train_count=train_count,
            validation_count=validation_count,
            split_seed=split_seed,
            cache=Path(cache_dir),
        )
        self.split: DeepFashionSplit | None = None

    def fingerprint(self) -> str:
        """Return a digest of the data set's files; see datamodules.layouts.deepfashion."""
        return fingerprint(self.root)

    def prepare_data(self) -> None:
        """Select and split once, on one process; later calls find the stored lists."""
        select(self.selection)

    def setup(self, stage: str) -> None:
        if self.split is None:
            self.split = select(self.selection)
            if len(self.split.train) < self.batch_size:
                raise DataError(
                    f"{self.root}: {len(self.split.train)} usable training photographs are fewer than one batch of "
                    f"{self.batch_size}; lower data.init_args.batch_size or test_count, or point root at more data"
                )

    def prepare_person(
        self, image: Path, parsing: Path, keypoints: Path, hole: tuple[int, int, int, int] | None = None
    ) -> dict[str, Any]:
        """Return the batch of one photograph of the user's, prepared as those of the data set.

        Args:
            image: the photograph, at least as wide or as high as `resolution`.
            parsing: its map of the labels `parsing_labels`, of the same size; `target` must be on it.
            keypoints: its OpenPose file.
            hole: left, top, right, bottom in pixels of the photograph, in place of the box around the target.

        Raises:
            DataError: a file is missing, broken, too small or does not fit the others, or the hole is empty.
        """
        height, width = read_image(image).shape[:2]
        least_height, least_width = height_width(self.resolution)
        if height < least_height and width < least_width:
            raise DataError(
                f"{image}: {width} x {height} pixels; give at least {least_width} in width or {least_height} in height"
            )
        return self._batch_of_one(PersonFiles(image.name, image, parsing, keypoints), hole)

    def test_person(self, which: int | str, hole: tuple[int, int, int, int] | None = None) -> dict[str, Any]:
        """Return the batch of one test photograph, by its place or its official name; `hole` as in `prepare_person`.

        Raises:
            DataError: there is no such photograph, or the hole is empty.
        """
        assert self.split is not None
        places = {record.name: place for place, record in enumerate(self.split.test)}
        place = which if isinstance(which, int) else places.get(which, -1)
        if not 0 <= place < len(places):
            first = self.split.test[0].name
            raise DataError(
                f"{which!r} is none of the {len(places)} test photographs; give a place from 0 to {len(places) - 1}, "
                f"or a name such as {first}"
            )
        return self._batch_of_one(self.split.test[place], hole)

    def _batch_of_one(self, record: Record | PersonFiles, hole: tuple[int, int, int, int] | None) -> dict[str, Any]:
        sample = self._dataset([record])[Position(0, 0)]
        if hole is not None:
            shape = read_image(record.image).shape[:2]
            sample = {**sample, "visible": mask_outside(Box(*hole), shape, self.resolution)}
        return to_batch([sample], self.target_fill)

    def _dataset(self, records: Sequence[Record | PersonFiles]) -> DeepFashionDataset:
        assert self.split is not None
        means = np.full((len(GARMENTS), *height_width(self.resolution), 3), WHITE, np.uint8)
        if self.absent_garment == "mean":
            means = self.split.mean_crops(self.resolution)
        return DeepFashionDataset(
            records,
            self.resolution,
            self.target,
            self.selection.parsing_labels,
            self.hole_scale,
            means,
            self.keep_in_memory,
        )

    def train_dataloader(self) -> ResumableLoader:
        assert self.split is not None
        loader = ResumableLoader(
            self._dataset(self.split.train),
            batch_size=self.batch_size,
            sampler=EpochSampler(len(self.split.train), self.run_seed),
            num_workers=self.workers,
            collate_fn=partial(to_batch, target_fill=self.target_fill),
            drop_last=True,
            persistent_workers=self.workers > 0,
        )
        return self.resume_loader(loader)

    def test_dataloader(self) -> DataLoader[dict[str, Any]]:
        assert self.split is not None
        return self._in_order(self.split.test)

    def validation_dataloader(self) -> DataLoader[dict[str, Any]] | None:
        """Return the loader of the photographs held out by `validation_count`; None without.

        Not Lightning's `val_dataloader`: the choice of the evaluated weights follows our count of iterations.
        """
        assert self.split is not None
        return self._in_order(self.split.validation) if self.split.validation else None

    def _in_order(self, records: list[Record]) -> DataLoader[dict[str, Any]]:
        return DataLoader(
            self._dataset(records),
            batch_size=self.batch_size,
            sampler=EpochSampler(len(records), self.selection.split_seed, shuffle=False),
            num_workers=self.workers,
            collate_fn=partial(to_batch, target_fill=self.target_fill),
        )
