"""A stage's key: a digest of everything that makes its result, and of nothing else."""

from __future__ import annotations

import copy
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: Where things lie and what runs them: none of it changes a result.
MACHINE_DATA = ("root", "workers", "cache_dir", "keep_in_memory")
MACHINE_TRAINER = (
    "default_root_dir",
    "accelerator",
    "devices",
    "num_nodes",
    "strategy",
    "logger",
    "callbacks",
    "enable_checkpointing",
    "enable_progress_bar",
    "enable_model_summary",
    "log_every_n_steps",
    "profiler",
    "plugins",
    "barebones",
)
#: What watches a run and records it. Which features judge a test is in its key by name, see `stage_key`.
CALLBACK_SECTIONS = ("evaluation", "history", "samples", "checkpoint", "progress", "wandb")
#: Files of fixed content, named after it (torchvision's weight files end in their digest).
NAMED_FILES = ("vgg_weights",)


def portable(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration without machine-only settings and without what the key takes from elsewhere."""
    kept = copy.deepcopy(dict(config))
    for name in ("seed_everything", "ckpt_path", *CALLBACK_SECTIONS):
        kept.pop(name, None)
    for name in MACHINE_DATA:
        kept["data"]["init_args"].pop(name, None)
    for name in MACHINE_TRAINER:
        kept["trainer"].pop(name, None)
    for name in NAMED_FILES:
        if kept["model"]["init_args"].get(name):
            kept["model"]["init_args"][name] = Path(kept["model"]["init_args"][name]).name
    return kept


def stage_key(
    config: Mapping[str, Any], kind: str, seed: int, needs: Mapping[str, str], data: str, features: str
) -> str:
    """Ten hexadecimal digits over (configuration, kind, seed, keys of the inputs by argument, data fingerprint).

    A test's key also holds which feature network judges it. Checkpoint paths of the inputs must not be in `config`:
    the inputs' keys stand for them.
    """
    content = {"config": portable(config), "kind": kind, "seed": seed, "needs": dict(needs), "data": data}
    if kind == "test":
        content["features"] = features
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def cached_inception() -> Path | None:
    """Where torch.hub's cache holds the standard Inception weights, None where it does not."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "torch").expanduser()
    checkpoints = Path(os.environ.get("TORCH_HOME") or cache) / "hub" / "checkpoints"
    return next(iter(sorted(checkpoints.glob("weights-inception-2015-12-05-*.pth"))), None)
