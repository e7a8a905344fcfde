"""Two test stages of a row: neither replaces what the other measured, in any format."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import pytest
from support.two_tests import TWO_TESTS, finish_both, finish_test, two_tests_file, two_tests_plan

from ablations.lint import lint
from ablations.output.wandb_table import comparison_columns
from ablations.report.pages.csv_table import render_csv
from ablations.report.pages.latex import render_latex
from ablations.report.views.formatting import better, metric_order, metric_text, metric_words
from ablations.report.views.sections import metric_table, protocol_lines
from ablations.report.views.table_view import table_view
from ablations.results.collect import collect
from ablations.results.table_result import TableResult
from ablations.tables.schema import load_table
from common.errors import TableError


@pytest.fixture
def result(tmp_path: Path) -> TableResult:
    plan = two_tests_plan(tmp_path)
    finish_both(plan, "full", [10.0, 11.0], [30.0, 31.0])
    finish_both(plan, "plain", [20.0, 22.0], [24.0, 26.0])
    return collect(plan, {}, lambda seeds: f"make ablate TABLE=small SEEDS={seeds}")


def test_a_column_has_the_numbers_of_its_own_test(result: TableResult) -> None:
    full = result.row("full")
    cells = [(cell.values, cell.metric, cell.test) for cell in full.cells]
    assert cells == [
        ([10.0, 11.0], "paired/fd_effnetlite0", "paired"),
        ([30.0, 31.0], "unpaired/fd_effnetlite0", "unpaired"),
        ([0.5, 0.5], "paired/ssim", "paired"),
    ]
    assert [*full.metrics] == ["paired/fd_effnetlite0", "paired/ssim", "unpaired/fd_effnetlite0"]
    assert full.variants["predicted_parsing"]["unpaired/fd_effnetlite0"] == [30.0, 31.0]
    assert full.tests["unpaired"].metrics == {"fd_effnetlite0": [30.0, 31.0]}
    assert full.protocol == {"paired/generated": 8, "unpaired/generated": 5}
    assert full.protocol_fields == ["paired/generated", "unpaired/generated"]


def test_verdicts_are_of_the_column_s_test(result: TableResult) -> None:
    found = [(claim.metric, claim.left, claim.right, claim.effect) for claim in result.claims]
    assert found == [("paired/fd_effnetlite0", 10.5, 21.0, -10.5), ("unpaired/fd_effnetlite0", 30.5, 25.0, 5.5)]


def test_only_the_protocol_of_that_test_must_be_equal(tmp_path: Path) -> None:
    plan = two_tests_plan(tmp_path)
    finish_both(plan, "full", [10.0, 11.0], [30.0, 31.0])
    finish_both(plan, "plain", [20.0, 22.0], [24.0, 26.0])
    finish_test(plan, "plain", "unpaired", {"fd_effnetlite0": [24.0, 26.0]}, protocol={"generated": 7})
    paired, unpaired = collect(plan, {}, str).claims
    assert paired.reason.startswith("the 95% interval of the difference over 2 paired seeds")
    assert unpaired.reason == "full and w/o Attention were measured differently: generated is 5 and 7"


def test_a_row_is_done_when_both_tests_are(tmp_path: Path) -> None:
    plan = two_tests_plan(tmp_path)
    finish_test(plan, "full", "paired", {"fd_effnetlite0": [10.0, 11.0]})
    full = collect(plan, {}, str).row("full")
    assert (full.status, full.seeds) == ("missing", [])
    assert full.reason == "not run yet: unpaired, seed 0; unpaired, seed 1"
    assert [cell.metric for cell in full.cells] == ["paired/fid", "unpaired/fid", "paired/ssim"]


def test_the_reason_of_an_undefined_value_is_that_test_s(tmp_path: Path) -> None:
    plan = two_tests_plan(tmp_path)
    finish_both(plan, "full", [10.0, 11.0], [30.0, 31.0])
    protocol = {"generated": 5, "warning": "few", "failed": {"fd_effnetlite0": "no images"}}
    finish_test(plan, "full", "unpaired", {"fd_effnetlite0": [None, None]}, protocol=protocol)
    found = collect(plan, {}, str)
    full = found.row("full")
    assert full.protocol["failed"] == {"unpaired/fd_effnetlite0": "no images"}
    assert full.protocol["warning"] == "unpaired: few"
    assert all(math.isnan(value) for value in full.cell("unpaired").values)
    marks = {cell.note for row in table_view(found).rows for cell in row.cells if cell.mark}
    assert marks == {"no images"}
    assert protocol_lines(found)[0] == [("paired: generated images", "8"), ("unpaired: generated images", "5")]


def test_csv_has_a_line_for_each_test(result: TableResult) -> None:
    lines = list(csv.DictReader(io.StringIO(render_csv(result))))
    wanted = [line for line in lines if line["row"] == "full" and line["metric"] == "fd_effnetlite0"]
    assert [(line["test"], line["seed"], line["value"], line["paper"]) for line in wanted] == [
        ("paired", "0", "10.0", "10.5"), ("paired", "1", "11.0", "10.5"),
        ("unpaired", "0", "30.0", "20.5"), ("unpaired", "1", "31.0", "20.5"),
    ]  # fmt: skip
    keys = {record.stage: record.key for record in result.row("full").records if record.seed == 1}
    assert [line["key"] for line in wanted if line["seed"] == "1"] == [keys["paired"], keys["unpaired"]]


def test_the_other_formats_name_the_test(result: TableResult) -> None:
    headings, lines = comparison_columns(result)
    of = dict(zip(headings, lines[0], strict=True))
    assert (of["paired/fd_effnetlite0"], of["unpaired/fd_effnetlite0"]) == (10.5, 30.5)
    assert "paired/fd\\_effnetlite0" in render_latex(result)
    labels = [heading.label for heading in table_view(result).headings]
    assert labels[:4] == ["paper ↓", "paired/fd_effnetlite0 ↓", "paper ↓", "unpaired/fd_effnetlite0 ↓"]
    assert metric_table(result).names == ["paired/fd_effnetlite0", "unpaired/fd_effnetlite0", "paired/ssim"]


def test_a_metric_after_its_test_is_formatted_as_itself() -> None:
    assert metric_text("paired/ssim", 0.51234) == metric_text("ssim", 0.51234) != f"{0.51234:.4g}"
    assert (better("paired/fid"), metric_words("paired/fid")) == (better("fid"), metric_words("fid"))
    assert metric_order("a/ssim")[0] == metric_order("ssim")[0]


def findings(folder: Path, text: str) -> list[str]:
    checks = lint(load_table(two_tests_file(folder, text)), {})
    return [text for check in checks if check.status == "fail" for text in check.findings]


def test_lint_asks_which_test_where_two_measure_a_metric(tmp_path: Path) -> None:
    assert findings(tmp_path, TWO_TESTS) == []
    assert findings(tmp_path, TWO_TESTS.replace("metric: ssim, test: paired", "metric: ssim")) == [
        "column ssim: paired and unpaired of full both measure 'ssim'; select one with 'test', e.g. test: paired"
    ]
    assert findings(tmp_path, TWO_TESTS.replace("metric: ssim,", "metric: sim,"))[0].startswith(
        "column ssim: test 'paired' does not measure 'sim'; metrics: fid, kid"
    )


def test_an_ambiguous_column_shows_no_number(tmp_path: Path) -> None:
    plan = two_tests_plan(tmp_path, TWO_TESTS.replace("fd_effnetlite0, test: paired", "fd_effnetlite0"))
    finish_both(plan, "full", [10.0, 11.0], [30.0, 31.0])
    cell = collect(plan, {}, str).row("full").cell("paired")
    assert (cell.values, cell.test) == ([], "")


def test_lint_compares_the_evaluation_of_each_test(tmp_path: Path) -> None:
    other = TWO_TESTS.replace("attention: false}", "attention: false, unpaired.config: other.yaml}")
    path = two_tests_file(tmp_path, other)
    (path.parent / "other.yaml").write_text("evaluation: {diversity_inputs: 0, samples: 3}\n")
    found = next(check for check in lint(load_table(path), {}) if check.id == "protocol")
    assert found.findings == (
        "plain: section 'evaluation' of unpaired is {'diversity_inputs': 0, 'samples': 3}, full's "
        "{'diversity_inputs': 0}; make the configuration files agree",
    )


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("test: unpaired}", "test: pared}", r":6: columns\[1\].test: 'pared' is not known, did you mean 'paired'"),
        ("full.paired < plain.paired", "full.paired < plain.unpaired",
         "compares fid of test 'paired' with that of test 'unpaired', which are different quantities"),
        ("metric: ssim, test", "parameters: generator, test", r":7: columns\[2\].test: only a metric is measured by"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line(right: str, wrong: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=message):
        load_table(two_tests_file(tmp_path, TWO_TESTS.replace(right, wrong)))


def test_the_only_test_need_not_be_named(tmp_path: Path) -> None:
    lines = TWO_TESTS.replace(", unpaired: 20.5", "").splitlines(keepends=True)
    table = load_table(two_tests_file(tmp_path, "".join(line for line in lines if "unpaired" not in line)))
    assert (table.tests, table.column("paired").test) == (["paired"], "")
    assert table.metric_name("paired", "fid") == "fid"
