"""What stands around the table: other metrics, claims, counts, differences, protocol, cost, provenance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ablations.report.charts import History, read_history
from ablations.report.formatting import (
    better,
    count_text,
    duration_text,
    metric_order,
    metric_text,
    plural,
    spread_text,
)
from ablations.results import ClaimResult, RowResult, TableResult

PARSING = ("parsing_miou_hole", "parsing_miou_hole_constant")
_PROTOCOL_WORDS = {
    "generated": "generated images",
    "real": "real images",
    "resolution": "resolution, pixels",
    "features": "feature network",
    "features_sha256": "its weights, SHA-256",
    "kid": "kernel distance",
    "is_splits": "splits of the score",
    "ssim": "SSIM",
    "psnr": "PSNR",
}


@dataclass(frozen=True)
class MetricTable:
    """Every metric that was measured: a line for a row and a variant of its output; further variants have no label."""

    names: list[str]
    headings: list[str]
    lines: list[tuple[str, str, list[str]]]


@dataclass(frozen=True)
class ClaimView:
    """A claim of the paper, the paper's two values, and ours: a direction, never a verdict."""

    text: str
    paper: str
    measured: str
    direction: str
    seeds: str


@dataclass(frozen=True)
class Curves:
    """The loss histories of one stage; a run that several rows share stands once, under all their labels."""

    stage: str
    histories: list[tuple[str, History]]


@dataclass(frozen=True)
class Difference:
    """What a row changes against the base row, and what the table's author notes about it."""

    label: str
    changes: list[str]
    note: str


@dataclass(frozen=True)
class Repeat:
    """How to run a row again, and what it took."""

    label: str
    status: str
    reason: str
    cost: str
    commands: list[str]


def metric_table(result: TableResult) -> MetricTable:
    """All metrics but the parsing's, by row and variant."""
    done = [row for row in result.rows if row.seeds]
    names = {name for row in done for metrics in _variants(row).values() for name in metrics} - set(PARSING)
    ordered = sorted(names, key=metric_order)
    lines = []
    for row in done:
        for variant, metrics in _variants(row).items():
            values = [spread_text(name, metrics.get(name, [])) for name in ordered]
            first = variant == next(iter(_variants(row)))
            lines.append((row.row.label if first else "", variant.replace("_", " "), values))
    return MetricTable(ordered, [f"{name} {better(name)}".strip() for name in ordered], lines)


def parsing_lines(result: TableResult) -> list[tuple[str, str, str]]:
    """(rows, mean IoU of the predicted parsing in the hole, that of the best constant), equal lines merged."""
    merged: dict[tuple[str, str], list[str]] = {}
    for row in result.rows:
        found = row.metrics if PARSING[0] in row.metrics else _parsing_of_stages(row)
        if found.get(PARSING[0]):
            texts = tuple(spread_text(name, found.get(name, [])) for name in PARSING)
            merged.setdefault((texts[0], texts[1]), []).append(row.row.label)
    return [(", ".join(labels), predicted, constant) for (predicted, constant), labels in merged.items()]


def claim_view(result: TableResult, claim: ClaimResult) -> ClaimView:
    """One line of the list of claims."""
    left, right = claim.claim.left, claim.claim.right
    labels = result.table.row(left.row).label, result.table.row(right.row).label
    printed = [result.table.row(ref.row).paper.get(ref.column) for ref in (left, right)]
    paper = f" {claim.claim.operator} ".join(cell.text if cell else "?" for cell in printed)
    if claim.held is None or claim.left is None or claim.right is None:
        return ClaimView(claim.claim.text, paper, "", "not measured", "")
    sign = "<" if claim.left < claim.right else ">" if claim.left > claim.right else "="
    values = f"{metric_text(claim.metric, claim.left)} {sign} {metric_text(claim.metric, claim.right)}"
    direction = "same direction" if claim.held else "other direction"
    measured = f"{claim.metric}: {labels[0]} {values} {labels[1]}"
    counted = claim.metric == "parameters"  # networks have one count, whatever the seed
    return ClaimView(
        claim.claim.text, paper, measured, direction, "counted" if counted else plural(claim.seeds, "seed")
    )


def curves(result: TableResult) -> list[Curves]:
    """The loss histories by stage, in the table's order of stages."""
    stages = dict.fromkeys(stage for row in result.rows for stage in row.histories)
    found = []
    for stage in stages:
        labels: dict[Path, list[str]] = {}
        for row in result.rows:
            if (path := row.histories.get(stage)) is not None and path.exists():
                labels.setdefault(path.resolve(), []).append(row.row.label)
        histories = [(_shared(names), read_history(path)) for path, names in labels.items()]
        histories = [(label, history) for label, history in histories if history]
        if histories:
            found.append(Curves(stage, histories))
    return found


def count_lines(result: TableResult) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Networks, and for every row the cost of the paper's counting: "3,050,562 = 2,848,768 live + 201,794"."""
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
    """Every row's changes and notes; the base row only where it has a note."""
    rows = (row for row in result.rows if row.config_diff or row.row.note)
    return [Difference(row.row.label, row.config_diff, row.row.note) for row in rows]


def protocol_lines(result: TableResult) -> tuple[list[tuple[str, str]], list[str]]:
    """What all rows were measured by, and what a reader must be warned of (few images, rows measured otherwise)."""
    protocols = [(row.row.label, row.protocol) for row in result.rows if row.protocol]
    if not protocols:
        return [], []
    shared = protocols[0][1]
    lines = [(_protocol_word(key), _plain(value)) for key, value in shared.items() if key not in ("warning", "failed")]
    warnings = list(dict.fromkeys(str(p["warning"]) for _, p in protocols if p.get("warning")))
    for label, protocol in protocols:
        other = [key for key in shared if key not in ("warning", "failed") and protocol.get(key) != shared[key]]
        if other:
            warnings.append(f"{label} was measured otherwise than {protocols[0][0]}: {', '.join(other)}.")
        for metric, reason in dict(protocol.get("failed") or {}).items():
            warnings.append(f"{label}: {metric} could not be computed: {reason}")
    return lines, warnings


def repeats(result: TableResult) -> list[Repeat]:
    """How to run each row again."""
    return [
        Repeat(row.row.label, row.status, row.reason, duration_text(row.seconds), row.commands) for row in result.rows
    ]


def provenance_lines(result: TableResult) -> list[tuple[str, str]]:
    """Commit, machine and packages; where runs differ, every value."""
    records = [record for row in result.rows for record in row.provenance.values()]
    lines = [
        ("commit", _distinct(_commit(record) for record in records)),
        ("machine", _distinct(_plain(record["machine"]) for record in records if "machine" in record)),
        (
            "data fingerprint",
            _distinct(str(record["data_fingerprint"]) for record in records if "data_fingerprint" in record),
        ),
        ("packages", _distinct(_plain(record["packages"]) for record in records if "packages" in record)),
    ]
    return [(name, text) for name, text in lines if text]


def _variants(row: RowResult) -> dict[str, dict[str, list[float]]]:
    return row.variants or {row.headline: row.metrics}


def _parsing_of_stages(row: RowResult) -> dict[str, list[float]]:
    for record in row.stage_metrics.values():
        metrics = record.get("metrics", {})
        if PARSING[0] in metrics:
            return {name: [metrics[name]] for name in PARSING if name in metrics}
    return {}


def _shared(labels: Sequence[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{len(labels)} rows: " + ", ".join(labels)


def _count(counts: Mapping[str, int]) -> str:
    extra = counts["paper"] - counts["live"]
    return f"{count_text(counts['live'])} live" + (f" + {count_text(extra)}" if extra else "")


def _commit(record: Mapping[str, Any]) -> str:
    commit = str(record.get("commit") or "unknown")
    return commit[:12] + (" with uncommitted changes" if record.get("dirty") else "")


def _protocol_word(key: str) -> str:
    if key.endswith("_floor"):
        return f"{key.removesuffix('_floor')} of real images"
    return _PROTOCOL_WORDS.get(key, key.replace("_", " "))


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return " × ".join(_plain(item) for item in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _distinct(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))
