"""The judge of recognisers: accuracies by hand, pairs without people who were trained on, and what it leaves."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytorch_lightning as pl
import torch
from PIL import Image
from support.class_data import judged
from support.class_images import classifier_checkpoint
from support.network_files import torchscript
from torch import Tensor, nn
from torch.utils.data import DataLoader

from common.errors import ConfigurationError
from common.files import file_digest
from datamodules import LFW
from datamodules.synthetic.faces.lfw import synthesize_lfw
from lightning_modules.base import Batch, TrainedModule
from lightning_modules.conditional_gan import AugmentedClassifier
from lightning_modules.evaluation import evaluator_class
from lightning_modules.evaluation.verification import MEASURES, Verification
from lightning_modules.panels import Grid, Series, read_panels
from lightning_modules.recognition import Classifier, RecogniserFile

#: Angle between the two faces of each pair in degrees, whether they are of one person, and fold; by the fold's own
#: pairs 45 degrees would be best in all folds, but who chooses is the others.
PAIRS = [
    (10, True, 0), (30, True, 0), (60, False, 0), (80, False, 0),
    (20, True, 1), (70, True, 1), (50, False, 1), (90, False, 1),
    (15, True, 2), (25, True, 2), (65, False, 2), (35, False, 2),
]  # fmt: skip


class PairData(pl.LightningDataModule):
    """Images that are angles, in their first two pixels."""

    def __init__(self, pairs: Any = PAIRS, known: Iterable[int] = ()) -> None:
        super().__init__()
        self.given, self.known = pairs, list(known)

    def showing(self, people: Iterable[str]) -> list[int]:
        return self.known if list(people) == ["Ada"] else []

    def test_dataloader(self) -> DataLoader[Any]:
        items = [
            {"first": image(0), "second": image(angle), "same": torch.tensor(same), "fold": fold, "index": i}
            for i, (angle, same, fold) in enumerate(self.given)
        ]
        return DataLoader(items, batch_size=5)  # type: ignore[arg-type]


def image(degrees: float) -> Tensor:
    image = torch.zeros(3, 4, 4)
    image[0, 0, :2] = torch.tensor([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])
    return image


class Shown(NamedTuple):
    lines: list[str]
    columns: dict[str, Tensor]
    caption: str


class Compass(TrainedModule):
    """Reads the angle; a mirrored image has its numbers elsewhere and reads as nothing new."""

    evaluator = "lightning_modules.evaluation.Verification"
    class_names = ("Ada",)

    def __init__(self, generated: int = 0, broken: bool = False) -> None:
        super().__init__(max_iterations=1)
        self.generated_pictures, self.broken, self.layer, self.seen = generated, broken, nn.Linear(2, 2), 0

    def embed(self, images: Tensor) -> Tensor:
        assert not self.training
        self.seen += len(images)
        return images[:, 0, 0] * (float("nan") if self.broken else 1)

    def examples(self, count: int) -> Shown:
        return Shown(
            ["a", "b"][:count], {"one": torch.zeros(count, 3, 4, 4), "two": torch.ones(count, 3, 4, 4)}, "Such."
        )

    def step(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        return {}

    def test_step(self, batch: Batch, batch_index: int) -> None:
        pass


def result_of(folder: Path, module: Any = None, data: Any = None, **settings: Any) -> Any:
    evaluation, _ = judged(folder, module or Compass(), data or PairData(), **settings)
    return json.loads(json.dumps(evaluation.result, allow_nan=False))


def test_recognisers_are_judged_by_pairs() -> None:
    with torch.device("meta"):
        assert evaluator_class(Classifier) is evaluator_class(AugmentedClassifier) is Verification


def test_accuracies_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Fold 0: of the others' angles between 25 and 35 degrees cut best (7 of 8), so 30 and below is one person: of 10,
    30, 60, 80 all are right. Fold 1: between 30 and 35 (8 of 8): of 20, 70, 50, 90 one is wrong. Fold 2: of 10, 30,
    60, 80, 20, 70, 50, 90 the best cut is between 30 and 50 (7 of 8): of 15, 25, 65, 35 one is wrong.
    """
    found = result_of(tmp_path)
    assert found["folds"]["accuracies"] == [100, 75, 75]
    cut = [math.cos(math.radians(a)) + math.cos(math.radians(b)) for a, b in ((25, 35), (30, 35), (30, 50))]
    assert found["folds"]["thresholds"] == pytest.approx([value / 2 for value in cut], abs=1e-6)
    assert set(found["metrics"]) == set(MEASURES) - {"verification_accuracy_unseen_people"}
    assert found["metrics"]["verification_accuracy"] == pytest.approx(250 / 3)
    deviation = math.sqrt(((100 - 250 / 3) ** 2 + 2 * (75 - 250 / 3) ** 2) / 2)
    assert found["metrics"]["verification_standard_error"] == pytest.approx(deviation / math.sqrt(3))
    assert found["metrics"]["verification_threshold"] == pytest.approx(sum(cut) / 6, abs=1e-6)
    assert (found["kind"], found["headline"], found["variants"]) == ("test", "pairs", {})
    assert found["protocol"] == {
        "pairs": 12, "pairs_of_the_same": 6, "folds": 3, "pairs_with_somebody_trained_on": 0, "resolution": 4,
        "features": "the last layer's input, 4 features", "mirrored": False,
    }  # fmt: skip
    differs = {"pairs_with_somebody_trained_on"}  # by the model's people; all else must be equal for a verdict
    assert {*found["protocol_fields"]} == ({*found["protocol"]} - differs) | {"recogniser_file_sha256"}
    assert "test (12 pairs): verification_accuracy 83.33" in capsys.readouterr().out


def test_pairs_of_unseen_people_are_measured_by_themselves(tmp_path: Path) -> None:
    known = (5, 11)  # those that made the mistakes
    found = result_of(tmp_path, data=PairData(known=known))
    assert found["protocol"]["pairs_with_somebody_trained_on"] == 2
    assert found["metrics"]["verification_accuracy"] == pytest.approx(250 / 3)
    assert found["metrics"]["verification_accuracy_unseen_people"] == 100
    assert found["folds"]["accuracies"] == [100, 75, 75]


def test_too_few_unseen_people_are_reported(tmp_path: Path) -> None:
    found = result_of(tmp_path, data=PairData(known=range(4, 12)))
    assert found["metrics"]["verification_accuracy_unseen_people"] is None
    assert found["metrics"]["verification_accuracy"] is not None
    assert "at least two folds" in found["protocol"]["failed"]["verification_accuracy_unseen_people"]


def test_mirrored_features_are_averaged(tmp_path: Path) -> None:
    shown: list[Tensor] = []

    class Watched(Compass):
        def embed(self, images: Tensor) -> Tensor:
            shown.append(images.clone())
            return super().embed(images)

    module = Watched()
    found = result_of(tmp_path, module, mirrored=True)
    assert module.seen == 4 * len(PAIRS)
    for plain, mirrored in zip(shown[::2], shown[1::2], strict=True):
        assert plain[0, 0, 0].any() and torch.equal(mirrored, plain.flip(3))  # left and right
    assert found["protocol"]["mirrored"] and "mirrored" in found["protocol_fields"]
    # (cos, sin, sin, cos) / 2 and (1, 0, 0, 1) / 2 have the same cosine as before.
    assert found["folds"]["thresholds"] == pytest.approx(result_of(tmp_path)["folds"]["thresholds"])


def test_a_broken_recogniser_has_no_accuracy_and_says_why(tmp_path: Path) -> None:
    found = result_of(tmp_path, Compass(broken=True))
    assert found["metrics"]["verification_accuracy"] is None and found["metrics"]["generated_pictures"] == 0
    assert "NaN" in found["protocol"]["failed"]["verification_accuracy"]
    assert found["folds"] == {"accuracies": [], "thresholds": []}


def test_what_it_was_trained_on_is_left_as_images(tmp_path: Path) -> None:
    found = result_of(tmp_path, Compass(generated=7), samples=1)
    assert found["metrics"]["generated_pictures"] == 7
    folder = tmp_path / "samples"
    files = [folder / "added_000_00.png", folder / "added_000_01.png"]
    assert sorted(folder.iterdir()) == [*files, folder / "panels.json"]
    panels = read_panels(folder)
    assert list(panels) == Verification.panel_names(Compass)
    added, folds = panels["added"], panels["folds"]
    assert isinstance(added, Grid) and isinstance(folds, Series)
    assert (added.lines, added.columns, added.files, added.shared) == (("a",), ("one", "two"), (tuple(files),), 0)
    assert added.caption == "Generated images of the training, not selected. Such."
    assert [y for _, y in folds.charts[0].curves[0].points] == found["folds"]["accuracies"]
    assert folds.paired and folds.x == "fold" and folds.charts[0].unit == "%"
    assert folds.caption.startswith("12 pairs in 3 folds. ")
    with Image.open(files[1]) as image:
        assert image.size == (4, 4) and image.getextrema() == ((255, 255),) * 3
    result_of(tmp_path / "none")
    assert list(read_panels(tmp_path / "none/samples")) == ["folds"]
    result_of(tmp_path / "broken", Compass(broken=True))
    assert not (tmp_path / "broken/samples").exists()


class Corners(nn.Module):
    """The two pixels that hold an image's angle, by a layer with weights of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(48, 2, bias=False)
        nn.init.zeros_(self.layer.weight)
        with torch.no_grad():
            self.layer.weight[0, 0] = self.layer.weight[1, 1] = 1.0

    def forward(self, images: Tensor) -> Tensor:
        return self.layer(images.flatten(1))


def test_a_recogniser_in_a_file_takes_the_place_of_the_model(tmp_path: Path) -> None:
    class Sees(Compass):
        def embed(self, images: Tensor) -> Tensor:
            raise NotImplementedError

    path = torchscript(tmp_path / "face.pt", Corners(), (4, 4))
    found = result_of(tmp_path, Sees(), PairData(known=(5, 11)), recogniser=RecogniserFile(str(path), (4, 4)))
    assert found["folds"]["accuracies"] == [100, 75, 75]
    assert "verification_accuracy_unseen_people" not in found["metrics"]  # nobody knows whom it was trained on
    assert found["protocol"]["features"] == "TorchScript face.pt, 2 features of 4 x 4 images, RGB in [-1.0, 1.0]"
    assert found["protocol"]["recogniser_file_sha256"] == file_digest(path)
    assert {"features", "recogniser_file_sha256"} <= set(found["protocol_fields"])  # other features, no verdict


def test_what_a_model_makes_of_the_images_is_compared(tmp_path: Path) -> None:
    class Turns(Compass):
        """Turns the second face into the first."""

        def test_step(self, batch: Batch, batch_index: int) -> Any:
            return {"second": batch["first"]}

    path = torchscript(tmp_path / "face.pt", Corners(), (4, 4))
    found = result_of(tmp_path, Turns(), recogniser=RecogniserFile(str(path), (4, 4)))
    assert found["folds"]["accuracies"] == [50, 50, 50]  # all pairs look the same


def test_a_classifier_in_a_checkpoint_is_taken_for_its_features_alone(tmp_path: Path) -> None:
    path = classifier_checkpoint(tmp_path / "c", classes=7)  # of other people and another size
    content = torch.load(path, weights_only=True)
    torch.save({**content, "class_names": ["Ada"]}, path)
    found = result_of(tmp_path, data=PairData(known=(5, 11)), recogniser_checkpoint=str(path))
    assert found["protocol"]["pairs_with_somebody_trained_on"] == 2
    assert found["protocol"]["features"].startswith("checkpoint last.ckpt, ")
    assert "recogniser_file_sha256" not in found["protocol"]


def test_a_recogniser_must_be_one_and_independent(tmp_path: Path) -> None:
    path = str(classifier_checkpoint(tmp_path / "c"))
    module: Any = Compass()
    module.teacher_checkpoint = path
    for name, value in (("recogniser_checkpoint", path), ("recogniser", RecogniserFile(path))):
        with pytest.raises(ConfigurationError, match=rf"^evaluation\.{name}: .*trained against"):
            result_of(tmp_path, module, **{name: value})
    with pytest.raises(ConfigurationError, match="name two recognisers"):
        Verification(recogniser_checkpoint=path, recogniser=RecogniserFile(path))


def test_other_data_are_refused_in_one_line(tmp_path: Path) -> None:
    from support.class_data import ClassData

    with pytest.raises(ConfigurationError, match=r"a batch has no 'first'; .*datamodules\.LFW") as caught:
        result_of(tmp_path, data=ClassData())
    assert "\n" not in str(caught.value)


def test_a_classifier_is_tested_on_lfw(tmp_path: Path) -> None:
    data = LFW(str(synthesize_lfw(tmp_path / "lfw", 16)), resolution=16, batch_size=5)
    torch.manual_seed(0)
    found = result_of(tmp_path, Classifier("resnet18", 4, 16, 8), data)
    assert found["protocol"]["pairs"] == len(data.pairs) == sum(pair.same for pair in data.pairs) * 2
    assert found["protocol"]["features"] == "the last layer's input, 64 features"
    assert len(found["folds"]["accuracies"]) == found["protocol"]["folds"] == 2
    with pytest.raises(ConfigurationError, match="resolution: 8, but the data's is 16"):
        result_of(tmp_path, Classifier("resnet18", 4, 8, 8), data)
