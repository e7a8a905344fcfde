"""Trained model for the command `apply`: of a table's row, or of a run folder."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ablations.planning.expand import EVALUATED, RowPlan, StageRun
from ablations.planning.folder import CONFIG, METRICS, is_done, read_json, state
from ablations.planning.plan import Plan
from ablations.planning.plan_options import plan_of_existing_runs, plans
from ablations.resolving.files import Config
from ablations.resolving.parameters import import_class
from common.errors import TableError, nearest

NO_MODEL = "no model is named; give --table and --row, such as --table 4.1 --row cvae-gan, or --run FOLDER"
_CHECKPOINT, _EVALUATION = "_checkpoint", "evaluation."


@dataclass(frozen=True)
class TrainedModel:
    """A trained model, its configuration and its checkpoints.

    Attributes:
        title: title in file names.
        config: configuration of its training, or of its test.
        weights: path of its checkpoint.
        checkpoints: checkpoints of the other trainings that its test needs, by the names of a table's `needs`.
        others: function that names the models with an application, for a message.
    """

    title: str
    config: Config
    weights: Path
    checkpoints: Mapping[str, Path]
    others: Callable[[str | None], str]


def is_named(options: argparse.Namespace) -> bool:
    """Return whether the command line names a model."""
    return bool(options.run_folder or (options.table and options.row))


def declared_model(options: argparse.Namespace) -> type:
    """Return the model class of the row or of the run folder, whether it is trained or not. Imports torch.

    Raises:
        TableError: the row or folder does not exist; one line.
    """
    if options.run_folder:
        return _class_of(_read_config(options.run_folder))
    options.seeds = options.seed + 1
    plan = plans(options)[0]
    return _class_of(_test_of(_row_of(options, plan), options.seed).needs["ckpt_path"].config)


def trained_model(options: argparse.Namespace) -> TrainedModel:
    """Return the trained model of the row or of the run folder.

    Raises:
        TableError: no model is named, it does not exist, or it is not trained; one line.
    """
    if not is_named(options):
        raise TableError(NO_MODEL)
    return _of_folder(options.run_folder) if options.run_folder else _of_table(options)


def build(section: Mapping[str, Any]) -> Any:
    """Build the object of a configuration's section `model` or `data`."""
    return import_class(section["class_path"])(**section.get("init_args", {}))


def _of_table(options: argparse.Namespace) -> TrainedModel:
    options.seeds = options.seed + 1
    plan = plan_of_existing_runs(options)
    test = _test_of(_row_of(options, plan), options.seed)
    run = test.needs["ckpt_path"]
    if not is_done(run):
        found = {"stale": f"is out of date ({run.stale})", "missing": "has not run"}
        problem = found.get(state(run), f"is {state(run)}")
        raise TableError(f"{run.title} {problem}; {_make_command(options, plan)} runs it")
    found_checkpoints = {
        name: path
        for name, path in _checkpoints(test.config).items()
        if name not in test.needs or is_done(test.needs[name])
    }
    title = f"{plan.table.id}-{plan.scale.name}-{options.row}-seed{options.seed}"
    return TrainedModel(title, run.config, run.weights, found_checkpoints, lambda name: _others(plan, name))


def _row_of(options: argparse.Namespace, plan: Plan) -> RowPlan:
    row = next((row for row in plan.rows if row.row.id == options.row), None)
    if row is None:
        known = nearest(options.row, [row.row.id for row in plan.rows])
        raise TableError(f"table {plan.table.id} has no row {options.row!r}, {known}")
    return row


def _test_of(row: RowPlan, seed: int) -> StageRun:
    """Return the row's first test of trained weights."""
    test = next((run for run in row.tests(seed) if "ckpt_path" in run.needs), None)
    if test is None:
        raise TableError(f"row {row.row.id!r} trains no model that is tested; choose another row")
    return test


def _make_command(options: argparse.Namespace, plan: Plan) -> str:
    scale = "" if options.scale == "toy" else f" SCALE={options.scale}"
    seeds = f" SEEDS={options.seeds}" if options.seeds > 1 else ""
    return f"`make ablate TABLE={plan.table.id}{scale}{seeds}`"


def _others(plan: Plan, name: str | None) -> str:
    """Name the rows whose models have an application; with None, any application."""
    from lightning_modules.evaluation.offered import missing_method, offered_applications

    rows = {row.row.id: _class_of(row.tests(0)[0].config) for row in plan.rows if row.tests(0)}
    able = [
        row
        for row, model in rows.items()
        for kind in offered_applications(model).values()
        if name in (None, kind.name) and missing_method(kind, model) is None
    ]
    if able:
        return f"in table {plan.table.id} choose --row {' or '.join(dict.fromkeys(able))}"
    return f"no row of table {plan.table.id} has it; choose another table"


def _of_folder(folder: Path) -> TrainedModel:
    """Return the model of a finished training or test, of a table or by hand."""
    config = _read_config(folder)
    kind = (read_json(folder / METRICS) or {}).get("kind")
    if kind is None:
        again = f"`python cli.py fit --config {folder / CONFIG}` finishes it"
        raise TableError(f"{folder}: is not finished (no {METRICS}); {again}")
    trained = EVALUATED[(config.get("checkpoint") or {}).get("select") or "last"]
    weights = Path(config["ckpt_path"]) if kind == "test" else folder / trained
    return TrainedModel(folder.name, config, weights, _checkpoints(config), lambda _: "choose the run of another model")


def _read_config(folder: Path) -> Config:
    try:
        config: Config = yaml.safe_load((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise TableError(f"{folder}: is not a run folder (it has no readable {CONFIG})") from error
    return config


def _checkpoints(config: Config) -> dict[str, Path]:
    """Return the checkpoints in a configuration other than the model's, by the names of a table's `needs`."""
    sections = {"": config["model"].get("init_args"), _EVALUATION: config.get("evaluation")}
    return {
        f"{prefix}{name}": Path(path)
        for prefix, section in sections.items()
        for name, path in (section or {}).items()
        if name.endswith(_CHECKPOINT) and path
    }


def _class_of(config: Config) -> type:
    found: type = import_class(config["model"]["class_path"])
    return found
