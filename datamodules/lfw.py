"""Labeled Faces in the Wild for face verification: pairs of photographs of the same or of different people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset, default_collate

from common.errors import DataError
from datamodules.files import read_image
from datamodules.layouts.lfw import LANDMARKS, Pair, Photograph, fingerprint, folder_of, plain, read_pairs, read_points
from datamodules.loading import to_unit_range
from datamodules.preparation.alignment import Landmarks, align
from datamodules.preparation.crops import Box, square_crop
from datamodules.preparation.resizing import resize_image

#: Deviations from the thesis: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Section 4.4.4, verification on LFW",
        "the crop is not specified",
        "as FaceScrub's: by landmarks.csv to ArcFace's template; without it the middle, 1 / 2.2 of the side",
        "a recogniser needs faces framed as in its training; LFW enlarged its detector's box by 2.2",
    ),
    (
        "Section 4.4.4, verification on LFW",
        "people who are in FaceScrub, too, are not mentioned",
        "all pairs, unless `without` names people; in addition, the pairs without any person of the training set",
        "people of the training set are easier to tell apart; the pairs behind the printed number are not stated",
    ),
)

#: Side of LFW's photographs, as a multiple of its detector's box.
ENLARGED = 2.2


class PairDataset(Dataset[dict[str, Any]]):
    """Pairs of faces, as uint8; see `to_batch` for the floats.

    Args:
        pairs: in order.
        folder: of all people.
        points: landmarks of each photograph; empty to crop the middle of each.
        resolution: side R of every image.
        margin: extra space at either end; see LFW.
        keep_in_memory: keep every image once it is read.
    """

    def __init__(
        self,
        pairs: Sequence[Pair],
        folder: Path,
        points: dict[Photograph, Landmarks],
        resolution: int,
        margin: float,
        keep_in_memory: bool,
    ) -> None:
        self.pairs, self.folder, self.points = pairs, folder, points
        self.resolution, self.margin = resolution, margin
        self._kept: dict[Photograph, NDArray[np.uint8]] | None = {} if keep_in_memory else None

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> dict[str, Any]:
        pair = self.pairs[index]
        return {
            "first": self.face(pair.first),
            "second": self.face(pair.second),
            "same": pair.same,
            "fold": pair.fold,
            "index": index,
            "name": f"{pair.first.name} {pair.second.name}",
        }

    def face(self, photograph: Photograph) -> NDArray[np.uint8]:
        """Return the face (R, R, 3) of a photograph."""
        if self._kept is None:
            return self._crop_face(photograph)
        if photograph not in self._kept:
            self._kept[photograph] = self._crop_face(photograph)
        return self._kept[photograph]

    def _crop_face(self, photograph: Photograph) -> NDArray[np.uint8]:
        image = read_image(photograph.path(self.folder))
        if self.points:
            return align(image, self.points[photograph], self.resolution, self.margin)
        height, width = image.shape[:2]
        side = min(height, width) / ENLARGED
        box = Box((width - side) / 2, (height - side) / 2, side, side)
        return resize_image(square_crop(image, box, self.margin), self.resolution)


def to_batch(samples: list[dict[str, Any]]) -> dict[str, Any]:
    """Collate pairs into the batch of LFW's docstring."""
    batch: dict[str, Any] = default_collate(samples)
    batch["first"], batch["second"] = to_unit_range(batch["first"]), to_unit_range(batch["second"])
    batch["same"] = batch["same"].to(torch.bool)
    return batch


class LFW(pl.LightningDataModule):
    """Labeled Faces in the Wild, View 2: 6,000 pairs in ten folds, half of them of the same person.

    Source: image synthesis thesis, section 4.4.4: recognisers are compared by tenfold cross-validation on these pairs.
    It is used for testing only.

    Batch (B samples, R = resolution):

    | key | shape | content |
    |---|---|---|
    | first | (B, 3, R, R) float32 in [-1, 1] | a face, RGB |
    | second | (B, 3, R, R) float32 in [-1, 1] | the face it is compared with |
    | same | (B,) bool {0, 1} | whether both are the same person |
    | fold | (B,) int64 in 0..9 | the pair's fold |
    | index | (B,) int64 | position in the list of all used pairs |
    | name | list of str | the names of both photographs: Aaron_Eckhart_0001 Adam_Scott_0002 |

    Args:
        root: folder in the layout of datamodules.layouts.lfw.
        resolution: side R of every image, in pixels.
        batch_size: pairs a batch.
        workers: loader processes; does not change what is loaded.
        keep_in_memory: keep every image once it is read.
        margin: extra space at either end of the template or the middle, as a share of it; give the value that the
            recogniser was trained with.
        without: people whose pairs are left out, as LFW writes their names; see
            datamodules.layouts.lfw.overlapping_people.

    Attributes (after `setup`):
        pairs: the used pairs, in the list's order.

    Raises:
        DataError: the data set is missing, broken or too small; one line, naming the file or the key and the fix.
    """

    data_sets: ClassVar = {"root": "lfw"}

    def __init__(
        self,
        root: str,
        resolution: int = 128,
        batch_size: int = 128,
        workers: int = 0,
        keep_in_memory: bool = False,
        margin: float = 0.0,
        without: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.root, self.resolution, self.batch_size, self.workers = Path(root), resolution, batch_size, workers
        self.keep_in_memory, self.margin, self.without = keep_in_memory, margin, frozenset(without)
        self.pairs: list[Pair] = []
        if margin < 0:
            raise DataError(f"data.init_args.margin: {margin}; give 0 or more")

    def fingerprint(self) -> str:
        """Return a digest of the data set's files; see datamodules.layouts.lfw."""
        return fingerprint(self.root)

    def setup(self, stage: str) -> None:
        if self.pairs:
            return
        all_pairs = read_pairs(self.root)
        pairs = [pair for pair in all_pairs if self.without.isdisjoint({pair.first.person, pair.second.person})]
        folds = {pair.fold for pair in all_pairs}
        for fold in sorted(folds):
            kinds = {pair.same for pair in pairs if pair.fold == fold}
            if kinds != {True, False}:
                raise DataError(
                    f"{self.root}: fold {fold + 1} has no pairs of both kinds left; name fewer people in "
                    "data.init_args.without"
                )
        points, faults = read_points(self.root)
        folder = folder_of(self.root, pairs[0].first.person)
        faults += [fault for pair in pairs for p in (pair.first, pair.second) if (fault := _absent(p, folder, points))]
        if faults:
            raise DataError(
                f"{self.root}: {len(set(faults))} faults, the first is {faults[0]} "
                f"(`python cli.py data verify lfw --root {self.root}` names all)"
            )
        self.dataset = PairDataset(pairs, folder, points, self.resolution, self.margin, self.keep_in_memory)
        self.pairs = pairs

    def showing(self, people: Iterable[str]) -> list[int]:
        """Return the positions of the pairs with one of these people; names compare as in `overlapping_people`."""
        names = {plain(person) for person in people}
        return [i for i, pair in enumerate(self.pairs) if names & {plain(pair.first.person), plain(pair.second.person)}]

    def test_dataloader(self) -> DataLoader[dict[str, Any]]:
        """Return the loader of all pairs, in order."""
        return DataLoader(self.dataset, self.batch_size, num_workers=self.workers, collate_fn=to_batch)

    def predict_dataloader(self) -> DataLoader[dict[str, Any]]:
        """Return the loader of `test_dataloader`."""
        return self.test_dataloader()


def _absent(photograph: Photograph, folder: Path, points: dict[Photograph, Landmarks]) -> str | None:
    path = photograph.path(folder)
    if not path.is_file():
        return f"{path}: missing"
    return f"{path}: has no line in {LANDMARKS}" if points and photograph not in points else None
