"""The classifier stage, and its use inside other models."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from support.class_images import CLASSES, SIZE, TINY, TINY_CLASSIFIER, class_images, classifier_checkpoint
from support.completion import attach_optimizers, loader, noise, trainer
from torch import nn
from torch.nn import functional as F

from common.errors import ConfigurationError
from lightning_modules.callbacks.checkpointing import EVALUATED, RESUME, Checkpoints
from lightning_modules.conditional_gan import CVAE
from lightning_modules.recognition import Classifier, load_classifier
from lightning_modules.weights import weights_digest


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return classifier_checkpoint(tmp_path_factory.mktemp("classifier"), iterations=2)


def test_the_loss_and_the_accuracy_by_hand() -> None:
    torch.manual_seed(0)
    module, batch = Classifier(**TINY_CLASSIFIER), class_images()
    attach_optimizers(module)
    before = weights_digest(module)
    with torch.no_grad():
        logits = module(batch["image"])
    losses = module.step(batch, noise())
    picked = logits.log_softmax(1)[range(8), batch["label"]]
    assert losses["L_C"].item() == pytest.approx(-picked.mean().item(), rel=1e-5)
    assert losses["accuracy"].item() == (logits.argmax(1) == batch["label"]).float().mean().item()
    assert weights_digest(module) != before


@pytest.mark.parametrize(("network", "width"), [("table_3_3", 8), ("resnet18", 4)])
def test_it_learns_what_it_has_not_seen(network: Any, width: int) -> None:
    torch.manual_seed(0)
    module = Classifier(network, CLASSES, SIZE, width, learning_rate=3e-3)
    attach_optimizers(module)
    module.setup("fit")
    losses = [module.step(class_images(32, seed=seed), noise())["L_C"].item() for seed in range(25)]
    assert sum(losses[-3:]) < 0.3 * sum(losses[:3])
    unseen = class_images(64, seed=100)
    with torch.no_grad():
        assert (module.eval()(unseen["image"]).argmax(1) == unseen["label"]).float().mean() > 0.9


@pytest.mark.parametrize("network", ["table_3_3", "resnet18"])
def test_what_tells_faces_apart_is_the_input_of_the_last_layer(network: Any) -> None:
    torch.manual_seed(0)
    module, images = Classifier(**TINY_CLASSIFIER, network=network).eval(), class_images()["image"]
    last: nn.Linear = getattr(module.network, "fc", None) or module.network.last  # type: ignore[assignment]
    torch.testing.assert_close(last(module.embed(images)), module(images))


def test_the_names_of_people_stay_with_the_weights(checkpoint: Path, tmp_path: Path) -> None:
    module = Classifier.load_from_checkpoint(checkpoint, weights_only=True)
    assert module.class_names == [] and module.name_of(2) == "label 2"  # trained on data without names
    content = torch.load(checkpoint, weights_only=True)
    torch.save({**content, "class_names": ["Ada", "Eve", "Ben", "Tom"]}, tmp_path / "named.ckpt")
    assert Classifier.load_from_checkpoint(tmp_path / "named.ckpt", weights_only=True).name_of(2) == "Ben"


def test_an_unknown_network_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"network: vgg; there are table_3_3, resnet18"):
        Classifier("vgg")  # type: ignore[arg-type]


@pytest.mark.parametrize(("key", "data"), [("classes", {"class_count": 9}), ("resolution", {"resolution": 64})])
@pytest.mark.parametrize("kind", [Classifier, CVAE])
def test_other_data_are_refused_in_one_line(kind: type, key: str, data: dict[str, int]) -> None:
    module = kind(**(TINY_CLASSIFIER if kind is Classifier else TINY))
    module._trainer = SimpleNamespace(datamodule=SimpleNamespace(**data))
    theirs = next(iter(data.values()))
    with pytest.raises(
        ConfigurationError, match=rf"model\.init_args\.{key}: .* {theirs}; .*data\.init_args\.{key}"
    ) as caught:
        module.setup("fit")
    assert "\n" not in str(caught.value)


def test_a_killed_training_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    batches = [class_images(8, seed=seed) for seed in range(4)]

    def train(folder: Path, stop: int, checkpoint: Path | None = None) -> str:
        torch.manual_seed(0)
        module = Classifier(**TINY_CLASSIFIER, max_iterations=stop)
        done = 2 if checkpoint else 0
        fitting = trainer(folder, Checkpoints())
        fitting.fit(module, loader(batches[done:]), ckpt_path=checkpoint, weights_only=True)
        assert module.iteration == stop
        return weights_digest(module)

    whole = train(tmp_path / "whole", 4)
    train(tmp_path / "stopped", 2)
    assert train(tmp_path / "stopped", 4, tmp_path / "stopped" / RESUME) == whole


# A frozen classifier inside another model


def test_it_gives_what_the_trained_one_gave(checkpoint: Path) -> None:
    trained = Classifier.load_from_checkpoint(checkpoint, weights_only=True).eval()
    frozen, batch = load_classifier(checkpoint, CLASSES, SIZE), class_images()
    torch.testing.assert_close(frozen(batch["image"]), trained(batch["image"]))
    assert torch.equal(frozen.features(batch["image"]), trained.network.features(batch["image"]))


def test_a_training_parent_changes_nothing(checkpoint: Path) -> None:
    frozen = load_classifier(checkpoint, CLASSES, SIZE)
    parent = nn.Sequential(frozen).train()
    assert not any(module.training for module in frozen.modules())
    before = weights_digest(frozen)
    images = class_images()["image"].requires_grad_()
    parent(images).sum().backward()
    assert weights_digest(frozen) == before
    assert images.grad is not None and images.grad.any()
    assert all(parameter.grad is None for parameter in parent.parameters())


def broken(checkpoint: Path, folder: Path, how: str) -> Path:
    path = folder / "classifier.ckpt"
    if how == "truncated":
        path.write_bytes(checkpoint.read_bytes()[:-3000])
    elif how == "a note":
        path.write_text("to be done")
    elif how == "another model":
        fitting = trainer(folder, Checkpoints())
        fitting.fit(CVAE(**TINY, max_iterations=1), loader([class_images()]))
        return folder / EVALUATED["last"]
    elif how == "code":
        torch.save({"state_dict": {}, "hyper_parameters": F.relu}, path)
    return path


@pytest.mark.parametrize("how", ["missing", "truncated", "a note", "another model", "code"])
def test_a_wrong_file_is_named_in_one_line(checkpoint: Path, tmp_path: Path, how: str) -> None:
    path = broken(checkpoint, tmp_path, how)
    fix = "train a Classifier first" if how == "missing" else "is not a complete checkpoint of a Classifier"
    with pytest.raises(ConfigurationError, match=fix) as caught:
        load_classifier(path, CLASSES, SIZE)
    message = str(caught.value)
    assert message.startswith(f"model.init_args.classifier_checkpoint: {path}") and "\n" not in message


@pytest.mark.parametrize(("wanted", "what"), [((7, SIZE), "classes 4, and here classes is 7"),
                                              ((CLASSES, 32), "resolution 16, and here resolution is 32")])  # fmt: skip
def test_other_classes_and_images_are_named(checkpoint: Path, wanted: tuple[int, int], what: str) -> None:
    with pytest.raises(ConfigurationError, match=what) as caught:
        load_classifier(checkpoint, *wanted, key="evaluation.recogniser_checkpoint")
    assert str(caught.value).startswith("evaluation.recogniser_checkpoint: ") and "\n" not in str(caught.value)


def test_other_people_are_named_where_both_have_names(checkpoint: Path, tmp_path: Path) -> None:
    content, path = torch.load(checkpoint, weights_only=True), tmp_path / "named.ckpt"
    names = ("Ada", "Eve", "Ben", "Tom")
    torch.save({**content, "class_names": list(names)}, path)
    load_classifier(path, CLASSES, SIZE, class_names=names)
    load_classifier(path, CLASSES, SIZE)
    load_classifier(checkpoint, CLASSES, SIZE, class_names=names)
    with pytest.raises(ConfigurationError, match=r"was trained with class_names \['Ada', .* train one with the same"):
        load_classifier(path, CLASSES, SIZE, class_names=names[::-1])
