"""Further sections of a report: other metrics, counts, differences, protocol, provenance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ablations.report.views.certificates import commit_text
from ablations.report.views.formatting import (
    better,
    by_reason,
    count_text,
    distinct,
    is_intermediate,
    listing,
    metric_order,
    metric_words,
    plain,
    spread_text,
)
from ablations.report.views.history import History, read_history
from ablations.report.views.table_view import printed_rows
from ablations.results.table_result import RowResult, TableResult

_PROTOCOL_WORDS = {
    "generated": "generated images",
    "real": "real images",
    "resolution": "resolution, pixels",
    "features": "feature network",
    "features_sha256": "weights of the feature network, SHA-256",
    "kid": "kernel distance",
    "is_splits": "splits of the score",
    "ssim": "SSIM",
    "psnr": "PSNR",
}


@dataclass(frozen=True)
class MetricTable:
    """All metrics: one line per row and variant; only the first variant of a row has its label."""

    names: list[str]
    headings: list[str]
    lines: list[tuple[str, str, list[str]]]


@dataclass(frozen=True)
class IntermediateTable:
    """Metrics of earlier stages' outputs: `words` describes each; rows with equal values share a line."""

    headings: list[str]
    words: list[str]
    lines: list[tuple[str, list[str]]]


@dataclass(frozen=True)
class Curves:
    """Loss histories of one stage; a run that several rows share appears once, under all labels."""

    stage: str
    histories: list[tuple[str, History]]


@dataclass(frozen=True)
class Difference:
    """Changes of a row against the base row, with the table's note."""

    label: str
    changes: list[str]
    note: str


def metric_table(result: TableResult) -> MetricTable:
    """Return all metrics of final outputs, by row and variant, without undefined ones."""
    done = [row for row in result.rows if row.seeds]
    found = [(name, values) for row in done for metrics in _variants(row).values() for name, values in metrics.items()]
    names = {name for name, values in found if any(map(math.isfinite, values))}
    ordered = sorted((name for name in names if not is_intermediate(name)), key=metric_order)
    lines = []
    for row in done:
        for variant, metrics in _variants(row).items():
            values = [spread_text(name, metrics.get(name, [])) for name in ordered]
            first = variant == next(iter(_variants(row)))
            label = f"{row.row.label} (stale)" if row.status == "stale" else row.row.label
            lines.append((label if first else "", variant.replace("_", " "), values))
    return MetricTable(ordered, [f"{name} {better(name)}".strip() for name in ordered], lines)


def intermediate_table(result: TableResult) -> IntermediateTable | None:
    """Return the metrics of earlier stages' outputs, from a row's test or its trainings; None without any."""
    found = {row.row.label: _intermediate(row) for row in result.rows}
    names = sorted(dict.fromkeys(name for metrics in found.values() for name in metrics), key=metric_order)
    if not names:
        return None
    merged: dict[tuple[str, ...], list[str]] = {}
    for label, metrics in found.items():
        if metrics:
            merged.setdefault(tuple(spread_text(name, metrics.get(name, [])) for name in names), []).append(label)
    words = [f"{name}: {metric_words(name)}" for name in names]
    headings = [f"{name} {better(name)}".strip() for name in names]
    return IntermediateTable(headings, words, [(", ".join(labels), list(texts)) for texts, labels in merged.items()])


def curves(result: TableResult) -> list[Curves]:
    """Return the loss histories by stage, in the table's order."""
    rows = printed_rows(result)
    stages = dict.fromkeys(stage for row in rows for stage in row.histories)
    found = []
    for stage in stages:
        labels: dict[Path, list[str]] = {}
        for row in rows:
            if (path := row.histories.get(stage)) is not None and path.exists():
                labels.setdefault(path.resolve(), []).append(row.row.label)
        histories = [(_joint_label(names), read_history(path)) for path, names in labels.items()]
        histories = [(label, history) for label, history in histories if history]
        if histories:
            found.append(Curves(stage, histories))
    return found


def count_lines(result: TableResult) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Return networks, and for every row both counts: "3,050,562 = 2,848,768 live + 201,794"."""
    networks = list(dict.fromkeys(name for row in result.rows for name in row.parameter_counts))
    lines = []
    for row in result.rows:
        texts = []
        for network in networks:
            counts = row.parameter_counts.get(network)
            texts.append(_count(counts) if counts else "")
        lines.append((row.row.label, texts))
    return networks, lines


def differences(result: TableResult) -> list[Difference]:
    """Return every row's changes and note; the base row only if it has a note."""
    rows = (row for row in result.rows if row.config_diff or row.row.note)
    return [Difference(row.row.label, row.config_diff, row.row.note) for row in rows]


def protocol_lines(result: TableResult) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the protocol of all rows, and warnings (few images, rows with another protocol, failed metrics)."""
    protocols = [(row.row.label, row.protocol) for row in result.rows if row.protocol]
    if not protocols:
        return [], []
    shared = protocols[0][1]
    lines = [(_protocol_word(key), plain(value)) for key, value in shared.items() if key not in ("warning", "failed")]
    warnings = list(dict.fromkeys(str(p["warning"]) for _, p in protocols if p.get("warning")))
    for label, protocol in protocols:
        other = [key for key in shared if key not in ("warning", "failed") and protocol.get(key) != shared[key]]
        if other:
            warnings.append(f"{label} has another protocol than {protocols[0][0]}: {', '.join(other)}.")
        for reason, metrics in by_reason(protocol.get("failed") or {}).items():
            warnings.append(f"{label}: {listing(metrics)} could not be computed: {reason}")
    return lines, warnings


def provenance_lines(result: TableResult) -> list[tuple[str, str]]:
    """Return commit, machine, packages and weights of networks in losses; all values if runs differ."""
    records = [record for row in result.rows for record in row.provenance.values()]
    lines = [
        ("commit", distinct(commit_text(record) for record in records)),
        ("machine", distinct(plain(record["machine"]) for record in records if "machine" in record)),
        ("data fingerprint", distinct(str((record.get("data") or {}).get("fingerprint") or "") for record in records)),
        ("networks in losses", distinct(", ".join(record.get("loss_networks") or ()) for record in records)),
        ("packages", distinct(plain(record["packages"]) for record in records if "packages" in record)),
    ]
    return [(name, text) for name, text in lines if text]


def _variants(row: RowResult) -> dict[str, dict[str, list[float]]]:
    return row.variants or {row.headline: row.metrics}


def _intermediate(row: RowResult) -> dict[str, list[float]]:
    found = {name: values for name, values in row.metrics.items() if is_intermediate(name)}
    if found:
        return found
    for record in row.stage_metrics.values():
        measured = record.get("metrics", {})
        if names := [name for name in measured if is_intermediate(name)]:
            return {name: [measured[name]] for name in names}
    return {}


def _joint_label(labels: Sequence[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{len(labels)} rows: " + ", ".join(labels)


def _count(counts: Mapping[str, int]) -> str:
    extra = counts["paper"] - counts["live"]
    return f"{count_text(counts['live'])} live" + (f" + {count_text(extra)}" if extra else "")


def _protocol_word(key: str) -> str:
    test, _, key = key.rpartition("/")
    if test:
        return f"{test}: {_protocol_word(key)}"
    if key.endswith("_floor"):
        return f"{key.removesuffix('_floor')} of real images"
    return _PROTOCOL_WORDS.get(key, key.replace("_", " "))
