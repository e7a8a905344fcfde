"""The judge of class-conditional models: what it generates, compares with, reads and leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from support.class_data import CLASSES, SIZE, ClassData, Painter, PixelReader, judged
from support.class_images import TINY, TINY_CLASSIFIER, class_images, classifier_checkpoint
from support.network_files import torchscript
from torch import nn

from common.errors import ConfigurationError
from common.files import file_digest
from lightning_modules.conditional_gan import CVAE, RealImages
from lightning_modules.conditional_gan.evaluator import ConditionalEvaluator
from lightning_modules.evaluation import ClassConditional, evaluator_class
from lightning_modules.evaluation.class_conditional import latent_codes
from lightning_modules.labelled_data import held_out, in_class_order
from lightning_modules.metrics.by_class import COMPARED, PIXELS, RECOGNISED
from lightning_modules.panels import Grid, ImageFile, read_panels
from lightning_modules.recognition import Classifier, RecogniserFile
from lightning_modules.ring import DistanceCurves
from lightning_modules.weights import weights_digest


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recogniser that needs no file."""
    monkeypatch.setattr("lightning_modules.evaluation.class_conditional.Recogniser", lambda path, module: PixelReader())


@pytest.fixture(autouse=True)
def pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feature network that takes no time."""
    monkeypatch.setattr("lightning_modules.evaluation.class_conditional.select_features", lambda *_: PixelReader())


def test_latents_are_of_class_and_number_whatever_is_generated_together() -> None:
    counts = [3, 2, 4]
    several, apart = (list(latent_codes(counts, 5, together)) for together in (128, 1))
    assert [len(labels) for labels, _ in several] == [9] and [len(labels) for labels, _ in apart] == counts
    assert torch.equal(several[0][1], torch.cat([latents for _, latents in apart]))
    assert several[0][0].tolist() == [0] * 3 + [1] * 2 + [2] * 4
    more = torch.cat([latents for _, latents in latent_codes([5, 5, 5], 5)])
    assert torch.equal(more[5:7], several[0][1][3:5])  # class 1, numbers 0 and 1
    assert len({tuple(row) for row in more.tolist()}) == 15


def test_every_class_is_generated_and_measured(tmp_path: Path, read: None, capsys: pytest.CaptureFixture[str]) -> None:
    module = Painter(mistaken=(0,))
    evaluation, _ = judged(tmp_path, module, ClassData(count=32), per_class=4, recogniser_checkpoint="x")
    result = json.loads(json.dumps(evaluation.result, allow_nan=False))
    assert (result["kind"], result["headline"], result["variants"]) == ("test", "sample", {})
    others = {name: value for name, value in result["metrics"].items() if not name.startswith("reconstruction_")}
    assert (
        set(others) == {*RECOGNISED, *COMPARED, *PIXELS, "fd_pixels", "kd_pixels", "is_pixels"}
        and None not in others.values()
    )
    assert set(result["protocol"]["failed"].values()) == {"Painter has no encoder"}
    assert result["metrics"]["top1"] == 75.0
    protocol = result["protocol"]
    assert (protocol["generated"], protocol["real"], protocol["resolution"]) == (4 * CLASSES, 4 * CLASSES, SIZE)
    assert sum(module.calls) == 4 * CLASSES
    lines = [line for line in capsys.readouterr().out.splitlines() if "top1 75" in line]
    assert len(lines) == 1 and f"{4 * CLASSES} images" in lines[0]


def test_the_seed_and_the_batch_size_change_nothing(
    tmp_path: Path, read: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = judged(tmp_path, Painter(), per_class=4, recogniser_checkpoint="x")
    monkeypatch.setenv("PL_GLOBAL_SEED", "5")
    again, _ = judged(tmp_path, Painter(), ClassData(batch_size=3), per_class=4, recogniser_checkpoint="x")
    assert first.result == again.result


def test_real_images_are_in_one_order_from_both_ends() -> None:
    data = ClassData(count=40, held_out=8)
    order, unseen = in_class_order(data), held_out(data)
    assert unseen == set(data.test)
    for label, positions in enumerate(order):
        assert [data.images[i].label for i in positions] == [label] * 10
        assert {i in unseen for i in positions[:8]} == {False} and set(positions[8:]) <= unseen
    assert order != [sorted(positions) for positions in order]  # names decide
    assert held_out(ClassData(trains_on_all=True)) == set()


def test_test_images_that_were_trained_on_are_not_held_out(tmp_path: Path, read: None) -> None:
    result = judged(tmp_path, Painter(), ClassData(trains_on_all=True), per_class=4, recogniser_checkpoint="x")[
        0
    ].result
    assert result is not None
    assert result["metrics"]["top1_real_held_out"] is None
    assert "held out" in result["protocol"]["failed"]["top1_real_held_out"]


def test_images_of_the_same_classes_and_a_sheet(tmp_path: Path) -> None:
    judged(tmp_path, Painter(), per_class=4, samples=2, diversity_samples=3)
    names = {path.name for path in (tmp_path / "samples").iterdir()}
    single = {f"{index:03d}_{kind}.png" for index in range(2) for kind in ("truth", "sample")}
    several = {f"diversity_{index:03d}_{number:02d}.png" for index in range(2) for number in range(3)}
    assert names == {*single, *several, "classes.png", "panels.json"}
    panels = read_panels(tmp_path / "samples")
    assert list(panels) == ["samples", "classes", "labels"]
    samples, classes, labels = panels.values()
    assert isinstance(samples, Grid) and isinstance(classes, Grid) and isinstance(labels, ImageFile)
    assert samples.lines == classes.lines == ("class 1", "class 3")
    assert (samples.columns, samples.shared) == (("Real", "sample"), 1)
    assert [path and path.name for path in samples.files[1]] == ["001_truth.png", "001_sample.png"]
    assert (classes.columns, classes.shared) == (("1", "2", "3"), 0)
    assert [path and path.name for path in classes.files[1]] == [
        f"diversity_001_{number:02d}.png" for number in range(3)
    ]
    assert labels.file.name == "classes.png"
    first, shown = (
        np.asarray(Image.open(tmp_path / "samples" / name)) for name in ("diversity_001_00.png", "001_sample.png")
    )
    assert np.array_equal(first, shown) and shown[0, 0, 0] == 128  # class 2 of 4
    sheet = Image.open(labels.file)
    right, bottom = sheet.width - 5, sheet.height - 5
    last = Image.open(tmp_path / "samples" / "diversity_001_02.png").resize((96, 96), Image.Resampling.BICUBIC)
    assert sheet.height == 10 + 2 * 101  # two classes down
    assert sheet.crop((right - 96, bottom - 96, right, bottom)).tobytes() == last.tobytes()
    data = ClassData()
    truth = data.batch["image"][in_class_order(data)[2][0]]
    expected = ((truth.permute(1, 2, 0) + 1) * 127.5).round().numpy().astype(np.uint8)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "samples" / "001_truth.png")), expected)


def test_a_real_recogniser_is_read_and_the_module_knows_nothing_of_it(tmp_path: Path) -> None:
    path = classifier_checkpoint(tmp_path / "c")
    held: list[Any] = []

    class Watched(Painter):
        def test_step(self, batch: Any, batch_index: int, dataloader_idx: int = 0) -> Any:
            held.append((len(list(self.modules())), set(self.state_dict())))
            return super().test_step(batch, batch_index, dataloader_idx)

    module = Watched()
    before = (len(list(module.modules())), set(module.state_dict()))
    evaluation, _ = judged(tmp_path / "t", module, per_class=3, recogniser_checkpoint=str(path))
    assert evaluation.result is not None and evaluation.result["metrics"]["top1"] is not None
    trained = Classifier.load_from_checkpoint(path, weights_only=True)
    assert evaluation.result["recogniser_sha256"] == weights_digest(trained.network)
    assert "Table33Classifier" in evaluation.result["protocol"]["recogniser"]
    assert set(map(str, held)) == {str(before)} and (len(list(module.modules())), set(module.state_dict())) == before
    assert evaluation._measurement is None  # its networks go with the test


def test_a_recogniser_of_features_alone_gives_identities_and_no_top1(tmp_path: Path) -> None:
    class Returning(Painter):
        def reconstruct(self, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
            return images

    torch.manual_seed(3)
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 5))
    path = torchscript(tmp_path / "face.pt", network, (8, 8))
    file = RecogniserFile(str(path), (8, 8), (0.0, 1.0))
    result = judged(tmp_path, Returning(), ClassData(held_out=4), per_class=3, recogniser=file)[0].result
    assert result is not None
    metrics, protocol = result["metrics"], result["protocol"]
    assert metrics["reconstruction_identity"] == pytest.approx(1) and metrics["fd_pixels"] > 0
    for name in ("top1", "is_recogniser", "top1_real_training", "reconstruction_top1"):
        assert metrics[name] is None and "knows no classes" in protocol["failed"][name]
    assert protocol["recogniser"] == "TorchScript face.pt, 5 features of 8 x 8 images, RGB in [0.0, 1.0]"
    assert {"recogniser", "recogniser_file_sha256"} <= set(result["protocol_fields"])  # other input, no verdict
    assert result["recogniser_sha256"] == protocol["recogniser_file_sha256"] == file_digest(path)
    with pytest.raises(ConfigurationError, match="name two recognisers"):
        ClassConditional(recogniser_checkpoint="x", recogniser=file)


def test_without_a_recogniser_there_is_the_rest(tmp_path: Path) -> None:
    result = judged(tmp_path, Painter(), per_class=4)[0].result
    assert result is not None and result["recogniser_sha256"] is None
    assert result["metrics"]["top1"] is None and result["metrics"]["fd_pixels"] > 0
    assert "evaluation.recogniser_checkpoint" in result["protocol"]["failed"]["is_recogniser"]


def test_a_model_that_crashes_ends_the_test(tmp_path: Path, read: None) -> None:
    class Crashing(Painter):
        def sample(self, labels: torch.Tensor, latents: torch.Tensor) -> torch.Tensor:
            if self.calls:
                raise LookupError("a bug\nin a model")
            return super().sample(labels, latents)

    with pytest.raises(LookupError, match="a bug"):
        judged(tmp_path, Crashing(), per_class=40, recogniser_checkpoint="x")


def test_bad_settings_are_one_line(tmp_path: Path) -> None:
    def refused(module: Any, data: Any = None, **settings: Any) -> str:
        with pytest.raises(ConfigurationError) as error:
            judged(tmp_path, module, data, **settings)
        assert "\n" not in str(error.value)
        return str(error.value)

    assert "recogniser_checkpoint: nowhere.ckpt does not exist" in refused(
        Painter(), recogniser_checkpoint="nowhere.ckpt"
    )
    (tmp_path / "bad.ckpt").write_bytes(b"no checkpoint")
    assert "bad.ckpt is not a complete" in refused(Painter(), recogniser_checkpoint=str(tmp_path / "bad.ckpt"))
    other = classifier_checkpoint(tmp_path / "other", **{**TINY_CLASSIFIER, "classes": CLASSES + 1})
    assert f"classes {CLASSES + 1}" in refused(Painter(), recogniser_checkpoint=str(other))
    module = Painter()
    module.classifier_checkpoint = str(other)  # type: ignore[assignment]
    module.classifier_checkpoint = str(classifier_checkpoint(tmp_path / "own"))  # type: ignore[assignment]
    content = torch.load(module.classifier_checkpoint, weights_only=True)  # type: ignore[arg-type]
    torch.save({**content, "iteration": 9}, tmp_path / "saved-again.ckpt")
    assert "trained against" in refused(module, recogniser_checkpoint=str(tmp_path / "saved-again.ckpt"))
    data = ClassData()
    del data.train
    assert "data: ClassData has no train" in refused(Painter(), data)
    with pytest.raises(ConfigurationError, match=r"evaluation\.per_class: 0"):
        ClassConditional(per_class=0)


def test_a_model_of_the_family_is_judged_and_can_be_selected(tmp_path: Path) -> None:
    result = judged(tmp_path, CVAE(**TINY), per_class=3)[0].result
    assert result is not None and "generated" not in result["protocol"].get("failed", {})
    assert result["protocol"]["generated"] == 3 * CLASSES and result["metrics"]["class_diversity"] > 0
    batch = class_images(4)
    outputs = CVAE(**TINY).eval().selection_step(batch, 0)
    assert outputs["real"] is batch["image"] and outputs["generated"]["sample"].shape == batch["image"].shape


def test_a_model_class_declares_its_evaluator() -> None:
    assert evaluator_class(Painter) is evaluator_class(RealImages) is ClassConditional
    assert evaluator_class(CVAE) is ConditionalEvaluator and issubclass(ConditionalEvaluator, ClassConditional)
    assert evaluator_class(Classifier).__name__ == "Verification"
    assert evaluator_class(DistanceCurves).__name__ == "SelfReported"

    class Lost(Painter):
        evaluator = "lightning_modules.evaluation.Nowhere"

    with pytest.raises(
        ConfigurationError, match=r"Lost\.evaluator: 'lightning_modules.evaluation.Nowhere' is no evaluator"
    ):
        evaluator_class(Lost)


def test_a_test_reads_held_out_images_then_the_reference_then_requests() -> None:
    data, evaluator = ClassData(count=32, held_out=4), ClassConditional(per_class=4)
    reference, requests = evaluator.requests(data, Painter())
    seen = [i for batch in reference for i in batch["index"].tolist()]
    assert seen == [i for positions in in_class_order(data) for i in positions[:4]]
    batches = list(requests)
    assert len(batches) == len(requests) == 1
    assert batches[0]["label"].tolist() == [k for k in range(CLASSES) for _ in range(4)]
    assert batches[0]["latent"].shape == (4 * CLASSES, Painter.latent_dim)


def test_results_name_the_protocol_that_a_comparison_needs(tmp_path: Path) -> None:
    result = judged(tmp_path, Painter(), per_class=4)[0].result
    assert result is not None and set(result["protocol_fields"]) <= result["protocol"].keys()
    assert set(result["protocol_fields"]) == {
        "generated",
        "real",
        "classes",
        "per_class",
        "reference",
        "resolution",
        "features_sha256",
        "recogniser",
        "recogniser_file_sha256",
    }


def test_images_that_were_not_asked_for_have_no_panel(tmp_path: Path, read: None) -> None:
    judged(tmp_path / "single", Painter(), per_class=2, samples=2, diversity_samples=0)
    assert list(read_panels(tmp_path / "single/samples")) == ["samples"]
    judged(tmp_path / "none", Painter(), per_class=2, samples=0)
    assert not (tmp_path / "none/samples").exists()
    judged(tmp_path / "few", Painter(), per_class=2, samples=1, diversity_samples=3)
    classes = read_panels(tmp_path / "few/samples")["classes"]
    assert isinstance(classes, Grid) and [path is None for path in classes.files[0]] == [False, False, True]


def test_a_model_s_panels_are_declared() -> None:
    applied = [application.name for application in ConditionalEvaluator.applications()]
    assert ConditionalEvaluator.panel_names(CVAE) == ["samples", "classes", "labels", "reconstructions", *applied]
    assert ClassConditional.panel_names(RealImages) == ["samples", "classes", "labels"]
