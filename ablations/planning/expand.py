"""Expansion of a table into runs: rows into stages, stages with equal keys into one run."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ablations.planning.data import TableData
from ablations.resolving.arguments import class_arguments
from ablations.resolving.configs import class_name, resolve
from ablations.resolving.evaluators import evaluator_of, takes_features
from ablations.resolving.files import Config
from ablations.resolving.keys import TRAINER_DEFAULTS, Ingredients, cached_inception, ingredients
from ablations.resolving.scales import Scale
from ablations.tables.graph import EVALUATION, NEEDS, row_feeds, row_stages
from ablations.tables.schema import Row, StageSpec, Table
from common.errors import TableError, nearest

#: The checkpoint that a test evaluates and other stages load, by the selection rule of the training.
EVALUATED = {"last": "checkpoints/last.ckpt", "best": "checkpoints/best.ckpt"}


@dataclass(eq=False)
class StageRun:
    """One run: a resolved configuration with its seed, inputs and folder. Rows with a common run share the object.

    `needs` maps "ckpt_path" (the weights of a test), an argument of the model, or one of the evaluator (prefix
    "evaluation.") to the fit run that provides the checkpoint.
    `rows` and `labels` list all rows that share the run, in table order. `stage` is its name in the table. `stale`
    states the changes since an earlier, outdated result of the same stage; "" if there is none.
    `kept`: that result is used, marked as stale, and `folder` is its folder. `commitment` is the table's at planning
    time.
    """

    key: str
    name: str
    family: str
    kind: Literal["fit", "test"]
    stage: str
    seed: int
    config: Config
    needs: dict[str, StageRun]
    folder: Path
    table: str
    scale: str
    ingredients: Ingredients
    commitment: str = ""
    rows: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    stale: str = ""
    kept: bool = False

    @property
    def title(self) -> str:
        """Title for readers: "weN w/o GAN: texture", with the number of other rows that share the run."""
        shared = f" (+{len(self.rows) - 1} rows)" if len(self.rows) > 1 else ""
        return f"{self.labels[0]}{shared}: {self.stage}, seed {self.seed}"

    @property
    def command(self) -> str:
        """Command that repeats the run."""
        return f"python cli.py {self.kind} --config {self.folder / 'config.yaml'}"

    @property
    def weights(self) -> Path:
        """Path of the checkpoint that other stages load."""
        return self.folder / EVALUATED[self.config.get("checkpoint", {}).get("select", "last")]


@dataclass(frozen=True)
class RowPlan:
    """A row's runs: for each seed the stages by name, inputs first."""

    row: Row
    seeds: dict[int, dict[str, StageRun]]

    def tests(self, seed: int) -> list[StageRun]:
        """Return the test stages of a seed."""
        return [run for run in self.seeds[seed].values() if run.kind == "test"]


def expand(
    table: Table,
    scale: Scale,
    data: TableData,
    seeds: int,
    runs_root: Path,
    inception: Path | None = None,
    known: dict[str, StageRun] | None = None,
) -> list[RowPlan]:
    """Return the runs of every row for seeds 0 to `seeds` - 1. Runs with equal keys are one object.

    `known` holds runs by key, also those of tables expanded before, so that tables share runs; new runs are added.

    `inception` is the file of the standard Inception weights (default: the one in torch.hub's cache). Without these
    weights the offline feature network is used, whose metrics have other names.
    """
    if inception is not None and not inception.is_file():
        raise TableError(f"INCEPTION={inception}: file not found")  # before days of training
    weights = inception or cached_inception()
    known = {} if known is None else known
    return [_Expansion(table, row, scale, data, runs_root, weights, known).plan(seeds) for row in table.rows]


@dataclass
class _Expansion:
    table: Table
    row: Row
    scale: Scale
    data: TableData
    runs_root: Path
    weights: Path | None
    known: dict[str, StageRun]

    def plan(self, seeds: int) -> RowPlan:
        stages = row_stages(self.table, self.row)
        configs = {stage.name: resolve(self.table, self.row, stage, self.scale) for stage in stages}
        return RowPlan(self.row, {seed: self._stages(seed, stages, configs) for seed in range(seeds)})

    def _stages(self, seed: int, stages: list[StageSpec], configs: dict[str, Config]) -> dict[str, StageRun]:
        runs: dict[str, StageRun] = {}
        for stage in stages:
            config = configs[stage.name]
            needs = {} if stage.of is None else {"ckpt_path": runs[stage.of]}
            for argument, source in row_feeds(self.table, self.row, stage).items():
                self._require_argument(argument, stage, config)
                needs[argument] = runs[source]
            runs[stage.name] = self._run(stage, config, seed, needs)
        return runs

    def _require_argument(self, argument: str, stage: StageSpec, config: Config) -> None:
        """Raise `TableError` if the model or evaluator of a stage has no argument of that name for a checkpoint."""
        evaluator = argument.startswith(EVALUATION)
        known = class_arguments(evaluator_of(config) if evaluator else config["model"]["class_path"])
        name = argument.removeprefix(EVALUATION)
        if name not in known:
            taker = (
                evaluator_of(config).rpartition(".")[2] if evaluator else f"{class_name(config)} of row {self.row.id!r}"
            )
            raise TableError(
                f"{self.table.path}:{stage.line}: {taker} has no argument {name!r}, {nearest(name, known)}; "
                f"or set {stage.name}.{NEEDS}.{argument} to null in that row"
            )

    def _run(self, stage: StageSpec, config: Config, seed: int, needs: dict[str, StageRun]) -> StageRun:
        config = {**_without(config, needs), "trainer": {**TRAINER_DEFAULTS, **config["trainer"]}}
        input_keys = {argument: run.key for argument, run in needs.items()}
        made_of = ingredients(config, stage.kind, seed, input_keys, self.data.of(config).fingerprints, self._features)
        key = made_of.key
        if key not in self.known:
            name = f"{class_name(config)}-{stage.kind}"
            folder = self.runs_root / f"{name}-{key}"
            self.known[key] = StageRun(
                key=key,
                name=name,
                family=self.table.family,
                kind=stage.kind,
                stage=stage.name,
                seed=seed,
                config=self._local(config, stage, seed, needs, folder),
                needs=needs,
                folder=folder,
                table=self.table.id,
                scale=self.scale.name,
                ingredients=made_of,
                commitment=self.table.commitment,
            )
        run = self.known[key]
        if self.row.id not in run.rows:
            run.rows.append(self.row.id)
            run.labels.append(self.row.label)
        return run

    @property
    def _features(self) -> str:
        return "inception" if self.weights else "effnetlite0"

    def _local(self, config: Config, stage: StageSpec, seed: int, needs: dict[str, StageRun], folder: Path) -> Config:
        """Return the configuration with the paths and settings of this run on this machine."""
        placed = copy.deepcopy(config)
        placed["seed_everything"] = seed
        for argument, root in self.data.of(config).roots.items():
            placed["data"]["init_args"][argument] = str(root)
        placed["trainer"]["default_root_dir"] = str(folder)
        if stage.kind == "test" or config.get("checkpoint", {}).get("select") == "best":  # it has an evaluator
            placed["evaluation"] = dict(config.get("evaluation", {}))
            if takes_features(config):
                weights = str(self.weights) if self.weights else None
                placed["evaluation"] |= {"features": self._features, "weights": weights}
        for argument, run in needs.items():
            if argument.startswith(EVALUATION):
                placed["evaluation"][argument.removeprefix(EVALUATION)] = str(run.weights)
            else:
                (placed if argument == "ckpt_path" else placed["model"]["init_args"])[argument] = str(run.weights)
        placed["wandb"] = {
            **config.get("wandb", {}),
            "group": self.table.id,
            "job_type": stage.name,
            "name": self.row.label,
            "tags": [self.table.paper.key, self.scale.name, f"seed-{seed}"],
        }
        return placed


def _without(config: Config, needs: Iterable[str]) -> Config:
    """Return the configuration without the checkpoints of other stages: the key contains their keys, not paths."""
    config = copy.deepcopy(config)
    for argument in needs:
        if argument.startswith(EVALUATION):
            config.get("evaluation", {}).pop(argument.removeprefix(EVALUATION), None)
        elif argument != "ckpt_path":
            config["model"]["init_args"][argument] = None
    return config
