"""The birth certificate of a run: what code, packages, machine and data it came from, and how long it took."""

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

from ablations.planning.folder import PROGRESS, PROVENANCE, RESUME, read_json, write_json
from common.errors import TableError

#: Packages whose version can change a number.
PACKAGES = (
    "torch", "torchvision", "pytorch-lightning", "torchmetrics", "torch-fidelity", "numpy", "opencv-python-headless",
    "albumentations",
)  # fmt: skip


class OtherInputsError(TableError):
    """A training would go on with other weights of another stage than it began with."""


@dataclass
class Provenance:
    """Written when a run starts, completed when it ends. `seconds` are those of all its tries together."""

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
        """Writes `provenance.json` for a run that begins now; `command` is what repeats it.

        A run that goes on from a checkpoint keeps the record of its earlier tries: when each began and what it took,
        as far as it said so before it was stopped. `inputs` are digests of the weights that it is given,
        `networks` the names of the weights that its losses are measured with.

        Raises:
            OtherInputsError: the tries that it would go on from were given other weights.
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
        (folder / PROGRESS).unlink(missing_ok=True)  # of an earlier try, which it would be counted for again
        write_json(folder / PROVENANCE, content)
        return cls(folder, content, time.monotonic())

    def finish(self) -> None:
        """Adds the end and the length of the run."""
        seconds = time.monotonic() - self.clock + sum(tried["seconds"] for tried in self.content["tries"])
        write_json(self.folder / PROVENANCE, {**self.content, "finished": _now(), "seconds": round(seconds, 2)})


def _require_same_inputs(folder: Path, inputs: Mapping[str, str]) -> None:
    before = (read_json(folder / PROVENANCE) or {}).get("inputs", inputs)
    other = [argument for argument in inputs if before.get(argument) != inputs[argument]]
    if other:
        raise OtherInputsError(f"{folder}: began with other weights of {other[0]}; remove {RESUME} in it to start over")


def _tries(folder: Path) -> list[dict[str, Any]]:
    """The tries before this one that were stopped; what a try took is as of its last word on its progress."""
    before = read_json(folder / PROVENANCE)
    if before is None or "finished" in before:
        return []
    seconds = (read_json(folder / PROGRESS) or {}).get("seconds", 0.0)
    return [*before.get("tries", []), {"started": before.get("started"), "seconds": seconds}]


def code_version() -> dict[str, Any]:
    """The commit of this checkout and whether files differ from it; None where it is no checkout.

    An installed package may lie inside a repository of the user's own, whose commit says nothing of our code.
    """
    root = Path(__file__).resolve().parents[2]
    if _git(root, "ls-files", "--error-unmatch", "cli.py") is None:
        return {"commit": None, "dirty": None}
    commit = _git(root, "rev-parse", "HEAD")
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": None if commit is None else bool(changed)}


def machine() -> dict[str, Any]:
    """Processor, cores, threads and accelerator of this process."""
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
