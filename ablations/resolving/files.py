"""Configuration files: base files of stages, overriding files, and files of runs by hand; all arguments are checked."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ablations.resolving.evaluators import evaluator_path
from ablations.resolving.keys import CALLBACK_SECTIONS
from ablations.resolving.limits import TRAINER, limited_arguments
from ablations.resolving.scales import check_arguments
from ablations.tables.source import Source, read
from common.errors import TableError

Config = dict[str, Any]

#: Allowed keys of a configuration. A table sets seed and checkpoints itself; in a base file they are for runs by hand.
_TOP = ("seed_everything", "model", "data", "trainer", "ckpt_path", *CALLBACK_SECTIONS)
_BY_HAND = ("seed_everything", "ckpt_path", "verbose", "return_predictions")
#: Allowed sections of a test's file, which overrides its training's, and of a table's data file, which overrides all.
_OF_A_TEST, _OF_DATA = ("model", "data", "trainer", "evaluation"), ("model", "data")


def load_base(path: Path) -> Config:
    """Read a base configuration; every argument is checked against its class."""
    fields = read(path).mapping(allowed=_TOP, required=("model", "data", "trainer"))
    config: Config = {"seed_everything": 0}
    for section in ("model", "data"):
        config[section] = _class_section(fields[section])
    config["trainer"] = check_arguments(fields["trainer"], limited_arguments(TRAINER))
    if "evaluation" in fields:
        known = limited_arguments(evaluator_path(config["model"]["class_path"]))
        config["evaluation"] = check_arguments(fields["evaluation"], known)
    others = (name for name in CALLBACK_SECTIONS if name in fields and name != "evaluation")
    return config | {name: fields[name].value() for name in others}


def check_files(paths: Iterable[Path], callbacks: Mapping[str, str]) -> None:
    """Check configurations of runs by hand, each of which overrides the ones before and may be incomplete.

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
                check_arguments(fields[section], limited_arguments(class_path))


def load_test(path: Path, model: str) -> Config:
    """Read a test's own file, which overrides the configuration of its training; see `_overrides`."""
    return _overrides(read(path).mapping(allowed=_OF_A_TEST), model)


def load_data(path: Path, model: str) -> Config:
    """Read a table's data file: a data set, and the arguments of every stage's model that depend on it."""
    return _overrides(read(path).mapping(allowed=_OF_DATA, required=("data",)), model)


def _overrides(fields: Mapping[str, Source], model: str) -> Config:
    """Read overriding sections: `data` is replaced as a whole, of the others only the given arguments.

    Args:
        model: class path of the overridden model; the file has arguments but no class.
    """
    found: Config = {"data": _class_section(fields["data"])} if "data" in fields else {}
    if "model" in fields:
        found["model"] = _model_arguments(fields["model"], model)
    for section, path in (("trainer", TRAINER), ("evaluation", evaluator_path(model))):
        if section in fields:
            found[section] = check_arguments(fields[section], limited_arguments(path))
    return found


def _model_arguments(source: Source, model: str) -> dict[str, Any]:
    given = source.mapping(allowed=("init_args",), required=("init_args",))["init_args"]
    return check_arguments(given, limited_arguments(model))


def _class_section(source: Source) -> Config:
    fields = source.mapping(allowed=("class_path", "init_args"), required=("class_path",))
    try:
        known = limited_arguments(fields["class_path"].text())
    except TableError as error:
        fields["class_path"].fail(str(error))
    given = check_arguments(fields["init_args"], known) if "init_args" in fields else {}
    defaults = {name: copy.deepcopy(a.default) for name, a in known.items() if a.has_plain_default}
    return {"class_path": fields["class_path"].text(), "init_args": {**defaults, **given}}
