"""Cited rows: the paper's numbers alone, in their place in every format, never run and never in a claim."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from rich.console import Console
from support.finished_runs import finish_row
from support.small_table import TEXT, small_plan, small_table

from ablations.lint import lint
from ablations.output.terminal import print_result
from ablations.output.wandb_table import comparison_columns
from ablations.report.pages.csv_table import render_csv
from ablations.report.pages.html import render_html
from ablations.report.pages.latex import render_latex
from ablations.report.pages.markdown import render_markdown
from ablations.report.views.table_view import table_view
from ablations.results.collect import collect
from ablations.results.table_result import TableResult
from common.errors import TableError

CITED = '  - {id: theirs, label: Theirs, cited: "from reference [12]", paper: {fid: 41.2, params_G: 7.10 M}}\n'
TABLE = TEXT.replace("  - id: plain\n", f"{CITED}  - id: plain\n")


def result_of(folder: Path) -> TableResult:
    plan = small_plan(folder, TABLE)
    finish_row(plan, "full", fd_effnetlite0=[1.0])
    return collect(plan, {}, lambda seeds: "make ablate")


def test_a_cited_row_is_read_and_nothing_is_planned_of_it(tmp_path: Path) -> None:
    table = small_table(tmp_path, TABLE)
    assert [row.id for row in table.rows] == ["full", "plain", "direct"]
    (row,) = table.cited
    assert (row.id, row.label, row.cited) == ("theirs", "Theirs", "from reference [12]")
    assert {name: printed.value for name, printed in row.paper.items()} == {"fid": 41.2, "params_G": 7.1e6}
    plan = small_plan(tmp_path, TABLE)
    assert [row.row.id for row in plan.rows] == ["full", "plain", "direct"]
    assert [run.key for run in plan.stages] == [run.key for run in small_plan(tmp_path / "without").stages]
    assert not [check for check in lint(table, {}) if any("theirs" in finding for finding in check.findings)]


def test_a_cited_row_may_be_the_first(tmp_path: Path) -> None:
    table = small_table(tmp_path, TEXT.replace("rows:\n", f"rows:\n{CITED}"))
    assert (table.base, {row.base for row in table.rows}) == ("full", {"full"})


def test_it_stands_in_its_place_without_a_value_of_ours(tmp_path: Path) -> None:
    result = result_of(tmp_path)
    assert [row.row.id for row in result.rows] == ["full", "plain", "direct"]
    view = table_view(result)
    assert [row.label for row in view.rows] == ["full", "Theirs", "w/o Attention", "w/o two-stage"]
    row = view.rows[1]
    assert (row.state, row.reason) == ("cited", "from reference [12]")
    assert [(cell.text, cell.counted, cell.mark) for cell in row.cells] == [
        ("41.2", "", ""), ("–", "", ""), ("7.10M", "", ""),
    ]  # fmt: skip


def test_a_column_that_only_cited_rows_print_is_printed(tmp_path: Path) -> None:
    text = TABLE.replace("{fid: 23.07, ", "{").replace("{fid: 27.32, ", "{").replace("    paper: {fid: 24.28}\n", "")
    result = collect(small_plan(tmp_path, text), {}, lambda seeds: "")
    assert table_view(result).headings[0].kind == "paper"


def test_every_format_shows_it_as_cited(tmp_path: Path) -> None:
    result = result_of(tmp_path)
    markdown, _ = render_markdown(result)
    assert "| Theirs (cited) | 41.2 | – | 7.10M |" in markdown
    assert "- **Theirs, cited** – from reference \\[12\\]" in markdown
    assert "Rows: 1 of 3 done" in markdown
    latex = render_latex(result)
    assert "Theirs (cited) & 41.2 & --" in latex
    assert "Theirs: cited: from reference" in latex
    html = render_html(result)
    assert '<th scope="row">Theirs<small class="status cited">cited</small></th>' in html
    assert "<b>Theirs, cited</b> – from reference [12]" in html
    lines = [line for line in csv.DictReader(io.StringIO(render_csv(result))) if line["row"] == "theirs"]
    assert [(line["status"], line["metric"], line["value"], line["paper"]) for line in lines] == [
        ("cited", "fid", "", "41.2"), ("cited", "parameters_generator", "", "7100000.0"),
    ]  # fmt: skip
    headings, rows = comparison_columns(result)
    cited = dict(zip(headings, rows[-1], strict=True))
    assert (cited["row"], cited["status"], cited["FID (paper)"], cited["G (counted)"]) == (
        "Theirs",
        "cited",
        41.2,
        None,
    )
    console = Console(record=True, width=140)
    print_result(result, console)
    said = console.export_text()
    assert "Theirs (cited)" in said and "Theirs cited: from reference [12]" in said


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("full.fid < plain.fid", "full.fid < theirs.fid", "row 'theirs' is cited and never run"),
        ("full.fid < plain.fid", "theirs.fid = paper +- 1", "row 'theirs' is cited and never run"),
        ("label: Theirs, ", "label: Theirs, drop: [shape], ", "is not allowed in a cited row"),
        ("label: Theirs, ", "label: Theirs, colour: red, ", "unknown key 'colour'"),
        (", paper: {fid: 41.2, params_G: 7.10 M}", "", "key 'paper' is missing"),
        ("paper: {fid: 41.2, params_G: 7.10 M}", "paper: {}", "must not be empty"),
        ('"from reference [12]"', "true", "must name the source of the numbers"),
        ("id: theirs", "id: full", "'full' is given twice"),
        ("    set: {texture.model.attention: false}", "    base: theirs", "theirs"),
    ],
)  # fmt: skip
def test_mistakes_name_the_line(right: str, wrong: str, message: str, tmp_path: Path) -> None:
    assert right in TABLE
    with pytest.raises(TableError, match=rf"table_small.yaml:\d+: .*{message}"):
        small_table(tmp_path, TABLE.replace(right, wrong, 1))


def test_one_row_must_be_run(tmp_path: Path) -> None:
    text = TEXT[: TEXT.index("rows:\n")] + f"rows:\n{CITED}"
    with pytest.raises(TableError, match="every row is cited; at least one must be run"):
        small_table(tmp_path, text)
