"""LFW: the lists of pairs, the folders, the batch, and that every planted fault is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from support.facescrub_folder import HEADER, landmarks, photograph, store, write_folder

from common.errors import DataError
from datamodules import LFW
from datamodules.layouts.lfw import fingerprint, is_synthetic, overlapping_people, read_pairs, verify

PEOPLE = {"Aaron_Eckhart": 3, "Zoe_Ball": 2, "Kim_Jong-Il": 2, "Robert_Downey_Jr": 2}
FOLDS = (
    ["Aaron_Eckhart 1 2", "Zoe_Ball 1 2", "Aaron_Eckhart 3 Zoe_Ball 1", "Aaron_Eckhart 1 Zoe_Ball 2"],
    ["Kim_Jong-Il 1 2", "Robert_Downey_Jr 1 2", "Kim_Jong-Il 1 Robert_Downey_Jr 1", "Robert_Downey_Jr 2 Kim_Jong-Il 2"],
)
POINTS_HEADER = HEADER.replace("image_id,face_id", "number")
BOX = (40, 30, 80, 70)


def write(root: Path, folder: str = "lfw", ends: str = "\n", points: bool = True) -> Path:
    """The official layout: images of 120 x 96 whose shade tells who and which they are."""
    rows = [POINTS_HEADER]
    for i, (person, count) in enumerate(PEOPLE.items()):
        for number in range(1, count + 1):
            store(root / folder / person / f"{person}_{number:04d}.jpg", photograph(80 + 20 * i + 8 * number))
            values = landmarks(person, number, 0, BOX).split(",")
            rows.append(",".join([*values[:2], *values[3:]]))
    lines = ["2\t2", *(line.replace(" ", "\t") for fold in FOLDS for line in fold)]
    store(root / "pairs.txt", ends.join(lines) + ends)
    people = [f"{person}\t{count}" for person, count in PEOPLE.items()]
    store(root / "people.txt", ends.join(["2", "2", *people[:2], "2", *people[2:]]))
    if points:
        store(root / "landmarks.csv", "\n".join(rows))
    return root


def module(root: Path, **changes: Any) -> LFW:
    data = LFW(str(root), **{"resolution": 32, "batch_size": 3, **changes})
    data.setup("test")
    return data


@pytest.mark.parametrize("folder", ["lfw", "lfw_funneled", "lfw-deepfunneled/lfw-deepfunneled", "."])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_pairs_are_read_from_the_usual_folders(folder: str, ends: str, tmp_path: Path) -> None:
    root = write(tmp_path, folder, ends)
    pairs = read_pairs(root)
    assert [pair.same for pair in pairs] == [True, True, False, False] * 2
    assert [pair.fold for pair in pairs] == [0] * 4 + [1] * 4
    assert (pairs[2].first.name, pairs[2].second.name) == ("Aaron_Eckhart_0003", "Zoe_Ball_0001")
    found = verify(root)
    assert found.problems == [] and found.images == 9 and "LFW, 9 images listed, complete" in found.summary()
    assert not is_synthetic(root)


def test_the_batch_is_what_the_docstring_says(tmp_path: Path) -> None:
    data = module(write(tmp_path))
    batches = list(data.test_dataloader())
    first = batches[0]
    assert set(first) == {"first", "second", "same", "fold", "index", "name"}
    for key in ("first", "second"):
        assert first[key].shape == (3, 3, 32, 32) and first[key].dtype == torch.float32
        assert -1 <= first[key].min() < first[key].max() <= 1
    assert first["same"].dtype == torch.bool and first["same"].tolist() == [True, True, False]
    assert first["name"][2] == "Aaron_Eckhart_0003 Zoe_Ball_0001"
    assert torch.cat([batch["fold"] for batch in batches]).tolist() == [0] * 4 + [1] * 4
    assert torch.cat([batch["index"] for batch in batches]).tolist() == list(range(8))
    again = list(module(tmp_path, keep_in_memory=True, workers=0).predict_dataloader())
    assert all(torch.equal(a["second"], b["second"]) for a, b in zip(batches, again, strict=True))


def test_the_images_are_the_pairs(tmp_path: Path) -> None:
    """The red of a face tells whose it is."""
    batch = next(iter(module(write(tmp_path), batch_size=8).test_dataloader()))
    inside = batch["second"][:, 2] < -0.5
    red = [
        (photograph[0][face].mean().item() + 1) * 127.5
        for photograph, face in zip(batch["second"], inside, strict=True)
    ]
    assert red == pytest.approx([96, 116, 108, 116, 136, 156, 148, 136], abs=4)


def test_without_points_the_middle_is_used(tmp_path: Path) -> None:
    root = write(tmp_path, points=False)
    assert "no landmarks.csv: the middle of each photograph is used" in verify(root).summary()
    # 120 x 96 divided by 2.2: 44 pixels from (38, 26); the face in them ends at (70, 60).
    face = module(root, resolution=44).dataset[0]["first"].astype(int)
    blue = np.argwhere(face[:, :, 2] < 80)
    assert blue.min(axis=0).tolist() == pytest.approx([0, 0], abs=1)
    assert blue.max(axis=0).tolist() == pytest.approx([33, 31], abs=1)
    wide = module(root, resolution=44, margin=0.25).dataset[0]["first"].astype(int)
    assert (wide[:, :, 2] < 80).mean() < (face[:, :, 2] < 80).mean()


def test_people_can_be_left_out(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"fold 1 has no pairs of both kinds left; name fewer people in data.init_args.w"
    ):
        module(write(tmp_path), without=["Zoe_Ball"])
    text = (tmp_path / "pairs.txt").read_text()
    (tmp_path / "pairs.txt").write_text(
        text.replace("Robert_Downey_Jr\t2\tKim_Jong-Il\t2", "Zoe_Ball\t1\tKim_Jong-Il\t2")
    )
    data = module(tmp_path, without=["Robert_Downey_Jr"])
    assert len(data.pairs) == 6 and [pair.fold for pair in data.pairs] == [0, 0, 0, 0, 1, 1]
    assert [batch["index"].tolist() for batch in data.test_dataloader()] == [[0, 1, 2], [3, 4, 5]]


def test_people_who_are_in_facescrub_are_named(tmp_path: Path) -> None:
    scrub = write_folder(tmp_path / "scrub", 1)
    lists = scrub / "facescrub_actors.txt"
    lists.write_text(lists.read_text().replace("Zac Efron", "Róbert  Downey Jr."))
    assert overlapping_people(write(tmp_path / "lfw"), scrub) == ["Aaron_Eckhart", "Robert_Downey_Jr"]


def test_pairs_that_show_somebody_are_known(tmp_path: Path) -> None:
    data = module(write(tmp_path))
    assert data.showing(["Zoë  Ball", "Nobody Else"]) == [1, 2, 3]
    assert data.showing(["Kim Jong Il"]) == [4, 6, 7]
    assert data.showing([]) == []


@pytest.mark.parametrize(
    ("line", "text", "said"),
    [
        (1, "10 300 5", r"line 1 is '10 300 5'; it must be the folds and the pairs of each, `10 300`"),
        (1, "Aaron_Eckhart\t1\t2", r"line 1 is 'Aaron_Eckhart 1 2'; it must be"),
        (1, "2\t3", r"line 1 promises 2 folds of 3 and 3 pairs, the list has 8; fetch it again"),
        (2, "Aaron_Eckhart\t1", r"line 2 is not `name i j` or `name i other j`: 'Aaron_Eckhart 1'"),
        (2, "Aaron_Eckhart\tone\t2", r"line 2 is not `name i j`"),
        (2, "Aaron_Eckhart\t0\t2", r"line 2 is not `name i j`"),
        (3, "Zoe_Ball\t2\t2", r"line 3 pairs a photograph with itself"),
        (
            3,
            "Zoe_Ball\t2\tAaron_Eckhart\t2",
            r"line 3 is out of place: 2 pairs of the same person come first in a fold",
        ),
    ],
)
def test_a_broken_list_is_refused_in_one_line(line: int, text: str, said: str, tmp_path: Path) -> None:
    path = write(tmp_path) / "pairs.txt"
    lines = path.read_text().splitlines()
    lines[line - 1] = text
    path.write_text("\n".join(lines))
    with pytest.raises(DataError, match=said) as caught:
        read_pairs(tmp_path)
    assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value)


def test_every_planted_fault_is_named(tmp_path: Path) -> None:
    root = write(tmp_path)

    def photograph(person: str, number: int) -> Path:
        return root / "lfw" / person / f"{person}_{number:04d}.jpg"

    photograph("Aaron_Eckhart", 3).unlink()
    photograph("Zoe_Ball", 1).write_text("<html>")
    people = (
        (root / "people.txt")
        .read_text()
        .replace("Kim_Jong-Il\t2", "Kim_Jong-Il\t1")
        .replace("Downey_Jr\t2", "Downey_Jr\t3")
    )
    (root / "people.txt").write_text(people)
    points = (root / "landmarks.csv").read_text().splitlines()
    points[1] = landmarks("Aaron_Eckhart", 1, 0, (500, 30, 540, 70)).replace(",0,", ",", 1)
    points += [points[2].replace("Aaron_Eckhart,2", "Nobody,1"), points[2].replace("Aaron_Eckhart,2", "Zoe_Ball,two")]
    (root / "landmarks.csv").write_text("\n".join([*points, points[3].rpartition(",")[0]]))
    faults = {
        "Kim_Jong-Il_0002 of pairs.txt is not in it": root / "people.txt",
        "Zoe_Ball two is no number of a photograph": root / "landmarks.csv",
        "line 13 has 11 values; 12 are expected": root / "landmarks.csv",
        "Nobody_0001 is in no list": root / "landmarks.csv",
        "missing": photograph("Aaron_Eckhart", 3),
        "unreadable": photograph("Zoe_Ball", 1),
        "its landmarks lie outside of this 120x96 image": photograph("Aaron_Eckhart", 1),
        "Robert_Downey_Jr_0003.jpg: missing": photograph("Robert_Downey_Jr", 3),
    }
    problems = verify(root).problems
    assert len(problems) == len(faults)
    for what, path in faults.items():
        assert any(what in problem and problem.startswith(str(path)) and "\n" not in problem for problem in problems), (
            what
        )
    (root / "people.txt").write_text("2\nAaron_Eckhart\tthree\n")
    with pytest.raises(DataError, match=r"people.txt: line 2 is not `name count`: 'Aaron_Eckhart"):
        verify(root)


def test_missing_images_and_points_stop_an_evaluation(tmp_path: Path) -> None:
    root = write(tmp_path)
    (root / "lfw/Zoe_Ball/Zoe_Ball_0002.jpg").unlink()
    lines = (root / "landmarks.csv").read_text().splitlines()
    (root / "landmarks.csv").write_text("\n".join(line for line in lines if not line.startswith("Kim_Jong-Il,1,")))
    with pytest.raises(
        DataError, match=r"2 faults, the first is .*Zoe_Ball_0002.jpg: missing .*data verify lfw"
    ) as caught:
        module(root)
    assert "\n" not in str(caught.value)


def test_nothing_and_lists_alone_say_what_to_get(tmp_path: Path) -> None:
    for root in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(DataError, match=r"LFW: .*University of Massachusetts.*data synthesize lfw"):
            read_pairs(root)
    store(tmp_path / "pairs.txt", "1\t1\nA\t1\t2\nA\t1\tB\t1\n")
    with pytest.raises(DataError, match="has no photographs: neither lfw/A nor the like"):
        module(tmp_path)


def test_the_fingerprint_follows_pairs_points_and_images(tmp_path: Path) -> None:
    root = write(tmp_path)
    seen = {fingerprint(root)}
    (root / "lfw/Zoe_Ball/Zoe_Ball_0002.jpg").unlink()
    seen.add(fingerprint(root))
    (root / "landmarks.csv").unlink()
    seen.add(fingerprint(root))
    (root / "pairs.txt").write_text(
        (root / "pairs.txt").read_text().replace("Aaron_Eckhart\t1\t2", "Aaron_Eckhart\t1\t3")
    )
    assert len({*seen, fingerprint(root)}) == 4


def test_a_negative_margin_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data.init_args.margin: -1"):
        LFW(str(tmp_path), margin=-1)
