"""Rows to runs: what is shared, what a key holds, and every wrong argument found before anything runs."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest
from support.small_table import CHOICE, DATA, TEXT, small_plan, small_table, write_table

from ablations.planning.data import TableData
from ablations.planning.expand import StageRun
from ablations.planning.plan import Plan, make_plan
from ablations.resolving.configs import resolve, scale_changes
from ablations.resolving.files import load_base
from ablations.resolving.keys import changes, ingredients, portable
from ablations.resolving.scales import DataScale, load_scale, scale_names
from ablations.tables.schema import ABLATIONS, find_table
from common.errors import TableError


@pytest.fixture(autouse=True)
def no_cached_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))


@pytest.fixture
def table_4_1(tmp_path: Path) -> Plan:
    return make_plan(find_table("4-1"), load_scale("toy"), DATA, 1, tmp_path)


def scale_file(family: str) -> Path:
    return ABLATIONS / family / "scales" / "ci.yaml"


def run_of(plan: Plan, row: str, stage: str, seed: int = 0) -> StageRun:
    return next(r for r in plan.rows if r.row.id == row).seeds[seed][stage]


def test_table_4_1_needs_22_runs(table_4_1: Plan) -> None:
    # 2 shape stages (weN's, shared by 6 rows, and FiNet's), 10 texture stages, 10 tests
    assert [len(row.seeds[0]) for row in table_4_1.rows] == [3, 3, 2, 2, 2, 3, 3, 3, 3, 3]
    assert len(table_4_1.stages) == 22
    shape = run_of(table_4_1, "wen", "shape")
    both = [f"{row}{version}" for row in ("wo-gan", "wo-specnorm") for version in ("", "-controlled")]
    assert shape.rows == ["wen", *both[:2], "wo-attention", *both[2:]]
    assert run_of(table_4_1, "wo-gan", "shape") is shape
    assert run_of(table_4_1, "finet", "shape") is not shape
    assert len({run.folder for run in table_4_1.stages}) == 22


def test_two_families_share_the_runs_that_are_equal(tmp_path: Path) -> None:
    """Folders are found by key, whatever the family: what two families train alike is trained once."""
    table, scale = find_table("4-1"), load_scale("ci")
    families = {name: scale.family("fashion_completion") for name in ("fashion_completion", "another")}
    plans = [
        make_plan(replace(table, family=name, id=f"of-{name}"), replace(scale, families=families), DATA, 1, tmp_path)
        for name in families
    ]
    first, second = ({run.key: run.folder for run in plan.stages} for plan in plans)
    assert first == second and len(first) == 22
    assert all(folder.parent == tmp_path and folder.name.endswith(key) for key, folder in first.items())
    known: dict[str, StageRun] = {}
    shared = [
        make_plan(replace(table, family=name), replace(scale, families=families), DATA, 1, tmp_path, None, known)
        for name in families
    ]
    assert len(known) == 22 and shared[0].stages == shared[1].stages  # the same objects: planned, and run, once


def test_inputs_come_before_what_needs_them(table_4_1: Plan) -> None:
    seen: set[str] = set()
    for run in table_4_1.stages:
        assert all(need.key in seen for need in run.needs.values())
        seen.add(run.key)


def test_a_test_evaluates_its_row_s_checkpoints(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    test, texture, shape = (run_of(plan, "plain", stage) for stage in ("test", "texture", "shape"))
    assert test.needs == {"ckpt_path": texture, "shape_checkpoint": shape}
    assert test.config["ckpt_path"] == str(texture.folder / "checkpoints/last.ckpt")
    assert test.config["model"]["init_args"]["shape_checkpoint"] == str(shape.folder / "checkpoints/last.ckpt")
    assert test.config["model"]["init_args"]["attention"] is False
    assert test.config["trainer"]["default_root_dir"] == str(test.folder)
    assert test.config["evaluation"]["features"] == "effnetlite0"
    assert run_of(plan, "direct", "test").needs == {"ckpt_path": run_of(plan, "direct", "texture")}
    assert run_of(plan, "direct", "test").config["model"]["init_args"]["shape_checkpoint"] is None


def test_the_configuration_is_complete_and_layered(tmp_path: Path) -> None:
    text = TEXT.replace("texture.model.attention: false", "texture.model.width: 6, texture.data.batch_size: 2")
    plan = small_plan(tmp_path, text)
    base, changed = (run_of(plan, row, "texture").config for row in ("full", "plain"))
    assert base["model"]["init_args"]["width"] == 4  # the scale's
    assert changed["model"]["init_args"]["width"] == 6  # the row's, over the scale's
    assert changed["data"]["init_args"]["batch_size"] == 2
    assert base["model"]["init_args"]["kl_weight"] == 20.0  # the class's default, written out
    assert base["data"]["init_args"]["root"] == str(CHOICE.root)
    assert base["seed_everything"] == 0
    assert base["wandb"] == {
        "group": "small", "job_type": "texture", "name": "full", "tags": ["nobody-2031", "ci", "seed-0"],
    }  # fmt: skip


def test_a_row_may_take_another_configuration_file(tmp_path: Path) -> None:
    text = TEXT.replace("texture.model.attention: false", "texture.config: finet_texture.yaml")
    run = run_of(small_plan(tmp_path, text), "plain", "texture")
    assert run.config["model"]["class_path"].endswith("FiNetTexture")
    assert run.name == "FiNetTexture-fit"


def test_setting_a_default_is_the_same_run(tmp_path: Path) -> None:
    plan = small_plan(tmp_path, TEXT.replace("texture.model.attention: false", "texture.model.attention: true"))
    assert run_of(plan, "plain", "texture") is run_of(plan, "full", "texture")
    assert run_of(plan, "plain", "test") is run_of(plan, "full", "test")


def test_equal_training_with_another_input_at_test_is_another_test(tmp_path: Path) -> None:
    text = TEXT.replace("texture.model.attention: false", "shape.model.kl_weight: 5.0")
    plan = small_plan(tmp_path, text)
    assert run_of(plan, "plain", "texture") is run_of(plan, "full", "texture")
    assert run_of(plan, "plain", "shape") is not run_of(plan, "full", "shape")
    assert run_of(plan, "plain", "test").key != run_of(plan, "full", "test").key


def test_rows_may_test_one_training_in_several_ways(tmp_path: Path) -> None:
    plan = small_plan(tmp_path, TEXT.replace("texture.model.attention: false", "test.model.kl_weight: 5.0"))
    full, plain = (run_of(plan, row, "test") for row in ("full", "plain"))
    assert full.needs == plain.needs
    assert (full.config["model"]["init_args"]["kl_weight"], plain.config["model"]["init_args"]["kl_weight"]) == (20, 5)
    assert full.key != plain.key
    assert changes(asdict(full.ingredients), plain.ingredients) == ["model.kl_weight: 20.0 -> 5.0"]


def test_keys_do_not_see_the_machine(tmp_path: Path) -> None:
    here = small_plan(tmp_path / "here")
    elsewhere = replace(CHOICE, root=Path("/elsewhere"), label="other words")
    moved = small_plan(tmp_path / "there", data=TableData({"DeepFashion": elsewhere}))
    assert [run.key for run in here.stages] == [run.key for run in moved.stages]
    config = here.stages[0].config
    plain = ingredients(config, "fit", 0, {}, "data", "effnetlite0").key
    for section, name, value in (
        ("data", "workers", 7),
        ("data", "cache_dir", "/x"),
        ("trainer", "accelerator", "gpu"),
        ("trainer", "devices", 2),
    ):
        changed = small_plan(tmp_path / "here").stages[0].config
        (changed["trainer"] if section == "trainer" else changed[section]["init_args"])[name] = value
        assert ingredients(changed, "fit", 0, {}, "data", "effnetlite0").key == plain
    weights = small_plan(tmp_path / "here").stages[1].config
    weights["model"]["init_args"]["vgg_weights"] = "/a/vgg19-dcbb9e9d.pth"
    assert portable(weights)["model"]["init_args"]["vgg_weights"] == "vgg19-dcbb9e9d.pth"


def test_keys_see_what_makes_a_result(tmp_path: Path) -> None:
    config = small_plan(tmp_path).stages[0].config
    key = ingredients(config, "fit", 0, {}, "data", "effnetlite0").key
    changed = small_plan(tmp_path).stages[0].config
    changed["model"]["init_args"]["width"] = 5
    others = [
        ingredients(changed, "fit", 0, {}, "data", "effnetlite0").key,
        ingredients(config, "test", 0, {}, "data", "effnetlite0").key,
        ingredients(config, "test", 0, {}, "data", "inception").key,
        ingredients(config, "fit", 1, {}, "data", "effnetlite0").key,
        ingredients(config, "fit", 0, {"ckpt_path": "a"}, "data", "effnetlite0").key,
        ingredients(config, "fit", 0, {"ckpt_path": "b"}, "data", "effnetlite0").key,
        ingredients(config, "fit", 0, {}, "other data", "effnetlite0").key,
    ]
    for name, value in (("precision", "16-true"), ("plugins", ["x"]), ("callbacks", ["x"])):
        changed = small_plan(tmp_path).stages[0].config
        changed["trainer"][name] = value
        others.append(ingredients(changed, "fit", 0, {}, "data", "effnetlite0").key)
    assert len({key, *others}) == 11
    assert len(key) == 10
    assert ingredients(config, "fit", 0, {}, "data", "inception").key == key  # no features in a training


def test_seeds_are_runs_of_their_own_and_the_first_stays(tmp_path: Path) -> None:
    one, three = small_plan(tmp_path), small_plan(tmp_path, seeds=3)
    assert len(three.stages) == 3 * len(one.stages)
    assert {run.key for run in one.stages} < {run.key for run in three.stages}
    assert run_of(three, "full", "texture", seed=2).config["seed_everything"] == 2


def test_supplied_inception_weights_make_new_tests_of_the_same_trainings(tmp_path: Path) -> None:
    table, scale = small_table(tmp_path), load_scale("ci")
    (tmp_path / "inception.pth").touch()
    offline = make_plan(table, scale, DATA, 1, tmp_path)
    inception = make_plan(table, scale, DATA, 1, tmp_path, tmp_path / "inception.pth")
    fits, tests = (
        [run.key for run in plan.stages if run.kind == kind] for plan, kind in ((offline, "fit"), (offline, "test"))
    )
    assert [run.key for run in inception.stages if run.kind == "fit"] == fits
    assert not {run.key for run in inception.stages if run.kind == "test"} & set(tests)
    config = run_of(inception, "full", "test").config
    assert config["evaluation"] == {"features": "inception", "weights": str(tmp_path / "inception.pth")}


def test_inception_weights_that_are_not_there_are_found_before_training(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"INCEPTION=.*file not found"):
        make_plan(small_table(tmp_path), load_scale("ci"), DATA, 1, tmp_path, tmp_path / "inception.pth")


def test_inception_weights_in_the_cache_are_used(tmp_path: Path) -> None:
    cached = tmp_path / "hub" / "checkpoints" / "weights-inception-2015-12-05-6726825d.pth"
    cached.parent.mkdir(parents=True)
    cached.touch()
    config = run_of(small_plan(tmp_path), "full", "test").config
    assert config["evaluation"] == {"features": "inception", "weights": str(cached)}


@pytest.mark.parametrize(
    ("setting", "message"),
    [("texture.model.atention: false", r"table_small.yaml:18: .*no argument 'atention', did you mean 'attention'"),
     ("texture.data.batchsize: 2", r":18: .*no argument 'batchsize', did you mean 'batch_size'"),
     ("texture.trainer.precison: 32", r":18: .*no argument 'precison', did you mean 'precision'"),
     ("texture.model.width: wide", r":18: texture.model.width: must be int, not 'wide'"),
     ("texture.model.spectral_norm: of", r":18: texture.model.spectral_norm: 'of' is not known, did you mean 'off'"),
     ("test.model.atention: false", r":18: test.model: .*did you mean 'attention'")],
)  # fmt: skip
def test_a_wrong_setting_is_found_when_the_table_is_expanded(setting: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=message):
        small_plan(tmp_path, TEXT.replace("texture.model.attention: false", setting))


def test_a_need_the_model_does_not_have_is_found(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"has no argument 'shape_chekpoint', did you mean 'shape_checkpoint'"):
        small_plan(tmp_path, TEXT.replace("shape_checkpoint: shape", "shape_chekpoint: shape"))


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [("WeNTexture", "WeNTextur", r"texture.yaml:3: model.class_path: .*did you mean 'WeNTexture'"),
     ("init_args: {root", "init_args: {wokers: 2, root", r":6: .*'wokers', did you mean 'workers'"),
     ("default_root_dir", "default_rot_dir", r":7: .*did you mean 'default_root_dir'"),
     ("trainer:", "traner:", r":7: unknown key 'traner', did you mean 'trainer'")],
)  # fmt: skip
def test_a_wrong_base_configuration_is_found(right: str, wrong: str, message: str, tmp_path: Path) -> None:
    path = write_table(tmp_path).parent / "texture.yaml"
    path.write_text(path.read_text().replace(right, wrong, 1))
    with pytest.raises(TableError, match=message):
        load_base(path)


def test_an_unknown_scale_lists_the_scales() -> None:
    assert scale_names() == ["ci", "paper", "small", "toy"]
    with pytest.raises(TableError, match="there is no scale 'huge'; scales: ci, paper, small, toy"):
        load_scale("huge")


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [("WeNTexture:", "WeNTextur:", "did you mean 'WeNTexture'"), ("width: 4", "widht: 4", "did you mean 'width'"),
     ("jobs: 2", "jobs: many", "must be a positive integer"),
     ("synthetic: 32", "synthetc: 32", "DeepFashion.synthetc: unknown argument 'synthetc', did you mean 'synthetic'"),
     ("synthetic: 32", "synthetic: many", "data.DeepFashion.synthetic: must be a positive integer"),
     ("resolution: 64", "resolution: large", "data.DeepFashion.resolution: must be int"),
     ("DeepFashion: {", "DeepFashoin: {", "no class 'DeepFashoin' in datamodules, did you mean 'DeepFashion'"),
     ("Ring: {", "Ring: {synthetic: 3, ", "data.Ring.synthetic: Ring reads no files"),
     ("checkpoint: {every: 1}", "trainer: {presicion: 32}", "did you mean 'precision'"),
     ("max_iterations: 3", "max_iterations: few", "must be int")],
)  # fmt: skip
def test_a_wrong_scale_is_found_with_its_line(right: str, wrong: str, message: str, tmp_path: Path) -> None:
    family = next(name for name in ("fashion_completion", "ring") if right in scale_file(name).read_text())
    path = tmp_path / family / "scales" / "ci.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(scale_file(family).read_text().replace(right, wrong, 1))
    with pytest.raises(TableError, match=rf"ci\.yaml:\d+: .*{message}"):
        load_scale("ci", tmp_path)


def test_the_paper_scale_changes_nothing_but_the_stand_in(tmp_path: Path) -> None:
    table, paper = find_table("4-1"), load_scale("paper")
    assert scale_changes(table, paper) == []
    config = resolve(table, table.row("wen"), table.stage("texture"), paper)
    assert config["model"]["init_args"]["max_iterations"] == 60_000
    assert (config["data"]["init_args"]["resolution"], config["data"]["init_args"]["batch_size"]) == (256, 16)


def test_a_scale_changes_each_data_module_by_itself(tmp_path: Path) -> None:
    table, ci = small_table(tmp_path), load_scale("ci")
    family = ci.family("fashion_completion")
    other = replace(ci, families={"fashion_completion": replace(family, data={"Ring": DataScale(None, {"block": 2})})})
    config = resolve(table, table.row("full"), table.stage("texture"), other)
    assert config["data"]["init_args"]["resolution"] == 256  # the paper's: nothing is said of DeepFashion
    assert "block" not in config["data"]["init_args"]


def test_a_scale_says_what_it_changes(tmp_path: Path) -> None:
    changes = scale_changes(small_table(tmp_path), load_scale("ci"))
    assert "WeNTexture.width: 32 -> 4" in changes
    assert "DeepFashion.resolution: 256 -> 64" in changes
    assert len(changes) == len(set(changes))


@pytest.mark.parametrize("scale", ["ci", "toy", "small", "paper"])
def test_every_row_of_a_scale_gets_the_same_budget(scale: str, tmp_path: Path) -> None:
    plan = make_plan(find_table("4-1"), load_scale(scale), DATA, 1, tmp_path)
    for stage in ("shape", "texture"):
        runs = [run for run in plan.stages if run.stage == stage]
        budgets = {
            (run.config["model"]["init_args"]["max_iterations"], run.config["data"]["init_args"]["batch_size"])
            for run in runs
        }
        assert len(budgets) == 1


def test_a_family_without_the_scale_says_where_to_write_it(tmp_path: Path) -> None:
    scale = replace(load_scale("ci"), families={})
    with pytest.raises(TableError, match="fashion_completion has no scale 'ci'; write "):
        make_plan(small_table(tmp_path), scale, DATA, 1, tmp_path)
