"""The official layout of the flowers: what reads, what is refused, and that every planted fault is named."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.io
from PIL import Image
from support.flowers_folder import PLACE, RADIUS, SIZE, flower, save, split, write_flowers, write_mats

from common.errors import DataError
from datamodules.layouts.flowers import fingerprint, flower_box, is_synthetic, read_records, verify

LABELS = [1, 2, 3, 1, 2, 3, 1, 2]


def test_a_complete_folder_verifies(tmp_path):
    found = verify(write_flowers(tmp_path, LABELS))
    assert found.problems == []
    assert found.images == 8
    assert "Oxford 102 Flowers, 8 images listed, complete and consistent" in found.summary()
    assert "the official set has 8189 of 102 classes, this one 8 of 3" in found.summary()
    assert not is_synthetic(tmp_path)


def test_lists_are_read_as_the_set_has_them(tmp_path):
    records = read_records(write_flowers(tmp_path, LABELS))
    assert [(r.name, r.label, r.part) for r in records[:4]] == [
        ("image_00001.jpg", 0, "train"),
        ("image_00002.jpg", 1, "train"),
        ("image_00003.jpg", 2, "valid"),
        ("image_00004.jpg", 0, "test"),
    ]
    assert records[0].image == tmp_path / "jpg/image_00001.jpg"
    assert records[0].segmentation == tmp_path / "segmim/segmim_00001.jpg"


def test_the_folder_that_torchvision_leaves_is_found(tmp_path):
    write_flowers(tmp_path / "flowers-102", LABELS)
    assert len(read_records(tmp_path)) == 8
    assert fingerprint(tmp_path) == fingerprint(tmp_path / "flowers-102")


def test_the_box_is_that_of_the_flower_and_not_of_specks(tmp_path):
    record = read_records(write_flowers(tmp_path, LABELS))[0]
    box = flower_box(record, SIZE)
    found = (box.x, box.y, box.x + box.width, box.y + box.height)
    expected = (PLACE[0] - RADIUS, PLACE[1] - RADIUS, PLACE[0] + RADIUS, PLACE[1] + RADIUS)
    assert np.abs(np.subtract(found, expected)).max() <= 3  # JPEG blurs the edge


@pytest.mark.parametrize("colour", [(0, 0, 254), (250, 240, 30)])
def test_a_segmentation_that_found_nothing_gives_the_whole_image(tmp_path, colour):
    write_flowers(tmp_path, LABELS)
    Image.new("RGB", SIZE[::-1], colour).save(tmp_path / "segmim/segmim_00002.jpg")
    box = flower_box(read_records(tmp_path)[1], SIZE)
    assert (box.x, box.y, box.width, box.height) == (0, 0, SIZE[1], SIZE[0])
    found = verify(tmp_path)
    assert found.ok
    assert "1 segmentations show no flower or no background" in found.summary()


def test_a_blue_flower_is_no_background(tmp_path):
    write_flowers(tmp_path, LABELS)
    _, segmentation = flower(1)
    segmentation[(segmentation != (0, 0, 254)).any(axis=2)] = (40, 70, 200)
    save(tmp_path / "segmim/segmim_00001.jpg", segmentation)
    assert flower_box(read_records(tmp_path)[0], SIZE).width == pytest.approx(2 * RADIUS, abs=5)


def test_every_planted_fault_is_named(tmp_path):
    write_flowers(tmp_path, LABELS)
    jpg, segmim = tmp_path / "jpg", tmp_path / "segmim"
    (jpg / "image_00001.jpg").unlink()
    whole = (jpg / "image_00002.jpg").read_bytes()
    (jpg / "image_00002.jpg").write_bytes(whole[: len(whole) // 2])
    (segmim / "segmim_00003.jpg").unlink()
    (segmim / "segmim_00004.jpg").write_text("<html>not found</html>")
    Image.new("RGB", (SIZE[1], 50)).save(segmim / "segmim_00005.jpg")
    found = verify(tmp_path)
    faults = {
        jpg / "image_00001.jpg": "missing",
        jpg / "image_00002.jpg": "unreadable",
        segmim / "segmim_00003.jpg": "missing",
        segmim / "segmim_00004.jpg": "unreadable",
        segmim / "segmim_00005.jpg": "is 90x50, its photograph 90x60",
    }
    assert len(found.problems) == len(faults)
    for path, what in faults.items():
        (line,) = [line for line in found.problems if line.startswith(f"{path}: ")]
        assert what in line
        assert "\n" not in line
    assert "5 problems" in found.summary()


def replaced(key, numbers):
    return {**split(len(LABELS)), key: numbers}


@pytest.mark.parametrize(
    ("labels", "parts", "file", "message"),
    [
        ([0, *LABELS[1:]], None, "imagelabels.mat", "gives photograph 1 label 0; labels go from 1 to 102"),
        ([*LABELS[1:], 103], None, "imagelabels.mat", "gives photograph 8 label 103"),
        ([1, 1, 1, 1, 1, 1, 1, 3], None, "imagelabels.mat", "no photograph has label 2"),
        (LABELS, replaced("tstid", [4, 9]), "setid.mat", "tstid holds 9; there are photographs 1 to 8"),
        (LABELS, replaced("tstid", [4, 8, 3]), "setid.mat", "tstid holds photograph 3, which is in a part already"),
        (LABELS, replaced("valid", [3]), "setid.mat", "photograph 7 is in none of trnid, valid, tstid"),
    ],
)
def test_lists_that_cannot_be_right_are_refused_in_one_line(tmp_path, labels, parts, file, message):
    write_mats(tmp_path, labels, parts or split(len(labels)))
    with pytest.raises(DataError, match=message) as caught:
        read_records(tmp_path)
    assert str(tmp_path / file) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("imagelabels.mat", {"lables": [[1, 2]]}, "holds no `labels`; fetch it again"),
        ("imagelabels.mat", {"labels": [[1.0, 2.5]]}, r"`labels` holds 2\.5, which is no whole number"),
        ("imagelabels.mat", {"labels": [[1, 2], [3, 4]]}, "`labels` is no list of numbers"),
        ("imagelabels.mat", {"labels": ["one"]}, "`labels` is no list of numbers"),
        ("imagelabels.mat", {"labels": []}, "`labels` is no list of numbers"),
        ("setid.mat", {"trnid": [[1]], "valid": [[2]]}, "holds no `tstid`"),
    ],
)
def test_odd_matlab_files_are_refused_in_one_line(tmp_path, file, content, message):
    write_mats(tmp_path, [1, 2], split(2))
    scipy.io.savemat(tmp_path / file, content)
    with pytest.raises(DataError, match=message) as caught:
        read_records(tmp_path)
    assert str(tmp_path / file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_broken_and_missing_lists_are_named(tmp_path):
    write_flowers(tmp_path, LABELS)
    (tmp_path / "setid.mat").write_text("404: not found")
    with pytest.raises(DataError, match=r"setid\.mat: is no MATLAB file") as caught:
        read_records(tmp_path)
    assert "\n" not in str(caught.value)
    (tmp_path / "setid.mat").unlink()
    with pytest.raises(DataError, match=r"setid\.mat: missing; fetch it beside imagelabels\.mat"):
        read_records(tmp_path)


def test_a_missing_data_set_says_what_to_get_from_whom_and_how_it_must_look(tmp_path):
    for root, what in ((tmp_path / "nowhere", "does not exist"), (tmp_path, "has no imagelabels.mat")):
        with pytest.raises(DataError) as caught:
            read_records(root)
        for part in (what, "Oxford", "no licence", "setid.mat", "102segmentations.tgz", "data synthesize flowers"):
            assert part in str(caught.value)


def test_the_fingerprint_follows_files_and_lists(tmp_path):
    write_flowers(tmp_path, LABELS)
    seen = {fingerprint(tmp_path)}
    assert fingerprint(tmp_path) in seen
    for path in ("jpg/image_00002.jpg", "segmim/segmim_00003.jpg"):
        (tmp_path / path).write_bytes((tmp_path / path).read_bytes() + b"x")
        seen.add(fingerprint(tmp_path))
    write_mats(tmp_path, [2, 1, *LABELS[2:]], split(len(LABELS)))
    seen.add(fingerprint(tmp_path))
    assert len(seen) == 4
