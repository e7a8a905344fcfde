"""Faults of a finished run's files: what is read from a run folder is checked before any of it is used."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from ablations.planning.expand import StageRun
from ablations.resolving.folders import folder_arguments
from ablations.resolving.keys import NAMED_FILES, Ingredients, machine_arguments

_FIX = "run the table's command again, which repeats this run"
_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
_NUMBERS = {"type": "object", "additionalProperties": {"type": ["number", "null"]}}
_CLASS = {
    "type": "object",
    "required": ["class_path", "init_args"],
    "properties": {"class_path": {"type": "string"}, "init_args": {"type": "object"}},
}
_CONFIG = {
    "type": "object",
    "required": ["model", "data", "trainer"],
    "properties": {"model": _CLASS, "data": _CLASS, "trainer": {"type": "object"}},
}
#: JSON Schemas of the files of a run folder, by name; of `history.jsonl` that of a line.
SCHEMAS: dict[str, dict[str, Any]] = {
    "metrics.json": {
        "type": "object",
        "required": ["kind"],
        "properties": {
            "kind": {"enum": ["fit", "test"]},
            "iterations": {"type": "integer"},
            "losses": _NUMBERS,
            "selected": {"type": ["object", "null"]},
            "weights": _TEXTS,
            "weights_sha256": {"type": "string"},
            "headline": {"type": "string"},
            "metrics": {**_NUMBERS, "type": ["object", "null"]},
            "variants": {"type": "object", "additionalProperties": _NUMBERS},
            "protocol": {"type": "object", "properties": {"failed": {"type": "object"}}},
            "protocol_fields": {"type": ["array", "null"], "items": {"type": "string"}},  # None: all of the protocol
        },
    },
    "provenance.json": {
        "type": "object",
        "properties": {
            "command": {"type": "string"},
            "seconds": {"type": ["number", "null"]},
            "started": {"type": ["string", "null"]},
            "finished": {"type": "string"},
            "code": {"type": "object"},
            "packages": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
            "machine": {"type": "object"},
            "data": {"type": "object"},
            "inputs": _TEXTS,
            "checkpoint": {
                "type": "object",
                "required": ["bytes", "mtime_ns", "sha256"],
                "properties": {
                    "bytes": {"type": "integer"},
                    "mtime_ns": {"type": "integer"},
                    "sha256": {"type": "string"},
                },
            },
            "loss_networks": {"type": "array", "items": {"type": "string"}},
            "tries": {
                "type": "array",
                "items": {"type": "object", "required": ["seconds"], "properties": {"seconds": {"type": "number"}}},
            },
        },
    },
    "key.json": {
        "type": "object",
        "required": ["key", "config", "kind", "seed", "needs", "data", "features", "code", "origin"],
        "properties": {
            "key": {"type": "string"},
            "config": _CONFIG,
            "kind": {"enum": ["fit", "test"]},
            "seed": {"type": "integer"},
            "needs": _TEXTS,
            "data": {"type": "string"},
            "features": {"type": "string"},
            "code": _TEXTS,
            "origin": {
                "type": "object",
                "properties": {"rows": {"type": "array", "items": {"type": "string"}}},
            },
        },
    },
    "config.yaml": _CONFIG,
    "history.jsonl": {
        "type": "object",
        "required": ["iteration"],
        "properties": {"iteration": {"type": "integer"}},
        "additionalProperties": {"type": ["number", "null"]},
    },
}
#: Files that are checked, `metrics.json` first. A result without the others is one of which less is known.
_CHECKED = ("metrics.json", "provenance.json", "key.json", "config.yaml")
#: Bytes at the start and the end of a history that are checked: those of a long training are large.
_ENDS = 16_384


def run_fault(run: StageRun) -> str:
    """Return the first fault in the files of a finished run, in one line with file and fix; "" if there is none.

    Other files may be missing. A run without `metrics.json` is not finished and has no fault. `key.json`
    must have the digest of its run, and `config.yaml` the run's settings; those of a kept result are of another time
    and need the right form only.
    """
    states = tuple(_state(run.folder / name) for name in _CHECKED)
    return _run_fault(run, run.folder, states) if states[0] else ""


def history_fault(run: StageRun) -> str:
    """Return the fault of a run's `history.jsonl` as `run_fault`; the result is whole without these curves."""
    path = run.folder / "history.jsonl"
    found = file_fault(path) if path.exists() else ""
    return (
        f"{found}; delete this file to report without its curves, or the run's folder to train again" if found else ""
    )


@lru_cache(maxsize=4096)
def _run_fault(run: StageRun, folder: Path, states: tuple[tuple[int, int] | None, ...]) -> str:
    """Check the files of a run once for each of their states."""
    there = [name for name, state in zip(_CHECKED, states, strict=True) if state]
    found = next((fault for name in there if (fault := file_fault(folder / name))), "")
    if not found and not run.kept:
        found = _other_key(folder / "key.json", run.key) if "key.json" in there else ""
        found = found or (_other_config(folder / "config.yaml", run) if "config.yaml" in there else "")
    return f"{found}; {_FIX}" if found else ""


def _state(path: Path) -> tuple[int, int] | None:
    """Return time of change and size of a file, None if there is none."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size


def file_fault(path: Path) -> str:
    """Return why a file of a run folder is unusable, in one line that starts with its path; "" if it is well-formed."""
    state = _state(path)
    found = "is missing" if state is None else _form_fault(path, *state)
    return f"{path}: {found}" if found else ""


@lru_cache(maxsize=16_384)
def _form_fault(path: Path, time: int, size: int) -> str:
    """Check a file once for each of its states, as a plan looks at every run many times."""
    read: Callable[[Path], list[Any]] = {".jsonl": _lines, ".yaml": _yaml}.get(path.suffix, _json)
    try:
        contents = read(path)
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    except (ValueError, yaml.YAMLError):
        return f"is damaged: no valid {path.suffix[1:].upper()}"
    validator = Draft202012Validator(SCHEMAS[path.name])
    for content in contents:
        wrong = best_match(validator.iter_errors(content))
        if wrong is not None:
            where = ".".join(map(str, wrong.absolute_path))
            return f"is damaged: {where + ': ' if where else ''}{' '.join(wrong.message.split())[:200]}"
    return ""


def _json(path: Path) -> list[Any]:
    return [json.loads(path.read_text(encoding="utf-8"))]


def _yaml(path: Path) -> list[Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [yaml.load(path.read_text(encoding="utf-8"), loader)]


def _lines(path: Path) -> list[Any]:
    with path.open("rb") as file:
        start = file.read(_ENDS)
        size = file.seek(0, 2)
        file.seek(max(size - _ENDS, len(start)))
        end = file.read()
    lines = start.splitlines()
    if size > len(start) + len(end):  # both ends have a line in part
        lines = [*lines[:-1], *end.splitlines()[1:]]
    elif end:
        lines = (start + end).splitlines()
    return [json.loads(line) for line in lines]


def _other_key(path: Path, key: str) -> str:
    """Return a fault if the contents of a `key.json` do not have the run's key as their digest."""
    content = _json(path)[0]
    made_of = Ingredients(**{name: content[name] for name in Ingredients.__dataclass_fields__})
    return "" if content["key"] == made_of.key == key else f"{path}: is damaged: its contents do not have the key {key}"


def _other_config(path: Path, run: StageRun) -> str:
    """Return a fault if a `config.yaml` has other settings than the run; paths may be those of another machine."""
    content = _yaml(path)[0]
    for section in ("model", "data"):
        mine, theirs = run.config[section], content[section]
        for name in ("class_path", *sorted({*mine["init_args"], *theirs["init_args"]})):
            if name == "class_path":
                before, after = theirs[name], mine[name]
            else:
                before, after = (one["init_args"].get(name) for one in (theirs, mine))
            if _plain(before) != _plain(after) and name not in _local(mine["class_path"], section, run.needs):
                return f"{path}: is damaged: {section}.{name} is {before!r}, the run has {after!r}"
    return ""


def _local(class_path: str, section: str, needs: Mapping[str, Any]) -> set[str]:
    """Return the arguments of a class that may differ between machines: settings of the machine, and paths."""
    folders = folder_arguments(class_path) if section == "model" else ()
    return {*machine_arguments(class_path, section), *NAMED_FILES, *folders, *needs}


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))  # tuples as lists
