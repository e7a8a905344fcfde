"""The real stage, with every training iteration that it executes written down the moment it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from support.tiny_ablation import EXECUTED

from ablations.stage import run_stage as run_real_stage
from lightning_modules.base import GenerativeModule
from lightning_modules.recognition import Classifier


def run_stage(folder: Path) -> None:
    """Runs the stage that a run folder describes."""
    path = folder.parent / EXECUTED / folder.name
    path.parent.mkdir(exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for model in (GenerativeModule, Classifier):
        _count(model, descriptor)  # in this process, which ends with the stage
    run_real_stage(folder)


def _count(model: Any, descriptor: int) -> None:
    step = model.training_step

    def counted(module: Any, *arguments: Any) -> None:
        os.write(descriptor, f"{module.iteration}\n".encode())  # one call, so that no kill can split it
        step(module, *arguments)

    model.training_step = counted
