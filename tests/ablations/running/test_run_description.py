"""A table's run folder takes that run only: by its own configuration, and by the code that its key stands for."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_table import small_plan

from ablations.planning.folder import describe
from ablations.resolving import keys
from ablations.running.run_description import require_own_run
from common.errors import TableError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run = small_plan(tmp_path).stages[0]
    describe(run)
    return run.folder


def test_the_run_itself_may_run_and_go_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_own_run(folder, [folder / "config.yaml"], ["fit"])
    require_own_run(folder, [folder / "config.yaml"], ["fit", "--ckpt_path", str(folder / "checkpoints/resume.ckpt")])
    monkeypatch.chdir(folder)
    require_own_run(folder, [Path("config.yaml")], ["fit"])


@pytest.mark.parametrize(
    "others",
    [
        ["fit", "--model.init_args.width", "8"],
        ["fit", "--seed_everything=3"],
        ["fit", "--ckpt_path", "other.ckpt"],
        ["fit", "--trainer.max_steps", "checkpoints/resume.ckpt"],
        ["fit", "--ckpt_path", "checkpoints/resume.ckpt", "--seed_everything", "3"],
    ],
)
def test_another_run_may_not(others: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(TableError, match=r"is a table's run.*use another --trainer\.default_root_dir") as caught:
        require_own_run(folder, [folder / "config.yaml"], others)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("configs", [[], ["other.yaml"], ["config.yaml", "other.yaml"]])
def test_nor_may_another_configuration(configs: list[str], folder: Path) -> None:
    with pytest.raises(TableError, match="is a table's run"):
        require_own_run(folder, [folder / name for name in configs], ["fit"])


def test_nor_may_other_code(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = keys.code_digests

    def changed(classes: list[str]) -> dict[str, str]:
        return {**digests(classes), "lightning_modules.base": "new", "datamodules.deepfashion": "new", "z": "new"}

    monkeypatch.setattr(keys, "code_digests", changed)
    said = r"code has changed .* \(datamodules\.deepfashion, lightning_modules\.base and 1 more\); run the table's"
    with pytest.raises(TableError, match=said):
        require_own_run(folder, [folder / "config.yaml"], ["fit"])


def test_any_other_folder_takes_anything(tmp_path: Path) -> None:
    require_own_run(tmp_path, [tmp_path / "any.yaml"], ["fit", "--model.init_args.width", "8"])
