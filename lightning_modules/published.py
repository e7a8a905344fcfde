"""Published images in place of generated ones: a row of a table is then anyone's results, measured like all others."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from common.errors import ConfigurationError, DataError, one_line
from lightning_modules.base import Batch, TrainedModule


class PublishedResults(TrainedModule):
    """Hands out a folder of images by the names of the test images, so that they go through the evaluator of all rows.

    There is nothing to learn: its training ends with the first batch. Of a test image `img/a/b.jpg`, `{path}` in a
    pattern is `img/a/b`, `{flat}` is `img_a_b`, and `{stem}` is `b`. The first pattern that names a file is taken.
    A batch of the data module holds `name`, a list of str. What is published is compared as it is: nothing is resized,
    nor pasted into the real image. It has one output for an input, hence no diversity.

    Args:
        images_root: the folder. A key has a digest of its files in its place, see `folder_arguments`.
        patterns: of the files in it.
        truth: the batch's key of the real images (B, 3, H, W) in [-1, 1].
        inputs: the batch's key of what is shown as input, such images too; "" for the real ones.

    Attributes:
        folder_arguments: arguments that are folders, whose files are in the key and not their place. A literal.

    Raises:
        ConfigurationError: no folder is set, a pattern has another field, or a batch has no such key.
        DataError: there is no such folder; an image is missing, unreadable, or of another size than the real one; two
            test images would be one file. One line, naming the file and the fix.
    """

    evaluator: ClassVar[str] = "lightning_modules.evaluation.ImageToImage"
    folder_arguments: ClassVar[tuple[str, ...]] = ("images_root",)

    def __init__(
        self,
        images_root: str | None = None,
        patterns: tuple[str, ...] = ("{path}.png", "{path}.jpg", "{flat}.png", "{flat}.jpg"),
        truth: str = "image",
        inputs: str = "",
    ) -> None:
        super().__init__(max_iterations=1)
        self.save_hyperparameters()
        self.images_root, self.patterns = images_root, tuple(patterns)
        self.truth, self.inputs = truth, inputs or truth
        self._taken: dict[Path, str] = {}

    def setup(self, stage: str) -> None:
        super().setup(stage)
        self._root()
        for pattern in self.patterns:
            _file(pattern, "name.jpg")
        self._taken = {}

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """Nothing; the loss is 0."""
        return {"L": torch.zeros((), device=self.device)}

    def test_step(self, batch: Batch, batch_index: int) -> dict[str, Any]:
        """Return the published images beside the real ones, for `ImageToImage`."""
        missing = [key for key in ("name", self.truth, self.inputs) if key not in batch]
        if missing:
            raise ConfigurationError(
                f"model.init_args: a batch has no {missing[0]!r}; it has {', '.join(batch)} (truth and inputs name two)"
            )
        real: Tensor = batch[self.truth]
        published = torch.stack([self._image(name, real.shape[-2:]) for name in batch["name"]])
        return {
            "real": real,
            "inputs": batch[self.inputs],
            "name": batch["name"],
            "generated": {"published": published.to(real)},
        }

    def configure_optimizers(self) -> None:
        """None: there is nothing to learn."""

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
        """(3, H, W) in [-1, 1]: what is published for a test image."""
        path = self._path(name)
        if self._taken.setdefault(path, name) != name:
            names = f"{self._taken[path]} and of {name}"
            raise DataError(f"{path}: is the image of {names}; use {{path}} or {{flat}} in patterns")
        try:
            with Image.open(path) as image:
                pixels = np.array(image.convert("RGB"))
        except Exception as error:  # Pillow raises many kinds for broken files
            raise DataError(f"{path}: unreadable ({one_line(error)}); fetch it again") from error
        if pixels.shape[:2] != tuple(size):
            (height, width), (wanted, across) = pixels.shape[:2], size
            raise DataError(
                f"{path}: is {height} x {width} (height x width), the test images are {wanted} x {across}; publish it "
                "at that size, or test at its own with data.init_args.resolution"
            )
        return torch.from_numpy(pixels).movedim(-1, 0).float().div_(127.5).sub_(1.0)

    def _path(self, name: str) -> Path:
        paths = [self._root() / _file(pattern, name) for pattern in self.patterns]
        found = next((path for path in paths if path.is_file()), None)
        if found is None:
            looked = ", ".join(dict.fromkeys(str(path.relative_to(self._root())) for path in paths))
            raise DataError(f"{self.images_root}: has no image of {name} ({looked}); add it, or correct patterns")
        return found


def _file(pattern: str, name: str) -> str:
    """The file, relative to the folder, that a pattern names for a test image."""
    path = PurePosixPath(name).with_suffix("")
    try:
        return pattern.format(path=path, flat=str(path).replace("/", "_"), stem=path.name)
    except (LookupError, ValueError) as error:
        fields = "{path}, {flat}, {stem}"
        raise ConfigurationError(f"model.init_args.patterns: {pattern!r} is no pattern; fields: {fields}") from error
