"""report.csv: one line per number, for further processing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from ablations.results.table_result import RowResult, StageNumbers, TableResult
from ablations.tables.table import EXACT, SECONDS

HEADINGS = (
    "table",
    "scale",
    "data",
    "row",
    "version",
    "status",
    "seed",
    "test",
    "variant",
    "metric",
    "value",
    "paper",
    "comparable",
    "key",
)
_Fields = dict[str, str]


def render_csv(result: TableResult) -> str:
    """Render every value by row, seed, test stage, variant and metric, and exact quantities of networks.

    Floats are written with full precision ("nan" for an undefined metric). `paper` is the corresponding printed value,
    and `comparable` tells if both are the same quantity on the same data at the same scale. A printed value without a
    measured one has a line without `value`. `key` is that of the run.
    """
    file = io.StringIO()
    writer = csv.DictWriter(file, HEADINGS, restval="", lineterminator="\n")
    writer.writeheader()
    for row in (*result.rows, *result.cited):
        for line in (
            *_measured_lines(result, row),
            *_exact_lines(result, row),
            *_time_lines(result, row),
            *_unmeasured_lines(result, row),
        ):
            writer.writerow({**_row_fields(result, row), **line})
    return file.getvalue()


def _row_fields(result: TableResult, row: RowResult) -> _Fields:
    return {
        "table": result.table.id,
        "scale": result.scale,
        "data": result.data_label,
        "row": row.row.id,
        "version": row.row.version,
        "status": row.status,
    }


def _measured_lines(result: TableResult, row: RowResult) -> Iterator[_Fields]:
    tests: Mapping[str, RowResult | StageNumbers] = row.tests or {"": row}
    for test, numbers in tests.items():
        headline = {numbers.headline: numbers.metrics}
        others = {name: metrics for name, metrics in numbers.variants.items() if name != numbers.headline}
        for variant, metrics in {**headline, **others}.items():
            for metric, values in metrics.items():
                name = result.table.metric_name(test, metric)
                cell = next((c for c in row.cells if c.metric == name and variant == numbers.headline), None)
                for seed, value in zip(row.seeds, values, strict=True):
                    yield {
                        "seed": str(seed),
                        "test": test,
                        "variant": variant,
                        "metric": metric,
                        "value": _number(value),
                        "paper": _number(cell.paper) if cell else "",
                        "comparable": str(cell.comparable).lower() if cell else "",
                        "key": _key(row, seed, test),
                    }


def _exact_lines(result: TableResult, row: RowResult) -> Iterator[_Fields]:
    """Yield exact quantities with the printed ones, and live parameters, which the paper does not print."""
    for network, counts in row.parameter_counts.items():
        for name, count in counts.items():
            exact = name if name in EXACT else "parameters"
            column = next((c for c in result.columns if (c.network, c.exact) == (network, exact)), None)
            line = {"variant": "" if name in EXACT else name, "metric": f"{exact}_{network}", "value": str(count)}
            if column is not None and name != "live":
                cell = row.cell(column.id)
                line |= {"paper": _number(cell.paper), "comparable": str(cell.comparable).lower()}
            yield line


def _time_lines(result: TableResult, row: RowResult) -> Iterator[_Fields]:
    for column_id, timing in row.times.items():
        line = {"metric": f"{SECONDS}_{result.table.column(column_id).time}"}
        paper = {"paper": _number(row.cell(column_id).paper), "comparable": "false"}
        yield {**line, "variant": "median", "value": _number(timing.median), **paper}
        yield {**line, "variant": "p90", "value": _number(timing.p90)}


def _unmeasured_lines(result: TableResult, row: RowResult) -> Iterator[_Fields]:
    """Yield printed values without a measured one."""
    for cell in row.cells:
        column = result.table.column(cell.column_id)
        measured = column.quantity(row.parameter_counts) is not None or column.id in row.times
        if cell.paper is not None and not measured and (not column.metric or cell.metric not in row.metrics):
            metric = column.metric or f"{column.exact or SECONDS}_{column.network or column.time}"
            yield {"test": column.test, "metric": metric, "paper": _number(cell.paper), "comparable": "false"}


def _key(row: RowResult, seed: int, test: str) -> str:
    tests = (record for record in row.records if record.kind == "test" and record.seed == seed)
    return " ".join(record.key for record in tests if test in ("", record.stage))


def _number(value: float | None) -> str:
    return "" if value is None else repr(float(value))
