"""Logs one stage to W&B: losses while it trains, metrics and sample images when it ends."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import yaml
from PIL import Image

from common.image_sheet import Cell, image_sheet
from lightning_modules.callbacks.history import HISTORY, read_history
from lightning_modules.callbacks.wandb_session import PROJECT, WandbSession
from lightning_modules.panels import SAMPLES_FOLDER, Grid, ImageFile, read_panels


class WandbRun(pl.Callback):
    """Opens one W&B run for a stage, in ``<default_root_dir>/wandb``; offline unless the user is logged in.

    Logged: ``module.losses`` by the papers' names against ``module.iteration`` (batches seen), ``config.yaml`` of the
    run folder, the result of the evaluation callback as ``metrics/...``, and the images in ``samples/``.
    The run's id is the run folder's name, so a stage that is run again is the same run: offline, it replaces the files
    of an earlier process, and first logs the content of `history.jsonl`. W&B only gets copies of what is on disk: any
    error of it gives one warning, and the training goes on.

    Args:
        project: W&B project.
        group: the table, such as ``"4-1"``.
        job_type: the stage, such as ``"texture"``.
        name: the row, such as ``"weN w/o GAN"``.
        tags: further labels (paper, seed, scale).
        every: log the losses each time ``module.iteration`` is a multiple of this.
        mode: ``"auto"`` (``WANDB_MODE`` where set; else online when logged in, otherwise offline), ``"online"``,
            ``"offline"`` or ``"disabled"``.
    """

    def __init__(
        self,
        project: str = PROJECT,
        group: str | None = None,
        job_type: str | None = None,
        name: str | None = None,
        tags: Sequence[str] = (),
        every: int = 10,
        mode: str = "auto",
    ) -> None:
        self.project, self.group, self.job_type, self.name = project, group, job_type, name
        self.tags, self.every, self.mode = tuple(tags), every, mode
        self._session: WandbSession | None = None
        self._logged_iteration = -1

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        if not trainer.is_global_zero or self._session is not None:
            return
        folder = Path(trainer.default_root_dir)
        self._session = WandbSession(
            folder,
            folder.resolve().name,
            project=self.project,
            group=self.group,
            job_type=self.job_type,
            name=self.name,
            tags=self.tags,
            config=read_config(folder),
            mode=self.mode,
        )

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._logged_iteration = int(pl_module.iteration)  # type: ignore[arg-type]
        self._log_history(trainer, self._logged_iteration)

    def on_test_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._log_history(trainer, None)  # of a training in the same folder, which is the same run

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if int(pl_module.iteration) % self.every == 0:  # type: ignore[arg-type]
            self._log_losses(pl_module)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._log_losses(pl_module)

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        self._close(exit_code=1)

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Log the result and the images after all other hooks."""
        if self._session is None:
            return
        folder = Path(trainer.default_root_dir)
        iteration = int(pl_module.iteration)  # type: ignore[arg-type]
        for result in _results(trainer):
            self._session.do(lambda run, result=result: log_result(run, result, iteration))  # type: ignore[misc]
        self._session.do(lambda run: log_samples(run, folder / SAMPLES_FOLDER, iteration))
        self._close()

    def _log_history(self, trainer: pl.Trainer, until: int | None) -> None:
        if self._session is not None:
            path = Path(trainer.default_root_dir) / HISTORY
            self._session.do(lambda run: log_history(run, path, until))

    def _log_losses(self, module: Any) -> None:
        iteration = int(module.iteration)
        if self._session is None or iteration == self._logged_iteration:
            return
        self._logged_iteration = iteration
        self._session.do(lambda run: run.log({**_numbers(module.losses), "iteration": iteration}))

    def _close(self, exit_code: int = 0) -> None:
        if self._session is not None:
            self._session.close(exit_code)
            self._session = None


def flatten(result: Mapping[str, Any], prefix: str = "metrics") -> dict[str, float]:
    """Flatten a result to ``{"metrics/psnr": 9.0, "metrics/<variant>/psnr": 8.0}``.

    Values that are not finite numbers are left out.
    """
    found = {f"{prefix}/{name}": value for name, value in result.get("metrics", {}).items()}
    for variant, metrics in result.get("variants", {}).items():
        found |= {f"{prefix}/{variant}/{name}": value for name, value in metrics.items()}
    return {name: float(value) for name, value in found.items() if value is not None and math.isfinite(value)}


def panel_image(grid: Grid) -> Image.Image:
    """Return the images of a panel as one image."""
    lines = grid.lines or ("",) * len(grid.files)
    cells = [[Cell(Image.open(path)) if path else None for path in line] for line in grid.files]
    return image_sheet(grid.columns, [*zip(lines, cells, strict=True)], (grid.shared,) if grid.shared else ())


def read_config(folder: Path) -> dict[str, Any]:
    """Return the ``config.yaml`` of a run folder, or {} if there is none that can be read."""
    try:
        config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        return {}
    return config if isinstance(config, dict) else {}


def _results(trainer: Any) -> list[Mapping[str, Any]]:
    """Return the result of the evaluator: of the callbacks with a ``result`` mapping."""
    found = [getattr(callback, "result", None) for callback in trainer.callbacks]
    return [result for result in found if isinstance(result, Mapping)]


def _numbers(losses: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(loss) for name, loss in losses.items()}


def log_history(run: Any, path: Path, until: int | None = None) -> None:
    """Log the lines of a ``history.jsonl``, up to the iteration ``until`` if given."""
    for line in read_history(path):
        if until is None or line["iteration"] <= until:
            run.log(line)


def log_result(run: Any, result: Mapping[str, Any], iteration: int) -> None:
    """Log a test's result (its ``metrics.json``) as ``metrics/...``, in the history and the summary."""
    if values := flatten(result):
        run.log({**values, "iteration": iteration})
        run.summary.update(values)


def log_samples(run: Any, folder: Path, iteration: int) -> None:
    """Log a `samples` folder: the images of a test's panels by the panels' names, or a training's last sheet."""
    import wandb

    for name, panel in read_panels(folder).items():
        if isinstance(panel, Grid):
            images = wandb.Image(panel_image(panel), caption=f"{panel.title}: {' | '.join(panel.columns)}")
            run.log({name: images, "iteration": iteration})
        elif isinstance(panel, ImageFile) and panel.file.suffix == ".png":
            run.log({name: wandb.Image(Image.open(panel.file), caption=panel.caption), "iteration": iteration})
    for path in sorted(folder.glob("iteration_*.png"))[-1:]:  # a training's last sheet: the Samples callback's
        run.log({"samples": wandb.Image(Image.open(path)), "iteration": iteration})
