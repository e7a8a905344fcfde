"""FaceScrub's lists and folders: what is read, however it was downloaded, and that every planted fault is named."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from support.facescrub_folder import (
    BOX,
    COLUMNS,
    HEADER,
    image_file,
    landmarks,
    line,
    photograph,
    photographs,
    store,
    write_folder,
    write_lists,
)

from common.errors import DataError
from datamodules.layouts.facescrub import fingerprint, is_synthetic, problem_of, read_listing, verify


def write_list(root: Path, text: str, name: str = "facescrub_actors.txt") -> Path:
    """A list of one's own, and one photograph so that there is something to find."""
    store(root / "images/Aaron_Eckhart/Aaron_Eckhart_1.jpeg", photograph(200))
    return store(root / name, text)


def row(**changes: str) -> str:
    values = {
        "name": "Aaron Eckhart",
        "image_id": "1",
        "face_id": "7",
        "url": "http://photographs.invalid/1.jpg",
        "bbox": ",".join(map(str, BOX)),
        "sha256": hashlib.sha256(photograph(200)).hexdigest(),
    }
    return "\t".join({**values, **changes}.values())


def test_the_official_script_s_folders_are_read(tmp_path: Path) -> None:
    root = write_folder(tmp_path)
    listing = read_listing(root)
    assert listing.kind == "photographs" and listing.has_landmarks
    assert listing.people == ["Aaron Eckhart", "Zac Efron", "Anne Hathaway"]  # actors first, in the lists' order
    first = listing.faces[0]
    assert (first.name, first.person) == ("Aaron_Eckhart_1_101", "Aaron Eckhart")
    assert first.path == root / "actors/images/Aaron_Eckhart/Aaron_Eckhart_1.jpeg"
    box = first.box
    assert box is not None and (box.x, box.y, box.x + box.width, box.y + box.height) == BOX
    assert first.landmarks is not None and first.landmarks[0].tolist() == [42.0, 34.0]
    found = verify(root)
    assert found.ok and found.images == 12
    assert "FaceScrub, 12 images listed, complete and consistent; 3 people" in found.summary()
    assert not is_synthetic(root)


@pytest.mark.parametrize(
    "place",
    [
        "images/{under}/{under}_{id}.jpg",
        "images/{name}/{name}_{id}.JPG",
        "images/{under}/{id}.png",
        "images/{under}_{id}.jpg",
        "actresses/images/{under}/{under}_{id}",
        "download/{under}/{sha1}.jpg",
        "{under}/{under}_{id}.jpeg",
    ],
)
def test_other_scripts_folders_are_read(place: str, tmp_path: Path) -> None:
    lines: dict[str, list[str]] = {"actors": [], "actresses": []}
    for part, person, number, content in photographs(2):
        url = f"http://photographs.invalid/a b/{number}.jpg?x=1"
        names = {"under": person.replace(" ", "_"), "name": person, "id": str(number)}
        store(tmp_path / place.format(**names, sha1=hashlib.sha1(url.encode()).hexdigest()), content)
        lines[part].append(line(person, number, number, content, url=url))
    write_lists(tmp_path, lines)
    store(tmp_path / "download/Aaron_Eckhart/_bboxes.txt", "what that script leaves")
    found = verify(tmp_path)
    assert found.problems == [] and found.images == 6
    assert "no landmarks.csv" in found.summary()
    assert all(face.path is not None and not face.cut_out for face in read_listing(tmp_path).faces)


def test_cut_out_faces_are_read_with_and_without_lists(tmp_path: Path) -> None:
    for part, person, number, content in photographs(2):
        folder = person.replace(" ", "_")
        store(tmp_path / part / "faces" / folder / f"{folder}_{number}_{number + 100}.jpeg", content)
    without = read_listing(tmp_path)
    assert without.kind == "faces" and without.people == ["Aaron Eckhart", "Zac Efron", "Anne Hathaway"]
    assert without.faces[0].name == "actors/faces/Aaron_Eckhart/Aaron_Eckhart_1_101.jpeg"
    lines: dict[str, list[str]] = {"actors": [], "actresses": []}
    for part, person, number, content in photographs(2):
        lines[part].append(line(person, number, number + 100, b"the photograph, which is not " + content))
    write_lists(tmp_path, lines)
    listing = read_listing(tmp_path)
    assert listing.kind == "faces" and listing.faces[0].box is None
    found = verify(tmp_path)
    assert found.problems == []  # the sha256 is the photograph's
    assert "face crops: they are used as they are" in found.summary()


def test_a_folder_a_person_is_read(tmp_path: Path) -> None:
    for name in ("Zac_Efron/12_a.png", "Aaron Eckhart/x.JPG", "Aaron Eckhart/y.webp"):
        store(tmp_path / name, photograph(200, {"png": "PNG", "webp": "WEBP"}.get(name[-4:].strip("."), "JPEG")))
    store(tmp_path / "Aaron Eckhart/README", "about")
    (tmp_path / "empty").mkdir()
    listing = read_listing(tmp_path)
    assert listing.people == ["Aaron Eckhart", "Zac Efron"]
    assert [face.name for face in listing.faces] == [
        "Aaron Eckhart/x.JPG",
        "Aaron Eckhart/y.webp",
        "Zac_Efron/12_a.png",
    ]
    assert verify(tmp_path).ok


def test_photographs_go_before_cut_out_faces(tmp_path: Path) -> None:
    root = write_folder(tmp_path, 1)
    store(root / "actors/faces/Aaron_Eckhart/Aaron_Eckhart_1_101.jpeg", photograph(200))
    assert read_listing(root).kind == "photographs"


@pytest.mark.parametrize("ends", ["\r\n", "\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("header", [True, False])
def test_lists_from_other_editors_are_read(ends: str, mark: str, header: bool, tmp_path: Path) -> None:
    lines = [*([COLUMNS] if header else []), row(), "", row(image_id="2", face_id="8")]
    write_list(tmp_path, mark + ends.join(lines) + ends)
    listing = read_listing(tmp_path)
    assert [face.name for face in listing.faces] == ["Aaron_Eckhart_1_7", "Aaron_Eckhart_2_8"]
    assert listing.faults == [] and "facescrub_actresses.txt is not there" in listing.notes
    assert listing.faces[0].row is not None and listing.faces[0].row.where.endswith(f"line {1 + header}")


def test_columns_may_be_in_another_order_and_more(tmp_path: Path) -> None:
    columns, values = COLUMNS.split("\t"), row().split("\t")
    lines = ["\t".join(["quality", *columns[::-1]]), "\t".join(["good", *values[::-1]])]
    write_list(tmp_path, "\n".join(lines))
    (face,) = read_listing(tmp_path).faces
    assert face.name == "Aaron_Eckhart_1_7" and problem_of(face) is None


def test_one_name_spelt_in_several_ways_is_one_person(tmp_path: Path) -> None:
    spellings = ["Aaron Eckhart", "Aaron  Eckhart ", "aaron_eckhart"]
    write_list(tmp_path, "\n".join([COLUMNS, *(row(name=name, face_id=str(i)) for i, name in enumerate(spellings))]))
    listing = read_listing(tmp_path)
    assert listing.people == ["Aaron Eckhart"]
    assert [face.name for face in listing.faces] == [f"Aaron_Eckhart_1_{i}" for i in range(3)]
    assert "lines that spell a name differently: 1 (the first spelling is used)" in listing.notes
    assert "photographs with several faces of the lists: 1" in listing.notes


def test_repeated_lines_are_mended_and_disagreeing_ones_named(tmp_path: Path) -> None:
    other = row(bbox="0,0,50,50")
    path = write_list(tmp_path, "\n".join([COLUMNS, row(), row(), other]))
    listing = read_listing(tmp_path)
    assert len(listing.faces) == 1
    assert "lines that repeat a face: 2 (the first is used)" in listing.notes
    assert listing.faults == [f"{path}: line 4 and {path} line 2 disagree on Aaron_Eckhart_1_7; remove one of them"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (row(bbox="30,20,70"), "has bbox '30,20,70'; it must be left,top,right,bottom"),
        (row(bbox="30,20,70,x"), "has bbox '30,20,70,x'"),
        (row(bbox="70,20,30,60"), "has bbox '70,20,30,60': its right and bottom are not beyond its left and top"),
        (row(image_id="one"), "has image_id 'one'; it is no number"),
        (row(face_id=""), "has face_id ''; it is no number"),
        (row(sha256="abc"), "has sha256 'abc'; it is not 64 hexadecimal digits"),
        (row(name=" "), "has no name of a person"),
        (row(name="../etc"), "has no name of a person"),
        (row().replace("\t", " "), "has 1 values separated by tabs; 6 are expected"),
        (row().rpartition("\t")[0], "has 5 values separated by tabs; 6 are expected"),
    ],
)
def test_a_wrong_line_is_named_and_the_others_read(text: str, said: str, tmp_path: Path) -> None:
    path = write_list(tmp_path, "\n".join([COLUMNS, text, row(face_id="9")]))
    found = verify(tmp_path)
    (problem,) = found.problems
    assert problem.startswith(f"{path}: line 2 {said}") and "\n" not in problem
    assert found.images == 1


def test_wrong_columns_are_refused(tmp_path: Path) -> None:
    write_list(tmp_path, "name\tid\turl\tbox\n" + row())
    with pytest.raises(
        DataError, match=r"actors.txt: line 1 has no column image_id, face_id, bbox, sha256; it must be"
    ):
        read_listing(tmp_path)


def test_a_list_that_is_no_text_or_empty_is_refused(tmp_path: Path) -> None:
    store(tmp_path / "facescrub_actors.txt", "name".encode("utf-16"))
    with pytest.raises(DataError, match=r"actors.txt: cannot be read .*fetch the list again"):
        read_listing(tmp_path)
    store(tmp_path / "facescrub_actors.txt", COLUMNS)
    with pytest.raises(DataError, match="lists no face"):
        read_listing(tmp_path)


def test_nothing_and_lists_alone_say_what_to_get(tmp_path: Path) -> None:
    for root in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(DataError, match=r"FaceScrub: .*on request.*data synthesize facescrub") as caught:
            read_listing(root)
        assert "\n" not in str(caught.value)
    store(tmp_path / "facescrub_actors.txt", "\n".join([COLUMNS, row()]))
    with pytest.raises(DataError, match=r"lists of 1 faces and none of their images.*actors/images/Name/Name_1.jpeg"):
        read_listing(tmp_path)


def test_every_planted_fault_is_named(tmp_path: Path) -> None:
    root = write_folder(tmp_path)
    files = [image_file(root, number) for number in range(1, 13)]
    files[0].unlink()
    files[1].write_text("<!DOCTYPE html><html>404</html>")
    files[2].write_bytes(photograph(5))  # an image, but another
    half = files[3].read_bytes()[:300]
    files[3].write_bytes(half)
    listed = store(root / "facescrub_actors.txt", (root / "facescrub_actors.txt").read_bytes())
    text = listed.read_text().replace(hashlib.sha256(photograph(100)).hexdigest(), hashlib.sha256(half).hexdigest())
    outside = photograph(110)
    text = text.replace(line("Zac Efron", 5, 105, outside), line("Zac Efron", 5, 105, outside, (500, 20, 540, 60)))
    listed.write_text(text)
    points = (root / "landmarks.csv").read_text()
    points = points.replace(landmarks("Zac Efron", 6, 106), landmarks("Zac Efron", 6, 106, (500, 20, 540, 60)))
    (root / "landmarks.csv").write_text(points)
    found = verify(root)
    faults = {
        "line 2: the image of Aaron_Eckhart_1_101 is missing": listed,
        "is a web page, not an image (a dead link); remove it": files[1],
        "is another file than the one in": files[2],
        "unreadable": files[3],
        "the box of Zac_Efron_5_105 lies outside of its 120x96 image": listed,
        "the landmarks of Zac_Efron_6_106 lie outside of this 120x96 image": files[5],
    }
    assert len(found.problems) == len(faults)
    for what, path in faults.items():
        (problem,) = [problem for problem in found.problems if what in problem]
        assert str(path) in problem and "\n" not in problem
    assert "6 problems" in found.summary()


def test_faults_of_the_landmarks_are_named(tmp_path: Path) -> None:
    root = write_folder(tmp_path, 1)
    good = landmarks("Aaron Eckhart", 1, 101)
    exchanged = ",".join([*good.split(",")[:3], *good.split(",")[5:7], *good.split(",")[3:5], *good.split(",")[7:]])
    lines = {
        good.replace(",34.00", ",nan", 1): "has a number that is not finite",
        good.replace("42.00", "left"): "could not convert string to float: 'left'",
        good + ",1": "has 14 values; 13 are expected",
        "Aaron Eckhart,1,101" + ",5" * 10: "has points that do not span a face",
        exchanged.replace("44.00,50.00,56.00,50.00", "56.00,50.00,44.00,50.00"): "has left and right exchanged",
        landmarks("Nobody", 1, 1): "nobody 1 1 is in neither list",
    }
    path = store(root / "landmarks.csv", "\n".join([HEADER, *lines, good, good]))
    problems = verify(root).problems
    said = [*list(lines.values())[:-1], "gives Aaron Eckhart 1 101 a second time", "nobody 1 1 is in neither list"]
    assert len(problems) == len(said)
    for problem, what in zip(problems, said, strict=True):
        assert problem.startswith(str(path)) and what in problem
    store(path, "name,image,face\n")
    with pytest.raises(DataError, match=r"landmarks.csv: line 1 is 'name,image,face'; it must be 'name,image_id,"):
        verify(root)


def test_the_fingerprint_follows_lists_points_and_images(tmp_path: Path) -> None:
    root = write_folder(tmp_path, 2)
    seen = {fingerprint(root)}
    changed = image_file(root, 2)
    changed.write_bytes(changed.read_bytes() + b"x")
    seen.add(fingerprint(root))
    image_file(root, 1).unlink()
    seen.add(fingerprint(root))
    (root / "landmarks.csv").unlink()
    seen.add(fingerprint(root))
    store(root / "facescrub_actresses.txt", COLUMNS)
    seen.add(fingerprint(root))
    assert len(seen) == 5
    assert fingerprint(root) in seen
