"""The command that uses a trained model: what Figures 4.5 to 4.12 of the image-synthesis thesis show, for any run."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ablations.planning.expand import EVALUATED, StageRun
from ablations.planning.folder import CONFIG, METRICS, is_done, read_json, state
from ablations.planning.plan import Plan
from ablations.planning.plan_options import plan_of_existing_runs
from ablations.report.views.formatting import metric_text, metric_words
from ablations.resolving.configs import class_name
from ablations.resolving.files import Config
from ablations.resolving.parameters import import_class
from common.errors import TableError, nearest

if TYPE_CHECKING:
    from lightning_modules.evaluation.application import Application, Given

#: Options of the command that some application has, besides those that say which model is meant.
OPTIONS = ("count", "pictures", "steps", "hole", "place", "rounds", "label", "neighbours", "measured", "most", "reach")
FOLDER = Path("reports/applications")
_LONG = 400  # letters of a list of names that nobody reads


@dataclass(frozen=True)
class Chosen:
    """A trained model and what belongs to it.

    Attributes:
        title: for file names.
        config: of its training or its test.
        weights: its checkpoint.
        recogniser: the checkpoint of a classifier that did not train it; None for none.
        others: in words, what else could be chosen.
    """

    title: str
    config: Config
    weights: Path
    recogniser: Path | None
    others: str


def apply(options: argparse.Namespace) -> int:
    """Uses a model, writes the sheet and prints what was found. 0: done."""
    import torch

    from common.files import write_png

    chosen = _of_folder(options.run_folder) if options.run_folder else _of_table(options)
    kind = _application(options.name, chosen)
    given = _given(chosen, options.recogniser or chosen.recogniser)
    application = kind(**_settings(options, kind, given.data))
    with torch.no_grad():
        try:
            outcome = application(given)
        except ValueError as error:
            mend = "" if hasattr(given.module, "encode") else f"; {chosen.others}"
            raise TableError(f"{application.name}: {error}{mend}") from error
    path = options.out or FOLDER / f"{application.name}-{chosen.title}.png"
    write_png(path, outcome.sheet)
    print(f"{outcome.caption} {outcome.findings}".strip())
    for name, value in outcome.numbers.items():
        why = f" ({outcome.reasons[name]})" if name in outcome.reasons else f"    {metric_words(name)}".rstrip()
        print(f"  {name}: {metric_text(name, value)}{why}")
    print(f"picture: {path}")
    return 0


def _application(name: str, chosen: Chosen) -> type[Application]:
    """The class of the application of that name that the model offers."""
    from lightning_modules.evaluation import evaluator_class

    evaluator = evaluator_class(import_class(chosen.config["model"]["class_path"]))
    known = {one.name: type(one) for one in evaluator.applications()}
    if not known:
        raise TableError(f"{class_name(chosen.config)} has no applications; {chosen.others}")
    found = known.get(name.replace("-", "_"))
    if found is None:
        raise TableError(f"there is no application {name!r}, {nearest(name, known)}")
    return found


def _settings(options: argparse.Namespace, kind: type[Application], data: Any) -> dict[str, Any]:
    """The options that were given; the others keep the application's defaults."""
    own = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # each is a dataclass
    given = {name: value for name in OPTIONS if (value := getattr(options, name)) is not None}
    for name in given:
        if name not in own:
            raise TableError(f"--{name} is no option of {kind.name}; it has --{', --'.join(sorted(own))}")
    if "label" in given:
        given["label"] = _label(given["label"], data)
    return given


def _label(text: str, data: Any) -> int:
    """A label by number or by name."""
    if text.isdigit():
        return int(text)
    names = {name.casefold(): label for label, name in enumerate(data.class_names)}
    if text.casefold() not in names:
        hint = nearest(text, data.class_names)
        hint = hint if len(hint) < _LONG else f"give a number from 0 to {len(names) - 1}, or a name"
        raise TableError(f"--label: there is no class {text!r}, {hint}")
    return names[text.casefold()]


def _given(chosen: Chosen, checkpoint: Path | None) -> Given:
    """The model with its weights, on a GPU where there is one, its data and its recogniser."""
    import torch

    from ablations.running.checkpoints import read_checkpoint, require_fit
    from lightning_modules.evaluation.application import Given
    from lightning_modules.evaluation.real_images import labelled_data
    from lightning_modules.evaluation.recogniser import Recogniser

    module, data = _built(chosen.config["model"]), _built(chosen.config["data"])
    require_fit(chosen.weights, module)
    module.load_state_dict(read_checkpoint(chosen.weights)["state_dict"])
    module.to("cuda" if torch.cuda.is_available() else "cpu").eval()
    data.prepare_data()
    data.setup("test")
    recogniser = None
    if checkpoint is not None:
        recogniser = Recogniser(str(checkpoint), module).to(module.device)
    return Given(module, labelled_data(data), recogniser)


def _built(section: Mapping[str, Any]) -> Any:
    module, _, name = section["class_path"].rpartition(".")
    return getattr(import_module(module), name)(**section.get("init_args", {}))


def _of_table(options: argparse.Namespace) -> Chosen:
    """The model of a table's row, and the recogniser that judged it where that has run."""
    if not (options.table and options.row):
        raise TableError("which model? give --table 4.1 --row cvae-gan, or --run and a run's folder")
    options.seeds = options.seed + 1
    plan = plan_of_existing_runs(options)
    row = next((row for row in plan.rows if row.row.id == options.row), None)
    if row is None:
        known = nearest(options.row, [row.row.id for row in plan.rows])
        raise TableError(f"table {plan.table.id} has no row {options.row!r}, {known}")
    test = next(run for run in row.tests(options.seed) if "ckpt_path" in run.needs)
    run = test.needs["ckpt_path"]
    if not is_done(run):
        found = {"stale": f"is out of date ({run.stale})", "missing": "has not run"}
        what = found.get(state(run), f"is {state(run)}")
        raise TableError(f"{run.title} {what}; {_make(options, plan)} runs it")
    judge = test.needs.get("evaluation.recogniser_checkpoint")
    recogniser = judge.weights if judge is not None and is_done(judge) else None
    title = f"{plan.table.id}-{options.row}-seed{options.seed}"
    return Chosen(title, run.config, run.weights, recogniser, _others(plan))


def _make(options: argparse.Namespace, plan: Plan) -> str:
    scale = "" if options.scale == "toy" else f" SCALE={options.scale}"
    seeds = f" SEEDS={options.seeds}" if options.seeds > 1 else ""
    return f"`make ablate TABLE={plan.table.id}{scale}{seeds}`"


def _others(plan: Plan) -> str:
    """The rows whose models have an encoder, in words."""
    runs: dict[str, StageRun] = {row.row.id: row.tests(0)[0] for row in plan.rows if row.tests(0)}
    able = [name for name, run in runs.items() if hasattr(import_class(run.config["model"]["class_path"]), "encode")]
    if able:
        return f"of table {plan.table.id} choose --row {' or '.join(able)}"
    return f"table {plan.table.id} has no row with an encoder; choose another, such as --table 4.1 --row cvae-gan"


def _of_folder(folder: Path) -> Chosen:
    """The model of a finished run, a training or a test, of a table or by hand."""
    try:
        config = yaml.safe_load((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise TableError(f"{folder}: is no run folder (it has no {CONFIG} that can be read)") from error
    kind = (read_json(folder / METRICS) or {}).get("kind")
    if kind is None:
        again = f"`python cli.py fit --config {folder / CONFIG}` finishes it"
        raise TableError(f"{folder}: is not finished (no {METRICS}); {again}")
    others = "choose the run of a model with an encoder, such as CVAEGAN"
    if kind == "test":
        judge = (config.get("evaluation") or {}).get("recogniser_checkpoint")
        recogniser = Path(judge) if judge else None
        return Chosen(folder.name, config, Path(config["ckpt_path"]), recogniser, others)
    weights = folder / EVALUATED[(config.get("checkpoint") or {}).get("select") or "last"]
    return Chosen(folder.name, config, weights, None, others)
