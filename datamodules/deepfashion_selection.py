"""Selection of DeepFashion photographs: filter, split and mean crops, stored beside the file lists."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.errors import DataError
from datamodules.files import write_file
from datamodules.layouts.deepfashion import Record, fingerprint, read_partition, read_sample
from datamodules.preparation.garments import WHITE, centred_crop
from datamodules.preparation.labels import GARMENT_CLASS, GARMENTS, LabelSet, to_eight_classes
from datamodules.preparation.resizing import Size, height_width

#: Deviations from the paper: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 4.1.1, data",
        "8,023 of 9,023 images for training, drawn at random; no list is published",
        "a random split, drawn by split_seed",
        "the paper's list is not available, so FID values cannot agree exactly",
    ),
    (
        "Section 4.1.1, data",
        "one filter: at least three of the four types of garments",
        "two more: a full pose, and the completed garment is present",
        "ours: without joints there is no heat map, without the garment no hole and no truth",
    ),
    (
        "Section 4.1.1, data",
        "the joints of a full pose are not named",
        "the 13 joints from neck to ankles; faces may be turned away",
        "a pose without a limb has no heat map for it",
    ),
    (
        "Section 4.1.1, data",
        "the area from which a garment counts as present is not given",
        "from 0.1 % of all pixels (min_area)",
        "ignores specks of the parser",
    ),
)

#: Neck to ankles: the joints a full pose record must have. Faces may be turned away.
BODY_JOINTS = range(1, 14)


#: Parts of the split, as `split.json` names them.
PARTS = ("train", "test", "validation")


@dataclass(frozen=True)
class Selection:
    """Settings of a selection from the photographs of `root`. See DeepFashion for the fields."""

    root: Path
    parsing_labels: LabelSet
    required: tuple[str, ...]
    min_garments: int
    min_area: float
    test_count: int
    train_count: int | None
    validation_count: int
    split_seed: int
    cache: Path

    def digest(self) -> str:
        """Return a digest of the data and of every setting but the two paths."""
        settings = {k: v for k, v in asdict(self).items() if k not in ("root", "cache")}
        if not self.validation_count:  # keeps the digests of selections made before this setting existed
            del settings["validation_count"]
        text = json.dumps([fingerprint(self.root), settings], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class DeepFashionSplit:
    """Disjoint lists of photographs, and the folder that stores them."""

    train: list[Record]
    test: list[Record]
    validation: list[Record]
    folder: Path
    parsing_labels: LabelSet

    def mean_crops(self, resolution: Size) -> NDArray[np.uint8]:
        """Return the mean crop (4, H, W, 3) uint8 of each garment type over the training photographs that show it."""
        name = resolution if isinstance(resolution, int) else "x".join(map(str, resolution))
        path = self.folder / f"mean_crops_{name}.npy"
        try:
            return np.load(path)
        except (OSError, ValueError):
            means = _mean_crops(self.train, self.parsing_labels, resolution)
            write_file(path, means)
            return means


def select(selection: Selection) -> DeepFashionSplit:
    """Filter and split, or read the lists that an earlier call stored.

    Raises:
        DataError: the data set is missing, has broken files, or has too few usable photographs.
    """
    records = {record.name: record for record in read_partition(selection.root)}
    folder = selection.cache / selection.digest()
    path = folder / "split.json"
    try:
        kept = json.loads(path.read_text())
    except (OSError, ValueError):
        kept = _split(_usable(list(records.values()), selection), selection)
        write_file(path, json.dumps(kept, indent=1).encode())
    train, test, validation = ([records[name] for name in kept.get(part, [])] for part in PARTS)
    return DeepFashionSplit(train, test, validation, folder, selection.parsing_labels)


def _garments_if_usable(record: Record, selection: Selection) -> bool | str:
    """Return whether the filter keeps a record; the error message where it cannot be read."""
    try:
        sample = read_sample(record)
    except DataError as error:
        return str(error)
    classes = to_eight_classes(sample.parsing, selection.parsing_labels)
    areas = np.bincount(classes.ravel(), minlength=8) / classes.size
    present = {garment for garment in GARMENTS if areas[GARMENT_CLASS[garment]] >= selection.min_area}
    return (
        len(present) >= selection.min_garments
        and present.issuperset(selection.required)
        and bool(sample.keypoints[BODY_JOINTS, 2].all())
    )


def _usable(records: list[Record], selection: Selection) -> list[str]:
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda record: _garments_if_usable(record, selection), records))
    problems = [answer for answer in answers if isinstance(answer, str)]
    if problems:
        raise DataError(
            f"{selection.root}: {len(problems)} broken or missing files, the first is {problems[0]}; fix them or take "
            f"them off the list (`python cli.py data verify deepfashion --root {selection.root}` names all)"
        )
    return [record.name for record, answer in zip(records, answers, strict=True) if answer]


def _split(names: list[str], selection: Selection) -> dict[str, list[str]]:
    if selection.validation_count < 0:  # would give test photographs to training
        raise DataError(f"data.init_args.validation_count: {selection.validation_count}; give 0 or more")
    held_out = selection.test_count + selection.validation_count
    if len(names) <= held_out:
        what = f"{selection.test_count} for testing"
        keys = "data.init_args.test_count"
        if selection.validation_count:
            what += f", {selection.validation_count} for validation"
            keys += " or validation_count"
        raise DataError(
            f"{selection.root}: {len(names)} usable photographs cannot give {what} and some to train on; lower {keys} "
            "or point root at more data"
        )
    order = np.random.default_rng(selection.split_seed).permutation(len(names))
    # The test ones first, so that holding more out never changes them.
    parts = {
        "train": order[held_out:][: selection.train_count],
        "test": order[: selection.test_count],
        "validation": order[selection.test_count : held_out],
    }
    return {part: sorted(names[i] for i in chosen) for part, chosen in parts.items() if len(chosen) or part != PARTS[2]}


def _mean_crops(records: list[Record], labels: LabelSet, resolution: Size) -> NDArray[np.uint8]:
    total = np.zeros((len(GARMENTS), *height_width(resolution), 3))
    count = np.zeros(len(GARMENTS))
    for record in records:
        sample = read_sample(record)
        classes = to_eight_classes(sample.parsing, labels)
        for i, garment in enumerate(GARMENTS):
            mask = classes == GARMENT_CLASS[garment]
            if mask.any():
                total[i] += centred_crop(sample.image, mask, resolution, WHITE)
                count[i] += 1
    means = total / np.maximum(count, 1)[:, None, None, None]
    means[count == 0] = WHITE
    return np.rint(means).astype(np.uint8)
