"""index.html: what stands, over all tables that have a report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.full_results import full_result
from support.page import Page
from support.table_results import invented_result

from ablations.report import write_index, write_report
from common.errors import TableError


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("reports")
    result = full_result(tmp_path_factory.mktemp("full"))
    write_report(result, root / "4-1")
    small = invented_result(tmp_path_factory.mktemp("small"), seeds=2)
    write_report(replace(small, scale="paper", synthetic=False, data_label="DeepFashion"), root / "4-1-paper")
    later = replace(small, table=replace(small.table, id="4-10", title="A <later> table"))
    write_report(later, root / "4-10")
    return root


def test_the_summary_holds_what_stands(reports: Path) -> None:
    content = json.loads((reports / "4-1" / "summary.json").read_text(encoding="utf-8"))
    assert content["verdicts"] == {"supported": 5, "contradicted": 1, "undecided": 4}
    assert content["values"] == {"supported": 1, "contradicted": 1, "undecided": 1}
    assert content["rows"] == {"done": 11, "failed": 1, "stale": 1, "missing": 1}
    assert content["lint"] == {"pass": 3, "fail": 1}
    assert (content["table"], content["scale"], content["path"]) == ("4-1", "toy", "report.html")
    assert (reports / "4-1" / content["path"]).is_file()


def test_one_page_with_links_to_every_report(reports: Path) -> None:
    path = write_index(reports)
    assert path == reports / "index.html"
    page = Page(path.read_text(encoding="utf-8"))
    assert page.addresses == ["4-1-paper/report.html", "4-1/report.html", "4-10/report.html"]  # 4-2 before 4-10
    assert all((reports / address).is_file() for address in page.addresses)
    assert not {"script", "link", "iframe"} & set(page.tags)
    for expected in (
        "✓ 5 supported",
        "✗ 1 contradicted",
        "○ 4 undecided",
        "toy scale, synthetic data",
        "11 of 14 rows done, 1 failed, 1 stale, 1 not run",
        "3 of 4 checks pass",
        "adversarial training improves realism controlled",
        "A <later> table",
    ):
        assert expected in " ".join(page.text.split()), expected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{", "4-9/summary.json: cannot be read"),
        ("[]", "4-9/summary.json: was written by another version of this program"),
        ('{"format": 0}', "4-9/summary.json: was written by another version of this program"),
        ('{"format": 1, "table": "4-9", "scale": "toy"}', "4-9/summary.json: is incomplete"),
        ('{"format": 1, "table": 3}', "4-9/summary.json: is incomplete"),
    ],
)
def test_a_summary_that_cannot_be_read_is_named(text: str, line: str, tmp_path: Path) -> None:
    (tmp_path / "4-9").mkdir()
    (tmp_path / "4-9" / "summary.json").write_text(text)
    page = Page(write_index(tmp_path).read_text(encoding="utf-8"))
    assert f"Not listed: {line}" in page.text
    assert "No table has a report yet" in page.text


def test_the_same_summaries_give_the_same_bytes(reports: Path) -> None:
    first = write_index(reports).read_bytes()
    assert write_index(reports).read_bytes() == first


def test_an_index_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "index.html").mkdir()
    with pytest.raises(TableError, match=r"index\.html: cannot be written"):
        write_index(tmp_path)
