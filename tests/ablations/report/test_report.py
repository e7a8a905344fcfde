"""A report says what was measured, under its own name, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from support.table_results import empty_row, invented_result, with_row

from ablations.report import write_report
from ablations.report.table_view import CellView, first_line, table_view
from ablations.results import RowResult, TableResult

VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Collects text, fetched addresses and anchors, and fails on tags that do not close in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        self.addresses += [str(values[name]) for name in ("src", "href", "srcset", "data") if name in values]
        self.ids += [str(values["id"])] if "id" in values else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TableResult:
    return invented_result(tmp_path_factory.mktemp("runs"), seeds=2)


def page_of(result: TableResult, folder: Path) -> Page:
    return Page(write_report(result, folder).read_text(encoding="utf-8"))


def line_of(result: TableResult, row_id: str) -> dict[str, CellView]:
    """The cells of a row by heading."""
    view = table_view(result)
    index = [row.row.id for row in result.rows].index(row_id)
    return {heading.label: cell for heading, cell in zip(view.headings, view.rows[index].cells, strict=True)}


def test_one_file_that_fetches_nothing(result: TableResult, tmp_path: Path) -> None:
    path = write_report(result, tmp_path)
    html = path.read_text(encoding="utf-8")
    page = Page(html)
    assert path == tmp_path / "report.html"
    assert all(address.startswith(("data:image/png;base64,", "#")) for address in page.addresses)
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.ids)
    assert not {"script", "link", "iframe"} & set(page.tags)
    assert not re.search(r"url\(|@import", html)
    assert html.count("data:image/png") == 6 * 9 + 3 * 7  # six images by nine columns; three by seven with true parsing


def test_the_first_line_says_what_the_values_are_not(result: TableResult, tmp_path: Path) -> None:
    line = "Toy scale, on a synthetic stand-in: these values are not the paper's FID."
    assert first_line(result) == line
    assert line in page_of(result, tmp_path).text
    assert (tmp_path / "report.md").read_text(encoding="utf-8").splitlines()[2] == f"**{line}**"


def test_first_line_of_the_real_thing(result: TableResult) -> None:
    real = replace(result, synthetic=False, scale="paper", data_label="DeepFashion In-shop", rows=[comparable(result)])
    assert first_line(real) == "Paper scale, on DeepFashion In-shop: measured as the paper's FID."
    small = replace(result, synthetic=False, scale="small", data_label="DeepFashion In-shop")
    assert first_line(small) == "Small scale, on DeepFashion In-shop: these values are not the paper's FID."


def comparable(result: TableResult) -> RowResult:
    row = result.row("wen")
    cells = [replace(c, metric="fid", values=[23.5], comparable=True) if c.column_id == "fid" else c for c in row.cells]
    return replace(row, cells=cells)


def test_another_quantity_never_stands_under_the_papers_heading(result: TableResult) -> None:
    view = table_view(result)
    assert [(heading.kind, heading.label) for heading in view.headings[:2]] == [
        ("paper", "paper ↓"),
        ("measured", "fd_effnetlite0 ↓"),
    ]
    assert view.headings[1].note == "toy scale, synthetic stand-in"
    line = line_of(result, "wen")
    assert line["paper ↓"].text == "23.07"
    assert re.fullmatch(r"\d+\.\d\d ± \d+\.\d\d", line["fd_effnetlite0 ↓"].text)


def test_the_same_quantity_stands_beside_the_papers(result: TableResult) -> None:
    real = replace(result, rows=[comparable(result), *result.rows[1:]])
    assert [heading.kind for heading in table_view(real).headings[:3]] == ["paper", "ours", "measured"]
    line = line_of(real, "wen")
    assert (line["ours"].text, line["fd_effnetlite0 ↓"].text) == ("23.50", "–")
    assert line_of(real, "finet")["ours"].text == "–"


def test_both_counts_and_the_misprint(result: TableResult) -> None:
    generator = line_of(result, "wen")["G"]
    assert (generator.text, generator.mark, generator.counted, generator.live) == (
        "3.0506M",
        "✓",
        "3,050,562",
        "2,848,768",
    )
    encoder = line_of(result, "wo-specnorm")["E"]
    assert (encoder.text, encoder.mark, encoder.counted) == ("0.9402M", "†", "949,184")
    assert line_of(result, "wo-gan")["D"].text == "/"
    assert any("949,184" in note and note.startswith("†") for note in table_view(result).notes)


def test_rows_without_values_say_so(result: TableResult, tmp_path: Path) -> None:
    broken = empty_row(result, "wo-gan", "failed", "texture, seed 0: out of memory")
    broken = empty_row(broken, "finet", "missing", "not run yet: texture, seed 0")
    assert [heading.label for heading in table_view(broken).headings[:2]] == ["paper ↓", "fd_effnetlite0 ↓"]
    assert line_of(broken, "wo-gan")["fd_effnetlite0 ↓"].text == "failed"
    assert line_of(broken, "finet")["fd_effnetlite0 ↓"].text == "not run"
    text = page_of(broken, tmp_path).text
    assert "texture, seed 0: out of memory" in text
    assert "5 of 7 done" in text


def test_nothing_run_yet_is_still_a_report(result: TableResult, tmp_path: Path) -> None:
    for row in result.rows:
        result = empty_row(result, row.row.id, "missing", "not run yet")
    result = replace(result, claims=[replace(claim, held=None, left=None, right=None) for claim in result.claims])
    text = page_of(result, tmp_path).text
    assert "not measured" in text
    assert "35.90" in text


def test_claims_are_directions_with_their_seeds(result: TableResult, tmp_path: Path) -> None:
    claim = result.claims[1]
    turned = replace(result, claims=[replace(claim, held=False, left=120.0, right=90.0)])
    text = page_of(turned, tmp_path).text
    assert "23.07 < 35.90" in text
    assert "fd_effnetlite0: weN 120.00 > 90.00 weN w/o GAN" in text
    assert "other direction" in text
    assert "2 seeds" in text
    assert "supported" not in text


def test_everything_has_its_place(result: TableResult, tmp_path: Path) -> None:
    page = page_of(result, tmp_path)
    sections = ["table", "claims", "pictures", "metrics", "curves", "parameters", "differences", "protocol", "repeat"]
    assert page.ids == sections
    for expected in (
        "ground truth parsing",  # beside the predicted one
        "0.610",  # parsing, beside the constant's
        "0.140",
        "L_adv_I",
        "WeNTexture.width: 32 -> 16",
        "texture.model.wo_attention: true -> false",
        "23,742 of G's parameters",
        "64 images are few",
        "cd" * 32,
        "python cli.py fit --config runs/fashion_completion/wen-texture-0123abcd/config.yaml",
        "make ablate TABLE=4-1",
        "0123456789ab",
    ):
        assert expected in page.text, expected


def test_a_shared_shape_stage_is_drawn_once(result: TableResult, tmp_path: Path) -> None:
    text = page_of(result, tmp_path).text
    assert "4 rows: weN," in text


def test_rows_measured_otherwise_are_named(result: TableResult, tmp_path: Path) -> None:
    other = with_row(result, "finet", protocol={**result.row("finet").protocol, "generated": 32})
    assert "FiNet was measured otherwise than weN: generated." in page_of(other, tmp_path).text


def test_the_same_result_gives_the_same_bytes(result: TableResult, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_report(result, tmp_path / name)
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert len(files) == 6
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file
    assert "2031" not in (tmp_path / "a" / "report.html").read_text(encoding="utf-8")  # no times of day


def test_markdown_tables_are_whole(result: TableResult, tmp_path: Path) -> None:
    write_report(result, tmp_path)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    tables = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    assert len(tables) == 5
    for table in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, table
    for figure in re.findall(r"\]\((figures/[^)]+)\)", text):
        assert (tmp_path / figure).is_file()
    assert text.count("](figures/") == 4


def test_labels_cannot_break_the_page(result: TableResult, tmp_path: Path) -> None:
    row = result.row("wen")
    nasty = with_row(result, "wen", row=replace(row.row, label="<img src=x onerror=alert(1)>|*"))
    page = page_of(nasty, tmp_path)
    assert "<img src=x onerror=alert(1)>|*" in page.text
    assert "x" not in page.addresses
