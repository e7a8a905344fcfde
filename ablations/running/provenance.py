"""Provenance of a run: code, packages, machine, data, and duration."""

from __future__ import annotations

import platform
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from ablations.planning.checkpoint_files import RECORD, checkpoint_record
from ablations.planning.folder import PROGRESS, PROVENANCE, RESUME, read_json, read_provenance, write_json
from common.errors import TableError

#: Packages whose version can change a number.
PACKAGES = (
    "torch", "torchvision", "pytorch-lightning", "torchmetrics", "torch-fidelity", "numpy", "opencv-python-headless",
    "albumentations",
)  # fmt: skip


class OtherInputsError(TableError):
    """A training would resume with other weights of an input stage than it started with."""


@dataclass
class Provenance:
    """Record written when a run starts and completed when it ends. `seconds` is the total over all tries."""

    folder: Path
    content: dict[str, Any]
    clock: float

    @classmethod
    def start(
        cls,
        folder: Path,
        datamodule: Any,
        command: str,
        resumes: bool = False,
        inputs: Mapping[str, str] | None = None,
        networks: Sequence[str] = (),
    ) -> Provenance:
        """Write `provenance.json` for a run that starts now; `command` repeats it.

        A run that resumes from a checkpoint keeps the start and duration of its earlier tries, as far as they were
        recorded before the interruption. `inputs` are digests of the input weights,
        `networks` the names of the weights that its losses use.

        Raises:
            OtherInputsError: the earlier tries had other input weights.
        """
        if resumes and inputs is not None:
            _require_same_inputs(folder, inputs)
        fingerprint = getattr(datamodule, "fingerprint", None)
        content = {
            "command": command,
            "started": _now(),
            "data": {
                "root": str(getattr(datamodule, "root", "")),
                "fingerprint": fingerprint() if fingerprint else None,
            },
            "code": code_version(),
            "packages": {name: _version(name) for name in PACKAGES},
            "machine": machine(),
            "inputs": dict(inputs or {}),
            "loss_networks": list(networks),
            "tries": _tries(folder) if resumes else [],
        }
        folder.mkdir(parents=True, exist_ok=True)
        (folder / PROGRESS).unlink(missing_ok=True)  # of an earlier try, whose time is counted already
        write_json(folder / PROVENANCE, content)
        return cls(folder, content, time.monotonic())

    def finish(self, checkpoint: Path | None = None) -> None:
        """Add the end and the duration of the run, and the record of a training's checkpoint."""
        seconds = time.monotonic() - self.clock + sum(tried["seconds"] for tried in self.content["tries"])
        record = {} if checkpoint is None else {RECORD: checkpoint_record(checkpoint)}
        content = {**self.content, **record, "finished": _now(), "seconds": round(seconds, 2)}
        write_json(self.folder / PROVENANCE, content)


def _require_same_inputs(folder: Path, inputs: Mapping[str, str]) -> None:
    before = read_provenance(folder).get("inputs", inputs)
    other = [argument for argument in inputs if before.get(argument) != inputs[argument]]
    if other:
        raise OtherInputsError(
            f"{folder}: {other[0]} has changed since the start of training; delete {RESUME} to restart"
        )


def _tries(folder: Path) -> list[dict[str, Any]]:
    """Return the earlier, interrupted tries, with durations as of their last recorded progress."""
    before = read_provenance(folder)
    if not before or "finished" in before:
        return []
    seconds = (read_json(folder / PROGRESS) or {}).get("seconds", 0.0)
    seconds = seconds if isinstance(seconds, int | float) else 0.0
    return [*before.get("tries", []), {"started": before.get("started"), "seconds": seconds}]


def code_version() -> dict[str, Any]:
    """Return the commit of this checkout and whether files differ from it; None outside a checkout.

    An installed package may lie inside another repository, whose commit does not describe this code.
    """
    root = Path(__file__).resolve().parents[2]
    if _git(root, "ls-files", "--error-unmatch", "cli.py") is None:
        return {"commit": None, "dirty": None}
    commit = _git(root, "rev-parse", "HEAD")
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": None if commit is None else bool(changed)}


def machine() -> dict[str, Any]:
    """Return processor, cores, threads and accelerator of this process."""
    import torch

    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else None
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "processor": _processor(),
        "threads": torch.get_num_threads(),
        "accelerator": gpu,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
