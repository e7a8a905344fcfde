"""What is known of faces besides whose they are: the file, what is wrong with one, and what the drawn faces tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.facescrub_folder import write_folder

from common.errors import DataError
from datamodules import FaceScrub
from datamodules.layouts.facescrub import ATTRIBUTES, LANDMARK_KEYS, fingerprint
from datamodules.preparation.attributes import attributes_line, category_codes, read_attributes
from datamodules.synthetic.faces.attribute_words import attribute_words
from datamodules.synthetic.faces.draw import draw_somebody
from datamodules.synthetic.faces.facescrub import synthesize_facescrub

HEADER = "name,image_id,face_id,pose,light"


def loaded(root: Path, tmp_path: Path) -> FaceScrub:
    data = FaceScrub(str(root), 16, 4, cache_dir=str(tmp_path / "cache"))
    data.prepare_data()
    data.setup("fit")
    return data


def test_words_become_numbers_in_alphabetical_order() -> None:
    assert category_codes([("left", "warm"), ("right", "cold"), ("front", "warm")]).tolist() == [[1, 1], [2, 0], [0, 1]]
    assert attributes_line(("Ada", "1", "2"), {"pose": "left", "light": "front"}) == "Ada,1,2,left,front"


def test_a_file_is_read_and_its_faults_are_named(tmp_path: Path) -> None:
    path = tmp_path / ATTRIBUTES
    path.write_text(f"{HEADER}\nAda Byron,1,2, left ,front\nBen,3,4,right,front\n")
    names, words = read_attributes(path, LANDMARK_KEYS)
    assert names == ["pose", "light"] and words[("Ada Byron", "1", "2")] == ("left", "front")
    faults = {
        "name,image_id,pose": "line 1 is 'name,image_id,pose'; it must be name,image_id,face_id and names",
        "name,image_id,face_id": "it must be name,image_id,face_id and names of attributes",
        f"{HEADER}\nAda,1,2,left": "line 2 must have 5 values",
        f"{HEADER}\nAda,1,2,left,": "line 2 must have 5 values",
        f"{HEADER}\nAda,1,2,left,up\nAda,1,2,left,up": "line 3 gives Ada 1 2 a second time",
    }
    for text, fault in faults.items():
        path.write_text(f"{text}\n")
        with pytest.raises(DataError) as error:
            read_attributes(path, LANDMARK_KEYS)
        assert fault in str(error.value) and str(path) in str(error.value) and "\n" not in str(error.value)


def test_faces_have_the_attributes_of_their_lines(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "faces", 4)
    without, plain = fingerprint(root), loaded(root, tmp_path)
    assert plain.attributes is None and plain.attribute_names is None
    names = [face.name.rsplit("_", 2) for face in plain.images]
    lines = [f"{who.replace('_', ' ').upper()},{image},{face},{image},front" for who, image, face in names]
    (root / ATTRIBUTES).write_text("\n".join([HEADER, *reversed(lines)]) + "\n")
    assert fingerprint(root) != without
    data = loaded(root, tmp_path)
    assert data.attributes is not None and data.attribute_names == ["pose", "light"]
    images = [image for _, image, _ in names]
    assert data.attributes[:, 0].tolist() == [sorted(set(images)).index(image) for image in images]
    assert data.attributes.dtype == np.int64 and set(data.attributes[:, 1].tolist()) == {0}
    (root / ATTRIBUTES).write_text("\n".join([HEADER, *lines[1:]]) + "\n")
    with pytest.raises(DataError, match=r"attributes\.csv: has no line for .*; add it, or remove the file"):
        _ = loaded(root, tmp_path).attributes


def test_drawn_faces_tell_what_they_were_drawn_with(tmp_path: Path) -> None:
    root = synthesize_facescrub(tmp_path / "drawn", 8)
    names, words = read_attributes(root / ATTRIBUTES, LANDMARK_KEYS)
    assert names == ["pose", "expression", "mouth", "eyes", "light", "tone", "background"] and len(words) == 8
    drawn = draw_somebody("facescrub", 0, 0, 0, False, 160)
    assert tuple(attribute_words(drawn).values()) == next(w for (_, image, _), w in words.items() if image == "1")
    pose = "left" if drawn.how.yaw < -8 else "right" if drawn.how.yaw >= 8 else "front"
    assert attribute_words(drawn)["pose"] == pose
    assert loaded(root, tmp_path).attributes.shape == (8, 7)  # type: ignore[union-attr]
