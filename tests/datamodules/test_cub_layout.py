"""The official layout of the birds: what reads, what is refused, and that every planted fault is named."""

from __future__ import annotations

import pytest
from support.cub_folder import BOX, CLASSES, edit_line, write_cub

from common.errors import DataError
from datamodules.layouts.cub import bird_box, fingerprint, is_synthetic, read_classes, read_records, verify


def test_a_complete_folder_verifies_whichever_folder_is_given(tmp_path):
    write_cub(tmp_path / "CUB_200_2011")
    (tmp_path / "attributes.txt").write_text("1 has_bill_shape::curved\n")  # lies beside the folder in the archive
    for root in (tmp_path, tmp_path / "CUB_200_2011"):
        found = verify(root)
        assert found.problems == []
        assert "CUB-200-2011, 12 images listed, complete and consistent" in found.summary()
        assert "the official set has 11788 of 200 classes, this one 12 of 3" in found.summary()
    assert fingerprint(tmp_path) == fingerprint(tmp_path / "CUB_200_2011")
    assert not is_synthetic(tmp_path)


def test_lists_are_read_as_the_set_has_them(tmp_path):
    write_cub(tmp_path)
    assert read_classes(tmp_path) == CLASSES
    first, second = read_records(tmp_path)[3:5]
    assert first.name == "001.Black_footed_Albatross/Black_footed_Albatross_0003_10.jpg"
    assert first.image == tmp_path / "images" / first.name
    assert (first.label, first.train, second.label, second.train) == (0, True, 1, False)
    assert (first.box.x, first.box.y, first.box.width, first.box.height) == BOX


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(tmp_path):
    write_cub(tmp_path)
    expected = read_records(tmp_path)
    for path in tmp_path.glob("*.txt"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_records(tmp_path) == expected


def test_every_planted_fault_is_named(tmp_path):
    write_cub(tmp_path)
    records = read_records(tmp_path)
    records[1].image.unlink()
    whole = records[2].image.read_bytes()
    records[2].image.write_bytes(whole[: len(whole) // 2])
    edit_line(tmp_path, "bounding_boxes", 6, "6 70.0 40.0 30.0 30.0")
    found = verify(tmp_path)
    faults = {
        f"{records[1].image}: ": "missing",
        f"{records[2].image}: ": "unreadable",
        f"{tmp_path / 'bounding_boxes.txt'}: the box of {records[5].name} (70, 40, 30, 30)": "outside of its 80x50",
    }
    assert len(found.problems) == len(faults)
    for start, what in faults.items():
        (line,) = [line for line in found.problems if line.startswith(start)]
        assert what in line
        assert "\n" not in line
    assert "3 problems" in found.summary()


def test_a_box_that_leaves_the_image_a_little_is_cut(tmp_path):
    write_cub(tmp_path)
    edit_line(tmp_path, "bounding_boxes", 1, "1 60.0 -0.5 21.0 30.0")
    assert verify(tmp_path).ok
    box = bird_box(read_records(tmp_path)[0], (50, 80, 3))
    assert (box.x, box.y, box.width, box.height) == (60, 0, 20, 29.5)


@pytest.mark.parametrize(
    ("name", "number", "line", "message"),
    [
        ("images", 3, None, "out of step with images.txt: 3 is in image_class_labels.txt and not in images.txt"),
        (
            "image_class_labels",
            3,
            None,
            "out of step with images.txt: 3 is in images.txt and not in image_class_labels",
        ),
        ("train_test_split", 12, None, "train_test_split.txt: out of step with images.txt: 12 is in images.txt"),
        ("bounding_boxes", 5, "55 1.0 1.0 9.0 9.0", "bounding_boxes.txt: out of step with images.txt: 5 is in images"),
        ("images", 2, "2", "images.txt: line 2 is not number and file: '2'"),
        ("images", 2, "two a/b.jpg", "images.txt: line 2 is not number and file"),
        ("images", 2, "1 001.Black_footed_Albatross/a.jpg", "images.txt: line 2 lists 1 a second time"),
        ("images", 2, "2 ../../secret.jpg", r"image 2 lies outside of images/: \.\./\.\./secret\.jpg"),
        ("images", 2, "2 002.Laysan_Albatross/a.jpg", "image 2 has class 1 .001.Black_.* and lies in 002.Laysan_"),
        ("image_class_labels", 4, "4 2", "image 4 has class 2 .*lists are out of step"),
        ("image_class_labels", 4, "4 4", "image 4 has class 4; classes.txt has 1 to 3"),
        ("image_class_labels", 4, "4 0", "image 4 has class 0; classes.txt has 1 to 3"),
        ("image_class_labels", 4, "4 first", "image_class_labels.txt: line 4 is not number and class"),
        ("train_test_split", 1, "1 2", "train_test_split.txt: line 1 is not number and 0 or 1"),
        (
            "bounding_boxes",
            1,
            "1 60.0 27.0 325.0",
            "bounding_boxes.txt: line 1 is not number, left, top, width and hei",
        ),
        ("bounding_boxes", 1, "1 60.0 27.0 0.0 304.0", "bounding_boxes.txt: line 1 is not"),
        ("bounding_boxes", 1, "1 60.0 nan 20.0 304.0", "bounding_boxes.txt: line 1 is not"),
        ("classes", 2, "3 003.Sooty_Albatross", "classes.txt: line 3 lists 3 a second time"),
        ("classes", 1, None, "classes.txt: classes are not numbered 1 to 2"),
    ],
)
def test_lists_that_cannot_be_right_are_refused_in_one_line(tmp_path, name, number, line, message):
    write_cub(tmp_path)
    edit_line(tmp_path, name, number, line)
    with pytest.raises(DataError, match=message) as caught:
        read_records(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_image_that_is_listed_twice_is_refused(tmp_path):
    write_cub(tmp_path)
    edit_line(tmp_path, "images", 2, f"2 {read_records(tmp_path)[0].name}")
    with pytest.raises(DataError, match=r"images\.txt: lists .*_0000_7\.jpg a second time, as 2"):
        read_records(tmp_path)


def test_empty_and_unreadable_lists_are_refused(tmp_path):
    write_cub(tmp_path)
    (tmp_path / "bounding_boxes.txt").write_text("\n")
    with pytest.raises(DataError, match=r"bounding_boxes\.txt: lists nothing"):
        read_records(tmp_path)
    (tmp_path / "bounding_boxes.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"bounding_boxes\.txt: cannot be read"):
        read_records(tmp_path)


@pytest.mark.parametrize("name", ["images", "classes", "bounding_boxes"])
def test_a_missing_list_says_what_to_get_from_whom_and_how_it_must_look(tmp_path, name):
    write_cub(tmp_path)
    (tmp_path / f"{name}.txt").unlink()
    with pytest.raises(DataError) as caught:
        read_records(tmp_path)
    for part in (f"has no {name}.txt", "California Institute", "non-commercial", "images/", "data synthesize cub"):
        assert part in str(caught.value)
    with pytest.raises(DataError, match="nowhere does not exist"):
        read_records(tmp_path / "nowhere")


def test_the_fingerprint_follows_files_and_lists(tmp_path):
    write_cub(tmp_path)
    seen = {fingerprint(tmp_path)}
    assert fingerprint(tmp_path) in seen
    path = read_records(tmp_path)[4].image
    path.write_bytes(path.read_bytes() + b"x")
    seen.add(fingerprint(tmp_path))
    for name, line in (("bounding_boxes", "2 21.0 10.0 30.0 20.0"), ("train_test_split", "2 0")):
        edit_line(tmp_path, name, 2, line)
        seen.add(fingerprint(tmp_path))
    assert len(seen) == 4
