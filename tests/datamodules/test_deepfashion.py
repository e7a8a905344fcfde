"""The DataModule: its batch contract, the filter, the split, and what it refuses."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
import torch
from pytorch_lightning.utilities.model_helpers import is_overridden
from support.at_once import at_once, select_photographs
from support.deepfashion_folder import figure, names, paths, write_folder, write_list, write_sample

from common.errors import DataError
from datamodules import DeepFashion


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("deepfashion"), names(20))


def module(folder, tmp_path, **changes):
    settings = {"resolution": 64, "batch_size": 4, "test_count": 6, "cache_dir": str(tmp_path / "cache")}
    data = DeepFashion(str(folder), **{**settings, **changes})
    data.prepare_data()
    data.setup("fit")
    return data


def first_batch(data, part="train"):
    loader = data.train_dataloader() if part == "train" else data.test_dataloader()
    return next(iter(loader))


def test_the_batch_is_what_the_docstring_says(folder, tmp_path):
    batch = first_batch(module(folder, tmp_path))
    shapes = {
        "person": (4, 3, 64, 64),
        "parsing": (4, 64, 64),
        "keypoints": (4, 18, 3),
        "visible": (4, 1, 64, 64),
        "garments": (4, 4, 3, 64, 64),
        "target_garment": (4, 3, 64, 64),
        "target_shape": (4, 1, 64, 64),
        "target": (4,),
        "index": (4,),
    }
    assert {key: tuple(batch[key].shape) for key in shapes} == shapes
    assert set(batch) == {*shapes, "name"}
    for key in ("person", "garments", "target_garment"):
        assert batch[key].dtype == torch.float32
        assert -1 <= batch[key].min() < batch[key].max() <= 1
    assert batch["parsing"].dtype == torch.int64
    assert set(batch["parsing"].unique().tolist()) <= set(range(8))
    for key in ("visible", "target_shape"):
        assert set(batch[key].unique().tolist()) == {0.0, 1.0}


def test_a_person_is_where_the_figure_was_drawn(folder, tmp_path):
    batch = first_batch(module(folder, tmp_path), "test")
    parsing = batch["parsing"][0]
    assert parsing[8, 32] == 1
    assert parsing[22, 32] == 5
    assert parsing[22, 18] == 2
    assert parsing[44, 32] == 6
    hole = batch["visible"][0, 0] == 0
    assert hole[(parsing == 5) | (parsing == 2)].all()
    assert not hole[parsing == 7].any()
    # keypoint 0 lies at (0.36, 0.06) of the photograph
    assert batch["keypoints"][0, 0].tolist() == pytest.approx([0.36 * 64, 0.06 * 64, 1.0], abs=1e-3)


def test_the_target_is_hidden_from_its_context(folder, tmp_path):
    batch = first_batch(module(folder, tmp_path))
    assert (batch["target"] == 1).all()
    assert (batch["garments"][:, 1] == 0).all()
    assert (first_batch(module(folder, tmp_path, target_fill=1.0))["garments"][:, 1] == 1).all()
    assert batch["target_garment"].std() > 0.1


def test_an_absent_garment_is_the_mean_of_the_training_crops(folder, tmp_path):
    data = module(folder, tmp_path, target="shoes")
    batch = first_batch(data)
    assert (batch["garments"][:, 0] == 1).all()  # nobody wears a hat: the mean of nothing is white
    listed = names(5)
    for i, name in enumerate(listed):  # hats on the last two only
        image, labels, keypoints = figure((96, 96))
        if i > 2:
            image[2:10, 30:60], labels[2:10, 30:60] = 40 * i, 1
        write_sample(tmp_path / "hats", name, image, labels, keypoints)
    write_list(tmp_path / "hats", listed)
    hats = module(tmp_path / "hats", tmp_path, test_count=1, batch_size=2)
    train = [record.name for record in hats.split.train]
    worn = [40 * i for i, name in enumerate(listed) if name in train and i > 2]
    means = hats.split.mean_crops(64)
    assert means[0, 32, 32].astype(float) == pytest.approx(np.mean(worn), abs=2)


def test_the_split_is_disjoint_seeded_and_kept(folder, tmp_path):
    first, again = module(folder, tmp_path).split, module(folder, tmp_path / "elsewhere").split
    train, test = ({record.name for record in part} for part in (first.train, first.test))
    assert not train & test
    assert (len(train), len(test)) == (14, 6)
    assert [r.name for r in again.test] == [r.name for r in first.test]
    assert {r.name for r in module(folder, tmp_path, split_seed=1).split.test} != test
    (kept,) = (tmp_path / "elsewhere/cache").glob("*/split.json")
    assert set(json.loads(kept.read_text())["test"]) == test


def test_validation_photographs_are_of_the_training_part(folder, tmp_path):
    def names_of(**changes):
        split = module(folder, tmp_path, **changes).split
        return [[record.name for record in part] for part in (split.train, split.test, split.validation)]

    train, test, nothing = names_of()
    assert nothing == [] and module(folder, tmp_path).validation_dataloader() is None
    fewer, same, held_out = names_of(validation_count=5)
    assert same == test and len(held_out) == 5
    assert sorted([*fewer, *held_out]) == train and not set(fewer) & set(held_out)
    some, same, again = names_of(validation_count=5, train_count=4)
    assert same == test and again == held_out and len(some) == 4 and set(some) <= set(fewer)
    assert names_of(validation_count=4)[2] != held_out and names_of()[0] == train  # kept apart on disk


def test_without_validation_the_split_is_kept_as_it_always_was(folder, tmp_path):
    """Old lists stay valid: the same folder name and the same content."""
    data = module(folder, tmp_path)
    settings = {"parsing_labels": "cihp", "required": ["top"], "min_garments": 3, "min_area": 0.001}
    settings |= {"test_count": 6, "train_count": None, "split_seed": 0}
    text = json.dumps([data.fingerprint(), settings], sort_keys=True)
    assert data.split.folder.name == hashlib.sha256(text.encode()).hexdigest()[:16]
    kept = json.loads((data.split.folder / "split.json").read_text())
    order = np.random.default_rng(0).permutation(20)
    assert kept == {
        "train": sorted(names(20)[i] for i in order[6:]),
        "test": sorted(names(20)[i] for i in order[:6]),
    }


def test_the_validation_loader_gives_its_photographs_in_order(folder, tmp_path):
    data = module(folder, tmp_path, validation_count=5)
    state = data.state_dict()
    first, again = ([b["name"] for b in data.validation_dataloader()] for _ in range(2))
    assert first == again and sum(map(len, first)) == 5
    assert [name for batch in first for name in batch] == [r.name for r in data.split.validation]
    assert data.state_dict() == state  # the place in the training data does not move
    assert not is_overridden("val_dataloader", data)  # Lightning would ask for a validation_step


def test_more_validation_photographs_than_there_are_is_said_with_the_keys(folder, tmp_path):
    with pytest.raises(DataError, match=r"6 for testing, 14 for validation and some to train on; lower .* or valid"):
        module(folder, tmp_path, validation_count=14)
    with pytest.raises(DataError, match="validation_count: -1"):
        module(folder, tmp_path, validation_count=-1)


def test_the_filter_wants_three_garment_types_and_a_whole_pose(tmp_path):
    listed = names(6)
    write_folder(tmp_path, listed)
    image, labels, keypoints = figure((96, 96))
    bare = np.where(np.isin(labels, (18, 19)), 0, labels)  # no shoes: two types
    write_sample(tmp_path, listed[0], image, bare.astype(np.uint8), keypoints)
    lost = keypoints.copy()
    lost[10] = 0  # an ankle
    write_sample(tmp_path, listed[1], image, labels, lost)
    faceless = keypoints.copy()
    faceless[14:] = 0
    write_sample(tmp_path, listed[2], image, labels, faceless)
    split = module(tmp_path, tmp_path, test_count=1, batch_size=2).split
    assert {r.name for r in [*split.train, *split.test]} == set(listed[2:])


def test_two_processes_that_select_at_once_agree_and_leave_whole_files(folder, tmp_path):
    one, other = at_once(select_photographs, folder, tmp_path)
    assert one == other
    assert sorted(path.name for path in tmp_path.glob("*/*")) == ["mean_crops_64.npy", "split.json"]


def test_a_full_disk_is_said_with_the_file_and_leaves_nothing(folder, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("common.files.os.replace", full)
    with pytest.raises(DataError, match=r"split\.json: cannot be written \(No space left on device\)"):
        module(folder, tmp_path)
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_broken_files_stop_training_in_one_line(tmp_path):
    listed = names(8)
    write_folder(tmp_path, listed)
    photograph, _, _ = paths(tmp_path, listed[3])
    photograph.write_bytes(photograph.read_bytes()[:500])
    paths(tmp_path, listed[5])[1].unlink()
    with pytest.raises(DataError) as caught:
        module(tmp_path, tmp_path)
    message = str(caught.value)
    assert "2 broken or missing files" in message
    assert str(photograph) in message
    assert f"data verify deepfashion --root {tmp_path}" in message
    assert "\n" not in message


def test_too_little_data_is_said_with_the_key_to_change(folder, tmp_path):
    with pytest.raises(DataError, match="test_count"):
        module(folder, tmp_path, test_count=20)
    with pytest.raises(DataError, match="batch_size"):
        module(folder, tmp_path, batch_size=32)


def test_tall_photographs_are_squared_without_distortion(tmp_path):
    write_folder(tmp_path, names(4), size=(110, 75))
    batch = first_batch(module(tmp_path, tmp_path, batch_size=2, test_count=2))
    assert (batch["person"][:, :, :, :5] == 1).all()  # white at both sides
    top = (batch["parsing"][0] == 5).nonzero()
    height, width = (top.max(0).values - top.min(0).values + 1).tolist()
    assert height / width == pytest.approx(0.30 * 110 / (0.30 * 75), rel=0.1)


def test_images_of_another_proportion_are_padded_to_it(tmp_path):
    """Photographs 96 x 60 become 96 x 72, then 64 x 48: keypoints move with them."""
    write_folder(tmp_path, names(4), size=(96, 60))
    data = module(tmp_path, tmp_path, resolution=(64, 48), batch_size=2, test_count=2)
    batch = first_batch(data)
    shapes = {
        "person": (2, 3, 64, 48), "parsing": (2, 64, 48), "visible": (2, 1, 64, 48), "garments": (2, 4, 3, 64, 48),
        "target_garment": (2, 3, 64, 48), "target_shape": (2, 1, 64, 48),
    }  # fmt: skip
    assert {key: tuple(batch[key].shape) for key in shapes} == shapes
    assert (batch["person"][:, :, :, :4] == 1).all() and (batch["person"][:, :, :, -4:] == 1).all()
    square = first_batch(module(tmp_path, tmp_path, resolution=96, batch_size=2, test_count=2))
    seen = batch["keypoints"][..., 2] > 0
    moved = (square["keypoints"][..., :2] - torch.tensor([18.0, 0.0]) + torch.tensor([6.0, 0.0])) * (2 / 3)
    assert torch.allclose(batch["keypoints"][..., :2][seen], moved[seen])
    assert data.split.mean_crops((64, 48)).shape == (4, 64, 48, 3)
    names_there = {path.name for path in tmp_path.glob("cache/*/*.npy")}
    assert names_there == {"mean_crops_64x48.npy", "mean_crops_96.npy"}


def test_a_random_target_depends_on_its_position_alone(folder, tmp_path):
    data = module(folder, tmp_path, target="random")
    one, two = first_batch(data), first_batch(data)
    assert one["target"].tolist() == two["target"].tolist()
    drawn = {t for batch in data.train_dataloader() for t in batch["target"].tolist()}
    assert len(drawn) > 1
    assert 0 not in drawn  # nobody wears a hat


def test_workers_do_not_change_the_data(folder, tmp_path):
    plain = list(module(folder, tmp_path).train_dataloader())
    spawned = list(module(folder, tmp_path, workers=2).train_dataloader())
    assert [b["name"] for b in plain] == [b["name"] for b in spawned]
    assert all(torch.equal(a["person"], b["person"]) for a, b in zip(plain, spawned, strict=True))


def test_images_already_at_their_size_come_without_a_warning(folder, tmp_path, recwarn):
    first_batch(module(folder, tmp_path, resolution=96))
    assert not [w for w in recwarn if "not writable" in str(w.message)]


def test_a_test_photograph_by_place_or_name_is_that_of_the_test_loader(folder, tmp_path):
    data = module(folder, tmp_path)
    batch = first_batch(data, "test")
    for place in (0, 3):
        for which in (place, batch["name"][place]):
            alone = data.test_person(which)
            assert alone["name"] == [batch["name"][place]]
            assert all(torch.equal(alone[key][0], batch[key][place]) for key in ("person", "visible", "garments"))
    for which in (6, -1, "nobody"):
        with pytest.raises(DataError, match=f"{which!r} is none of the 6 test photographs; give a place from 0 to 5"):
            data.test_person(which)


def test_a_photograph_of_the_user_s_is_prepared_as_the_data_set_s(folder, tmp_path):
    data = module(folder, tmp_path)
    record = data.split.test[2]
    alone, known = data.prepare_person(record.image, record.parsing, record.pose), data.test_person(2)
    assert alone["name"] == [record.image.name]
    same = ("person", "parsing", "keypoints", "visible", "garments", "target")
    assert all(torch.equal(alone[key], known[key]) for key in same)


def test_a_hole_is_in_pixels_of_the_photograph(folder, tmp_path):
    write_sample(tmp_path / "mine", "a.jpg", *figure((128, 96)))
    data = module(folder, tmp_path)
    batch = data.prepare_person(*paths(tmp_path / "mine", "a.jpg"), (10, 32, 30, 64))
    hole = batch["visible"][0, 0] == 0  # 128 x 96 is padded by 16 at either side, and halved
    assert hole[16:32, 13:23].all() and int(hole.sum()) == 16 * 10
    beyond = data.prepare_person(*paths(tmp_path / "mine", "a.jpg"), (-5, -5, 500, 500))["visible"][0, 0] == 0
    assert beyond[:, 8:56].all() and int(beyond.sum()) == 64 * 48  # the padding stays
    for hole in ((96, 0, 120, 10), (20, 20, 20, 40), (30, 20, 10, 40), (-9, 0, -2, 9)):
        with pytest.raises(DataError, match=r"hole: .* has no pixel of the photograph \(96 x 128\)"):
            data.prepare_person(*paths(tmp_path / "mine", "a.jpg"), hole)


def test_files_of_the_user_s_that_do_not_fit_are_refused(folder, tmp_path):
    data = module(folder, tmp_path)
    root = tmp_path / "mine"
    write_sample(root, "a.jpg", *figure((64, 40)))
    write_sample(root, "small.jpg", *figure((63, 40)))
    image, parsing, pose = paths(root, "a.jpg")
    data.prepare_person(image, parsing, pose)  # as large as the model's images one way
    with pytest.raises(DataError, match=r"small\.jpg: 40 x 63 pixels; give at least 64 in width or 64 in height"):
        data.prepare_person(*paths(root, "small.jpg"))
    with pytest.raises(DataError, match=r"small\.png: is 40x63, its image 40x64"):
        data.prepare_person(image, paths(root, "small.jpg")[1], pose)
    with pytest.raises(DataError) as caught:
        data.prepare_person(image, parsing, parsing)  # an image in place of the pose
    assert str(caught.value).endswith("a.png: not an OpenPose JSON file with 18 keypoints; give another")
    with pytest.raises(DataError, match=r"none\.json: missing"):
        data.prepare_person(image, parsing, root / "none.json")
    labels = figure((64, 40))[1]
    labels[labels == 5] = 0
    write_sample(root, "b.jpg", figure((64, 40))[0], labels, figure((64, 40))[2])
    with pytest.raises(DataError, match=r"b\.png: has no top, the garment that is to be completed"):
        data.prepare_person(*paths(root, "b.jpg"))


@pytest.mark.parametrize("resolution", [0, (64, 0)])
def test_a_size_without_pixels_is_refused(resolution):
    said = r"^data\.init_args\.resolution: a size is \(height, width\) in pixels from 1 on"
    with pytest.raises(DataError, match=said):
        DeepFashion("anywhere", resolution=resolution)
