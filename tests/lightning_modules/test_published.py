"""Published images: found by the names of the test images, compared as they are, refused in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from common.errors import ConfigurationError, DataError
from lightning_modules.base import GenerativeModule
from lightning_modules.published import PublishedResults

HEIGHT, WIDTH = 2, 3


def image(value: int = 255, size: tuple[int, int] = (HEIGHT, WIDTH)) -> Image.Image:
    """One colour, with a black pixel in the upper right corner."""
    pixels = np.full((*size, 3), value, np.uint8)
    pixels[0, -1] = 0
    return Image.fromarray(pixels)


def write(root: Path, name: str, value: int = 255, **more: Any) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    image(value, **more).save(path)


def batch(*names: str) -> dict[str, Any]:
    real = torch.zeros(len(names), 3, HEIGHT, WIDTH)
    return {"name": list(names), "person": real, "holed": real - 0.5}


def model(root: Path, **arguments: Any) -> PublishedResults:
    found = PublishedResults(str(root), truth="person", **arguments)
    found.setup("test")
    return found


def published(root: Path, *names: str, **arguments: Any) -> torch.Tensor:
    return model(root, **arguments).test_step(batch(*names), 0)["generated"]["published"]


def test_images_are_handed_out_by_name_in_unit_range(tmp_path: Path) -> None:
    write(tmp_path, "img/a/1.png", 255)
    write(tmp_path, "img/b/1.png", 51)
    images = published(tmp_path, "img/b/1.jpg", "img/a/1.jpg")
    assert images.shape == (2, 3, HEIGHT, WIDTH) and images.dtype == torch.float32
    assert images[:, 0, 1, 1].tolist() == pytest.approx([51 / 127.5 - 1, 1.0])
    assert images[1, :, 0, -1].tolist() == [-1.0] * 3 and images[1, 0, -1, 0] == 1.0


def test_what_the_evaluator_gets(tmp_path: Path) -> None:
    write(tmp_path, "1.png")
    given = batch("1.jpg")
    plain = model(tmp_path).test_step(given, 0)
    assert (plain["real"] is given["person"], plain["inputs"] is given["person"]) == (True, True)
    assert (plain["name"], list(plain["generated"])) == (["1.jpg"], ["published"])
    assert model(tmp_path, inputs="holed").test_step(given, 0)["inputs"] is given["holed"]
    assert PublishedResults.evaluator == "lightning_modules.evaluation.ImageToImage"
    assert not issubclass(PublishedResults, GenerativeModule)  # no diversity of one image


def test_known_pixels_are_those_of_the_real_image_only_if_named(tmp_path: Path) -> None:
    write(tmp_path, "1.png")
    visible = torch.zeros(1, 1, HEIGHT, WIDTH)
    visible[..., 0] = 1.0
    given = {**batch("1.jpg"), "visible": visible}
    whole = model(tmp_path).test_step(given, 0)["generated"]["published"]
    composited = model(tmp_path, visible="visible").test_step(given, 0)["generated"]["published"]
    assert (whole[..., 0] == 1).all()
    assert (composited[..., 0] == 0).all() and torch.equal(composited[..., 1:], whole[..., 1:])
    with pytest.raises(ConfigurationError, match="no 'known'"):
        model(tmp_path, visible="known").test_step(given, 0)


def test_the_first_pattern_that_names_a_file_is_taken(tmp_path: Path) -> None:
    files = {"img/a/1.png": 10, "img/a/1.jpg": 60, "img_a_1.png": 110, "img_a_1.jpg": 160}
    for name, value in files.items():
        write(tmp_path, name, value, size=(16, 16))
    for name, value in files.items():
        real = torch.zeros(1, 3, 16, 16)
        found = model(tmp_path).test_step({"name": ["img/a/1.jpeg"], "person": real}, 0)["generated"]["published"]
        assert found[0, 0, -1, 0] == pytest.approx(value / 127.5 - 1, abs=0.05)
        (tmp_path / name).unlink()
    write(tmp_path, "out_1.bmp", 255)
    assert published(tmp_path, "img/a/1.jpg", patterns=("out_{stem}.bmp",))[0, 0, 1, 0] == 1.0


def test_its_training_is_one_batch_that_learns_nothing(tmp_path: Path) -> None:
    found = model(tmp_path)
    assert found.max_iterations == 1 and found.configure_optimizers() is None
    assert found.step(batch("1.jpg"), torch.Generator())["L"] == 0.0
    assert not list(found.parameters())


@pytest.mark.parametrize(
    ("names", "arguments", "error", "message"),
    [
        (["c.jpg"], {}, DataError, r"has no image of c.jpg \(c.png, c.jpg\); add it, or correct patterns"),
        (
            ["large.jpg"],
            {},
            DataError,
            r"large.png: is 4 x 3 \(height x width\), the test images are 2 x 3; ",
        ),
        (["wide.jpg"], {}, DataError, r"wide.png: is 2 x 4 \(height x width\), the test images are 2 x 3; "),
        (["broken.jpg"], {}, DataError, "broken.png: unreadable .*; download it again"),
        (
            ["x/a.jpg", "y/a.jpg"],
            {"patterns": ["{stem}.png"]},
            DataError,
            "a.png: is the image of x/a.jpg and of y/a",
        ),
        (
            ["a.jpg"],
            {"patterns": ["{name}.png"]},
            ConfigurationError,
            r"'{name}.png' is not a pattern; fields: {path}, ",
        ),
        (["a.jpg"], {"patterns": ["{}.png"]}, ConfigurationError, "'{}.png' is not a pattern"),
        (["a.jpg"], {"patterns": ["{.png"]}, ConfigurationError, "'{.png' is not a pattern"),
        (["a.jpg"], {"inputs": "mask"}, ConfigurationError, "a batch has no 'mask'; it has name, person, holed"),
    ],
)
def test_what_is_wrong_is_one_line(
    names: list[str], arguments: dict[str, Any], error: type[Exception], message: str, tmp_path: Path
) -> None:
    write(tmp_path, "a.png")
    write(tmp_path, "large.png", size=(4, 3))
    write(tmp_path, "wide.png", size=(2, 4))
    (tmp_path / "broken.png").write_bytes(b"no image")
    with pytest.raises(error, match=message) as caught:
        published(tmp_path, *names, **arguments)
    assert "\n" not in str(caught.value)


def test_a_second_test_may_take_the_same_images(tmp_path: Path) -> None:
    write(tmp_path, "a.png")
    found = model(tmp_path, patterns=["{stem}.png"])
    found.test_step(batch("x/a.jpg"), 0)
    found.setup("test")
    found.test_step(batch("y/a.jpg"), 0)


def test_the_folder_is_looked_for_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="images_root is not set; give the folder of the published images"):
        PublishedResults().setup("fit")
    with pytest.raises(DataError, match="nowhere: no such folder; "):
        PublishedResults(str(tmp_path / "nowhere")).setup("fit")
