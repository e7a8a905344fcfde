"""An image-to-image model on images that are not square: training, sample sheets, test, panels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import pytorch_lightning as pl
from PIL import Image
from support.completion import TINY, trainer
from support.deepfashion_folder import names, write_folder

from ablations.report.views.image_grids import ImageGrid, render_grid
from datamodules import DeepFashion
from lightning_modules.callbacks.checkpointing import EVALUATED, Checkpoints
from lightning_modules.callbacks.samples import Samples
from lightning_modules.evaluation import ImageToImage
from lightning_modules.fashion_completion import WeNShape, WeNTexture
from lightning_modules.panels import Grid, read_panels

HEIGHT, WIDTH = 64, 48


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ImageToImage]:
    """A texture stage, fed by a shape stage, each of one iteration, and its test at 64 x 48."""
    folder = tmp_path_factory.mktemp("sizes")
    root = write_folder(folder / "DeepFashion", names(6), size=(96, 60))
    data = DeepFashion(str(root), (HEIGHT, WIDTH), batch_size=2, test_count=3, cache_dir=str(folder / "cache"))
    pl.seed_everything(0, verbose=False)
    trainer(folder / "shape", Checkpoints()).fit(WeNShape(**TINY, max_iterations=1), datamodule=data)
    shape = folder / "shape" / EVALUATED["last"]
    module = WeNTexture(**TINY, max_iterations=1, shape_checkpoint=str(shape))
    trainer(folder, Samples(count=2, sheets=1)).fit(module, datamodule=data)
    evaluator = ImageToImage(
        "effnetlite0", cache_dir=str(folder / "cache"), samples=2, diversity_inputs=1, diversity_samples=2
    )
    trainer(folder, evaluator).test(module, datamodule=data, verbose=False)
    return folder / "samples", evaluator


def test_the_sample_sheet_has_images_of_that_size(evaluated: tuple[Path, ImageToImage]) -> None:
    sheet = np.asarray(Image.open(evaluated[0] / "iteration_000001.png"))
    gap, title = 5, 15  # images are shown twice as large: no side is shorter than 64 pixels
    assert sheet.shape == (2 * (2 * HEIGHT + gap) + title + 2 * gap, 3 * (2 * WIDTH + gap) + gap, 3)


def test_metrics_are_measured_and_the_protocol_says_height_and_width(
    evaluated: tuple[Path, ImageToImage],
) -> None:
    result = evaluated[1].result
    assert result is not None
    assert result["protocol"]["resolution"] == [HEIGHT, WIDTH]
    measured = {name for name, value in result["metrics"].items() if value is not None}
    assert measured >= {"fd_effnetlite0", "ssim", "psnr", "parsing_miou_hole", "diversity_l1"}


def test_panels_have_images_of_that_size_and_reports_keep_their_proportions(
    evaluated: tuple[Path, ImageToImage],
) -> None:
    panels = read_panels(evaluated[0])
    assert set(panels) == {"samples", "diversity"}
    for panel in panels.values():
        assert isinstance(panel, Grid)
        for path in (path for line in panel.files for path in line):
            assert path is not None
            with Image.open(path) as image:
                assert image.size == (WIDTH, HEIGHT)
    red = evaluated[0] / "red.png"
    Image.new("RGB", (WIDTH, HEIGHT), (255, 0, 0)).save(red)
    page = np.asarray(render_grid(ImageGrid(["one"], [[red]])))
    rows, columns = np.nonzero((page == (255, 0, 0)).all(2))
    assert (rows.max() + 1 - rows.min(), columns.max() + 1 - columns.min()) == (3 * HEIGHT, 3 * WIDTH)
