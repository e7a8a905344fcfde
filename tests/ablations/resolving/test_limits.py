"""Values that no run can use: refused with their limits, in every place where an argument is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.small_table import TEXT, small_plan

from ablations.resolving.files import check_files, load_base
from ablations.resolving.limits import TRAINER, device_refusal, limited_arguments, number_refusal, section_refusal
from ablations.resolving.scales import load_scale
from common.errors import TableError


@pytest.mark.parametrize(
    ("name", "value", "refused"),
    [("devices", 1, False), ("devices", "1", False), ("devices", [3], False), ("devices", 2, True),
     ("devices", [0, 1], True), ("devices", -1, True), ("devices", "auto", True), ("num_nodes", 1, False),
     ("num_nodes", 2, True), ("strategy", "auto", False), ("strategy", "ddp", True), ("accelerator", "gpu", False)],
)  # fmt: skip
def test_only_one_process_is_allowed(name: str, value: Any, refused: bool) -> None:
    found = device_refusal(name, value)
    assert (found is not None) == refused
    assert limited_arguments(TRAINER)[name].refusal(value) == found
    assert found is None or ("data-parallel training is not supported, so remove this key" in found)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("learning_rate", -1e-4, "must be greater than 0, not -0.0001"),
        ("learning_rate", 0.0, "must be greater than 0, not 0.0"),
        ("learning_rate", 1e-9, None),
        ("discriminator_learning_rate", 0, "must be greater than 0, not 0"),
        ("width", 0, "must be at least 1, not 0"),
        ("width", None, None),
        ("width", "wide", None),
        ("max_width", 1, None),
        ("max_iterations", 0, "must be at least 1, not 0"),
        ("batch_size", 0, "must be at least 1, not 0"),
        ("levels", -1, "must be at least 1, not -1"),
        ("latent_channels", 0, "must be at least 1, not 0"),
        ("resolution", [0, 64], "must be at least 1, not 0 in [0, 64]"),
        ("resolution", [48, 64], None),
        ("every", 0, "must be at least 1, not 0"),
        ("validate_every", 0, None),
        ("test_count", 0, None),
        ("test_count", -1, "must be at least 0, not -1"),
        ("kl_weight", -1.0, None),
        ("two_stage", False, None),
        ("betas", [0.5, 0.999], None),
        ("betas", [0.0, 1.0], "must be from 0 to below 1, not [0.0, 1.0]"),
        ("betas", [-0.1, 0.9], "must be from 0 to below 1, not [-0.1, 0.9]"),
    ],
)
def test_numbers_have_limits_by_name(name: str, value: Any, said: str | None) -> None:
    assert number_refusal(name, value) == said


def test_the_first_refusal_of_a_section_names_its_argument() -> None:
    path = "lightning_modules.fashion_completion.WeNTexture"
    assert section_refusal(path, {"kl_weight": 1.0, "width": 0, "levels": 0}) == "width: must be at least 1, not 0"
    assert section_refusal(path, {"width": 4}) is None
    assert section_refusal(TRAINER, {"devices": 2, "width": 0}) == f"devices: {device_refusal('devices', 2)}"


@pytest.mark.parametrize(
    ("setting", "said"),
    [("texture.trainer.devices: 2", "texture.trainer.devices: must be 1, or a list of one device, not 2"),
     ("texture.trainer.strategy: ddp", "texture.trainer.strategy: must be auto"),
     ("texture.model.learning_rate: -0.1", "texture.model.learning_rate: must be greater than 0, not -0.1"),
     ("texture.model.width: 0", "texture.model.width: must be at least 1, not 0")],
)  # fmt: skip
def test_a_row_is_refused_by_plan(setting: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"table_small\.yaml:") as caught:
        small_plan(tmp_path, TEXT.replace("texture.model.attention: false", setting))
    assert said in str(caught.value)


def test_files_and_scales_are_refused_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "texture.yaml"
    path.write_text(
        "model: {class_path: lightning_modules.fashion_completion.WeNTexture}\n"
        "data: {class_path: datamodules.DeepFashion}\ntrainer: {num_nodes: 2}\n"
    )
    for read in (load_base, lambda one: check_files([one], {})):
        with pytest.raises(TableError, match=r"texture.yaml:3: trainer.num_nodes: must be 1, not 2"):
            read(path)
    folder = tmp_path / "ablations" / "fashion_completion" / "scales"
    folder.mkdir(parents=True)
    (folder / "wide.yaml").write_text("about: two GPUs\njobs: 1\ntrainer: {devices: 2}\n")
    with pytest.raises(TableError, match=r"wide.yaml:3: trainer.devices: must be 1"):
        load_scale("wide", tmp_path / "ablations")
