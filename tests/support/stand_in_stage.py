"""A stage function that trains nothing: writes invented metrics at once, or goes wrong as it is told to."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from ablations.planning.folder import KEY, write_json
from common.errors import TableError

#: Beside the run folders: {"row.stage": how it ends}, and one line for each stage that ran.
BEHAVIOUR = "behaviour.json"
EXECUTED = "executed.txt"


def run_stage(folder: Path) -> None:
    """Ends as `behaviour.json` says for "row.stage" of the run's first row; without an entry, well."""
    family, described = folder.parent, json.loads((folder / KEY).read_text())
    name = f"{described['origin']['rows'][0]}.{described['origin']['stage']}"
    with (family / EXECUTED).open("a") as file:
        file.write(f"{name} {os.getpid()}\n")
    print("the stage speaks", flush=True)
    how = _told(family).get(name, "well")
    if how == "error":
        raise ValueError("no such\nthing")
    if how == "user error":
        raise TableError("data.root: is not there")
    if how == "exit":
        print("error: no option --depth", file=sys.stderr)
        sys.exit(2)
    if how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "silent":
        return
    if how == "endless":
        time.sleep(600)
    if how == "slow":
        time.sleep(1)
    if how == "full disk":
        Path("/dev/full").write_text("a checkpoint")
    _finish(folder, described, short=how == "short")


def killed_at_once(*arguments: object) -> None:
    """In place of `run_child`: a process that ends before it can do or say anything."""
    os.kill(os.getpid(), signal.SIGKILL)


def _told(family: Path) -> dict[str, str]:
    path = family / BEHAVIOUR
    return json.loads(path.read_text()) if path.is_file() else {}


def _finish(folder: Path, described: dict[str, Any], short: bool) -> None:
    write_json(folder / "provenance.json", {"seconds": 2.0})
    if described["kind"] == "fit":
        asked = described["config"]["model"]["init_args"]["max_iterations"]
        (folder / "checkpoints").mkdir(exist_ok=True)
        (folder / "checkpoints/last.ckpt").write_text("weights")
        write_json(folder / "metrics.json", {"kind": "fit", "iterations": asked - short, "losses": {}})
        return
    metrics = {"fd_effnetlite0": 40.0 + described["seed"], "ssim": None}
    content = {"kind": "test", "headline": "single", "metrics": metrics, "variants": {}, "protocol": {"generated": 8}}
    write_json(folder / "metrics.json", content)
