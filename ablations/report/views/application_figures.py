"""What rows' models are used for: the sheet that each test left of an application, and what it found."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from ablations.report.views.drawn import Drawn
from ablations.report.views.formatting import listing, plural, spread_text
from ablations.results.table_result import RowResult, TableResult
from ablations.tables.table import Figure

_HEAD = 30
_QUALITY = 90


def application_figure(result: TableResult, figure: Figure) -> Drawn:
    """Row by row the first seed's sheet under the row's label; in the caption what it shows and what was found."""
    rows = [(result.row(row_id), _found(result.row(row_id), figure.application)) for row_id in figure.rows]
    shown = [(row, *found) for row, found in rows if found is not None]
    without = [row.row.label for row, found in rows if found is None]
    if not shown:
        return Drawn("What the models are used for.", without)
    images = {f"{row.row.id}.jpeg": _sheet(path, row.row.label) for row, path, _ in shown}
    said = [shown[0][2]["caption"], *(_said(row, words) for row, _, words in shown)]
    return Drawn(" ".join(filter(None, said)), without, images=images)


def _found(row: RowResult, application: str) -> tuple[Path, dict[str, Any]] | None:
    """The sheet of the first seed that has one, and what the test says of it."""
    for record in sorted((r for r in row.records if r.kind == "test"), key=lambda record: record.seed):
        words = (record.metrics.get("applications") or {}).get(application)
        path = record.folder / "samples" / f"application_{application}.png"
        if words is not None and path.is_file():
            return path, words
    return None


def _said(row: RowResult, words: dict[str, Any]) -> str:
    """A row's findings; of several seeds the means too, under the metrics' names."""
    parts = [f"{row.row.label}: {words['findings']}"] if words["findings"] else []
    if len(row.seeds) > 1:
        means = [f"{name} {spread_text(name, row.metrics[name])}" for name in words["measures"] if name in row.metrics]
        parts += [f"Over {plural(len(row.seeds), 'seed')}: {listing(means)}."] if means else []
    return " ".join(parts)


def _sheet(path: Path, label: str) -> bytes:
    """A sheet under a label as a JPEG, a fraction of the PNG that the test left."""
    with Image.open(path) as file:
        sheet = file.convert("RGB")
    page = Image.new("RGB", (sheet.width, sheet.height + _HEAD), "white")
    page.paste(sheet, (0, _HEAD))
    ImageDraw.Draw(page).text((8, _HEAD / 2), label, "#222222", ImageFont.load_default(15), anchor="lm")
    buffer = io.BytesIO()
    page.save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    return buffer.getvalue()
