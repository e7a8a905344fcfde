"""Where the stages of a plan run. A plan is handed to one launcher; we write no scheduler of our own.

A stage is described on disk: its run folder holds `config.yaml` and `key.json`, and `python cli.py stage FOLDER` runs
it wherever that folder can be seen. A launcher starts such a run, says whether it has ended, and can stop it; whether
it succeeded is read from the folder, never from an exit code.
"""

from __future__ import annotations

from ablations.running.launchers.base import Job, Launcher
from ablations.running.launchers.commands import CommandLauncher
from ablations.running.launchers.warm import WarmLauncher

__all__ = ["LAUNCHERS", "CommandLauncher", "Job", "Launcher", "WarmLauncher"]

#: By the name that `--launcher` takes.
LAUNCHERS: dict[str, type[CommandLauncher] | type[WarmLauncher]] = {"local": WarmLauncher, "command": CommandLauncher}
