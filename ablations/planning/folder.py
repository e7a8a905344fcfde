"""Files of a run folder, and the state of the run that they imply."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import yaml

from ablations.planning.checkpoint_files import RECORD, is_broken
from ablations.planning.expand import StageRun
from ablations.planning.locks import owner
from ablations.planning.run_faults import file_fault, run_fault
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
#: The checkpoint from which an interrupted training resumes.
RESUME = "checkpoints/resume.ckpt"

State = Literal["done", "failed", "stale", "running", "missing"]


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a JSON object; None if the file is missing, unreadable or something else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically and durably. Raises `TableError` if it cannot be written."""
    write_atomically(path, text, durable=True, shared=True, error=TableError)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object with `write_text`."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True) + "\n")


def folder_result(folder: Path, kind: str, config: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the metrics in a run folder if its run is done, else None.

    The numbers of an interrupted training do not count.
    """
    metrics = None if file_fault(folder / METRICS) else read_json(folder / METRICS)
    if metrics is None or metrics.get("kind") != kind:
        return None
    if kind == "fit":
        iterations = config["model"]["init_args"].get("max_iterations")
        if iterations is not None and metrics.get("iterations", iterations) != iterations:
            return None
    return metrics


def result(run: StageRun) -> dict[str, Any] | None:
    """Return the run's metrics if it is done with the current weights of its inputs, and no file of it is damaged.

    Otherwise None. The files of a run that is not done are not checked. A checkpoint may have been removed.
    """
    if run_fault(run) or (run.kind == "fit" and has_broken_checkpoint(run)):
        return None
    if run.kept:  # measured with its own configuration, on the weights of that time
        earlier = read_json(run.folder / KEY)
        return None if earlier is None else folder_result(run.folder, run.kind, earlier["config"])
    metrics = folder_result(run.folder, run.kind, run.config)
    return None if metrics is None or _is_outdated(run, metrics) else metrics


def _is_outdated(run: StageRun, metrics: Mapping[str, Any]) -> bool:
    """True if a direct or indirect input has been trained again to other weights; kept stale inputs are not checked."""
    for name, need in run.needs.items():
        if not need.kept:
            theirs = folder_result(need.folder, need.kind, need.config)
            if _is_replaced(metrics, name, need) or (theirs is not None and _is_outdated(need, theirs)):
                return True
    return False


def _is_replaced(metrics: Mapping[str, Any], argument: str, need: StageRun) -> bool:
    """True if an input has been trained again to other weights since the run used it."""
    used = metrics.get("weights", {}).get(argument)
    there = (read_json(need.folder / METRICS) or {}).get("weights_sha256")
    return used is not None and there is not None and used != there


def has_broken_checkpoint(run: StageRun) -> bool:
    """True if the checkpoint of a training differs from the file that the training wrote."""
    return is_broken(run.weights, read_provenance(run.folder).get(RECORD))


def has_replaced_inputs(run: StageRun) -> bool:
    """True if a run has a result, but with weights of an input that has been trained again since."""
    metrics = folder_result(run.folder, run.kind, run.config)
    return metrics is not None and _is_outdated(run, metrics)


def is_done(run: StageRun) -> bool:
    """True if a run has its result and, for a training, its checkpoint."""
    return result(run) is not None and (run.kind == "test" or run.weights.is_file())


def state(run: StageRun) -> State:
    """Return the state of a run: stale, done, running (in a living process), failed or missing."""
    if run.stale:
        return "stale"
    if result(run) is not None:
        return "done"
    if owner(run.folder) is not None:
        return "running"
    return "failed" if has_failed(run) else "missing"


def has_failed(run: StageRun) -> bool:
    """True if the run ended with an error, or a file of its result has been damaged since."""
    return (run.folder / FAILED).is_file() or bool(run_fault(run))


def failure(run: StageRun) -> str:
    """Return the reason of a failure, in one line."""
    return run_fault(run) or str((read_json(run.folder / FAILED) or {}).get("reason", "failed for an unknown reason"))


def seconds(folder: Path) -> float | None:
    """Return the seconds that the finished run in a folder took, over all tries; None if unknown."""
    value = read_provenance(folder).get("seconds")
    return float(value) if isinstance(value, int | float) else None


def read_provenance(folder: Path) -> dict[str, Any]:
    """Return a run folder's `provenance.json`; {} if it is missing or damaged."""
    return {} if file_fault(folder / PROVENANCE) else read_json(folder / PROVENANCE) or {}


def describe(run: StageRun) -> None:
    """Write `config.yaml` and `key.json`, from which a process can run the stage, to the run folder.

    Deletes an invalid result (its weights are missing, or its inputs have changed) and the reason of an earlier
    failure. The caller must hold the folder's lock.
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
    """Create a run folder. Raises `TableError` if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TableError(f"{folder}: cannot be created ({error.strerror}); free disk space and run again") from error


def clear(folder: Path) -> bool:
    """Delete the files of an earlier try, except those of a training that can resume; return True if it can.

    The caller must hold the folder's lock.
    """
    for unfinished in (*folder.glob(".*.partial"), *(folder / RESUME).parent.glob(".*.partial")):
        unfinished.unlink(missing_ok=True)  # a killed writer's: who holds the lock is the only one
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
    """Raise `TableError` if a folder cannot be created or written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TableError(f"{folder}: cannot be created ({error.strerror}); choose another folder") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise TableError(f"{folder}: cannot be written to (permission denied); choose another folder")
