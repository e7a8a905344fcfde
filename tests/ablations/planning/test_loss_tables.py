"""The tables of loss ablations: which runs they share with the tables they belong to, and what each row drops."""

from __future__ import annotations

from pathlib import Path

import pytest

from ablations.planning.data import DataChoice, TableData
from ablations.planning.expand import RowPlan, StageRun, expand
from ablations.resolving.scales import load_scale
from ablations.tables.schema import find_table

DATA = TableData({"FaceScrub": DataChoice(Path("data/nowhere"), "no data", True, "no fingerprint")})


def planned(table: str, scale: str, known: dict[str, StageRun] | None = None) -> dict[str, RowPlan]:
    rows = expand(find_table(table), load_scale(scale), DATA, 1, Path("runs"), known=known)
    return {row.row.id: row for row in rows}


@pytest.mark.parametrize("scale", ["toy", "paper"])
@pytest.mark.parametrize(("table", "row", "other"), [("fig4.6", "cvae-gan", "4.1"), ("3.4-losses", "fm-cgan", "3.4")])
def test_the_first_row_is_another_table_s_to_the_last_run(table: str, row: str, other: str, scale: str) -> None:
    known: dict[str, StageRun] = {}
    mine, theirs = (planned(name, scale, known)[row] for name in (table, other))
    assert mine.seeds[0] == theirs.seeds[0] and set(mine.seeds[0]) == {"classifier", "gan", "recogniser", "test"}


def test_the_sweep_s_point_at_1_is_the_first_row() -> None:
    rows = planned("3.4-losses", "toy")
    assert rows["lambda_1-1"].seeds == rows["fm-cgan"].seeds
    assert len({row.seeds[0]["gan"].key for row in rows.values()}) == len(rows) - 1


@pytest.mark.parametrize(("row", "dropped"), [("wo-d", "xi_1"), ("wo-c", "xi_2"), ("wo-img", "xi_image")])
def test_each_row_of_figure_4_6_drops_one_term(row: str, dropped: str) -> None:
    rows = planned("fig4.6", "paper")
    full, without = (rows[name].seeds[0]["gan"] for name in ("cvae-gan", row))
    given, changed = (run.config["model"]["init_args"] for run in (full, without))
    assert changed[dropped] == 0.0 and given[dropped] == 1.0
    fed = "classifier_checkpoint"  # without its term there is no classifier
    assert {key for key in given if given[key] != changed[key]} - {fed} == {dropped}
    assert (fed in without.needs) == (row != "wo-c")
