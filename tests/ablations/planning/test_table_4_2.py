"""Table 4.2 from its file to runs: what its rows share with Tables 3.4 and 4.1, and a test on data of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from ablations.planning.data import DataChoice, TableData
from ablations.planning.expand import StageRun
from ablations.planning.plan import Plan, make_plan
from ablations.resolving.scales import load_scale, scale_names
from ablations.tables.schema import find_table

DATA = TableData(
    {
        "FaceScrub": DataChoice(Path("data/facescrub"), "faces", True, "fingerprint of faces"),
        "LFW": DataChoice(Path("data/lfw"), "pairs", True, "fingerprint of pairs"),
    }
)


def plan(table: str, scale: str = "ci") -> Plan:
    return make_plan(find_table(table), load_scale(scale), DATA, 1, Path("runs"))


def stages(found: Plan, row: str) -> dict[str, StageRun]:
    return next(one for one in found.rows if one.row.id == row).seeds[0]


@pytest.mark.parametrize("scale", scale_names())
def test_rows_share_what_tables_3_4_and_4_1_train(scale: str) -> None:
    augmentation, generators = plan("4.2", scale), plan("4.1", scale)
    plain, existing = stages(augmentation, "plain"), stages(augmentation, "existing")
    theirs = stages(generators, "cvae-gan")
    assert plain["recogniser"].key == theirs["recogniser"].key
    assert plain["recogniser"].key == stages(plan("3.4", scale), "real")["recogniser"].key
    assert (existing["classifier"].key, existing["gan"].key) == (theirs["classifier"].key, theirs["gan"].key)
    assert set(plain) == {"recogniser", "test"}
    assert len(augmentation.stages) == 2 + 4 + 4  # generator and its classifier; four recognisers; four tests


@pytest.mark.parametrize("scale", scale_names())
def test_the_control_differs_from_the_plain_recogniser_in_its_augmentation_alone(scale: str) -> None:
    found = plan("4.2", scale)
    plain, classical = stages(found, "plain"), stages(found, "classical")
    assert set(classical) == {"recogniser", "test"} and classical["recogniser"].key != plain["recogniser"].key
    ours, theirs = (run["recogniser"].config["data"]["init_args"] for run in (classical, plain))
    assert theirs["augmentation"] is None and theirs["flip"] is ours["flip"] is False
    assert {**ours, "augmentation": None} == theirs
    assert all(0 < value <= 10 for value in ours["augmentation"].values()) and len(ours["augmentation"]) == 6
    assert classical["recogniser"].config["model"] == plain["recogniser"].config["model"]
    assert classical["test"].config["data"] == plain["test"].config["data"]


def test_claims_of_our_own_say_so() -> None:
    table = find_table("4.2")
    assert next(row for row in table.rows if row.id == "classical").paper == {}
    ours = [claim for claim in table.claims if "classical" in claim.expect]
    assert [claim.expect for claim in ours] == [
        "existing.accuracy > classical.accuracy",
        "interpolated.accuracy > classical.accuracy",
    ]
    assert all("not said by the thesis" in claim.text for claim in ours)


def test_a_recogniser_is_tested_on_other_data_than_it_was_trained_on() -> None:
    existing = stages(plan("4.2"), "existing")
    fit, test = existing["recogniser"], existing["test"]
    assert fit.config["data"]["class_path"] == "datamodules.FaceScrub" and fit.config["data"]["init_args"]["classes"]
    assert test.config["data"]["class_path"] == "datamodules.LFW"
    assert test.config["data"]["init_args"]["root"] == "data/lfw"
    assert test.config["data"]["init_args"]["resolution"] == fit.config["model"]["init_args"]["resolution"]
    assert test.config["model"] == fit.config["model"]
    assert (fit.ingredients.data, test.ingredients.data) == ("fingerprint of faces", "fingerprint of pairs")
    assert test.needs == {"ckpt_path": fit, "generator_checkpoint": existing["gan"]}


def test_equal_trainings_have_equal_sizes() -> None:
    """The recogniser is one model in all rows: what a scale makes of it must not depend on what it is trained on."""
    for name in scale_names():
        models = load_scale(name).family("conditional_gan").models
        plain, augmented = models.get("Classifier", {}), models.get("AugmentedClassifier", {})
        assert {name: augmented.get(name) for name in plain} == plain, name
