"""Checkpoints of a training: its state for resuming, and the evaluated weights, counted in our own iterations."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Literal

import pytorch_lightning as pl

from common.errors import ConfigurationError
from common.files import replacing
from lightning_modules.callbacks.selection import Selection

Rule = Literal["last", "best"]

RESUME = "checkpoints/resume.ckpt"
EVALUATED: dict[Rule, str] = {"last": "checkpoints/last.ckpt", "best": "checkpoints/best.ckpt"}

_log = logging.getLogger(__name__)


class Checkpoints(pl.Callback):
    """Writes `checkpoints/resume.ckpt` during a training and the evaluated weights at its end.

    `resume.ckpt` holds everything needed to resume exactly: optimisers, the position in the data, the best validation
    so far. The evaluated weights, without that state, are chosen by a rule fixed before the run: `last.ckpt`, the last
    ones (the papers' own rule: none selects on held-out data), or `best.ckpt`, those with the best `metric` on the
    data's validation images, generated and measured as in testing. A validation whose metric cannot be computed is
    never the best; without any value the last weights are used, and `selected` has the reason. Files are replaced
    atomically.

    Args:
        every: iterations between two writes of `resume.ckpt`; it is always written at the end of training.
        select: the rule.
        metric: for "best", a metric of the headline variant: "psnr", "ssim", "fid", "fd_effnetlite0", ...
        validate_every: for "best", iterations between validations; there is always one at the end of training.

    Attributes:
        selected: {} until training has ended; then {"rule": "last", "iteration"} or {"rule": "best", "metric",
            "value", "iteration"}, with value None and a "reason" if no validation gave a value.

    Raises:
        ConfigurationError: before training, a rule that cannot be followed; later, a file that cannot be written. One
            line each.
    """

    def __init__(
        self, every: int = 1000, select: Rule = "last", metric: str | None = None, validate_every: int = 0
    ) -> None:
        self.every, self.select = every, select
        self.metric, self.validate_every = metric, validate_every
        self.selected: dict[str, Any] = {}
        self._best: dict[str, Any] | None = None
        self._selection: Selection | None = None

    def setup(self, trainer: pl.Trainer, pl_module: Any, stage: str) -> None:
        if self.every < 1:
            raise ConfigurationError(f"checkpoint.every: {self.every} is no number of iterations; give 1 or more")
        if stage == "fit" and self.select == "best":
            if self.metric is None or self.validate_every < 1:
                missing = "metric" if self.metric is None else "validate_every"
                raise ConfigurationError(
                    f"checkpoint.{missing}: not set; checkpoint.select: best needs a metric and how often to validate "
                    "(validate_every, in iterations), or select: last"
                )
            self._selection = Selection(self.metric, trainer, pl_module)

    def on_train_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        if self._selection is not None:
            self._selection.rehearse(trainer, pl_module)

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, *args: Any) -> None:
        iteration, ended = pl_module.iteration, _has_ended(pl_module)
        validates = self.select == "best" and (ended or iteration % self.validate_every == 0)
        better = validates and self._validate(trainer, pl_module)
        # After a new best the state is saved too, so that the two files agree.
        if not ended and (better or iteration % self.every == 0):
            save(trainer, RESUME)

    def on_train_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        save(trainer, RESUME)  # first: a kill from here on loses no iteration
        if not _has_ended(pl_module):
            return
        if self.select == "last":
            save(trainer, EVALUATED["last"])
            self.selected = {"rule": "last", "iteration": pl_module.iteration}
        elif self._best is not None:
            _require(Path(trainer.default_root_dir) / EVALUATED["best"])
            self.selected = {"rule": "best", "metric": self.metric, **self._best}
        else:
            save(trainer, EVALUATED["best"])
            reason = "no validation gave a value: the last weights"
            self.selected = {"rule": "best", "metric": self.metric, "value": None, "iteration": pl_module.iteration}
            self.selected["reason"] = reason
            _log.warning("checkpoint: %s of %s are evaluated", reason, trainer.default_root_dir)

    def state_dict(self) -> dict[str, Any]:
        return {} if self._best is None else {"best": self._best}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._best = state_dict.get("best")

    def teardown(self, trainer: pl.Trainer, pl_module: Any, stage: str) -> None:
        self._selection = None

    def _validate(self, trainer: pl.Trainer, module: Any) -> bool:
        """Validate, save the weights if they are the best so far, and return whether they are."""
        assert self._selection is not None
        value = self._selection.value(trainer, module)
        before = None if self._best is None else self._best["value"]
        if value is None or not self._selection.is_better(value, before):
            return False
        save(trainer, EVALUATED["best"])
        self._best = {"value": value, "iteration": module.iteration}
        return True


def save(trainer: pl.Trainer, name: str) -> None:
    """Write a checkpoint to the run folder atomically; all but RESUME hold weights only.

    Raises:
        ConfigurationError: it cannot be written; the earlier file is unchanged.
    """
    path, weights_only = Path(trainer.default_root_dir) / name, name != RESUME
    if not trainer.is_global_zero:  # takes part, writes nothing
        trainer.save_checkpoint(path, weights_only=weights_only)
        return
    with replacing(path) as partial:
        trainer.save_checkpoint(partial, weights_only=weights_only)


def _has_ended(module: Any) -> bool:
    return bool(module.iteration >= module.max_iterations)


def _require(path: Path) -> None:
    if not path.is_file():
        raise ConfigurationError(f"{path}: is missing; remove the run folder and train again")
