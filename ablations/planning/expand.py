"""From a table to runs: rows to stages, equal stages to one run."""

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
from ablations.tables.graph import JUDGE, NEEDS, row_feeds, row_stages
from ablations.tables.schema import Row, StageSpec, Table
from common.errors import TableError, nearest

#: The checkpoint that a test stage evaluates, and that other stages take, by the training's rule.
EVALUATED = {"last": "checkpoints/last.ckpt", "best": "checkpoints/best.ckpt"}


@dataclass(eq=False)
class StageRun:
    """One run: a resolved configuration with its seed, inputs and folder. Rows that need the same run share the object.

    `needs` maps "ckpt_path" (a test's weights), an argument of the model, or one of what judges a test ("evaluation."
    before it) to the fit run whose checkpoint it is.
    `rows` and `labels` are of all rows that share the run, in table order. `stage` is its name in the table. `stale`
    says what has changed since an earlier result of the same stage, which is out of date; "" where there is none.
    `kept`: that result stands, under a mark, and `folder` is its folder. `commitment` is the table's when it was
    planned.
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
        """For a reader: "weN w/o GAN: texture", with the number of other rows that share the run."""
        shared = f" (+{len(self.rows) - 1} rows)" if len(self.rows) > 1 else ""
        return f"{self.labels[0]}{shared}: {self.stage}, seed {self.seed}"

    @property
    def command(self) -> str:
        """What repeats the run by hand."""
        return f"python cli.py {self.kind} --config {self.folder / 'config.yaml'}"

    @property
    def weights(self) -> Path:
        """The checkpoint that a training leaves for others."""
        return self.folder / EVALUATED[self.config.get("checkpoint", {}).get("select", "last")]


@dataclass(frozen=True)
class RowPlan:
    """A row's runs: for each seed the stages by name, inputs first."""

    row: Row
    seeds: dict[int, dict[str, StageRun]]

    def tests(self, seed: int) -> list[StageRun]:
        """The test stages, which give the row its numbers."""
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
    """The runs of every row for seeds 0 to `seeds` - 1. Runs with equal keys are one object.

    `known` holds runs by key, of tables expanded before too, which share what they have in common; it is added to.

    `inception` is the file of the standard Inception weights; without it torch.hub's cache is looked into, and without
    weights there the offline feature network judges, under its own names.
    """
    if inception is not None and not inception.is_file():
        raise TableError(f"INCEPTION={inception}: there is no such file")  # now, not after days of training
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
        """Raises `TableError` where what a stage runs has no argument of that name for a checkpoint."""
        judge = argument.startswith(JUDGE)
        known = class_arguments(evaluator_of(config) if judge else config["model"]["class_path"])
        name = argument.removeprefix(JUDGE)
        if name not in known:
            taker = evaluator_of(config).rpartition(".")[2] if judge else f"{class_name(config)} of row {self.row.id!r}"
            raise TableError(
                f"{self.table.path}:{stage.line}: {taker} takes no {name!r}, {nearest(name, known)}; "
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
                config=self._placed(config, stage, seed, needs, folder),
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

    def _placed(self, config: Config, stage: StageSpec, seed: int, needs: dict[str, StageRun], folder: Path) -> Config:
        """The configuration with everything that belongs to this run on this machine."""
        placed = copy.deepcopy(config)
        placed["seed_everything"] = seed
        for argument, root in self.data.of(config).roots.items():
            placed["data"]["init_args"][argument] = str(root)
        placed["trainer"]["default_root_dir"] = str(folder)
        if stage.kind == "test" or config.get("checkpoint", {}).get("select") == "best":  # what measures
            placed["evaluation"] = dict(config.get("evaluation", {}))
            if takes_features(config):
                weights = str(self.weights) if self.weights else None
                placed["evaluation"] |= {"features": self._features, "weights": weights}
        for argument, run in needs.items():
            if argument.startswith(JUDGE):
                placed["evaluation"][argument.removeprefix(JUDGE)] = str(run.weights)
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
    """The configuration without the checkpoints that stages make: the key has their keys in place of paths."""
    config = copy.deepcopy(config)
    for argument in needs:
        if argument.startswith(JUDGE):
            config.get("evaluation", {}).pop(argument.removeprefix(JUDGE), None)
        elif argument != "ckpt_path":
            config["model"]["init_args"][argument] = None
    return config
