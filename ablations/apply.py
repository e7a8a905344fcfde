"""Command `apply`: applications of the trained model of a table's row or of a run folder."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ablations.apply_model import NO_MODEL, TrainedModel, build, declared_model, is_named, trained_model
from ablations.apply_options import option_parser, read_options
from ablations.report.views.formatting import metric_text, metric_words
from ablations.resolving.parameters import import_class
from common.errors import TableError, nearest

if TYPE_CHECKING:
    from lightning_modules.evaluation.application import Application, ApplicationContext, Outcome

FOLDER = Path("reports/applications")
FAMILIES = Path(__file__).resolve().parents[1] / "lightning_modules"


def apply(options: argparse.Namespace) -> int:
    """Run an application, write its image and print its numbers; or list the applications, or the options of one.

    Args:
        options: options of the command; `words` holds the application's name and its own options.

    Returns:
        Exit code 0.
    """
    name, words = _name_and_options(options.words)
    if name is not None and not is_named(options):
        _require_application(name)
    if options.out is not None and options.out.is_dir():
        raise TableError(
            f"--out {options.out}: is a folder; name the file of the image, such as {options.out}/image.png"
        )
    if options.show_help or name is None:
        print(_help_text(options, name))
        return 0
    return _run(options, trained_model(options), name, words)


def _run(options: argparse.Namespace, chosen: TrainedModel, name: str, words: list[str]) -> int:
    import torch

    from common.files import write_png

    kind = _application(name, import_class(chosen.config["model"]["class_path"]), chosen)
    given = read_options(kind, words)
    module, data = _load(chosen)
    application = kind(**given.fields)
    with torch.no_grad():
        try:
            outcome = application(_context(kind, module, data, chosen, given.checkpoints))
        except ValueError as error:
            raise TableError(f"{application.name}: {error}") from error
    path = options.out or FOLDER / f"{application.name}-{chosen.title}.png"
    write_png(path, outcome.sheet)
    print(_outcome_text(outcome))
    print(f"image: {path}")
    return 0


def _require_application(name: str) -> None:
    """Raise TableError if no family has an application of this name, by their source: no model is named yet."""
    files = [*FAMILIES.glob("*/applications.py"), *FAMILIES.glob("*/applications/*.py")]
    names = re.compile(r"^    name(?:: ClassVar\[str\])? = [\"'](\w+)", re.MULTILINE)
    known = {found for path in files for found in names.findall(path.read_text(encoding="utf-8"))}
    if name not in known:
        raise TableError(f"there is no application {name!r}, {nearest(name, known)}")


def _name_and_options(words: list[str]) -> tuple[str | None, list[str]]:
    """Return the application's name and its options. Raises TableError for options without a name."""
    if words and not words[0].startswith("-"):
        return words[0].replace("-", "_"), words[1:]
    if words:
        raise TableError(f"{words[0]}: no application is named; give `apply NAME`, then its options")
    return None, []


def _help_text(options: argparse.Namespace, name: str | None) -> str:
    """Return the applications of a model, or the options of one; without a model the command's own help."""
    if not is_named(options):
        if options.show_help:
            text: str = options.general_help()
            return text.rstrip("\n")
        raise TableError(NO_MODEL)
    model = declared_model(options)
    if name is not None:
        kind = _application(name, model, None)
        return f"{name}\n\n{option_parser(kind).format_help().strip()}"
    names = _usable(model)
    if not names:
        return f"{model.__name__} has no applications"
    lines = [f"  {kind.name}: {_first_line(kind)}" for kind in names.values()]
    return "\n".join([f"applications of {model.__name__} (`apply NAME ... --help` lists the options of one):", *lines])


def _application(name: str, model: type, chosen: TrainedModel | None) -> type[Application]:
    """Return the class of a model's application by name. Raises TableError where the model has none."""
    from lightning_modules.evaluation.offered import missing_method, offered_applications

    offered = offered_applications(model)
    others = "" if chosen is None else f"; {chosen.others(name if name in offered else None)}"
    if not offered:
        raise TableError(f"{model.__name__} has no applications{others}")
    if name not in offered:
        known = ", ".join(_usable(model))
        raise TableError(f"there is no application {name!r}, {nearest(name, offered)} {model.__name__} has {known}")
    missing = missing_method(offered[name], model)
    if missing is not None:
        raise TableError(f"{name}: {model.__name__} has no {missing}(){others}")
    return offered[name]


def _usable(model: type) -> dict[str, type[Application]]:
    from lightning_modules.evaluation.offered import missing_method, offered_applications

    return {name: kind for name, kind in offered_applications(model).items() if missing_method(kind, model) is None}


def _first_line(kind: type[Application]) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())


def _load(chosen: TrainedModel) -> tuple[Any, Any]:
    """Return the model with its weights, on a GPU where there is one, and its data module."""
    import torch

    from ablations.running.checkpoints import input_digests, require_fit
    from lightning_modules.checkpoint_file import read_checkpoint

    module, data = build(chosen.config["model"]), build(chosen.config["data"])
    input_digests({"ckpt_path": chosen.weights})  # are they those that the training recorded?
    require_fit(chosen.weights, module)
    module.load_state_dict(read_checkpoint(chosen.weights)["state_dict"])
    module.to("cuda" if torch.cuda.is_available() else "cpu").eval()
    data.prepare_data()
    data.setup("test")
    return module, data


def _context(
    kind: type[Application], module: Any, data: Any, chosen: TrainedModel, given: dict[str, Path]
) -> ApplicationContext:
    sources = kind.context.checkpoints
    found = {name: chosen.checkpoints[source] for name, source in sources.items() if source in chosen.checkpoints}
    return kind.context.create(module, data, {**found, **given})


def _outcome_text(outcome: Outcome) -> str:
    """Return the caption, the findings and the numbers of an outcome."""
    lines = [f"{outcome.caption} {outcome.findings}".strip()]
    for name, value in outcome.numbers.items():
        note = f" ({outcome.reasons[name]})" if name in outcome.reasons else f"    {metric_words(name)}".rstrip()
        lines.append(f"  {name}: {metric_text(name, value)}{note}")
    return "\n".join(lines)
