"""Names in a table that only the code knows: measured metrics, panels, timed networks, losses of figures."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from ablations.lint.linted_table import Finding, LintedTable
from ablations.resolving.arguments import module_paths
from ablations.tables.schema import Table
from common.errors import TableError, nearest


def require_names(table: Table, quick: bool = False) -> None:
    """Raise `TableError` for the first metric, panel, network or loss that the code does not have.

    Args:
        quick: ask the model classes, for which torch is imported, only about names that the source does not mention.
    """
    linted = LintedTable(table, {})
    if not quick or _has_unmentioned_name(linted):
        from ablations.lint.cells import unknown_names

        for finding in unknown_names(linted):
            raise TableError(f"{table.path}: {finding.text}")


def unknown_losses(linted: LintedTable) -> list[Finding]:
    """Return a finding for each loss of a figure's curves that no model of its stage logs, by its source."""
    found = []
    for figure in linted.table.figures:
        text = _sources(_packages(linted))
        for name in figure.losses:
            if not _is_mentioned(name.rpartition(".")[2], text):
                known = sorted(set(re.findall(r'"(L_?\w*)"', text)))
                what = f"figure {figure.id}: no model of stage {figure.stage!r} has a loss {name!r}"
                found.append(Finding("", f"{what}, {nearest(name, known)}"))
    return found


def _has_unmentioned_name(linted: LintedTable) -> bool:
    """True if a name of the table is nowhere in the source, or a metric not in the catalogue."""
    from lightning_modules.metrics.catalogue import find_metric

    table, text = linted.table, _sources(_packages(linted))
    metrics = [name for column in table.columns for name in (column.metric, column.stand_in) if name]
    panels = [name for figure in table.figures for name in figure.panels]
    networks = [column.time for column in table.columns if column.time]
    return bool(
        any(find_metric(name) is None for name in metrics)
        or any(not _is_mentioned(name, text) for name in panels)
        or any(not re.search(rf"self\.{re.escape(name)}\b", text) for name in networks)
        or unknown_losses(linted)
    )


def _is_mentioned(name: str, text: str) -> bool:
    return re.search(rf"""["']{re.escape(name)}["']""", text) is not None


def _packages(linted: LintedTable) -> tuple[str, ...]:
    """Return the packages of the table's models, and those that all families share."""
    table = linted.table
    paths = {
        linted.config(linted.scales[0], row, stage)["model"]["class_path"].rpartition(".")[0]
        for row in table.rows
        for stage in table.stages
        if stage.kind == "fit" and stage.name not in row.drop
    }
    return (*sorted(paths), "lightning_modules.evaluation", "lightning_modules.panels", "lightning_modules.metrics")


@cache
def _sources(packages: tuple[str, ...]) -> str:
    roots = [path for package in packages for path in module_paths(package)]
    files = [file for root in roots for file in (sorted(root.rglob("*.py")) if root.is_dir() else [root])]
    return "\n".join(Path(file).read_text(encoding="utf-8") for file in dict.fromkeys(files))
