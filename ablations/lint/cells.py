"""Checks of a table's contents: its parameter counts, cells and claims."""

from __future__ import annotations

from typing import Any

from ablations.lint.linted_table import Finding, LintedTable
from ablations.lint.names import unknown_losses
from ablations.resolving.parameters import import_class, timed_networks
from ablations.tables.graph import row_stages
from ablations.tables.parity import parity
from ablations.tables.schema import Column, Row, StageSpec
from common.errors import nearest


def parameters(linted: LintedTable) -> list[Finding]:
    """Check that counts that differ from the base's are declared."""
    columns = [column for column in linted.table.columns if column.parameters]
    if not columns:
        return [Finding("", "no column has parameters; nothing to compare", note=True)]
    found = []
    for row, base in linted.pairs():
        other = [column for column in columns if _count(linted, row, column) != _count(linted, base, column)]
        for column in other:
            printed = _mismatch(linted, row, column)
            if not row.parameters_differ and (column.id not in row.paper or printed):
                mine, theirs = (_words(_count(linted, one, column)) for one in (row, base))
                sizes = f"{row.id}: {column.parameters} has {mine} parameters, that of {base.id} {theirs}"
                fix = "make them equal, or give the reason in 'parameters_differ'"
                if printed:
                    sizes, fix = f"{sizes}, and the paper prints {printed}", "build the printed network, or explain it"
                    fix += " in 'parameters_differ' ('misprints', if the printed count is wrong)"
                found.append(Finding(row.id, f"{sizes}; {fix}"))
        if row.parameters_differ and not row.sweep:
            why = f"{row.id}: {row.parameters_differ}"
            wrong = f"{row.id}: 'parameters_differ' is given, but all counts equal those of {base.id}; remove it"
            found.append(Finding(row.id, why if other else wrong, note=bool(other)))
    return found


def _mismatch(linted: LintedTable, row: Row, column: Column) -> str:
    """Return the printed count if it differs from ours, else "" (also if none is printed).

    A missing network is reported by `cells`.
    """
    printed, count = row.paper.get(column.id), _count(linted, row, column)
    if printed is None or count is None:
        return ""
    misprint = next((m for m in row.misprints if m.column == column.id), None)
    found = parity(printed, count, column.unit, misprint)
    return f"{printed.text}{column.unit}" if found.verdict == "mismatch" else ""


def cells(linted: LintedTable) -> list[Finding]:
    """Check that every column has a source that can give its printed values."""
    found = []
    for column in linted.table.columns:
        if column.time:
            found += _time_cells(linted, column)
        elif column.exact:
            found += _exact_cells(linted, column)
        else:
            found += _measured_cells(linted, column)
    return [*found, *_missing_panels(linted), *unknown_losses(linted)]


def unknown_names(linted: LintedTable) -> list[Finding]:
    """Return the findings of `cells` about names that the models do not have: of metrics, networks, panels, losses."""
    times = [finding for column in linted.table.columns if column.time for finding in _time_cells(linted, column)]
    measured = [c for c in linted.table.columns if c.metric]
    metrics = [finding for column in measured for finding in _measured_cells(linted, column)]
    return [*metrics, *times, *_missing_panels(linted), *unknown_losses(linted)]


def _missing_panels(linted: LintedTable) -> list[Finding]:
    """Return a finding for each panel of a figure that no test or training of the table writes."""
    found = []
    for figure in linted.table.figures:
        known = panels(linted, figure.stage)
        where = f"the trainings of {figure.stage} write" if figure.stage else "the tests write"
        found += [
            Finding("", f"figure {figure.id}: {where} no panel {name!r}, {nearest(name, known)}")
            for name in figure.panels if name not in known
        ]  # fmt: skip
    return found


def panels(linted: LintedTable, stage: str = "") -> list[str]:
    """Return the names of the panels that the table's tests write, or its trainings of a stage."""
    if stage:
        found = (name for model in stage_classes(linted, stage) for name in getattr(model, "training_panels", ()))
    else:
        found = (name for model in tested_classes(linted) for name in _evaluator(model).panel_names(model))
    return list(dict.fromkeys(found))


def _time_cells(linted: LintedTable, column: Column) -> list[Finding]:
    tests = [(row, linted.table.stage(name)) for name in linted.table.tests for row in linted.table.rows]
    if any(column.time in timed_networks(linted.config(linted.scales[0], *one)) for one in tests):
        return []
    return [Finding("", f"column {column.id}: no row's model has a network {column.time!r} with `example_inputs`")]


def _measured_cells(linted: LintedTable, column: Column) -> list[Finding]:
    known = measured_metrics(linted, column.test)
    names = [name for name in (column.metric, column.stand_in) if name]
    none = f"test {column.test!r} does not measure" if column.test else "no test measures"
    found = [
        Finding("", f"column {column.id}: {none} {name!r}; metrics: {', '.join(known)}")
        for name in names
        if name not in known
    ]
    found += _wide_margin(linted, column)
    found += _ambiguous(linted, column, names) if len(linted.table.tests) > 1 and not column.test else []
    return found + [Finding("", text) for name in names if name in known and (text := _catalogue_fault(column, name))]


def _wide_margin(linted: LintedTable, column: Column) -> list[Finding]:
    """Return a fault if a column's margin is as large as its printed values: every result would equal them."""
    printed = [row.paper[column.id].value for row in linted.table.rows if column.id in row.paper]
    largest = max((abs(value) for value in printed if value is not None), default=None)
    if column.margin is None or largest is None or column.margin < largest:
        return []
    text = f"column {column.id}: the margin {column.margin:g} is not below the largest printed value, {largest:g}"
    return [Finding("", f"{text}, so that 0 would equal it; use the smallest difference that counts")]


def _catalogue_fault(column: Column, name: str) -> str:
    """Return a fault if a metric has no entry in the catalogue, or the column's `better` contradicts it; else ""."""
    from lightning_modules.metrics.catalogue import find_metric

    metric = find_metric(name)
    if metric is None:
        return f"column {column.id}: the metric catalogue has no entry {name!r}; add it (see docs/add-a-table.md)"
    if column.better not in ("none", metric.better):
        return f"column {column.id}: 'better' is {column.better}, for {name} it must be {metric.better}"
    return ""


def _ambiguous(linted: LintedTable, column: Column, names: list[str]) -> list[Finding]:
    """Return a fault if two tests of a row measure the metric of a column without 'test'."""
    for row in linted.table.rows:
        tests = [stage for stage in row_stages(linted.table, row) if stage.kind == "test"]
        for name in names:
            having = [test.name for test in tests if name in _metrics(tested_class(linted, row, test))]
            if len(having) > 1:
                which = f"{' and '.join(having)} of {row.id} both measure {name!r}"
                return [Finding("", f"column {column.id}: {which}; select one with 'test', e.g. test: {having[0]}")]
    return []


def measured_metrics(linted: LintedTable, test: str = "") -> list[str]:
    """Return the metrics that the evaluators of a table's models measure, in a test stage or in any."""
    return list(dict.fromkeys(name for model in tested_classes(linted, test) for name in _metrics(model)))


def _metrics(model: Any) -> list[str]:
    return list(_evaluator(model).metric_names(model))


def _evaluator(model: Any) -> Any:
    from lightning_modules.evaluation import evaluator_class

    return evaluator_class(model)


def stage_classes(linted: LintedTable, *names: str) -> list[Any]:
    """Return the model classes of stages, over all rows that have them."""
    stages = [linted.table.stage(name) for name in names]
    there = [(row, stage) for stage in stages for row in linted.table.rows if stage.name not in row.drop]
    paths = dict.fromkeys(linted.config(linted.scales[0], *one)["model"]["class_path"] for one in there)
    return [import_class(path) for path in paths]


def tested_classes(linted: LintedTable, test: str = "") -> list[Any]:
    """Return the model classes that the table tests, in a test stage or in any."""
    tests = [linted.table.stage(name) for name in linted.table.tests if test in ("", name)]
    found = (tested_class(linted, row, stage) for stage in tests for row in linted.table.rows)
    return list(dict.fromkeys(found))


def tested_class(linted: LintedTable, row: Row, test: StageSpec) -> Any:
    """Return the model class that a test stage of a row tests. (No row drops a test.)"""
    return import_class(linted.config(linted.scales[0], row, test)["model"]["class_path"])


def _exact_cells(linted: LintedTable, column: Column) -> list[Finding]:
    if all(_count(linted, row, column) is None for row in linted.table.rows):
        inputs = " with `example_inputs`" if column.exact in ("macs", "flops") else ""
        return [Finding("", f"column {column.id}: no row's model has a network {column.network!r}{inputs}")]
    found = []
    for row in linted.table.rows:
        printed, count = row.paper.get(column.id), _count(linted, row, column)
        if printed is None:
            continue
        if printed.value is not None and count is None and not row.parameters_differ:
            what = f"the paper prints {printed.text}, but the model has no {column.network}"
            found.append(Finding(row.id, f"{row.id}.{column.id}: {what}; write '/' in 'paper', or build the network"))
        if printed.value is None and count is not None:
            what = f"the paper prints '/', but the model has a {column.network} of {count:,} {column.exact}"
            found.append(Finding(row.id, f"{row.id}.{column.id}: {what}; remove the network"))
    return found


def claims(linted: LintedTable) -> list[Finding]:
    """Check that claims refer to existing cells of rows without faults."""
    found = []
    for claim in linted.table.claims:
        if claim.value and (claim.margin or 0.0) >= abs(claim.value):
            text = f"claim {claim.expect!r}: the margin is not below the value, so that 0 would equal it"
            found.append(Finding(claim.left.row, f"{text}; use a smaller one"))
        for ref in (claim.left, claim.right):
            if ref is None:
                continue
            column = linted.table.column(ref.column)
            if column.exact and _count(linted, linted.table.row(ref.row), column) is None:
                text = f"claim {claim.expect!r}: {ref.row} has no {column.network} to count; name another row"
                found.append(Finding(ref.row, text))
            if ref.row in linted.accused:
                found.append(Finding(ref.row, f"claim {claim.expect!r}: row {ref.row} has a fault; fix that row first"))
    if linted.table.claims:
        named = {ref.row for claim in linted.table.claims for ref in (claim.left, claim.right) if ref is not None}
        silent = [row.id for row in linted.table.rows if row.id not in named and row.paper]
        if silent:
            found.append(Finding("", f"no claim is about {', '.join(silent)}", note=True))
    return found


def _count(linted: LintedTable, row: Row, column: Column) -> int | None:
    return column.quantity(linted.counts.get(row.id, {}))


def _words(count: int | None) -> str:
    return "no" if count is None else f"{count:,}"
