"""Reads what an offline W&B run wrote, so that a test can see what was logged.

W&B 0.31 has no reader of its own. A ``run-<id>.wandb`` file is a 7-byte header (``:W&B``, magic, version), then
LevelDB log framing: blocks of 32 KiB, each record chunk with a 7-byte header (CRC-32 of type and data, length, type),
where a record is one FULL chunk or FIRST, MIDDLE..., LAST. The payload is a ``Record`` message.
"""

from __future__ import annotations

import json
import struct
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HEADER, BLOCK, CHUNK_HEADER = 7, 32 * 1024, 7
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


@dataclass
class OfflineRun:
    """One run as logged: identity, config, history rows in order, the final summary, and where its media files lie."""

    folder: Path
    project: str = ""
    group: str = ""
    job_type: str = ""
    name: str = ""
    run_id: str = ""
    tags: list[str] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)
    exit_code: int | None = None

    def series(self, name: str, axis: str = "iteration") -> list[tuple[float, float]]:
        """The (axis, value) pairs of every history row that has ``name``."""
        return [(row[axis], row[name]) for row in self.history if name in row]

    def media(self, value: dict[str, Any]) -> Path:
        """The file behind a logged image or table."""
        return self.folder / "files" / value["path"]


def read_payloads(path: Path) -> Iterator[bytes]:
    """Yields each record's bytes; raises ``ValueError`` on a bad magic or checksum."""
    data = path.read_bytes()
    if data[:4] != b":W&B":
        raise ValueError(f"{path}: not a W&B file")
    position, parts = HEADER, b""
    while position < len(data):
        if BLOCK - position % BLOCK < CHUNK_HEADER:  # too short for a header: the block is padded
            position += BLOCK - position % BLOCK
            continue
        if position + CHUNK_HEADER > len(data):
            return
        checksum, length, kind = struct.unpack_from("<IHB", data, position)
        body = data[position + CHUNK_HEADER : position + CHUNK_HEADER + length]
        if zlib.crc32(bytes([kind]) + body) != checksum:
            raise ValueError(f"{path}: checksum differs at byte {position}")
        position += CHUNK_HEADER + length
        parts = body if kind in (FULL, FIRST) else parts + body
        if kind in (FULL, LAST):
            yield parts


def read_offline_run(folder: Path) -> OfflineRun:
    """Reads ``offline-run-*/run-*.wandb``."""
    from wandb.proto.wandb_internal_pb2 import Record  # type: ignore[attr-defined]

    (path,) = folder.glob("*.wandb")
    found = OfflineRun(folder)
    for payload in read_payloads(path):
        record = Record()
        record.ParseFromString(payload)
        kind = record.WhichOneof("record_type")
        if kind == "run":
            run = record.run
            found.project, found.group, found.job_type = run.project, run.run_group, run.job_type
            found.name, found.run_id, found.tags = run.display_name, run.run_id, list(run.tags)
            _update(found.config, run.config.update)
        elif kind == "config":
            _update(found.config, record.config.update)
        elif kind == "history":
            row: dict[str, Any] = {}
            _update(row, record.history.item)
            found.history.append(row)
        elif kind == "summary":
            _update(found.summary, record.summary.update)
        elif kind == "metric":
            found.metrics[record.metric.name or record.metric.glob_name] = record.metric.step_metric
        elif kind == "exit":
            found.exit_code = record.exit.exit_code
    return found


def find_offline_runs(folder: Path, seconds: float = 5.0) -> list[OfflineRun]:
    """Every offline run under ``folder/wandb``, oldest first.

    W&B's ``finish`` may return a moment before its service has written the last block (seen once in 15 runs of 800
    rows), so a run whose last record is cut short, or that has no exit record, is read again until it has one, or until
    ``seconds`` have passed.
    """
    return [_read_finished(path, seconds) for path in sorted((folder / "wandb").glob("offline-run-*"))]


def _read_finished(folder: Path, seconds: float) -> OfflineRun:
    deadline = time.monotonic() + seconds
    while True:
        late = time.monotonic() >= deadline
        try:
            run = read_offline_run(folder)
        except ValueError:  # half a record
            if late:
                raise
        else:
            if late or run.exit_code is not None:
                return run
        time.sleep(0.05)


def _update(into: dict[str, Any], items: Any) -> None:
    for item in items:
        keys = list(item.nested_key) or [item.key]
        level = into
        for key in keys[:-1]:
            level = level.setdefault(key, {})
        level[keys[-1]] = json.loads(item.value_json)
