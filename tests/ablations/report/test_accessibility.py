"""A report for readers who hear it: levels of headings, scopes of header cells, marked code, distinct ticks."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest
from support.full_results import full_result

from ablations.report import write_report
from ablations.report.charts.svg import tick_texts, ticks
from ablations.tables.checks import Check


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report with every section."""
    result = full_result(tmp_path_factory.mktemp("runs"))
    checks = [Check("cells", "a row with `set` and <none>", "fail", ("put `a < b` in `factor`, not *this*",))]
    folder = tmp_path_factory.mktemp("report")
    write_report(replace(result, lint=checks), folder)
    return folder


def test_headings_skip_no_level(folder: Path) -> None:
    html = (folder / "report.html").read_text(encoding="utf-8")
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", html)]
    assert levels[0] == 1 and {2, 3} <= set(levels)
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_header_cells_have_a_scope(folder: Path) -> None:
    html = (folder / "report.html").read_text(encoding="utf-8")
    scopes = re.findall(r"<th(?: scope=\"(\w+)\")?[ >]", html)
    assert {"col", "row", "colgroup", "rowgroup"} == set(scopes)
    assert not re.search(r"<th[^>]*></th>", html)
    for head in re.findall(r"<thead>.*?</thead>", html, re.DOTALL):
        assert 'scope="row' not in head
    for body in re.findall(r"<tbody>.*?</tbody>", html, re.DOTALL):
        assert 'scope="col' not in body


def test_code_in_the_checklist_is_code(folder: Path) -> None:
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert "A row with <code>set</code> and &lt;none&gt;" in html
    assert "put <code>a &lt; b</code> in <code>factor</code>, not *this*" in html
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert r"a row with `set` and \<none\> (`cells`)" in text
    assert r"put `a < b` in `factor`, not \*this\*" in text


@pytest.mark.parametrize("low", [0.0, 1.0, -3.0])
@pytest.mark.parametrize("span", [1.0, 1e-3, 1e-7, 3e-10])
def test_ticks_differ(low: float, span: float) -> None:
    found = tick_texts(ticks(low, low + span))
    assert len(found) > 1 and len(set(found)) == len(found)


def test_ticks_are_short_where_they_can_be() -> None:
    assert tick_texts([-1.0, 0.5, 1234567.0]) == ["−1", "0.5", "1.23457e+06"]
    assert tick_texts([1.0, 1.0000001]) == ["1", "1.0000001"]
    assert tick_texts([]) == []
