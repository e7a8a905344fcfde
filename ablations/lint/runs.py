"""Checks that the finished runs of a table are comparable, from their records."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from ablations.planning.expand import RowPlan, StageRun
from ablations.planning.folder import KEY, read_json, read_provenance, result
from ablations.planning.plan import Plan
from ablations.resolving.configs import class_name
from ablations.tables.checks import Check

#: The checks of finished runs, in order, with their requirements.
RUN_CHECKS = {
    "same-data": "Runs that read the same data set read the same files of it.",
    "same-protocol": "Every test stage measured all rows in the same way: same number and size of images, one network.",
    "same-versions": "All runs used the same package versions, and the same code of shared modules.",
    "same-seeds": "Every row has results for the same seeds.",
}
_FIX = "refresh it, or run all stages again"


def lint_runs(plan: Plan) -> list[Check]:
    """Return the checklist of finished runs, empty if there are none; a seed missing in some rows is a fault."""
    done = [run for run in plan.stages if result(run) is not None]
    if not done:
        return []
    found = {
        "same-data": [
            fault
            for runs in _groups(done, lambda run: class_name(run.config, "data"))
            for fault in _alike(runs, _data, "read data")
        ],
        "same-protocol": [
            fault
            for tests in _groups([run for run in done if run.kind == "test"], lambda run: run.stage)
            for fault in _protocols(tests)
        ],
        "same-versions": [*_alike(done, _packages, "ran with"), *_code(done)],
        "same-seeds": _seeds(plan),
    }
    return [
        Check(name, RUN_CHECKS[name], "fail" if faults else "pass", tuple(faults)) for name, faults in found.items()
    ]


def _key(run: StageRun) -> dict[str, Any]:
    return read_json(run.folder / KEY) or {}


def _groups(runs: list[StageRun], name: Callable[[StageRun], str]) -> list[list[StageRun]]:
    """Group runs by name: of one data set, or of one stage."""
    found: dict[str, list[StageRun]] = {}
    for run in runs:
        found.setdefault(name(run), []).append(run)
    return list(found.values())


def _data(run: StageRun) -> str | None:
    return _key(run).get("data") or read_provenance(run.folder).get("data", {}).get("fingerprint")


def _packages(run: StageRun) -> str | None:
    packages = read_provenance(run.folder).get("packages")
    return ", ".join(f"{name} {version}" for name, version in sorted(packages.items())) if packages else None


def _alike(runs: list[StageRun], read: Callable[[StageRun], str | None], verb: str) -> list[str]:
    """Return a fault for every run that differs from the majority; runs without a record are skipped."""
    values = {run.key: value for run in runs if (value := read(run)) is not None}
    usual = _usual(list(values.values()))
    return [
        f"{run.title}: {verb} {values[run.key]}; most runs {usual}: {_FIX}"
        for run in runs
        if values.get(run.key, usual) != usual
    ]


def _usual(values: list[str]) -> str | None:
    return Counter(values).most_common(1)[0][0] if values else None


def _protocols(tests: list[StageRun]) -> list[str]:
    """Return faults for each protocol entry that the evaluators name."""
    results = {run.key: result(run) or {} for run in tests}
    protocols = {key: found.get("protocol", {}) for key, found in results.items()}
    named = [found.get("protocol_fields") for found in results.values()]
    fields = [protocol if names is None else names for names, protocol in zip(named, protocols.values(), strict=True)]
    found: list[str] = []
    for name in dict.fromkeys(name for names in fields for name in names if name != "failed"):

        def read(run: StageRun, name: str = name) -> str:
            return f"{name}: {json.dumps(protocols[run.key].get(name), sort_keys=True)}"

        found += _alike(tests, read, "was measured with")
    return found


def _code(runs: list[StageRun]) -> list[str]:
    digests = {run.key: _key(run).get("code") or {} for run in runs}
    found: list[str] = []
    for module in sorted({name for code in digests.values() for name in code}):

        def read(run: StageRun, module: str = module) -> str | None:
            digest = digests[run.key].get(module)
            return f"{module} {digest}" if digest else None

        found += _alike(runs, read, "ran")
    return found


def _seeds(plan: Plan) -> list[str]:
    done = {row.row.id: _done_seeds(row) for row in plan.rows}
    most = max(done.values(), key=len, default=[])
    return [
        f"{name}: has seeds {_words(seeds)}, others {_words(most)}; run the table again to complete it"
        for name, seeds in done.items()
        if seeds != most
    ]


def _done_seeds(row: RowPlan) -> list[int]:
    return [seed for seed in row.seeds if all(result(run) is not None for run in row.tests(seed))]


def _words(seeds: list[int]) -> str:
    return ", ".join(map(str, seeds)) or "none"
