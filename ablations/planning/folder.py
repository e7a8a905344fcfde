"""What stands in a run folder, and whether it may be believed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import yaml

from ablations.planning.expand import StageRun
from ablations.planning.locks import owner
from ablations.resolving.data_roots import given_roots
from common.errors import TableError
from common.files import write_atomically

METRICS = "metrics.json"
FAILED = "failed.json"
PROGRESS = "progress.json"
PROVENANCE = "provenance.json"
CONFIG = "config.yaml"
KEY = "key.json"
LOG = "log.txt"
HISTORY = "history.jsonl"
#: Where a training goes on from, and what it leaves for others by the rule that chose it.
RESUME = "checkpoints/resume.ckpt"

State = Literal["done", "failed", "stale", "running", "missing"]


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object, None where there is none that can be read whole."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically and durably. Raises `TableError` where it cannot be written."""
    write_atomically(path, text, durable=True, shared=True, error=TableError)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """`write_text` of a JSON object."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True) + "\n")


def folder_result(folder: Path, kind: str, config: Mapping[str, Any]) -> dict[str, Any] | None:
    """The metrics in a run folder where its run is done, None where it is not.

    An interrupted training's numbers are no result.
    """
    metrics = read_json(folder / METRICS)
    if metrics is None or metrics.get("kind") != kind:
        return None
    if kind == "fit":
        asked = config["model"]["init_args"].get("max_iterations")
        if asked is not None and metrics.get("iterations", asked) != asked:
            return None
    return metrics


def result(run: StageRun) -> dict[str, Any] | None:
    """The run's metrics where it is done, None where it is not, or not with the weights that its inputs hold now."""
    if run.kept:  # as it is: measured by its own configuration, on what its inputs held then
        earlier = read_json(run.folder / KEY)
        return None if earlier is None else folder_result(run.folder, run.kind, earlier["config"])
    metrics = folder_result(run.folder, run.kind, run.config)
    return None if metrics is None or _outdated(run, metrics) else metrics


def _outdated(run: StageRun, metrics: Mapping[str, Any]) -> bool:
    """Whether an input, or an input of one, was trained to other weights since; of what is kept nobody asks."""
    for name, need in run.needs.items():
        if not need.kept:
            theirs = folder_result(need.folder, need.kind, need.config)
            if _replaced(metrics, name, need) or (theirs is not None and _outdated(need, theirs)):
                return True
    return False


def _replaced(metrics: Mapping[str, Any], argument: str, need: StageRun) -> bool:
    """Whether an input was trained to other weights since a run used it."""
    used = metrics.get("weights", {}).get(argument)
    there = (read_json(need.folder / METRICS) or {}).get("weights_sha256")
    return used is not None and there is not None and used != there


def is_done(run: StageRun) -> bool:
    """Whether a run has its result, and a training the weights that others take."""
    return result(run) is not None and (run.kind == "test" or run.weights.is_file())


def state(run: StageRun) -> State:
    """Whether a run is done; if not, whether a process works on it, it failed, or is out of date."""
    if run.stale:
        return "stale"
    if result(run) is not None:
        return "done"
    if owner(run.folder) is not None:
        return "running"
    return "failed" if (run.folder / FAILED).is_file() else "missing"


def failure(run: StageRun) -> str:
    """Why the run failed, in one line."""
    return str((read_json(run.folder / FAILED) or {}).get("reason", "failed for an unknown reason"))


def seconds(folder: Path) -> float | None:
    """How long the done run in a folder took, all its tries together."""
    value = (read_json(folder / PROVENANCE) or {}).get("seconds")
    return float(value) if isinstance(value, int | float) else None


def describe(run: StageRun) -> None:
    """Puts into the run folder what a process needs to run the stage: `config.yaml` and `key.json`.

    A result that is not to stand (its weights are gone, or its inputs are others now) goes, and so does the reason of
    an earlier failure. For whoever holds the folder's lock: what is there may be another process's work.
    """
    make_folder(run.folder)
    for name in (METRICS, FAILED):
        (run.folder / name).unlink(missing_ok=True)
    text = yaml.safe_dump(run.config, sort_keys=False, default_flow_style=None, width=110)
    origin = {
        "table": run.table,
        "family": run.family,
        "scale": run.scale,
        "stage": run.stage,
        "rows": run.rows,
        "labels": run.labels,
        "data": given_roots(run.config),
        "commitment": run.commitment,
    }
    write_text(run.folder / CONFIG, f"# {run.command}\n{text}")
    write_json(run.folder / KEY, {"key": run.key, **asdict(run.ingredients), "origin": origin})


def make_folder(folder: Path) -> None:
    """Makes a run folder, or says in one line why not."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TableError(f"{folder}: cannot be made ({error.strerror}); free the disk and run again") from error


def clear(folder: Path) -> bool:
    """Readies a folder for its run: what an earlier try left goes, unless it left a checkpoint to go on from.

    For whoever holds the folder's lock. Returns whether there is such a checkpoint.
    """
    resumes = (folder / RESUME).is_file()
    gone = (METRICS, FAILED) if resumes else _all_but(folder, CONFIG, KEY)
    for name in gone:
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return resumes


def _all_but(folder: Path, *kept: str) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name not in kept]


def require_writable(folder: Path) -> None:
    """Raises `TableError` before any work where a folder cannot be made or written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TableError(f"{folder}: cannot be made ({error.strerror}); choose another folder") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise TableError(f"{folder}: cannot be written to (permission denied); choose another folder")
