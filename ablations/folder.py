"""What stands in a run folder, and whether it may be believed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, Literal

import yaml

from ablations.errors import TableError
from ablations.expand import StageRun

METRICS = "metrics.json"
FAILED = "failed.json"
PROGRESS = "progress.json"
PROVENANCE = "provenance.json"
CONFIG = "config.yaml"
LOG = "log.txt"
HISTORY = "history.jsonl"

State = Literal["done", "failed", "missing"]


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object, None where there is none that can be read whole."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Writes a JSON object at once: readers see the old file or the whole new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    temporary.replace(path)


def result(run: StageRun) -> dict[str, Any] | None:
    """The run's metrics where it is done, None where it is not: an interrupted training's numbers are no result."""
    metrics = read_json(run.folder / METRICS)
    if metrics is None or metrics.get("kind") != run.kind:
        return None
    if run.kind == "fit":
        asked = run.config["model"]["init_args"].get("max_iterations")
        if asked is not None and metrics.get("iterations", asked) != asked:
            return None
    return metrics


def state(run: StageRun) -> State:
    """Whether a run is done, failed when it was last tried, or neither."""
    if result(run) is not None:
        return "done"
    return "failed" if (run.folder / FAILED).is_file() else "missing"


def failure(run: StageRun) -> str:
    """Why the run failed, in one line."""
    return str((read_json(run.folder / FAILED) or {}).get("reason", "failed for an unknown reason"))


def seconds(run: StageRun) -> float | None:
    """How long a done run took."""
    value = (read_json(run.folder / PROVENANCE) or {}).get("seconds")
    return float(value) if isinstance(value, int | float) else None


def prepare(run: StageRun) -> None:
    """An empty run folder with `config.yaml`; what an interrupted try left is removed.

    Raises `TableError` where the folder cannot be written.
    """
    try:
        if run.folder.exists():
            shutil.rmtree(run.folder)
        run.folder.mkdir(parents=True)
        text = yaml.safe_dump(run.config, sort_keys=False, default_flow_style=None, width=110)
        (run.folder / CONFIG).write_text(f"# {run.command}\n{text}", encoding="utf-8")
    except OSError as error:
        raise TableError(f"{run.folder}: cannot be written ({error.strerror})") from error


def require_writable(folder: Path) -> None:
    """Raises `TableError` before any work where a folder cannot be made or written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TableError(f"{folder}: cannot be made ({error.strerror}); choose another folder") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise TableError(f"{folder}: cannot be written to (permission denied); choose another folder")
