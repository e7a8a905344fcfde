"""Launchers, which run the stages of a plan. One plan uses one launcher; the project has no scheduler of its own.

A stage is described on disk: its run folder contains `config.yaml` and `key.json`, and `python cli.py stage FOLDER`
runs it on any machine with access to the folder. A launcher starts, polls and cancels such runs; success is read from
the folder, never from an exit code.
"""

from __future__ import annotations

from ablations.running.launchers.base import Job, Launcher
from ablations.running.launchers.commands import CommandLauncher
from ablations.running.launchers.warm import WarmLauncher

__all__ = ["LAUNCHERS", "CommandLauncher", "Job", "Launcher", "WarmLauncher"]

#: By the values of `--launcher`.
LAUNCHERS: dict[str, type[CommandLauncher] | type[WarmLauncher]] = {"local": WarmLauncher, "command": CommandLauncher}
