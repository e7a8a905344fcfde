"""Configuration files: a stage's base file, what is laid over it, and those of runs by hand; all arguments checked."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ablations.resolving.arguments import class_arguments
from ablations.resolving.evaluators import evaluator_path
from ablations.resolving.keys import CALLBACK_SECTIONS, TRAINER
from ablations.resolving.scales import checked_arguments
from ablations.tables.source import Source, read
from common.errors import TableError

Config = dict[str, Any]

#: What a configuration may say. A table sets seed and checkpoints itself, whatever a base file says for runs by hand.
_TOP = ("seed_everything", "model", "data", "trainer", "ckpt_path", *CALLBACK_SECTIONS)
_BY_HAND = ("seed_everything", "ckpt_path", "verbose", "return_predictions")
#: What a test's own file may say, laid over what it tests was trained with, and what a table's data file may, laid
#: over those of all stages.
_OF_A_TEST, _OF_DATA = ("model", "data", "trainer", "evaluation"), ("model", "data")


def load_base(path: Path) -> Config:
    """Reads a base configuration and checks every argument in it against the class it names."""
    fields = read(path).mapping(allowed=_TOP, required=("model", "data", "trainer"))
    config: Config = {"seed_everything": 0}
    for section in ("model", "data"):
        config[section] = _class_section(fields[section])
    config["trainer"] = checked_arguments(fields["trainer"], class_arguments(TRAINER))
    if "evaluation" in fields:
        known = class_arguments(evaluator_path(config["model"]["class_path"]))
        config["evaluation"] = checked_arguments(fields["evaluation"], known)
    others = (name for name in CALLBACK_SECTIONS if name in fields and name != "evaluation")
    return config | {name: fields[name].value() for name in others}


def check_files(paths: Iterable[Path], callbacks: Mapping[str, str]) -> None:
    """Checks the configurations that are run by hand, each laid over the ones before; all may leave things out.

    `callbacks` are the classes of the callback sections. Raises `TableError`, which names file, line and key.
    """
    model = None
    for path in paths:
        fields = read(path).mapping(allowed=(*_TOP, *_BY_HAND))
        if "model" in fields and model is not None and "class_path" not in fields["model"].entries():
            _model_arguments(fields["model"], model)
        elif "model" in fields:
            model = _class_section(fields["model"])["class_path"]
        if "data" in fields:
            _class_section(fields["data"])
        evaluation = {} if model is None else {"evaluation": evaluator_path(model)}
        for section, class_path in {"trainer": TRAINER, **callbacks, **evaluation}.items():
            if section in fields:
                checked_arguments(fields[section], class_arguments(class_path))


def load_test(path: Path, model: str) -> Config:
    """Reads a test's own file, which is laid over what it tests was trained with; see `_over`."""
    return _over(read(path).mapping(allowed=_OF_A_TEST), model)


def load_data(path: Path, model: str) -> Config:
    """Reads a table's data file: a data set, and the arguments of every stage's model that follow from it."""
    return _over(read(path).mapping(allowed=_OF_DATA, required=("data",)), model)


def _over(fields: Mapping[str, Source], model: str) -> Config:
    """`data` stand for themselves; of the other sections only what is given is laid over.

    Args:
        model: class path of what it is laid over; the file gives its arguments and no class.
    """
    found: Config = {"data": _class_section(fields["data"])} if "data" in fields else {}
    if "model" in fields:
        found["model"] = _model_arguments(fields["model"], model)
    for section, path in (("trainer", TRAINER), ("evaluation", evaluator_path(model))):
        if section in fields:
            found[section] = checked_arguments(fields[section], class_arguments(path))
    return found


def _model_arguments(source: Source, model: str) -> dict[str, Any]:
    given = source.mapping(allowed=("init_args",), required=("init_args",))["init_args"]
    return checked_arguments(given, class_arguments(model))


def _class_section(source: Source) -> Config:
    fields = source.mapping(allowed=("class_path", "init_args"), required=("class_path",))
    try:
        known = class_arguments(fields["class_path"].text())
    except TableError as error:
        fields["class_path"].fail(str(error))
    given = checked_arguments(fields["init_args"], known) if "init_args" in fields else {}
    defaults = {name: copy.deepcopy(a.default) for name, a in known.items() if a.has_plain_default}
    return {"class_path": fields["class_path"].text(), "init_args": {**defaults, **given}}
