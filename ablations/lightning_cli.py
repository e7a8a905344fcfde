"""`python cli.py fit | validate | test | predict`: LightningCLI with the defaults and run records of this project.

The run folder is `trainer.default_root_dir`. A run writes `provenance.json` when it starts and, last and atomically,
`metrics.json` when it has finished.
"""

from __future__ import annotations

import argparse
import logging
import re
import shlex
import threading
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import pytorch_lightning as pl
import yaml
from pytorch_lightning.cli import LightningArgumentParser, LightningCLI
from pytorch_lightning.utilities.exceptions import MisconfigurationException

from ablations.planning.folder import CONFIG, METRICS, write_json
from ablations.planning.locks import Lock, Owner, lock_path, owner
from ablations.resolving.arguments import class_arguments
from ablations.resolving.files import check_files
from ablations.resolving.keys import TRAINER_DEFAULTS
from ablations.resolving.limits import TRAINER, section_refusal
from ablations.resolving.parameters import import_class
from ablations.running.checkpoints import input_digests, require_fit
from ablations.running.provenance import Provenance
from ablations.running.run_description import require_own_run
from ablations.running.stage_process import keep_lock
from ablations.tables.graph import EVALUATION
from common.errors import TableError, UserError, nearest
from lightning_modules.base import TrainedModule
from lightning_modules.callbacks.checkpointing import EVALUATED, Checkpoints
from lightning_modules.callbacks.history import HISTORY, History, final_losses, read_history
from lightning_modules.callbacks.logger_losses import LoggerLosses
from lightning_modules.callbacks.progress import Progress
from lightning_modules.callbacks.samples import Samples
from lightning_modules.callbacks.snapshots import Snapshots
from lightning_modules.callbacks.wandb_run import WandbRun
from lightning_modules.checkpoint_file import read_checkpoint
from lightning_modules.evaluation import Evaluator, evaluator_class
from lightning_modules.memory import keep_freed_memory
from lightning_modules.weights import state_digest

#: Callbacks of every run, by section of the configuration. The section `evaluation` is that of the model's evaluator.
CALLBACKS = {
    "history": History,
    "samples": Samples,
    "snapshots": Snapshots,
    "checkpoint": Checkpoints,
    "progress": Progress,
    "wandb": WandbRun,
}

Callback = TypeVar("Callback", bound=pl.Callback)


class SuiteCLI(LightningCLI):
    """LightningCLI in subclass mode: `model` and `data` name their classes."""

    model: TrainedModule
    trainer: pl.Trainer
    _lock: Lock | None = None

    def __init__(self, *arguments: Any, model: str | None, **options: Any) -> None:
        self._model = model  # the class path, which determines the arguments of the section `evaluation`
        super().__init__(*arguments, **options)

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        for name, callback in CALLBACKS.items():
            parser.add_lightning_class_args(callback, name)
        if self._model is not None:
            parser.add_lightning_class_args(evaluator_class(import_class(self._model)), "evaluation")

    def init_parser(self, **arguments: Any) -> LightningArgumentParser:
        """Create a parser that raises errors; LightningCLI's prints its complete usage."""
        return super().init_parser(**{**arguments, "exit_on_error": False})

    def parse_arguments(self, parser: LightningArgumentParser, args: Any) -> None:
        self._arguments: list[str] = args
        try:
            super().parse_arguments(parser, args)
        except argparse.ArgumentError as error:
            raise TableError(refusal(str(error))) from error

    def before_instantiate_classes(self) -> None:
        """Raise `TableError` for a value beyond its limits. Files are checked before, so it is an option's."""
        trainer = vars(self._get(self.config, "trainer"))
        sections = [("trainer", TRAINER, {name: value for name, value in trainer.items() if value is not None})]
        for name in ("model", "data"):
            section = self._get(self.config, name)
            if section is not None and section.get("init_args") is not None:
                sections.append((f"{name}.init_args", section["class_path"], vars(section["init_args"])))
        for name, class_path, values in sections:
            refused = section_refusal(class_path, values)
            if refused:
                raise TableError(f"{name}.{refused}")

    def instantiate_classes(self) -> None:
        """As LightningCLI, but raise a class's own error instead of jsonargparse's, which wraps it.

        Loggers in the configuration also get the losses.
        """
        try:
            super().instantiate_classes()
        except ValueError as error:
            cause: BaseException | None = error
            while cause is not None and not isinstance(cause, UserError):
                cause = cause.__cause__
            if cause is None:
                raise
            raise cause from None
        if self.trainer.loggers:
            self.trainer.callbacks.append(LoggerLosses())  # type: ignore[attr-defined]

    @staticmethod
    def subcommands() -> dict[str, set[str]]:
        """The trainer's subcommands without the option `weights_only`, which is always True."""
        return {name: skipped | {"weights_only"} for name, skipped in LightningCLI.subcommands().items()}

    def _prepare_subcommand_kwargs(self, subcommand: str) -> dict[str, Any]:
        return {**super()._prepare_subcommand_kwargs(subcommand), "weights_only": True}

    def _parse_ckpt_path(self) -> None:
        """Keep the configuration as the user wrote it.

        LightningCLI would silently replace model arguments with those stored in the checkpoint, so that a test could
        evaluate another configuration than the given one. Weights that do not fit the given one are refused.
        """

    def _run_subcommand(self, subcommand: str) -> None:
        try:
            super()._run_subcommand(subcommand)
        finally:
            if self._lock is not None:
                self._lock.release()

    def before_fit(self) -> None:
        if type(self.datamodule).train_dataloader is pl.LightningDataModule.train_dataloader:
            raise TableError(
                f"data: {type(self.datamodule).__name__} has no training images, it is only for tests; give the data "
                "module of another data set"
            )
        self._start({})

    def before_test(self) -> None:
        weights = self._checkpoint()
        if weights is None:
            raise TableError("ckpt_path: missing; give the checkpoint to test")
        self._start({"ckpt_path": weights})

    def _start(self, tested: dict[str, Path]) -> None:
        self._inputs = input_digests({**tested, **self._input_checkpoints()})
        path = self._checkpoint()
        if path is not None:
            require_fit(path, self.model)
        self._claim_folder()
        command = shlex.join(["python", "cli.py", *self._arguments])
        resumes = path is not None and self.subcommand == "fit"
        networks = loss_networks(self.model)
        self._provenance = Provenance.start(self._folder(), self.datamodule, command, resumes, self._inputs, networks)
        self._keep_configuration()

    def after_fit(self) -> None:
        module = self.model
        if module.iteration < module.max_iterations:
            raise TableError(
                f"{self._folder()}: training was stopped at iteration {module.iteration} of {module.max_iterations}; "
                "run it again to resume"
            )
        folder, checkpoints = self._folder(), self._callback(Checkpoints)
        weights = folder / EVALUATED[checkpoints.select]
        content = {
            "kind": "fit",
            "iterations": module.iteration,
            "losses": final_losses(read_history(folder / HISTORY)),
            "selected": checkpoints.selected,
            **({"weights": self._inputs} if self._inputs else {}),
            "weights_sha256": state_digest(read_checkpoint(weights)["state_dict"]),
        }
        self._provenance.finish(weights)
        write_json(folder / METRICS, content)

    def after_test(self) -> None:
        result = self._callback(Evaluator).result  # type: ignore[type-abstract]
        if result is None:
            raise TableError(f"{self._folder()}: the test was stopped before its end; run it again")
        self._provenance.finish()
        write_json(self._folder() / METRICS, {**result, "weights": self._inputs})

    def _claim_folder(self) -> None:
        """Lock the run folder, and delete an earlier result in it."""
        folder = self._folder()
        holder = owner(folder)
        if holder != Owner.this():  # a table's stage has claimed it already
            self._lock = Lock.acquire(folder)
            if self._lock is None:
                raise TableError(
                    f"{folder}: {holder} works in it; wait until it ends (if its machine is down, delete "
                    f"{lock_path(folder).name} beside the folder), or choose another default_root_dir"
                )
            threading.Thread(target=keep_lock, args=(self._lock,), daemon=True).start()
        require_own_run(folder, *_config_files(self._arguments))
        (folder / METRICS).unlink(missing_ok=True)

    def _callback(self, kind: type[Callback]) -> Callback:
        return next(c for c in self.trainer.callbacks if isinstance(c, kind))  # type: ignore[attr-defined]

    def _checkpoint(self) -> Path | None:
        path = self._get(self.config, "ckpt_path")
        return Path(path) if path else None

    def _input_checkpoints(self) -> dict[str, Path]:
        """Return the checkpoints of other trainings, by argument of the model or evaluator."""
        sections = {"": vars(self._get(self.config, "model").init_args)}
        if (settings := self._get(self.config, "evaluation")) is not None:
            sections[EVALUATION] = vars(settings)
        return {
            f"{prefix}{name}": Path(path)
            for prefix, arguments in sections.items()
            for name, path in arguments.items()
            if name.endswith("_checkpoint") and path
        }

    def _folder(self) -> Path:
        return Path(self.trainer.default_root_dir)

    def _keep_configuration(self) -> None:
        """Write `config.yaml` to the folder of a run by hand; that of a table's run exists already."""
        path, name = self._folder() / CONFIG, str(self.subcommand)
        if not path.exists():
            self._parser(name).save(self.config.get(name), path, skip_none=False, multifile=False)


def loss_networks(module: TrainedModule) -> list[str]:
    """Return the names of the weights that a model's losses are measured with: its attributes' `weights_name`."""
    names = (getattr(value, "weights_name", None) for value in vars(module).values())
    return sorted({name for name in names if isinstance(name, str) and name})


def refusal(message: str) -> str:
    """Shorten an error of jsonargparse to one line: its first reason, without the given values."""
    lines = [line.strip() for line in re.split(r"\n\s*Given value", message)[0].splitlines()]
    if "Errors:" in lines:
        reasons = lines[lines.index("Errors:") + 1 :]
        ends = [i for i, line in enumerate(reasons) if line.startswith("- ")][1:]
        lines = [lines[0], *reasons[: ends[0] if ends else None]]
    text = " ".join(line.removeprefix("- ") for line in lines)
    text = re.sub(r'^Parser key "([^"]*)":', r"\1:", text)
    option, class_path = re.search(r"Option '(\w+)' is not accepted", text), re.search(r"class_path '([\w.]+)'", text)
    if option and class_path:
        text = f"{text}, {nearest(option[1], class_arguments(class_path[1]))}"
    return text


def main(arguments: list[str]) -> None:
    """Run one Lightning subcommand.

    Raises:
        TableError: an argument or a configuration file is invalid, or the run stopped early.
            Other user errors, of the data, a checkpoint or the model's settings, are passed on.
    """
    callbacks = {name: f"{kind.__module__}.{kind.__qualname__}" for name, kind in CALLBACKS.items()}
    check_files(_config_files(arguments)[0], callbacks)
    keep_freed_memory()
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec.*")
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    warnings.filterwarnings("ignore", message=".*smaller than the logging interval.*")
    warnings.filterwarnings("ignore", message=".*args parameter is intended to run from within Python.*")
    try:
        SuiteCLI(
            TrainedModule,
            pl.LightningDataModule,
            subclass_mode_model=True,
            subclass_mode_data=True,
            save_config_callback=None,
            auto_configure_optimizers=False,  # every model has its own
            seed_everything_default=0,
            trainer_defaults=TRAINER_DEFAULTS,
            args=arguments,
            model=model_class(arguments),
        )
    except MisconfigurationException as error:  # Lightning's own errors, e.g. `validate` without validation data
        raise TableError(" ".join(str(error).split())) from error


def model_class(arguments: list[str]) -> str | None:
    """Return the model's class path in a command line or its configuration files; None without one."""
    found = None
    for path in _config_files(arguments)[0]:
        with suppress(OSError, yaml.YAMLError):  # the parser reports the error
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            model = content.get("model") if isinstance(content, dict) else None
            found = (model.get("class_path") if isinstance(model, dict) else model) or found
    options = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    options.add_argument("--model", "--model.class_path", dest="model")
    with suppress(argparse.ArgumentError):
        found = options.parse_known_args(arguments)[0].model or found
    return found


def _config_files(arguments: list[str]) -> tuple[list[Path], list[str]]:
    """Split a command line into its configuration files and its other words."""
    options = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    options.add_argument("-c", "--config", type=Path, action="append", default=[])
    try:
        found, others = options.parse_known_args(arguments)
    except argparse.ArgumentError:  # --config without a file: the parser reports it
        return [], arguments
    return list(found.config), others
