"""The official layout: what reads, what is refused, and that every planted fault is named."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from support.deepfashion_folder import figure, names, paths, write_folder, write_list, write_sample

from common.errors import DataError
from datamodules.layouts.deepfashion import fingerprint, read_partition, read_pose, verify


def test_a_complete_folder_verifies(tmp_path):
    found = verify(write_folder(tmp_path, names(4)))
    assert found.ok
    assert found.images == 4
    assert "complete and consistent" in found.summary()


def test_real_sizes_and_odd_names_are_read(tmp_path):
    odd = ["img/MEN/Shirts_Polos/id_00000007/04 (1)_7_additional.jpg", "img/WOMEN/Blouses/id_00000008/é_1_front.JPG"]
    for name, size in zip(odd, ((1101, 750), (256, 256)), strict=True):
        write_sample(tmp_path, name, *figure(size))
    write_list(tmp_path, odd)
    assert verify(tmp_path).ok
    assert [record.name for record in read_partition(tmp_path)] == odd


def test_every_planted_fault_is_named(tmp_path):
    listed = names(10)
    write_folder(tmp_path, listed)
    files = [paths(tmp_path, name) for name in listed]
    files[0][0].unlink()
    files[1][1].unlink()
    files[2][2].unlink()
    whole = files[3][0].read_bytes()
    files[3][0].write_bytes(whole[: len(whole) // 2])
    Image.new("RGB", (96, 96)).save(files[4][1])
    Image.fromarray(np.full((96, 96), 20, np.uint8)).save(files[5][1])
    Image.fromarray(np.zeros((48, 96), np.uint8)).save(files[6][1])
    files[7][2].write_text('{"people": [{"pose_keypoints_2d": [1, 2, 3]}]}')
    files[8][2].write_text(json.dumps({"people": [{"pose_keypoints_2d": [500, 5, 1] * 18}]}))
    found = verify(tmp_path)
    faults = {
        files[0][0]: "missing",
        files[1][1]: "missing",
        files[2][2]: "missing",
        files[3][0]: "unreadable",
        files[4][1]: "mode RGB",
        files[5][1]: "label 20",
        files[6][1]: "96x48",
        files[7][2]: "18 keypoints",
        files[8][2]: "outside the 96x96 image",
    }
    assert len(found.problems) == len(faults)
    for path, what in faults.items():
        (line,) = [line for line in found.problems if line.startswith(str(path))]
        assert what in line
        assert "\n" not in line
    assert "9 problems" in found.summary()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["2", "header", "img/a.jpg id_1 train"], "promises '2' images, the list has 1"),
        (["1", "header", "img/a.jpg id_1 learn"], "line 3"),
        (["2", "header", "img/a.jpg id_1 train", "img/a.jpg id_1 train"], "line 4 lists img/a.jpg a second time"),
        (["0", "header"], "lists no image"),
        ([], "lists no image"),
    ],
)
def test_a_broken_list_is_refused_in_one_line(tmp_path, lines, message):
    (tmp_path / "Eval").mkdir()
    (tmp_path / "Eval/list_eval_partition.txt").write_text("\n".join(lines))
    with pytest.raises(DataError, match=message) as caught:
        read_partition(tmp_path)
    assert "list_eval_partition.txt" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_data_set_says_what_to_get_from_whom_and_how_it_must_look(tmp_path):
    with pytest.raises(DataError) as caught:
        read_partition(tmp_path / "nowhere")
    message = str(caught.value)
    for part in (
        "nowhere",
        "Chinese University of Hong Kong",
        "non-commercial",
        "Parsing/",
        "Pose/",
        "data synthesize",
    ):
        assert part in message


def test_nobody_in_a_pose_file_is_an_empty_pose(tmp_path):
    path = tmp_path / "x_keypoints.json"
    path.write_text('{"people": []}')
    assert not read_pose(path).any()


def test_the_fingerprint_follows_the_files(tmp_path):
    listed = names(3)
    write_folder(tmp_path, listed)
    before = fingerprint(tmp_path)
    assert fingerprint(tmp_path) == before
    parsing = paths(tmp_path, listed[1])[1]
    parsing.write_bytes(parsing.read_bytes() + b"x")
    assert fingerprint(tmp_path) != before
