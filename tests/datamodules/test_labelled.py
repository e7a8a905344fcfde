"""What data modules of classes have in common: who is held out, mirroring, positions, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from common.errors import DataError
from datamodules.augmentation import Augmentation, Augmenter, Targets
from datamodules.labelled import LabelledImages, Reader, hold_out, spread_over_classes
from datamodules.loading import Position, mix

SIDE = 8


@dataclass(frozen=True)
class Drawn:
    name: str
    label: int


def read(reads: list[str], image: Drawn) -> np.ndarray:
    """The left half is black, the right half the image's number."""
    reads.append(image.name)
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    pixels[:, SIDE // 2 :] = int(image.name.split("-")[1])
    return pixels


class Set(LabelledImages):
    """Three classes of 10, 20 and 30 images."""

    def __init__(self, sizes: Sequence[int] = (10, 20, 30), **changes: Any) -> None:
        settings: dict[str, Any] = {
            "root": "set", "resolution": SIDE, "batch_size": 4, "classes": None, "workers": 0, "keep_in_memory": False,
            "flip": False, "test_share": 0.1, "validation_count": 0,
        }  # fmt: skip
        super().__init__(**{**settings, **changes})
        self.sizes, self.reads = sizes, []  # type: ignore[var-annotated]

    def fingerprint(self) -> str:
        return "set"

    def list_images(self) -> tuple[list[str], list[Drawn]]:
        images = [Drawn(f"{label}-{i + 1}", label) for label, size in enumerate(self.sizes) for i in range(size)]
        return [f"class {label}" for label in range(len(self.sizes))], images

    def reader(self) -> Reader:
        return partial(read, self.reads)


def module(**changes: Any) -> Set:
    data = Set(**changes)
    data.setup("fit")
    return data


def labels(data: Set, part: list[int]) -> list[int]:
    return [sum(data.images[i].label == label for i in part) for label in range(data.class_count)]


def test_a_share_of_each_class_is_held_out() -> None:
    data = module()
    assert labels(data, data.test) == [1, 2, 3]
    assert sorted([*data.train, *data.test]) == list(range(60)) and data.validation == []
    assert data.class_names == ["class 0", "class 1", "class 2"] and data.class_count == 3


def test_who_is_held_out_follows_from_names_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {module().images[i].name for i in module().test}
    monkeypatch.setenv("PL_GLOBAL_SEED", "7")
    again = module()
    assert {again.images[i].name for i in again.test} == names
    turned = [Drawn(p.name, p.label) for p in again.images][::-1]
    assert {turned[i].name for i in hold_out(turned, range(60), 0.1)} == names


def test_a_class_of_two_gives_one_and_a_class_of_one_none() -> None:
    images = [Drawn("0-1", 0), Drawn("1-1", 1), Drawn("1-2", 1)]
    (held_out,) = hold_out(images, range(3), 0.1)
    assert images[held_out].label == 1
    assert hold_out(images, range(3), 0.9) == [held_out]  # one stays to train on
    assert hold_out(images, range(3), 0) == []


def test_validation_is_spread_over_the_classes_and_leaves_testing_alone() -> None:
    plain, data = module(), module(validation_count=9)
    assert labels(data, data.validation) == [3, 3, 3]
    assert data.test == plain.test
    assert sorted([*data.train, *data.validation]) == plain.train
    assert labels(module(validation_count=40), module(validation_count=40).validation) == [9, 15, 16]
    assert spread_over_classes(data.images, data.train, 0) == []
    assert module().validation_dataloader() is None


def test_a_batch_has_positions_in_all_images() -> None:
    data = module(validation_count=6)
    for loader in (data.train_dataloader(), data.test_dataloader(), data.validation_dataloader()):
        assert loader is not None
        for batch in loader:
            images = [data.images[i] for i in batch["index"]]
            assert batch["name"] == [p.name for p in images] and batch["label"].tolist() == [p.label for p in images]
            assert batch["image"].shape[1:] == (3, SIDE, SIDE) and batch["image"].dtype == torch.float32
            numbers = [int(p.name.split("-")[1]) / 127.5 - 1 for p in images]
            assert batch["image"][:, 0, 0, -1].tolist() == pytest.approx(numbers, abs=1e-6)
            assert (batch["image"][:, :, :, 0] == -1).all()
    assert [i for batch in data.test_dataloader() for i in batch["index"].tolist()] == data.test


def test_mirroring_depends_on_seed_epoch_and_index_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def mirrored(data: Set, epochs: int = 2) -> list[dict[int, bool]]:
        loader, found = data.train_dataloader(), []
        for _ in range(epochs):
            epoch = {}
            for batch in loader:
                epoch |= dict(zip(batch["index"].tolist(), (batch["image"][:, 0, 0, 0] > -1).tolist(), strict=True))
            found.append(epoch)
        return found

    first, second = mirrored(module(flip=True, batch_size=9))
    assert 10 < sum(first.values()) < 44 and first != second  # of 54
    assert mirrored(module(flip=True, batch_size=6)) == [first, second]  # 54 = 6 * 9
    assert not any(value for epoch in mirrored(module()) for value in epoch.values())
    held_out = module(flip=True, test_share=0.5).test_dataloader()
    assert all((batch["image"][:, :, :, 0] == -1).all() for batch in held_out)
    monkeypatch.setenv("PL_GLOBAL_SEED", "3")
    assert mirrored(module(flip=True, batch_size=9)) != [first, second]


AUGMENTATION = Augmentation(flip=0.5, shift=0.2, rotate=20, brightness=0.3)


def seen(data: Set, epochs: int = 2) -> list[dict[int, bytes]]:
    """Each epoch's training images by their place in the list."""
    loader, found = data.train_dataloader(), []
    for _ in range(epochs):
        epoch = {}
        for batch in loader:
            epoch |= {int(i): x.numpy().tobytes() for i, x in zip(batch["index"], batch["image"], strict=True)}
        found.append(epoch)
    return found


def test_augmentation_depends_on_seed_epoch_and_index_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, augmented = seen(module(batch_size=9)), seen(module(batch_size=9, augmentation=AUGMENTATION))
    assert [sorted(epoch) for epoch in augmented] == [sorted(epoch) for epoch in plain]
    assert sum(augmented[0][i] != augmented[1][i] for i in augmented[0]) > 30  # of 54
    assert sum(augmented[0][i] != plain[0][i] for i in augmented[0]) > 30
    assert seen(module(batch_size=6, augmentation=AUGMENTATION)) == augmented
    assert seen(module(batch_size=9, augmentation=AUGMENTATION, workers=2)) == augmented
    assert seen(module(batch_size=9, augmentation=AUGMENTATION, keep_in_memory=True)) == augmented  # kept as read
    monkeypatch.setenv("PL_GLOBAL_SEED", "3")
    assert seen(module(batch_size=9, augmentation=AUGMENTATION)) != augmented


def test_only_training_images_are_augmented() -> None:
    changes: dict[str, Any] = {"test_share": 0.5, "validation_count": 6}
    plain, data = module(**changes), module(**changes, augmentation=AUGMENTATION)
    for ours, theirs in (
        (data.test_dataloader(), plain.test_dataloader()),
        (data.validation_dataloader(), plain.validation_dataloader()),
        (data.in_order(data.train), plain.in_order(plain.train)),
    ):
        assert ours is not None and theirs is not None
        for one, other in zip(ours, theirs, strict=True):
            assert torch.equal(one["image"], other["image"])


def test_a_sample_is_mirrored_as_without_augmentation_and_augmented_by_a_seed_of_its_own() -> None:
    settings = Augmentation(rotate=20, brightness=0.3)
    data, augmenter, mirrored = module(flip=True, augmentation=settings), Augmenter(settings), 0
    for position in range(0, 54, 5):
        seed = mix(0, 1, position)  # run 0, epoch 1
        sample = data.dataset(data.train, True, settings)[Position(position, seed)]
        before = data.dataset(data.train, True)[Position(position, seed)]["image"]
        assert np.array_equal(sample["image"], augmenter(Targets(before), mix(seed, 1)).image)
        mirrored += int(before[0, 0, 0] > 0)
    assert 2 < mirrored < 9


def test_images_are_read_once_when_kept() -> None:
    def reads(keep: bool) -> list[str]:
        data = module(keep_in_memory=keep)
        for _ in range(2):
            list(data.test_dataloader())
        return data.reads

    assert len(reads(False)) == 12 and len(reads(True)) == 6


def test_classes_are_spread_evenly_over_the_official_order_and_numbered_anew() -> None:
    data = module(classes=2, batch_size=2, sizes=(10, 20, 30, 40))
    assert data.class_names == ["class 0", "class 2"] and data.class_count == 2
    assert [(p.name, p.label) for p in data.images] == [
        *((f"0-{i}", 0) for i in range(1, 11)),
        *((f"2-{i}", 1) for i in range(1, 31)),
    ]
    assert {label for batch in data.train_dataloader() for label in batch["label"].tolist()} == {0, 1}


def test_attributes_are_read_when_asked_for_and_nobody_has_any_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert module().attributes is module().attribute_names is None
    asked: list[int] = []

    def read_attributes(data: Set) -> tuple[list[str], np.ndarray]:
        asked.append(len(data.images))
        return ["smiles"], np.zeros((len(data.images), 1), np.int64)

    monkeypatch.setattr(Set, "read_attributes", read_attributes)
    data = module()
    list(data.train_dataloader())
    assert asked == []
    assert data.attribute_names == ["smiles"] and data.attributes is data.attributes is not None
    assert asked == [60]


def test_some_classes_have_the_held_out_images_that_they_always_have() -> None:
    data = module(classes=2, batch_size=2)
    assert data.class_names == ["class 0", "class 1"] and len(data.images) == 30
    assert {data.images[i].label for i in data.train} == {0, 1}
    whole = module()
    assert [data.images[i].name for i in data.test] == [whole.images[i].name for i in whole.test][:3]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"classes": 4}, "set: has 3 classes; data.init_args.classes: 4"),
        ({"classes": 0}, "data.init_args.classes: 0"),
        ({"batch_size": 55}, "set: 54 images to train on are fewer than one batch of 55; lower data.init_args.batch"),
        ({"validation_count": 52}, "2 images to train on"),
        ({"test_share": 1.0}, "data.init_args.test_share: 1.0"),
        ({"validation_count": -1}, "data.init_args.validation_count: -1"),
        ({"flip": True, "augmentation": Augmentation(flip=0.5)}, "data.init_args.flip: augmentation.flip mirrors alr"),
    ],
)
def test_what_cannot_be_is_refused_with_the_key(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError) as caught:
        module(**changes)
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("changes", [{"flip": True}, {"augmentation": AUGMENTATION}], ids=["flip", "augmentation"])
def test_a_resumed_module_goes_on_where_it_was(changes: dict[str, Any]) -> None:
    data = module(**changes)
    batches = iter(data.train_dataloader())
    next(batches)
    again = module(**changes)
    again.load_state_dict(data.state_dict())
    expected, got = next(batches), next(iter(again.train_dataloader()))
    assert torch.equal(expected["image"], got["image"]) and expected["name"] == got["name"]


def test_an_image_of_the_user_s_is_the_middle_square_resized(tmp_path: Path) -> None:
    pixels = np.zeros((2 * SIDE, 3 * SIDE, 3), np.uint8)
    pixels[:, SIDE // 2 : SIDE // 2 + SIDE] = (255, 0, 0)  # the left half of the middle square
    pixels[:, SIDE // 2 + SIDE : -SIDE // 2] = (0, 0, 255)
    Image.fromarray(pixels).save(tmp_path / "mine.png")
    image = Set().prepare_image(tmp_path / "mine.png")
    assert image.shape == (3, SIDE, SIDE) and image.dtype == torch.float32
    assert image[:, :, : SIDE // 2].flatten(1).unique(dim=1).tolist() == [[1.0], [-1.0], [-1.0]]
    assert image[:, :, SIDE // 2 :].flatten(1).unique(dim=1).tolist() == [[-1.0], [-1.0], [1.0]]


def test_an_image_of_the_user_s_may_be_as_small_as_the_data_s_and_no_smaller(tmp_path: Path) -> None:
    for size in ((SIDE, SIDE), (SIDE - 1, 40)):
        Image.new("RGB", size).save(tmp_path / f"{size[0]}.png")
    assert Set().prepare_image(tmp_path / f"{SIDE}.png").shape == (3, SIDE, SIDE)
    with pytest.raises(DataError, match=r"7\.png: 7 x 40 pixels are too few; give an image of at least 8 x 8"):
        Set().prepare_image(tmp_path / f"{SIDE - 1}.png")
    with pytest.raises(DataError, match=r"none\.png: missing"):
        Set().prepare_image(tmp_path / "none.png")
