"""A report says what was measured, under its own name, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.full_results import full_result
from support.page import Page
from support.table_results import empty_row, invented_result, with_row

from ablations.report import write_report
from ablations.report.views.table_view import CellView, first_line, table_view
from ablations.results.table_result import ClaimResult, RowResult, TableResult

WHERE = "Toy scale, on synthetic DeepFashion In-shop (240 people)"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TableResult:
    return invented_result(tmp_path_factory.mktemp("runs"), seeds=2)


def page_of(result: TableResult, folder: Path) -> Page:
    return Page(write_report(result, folder).read_text(encoding="utf-8"))


def line_of(result: TableResult, row_id: str) -> dict[str, CellView]:
    """The cells of a row by heading."""
    view = table_view(result)
    row = next(row for row in view.rows if row.id == row_id)
    return {heading.label: cell for heading, cell in zip(view.headings, row.cells, strict=True)}


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
    line = f"{WHERE}: not comparable with the paper's FID."
    assert first_line(result) == line
    assert line in page_of(result, tmp_path).text
    assert (tmp_path / "report.md").read_text(encoding="utf-8").splitlines()[2] == f"**{line}**"


def test_first_line_of_the_real_thing(result: TableResult) -> None:
    real = replace(result, synthetic=False, scale="paper", data_label="DeepFashion In-shop", rows=[comparable(result)])
    assert first_line(real) == "Paper scale, on DeepFashion In-shop: comparable with the paper's FID."
    mixed = replace(real, rows=[*real.rows, *result.rows[1:]])
    assert first_line(mixed) == "Paper scale, on DeepFashion In-shop: not comparable with the paper's FID."
    small = replace(result, synthetic=False, scale="small", data_label="DeepFashion In-shop")
    assert first_line(small) == "Small scale, on DeepFashion In-shop: not comparable with the paper's FID."


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
    assert view.headings[1].note == "toy scale, synthetic data"
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
    claims = [ClaimResult(claim.claim, "undecided", "weN has not run yet", "fid") for claim in result.claims]
    text = page_of(replace(result, claims=claims), tmp_path).text
    assert text.count("weN has not run yet") == 3
    assert "35.90" in text
    assert first_line(result) == f"{WHERE}: nothing has been measured yet."
    assert [heading.label for heading in table_view(result).headings[:2]] == ["paper ↓", "not measured yet"]
    assert not [note for note in table_view(result).notes if "was measured" in note]
    real = replace(result, synthetic=False, scale="paper")
    assert first_line(real).endswith("nothing has been measured yet.")


def test_markdown_takes_no_sign_of_a_title_or_label_for_its_own(result: TableResult, tmp_path: Path) -> None:
    column = replace(result.columns[0], label="a|b")
    table = replace(result.table, title="w/o <b> & $x$", columns=(column, *result.columns[1:]))
    write_report(replace(result, table=table, data_label="a_b_c *", synthetic=False), tmp_path)
    lines = (tmp_path / "report.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == r"# Table 4-1: w/o \<b\> \& \$x\$"
    assert lines[2].startswith(r"**Toy scale, on a\_b\_c \*: not comparable")
    heading = next(line for line in lines if line.startswith("| Model |"))
    rule = lines[lines.index(heading) + 1]
    assert len(re.findall(r"(?<!\\)\|", heading)) == rule.count("|")


def test_everything_has_its_place(result: TableResult, tmp_path: Path) -> None:
    page = page_of(result, tmp_path)
    sections = ["table", "claims", "images", "differences", "metrics", "curves", "parameters", "protocol", "cost"]
    assert [id_ for id_ in page.ids if not id_.startswith("row-")] == [*sections, "certificates"]
    assert [id_ for id_ in page.ids if id_.startswith("row-")] == [f"row-{row.row.id}" for row in result.rows]
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
        "python cli.py fit --config runs/wen-texture-0123abcd/config.yaml",
        "make ablate TABLE=4-1",
        "0123456789ab",
    ):
        assert expected in page.text, expected


def test_a_shared_shape_stage_is_drawn_once(result: TableResult, tmp_path: Path) -> None:
    text = page_of(result, tmp_path).text
    assert "4 rows: weN," in text


def test_rows_measured_otherwise_are_named(result: TableResult, tmp_path: Path) -> None:
    other = with_row(result, "finet", protocol={**result.row("finet").protocol, "generated": 32})
    assert "FiNet has another protocol than weN: generated." in page_of(other, tmp_path).text


def test_the_same_result_gives_the_same_bytes(result: TableResult, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_report(result, tmp_path / name)
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert [str(file) for file in files if len(file.parts) == 1] == [
        "report.csv",
        "report.html",
        "report.md",
        "report.tex",
        "summary.json",
    ]
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file
    assert "2031" not in (tmp_path / "a" / "report.html").read_text(encoding="utf-8")  # no times of day


def test_markdown_tables_are_whole(result: TableResult, tmp_path: Path) -> None:
    write_report(result, tmp_path)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    tables = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    assert len(tables) == 6
    for table in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, table
    for figure in re.findall(r"\]\((figures/[^)]+)\)", text):
        assert (tmp_path / figure).is_file()
    assert text.count("](figures/") == 5


def test_labels_cannot_break_the_page(result: TableResult, tmp_path: Path) -> None:
    row = result.row("wen")
    nasty = with_row(result, "wen", row=replace(row.row, label="<img src=x onerror=alert(1)>|*"))
    page = page_of(nasty, tmp_path)
    assert "<img src=x onerror=alert(1)>|*" in page.text
    assert "x" not in page.addresses


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> TableResult:
    return full_result(tmp_path_factory.mktemp("full"))


def test_everything_of_a_full_table_has_its_place(full: TableResult, tmp_path: Path) -> None:
    page = page_of(full, tmp_path)
    sections = [id_ for id_ in page.ids if not id_.startswith("row-")]
    assert sections[:5] == ["table", "claims", "values", "sweeps", "figures"]
    assert len(set(page.ids)) == len(page.ids)
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.ids)
    text = " ".join(page.text.split())
    markdown = (tmp_path / "report.md").read_text(encoding="utf-8").replace("\\", "")
    for expected in (
        "its two-sided 95 % t interval",
        "One seed decides nothing.",
        "corrected neither for the number of claims",
        "seeds would probably decide, about 21 min 00 s more",
        "make ablate TABLE=4-1 SEEDS=6",
        "Equality with the printed value",
        "Figure 4-3. Adversarial losses with and without spectral normalisation",
        "Figure 4-2. Several completions of one input",
        "2.40 times as long",
        "3 of 4 checks pass",
        "wo-gan: texture.model.output_scales differs too (4 -> 1)",
        "not in the last one",  # a deviation
        "the printed counts need it",
        "weN w/o Attention, stale",
        "code: lightning_modules.fashion_completion.wen; model.width: 16 -> 32",
        "could not be computed: predicted_parsing: the covariance has no real square root",
        "5d41402abc4b2a76",
        "rule last, iteration 400",
    ):
        assert expected in text, expected
        assert expected in " ".join(markdown.split()), expected


def test_verdicts_can_be_read_without_colour(full: TableResult, tmp_path: Path) -> None:
    text = page_of(full, tmp_path).text
    assert text.count("✓ supported") == 5 + 1  # the claims and the values
    assert text.count("✗ contradicted") == 1 + 1
    assert text.count("○ undecided") == 4 + 1


def test_seed_dots_stand_where_there_are_seeds(full: TableResult, tmp_path: Path) -> None:
    cell = line_of(full, "wo-gan")["fd_effnetlite0 ↓"]
    assert list(cell.seeds) == full.row("wo-gan").cell("fid").values
    html = write_report(full, tmp_path / "three").read_text(encoding="utf-8")
    assert html.count('<svg class="chart dots"') == 8  # of ten rows one is failed and one missing
    one = full_result(tmp_path / "runs", seeds=1)
    assert '<svg class="chart dots"' not in write_report(one, tmp_path / "one").read_text(encoding="utf-8")


def test_a_controlled_row_follows_its_printed_one(full: TableResult) -> None:
    rows = [(row.id, row.version) for row in table_view(full).rows]
    at = rows.index(("wo-gan", "as_printed"))
    assert rows[at + 1] == ("wo-gan-controlled", "controlled")


def test_trouble_is_marked(full: TableResult) -> None:
    heading = "fd_effnetlite0 ↓"
    assert line_of(full, "wo-attention")[heading].state == "stale"
    assert line_of(full, "wo-specnorm-controlled")[heading].text == "failed"
    assert line_of(full, "wo-two-stage-controlled")[heading].text == "not run"
    holed = line_of(full, "finet")[heading]
    assert (holed.mark, holed.note) == ("‡", "predicted_parsing: the covariance has no real square root")
    assert holed.text.endswith("(1 of 3 undefined)")
    assert len(holed.seeds) == 2
    gone = empty_row(full, "wo-attention", "stale", "model.width: 16 -> 32")
    assert line_of(gone, "wo-attention")[heading].text == "stale"


def test_keys_are_seen_while_certificates_are_closed(full: TableResult, tmp_path: Path) -> None:
    html = write_report(full, tmp_path).read_text(encoding="utf-8")
    assert "<details open" not in html
    summaries = re.findall(r"<summary>(.*?)</summary>", html, flags=re.DOTALL)
    assert len(summaries) == len(full.rows)
    for row, summary in zip(full.rows, summaries, strict=True):
        assert all(record.key in summary for record in row.records)


def test_full_markdown_is_whole(full: TableResult, tmp_path: Path) -> None:
    write_report(full, tmp_path)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    for table in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1, table
    named = set(re.findall(r"\]\((figures/[^)]+)\)", text))
    there = {f"figures/{path.name}" for path in (tmp_path / "figures").iterdir()}
    assert named == there


def test_charts_in_files_bring_their_style(full: TableResult, tmp_path: Path) -> None:
    write_report(full, tmp_path)
    for path in (tmp_path / "figures").glob("*.svg"):
        root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
        assert [child.tag.rpartition("}")[2] for child in root][:2] == ["title", "style"]
