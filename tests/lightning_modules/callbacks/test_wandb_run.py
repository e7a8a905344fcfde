"""A stage leaves a W&B run with what it did, and W&B's failures never reach the training."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
import yaml
from PIL import Image
from support.wandb_reader import OfflineRun, find_offline_runs
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from lightning_modules.callbacks.wandb_run import WandbRun, flatten, log_history, log_result, log_samples
from lightning_modules.callbacks.wandb_session import WandbSession, logged_in, resolve_mode
from lightning_modules.panels import Grid, ImageFile, Series, write_panels

CONFIG = {"seed_everything": 3, "model": {"class_path": "Tiny", "init_args": {"kl_weight": 20.0}}}
RESULT = {"metrics": {"ssim": 0.5, "psnr": float("inf")}, "variants": {"ground_truth_parsing": {"ssim": 0.75}}}


class Tiny(pl.LightningModule):
    """Two losses with known values: at iteration i, L_app is 1/i and L_KL is i."""

    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.layer = torch.nn.Linear(1, 1)
        self.iteration = 0
        self.losses: dict[str, Tensor] = {}

    def training_step(self, batch: Any, batch_idx: int) -> None:
        self.iteration += 1
        self.losses = {"L_app": torch.tensor(1 / self.iteration), "L_KL": torch.tensor(float(self.iteration))}
        if self.iteration == 100:
            raise RuntimeError("out of memory")

    def test_step(self, batch: Any, batch_idx: int) -> None:
        pass

    def configure_optimizers(self) -> None:
        return None


class Evaluation(pl.Callback):
    result = RESULT


def run(
    folder: Path, callback: WandbRun, iterations: int = 7, stage: str = "fit", others: tuple[Any, ...] = ()
) -> Tiny:
    trainer = pl.Trainer(
        default_root_dir=folder,
        max_epochs=1,
        limit_train_batches=iterations,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[callback, *others],
    )
    module = Tiny()
    getattr(trainer, stage)(module, DataLoader(TensorDataset(torch.zeros(200, 1))))
    return module


def only_run(folder: Path) -> OfflineRun:
    (found,) = find_offline_runs(folder)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "weN-texture-0123abcd"
    (folder / "samples").mkdir(parents=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    return folder


def test_fit_is_mirrored(folder: Path) -> None:
    run(folder, WandbRun(group="4-1", job_type="texture", name="weN", tags=("seed 3",), every=3))
    found = only_run(folder)
    assert (found.project, found.group, found.job_type, found.name) == ("paper-tables", "4-1", "texture", "weN")
    assert (found.run_id, found.tags, found.exit_code) == ("weN-texture-0123abcd", ["seed 3"], 0)
    assert found.config["seed_everything"] == 3
    assert found.config["model"]["init_args"]["kl_weight"] == 20.0
    assert found.series("L_KL") == [(3, 3.0), (6, 6.0), (7, 7.0)]  # every third, and the last
    assert found.series("L_app") == [(i, float(torch.tensor(1 / i))) for i in (3, 6, 7)]
    assert found.metrics["*"] == "iteration"


def test_test_is_mirrored(folder: Path) -> None:
    for name, colour in (("input", "white"), ("truth", "red"), ("single", "blue")):
        Image.new("RGB", (4, 6), colour).save(folder / "samples" / f"000_{name}.png")
    files = tuple(folder / "samples" / f"000_{name}.png" for name in ("input", "truth", "single"))
    write_panels(folder / "samples", [Grid("samples", "Test images", "c", ("Input", "Truth", "single"), (files,))])
    run(folder, WandbRun(group="4-1", job_type="test"), stage="test", others=(Evaluation(),))
    found = only_run(folder)
    assert found.summary["metrics/ssim"] == 0.5
    assert found.summary["metrics/ground_truth_parsing/ssim"] == 0.75
    assert "metrics/psnr" not in found.summary
    (logged,) = [row["samples"] for row in found.history if "samples" in row]
    assert logged["caption"] == "Test images: Input | Truth | single"
    with Image.open(found.media(logged)) as image:
        assert image.size == (5 + 3 * (96 + 5), 25 + 144 + 5)
        pixels = [image.convert("RGB").getpixel((x, 100)) for x in (50, 150, 250)]
    assert pixels == [(255, 255, 255), (255, 0, 0), (0, 0, 255)]


class Resumed(pl.Callback):
    """A training that goes on from an earlier process's checkpoint."""

    def __init__(self, iteration: int) -> None:
        self.iteration = iteration

    def on_fit_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        pl_module.iteration = self.iteration


def write_history(folder: Path, iterations: range) -> None:
    lines = [{"iteration": i, "L_app": 1 / i, "L_KL": float(i)} for i in iterations]
    (folder / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_a_resumed_run_is_one_run_with_every_line_once(folder: Path) -> None:
    run(folder, WandbRun(every=1), iterations=5)
    (other,) = (folder / "wandb").glob("offline-run-*")
    other.rename(other.with_name("offline-run-20200101_000000-weN-texture-0123abcd"))  # this stage's, long ago
    kept = folder / "wandb" / "offline-run-20200101_000000-another"
    kept.mkdir()
    write_history(folder, range(1, 6))  # the checkpoint is of 3; 4 and 5 are done again
    run(folder, WandbRun(every=1), iterations=4, others=(Resumed(3),))
    kept.rmdir()  # not ours to remove
    found = only_run(folder)
    assert [round(i * value, 5) for i, value in found.series("L_app")] == [1.0] * 7
    assert found.series("L_KL") == [(i, float(i)) for i in range(1, 8)]


def test_a_test_in_a_trainings_folder_keeps_its_curves(folder: Path) -> None:
    write_history(folder, range(1, 4))
    run(folder, WandbRun(every=1), iterations=3)
    run(folder, WandbRun(), stage="test", others=(Evaluation(),))
    found = only_run(folder)
    assert found.series("L_KL") == [(1, 1.0), (2, 2.0), (3, 3.0)]
    assert found.summary["metrics/ssim"] == 0.5


def test_a_finished_folder_is_mirrored_without_a_trainer(folder: Path) -> None:
    for index in range(2):
        for sample in range(3):
            Image.new("RGB", (4, 6), "blue").save(folder / "samples" / f"diversity_{index:03d}_{sample:02d}.png")
    Image.new("RGB", (5, 7), "red").save(folder / "samples" / "sheet.png")
    Image.new("RGB", (5, 7), "red").save(folder / "samples" / "film.gif")
    samples = folder / "samples"
    files = tuple(tuple(samples / f"diversity_{i:03d}_{n:02d}.png" for n in range(4)) for i in range(2))
    write_panels(
        samples,
        [
            Grid("diversity", "t", "c", ("1", "2", "3", "4"), files),
            ImageFile("morphing", "t", "c", samples / "sheet.png"),
            ImageFile("film", "t", "c", samples / "film.gif"),
            Series("folds", "t", "c", "fold", ()),
        ],
    )
    write_history(folder, range(1, 4))
    session = WandbSession(folder, folder.name, project="p", group=None, job_type=None, name=None, config=CONFIG)
    session.do(lambda run: log_history(run, folder / "history.jsonl"))
    session.do(lambda run: log_result(run, RESULT, 3))
    session.do(lambda run: log_samples(run, folder / "samples", 3))
    session.close()
    found = only_run(folder)
    assert found.series("L_KL") == [(1, 1.0), (2, 2.0), (3, 3.0)]
    assert found.summary["metrics/ssim"] == 0.5
    sizes = {
        name: Image.open(found.media(row[name])).size
        for row in found.history
        for name in row
        if "_type" in str(row[name])
    }
    assert sizes == {"diversity": (5 + 4 * (96 + 5), 25 + 2 * (144 + 5)), "morphing": (5, 7)}


def test_many_rows_survive_the_block_boundary(folder: Path) -> None:
    session = WandbSession(folder, "long", project="p", group=None, job_type=None, name=None)
    for i in range(800):
        session.do(lambda run, i=i: run.log({"L_app": i / 7, "iteration": i}))  # type: ignore[misc]
    session.close()
    found = only_run(folder)
    assert (next(found.folder.glob("*.wandb"))).stat().st_size > 2 * 32 * 1024
    assert found.series("L_app") == [(i, i / 7) for i in range(800)]


def test_disabled_leaves_nothing(folder: Path) -> None:
    run(folder, WandbRun(mode="disabled"))
    assert not (folder / "wandb").exists()


def test_failure_to_open_is_one_warning(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(**_: Any) -> None:
        raise OSError("disk full\nsecond line")

    monkeypatch.setattr("wandb.init", refuse)
    with caplog.at_level(logging.WARNING):
        assert run(folder, WandbRun(every=1)).iteration == 7
    assert [record.message for record in caplog.records if "W&B" in record.message] == ["no offline W&B run: disk full"]


def test_failure_to_log_is_one_warning(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("service died")

    monkeypatch.setattr("wandb.Run.log", refuse)
    with caplog.at_level(logging.WARNING):
        assert run(folder, WandbRun(every=1)).iteration == 7
    messages = [record.message for record in caplog.records if "W&B" in record.message]
    assert messages == ["W&B logging stops here: service died"]


def test_no_server_means_an_offline_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import wandb

    start = wandb.init

    def refuse_online(**arguments: Any) -> Any:
        if arguments["mode"] == "online":
            raise TimeoutError("no answer")
        return start(**arguments)

    monkeypatch.setattr("wandb.init", refuse_online)
    monkeypatch.setenv("WANDB_API_KEY", "x" * 40)
    run(folder, WandbRun(mode="online", every=7))
    assert only_run(folder).series("L_KL") == [(7, 7.0)]


def test_training_that_fails_ends_its_run_as_failed(folder: Path) -> None:
    with pytest.raises(RuntimeError, match="out of memory"):
        run(folder, WandbRun(), iterations=150)
    assert only_run(folder).exit_code == 1


def test_mode_is_online_only_with_a_key(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    assert resolve_mode("auto", home) == "offline"
    assert resolve_mode("online", home) == "offline"
    assert resolve_mode("auto", home | {"WANDB_MODE": "online"}) == "offline"
    keyed = home | {"WANDB_API_KEY": "x" * 40}
    assert resolve_mode("auto", keyed) == "online"
    assert resolve_mode("auto", keyed | {"WANDB_MODE": "offline"}) == "offline"
    assert resolve_mode("auto", keyed | {"WANDB_MODE": "disabled"}) == "disabled"
    assert resolve_mode("offline", keyed) == "offline"


def test_netrc_counts_for_its_own_host(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    (tmp_path / ".netrc").write_text("machine example.org login user password nothing\n")
    assert not logged_in(home)
    assert logged_in(home | {"WANDB_BASE_URL": "https://example.org"})
    (tmp_path / ".netrc").write_text("machine api.wandb.ai login user password nothing\n")
    assert logged_in(home)
    (tmp_path / ".netrc").write_text("machine api.forge.coreweave.com login user password nothing\n")
    assert logged_in(home)
    (tmp_path / ".netrc").write_text("not a netrc {{{")
    assert not logged_in(home)


def test_flatten_keeps_finite_numbers() -> None:
    assert flatten(RESULT) == {"metrics/ssim": 0.5, "metrics/ground_truth_parsing/ssim": 0.75}
    assert flatten({"kind": "fit"}) == {}
