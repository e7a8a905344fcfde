"""The data module of the birds: its batch, crops and splits, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from support.cub_folder import COLOURS, edit_line, write_attributes, write_cub, write_list

from common.errors import DataError
from datamodules import CUB200
from datamodules.layouts.cub import read_records
from datamodules.synthetic.birds.cub import synthesize_cub


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_cub(tmp_path_factory.mktemp("birds"))


def module(folder, **changes):
    data = CUB200(str(folder), **{"resolution": 30, "batch_size": 4, **changes})
    data.setup("fit")
    return data


def test_the_batch_is_what_the_docstring_says(folder):
    data = module(folder)
    batch = next(iter(data.train_dataloader()))
    assert set(batch) == {"image", "label", "index", "name"}
    assert batch["image"].shape == (4, 3, 30, 30) and batch["image"].dtype == torch.float32
    assert -1 <= batch["image"].min() < batch["image"].max() <= 1
    assert batch["label"].dtype == batch["index"].dtype == torch.int64
    names = [record.name for record in read_records(folder)]
    assert batch["name"] == [names[i] for i in batch["index"].tolist()]
    assert data.class_names == ["Black footed Albatross", "Laysan Albatross", "Sooty Albatross"]


def test_the_crop_is_a_square_around_the_box(folder):
    data = module(folder, margin=0.0)
    batch = next(iter(data.in_order([0, 4, 8])))
    pixels = ((batch["image"].permute(0, 2, 3, 1).numpy() + 1) * 127.5).round()
    for image, colour in zip(pixels, COLOURS, strict=True):
        near = np.abs(image - colour).max(axis=2) < 40
        # The box is 30 x 20: it fills the width and the middle two thirds of the height.
        assert near[6:24, 1:29].all() and not near[:4].any() and not near[26:].any()
    wide = next(iter(module(folder, margin=0.25).in_order([0])))["image"][0, 0] > 0.3
    assert wide.float().mean() == pytest.approx(2 / 3 / 1.5**2, abs=0.05)


def test_grey_photographs_have_three_channels(folder):
    image = next(iter(module(folder).in_order([3])))["image"]
    assert image.shape == (1, 3, 30, 30)
    assert torch.equal(image[:, 0], image[:, 2])


def test_without_the_crop_the_middle_of_the_photograph_is_shown(folder):
    image = next(iter(module(folder, crop="none", resolution=50).in_order([0])))["image"][0]
    reds = (image[0] > 0.3).nonzero()
    assert reds.min(0).values.tolist() == pytest.approx([10, 5], abs=1)
    assert reds.max(0).values.tolist() == pytest.approx([29, 34], abs=1)


def test_a_share_of_each_kind_is_held_out_unless_the_official_split_is_asked_for(folder):
    data = module(folder)
    assert sorted([*data.train, *data.test]) == list(range(12))
    assert [data.images[i].label for i in data.test] == [0, 1, 2]
    assert module(folder, test_share=0.0).train == list(range(12))
    official = module(folder, split="official")
    assert official.test == [0, 4, 8]
    assert official.train == [i for i in range(12) if i not in official.test]
    assert len(module(folder, split="official", validation_count=3).train) == 6


def test_some_classes_can_be_used_alone(folder):
    data = module(folder, classes=2, split="official", batch_size=2)
    assert data.class_names == ["Black footed Albatross", "Laysan Albatross"]
    assert (data.class_count, data.test, len(data.train)) == (2, [0, 4], 6)


def test_what_is_missing_or_broken_stops_training_in_one_line(tmp_path):
    write_cub(tmp_path)
    edit_line(tmp_path, "bounding_boxes", 1, "1 500.0 10.0 30.0 20.0")
    with pytest.raises(DataError, match=r"bounding_boxes\.txt: the box of .*_0000_7\.jpg .* outside of its 80x50"):
        list(module(tmp_path, split="official").test_dataloader())
    read_records(tmp_path)[2].image.unlink()
    with pytest.raises(DataError, match=r"1 photographs are missing, the first is .*_0002_9\.jpg") as caught:
        module(tmp_path)
    assert f"data verify cub --root {tmp_path}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_too_little_data_and_odd_settings_are_said_with_their_keys(folder):
    with pytest.raises(DataError, match="batch_size"):
        module(folder, batch_size=32)
    with pytest.raises(DataError, match=r"data\.init_args\.margin: -1"):
        module(folder, margin=-1)


def test_flipping_follows_the_seed_and_the_place_alone(folder):
    plain = [batch["image"] for batch in module(folder, margin=1.0).train_dataloader()]
    one, two = ([b["image"] for b in module(folder, margin=1.0, flip=True).train_dataloader()] for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
    pairs = [(a, b) for before, after in zip(plain, one, strict=True) for a, b in zip(before, after, strict=True)]
    assert all(torch.equal(a, b) or torch.equal(a.flip(-1), b) for a, b in pairs)
    assert 0 < sum(not torch.equal(a, b) for a, b in pairs) < len(pairs)


def test_attributes_are_those_of_the_images_that_are_used(folder, tmp_path):
    assert module(folder).attributes is module(folder).attribute_names is None
    root = write_cub(tmp_path / "CUB_200_2011")
    names = ["has_wing_color::blue", "has_size::small"]
    write_list(tmp_path, "attributes", names)
    labels = write_attributes(root, {(image, 1): image % 2 for image in range(1, 13)})
    data = module(root)
    assert data.attribute_names == names and data.attributes.dtype == np.int64
    assert data.attributes.tolist() == [[(i + 1) % 2, 0] for i in range(12)]
    some = module(root, classes=2, batch_size=2)
    assert some.attributes.tolist() == data.attributes.tolist()[:8]
    before = data.fingerprint()
    labels.write_text(labels.read_text().replace("1 1 1 3 2.5\n", ""))
    assert module(root).fingerprint() != before
    with pytest.raises(DataError, match=r"image_attribute_labels\.txt: does not say attribute 1 of image 1"):
        _ = module(root).attributes
    labels.write_text("1 3 1 3 2.5\n")
    with pytest.raises(DataError, match=r"line 1 is not image, attribute 1 to 2 and 0 or 1: '1 3 1 3 2\.5'"):
        _ = module(root).attributes
    (tmp_path / "attributes.txt").unlink()
    with pytest.raises(DataError, match=r"attributes\.txt: missing; it names the attributes"):
        _ = module(root).attributes


def test_the_stand_in_goes_through_the_same_reader(tmp_path):
    data = module(synthesize_cub(tmp_path / "drawn", 24), batch_size=8)
    assert data.class_count == 20
    assert data.class_names[0] == "Northern cardinal"
    looks = data.attributes[:, [data.attribute_names.index(f"looks_to_the::{side}") for side in ("left", "right")]]
    assert data.attributes.shape == (24, len(data.attribute_names)) and (looks.sum(1) == 1).all()
    assert 0 < looks[:, 0].sum() < 24
    assert next(iter(data.train_dataloader()))["image"].std() > 0.2
