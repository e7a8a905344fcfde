"""The report on a terminal."""

from __future__ import annotations

import io
from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from support.full_results import full_result
from support.table_results import empty_row, invented_result, with_row

from ablations.output.terminal import print_result
from ablations.output.terminal_claims import claim_text
from ablations.report.views.formatting import spread_text
from ablations.results.table_result import ClaimResult, Suggestion, TableResult
from ablations.results.verdicts import evaluate_claim
from ablations.tables.checks import Check
from ablations.tables.table import CellRef, Claim

LESS = Claim("attention improves realism", "", CellRef("wen", "fid"), "<", CellRef("wo-attention", "fid"))


def printed(result: TableResult, width: int = 200, colour: bool = False) -> list[str]:
    text = io.StringIO()
    print_result(result, Console(file=text, width=width, highlight=False, force_terminal=colour))
    return text.getvalue().splitlines()


def line_of(lines: list[str], label: str) -> str:
    """The row that begins with exactly this label."""
    return next(line.strip() for line in lines if line.startswith(f" {label}  "))


def whole(lines: list[str]) -> str:
    """Everything in one line, so that where lines were broken does not matter."""
    return " ".join(" ".join(lines).split())


def test_the_table_stands_as_printed_with_ours_beside_it(tmp_path: Path) -> None:
    result = invented_result(tmp_path)
    lines = printed(result)
    assert lines[0].startswith("Table 4-1: Quantitative comparison of fashion completion models")
    assert lines[1].startswith("toy scale, synthetic data")
    rule = next(i for i, line in enumerate(lines) if "───" in line)
    labels = [line.strip().partition("  ")[0] for line in lines[rule + 1 : rule + 8]]
    assert labels == [row.row.label for row in result.rows]
    wen = line_of(lines, "weN")
    assert "23.07" in wen
    assert f"{result.row('wen').cell('fid').values[0]:.2f}" in wen
    assert wen.count("✓") == 4
    assert line_of(lines, "weN w/o GAN").endswith("✓ ✓ ✓ /")  # it has no D
    assert "†" in line_of(lines, "weN w/o SpecNorm")  # the misprint


def test_measured_values_are_never_under_the_paper_s_metric(tmp_path: Path) -> None:
    lines = printed(invented_result(tmp_path))
    heading = lines[next(i for i, line in enumerate(lines) if "───" in line) - 1]
    assert [cell.strip() for cell in heading.split("   ") if cell.strip()][:2] == ["FID paper ↓", "fd_effnetlite0 ↓"]


def test_what_it_ran_on_is_said(tmp_path: Path) -> None:
    assert "(240 people): not comparable with the paper's FID" in whole(printed(invented_result(tmp_path)))


def test_every_claim_has_one_line(tmp_path: Path) -> None:
    result = full_result(tmp_path)
    lines = printed(result, width=300)
    for claim in (*result.claims, *result.values):
        assert [line for line in lines if line.strip().startswith(claim.verdict) and claim_text(result, claim) in line]
    assert "claims on fd_effnetlite0 ↓: 4 supported, 1 contradicted, 4 undecided" in lines
    assert "claims on parameter counts: 1 supported" in lines
    assert "printed values of fid ↓: 1 supported, 1 contradicted, 1 undecided" in lines


def judged(result: TableResult, claim: Claim, **values: list[float]) -> tuple[TableResult, ClaimResult]:
    """The result with other values in the FID cells of some rows, and the verdict on a claim about them."""
    for row_id, of in values.items():
        row = result.row(row_id.replace("_", "-"))
        cells = [replace(cell, values=of) if cell.column_id == "fid" else cell for cell in row.cells]
        result = with_row(result, row.row.id, cells=cells, seeds=list(range(len(of))))
    rows = {row.row.id: row for row in result.rows}
    return result, evaluate_claim(claim, rows, lambda seeds: f"make ablate TABLE=4-1 SEEDS={seeds}")


@pytest.mark.parametrize(
    ("wen", "other", "text"),
    [([41.0, 39.0, 40.0], [45.0, 45.0, 45.0], "weN − weN w/o Attention = −5.00 [−7.48, −2.52], 3 seeds"),
     ([39.0, 31.0, 42.0], [40.0, 40.0, 40.0],
      "weN − weN w/o Attention = −2.67 [−16.79, +11.46], 3 seeds; 20 seeds would probably decide"),
     ([39.0], [40.0], "weN − weN w/o Attention = −1.00; one seed decides nothing"),
     ([40.0, 41.0], [40.0, 41.0], "weN − weN w/o Attention = +0.00 [+0.00, +0.00], 2 seeds; "
      "the difference is 0 at all 2 seeds; more than 30 seeds would be needed"),
     ([39.0, 39.0], [40.0, 40.0], "weN − weN w/o Attention = −1.00 [−1.00, −1.00], 2 seeds; "
      "the difference lies below 0; the 2 seeds show no spread, so the interval has zero width"),
     ([41.0, 39.0, 40.0, nan], [45.0, 45.0, 45.0, 1.0], "weN − weN w/o Attention = −5.00 [−7.48, −2.52], 3 seeds; "
      "the 95% interval of the difference over 3 paired seeds lies below 0; "
      "without seed 3, where fd_effnetlite0 of weN is undefined")],
)  # fmt: skip
def test_a_verdict_says_what_it_rests_on(wen: list[float], other: list[float], text: str, tmp_path: Path) -> None:
    result, claim = judged(invented_result(tmp_path, len(wen)), LESS, wen=wen, wo_attention=other)
    assert claim_text(result, claim) == f"attention improves realism: {text}"


@pytest.mark.parametrize(
    ("status", "seeds", "text"),
    [("stale", [0], "weN w/o Attention is stale"), ("failed", [0], "weN − weN w/o Attention = −1.00; "
      "weN w/o Attention failed"), ("missing", [], "weN w/o Attention has not run"),
     ("missing", [0], "weN − weN w/o Attention = −1.00; weN w/o Attention is incomplete")],
)  # fmt: skip
def test_why_a_row_is_not_done_stands_once(status: str, seeds: list[int], text: str, tmp_path: Path) -> None:
    result, _ = judged(invented_result(tmp_path), LESS, wen=[39.0], wo_attention=[40.0][: len(seeds)])
    result = with_row(result, "wo-attention", status=status, reason="a long story", seeds=seeds)
    result, claim = judged(result, LESS)
    result = replace(result, claims=[claim])
    assert claim_text(result, claim) == f"attention improves realism: {text}"
    assert whole(printed(result)).count("a long story") == 1


def test_counts_are_exact(tmp_path: Path) -> None:
    claim = Claim("weN is smaller", "", CellRef("wen", "params_g"), "<", CellRef("finet", "params_g"))
    result, found = judged(invented_result(tmp_path), claim)
    assert claim_text(result, found) == "weN is smaller: counts are exact: 3,050,562 < 96,079,840"


def test_what_would_decide_stands_once_with_its_cost(tmp_path: Path) -> None:
    result = invented_result(tmp_path)  # three undecided claims, at one seed
    (line,) = [line for line in printed(result) if "make ablate" in line]
    assert line == "  6 seeds would show the spread of 3 claims (about 21:00 of runs): make ablate TABLE=4-1 SEEDS=6"
    unknown = [replace(claim, suggestion=Suggestion(3, None, "make it")) for claim in result.claims[:1]]
    assert "  3 seeds would show the spread of 1 claim: make it" in printed(replace(result, claims=unknown))


def test_a_controlled_version_stands_under_its_printed_one(tmp_path: Path) -> None:
    lines = printed(full_result(tmp_path))
    place = next(i for i, line in enumerate(lines) if line.startswith(" weN w/o GAN  "))
    assert lines[place + 1].startswith(" └ controlled  ")


def test_a_stale_row_is_marked(tmp_path: Path) -> None:
    lines = printed(full_result(tmp_path))
    assert line_of(lines, "weN w/o Attention (stale)")
    assert "  weN w/o Attention stale: code: lightning_modules.fashion_completion.wen; model.width: 16 -> 32" in lines


def test_a_sweep_has_a_table_of_its_own(tmp_path: Path) -> None:
    result = full_result(tmp_path)
    lines = printed(result)
    place = next(i for i, line in enumerate(lines) if line.startswith("Sweep of weN: texture.model.kl_weight"))
    assert lines[place + 2].split()[:3] == ["kl_weight", "fd_effnetlite0", "↓"]
    points = lines[place + 4 : place + 8]
    assert [line.split()[0] for line in points] == ["2", "20", "200", "2000"]
    assert [line.strip().endswith("as weN") for line in points] == [False, True, False, False]
    for line, row in zip(points, (r for r in result.rows if r.row.sweep), strict=True):
        assert f"{sum(row.cell('fid').values) / 3:.2f} ± " in line
        assert not any(other.startswith(f" {row.row.label}") for other in lines)  # in no other table


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [(["pass", "pass"], ["lint: 2 of 2 pass"]), (["pass", "fail"], ["lint: 1 of 2 pass", "  b: wo-gan: [x] differs"])],
)
def test_the_checklist_is_one_line_and_its_failures(statuses: list[Any], expected: list[str], tmp_path: Path) -> None:
    checks = [
        Check(name, "", status, ("wo-gan: [x] differs",) if status == "fail" else ("fine",))
        for name, status in zip("ab", statuses, strict=True)
    ]
    assert printed(replace(invented_result(tmp_path), lint=checks))[-len(expected) :] == expected


def test_a_row_without_numbers_says_why(tmp_path: Path) -> None:
    result = empty_row(invented_result(tmp_path), "finet", "failed", "texture, seed 0: [Errno 28] no space left")
    lines = printed(result)
    assert "  FiNet failed: texture, seed 0: [Errno 28] no space left" in lines  # brackets are no markup
    row = line_of(lines, "FiNet")
    assert "failed" in row
    assert "34.68" in row


def test_a_metric_that_was_undefined_is_marked_and_said(tmp_path: Path) -> None:
    lines = printed(full_result(tmp_path), width=100)
    assert "‡" in line_of(lines, "FiNet")
    assert "  ‡ FiNet: predicted_parsing: the covariance has no real square root" in lines


@pytest.mark.parametrize("width", [100, 80, 60])
def test_a_narrow_terminal_loses_no_number_of_the_table(width: int, tmp_path: Path) -> None:
    result = full_result(tmp_path)
    lines = printed(result, width=width)
    text = "\n".join(lines)
    for row in result.rows:
        if row.row.paper:
            assert row.cell("fid").printed in text
        if row.seeds and row.row.id != "finet":
            assert f"{sum(row.cell('fid').values) / 3:.2f} ± " in text
    table = lines[: next(i for i, line in enumerate(lines) if line.startswith("Toy scale"))]
    assert not any("…" in line for line in table)
    assert all(len(line.rstrip()) <= width for line in table if "‡" not in line)


def test_many_metrics_on_a_narrow_terminal_keep_names_and_numbers(tmp_path: Path) -> None:
    result = invented_result(tmp_path)
    metric = next(column for column in result.columns if column.metric)
    more = [replace(metric, id=f"more_{i}", label=f"A rather long heading {i}") for i in range(3)]
    cells = {row.row.id: row.cell(metric.id) for row in result.rows}
    rows = [
        replace(row, cells=[*row.cells, *(replace(cells[row.row.id], column_id=c.id) for c in more)])
        for row in result.rows
    ]
    wide = replace(result, table=replace(result.table, columns=(*result.table.columns, *more)), rows=rows)
    text = printed(wide, width=72)
    rule = next(i for i, line in enumerate(text) if "───" in line)
    assert "heading" in " ".join(text[:rule])
    wen = next(line for line in text[rule:] if line.startswith(" weN "))
    assert wen.count(f"{cells['wen'].values[0]:.2f}") == 4
    assert all(len(line.rstrip()) <= 72 for line in text[rule : rule + 8])


def test_colours_are_for_terminals_only(tmp_path: Path) -> None:
    result = full_result(tmp_path)
    assert "\x1b[32m" in "".join(printed(result, colour=True))
    assert "\x1b" not in "".join(printed(result))


def test_a_label_is_never_taken_for_markup(tmp_path: Path) -> None:
    result = invented_result(tmp_path)
    columns = [replace(column, label=f"{column.label} [/x]") for column in result.columns]
    text = whole(printed(replace(result, table=replace(result.table, columns=tuple(columns)))))
    assert "FID [/x] paper ↓" in text
    assert "G [/x] E [/x]" in text


def test_what_include_adds_to_a_point_is_shown(tmp_path: Path) -> None:
    result = full_result(tmp_path)
    row = result.row("kl-weight-200").row
    point = {**row.point, "texture.model.attention": False}
    lines = printed(with_row(result, "kl-weight-200", row=replace(row, point=point)))
    assert any(line.split()[:2] == ["200", "false"] for line in lines)
    assert any(line.split()[:2] == ["20", "–"] for line in lines)


@pytest.mark.parametrize("width", [200, 80, 60, 44])
def test_what_does_not_fit_stands_below_and_nothing_is_lost(width: int, tmp_path: Path) -> None:
    result = full_result(tmp_path)
    lines = printed(result, width=width)
    table = lines[: next(i for i, line in enumerate(lines) if line.startswith("Toy scale"))]
    text = "\n".join(table)
    for row in result.rows:
        for name in ("ssim", "psnr") if row.seeds and not row.row.sweep else ():
            assert spread_text(name, row.metrics[name]) in text
    controlled = result.row("wo-gan-controlled")
    for column in result.columns:
        if column.parameters and controlled.cell(column.id).values:
            assert f"{controlled.cell(column.id).values[0]:,.0f}" in text  # none is printed, so the count itself
    assert ("Also measured" in text) == (width < 200)
    assert all(len(line.rstrip()) <= width for line in table if "‡" not in line)


def test_values_that_do_not_fit_stand_in_further_tables(tmp_path: Path) -> None:
    result = invented_result(tmp_path)
    metric = next(column for column in result.columns if column.metric)
    more = [replace(metric, id=f"more_{i}", label=f"Heading {i}") for i in range(6)]
    cells = {row.row.id: row.cell(metric.id) for row in result.rows}
    rows = [
        replace(row, cells=[*row.cells, *(replace(cells[row.row.id], column_id=c.id) for c in more)])
        for row in result.rows
    ]
    wide = replace(result, table=replace(result.table, columns=(*result.table.columns, *more)), rows=rows)
    lines = [line for line in printed(wide, width=60) if line.startswith(" weN  ")]
    assert len(lines) > 1
    assert "".join(lines).count(f"{cells['wen'].values[0]:.2f}") == 7
