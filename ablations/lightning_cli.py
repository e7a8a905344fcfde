"""`python cli.py fit | validate | test | predict`: LightningCLI with this suite's defaults and its record of every run.

A run folder is `trainer.default_root_dir`. It gets `provenance.json` when a run starts and `metrics.json`, last and
whole, when it has ended as it should.
"""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.cli import LightningArgumentParser, LightningCLI

from ablations.errors import TableError
from ablations.folder import METRICS, write_json
from ablations.provenance import Provenance
from lightning_modules.base import GenerativeModule
from lightning_modules.callbacks.checkpointing import LastCheckpoint
from lightning_modules.callbacks.evaluation import Evaluation
from lightning_modules.callbacks.history import HISTORY, History, final_losses, read_history
from lightning_modules.callbacks.progress import Progress
from lightning_modules.callbacks.samples import Samples
from lightning_modules.callbacks.wandb_run import WandbRun
from lightning_modules.weights import weights_digest

#: Callbacks that every run has, each a section of its configuration.
CALLBACKS = {
    "evaluation": Evaluation,
    "history": History,
    "samples": Samples,
    "checkpoint": LastCheckpoint,
    "progress": Progress,
    "wandb": WandbRun,
}

TRAINER_DEFAULTS = {
    "max_epochs": -1,  # models count their own iterations
    "devices": 1,
    "logger": False,  # History and WandbRun log, by our iteration count
    "enable_checkpointing": False,  # LastCheckpoint does
    "enable_model_summary": False,
    "enable_progress_bar": False,  # Progress speaks in iterations, Lightning's bar in epochs
    "num_sanity_val_steps": 0,
    "deterministic": "warn",
    "use_distributed_sampler": False,
}


class SuiteCLI(LightningCLI):
    """LightningCLI in subclass mode: `model` and `data` name their classes."""

    model: GenerativeModule
    trainer: pl.Trainer

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        for name, callback in CALLBACKS.items():
            parser.add_lightning_class_args(callback, name)

    @staticmethod
    def subcommands() -> dict[str, set[str]]:
        """The trainer's, without its choice to unpickle whatever a checkpoint holds: weights and plain values only."""
        return {name: skipped | {"weights_only"} for name, skipped in LightningCLI.subcommands().items()}

    def _prepare_subcommand_kwargs(self, subcommand: str) -> dict[str, Any]:
        return {**super()._prepare_subcommand_kwargs(subcommand), "weights_only": True}

    def _parse_ckpt_path(self) -> None:
        """Leaves the configuration as the user wrote it.

        LightningCLI would replace model arguments by those stored in the checkpoint, in silence, so that a test could
        evaluate another configuration than the one it was given. Weights that do not fit the given one fail to load.
        """

    def before_fit(self) -> None:
        self._provenance = Provenance.start(self._folder(), self.datamodule)

    before_test = before_fit

    def after_fit(self) -> None:
        module = self.model
        if module.iteration < module.max_iterations:
            raise TableError(
                f"{self._folder()}: training was stopped at iteration {module.iteration} of {module.max_iterations}; "
                "run it again to go on"
            )
        folder = self._folder()
        content = {
            "kind": "fit",
            "iterations": module.iteration,
            "losses": final_losses(read_history(folder / HISTORY)),
            "weights_sha256": weights_digest(module),
        }
        self._provenance.finish()
        write_json(folder / METRICS, content)

    def after_test(self) -> None:
        result = next(c for c in self.trainer.callbacks if isinstance(c, Evaluation)).result  # type: ignore[attr-defined]
        if result is None:
            raise TableError(f"{self._folder()}: the test was stopped before its end; run it again")
        self._provenance.finish()
        write_json(self._folder() / METRICS, result)

    def _folder(self) -> Path:
        return Path(self.trainer.default_root_dir)


def main(arguments: list[str]) -> None:
    """Runs one Lightning subcommand.

    Raises:
        TableError: the run did not come to its end. Errors in the data or the configuration come through as their own.
        SystemExit: an argument that the parser refuses, after one line that says which.
    """
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec.*")
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    warnings.filterwarnings("ignore", message=".*smaller than the logging interval.*")
    SuiteCLI(
        GenerativeModule,
        pl.LightningDataModule,
        subclass_mode_model=True,
        subclass_mode_data=True,
        save_config_callback=None,
        auto_configure_optimizers=False,  # every model has its own
        seed_everything_default=0,
        trainer_defaults=TRAINER_DEFAULTS,
        args=arguments,
    )
