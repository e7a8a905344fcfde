"""Verdicts on constructed results whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any

import pytest

from ablations.results.table_result import Cell, ClaimResult, RowResult, StageRecord
from ablations.results.verdicts import evaluate_claim, evaluate_values, seconds_per_seed
from ablations.tables.table import CellRef, Claim, Column, Paper, PrintedValue, Row, Table

LESS = Claim("attention helps", "wen.fid < plain.fid", CellRef("wen", "fid"), "<", CellRef("plain", "fid"))
MORE = replace(LESS, operator=">")
SAME = Claim("as printed", "wen.fid = paper +- 1.5", CellRef("wen", "fid"), "=", value=23.07, margin=1.5)
COUNTS = Claim("smaller", "wen.params < plain.params", CellRef("wen", "params"), "<", CellRef("plain", "params"))


def command(seeds: int) -> str:
    return f"make ablate TABLE=4-1 SEEDS={seeds}"


def row(row_id: str, values: list[float], status: Any = "done", reason: str = "", **more: Any) -> RowResult:
    """A row with a FID for every seed, and a parameter count."""
    comparable, metric = more.pop("comparable", False), more.pop("metric", "fd_effnetlite0")
    count, seeds = more.pop("count", [10.0]), more.pop("seeds", list(range(len(values))))
    label = {"wen": "weN", "plain": "weN w/o Attention"}[row_id]
    cells = [
        Cell("fid", 23.07, "23.07", values, metric, comparable),
        Cell("params", None, None, count, "parameters", True),
    ]
    return RowResult(Row(row_id, label, {}), status, reason, seeds, cells, **more)


def of(claim: Claim, wen: RowResult, plain: RowResult | None = None) -> ClaimResult:
    return evaluate_claim(claim, {"wen": wen, "plain": plain or row("plain", [1.0])}, command)


def record(key: str, seed: int, seconds: float | None) -> StageRecord:
    return StageRecord("texture", "fit", seed, key, Path("runs"), "", seconds, (), {}, {}, {})


def test_a_supported_claim_has_its_numbers() -> None:
    result = of(LESS, row("wen", [41.0, 39.0, 40.0]), row("plain", [45.0, 45.0, 45.0]))
    assert result.verdict == "supported"
    assert result.reason == "the 95% interval of the difference over 3 paired seeds lies below 0"
    assert (result.metric, result.seeds, result.n) == ("fd_effnetlite0", (0, 1, 2), 3)
    assert (result.left, result.right, result.effect) == (40.0, 45.0, -5.0)
    assert result.differences == (-4.0, -6.0, -5.0)
    # By hand: s = 1, standard error 1 / sqrt(3) = 0.577350, t(2 degrees, 97.5 %) = 4.302653: -5 +- 2.484138.
    assert result.interval == pytest.approx((-7.484138, -2.515862), abs=1e-6)
    assert (result.level, result.exact, result.suggestion) == (0.95, False, None)


def test_the_operator_turns_the_verdict() -> None:
    rows = row("wen", [41.0, 39.0, 40.0]), row("plain", [45.0, 45.0, 45.0])
    assert of(MORE, *rows).verdict == "contradicted"
    assert of(LESS, rows[1], rows[0]).verdict == "contradicted"  # values alone count, whatever the row is called


def test_seeds_are_paired_not_pooled() -> None:
    # The seeds spread by 100, the rows differ by 1 at every one: unpaired nothing could be seen.
    result = of(LESS, row("wen", [0.0, 50.0, 100.0]), row("plain", [1.0, 51.1, 100.9]))
    assert result.verdict == "supported"
    assert result.effect == pytest.approx(-1.0)


def test_pairs_follow_the_seeds_not_the_places() -> None:
    wen = row("wen", [1.0, 2.0, 3.0], seeds=[0, 1, 2])
    plain = row("plain", [30.0, 20.0], seeds=[2, 1])
    assert of(LESS, wen, plain).differences == (-18.0, -27.0)  # seeds 1 and 2


def test_one_seed_supports_nothing_however_large_the_effect() -> None:
    result = of(LESS, row("wen", [1.0]), row("plain", [1000.0]))
    assert (result.verdict, result.reason) == ("undecided", "one seed decides nothing")
    assert (result.effect, result.interval, result.n) == (-999.0, None, 1)
    assert result.suggestion is not None
    assert (result.suggestion.seeds, result.suggestion.command) == (3, command(3))
    assert result.suggestion.seconds is None  # no run tells


def test_ties_are_undecided_and_no_seeds_would_help() -> None:
    result = of(LESS, row("wen", [5.0, 6.0]), row("plain", [5.0, 6.0]))
    assert (result.verdict, result.reason) == ("undecided", "the difference is 0 at all 2 seeds")
    assert result.suggestion is not None
    assert (result.suggestion.seeds, result.suggestion.command) == (None, "")


def test_seeds_without_spread_are_decided_by_sign_and_it_is_said() -> None:
    result = of(LESS, row("wen", [5.0, 5.0]), row("plain", [6.0, 6.0]))
    assert (result.verdict, result.interval) == ("supported", (-1.0, -1.0))
    assert "show no spread" in result.reason


def test_a_seed_without_a_number_is_left_out_and_it_is_said() -> None:
    result = of(LESS, row("wen", [41.0, 39.0, 40.0, nan]), row("plain", [45.0, 45.0, 45.0, 1.0]))
    assert (result.verdict, result.seeds) == ("supported", (0, 1, 2))
    assert result.reason.endswith("below 0; without seed 3, where fd_effnetlite0 of weN is undefined")
    both = of(LESS, row("wen", [nan, 1.0, 2.0]), row("plain", [1.0, nan, 3.0]))
    assert (both.verdict, both.seeds) == ("undecided", (2,))
    assert both.reason == (
        "one seed decides nothing; without seed 0, where fd_effnetlite0 of weN is undefined; "
        "without seed 1, where fd_effnetlite0 of weN w/o Attention is undefined"
    )
    assert both.suggestion is not None
    assert both.suggestion.seeds == 5  # 3 that count; 2 that are there do not


def test_no_seed_with_numbers() -> None:
    result = of(LESS, row("wen", [nan, nan]), row("plain", [1.0, 2.0]))
    assert (result.verdict, result.n, result.effect, result.suggestion) == ("undecided", 0, None, None)
    assert result.reason == (
        "no seed has a value on both sides; without seeds 0, 1, where fd_effnetlite0 of weN is undefined"
    )


def test_infinite_values_are_none() -> None:
    assert of(LESS, row("wen", [float("-inf"), 1.0]), row("plain", [1.0, 2.0])).seeds == (1,)


@pytest.mark.parametrize(
    ("values", "status", "reason", "expected"),
    [([], "missing", "not run yet: texture, seed 0", "weN w/o Attention has not run yet"),
     ([60.0, 61.0], "missing", "not run yet: test, seed 2",
      "weN w/o Attention has only run for seeds 0, 1"),
     ([], "failed", "texture, seed 0: out of disk", "weN w/o Attention failed: texture, seed 0: out of disk"),
     ([60.0, 61.0], "failed", "texture, seed 2: out of disk", "weN w/o Attention failed: texture, seed 2: out of disk"),
     ([], "stale", "code: lightning_modules.x", "weN w/o Attention is stale: code: lightning_modules.x"),
     ([60.0, 61.0], "stale", "code: lightning_modules.x", "weN w/o Attention is stale: code: lightning_modules.x")],
)  # fmt: skip
def test_rows_that_are_not_done_decide_nothing(values: list[float], status: str, reason: str, expected: str) -> None:
    wen, plain = row("wen", [40.0, 41.0, 42.0]), row("plain", values, status, reason)
    for result in (of(LESS, wen, plain), of(MORE, wen, plain)):
        assert (result.verdict, result.reason, result.suggestion) == ("undecided", expected, None)
    stale_rests_on_nothing = status == "stale" or not values
    assert (of(LESS, wen, plain).effect is None) == stale_rests_on_nothing


def test_rows_measured_on_other_images_are_not_compared() -> None:
    wen, plain = (row(name, [40.0 + add, 41.0 + add]) for name, add in (("wen", 0), ("plain", 20)))
    same, fields = {"generated": 8, "fd_floor": 3.0}, ["generated"]
    wen = replace(wen, protocol=same, protocol_fields=fields)
    plain = replace(plain, protocol={**same, "fd_floor": 4.0}, protocol_fields=fields)
    assert of(LESS, wen, plain).verdict == "supported"
    result = of(LESS, wen, replace(plain, protocol={**same, "generated": 96}))
    assert (result.verdict, result.effect) == ("undecided", None)
    assert result.reason == "weN and weN w/o Attention were measured differently: generated is 8 and 96"


@pytest.mark.parametrize("named_by", ["both", "left", "right"])
def test_rows_whose_evaluator_names_a_field_that_differs_get_no_verdict(named_by: str) -> None:
    wen, plain = (row(name, [40.0 + add, 41.0 + add]) for name, add in (("wen", 0), ("plain", 20)))
    wen = replace(wen, protocol={"pairs": 6000}, protocol_fields=["pairs"] if named_by != "right" else [])
    plain = replace(plain, protocol={"pairs": 100}, protocol_fields=["pairs"] if named_by != "left" else [])
    result = of(LESS, wen, plain)
    assert (result.verdict, result.effect) == ("undecided", None)
    assert "pairs is 6000 and 100" in result.reason


def test_rows_judged_by_two_metrics_are_not_compared() -> None:
    result = of(LESS, row("wen", [40.0, 41.0], metric="fid"), row("plain", [60.0, 61.0]))
    assert (result.verdict, result.effect) == ("undecided", None)
    assert result.reason == ("weN has fid, weN w/o Attention fd_effnetlite0: these are different quantities")


def test_a_row_that_has_not_run_is_said_before_its_metric() -> None:
    """A missing row's metric is only what it would be."""
    result = of(LESS, row("wen", [40.0, 41.0]), row("plain", [], "missing", "not run yet", metric="fid"))
    assert (result.reason, result.metric) == ("weN w/o Attention has not run yet", "fd_effnetlite0")
    turned = of(LESS, row("wen", [], "missing", "not run yet", metric="fid"), row("plain", [40.0, 41.0]))
    assert (turned.reason, turned.metric) == ("weN has not run yet", "fd_effnetlite0")


@pytest.mark.parametrize(
    ("values", "verdict"),
    [([23.0, 23.2, 23.1], "supported"), ([33.0, 33.2, 33.1], "contradicted"), ([20.0, 26.0, 23.0], "undecided"),
     ([23.07], "undecided"), ([23.07, 23.07], "supported"), ([24.5, 24.6, 24.7], "undecided")],
)  # fmt: skip
def test_a_printed_value_within_its_margin(values: list[float], verdict: str) -> None:
    result = of(SAME, row("wen", values, metric="fid", comparable=True))
    assert (result.verdict, result.right) == (verdict, 23.07)
    assert result.effect == pytest.approx(sum(values) / len(values) - 23.07)


def test_the_paper_s_value_stands_in_the_cell() -> None:
    rows = row("wen", [23.0, 23.2, 23.1], metric="fid", comparable=True)
    assert of(replace(SAME, value=None), rows).right == 23.07


def test_what_is_not_the_paper_s_quantity_is_not_compared_with_it() -> None:
    result = of(SAME, row("wen", [23.0, 23.2, 23.1]))
    assert (result.verdict, result.effect, result.left, result.suggestion) == ("undecided", None, None, None)
    assert result.reason == ("what was measured (fd_effnetlite0) is not the paper's quantity on its data at its scale")


def test_seeds_for_a_margin_go_by_its_nearer_end() -> None:
    # 24.0, 24.4, 24.2 minus 23.07: mean 1.13, s = 0.2, half width 0.497; the margin's end is 0.37 away.
    result = of(SAME, row("wen", [24.0, 24.4, 24.2], metric="fid", comparable=True))
    assert result.verdict == "undecided"
    assert result.suggestion is not None
    assert result.suggestion.seeds == 4  # t(3) = 3.182: 3.182 * 0.2 / 2 = 0.318 < 0.37


@pytest.mark.parametrize(
    ("mine", "theirs", "verdict", "reason"),
    [(3_050_562, 96_079_840, "supported", "counts are exact: 3,050,562 < 96,079,840"),
     (5, 4, "contradicted", "counts are exact: 5 > 4"), (4, 4, "contradicted", "counts are exact: 4 = 4")],
)  # fmt: skip
def test_counts_need_no_seed(mine: int, theirs: int, verdict: str, reason: str) -> None:
    wen = row("wen", [], "failed", "out of disk", count=[float(mine)])
    result = of(COUNTS, wen, row("plain", [], "missing", "not run yet", count=[float(theirs)]))
    assert (result.verdict, result.reason, result.exact, result.n) == (verdict, reason, True, 0)
    assert (result.left, result.right, result.effect, result.interval) == (mine, theirs, mine - theirs, None)


def test_a_count_against_a_number_and_one_that_is_not_there() -> None:
    printed = Claim("", "", CellRef("wen", "params"), "=", value=12.0, margin=2.0)
    assert of(printed, row("wen", [])).verdict == "supported"
    assert of(replace(printed, margin=1.0), row("wen", [])).verdict == "contradicted"
    missing = of(COUNTS, row("wen", []), row("plain", [], count=[]))
    assert (missing.verdict, missing.exact) == ("undecided", True)
    assert missing.reason == "weN w/o Attention has no such network"


def test_a_suggestion_has_the_cost_of_what_its_command_adds() -> None:
    shared = [record(f"shape-{seed}", seed, 100.0) for seed in (0, 1, 2)]
    wen = row("wen", [39.0, 31.0, 42.0], records=[*shared, *(record(f"a-{s}", s, 10.0) for s in (0, 1, 2))])
    plain = row("plain", [40.0, 40.0, 40.0], records=[*shared, *(record(f"b-{s}", s, 20.0) for s in (0, 1, 2))])
    suggestion = of(LESS, wen, plain).suggestion
    assert suggestion is not None
    # Differences -1, -9, 2 need 20 seeds (see test_intervals); 17 more, each 100 + 10 + 20 s.
    assert (suggestion.seeds, suggestion.seconds, suggestion.command) == (20, 17 * 130.0, command(20))


def test_the_seconds_of_a_seed() -> None:
    shared = record("shape", 0, 100.0)
    rows = [row("wen", [1.0], records=[shared, record("a", 0, 5.0)]), row("plain", [1.0], records=[shared])]
    assert seconds_per_seed(rows) == 105.0
    assert seconds_per_seed([*rows, row("plain", [])]) is None  # nothing is known of what this one takes
    assert seconds_per_seed([row("wen", [1.0], records=[record("a", 0, None)])]) is None
    halved = row("wen", [1.0], records=[shared, record("a", 0, 5.0), record("shape-1", 1, 90.0)])
    assert seconds_per_seed([halved]) == 105.0  # of seed 1 only a part has run


COLUMNS = (Column("fid", "FID", metric="fid", margin=1.5), Column("params", "G", parameters="generator"))


def table(*rows: RowResult, columns: tuple[Column, ...] = COLUMNS, printed: str = "23.07") -> Table:
    paper = {
        "fid": PrintedValue(printed, None if printed == "/" else float(printed)),
        "params": PrintedValue("10", 10.0),
    }
    kept = tuple(replace(one.row, paper=paper) for one in rows)
    return Table("4-1", "", "family", Path("table.yaml"), Paper("key", "Table 1"), columns, (), kept)


def test_every_printed_metric_with_a_margin_is_judged() -> None:
    rows = row("wen", [23.0, 23.2, 23.1], metric="fid", comparable=True), row("plain", [50.0], comparable=True)
    found = evaluate_values(table(*rows), {one.row.id: one for one in rows}, command)
    assert [(one.claim.expect, one.verdict) for one in found] == [
        ("wen.fid = paper +- 1.5", "supported"),
        ("plain.fid = paper +- 1.5", "undecided"),
    ]
    assert found[0].claim.text == "weN: FID is 23.07 ± 1.5"


def test_values_that_cannot_be_compared_have_no_verdict() -> None:
    wen = row("wen", [23.0, 23.2], metric="fid", comparable=True)
    without_margin = (replace(COLUMNS[0], margin=None), COLUMNS[1])
    assert evaluate_values(table(wen, columns=without_margin), {"wen": wen}, command) == []
    assert evaluate_values(table(wen, printed="/"), {"wen": wen}, command) == []
    stand_in = row("wen", [23.0, 23.2])
    assert evaluate_values(table(stand_in), {"wen": stand_in}, command) == []


@pytest.mark.parametrize("better", ["lower", "higher", "none"])
def test_what_is_better_decides_nothing(better: Any) -> None:
    """A claim says which way itself, so a column without a better direction can be claimed about as well."""
    wen = row("wen", [23.0, 23.2, 23.1], metric="fid", comparable=True)
    columns = (replace(COLUMNS[0], better=better), COLUMNS[1])
    (found,) = evaluate_values(table(wen, columns=columns), {"wen": wen}, command)
    assert found.verdict == "supported"
    assert "better" not in of(LESS, wen, row("plain", [60.0, 61.0, 62.0], metric="fid")).reason


@pytest.mark.parametrize(
    ("count", "verdict", "where"), [(100, "supported", "within"), (103, "contradicted", "outside")]
)
def test_a_count_near_a_number_says_how_near_it_must_be(count: int, verdict: str, where: str) -> None:
    claim = Claim("", "", CellRef("a", "g"), "=", value=101.0, margin=1.0)
    cell = Cell("g", None, None, [float(count)], "parameters", True)
    rows = {"a": RowResult(Row("a", "A", {}), "done", "", [], [cell])}
    found = evaluate_claim(claim, rows, str)
    assert (found.verdict, found.reason.partition(", ")[2]) == (verdict, f"{where} the margin of ±1")
