"""The FaceScrub module: its batch, how faces are cut out, and that they are kept whole and up to date."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from support.facescrub_folder import BOX, POINTS, image_file, photograph, store, write_folder

from common.errors import DataError
from datamodules import FaceScrub
from datamodules.layouts.facescrub import fingerprint, is_synthetic, verify
from datamodules.preparation import face_crops
from datamodules.preparation.alignment import similarity, template


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("facescrub"), 5)


def module(folder: Path, tmp_path: Path, **changes: Any) -> FaceScrub:
    settings = {"resolution": 32, "batch_size": 4, "cache_dir": str(tmp_path / "cache")}
    data = FaceScrub(str(folder), **{**settings, **changes})
    data.prepare_data()
    data.setup("fit")
    return data


def faces(data: FaceScrub) -> dict[str, np.ndarray]:
    """All faces (R, R, 3) by name."""
    read = data.reader()
    return {face.name: read(face) for face in data.images}


def test_the_batch_is_what_the_docstring_says(folder: Path, tmp_path: Path) -> None:
    data = module(folder, tmp_path)
    batch = next(iter(data.train_dataloader()))
    assert set(batch) == {"image", "label", "index", "name"}
    assert batch["image"].shape == (4, 3, 32, 32) and batch["image"].dtype == torch.float32
    assert -1 <= batch["image"].min() < batch["image"].max() <= 1
    assert batch["label"].dtype == batch["index"].dtype == torch.int64
    assert data.class_names == ["Aaron Eckhart", "Zac Efron", "Anne Hathaway"] and data.class_count == 3
    people = [data.class_names[label].replace(" ", "_") for label in batch["label"]]
    assert [name.rsplit("_", 2)[0] for name in batch["name"]] == people


def test_one_of_each_person_is_held_out_by_name(folder: Path, tmp_path: Path) -> None:
    data = module(folder, tmp_path)
    assert [data.images[i].label for i in data.test] == [0, 1, 2] and len(data.train) == 12
    assert [data.images[i].name for i in data.test] == [
        data.images[i].name for i in module(folder, tmp_path, resolution=16).test
    ]


def test_points_come_to_the_template(folder: Path, tmp_path: Path) -> None:
    """The drawn face is a red square whose left edge and top follow from the points in it."""
    face = faces(module(folder, tmp_path, resolution=64, margin=0.3))["Aaron_Eckhart_1_101"].astype(int)
    red = face[:, :, 0] - face[:, :, 1] > 14
    assert not red[2].any() and red[32, 32]
    left, top, right, bottom = BOX
    points = np.array(POINTS) * [right - left, bottom - top] + [left, top]
    matrix = similarity(points, template(64, 0.3))
    square = matrix[:, :2] @ [left - 0.5, top - 0.5] + matrix[:, 2], matrix[:, :2] @ [right, bottom] + matrix[:, 2]
    rows, columns = np.nonzero(red)
    assert (columns.min(), rows.min()) == pytest.approx(square[0].tolist(), abs=1.5)
    assert (columns.max(), rows.max()) == pytest.approx(square[1].tolist(), abs=1.5)


def test_without_points_the_box_is_cropped_and_a_message_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = write_folder(tmp_path / "set", points=False)
    with caplog.at_level(logging.WARNING):
        data = module(root, tmp_path)
    assert "no landmarks.csv; faces are cropped by their boxes and not aligned" in caplog.text
    face = faces(data)["Aaron_Eckhart_1_101"].astype(int)
    assert (face[2:-2, 2:-2, 0] - face[2:-2, 2:-2, 1] > 10).all()  # the square, and nothing beside it
    wide = faces(module(root, tmp_path, margin=0.5))["Aaron_Eckhart_1_101"].astype(int)
    red = wide[:, :, 0] - wide[:, :, 1] > 10
    assert not red[:6].any() and not red[:, :6].any() and red[10:22, 10:22].all()


def test_the_box_can_be_asked_for(folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    face = faces(module(folder, tmp_path, crop="box"))["Aaron_Eckhart_1_101"].astype(int)
    assert (face[2:-2, 2:-2, 0] - face[2:-2, 2:-2, 1] > 10).all() and "no landmarks" not in caplog.text


def test_cut_out_faces_are_used_whole(tmp_path: Path) -> None:
    for i in range(6):
        store(tmp_path / f"set/Person_{i % 2}/{i}.png", photograph(200, "PNG", (80, 120)))
    data = module(tmp_path / "set", tmp_path, batch_size=2)
    assert data.class_names == ["Person 0", "Person 1"]
    face = faces(data)["Person_0/0.png"].astype(int)
    red = np.argwhere(face[:, :, 0] - face[:, :, 1] > 10)
    # The middle square of 80 pixels starts at 20, so the square is from (10, 20) to (50, 60) of 80.
    assert red.min(axis=0).tolist() == [8, 4] and red.max(axis=0).tolist() == [23, 19]


def test_what_cannot_be_used_is_left_out_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = write_folder(tmp_path / "set")
    image_file(root, 1).unlink()
    image_file(root, 2).write_text("<html>gone</html>")
    image_file(root, 3).write_bytes(photograph(9))
    lines = (root / "landmarks.csv").read_text().splitlines()
    (root / "landmarks.csv").write_text("\n".join(line for line in lines if not line.startswith("Aaron Eckhart,4,")))
    with caplog.at_level(logging.WARNING):
        data = module(root, tmp_path)
    assert data.class_names == ["Zac Efron", "Anne Hathaway"]  # nobody without a face is a class
    assert len(data.images) == 8 and {face.label for face in data.images} == {0, 1}
    assert "4 of 12 faces are left out, the first: " in caplog.text and "Aaron_Eckhart_1_101 is missing" in caplog.text
    (kept,) = (tmp_path / "cache").glob("*/faces.json")
    assert [line.partition(": ")[2][:20] for line in json.loads(kept.read_text())["left_out"]] == [
        "the image of Aaron_E", "is a web page, not a", "is another file than", "Aaron_Eckhart_4_104 ",
    ]  # fmt: skip


def test_photographs_that_were_saved_anew_need_a_switch(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "set")
    for number in range(1, 13):
        image_file(root, number).write_bytes(photograph(9))
    with pytest.raises(DataError, match=r"none of 12 faces can be used.*set data.init_args.check_sha256: false"):
        module(root, tmp_path)
    assert len(module(root, tmp_path, check_sha256=False).images) == 12


def test_faulty_lists_stop_training_in_one_line(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "set", points=False)
    text = (root / "facescrub_actors.txt").read_text()
    (root / "facescrub_actors.txt").write_text(text.replace("30,20,70,60", "30,20", 2))
    with pytest.raises(DataError, match=r"2 faults in the lists, the first is .*line 2 has bbox '30,20'") as caught:
        module(root, tmp_path)
    assert f"data verify facescrub --root {root}" in str(caught.value) and "\n" not in str(caught.value)


def test_faces_are_cut_out_once_and_again_when_anything_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_folder(tmp_path / "set")
    module(root, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("datamodules.preparation.face_crops._crop_face", lambda *_: pytest.fail("cut out again"))
        module(root, tmp_path, batch_size=2, flip=True, classes=2, test_share=0.3)
    for changes in ({"resolution": 16}, {"margin": 0.1}, {"crop": "box"}, {"check_sha256": False}):
        module(root, tmp_path, **changes)
    assert len(list((tmp_path / "cache").iterdir())) == 5
    image_file(root, 7).unlink()
    assert len(module(root, tmp_path).images) == 11
    monkeypatch.setattr("datamodules.preparation.face_crops.VERSION", 2)
    module(root, tmp_path)
    assert len(list((tmp_path / "cache").iterdir())) == 7


def test_a_preparation_that_stops_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_folder(tmp_path / "set")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    for name in ("_put_in_place", "_write_pixels"):
        with monkeypatch.context() as patch:
            patch.setattr(f"datamodules.preparation.face_crops.{name}", full)
            with pytest.raises(
                DataError, match=r"cannot be written \(No space left on device\); free disk space or set"
            ):
                module(root, tmp_path)
        assert list((tmp_path / "cache").iterdir()) == []


def test_another_process_that_was_quicker_is_believed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, calls = face_crops._write_pixels, []

    def interrupted(*given: Any) -> dict[str, Any]:
        calls.append(1)
        if len(calls) == 1:
            module(folder, tmp_path)  # what the other one does meanwhile
        return write(*given)

    monkeypatch.setattr(face_crops, "_write_pixels", interrupted)
    assert len(module(folder, tmp_path).images) == 15 and len(calls) == 2
    (prepared,) = (tmp_path / "cache").iterdir()
    assert sorted(path.name for path in prepared.iterdir()) == ["faces.bin", "faces.json"]


def test_prepared_faces_are_a_root(folder: Path, tmp_path: Path) -> None:
    data = module(folder, tmp_path)
    (prepared,) = (tmp_path / "cache").iterdir()
    again = module(prepared, tmp_path / "other", resolution=16)
    assert not (tmp_path / "other").exists()
    assert again.class_names == data.class_names and faces(again).keys() == faces(data).keys()
    assert faces(again)["Aaron_Eckhart_1_101"].shape == (16, 16, 3)
    assert again.fingerprint() == fingerprint(prepared) != data.fingerprint()
    assert verify(prepared).ok and "15 images listed" in verify(prepared).summary()
    assert not is_synthetic(prepared)


def test_broken_prepared_faces_are_named(folder: Path, tmp_path: Path) -> None:
    module(folder, tmp_path)
    (prepared,) = (tmp_path / "cache").iterdir()
    pixels = (prepared / "faces.bin").read_bytes()
    (prepared / "faces.bin").write_bytes(pixels[:-1] + bytes([pixels[-1] ^ 1]))
    (problem,) = verify(prepared).problems
    assert str(prepared / "faces.bin") in problem and "are not those that were prepared; remove the folder" in problem
    (prepared / "faces.bin").write_bytes(pixels[:-1])
    with pytest.raises(DataError, match=r"faces.bin: has \d+ bytes, not those of 15 faces of 32x32; remove the folder"):
        module(prepared, tmp_path)
    (prepared / "faces.json").write_text("{}")
    with pytest.raises(DataError, match=r"faces.json: is no list of prepared faces .*remove the folder"):
        module(prepared, tmp_path)


def test_workers_do_not_change_the_data(folder: Path, tmp_path: Path) -> None:
    plain = list(module(folder, tmp_path, flip=True).train_dataloader())
    spawned = list(module(folder, tmp_path, flip=True, workers=2).train_dataloader())
    assert [b["name"] for b in plain] == [b["name"] for b in spawned]
    assert all(torch.equal(a["image"], b["image"]) for a, b in zip(plain, spawned, strict=True))


def test_a_negative_margin_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"margin: -0\.1; give 0 or more"):
        module(folder, tmp_path, margin=-0.1)
