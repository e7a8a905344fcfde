"""A stage function that trains nothing: writes invented metrics at once, or goes wrong as it is told to."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from ablations.errors import TableError
from ablations.expand import StageRun
from ablations.folder import write_json

#: Beside the run folders: {"row.stage": how it ends}, and one line for each stage that ran.
BEHAVIOUR = "behaviour.json"
EXECUTED = "executed.txt"


def run_stage(run: StageRun) -> None:
    """Ends as `behaviour.json` says for "row.stage" of the run's first row; without an entry, well."""
    family = run.folder.parent
    with (family / EXECUTED).open("a") as file:
        file.write(f"{run.rows[0]}.{run.stage} {os.getpid()}\n")
    print("the stage speaks", flush=True)
    how = _told(family).get(f"{run.rows[0]}.{run.stage}", "well")
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
    _finish(run, short=how == "short")


def _told(family: Path) -> dict[str, str]:
    path = family / BEHAVIOUR
    return json.loads(path.read_text()) if path.is_file() else {}


def _finish(run: StageRun, short: bool) -> None:
    write_json(run.folder / "provenance.json", {"seconds": 2.0})
    if run.kind == "fit":
        asked = run.config["model"]["init_args"]["max_iterations"]
        write_json(run.folder / "metrics.json", {"kind": "fit", "iterations": asked - short, "losses": {}})
        return
    metrics = {"fd_effnetlite0": 40.0 + run.seed, "ssim": None}
    content = {"kind": "test", "headline": "single", "metrics": metrics, "variants": {}, "protocol": {"generated": 8}}
    write_json(run.folder / "metrics.json", content)
