"""Trainings that are given other trainings' checkpoints: keys, sharing, order, and what is out of date with what."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.chain_table import CHAIN, chain_plan
from support.small_table import CHOICE, TEXT, small_plan

from ablations.planning.data import TableData
from ablations.planning.expand import StageRun
from ablations.planning.folder import describe, result
from ablations.planning.plan import Plan, make_plan
from ablations.resolving.scales import load_scale
from ablations.tables.schema import find_table
from common.errors import TableError

EVALUATED = CHAIN.replace("{test: last}", "{test: last, needs: {evaluation.weights: shape}}")


def run_of(plan: Plan, row: str, stage: str, seed: int = 0) -> StageRun:
    return next(r for r in plan.rows if r.row.id == row).seeds[seed][stage]


def keys(plan: Plan) -> dict[str, str]:
    """Of the first row, by stage."""
    return {name: run.key for name, run in plan.rows[0].seeds[0].items()}


def finish(run: StageRun, weights: str = "first") -> None:
    """As if it had run with what its inputs hold now."""
    used = {name: json.loads((need.folder / "metrics.json").read_text()) for name, need in run.needs.items()}
    content = {"kind": run.kind, "weights": {name: metrics["weights_sha256"] for name, metrics in used.items()}}
    if run.kind == "fit":
        content |= {"iterations": 3, "weights_sha256": f"{weights} {run.key}"}
    describe(run)
    run.weights.parent.mkdir(exist_ok=True)
    run.weights.write_text("weights")
    (run.folder / "metrics.json").write_text(json.dumps(content))


def test_a_training_is_given_the_checkpoint(tmp_path: Path) -> None:
    plan = chain_plan(tmp_path)
    shape, texture, last, test = (run_of(plan, "full", name) for name in ("shape", "texture", "last", "test"))
    assert (texture.needs, last.needs) == ({"shape_checkpoint": shape}, {"shape_checkpoint": texture})
    assert last.config["model"]["init_args"]["shape_checkpoint"] == str(texture.folder / "checkpoints/last.ckpt")
    assert test.needs == {"ckpt_path": last, "shape_checkpoint": texture}
    assert test.config["model"] == last.config["model"]
    assert [run.stage for run in plan.stages[:4]] == ["shape", "texture", "last", "test"]


def test_a_row_says_what_feeds_a_stage_and_shares_what_it_can(tmp_path: Path) -> None:
    plan = chain_plan(tmp_path)
    shape, texture = run_of(plan, "full", "shape"), run_of(plan, "full", "texture")
    assert run_of(plan, "other", "last").needs == {"shape_checkpoint": shape}
    assert run_of(plan, "without", "last").needs == {}
    assert run_of(plan, "without", "last").config["model"]["init_args"]["shape_checkpoint"] is None
    assert shape.rows == texture.rows == ["full", "other", "without"]
    assert len({run_of(plan, row, "last").key for row in ("full", "other", "without")}) == 3
    assert len(plan.stages) == 2 + 3 + 3


def test_a_change_goes_down_the_chain_and_paths_are_in_no_key(tmp_path: Path) -> None:
    before = keys(chain_plan(tmp_path))
    assert keys(chain_plan(tmp_path / "elsewhere")) == before
    first = CHAIN.replace("label: full", "label: full\n    set: {shape.model.kl_weight: 5}")
    after = keys(chain_plan(tmp_path, first))
    assert all(after[name] != before[name] for name in before)
    middle = CHAIN.replace("label: full", "label: full\n    set: {texture.model.kl_weight: 5}")
    after = keys(chain_plan(tmp_path, middle))
    assert [name for name in before if after[name] != before[name]] == ["texture", "last", "test"]


def test_an_evaluator_s_checkpoint_is_in_the_key_of_a_test_and_its_path_is_not(tmp_path: Path) -> None:
    def planned(folder: Path, seeds: int = 1) -> Plan:
        data = TableData({"FaceScrub": CHOICE})
        return make_plan(find_table("3.4"), load_scale("ci"), data, seeds, folder)

    plan = planned(tmp_path)
    test, recogniser = run_of(plan, "cvae", "test"), run_of(plan, "cvae", "recogniser")
    assert test.needs["evaluation.recogniser_checkpoint"] is recogniser
    assert test.config["evaluation"]["recogniser_checkpoint"] == str(recogniser.weights)
    assert "recogniser" not in json.dumps(test.ingredients.config)
    assert test.ingredients.needs["evaluation.recogniser_checkpoint"] == recogniser.key
    assert "evaluation.recogniser_checkpoint" not in run_of(plan, "cvae", "gan").ingredients.needs
    assert {run.key for run in planned(tmp_path / "elsewhere").stages} == {run.key for run in plan.stages}


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [("evaluation.weights", "evaluation.wieghts",
      "ImageToImage has no argument 'wieghts', did you mean 'weights'?; "
      "or set test.needs.evaluation.wieghts to null in that row"),
     ("needs: {shape_checkpoint: shape}", "needs: {shape_chekpoint: shape}",
      "WeNTexture of row 'full' has no argument 'shape_chekpoint', did you mean 'shape_checkpoint'?; "
      "or set texture.needs.shape_chekpoint to null in that row")],
)  # fmt: skip
def test_an_argument_that_nobody_takes(right: str, wrong: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"table_small.yaml:\d+: ") as caught:
        chain_plan(tmp_path, EVALUATED.replace(right, wrong))
    assert said in str(caught.value)


def test_a_model_without_the_argument_goes_without(tmp_path: Path) -> None:
    other = "texture.config: shape.yaml"
    with pytest.raises(TableError, match="WeNShape of row 'plain' has no argument 'shape_checkpoint'"):
        small_plan(tmp_path, TEXT.replace("texture.model.attention: false", other))
    text = TEXT.replace("texture.model.attention: false", f"{other}, test.needs.shape_checkpoint: null")
    assert run_of(small_plan(tmp_path, text), "plain", "test").needs.keys() == {"ckpt_path"}


def test_an_input_that_was_trained_again_undoes_all_after_it(tmp_path: Path) -> None:
    plan = chain_plan(tmp_path)
    for run in plan.stages:
        finish(run)
    assert plan.missing() == []
    finish(run_of(plan, "full", "shape"), weights="second")
    plan = chain_plan(tmp_path)
    left = [(run.rows[0], run.stage) for run in plan.missing()]
    assert left == [("full", "texture"), ("full", "last"), ("full", "test"), ("other", "last"), ("other", "test")]
    assert result(run_of(plan, "without", "test")) is not None
    stale = {run.stage: run.stale for run in plan.rows[0].seeds[0].values()}
    assert stale["texture"] == "its input weights were trained again"
    assert stale["shape"] == ""


def test_what_is_kept_is_kept_with_all_that_it_came_from(tmp_path: Path) -> None:
    for run in chain_plan(tmp_path).stages:
        finish(run)
    changed = CHAIN.replace("label: full", "label: full\n    set: {shape.model.kl_weight: 5}")
    plan = chain_plan(tmp_path, changed)
    mine = list(plan.rows[0].seeds[0].values())
    assert all(run.stale == "model.kl_weight: 20.0 -> 5" or "kl_weight" in run.stale for run in mine)
    assert set(plan.keep_stale()) == set(mine)
    assert plan.missing() == []


def test_weights_that_have_gone_are_trained_again_for_the_next_link_only(tmp_path: Path) -> None:
    plan = chain_plan(tmp_path)
    for run in plan.stages:
        finish(run)
    for name in ("shape", "texture"):
        run_of(plan, "full", name).weights.unlink()
    (run_of(plan, "full", "last").folder / "metrics.json").unlink()
    assert [run.stage for run in chain_plan(tmp_path).missing()] == ["shape", "texture", "last"]
