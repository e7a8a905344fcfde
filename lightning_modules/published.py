"""Published images in place of generated ones: a row of published results goes through the same evaluator."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from common.errors import ConfigurationError, DataError, one_line
from lightning_modules.base import Batch, TrainedModule

#: Deviations from the paper: place, its text, ours, reason.
DEVIATIONS = (
    (
        "Published images",
        "how the paper cropped, resized and composited them before it measured them is often not given",
        "compared at their own size with our test images; pixels outside the hole are theirs unless `visible` is set",
        "completion rows are composited into the real image, so only with `visible` are the two measured alike",
    ),
)


class PublishedResults(TrainedModule):
    """Returns the images of a folder by the names of the test images, so that all rows go through the same evaluator.

    Nothing is learnt: training ends with the first batch. Of a test image `img/a/b.jpg`, `{path}` in a
    pattern is `img/a/b`, `{flat}` is `img_a_b`, and `{stem}` is `b`. The first pattern that names a file is used.
    A batch of the data module holds `name`, a list of str. Published images are not resized, and composited into
    the real image only with `visible`. There is one output for an input, hence no diversity.

    Args:
        images_root: the folder. A stage's key has a digest of its files instead, see `folder_arguments`.
        patterns: patterns of its file names.
        truth: the batch's key of the real images (B, 3, H, W) in [-1, 1].
        inputs: the batch's key of the images that are shown as inputs, of the same format; "" for the real images.
        visible: the batch's key of the known pixels (B, 1, H, W), 1 where the real image is kept, as completion models
            keep it; "" takes whole published images.

    Attributes:
        folder_arguments: arguments that are folders; the key has a digest of their files, not their paths. A literal.

    Raises:
        ConfigurationError: no folder is set, a pattern has an unknown field, or a batch lacks a key.
        DataError: there is no such folder; an image is missing, unreadable, or of another size than the real image; two
            test images have the same file. One line that names the file and the fix.
    """

    evaluator: ClassVar[str] = "lightning_modules.evaluation.ImageToImage"
    folder_arguments: ClassVar[tuple[str, ...]] = ("images_root",)

    def __init__(
        self,
        images_root: str | None = None,
        patterns: tuple[str, ...] = ("{path}.png", "{path}.jpg", "{flat}.png", "{flat}.jpg"),
        truth: str = "image",
        inputs: str = "",
        visible: str = "",
    ) -> None:
        super().__init__(max_iterations=1)
        self.save_hyperparameters()
        self.images_root, self.patterns = images_root, tuple(patterns)
        self.truth, self.inputs, self.visible = truth, inputs or truth, visible
        self._used: dict[Path, str] = {}

    def setup(self, stage: str) -> None:
        super().setup(stage)
        self._root()
        for pattern in self.patterns:
            _file_name(pattern, "name.jpg")
        self._used = {}

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """Return a loss of 0; nothing is learnt."""
        return {"L": torch.zeros((), device=self.device)}

    def test_step(self, batch: Batch, batch_index: int) -> dict[str, Any]:
        """Return the published images beside the real ones, for `ImageToImage`."""
        missing = [key for key in ("name", self.truth, self.inputs, self.visible or "name") if key not in batch]
        if missing:
            raise ConfigurationError(
                f"model.init_args: a batch has no {missing[0]!r}; it has {', '.join(batch)} "
                "(truth, inputs and visible name three)"
            )
        real: Tensor = batch[self.truth]
        published = torch.stack([self._image(name, real.shape[-2:]) for name in batch["name"]]).to(real)
        if self.visible:
            published = torch.where(batch[self.visible] > 0, real, published)
        return {
            "real": real,
            "inputs": batch[self.inputs],
            "name": batch["name"],
            "generated": {"published": published},
        }

    def configure_optimizers(self) -> None:
        """Return None: nothing is learnt."""

    def _root(self) -> Path:
        if self.images_root is None:
            raise ConfigurationError(
                "model.init_args.images_root is not set; give the folder of the published images in the base file"
            )
        root = Path(self.images_root)
        if not root.is_dir():
            raise DataError(f"{root}: no such folder; model.init_args.images_root is that of the published images")
        return root

    def _image(self, name: str, size: tuple[int, ...]) -> Tensor:
        """Return the published image of a test image, (3, H, W) in [-1, 1]."""
        path = self._path(name)
        if self._used.setdefault(path, name) != name:
            names = f"{self._used[path]} and of {name}"
            raise DataError(f"{path}: is the image of {names}; use {{path}} or {{flat}} in patterns")
        try:
            with Image.open(path) as image:
                pixels = np.array(image.convert("RGB"))
        except Exception as error:  # Pillow raises many kinds for broken files
            raise DataError(f"{path}: unreadable ({one_line(error)}); download it again") from error
        if pixels.shape[:2] != tuple(size):
            (height, width), (real_height, real_width) = pixels.shape[:2], size
            raise DataError(
                f"{path}: is {height} x {width} (height x width), the test images are {real_height} x {real_width}; "
                "publish it at that size, or test at its own with data.init_args.resolution"
            )
        return torch.from_numpy(pixels).movedim(-1, 0).float().div_(127.5).sub_(1.0)

    def _path(self, name: str) -> Path:
        paths = [self._root() / _file_name(pattern, name) for pattern in self.patterns]
        found = next((path for path in paths if path.is_file()), None)
        if found is None:
            looked = ", ".join(dict.fromkeys(str(path.relative_to(self._root())) for path in paths))
            raise DataError(f"{self.images_root}: has no image of {name} ({looked}); add it, or correct patterns")
        return found


def _file_name(pattern: str, name: str) -> str:
    """Return the file that a pattern names for a test image, relative to the folder."""
    path = PurePosixPath(name).with_suffix("")
    try:
        return pattern.format(path=path, flat=str(path).replace("/", "_"), stem=path.name)
    except (LookupError, ValueError) as error:
        fields = "{path}, {flat}, {stem}"
        raise ConfigurationError(f"model.init_args.patterns: {pattern!r} is not a pattern; fields: {fields}") from error
