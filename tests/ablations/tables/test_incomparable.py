"""Columns whose values must never be compared with printed ones: shown beside them, and nothing more."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from support.finished_runs import finish_row
from support.page import Page
from support.small_table import CHOICE, TEXT, small_plan, small_table, write_table

from ablations.planning.data import TableData
from ablations.report import write_report
from ablations.report.pages.csv_table import render_csv
from ablations.report.views.table_view import first_line, table_view
from ablations.results.collect import collect
from ablations.results.table_result import TableResult
from ablations.tables.schema import find_table, load_table
from common.errors import TableError

FID = "stand_in: fd_effnetlite0}"
REASON = "ours is of another network"
INCOMPARABLE = TEXT.replace(FID, f"incomparable: {REASON}}}")


def measured(folder: Path, text: str) -> TableResult:
    """One row measured by the paper's metric, on real data at the paper's scale."""
    plan = small_plan(folder, text=text)
    finish_row(plan, "full", fid=[23.0], ssim=[0.5])
    real = TableData({"DeepFashion": replace(CHOICE, synthetic=False, label="DeepFashion")})
    return collect(replace(plan, scale=replace(plan.scale, name="paper"), data=real), {}, str)


def test_the_reason_is_read(tmp_path: Path) -> None:
    assert small_table(tmp_path, INCOMPARABLE).column("fid").incomparable == REASON
    assert small_table(tmp_path).column("fid").incomparable == ""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [("stand_in: fd_effnetlite0}", "margin: 1, incomparable: why}", "which 'incomparable' excludes; remove one"),
     ("parameters: generator,", "parameters: generator, incomparable: why,", "only a metric may be a different"),
     ("full.fid < plain.fid", "full.fid = paper +- 1", "column 'fid' is incomparable, so only rows can be compared"),
     ("full.fid < plain.fid", "full.fid = 23 +- 1", "use < or >")],
)  # fmt: skip
def test_a_comparison_is_refused_in_one_line(old: str, new: str, message: str, tmp_path: Path) -> None:
    text = (INCOMPARABLE if "full" in old else TEXT).replace(old, new)
    with pytest.raises(TableError, match=re.escape(message)) as caught:
        load_table(write_table(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_at_the_paper_s_scale_it_still_is_not_the_paper_s(tmp_path: Path) -> None:
    margin = TEXT.replace(FID, "margin: 1.0}")
    usual, never = measured(tmp_path / "usual", margin), measured(tmp_path / "never", INCOMPARABLE)
    assert usual.row("full").cell("fid").comparable and not never.row("full").cell("fid").comparable
    assert len(usual.values) == 3 and never.values == []
    assert first_line(usual).endswith("comparable with the paper's FID.")
    assert first_line(never).endswith("not comparable with the paper's FID.")
    assert [heading.kind for heading in table_view(never).headings] == ["paper", "measured", "exact"]
    assert f"fid must not be compared with the paper's FID: {REASON}." in table_view(never).notes


def test_the_printed_value_stands_in_every_format(tmp_path: Path) -> None:
    never = measured(tmp_path, INCOMPARABLE)
    page = Page(write_report(never, tmp_path / "report").read_text(encoding="utf-8"))
    assert "23.07" in page.text and REASON in page.text and "Printed values" not in page.text
    for name in ("report.md", "report.tex"):
        text = (tmp_path / "report" / name).read_text(encoding="utf-8")
        assert "23.07" in text and REASON in text
    lines = [line for line in csv.DictReader(io.StringIO(render_csv(never))) if line["metric"] == "fid"]
    assert [(line["value"], line["paper"], line["comparable"]) for line in lines if line["value"]] == [
        ("23.0", "23.07", "false")
    ]


@pytest.mark.parametrize("table", ["3.4", "4.1"])
def test_the_recogniser_s_score_is_never_compared_with_the_printed_one(table: str) -> None:
    column = find_table(table).column("is")
    assert column.metric == "is_recogniser" and "CASIA" in column.incomparable and column.margin is None
