"""report.tex compiles, has the paper's columns, and nothing in it depends on time or place."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from support.full_results import full_result
from support.table_results import invented_result, with_row

from ablations.report.pages.latex import render_latex, tex
from ablations.results.table_result import TableResult


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TableResult:
    return full_result(tmp_path_factory.mktemp("runs"))


def nasty(result: TableResult) -> TableResult:
    label = r"100% _under_ {brace} \cmd $x^2$ #1 ~ & <é> 时尚 λ “q” |"
    return with_row(result, "wen", row=replace(result.row("wen").row, label=label))


def tabulars(text: str) -> list[tuple[str, str]]:
    """Column specification and body of every tabular."""
    return re.findall(r"\\begin\{tabular\}\{((?:[a-z]|p\{[^}]*\})+)\}(.*?)\\end\{tabular\}", text, flags=re.DOTALL)


def cells(line: str) -> int:
    """How many columns a line fills."""
    spans = [int(span) - 1 for span in re.findall(r"\\multicolumn\{(\d+)\}", line)]
    return len(re.findall(r"(?<!\\)&", line)) + 1 + sum(spans)


def check_source(text: str) -> None:
    """What can be said without TeX: braces, environments, columns, and characters that would need an escape."""
    bare = re.sub(r"\\[\\{}&%$#_]", "", text)
    assert bare.count("{") == bare.count("}")
    assert re.findall(r"\\begin\{(\w+)\}", text)[0] == re.findall(r"\\end\{(\w+)\}", text)[-1] == "document"
    assert text.count("\\begin{tabular}") == text.count("\\end{tabular}") == len(tabulars(text))
    for spec, body in tabulars(text):
        columns = len(re.sub(r"\{[^}]*\}", "", spec))
        lines = [line for line in body.splitlines() if line.endswith(r"\\")]
        assert lines
        assert {cells(re.sub(r"\\cmidrule.*", "", line)) for line in lines} == {columns}
    body = text.partition("\\begin{document}")[2]
    assert not re.search(r"(?<!\\)[%#$_^~]", body)
    assert not [sign for sign in body if ord(sign) > 255]


@pytest.mark.parametrize("make", ["plain", "full", "one seed", "nasty"])
def test_it_is_whole(make: str, result: TableResult, tmp_path: Path) -> None:
    found = {
        "plain": lambda: invented_result(tmp_path, seeds=2),
        "full": lambda: result,
        "one seed": lambda: full_result(tmp_path, seeds=1),
        "nasty": lambda: nasty(result),
    }[make]()
    check_source(render_latex(found))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here; test_it_is_whole reads the source")
@pytest.mark.parametrize("label", [None, "[x] first", "时尚 first", "* first"])
def test_it_compiles(label: str | None, result: TableResult, tmp_path: Path) -> None:
    result = nasty(result)
    if label:
        row = replace(result.row("finet").row, label=label)
        result = with_row(with_row(result, "finet", row=row), "wen", row=replace(result.row("wen").row, label=label))
    (tmp_path / "report.tex").write_text(render_latex(result), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "report.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)
    log = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, log[-2000:]
    assert (tmp_path / "report.pdf").stat().st_size > 1000
    assert "Missing character" not in log


def test_columns_as_printed(result: TableResult) -> None:
    text = render_latex(result)
    spec, body = tabulars(text)[0]
    assert spec == "l" + "rr" + "rr" * 4
    assert r"\multicolumn{2}{c}{FID} & \multicolumn{2}{c}{G}" in body
    assert (
        "Model & paper \\ensuremath{\\downarrow} & fd\\_effnetlite0 \\ensuremath{\\downarrow} & printed & counted"
        in body
    )
    assert re.search(r"weN & 23\.07 & \d+\.\d\d \\ensuremath\{\\pm\} \d+\.\d\d & 3\.0506M & 3,050,562", body)
    assert r"\quad weN w/o GAN, controlled &  & " in body
    assert r"weN w/o Attention (stale)" in body
    assert re.search(r"controlled \(failed\) &  & failed", body)


def test_verdicts_values_and_sweeps_are_tables_of_their_own(result: TableResult) -> None:
    text = render_latex(result)
    assert len(tabulars(text)) == 4
    verdicts = tabulars(text)[1][1]
    assert verdicts.count("undecided") == 4
    assert re.search(r"adversarial training improves realism & as printed & 23\.07 .* & supported", verdicts)
    assert re.search(r"^ & controlled & .* & supported", verdicts, flags=re.MULTILINE)
    assert "texture.model.kl\\_weight" in tabulars(text)[3][1]


def test_nothing_in_it_depends_on_time_or_machine(result: TableResult) -> None:
    slower = replace(result, seconds_once=9e9, seconds_apart=9e9, command="make elsewhere")
    for row in result.rows:
        records = [replace(r, seconds=9e6, provenance={}, folder=Path("/elsewhere")) for r in row.records]
        slower = with_row(slower, row.row.id, seconds=9e9, provenance={}, records=records, commands=["elsewhere"])
    assert render_latex(slower) == render_latex(result)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_b & 5%", r"a\_b \& 5\%"),
        ("\\x{y}", r"\textbackslash{}x\{y\}"),
        ("±−", r"\ensuremath{\pm}\ensuremath{-}"),
        ("Fréchet", "Fréchet"),
        ("ﬁne", "fine"),  # a ligature
        ("ř", "r"),
        ("时", "{[}U+65F6{]}"),
        ("[a] *b*", "{[}a{]} {*}b{*}"),  # \\ before them would take them for its own
        ("a\nb\tc", "a bc"),
    ],
)
def test_escapes(text: str, expected: str) -> None:
    assert tex(text) == expected
