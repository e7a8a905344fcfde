"""Resolved configurations: checkpoints as a scale and a row have them, and how two configurations differ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.small_table import TEXT, small_table, write_table

from ablations.resolving.configs import changed_keys, resolve, scale_changes, stage_bases
from ablations.resolving.deviations import class_paths
from ablations.resolving.scales import DataScale, FamilyScale, load_scale
from ablations.tables.schema import ABLATIONS, load_table
from common.errors import TableError

PLAIN = "texture.model.attention: false"
BEST = "texture.checkpoint.select: best, texture.checkpoint.metric: psnr, texture.checkpoint.validate_every: 2"


def config(folder: Path, setting: str = PLAIN, row: str = "plain", stage: str = "texture") -> dict[str, Any]:
    table = small_table(folder, TEXT.replace(PLAIN, setting))
    return resolve(table, table.row(row), table.stage(stage), load_scale("ci"))


def test_a_scale_says_how_often_a_training_is_kept(tmp_path: Path) -> None:
    assert config(tmp_path)["checkpoint"] == {"every": 1}
    assert load_scale("toy").family("fashion_completion").checkpoint == {"every": 50}
    table = small_table(tmp_path)
    assert "checkpoint" not in resolve(table, table.row("full"), table.stage("texture"), load_scale("paper"))
    assert not [change for change in scale_changes(table, load_scale("ci")) if "every" in change]


def test_scales_fix_the_threads_of_a_stage() -> None:
    assert [load_scale(name).family("fashion_completion").threads for name in ("ci", "toy", "small", "paper")] == [
        1,
        1,
        None,
        None,
    ]


def test_a_row_may_set_the_rule_that_picks_its_weights(tmp_path: Path) -> None:
    found = config(tmp_path, BEST)
    assert found["checkpoint"] == {"every": 1, "select": "best", "metric": "psnr", "validate_every": 2}
    changes = changed_keys("texture", found, config(tmp_path, BEST, row="full"))
    assert {key: (change.before, change.after) for key, change in changes.items()} == {
        "texture.checkpoint.select": ("last", "best"),
        "texture.checkpoint.metric": (None, "psnr"),
        "texture.checkpoint.validate_every": (0, 2),
    }


def test_how_often_a_training_is_kept_is_no_difference(tmp_path: Path) -> None:
    one = config(tmp_path)
    other = {**one, "checkpoint": {"every": 7, "select": "last"}}
    assert changed_keys("texture", one, other) == {}


@pytest.mark.parametrize(
    ("setting", "message"),
    [("texture.checkpoint.select: bets", r":18: texture.checkpoint.select: 'bets' is not known, did you mean 'best'"),
     ("texture.checkpoint.validate_every: often", r":18: texture.checkpoint.validate_every: must be int")],
)  # fmt: skip
def test_a_wrong_rule_is_found_when_the_table_is_resolved(setting: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=message):
        config(tmp_path, setting)


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [("checkpoint: {every: 1}", "checkpoint: {evry: 1}", r"unknown argument 'evry', did you mean 'every'"),
     ("checkpoint: {every: 1}", "checkpoint: {every: often}", r"checkpoint.every: must be int"),
     ("threads: 1", "threads: 0", r":3: threads: must be a positive integer"),
     ("threads: 1", "thread: 1", r":3: unknown key 'thread', did you mean 'threads'")],
)  # fmt: skip
def test_a_wrong_scale_is_one_line(right: str, wrong: str, message: str, tmp_path: Path) -> None:
    text = (ABLATIONS / "fashion_completion/scales/ci.yaml").read_text()
    assert right in text
    path = tmp_path / "fashion_completion" / "scales" / "mine.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text.replace(right, wrong))
    with pytest.raises(TableError, match=message):
        load_scale("mine", tmp_path)


def test_a_test_stage_has_its_training_s_configuration_and_its_own_settings(tmp_path: Path) -> None:
    trained = config(tmp_path, f"{PLAIN}, test.data.test_count: 5")
    tested = config(tmp_path, f"{PLAIN}, test.data.test_count: 5", stage="test")
    assert tested["model"] == trained["model"]
    assert (trained["data"]["init_args"]["test_count"], tested["data"]["init_args"]["test_count"]) == (8, 5)


def test_a_whole_number_for_a_float_is_no_difference(tmp_path: Path) -> None:
    assert changed_keys("texture", config(tmp_path, "texture.model.kl_weight: 20"), config(tmp_path, row="full")) == {}


def test_another_data_set_is_a_difference(tmp_path: Path) -> None:
    one = config(tmp_path)
    other = {**one, "data": {**one["data"], "class_path": "datamodules.LFW"}}
    assert [str(change) for change in changed_keys("texture", one, other).values()] == [
        "texture.data.class_path: datamodules.LFW -> datamodules.DeepFashion"
    ]


def test_another_model_is_named_and_compared_where_both_have_a_value(tmp_path: Path) -> None:
    path = write_table(tmp_path, TEXT.replace(PLAIN, "texture.config: finet_texture.yaml"))
    table = load_table(path)
    mine, base = (resolve(table, table.row(r), table.stage("texture"), load_scale("ci")) for r in ("plain", "full"))
    changes = changed_keys("texture", mine, base)
    assert str(changes["texture.config"]) == "texture.model: WeNTexture -> FiNetTexture"
    assert "texture.model.levels" in changes
    assert "texture.model.attention" not in changes  # FiNet takes none


EVALUATION = """\
data: {class_path: datamodules.DeepFashion, init_args: {root: data/Other, target: bottom}}
model: {init_args: {kl_weight: 7}}
trainer: {limit_test_batches: 2}
evaluation: {samples: 3}
"""
FILED = TEXT.replace("{test: texture,", "{test: texture, config: judge.yaml,")


def judged(
    folder: Path, judge: str = EVALUATION, text: str = FILED, row: str = "full", scale: str = "ci"
) -> dict[str, Any]:
    path = write_table(folder, TEXT)
    path.with_name("judge.yaml").write_text(judge)
    path.write_text(text)
    table = load_table(path)
    return resolve(table, table.row(row), table.stage("test"), load_scale(scale))


def test_a_test_s_own_file_lies_over_what_was_trained_with(tmp_path: Path) -> None:
    found, trained = judged(tmp_path), config(tmp_path, row="full")
    assert found["model"]["class_path"] == trained["model"]["class_path"]
    assert {**trained["model"]["init_args"], "kl_weight": 7.0} == found["model"]["init_args"]
    data = found["data"]["init_args"]
    assert (data["target"], data["root"]) == ("bottom", "data/Other")
    assert (data["resolution"], data["min_garments"]) == (64, 3)  # the scale's, and the class's own default
    assert found["trainer"]["limit_test_batches"] == 2
    assert found["evaluation"] == {"samples": 3}
    assert "limit_test_batches" not in trained["trainer"]


def test_a_row_s_setting_goes_before_the_file_and_a_row_may_have_another(tmp_path: Path) -> None:
    text = FILED.replace(PLAIN, "test.model.kl_weight: 9")
    assert judged(tmp_path, text=text, row="plain")["model"]["init_args"]["kl_weight"] == 9.0
    own = TEXT.replace(PLAIN, "test.config: judge.yaml")
    assert judged(tmp_path, text=own, row="plain")["evaluation"] == {"samples": 3}
    assert "evaluation" not in judged(tmp_path, text=own)


def test_the_data_of_a_test_s_file_are_the_table_s_too(tmp_path: Path) -> None:
    judged(tmp_path, "data: {class_path: datamodules.Ring}\n")
    table = load_table(tmp_path / "fashion_completion/table_small.yaml")
    classes = {base["data"]["class_path"] for base, _ in stage_bases(table)}
    assert classes == {"datamodules.DeepFashion", "datamodules.Ring"}
    assert "datamodules.Ring" in class_paths(table)
    ring = {"Ring": DataScale(None, {"test_count": 9})}
    scale = replace(load_scale("paper"), families={"fashion_completion": FamilyScale(data=ring)})
    assert scale_changes(table, scale) == ["Ring.test_count: 2000 -> 9"]


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [("target: bottom", "targt: bottom", r"judge.yaml:1: data.init_args.targt: unknown argument 'targt', did you mean"),
     ("kl_weight: 7", "kl_wieght: 7", r"judge.yaml:2: model.init_args.kl_wieght: .*did you mean 'kl_weight'"),
     ("{init_args: {kl", "{class_path: x, init_args: {kl", r"judge.yaml:2: model: unknown key 'class_path'"),
     ("limit_test_batches", "limit_tets_batches", r"judge.yaml:3: .*did you mean 'limit_test_batches'"),
     ("samples: 3", "samples: many", r"judge.yaml:4: evaluation.samples: must be int"),
     ("evaluation:", "checkpoint:", r"judge.yaml:4: unknown key 'checkpoint'")],
)  # fmt: skip
def test_a_wrong_file_of_a_test_is_one_line(right: str, wrong: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=message):
        judged(tmp_path, EVALUATION.replace(right, wrong))
