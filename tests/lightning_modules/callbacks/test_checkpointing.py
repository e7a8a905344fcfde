"""The files of a training: when, what is in them, which weights are chosen, and that each is whole or as before."""

from __future__ import annotations

import logging
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from support.completion import TINY, TINY_BASELINE, batch, checkpoint, loader, trainer
from support.gan import ImagesData, SmallGAN
from torch import Tensor

from common.errors import ConfigurationError
from lightning_modules.callbacks.checkpointing import EVALUATED, RESUME, Checkpoints, save
from lightning_modules.callbacks.history import History
from lightning_modules.callbacks.samples import Samples
from lightning_modules.evaluation import ImageToImage
from lightning_modules.fashion_completion import BicycleGAN, FiNetTexture, WeNShape, WeNTexture
from lightning_modules.losses.perceptual import PerceptualLoss
from lightning_modules.losses.vgg import TappedLayers
from lightning_modules.metrics.features import select_features
from lightning_modules.metrics.suite import GenerationMetrics
from lightning_modules.weights import weights_digest

PARTS = {"generator", "encoder", "context_encoder", "discriminator", "random_discriminator"}


class Written(pl.Callback):
    """Which iteration each file is of, as seen after every batch."""

    def __init__(self, name: str = RESUME) -> None:
        self.name, self.seen = name, []

    def on_train_batch_end(self, trainer: pl.Trainer, *args: Any) -> None:
        path = Path(trainer.default_root_dir) / self.name
        self.seen.append(torch.load(path, weights_only=True)["iteration"] if path.exists() else 0)


def files(run: Path) -> list[str]:
    return sorted(path.name for path in (run / "checkpoints").iterdir())


def test_resume_is_replaced_every_so_often_and_the_last_weights_are_left_at_the_end(tmp_path: Path) -> None:
    written, checkpoints = Written(), Checkpoints(every=2)
    trainer(tmp_path, checkpoints, written).fit(WeNShape(**TINY, max_iterations=5), loader([batch(1)] * 3))
    assert written.seen == [0, 2, 2, 4, 4]
    assert files(tmp_path) == ["last.ckpt", "resume.ckpt"]
    for name in (RESUME, EVALUATED["last"]):
        assert torch.load(tmp_path / name, weights_only=True)["iteration"] == 5
    assert checkpoints.selected == {"rule": "last", "iteration": 5}


@pytest.mark.parametrize("kind", [WeNShape, WeNTexture, FiNetTexture, BicycleGAN])
def test_they_hold_plain_values_and_the_models_own_weights(kind: type, tmp_path: Path) -> None:
    module = kind(**(TINY if kind.__name__.startswith("WeN") else TINY_BASELINE))
    if kind in (WeNTexture, FiNetTexture):
        features = torch.nn.Sequential(*(torch.nn.Conv2d(3 if i == 0 else 4, 4, 3) for i in range(5)))
        module.perceptual = PerceptualLoss(TappedLayers(features, (0, 1, 2, 3, 4)))
    module.max_iterations = 1
    run = trainer(tmp_path, Checkpoints(), History(), ImageToImage("effnetlite0"), Samples(sheets=0))
    run.fit(module, loader([batch(2)]))
    resume, last = (torch.load(tmp_path / name, weights_only=True) for name in (RESUME, EVALUATED["last"]))
    for content in (resume, last):  # weights_only refuses anything that is more than values
        assert set(content["state_dict"]) == set(module.state_dict())
        assert {name.partition(".")[0] for name in content["state_dict"]} <= PARTS
        assert "width" in content["hyper_parameters"]
    assert not any(resume["callbacks"].values())  # metrics, histories and images keep nothing in it
    optimizers = module.configure_optimizers()
    assert len(resume["optimizer_states"]) == (len(optimizers) if isinstance(optimizers, list) else 1)
    assert not {"callbacks", "optimizer_states", "lr_schedulers"} & set(last)
    weights = sum(tensor.nbytes for tensor in module.state_dict().values())
    size = (tmp_path / EVALUATED["last"]).stat().st_size
    assert size < weights + 1000 * len(module.state_dict())  # what the file format adds for each tensor
    assert (tmp_path / RESUME).stat().st_size > 2.5 * weights  # Adam's two moments


def test_the_evaluated_weights_give_the_model_back_as_it_was_trained(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = WeNShape(**TINY, kl_weight=3.0)
    again = WeNShape.load_from_checkpoint(checkpoint(tmp_path, module), weights_only=True)
    assert again.kl_weight == 3.0 and again.iteration == 1
    assert all(
        torch.equal(a, b) for a, b in zip(again.state_dict().values(), module.state_dict().values(), strict=True)
    )


def test_a_trainer_tests_the_evaluated_weights(tmp_path: Path) -> None:
    trainer(tmp_path, Checkpoints()).fit(SmallGAN(3), datamodule=ImagesData())
    trained = torch.load(tmp_path / EVALUATED["last"], weights_only=True)["state_dict"]
    module, evaluation = SmallGAN(3), ImageToImage("effnetlite0", cache_dir=str(tmp_path / "cache"))
    testing = trainer(tmp_path, evaluation, Checkpoints(select="best"))  # a rule is the training's business
    testing.test(module, datamodule=ImagesData(), ckpt_path=tmp_path / EVALUATED["last"], weights_only=True)
    assert evaluation.result is not None
    assert all(torch.equal(tensor, trained[name]) for name, tensor in module.named_parameters())


def test_a_training_stopped_early_leaves_only_what_it_goes_on_from(tmp_path: Path) -> None:
    class Stop(pl.Callback):
        def on_train_batch_end(self, trainer: pl.Trainer, *args: Any) -> None:
            trainer.should_stop = True

    checkpoints = Checkpoints()
    trainer(tmp_path, checkpoints, Stop()).fit(SmallGAN(5), datamodule=ImagesData())
    assert files(tmp_path) == ["resume.ckpt"] and checkpoints.selected == {}


@contextmanager
def small_disk(limit: int) -> Iterator[None]:
    """A real disk that takes so many bytes a file and no more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("name", [RESUME, EVALUATED["last"]])
def test_a_failed_writing_keeps_the_one_before_and_says_why(name: str, tmp_path: Path) -> None:
    run = trainer(tmp_path, Checkpoints())
    run.fit(SmallGAN(1), datamodule=ImagesData())
    before = {path: (tmp_path / path).read_bytes() for path in (RESUME, EVALUATED["last"])}
    with small_disk(1000), pytest.raises(ConfigurationError, match="cannot be written") as caught:
        save(run, name)
    assert str(tmp_path / name) in str(caught.value) and "\n" not in str(caught.value)
    assert {path: (tmp_path / path).read_bytes() for path in before} == before
    assert files(tmp_path) == ["last.ckpt", "resume.ckpt"]


def test_a_full_disk_ends_a_training_in_one_line(tmp_path: Path) -> None:
    with small_disk(1000), pytest.raises(ConfigurationError, match=r"resume\.ckpt: cannot be written"):
        trainer(tmp_path, Checkpoints(every=2)).fit(SmallGAN(5), datamodule=ImagesData())
    assert files(tmp_path) == []


BEST: dict[str, Any] = {"select": "best", "metric": "psnr", "validate_every": 2}


def fit(run: Path, checkpoints: Checkpoints, *others: pl.Callback, iterations: int = 7, **data: Any) -> SmallGAN:
    torch.manual_seed(0)
    module = SmallGAN(iterations)
    trainer(run, checkpoints, *others).fit(module, datamodule=ImagesData(**data))
    return module


def measured(run: Path, iteration: int) -> dict[str, float | None]:
    """The validation images' metrics after so many iterations, by the suite itself."""
    module = fit(run, Checkpoints(), iterations=iteration)
    suite = GenerationMetrics(select_features("effnetlite0"), run / "cache")
    module.eval()
    with torch.no_grad():
        for some in ImagesData().validation_dataloader():
            outputs = module.test_step(some, 0)
            suite.update(outputs["real"], outputs["generated"])
    return suite.compute()[0]["single"]


@pytest.mark.parametrize(("metric", "better"), [("psnr", max), ("ssim", max), ("fd_effnetlite0", min)])
def test_the_best_weights_are_those_the_suite_finds_best(metric: str, better: Any, tmp_path: Path) -> None:
    checkpoints = Checkpoints(select="best", metric=metric, validate_every=2)
    fit(tmp_path / "best", checkpoints, ImageToImage(cache_dir=str(tmp_path / "cache")))
    values = {i: measured(tmp_path / str(i), i)[metric] for i in (2, 4, 6, 7)}
    best = better(values, key=values.get)
    assert checkpoints.selected == {"rule": "best", "metric": metric, "value": values[best], "iteration": best}
    assert files(tmp_path / "best") == ["best.ckpt", "resume.ckpt"]
    weights = torch.load(tmp_path / "best" / EVALUATED["best"], weights_only=True)
    expected = torch.load(tmp_path / str(best) / EVALUATED["last"], weights_only=True)
    assert weights["iteration"] == best
    assert all(torch.equal(tensor, expected["state_dict"][name]) for name, tensor in weights["state_dict"].items())


def test_validating_leaves_no_trace(tmp_path: Path) -> None:
    class Traces(pl.Callback):
        """The random numbers after every batch, as the next callback would draw them."""

        def __init__(self) -> None:
            self.seen: list[Tensor] = []

        def on_train_batch_end(self, trainer: pl.Trainer, module: Any, *args: Any) -> None:
            assert all(part.training for part in module.modules())
            self.seen.append(torch.get_rng_state())

    runs = {}
    for name, arguments in {"last": {}, "best": {**BEST, "validate_every": 1}}.items():
        traces = Traces()
        runs[name] = weights_digest(fit(tmp_path / name, Checkpoints(**arguments), traces)), traces.seen
    assert runs["last"][0] == runs["best"][0]
    assert all(torch.equal(a, b) for a, b in zip(runs["last"][1], runs["best"][1], strict=True))


def test_a_metric_that_cannot_be_had_is_no_better_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    test_step = SmallGAN.test_step

    def spoilt(self: SmallGAN, some: Any, index: int) -> dict[str, Any]:
        if self.iteration == 2:
            raise KeyError("crashed\nin test_step")
        outputs = test_step(self, some, index)
        outputs["generated"]["single"] *= float("nan") if self.iteration == 4 else 1.0
        return outputs

    monkeypatch.setattr(SmallGAN, "test_step", spoilt)
    checkpoints = Checkpoints(**BEST)
    with caplog.at_level(logging.WARNING, "lightning_modules"):
        fit(tmp_path, checkpoints)
    assert checkpoints.selected["iteration"] in (6, 7)
    messages = [record.message for record in caplog.records]
    assert [message.split(":")[1] for message in messages] == [" no psnr at iteration 2", " no psnr at iteration 4"]
    assert "NaN" in messages[1] and not any("\n" in message for message in messages)


def test_without_any_number_the_last_weights_are_taken_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SmallGAN, "generate", lambda self, some, generator=None: some["image"] * float("nan"))
    checkpoints = Checkpoints(**BEST)
    fit(tmp_path, checkpoints)
    reason = "no validation gave a value: the last weights"
    expected = {"rule": "best", "metric": "psnr", "value": None, "iteration": 7, "reason": reason}
    assert checkpoints.selected == expected
    assert torch.load(tmp_path / EVALUATED["best"], weights_only=True)["iteration"] == 7


@pytest.mark.parametrize(
    ("arguments", "data", "said"),
    [
        ({"select": "best"}, {}, "checkpoint.metric: not set"),
        ({"select": "best", "metric": "psnr"}, {}, "checkpoint.validate_every: not set"),
        ({**BEST, "metric": "psmr"}, {}, "checkpoint.metric: unknown metric 'psmr'; choose one of fid, "),
        ({**BEST, "metric": "parsing_miou_hole"}, {}, "this model completes none"),
        ({**BEST, "metric": "fid"}, {}, "no Inception weights"),
        (BEST, {"validation": False}, "data.init_args.validation_count"),
        ({"every": 0}, {}, "checkpoint.every: 0"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused_before_training(
    arguments: dict[str, Any], data: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(SmallGAN, "step", lambda *_: pytest.fail("trained"))
    with pytest.raises(ConfigurationError, match=r"^[^\n]*$") as caught:
        fit(tmp_path, Checkpoints(**arguments), **data)
    assert said in str(caught.value)


def test_data_and_models_that_offer_nothing_to_validate_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="validation images"):
        trainer(tmp_path, Checkpoints(**BEST)).fit(SmallGAN(2), loader([batch(1)]))

    class Untested(SmallGAN):
        test_step = pl.LightningModule.test_step  # type: ignore[assignment]

    with pytest.raises(ConfigurationError, match="Untested has no test_step"):
        trainer(tmp_path, Checkpoints(**BEST)).fit(Untested(2), datamodule=ImagesData())


def test_stages_that_train_apart_select_on_what_they_have(tmp_path: Path) -> None:
    class Batches(pl.LightningDataModule):
        def train_dataloader(self) -> Any:
            return loader([batch(2, seed=1)])

        def validation_dataloader(self) -> Any:
            return loader([batch(2, seed=2)])

    rule = {"select": "best", "validate_every": 1}
    for module, metric in ((WeNTexture(**TINY), "psnr"), (WeNShape(**TINY), "parsing_miou_hole")):
        module.max_iterations = 2
        checkpoints = Checkpoints(metric=metric, **rule)  # type: ignore[arg-type]
        trainer(tmp_path / metric, checkpoints).fit(module, datamodule=Batches())
        assert checkpoints.selected["value"] > 0


def test_a_best_file_that_is_gone_is_said(tmp_path: Path) -> None:
    class Remove(pl.Callback):
        def on_train_end(self, trainer: pl.Trainer, *args: Any) -> None:
            (tmp_path / EVALUATED["best"]).unlink()

    torch.manual_seed(0)
    with pytest.raises(ConfigurationError, match=r"best\.ckpt: is missing"):
        trainer(tmp_path, Remove(), Checkpoints(**BEST)).fit(SmallGAN(3), datamodule=ImagesData())
