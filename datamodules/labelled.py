"""Class-labelled images: the common part of the data modules of label-conditioned synthesis."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, from_numpy
from torch.utils.data import DataLoader, Dataset, default_collate

from common.errors import DataError
from common.spacing import evenly_spaced
from datamodules.augmentation import Augmentation, Augmenter, Targets
from datamodules.files import read_large_image
from datamodules.loading import EpochSampler, Position, ResumableData, ResumableLoader, mix, to_unit_range
from datamodules.preparation.crops import centre_square, square_crop
from datamodules.preparation.resizing import resize_image

Pixels = NDArray[np.uint8]

_AUGMENTATION = 1  # tells the seed of a sample's augmentation from that of its mirroring


class Labelled(Protocol):
    """A class-labelled image, a dataclass: `name` is the official one, unique in the data set; labels count from 0."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> int: ...


#: Reads an image of the list as (R, R, 3) uint8 RGB. Loader processes get a copy of it: no lambda, no bound method.
Reader = Callable[[Any], Pixels]


class LabelledDataset(Dataset[dict[str, Any]]):
    """A subset of a list of images, as uint8; see `to_batch` for the floats.

    Args:
        images: all used images.
        part: positions in `images` of this subset, in its order.
        read: returns an image's pixels.
        flip: mirror half of the images, decided by the sample's own seed.
        kept: cache of pixels by position; None to read them each time.
        augmentation: random changes of each image, decided by the sample's own seed; None for none.
    """

    def __init__(
        self,
        images: Sequence[Labelled],
        part: Sequence[int],
        read: Reader,
        flip: bool,
        kept: dict[int, Pixels] | None,
        augmentation: Augmentation | None = None,
    ) -> None:
        self.images, self.part, self.read, self.flip, self.kept = images, part, read, flip, kept
        self.augmenter = None if augmentation is None else Augmenter(augmentation)

    def __len__(self) -> int:
        return len(self.part)

    def __getitem__(self, position: Position) -> dict[str, Any]:
        index = self.part[position.index]
        image, pixels = self.images[index], self._pixels(index)
        if self.flip and np.random.default_rng(position.seed).random() < 0.5:
            pixels = np.ascontiguousarray(pixels[:, ::-1])
        if self.augmenter is not None:
            pixels = self.augmenter(Targets(pixels), mix(position.seed, _AUGMENTATION)).image
        return {"image": pixels, "label": image.label, "index": index, "name": image.name}

    def _pixels(self, index: int) -> Pixels:
        if self.kept is None:
            return self.read(self.images[index])
        if index not in self.kept:
            self.kept[index] = self.read(self.images[index])
        return self.kept[index]


def to_batch(samples: list[dict[str, Any]]) -> dict[str, Any]:
    """Collate samples: image (B, 3, R, R) float32 in [-1, 1], label and index (B,) int64, name a list of str."""
    batch: dict[str, Any] = default_collate(samples)
    batch["image"] = to_unit_range(batch["image"])
    return batch


def hold_out(images: Sequence[Labelled], candidates: Sequence[int], share: float) -> list[int]:
    """Return the positions of a fixed share of each class's images, in order; at least one where a class has two.

    The choice follows from the names alone, whatever the seed and whatever other images there are.
    """
    if share == 0:
        return []
    ranks = _ranks(images, candidates)
    sizes: dict[int, int] = {}
    for i in candidates:
        sizes[images[i].label] = sizes.get(images[i].label, 0) + 1
    wanted = {label: min(max(int(share * size + 0.5), 1), size - 1) for label, size in sizes.items()}
    return [i for i in candidates if ranks[i] < wanted[images[i].label]]


def spread_over_classes(images: Sequence[Labelled], candidates: Sequence[int], count: int) -> list[int]:
    """Return the positions of `count` images, as evenly over the classes as possible, chosen by name as `hold_out`."""
    ranks = _ranks(images, candidates)
    chosen = sorted(candidates, key=lambda i: (ranks[i], _key(images[i])))[:count]
    return sorted(chosen)


def _key(image: Labelled) -> bytes:
    return hashlib.sha256(image.name.encode()).digest()


def _ranks(images: Sequence[Labelled], candidates: Sequence[int]) -> dict[int, int]:
    """Rank each image within its class, by the digest of its name."""
    seen: dict[int, int] = {}
    ranks = {}
    for i in sorted(candidates, key=lambda i: _key(images[i])):
        label = images[i].label
        ranks[i] = seen[label] = seen.get(label, -1) + 1
    return ranks


class LabelledImages(ResumableData):
    """A data set of class-labelled images. A subclass lists the images and says how one is read.

    Args:
        root: folder of the data set.
        resolution: side R of every image, in pixels.
        batch_size: samples a batch.
        classes: use only so many classes, spread evenly over the official order (whose first ones are all actors, or
            albatrosses), and number them anew; None for all.
        workers: loader processes; does not change what is loaded.
        keep_in_memory: keep every image once it is read (for small sets).
        flip: mirror half of the training images, decided by (seed, epoch, index).
        test_share: share of each class's images held out for testing, unless the data set uses an official split.
        validation_count: training images held out for the choice of weights, spread evenly over the classes.
        augmentation: random changes of training images, by (seed, epoch, index); None for none.

    Attributes (after `setup`):
        class_names: in the order of the labels.
        class_count: how many.
        images: all used images; a batch's `index` is a position in it.
        attributes, attribute_names: attributes of `images`, (N, A) int64, and the names of the columns; both None
            where the data set has none.
        train, validation, test: positions in `images`.

    Raises:
        DataError: the data set is missing, broken or too small; one line, naming the file or the key and the fix.
    """

    def __init__(
        self,
        root: str,
        resolution: int,
        batch_size: int,
        classes: int | None,
        workers: int,
        keep_in_memory: bool,
        flip: bool,
        test_share: float,
        validation_count: int,
        augmentation: Augmentation | None = None,
    ) -> None:
        super().__init__()
        self.root, self.resolution, self.batch_size, self.classes = Path(root), resolution, batch_size, classes
        self.workers, self.flip, self.test_share, self.validation_count = workers, flip, test_share, validation_count
        self.augmentation = augmentation
        self.class_names: list[str] = []
        self.class_count = 0
        self.images: Sequence[Labelled] = []
        self.train: list[int] = []
        self.validation: list[int] = []
        self.test: list[int] = []
        self.requested: list[DataLoader[Any]] = []
        self._kept: dict[int, Pixels] | None = {} if keep_in_memory else None
        if not 0 <= test_share < 1:
            raise DataError(f"data.init_args.test_share: {test_share}; give 0 or more and less than 1")
        if validation_count < 0:
            raise DataError(f"data.init_args.validation_count: {validation_count}; give 0 or more")
        if flip and augmentation is not None and augmentation.flip:
            raise DataError("data.init_args.flip: augmentation.flip mirrors already; leave one of them out")

    @abstractmethod
    def fingerprint(self) -> str:
        """A digest of the data set's files."""

    @abstractmethod
    def list_images(self) -> tuple[list[str], Sequence[Labelled]]:
        """Return the names of all classes and every usable image, both in the official order."""

    @abstractmethod
    def reader(self) -> Reader:
        """Return the function that reads an image of `list_images` at this module's resolution."""

    def train_test_split(self) -> tuple[list[int], list[int]]:
        """Return the positions for training and for testing: by `test_share`, or a subclass's official split."""
        everything = range(len(self.images))
        test = set(hold_out(self.images, everything, self.test_share))
        return [i for i in everything if i not in test], sorted(test)

    def read_attributes(self) -> tuple[list[str], NDArray[np.int64]] | None:
        """Return the names of the attributes and their values (N, A) for `images`; None where there are none."""
        return None

    @cached_property
    def _description(self) -> tuple[list[str], NDArray[np.int64]] | None:
        return self.read_attributes()  # lazily: training does not need them

    @property
    def attribute_names(self) -> list[str] | None:
        """Names of the columns of `attributes`."""
        return None if self._description is None else self._description[0]

    @property
    def attributes(self) -> NDArray[np.int64] | None:
        """Attributes (N, A) of `images`; None where the data set has none."""
        return None if self._description is None else self._description[1]

    def prepare_image(self, path: Path) -> Tensor:
        """Return an image file of the user's, (3, R, R) float32 in [-1, 1]: the middle square, resized as all images.

        The object must be in the middle as in the data set's crops: no landmarks, box or segmentation is known of it.

        Raises:
            DataError: missing, broken, or smaller than R x R.
        """
        image = read_large_image(path, self.resolution)
        return to_unit_range(from_numpy(resize_image(square_crop(image, centre_square(image.shape)), self.resolution)))

    def setup(self, stage: str) -> None:
        if self.images:
            return
        names, images = self.list_images()
        if self.classes is not None:
            if not 1 <= self.classes <= len(names):
                raise DataError(
                    f"{self.root}: has {len(names)} classes; data.init_args.classes: {self.classes} is not 1.."
                )
            chosen = {official: label for label, official in enumerate(evenly_spaced(range(len(names)), self.classes))}
            names = [names[official] for official in chosen]
            images = [replace(p, label=chosen[p.label]) for p in images if p.label in chosen]
        self.class_names, self.class_count, self.images = names, len(names), images
        train, self.test = self.train_test_split()
        self.validation = spread_over_classes(images, train, self.validation_count)
        held_out = set(self.validation)
        self.train = [i for i in train if i not in held_out]
        if len(self.train) < self.batch_size:
            raise DataError(
                f"{self.root}: {len(self.train)} images to train on are fewer than one batch of {self.batch_size}; "
                "lower data.init_args.batch_size, test_share or validation_count, or point root at more data"
            )

    def dataset(
        self, part: Sequence[int], flip: bool = False, augmentation: Augmentation | None = None
    ) -> LabelledDataset:
        """Return the data set of the images at these positions."""
        return LabelledDataset(self.images, part, self.reader(), flip, self._kept, augmentation)

    def train_dataloader(self) -> ResumableLoader:
        loader = ResumableLoader(
            self.dataset(self.train, self.flip, self.augmentation),
            batch_size=self.batch_size,
            sampler=EpochSampler(len(self.train), self.run_seed),
            num_workers=self.workers,
            collate_fn=to_batch,
            drop_last=True,
            persistent_workers=self.workers > 0,
        )
        return self.resume_loader(loader)

    def test_dataloader(self) -> Any:
        """Return the loader of the held-out images, in order; a list with those in `requested` after it, if any.

        An evaluator puts the other inputs of its test there, such as requests for generated images.
        """
        held_out = self.in_order(self.test)
        return [held_out, *self.requested] if self.requested else held_out

    def validation_dataloader(self) -> DataLoader[dict[str, Any]] | None:
        """Return the loader of the images held out by `validation_count`; None without. See DeepFashion's."""
        return self.in_order(self.validation) if self.validation else None

    def in_order(self, part: Sequence[int]) -> DataLoader[dict[str, Any]]:
        """Return a loader of the images at these positions, in their order and never augmented."""
        return DataLoader(
            self.dataset(part),
            batch_size=self.batch_size,
            sampler=EpochSampler(len(part), 0, shuffle=False),
            num_workers=self.workers,
            collate_fn=to_batch,
        )
