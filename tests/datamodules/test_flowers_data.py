"""The data module of the flowers: its batch, crops and splits, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from support.flowers_folder import COLOURS, write_flowers

from common.errors import DataError
from datamodules import Flowers102
from datamodules.synthetic.flowers.flowers import synthesize_flowers

LABELS = [1, 2, 3, 4] * 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    # Of each kind, photographs 1 and 2 are for training, 3 for validation and 4 for testing.
    parts = {"trnid": [*range(1, 9)], "valid": [*range(9, 13)], "tstid": [*range(13, 17)]}
    return write_flowers(tmp_path_factory.mktemp("flowers"), LABELS, parts)


def module(folder, **changes):
    data = Flowers102(str(folder), **{"resolution": 32, "batch_size": 4, **changes})
    data.setup("fit")
    return data


def test_the_batch_is_what_the_docstring_says(folder):
    data = module(folder)
    batch = next(iter(data.train_dataloader()))
    assert set(batch) == {"image", "label", "index", "name"}
    assert batch["image"].shape == (4, 3, 32, 32) and batch["image"].dtype == torch.float32
    assert -1 <= batch["image"].min() < batch["image"].max() <= 1
    assert batch["label"].dtype == batch["index"].dtype == torch.int64
    for index, label, name in zip(batch["index"].tolist(), batch["label"].tolist(), batch["name"], strict=True):
        assert name == f"image_{index + 1:05d}.jpg"
        assert label == LABELS[index] - 1


def test_the_flower_fills_its_crop_and_has_the_colour_of_its_label(folder):
    data = module(folder)
    for batch in data.train_dataloader():
        pixels = ((batch["image"].permute(0, 2, 3, 1).numpy() + 1) * 127.5).round()
        for image, label in zip(pixels, batch["label"].tolist(), strict=True):
            near = np.abs(image - COLOURS[label]).max(axis=2) < 60
            # A disc with a margin of 0.1 of its diameter at either end.
            assert near.mean() == pytest.approx(np.pi / 4 / 1.2**2, abs=0.08)
            assert near[16, 16] and not near[0, 0]


def test_without_the_crop_the_middle_of_the_photograph_is_shown(folder, tmp_path):
    whole = next(iter(module(folder, crop="none").test_dataloader()))["image"]
    green = (whole[:, 1] > whole[:, 0] - 0.2) & (whole[:, 2] < 0)
    assert green[:, :, 20:].all()  # the disc is at the left
    write_flowers(tmp_path, LABELS)
    for path in (tmp_path / "segmim").iterdir():
        path.unlink()
    assert len(module(tmp_path, crop="none").images) == 16


def test_a_share_of_each_kind_is_held_out_unless_the_official_split_is_asked_for(folder):
    data = module(folder)
    assert sorted([*data.train, *data.test]) == list(range(16))
    assert sorted(data.images[i].label for i in data.test) == [0, 1, 2, 3]
    assert module(folder, test_share=0.0).train == list(range(16))
    official = module(folder, split="official")
    assert official.train == list(range(12))
    assert official.test == [12, 13, 14, 15]
    batch = next(iter(official.test_dataloader()))
    assert batch["name"] == [f"image_{number:05d}.jpg" for number in range(13, 17)]


def test_validation_images_are_of_every_kind_and_not_trained_on(folder):
    data = module(folder, validation_count=4)
    held_out = [label for batch in data.validation_dataloader() for label in batch["label"].tolist()]
    assert sorted(held_out) == [0, 1, 2, 3]
    assert not set(data.train) & set(data.validation) and len(data.train) == 8
    assert not set(data.test) & {*data.train, *data.validation}
    assert module(folder).validation_dataloader() is None


def test_some_classes_can_be_used_alone(folder):
    data = module(folder, classes=2)
    assert (data.class_count, data.class_names) == (2, ["class 1", "class 3"])
    assert {image.number % 4 for image in data.images} == {1, 3}
    assert {label for batch in data.train_dataloader() for label in batch["label"].tolist()} == {0, 1}
    with pytest.raises(DataError, match=r"has 4 classes; data\.init_args\.classes: 5"):
        module(folder, classes=5)


def test_the_official_classes_have_english_names(tmp_path):
    write_flowers(tmp_path, list(range(1, 103)))
    names = module(tmp_path).class_names
    assert len(names) == len(set(names)) == 102
    assert names[0] == "pink primrose" and "sunflower" in names


def test_names_may_be_given(folder, tmp_path):
    write_flowers(tmp_path, LABELS)
    path = tmp_path / "cat_to_name.json"
    path.write_text('{"1": "daisy", "3": "Rosée du soleil"}', encoding="utf-8")
    assert module(tmp_path).class_names == ["daisy", "class 2", "Rosée du soleil", "class 4"]
    path.write_text("[]")
    with pytest.raises(DataError, match=r"cat_to_name\.json: is no list of names by class"):
        module(tmp_path)


def test_what_is_missing_stops_training_in_one_line(tmp_path):
    write_flowers(tmp_path, LABELS)
    (tmp_path / "segmim/segmim_00003.jpg").unlink()
    (tmp_path / "segmim/segmim_00005.jpg").unlink()
    with pytest.raises(
        DataError, match=r"2 files are missing, the first is .*segmim_00003\.jpg; .*crop: none"
    ) as caught:
        module(tmp_path)
    assert f"data verify flowers --root {tmp_path}" in str(caught.value)
    assert "\n" not in str(caught.value)
    (tmp_path / "jpg/image_00003.jpg").unlink()
    with pytest.raises(DataError, match=r"1 files are missing, the first is .*image_00003\.jpg; fetch them \("):
        module(tmp_path, crop="none")


def test_a_broken_photograph_is_named_when_it_is_read(tmp_path):
    write_flowers(tmp_path, LABELS)
    path = tmp_path / "jpg/image_00016.jpg"
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(DataError, match=r"image_00016\.jpg: unreadable"):
        list(module(tmp_path, split="official").test_dataloader())


def test_too_little_data_and_odd_settings_are_said_with_their_keys(folder):
    with pytest.raises(DataError, match="batch_size"):
        module(folder, batch_size=32)
    with pytest.raises(DataError, match=r"data\.init_args\.margin: -1"):
        module(folder, margin=-1)


def test_the_same_data_whether_kept_or_loaded_by_workers(folder):
    plain = list(module(folder, flip=True).train_dataloader())
    for other in (module(folder, flip=True, workers=2), module(folder, flip=True, keep_in_memory=True)):
        again = list(other.train_dataloader())
        assert [b["name"] for b in plain] == [b["name"] for b in again]
        assert all(torch.equal(a["image"], b["image"]) for a, b in zip(plain, again, strict=True))


def test_the_stand_in_goes_through_the_same_reader(tmp_path):
    root = synthesize_flowers(tmp_path / "drawn", 24)
    data = module(root, split="official", batch_size=8)
    assert data.class_count == 20 and "sunflower" in data.class_names
    batch = next(iter(data.train_dataloader()))
    assert batch["image"].shape == (8, 3, 32, 32)
    assert batch["image"].std() > 0.2
