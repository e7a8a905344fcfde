"""Configuration files: a stage's base file, a test's own file, and those of runs by hand; every argument is checked."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ablations.errors import TableError
from ablations.resolving.arguments import class_arguments
from ablations.resolving.keys import CALLBACK_SECTIONS, EVALUATION, TRAINER
from ablations.resolving.scales import checked_arguments
from ablations.tables.source import Source, read

Config = dict[str, Any]

#: What a configuration may say. A table sets seed and checkpoints itself, whatever a base file says for runs by hand.
_TOP = ("seed_everything", "model", "data", "trainer", "ckpt_path", *CALLBACK_SECTIONS)
_BY_HAND = ("seed_everything", "ckpt_path", "verbose", "return_predictions")
#: What a test's own file may say, laid over what it tests was trained with.
_OF_A_TEST = ("model", "data", "trainer", "evaluation")


def load_base(path: Path) -> Config:
    """Reads a base configuration and checks every argument in it against the class it names."""
    fields = read(path).mapping(allowed=_TOP, required=("model", "data", "trainer"))
    config: Config = {"seed_everything": 0}
    for section in ("model", "data"):
        config[section] = _class_section(fields[section])
    config["trainer"] = checked_arguments(fields["trainer"], class_arguments(TRAINER))
    return config | {name: fields[name].value() for name in CALLBACK_SECTIONS if name in fields}


def check_file(path: Path, callbacks: Mapping[str, str]) -> None:
    """Checks a configuration that is run by hand, as far as it goes: it may be one of several, or leave things out.

    `callbacks` are the classes of the callback sections. Raises `TableError`, which names file, line and key.
    """
    fields = read(path).mapping(allowed=(*_TOP, *_BY_HAND))
    for section in ("model", "data"):
        if section in fields:
            _class_section(fields[section])
    for section, class_path in {"trainer": TRAINER, **callbacks}.items():
        if section in fields:
            checked_arguments(fields[section], class_arguments(class_path))


def load_test(path: Path, model: str) -> Config:
    """Reads a test's own file. Its `data` stand for themselves; of the other sections only what is given is laid over.

    Args:
        model: class path of what is tested; the file gives its arguments and no class.
    """
    fields = read(path).mapping(allowed=_OF_A_TEST)
    found: Config = {"data": _class_section(fields["data"])} if "data" in fields else {}
    if "model" in fields:
        given = fields["model"].mapping(allowed=("init_args",), required=("init_args",))["init_args"]
        found["model"] = checked_arguments(given, class_arguments(model))
    for section, class_path in (("trainer", TRAINER), ("evaluation", EVALUATION)):
        if section in fields:
            found[section] = checked_arguments(fields[section], class_arguments(class_path))
    return found


def _class_section(source: Source) -> Config:
    fields = source.mapping(allowed=("class_path", "init_args"), required=("class_path",))
    try:
        known = class_arguments(fields["class_path"].text())
    except TableError as error:
        fields["class_path"].fail(str(error))
    given = checked_arguments(fields["init_args"], known) if "init_args" in fields else {}
    defaults = {name: copy.deepcopy(a.default) for name, a in known.items() if a.has_plain_default}
    return {"class_path": fields["class_path"].text(), "init_args": {**defaults, **given}}
