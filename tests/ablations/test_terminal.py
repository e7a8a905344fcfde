"""The report on a terminal."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console
from support.table_results import empty_row, invented_result

from ablations.results import TableResult
from ablations.terminal import print_result


def printed(result: TableResult, width: int = 200) -> list[str]:
    text = io.StringIO()
    print_result(result, Console(file=text, width=width, highlight=False))
    return text.getvalue().splitlines()


def line_of(lines: list[str], label: str) -> str:
    """The row that begins with exactly this label."""
    return next(line for line in lines if line.strip("│ ").startswith(f"{label}  ") or f" {label} │" in line)


def test_the_table_stands_as_printed_with_ours_beside_it(tmp_path: Path) -> None:
    result = invented_result(tmp_path)
    lines = printed(result)
    assert lines[0].startswith("Table 4-1: Quantitative comparison of fashion completion models")
    assert lines[1].startswith("toy scale, synthetic stand-in")
    labels = [line.strip("│ ").partition(" │ ")[0].strip() for line in lines if line.startswith("│")]
    assert labels == [row.row.label for row in result.rows]
    wen = line_of(lines, "weN")
    assert "23.07" in wen
    assert f"{result.row('wen').cell('fid').values[0]:.2f}" in wen
    assert wen.count("✓") == 4
    assert line_of(lines, "weN w/o GAN").strip("│ ").endswith("✓ ✓ ✓ /")  # it has no D
    assert "†" in line_of(lines, "weN w/o SpecNorm")  # the misprint


def test_measured_values_are_never_under_the_paper_s_metric(tmp_path: Path) -> None:
    heading = next(line for line in printed(invented_result(tmp_path)) if line.startswith("┃"))
    assert [cell.strip() for cell in heading.strip("┃").split("┃")][1:3] == ["FID paper ↓", "fd_effnetlite0 ↓"]


def test_what_it_ran_on_is_said_and_claims_have_a_direction(tmp_path: Path) -> None:
    result = invented_result(tmp_path)
    text = "\n".join(printed(result))
    assert "on a synthetic stand-in: these values are not the paper's FID" in text
    for claim in result.claims:
        assert f"  {claim.claim.text}: {claim.sentence()}" in text


def test_a_row_without_numbers_says_why(tmp_path: Path) -> None:
    result = empty_row(invented_result(tmp_path), "finet", "failed", "texture, seed 0: [Errno 28] no space left")
    lines = printed(result)
    assert "  FiNet failed: texture, seed 0: [Errno 28] no space left" in lines  # brackets are no markup
    row = line_of(lines, "FiNet")
    assert "failed" in row
    assert "34.68" in row


def test_a_narrow_terminal_loses_nothing(tmp_path: Path) -> None:
    result = invented_result(tmp_path)
    text = "\n".join(printed(result, width=80))
    for row in result.rows:
        assert row.cell("fid").printed in text
        assert f"{row.cell('fid').values[0]:.2f}" in text
