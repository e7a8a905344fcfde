"""Claims in words, side by side, and as a forest plot whose marks lie where the numbers are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.full_results import full_result
from support.table_results import judged

from ablations.report.charts.forest import HEIGHT, WIDTH, axis_of, axis_strip, forest_chart, strip
from ablations.report.views.claims import cautions, claim_groups, standing, value_groups
from ablations.results.table_result import ClaimResult, StageRecord, Suggestion, TableResult
from ablations.tables.checks import Check
from ablations.tables.table import CellRef, Claim

SVG = "{http://www.w3.org/2000/svg}"
LESS = Claim("a is better", "a.fid < b.fid", CellRef("a", "fid"), "<", CellRef("b", "fid"))


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TableResult:
    return full_result(tmp_path_factory.mktemp("runs"))


def marks(svg: str, kind: str) -> list[ElementTree.Element]:
    return [e for e in ElementTree.fromstring(svg).iter() if kind in (e.get("class") or "").split()]


def centre(element: ElementTree.Element) -> float:
    return float(element.get("cx", "nan"))


def test_printed_and_controlled_stand_together(result: TableResult) -> None:
    distances, counts = claim_groups(result)
    line = next(line for line in distances.lines if line.text == "adversarial training improves realism")
    assert [(view.version, view.verdict, view.sign) for view in line.views] == [
        ("as printed", "supported", "✓"),
        ("controlled", "supported", "✓"),
    ]
    assert line.paper == "23.07 < 35.90"
    assert (counts.metric, counts.axis, counts.lines[0].views[0].n) == ("parameters", None, "counted")
    assert counts.lines[0].views[0].effect == "−93,029,278"


def test_one_verdict_in_words(result: TableResult) -> None:
    claim = judged(LESS, [10.0, 12.0, 11.0], [20.0, 21.0, 22.0])
    labels = {"a": "A", "b": "B"}
    rows = [replace(row.row, id=id_, label=labels[id_]) for row, id_ in zip(result.rows, "ab", strict=False)]
    small = replace(result, table=replace(result.table, rows=tuple(rows)), claims=[claim])
    view = claim_groups(small)[0].lines[0].views[0]
    assert (view.measured, view.effect, view.n) == ("A 11.00 < 21.00 B", "−10.00", "3 seeds")
    assert view.interval == "[−12.48, −7.52]"


@pytest.mark.parametrize(
    ("suggestion", "words"),
    [
        (Suggestion(5, 90.0, "make x"), "5 seeds would probably decide, about 1 min 30 s more"),
        (Suggestion(5, None, "make x"), "5 seeds would probably decide"),
        (Suggestion(None, None, ""), "more than 30 seeds would be needed"),
    ],
)
def test_what_would_decide_is_said(result: TableResult, suggestion: Suggestion, words: str) -> None:
    claim = replace(result.claims[0], verdict="undecided", suggestion=suggestion, seeds=(0, 1))
    view = claim_groups(replace(result, claims=[claim]))[0].lines[0].views[0]
    assert view.suggestion.startswith(words)
    assert view.command == suggestion.command


def test_one_seed_does_not_tell_how_many_would_decide(result: TableResult) -> None:
    claim = replace(result.claims[0], verdict="undecided", suggestion=Suggestion(3, None, "make x"), seeds=(0,))
    assert claim_groups(replace(result, claims=[claim]))[0].lines[0].views[0].suggestion == (
        "3 seeds would show the spread"
    )


def test_what_is_suggested_for_several_claims_is_said_once(result: TableResult) -> None:
    same = replace(result.claims[0], verdict="undecided", suggestion=Suggestion(5, None, "make x"), seeds=(0, 1))
    (group,) = claim_groups(replace(result, claims=[same, replace(same)]))
    assert (group.suggestion, group.command) == ("2 claims: 5 seeds would probably decide", "make x")
    assert {view.suggestion for line in group.lines for view in line.views} == {""}
    other = replace(same, suggestion=Suggestion(6, None, "make y"))
    (group,) = claim_groups(replace(result, claims=[same, other]))
    assert group.suggestion == ""
    assert [line.views[0].command for line in group.lines] == ["make x", "make y"]


def test_values_are_named_by_their_cell(result: TableResult) -> None:
    (group,) = value_groups(result)
    assert (group.lines[0].text, group.lines[0].paper) == ("weN, FID", "23.07 ± 1.5")
    assert [line.views[0].verdict for line in group.lines] == ["supported", "contradicted", "undecided"]


def test_an_unfair_comparison_and_late_claims_are_said_before_the_verdicts(result: TableResult) -> None:
    fair = replace(result, lint=[Check("budget", "equal budgets", "pass")])
    assert cautions(fair) == []
    unfair = replace(result, lint=[Check("budget", "equal budgets", "fail", ("x",))])
    assert cautions(unfair) == ["The comparison is not fair (failed checks: budget), which affects the verdicts."]
    table = result.table
    for digest, warned in ((table.commitment, False), ("another", True), (None, False)):
        origin = {"table": table.id, "commitment": digest}
        record = StageRecord("test", "test", 0, "k", Path("x"), "", 1.0, (), {"origin": origin}, {}, {})
        rows = [replace(result.rows[0], records=[record]), *result.rows[1:]]
        assert bool(cautions(replace(fair, rows=rows))) == warned
    assert replace(table, claims=table.claims[1:]).commitment != table.commitment


def test_standing_counts_every_version(result: TableResult) -> None:
    found = {one.verdict: one.claims for one in standing(result)}
    assert {verdict: len(claims) for verdict, claims in found.items()} == {
        "supported": 5,
        "contradicted": 1,
        "undecided": 4,
    }
    assert "two stages improve realism – controlled" in found["undecided"]


def test_one_seed_is_never_a_verdict_in_the_report(tmp_path: Path) -> None:
    one = full_result(tmp_path, seeds=1)
    assert {claim.verdict for claim in one.claims if not claim.exact} == {"undecided"}
    view = claim_groups(one)[0].lines[0].views[0]
    assert (view.n, view.interval, view.reason) == ("1 seed", "", "one seed decides nothing")


def test_equal_texts_without_versions_stay_two_claims(result: TableResult) -> None:
    claims = [judged(LESS, [1.0, 2.0], [5.0, 7.0]), judged(LESS, [1.0, 2.0], [8.0, 7.0])]
    rows = [replace(row.row, id=id_) for row, id_ in zip(result.rows, "ab", strict=False)]
    small = replace(result, table=replace(result.table, rows=tuple(rows)), claims=claims)
    assert len(claim_groups(small)[0].lines) == 2


def test_marks_lie_where_the_numbers_are() -> None:
    claim = judged(LESS, [10.0, 12.0, 14.0], [20.0, 20.0, 20.0])
    axis = axis_of([claim])
    assert axis is not None
    svg = strip(claim, axis)
    assert [centre(dot) for dot in marks(svg, "seed")] == pytest.approx([axis.x(-10), axis.x(-8), axis.x(-6)], abs=0.1)
    assert centre(marks(svg, "effect")[0]) == pytest.approx(axis.x(-8), abs=0.1)
    whole = marks(svg, "interval")[0]
    assert claim.interval is not None
    ends = [axis.x(end) for end in claim.interval]
    assert [float(whole.get("x1", 0)), float(whole.get("x2", 0))] == pytest.approx(ends, abs=0.1)
    assert float(marks(svg, "zero")[0].get("x1", 0)) == pytest.approx(axis.x(0), abs=0.1)


@pytest.mark.parametrize("operator", ["<", ">", "="])
def test_shaded_is_what_the_claim_says(operator: str) -> None:
    claim = replace(LESS, operator=operator, margin=1.0 if operator == "=" else None)  # type: ignore[arg-type]
    found = judged(claim, [3.0, 2.0, 1.0], [0.0, 0.0, 0.5])
    axis = axis_of([found])
    assert axis is not None
    shaded = marks(strip(found, axis), "claimed")[0]
    start = float(shaded.get("x", 0))
    zero = axis.x(0)
    expected = {"<": (0.0, zero), ">": (zero, WIDTH), "=": (axis.x(-1), axis.x(1))}[operator]
    assert [start, start + float(shaded.get("width", 0))] == pytest.approx(expected, abs=0.2)


def test_an_interval_that_dwarfs_the_seeds_is_cut_with_an_arrow() -> None:
    wide = judged(LESS, [10.0, 14.0], [20.0, 20.0])  # two seeds: 12.7 standard errors
    axis = axis_of([wide])
    assert axis is not None
    assert wide.interval is not None
    assert axis.scale.high < wide.interval[1]
    assert len(marks(strip(wide, axis), "arrow")) == 2
    narrow = judged(LESS, [10.0, 10.1, 10.2], [20.0, 20.0, 20.0])
    axis = axis_of([narrow])
    assert axis is not None
    assert not marks(strip(narrow, axis), "arrow")


def test_claims_without_numbers_have_no_axis() -> None:
    assert axis_of([ClaimResult(LESS, "undecided", "not run", "fid")]) is None
    assert axis_of([]) is None


def test_decided_and_undecided_differ_without_colour() -> None:
    for verdict in ("supported", "contradicted", "undecided"):
        claim = replace(judged(LESS, [1.0, 2.0, 1.5], [4.0, 5.0, 4.4]), verdict=verdict)  # type: ignore[arg-type]
        axis = axis_of([claim])
        assert axis is not None
        (effect,) = marks(strip(claim, axis), "effect")
        assert (effect.get("class") or "").split() == ["effect", verdict]


def test_the_chart_of_all_claims_is_one_whole_image(result: TableResult) -> None:
    group = claim_groups(result)[0]
    assert group.axis is not None
    svg = forest_chart(group.labelled_results, group.axis, "differences")
    root = ElementTree.fromstring(svg)
    assert float(root.get("height", 0)) == HEIGHT * len(group.labelled_results) + 30
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert "adversarial training improves realism – controlled" in texts
    assert "0" in [text.text for text in ElementTree.fromstring(axis_strip(group.axis)).iter(f"{SVG}text")]


def test_equal_texts_with_versions_of_other_rows_stay_two_claims(result: TableResult) -> None:
    old = [c for c in result.claims if c.claim.right and c.claim.right.row.startswith(("wo-gan", "wo-specnorm"))]
    claims = [replace(claim, claim=replace(claim.claim, text="each part helps")) for claim in old]
    lines = [line for group in claim_groups(replace(result, claims=claims)) for line in group.lines]
    assert [(line.paper, len(line.views)) for line in lines] == [("23.07 < 35.90", 2), ("23.07 < 29.78", 2)]


def test_printed_counts_have_their_unit_and_all_digits(result: TableResult) -> None:
    assert claim_groups(result)[1].lines[0].paper == "3.0506M < 96.0798M"
    exact = Claim("as counted", "wen.params_g = 3050562 +- 1", CellRef("wen", "params_g"), "=", value=3050562, margin=1)
    claim = ClaimResult(exact, "supported", "counts are exact", "parameters", left=3050562, right=3050562, exact=True)
    assert claim_groups(replace(result, claims=[claim]))[0].lines[0].paper == "3,050,562 ± 1"
    close = replace(exact, value=123.45678, margin=0.5)
    claim = ClaimResult(close, "undecided", "not run", "fid")
    assert claim_groups(replace(result, claims=[claim]))[0].lines[0].paper == "123.45678 ± 0.5"
