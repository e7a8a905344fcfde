"""Certificates of every row: its runs, the contents of their keys, and the commands that repeat them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ablations.report.views.formatting import duration_text, plain
from ablations.results.table_result import RowResult, StageRecord, TableResult

_OWN_LINES = ("key", "config", "kind", "seed", "needs", "data", "features", "code", "origin")


@dataclass(frozen=True)
class RunLine:
    """One run of a stage: a seed."""

    seed: int
    key: str
    time: str
    folder: str
    command: str


@dataclass(frozen=True)
class StageCertificate:
    """A stage over its seeds: differences from the base row, runs, and contents of their keys."""

    stage: str
    kind: str
    changes: list[str]
    runs: list[RunLine]
    facts: list[tuple[str, str]]
    code: list[tuple[str, str]]

    @property
    def keys(self) -> str:
        """Keys in the order of seeds."""
        return " ".join(run.key for run in self.runs)


@dataclass(frozen=True)
class Certificate:
    """Certificate of a row. `commands` repeat it if there are no records of its runs."""

    id: str
    label: str
    status: str
    reason: str
    time: str
    changes: list[str]
    stages: list[StageCertificate]
    commands: list[str]


def certificates(result: TableResult) -> list[Certificate]:
    """Return one certificate per row, including points of sweeps."""
    return [_certificate(row) for row in result.rows]


def _certificate(row: RowResult) -> Certificate:
    stages: dict[str, list[StageRecord]] = {}
    for record in row.records:
        stages.setdefault(record.stage, []).append(record)
    views = [_stage(name, sorted(records, key=lambda r: r.seed), row) for name, records in stages.items()]
    named = {change for view in views for change in view.changes}
    rest = [change for change in row.config_diff if change not in named]
    time = "" if row.seconds is None else duration_text(row.seconds)
    commands = [] if views else row.commands
    return Certificate(row.row.id, row.row.label, row.status, row.reason, time, rest, views, commands)


def _stage(name: str, records: Sequence[StageRecord], row: RowResult) -> StageCertificate:
    runs = [
        RunLine(record.seed, record.key, duration_text(record.seconds), str(record.folder), record.command)
        for record in records
    ]
    code = _merge(records, lambda record: record.ingredients.get("code") or {})
    changes = [change for change in row.config_diff if change.startswith((f"{name}.", f"{name}:"))]
    return StageCertificate(name, records[0].kind, changes, runs, _facts(records), code)


def _facts(records: Sequence[StageRecord]) -> list[tuple[str, str]]:
    facts: list[tuple[str, str]] = []
    for line in (_ingredients, _evaluation, _surroundings):
        facts += _merge(records, line)
    shared = dict.fromkeys(label for record in records for label in record.rows)
    return [*facts, ("rows that share it", ", ".join(shared))] if len(shared) > 1 else facts


def _ingredients(record: StageRecord) -> dict[str, str]:
    """Return digests of data and inputs, and other contents of the key."""
    found = record.ingredients
    facts = {"data": str(found.get("data") or "")}
    facts |= {f"input {argument}": str(key) for argument, key in dict(found.get("needs") or {}).items()}
    facts["feature network"] = str(found.get("features") or "")
    facts |= {str(name): plain(value) for name, value in found.items() if name not in _OWN_LINES}
    return facts


def _evaluation(record: StageRecord) -> dict[str, str]:
    """Return the selected weights, and the digest of the feature network."""
    protocol = dict(record.metrics.get("protocol") or {})
    return {
        "evaluated weights": plain(record.metrics.get("selected") or {}),
        "digest of the feature network": str(protocol.get("features_sha256") or ""),
    }


def _surroundings(record: StageRecord) -> dict[str, str]:
    """Return commit, machine and packages."""
    found = record.provenance
    return {
        "commit": commit_text(found),
        "machine": plain(found.get("machine") or {}),
        "packages": plain(found.get("packages") or {}),
    }


def commit_text(provenance: Mapping[str, Any]) -> str:
    """Format the commit of a run, with a note if files differed from it; "" if nothing is recorded."""
    code = provenance.get("code")
    if not isinstance(code, Mapping):
        return ""
    commit = str(code.get("commit") or "unknown")
    return commit[:12] + (" with uncommitted changes" if code.get("dirty") else "")


def _merge(records: Sequence[StageRecord], line: Any) -> list[tuple[str, str]]:
    """Merge facts of several seeds: equal ones once, others with their seeds."""
    by_seed = {record.seed: {str(k): str(v) for k, v in line(record).items()} for record in records}
    merged = []
    for name in dict.fromkeys(name for facts in by_seed.values() for name in facts):
        values = {seed: facts.get(name, "") for seed, facts in by_seed.items()}
        if len(set(values.values())) == 1:
            text = next(iter(values.values()))
        else:
            text = "; ".join(f"seed {seed}: {value or 'none'}" for seed, value in values.items())
        if text:
            merged.append((name, text))
    return merged
