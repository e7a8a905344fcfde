"""Key of a stage: a digest of everything that determines its result, and of nothing else.

The contents of a key are stored as `Ingredients` in `key.json` of the run folder, for readers, and so that a later call
can list the changes since.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ablations.resolving.arguments import class_arguments, declared_arguments
from ablations.resolving.code import MACHINE_ARGUMENTS, code_digests
from ablations.resolving.data_roots import DATA_SETS, ROOT, declared_data_sets, given_roots, is_root
from ablations.resolving.evaluators import evaluator_of, result_settings, takes_features
from ablations.resolving.folders import folder_arguments, folder_digest
from common.errors import TableError

#: Defaults of Lightning's Trainer in this project, part of every configuration of a table.
TRAINER_DEFAULTS = {
    "max_epochs": -1,  # models count their own iterations
    "devices": 1,
    "logger": False,  # History and WandbRun log, by iterations
    "enable_checkpointing": False,  # done by Checkpoints
    "enable_model_summary": False,
    "enable_progress_bar": False,  # Progress counts iterations, Lightning's bar epochs
    "num_sanity_val_steps": 0,
    "deterministic": "warn",
    "use_distributed_sampler": False,
}

#: Paths and machine settings, which change no result. Classes declare more in `machine_arguments`.
MACHINE_DATA = ("workers", "cache_dir", "keep_in_memory")
MACHINE_TRAINER = (
    "default_root_dir",
    "accelerator",
    "devices",
    "num_nodes",
    "strategy",
    "logger",
    "enable_checkpointing",
    "enable_progress_bar",
    "enable_model_summary",
    "log_every_n_steps",
    "profiler",
    "barebones",
)
#: Sections of callbacks. An evaluator's settings are in the key of a test, see `ingredients`.
CALLBACK_SECTIONS = ("evaluation", "history", "samples", "snapshots", "checkpoint", "progress", "wandb")
#: Files of fixed content, identified by name (torchvision's weight files end in their digest).
NAMED_FILES = ("vgg_weights",)
#: Checkpoint settings that select the evaluated weights. (The frequency of writing changes no result.)
SELECTION = ("select", "metric", "validate_every")
CHECKPOINTS = "lightning_modules.callbacks.checkpointing.Checkpoints"


@dataclass(frozen=True)
class Ingredients:
    """Everything that determines a stage's result.

    `config` is the portable configuration, `needs` the keys of the inputs by argument, `data` the fingerprint of the
    data set's files, `features` the feature network of a test ("" for a fit), `code` a digest for each module used.
    """

    config: dict[str, Any]
    kind: str
    seed: int
    needs: dict[str, str]
    data: str
    features: str
    code: dict[str, str]

    @property
    def key(self) -> str:
        """Digest of all fields, ten hexadecimal digits."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:10]


def ingredients(
    config: Mapping[str, Any], kind: str, seed: int, needs: Mapping[str, str], data: str, features: str
) -> Ingredients:
    """Collect what determines a stage's result. `config` has no checkpoint paths; the keys in `needs` replace them."""
    _refuse_unread_roots(config)
    kept = portable(config)
    if kind == "test":
        settings = result_settings(config)
        kept |= {"evaluation": settings} if settings else {}
    network = features if kind == "test" and takes_features(config) else ""
    return Ingredients(kept, kind, seed, dict(needs), data, network, _code(kept, kind))


def _refuse_unread_roots(config: Mapping[str, Any]) -> None:
    """Raise `TableError` if a folder is set whose files are not in the key: different files would share a key."""
    class_path = config["data"]["class_path"]
    for name in given_roots(config):
        if name != ROOT and name not in declared_data_sets(class_path):
            raise TableError(
                f"{class_path}: {name}: its files are not part of the key; name its data set in the class's "
                f"`{DATA_SETS}`, or leave it unset"
            )


def _code(kept: Mapping[str, Any], kind: str) -> dict[str, str]:
    classes = [kept["model"]["class_path"], kept["data"]["class_path"]]
    if kind == "test":
        classes.append(evaluator_of(kept))
    elif "checkpoint" in kept:  # the evaluator's metric selects the weights
        classes += [CHECKPOINTS, evaluator_of(kept)]
    return code_digests(classes)


def changed_code(before: Mapping[str, Any]) -> list[str]:
    """Return the modules that have changed since a run got its key; `before` is its `key.json`."""
    then, now = before.get("code", {}), _code(before["config"], before["kind"])
    return [module for module in sorted({*then, *now}) if then.get(module) != now.get(module)]


def portable(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration without machine settings and without parts that the key contains in another form."""
    kept = copy.deepcopy(dict(config))
    selection = {name: value for name, value in kept.get("checkpoint", {}).items() if name in SELECTION}
    for name in ("seed_everything", "ckpt_path", *CALLBACK_SECTIONS):
        kept.pop(name, None)
    if selection.get("select", "last") != "last":  # the last weights need no selection
        kept["checkpoint"] = selection
    for section in ("model", "data"):
        arguments = kept[section]["init_args"]
        machine = machine_arguments(kept[section]["class_path"], section)
        kept[section]["init_args"] = {name: value for name, value in arguments.items() if name not in machine}
    model = kept["model"]
    for name in folder_arguments(model["class_path"]):
        if model["init_args"].get(name):
            model["init_args"][name] = folder_digest(Path(model["init_args"][name]))
    for name in MACHINE_TRAINER:
        kept["trainer"].pop(name, None)
    for name in NAMED_FILES:
        if kept["model"]["init_args"].get(name):
            kept["model"]["init_args"][name] = Path(kept["model"]["init_args"][name]).name
    return kept


def machine_arguments(class_path: str, section: str) -> frozenset[str]:
    """Return the arguments of a class that change no result, as declared by it or its nearest base.

    For a data module (`section` is "data") also the folders of its data sets and the names in `MACHINE_DATA`.
    Raises `TableError` as `declared_arguments`: a misspelt one would be part of the key.
    """
    declared = declared_arguments(class_path, MACHINE_ARGUMENTS)
    if section != "data":
        return frozenset(declared)
    return frozenset({*declared, *MACHINE_DATA, *filter(is_root, class_arguments(class_path))})


def changes(before: Mapping[str, Any], now: Ingredients) -> list[str]:
    """List the differences between the ingredients of an earlier result (from `key.json`) and the current ones.

    `needs` come last, as "input <argument>"; their own runs list the details.
    """
    today = asdict(now)
    found = _config_changes(before.get("config", {}), now.config)
    for module in sorted({*before.get("code", {}), *now.code}):
        if before.get("code", {}).get(module) != now.code.get(module):
            found.append(f"code: {module}")
    found += [
        f"{name}: {before.get(name)} -> {today[name]}"
        for name in ("kind", "seed", "features")
        if before.get(name) != today[name]
    ]
    if before.get("data") != now.data:
        found.append("data: the files of the data set")
    inputs = before.get("needs", {})
    others = [name for name in sorted({*inputs, *now.needs}) if inputs.get(name) != now.needs.get(name)]
    return found + [f"input {name}" for name in others]


def _config_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    old, new = _flat(before), _flat(now)
    return [
        f"{name}: {old.get(name, 'absent')} -> {new.get(name, 'absent')}"
        for name in dict.fromkeys((*new, *old))
        if old.get(name, "absent") != new.get(name, "absent")
    ]


def _flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """{"model": {"init_args": {"width": 4}}} as {"model.width": 4}; tuples as lists, as JSON has them."""
    found: dict[str, Any] = {}
    for key, value in config.items():
        name = prefix if key == "init_args" else f"{prefix}.{key}" if prefix else str(key)
        if isinstance(value, Mapping):
            found |= _flat(value, name)
        else:
            found[name] = list(value) if isinstance(value, tuple) else value
    return found


def cached_inception() -> Path | None:
    """Return the path of the standard Inception weights in torch.hub's cache, None if they are not there."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "torch").expanduser()
    checkpoints = Path(os.environ.get("TORCH_HOME") or cache) / "hub" / "checkpoints"
    return next(iter(sorted(checkpoints.glob("weights-inception-2015-12-05-*.pth"))), None)
